"""One account in one provider process: the client, the account guard, the warnings, and codat:readLive."""

from __future__ import annotations

import threading
from dataclasses import dataclass, field
from http import HTTPStatus
from typing import TYPE_CHECKING, TypeVar
from uuid import UUID

from pulumi_codat.api import Codat, CodatError, Deadline, QuotaExhausted, Refused, Unanswered
from pulumi_codat.pipeline import Pipeline
from pulumi_codat.reconcile.declarations import Declarations
from pulumi_codat.redaction import one_line
from pulumi_codat.references import Sources

if TYPE_CHECKING:
    from collections.abc import Callable

    from pulumi_codat.reconcile.inputs import AccountInputs
    from pulumi_codat.settings import Settings
    from pulumi_codat.xero import XeroIdentity

    Warn = Callable[[str], None]

Seen = TypeVar("Seen")

__all__ = ["Context"]


@dataclass
class Context:
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
    pipeline: Pipeline = field(default_factory=Pipeline)
    declarations: Declarations = field(default_factory=Declarations, repr=False)
    _live: UUID | None = field(default=None, repr=False)
    _recorded: UUID | None = field(default=None, repr=False)
    _out_of_reach: str | None = field(default=None, repr=False)
    """Why Codat could not be compared with, where codat:readLive let that pass; it is not asked again then."""
    _announced: bool = field(default=False, repr=False)
    _lock: threading.Lock = field(default_factory=threading.Lock, repr=False)
    _said: set[str] = field(default_factory=set, repr=False)

    def begin(self) -> Codat:
        """A client for one operation, with the operation's deadline.

        Raises `CodatError` where the configuration is wrong or has no API key.
        """
        if isinstance(self.codat, CodatError):
            raise CodatError(str(self.codat))
        return self.codat.until(Deadline(self.codat.clock, self.settings.max_wait_seconds))

    def compare(self, label: str, look: Callable[[Codat], Seen]) -> Seen | None:
        """What `look` finds; None, with a warning, where codat:readLive lets it be left out. A write always looks.

        Once Codat was out of reach, this process does not ask again, because each try may take codat:maxWaitSeconds.
        """
        reason = "codat:readLive is off" if self.settings.read_live == "off" else self._out_of_reach
        if reason is None:
            try:
                return look(self.begin())
            except CodatError as error:
                if self.settings.read_live != "best-effort" or not self._is_out_of_reach(error):
                    raise
                reason = self._out_of_reach = str(error)
        self.warn_once(f"{label}: live comparison skipped; showing recorded state: {reason}")
        return None

    def _is_out_of_reach(self, error: CodatError) -> bool:
        """Unreachable, without a key, or out of quota; anything else was said by Codat, and counts."""
        if isinstance(self.codat, CodatError):
            return True  # because settings that are wrong leave the mode at `required`
        broken = isinstance(error, Refused) and error.status >= HTTPStatus.INTERNAL_SERVER_ERROR
        return broken or isinstance(error, Unanswered | QuotaExhausted)

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
        self._recorded = _as_uuid(recorded) or self._recorded
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

    def require_pinned_account(self, kind: str) -> None:
        """Before a create, which may be a replacement, and is not told the account that is recorded.

        Raises `CodatError` where nothing else says which account it must be: neither the program nor a resource whose
        record this process has compared.
        """
        known = self.pinned or self.settings.confirmed_account is not None or self._recorded is not None
        if self.declarations.replaces(kind) and not known:
            raise CodatError(
                "a replacement does not tell which account was written before, unless a refresh with the same"
                " configuration came first: set codat:account (or CODAT_ACCOUNT)"
            )

    def announce_account(self, codat: Codat, account: UUID, label: str) -> None:
        """Before the first apply: name the account that will be recorded, where nothing pins it; once a process."""
        with self._lock:
            announced, self._announced = self._announced, True
        if self.pinned or self._recorded or announced:
            return
        self.warn_once(
            f"{label}: codat:account is not set, so this stack will be bound to the account of the API key,"
            f" {self.describe(codat, account)}"
        )

    def require_account_of(self, recorded: str | None) -> None:
        """For a delete that asks Codat nothing, in a process that may have written.

        Raises `CodatError` where this is another account than the recorded one.
        """
        if self.declared is None and self._live is not None and _as_uuid(recorded) not in (None, self._live):
            raise CodatError(
                f"the API key belongs to Codat account {self._live}, but this stack's state records {recorded}: use the"
                " API key of the stack's own account"
            )

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
