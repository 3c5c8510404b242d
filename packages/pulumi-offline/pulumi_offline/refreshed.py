"""The state after a refresh: without what is gone, and without references to it. Source: `rebuildBaseState`."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterable

    from pulumi_offline.state import ResourceState

__all__ = ["rebuilt"]


def rebuilt(resources: Iterable[ResourceState | None]) -> list[ResourceState]:
    """`resources` in the order of the old state, None for one that is gone."""
    present: dict[str, ResourceState] = {}
    parents: dict[str, str] = {}
    result = []
    for state in resources:
        if state is None:
            continue
        state.dependencies = [urn for urn in state.dependencies if urn in present]
        kept = {key: [urn for urn in urns if urn in present] for key, urns in state.property_dependencies.items()}
        state.property_dependencies = {key: urns for key, urns in kept.items() if urns}
        if state.parent and state.parent not in present:
            state.parent = parents.get(state.parent, "")
        parents[state.urn] = state.parent
        present[state.urn] = state
        result.append(state)
    return result
