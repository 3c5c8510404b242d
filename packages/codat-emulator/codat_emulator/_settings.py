"""What an account holds: the settings of each integration, and the companies that connected."""

from collections.abc import Mapping
from decimal import Decimal
from enum import StrEnum
from typing import Literal, Self

from pydantic import BaseModel, ConfigDict, Field

from codat_emulator._platforms import PLATFORMS, Platform

__all__ = [
    "AccountSettings",
    "BankFeedsAccess",
    "Company",
    "Connection",
    "ConnectionStatus",
    "IntegrationSettings",
    "Refusals",
    "SourceAccount",
    "SourceAccountStatus",
    "Spelling",
]

Spelling = Literal["organisation", "organization"]
Refusals = Literal["answer", "operation"]


class ConnectionStatus(StrEnum):
    """Where the authorization of a connection stands (reference, section 4.1)."""

    PENDING_AUTH = "PendingAuth"
    LINKED = "Linked"
    UNLINKED = "Unlinked"
    DEAUTHORIZED = "Deauthorized"


class SourceAccountStatus(StrEnum):
    """Where the mapping of a source account stands (reference, section 7)."""

    PENDING = "pending"
    CONNECTED = "connected"
    CONNECTING = "connecting"
    DISCONNECTED = "disconnected"
    UNKNOWN = "unknown"


class _Record(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")


class SourceAccount(_Record):
    """A bank's account as Codat knows it, in the second version of its model."""

    id: str
    name: str
    type: str
    number: str
    sort_code: str
    currency: str
    balance: Decimal
    status: SourceAccountStatus


class Connection(_Record):
    """A company's connection; `supports_bank_feeds` is a fact about the organisation at its other end."""

    id: str
    platform_key: str
    status: ConnectionStatus
    created: str
    supports_bank_feeds: bool = True
    source_accounts: tuple[SourceAccount, ...] = ()


class Company(_Record):
    id: str
    name: str
    created: str
    connections: tuple[Connection, ...] = ()

    @property
    def active(self) -> bool:
        """Whether it is an active connected company, which raises the quota (reference, section 3.2)."""
        return any(connection.status is ConnectionStatus.LINKED for connection in self.connections)


class IntegrationSettings(_Record):
    """Xero and the others start disabled, without keys and with bank feeds off."""

    enabled: bool = False
    credentials: Mapping[str, str] = Field(default_factory=dict, repr=False)
    credentials_version: int = 0
    one_time_sync: str | None = None
    bank_feeds: bool = False

    @property
    def has_keys(self) -> bool:
        return bool(self.credentials.get("clientId") and self.credentials.get("clientSecret"))


class BankFeedsAccess(_Record):
    """What bank feeds need besides the toggle, and how their absence is told.

    Attributes:
        product: Codat has enabled its Bank Feeds product for the account.
        granted: Xero has enabled its Bank Feeds API for the app.
        spelling: How Xero's refusals spell organisation; both were seen (reference, section 5.4).
        refusals: Whether Xero's refusal of a push answers the POST, or the push is accepted and then fails. No source
            says which of the two Codat does.

    """

    product: bool = True
    granted: bool = True
    spelling: Spelling = "organisation"
    refusals: Refusals = "answer"


class AccountSettings(_Record):
    integrations: Mapping[str, IntegrationSettings] = Field(
        default_factory=lambda: {platform.key: IntegrationSettings() for platform in PLATFORMS}
    )
    one_time_sync: str | None = None
    companies: tuple[Company, ...] = ()
    bank_feeds: BankFeedsAccess = BankFeedsAccess()

    def of(self, platform: Platform) -> IntegrationSettings:
        return self.integrations[platform.key]

    def with_integration(self, platform: Platform, settings: IntegrationSettings) -> Self:
        return self.model_copy(update={"integrations": {**self.integrations, platform.key: settings}})

    def with_companies(self, companies: tuple[Company, ...]) -> Self:
        return self.model_copy(update={"companies": companies})

    def with_connection(self, changed: Connection) -> Self:
        """The settings with this connection in place of the one with its id."""
        return self.with_companies(
            tuple(
                company.model_copy(
                    update={
                        "connections": tuple(changed if item.id == changed.id else item for item in company.connections)
                    }
                )
                for company in self.companies
            )
        )
