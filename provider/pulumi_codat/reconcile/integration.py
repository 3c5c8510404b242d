"""The life of a XeroIntegration: its keys and its toggle."""

from __future__ import annotations

from dataclasses import replace
from functools import partial
from typing import TYPE_CHECKING

from pydantic import SecretStr

from pulumi_codat.api import CodatError
from pulumi_codat.api.contract import PORTAL_PAGE
from pulumi_codat.reconcile.adoption import stop_where_contradicted
from pulumi_codat.reconcile.apply import Applied
from pulumi_codat.reconcile.declarations import Unproven
from pulumi_codat.reconcile.destroy import integration_removal
from pulumi_codat.reconcile.drift import integration_drift, repair
from pulumi_codat.reconcile.guards import Looks, guard_integration, harms, stop_at_another_app
from pulumi_codat.reconcile.hidden import integration_as_shown
from pulumi_codat.reconcile.inputs import IntegrationInputs, with_secret
from pulumi_codat.reconcile.live import Linked, LiveIntegration, endpoints_may_be_closed, read_integration, read_keys
from pulumi_codat.reconcile.outcome import achieved, keys_record, unverified
from pulumi_codat.reconcile.plan import WriteKeys, secret_changed_outside, secret_is_new
from pulumi_codat.reconcile.setting import Plan, SettingLifecycle
from pulumi_codat.reconcile.state import INTEGRATION_INPUTS, IntegrationState, last_written
from pulumi_codat.reconcile.subject import Subject
from pulumi_codat.reconcile.verification import untold, verified
from pulumi_codat.reconcile.writing import carry_out
from pulumi_codat.redaction import CHANGED_OUTSIDE
from pulumi_codat.xero import PLATFORM_KEY, REDIRECT_URI

if TYPE_CHECKING:
    from collections.abc import Sequence
    from uuid import UUID

    from pulumi_codat.api import Codat
    from pulumi_codat.reconcile.drift import Drift
    from pulumi_codat.reconcile.inputs import Declared
    from pulumi_codat.reconcile.lifecycle import Properties
    from pulumi_codat.reconcile.plan import Step

__all__ = ["IntegrationLifecycle"]


class IntegrationLifecycle(SettingLifecycle[IntegrationInputs, IntegrationState, LiveIntegration]):
    """Reconciles the Xero integration of the account that the session's key belongs to."""

    kind = "XeroIntegration"
    input_names = INTEGRATION_INPUTS
    input_type = IntegrationInputs
    state_type = IntegrationState

    def _read_live(self, codat: Codat, state: IntegrationState | None) -> LiveIntegration:
        record = state.keys_record if state else None
        if self._session.settings.writes == "api":
            return read_integration(codat, PLATFORM_KEY, record)
        had_keys = state is not None and state.was_applied and bool(state.client_id)
        return integration_as_shown(codat, PLATFORM_KEY, record, had_keys=had_keys)

    def _guard(
        self,
        codat: Codat,
        inputs: IntegrationInputs,
        state: IntegrationState | None,
        live: LiveIntegration,
        *,
        about_to_write: bool,
    ) -> tuple[Sequence[Step], Sequence[str]]:
        linked = Linked(partial(codat.linked_companies, live.integration))
        again = partial(read_keys, codat.fresh, PLATFORM_KEY)
        looks = Looks(linked, again, untold(self._session), about_to_write)
        steps, told = guard_integration(inputs, state, live, looks)
        if state is None and inputs.declares_secret and not any(isinstance(step, WriteKeys) for step in steps):
            # because with delete_before_replace the delete comes before the create
            self._session.declarations.leave_unproven(self.kind, Unproven(inputs.client_secret))
        return steps, told

    def _stop_where_taken(self, inputs: IntegrationInputs, before: LiveIntegration, live: LiveIntegration) -> None:
        super()._stop_where_taken(inputs, before, live)
        stop_at_another_app(before.keys, live.keys, inputs.client_id)

    def _begins(self, codat: Codat, account: UUID) -> None:
        self._session.announce_account(codat, account, self._label())

    def _declared(self, new: Properties, unknown: frozenset[str]) -> Declared[IntegrationInputs]:
        return with_secret(new, unknown, self._session.sources)

    def _renewed(self, inputs: IntegrationInputs, state: IntegrationState) -> bool:
        variable = inputs.client_secret_from
        # because a secret that a declared one replaces differs as an input, which the engine shows by itself
        if variable is None or state.client_secret is not None or not secret_is_new(inputs, state):
            return False
        self._session.warn_once(
            f"{self._label(state)}: {variable.words} holds another client secret than the one last written; `pulumi"
            " up` writes it"
        )
        return True

    def _drift(self, state: IntegrationState | None, live: LiveIntegration) -> Sequence[Drift]:
        return integration_drift(state, live)

    def _repair(self, codat: Codat, state: IntegrationState, live: LiveIntegration) -> str:
        if live.keys is None and endpoints_may_be_closed(codat, live.integration):
            return (
                "but Codat shows none of this integration's settings any more (404), so this account may no longer be"
                " offered these endpoints, and the keys may still be there; `pulumi up` tries to write them"
            )
        try:
            return repair(state, live, Linked(partial(codat.linked_companies, live.integration)))
        except CodatError:  # because a refresh must not fail for the sake of a warning
            return "`pulumi up` repairs it, unless companies are linked (they could not be counted)"

    def _planned(self, plan: Plan[IntegrationInputs, IntegrationState, LiveIntegration]) -> Subject:
        """What the steps are planned on; hidden keys are somebody's until a run under these was completed."""
        unclaimed = plan.live.hidden and (plan.recorded is None or plan.recorded.unfinished is not None)
        enters_keys = any(isinstance(step, WriteKeys) for step in plan.steps)
        only_if = plan.inputs.client_id if unclaimed and not enters_keys else None
        return self._subject(plan.account, plan.recorded, plan.live, only_if=only_if, unclaimed=unclaimed)

    def _subject(
        self,
        account: UUID,
        state: IntegrationState | None,
        live: LiveIntegration,
        *,
        only_if: str | None,
        unclaimed: bool,
    ) -> Subject:
        return Subject(
            self._label(state),
            account,
            live.integration,
            self._target(live.integration),
            keys=live.keys,
            keys_hidden=live.hidden,
            secret=state.client_secret if state else None,
            only_if=only_if,
            unclaimed=unclaimed,
        )

    def _seen(self, state: IntegrationState, live: LiveIntegration) -> IntegrationState:
        fits = live.hidden or (live.keys is not None and live.keys.may_be_of(state.client_id))
        rotated = live.keys is not None and secret_changed_outside(state, live.keys)
        return state.model_copy(
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

    def _note_unproven(self, inputs: IntegrationInputs, state: IntegrationState) -> None:
        unproven = state.secret_is_unproven and inputs.declares_secret
        self._session.declarations.leave_unproven(self.kind, Unproven(inputs.client_secret) if unproven else None)

    def _remove(self, codat: Codat, state: IntegrationState, live: LiveIntegration) -> Applied:
        steps, untouched = integration_removal(state, live)
        if untouched:
            self._tell(state, [untouched])
        if not steps:
            return Applied()
        linked = Linked(partial(codat.fresh.linked_companies, live.integration))
        self._tell(state, harms(steps, "", linked, accepted=bool(state.accept_disruption)))
        account, written = codat.sync_settings().client_id, last_written(state)
        subject = self._subject(account, state, live, only_if=written, unclaimed=live.hidden)
        return carry_out(self._session, codat, steps, subject)

    def _bring_about(
        self, codat: Codat, plan: Plan[IntegrationInputs, IntegrationState, LiveIntegration], new: Properties
    ) -> IntegrationState:
        inputs, live = plan.inputs, plan.live
        steps, doubt = verified(self._session, codat, plan.steps, self._label(plan.recorded))
        if doubt:
            stop_where_contradicted(inputs, live.keys, partial(read_keys, codat.fresh, PLATFORM_KEY), doubt)
            self._tell(None, [f"the declared secret is not verified at Xero: {doubt}; the keys stay as they are"])
        applied = carry_out(self._session, codat, steps, self._planned(replace(plan, steps=steps)))
        if applied.failure and not applied.left_traces:
            raise applied.failure
        overwrites = any(isinstance(step, WriteKeys) for step in steps)
        # because keys that are not shown, of an integration that is on, are somebody's
        theirs = (live.keys is not None and not overwrites) or (live.hidden and live.integration.enabled)
        before = plan.recorded or IntegrationState(adopted=theirs)
        keys, unreadable = keys_record(codat, inputs, before, live, applied)
        after = achieved(inputs, before, live, applied).model_copy(
            update={
                **self._policies(new),
                "app": new.get("app"),
                "account": new.get("account"),
                "client_secret_from": new.get("clientSecretFrom"),
                "name": live.integration.name,
                "redirect_uri": REDIRECT_URI,
                "portal_url": PORTAL_PAGE,
                "connection_limit": inputs.app.connection_limit if inputs.app else None,
                "keys_record": keys,
                "secret_drift_visible": keys is not None and keys.shows_change,
                "unverified": unverified(inputs, before, live, applied),
            }
        )
        return self._record(codat, after, live.integration, plan.account, applied, failure=unreadable)
