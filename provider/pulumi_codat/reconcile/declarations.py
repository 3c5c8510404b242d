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

__all__ = ["Declarations", "twice"]

_APP = "clientId"


@dataclass(frozen=True)
class _Checked:
    old: Properties
    new: Properties
    unknown: frozenset[str]

    def contradicts(self, other: _Checked) -> bool:
        """Whether these are checks of two resources.

        One resource is checked once, and once more without old inputs where it is replaced; what it ignores
        (`ignore_changes`) differs between the two.
        """
        if bool(self.old) is bool(other.old):
            return bool(self.old) or bool(self._differing(other))
        kept = self if self.old else other
        ignored = {name for name in self._differing(other) if kept.new.get(name) == kept.old.get(name)}
        return bool(self._differing(other) - (ignored - {_APP}))

    def _differing(self, other: _Checked) -> set[str]:
        names = self.new.keys() | other.new.keys()
        return {name for name in names - self.unknown - other.unknown if self.new.get(name) != other.new.get(name)}


@dataclass
class Declarations:
    """The settings, by kind, that the program declares for one account. Methods may be called from several threads."""

    _lock: threading.Lock = field(default_factory=threading.Lock, repr=False)
    _checked: dict[str, list[_Checked]] = field(default_factory=dict, repr=False)
    _unproven: dict[str, SecretStr] = field(default_factory=dict, repr=False)

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

    def leave_unproven(self, kind: str, secret: SecretStr | None) -> None:
        """Take down that the declared secret is neither written nor known to be there; None: that is settled."""
        with self._lock:
            if secret is None:
                self._unproven.pop(kind, None)
            else:
                self._unproven[kind] = secret

    def unproven(self, kind: str) -> SecretStr | None:
        with self._lock:
            return self._unproven.get(kind)


def twice(account: UUID | None) -> str:
    """Why the second declaration of one setting is refused."""
    named = account or "that of the default API key"
    return (
        f"two resources of this program declare this setting of the same Codat account ({named}), and would undo each"
        " other: keep one of them (a component that declares it can be used once for each account)"
    )
