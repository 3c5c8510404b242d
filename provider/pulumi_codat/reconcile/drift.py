"""Drift: where Codat is no longer as last applied from here, by our own record, which no refresh changes.

The preview, the refresh, the warning and codat:onDrift = `fail` stand on this one definition.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Generic, TypeVar

from pulumi_codat.reconcile.state import BankFeedsState, IntegrationState, SettingState, last_written

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence

    from pulumi_codat.reconcile.live import LiveBankFeeds, LiveIntegration, LiveKeys

__all__ = [
    "Drift",
    "Observed",
    "bank_feeds_drift",
    "client_id_taken_back",
    "integration_drift",
    "secret_changed_outside",
    "taken_back",
]

State = TypeVar("State", bound=SettingState)


@dataclass(frozen=True)
class Drift:
    """One setting that Codat shows otherwise than declared; `live` and `declared` as they may be shown."""

    field: str
    live: str
    declared: str

    def __str__(self) -> str:
        return f"{self.field} is {self.live} in Codat, declared {self.declared}"


def integration_drift(state: IntegrationState | None, live: LiveIntegration) -> tuple[Drift, ...]:
    """Where the integration is no longer as last applied; nothing is claimed of a run that was partially applied."""
    if state is None or not state.was_applied or state.unfinished:
        return ()
    return (*_keys(state, live), *_toggle(state, live=live.integration.enabled))


def bank_feeds_drift(state: BankFeedsState | None, live: LiveBankFeeds) -> tuple[Drift, ...]:
    """Where the toggle is no longer as last applied; what was partially applied may have taken effect after all."""
    if state is None or not state.was_applied or state.unfinished or live.enabled is None:
        return ()
    return tuple(_toggle(state, live=live.enabled))


def _keys(state: IntegrationState, live: LiveIntegration) -> Iterator[Drift]:
    written = last_written(state)
    if live.hidden or written is None:
        return
    # because without a declared secret the keys are a person's, who may have entered what is declared by now
    entered = live.keys is not None and not state.holds_secret and live.keys.is_of(state.client_id)
    if live.keys is None or not (entered or live.keys.may_be_of(written)):
        yield Drift("clientId", f'"{live.client_id}"', f'"{written}"')
    if live.keys and secret_changed_outside(state, live.keys):
        yield Drift("clientSecret", "[another secret]", "[secret]")


def _toggle(state: SettingState, *, live: bool) -> Iterator[Drift]:
    applied = state.enabled_as_recorded
    if applied is not None and applied != live:
        yield Drift("enabled", str(live).lower(), str(applied).lower())


def secret_changed_outside(recorded: IntegrationState, live: LiveKeys) -> bool:
    """Whether what Codat shows of the keys is no longer what it showed after our last write."""
    record = recorded.keys_record
    if record is None or record.mask is None or not (recorded.secret_is_ours or recorded.secret_is_unknown):
        return False
    return live.fingerprint(record.salt) != record.mask


def taken_back(state: SettingState, *, live: bool | None, desired: bool | None) -> str | None:
    """Why it cannot be told which toggle is declared, where it cannot.

    A refresh recorded another value than was applied, which is there again. An input of that other value is declared by
    the program, or is only the record: the engine passes that on for an input that is ignored (`ignore_changes`).
    """
    applied = state.enabled_as_recorded
    if applied is None or live != applied or desired in (None, applied) or state.enabled != desired:
        return None
    return _uncertain("enabled", str(desired).lower(), str(applied).lower())


def client_id_taken_back(state: IntegrationState, live: LiveIntegration, desired: str) -> str | None:
    """The same for the client ID, where the keys are ours to write."""
    written, keys = last_written(state), live.keys
    if not state.holds_secret or state.unfinished or desired == written or state.client_id != desired:
        return None
    # because a refresh clears up only what Codat shows
    if keys is None or not keys.may_be_of(written) or keys.may_be_of(desired):
        return None
    return _uncertain("clientId", f'"{desired}"', f'"{written}"')


def _uncertain(name: str, recorded: str, applied: str) -> str:
    return (
        f"a refresh recorded {name} {recorded}, and Codat shows {applied} again, as last applied from here, so it"
        " cannot be told which is declared (`ignore_changes`): run the same command with a refresh"
    )


@dataclass(frozen=True)
class Observed(Generic[State]):
    """The state with what Codat shows, our own records as they were; and where that is not as last applied.

    `repair` tells what becomes of the drift at the next `pulumi up`, or what stands in its way.
    """

    state: State
    drifts: Sequence[Drift]
    repair: Callable[[], str]
