"""Whether the resources of a state fit together, as each deployment takes for granted.

Source: `Snapshot.VerifyIntegrity` of the CLI.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from pulumi_offline.errors import StateError
from pulumi_offline.urns import ProviderReference

if TYPE_CHECKING:
    from collections.abc import Sequence

    from pulumi_offline.state import ResourceState

__all__ = ["check_integrity"]


def check_integrity(resources: Sequence[ResourceState]) -> None:
    """Raises `StateError` when a resource needs one that is not before it, or when two live ones have one URN."""
    urns = {state.urn for state in resources}
    known: set[str] = set()
    providers: set[str] = set()
    live: set[str] = set()
    for state in resources:
        if state.provider and state.provider not in providers and not state.pending_replacement:
            raise StateError(f"the state of {state.urn} refers to the unknown provider {state.provider}")
        for needed in sorted(state.all_dependencies() - known - _provider_of(state)):
            what = "comes after it" if needed in urns else "is missing"
            raise StateError(f"the state of {state.urn} refers to {needed}, which {what}")
        if state.urn in live and not state.delete:
            raise StateError(f"the state has {state.urn} twice")
        known.add(state.urn)
        if state.is_provider:
            providers.add(str(ProviderReference(state.urn, state.id)))
        if not state.delete:
            live.add(state.urn)


def _provider_of(state: ResourceState) -> set[str]:
    return {ProviderReference.parse(state.provider).urn} if state.provider else set()
