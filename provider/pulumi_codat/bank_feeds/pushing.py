"""Pushing a statement: one batch after the other, each waited for, none twice, none left out."""

from __future__ import annotations

from typing import TYPE_CHECKING

from pulumi_codat.api import CodatError
from pulumi_codat.api.contract import BANK_FEEDS_SETTING
from pulumi_codat.bank_feeds.batches import BatchSender
from pulumi_codat.bank_feeds.journal import Began
from pulumi_codat.bank_feeds.polling import calls_of
from pulumi_codat.bank_feeds.results import Progress, PushResult, SettledBatch
from pulumi_codat.bank_feeds.target import check_account, check_same, check_target

if TYPE_CHECKING:
    from collections.abc import Callable
    from uuid import UUID

    from pulumi_codat.api import Codat
    from pulumi_codat.bank_feeds.journal import Journal
    from pulumi_codat.bank_feeds.models import Target
    from pulumi_codat.bank_feeds.statement import Batch, Statement

__all__ = ["push"]


def push(
    statement: Statement,
    target: Target,
    *,
    codat: Codat,
    journal: Journal,
    account: UUID | None = None,
    resend: int | None = None,
    skip: int | None = None,
    max_wait_seconds: float = 1800.0,
    bank_feeds_setting: str = BANK_FEEDS_SETTING,
    report: Callable[[Progress], None] = lambda _: None,
) -> PushResult:
    """Push what the journal does not tell to be pushed already, and return when all of it is.

    `account`: the Codat account that the API key must be of; unset, the one the journal began with. `resend`, `skip`:
    the number of a batch that is `Undecided`, to be sent again or taken as pushed, because a person looked;
    `skip` also takes one that failed or was refused. `max_wait_seconds`: how long to wait for one batch. `report` is
    told of progress.
    Raises `CodatError`: `PushFailed`, `StillPending`, `Undecided`, or what else keeps it from going on. Called again
    with the same statement, target and journal, it goes on from what took effect.
    """
    batches = tuple(statement.batches())
    settled: list[SettledBatch] = []
    sent: set[int] = set()

    def tell(batch: Batch, status: str, push_key: UUID | None, warnings: tuple[str, ...]) -> None:
        if status == "Sent":
            sent.add(batch.number)
        elif journal.of(batch.number).settled:
            settled.append(SettledBatch(batch, status, push_key, warnings))
        done = sum(item.batch.rows for item in settled)
        report(Progress(batch, len(batches), done, len(statement), status, push_key))

    if journal.began:
        check_same(journal, journal.began, statement, target)
    _check_words(journal, resend, skip)
    if not all(journal.of(batch.number).settled for batch in batches):
        _begin(statement, target, codat, journal, account)
    sender = BatchSender(statement, target, codat, journal, resend, skip, max_wait_seconds, bank_feeds_setting, tell)
    for batch in batches:
        sender.settle(batch)
    return PushResult(tuple(settled), sum(batch.rows for batch in batches if batch.number in sent))


def _begin(statement: Statement, target: Target, codat: Codat, journal: Journal, account: UUID | None) -> None:
    """Before anything is sent: the right Codat account, and a target that takes transactions."""
    live = check_account(codat, account, journal)
    check_target(calls_of(codat), target)
    if journal.began is None:
        journal.add(
            Began(
                at=codat.clock.now(),
                file_sha256=statement.sha256,
                options=dict(statement.options),
                rows=len(statement),
                account=live,
                company=target.company,
                connection=target.connection,
                source_account=target.source_account,
            )
        )


def _check_words(journal: Journal, resend: int | None, skip: int | None) -> None:
    """A person's word counts only where nothing else tells, so that a mistyped number does no harm."""
    for option, number, closed in (("resend", resend, {"Failed", "refused"}), ("skip", skip, set[str]())):
        if number is None:
            continue
        record = journal.of(number)
        status = record.ended.status if record.ended else None
        if record.intended is None or status in {"Success", "skipped"} | closed:
            raise CodatError(
                f"--{option} {number} is for a batch of which nobody knows whether it took effect, and by the journal"
                f" {journal.path} batch {number} is none: run the same command without it"
            )
