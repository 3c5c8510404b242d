"""The app in Xero's developer portal, as facts that are reviewed with the program."""

from __future__ import annotations

from dataclasses import dataclass, fields
from typing import TYPE_CHECKING, Literal

if TYPE_CHECKING:
    import pulumi

__all__ = ["XeroAppArgs"]


@dataclass(frozen=True, kw_only=True)
class XeroAppArgs:
    """What is true of the app at Xero, which has no API for it: declared here, checked against the guide's rules.

    Everything may be left out; then nothing is claimed about it. Wrong facts are refused in the preview.
    Source: https://docs.codat.io/integrations/accounting/xero/accounting-xero-setup.
    """

    name: pulumi.Input[str] | None = None
    """App name. Customers see it in the authorization flow, so it must identify your organisation."""
    company_url: pulumi.Input[str] | None = None
    """Company or application URL; https."""
    privacy_policy_url: pulumi.Input[str] | None = None
    """Privacy policy; https; required for partnership."""
    terms_url: pulumi.Input[str] | None = None
    """Terms and conditions; https; required for partnership."""
    integration_type: pulumi.Input[Literal["Web app"]] = "Web app"
    """Integration type; Codat needs `Web app`."""
    redirect_uri: pulumi.Input[str] = "https://xero.codat.io/oauth2/callback"
    """Redirect URI; Codat's, exactly."""
    tier: pulumi.Input[Literal["uncertified", "starter", "core", "plus", "advanced", "enterprise"]] | None = None
    """How many companies may connect: `uncertified` 25 (the guide); Xero's tiers since 2026-03-02: `starter` 5, `core`
    50, `plus` 1,000, `advanced` 10,000, `enterprise` without limit. Default: no limit is claimed."""
    certified_partner: pulumi.Input[bool] = False
    """Xero app partner status. Needed for bank feeds."""
    bank_feeds_granted: pulumi.Input[bool] = False
    """Xero has enabled its Bank Feeds API for this app. Needed for bank feeds."""

    def declared(self) -> dict[str, object]:
        """The facts that are given, by name."""
        values = {field.name: getattr(self, field.name) for field in fields(self)}
        return {name: value for name, value in values.items() if value is not None}
