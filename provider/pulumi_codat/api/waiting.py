"""How long we wait, and for what: a clock that tests can turn, a deadline an operation, and the retry policy."""

from __future__ import annotations

import random
import time
from dataclasses import dataclass, field
from datetime import UTC, datetime
from http import HTTPMethod, HTTPStatus
from typing import Final, Protocol

import httpx

from pulumi_codat.api.quota import quota_resets_at
from pulumi_codat.api.tls import Untrusted

__all__ = ["Clock", "Deadline", "SystemClock", "delay_before_retry", "next_delay"]

_FIRST_DELAY: Final = 0.5
_GROWTH: Final = 2.0
_LONGEST_DELAY: Final = 8.0
_MOST_TRIES: Final = 6
_TRANSIENT: Final = frozenset(
    {
        HTTPStatus.INTERNAL_SERVER_ERROR,
        HTTPStatus.BAD_GATEWAY,
        HTTPStatus.SERVICE_UNAVAILABLE,
        HTTPStatus.GATEWAY_TIMEOUT,
    }
)


_LASTING: Final = (httpx.DecodingError, httpx.ProxyError, Untrusted)
"""No repetition changes these, and a proxy may lock out whoever repeats a wrong password."""


class Clock(Protocol):
    """Time as the client sees it."""

    def now(self) -> datetime: ...
    def monotonic(self) -> float: ...
    def sleep(self, seconds: float) -> None: ...
    def jitter(self) -> float:
        """A factor between 0.5 and 1, because clients that failed together must not come back together."""
        ...


class SystemClock:
    """The machine's time."""

    def now(self) -> datetime:
        return datetime.now(UTC)

    def monotonic(self) -> float:
        return time.monotonic()

    def sleep(self, seconds: float) -> None:
        time.sleep(seconds)

    def jitter(self) -> float:
        return random.uniform(0.5, 1.0)  # noqa: S311 because a delay is no secret


@dataclass
class Deadline:
    """The end of one operation, `max_wait_seconds` after it began."""

    clock: Clock
    max_wait_seconds: float
    began: float = field(init=False)

    def __post_init__(self) -> None:
        self.begin_anew()

    def begin_anew(self) -> None:
        """Give the operation its whole time again."""
        self.began = self.clock.monotonic()

    def remaining(self) -> float:
        """Seconds left, never below zero."""
        return max(0.0, self.began + self.max_wait_seconds - self.clock.monotonic())


def next_delay(attempt: int, jitter: float) -> float:
    """Seconds before try number `attempt` + 1: 0.5 s, doubled each time up to 8 s, times the jitter."""
    return min(_LONGEST_DELAY, _FIRST_DELAY * _GROWTH ** (attempt - 1)) * jitter


def delay_before_retry(
    method: str,
    outcome: httpx.Response | httpx.RequestError,
    *,
    attempt: int,
    remaining: float,
    now: datetime,
    jitter: float,
) -> float | None:
    """Seconds to wait before the same request is sent again, or None when it must not be.

    A 429 did nothing, so any method may be repeated, at the time Codat names. Everything else is repeated for reads
    only: a write that got a 5xx or no answer may have taken effect, so it is the reconciler that decides, after it
    has read the live state. What no repetition changes (a certificate, a proxy's refusal) is not repeated either. A
    delay that `remaining` cannot hold is None: a long wait is an error that says until when.
    """
    if attempt >= _MOST_TRIES or isinstance(outcome, _LASTING):
        return None
    delay = next_delay(attempt, jitter)
    status = None if isinstance(outcome, Exception) else outcome.status_code
    if status == HTTPStatus.TOO_MANY_REQUESTS and not isinstance(outcome, Exception):
        until = quota_resets_at(outcome.headers, now=now)
        if until is not None:
            delay = max(delay, (until - now).total_seconds())
    elif method != HTTPMethod.GET or (status is not None and status not in _TRANSIENT):
        return None
    return delay if delay < remaining else None
