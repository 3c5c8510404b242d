"""Who depends on whom in a state, which is sorted so that a resource comes after what it depends on.

Source: `pkg/resource/graph` and `ScheduleDeletes` of the CLI.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from pulumi_offline.values import UNKNOWN

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from pulumi_offline.state import ResourceState
    from pulumi_offline.steps import Step
    from pulumi_offline.values import PropertyMap

__all__ = ["delete_waves", "dependents_of", "transitive_dependencies", "with_unknowns"]


def dependents_of(root: ResourceState, resources: Sequence[ResourceState], ignored: set[str]) -> list[ResourceState]:
    """What needs `root`, directly or not, children aside, in the order of the state."""
    needed = {root.urn}
    found = []
    for candidate in resources[resources.index(root) + 1 :]:
        if candidate.urn not in ignored and candidate.needs() & needed:
            found.append(candidate)
            needed.add(candidate.urn)
    return found


def with_unknowns(dependent: ResourceState, condemned: set[str]) -> PropertyMap | None:
    """Its inputs with everything that comes from a condemned resource unknown; None when nothing does."""
    unknown = {key for key, urns in dependent.property_dependencies.items() if condemned & set(urns)}
    unknown &= dependent.inputs.keys()
    if not unknown:
        return None
    return {key: UNKNOWN if key in unknown else value for key, value in dependent.inputs.items()}


def transitive_dependencies(urns: Iterable[str], resources: Sequence[ResourceState]) -> set[str]:
    """Everything that must stay as long as one of `urns` does."""
    needed = set(urns)
    for state in reversed(resources):
        if state.urn in needed:
            needed |= state.all_dependencies()
    return needed


def delete_waves(steps: Sequence[Step]) -> list[list[Step]]:
    """Deletes grouped so that each wave can run in parallel: what nothing condemned depends on goes first."""
    waves: list[list[Step]] = []
    left = list(steps)
    while left:
        condemned = {step.urn for step in left}
        roots = [step for step in left if not (step.state.all_dependencies() - {step.urn}) & condemned]
        roots = roots or left  # because a state that was tampered with could hold a cycle
        waves.append(roots)
        left = [step for step in left if step not in roots]
    return waves[::-1]
