"""Which old resource a registration continues: the one of its own URN, or of an alias nobody else has claimed.

Source: `generateAliases` and `getOldResource` of the CLI.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from pulumi_offline.urns import Urn, make_urn

if TYPE_CHECKING:
    from pulumi_offline.goal import Goal
    from pulumi_offline.state import ResourceState

__all__ = ["AliasConflict", "Aliases"]


class AliasConflict(Exception):
    """Two registrations claim one old resource; the text is for a person."""


class Aliases:
    """Remembers which old URN became which new one."""

    def __init__(self) -> None:
        self._claimed: dict[str, str] = {}
        self._alias_of: dict[str, str] = {}

    def current(self, urn: str) -> str:
        """The URN by which a resource of the old state goes now."""
        return self._claimed.get(urn, urn)

    def of(self, urn: str) -> str | None:
        """The old URN of a resource that was renamed."""
        return self._alias_of.get(urn)

    def find(self, urn: str, goal: Goal, olds: dict[str, ResourceState], seen: set[str]) -> ResourceState | None:
        """The old resource, if there is one. `seen`: URNs registered so far. Raises `AliasConflict`."""
        if urn in self._claimed:
            raise AliasConflict(
                f"Duplicate resource URN '{urn}' conflicting with alias on resource '{self._claimed[urn]}'"
            )
        for candidate in (urn, *self._candidates(goal)):
            if candidate not in olds:
                continue
            if candidate != urn:
                self._claim(candidate, urn, seen)
            return olds[candidate]
        return None

    def _claim(self, alias: str, urn: str, seen: set[str]) -> None:
        claimed_by = alias if alias in seen else self._claimed.get(alias)
        if claimed_by is not None:
            raise AliasConflict(
                f"Duplicate resource alias '{alias}' applied to resource with URN '{urn}' "
                f"conflicting with resource with URN '{claimed_by}'"
            )
        self._claimed[alias] = urn
        self._alias_of[urn] = alias

    def _candidates(self, goal: Goal) -> list[str]:
        """The program's aliases, and what follows when the parent itself is known by an old URN."""
        candidates = list(goal.alias_urns)
        old_parent = self._alias_of.get(goal.parent)
        if old_parent is not None:
            named = [(goal.type, goal.name), *((Urn.parse(urn).type, Urn.parse(urn).name) for urn in goal.alias_urns)]
            candidates += [_under(goal.parent, old_parent, type_, name) for type_, name in named]
        return list(dict.fromkeys(candidates))


def _under(parent: str, old_parent: str, type_: str, name: str) -> str:
    """The URN of a child when its parent still had its old one."""
    old = Urn.parse(old_parent)
    parent_name = Urn.parse(parent).name
    if name.startswith(parent_name):  # because children are named after their parent by convention
        name = old.name + name.removeprefix(parent_name)
    return make_urn(old.stack, old.project, old_parent, type_, name)
