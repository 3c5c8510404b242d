"""The emulator on a port of loopback, in a thread or in the foreground."""

import asyncio
import errno
import signal
import socket
import threading
from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager
from datetime import UTC, datetime
from pathlib import Path

from starlette.types import ASGIApp
from uvicorn.config import Config
from uvicorn.server import ServerState

from codat_emulator._accounts import Account, Accounts
from codat_emulator._app import application
from codat_emulator._clock import Clock
from codat_emulator._connections import Connections
from codat_emulator._database import Database, EmulatorError

__all__ = ["Emulator", "running", "running_at", "serve"]

_HOST = "127.0.0.1"
_LAST_ANSWERS = 2.0


class Emulator:
    """An emulated Codat that is being served.

    Attributes:
        url: Its base URL, without a slash at the end.

    """

    def __init__(self, url: str, accounts: Accounts) -> None:
        self.url = url
        self._accounts = accounts

    @property
    def accounts(self) -> tuple[Account, ...]:
        """Its accounts, each with the API key that opens it now."""
        return tuple(record.account for record in self._accounts.all())

    def __repr__(self) -> str:
        return f"Emulator(url={self.url!r})"


@contextmanager
def running(storage: Path | None = None, port: int = 0) -> Iterator[Emulator]:
    """Serve an emulated Codat on 127.0.0.1 from a thread for as long as the block lasts.

    Args:
        storage: The SQLite file that accounts and settings are kept in, made if need be. Default: memory.
        port: The port; 0, the default, takes a free one.

    Raises:
        EmulatorError: The port is in use, or the file cannot be used.

    """
    with running_at(storage, port, _now) as emulator:
        yield emulator


@contextmanager
def running_at(storage: Path | None, port: int, clock: Clock) -> Iterator[Emulator]:
    """As `running`, by another clock."""
    with _prepared(storage, port, clock) as (emulator, service), _loop_in_thread() as loop:
        asyncio.run_coroutine_threadsafe(service.start(), loop).result()
        try:
            yield emulator
        finally:
            asyncio.run_coroutine_threadsafe(service.stop(), loop).result()


def serve(ready: Callable[[Emulator], None], storage: Path | None = None, port: int = 8790) -> None:
    """Serve an emulated Codat on 127.0.0.1 until SIGINT or SIGTERM; from the main thread only.

    Args:
        ready: Called once, as soon as requests are answered.
        storage: As for `running`.
        port: The port; 0 takes a free one.

    Raises:
        EmulatorError: The port is in use, or the file cannot be used.

    """
    with _prepared(storage, port, _now) as (emulator, service):

        async def serve_until_signal() -> None:
            signalled = asyncio.Event()
            for number in (signal.SIGINT, signal.SIGTERM):
                asyncio.get_running_loop().add_signal_handler(number, signalled.set)
            await service.start()
            try:
                ready(emulator)
                await signalled.wait()
            finally:
                await service.stop()

        asyncio.run(serve_until_signal())


class _Service:
    def __init__(self, app: ASGIApp, connections: Connections, listener: socket.socket) -> None:
        self._connections = connections
        self._listener = listener
        self._state = ServerState()
        self._config = Config(
            app,
            interface="asgi3",
            lifespan="off",
            ws="none",
            log_config=None,
            log_level="error",
            access_log=False,
            proxy_headers=False,
            server_header=False,
            # because a client must not find its connection closed between two requests of a slow test
            timeout_keep_alive=60,
        )

    async def start(self) -> None:
        loop = asyncio.get_running_loop()
        self._server = await loop.create_server(
            lambda: self._connections.protocol(self._config, self._state), sock=self._listener
        )

    async def stop(self) -> None:
        """Close every connection. What was being done still takes effect; nobody who waits delays the end."""
        self._server.close()
        self._connections.close_all()
        if self._state.tasks:
            await asyncio.wait(self._state.tasks, timeout=_LAST_ANSWERS)
        self._connections.abort_all()
        await asyncio.gather(*self._state.tasks)


@contextmanager
def _loop_in_thread() -> Iterator[asyncio.AbstractEventLoop]:
    loop = asyncio.new_event_loop()
    thread = threading.Thread(target=loop.run_forever, name="codat-emulator", daemon=True)
    thread.start()
    try:
        yield loop
    finally:
        loop.call_soon_threadsafe(loop.stop)
        thread.join()
        loop.close()


@contextmanager
def _prepared(storage: Path | None, port: int, clock: Clock) -> Iterator[tuple[Emulator, _Service]]:
    with closing(Database(storage)) as database, _listener(port) as listener:
        accounts = Accounts(database)
        connections = Connections()
        app = application(database, accounts, connections, clock)
        url = f"http://{_HOST}:{listener.getsockname()[1]}"
        yield Emulator(url, accounts), _Service(app, connections, listener)


def _listener(port: int) -> socket.socket:
    # because asyncio sends without delay only on a socket that names its protocol: 40 ms an answer otherwise
    listener = socket.socket(socket.AF_INET, socket.SOCK_STREAM, socket.IPPROTO_TCP)
    try:
        listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        listener.bind((_HOST, port))
    except OSError as error:
        listener.close()
        reason = "the port is in use" if error.errno == errno.EADDRINUSE else error.strerror
        raise EmulatorError(
            f"cannot listen on {_HOST}:{port}: {reason}; name another port, or 0 for a free one"
        ) from None
    return listener


def _now() -> datetime:
    return datetime.now(UTC)
