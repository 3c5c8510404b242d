"""What a preview tells of what is there and of what will become of it, in words.

Pure, but for the looks at Codat that are handed in and taken only where they matter.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from pulumi_codat.api import CodatError
from pulumi_codat.api.contract import CLIENT_SECRET
from pulumi_codat.reconcile.inputs import NOT_KNOWN_YET, IntegrationInputs
from pulumi_codat.reconcile.plan import Step, Switch, WriteKeys, applied_client_id, plan_integration
from pulumi_codat.reconcile.refusals import disruptions, keys_in_the_way, needs_acceptance

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from pydantic import SecretStr

    from pulumi_codat.reconcile.live import LiveIntegration, LiveKeys
    from pulumi_codat.reconcile.refusals import Count
    from pulumi_codat.reconcile.state import IntegrationState
    from pulumi_codat.xero import XeroAppFacts

    Look = Callable[[], LiveKeys | None]

__all__ = ["REPAIRS", "crowding", "harms", "limit_matters", "repair", "takeover"]

REPAIRS: Final = "`pulumi up` repairs it"


def takeover(inputs: IntegrationInputs, keys: LiveKeys, steps: Sequence[Step], look_again: Look) -> str:
    """What a first apply does with keys that are there already; it looks again only where a mask contradicts."""
    others = ", ".join(str(step) for step in steps if not isinstance(step, WriteKeys))
    if any(isinstance(step, WriteKeys) for step in steps):
        what = (
            f'the secret of client ID "{keys.client_id}" by the declared one'
            if keys.is_of(inputs.client_id)
            else f'the keys of client ID "{keys.client_id}" by those of "{inputs.client_id}"'
        )
        return f"overwrites what is there: {what}" + (f"; {others} will be written as well" if others else "")
    switches = any(isinstance(step, Switch) for step in steps)
    toggle = "" if switches or inputs.enabled is None else f" and enabled={str(inputs.enabled).lower()}"
    verb = "are" if toggle else "is"
    return (
        f'adopts what is there: client ID "{keys.client_id}"{toggle} {verb} as declared;'
        f" {_secret(inputs, keys, look_again)}; {others or 'nothing'} will be written"
    )


def _secret(inputs: IntegrationInputs, keys: LiveKeys, look_again: Look) -> str:
    secret = inputs.client_secret
    if secret not in (None, NOT_KNOWN_YET) and not keys.may_hold(secret.get_secret_value()):
        again = look_again()
        if again is not None and not again.unsteady(CLIENT_SECRET, keys):
            return (
                "what Codat shows of the secret contradicts the declared one, and it stays as it is"
                ' (adopt="overwrite" writes the declared one)'
            )
    return "the secret is not compared and stays as it is"


def harms(steps: Sequence[Step], live_client_id: str, linked: Count, *, accepted: bool) -> Sequence[str]:
    """What the steps do to linked companies, to be warned of.

    Raises `CodatError` where that must be accepted and is not, also where companies cannot be counted. A step that
    needs no acceptance is not stopped for want of their number.
    """
    blocked = () if accepted else tuple(step for step in steps if needs_acceptance(step))
    try:
        told = tuple(disruptions(steps, live_client_id, linked))
    except CodatError as error:
        if blocked:
            raise
        return (f"linked companies could not be counted: {error}",)
    for step, harm in told:
        if step in blocked:
            raise CodatError(f"{harm}; set accept_disruption=True if that is intended")
    return tuple(harm for _, harm in told)


def crowding(app: XeroAppFacts, linked: Count) -> str | None:
    """How near the linked companies are to the limit of the app's tier; a warning, whatever comes of counting."""
    try:
        return app.crowding(linked().number)
    except CodatError as error:
        return f"linked companies could not be compared with the limit of the app's tier: {error}"


def repair(state: IntegrationState, live: LiveIntegration, linked: Count) -> str:
    """How drift of an integration ends at the next `pulumi up`, as far as the record tells what is declared."""
    declared = IntegrationInputs.model_construct(
        client_id=applied_client_id(state), client_secret=_declared_secret(state), enabled=state.enabled
    )
    obstacle = keys_in_the_way(declared, live, creates=False)
    if obstacle:
        return f"`pulumi up` cannot repair it: {obstacle}"
    if not state.accept_disruption:
        steps = [step for step in plan_integration(declared, state, live) if needs_acceptance(step)]
        for _, harm in disruptions(steps, live.client_id, linked):
            return f"`pulumi up` repairs it only with accept_disruption=True: {harm}"
    return REPAIRS


def _declared_secret(state: IntegrationState) -> SecretStr | None:
    """The secret as the record has it; what stands for one that a variable holds is not known here."""
    return state.client_secret or (NOT_KNOWN_YET if state.client_secret_from else None)


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
