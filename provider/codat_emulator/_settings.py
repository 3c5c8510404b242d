"""What an account holds: the settings of each integration, and the companies that connected."""

from collections.abc import Mapping
from enum import StrEnum
from typing import Self

from pydantic import BaseModel, ConfigDict, Field

from codat_emulator._platforms import PLATFORMS, Platform

__all__ = [
    "AccountSettings",
    "Company",
    "Connection",
    "ConnectionStatus",
    "IntegrationSettings",
]


class ConnectionStatus(StrEnum):
    """Where the authorization of a connection stands (reference, section 4.1)."""

    PENDING_AUTH = "PendingAuth"
    LINKED = "Linked"
    UNLINKED = "Unlinked"
    DEAUTHORIZED = "Deauthorized"


class _Record(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")


class Connection(_Record):
    id: str
    platform_key: str
    status: ConnectionStatus
    created: str


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


class AccountSettings(_Record):
    integrations: Mapping[str, IntegrationSettings] = Field(
        default_factory=lambda: {platform.key: IntegrationSettings() for platform in PLATFORMS}
    )
    one_time_sync: str | None = None
    companies: tuple[Company, ...] = ()

    def of(self, platform: Platform) -> IntegrationSettings:
        return self.integrations[platform.key]

    def with_integration(self, platform: Platform, settings: IntegrationSettings) -> Self:
        return self.model_copy(update={"integrations": {**self.integrations, platform.key: settings}})

    def with_companies(self, companies: tuple[Company, ...]) -> Self:
        return self.model_copy(update={"companies": companies})
