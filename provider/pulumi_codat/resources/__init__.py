"""What a user declares."""

from pulumi_codat.resources.account import Account
from pulumi_codat.resources.from_env import FromEnv, from_env
from pulumi_codat.resources.xero_app import XeroAppArgs
from pulumi_codat.resources.xero_bank_feeds import XeroBankFeeds
from pulumi_codat.resources.xero_integration import XeroIntegration

__all__ = ["Account", "FromEnv", "XeroAppArgs", "XeroBankFeeds", "XeroIntegration", "from_env"]
