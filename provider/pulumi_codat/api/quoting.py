"""Others' words, as they may be told: one short line that repeats no secret of the request."""

from __future__ import annotations

import base64
import json
from typing import TYPE_CHECKING, Final

from pulumi_codat.api.contract import CLIENT_SECRET
from pulumi_codat.redaction import one_line, without_secrets

if TYPE_CHECKING:
    import httpx

__all__ = ["quoted"]

_LONGEST: Final = 300


def quoted(text: str, request: httpx.Request) -> str:
    """What somebody said, without what it may repeat of the API key and the client secret that were sent."""
    told = one_line(without_secrets(text, _secrets_of(request)))
    return told if len(told) <= _LONGEST else told[: _LONGEST - 1] + "…"


def _secrets_of(request: httpx.Request) -> list[str]:
    header = request.headers.get("Authorization", "").removeprefix("Basic ")
    try:
        key = base64.b64decode(header, validate=True).decode()
    except ValueError:
        key = ""  # because a ready header is passed on as it was given
    try:
        body = json.loads(request.content)
    except ValueError:
        body = None
    secret = body.get(CLIENT_SECRET) if isinstance(body, dict) else None
    return [header, key, secret if isinstance(secret, str) else ""]
