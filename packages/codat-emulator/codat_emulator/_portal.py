"""What a person does in Codat's Portal, as far as the control surface offers it."""

import hashlib
import uuid
from datetime import datetime
from decimal import Decimal
from typing import Annotated, Literal

from pydantic import Field, JsonValue, StringConstraints, field_validator

from codat_emulator._errors import CodatError
from codat_emulator._platforms import PLATFORMS, Platform
from codat_emulator._rules import check_keys, with_saved_keys
from codat_emulator._settings import (
    AccountSettings,
    Company,
    Connection,
    ConnectionStatus,
    SourceAccount,
    SourceAccountStatus,
)
from codat_emulator._wire import WireModel

__all__ = ["IntegrationForm", "NewCompany", "NewSourceAccount", "form", "with_company", "with_form"]


class IntegrationForm(WireModel):
    """Any of an integration's settings; what is left out stays, null takes a key away."""

    enabled: bool = False
    client_id: str | None = None
    client_secret: str | None = Field(default=None, repr=False)
    bank_feeds: bool = False


class NewSourceAccount(WireModel):
    """A source account; what is left out is an ordinary account's, mapped already."""

    id: Annotated[str, StringConstraints(pattern=r"^[^/]+$")]
    account_name: str = "Business current"
    account_type: Literal["checking", "savings", "loan", "creditCard", "prepaidCard"] = "checking"
    account_number: str = "12345670"
    sort_code: str = "123456"
    currency: str = "GBP"
    # because a number of 15 digits is the same before and after it is a float
    balance: Annotated[Decimal, Field(max_digits=15)] = Decimal(0)
    status: SourceAccountStatus = SourceAccountStatus.CONNECTED

    @property
    def record(self) -> SourceAccount:
        return SourceAccount(
            id=self.id,
            name=self.account_name,
            type=self.account_type,
            number=self.account_number,
            sort_code=self.sort_code,
            currency=self.currency,
            balance=self.balance,
            status=self.status,
        )


class NewConnection(WireModel):
    platform_key: str
    status: ConnectionStatus
    supports_bank_feeds: bool = True
    source_accounts: list[NewSourceAccount] = Field(default_factory=list)

    @field_validator("platform_key")
    @classmethod
    def _known(cls, key: str) -> str:
        keys = sorted(platform.key for platform in PLATFORMS)
        if key not in keys:
            raise ValueError(f"must be one of {', '.join(keys)}")
        return key


class NewCompany(WireModel):
    """A company with its connections, as if its owner had gone through Link."""

    name: Annotated[str, Field(min_length=1)]
    connections: list[NewConnection] = Field(default_factory=list)


def form(settings: AccountSettings, platform: Platform) -> JsonValue:
    """An integration's settings; of the secret only its SHA-256, so that a test can prove which one is there."""
    current = settings.of(platform)
    secret = current.credentials.get("clientSecret")
    return {
        "enabled": current.enabled,
        "clientId": current.credentials.get("clientId"),
        "hasClientSecret": secret is not None,
        "clientSecretSha256": None if secret is None else hashlib.sha256(secret.encode()).hexdigest(),
        "bankFeeds": current.bank_feeds,
    }


def with_form(settings: AccountSettings, platform: Platform, edit: IntegrationForm) -> AccountSettings:
    """The settings as a person leaves them.

    Keys obey the form's own rule, and an integration has only the settings that its form has. The toggles can be
    set whatever else is there, because no source says which states the Portal keeps apart. When neither key is
    left, other entries of the map go with them.
    """
    _check_fields(platform, edit)
    keys = edit.model_dump(include={"client_id", "client_secret"}, exclude_unset=True, by_alias=True)
    if keys:
        merged: dict[str, str | None] = {**settings.of(platform).credentials, **keys}
        credentials = {name: value for name, value in merged.items() if value is not None}
        check_keys(credentials)
        kept = credentials if credentials.keys() & {"clientId", "clientSecret"} else {}
        settings = with_saved_keys(settings, platform, kept)
    toggles = edit.model_dump(include={"enabled", "bank_feeds"}, exclude_unset=True)
    return settings.with_integration(platform, settings.of(platform).model_copy(update=toggles))


def _check_fields(platform: Platform, edit: IntegrationForm) -> None:
    keys = {"client_id", "client_secret"} & edit.model_fields_set
    toggle = {"bank_feeds"} & edit.model_fields_set
    if (keys and not platform.needs_keys) or (toggle and not platform.has_bank_feeds):
        raise CodatError(400, f"{platform.name} has no {'secure keys' if keys else 'bank feeds'}")


def with_company(settings: AccountSettings, new: NewCompany, now: datetime) -> AccountSettings:
    """The settings with one more company, the last of `companies`."""
    created = now.strftime("%Y-%m-%dT%H:%M:%SZ")
    connections = tuple(
        Connection(
            id=str(uuid.uuid4()),
            platform_key=connection.platform_key,
            status=connection.status,
            created=created,
            supports_bank_feeds=connection.supports_bank_feeds,
            source_accounts=tuple(item.record for item in connection.source_accounts),
        )
        for connection in new.connections
    )
    company = Company(id=str(uuid.uuid4()), name=new.name, created=created, connections=connections)
    return settings.with_companies((*settings.companies, company))
