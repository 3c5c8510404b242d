"""What time it is for the emulated services."""

from collections.abc import Callable
from datetime import datetime, timedelta

__all__ = ["Clock", "MovableClock"]

Clock = Callable[[], datetime]
"""Says what time it is, in UTC."""


class MovableClock:
    """Another clock, put ahead: so that a test need not wait for what takes time.

    Attributes:
        ahead_seconds: How far. Default 0; not kept in storage.

    """

    def __init__(self, clock: Clock) -> None:
        self._clock = clock
        self.ahead_seconds: float = 0

    def __call__(self) -> datetime:
        return self._clock() + timedelta(seconds=self.ahead_seconds)
