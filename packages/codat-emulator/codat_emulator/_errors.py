"""What Codat answers: a body of JSON, or a refusal as its `ErrorMessage` (reference, section 3.3)."""

import json
import uuid
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from http import HTTPStatus

from pydantic import JsonValue

__all__ = ["Answer", "CodatError", "Problem", "bad_request", "method_not_allowed", "not_found"]

# Codat's own words where its public API description has them; elsewhere the name of the status.
_TEXTS = {
    400: "Error processing request - not valid.",
    401: "Unauthorized",
    402: "Payment Required",
    403: "You are using an outdated API key or a key not associated with that resource.",
    404: "NotFound",
    405: "MethodNotAllowed",
    429: "You have made too many requests in a given amount of time; please retry later.",
    451: "Not currently available for compliance purposes.",
    500: "There is a problem with our server. Please try again later.",
    503: "The Codat API is temporarily offline for maintenance. Please try again later.",
}


@dataclass(frozen=True, slots=True)
class Answer:
    """One answer of the service, before any header that every answer carries."""

    status: int
    body: bytes
    headers: Mapping[str, str] = field(default_factory=dict)

    @classmethod
    def of(cls, body: JsonValue, status: int = 200, headers: Mapping[str, str] | None = None) -> "Answer":
        return cls(status, json.dumps(body, separators=(",", ":")).encode(), headers or {})


@dataclass(frozen=True, slots=True)
class Problem:
    """One item of the error body's `validation.errors`."""

    message: str
    item_id: str | None = None
    validator: str | None = None


class CodatError(Exception):
    """A refusal by the emulated service.

    `error` defaults to Codat's text for the status. `service` is `PublicApi` unless another was seen.
    `validation` is null without problems. The published examples of 402 and 503 carry another `statusCode`
    than the response has; Codat's own examples slip there, so the two always agree here.
    """

    def __init__(
        self,
        status: int,
        error: str | None = None,
        *,
        service: str = "PublicApi",
        problems: Sequence[Problem] = (),
        headers: Mapping[str, str] | None = None,
    ) -> None:
        super().__init__(error or _text(status))
        self.status = status
        self.service = service
        self.problems = tuple(problems)
        self.headers = headers or {}

    def answer(self) -> Answer:
        """The refusal as the service sends it, with a correlation id of its own."""
        errors: list[JsonValue] = [
            {"itemId": problem.item_id, "message": problem.message, "validatorName": problem.validator}
            for problem in self.problems
        ]
        body: dict[str, JsonValue] = {
            "statusCode": self.status,
            "service": self.service,
            "error": str(self),
            "correlationId": uuid.uuid4().hex,
            "validation": {"errors": errors, "warnings": []} if errors else None,
            "canBeRetried": "Unknown",
            "detailedErrorCode": 0,
        }
        return Answer.of(body, self.status, self.headers)


def bad_request(problem: str, item_id: str | None = None, validator: str | None = None) -> CodatError:
    """400 with Codat's general text and one validation item that says what is wrong."""
    return CodatError(400, problems=[Problem(problem, item_id, validator)])


def not_found(error: str | None = None, service: str = "PublicApi") -> CodatError:
    """404; without a text it is the body of an endpoint that does not exist (reference, section 3.3)."""
    return CodatError(404, error, service=service)


def method_not_allowed(allowed: Iterable[str]) -> CodatError:
    return CodatError(405, headers={"Allow": ", ".join(sorted(allowed))})


def _text(status: int) -> str:
    if status in _TEXTS:
        return _TEXTS[status]
    try:
        return HTTPStatus(status).phrase
    except ValueError:
        return f"Status {status}"
