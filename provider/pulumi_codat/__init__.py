"""Codat's integration settings as code, for Pulumi programs in Python: `import pulumi_codat as codat`."""

from pulumi_codat.resources import XeroApp, XeroBankFeeds, XeroIntegration

__all__ = ["XeroApp", "XeroBankFeeds", "XeroIntegration"]
