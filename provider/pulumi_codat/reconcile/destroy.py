"""The whole rule of destroy: what a delete may write, of every resource, whether removed, renamed or replaced."""

from __future__ import annotations

from typing import TYPE_CHECKING, TypeVar

from pulumi_codat.api import CodatError
from pulumi_codat.reconcile.disruption import guard_disruption
from pulumi_codat.reconcile.drift import secret_changed_outside
from pulumi_codat.reconcile.live import LiveIntegration
from pulumi_codat.reconcile.plan import DeleteKeys, Step, Switch, SwitchBankFeeds
from pulumi_codat.reconcile.state import IntegrationState, SettingState, last_written
from pulumi_codat.reconcile.write import Fate

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence
    from uuid import UUID

    from pydantic import SecretStr

    from pulumi_codat.api import Codat
    from pulumi_codat.reconcile.apply import Applied
    from pulumi_codat.reconcile.context import Context
    from pulumi_codat.reconcile.live import Linked, LiveBankFeeds
    from pulumi_codat.reconcile.state import BankFeedsState

State = TypeVar("State", bound=SettingState)

__all__ = ["bank_feeds_removal", "integration_removal", "require_removed", "why_retained"]


def why_retained(
    context: Context,
    kind: str,
    state: State,
    look: Callable[[Codat, State], tuple[LiveIntegration | LiveBankFeeds, UUID]],
) -> str | None:
    """Why nothing is written, whatever Codat shows; None where the policy is to be carried out.

    `look` reads what is there, which matters only where a declared secret is unproven.

    Raises `CodatError` where what stays is not known to be what the program declares.
    """
    declarations = context.declarations
    if declarations.holds(kind):
        unproven = declarations.unproven(kind)
        if unproven is not None and isinstance(state, IntegrationState):
            _require_same(state, unproven.secret, look(context.begin().fresh, state)[0])
        return (
            "the program still declares this (it was renamed, moved or replaced), so the settings in Codat stay as they"
            " are"
        )
    if not state.may_be_removed:
        return "was imported and never applied from here: nothing was written"
    if context.settings.on_destroy == "retain":
        return "settings in Codat stay as they are (retain, because of CODAT_ON_DESTROY)"
    if state.on_destroy in (None, "retain"):
        return "settings in Codat stay as they are (on_destroy is retain)"
    return None


def _require_same(old: IntegrationState, declared: SecretStr | None, live: LiveIntegration | LiveBankFeeds) -> None:
    """Raises `CodatError` where the resource that goes did not leave the declared secret in Codat."""
    keys = live.keys if isinstance(live, LiveIntegration) else None
    rotated = keys is not None and secret_changed_outside(old, keys)
    if declared is None or rotated or not old.holds(declared):
        raise CodatError(
            "the declared client secret was not written, because nothing proves that it belongs to the keys that are"
            " there, and it is not known to be the one last applied from here: Codat may still hold another one; set"
            ' adopt="overwrite" and run `pulumi up` again, which writes the declared one'
        )


def integration_removal(
    state: IntegrationState, live: LiveIntegration, linked: Linked
) -> tuple[Sequence[Step], Sequence[str]]:
    """The steps of the policy, off first, and what to warn of. A toggle the program never managed is left alone.

    Raises `CodatError` where linked companies would be cut off and that is not accepted.
    """
    written = last_written(state)
    if not live.hidden and (live.keys is None or not live.keys.may_be_of(written)):
        there = f'the client ID "{live.client_id}"' if live.keys else "no keys any more (or does not show them)"
        ours = f'"{written}" was the last client ID' if written else "no keys were"
        stays = "on" if live.integration.enabled else "off"
        return (), [
            f"Codat has {there}, and {ours} written from here: nothing was written, and the integration stays {stays}"
        ]
    steps: list[Step] = []
    if state.enabled is not None and live.integration.enabled:
        steps.append(Switch(enabled=False))
    if state.on_destroy == "delete_keys":
        steps.append(DeleteKeys())
    return steps, guard_disruption(steps, "", linked, accepted=bool(state.accept_disruption))


def bank_feeds_removal(
    state: BankFeedsState, live: LiveBankFeeds, look: Callable[[], LiveIntegration], linked: Linked
) -> tuple[Sequence[Step], Sequence[str], bool]:
    """The step of the policy, what to warn of, and whether the keys are hidden, so that a person looks at them first.

    `look` reads the integration's keys, which matters only where the toggle is not off and its client ID is known.
    """
    if live.enabled is False:
        return (), (), False
    there = look() if state.client_id is not None else None
    if there and not there.hidden and (there.keys is None or not there.keys.may_be_of(state.client_id)):
        told = (
            "the integration's keys are not those that were declared when bank feeds were last applied: nothing was"
            f" written, and bank feeds stay {'on' if live.enabled else 'as they are'}"
        )
        return (), [told], False
    steps = (SwitchBankFeeds(enabled=False),)
    return steps, guard_disruption(steps, "", linked, accepted=True), there is not None and there.hidden


def require_removed(applied: Applied) -> None:
    """Raises `CodatError` where a removal is not seen to be done, so that what is removed stays in the state."""
    if applied.failure:
        story = applied.story()
        raise CodatError(f"partially applied ({story}): {applied.failure}" if story else str(applied.failure))
    if applied.has(Fate.UNVERIFIED):
        raise CodatError(
            "manual steps cannot be verified, because Codat does not show the result, so the resource stays in the"
            " state: once they are done, run this again with CODAT_ON_DESTROY=retain"
        )
