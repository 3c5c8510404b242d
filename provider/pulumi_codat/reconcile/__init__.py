"""What to do: desired and live in, a plan out, then apply and verify. Knows nothing of Pulumi."""

from collections.abc import Callable, Mapping
from typing import Final

from pulumi_codat.reconcile.accounts import Accounts, PerAccount
from pulumi_codat.reconcile.bank_feeds import BankFeedsLifecycle
from pulumi_codat.reconcile.integration import IntegrationLifecycle
from pulumi_codat.reconcile.lifecycle import Difference, Lifecycle, Refreshed
from pulumi_codat.reconcile.session import Session
from pulumi_codat.reconcile.verification import identity_of

__all__ = [
    "LIFECYCLES",
    "Accounts",
    "BankFeedsLifecycle",
    "Difference",
    "IntegrationLifecycle",
    "Lifecycle",
    "PerAccount",
    "Refreshed",
    "Session",
    "identity_of",
]

LIFECYCLES: Final[Mapping[str, Callable[[Session], Lifecycle]]] = {
    "XeroBankFeeds": BankFeedsLifecycle,
    "XeroIntegration": IntegrationLifecycle,
}
"""Each kind of resource by its name."""
