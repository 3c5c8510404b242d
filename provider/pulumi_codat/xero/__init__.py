"""Xero's rules: the facts about the app in Xero's developer portal, its secure keys, and bank transactions."""

from pulumi_codat.xero.app import REDIRECT_URI, XeroAppFacts, bank_feeds_facts_missing
from pulumi_codat.xero.identity import DEFAULT_IDENTITY_URL, Pair, Verdict, XeroIdentity
from pulumi_codat.xero.keys import INTEGRATION_ID, PLATFORM_KEY, ClientId, ClientSecret

__all__ = [
    "DEFAULT_IDENTITY_URL",
    "INTEGRATION_ID",
    "PLATFORM_KEY",
    "REDIRECT_URI",
    "ClientId",
    "ClientSecret",
    "Pair",
    "Verdict",
    "XeroAppFacts",
    "XeroIdentity",
    "bank_feeds_facts_missing",
]
