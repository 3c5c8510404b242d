"""When Codat's request quota is back (https://docs.codat.io/using-the-api/rate-limits)."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from email.utils import parsedate_to_datetime
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Mapping

__all__ = ["quota_resets_at", "spoken_time"]


def quota_resets_at(headers: Mapping[str, str], *, now: datetime) -> datetime | None:
    """The time named by `Retry-After` (seconds or an HTTP date), else by `X-Rate-Limit-Reset` (a date), else None."""
    asked = headers.get("Retry-After", "").strip()
    if asked.isdecimal():
        try:
            return now + timedelta(seconds=int(asked))
        except (OverflowError, ValueError):
            return None
    for text in (asked, headers.get("X-Rate-Limit-Reset", "").strip()):
        if text and (when := _date(text)):
            return when
    return None


def spoken_time(when: datetime, *, now: datetime) -> str:
    """`2026-03-01 00:00 UTC, in 5 h 12 min`."""
    minutes = max(0, round((when - now).total_seconds() / 60))
    hours, minutes = divmod(minutes, 60)
    distance = f"{hours} h {minutes} min" if hours else f"{minutes} min" if minutes else "less than a minute"
    return f"{when.astimezone(UTC):%Y-%m-%d %H:%M} UTC, in {distance}"


def _date(text: str) -> datetime | None:
    for parse in (parsedate_to_datetime, datetime.fromisoformat):
        try:
            when = parse(text)
            return when.astimezone(UTC) if when.tzinfo else when.replace(tzinfo=UTC)
        except (OverflowError, ValueError):
            continue
    return None
