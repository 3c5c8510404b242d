"""How many requests an account may make (reference, section 3.2)."""

import math
from collections import Counter
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from datetime import UTC, datetime, time, timedelta

from codat_emulator._accounts import Account
from codat_emulator._clock import Clock
from codat_emulator._database import Database
from codat_emulator._errors import CodatError
from codat_emulator._settings import AccountSettings

__all__ = ["Quota"]

_REQUESTS = 1000
_CONCURRENT = 10


class Quota:
    """The daily quota, and the limit on concurrent requests.

    A day's quota is 1000 x (1 + active connected companies), and begins anew at 00:00 UTC. At once there may be
    10 requests for each active connected company; for an account without any nothing is stated, and
    10 is our choice. The block of an IP address that makes 1,000 requests a minute is not emulated, because Codat
    says only that it may come.
    """

    def __init__(self, database: Database, clock: Clock) -> None:
        self._database = database
        self._clock = clock
        self._under_way: Counter[str] = Counter()

    @staticmethod
    def limit(settings: AccountSettings) -> int:
        return _REQUESTS * (1 + _active(settings))

    def remaining(self, account: Account, settings: AccountSettings) -> int:
        return max(0, self.limit(settings) - self._used(account))

    def set_remaining(self, account: Account, settings: AccountSettings, remaining: int) -> None:
        """Leave the account this many requests for the rest of the day, be it more than a day's quota."""
        self._write(account, self.limit(settings) - remaining)

    def spend(self, account: Account, settings: AccountSettings) -> None:
        """Count one request; raises 429 with the seconds to the next day in `Retry-After` when none is left."""
        used = self._used(account)
        if used >= self.limit(settings):
            seconds = (self._next_day() - self._clock()).total_seconds()
            raise CodatError(429, headers={"Retry-After": str(math.ceil(seconds))})
        self._write(account, used + 1)

    @contextmanager
    def slot(self, account: Account, settings: AccountSettings) -> Iterator[None]:
        """Hold one of the concurrent requests; raises 429 when all are held."""
        if self._under_way[account.id] >= _CONCURRENT * max(1, _active(settings)):
            raise CodatError(429, headers={"Retry-After": "1"})
        self._under_way[account.id] += 1
        try:
            yield
        finally:
            self._under_way[account.id] -= 1

    def headers(self, limit: int, remaining: int) -> Mapping[str, str]:
        """What every response carries. The reference calls the reset "a date": ISO 8601 in UTC is our choice."""
        return {
            "X-Rate-Limit-Limit": str(limit),
            "X-Rate-Limit-Remaining": str(remaining),
            "X-Rate-Limit-Reset": self._next_day().strftime("%Y-%m-%dT%H:%M:%SZ"),
        }

    def headers_of(self, account: Account, settings: AccountSettings) -> Mapping[str, str]:
        return self.headers(self.limit(settings), self.remaining(account, settings))

    def headers_of_nobody(self) -> Mapping[str, str]:
        """For a request without a valid key, a fresh account's: our choice, because no account is known."""
        return self.headers(_REQUESTS, _REQUESTS)

    def _used(self, account: Account) -> int:
        with self._database.transaction() as rows:
            row = rows.execute(
                "SELECT used FROM quota WHERE account_id = ? AND day = ?", (account.id, self._today())
            ).fetchone()
        return int(row[0]) if row else 0

    def _write(self, account: Account, used: int) -> None:
        with self._database.transaction() as rows:
            rows.execute("REPLACE INTO quota VALUES (?, ?, ?)", (account.id, self._today(), used))

    def _today(self) -> str:
        return self._clock().date().isoformat()

    def _next_day(self) -> datetime:
        return datetime.combine(self._clock().date() + timedelta(days=1), time(), UTC)


def _active(settings: AccountSettings) -> int:
    return sum(company.active for company in settings.companies)
