"""What is sent again, when, and what is not: a pure function of method, outcome, attempt and time left."""

from __future__ import annotations

from datetime import UTC, datetime

import httpx
import pytest
from hypothesis import given
from hypothesis import strategies as st

from pulumi_codat.api import Deadline, SystemClock
from pulumi_codat.api.tls import Untrusted
from pulumi_codat.api.waiting import delay_before_retry, next_delay

from .fake_clock import FakeClock

NOW = datetime(2026, 2, 28, 18, 48, tzinfo=UTC)
PLENTY = 3600.0
METHODS = ("GET", "PUT", "PATCH", "POST", "DELETE")
NO_ANSWER = (
    httpx.ConnectError("refused"),
    httpx.ConnectTimeout("slow"),
    httpx.ReadError("reset"),
    httpx.ReadTimeout("slow"),
    httpx.RemoteProtocolError("cut"),
    httpx.WriteError("reset"),
)
LASTING = (httpx.DecodingError("too large"), httpx.ProxyError("407"), Untrusted("verify failed"))
RequestResult = httpx.Response | httpx.RequestError


def answer(status: int, **headers: str) -> httpx.Response:
    return httpx.Response(status, headers={name.replace("_", "-"): value for name, value in headers.items()})


def delay(method: str, outcome: RequestResult, *, attempt: int = 1, remaining: float = PLENTY) -> float | None:
    return delay_before_retry(method, outcome, attempt=attempt, remaining=remaining, now=NOW, jitter=1.0)


@pytest.mark.parametrize("outcome", [*NO_ANSWER, *(answer(status) for status in (500, 502, 503, 504))], ids=str)
def test_a_read_is_repeated_after_no_answer_and_after_a_passing_fault(outcome: RequestResult) -> None:
    assert delay("GET", outcome) == 0.5


@pytest.mark.parametrize("method", [method for method in METHODS if method != "GET"])
@pytest.mark.parametrize("outcome", [*NO_ANSWER, *(answer(status) for status in (500, 502, 503, 504))], ids=str)
def test_a_write_is_never_repeated_blindly(method: str, outcome: RequestResult) -> None:
    assert delay(method, outcome) is None


@pytest.mark.parametrize("method", METHODS)
def test_anything_is_repeated_after_a_429_because_it_did_nothing(method: str) -> None:
    assert delay(method, answer(429, Retry_After="30")) == 30.0
    assert delay(method, answer(429)) == 0.5


@pytest.mark.parametrize("method", METHODS)
@pytest.mark.parametrize("status", [200, 204, 301, 400, 401, 402, 403, 404, 405, 408, 409, 422, 451, 501, 505])
def test_no_other_answer_is_asked_for_again(method: str, status: int) -> None:
    assert delay(method, answer(status)) is None


@pytest.mark.parametrize("method", METHODS)
@pytest.mark.parametrize("outcome", LASTING, ids=repr)
def test_what_no_repetition_changes_is_not_repeated(method: str, outcome: RequestResult) -> None:
    assert delay(method, outcome) is None


def test_the_delay_doubles_up_to_eight_seconds() -> None:
    assert [next_delay(attempt, 1.0) for attempt in range(1, 8)] == [0.5, 1, 2, 4, 8, 8, 8]
    assert next_delay(3, 0.5) == 1


def test_the_sixth_try_is_the_last() -> None:
    assert [delay("GET", answer(503), attempt=attempt) for attempt in range(1, 7)] == [0.5, 1, 2, 4, 8, None]
    assert delay("GET", answer(429, Retry_After="1"), attempt=6) is None


def test_a_delay_that_the_time_left_cannot_hold_is_no_delay() -> None:
    assert delay("GET", answer(503), remaining=0.5) is None
    assert delay("GET", answer(503), remaining=0.51) == 0.5
    assert delay("GET", answer(429, Retry_After="60"), remaining=60) is None
    assert delay("GET", answer(429, Retry_After="60"), remaining=60.1) == 60
    assert delay("GET", answer(429, X_Rate_Limit_Reset="2026-03-01T00:00:00Z"), remaining=PLENTY) is None


def test_a_quota_that_is_back_already_still_waits_the_ordinary_delay() -> None:
    assert delay("GET", answer(429, Retry_After="Sat, 28 Feb 2026 18:00:00 GMT"), attempt=2) == 1


@given(
    method=st.sampled_from(METHODS),
    outcome=st.one_of(st.sampled_from((*NO_ANSWER, *LASTING)), st.integers(100, 599).map(answer)),
    attempt=st.integers(1, 10),
    remaining=st.floats(0, 7200),
    jitter=st.floats(0.5, 1),
)
def test_a_delay_is_positive_and_fits_the_time_left(
    method: str, outcome: RequestResult, attempt: int, remaining: float, jitter: float
) -> None:
    wait = delay_before_retry(method, outcome, attempt=attempt, remaining=remaining, now=NOW, jitter=jitter)
    assert wait is None or 0 < wait < remaining


def test_a_deadline_counts_down_to_zero() -> None:
    clock = FakeClock()
    clock.sleep(5)
    deadline = Deadline(clock, 60)
    assert deadline.remaining() == 60
    clock.sleep(59)
    assert deadline.remaining() == 1
    clock.sleep(2)
    assert deadline.remaining() == 0
    deadline.begin_anew()
    assert deadline.remaining() == 60


def test_the_machines_clock_is_one() -> None:
    clock = SystemClock()
    before = clock.monotonic()
    clock.sleep(0)
    assert clock.monotonic() >= before
    assert clock.now().tzinfo is UTC
    assert all(0.5 <= clock.jitter() <= 1 for _ in range(20))
