"""One provider process and one account: the client, the account guard, and what this process has already seen."""

from __future__ import annotations

import threading
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, TypeVar
from uuid import UUID

from pulumi_codat.api import Codat, CodatError, Deadline
from pulumi_codat.pipeline import Pipeline
from pulumi_codat.redaction import one_line
from pulumi_codat.references import Sources

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from pulumi_codat.reconcile.inputs import AccountInputs
    from pulumi_codat.settings import Settings
    from pulumi_codat.xero import XeroIdentity

    Warn = Callable[[str], None]

__all__ = ["Session"]

State = TypeVar("State")


@dataclass
class Session:
    """What the lifecycles of one process share. Methods may be called from several threads.

    `codat` may be the reason why there is no client: it is told only when a request is needed.
    `declared` is the account that a resource names by its `account`; None for that of the default key.
    `identity` is where key pairs are checked, None where they are not; `sources` is what `codat.from_env` looks into.
    """

    settings: Settings
    codat: Codat | CodatError
    warn: Warn
    declared: AccountInputs | None = None
    identity: XeroIdentity | None = None
    sources: Sources = field(default_factory=Sources)
    _live: UUID | None = field(default=None, repr=False)
    pipeline: Pipeline = field(default_factory=Pipeline)
    out_of_reach: str | None = field(default=None, repr=False)
    """Why Codat could not be compared with, where the reading mode let that pass; it is not asked again then."""
    _lock: threading.Lock = field(default_factory=threading.Lock, repr=False)
    _checked: set[str] = field(default_factory=set, repr=False)
    _states: dict[str, object] = field(default_factory=dict, repr=False)
    _said: set[str] = field(default_factory=set, repr=False)
    _outside: dict[str, tuple[str, ...]] = field(default_factory=dict, repr=False)

    def begin(self) -> Codat:
        """A client for one operation, with the operation's patience.

        Raises `CodatError` where the configuration is wrong or has no API key.
        """
        if isinstance(self.codat, CodatError):
            raise CodatError(str(self.codat))
        return self.codat.until(Deadline(self.codat.clock, self.settings.max_wait_seconds))

    def confirm_account(self, codat: Codat, recorded: str | None) -> UUID:
        """The account the API key belongs to, which must be the declared, the confirmed and the recorded one.

        Raises `CodatError` that names them all where they do not agree.
        """
        live = codat.sync_settings().client_id
        claims = {
            "the resource's account declares": self.declared.id if self.declared else None,
            "codat:account declares": self.settings.account,
            "CODAT_ACCOUNT confirms": self.settings.confirmed_account,
            "this stack's state records": _as_uuid(recorded),
        }
        wrong = [f"{claim} {account}" for claim, account in claims.items() if account not in (None, live)]
        if wrong:
            agreeing = [f"{claim} it" for claim, account in claims.items() if account == live]
            raise CodatError(
                f"the API key belongs to Codat account {self.describe(codat, live)}, but {' and '.join(wrong)}"
                + (f" ({', '.join(agreeing)})" if agreeing else "")
                + "; nothing was written: use the API key of the stack's own account"
            )
        self._live = live
        return live

    def may_be(self, account: str | None) -> bool:
        """Whether nothing speaks against this being that account: neither what is declared nor what was seen live."""
        return self.known is None or account is None or str(self.known) == account

    @property
    def known(self) -> UUID | None:
        """The account, where it is declared or was seen live."""
        return self.declared.id if self.declared else self._live

    @property
    def pinned(self) -> bool:
        """Whether the program says which account this must be."""
        return self.settings.account is not None or self.declared is not None

    def describe(self, codat: Codat, account: UUID) -> str:
        """`Acme Prod (c2a9...)`; the name costs a read, so it is asked for only where a person is told something."""
        name = self.account_name(codat)
        return f"{name} ({account})" if name else str(account)

    def account_name(self, codat: Codat) -> str | None:
        """The account's name for display, or None where it cannot be read."""
        try:
            return codat.profile().name
        except CodatError:
            return None

    def mark_checked(self, identity: str) -> None:
        """Remember that the program declares this."""
        with self._lock:
            self._checked.add(identity)

    def has_checked(self, identity: str) -> bool:
        """Whether this process has checked the same thing, so that the program still declares it."""
        with self._lock:
            return identity in self._checked

    def still_declared(self, identity: str, label: str) -> bool:
        """Whether a delete must write nothing, because the program still declares the same thing; a warning says so.

        A rename, a move or a replacement checks the new resource in the same process before it deletes the old one; a
        real removal or a destroy checks nothing.
        """
        if not self.has_checked(identity):
            return False
        self.warn_once(
            f"{label}: the program still declares this (it was renamed, moved or replaced), so the settings in Codat"
            " stay as they are"
        )
        return True

    def destroy_policy(self, declared: str | None, *, adopted: bool | None, label: str) -> str:
        """What a delete does: CODAT_ON_DESTROY, else the declared policy, else `retain` if adopted, else `disable`.

        A warning says that `retain` leaves everything, because a delete that does nothing would surprise.
        """
        policy = self.settings.on_destroy or declared or ("retain" if adopted else "disable")
        if policy == "retain":
            why = "CODAT_ON_DESTROY" if self.settings.on_destroy else "on_destroy" if declared else "its adoption"
            self.warn_once(f"{label}: settings in Codat stay as they are (retain, because of {why})")
        return policy

    def require_pinned_account(self) -> None:
        """For a replacement whose recorded account is not known, because the engine has neither read nor compared it.

        Raises `CodatError` where nothing else says which account it must be.
        """
        if not self.pinned and self.settings.confirmed_account is None:
            raise CodatError(
                "a replacement without a refresh does not tell which account was written before: set codat:account (or"
                " CODAT_ACCOUNT), or run without --refresh=false"
            )

    def announce_account(self, codat: Codat, account: UUID, label: str) -> None:
        """Before the first apply: name the account that will be recorded, where the program does not pin it."""
        if not self.pinned:
            self.warn_once(
                f"{label}: codat:account is not set, so this stack will be bound to the account of the API key,"
                f" {self.describe(codat, account)}"
            )

    def remember(self, identity: str, state: object) -> None:
        """Keep the recorded state, because a replacement's create is told nothing of what it replaces."""
        with self._lock:
            self._states[identity] = state

    def recall(self, identity: str, kind: type[State]) -> State | None:
        """The recorded state this process has seen, if any."""
        with self._lock:
            state = self._states.get(identity)
        return state if isinstance(state, kind) else None

    def note_outside(self, identity: str, changes: Sequence[str]) -> None:
        """Remember what was changed outside, because no other resource may be written while it waits for a decision."""
        with self._lock:
            self._outside[identity] = tuple(changes)

    def noted_outside(self) -> list[str]:
        """What was changed outside, and is not decided yet."""
        with self._lock:
            return [change for changes in self._outside.values() for change in changes]

    def warn_once(self, message: str) -> None:
        """Tell the person in one line, once a process."""
        message = one_line(message)
        with self._lock:
            if message in self._said:
                return
            self._said.add(message)
        self.warn(message)


def _as_uuid(text: str | None) -> UUID | None:
    if text is None:
        return None
    try:
        return UUID(text)
    except ValueError:
        raise CodatError(f"this stack's state records an account that is no UUID ({ascii(text)[:60]})") from None
