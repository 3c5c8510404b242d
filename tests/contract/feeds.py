"""A company with a bank feed to Xero at an emulated Codat, and pushes to it that can be killed at any request."""

from __future__ import annotations

from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any, Final
from uuid import UUID

import httpx
from pydantic import SecretStr

from pulumi_codat.api import Codat
from pulumi_codat.api.transports import ApiKeyAuth
from pulumi_codat.bank_feeds import Target, open_journal, push
from tests.unit.fake_clock import FakeClock
from tests.unit.statements import as_csv, opened, right_rows

from .world import ACCOUNT, NO_TLS

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping
    from pathlib import Path

    from pulumi_codat.bank_feeds import PushResult

    from .world import World

SOURCE_ACCOUNT: Final = "482342-acc-001"
NOW: Final = datetime.now(UTC)
"""Because the emulator refuses what is in the future, or more than a year ago, by its own clock."""


class Killed(BaseException):
    """The process is gone: nothing after this is done."""


class FeedClock(FakeClock):
    """As the emulator's, but that sleeping takes no time."""

    def now(self) -> datetime:
        return NOW + (super().now() - FakeClock.now(FakeClock()))


class KillingWire(httpx.BaseTransport):
    """A wire on which the process is killed at one request: before it leaves, or once it has taken effect.

    With a `status`, a gateway answers that request in Codat's place.
    """

    def __init__(self, at: int | None = None, *, after: bool = False, status: int | None = None) -> None:
        self._inner = httpx.HTTPTransport(verify=NO_TLS)
        self._at = at
        self._after = after
        self._status = status
        self.asked = 0

    def handle_request(self, request: httpx.Request) -> httpx.Response:
        self.asked += 1
        dies = self.asked == self._at
        if dies and self._status:
            return httpx.Response(self._status)
        if dies and not self._after:
            raise Killed
        response = self._inner.handle_request(request)
        if dies:
            response.close()
            raise Killed
        return response

    def close(self) -> None:
        self._inner.close()


class LateWire(KillingWire):
    """A wire whose gateway gives up on the first push, which arrives all the same, but only after the next request."""

    def __init__(self) -> None:
        super().__init__()
        self._held: list[httpx.Request] = []
        self._gave_up = False

    def handle_request(self, request: httpx.Request) -> httpx.Response:
        if request.method == "POST" and not self._gave_up:
            self._gave_up = True
            self._held.append(request)
            return httpx.Response(502)
        response = super().handle_request(request)
        response.read()
        while self._held:
            super().handle_request(self._held.pop()).close()
        return response


@dataclass
class Feed:
    """One company's feed, and the file that is pushed into it: by default 5 rows, 2 in a batch."""

    world: World
    directory: Path
    company: str
    connection: str
    rows: list[dict[str, str]] = field(default_factory=lambda: right_rows(5, NOW))
    clock: FeedClock = field(default_factory=FeedClock)
    statuses: list[str] = field(default_factory=list)

    @property
    def target(self) -> Target:
        return Target(UUID(self.company), UUID(self.connection), SOURCE_ACCOUNT)

    @property
    def journal(self) -> Path:
        return self.directory / "statement.csv.journal"

    def push(self, wire: httpx.BaseTransport | None = None, **how: Any) -> PushResult:
        """The whole of one run, as a process of its own does it."""
        with (
            opened(as_csv(self.rows), now=NOW, batch_rows=how.pop("batch_rows", 2)) as statement,
            open_journal(how.pop("journal", self.journal)) as journal,
            self.connected(
                wire or KillingWire(), how.pop("api_key", self.world.account.api_key), how.pop("patience", 60)
            ) as codat,
        ):
            target = how.pop("target", self.target)
            return push(
                statement,
                target,
                codat=codat,
                journal=journal,
                report=lambda progress: self.statuses.append(f"{progress.batch.number} {progress.status}"),
                **how,
            )

    @contextmanager
    def connected(self, wire: httpx.BaseTransport, api_key: str, patience: float = 60) -> Iterator[Codat]:
        codat = Codat.connect(
            api_key=SecretStr(api_key),
            base_url=self.world.emulator.url,
            max_wait_seconds=patience,
            user_agent="pulumi-codat/test",
            clock=self.clock,
            wire=wire,
        )
        try:
            yield codat
        finally:
            codat.close()

    def landed(self) -> list[str]:
        """The ids that arrived at Xero, in their order."""
        path = f"{self._account}/connections/{self.connection}/source-accounts/{SOURCE_ACCOUNT}/transactions"
        return [transaction["id"] for transaction in self._ask("GET", path)]

    def push_keys(self) -> list[str]:
        pushes = self._ask("GET", f"{self._account}/pushes")
        return [push["push"] for push in pushes if push["companyId"] == self.company]

    def poll(self, push_key: str) -> None:
        """What somebody else asks of a push, twice."""
        for _ in range(2):
            httpx.get(
                f"{self.world.emulator.url}/companies/{self.company}/push/{push_key}",
                auth=ApiKeyAuth(SecretStr(self.world.account.api_key)),
                verify=NO_TLS,
            ).raise_for_status()

    def ids(self) -> list[str]:
        return [row["id"] for row in self.rows]

    def requests(self) -> list[str]:
        """What Codat was asked since the last time, in order, with the feed's own paths in short."""
        lines = [f"{record['method']} {record['path']}" for record in self.world.records()]
        self._ask("DELETE", "/requests")
        return [self._short(line) for line in lines]

    def plan(self, **plan: object) -> None:
        """How the next pushes end."""
        self._ask("POST", f"{self._account}/push-plans", plan)

    def without_plans(self) -> None:
        self._ask("DELETE", f"{self._account}/push-plans")

    def access(self, **access: object) -> None:
        self._ask("PATCH", f"{self._account}/bank-feeds", access)

    def change_connection(self, **change: object) -> None:
        self._ask("PATCH", f"{self._account}/connections/{self.connection}", change)

    def change_source_account(self, status: str) -> None:
        path = f"{self._account}/connections/{self.connection}/source-accounts/{SOURCE_ACCOUNT}"
        self._ask("PATCH", path, {"status": status})

    def fault(self, request: str, kind: str, times: int = 1, **more: object) -> None:
        self.world.fault(self.path_of(request), kind, times, **more)

    def path_of(self, request: str) -> str:
        feed = f"/companies/{self.company}/connections/{self.connection}"
        return {
            PUSH: f"POST {feed}/push/bankAccounts/{SOURCE_ACCOUNT}/bankTransactions",
            LIST: f"GET /companies/{self.company}/push",
            POLL: f"GET /companies/{self.company}/push/*",
        }.get(request, request)

    def hours_later(self, hours: float) -> None:
        """Nobody does anything for a while, here or at Codat."""
        self.clock.passed += hours * 3600
        self._ask("PATCH", "/clock", {"aheadSeconds": self.clock.passed})

    def _short(self, line: str) -> str:
        feed = f"/companies/{self.company}/connections/{self.connection}"
        names: Mapping[str, str] = {
            self.path_of(PUSH): PUSH,
            self.path_of(LIST): LIST,
            f"GET {feed}": CONNECTION,
            f"GET {feed}/connectionInfo/bankFeedAccounts": SOURCE_ACCOUNTS,
        }
        return POLL if line.startswith(f"{self.path_of(LIST)}/") else names.get(line, line)

    @property
    def _account(self) -> str:
        return f"/accounts/{self.world.account.id}"

    def _ask(self, method: str, path: str, body: object = None) -> Any:
        return self.world._ask(method, path, body)


PUSH: Final = "POST bankTransactions"
POLL: Final = "GET push"
LIST: Final = "GET pushes"
CONNECTION: Final = "GET connection"
SOURCE_ACCOUNTS: Final = "GET source accounts"
GUARD: Final = [ACCOUNT, CONNECTION, SOURCE_ACCOUNTS]
"""What is looked at before anything is sent."""
BATCH: Final = [PUSH, POLL, POLL]
"""One batch: the first poll is answered with Pending."""


def feed_at(world: World, directory: Path) -> Feed:
    """Everything in place: keys, both toggles, a linked company, and a source account that is mapped."""
    world.portal(clientId="8F0E2D4C6B8A49719E1F3D5B7A9C0E2D", clientSecret="s" * 48, enabled=True, bankFeeds=True)
    connection = {"platformKey": "gbol", "status": "Linked", "sourceAccounts": [{"id": SOURCE_ACCOUNT}]}
    company = world._ask(
        "POST", f"/accounts/{world.account.id}/companies", {"name": "Company", "connections": [connection]}
    )
    return Feed(world, directory, company["id"], company["dataConnections"][0]["id"])
