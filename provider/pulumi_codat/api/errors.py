"""What can go wrong between us and Codat, and the one factory that turns an answer into an exception.

CodatError                 anything the person in the pipeline is told, in one line
├── Unanswered             no answer arrived: a write may or may not have taken effect
│   └── NotSent            no time was left to send the request, so a write took no effect
├── Unintelligible         an answer that is not what the contract says
└── Refused                an answer with an error status
    ├── Unauthorized       401: the API key
    ├── NotFound           404 on a read
    ├── NotOffered         403, 404 or 405 on a write: this account does not offer the endpoint
    └── QuotaExhausted     429 that cannot be waited for
"""

from __future__ import annotations

from http import HTTPMethod, HTTPStatus
from typing import TYPE_CHECKING, Annotated, Final, TypeVar

import httpx
from pydantic import BaseModel, ConfigDict, ValidationError, ValidatorFunctionWrapHandler, WrapValidator
from pydantic.alias_generators import to_camel

from pulumi_codat.api.contract import NOT_OFFERED, PORTAL_PAGE
from pulumi_codat.api.quota import quota_resets_at, spoken_time
from pulumi_codat.api.quoting import quoted
from pulumi_codat.api.tls import Untrusted
from pulumi_codat.redaction import one_line

if TYPE_CHECKING:
    from collections.abc import Mapping
    from datetime import datetime

__all__ = [
    "CodatError",
    "NotFound",
    "NotOffered",
    "NotSent",
    "QuotaExhausted",
    "Refused",
    "Unanswered",
    "Unauthorized",
    "Unintelligible",
    "error_from_response",
    "error_from_transport",
]


class CodatError(Exception):
    """Something stopped, in one line for a person: what failed, why, and what to do."""

    __module__ = "builtins"  # because tracebacks then show the bare name, in one line

    def __init__(self, message: str) -> None:
        super().__init__(one_line(message))


class Unanswered(CodatError):
    """No answer arrived (connection refused or broken, time-out). A write may have taken effect all the same."""


class NotSent(Unanswered):
    """The request was not sent, because no time was left for it. A write took no effect."""


class Unintelligible(CodatError):
    """An answer arrived that is not of the contract's shape."""


class Refused(CodatError):
    """Codat answered with an error status.

    `status` is the HTTP status (the body's own statusCode is known to differ), `correlation_id` is what Codat's
    support asks for (https://docs.codat.io/using-the-api/errors). `said` is what Codat (or Xero through it) said.
    """

    def __init__(self, message: str, *, status: int, correlation_id: str | None = None, said: str = "") -> None:
        super().__init__(message)
        self.status = status
        self.correlation_id = correlation_id
        self.said = said


class Unauthorized(Refused):
    """401: the API key is wrong or no longer valid."""


class NotFound(Refused):
    """404 on a read: what was asked for is not there."""


class NotOffered(Refused):
    """403, 404 or 405 on a write: Codat does not offer this endpoint to this account."""


class QuotaExhausted(Refused):
    """429, and the quota is back later than we may wait. `until` is the time it is back, where Codat said so."""

    def __init__(self, message: str, *, until: datetime | None, correlation_id: str | None = None) -> None:
        super().__init__(message, status=HTTPStatus.TOO_MANY_REQUESTS, correlation_id=correlation_id)
        self.until = until


def _or_none(value: object, handler: ValidatorFunctionWrapHandler) -> object:
    try:
        return handler(value)
    except ValidationError:
        return None


_Value = TypeVar("_Value")
# because one odd field must not cost the message and the correlation id
_Odd = Annotated[_Value | None, WrapValidator(_or_none)]


class _Lenient(BaseModel):
    model_config = ConfigDict(extra="ignore", alias_generator=to_camel, populate_by_name=True)


class _ValidationItem(_Lenient):
    message: _Odd[str] = None


class _Validation(_Lenient):
    errors: _Odd[list[_ValidationItem]] = None
    warnings: _Odd[list[_ValidationItem]] = None


class _ErrorMessage(_Lenient):
    """Codat's `ErrorMessage`; every field optional, because retired endpoints send only some of them."""

    service: _Odd[str] = None
    error: str
    correlation_id: _Odd[str] = None
    can_be_retried: _Odd[str] = None
    detailed_error_code: _Odd[int] = None
    validation: _Odd[_Validation] = None

    def said(self) -> str:
        found = self.validation or _Validation()
        details = [item.message for item in (*(found.errors or ()), *(found.warnings or ())) if item.message]
        code = f" (code {self.detailed_error_code})" if self.detailed_error_code else ""
        return "; ".join([self.error.rstrip(". "), *details]) + code

    def trace(self) -> str:
        """What Codat's support asks for; `canBeRetried` only where it says more than the documented "Unknown"."""
        retry = self.can_be_retried if self.can_be_retried not in {None, "", "Unknown"} else None
        parts = (("service", self.service), ("correlation id", self.correlation_id), ("can be retried:", retry))
        return ", ".join(f"{name} {value}" for name, value in parts if value)


class _Problem(_Lenient):
    """RFC 7807, which Xero's own refusals are forwarded in."""

    type: _Odd[str] = None
    title: str
    detail: _Odd[str] = None

    correlation_id: _Odd[str] = None

    def trace(self) -> str:
        return f"correlation id {self.correlation_id}" if self.correlation_id else ""

    def said(self) -> str:
        kind = f" ({self.type})" if self.type else ""
        # because the end of a long text is cut off, and the type is what tells what to do
        return f"{self.title.rstrip('. ')}{kind}: {self.detail.rstrip('. ')}" if self.detail else self.title + kind


_REMEDIES: Final[Mapping[int, str]] = {
    HTTPStatus.UNAUTHORIZED: "check CODAT_API_KEY or codat:apiKey against the API keys in the Codat Portal; if the key"
    " was rotated, the copy in the stack's state is stale: set CODAT_API_KEY, or run one `up --refresh=false`",
    HTTPStatus.PAYMENT_REQUIRED: "the Codat plan's limit is reached; ask your Codat account manager",
    HTTPStatus.CONFLICT: "another request is under way; run the same command again",
}
_CERTIFICATES_REMEDY: Final = (
    "check that this machine trusts the authority of that certificate (SSL_CERT_FILE, if it is your company's own), or"
    " CODAT_CLIENT_CERTIFICATE where it is ours that is refused"
)
_DEADLINE_REMEDY: Final = (
    "the operation timed out (codat:maxWaitSeconds): run the same command again; it continues from what took effect"
)
_SERVER_REMEDY: Final = "nothing needs repair; run the same command again"
_SUPPORT: Final = "give Codat's support the correlation id"


def error_from_response(response: httpx.Response, *, now: datetime, key_remedy: str | None = None) -> Refused:
    """The exception for an answer with an error status, whatever its body is: Codat's, problem+json, or neither."""
    request = response.request
    body = _parse(response)
    correlation_id = quoted(body.correlation_id, request) if body and body.correlation_id else None
    said = quoted(body.said(), request) if body else _status_phrase(response.status_code)
    asked = f"{request.method} {request.url.path}"
    message = f"Codat answered {response.status_code} to {asked}: {said}"
    trace = body.trace() if body else ""
    suffix = f" ({quoted(trace, request)})" if trace else ""
    reading = request.method in {HTTPMethod.GET, HTTPMethod.HEAD}

    match response.status_code:
        case HTTPStatus.TOO_MANY_REQUESTS:
            until = quota_resets_at(response.headers, now=now)
            back = f"it resets at {spoken_time(until, now=now)}" if until else "Codat does not say when it resets"
            return QuotaExhausted(
                f"{message}; the account's request quota is exhausted; {back}; what cannot wait can be done in the"
                f" Codat Portal ({PORTAL_PAGE}){suffix}",
                until=until,
                correlation_id=correlation_id,
            )
        case HTTPStatus.UNAUTHORIZED:
            kind: type[Refused] = Unauthorized
            remedy = key_remedy or _REMEDIES[HTTPStatus.UNAUTHORIZED]
        case HTTPStatus.NOT_FOUND if reading:
            kind, remedy = NotFound, ""
        case status if status in NOT_OFFERED:
            kind = Refused if reading else NotOffered
            remedy = (
                "this account does not offer that endpoint to this API key; make the change in the Codat Portal, and"
                " ask Codat to open the endpoint"
            )
        case status:
            kind = Refused
            server = status >= HTTPStatus.INTERNAL_SERVER_ERROR
            told = f"{_SERVER_REMEDY}, and {_SUPPORT}" if correlation_id else _SERVER_REMEDY
            remedy = told if server else _REMEDIES.get(status, "")
    if not remedy and correlation_id:
        remedy = f"{_SUPPORT}, if the reason is not clear"
    elif not remedy and body is None:
        remedy = "check that codat:baseUrl is Codat's API"
    return kind(
        message + (f"; {remedy}" if remedy else "") + suffix,
        status=response.status_code,
        correlation_id=correlation_id,
        said=said,
    )


def error_from_transport(error: httpx.TransportError, request: httpx.Request) -> Unanswered:
    """The exception for a request that got no answer."""
    match error:
        case Untrusted():
            why, remedy = "failed TLS certificate verification", _CERTIFICATES_REMEDY
        case httpx.ProxyError():
            why, remedy = "cannot be reached", "check HTTPS_PROXY, with its user and password, and NO_PROXY"
        case httpx.PoolTimeout():
            why, remedy = "was not asked", _DEADLINE_REMEDY
        case httpx.ConnectTimeout() | httpx.ConnectError():
            why, remedy = "cannot be reached", "check CODAT_BASE_URL or codat:baseUrl and the network"
        case httpx.TimeoutException():
            why, remedy = "did not answer in time", "run the same command again; it continues from what took effect"
        case _:
            why, remedy = (
                "broke the connection before it answered",
                "run the same command again; it continues from what took effect",
            )
    said = str(error) or ("" if isinstance(error, httpx.TimeoutException) else type(error).__name__)
    detail = f" ({quoted(said, request)})" if said else ""
    where = f"{request.url.scheme}://{request.url.netloc.decode('ascii')}"
    kind = NotSent if isinstance(error, httpx.PoolTimeout) else Unanswered
    return kind(f"{where} {why} for {request.method} {request.url.path}{detail}; {remedy}")


def _parse(response: httpx.Response) -> _ErrorMessage | _Problem | None:
    for model in (_ErrorMessage, _Problem):
        try:
            return model.model_validate_json(response.content)
        except ValidationError:
            continue
    return None


def _status_phrase(status: int) -> str:
    try:
        return HTTPStatus(status).phrase
    except ValueError:
        return "an unknown status"
