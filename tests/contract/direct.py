"""The emulated Codat called in this process, in the caller's thread: no port, and no switch of threads to wait for."""

from __future__ import annotations

import threading
from contextlib import closing, contextmanager
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final

import httpx

from codat_emulator._accounts import Accounts
from codat_emulator._app import application
from codat_emulator._connections import Connections
from codat_emulator._database import Database
from codat_emulator._server import Emulator

if TYPE_CHECKING:
    from collections.abc import Coroutine, Iterator

    from starlette.types import ASGIApp, Message, Scope

    from tests.unit.fake_clock import FakeClock

__all__ = ["Direct", "InProcess", "in_process"]

_URL: Final = "http://127.0.0.1:8790"
_CUT: Final = "tests.contract.cut"
_SILENCE_SECONDS: Final = 20.0


class Direct(httpx.BaseTransport):
    """Raises what httpx raises of a real connection; an answer that never comes costs the clock, and no time.

    `refuses`: what would reset a connection before anything took effect refuses it instead.
    """

    def __init__(self, app: ASGIApp, clock: FakeClock) -> None:
        self._app = app
        self._clock = clock
        self._alone = threading.Lock()  # because the emulator expects one thread
        self.refuses = False

    def handle_request(self, request: httpx.Request) -> httpx.Response:
        if f"{request.url.scheme}://{request.url.netloc.decode()}" != _URL:
            raise httpx.ConnectError("[Errno 111] Connection refused")
        unread: list[Message] = [{"type": "http.request", "body": request.read(), "more_body": False}]
        answer: list[Message] = []

        async def receive() -> Message:
            return unread.pop() if unread else {"type": "http.disconnect"}

        async def send(message: Message) -> None:
            answer.append(message)

        scope = _scope(request)
        with self._alone:
            _finish(self._app(scope, receive, send))
        match scope.get(_CUT):
            case "reset" if self.refuses:
                raise httpx.ConnectError("[Errno 111] Connection refused")
            case "reset":
                raise httpx.ReadError("[Errno 104] Connection reset by peer")
            case "closed":
                raise httpx.RemoteProtocolError("peer closed connection without sending complete message body")
        if not answer:
            self._clock.sleep(min(_SILENCE_SECONDS, request.extensions["seconds_left"]))
            raise httpx.ReadTimeout("timed out")
        start, *parts = answer
        content = b"".join(part.get("body", b"") for part in parts)
        return httpx.Response(start["status"], headers=start["headers"], content=content)


class _Cuts(Connections):
    """Marks in the scope how the emulator cut a connection."""

    def reset(self, scope: Scope) -> None:
        scope[_CUT] = "reset"

    def close(self, scope: Scope) -> None:
        scope[_CUT] = "closed"


@dataclass(frozen=True)
class InProcess:
    """An emulated Codat without a port: its address by name, its storage, and the only way to it."""

    emulator: Emulator
    storage: Accounts
    wire: Direct


@contextmanager
def in_process(clock: FakeClock) -> Iterator[InProcess]:
    """The emulator's whole application, storage in memory, under the clock of the tests."""
    with closing(Database(None)) as database:
        accounts = Accounts(database)
        app = application(database, accounts, _Cuts(), clock.now)
        yield InProcess(Emulator(_URL, accounts), accounts, Direct(app, clock))


def _finish(work: Coroutine[Any, Any, None]) -> None:
    """Run what never has to wait, because all it could wait for is here."""
    try:
        work.send(None)
    except StopIteration:
        return
    raise AssertionError("the emulator waits for something: this needs one that is served on a port")


def _scope(request: httpx.Request) -> dict[str, Any]:
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
        "client": ("127.0.0.1", 1),
        "server": (url.host, url.port),
        "state": {},
    }
