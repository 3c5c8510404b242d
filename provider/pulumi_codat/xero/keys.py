"""The secure keys of a Xero app, and what Codat and Xero ask of them."""

from __future__ import annotations

from typing import Annotated, Final
from uuid import UUID

from pydantic import AfterValidator, Field, SecretStr, StrictStr

from pulumi_codat.redaction import CHANGED_OUTSIDE, is_masked

__all__ = ["INTEGRATION_ID", "PLATFORM_KEY", "ClientId", "ClientSecret"]

PLATFORM_KEY: Final = "gbol"
"""Xero at Codat (https://docs.codat.io/integrations/accounting/overview)."""

INTEGRATION_ID: Final = UUID("0f20c943-12d0-4800-9f6c-d218f62d494c")
"""The same in every account (https://docs.codat.io/integrations/bank-feeds/xero-bank-feeds/xero-bank-feeds-setup)."""

_LONGEST: Final = 512


def _secure_key(value: str) -> str:
    if value == CHANGED_OUTSIDE:
        raise ValueError(
            "is the mark that the live secret was changed outside of Pulumi, not a secret: remove ignore_changes for"
            " it, or leave client_secret out so that keys are never written"
        )
    if not value:
        raise ValueError("must not be empty")
    if any(char.isspace() for char in value):
        raise ValueError('must not contain spaces ("Secure keys must not contain spaces", as the Codat Portal says)')
    if not (value.isascii() and value.isprintable()):
        raise ValueError("must be plain printable characters")
    if len(value) > _LONGEST:
        raise ValueError(f"must not be longer than {_LONGEST} characters")
    return value


def _readable(value: str) -> str:
    if is_masked(value):
        raise ValueError("is a mask, not a client ID: copy it from the app's Configuration page at Xero")
    return value


def _secret(value: SecretStr) -> SecretStr:
    _secure_key(value.get_secret_value())
    return value


ClientId = Annotated[StrictStr, AfterValidator(_secure_key), AfterValidator(_readable)]
"""The app's Client id on its Configuration page: text without spaces, at most 512 characters."""

ClientSecret = Annotated[SecretStr, Field(strict=True), AfterValidator(_secret)]
"""The app's Client secret, shown once by Xero: text without spaces, at most 512 characters."""
