"""How a request body is read: strictly, and without repeating its values when something is wrong."""

import json
from collections.abc import Callable
from decimal import Decimal
from typing import NoReturn, TypeVar

from pydantic import BaseModel, ConfigDict, ValidationError
from pydantic.alias_generators import to_camel
from starlette.datastructures import Headers

__all__ = ["Misfit", "WireModel", "read", "read_exactly"]

Body = TypeVar("Body", bound=BaseModel)


class WireModel(BaseModel):
    """A body with camelCase names, no other fields, and no conversion of types."""

    model_config = ConfigDict(alias_generator=to_camel, extra="forbid", strict=True)


class Misfit(Exception):
    """A body that is not what it should be: for each problem the field, if it has one, and what is wrong."""

    def __init__(self, *problems: tuple[str | None, str]) -> None:
        text = "; ".join(f"{field}: {message}" if field else message for field, message in problems)
        super().__init__(" ".join(text.split()))
        self.problems = problems


def read(model: type[Body], headers: Headers, body: bytes) -> Body:
    """The body as `model`; raises `Misfit` for another media type, for what is no JSON and for wrong types.

    JSON alone is taken, because a web page can make a browser send other types to loopback unasked.
    """
    return _read(headers, lambda: model.model_validate_json(body))


def read_exactly(model: type[Body], headers: Headers, body: bytes) -> Body:
    """As `read`, every number a `Decimal` of the very digits that were sent."""
    return _read(headers, lambda: model.model_validate(_content(body)))


def _content(body: bytes) -> object:
    try:
        return json.loads(body.decode(), parse_float=Decimal, parse_int=Decimal, parse_constant=_no_number)
    except (ValueError, RecursionError):
        raise Misfit((None, "Invalid JSON")) from None


def _no_number(name: str) -> NoReturn:
    raise ValueError(name)


def _read(headers: Headers, validated: Callable[[], Body]) -> Body:
    media_type = headers.get("Content-Type", "").partition(";")[0].strip().lower()
    if media_type != "application/json":
        raise Misfit(("Content-Type", "must be application/json"))
    try:
        return validated()
    except ValidationError as error:
        problems = error.errors(include_url=False, include_context=False, include_input=False)
        raise Misfit(
            *((".".join(str(part) for part in problem["loc"]) or None, problem["msg"]) for problem in problems)
        ) from None
