"""Xero's rules: the facts about the app in Xero's developer portal, and the secure keys."""

from pulumi_codat.xero.app import REDIRECT_URI, XeroAppFacts
from pulumi_codat.xero.keys import PLATFORM_KEY, ClientId, ClientSecret

__all__ = ["PLATFORM_KEY", "REDIRECT_URI", "ClientId", "ClientSecret", "XeroAppFacts"]
