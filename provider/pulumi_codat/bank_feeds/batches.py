"""One batch: sent, waited for, and found out about where no answer told what became of it."""

from __future__ import annotations

import hashlib
import math
from dataclasses import dataclass, field
from http import HTTPStatus
from typing import TYPE_CHECKING, Final
from uuid import UUID

from pulumi_codat.api import (
    CodatError,
    Deadline,
    NotFound,
    PushStatus,
    QuotaExhausted,
    Refused,
    TooManyPushes,
    Unanswered,
    Unintelligible,
    WriteAttempt,
)
from pulumi_codat.api.waiting import next_delay
from pulumi_codat.bank_feeds.journal import BatchRecord, Ended, Intended, Pushed
from pulumi_codat.bank_feeds.polling import calls_of, wait
from pulumi_codat.bank_feeds.recovery import is_young, key_lasts, suspects
from pulumi_codat.bank_feeds.refusals import failed, problem_type, refused
from pulumi_codat.bank_feeds.results import StillPending, Undecided

if TYPE_CHECKING:
    from collections.abc import Callable

    from pulumi_codat.api import Codat, PushOperation
    from pulumi_codat.bank_feeds.journal import Journal
    from pulumi_codat.bank_feeds.models import Target
    from pulumi_codat.bank_feeds.statement import Batch, Statement

__all__ = ["BatchSender"]

_TRIES: Final = 4
_LISTED_AFTER: Final = 30.0
"""Seconds, our choice: so long after the last request, and once more after the first look, the list is looked at."""
_LOOKS: Final = 2
"""Because one list may be out of date."""
_MOST_NAMED: Final = 3


@dataclass
class BatchSender:
    """Brings batches to their end. `resend` and `skip` are a person's word on one of them, taken once.

    `report` is told of a batch, what happened to it, its push, and Codat's warnings.
    """

    statement: Statement
    target: Target
    codat: Codat
    journal: Journal
    resend: int | None
    skip: int | None
    max_wait_seconds: float
    setting: str
    report: Callable[[Batch, str, UUID | None, tuple[str, ...]], None]
    _last_post: float = field(default=-math.inf, init=False)
    _sent: set[int] = field(default_factory=set, init=False)

    def settle(self, batch: Batch) -> None:
        """Go on with a batch from wherever the journal says it is. Raises `CodatError` where that is not its end."""
        record = self.journal.of(batch.number)
        if record.intended:
            self._check_unchanged(batch, record.intended)
        match record:
            case BatchRecord(ended=Ended(status="Success" | "skipped")):
                self._done(batch)
            case BatchRecord(ended=Ended(status="Failed" | "refused")) if self.skip == batch.number:
                self._end(batch, "skipped")
            case BatchRecord(intended=None) | BatchRecord(ended=Ended(status="Failed" | "refused")):
                self._send(batch)
            case BatchRecord(pushed=Pushed(push_key=push_key)):
                self._follow(batch, push_key)
            case BatchRecord(intended=Intended() as intended):
                if not self._obeys(batch):
                    self._recover(batch, intended)

    def _send(self, batch: Batch, *, again: bool = False) -> None:
        """Send a batch of which it is certain that Codat has not taken it; in one run at most twice (`again`)."""
        body = self._body(batch)
        intended = Intended(
            batch=batch.number,
            first=batch.first,
            last=batch.last,
            sha256=hashlib.sha256(body).hexdigest(),
            idempotency_key=UUID(WriteAttempt.begin().key),
            at=self.codat.clock.now(),
        )
        self.journal.add(intended)
        self._sent.add(batch.number)
        try:
            operation = self._post(body, intended)
        except Refused as error:
            if _surely_not_done(error):
                self._record_end(batch, "refused")
                raise refused(str(batch), error, self.codat, self.setting) from None
            self._recover(batch, intended, again=again)  # because what a gateway gave up on may still arrive
        except (Unanswered, Unintelligible):
            self._recover(batch, intended, again=again)
        else:
            self._taken(batch, operation)

    def _recover(self, batch: Batch, intended: Intended, *, again: bool = False) -> None:
        """The same request under the same key, which does nothing twice as long as Codat keeps the key."""
        body = self._body(batch)
        for number in range(1, _TRIES + 1):
            if not is_young(intended, self.codat.clock.now()):
                break
            try:
                operation = self._post(body, intended)
            except QuotaExhausted:
                raise  # because it says nothing of the request before, and the list could not be read either
            except Refused as error:
                # because it may be the first answer again, or be about this request alone: then the list tells
                lasting = not _in_progress(error) and (number == _TRIES or not _may_pass(error))
                if lasting and not again:
                    break
                self._give_up_on(batch, error, lasting=lasting, last=number == _TRIES)
            except (Unanswered, Unintelligible):
                if number == _TRIES:
                    raise
            else:
                self._taken(batch, operation)
                return
            self.codat.clock.sleep(next_delay(number, self.codat.clock.jitter()))
        self._look(batch, intended)

    def _give_up_on(self, batch: Batch, error: Refused, *, lasting: bool, last: bool) -> None:
        """Raise what a refusal says, where it lasts; the refusal itself at the last try."""
        if lasting:
            raise refused(str(batch), error, self.codat, self.setting) from None
        if last:
            raise error

    def _look(self, batch: Batch, intended: Intended) -> None:
        """Find out by the list of pushes; only what it twice lacks while the key is young is sent under a new key."""
        clock = self.codat.clock
        until = self._last_post + _LISTED_AFTER
        for _ in range(_LOOKS):
            clock.sleep(max(0.0, until - clock.monotonic()))
            listed = calls_of(self.codat).pushes(str(self.target.company))
            try:
                found = suspects(listed, intended, self.journal.push_keys, self.target, self.statement.ids(batch))
            except TooManyPushes as error:
                self._decide(batch, str(error))
                return
            if found.certain:
                self._taken(batch, found.certain)
                return
            if found.possible:
                self._decide(batch, f"{_UNKNOWN} ({', '.join(map(_named, found.possible[:_MOST_NAMED]))})")
                return
            if not is_young(intended, clock.now()):
                self._decide(batch, _UNLISTED)
                return
            until = clock.monotonic() + _LISTED_AFTER
        self._send(batch, again=True)

    def _taken(self, batch: Batch, operation: PushOperation) -> None:
        push_key = operation.push_operation_key
        self.journal.add(
            Pushed(batch=batch.number, push_key=push_key, requested_on=operation.requested_on_utc),
        )
        self.report(batch, "Sent" if batch.number in self._sent else "Taken", push_key, ())
        self._follow(batch, push_key, operation)

    def _follow(self, batch: Batch, push_key: UUID, begun: PushOperation | None = None) -> None:
        """Wait for the end of a push that Codat has taken."""
        try:
            operation = wait(
                self.codat,
                self.target.company,
                push_key,
                begun=begun,
                max_wait_seconds=0.0 if self.skip == batch.number else self.max_wait_seconds,
                on_pending=lambda pending: self.report(batch, pending.status, push_key, ()),
            )
        except NotFound as error:
            said = f"correlation id {error.correlation_id or 'unknown'}"
            self._decide(batch, f"Codat took it as push {push_key}, and now knows no such push ({said})")
            return
        match operation.status:
            case PushStatus.SUCCESS:
                self._end(batch, "Success", operation.warnings)
            case PushStatus.FAILED:
                self._record_end(batch, "Failed")
                raise failed(str(batch), operation, self.codat, self.setting)
            case PushStatus.TIMED_OUT:
                self._record_end(batch, "TimedOut")
                self._decide(batch, f"push {push_key} timed out, and may have taken effect or still take effect")
            case PushStatus.PENDING if self.skip == batch.number:
                self._end(batch, "skipped")
            case PushStatus.PENDING:
                raise StillPending(
                    f"{batch}: push {push_key} is still Pending after {self.max_wait_seconds:g} s (Xero may be slowing"
                    " it down), so nothing more was sent: run the same command again, which goes on waiting for it, or"
                    f" with --skip {batch.number} if these rows are in Xero"
                )

    def _decide(self, batch: Batch, why: str) -> None:
        """Do what a person said of the batch, or ask for it."""
        if not self._obeys(batch):
            raise Undecided(batch, why)

    def _obeys(self, batch: Batch) -> bool:
        """Whether a person said something of the batch, which is then done; `skip` sends nothing."""
        if self.skip == batch.number:
            self._end(batch, "skipped")
            return True
        if self.resend == batch.number:
            self.resend = None
            self._send(batch, again=True)
            return True
        return False

    def _end(self, batch: Batch, status: str, warnings: tuple[str, ...] = ()) -> None:
        self._record_end(batch, status)
        self._done(batch, warnings)

    def _record_end(self, batch: Batch, status: str) -> None:
        self.journal.add(Ended.model_validate({"batch": batch.number, "status": status, "at": self.codat.clock.now()}))

    def _done(self, batch: Batch, warnings: tuple[str, ...] = ()) -> None:
        record = self.journal.of(batch.number)
        push_key = record.pushed.push_key if record.pushed else None
        self.report(batch, record.ended.status if record.ended else "", push_key, warnings)

    def _post(self, body: bytes, intended: Intended) -> PushOperation:
        to, clock = self.target, self.codat.clock
        longest = min(self.codat.deadline.max_wait_seconds, key_lasts(intended, clock.now()))
        calls = self.codat.until(Deadline(clock, longest)).bank_feeds
        attempt = WriteAttempt(str(intended.idempotency_key))
        try:
            return calls.push(str(to.company), str(to.connection), to.source_account, body, attempt)
        finally:
            self._last_post = clock.monotonic()

    def _body(self, batch: Batch) -> bytes:
        return self.statement.body(batch, self.target.source_account)

    def _check_unchanged(self, batch: Batch, intended: Intended) -> None:
        digest = hashlib.sha256(self._body(batch)).hexdigest()
        if (batch.first, batch.last, digest) != (intended.first, intended.last, intended.sha256):
            raise CodatError(
                f"{batch} is not what was sent as batch {batch.number} (rows {intended.first:,} to {intended.last:,})"
                f" by the journal {self.journal.path}, so nothing more was sent: go on with the version of pulumi-codat"
                " that began it"
            )


_UNKNOWN: Final = (
    "it was sent, no answer said what became of it, and Codat lists pushes of this connection that may be it"
)
_UNLISTED: Final = (
    "it was sent, no answer said what became of it, and Codat lists no push that may be it, but keeps its key no longer"
)


def _named(operation: PushOperation) -> str:
    return f"{operation.push_operation_key} of {operation.requested_on_utc:%Y-%m-%d %H:%M} UTC, {operation.status}"


def _surely_not_done(error: Refused) -> bool:
    """Whether the answer to the first request under a key says that nothing happened."""
    client = HTTPStatus.BAD_REQUEST <= error.status < HTTPStatus.INTERNAL_SERVER_ERROR
    return client and error.status != HTTPStatus.REQUEST_TIMEOUT and not _in_progress(error)


def _may_pass(error: Refused) -> bool:
    """Whether the same request may be answered otherwise: a 5xx of a gateway goes, one that Codat keeps stays."""
    return error.status >= HTTPStatus.INTERNAL_SERVER_ERROR


def _in_progress(error: Refused) -> bool:
    """Whether Codat is still at the request before; Xero's duplicate-statement has the same status."""
    return error.status == HTTPStatus.CONFLICT and problem_type(error.said) is None
