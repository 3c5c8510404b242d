"""The emulated Codat that all sequences share, called without a socket, and a wire on which the provider can die."""

from __future__ import annotations

import json
import threading
from base64 import b64encode
from contextlib import closing, contextmanager
from dataclasses import dataclass, field, replace
from enum import Enum, auto
from typing import TYPE_CHECKING, Any, Final

import httpx

from codat_emulator._accounts import Accounts
from codat_emulator._app import application
from codat_emulator._connections import Connections
from codat_emulator._database import Database
from codat_emulator._server import Emulator
from tests.contract.world import World
from tests.unit.fake_clock import FakeClock

if TYPE_CHECKING:
    from collections.abc import Iterator

    from starlette.types import ASGIApp, Message, Scope

_URL: Final = "http://127.0.0.1:8790"
_MANY: Final = 1_000_000
_ORIGINAL: Final = {"mask": "last-four", "maskClientId": False, "offers": "all", "quotaRemaining": _MANY}
_NOTHING: Final = {"enabled": False, "clientId": None, "clientSecret": None, "bankFeeds": False}


class Killed(BaseException):
    """The provider process ends here; no `except CodatError` can catch it."""


class Way(Enum):
    """What happens where a fuse burns."""

    DIES = auto()
    """The provider process ends."""
    GLITCH = auto()
    """The connection breaks, once."""
    OFFLINE = auto()
    """The connection breaks, and there is no other for this process."""


@dataclass(frozen=True)
class Fuse:
    """What happens at a process's request (or write) number `at`, which is not sent, or has just been `answered`."""

    at: int
    writes: bool
    answered: bool
    way: Way


@dataclass(frozen=True)
class Sent:
    """One request as it went out, and the account whose key went with it."""

    line: str
    body: Any
    account: str | None
    text: str = field(repr=False)

    @property
    def reads(self) -> bool:
        return self.line.startswith("GET ")


class Wire(httpx.BaseTransport):
    """Takes down what is sent, and lets a fuse burn."""

    def __init__(self, inner: httpx.BaseTransport) -> None:
        self._inner = inner
        self._lock = threading.Lock()
        self.opens: dict[str, str] = {}
        """The account that each API key opens, by the header that carries it."""
        self.begin(None)

    def begin(self, fuse: Fuse | None) -> None:
        """A new process."""
        self.sent: list[Sent] = []
        self._fuse = fuse
        self._counted = 0
        self.burnt = False

    def handle_request(self, request: httpx.Request) -> httpx.Response:
        sent = self._sent(request)
        with self._lock:
            fuse = self._burning(sent)
            if fuse is None or fuse.answered:
                self.sent.append(sent)
        if fuse is None:
            return self._inner.handle_request(request)
        if fuse.answered:
            self._inner.handle_request(request)
        if fuse.way is Way.DIES:
            raise Killed
        raise httpx.ReadError("the connection broke")

    def _burning(self, sent: Sent) -> Fuse | None:
        """The fuse, where it is felt by this request."""
        fuse = self._fuse
        if fuse is None:
            return None
        if self.burnt:
            return None if fuse.way is Way.GLITCH else replace(fuse, answered=False)
        if fuse.writes and sent.reads:
            return None
        self._counted += 1
        self.burnt = self._counted == fuse.at
        return fuse if self.burnt else None

    def _sent(self, request: httpx.Request) -> Sent:
        content = request.read().decode()
        return Sent(
            f"{request.method} {request.url.path}",
            json.loads(content) if content else None,
            self.opens.get(request.headers.get("Authorization", "")),
            f"{request.method} {request.url} {dict(request.headers)} {content}",
        )


class _Severed(Connections):
    """Connections that break in the caller's hands, because there is no socket to cut."""

    def reset(self, scope: Scope) -> None:
        raise httpx.ReadError("the connection was reset")

    def close(self, scope: Scope) -> None:
        raise httpx.RemoteProtocolError("the answer ended half way")


class _Direct(httpx.BaseTransport):
    """Calls the emulator in the caller's thread, one request at a time: no switch of threads, which cost the most."""

    def __init__(self, app: ASGIApp, clock: FakeClock) -> None:
        self._app = app
        self._clock = clock
        self._lock = threading.Lock()

    def handle_request(self, request: httpx.Request) -> httpx.Response:
        unread: list[Message] = [{"type": "http.request", "body": request.read(), "more_body": False}]
        answer: list[Message] = []

        async def receive() -> Message:
            if unread:
                return unread.pop()
            self._clock.sleep(request.extensions["timeout"]["read"])
            raise httpx.ReadTimeout("no answer")

        async def send(message: Message) -> None:
            answer.append(message)

        with self._lock:
            call = self._app(_scope(request), receive, send)
            try:
                call.send(None)  # type: ignore[attr-defined] # because it is a coroutine, which never waits here
            except StopIteration:
                start, *parts = answer
                content = b"".join(part.get("body", b"") for part in parts)
                return httpx.Response(start["status"], headers=start["headers"], content=content)
            raise AssertionError("the emulator waits for something else than the client")


def _scope(request: httpx.Request) -> Scope:
    url = request.url
    return {
        "type": "http",
        "asgi": {"version": "3.0"},
        "http_version": "1.1",
        "method": request.method,
        "scheme": url.scheme,
        "path": url.path,
        "raw_path": url.raw_path.partition(b"?")[0],
        "query_string": url.query,
        "root_path": "",
        "headers": [(name.lower(), value) for name, value in request.headers.raw],
        "client": ("127.0.0.1", 0),
        "server": (url.host, url.port),
        "state": {},
    }


@dataclass
class Stage(World):
    """A world whose processes share one wire."""

    wire: Wire = field(kw_only=True)

    def set_back(self) -> None:
        """The account as it was made; saved twice, because a stale read shows what was before the last save."""
        self.clock.passed = 0.0
        self.clock.slept.clear()
        self.heal()
        self._ask("DELETE", "/requests")
        self.behave(**_ORIGINAL, apiKey=self.account.api_key)
        for _ in range(2):
            self.portal(**_NOTHING)
            self._ask("DELETE", f"/accounts/{self.account.id}/companies")

    def faults(self) -> list[dict[str, Any]]:
        """The faults that are still waiting."""
        waiting: list[dict[str, Any]] = self._ask("GET", "/faults")
        return waiting

    def records(self) -> list[dict[str, Any]]:
        """As the wire saw it, which saw more."""
        return []

    def requests(self) -> list[str]:
        return [sent.line for sent in self.wire.sent]

    def _wire(self) -> httpx.BaseTransport:
        return self.wire


@contextmanager
def staged() -> Iterator[Stage]:
    """The emulator's whole application on a stage, with storage in memory."""
    clock = FakeClock()
    with closing(Database(None)) as database:
        accounts = Accounts(database)
        direct = _Direct(application(database, accounts, _Severed(), clock.now), clock)
        emulator = Emulator(_URL, accounts)
        with httpx.Client(transport=direct, base_url=f"{_URL}/_emulator") as control:
            yield Stage(emulator, control, emulator.accounts[0], clock, wire=Wire(direct))


def header(api_key: str) -> str:
    """What carries an API key."""
    return f"Basic {b64encode(api_key.encode()).decode()}"
