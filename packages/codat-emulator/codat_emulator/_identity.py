"""Xero's identity service, as far as it says whether a client ID and a secret belong together.

It stands beside the emulated Codat under `/xero`, so that a client which asks both needs one emulator. Its answers are
those seen of `https://identity.xero.com/connect/token` (https://developer.xero.com/documentation/oauth2/troubleshooting
and https://github.com/XeroAPI/xoauth/issues/9).
"""

import asyncio
import base64
import secrets
from enum import StrEnum
from typing import Annotated
from urllib.parse import parse_qs, unquote

from pydantic import Field, JsonValue, StringConstraints
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.types import Receive, Scope, Send

from codat_emulator._faults import fault_of
from codat_emulator._wire import WireModel

__all__ = ["IDENTITY_PATH", "AppKind", "Identity", "XeroApp", "XeroApps"]

IDENTITY_PATH = "/xero"
_TOKEN_PATH = f"{IDENTITY_PATH}/connect/token"
_FORM = "application/x-www-form-urlencoded"
_LIFETIME = 1800

_Text = Annotated[str, StringConstraints(min_length=1)]


class AppKind(StrEnum):
    """What an app is registered as at Xero."""

    WEB = "web"
    """A web app, which Codat needs: it may not ask for a token without a customer."""

    CUSTOM = "custom"
    """A custom connection: it gets a token for its one organisation."""


class XeroApp(WireModel):
    """An app in Xero's developer portal, with one of its secrets."""

    client_id: _Text
    client_secret: Annotated[_Text, Field(repr=False)]
    kind: Annotated[AppKind, Field(strict=False)] = AppKind.WEB


class XeroApps:
    """The apps Xero knows; none to begin with. They are not kept in storage."""

    def __init__(self) -> None:
        self._apps: list[XeroApp] = []

    def add(self, app: XeroApp) -> None:
        self._apps.append(app)

    def all(self) -> tuple[XeroApp, ...]:
        return tuple(self._apps)

    def clear(self) -> None:
        self._apps.clear()

    def with_pair(self, client_id: str, client_secret: str) -> XeroApp | None:
        return next(
            (app for app in self._apps if (app.client_id, app.client_secret) == (client_id, client_secret)), None
        )


class Identity:
    """An ASGI application: the token endpoint and nothing else. An app nobody registered is unknown to it."""

    def __init__(self, apps: XeroApps) -> None:
        self._apps = apps

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        request = Request(scope, receive)
        body = await request.body()
        fault = fault_of(scope)
        if fault and fault.seconds:
            await asyncio.sleep(fault.seconds)
        answer = Response(status_code=fault.status) if fault and fault.status else self._answer(request, body)
        await answer(scope, receive, send)

    def _answer(self, request: Request, body: bytes) -> Response:
        if request.url.path != _TOKEN_PATH:
            return Response(status_code=404)
        if request.method != "POST":
            return Response(status_code=405, headers={"Allow": "POST"})
        status, content = self._token(request, body)
        return JSONResponse(content, status, {"Cache-Control": "no-store"})

    def _token(self, request: Request, body: bytes) -> tuple[int, JsonValue]:
        if request.headers.get("Content-Type", "").partition(";")[0].strip().lower() != _FORM:
            return 400, {"error": "invalid_request"}
        form = parse_qs(body.decode("latin-1"))
        app = self._apps.with_pair(*_pair(request, form))
        if app is None:
            return 400, {"error": "invalid_client"}
        if form.get("grant_type") != ["client_credentials"]:
            return 400, {"error": "unsupported_grant_type"}
        if app.kind is AppKind.WEB:
            return 400, {"error": "unauthorized_client"}
        return 200, {"access_token": secrets.token_hex(), "expires_in": _LIFETIME, "token_type": "Bearer"}


def _pair(request: Request, form: dict[str, list[str]]) -> tuple[str, str]:
    """The client's ID and secret, from the header or from the form (RFC 6749, section 2.3.1)."""
    scheme, _, encoded = request.headers.get("Authorization", "").partition(" ")
    if scheme != "Basic":
        return form.get("client_id", [""])[0], form.get("client_secret", [""])[0]
    try:
        client_id, _, secret = base64.b64decode(encoded, validate=True).decode().partition(":")
    except ValueError:
        return "", ""
    return unquote(client_id), unquote(secret)
