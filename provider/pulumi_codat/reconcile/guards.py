"""Where we stop and what a person must know before we go on: functions of desired, recorded and live.

Check and diff call them to tell early; every write calls the same ones on what was read just before it. Pure, but for
the looks at Codat that are handed in and taken only where they matter. Those that need more stand with it: a removal's
in `destroy`, changes made outside in `drift_guard`, a secret that only Xero could tell in `adoption`, the account's in
`context`.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from pulumi_codat.api import CodatError
from pulumi_codat.reconcile.adoption import (
    adoption_warning,
    client_id_not_seen,
    keys_in_the_way,
    stop_where_contradicted,
)
from pulumi_codat.reconcile.disruption import guard_disruption, tier_limit_warning
from pulumi_codat.reconcile.drift import client_id_taken_back, taken_back
from pulumi_codat.reconcile.live import LiveBankFeeds, LiveIntegration
from pulumi_codat.reconcile.plan import (
    Step,
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

__all__ = [
    "PRODUCT",
    "Looks",
    "guard_bank_feeds",
    "guard_integration",
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
    uncertain = recorded and (
        taken_back(recorded, live=live.integration.enabled, desired=desired.enabled)
        or client_id_taken_back(recorded, live, desired.client_id)
    )
    if uncertain:
        return _leave(uncertain, about_to_write=looks.about_to_write)
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
    told = [*guard_disruption(steps, live.client_id, looks.linked, accepted=desired.accept_disruption)]
    if missing:
        told.append(f"{missing}; `pulumi up` needs it")
    if desired.app is not None and limit_matters(desired.app, recorded, live, steps):
        told += filter(None, [tier_limit_warning(desired.app, looks.linked)])
    if recorded is None and live.keys is not None:
        told.append(adoption_warning(desired, live.keys, steps))
    if recorded is not None and not desired.declares_secret and last_written(recorded) != desired.client_id:
        told += filter(None, [client_id_not_seen(desired.client_id, live.keys)])
    return steps, told


def guard_bank_feeds(
    desired: BankFeedsInputs,
    recorded: BankFeedsState | None,
    live: LiveBankFeeds,
    linked: Linked,
    *,
    about_to_write: bool,
) -> tuple[Sequence[Step], Sequence[str]]:
    """The steps that may be taken, and what to warn of. Raises `CodatError` where nothing may be written."""
    uncertain = recorded and taken_back(recorded, live=live.enabled, desired=desired.enabled)
    if uncertain:
        return _leave(uncertain, about_to_write=about_to_write)
    steps = plan_bank_feeds(desired, live, recorded)
    switches_on = SwitchBankFeeds(enabled=True) in steps
    obstacle = requirements_missing(desired, live) if switches_on else None
    if obstacle:
        raise CodatError(obstacle)
    told = [*guard_disruption(steps, "", linked, accepted=True)]
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


def _leave(uncertain: str, *, about_to_write: bool) -> tuple[Sequence[Step], Sequence[str]]:
    """No step, and a warning. Raises `CodatError` where a write is due, because the intent is not certain."""
    if about_to_write:
        raise CodatError(f"{uncertain}; nothing was written")
    return (), [uncertain]


def stop_where_taken(
    before: LiveIntegration | LiveBankFeeds,
    live: LiveIntegration | LiveBankFeeds,
    inputs: IntegrationInputs | BankFeedsInputs,
) -> None:
    """Raises `CodatError` where the setting is hidden, or another app's, since this run looked first."""
    if live.hidden and not before.hidden:
        raise CodatError(
            "Codat stopped showing this setting during the run, so its value is unknown;"
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
            f'the client ID in Codat changed to "{live.client_id}" during this run; the keys were not written: run the'
            " same command again"
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


def requirements_missing(inputs: BankFeedsInputs, live: LiveBankFeeds) -> str | None:
    """Why bank feeds must not be switched on: the guide's requirements, as far as the app does not declare them."""
    if not inputs.enabled or live.enabled:
        return None
    missing = bank_feeds_facts_missing(inputs.app)
    if not missing:
        return None
    return f"bank feeds can only be switched on where the integration's app declares {missing}; {PRODUCT}"
