"""The bodies that requests may have, and Codat's 400 for any other."""

from collections.abc import Callable
from typing import TypeVar

from pydantic import BaseModel, ConfigDict, Field, RootModel
from starlette.datastructures import Headers

from codat_emulator._errors import CodatError, Problem
from codat_emulator._wire import Misfit, WireModel, read, read_exactly

__all__ = [
    "Credentials",
    "EnabledArgs",
    "IntegrationSettingsPatch",
    "SettingsPatch",
    "XeroSettingsPatch",
    "parse",
    "parse_exactly",
]

Body = TypeVar("Body", bound=BaseModel)


class EnabledArgs(WireModel):
    """Of `PUT /integrations/{platformKey}/enabled`.

    The legacy description leaves `enabled` optional without saying what its absence does; requiring it, and
    refusing any other field, is our choice.
    """

    enabled: bool


class Credentials(RootModel[dict[str, str]]):
    """Of `PUT /integrations/credentials/{platformKey}`: any names, strings only."""

    model_config = ConfigDict(strict=True)


class SettingsPatch(WireModel):
    """Of `PATCH /settings`: what is left out stays. Refusing unknown fields is our choice."""

    one_time_sync: str | None = None


class IntegrationSettingsPatch(SettingsPatch):
    """Of `PATCH /settings/integrations/{integrationId}`."""


class XeroSettingsPatch(IntegrationSettingsPatch):
    """The same for Xero.

    No source names an API for "Enable Bank Feeds" (reference, section 2.4). That it is a boolean here, called
    `enableBankFeeds`, is our choice until Codat confirms one.
    """

    bank_feeds: bool = Field(default=False, alias="enableBankFeeds")


def parse(model: type[Body], headers: Headers, body: bytes) -> Body:
    """The body as `model`; raises Codat's 400 for another media type, for what is no JSON and for wrong types.

    The status is our choice, because no error body of the legacy endpoints is documented.
    """
    return _parsed(read, model, headers, body)


def parse_exactly(model: type[Body], headers: Headers, body: bytes) -> Body:
    """As `parse`, with decimals as they were sent."""
    return _parsed(read_exactly, model, headers, body)


def _parsed(
    way: Callable[[type[Body], Headers, bytes], Body], model: type[Body], headers: Headers, body: bytes
) -> Body:
    try:
        return way(model, headers, body)
    except Misfit as misfit:
        problems = [Problem(message, field, model.__name__) for field, message in misfit.problems]
        raise CodatError(400, problems=problems) from None
