"""Waiting for a push: how often it asks, and when it stops."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any
from uuid import UUID

import httpx
import pytest
from pydantic import SecretStr

from pulumi_codat.api import Codat, NotFound, PushOperation
from pulumi_codat.bank_feeds import wait

from .fake_clock import FakeClock
from .scripted_wire import ScriptedWire

if TYPE_CHECKING:
    from collections.abc import Iterator

COMPANY = UUID("8a210b68-6988-11ed-a1eb-0242ac120002")
KEY = UUID("eb8bac9a-c9c8-4f1c-9c7a-2b0f0d1e2f3a")


def operation(status: str, **more: object) -> dict[str, Any]:
    """As Codat answers, with a time without an offset, which is UTC."""
    return {
        "pushOperationKey": str(KEY),
        "dataConnectionKey": "2e9d2c44-f675-40ba-8049-353bfcb5e171",
        "requestedOnUtc": "2026-02-28T18:48:00.1234567",
        "status": status,
        "statusCode": 202,
        **more,
    }


def answering(*statuses: str) -> ScriptedWire:
    return ScriptedWire(*(httpx.Response(200, json=operation(status)) for status in statuses))


@pytest.fixture(name="clock")
def _clock() -> FakeClock:
    return FakeClock()


@pytest.fixture(name="connect")
def _connect(clock: FakeClock) -> Iterator[Any]:
    opened: list[Codat] = []

    def connect(wire: ScriptedWire) -> Codat:
        codat = Codat.connect(
            api_key=SecretStr("key"),
            base_url="https://api.codat.io",
            max_wait_seconds=60,
            user_agent="pulumi-codat/test",
            clock=clock,
            wire=wire,
        )
        opened.append(codat)
        return codat

    yield connect
    for codat in opened:
        codat.close()


def test_it_asks_at_once_then_ever_slower(connect: Any, clock: FakeClock) -> None:
    wire = answering("Pending", "Pending", "Pending", "Success")
    assert wait(connect(wire), COMPANY, KEY).status == "Success"
    assert clock.slept == [1.0, 1.5, 2.25]
    assert wire.lines == [f"GET /companies/{COMPANY}/push/{KEY}"] * 4


def test_half_an_hour_costs_few_requests(connect: Any, clock: FakeClock) -> None:
    wire = answering("Pending")
    assert wait(connect(wire), COMPANY, KEY).status == "Pending"
    assert 60 < len(wire.asked) < 70
    assert 1770 <= clock.passed <= 1800
    assert max(clock.slept) == 30.0


def test_what_has_ended_by_its_first_answer_is_not_asked_for(connect: Any) -> None:
    wire = answering("Success")
    begun = PushOperation.model_validate(operation("Success"))
    assert wait(connect(wire), COMPANY, KEY, begun=begun) is begun
    assert wire.asked == []


def test_a_push_that_is_not_there_is_an_error(connect: Any) -> None:
    with pytest.raises(NotFound):
        wait(connect(ScriptedWire(httpx.Response(404, json={"error": "No push"}))), COMPANY, KEY)


def test_a_time_without_an_offset_is_utc_and_what_codat_says_is_kept() -> None:
    validation = {"errors": None, "warnings": [{"itemId": "tx-1", "message": "odd"}, {"message": "odder"}, {}]}
    parsed = PushOperation.model_validate(operation("Success", validation=validation))
    assert parsed.requested_on_utc.isoformat() == "2026-02-28T18:48:00.123456+00:00"
    assert parsed.warnings == ("tx-1: odd", "odder")
    assert parsed.errors == ()
    assert parsed.pushed() is None


def test_rows_that_codat_shows_are_read() -> None:
    data = {"accountId": "acc-1", "transactions": [{"id": "1", "amount": 2}, {"id": "2"}]}
    assert PushOperation.model_validate(operation("Success", data=data)).pushed() == ("acc-1", ("1", "2"))
