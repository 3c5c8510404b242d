"""What Codat says, parsed leniently: unknown fields are ignored, because Codat adds fields without notice."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime
from enum import StrEnum
from typing import Annotated
from uuid import UUID

from pydantic import AfterValidator, BaseModel, ConfigDict, FailFast, RootModel, ValidationError
from pydantic.alias_generators import to_camel

from pulumi_codat.redaction import one_line

__all__ = [
    "CompaniesPage",
    "Company",
    "Connection",
    "Credentials",
    "Integration",
    "LinkedCompanies",
    "Profile",
    "PushOperation",
    "PushStatus",
    "PushesPage",
    "Settings",
    "SourceAccount",
    "SourceAccounts",
    "SyncSettings",
]

_LINKED = "linked"
_LONGEST_NAME = 80


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


def _displayed(name: str) -> str:
    line = one_line(name)
    return line if len(line) <= _LONGEST_NAME else line[: _LONGEST_NAME - 1] + "…"


class Profile(_Reply):
    """`GET /profile`, for display only: in one line of at most 80 characters."""

    name: Annotated[str, AfterValidator(_displayed)]


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


class SourceAccount(_Reply):
    """A bank's own account as Codat knows it; transactions are pushed into it once its status is `connected`."""

    id: str
    account_name: str | None = None
    status: str | None = None


class SourceAccounts(RootModel[Annotated[tuple[SourceAccount, ...], FailFast()]]):
    """`GET .../connectionInfo/bankFeedAccounts`."""


class PushStatus(StrEnum):
    """Where a push stands. A push that timed out may still take effect (https://docs.codat.io/using-the-api/push)."""

    PENDING = "Pending"
    FAILED = "Failed"
    SUCCESS = "Success"
    TIMED_OUT = "TimedOut"


class ValidationItem(_Reply):
    """What Codat found in what was pushed."""

    item_id: str | None = None
    message: str | None = None

    def __str__(self) -> str:
        return ": ".join(part for part in (self.item_id, self.message) if part)


class Validation(_Reply):
    """Errors fail a push; warnings do not."""

    errors: tuple[ValidationItem, ...] | None = None
    warnings: tuple[ValidationItem, ...] | None = None


class _PushedRow(_Reply):
    id: str


class _PushedBatch(_Reply):
    account_id: str
    transactions: tuple[_PushedRow, ...]


def _in_utc(when: datetime) -> datetime:
    return when.replace(tzinfo=UTC) if when.tzinfo is None else when.astimezone(UTC)


class PushOperation(_Reply):
    """`GET /companies/{companyId}/push/{pushOperationKey}`: what became of one push."""

    push_operation_key: UUID
    data_connection_key: UUID
    requested_on_utc: Annotated[datetime, AfterValidator(_in_utc)]
    status: PushStatus
    data_type: str | None = None
    error_message: str | None = None
    validation: Validation | None = None
    data: object = None

    def pushed(self) -> tuple[str, tuple[str, ...]] | None:
        """The source account and the ids of what was pushed, or None where Codat does not show it."""
        try:
            batch = _PushedBatch.model_validate(self.data)
        except ValidationError:
            return None
        return batch.account_id, tuple(row.id for row in batch.transactions)

    @property
    def warnings(self) -> tuple[str, ...]:
        return _messages(self.validation.warnings if self.validation else None)

    @property
    def errors(self) -> tuple[str, ...]:
        return _messages(self.validation.errors if self.validation else None)


def _messages(items: tuple[ValidationItem, ...] | None) -> tuple[str, ...]:
    return tuple(text for text in (one_line(str(item)) for item in items or ()) if text)


class PushesPage(_Reply):
    """`GET /companies/{companyId}/push`, one page."""

    results: Annotated[tuple[PushOperation, ...], FailFast()]  # likewise
    total_results: int
