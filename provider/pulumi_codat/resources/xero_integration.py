"""The Xero integration of a Codat account."""

from __future__ import annotations

from collections.abc import Mapping  # noqa: TC003 because the SDK evaluates the outputs' annotations
from typing import TYPE_CHECKING, Final, Literal

import pulumi

from pulumi_codat.dynamic import XeroIntegrationProvider
from pulumi_codat.resources._resource import CodatResource, declared_policy
from pulumi_codat.resources.from_env import FromEnv
from pulumi_codat.resources.xero_app import XeroAppArgs

if TYPE_CHECKING:
    from pulumi_codat.resources.account import Account

__all__ = ["XeroIntegration"]

_OUTPUTS: Final = (
    "account_id",
    "account_name",
    "adopted",
    "connection_limit",
    "integration_id",
    "last_written_at",
    "name",
    "platform_key",
    "portal_url",
    "redirect_uri",
    "secret_drift_visible",
)


class XeroIntegration(CodatResource, module="codat", name="XeroIntegration"):
    """What a person does under Settings > Integrations > Accounting > Xero in the Codat Portal.

    Every account has exactly one Xero integration (platform key `gbol`), so nothing is created or deleted at Codat:
    keys and the toggle are written, and on destroy the policy `on_destroy` is carried out: by default nothing.

    Source of the rules: https://docs.codat.io/integrations/accounting/xero/accounting-xero-setup.
    """

    client_id: pulumi.Output[str]
    client_secret: pulumi.Output[str | None]
    client_secret_from: pulumi.Output[str | None]
    enabled: pulumi.Output[bool | None]
    app: pulumi.Output[Mapping[str, object] | None]
    adopt: pulumi.Output[str | None]
    on_destroy: pulumi.Output[str | None]
    accept_disruption: pulumi.Output[bool | None]
    account: pulumi.Output[Mapping[str, object] | None]

    account_id: pulumi.Output[str]
    """UUID of the Codat account that was written to; every later run must reach the same one."""
    account_name: pulumi.Output[str | None]
    """The account's name, for display."""
    adopted: pulumi.Output[bool]
    """Whether keys were there already at the first apply, and were taken over as they are."""
    connection_limit: pulumi.Output[int | None]
    """How many companies may connect in the app's tier; None: no limit is claimed."""
    integration_id: pulumi.Output[str]
    """Codat's id of the integration; the same in every account."""
    last_written_at: pulumi.Output[str | None]
    """When this program last wrote something, ISO 8601, UTC."""
    name: pulumi.Output[str]
    """Codat's name of the integration: `Xero`."""
    platform_key: pulumi.Output[str]
    """`gbol`."""
    portal_url: pulumi.Output[str]
    """The Portal page with the same settings."""
    redirect_uri: pulumi.Output[str]
    """The redirect URI to enter in the app at Xero."""
    secret_drift_visible: pulumi.Output[bool]
    """Whether Codat's mask shows that somebody else changed the secret."""

    def __init__(
        self,
        resource_name: str,
        *,
        client_id: pulumi.Input[str],
        client_secret: pulumi.Input[str] | FromEnv | None,
        enabled: pulumi.Input[bool] | None = True,
        app: XeroAppArgs | Mapping[str, object] | None = None,
        adopt: pulumi.Input[Literal["if_same", "overwrite", "never"]] = "if_same",
        on_destroy: pulumi.Input[Literal["retain", "disable", "delete_keys"]] = "retain",
        accept_disruption: pulumi.Input[bool] = False,
        account: Account | None = None,
        opts: pulumi.ResourceOptions | None = None,
    ) -> None:
        """Declare the integration.

        :param client_id: "Client id" on the app's Configuration page at Xero. No spaces.
        :param client_secret: The client secret, shown once by Xero; kept encrypted in state. No spaces.
            `codat.from_env("XERO_CLIENT_SECRET")`: read from that variable, and not kept in state. None: the keys are
            compared as far as they are visible, and never written.
        :param enabled: The toggle beside Xero. Default True. None: not managed.
        :param app: Facts about the app at Xero, checked in the preview; bank feeds need them.
        :param adopt: What the first apply does with keys that are there already. `if_same` takes over those of the
            declared client ID (the declared secret is written where Xero confirms it) and refuses others; `overwrite`
            writes the declared keys over whatever is there; `never` refuses any. Default `if_same`. A rename or a
            replacement is a first apply too.
        :param on_destroy: `retain` leaves everything, `disable` switches the integration off, `delete_keys` does so and
            deletes the keys. Default `retain`.
        :param accept_disruption: Allow a change of client ID (also by `adopt="overwrite"`), or deleting the keys, while
            companies are linked. They must then reconnect. Default False.
        :param account: The Codat account it is in, and where that account's API key is kept. Default: the account of
            CODAT_API_KEY or `codat:apiKey`.
        :raises pulumi.RunError: if another resource of this program declares the same integration, or an argument is of
            the wrong type.
        """
        facts = app.declared() if isinstance(app, XeroAppArgs) else app
        kept_outside = client_secret is None or isinstance(client_secret, FromEnv)
        super().__init__(
            XeroIntegrationProvider(),
            resource_name,
            setting="the Xero integration",
            inputs={
                "client_id": client_id,
                "client_secret": None if kept_outside else pulumi.Output.secret(client_secret),
                "client_secret_from": f"env:{client_secret.variable}" if isinstance(client_secret, FromEnv) else None,
                "enabled": enabled,
                "app": facts,
                # because what is the default must not show as a change in stacks that do not name it
                "adopt": None if adopt == "if_same" else adopt,
                "on_destroy": declared_policy(on_destroy),
                "accept_disruption": accept_disruption or None,
            },
            account=account,
            outputs=_OUTPUTS,
            # because what Codat shows of the keys helps nobody who reads a log, and may help one to guess
            opts=pulumi.ResourceOptions.merge(opts, pulumi.ResourceOptions(additional_secret_outputs=["keysRecord"])),
        )
        self.declared_app = facts
        self.declared_account = account
        self.declared_client_id = client_id
