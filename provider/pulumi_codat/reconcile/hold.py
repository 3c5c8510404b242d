"""Changes made outside, held against what was last applied from here, and the stop before they would be undone."""

from __future__ import annotations

from typing import TYPE_CHECKING

from pulumi_codat.api import CodatError
from pulumi_codat.reconcile.plan import Drift, Step, Switch, SwitchBankFeeds, WriteKeys
from pulumi_codat.reconcile.prospects import REPAIRS
from pulumi_codat.reconcile.sight import Sight, sight_of_keys
from pulumi_codat.reconcile.state import last_written
from pulumi_codat.redaction import mask_fits

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence

    from pulumi_codat.reconcile.live import LiveBankFeeds, LiveIntegration, LiveKeys
    from pulumi_codat.reconcile.session import Session
    from pulumi_codat.reconcile.state import BankFeedsState, IntegrationState, SettingState
    from pulumi_codat.settings import Settings

__all__ = [
    "bank_feeds_changed_outside",
    "integration_changed_outside",
    "stop_if_undone",
    "taken_over",
    "undone",
    "what_follows",
]


def integration_changed_outside(state: IntegrationState | None, live: LiveIntegration) -> tuple[Drift, ...]:
    """Where Codat is no longer as last applied from here.

    Unlike drift this is not measured by the recorded inputs, which a refresh (also one before a failed `up`) replaces.
    """
    if state is None or not state.was_applied or state.unfinished:
        return ()
    return (*_keys(state, live), *_toggle(state, live=live.integration.enabled))


def bank_feeds_changed_outside(state: BankFeedsState | None, live: LiveBankFeeds) -> tuple[Drift, ...]:
    """Where the toggle is no longer as last applied from here."""
    if state is None or not state.was_applied or state.unfinished or live.enabled is None:
        return ()
    return tuple(_toggle(state, live=live.enabled))


def _keys(state: IntegrationState, live: LiveIntegration) -> Iterator[Drift]:
    written, record = last_written(state), state.keys_record
    if live.hidden or record is None:
        return
    if live.keys is None or not live.keys.may_be_of(written):
        yield Drift("clientId", f'"{live.client_id}"', f'"{written}"')
    declared = state.secret_is_ours or state.secret_is_unknown
    if declared and live.keys and record.mask and live.keys.fingerprint(record.salt) != record.mask:
        yield Drift("clientSecret", "[another secret]", "[secret]")


def _toggle(state: SettingState, *, live: bool) -> Iterator[Drift]:
    applied = state.enabled if state.applied_enabled is None else state.applied_enabled
    if state.enabled is not None and applied != live:
        yield Drift("enabled", str(live).lower(), str(applied).lower())


def undone(steps: Sequence[Step], changed: Sequence[Drift], keys: LiveKeys | None = None) -> tuple[Drift, ...]:
    """Those changes made outside that the steps would undo; `keys` are the live ones."""
    fields: set[str] = set()
    for step in steps:
        match step:
            case Switch() | SwitchBankFeeds():
                fields.add("enabled")
            case WriteKeys(client_id):
                if keys is None or not mask_fits(keys.client_id, client_id):
                    fields.add("clientId")
                if sight_of_keys(step, keys) is not Sight.DONE:
                    fields.add("clientSecret")
    return tuple(drift for drift in changed if drift.field in fields)


def taken_over(state: SettingState) -> bool:
    """Whether the program declares by now what was changed outside, and that is not recorded yet."""
    return state.applied_enabled is not None and state.enabled not in (None, state.applied_enabled)


def what_follows(settings: Settings, repair: Callable[[], str]) -> str:
    """How drift ends, for the warning of a preview; `repair` tells it where nothing is held."""
    if settings.on_drift == "fail" and not settings.accept_drift:
        return "codat:onDrift is fail, so an `up` that would undo it stops, unless CODAT_ACCEPT_DRIFT is 1"
    told = repair()
    return "`pulumi up` asks a person to repair it" if (settings.writes, told) == ("person", REPAIRS) else told


def stop_if_undone(session: Session, kind: str, drifts: Sequence[Drift]) -> None:
    """Before the first write of a resource.

    Raises `CodatError` where codat:onDrift is `fail` and this would undo a change made outside, or where another
    resource's has been seen: whether the program would undo that is not known yet, and then it would be too late.
    """
    session.note_outside(kind, ())
    if session.settings.on_drift != "fail" or session.settings.accept_drift:
        return
    found = [*(str(drift) for drift in drifts), *session.noted_outside()]
    if found:
        raise CodatError(
            f"codat:onDrift is fail, and this was changed outside of Pulumi: {'; '.join(found)}; nothing was written:"
            " declare what is there, or let this run undo it with CODAT_ACCEPT_DRIFT=1"
        )
