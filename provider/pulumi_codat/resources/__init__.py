"""What a user declares."""

from pulumi_codat.resources.xero_app import XeroApp
from pulumi_codat.resources.xero_bank_feeds import XeroBankFeeds
from pulumi_codat.resources.xero_integration import XeroIntegration

__all__ = ["XeroApp", "XeroBankFeeds", "XeroIntegration"]
