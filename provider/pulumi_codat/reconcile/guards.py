"""Where we stop and what a person must know before we go on: functions of desired, recorded and live.

Check and diff call them to tell early; every write calls the same ones on what was read just before it. Pure, but for
the looks at Codat that are handed in and taken only where they matter. Those that need more stand with it: a removal's
in `destroy`, changes made outside in `drift`, a secret that only Xero could tell in `adoption`, the account's in
`context`.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from pulumi_codat.api import CodatError
from pulumi_codat.api.contract import PORTAL_PAGE
from pulumi_codat.reconcile.adoption import stop_where_contradicted, takeover
from pulumi_codat.reconcile.live import LiveBankFeeds, LiveIntegration
from pulumi_codat.reconcile.plan import (
    DeleteKeys,
    Step,
    Switch,
    SwitchBankFeeds,
    WriteKeys,
    keys_needed,
    limit_matters,
    plan_bank_feeds,
    plan_integration,
)
from pulumi_codat.reconcile.state import last_written
from pulumi_codat.redaction import is_masked
from pulumi_codat.xero import bank_feeds_facts_missing

if TYPE_CHECKING:
    from collections.abc import Sequence

    from pulumi_codat.reconcile.adoption import Look
    from pulumi_codat.reconcile.inputs import BankFeedsInputs, IntegrationInputs
    from pulumi_codat.reconcile.live import Linked, LiveKeys
    from pulumi_codat.reconcile.state import BankFeedsState, IntegrationState
    from pulumi_codat.xero import XeroAppFacts

__all__ = [
    "PRODUCT",
    "Looks",
    "disruptions",
    "guard_bank_feeds",
    "guard_integration",
    "harms",
    "keys_in_the_way",
    "needs_acceptance",
    "requirements_missing",
    "stop_at_another_app",
    "stop_where_taken",
]

PRODUCT: Final = "Codat must have enabled Bank Feeds for the account as well (ask your Codat account manager)"
"""The third requirement, which no request shows (https://docs.codat.io/bank-feeds/setup)."""


@dataclass(frozen=True)
class Looks:
    """What a guard may look at further. `untold` is why Xero cannot be asked about a pair of keys; None: it can."""

    linked: Linked
    keys_again: Look
    untold: str | None
    about_to_write: bool


def guard_integration(
    desired: IntegrationInputs, recorded: IntegrationState | None, live: LiveIntegration, looks: Looks
) -> tuple[Sequence[Step], Sequence[str]]:
    """The steps that may be taken, and what to warn of.

    `recorded` is None at a first apply. Raises `CodatError` where nothing may be written.
    """
    obstacle = None if live.hidden else keys_in_the_way(desired, recorded, live)
    if obstacle:
        raise CodatError(obstacle)
    steps: Sequence[Step] = plan_integration(desired, recorded, live)
    if looks.untold and any(isinstance(step, WriteKeys) and step.if_confirmed for step in steps):
        stop_where_contradicted(desired, live.keys, looks.keys_again, looks.untold)
        steps = tuple(step for step in steps if not isinstance(step, WriteKeys))
    missing = secret_missing(desired, recorded, live)
    if missing and looks.about_to_write:
        raise CodatError(f"{missing}; nothing was written: set it and run the same command again")
    told = [*harms(steps, live.client_id, looks.linked, accepted=desired.accept_disruption)]
    if missing:
        told.append(f"{missing}; `pulumi up` needs it")
    if desired.app is not None and limit_matters(desired.app, recorded, live, steps):
        told += filter(None, [_crowding(desired.app, looks.linked)])
    if recorded is None and live.keys is not None:
        told.append(takeover(desired, live.keys, steps))
    if recorded is not None and not desired.declares_secret and last_written(recorded) != desired.client_id:
        told += filter(None, [_client_id_not_seen(desired.client_id, live.keys)])
    return steps, told


def guard_bank_feeds(
    desired: BankFeedsInputs, recorded: BankFeedsState | None, live: LiveBankFeeds, linked: Linked
) -> tuple[Sequence[Step], Sequence[str]]:
    """The steps that may be taken, and what to warn of. Raises `CodatError` where nothing may be written."""
    steps = plan_bank_feeds(desired, live, recorded)
    switches_on = SwitchBankFeeds(enabled=True) in steps
    obstacle = requirements_missing(desired, live) if switches_on else None
    if obstacle:
        raise CodatError(obstacle)
    told = [*harms(steps, "", linked, accepted=True)]
    if switches_on:
        told.append(
            "switching bank feeds on asks Xero for one more permission, so linked companies may have to consent again"
        )
    missing = bank_feeds_facts_missing(desired.app)
    if desired.enabled and live.enabled and missing:
        told.append(
            f"bank feeds are on in Codat, but the integration's app does not declare {missing}, without which Xero"
            " refuses what is pushed: declare what is true, or switch them off"
        )
    return steps, told


def keys_in_the_way(inputs: IntegrationInputs, recorded: IntegrationState | None, live: LiveIntegration) -> str | None:
    """Why the keys that are (or are not) there keep the declared ones from being set, if they do.

    `inputs.adopt` decides where none were ever ours: at a first apply, or after one that stopped before its keys.
    """
    if live.keys is None:
        if inputs.declares_secret:
            return None
        return (
            "Codat has no keys and clientSecret is not declared, so there is nothing to write: declare the client"
            " secret, or enter the keys in the Codat Portal first"
        )
    if recorded is None and inputs.adopt == "never":
        return (
            f'Codat already has keys, with the client ID "{live.client_id}", and adopt is "never": remove them in the'
            f' Codat Portal ({PORTAL_PAGE}), or set adopt="if_same" (also where they are of this program, from a run'
            " that was interrupted, or before a rename or a replacement)"
        )
    if recorded is None or last_written(recorded) is None:
        fits = live.keys.is_of if recorded is None else live.keys.may_be_of
        if inputs.adopt != "overwrite" and not fits(inputs.client_id):
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


def _client_id_not_seen(client_id: str, keys: LiveKeys | None) -> str | None:
    """What to say of a client ID that the program changes and does not write, where no read shows which is there."""
    if keys is None or keys.is_of(client_id):
        return None
    return (
        f'Codat shows too little of the client ID ("{keys.client_id}") to tell whether it is "{client_id}" by now,'
        " which is not written, because no client secret is declared: look in the Codat Portal, or declare one"
    )


def stop_where_taken(
    before: LiveIntegration | LiveBankFeeds,
    live: LiveIntegration | LiveBankFeeds,
    inputs: IntegrationInputs | BankFeedsInputs,
) -> None:
    """Raises `CodatError` where the setting is hidden, or another app's, since this run looked first."""
    if live.hidden and not before.hidden:
        raise CodatError(
            "Codat showed this at first and refused to show it just before the write, so what is there is not known;"
            " nothing was written for this resource: run the same command again"
        )
    if isinstance(before, LiveIntegration) and isinstance(live, LiveIntegration) and inputs.client_id is not None:
        stop_at_another_app(before.keys, live.keys, inputs.client_id)


def stop_at_another_app(planned_on: LiveKeys | None, live: LiveKeys | None, client_id: str) -> None:
    """Raises `CodatError` where the keys of another app came there since this run looked first."""
    if live is None or live.may_be_of(client_id) or is_masked(live.client_id):
        return  # because a masked client ID may look different at every read
    if planned_on is None or live.client_id != planned_on.client_id:
        raise CodatError(
            f'the client ID in Codat became "{live.client_id}" while this ran; the keys were not written: run the'
            " same command again, which begins with a new look"
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


def harms(steps: Sequence[Step], live_client_id: str, linked: Linked, *, accepted: bool) -> Sequence[str]:
    """What the steps do to linked companies, to be warned of.

    Raises `CodatError` where that must be accepted and is not, also where companies cannot be counted. A step that
    needs no acceptance is not stopped for want of their number.
    """
    blocked = () if accepted else tuple(step for step in steps if needs_acceptance(step))
    try:
        told = disruptions(steps, live_client_id, linked)
    except CodatError as error:
        if blocked:
            raise
        return (f"linked companies could not be counted: {error}",)
    for step, harm in told:
        if step in blocked:
            raise CodatError(f"{harm}; {_way_out(step)}")
    return tuple(harm for _, harm in told)


def disruptions(steps: Sequence[Step], live_client_id: str, linked: Linked) -> Sequence[tuple[Step, str]]:
    """Each step that harms linked companies, in words; they are counted only when a step could."""
    harmful = [step for step in steps if step.disruptive]
    companies = linked() if harmful else None
    if companies is None or not companies.number:
        return ()
    return [(step, _harm(step, live_client_id, str(companies))) for step in harmful]


def needs_acceptance(step: Step) -> bool:
    """Whether the harm is so certain that it must be accepted with accept_disruption."""
    return isinstance(step, DeleteKeys) or (isinstance(step, WriteKeys) and step.replaces_app)


def _way_out(step: Step) -> str:
    if isinstance(step, DeleteKeys):
        return (
            "nothing was written: set accept_disruption=True and run `pulumi up` first, or choose on_destroy='disable'"
        )
    return "set accept_disruption=True if that is intended"


def _harm(step: Step, live_client_id: str, companies: str) -> str:
    match step:
        case WriteKeys(replaces_app=False, if_confirmed=if_confirmed):
            verb = "may change" if if_confirmed else "changes"
            return (
                f"the client secret {verb} while {companies} linked: Codat does not say whether their connections"
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
            return f"on_destroy is delete_keys while {companies} linked, which cuts them off"


def _crowding(app: XeroAppFacts, linked: Linked) -> str | None:
    try:
        return app.crowding(linked().number)
    except CodatError as error:
        return f"linked companies could not be compared with the limit of the app's tier: {error}"


def requirements_missing(inputs: BankFeedsInputs, live: LiveBankFeeds) -> str | None:
    """Why bank feeds must not be switched on: the guide's requirements, as far as the app does not declare them."""
    if not inputs.enabled or live.enabled:
        return None
    missing = bank_feeds_facts_missing(inputs.app)
    if not missing:
        return None
    return f"bank feeds can only be switched on where the integration's app declares {missing}; {PRODUCT}"
