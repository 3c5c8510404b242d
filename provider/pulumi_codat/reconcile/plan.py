"""What would be written: desired, recorded and live in, steps out. Pure; each step knows whether it can harm."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from pulumi_codat.api import CodatError
from pulumi_codat.reconcile.drift import secret_changed_outside
from pulumi_codat.reconcile.state import last_written
from pulumi_codat.redaction import CHANGED_OUTSIDE, mask_shows

if TYPE_CHECKING:
    from collections.abc import Sequence

    from pydantic import SecretStr

    from pulumi_codat.reconcile.inputs import BankFeedsInputs, IntegrationInputs
    from pulumi_codat.reconcile.live import LiveBankFeeds, LiveIntegration
    from pulumi_codat.reconcile.state import BankFeedsState, IntegrationState
    from pulumi_codat.reconcile.target import WriteTarget
    from pulumi_codat.xero import XeroAppFacts

__all__ = [
    "DeleteKeys",
    "Plan",
    "Step",
    "Switch",
    "SwitchBankFeeds",
    "WriteKeys",
    "keys_needed",
    "limit_matters",
    "plan_bank_feeds",
    "plan_integration",
    "secret_is_new",
    "writes_keys",
]


@dataclass(frozen=True)
class WriteKeys:
    """Replace the secure keys.

    Disruptive where keys are there: companies of another app must reconnect, and whether connections survive another
    secret of the same app is not documented (for Plaid they do not).
    `if_confirmed`: only where Xero confirms the pair, because the keys that are there may have the same secret.
    """

    client_id: str
    client_secret: SecretStr
    replaces_app: bool = False
    replaces_secret: bool = False
    if_confirmed: bool = False

    def __post_init__(self) -> None:
        """Raises `CodatError` for the mark of a secret that was changed outside, whichever way it came here."""
        if self.client_secret.get_secret_value() == CHANGED_OUTSIDE:
            raise CodatError("the mark that the live secret was changed outside of Pulumi is no secret to write")

    @property
    def disruptive(self) -> bool:
        return self.replaces_app or self.replaces_secret

    def __str__(self) -> str:
        return "write the keys"


@dataclass(frozen=True)
class Switch:
    """Switch the integration on or off. Off is disruptive: customers can no longer use it."""

    enabled: bool

    @property
    def disruptive(self) -> bool:
        return not self.enabled

    def __str__(self) -> str:
        return f"switch the integration {_on_off(self.enabled)}"


@dataclass(frozen=True)
class DeleteKeys:
    """Delete the secure keys. Disruptive: linked companies lose their connection."""

    disruptive: bool = True

    def __str__(self) -> str:
        return "delete the keys"


@dataclass(frozen=True)
class SwitchBankFeeds:
    """Switch bank feeds on or off. Off is disruptive: transactions can no longer be pushed."""

    enabled: bool

    @property
    def disruptive(self) -> bool:
        return not self.enabled

    def __str__(self) -> str:
        return f"switch bank feeds {_on_off(self.enabled)}"


Step = WriteKeys | Switch | DeleteKeys | SwitchBankFeeds


def writes_keys(steps: Sequence[Step]) -> bool:
    return any(isinstance(step, WriteKeys) for step in steps)


@dataclass(frozen=True)
class Plan:
    """The steps that the guards let through, what to warn of, and what the steps are planned on."""

    steps: Sequence[Step]
    warnings: Sequence[str]
    target: WriteTarget


def _on_off(enabled: bool) -> str:  # noqa: FBT001 because it is a word for a toggle
    return "on" if enabled else "off"


def plan_integration(
    desired: IntegrationInputs, recorded: IntegrationState | None, live: LiveIntegration
) -> tuple[Step, ...]:
    """The writes that make `live` what is `desired`.

    Off comes before anything else, on after the keys. `recorded` is None where nothing of ours is known: then the
    secret of keys that are already there under the desired client ID cannot be compared, and the declared one is
    written only where Xero confirms it, unless they are to be overwritten.
    """
    steps: list[Step] = []
    needed = keys_needed(desired, recorded, live)
    same = live.keys is not None and live.keys.is_of(desired.client_id)
    adopts = recorded is None and same and not needed and desired.adopt == "if_same"
    if desired.client_secret is not None and (needed or adopts):
        replaces_app = _replaces_app(desired.client_id, recorded, live)
        known = live.keys is not None or (live.hidden and recorded is not None)
        replaces_secret = known and not replaces_app
        steps.append(WriteKeys(desired.client_id, desired.client_secret, replaces_app, replaces_secret, adopts))
    if desired.enabled is not None and desired.enabled != live.integration.enabled:
        switch = Switch(desired.enabled)
        steps.insert(len(steps) if switch.enabled else 0, switch)
    return tuple(steps)


def _replaces_app(client_id: str, recorded: IntegrationState | None, live: LiveIntegration) -> bool:
    if live.hidden:
        return recorded is not None and last_written(recorded) != client_id
    if live.keys is None or live.keys.is_of(client_id):
        return False
    if not live.keys.may_be_of(client_id) or recorded is None or last_written(recorded) != client_id:
        return True
    # because of a client ID of which nothing is shown, only the record says that it is this one, if nothing changed
    return not mask_shows(live.client_id) and secret_changed_outside(recorded, live.keys)


def keys_needed(desired: IntegrationInputs, recorded: IntegrationState | None, live: LiveIntegration) -> bool:
    """Whether keys must be written, be their secret at hand or not; of hidden ones only the record can tell."""
    if not desired.declares_secret:
        return False
    if recorded is None and live.hidden:
        return True
    if not live.hidden and (live.keys is None or not live.keys.may_be_of(desired.client_id)):
        return True
    if recorded is None:
        return desired.adopt == "overwrite"
    unproven = recorded.secret_is_unproven or last_written(recorded) != desired.client_id
    overwrites = unproven and desired.adopt == "overwrite"
    if recorded.client_id != desired.client_id or recorded.secret_is_unknown or secret_is_new(desired, recorded):
        return True
    return overwrites or (
        live.keys is not None and (recorded.was_hidden or secret_changed_outside(recorded, live.keys))
    )


def secret_is_new(desired: IntegrationInputs, recorded: IntegrationState) -> bool:
    """Whether the declared secret, where it is at hand, is another than the one last written or adopted."""
    return desired.client_secret is not None and not recorded.holds(desired.client_secret)


def plan_bank_feeds(
    desired: BankFeedsInputs, live: LiveBankFeeds, recorded: BankFeedsState | None = None
) -> tuple[Step, ...]:
    """The write that makes the toggle what is desired, if one is needed; where it is hidden, the record tells."""
    known = live.enabled
    if known is None and recorded is not None and not recorded.unfinished:
        known = recorded.enabled
    return () if desired.enabled == known else (SwitchBankFeeds(desired.enabled),)


def limit_matters(
    app: XeroAppFacts, state: IntegrationState | None, live: LiveIntegration, steps: Sequence[Step]
) -> bool:
    """Whether to compare the linked companies with the limit of the app's tier, which costs a request.

    Only where companies are counted anyway, where the integration is opened to more of them, and where the limit is
    another than before; never in a run that changes nothing.
    """
    if app.connection_limit is None or live.keys is None:
        return False
    if state is None or state.connection_limit != app.connection_limit:
        return True
    return Switch(enabled=True) in steps or any(step.disruptive for step in steps)
