"""What Codat says, parsed leniently: unknown fields are ignored, because Codat adds fields without notice."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Annotated
from uuid import UUID

from pydantic import BaseModel, ConfigDict, FailFast, RootModel
from pydantic.alias_generators import to_camel

__all__ = [
    "CompaniesPage",
    "Company",
    "Connection",
    "Credentials",
    "Integration",
    "LinkedCompanies",
    "Profile",
    "Settings",
    "SyncSettings",
]

_LINKED = "linked"


class _Reply(BaseModel):
    model_config = ConfigDict(
        extra="ignore", frozen=True, alias_generator=to_camel, populate_by_name=True, hide_input_in_errors=True
    )


class Integration(_Reply):
    """`GET /integrations/{platformKey}`. `integration_id` is the same in every account: never an identity."""

    key: str
    name: str
    enabled: bool
    integration_id: UUID


class SyncSettings(_Reply):
    """`GET /profile/syncSettings`: the account (Codat calls it a client) that the API key belongs to."""

    client_id: UUID


class Profile(_Reply):
    """`GET /profile`, for display only."""

    name: str


class Credentials(RootModel[dict[str, object]]):
    """`GET /integrations/credentials/{platformKey}`: a flat map whose secret values are masked."""

    model_config = ConfigDict(frozen=True, hide_input_in_errors=True)


class Settings(RootModel[dict[str, object]]):
    """`GET /settings/integrations/{integrationId}`: settings by name; the names are the contract's business."""

    model_config = ConfigDict(frozen=True, hide_input_in_errors=True)


class Connection(_Reply):
    """A company's connection to an integration."""

    integration_key: str | None = None
    integration_id: UUID | None = None
    status: str

    def links(self, integration: Integration) -> bool:
        """Whether this is a live connection to the integration (older records carry the id and no key)."""
        same = self.integration_key == integration.key or self.integration_id == integration.integration_id
        return same and self.status.lower() == _LINKED


class Company(_Reply):
    """A company and its connections."""

    data_connections: Annotated[tuple[Connection, ...], FailFast()] = ()


@dataclass(frozen=True)
class LinkedCompanies:
    """How many companies are linked; `at_least` where there were more than we were willing to read."""

    number: int
    at_least: bool = False

    def __str__(self) -> str:
        """`3 companies are`, for a sentence that goes on with "linked"."""
        words = "1 company is" if self.number == 1 else f"{self.number:,} companies are"
        return f"at least {words}" if self.at_least else words


class CompaniesPage(_Reply):
    """`GET /companies`, one page."""

    results: Annotated[tuple[Company, ...], FailFast()]  # because a list of failures is as long as a hostile list
    total_results: int
