"""What the program declares, as far as this process was told of it by `check`; it only ever withholds a write.

The engine sends check, diff, create, update and delete of one deployment to one process, and the refresh before it to
another one where the configuration changed. So nothing that was read is kept here.
"""

from __future__ import annotations

import threading
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Mapping
    from uuid import UUID

    from pydantic import SecretStr

    Properties = Mapping[str, object]

__all__ = ["Declarations", "Unproven", "twice"]

_APP = "clientId"


@dataclass
class _Checked:
    old: Properties = field(repr=False)
    new: Properties = field(repr=False)
    unknown: frozenset[str]
    kept: bool = False
    """Whether its inputs are those in state and a `diff` followed, which none does where it is replaced."""

    def contradicts(self, before: _Checked) -> bool:
        """Whether this is a check of another resource than the one before.

        One resource is checked once, and once more without old inputs where it is replaced; what it ignores
        (`ignore_changes`) differs between the two.
        """
        differing = self._differing(before)
        if bool(self.old) is bool(before.old):
            return bool(self.old) or bool(differing)
        if self.old or before.kept:
            return True
        ignored = {name for name in differing if before.new.get(name) == before.old.get(name)}
        return bool(differing - (ignored - {_APP}))

    def _differing(self, other: _Checked) -> set[str]:
        names = self.new.keys() | other.new.keys()
        return {name for name in names - self.unknown - other.unknown if self.new.get(name) != other.new.get(name)}


@dataclass(frozen=True)
class Unproven:
    """A declared secret that is neither written nor known to be there; None where it is not at hand."""

    secret: SecretStr | None


@dataclass
class Declarations:
    """The settings, by kind, that the program declares for one account. Methods may be called from several threads."""

    _lock: threading.Lock = field(default_factory=threading.Lock, repr=False)
    _checked: dict[str, list[_Checked]] = field(default_factory=dict, repr=False)
    _unproven: dict[str, Unproven] = field(default_factory=dict, repr=False)

    def add(self, kind: str, old: Properties, new: Properties, unknown: frozenset[str]) -> bool:
        """Take down a check; whether it is of another resource than one before."""
        checked = _Checked(dict(old), dict(new), unknown)
        with self._lock:
            before = self._checked.setdefault(kind, [])
            second = any(checked.contradicts(one) for one in before)
            before.append(checked)
        return second

    def holds(self, kind: str) -> bool:
        """Whether the program declares this."""
        with self._lock:
            return kind in self._checked

    def replaces(self, kind: str) -> bool:
        """Whether a resource that the program declares is in the state already, so that its create is a replacement."""
        with self._lock:
            return any(checked.old for checked in self._checked.get(kind, ()))

    def compare(self, kind: str) -> None:
        """Take down a `diff`, which follows the check of what may be updated."""
        with self._lock:
            for checked in self._checked.get(kind, ()):
                checked.kept = bool(checked.old) and not checked.unknown and checked.old == checked.new

    def leave_unproven(self, kind: str, unproven: Unproven | None) -> None:
        """Take down that the declared secret is neither written nor known to be there; None: that is settled."""
        with self._lock:
            if unproven is None:
                self._unproven.pop(kind, None)
            else:
                self._unproven[kind] = unproven

    def unproven(self, kind: str) -> Unproven | None:
        with self._lock:
            return self._unproven.get(kind)


def twice(account: UUID | None) -> str:
    """Why the second declaration of one setting is refused."""
    named = account or "that of the default API key"
    return (
        f"two resources of this program declare this setting of the same Codat account ({named}), and would undo each"
        " other: keep one of them (a component that declares it can be used once for each account)"
    )
