"""The bank-feeds toggle of a Codat account's Xero integration."""

from __future__ import annotations

from collections.abc import Mapping  # noqa: TC003 because the SDK evaluates the outputs' annotations
from typing import Final, Literal

import pulumi

from pulumi_codat.dynamic import XeroBankFeedsProvider
from pulumi_codat.resources._resource import CodatResource, declared_policy, require_made_by
from pulumi_codat.resources.xero_integration import XeroIntegration

__all__ = ["XeroBankFeeds"]

_PLATFORM_KEY: Final = "gbol"
_OUTPUTS: Final = ("account_id", "account_name", "adopted", "integration_id", "last_written_at")


class XeroBankFeeds(CodatResource, module="codat", name="XeroBankFeeds"):
    """The toggle "Enable Bank Feeds" on the Xero integration's settings page in the Codat Portal.

    Switching it on is refused in the preview unless the integration's `app` declares `certified_partner` and
    `bank_feeds_granted`; Codat must have enabled Bank Feeds for the account as well.

    Source of the rules: https://docs.codat.io/integrations/bank-feeds/xero-bank-feeds/xero-bank-feeds-setup.
    """

    enabled: pulumi.Output[bool]
    app: pulumi.Output[Mapping[str, object] | None]
    on_destroy: pulumi.Output[str | None]
    client_id: pulumi.Output[str | None]
    platform_key: pulumi.Output[str]
    account: pulumi.Output[Mapping[str, object] | None]

    account_id: pulumi.Output[str]
    """UUID of the Codat account that was written to; every later run must reach the same one."""
    account_name: pulumi.Output[str | None]
    """The account's name, for display."""
    adopted: pulumi.Output[bool]
    """Whether the toggle was on already at the first apply."""
    integration_id: pulumi.Output[str]
    """Codat's id of the integration; the same in every account."""
    last_written_at: pulumi.Output[str | None]
    """When this program last wrote the toggle, ISO 8601, UTC."""

    def __init__(
        self,
        resource_name: str,
        *,
        integration: XeroIntegration,
        enabled: pulumi.Input[bool] = True,
        on_destroy: pulumi.Input[Literal["retain", "disable"]] = "retain",
        opts: pulumi.ResourceOptions | None = None,
    ) -> None:
        """Declare the toggle.

        :param integration: The integration it belongs to, whose account it is of; it is written first.
        :param enabled: The toggle. Default True.
        :param on_destroy: `retain` leaves it, `disable` switches it off. Default `retain`.
        :raises pulumi.RunError: if another resource of this program declares the same toggle, or an argument is of the
            wrong type.
        """
        require_made_by(XeroIntegration, integration, "integration")
        super().__init__(
            XeroBankFeedsProvider(),
            resource_name,
            setting="the bank-feeds toggle",
            inputs={
                # because outputs of the integration would be unknown in every preview that updates it
                "platform_key": _PLATFORM_KEY,
                "app": integration.declared_app,
                "enabled": enabled,
                "on_destroy": declared_policy(on_destroy),
                # because a destroy must know under whose keys it was switched on
                "client_id": integration.declared_client_id,
            },
            account=integration.declared_account,
            outputs=_OUTPUTS,
            opts=pulumi.ResourceOptions.merge(opts, pulumi.ResourceOptions(depends_on=[integration])),
        )
