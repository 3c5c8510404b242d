"""What to do: desired and live in, a plan out, then apply and verify. Knows nothing of Pulumi."""

from collections.abc import Callable, Mapping
from typing import Final

from pulumi_codat.reconcile.accounts import Accounts, PerAccount
from pulumi_codat.reconcile.bank_feeds import BankFeedsLifecycle
from pulumi_codat.reconcile.context import Context
from pulumi_codat.reconcile.integration import IntegrationLifecycle
from pulumi_codat.reconcile.key_check import identity_of
from pulumi_codat.reconcile.lifecycle import Difference, Lifecycle, Refreshed

__all__ = [
    "LIFECYCLES",
    "Accounts",
    "BankFeedsLifecycle",
    "Context",
    "Difference",
    "IntegrationLifecycle",
    "Lifecycle",
    "PerAccount",
    "Refreshed",
    "identity_of",
]

LIFECYCLES: Final[Mapping[str, Callable[[Context], Lifecycle]]] = {
    "XeroBankFeeds": BankFeedsLifecycle,
    "XeroIntegration": IntegrationLifecycle,
}
"""Each kind of resource by its name."""
