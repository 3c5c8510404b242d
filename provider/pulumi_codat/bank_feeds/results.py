"""What a push tells of itself while it goes on, at its end, and where a person has to decide."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from pulumi_codat.api import CodatError

if TYPE_CHECKING:
    from uuid import UUID

    from pulumi_codat.bank_feeds.statement import Batch

__all__ = ["Progress", "PushFailed", "PushResult", "SettledBatch", "StillPending", "Undecided"]


class PushFailed(CodatError):
    """Codat or Xero refused a batch, or it failed. Nothing after it was sent; the same command sends it anew."""


class StillPending(CodatError):
    """A batch did not end in time. The same command goes on waiting for it, and sends nothing before its end."""


class Undecided(CodatError):
    """Whether `batch` took effect cannot be told by any request: a person looks, and says so."""

    def __init__(self, batch: Batch, why: str) -> None:
        self.batch = batch
        number = batch.number
        super().__init__(
            f"{batch}: {why}, so nothing more was sent: look at the account in Xero, then run the same command with"
            f" --skip {number} if these rows are there, or with --resend {number} if they are not"
        )


@dataclass(frozen=True)
class Progress:
    """A batch that moved on: it is `Sent`, `Pending`, or as it ended; `Taken` where an earlier run began it.

    `rows_done` of `rows` are settled.
    """

    batch: Batch
    batches: int
    rows_done: int
    rows: int
    status: str
    push_key: UUID | None = None


@dataclass(frozen=True)
class SettledBatch:
    """A batch of which nothing is to be sent any more; `status` is Success, or `skipped` by a person."""

    batch: Batch
    status: str
    push_key: UUID | None
    warnings: tuple[str, ...] = ()


@dataclass(frozen=True)
class PushResult:
    """All batches of a statement, in order. `sent` is how many rows this run sent; the others were settled before."""

    batches: tuple[SettledBatch, ...]
    sent: int

    @property
    def rows(self) -> int:
        return sum(settled.batch.rows for settled in self.batches)

    @property
    def skipped(self) -> int:
        return sum(settled.batch.rows for settled in self.batches if settled.status == "skipped")
