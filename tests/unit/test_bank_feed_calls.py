"""The typed calls of Bank Feeds: what goes out, byte for byte, and how often."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import httpx
import pytest
from pydantic import SecretStr

from pulumi_codat.api import Codat, PushOperation, Refused, TooManyPushes, Unanswered, Unintelligible, WriteAttempt

from .fake_clock import FakeClock
from .scripted_wire import ScriptedWire
from .test_push_waiting import operation

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from pulumi_codat.api import BankFeeds

BODY = b'{"accountId": "acc-1", "transactions": [{"amount": 0.10}]}'
PATH = "/companies/c/connections/x/push/bankAccounts/acc%2F1/bankTransactions"


@pytest.fixture(name="feeds")
def _feeds() -> Iterator[Callable[[ScriptedWire], BankFeeds]]:
    opened: list[Codat] = []

    def connect(wire: ScriptedWire) -> BankFeeds:
        codat = Codat.connect(
            api_key=SecretStr("key"),
            base_url="https://api.codat.io",
            max_wait_seconds=60,
            user_agent="pulumi-codat/test",
            clock=FakeClock(),
            wire=wire,
        )
        opened.append(codat)
        return codat.bank_feeds

    yield connect
    for codat in opened:
        codat.close()


def taken(status: str = "Pending", **more: object) -> httpx.Response:
    return httpx.Response(200, json=operation(status, **more))


def page(total: int, *operations: dict[str, Any]) -> httpx.Response:
    return httpx.Response(200, json={"results": operations, "pageNumber": 1, "pageSize": 100, "totalResults": total})


def test_a_push_goes_out_as_it_is_under_its_key(feeds: Callable[[ScriptedWire], BankFeeds]) -> None:
    wire = ScriptedWire(taken())
    attempt = WriteAttempt.begin()
    assert feeds(wire).push("c", "x", "acc/1", BODY, attempt).status == "Pending"
    (asked,) = wire.asked
    assert wire.lines == [f"POST {PATH}"]
    assert asked.content == BODY
    assert asked.headers["Idempotency-Key"] == attempt.key
    assert asked.headers["Content-Type"] == "application/json"


@pytest.mark.parametrize("answer", [httpx.Response(500), httpx.Response(503), httpx.Response(409)])
def test_a_push_that_failed_is_not_sent_again_by_the_transport(
    feeds: Callable[[ScriptedWire], BankFeeds], answer: httpx.Response
) -> None:
    wire = ScriptedWire(answer)
    with pytest.raises(Refused):
        feeds(wire).push("c", "x", "acc/1", BODY, WriteAttempt.begin())
    assert len(wire.asked) == 1


def test_a_push_without_an_answer_is_not_sent_again_by_the_transport(
    feeds: Callable[[ScriptedWire], BankFeeds],
) -> None:
    wire = ScriptedWire(httpx.ReadError("reset"))
    with pytest.raises(Unanswered):
        feeds(wire).push("c", "x", "acc/1", BODY, WriteAttempt.begin())
    assert len(wire.asked) == 1


def test_a_push_that_came_too_early_is_sent_again_under_the_same_key(
    feeds: Callable[[ScriptedWire], BankFeeds],
) -> None:
    wire = ScriptedWire(httpx.Response(429, headers={"Retry-After": "2"}), taken())
    feeds(wire).push("c", "x", "acc/1", BODY, WriteAttempt.begin())
    assert len({asked.headers["Idempotency-Key"] for asked in wire.asked}) == 1
    assert len(wire.asked) == 2


def test_pushes_are_read_page_by_page(feeds: Callable[[ScriptedWire], BankFeeds]) -> None:
    wire = ScriptedWire(page(2, operation("Success")), page(2, operation("Failed")))
    pushes = feeds(wire).pushes("c")
    assert next(pushes).status == "Success"
    assert wire.lines == ["GET /companies/c/push?page=1&pageSize=100"]  # because whoever found it asks no further
    assert [push.status for push in pushes] == ["Failed"]
    assert wire.lines == [f"GET /companies/c/push?page={number}&pageSize=100" for number in (1, 2)]


def test_too_many_pushes_to_look_through_are_an_error(feeds: Callable[[ScriptedWire], BankFeeds]) -> None:
    wire = ScriptedWire(page(999_999, operation("Success")))
    with pytest.raises(TooManyPushes, match="Codat lists more than 100 pushes of company c, too many to look through"):
        tuple(feeds(wire).pushes("c"))
    assert len(wire.asked) == 100


def test_reads_ask_codat_each_time(feeds: Callable[[ScriptedWire], BankFeeds]) -> None:
    wire = ScriptedWire(taken(), taken("Success"))
    calls = feeds(wire)
    assert [calls.push_operation("c", "k").status for _ in range(2)] == ["Pending", "Success"]


@pytest.mark.parametrize(
    "body", [[], {"status": "Sent"}, operation("Sent"), operation("Success", pushOperationKey="7")]
)
def test_a_push_of_another_shape_is_not_understood(feeds: Callable[[ScriptedWire], BankFeeds], body: object) -> None:
    with pytest.raises(Unintelligible, match=r"Codat's answer to POST .* is not of the documented shape"):
        feeds(ScriptedWire(httpx.Response(200, json=body))).push("c", "x", "acc/1", BODY, WriteAttempt.begin())


def test_what_codat_found_is_told_in_one_line_each() -> None:
    found = [{"itemId": "tx-1", "message": "odd\n\x1b[31mError: forged"}, {"message": "\n"}]
    pushed = PushOperation.model_validate(operation("Success", validation={"errors": found, "warnings": found}))
    assert pushed.warnings == pushed.errors == ("tx-1: odd [31mError: forged",)
