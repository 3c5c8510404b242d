"""Xero's rules: the facts about the app in Xero's developer portal, the secure keys, and their check at Xero."""

from pulumi_codat.xero.app import REDIRECT_URI, XeroAppFacts
from pulumi_codat.xero.identity import DEFAULT_IDENTITY_URL, Pair, Verdict, XeroIdentity
from pulumi_codat.xero.keys import PLATFORM_KEY, ClientId, ClientSecret

__all__ = [
    "DEFAULT_IDENTITY_URL",
    "PLATFORM_KEY",
    "REDIRECT_URI",
    "ClientId",
    "ClientSecret",
    "Pair",
    "Verdict",
    "XeroAppFacts",
    "XeroIdentity",
]
