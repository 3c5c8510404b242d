"""Codat's integration settings as code, for Pulumi programs in Python: `import pulumi_codat as codat`."""

from pulumi_codat.resources import Account, FromEnv, XeroAppArgs, XeroBankFeeds, XeroIntegration, from_env

__all__ = ["Account", "FromEnv", "XeroAppArgs", "XeroBankFeeds", "XeroIntegration", "from_env"]
