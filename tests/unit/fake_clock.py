"""A clock that tests turn: sleeping takes no time, and is written down."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Final

START: Final = datetime(2026, 2, 28, 18, 48, tzinfo=UTC)


class FakeClock:
    """Starts at 18:48 UTC, so that the daily quota is back in 5 h 12 min; `jitter` is always 1."""

    def __init__(self) -> None:
        self.passed = 0.0
        self.slept: list[float] = []

    def now(self) -> datetime:
        return START + timedelta(seconds=self.passed)

    def monotonic(self) -> float:
        return self.passed

    def sleep(self, seconds: float) -> None:
        self.slept.append(seconds)
        self.passed += seconds

    def jitter(self) -> float:
        return 1.0
