"""The TCP connections under the requests, so that one can be cut as a network cuts it."""

import asyncio
import socket
import struct
from typing import Any

from starlette.types import Receive, Scope
from uvicorn.config import Config
from uvicorn.protocols.http.h11_impl import H11Protocol
from uvicorn.server import ServerState

__all__ = ["Connections", "held"]

_RESET_ON_CLOSE = struct.pack("ii", 1, 0)


class Connections:
    """Every open connection, found by the client's address that an ASGI scope names."""

    def __init__(self) -> None:
        self._open: dict[tuple[str, int], asyncio.Transport] = {}

    def protocol(self, config: Config, state: ServerState) -> asyncio.Protocol:
        """What serves one connection from its beginning to its end."""
        return _Tracked(self._open, config=config, server_state=state, app_state={})

    def reset(self, scope: Scope) -> None:
        """Cut the connection under a request with a TCP reset, dropping what was not sent."""
        for transport in self._under(scope):
            transport.get_extra_info("socket").setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, _RESET_ON_CLOSE)
            transport.abort()

    def close(self, scope: Scope) -> None:
        """End the connection under a request after what was sent, with the answer complete or not."""
        for transport in self._under(scope):
            transport.close()

    def close_all(self) -> None:
        for transport in list(self._open.values()):
            transport.close()

    def abort_all(self) -> None:
        for transport in list(self._open.values()):
            transport.abort()

    def _under(self, scope: Scope) -> list[asyncio.Transport]:
        """The connection under a request; none when the client has gone meanwhile."""
        transport = self._open.get(tuple(scope["client"]))
        return [transport] if transport else []


async def held(receive: Receive) -> None:
    """Wait until the client has gone, or the server closes the connection."""
    while (await receive())["type"] != "http.disconnect":
        pass


class _Tracked(H11Protocol):
    def __init__(self, open_connections: dict[tuple[str, int], asyncio.Transport], **arguments: Any) -> None:
        super().__init__(**arguments)
        self._open_connections = open_connections

    def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override] # because uvicorn narrows it so
        super().connection_made(transport)
        self._open_connections[transport.get_extra_info("peername")] = transport

    def connection_lost(self, exc: Exception | None) -> None:
        self._open_connections.pop(self.transport.get_extra_info("peername"), None)
        super().connection_lost(exc)
