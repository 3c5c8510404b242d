"""Where we stop and say so, and what a person must know before going on.

Pure, but for counting the linked companies, which costs requests and is done only when a step is disruptive.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from pulumi_codat.api.contract import PORTAL_PAGE
from pulumi_codat.reconcile.plan import DeleteKeys, Step, Switch, SwitchBankFeeds, WriteKeys, keys_needed
from pulumi_codat.redaction import is_masked

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence

    from pulumi_codat.api import LinkedCompanies
    from pulumi_codat.reconcile.inputs import BankFeedsInputs, IntegrationInputs
    from pulumi_codat.reconcile.live import LiveBankFeeds, LiveIntegration, LiveKeys
    from pulumi_codat.reconcile.state import IntegrationState

    Count = Callable[[], LinkedCompanies]

__all__ = [
    "PRODUCT",
    "disruptions",
    "facts_missing",
    "keys_in_the_way",
    "needs_acceptance",
    "removal_refusal",
    "requirements_missing",
    "secret_missing",
]

PRODUCT: Final = "Codat must have enabled Bank Feeds for the account as well (ask your Codat account manager)"
"""The third requirement, which no request shows (https://docs.codat.io/bank-feeds/setup)."""


def keys_in_the_way(inputs: IntegrationInputs, live: LiveIntegration, *, creates: bool) -> str | None:
    """Why the keys that are (or are not) there keep the declared ones from being set, if they do.

    A first apply (`creates`) goes by `inputs.adopt`.
    """
    if live.keys is None:
        if inputs.declares_secret:
            return None
        return (
            "Codat has no keys and clientSecret is not declared, so there is nothing to write: declare the client"
            " secret, or enter the keys in the Codat Portal first"
        )
    if creates and inputs.adopt == "never":
        return (
            f'Codat already has keys, with the client ID "{live.client_id}", and adopt is "never": remove them in the'
            f' Codat Portal ({PORTAL_PAGE}), or set adopt="if_same" (also where they are of this program, from a run'
            " that was interrupted or before a rename without a refresh)"
        )
    if creates and inputs.adopt == "if_same" and not live.keys.is_of(inputs.client_id):
        return _not_the_same(inputs, live, live.keys)
    if not inputs.declares_secret and not live.keys.may_be_of(inputs.client_id):
        return (
            f'Codat has the client ID "{live.client_id}", and "{inputs.client_id}" is declared without a client secret,'
            " so the keys cannot be written: declare the client secret, or repair them in the Codat Portal"
        )
    return None


def _not_the_same(inputs: IntegrationInputs, live: LiveIntegration, keys: LiveKeys) -> str:
    overwrite = 'set adopt="overwrite"' + ("" if inputs.client_secret else " and declare the client secret")
    if is_masked(live.client_id) and keys.may_be_of(inputs.client_id):
        return (
            f'Codat already has keys, and shows too little of their client ID ("{live.client_id}") to tell whether they'
            f' are those of the declared "{inputs.client_id}"; they are not overwritten: {overwrite} to replace them by'
            f" the declared ones, or remove them in the Codat Portal ({PORTAL_PAGE})"
        )
    return (
        f'Codat already has keys with the client ID "{live.client_id}", and "{inputs.client_id}" is declared; they'
        f" are not overwritten: declare that client ID to adopt them, {overwrite} to replace them, or remove them in"
        f" the Codat Portal ({PORTAL_PAGE})"
    )


def secret_missing(inputs: IntegrationInputs, recorded: IntegrationState | None, live: LiveIntegration) -> str | None:
    """Why the variable that holds the client secret must be set, where it is not: the keys are to be written, or the
    secret is kept in it only from now on, and nothing else would tell a later one from it.
    """
    variable = inputs.client_secret_from
    if variable is None or inputs.client_secret is not None:
        return None
    if keys_needed(inputs, recorded, live):
        return f"the keys must be written, and {variable.words}, which holds the client secret, is not set or empty"
    if recorded is None or recorded.client_secret_from is None:
        return f"{variable.words} is to hold the client secret from now on, and is not set or empty"
    return None


def disruptions(steps: Sequence[Step], live_client_id: str, linked: Count) -> Iterator[tuple[Step, str]]:
    """Each step that harms linked companies, in words; `linked` is asked only when a step could."""
    harmful = [step for step in steps if step.disruptive]
    companies = linked() if harmful else None
    if companies is not None and companies.number:
        yield from ((step, _harm(step, live_client_id, str(companies))) for step in harmful)


def needs_acceptance(step: Step) -> bool:
    """Whether the harm is so certain that it must be accepted with accept_disruption."""
    return isinstance(step, DeleteKeys) or (isinstance(step, WriteKeys) and step.replaces_app)


def _harm(step: Step, live_client_id: str, companies: str) -> str:
    match step:
        case WriteKeys(replaces_app=False):
            return (
                f"the client secret changes while {companies} linked: Codat does not say whether their connections"
                " survive it (for Plaid they do not), so look at them afterwards"
            )
        case WriteKeys(client_id=client_id):
            # because a masked one may be the same after all
            verb = "may" if is_masked(live_client_id) else "would"
            shown = f' from "{live_client_id}"' if live_client_id else ""
            return (
                f'the client ID {verb} change{shown} to "{client_id}" while {companies} linked:'
                " they belong to the other Xero app and must reconnect"
            )
        case Switch():
            return f"{step} while {companies} linked: customers can no longer use it"
        case SwitchBankFeeds():
            return f"{step} while {companies} linked: transactions can no longer be pushed"
        case DeleteKeys():
            return (
                f"on_destroy is delete_keys while {companies} linked, which would cut them off; the keys were not"
                " deleted: set accept_disruption=True and run `pulumi up` first, or choose on_destroy='disable'"
            )


def removal_refusal(steps: Sequence[Step], live_client_id: str, linked: Count) -> str | None:
    """Why keys must not be deleted, if they must not."""
    deletions = [step for step in steps if isinstance(step, DeleteKeys)]
    return next((reason for _, reason in disruptions(deletions, live_client_id, linked)), None)


def requirements_missing(inputs: BankFeedsInputs, live: LiveBankFeeds) -> str | None:
    """Why bank feeds must not be switched on: the guide's requirements, as far as the app does not declare them.

    Source: https://docs.codat.io/integrations/bank-feeds/xero-bank-feeds/xero-bank-feeds-setup.
    """
    if not inputs.enabled or live.enabled:
        return None
    missing = facts_missing(inputs)
    if not missing:
        return None
    return f"bank feeds can only be switched on where the integration's app declares {missing}; {PRODUCT}"


def facts_missing(inputs: BankFeedsInputs) -> str:
    """What the app does not declare of the guide's requirements for bank feeds, in words; "" where it declares all."""
    app = inputs.app
    missing = [
        fact
        for fact, declared in (
            ("certified_partner=True (Xero app partner status)", app is not None and app.certified_partner),
            (
                "bank_feeds_granted=True (Xero has enabled the Bank Feeds API for the registered app)",
                app is not None and app.bank_feeds_granted,
            ),
        )
        if not declared
    ]
    return " and ".join(missing)
