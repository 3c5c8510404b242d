"""URNs that changed by an alias, followed through a whole state. Source: `NormalizeURNReferences` of the CLI."""

from __future__ import annotations

from typing import TYPE_CHECKING

from pulumi_offline.urns import ProviderReference, Urn, make_urn

if TYPE_CHECKING:
    from pulumi_offline.state import ResourceState

__all__ = ["normalized"]


def normalized(resources: list[ResourceState]) -> list[ResourceState]:
    """Copies in which every reference to an old URN names the new one; the same list when no resource was renamed."""
    renamed: dict[str, str] = {}
    for state in resources:
        renamed |= dict.fromkeys(state.aliases, state.urn)
        if state.parent in renamed:
            urn = Urn.parse(state.urn)
            renamed[state.urn] = make_urn(urn.stack, urn.project, renamed[state.parent], urn.type, urn.name)
    return [_renamed(state, renamed) for state in resources] if renamed else resources


def _renamed(state: ResourceState, renamed: dict[str, str]) -> ResourceState:
    def new(urn: str) -> str:
        return renamed.get(urn, urn)

    copy = state.copy()
    copy.urn, copy.parent, copy.aliases = new(state.urn), new(state.parent), []
    copy.dependencies = [new(urn) for urn in state.dependencies]
    copy.property_dependencies = {key: [new(urn) for urn in urns] for key, urns in state.property_dependencies.items()}
    if state.provider:
        reference = ProviderReference.parse(state.provider)
        copy.provider = str(ProviderReference(new(reference.urn), reference.id))
    return copy
