"""Facts about the app in Xero's developer portal, which has no API: declared, and held to the guide's rules."""

from __future__ import annotations

from typing import Annotated, Final, Literal
from urllib.parse import urlsplit

from pydantic import AfterValidator, BaseModel, ConfigDict, Field, StrictBool, StrictStr, model_validator
from pydantic.alias_generators import to_camel

__all__ = ["REDIRECT_URI", "XeroAppFacts", "bank_feeds_facts_missing"]

REDIRECT_URI: Final = "https://xero.codat.io/oauth2/callback"
"""Where Xero sends customers back to (https://docs.codat.io/integrations/accounting/xero/accounting-xero-setup)."""

_LIMITS: Final[dict[str, int | None]] = {
    "uncertified": 25,
    "starter": 5,
    "core": 50,
    "plus": 1_000,
    "advanced": 10_000,
    "enterprise": None,
}
_CROWDED_PERCENT: Final = 80
_LONGEST_URL: Final = 2048
_NOT_PRINTABLE: Final = "must be one line of printable characters"


def _https(value: str) -> str:
    try:
        url = urlsplit(value)
    except ValueError:
        raise ValueError("is not a URL") from None
    if url.scheme != "https" or not url.hostname or " " in value:
        raise ValueError("must be a URL that begins with https://")
    if not value.isprintable():
        raise ValueError(_NOT_PRINTABLE)
    if len(value) > _LONGEST_URL:
        raise ValueError(f"must not be longer than {_LONGEST_URL} characters")
    return value


def _printable(value: str) -> str:
    if not value.isprintable():
        raise ValueError(_NOT_PRINTABLE)
    return value


_HttpsUrl = Annotated[StrictStr, AfterValidator(_https)]


class XeroAppFacts(BaseModel):
    """The declared app. `None` means: not declared, and nothing is claimed about it.

    `tier` is how many companies may connect: `uncertified` is the guide's 25; `starter` 5, `core` 50, `plus` 1,000,
    `advanced` 10,000 and `enterprise` (no limit) are Xero's tiers since 2026-03-02
    (https://developer.xero.com/faq/pricing-and-policy-updates).
    """

    model_config = ConfigDict(
        frozen=True, extra="forbid", alias_generator=to_camel, populate_by_name=True, hide_input_in_errors=True
    )

    name: Annotated[StrictStr, Field(min_length=1, max_length=255), AfterValidator(_printable)] | None = None
    company_url: _HttpsUrl | None = None
    privacy_policy_url: _HttpsUrl | None = None
    terms_url: _HttpsUrl | None = None
    integration_type: Literal["Web app"] = "Web app"
    redirect_uri: Literal["https://xero.codat.io/oauth2/callback"] = REDIRECT_URI
    tier: Literal["uncertified", "starter", "core", "plus", "advanced", "enterprise"] | None = None
    certified_partner: StrictBool = False
    bank_feeds_granted: StrictBool = False

    @model_validator(mode="after")
    def _uncertified_is_no_partner(self) -> XeroAppFacts:
        if self.tier == "uncertified" and self.certified_partner:
            raise ValueError("tier 'uncertified' contradicts certifiedPartner: declare the tier Xero lists for the app")
        return self

    @property
    def connection_limit(self) -> int | None:
        """How many companies may connect, or None where no limit is claimed."""
        return _LIMITS[self.tier] if self.tier else None

    def crowding(self, linked: int) -> str | None:
        """What a person must know when so many companies are linked; None below 80 % of the tier's limit."""
        limit = self.connection_limit
        if limit is None or linked * 100 < limit * _CROWDED_PERCENT:
            return None
        if linked < limit:
            return (
                f"{linked:,} of the {limit:,} companies that the app's tier {self.tier!r} lets connect are linked: ask"
                " Xero for a higher tier in time"
            )
        return (
            f"{linked:,} companies are linked, and the app's tier {self.tier!r} lets {limit:,} connect, so no further"
            " company can: ask Xero for a higher tier, then declare it"
        )


def bank_feeds_facts_missing(app: XeroAppFacts | None) -> str:
    """The guide's requirements of bank feeds that the app does not declare, in words; "" where it declares both.

    Source: https://docs.codat.io/integrations/bank-feeds/xero-bank-feeds/xero-bank-feeds-setup.
    """
    missing = (
        "" if app and app.certified_partner else "certified_partner=True (Xero app partner status)",
        ""
        if app and app.bank_feeds_granted
        else "bank_feeds_granted=True (Xero has enabled the Bank Feeds API for the registered app)",
    )
    return " and ".join(filter(None, missing))
