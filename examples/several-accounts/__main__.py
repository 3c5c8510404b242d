"""One program for two Codat accounts: Europe's and America's, each with a key of its own."""

import pulumi

import pulumi_codat as codat

# only the names of the keys are in state; each key must belong to the account it is named for
ACCOUNTS = {
    "eu": codat.Account(id="5b8d3c0e-2f41-4a6b-9c57-d1e07a3f6b21", api_key="env:CODAT_API_KEY_EU"),
    "us": codat.Account(id="c2a9f7d4-8e13-4b70-a5d6-3f9e1b4c8a02", api_key="config:codat:apiKeyUs"),
}
CLIENT_IDS = {"eu": "3D5A1C7E9B2F4860A1B2C3D4E5F60718", "us": "8F0E2D4C6B8A49719E1F3D5B7A9C0E2D"}

for region, account in ACCOUNTS.items():
    xero = codat.XeroIntegration(
        f"xero-{region}",
        account=account,
        client_id=CLIENT_IDS[region],
        # the secret stays in the variable, and a salted fingerprint of it in state
        client_secret=codat.from_env(f"XERO_CLIENT_SECRET_{region.upper()}"),
        app=codat.XeroAppArgs(name=f"Acme Books {region.upper()}", certified_partner=True, bank_feeds_granted=True),
    )
    codat.XeroBankFeeds(f"bank-feeds-{region}", integration=xero)
    pulumi.export(f"account-{region}", xero.account_name)
