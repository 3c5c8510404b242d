"""The Xero integration with direct bank feeds; `pipeline.sh` brings it up and pushes a statement through it."""

import pulumi

import pulumi_codat as codat

config = pulumi.Config("xero")
xero = codat.XeroIntegration(
    "xero",
    client_id=config.require("clientId"),
    client_secret=codat.from_env("XERO_CLIENT_SECRET"),
    app=codat.XeroAppArgs(
        name="Acme Books",
        company_url="https://acme.example",
        certified_partner=True,
        bank_feeds_granted=True,
    ),
)
feeds = codat.XeroBankFeeds("bank-feeds", integration=xero)

pulumi.export("bankFeeds", feeds.enabled)
