"""A wire that answers from a script, and writes down what was asked."""

from __future__ import annotations

from typing import TYPE_CHECKING

import httpx

if TYPE_CHECKING:
    from collections.abc import Callable

Answer = httpx.Response | httpx.TransportError


class ScriptedWire(httpx.BaseTransport):
    """Gives the answers one after the other, the last one again and again; an error is raised."""

    def __init__(self, *answers: Answer | Callable[[httpx.Request], Answer]) -> None:
        self._answers = list(answers)
        self.asked: list[httpx.Request] = []
        self.closed = False

    def handle_request(self, request: httpx.Request) -> httpx.Response:
        self.asked.append(request)
        answer = self._answers.pop(0) if len(self._answers) > 1 else self._answers[0]
        if callable(answer):
            answer = answer(request)
        if isinstance(answer, httpx.TransportError):
            raise answer
        return httpx.Response(answer.status_code, headers=answer.headers, content=answer.content)

    def close(self) -> None:
        self.closed = True

    @property
    def lines(self) -> list[str]:
        """`GET /path?query`, for each request."""
        return [f"{request.method} {request.url.raw_path.decode('ascii')}" for request in self.asked]
