"""What is wrong with a declared value, in words: pydantic's findings as sentences that begin with the property."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from pulumi_codat.redaction import one_line

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from pydantic import ValidationError
    from pydantic_core import ErrorDetails

__all__ = ["failures"]

_LONGEST_SHOWN: Final = 60


def failures(
    error: ValidationError, known: Mapping[str, object], unknown: frozenset[str], secrets: frozenset[str]
) -> Iterator[str]:
    """A sentence for each, with the value that was found, unless it is one of `secrets`; none for what is `unknown`."""
    for problem in error.errors(include_input=False, include_url=False):
        if problem["type"] == "missing" and problem["loc"][0] in unknown:
            continue
        path = ".".join(_cut(one_line(str(part))) for part in problem["loc"])
        found = _found(problem["loc"], known)
        yield _sentence(path, problem, "" if path in secrets else f", not {_shown(found)}")


def _sentence(path: str, problem: ErrorDetails, seen: str) -> str:  # noqa: PLR0911 because it is a table
    context = problem.get("ctx", {})
    match problem["type"]:
        case "missing":
            return f"{path} is required"
        case "extra_forbidden":
            return f"{path} is not a property of this resource"
        case "bool_type":
            return f"{path} must be true or false{seen}"
        case "string_type" | "string_unicode":
            return f"{path} must be text{seen}"
        case "model_type":
            return f"{path} must be an object{seen}"
        case "literal_error":
            return f"{path} must be {context['expected']}{seen}"
        case "value_error":
            return f"{path} {context['error']}" if path else str(context["error"])
        case _:
            return f"{path}: {problem['msg'][0].lower()}{problem['msg'][1:]}{seen}"


def _found(location: tuple[int | str, ...], known: Mapping[str, object]) -> object:
    found: object = known
    for part in location:
        found = found.get(str(part)) if isinstance(found, dict) else None
    return found


def _shown(value: object) -> str:
    match value:
        case bool():
            return str(value).lower()
        case str():
            return _cut(ascii(value))
        case int() | float():
            return f"the number {value:g}"
        case None:
            return "nothing"
        case list():
            return "a list"
        case _:
            return "an object"


def _cut(text: str) -> str:
    return text if len(text) <= _LONGEST_SHOWN else text[: _LONGEST_SHOWN - 1] + "…"
