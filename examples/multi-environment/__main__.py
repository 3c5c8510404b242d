"""One program, three environments: everything that differs is in `environments.py`."""

import pulumi
from environments import environment_of

import pulumi_codat as codat

environment = environment_of(pulumi.get_stack())
options = pulumi.ResourceOptions(protect=environment.protect)

xero = codat.XeroIntegration(
    "xero",
    client_id=environment.client_id,
    client_secret=pulumi.Config("xero").require_secret("clientSecret"),
    app=codat.XeroAppArgs(
        name=f"Acme Books ({pulumi.get_stack()})",
        company_url="https://acme.example",
        tier=environment.tier,
        certified_partner=environment.bank_feeds,
        bank_feeds_granted=environment.bank_feeds,
    ),
    on_destroy=environment.on_destroy,
    opts=options,
)
codat.XeroBankFeeds(
    "bank-feeds",
    integration=xero,
    enabled=environment.bank_feeds,
    on_destroy="retain" if environment.on_destroy == "retain" else "disable",
    opts=options,
)

pulumi.export("account", xero.account_name)
pulumi.export("connectionLimit", xero.connection_limit)
