"""One request and its answer: sent with an operation's deadline, parsed leniently, or told as a `CodatError`."""

from __future__ import annotations

import re
import uuid
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final, Self, TypeVar

import httpx
from pydantic import BaseModel, ValidationError

from pulumi_codat.api.errors import CodatError, Unintelligible, error_from_response, error_from_transport
from pulumi_codat.api.quoting import quoted

if TYPE_CHECKING:
    from collections.abc import Mapping

    from pulumi_codat.api.contract import Endpoint
    from pulumi_codat.api.waiting import Clock, Deadline

__all__ = ["Exchange", "WriteAttempt"]

_Reply = TypeVar("_Reply", bound=BaseModel)

_MEDIA_TYPE: Final = re.compile(r"[\w.+-]{1,40}/[\w.+-]{1,60}", re.ASCII)


@dataclass
class WriteAttempt:
    """The idempotency key of one intended write (PATCH and POST only, kept by Codat for 90 minutes).

    The same key goes out again after a 429 or no answer; after a 5xx, whose answer Codat would replay, `renew` it.
    Source: https://docs.codat.io/using-the-api/write-data/idempotency.
    """

    key: str

    @classmethod
    def begin(cls) -> Self:
        return cls(str(uuid.uuid4()))

    def renew(self) -> None:
        self.key = str(uuid.uuid4())

    @property
    def headers(self) -> dict[str, str]:
        return {"Idempotency-Key": self.key}


@dataclass(frozen=True)
class Exchange:
    """Requests of one account's key. `deadline` is that of an operation; `fresh` reads ask Codat anew."""

    http: httpx.Client
    clock: Clock
    deadline: Deadline
    fresh: bool = False
    key_remedy: str | None = None

    def read(self, model: type[_Reply], url: str) -> _Reply:
        return _parsed(model, self._request("GET", url))

    def send(self, endpoint: Endpoint, url: str, body: object | None, headers: Mapping[str, str] | None = None) -> None:
        self._request(endpoint.method, url, body, headers)

    def send_bytes(
        self, model: type[_Reply], endpoint: Endpoint, url: str, body: bytes, attempt: WriteAttempt
    ) -> _Reply:
        """Send a JSON body exactly as it is, and return the answer."""
        headers = attempt.headers | {"Content-Type": "application/json"}
        return _parsed(model, self._request(endpoint.method, url, headers=headers, content=body))

    def close(self) -> None:
        self.http.close()

    def _request(
        self,
        method: str,
        url: str,
        body: object | None = None,
        headers: Mapping[str, str] | None = None,
        content: bytes | None = None,
    ) -> httpx.Response:
        request = self.http.build_request(method, url, json=body, content=content, headers=headers)
        request.extensions |= {"deadline": self.deadline, "fresh": self.fresh}
        try:
            response = self.http.send(request)
        except httpx.TransportError as error:
            raise error_from_transport(error, request) from None
        except httpx.DecodingError as error:
            raise Unintelligible(
                f"Codat's answer to {method} {request.url.path} cannot be read ({error}); check codat:baseUrl and what"
                " stands in between, and run the same command again"
            ) from None
        except (httpx.HTTPError, httpx.InvalidURL) as error:
            raise CodatError(
                f"the request {method} {request.url.path} could not be made: {error}; check CODAT_BASE_URL or"
                " codat:baseUrl"
            ) from None
        if response.is_success:
            return response
        if response.is_redirect:
            raise Unintelligible(
                f"Codat's answer to {method} {request.url.path} is a redirect ({response.status_code}), which is not"
                " followed, because the API key would go with it; check codat:baseUrl"
            )
        raise error_from_response(response, now=self.clock.now(), key_remedy=self.key_remedy)


def _parsed(model: type[_Reply], response: httpx.Response) -> _Reply:
    try:
        return model.model_validate_json(response.content)
    except ValidationError as error:
        first = error.errors(include_input=False, include_url=False)[0]
        where = ".".join(str(part) for part in first["loc"]) or "the body"
        kind = response.headers.get("Content-Type", "").split(";")[0].strip()
        if not _MEDIA_TYPE.fullmatch(kind):
            kind = "no content type"
        found = quoted(f"{kind}; {where}: {first['msg']}", response.request)
        asked = f"{response.request.method} {response.request.url.path}"
        raise Unintelligible(
            f"Codat's answer to {asked} is not of the documented shape ({found}); check that codat:baseUrl is Codat's"
            " API, and report it if it is"
        ) from None
