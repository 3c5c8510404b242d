"""The life of a XeroIntegration: its keys and its toggle."""

from __future__ import annotations

from dataclasses import replace
from functools import partial
from typing import TYPE_CHECKING

from pydantic import SecretStr

from pulumi_codat.api import CodatError
from pulumi_codat.api.contract import PORTAL_PAGE
from pulumi_codat.reconcile.adoption import stop_where_contradicted
from pulumi_codat.reconcile.declarations import Unproven
from pulumi_codat.reconcile.destroy import integration_removal
from pulumi_codat.reconcile.drift import Observed, integration_drift, secret_changed_outside
from pulumi_codat.reconcile.drift_guard import repair
from pulumi_codat.reconcile.guards import Looks, guard_integration
from pulumi_codat.reconcile.inputs import IntegrationInputs
from pulumi_codat.reconcile.key_check import untold, verified
from pulumi_codat.reconcile.keys_record import achieved, keys_record, unverified
from pulumi_codat.reconcile.live import Linked, LiveIntegration, endpoints_may_be_closed, read_integration, read_keys
from pulumi_codat.reconcile.plan import Plan, secret_is_new, writes_keys
from pulumi_codat.reconcile.setting import SettingLifecycle
from pulumi_codat.reconcile.state import INTEGRATION_INPUTS, IntegrationState, last_written
from pulumi_codat.redaction import CHANGED_OUTSIDE
from pulumi_codat.xero import PLATFORM_KEY, REDIRECT_URI

if TYPE_CHECKING:
    from pulumi_codat.api import Codat
    from pulumi_codat.reconcile.apply import Applied
    from pulumi_codat.reconcile.target import WriteTarget

__all__ = ["IntegrationLifecycle"]


class IntegrationLifecycle(SettingLifecycle[IntegrationInputs, IntegrationState, LiveIntegration]):
    """Reconciles the Xero integration of the account that the context's key belongs to."""

    kind = "XeroIntegration"
    input_names = INTEGRATION_INPUTS
    input_type = IntegrationInputs
    state_type = IntegrationState

    def _read_live(self, codat: Codat, state: IntegrationState | None) -> LiveIntegration:
        return read_integration(
            codat,
            PLATFORM_KEY,
            state.keys_record if state else None,
            may_be_hidden=self._context.settings.writes != "api",
            had_keys=state is not None and state.was_applied and bool(state.client_id),
        )

    def _plan(
        self,
        codat: Codat,
        inputs: IntegrationInputs,
        state: IntegrationState | None,
        live: LiveIntegration,
        target: WriteTarget,
        *,
        about_to_write: bool,
    ) -> Plan:
        linked = Linked.to(live.integration, codat)
        again = partial(read_keys, codat.fresh, PLATFORM_KEY)
        looks = Looks(linked, again, untold(self._context), about_to_write)
        steps, told = guard_integration(inputs, state, live, looks)
        if state is None and inputs.declares_secret and not writes_keys(steps):
            # because with delete_before_replace the delete comes before the create
            self._context.declarations.leave_unproven(self.kind, Unproven(inputs.client_secret))
        # because hidden keys are of somebody until a run under these was completed
        unclaimed = live.hidden and (state is None or state.unfinished is not None)
        return _for_person(Plan(steps, told, replace(target, unclaimed=unclaimed)), inputs)

    def _observe(self, codat: Codat, state: IntegrationState, live: LiveIntegration) -> Observed[IntegrationState]:
        fits = live.hidden or (live.keys is not None and live.keys.may_be_of(state.client_id))
        rotated = live.keys is not None and secret_changed_outside(state, live.keys)
        seen = state.model_copy(
            update={
                "client_id": state.client_id if fits else live.client_id,
                # because a secret that a variable holds is compared anew by every diff, and none is in state
                "client_secret": SecretStr(CHANGED_OUTSIDE)
                if rotated and not state.client_secret_from
                else state.client_secret,
                "enabled": None if state.enabled is None else live.integration.enabled,
                "name": live.integration.name,
                "integration_id": str(live.integration.integration_id),
            }
        )
        return Observed(seen, integration_drift(state, live), partial(_repair, codat, state, live))

    def _confirmed(self, codat: Codat, inputs: IntegrationInputs, live: LiveIntegration, plan: Plan) -> Plan:
        steps, doubt = verified(self._context, codat, plan.steps, plan.target.label)
        if doubt:
            stop_where_contradicted(inputs, live.keys, partial(read_keys, codat.fresh, PLATFORM_KEY), doubt)
            self._tell(None, [f"the declared secret is not verified at Xero: {doubt}; the keys stay as they are"])
        return _for_person(replace(plan, steps=steps), inputs)

    def _record(
        self,
        codat: Codat,
        inputs: IntegrationInputs,
        before: IntegrationState | None,
        live: LiveIntegration,
        applied: Applied,
    ) -> tuple[IntegrationState, CodatError | None]:
        overwrites = applied.keys_fate is not None
        # because keys that are not shown, of an integration that is on, are somebody's
        theirs = (live.keys is not None and not overwrites) or (live.hidden and live.integration.enabled)
        known = before or IntegrationState(adopted=theirs)
        keys, unreadable = keys_record(codat, inputs, known, live, applied)
        after = achieved(inputs, known, live, applied).model_copy(
            update={
                "name": live.integration.name,
                "redirect_uri": REDIRECT_URI,
                "portal_url": PORTAL_PAGE,
                "connection_limit": inputs.app.connection_limit if inputs.app else None,
                "keys_record": keys,
                "secret_drift_visible": keys is not None and keys.shows_change,
                "unverified": unverified(inputs, known, live, applied),
            }
        )
        return after, unreadable

    def _plan_removal(self, codat: Codat, state: IntegrationState, live: LiveIntegration, target: WriteTarget) -> Plan:
        linked = Linked.to(live.integration, codat.fresh)
        steps, told = integration_removal(state, live, linked)
        return Plan(steps, told, replace(target, only_if=last_written(state), unclaimed=live.hidden))

    def _renewed(self, inputs: IntegrationInputs, state: IntegrationState) -> bool:
        variable = inputs.client_secret_from
        # because a secret that a declared one replaces differs as an input, which the engine shows by itself
        if variable is None or state.client_secret is not None or not secret_is_new(inputs, state):
            return False
        self._tell(
            state,
            [f"{variable.words} holds another client secret than the one last written; `pulumi up` writes it"],
        )
        return True

    def _note_unproven(self, inputs: IntegrationInputs, state: IntegrationState) -> None:
        unproven = state.secret_is_unproven and inputs.declares_secret
        self._context.declarations.leave_unproven(self.kind, Unproven(inputs.client_secret) if unproven else None)


def _for_person(plan: Plan, inputs: IntegrationInputs) -> Plan:
    """The plan, with the client ID under which alone a person may act on keys that nobody sees and none are entered."""
    only_if = inputs.client_id if plan.target.unclaimed and not writes_keys(plan.steps) else None
    return replace(plan, target=replace(plan.target, only_if=only_if))


def _repair(codat: Codat, state: IntegrationState, live: LiveIntegration) -> str:
    if live.keys is None and endpoints_may_be_closed(codat, live.integration):
        return (
            "but Codat shows none of this integration's settings any more (404), so this account may no longer be"
            " offered these endpoints, and the keys may still be there; `pulumi up` tries to write them"
        )
    try:
        return repair(state, live, Linked.to(live.integration, codat))
    except CodatError:  # because a refresh must not fail for the sake of a warning
        return "`pulumi up` repairs it, unless companies are linked (they could not be counted)"
