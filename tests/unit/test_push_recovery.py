"""Which of the pushes that Codat lists may be the batch whose answer nobody knows."""

from __future__ import annotations

from datetime import datetime, timedelta
from uuid import UUID, uuid4

import pytest

from pulumi_codat.api import PushOperation
from pulumi_codat.bank_feeds import Target
from pulumi_codat.bank_feeds.journal import Intended
from pulumi_codat.bank_feeds.recovery import Suspects, key_lasts, suspects

from .fake_clock import START

TARGET = Target(uuid4(), uuid4(), "acc-1")
IDS = ("a", "b")
INTENDED = Intended(batch=2, first=3, last=4, sha256="1" * 64, idempotency_key=uuid4(), at=START)


def listed(*ids: str, account: str = "acc-1", status: str = "Success", at: datetime = START) -> PushOperation:
    data = {"accountId": account, "transactions": [{"id": row} for row in ids]}
    return PushOperation.model_validate(
        {
            "pushOperationKey": str(uuid4()),
            "dataConnectionKey": str(TARGET.connection),
            "requestedOnUtc": at.isoformat(),
            "status": status,
            "data": data if ids != ("hidden",) else None,
        }
    )


def found(*operations: PushOperation, known: dict[UUID, datetime] | None = None) -> Suspects:
    return suspects(operations, INTENDED, known or {}, TARGET, IDS)


@pytest.mark.parametrize(
    "other",
    [listed("hidden"), listed(), listed("a"), listed("b", "c"), listed("b", "a"), listed("a", "b", account="acc-2")],
)
def test_what_shows_some_of_its_rows_or_none_may_be_it(other: PushOperation) -> None:
    assert found(other) == Suspects(None, (other,))


def test_what_shows_other_rows_is_another_s() -> None:
    assert found(listed("c", "d")) == Suspects(None, ())


def test_what_shows_exactly_its_rows_is_it_and_of_several_the_one_that_did_most() -> None:
    failed, timed_out, pending, success = (
        listed(*IDS, status=status) for status in ("Failed", "TimedOut", "Pending", "Success")
    )
    assert found(failed, timed_out, pending, success).certain == success
    assert found(failed, timed_out, pending, listed("hidden")).certain == pending
    assert found(failed, timed_out).certain == timed_out
    assert found(failed).certain == failed


def test_it_may_be_a_little_older_than_the_last_one_that_is_known() -> None:
    known = {uuid4(): START}
    assert found(listed(*IDS, at=START - timedelta(minutes=4)), known=known).certain
    assert found(listed(*IDS, at=START - timedelta(minutes=6)), known=known) == Suspects(None, ())


def test_no_try_under_a_key_goes_out_when_codat_may_have_forgotten_it() -> None:
    minutes = {0: 89, 84: 5, 89: 0, 95: 0}
    assert {age: key_lasts(INTENDED, START + timedelta(minutes=age)) / 60 for age in minutes} == minutes
