"""What became of a batch that was sent, and whose answer nobody knows: what Codat's list of pushes tells."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta
from typing import TYPE_CHECKING, Final

from pulumi_codat.api import PushStatus
from pulumi_codat.api.contract import BANK_TRANSACTIONS

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping
    from datetime import datetime
    from uuid import UUID

    from pulumi_codat.api import PushOperation
    from pulumi_codat.bank_feeds.journal import Intended
    from pulumi_codat.bank_feeds.models import Target

__all__ = ["Suspects", "is_young", "key_lasts", "suspects"]

_KEPT: Final = timedelta(minutes=90)
"""How long Codat keeps a key's answer (https://docs.codat.io/using-the-api/write-data/idempotency)."""
_MARGIN: Final = timedelta(minutes=5)
_UNDER_WAY: Final = timedelta(minutes=1)
"""Our choice: what was sent last arrives within this time."""
_CLOCKS_DIFFER_BY: Final = timedelta(hours=1)
"""Our choice: more than any machine's clock is wrong. A longer time only makes more undecidable."""

_BEST_FIRST: Final = (PushStatus.SUCCESS, PushStatus.PENDING, PushStatus.TIMED_OUT, PushStatus.FAILED)


def is_young(intended: Intended, now: datetime) -> bool:
    """Whether the same key surely does nothing twice. A clock that was put back makes nothing young."""
    return timedelta(0) <= now - intended.at < _KEPT - _MARGIN


def key_lasts(intended: Intended, now: datetime) -> float:
    """Seconds for which a request may go out under the key, however often it is tried."""
    return max(0.0, (intended.at + _KEPT - _UNDER_WAY - now).total_seconds())


@dataclass(frozen=True)
class Suspects:
    """Pushes that may be the batch: `certain` shows exactly its rows, each of `possible` some of them, or none at all.

    Of several that are certain, it is the one that did most.
    """

    certain: PushOperation | None
    possible: tuple[PushOperation, ...]


def suspects(
    listed: Iterable[PushOperation],
    intended: Intended,
    known: Mapping[UUID, datetime],
    target: Target,
    ids: tuple[str, ...],
) -> Suspects:
    """The pushes that may be the batch with these ids, among all that Codat lists of the company."""
    certain, possible = [], []
    for operation in _after(listed, intended, known, target):
        account, shown = operation.pushed() or ("", ())
        if (account, shown) == (target.source_account, ids):
            certain.append(operation)
        elif not shown or not set(ids).isdisjoint(shown):
            possible.append(operation)
    if certain:
        return Suspects(min(certain, key=lambda operation: _BEST_FIRST.index(operation.status)), ())
    return Suspects(None, tuple(possible))


def _after(
    listed: Iterable[PushOperation], intended: Intended, known: Mapping[UUID, datetime], target: Target
) -> Iterator[PushOperation]:
    """Bank transactions of the connection that are not known to be others, and not older than the batch.

    The batches go in order, so it is younger than the last push that is known, by Codat's own clock, give or take what
    the clocks of its servers differ by.
    """
    earliest = max(known.values()) - _MARGIN if known else intended.at - _CLOCKS_DIFFER_BY
    for operation in listed:
        if (
            operation.data_connection_key == target.connection
            and operation.data_type in {None, BANK_TRANSACTIONS}
            and operation.push_operation_key not in known
            and operation.requested_on_utc >= earliest
        ):
            yield operation
