"""The emulated Codat that all sequences share, called without a socket, and a wire on which the provider can die."""

from __future__ import annotations

import json
import re
import threading
from base64 import b64decode, b64encode
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from enum import Enum, auto
from typing import TYPE_CHECKING, Any, Final
from unittest import mock
from urllib.parse import unquote

import httpx

from tests.contract.direct import in_process
from tests.contract.programs import CLIENT_ID, NEW_SECRET, OTHER_ID, SECRET
from tests.contract.world import World
from tests.unit.fake_clock import FakeClock

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

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
    def asks_xero(self) -> bool:
        return self.line.endswith("/connect/token")

    @property
    def reads(self) -> bool:
        """Whether it leaves everything as it is; to ask Xero about a pair does."""
        return self.line.startswith("GET ") or self.asks_xero

    @property
    def pair(self) -> tuple[str, ...]:
        """The client ID and the secret that Xero was asked about."""
        coded = re.search(r"'authorization': 'Basic ([^']*)'", self.text, re.IGNORECASE)
        assert coded
        return tuple(unquote(part) for part in b64decode(coded[1]).decode().split(":"))


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
            json.loads(content) if content.startswith("{") else None,
            self.opens.get(request.headers.get("Authorization", "")),
            f"{request.method} {request.url} {dict(request.headers)} {content}",
        )


@dataclass
class ModelWorld(World):
    """A world whose processes share one wire."""

    fused: Wire = field(kw_only=True)

    def set_back(self) -> None:
        """The account as it was made; saved twice, because a stale read shows what was before the last save."""
        self.clock.passed = 0.0
        self.clock.slept.clear()
        self.heal()
        self._ask("DELETE", "/requests")
        self.behave(**_ORIGINAL, apiKey=self.account.api_key)
        for other in self.emulator.accounts[1:]:
            self.at(other).behave(quotaRemaining=_MANY)
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
        return [sent.line for sent in self.fused.sent]

    def _wire(self) -> httpx.BaseTransport:
        return self.fused


@contextmanager
def model_world() -> Iterator[ModelWorld]:
    """The emulator's whole application on a world."""
    clock = FakeClock()
    with (
        in_process(clock) as codat,
        httpx.Client(base_url=f"{codat.emulator.url}/_emulator", transport=codat.wire) as control,
    ):
        world = ModelWorld(codat.emulator, control, codat.emulator.accounts[0], clock, fused=Wire(codat.wire))
        for client_id in (CLIENT_ID, OTHER_ID):
            for secret in (SECRET, NEW_SECRET):
                world.xero_knows(client_id, secret)
        with mock.patch.object(ThreadPoolExecutor, "submit", _at_once):  # because a switch of threads takes longer
            yield world


def _at_once(_: object, work: Callable[..., Any], /, *args: Any, **named: Any) -> Future[Any]:
    done: Future[Any] = Future()
    try:
        done.set_result(work(*args, **named))
    except BaseException as error:  # noqa: BLE001 because the process may die there
        done.set_exception(error)
    return done


def header(api_key: str) -> str:
    """What carries an API key."""
    return f"Basic {b64encode(api_key.encode()).decode()}"
