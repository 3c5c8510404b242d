"""Xero's own refusals, which Codat passes on as they are (reference, section 5.4)."""

import json
from collections.abc import Mapping

from pydantic import JsonValue

from codat_emulator._errors import Answer, CodatError

__all__ = ["PROBLEM_TYPES", "XeroProblem", "problem", "too_large"]

_NAMED_BY_TYPE = ""

# Status, title and detail of each type in Xero's published description of its Bank Feeds API. Where that gives a type
# no example, the status is our choice, and the texts say no more than the type does.
_KNOWN: Mapping[str, tuple[int, str, str]] = {
    "account-not-valid": (400, "Account Not Valid", _NAMED_BY_TYPE),
    "bank-feed-not-found": (404, "Bank Feed Not Found", _NAMED_BY_TYPE),
    "duplicate-statement": (
        409,
        "Duplicate Statement Received",
        "The received statement was marked as a duplicate.",
    ),
    "feed-already-connected-in-current-organisation": (
        409,
        "Feed already connected in current organisation",
        "The AccountToken is already connected to another Xero Bank Account in this Xero Organisation.",
    ),
    "feed-already-connected-in-different-organisation": (
        409,
        "Feed already connected in different organisation",
        _NAMED_BY_TYPE,
    ),
    "feed-connected-in-different-organisation": (
        409,
        "Feed connected in different organisation",
        "The AccountToken is connected to another Xero Bank Account. It belongs to a different Xero Organisation.",
    ),
    "feed-not-found-or-already-deleted": (404, "Feed Not Found Or Already Deleted", _NAMED_BY_TYPE),
    "internal-error": (
        500,
        "Intermittent Internal Xero Error",
        "The request should be retried. If the error persists, a Xero support issue should be raised.",
    ),
    "invalid-application": (
        403,
        "Invalid Application",
        "The application has not been configured to use these API endpoints.",
    ),
    "invalid-country-specified": (400, "Invalid Country Specified", _NAMED_BY_TYPE),
    "invalid-end-balance": (
        422,
        "Invalid End Balance",
        "End balance does not match start balance +/- statement line amounts.",
    ),
    "invalid-end-date": (422, "Invalid End Date", _NAMED_BY_TYPE),
    "invalid-feed-connection": (403, "Invalid Feed Connection", _NAMED_BY_TYPE),
    "invalid-feed-connection-for-organisation": (403, "Invalid Feed Connection For Organisation", _NAMED_BY_TYPE),
    "invalid-organisation-bank-feeds": (
        403,
        "Invalid Organisation",
        "The organisation does not support automated bank feeds.",
    ),
    "invalid-organisation-multi-currency": (403, "Invalid Organisation", _NAMED_BY_TYPE),
    "invalid-request": (400, "Invalid Request", _NAMED_BY_TYPE),
    "invalid-start-and-end-date": (422, "Invalid Start And End Date", _NAMED_BY_TYPE),
    "invalid-start-date": (422, "Invalid Start Date", _NAMED_BY_TYPE),
    "invalid-user-role": (403, "Invalid User Role", _NAMED_BY_TYPE),
    "statement-not-found": (404, "Statement Not Found", _NAMED_BY_TYPE),
}


def _in_american(text: str) -> str:
    return text.replace("rganisation", "rganization")


PROBLEM_TYPES = frozenset(_KNOWN) | frozenset(map(_in_american, _KNOWN))
"""Xero's 21 types, and once more those that were also seen with a z."""


class XeroProblem(CodatError):
    """A refusal in the shape of RFC 7807, `application/problem+json`, not Codat's `ErrorMessage`."""

    def __init__(self, kind: str, status: int, title: str, detail: str) -> None:
        super().__init__(status, detail)
        self._kind = kind
        self._title = title

    @property
    def document(self) -> dict[str, JsonValue]:
        return {"type": self._kind, "title": self._title, "status": self.status, "detail": str(self)}

    @property
    def text(self) -> str:
        """The document as a string, as a failed push has it: our choice."""
        return json.dumps(self.document)

    def answer(self) -> Answer:
        return Answer.of(self.document, self.status, {"Content-Type": "application/problem+json"})


def problem(kind: str) -> XeroProblem:
    """Xero's refusal of this one of `PROBLEM_TYPES`, its texts spelled as the type is."""
    for known, (status, title, detail) in _KNOWN.items():
        said = detail or f"{title}."
        if kind == known:
            return XeroProblem(kind, status, title, said)
        if kind == _in_american(known):
            return XeroProblem(kind, status, _in_american(title), _in_american(said))
    raise KeyError(kind)


def too_large(size: int, limit: int) -> XeroProblem:
    detail = f"Request size of {size} bytes exceeds the limit of {limit} bytes."
    return XeroProblem("invalid-request", 413, "Request too large", detail)
