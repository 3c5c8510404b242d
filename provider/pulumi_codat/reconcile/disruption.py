"""Linked companies that a write would cut off or disturb: who is warned, and what must be accepted first.

Acceptance is the input `accept_disruption`. A company is linked where its connection to the integration is.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from pulumi_codat.api import CodatError
from pulumi_codat.reconcile.plan import DeleteKeys, Step, Switch, SwitchBankFeeds, WriteKeys
from pulumi_codat.redaction import is_masked

if TYPE_CHECKING:
    from collections.abc import Sequence

    from pulumi_codat.reconcile.live import Linked
    from pulumi_codat.xero import XeroAppFacts

__all__ = ["disruptions", "guard_disruption", "needs_acceptance", "tier_limit_warning"]


def guard_disruption(steps: Sequence[Step], live_client_id: str, linked: Linked, *, accepted: bool) -> Sequence[str]:
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
                " survive it (for Plaid they do not), so check them afterwards"
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


def tier_limit_warning(app: XeroAppFacts, linked: Linked) -> str | None:
    try:
        return app.crowding(linked().number)
    except CodatError as error:
        return f"linked companies could not be compared with the limit of the app's tier: {error}"
