"""Xero's identity service: whether a client ID and a client secret belong together, asked without a customer."""

from __future__ import annotations

import base64
import re
from dataclasses import dataclass
from enum import Enum, auto
from http import HTTPStatus
from typing import TYPE_CHECKING, Final
from urllib.parse import quote

import httpx
from pydantic import BaseModel, ConfigDict, ValidationError

if TYPE_CHECKING:
    from collections.abc import Callable

    from pydantic import SecretStr

__all__ = ["DEFAULT_IDENTITY_URL", "Pair", "Verdict", "XeroIdentity"]

DEFAULT_IDENTITY_URL: Final = "https://identity.xero.com"

_TOKEN_PATH: Final = "/connect/token"  # noqa: S105 because it is a path
_LONGEST_WAIT: Final = 10.0


class Pair(Enum):
    """What Xero makes of a client ID and a client secret."""

    RIGHT = auto()
    """They are a web app's: known, and not allowed a token without a customer."""
    WRONG = auto()
    """Xero does not know this pair."""
    NO_WEB_APP = auto()
    """They are a custom connection's, which Codat cannot use."""
    UNTOLD = auto()
    """No answer that tells."""


@dataclass(frozen=True)
class Verdict:
    """`why` is for a person."""

    pair: Pair
    why: str


class _Answer(BaseModel):
    model_config = ConfigDict(extra="ignore", hide_input_in_errors=True)

    error: str | None = None
    access_token: str | None = None


class XeroIdentity:
    """The service at `url`; the secret goes nowhere else, and no redirect is followed.

    Source: https://developer.xero.com/documentation/oauth2/troubleshooting (invalid_client); that a web app which asks
    with its right pair for the grant `client_credentials` is told unauthorized_client was observed
    (https://github.com/XeroAPI/xoauth/issues/9).
    """

    def __init__(
        self,
        url: str,
        wire: httpx.BaseTransport,
        *,
        user_agent: str,
        on_result: Callable[[httpx.Request, httpx.Response | httpx.RequestError], None] | None = None,
    ) -> None:
        self._http = httpx.Client(
            base_url=url, transport=wire, headers={"User-Agent": user_agent, "Accept": "application/json"}
        )
        self._host = httpx.URL(url).netloc.decode("ascii")
        self._on_result = on_result

    def judge(self, client_id: str, client_secret: SecretStr, *, seconds: float) -> Verdict:
        """Ask about a pair, waiting at most `seconds` for the whole answer. Nothing is changed at Xero."""
        pair = f"{quote(client_id, safe='')}:{quote(client_secret.get_secret_value(), safe='')}"
        request = self._http.build_request(
            "POST",
            _TOKEN_PATH,
            data={"grant_type": "client_credentials"},
            headers={"Authorization": f"Basic {base64.b64encode(pair.encode()).decode('ascii')}"},
            extensions={"seconds_left": min(_LONGEST_WAIT, max(0.1, seconds))},
        )
        try:
            response = self._http.send(request)
        except httpx.RequestError as error:
            return self._unanswered(request, error)
        if self._on_result:
            self._on_result(request, response)
        return self._verdict(response.status_code, response.content)

    def close(self) -> None:
        self._http.close()

    def _unanswered(self, request: httpx.Request, error: httpx.RequestError) -> Verdict:
        if self._on_result:
            self._on_result(request, error)
        match error:
            case httpx.TimeoutException() if not isinstance(error, httpx.ConnectTimeout):
                why = "did not answer in time"
            case httpx.DecodingError():
                why = "gave an answer that cannot be read"
            case _:
                why = "cannot be reached"
        return Verdict(Pair.UNTOLD, f"{self._host} {why}")

    def _verdict(self, status: int, body: bytes) -> Verdict:
        try:
            answer = _Answer.model_validate_json(body)
        except ValidationError:
            answer = _Answer()
        if status == HTTPStatus.OK and answer.access_token:
            return Verdict(Pair.NO_WEB_APP, "Xero gave a token for it, so it is a custom connection's, not a web app's")
        refused = HTTPStatus.BAD_REQUEST <= status < HTTPStatus.INTERNAL_SERVER_ERROR
        if refused and answer.error == "invalid_client":
            return Verdict(Pair.WRONG, "Xero does not know this pair of client ID and client secret (invalid_client)")
        if refused and answer.error == "unauthorized_client":
            return Verdict(Pair.RIGHT, "Xero knows it as a web app's (unauthorized_client)")
        said = f" {answer.error}" if answer.error and re.fullmatch(r"[a-z_]{1,40}", answer.error) else ""
        return Verdict(Pair.UNTOLD, f"{self._host} answered {status}{said}")
