"""What becomes of drift: the warning's end, and codat:onDrift = `fail`, which stops the run that would undo it."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from pulumi_codat.api import CodatError
from pulumi_codat.reconcile.adoption import keys_in_the_way
from pulumi_codat.reconcile.disruption import disruptions, needs_acceptance
from pulumi_codat.reconcile.inputs import NOT_KNOWN_YET, IntegrationInputs
from pulumi_codat.reconcile.plan import Step, Switch, SwitchBankFeeds, WriteKeys, plan_integration
from pulumi_codat.reconcile.state import last_written
from pulumi_codat.reconcile.write import ReadBack, read_back_keys

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from pulumi_codat.reconcile.drift import Drift
    from pulumi_codat.reconcile.live import Linked, LiveIntegration, LiveKeys
    from pulumi_codat.reconcile.state import IntegrationState
    from pulumi_codat.settings import Settings

__all__ = ["REPAIRS", "repair", "stop_replacement", "stop_where_undone", "undone", "what_follows"]

REPAIRS: Final = "`pulumi up` repairs it"


def undone(steps: Sequence[Step], drifts: Sequence[Drift], keys: LiveKeys | None = None) -> tuple[Drift, ...]:
    """Those changes made outside that the steps would undo; `keys` are the live ones."""
    fields: set[str] = set()
    for step in steps:
        match step:
            case Switch() | SwitchBankFeeds():
                fields.add("enabled")
            case WriteKeys(client_id):
                if keys is None or not keys.may_be_of(client_id):
                    fields.add("clientId")
                if read_back_keys(step, keys) is not ReadBack.DONE:
                    fields.add("clientSecret")
    return tuple(drift for drift in drifts if drift.field in fields)


def _held(settings: Settings) -> bool:
    return settings.on_drift == "fail" and not settings.accept_drift


def what_follows(settings: Settings, repair: Callable[[], str]) -> str:
    """How drift ends, for the warning of a preview; `repair` tells it where nothing is held."""
    if _held(settings):
        return "codat:onDrift is fail, so an `up` that would undo it stops, unless CODAT_ACCEPT_DRIFT is 1"
    told = repair()
    return (
        "`pulumi up` lists the manual steps that repair it" if (settings.writes, told) == ("person", REPAIRS) else told
    )


def stop_where_undone(settings: Settings, drifts: Sequence[Drift]) -> None:
    """Before the first write of a resource.

    Raises `CodatError` where codat:onDrift is `fail` and these changes made outside would be undone.
    """
    if drifts and _held(settings):
        raise CodatError(
            f"codat:onDrift is fail, and this was changed outside of Pulumi: {'; '.join(map(str, drifts))}; nothing was"
            " written for this resource: declare what is there, or let this run undo it with CODAT_ACCEPT_DRIFT=1"
        )


def stop_replacement(settings: Settings, steps: Sequence[Step], keys: LiveKeys | None) -> None:
    """Before the first write of a replacement, which is told nothing of what was applied before.

    Raises `CodatError` where codat:onDrift is `fail` and a step may change what is there.
    """
    seen = [
        step for step in steps if not isinstance(step, WriteKeys) or read_back_keys(step, keys) is not ReadBack.DONE
    ]
    if seen and _held(settings):
        raise CodatError(
            f"codat:onDrift is fail, and a replacement cannot tell what was changed outside of Pulumi from what the"
            f" program changed; it would {', '.join(map(str, seen))}; nothing was written for this resource: run"
            " without replacing it, or let this run do so with CODAT_ACCEPT_DRIFT=1"
        )


def repair(state: IntegrationState, live: LiveIntegration, linked: Linked) -> str:
    """How drift of an integration ends at the next `pulumi up`, as far as the record tells what is declared."""
    # because one that a variable holds, or that a refresh has marked as changed, is not known here
    unknown = state.client_secret_from is not None or state.secret_is_unknown
    declared = IntegrationInputs.model_construct(
        client_id=last_written(state) or state.client_id,
        client_secret=NOT_KNOWN_YET if unknown else state.client_secret,
        enabled=state.enabled_as_recorded,
    )
    obstacle = keys_in_the_way(declared, state, live)
    if obstacle:
        return f"`pulumi up` cannot repair it: {obstacle}"
    if not state.accept_disruption:
        steps = [step for step in plan_integration(declared, state, live) if needs_acceptance(step)]
        for _, harm in disruptions(steps, live.client_id, linked):
            return f"`pulumi up` repairs it only with accept_disruption=True: {harm}"
    return REPAIRS
