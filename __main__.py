"""Xero at Codat, for the account of this stack: set the configuration, then `pulumi up`."""

import os

import pulumi

import pulumi_codat as codat

config = pulumi.Config("xero")


def client_secret() -> pulumi.Output[str]:
    """The secret from `xero:clientSecret`, or from XERO_CLIENT_SECRET; never from both if they differ."""
    configured, exported = config.get_secret("clientSecret"), os.environ.get("XERO_CLIENT_SECRET")
    if configured is None and not exported:
        raise pulumi.RunError(
            "no client secret: `pulumi config set --secret xero:clientSecret`, or set XERO_CLIENT_SECRET"
        )
    if configured is None:
        return pulumi.Output.secret(exported)
    return configured.apply(lambda value: _the_same(value, exported)) if exported else configured


def _the_same(configured: str, exported: str) -> str:
    if configured != exported:
        raise pulumi.RunError("xero:clientSecret and XERO_CLIENT_SECRET are both set and differ: remove one of them")
    return configured


# because a slip of the keyboard must not take production's settings down
options = pulumi.ResourceOptions(protect=config.get_bool("protect"))

xero = codat.XeroIntegration(
    "xero",
    client_id=config.require("clientId"),
    client_secret=client_secret(),
    enabled=config.get_bool("enabled", default=True),
    app=config.get_object("app"),
    opts=options,
)

bank_feeds = config.get_bool("bankFeeds")
if bank_feeds is not None:
    codat.XeroBankFeeds("bank-feeds", integration=xero, enabled=bank_feeds, opts=options)

pulumi.export("redirectUri", xero.redirect_uri)
pulumi.export("portalPage", xero.portal_url)
pulumi.export("account", xero.account_id)
