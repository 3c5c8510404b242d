"""The faults of the way there and back, outside the service."""

import asyncio

from starlette.datastructures import MutableHeaders
from starlette.responses import HTMLResponse
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from codat_emulator._connections import Connections, held
from codat_emulator._faults import FaultKind, Faults

__all__ = ["Network"]

_PAGE = """<!DOCTYPE html>
<html><head><title>502 Bad Gateway</title></head><body><h1>502 Bad Gateway</h1></body></html>
"""


class Network:
    """An ASGI layer that claims the fault for a request, and is the fault where it lies between client and service.

    A fault of the service itself, such as a status, passes through: the service finds it in the scope.
    """

    def __init__(self, service: ASGIApp, faults: Faults, connections: Connections) -> None:
        self._service = service
        self._faults = faults
        self._connections = connections
        self._ways: dict[str, ASGIApp] = {
            FaultKind.RESET_BEFORE: self._reset_before,
            FaultKind.RESET_AFTER: self._reset_after,
            FaultKind.TIMEOUT: self._timeout,
            FaultKind.TIMEOUT_AFTER: self._timeout_after,
            FaultKind.HELD: self._held,
            FaultKind.TRUNCATED: self._truncated,
            FaultKind.HTML: self._html,
            FaultKind.MALFORMED: self._malformed,
            FaultKind.WRONG_SHAPE: self._wrong_shape,
        }

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        fault = self._faults.claim(scope)
        way = self._ways.get(fault.kind, self._service) if fault else self._service
        await way(scope, receive, send)

    async def _reset_before(self, scope: Scope, receive: Receive, _send: Send) -> None:
        self._connections.reset(scope)
        await held(receive)

    async def _reset_after(self, scope: Scope, receive: Receive, send: Send) -> None:
        await self._answer(scope, receive)
        await self._reset_before(scope, receive, send)

    async def _timeout(self, _scope: Scope, receive: Receive, _send: Send) -> None:
        await held(receive)

    async def _timeout_after(self, scope: Scope, receive: Receive, _send: Send) -> None:
        await self._answer(scope, receive)
        await held(receive)

    async def _held(self, scope: Scope, receive: Receive, send: Send) -> None:
        request = await receive()  # which the log in front of us has whole
        waits = [asyncio.ensure_future(wait) for wait in (self._faults.cleared(), held(receive))]
        await asyncio.wait(waits, return_when=asyncio.FIRST_COMPLETED)
        for wait in waits:
            wait.cancel()
        unread = [request]

        async def receive_again() -> Message:
            return unread.pop() if unread else await receive()

        await self._service(scope, receive_again, send)

    async def _truncated(self, scope: Scope, receive: Receive, send: Send) -> None:
        start, body = await self._answer(scope, receive)
        await send(start)
        await send({"type": "http.response.body", "body": body[: len(body) // 2], "more_body": True})
        self._connections.close(scope)
        await held(receive)

    async def _html(self, scope: Scope, receive: Receive, send: Send) -> None:
        await HTMLResponse(_PAGE, status_code=502)(scope, receive, send)

    async def _malformed(self, scope: Scope, receive: Receive, send: Send) -> None:
        start, body = await self._answer(scope, receive)
        await _send_ok(start, body[:-1] + b",", send)

    async def _wrong_shape(self, scope: Scope, receive: Receive, send: Send) -> None:
        start, _ = await self._answer(scope, receive)
        await _send_ok(start, b'["unexpected"]', send)

    async def _answer(self, scope: Scope, receive: Receive) -> tuple[Message, bytes]:
        messages: list[Message] = []

        async def keep(message: Message) -> None:
            messages.append(message)

        await self._service(scope, receive, keep)
        return messages[0], b"".join(message.get("body", b"") for message in messages[1:])


async def _send_ok(start: Message, body: bytes, send: Send) -> None:
    headers = MutableHeaders(raw=start["headers"])
    headers["Content-Length"] = str(len(body))
    await send({**start, "status": 200, "headers": headers.raw})
    await send({"type": "http.response.body", "body": body})
