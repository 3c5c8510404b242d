"""What we keep about a resource between runs: the declared inputs as last applied, and our own records.

Everything is optional and lenient, because states of older versions and of import files must still be read.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final, Self

from pydantic import BaseModel, ConfigDict, SecretStr, field_serializer
from pydantic.alias_generators import to_camel

if TYPE_CHECKING:
    from collections.abc import Mapping

__all__ = [
    "BANK_FEEDS_INPUTS",
    "INTEGRATION_INPUTS",
    "BankFeedsState",
    "IntegrationState",
    "KeysRecord",
    "SettingState",
    "last_written",
]


class SettingState(BaseModel):
    """What every setting's state holds."""

    model_config = ConfigDict(
        frozen=True, extra="ignore", alias_generator=to_camel, populate_by_name=True, hide_input_in_errors=True
    )

    enabled: bool | None = None
    app: dict[str, object] | None = None
    on_destroy: str | None = None

    platform_key: str | None = None
    integration_id: str | None = None
    account_id: str | None = None
    account_name: str | None = None
    adopted: bool | None = None
    last_written_at: str | None = None
    unfinished: str | None = None

    @classmethod
    def parse(cls, properties: Mapping[str, object]) -> Self:
        return cls.model_validate(dict(properties))

    def dump(self) -> dict[str, object]:
        """Plain data for the engine; the secret goes under its input's name only, where the engine encrypts it."""
        return self.model_dump(mode="json", by_alias=True, exclude_none=True)


class KeysRecord(BaseModel):
    """The keys as we last wrote or adopted them.

    `mask` is a salted fingerprint of what Codat shows of them; None where the mask is unstable and nothing is claimed.
    `shows_change` is whether another secret would look different.
    """

    model_config = ConfigDict(
        frozen=True, extra="ignore", alias_generator=to_camel, populate_by_name=True, hide_input_in_errors=True
    )

    client_id: str
    salt: str
    mask: str | None = None
    shows_change: bool = False


class IntegrationState(SettingState):
    """Outputs of a XeroIntegration."""

    client_id: str = ""
    client_secret: SecretStr | None = None
    accept_disruption: bool | None = None

    name: str | None = None
    redirect_uri: str | None = None
    portal_url: str | None = None
    connection_limit: int | None = None
    secret_drift_visible: bool | None = None
    keys_record: KeysRecord | None = None

    @field_serializer("client_secret", when_used="json-unless-none")
    def _reveal(self, value: SecretStr) -> str:
        return value.get_secret_value()


class BankFeedsState(SettingState):
    """Outputs of a XeroBankFeeds."""


def last_written(state: IntegrationState) -> str:
    """The client ID that was last written or adopted from here; a refresh does not change it."""
    return state.keys_record.client_id if state.keys_record else state.client_id


INTEGRATION_INPUTS: Final = ("clientId", "clientSecret", "enabled", "app", "onDestroy", "acceptDisruption")
BANK_FEEDS_INPUTS: Final = ("enabled", "app", "onDestroy", "platformKey")
