"""The Xero integration of one Codat account, with direct bank feeds."""

import pulumi

import pulumi_codat as codat

config = pulumi.Config("xero")
app = codat.XeroAppArgs(
    name="Acme Books",
    company_url="https://acme.example",
    tier="core",
    certified_partner=True,
    bank_feeds_granted=True,
)
xero = codat.XeroIntegration(
    "xero",
    client_id=config.require("clientId"),
    client_secret=config.require_secret("clientSecret"),
    app=app,
)
codat.XeroBankFeeds("bank-feeds", integration=xero)

pulumi.export("enterThisAtXero", xero.redirect_uri)
