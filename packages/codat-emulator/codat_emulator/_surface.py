"""How one path of the control surface answers: what it takes, and its mistakes in one line."""

from collections.abc import Awaitable, Callable, Mapping
from typing import TypeVar

from pydantic import BaseModel, JsonValue
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import JSONResponse
from starlette.types import Receive, Scope, Send

from codat_emulator._errors import CodatError
from codat_emulator._wire import Misfit, read

__all__ = ["body_of", "resource", "unknown"]

Body = TypeVar("Body", bound=BaseModel)

_Action = Callable[[Request], Awaitable[JsonValue]]


def resource(**actions: _Action) -> "_Resource":
    return _Resource(actions)


class _Resource:
    def __init__(self, actions: Mapping[str, _Action]) -> None:
        self._actions = actions

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        response = await self._response(Request(scope, receive))
        await response(scope, receive, send)

    async def _response(self, request: Request) -> JSONResponse:
        action = self._actions.get(request.method)
        if action is None:
            allowed = ", ".join(sorted(self._actions))
            return _refusal(405, f"{request.url.path} takes {allowed}, not {request.method}", {"Allow": allowed})
        try:
            return JSONResponse(await action(request))
        except HTTPException as error:
            return _refusal(error.status_code, error.detail)
        except CodatError as error:
            return _refusal(error.status, str(error))


async def unknown(scope: Scope, receive: Receive, send: Send) -> None:
    await _refusal(404, f"{scope['path']} is not part of the control surface")(scope, receive, send)


def _refusal(status: int, error: str, headers: Mapping[str, str] | None = None) -> JSONResponse:
    return JSONResponse({"error": error}, status, headers)


async def body_of(request: Request, model: type[Body]) -> Body:
    try:
        return read(model, request.headers, await request.body())
    except Misfit as misfit:
        raise HTTPException(400, str(misfit)) from None
