"""The emulated Codat called in this process instead of over a port, and put back between two trials."""

from __future__ import annotations

import json
from contextlib import closing, contextmanager
from dataclasses import dataclass, field
from http import HTTPStatus
from threading import Lock
from typing import TYPE_CHECKING, Any, Final

import httpx

from codat_emulator._accounts import Accounts
from codat_emulator._app import application
from codat_emulator._connections import Connections
from codat_emulator._database import Database
from codat_emulator._server import Emulator
from tests.contract.engine import Recorded, Stack
from tests.contract.world import World, _Recorder
from tests.unit.fake_clock import FakeClock

if TYPE_CHECKING:
    from collections.abc import Coroutine, Iterator, Mapping, Sequence

    from starlette.types import ASGIApp, Message, Scope

    from codat_emulator._settings import AccountSettings

__all__ = ["Bench", "Start", "bench"]

_URL: Final = "http://127.0.0.1:8790"
_CUT: Final = "tests.faults.cut"
_JSON: Final = [(b"content-type", b"application/json")]
_PLENTY: Final = 10**9


class _Cuts(Connections):
    """Marks in the scope how the emulator cut a connection."""

    def reset(self, scope: Scope) -> None:
        scope[_CUT] = "reset"

    def close(self, scope: Scope) -> None:
        scope[_CUT] = "closed"


class Service:
    """The emulator as one ASGI application, asked from several threads."""

    def __init__(self, app: ASGIApp) -> None:
        self._app = app
        self._alone = Lock()  # because the emulator expects one thread

    def ask(
        self, method: str, path: str, body: bytes, headers: Sequence[tuple[bytes, bytes]], query: bytes = b""
    ) -> tuple[Message | None, bytes, str | None]:
        """The beginning of the answer, if there is one, its body, and how the connection was cut, if it was."""
        scope: dict[str, Any] = {
            "type": "http",
            "http_version": "1.1",
            "method": method,
            "scheme": "http",
            "path": path,
            "query_string": query,
            "root_path": "",
            "headers": headers,
            "client": ("127.0.0.1", 1),
            "server": ("127.0.0.1", 8790),
        }
        incoming = iter([{"type": "http.request", "body": body, "more_body": False}])
        sent: list[Message] = []

        async def receive() -> Message:
            return next(incoming, {"type": "http.disconnect"})

        async def send(message: Message) -> None:
            sent.append(message)

        with self._alone:
            _finish(self._app(scope, receive, send))
        return (sent[0] if sent else None), b"".join(one.get("body", b"") for one in sent[1:]), scope.get(_CUT)


def _finish(work: Coroutine[Any, Any, None]) -> None:
    """Run what never has to wait, because all it could wait for is here."""
    try:
        work.send(None)
    except StopIteration:
        return
    raise AssertionError("the emulator waits for something")


class _Wire(httpx.BaseTransport):
    """Raises what httpx raises of a real connection; an answer that never comes costs the clock, and no time."""

    def __init__(self, world: Bench) -> None:
        self._world = world

    def handle_request(self, request: httpx.Request) -> httpx.Response:
        headers = [(name.lower(), value) for name, value in request.headers.raw]
        start, body, cut = self._world.service.ask(
            request.method, request.url.path, request.read(), headers, request.url.query
        )
        if cut == "reset" and self._world.refuses:
            raise httpx.ConnectError("[Errno 111] Connection refused")
        if cut == "reset":
            raise httpx.ReadError("[Errno 104] Connection reset by peer")
        if start is None:
            self._world.clock.sleep(request.extensions["timeout"]["read"])
            raise httpx.ReadTimeout("timed out")
        if cut == "closed":
            raise httpx.RemoteProtocolError("peer closed connection without sending complete message body")
        return httpx.Response(start["status"], headers=start["headers"], content=body)


@dataclass(frozen=True)
class Start:
    """Where a trial begins: what each account holds, and the stack."""

    settings: tuple[AccountSettings, ...]
    resources: str


@dataclass
class Bench(World):
    """A world in this process. `refuses`: what resets a connection before anything took effect refuses it instead."""

    service: Service = field(kw_only=True)
    storage: Accounts = field(kw_only=True)
    refuses: bool = False

    def keep(self, stack: Stack) -> Start:
        """Remember where a trial begins."""
        return self.start({name: vars(recorded) for name, recorded in stack.resources.items()})

    def start(self, resources: Mapping[str, object]) -> Start:
        """The accounts as they are, and a stack with these resources."""
        return Start(self.everything(), json.dumps(resources))

    def put_back(self, start: Start, stack: Stack) -> None:
        """Begin a trial: no fault, no request, the same accounts and the same stack."""
        self.heal()
        self.refuses = False
        self.sent.clear()
        self.clock.passed = 0.0
        self.clock.slept.clear()
        for account, settings in zip(self.emulator.accounts, start.settings, strict=True):
            for _ in range(2):  # because a stale read shows what was there before the last save
                self.storage.save(account, settings)
        self.behave(quotaRemaining=_PLENTY)
        stack.resources = {name: Recorded(**kept) for name, kept in json.loads(start.resources).items()}

    def everything(self) -> tuple[AccountSettings, ...]:
        """What every account holds."""
        return tuple(self.storage.settings(account) for account in self.emulator.accounts)

    def _wire(self) -> httpx.BaseTransport:
        return _Recorder(_Wire(self), self.sent)

    def _ask(self, method: str, path: str, body: object = None) -> Any:
        content = b"" if body is None else json.dumps(body).encode()
        start, answer, _ = self.service.ask(method, f"/_emulator{path}", content, _JSON)
        assert start is not None
        assert start["status"] == HTTPStatus.OK, answer
        return json.loads(answer)


@contextmanager
def bench() -> Iterator[Bench]:
    """An emulated Codat in this process, under the clock of the tests."""
    with (
        closing(Database(None)) as database,
        httpx.Client(trust_env=False) as control,
    ):
        accounts = Accounts(database)
        clock = FakeClock()
        service = Service(application(database, accounts, _Cuts(), clock.now))
        emulator = Emulator(_URL, accounts)
        yield Bench(emulator, control, emulator.accounts[0], clock, service=service, storage=accounts)
