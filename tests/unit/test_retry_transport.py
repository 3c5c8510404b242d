"""Requests that are sent again, by a clock that tests turn."""

from __future__ import annotations

import httpx
import pytest

from pulumi_codat.api import Deadline
from pulumi_codat.api.transports import RequestResult, RetryTransport

from .fake_clock import FakeClock
from .scripted_wire import Answer, ScriptedWire

OK = httpx.Response(200, text="fine")
BUSY = httpx.Response(503)
RESET = httpx.ReadError("reset")


def send(wire: httpx.BaseTransport, clock: FakeClock, *, method: str = "GET", patience: float = 60.0) -> httpx.Response:
    request = httpx.Request(
        method, "https://api.codat.io/integrations/gbol", extensions={"deadline": Deadline(clock, patience)}
    )
    return RetryTransport(wire, clock).handle_request(request)


@pytest.mark.parametrize("faults", [[BUSY], [RESET], [RESET, BUSY, RESET]])
def test_a_read_is_sent_again_until_it_is_answered(faults: list[Answer]) -> None:
    wire, clock = ScriptedWire(*faults, OK), FakeClock()
    assert send(wire, clock).text == "fine"
    assert len(wire.asked) == len(faults) + 1
    assert clock.slept == [0.5, 1.0, 2.0][: len(faults)]


def test_the_last_answer_is_given_when_the_tries_are_used_up() -> None:
    wire, clock = ScriptedWire(BUSY), FakeClock()
    assert send(wire, clock).status_code == 503
    assert clock.slept == [0.5, 1, 2, 4, 8]


def test_the_last_failure_is_raised_when_the_tries_are_used_up() -> None:
    wire, clock = ScriptedWire(RESET), FakeClock()
    with pytest.raises(httpx.ReadError, match="reset"):
        send(wire, clock)
    assert len(wire.asked) == 6


def test_each_try_gets_the_patience_that_is_left() -> None:
    given: list[float] = []

    def busy(request: httpx.Request) -> httpx.Response:
        given.append(request.extensions["seconds_left"])
        return BUSY

    send(ScriptedWire(busy), FakeClock(), patience=4)
    assert given == [4, 3.5, 2.5, 0.5]


def test_nothing_is_sent_where_no_patience_is_left() -> None:
    wire = ScriptedWire(OK)
    with pytest.raises(httpx.PoolTimeout):
        send(wire, FakeClock(), patience=0)
    assert wire.asked == []


def test_an_answer_that_cannot_be_read_is_told_and_not_asked_for_again() -> None:
    class _TooLarge(httpx.BaseTransport):
        asked = 0

        def handle_request(self, request: httpx.Request) -> httpx.Response:
            self.asked += 1
            raise httpx.DecodingError("too large")

    wire, clock, told = _TooLarge(), FakeClock(), list[RequestResult]()
    transport = RetryTransport(wire, clock, lambda _, outcome: told.append(outcome))
    request = httpx.Request("GET", "https://api.codat.io/profile", extensions={"deadline": Deadline(clock, 60)})
    with pytest.raises(httpx.DecodingError):
        transport.handle_request(request)
    assert [str(outcome) for outcome in told] == ["too large"]
    assert wire.asked == 1


def test_nothing_waits_beyond_the_deadline() -> None:
    wire, clock = ScriptedWire(BUSY), FakeClock()
    assert send(wire, clock, patience=4).status_code == 503
    assert clock.slept == [0.5, 1, 2]


def test_a_long_retry_after_is_not_waited_for_at_all() -> None:
    wire, clock = ScriptedWire(httpx.Response(429, headers={"Retry-After": "18720"}), OK), FakeClock()
    assert send(wire, clock).status_code == 429
    assert clock.slept == []


def test_a_short_retry_after_is_waited_for_and_by_a_write_too() -> None:
    wire, clock = ScriptedWire(httpx.Response(429, headers={"Retry-After": "20"}), OK), FakeClock()
    assert send(wire, clock, method="PUT").text == "fine"
    assert clock.slept == [20]


@pytest.mark.parametrize("fault", [BUSY, RESET])
def test_a_write_of_unknown_fate_is_not_sent_again(fault: Answer) -> None:
    wire, clock = ScriptedWire(fault, OK), FakeClock()
    if isinstance(fault, httpx.TransportError):
        with pytest.raises(httpx.ReadError):
            send(wire, clock, method="PUT")
    else:
        assert send(wire, clock, method="PUT").status_code == 503
    assert len(wire.asked) == 1


def test_a_body_that_ends_half_way_counts_as_no_answer() -> None:
    class _Cut(httpx.SyncByteStream):
        def __iter__(self) -> object:  # type: ignore[override] # because a stream may fail while it is read
            raise httpx.RemoteProtocolError("peer closed connection")

    class _CutOnce(httpx.BaseTransport):
        asked = 0

        def handle_request(self, request: httpx.Request) -> httpx.Response:
            self.asked += 1
            return httpx.Response(200, stream=_Cut()) if self.asked == 1 else httpx.Response(200, text="fine")

    clock = FakeClock()
    assert send(_CutOnce(), clock).text == "fine"
    assert clock.slept == [0.5]


def test_each_request_that_went_out_is_told_with_its_outcome() -> None:
    told: list[tuple[str, RequestResult]] = []
    clock = FakeClock()
    transport = RetryTransport(
        ScriptedWire(RESET, OK), clock, lambda request, outcome: told.append((request.method, outcome))
    )
    request = httpx.Request("GET", "https://api.codat.io/profile", extensions={"deadline": Deadline(clock, 60)})
    response = transport.handle_request(request)
    assert told == [("GET", RESET), ("GET", response)]


def test_closing_it_closes_the_wire() -> None:
    wire = ScriptedWire(OK)
    RetryTransport(wire, FakeClock()).close()
    assert wire.closed
