"""Every path and wire name we use of Codat, each with the evidence that it exists. No other module names one.

The evidence is told to users in the README: what is not published may change, or be closed to an account.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from http import HTTPMethod, HTTPStatus
from typing import Final
from urllib.parse import quote

__all__ = [
    "ACCOUNT_HEADER",
    "BANK_FEEDS_SETTING",
    "BANK_TRANSACTIONS",
    "CLIENT_ID",
    "CLIENT_SECRET",
    "COMPANIES",
    "DEFAULT_BASE_URL",
    "DELETE_CREDENTIALS",
    "ENDPOINTS",
    "GET_CONNECTION",
    "GET_CREDENTIALS",
    "GET_INTEGRATION",
    "GET_INTEGRATION_SETTINGS",
    "GET_PUSH",
    "LARGEST_PAGE",
    "NOT_OFFERED",
    "PATCH_INTEGRATION_SETTINGS",
    "PORTAL_PAGE",
    "PROFILE",
    "PUSHES",
    "PUSH_BANK_TRANSACTIONS",
    "PUT_CREDENTIALS",
    "PUT_ENABLED",
    "SOURCE_ACCOUNTS",
    "SYNC_SETTINGS",
    "Endpoint",
    "Evidence",
]

DEFAULT_BASE_URL: Final = "https://api.codat.io"
PORTAL_PAGE: Final = "https://app.codat.io/settings/integrations/accounting"
NOT_OFFERED: Final = frozenset({HTTPStatus.FORBIDDEN, HTTPStatus.NOT_FOUND, HTTPStatus.METHOD_NOT_ALLOWED})
"""How Codat may answer where it does not offer an endpoint to an account; a 404 on a read may also mean "nothing"."""
_NO_SEGMENTS: Final = frozenset({"", ".", ".."})


class Evidence(StrEnum):
    """How sure we are that Codat answers."""

    PUBLISHED = "published"
    """In today's API reference."""
    LEGACY = "legacy"
    """In Codat's own public API description of 2021 to 2023, same host, same key; its removal was never announced."""
    UNPUBLISHED = "unpublished"
    """A choice of ours, to be confirmed with Codat; changeable by configuration without a release."""


@dataclass(frozen=True)
class Endpoint:
    """One request Codat understands."""

    method: HTTPMethod
    path: str
    evidence: Evidence

    def url(self, **segments: str) -> str:
        """The path with each segment encoded, so that no value can leave its place in it.

        Raises `ValueError` for a segment that no encoding keeps there.
        """
        if unsafe := [name for name, value in segments.items() if value in _NO_SEGMENTS]:
            raise ValueError(f"{', '.join(unsafe)} must not be empty, a dot or two")
        return self.path.format(**{name: quote(value, safe="") for name, value in segments.items()})


GET_INTEGRATION: Final = Endpoint(HTTPMethod.GET, "/integrations/{platform_key}", Evidence.PUBLISHED)
SYNC_SETTINGS: Final = Endpoint(HTTPMethod.GET, "/profile/syncSettings", Evidence.PUBLISHED)
PROFILE: Final = Endpoint(HTTPMethod.GET, "/profile", Evidence.PUBLISHED)
COMPANIES: Final = Endpoint(HTTPMethod.GET, "/companies", Evidence.PUBLISHED)
PUT_ENABLED: Final = Endpoint(HTTPMethod.PUT, "/integrations/{platform_key}/enabled", Evidence.LEGACY)
GET_CREDENTIALS: Final = Endpoint(HTTPMethod.GET, "/integrations/credentials/{platform_key}", Evidence.LEGACY)
PUT_CREDENTIALS: Final = Endpoint(HTTPMethod.PUT, "/integrations/credentials/{platform_key}", Evidence.LEGACY)
DELETE_CREDENTIALS: Final = Endpoint(HTTPMethod.DELETE, "/integrations/credentials/{platform_key}", Evidence.LEGACY)
GET_INTEGRATION_SETTINGS: Final = Endpoint(HTTPMethod.GET, "/settings/integrations/{integration_id}", Evidence.LEGACY)
PATCH_INTEGRATION_SETTINGS: Final = Endpoint(
    HTTPMethod.PATCH, "/settings/integrations/{integration_id}", Evidence.LEGACY
)
GET_CONNECTION: Final = Endpoint(HTTPMethod.GET, "/companies/{company}/connections/{connection}", Evidence.PUBLISHED)
SOURCE_ACCOUNTS: Final = Endpoint(
    HTTPMethod.GET, "/companies/{company}/connections/{connection}/connectionInfo/bankFeedAccounts", Evidence.PUBLISHED
)
PUSH_BANK_TRANSACTIONS: Final = Endpoint(
    HTTPMethod.POST,
    "/companies/{company}/connections/{connection}/push/bankAccounts/{source_account}/bankTransactions",
    Evidence.PUBLISHED,
)
GET_PUSH: Final = Endpoint(HTTPMethod.GET, "/companies/{company}/push/{push_key}", Evidence.PUBLISHED)
PUSHES: Final = Endpoint(HTTPMethod.GET, "/companies/{company}/push", Evidence.PUBLISHED)
ENDPOINTS: Final = (
    GET_INTEGRATION,
    SYNC_SETTINGS,
    PROFILE,
    COMPANIES,
    PUT_ENABLED,
    GET_CREDENTIALS,
    PUT_CREDENTIALS,
    DELETE_CREDENTIALS,
    GET_INTEGRATION_SETTINGS,
    PATCH_INTEGRATION_SETTINGS,
    GET_CONNECTION,
    SOURCE_ACCOUNTS,
    PUSH_BANK_TRANSACTIONS,
    GET_PUSH,
    PUSHES,
)

ACCOUNT_HEADER: Final = "x-codat-client"
"""Beside a client certificate, the UUID of the account (https://docs.codat.io/enterprise/tech-overview/security/api-mTLS).
That Codat's "client" is the account here too is our reading of "on behalf of the configured client"."""
CLIENT_ID: Final = "clientId"
CLIENT_SECRET: Final = "clientSecret"  # noqa: S105 because this is the secret's name on the wire, not its value
BANK_FEEDS_SETTING: Final = "enableBankFeeds"
"""Unpublished: no source names the setting behind the Portal's "Enable Bank Feeds"."""
LARGEST_PAGE: Final = 2000
"""The OAS allows 5000 as a parameter and 2000 in the answer; the smaller one holds for both."""
BANK_TRANSACTIONS: Final = "bankTransactions"
"""The data type of a push of bank transactions, in the list of a company's pushes."""
