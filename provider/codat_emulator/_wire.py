"""How a request body is read: strictly, and without repeating its values when something is wrong."""

from typing import TypeVar

from pydantic import BaseModel, ConfigDict, ValidationError
from pydantic.alias_generators import to_camel
from starlette.datastructures import Headers

__all__ = ["Misfit", "WireModel", "read"]

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
    media_type = headers.get("Content-Type", "").partition(";")[0].strip().lower()
    if media_type != "application/json":
        raise Misfit(("Content-Type", "must be application/json"))
    try:
        return model.model_validate_json(body)
    except ValidationError as error:
        problems = error.errors(include_url=False, include_context=False, include_input=False)
        raise Misfit(
            *((".".join(str(part) for part in problem["loc"]) or None, problem["msg"]) for problem in problems)
        ) from None
