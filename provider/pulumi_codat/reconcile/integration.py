"""The life of a XeroIntegration: its keys and its toggle."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING

from pydantic import SecretStr

from pulumi_codat.api import CodatError
from pulumi_codat.api.contract import PORTAL_PAGE
from pulumi_codat.reconcile.apply import Applied
from pulumi_codat.reconcile.hidden import integration_as_shown
from pulumi_codat.reconcile.hold import integration_changed_outside
from pulumi_codat.reconcile.inputs import IntegrationInputs, with_secret
from pulumi_codat.reconcile.live import LiveIntegration, endpoints_may_be_closed, read_integration, read_keys
from pulumi_codat.reconcile.outcome import achieved, keys_record, unverified
from pulumi_codat.reconcile.plan import (
    WriteKeys,
    integration_drift,
    keys_changed_outside,
    plan_integration,
    plan_removal,
    secret_is_new,
)
from pulumi_codat.reconcile.prospects import crowding, harms, limit_matters, repair, takeover
from pulumi_codat.reconcile.refusals import keys_in_the_way, removal_refusal, secret_missing
from pulumi_codat.reconcile.setting import SettingLifecycle
from pulumi_codat.reconcile.state import INTEGRATION_INPUTS, IntegrationState, last_written
from pulumi_codat.reconcile.subject import Subject
from pulumi_codat.reconcile.verification import verify_keys
from pulumi_codat.reconcile.writing import carry_out, foresee_person
from pulumi_codat.redaction import CHANGED_OUTSIDE
from pulumi_codat.xero import PLATFORM_KEY, REDIRECT_URI

if TYPE_CHECKING:
    from collections.abc import Sequence
    from uuid import UUID

    from pulumi_codat.api import Codat
    from pulumi_codat.reconcile.inputs import Declared
    from pulumi_codat.reconcile.lifecycle import Properties
    from pulumi_codat.reconcile.plan import Drift, Step

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

    def _foresee(
        self, codat: Codat, inputs: IntegrationInputs, state: IntegrationState | None, live: LiveIntegration
    ) -> None:
        _stop_at_keys_in_the_way(inputs, state, live)
        steps = plan_integration(inputs, state, live)
        linked = partial(codat.linked_companies, live.integration)
        told = [*harms(steps, live.client_id, linked, accepted=inputs.accept_disruption)]
        missing = secret_missing(inputs, state, live)
        if missing:
            told.append(f"{missing}; `pulumi up` needs it")
        if inputs.app is not None and limit_matters(inputs.app, state, live, steps):
            told += filter(None, [crowding(inputs.app, linked)])
        if state is None and live.keys is not None:
            told.append(takeover(inputs, live.keys, steps, partial(read_keys, codat.fresh, PLATFORM_KEY)))
        for line in told:
            self._session.warn_once(f"{self._label(state)}: {line}")
        if steps:
            account = codat.sync_settings().client_id
            foresee_person(self._session, codat, steps, self._planned(account, inputs, state, live, steps))

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

    def _drift(self, state: IntegrationState, live: LiveIntegration) -> Sequence[Drift]:
        return integration_drift(state, live)

    def _repair(self, codat: Codat, state: IntegrationState, live: LiveIntegration) -> str:
        if live.keys is None and endpoints_may_be_closed(codat, live.integration):
            return (
                "but Codat shows none of this integration's settings any more (404), so this account may no longer be"
                " offered these endpoints, and the keys may still be there; `pulumi up` tries to write them"
            )
        try:
            return repair(state, live, partial(codat.linked_companies, live.integration))
        except CodatError:  # because a refresh must not fail for the sake of a warning
            return "`pulumi up` repairs it, unless companies are linked (they could not be counted)"

    def _changed_outside(self, state: IntegrationState | None, live: LiveIntegration) -> Sequence[Drift]:
        return integration_changed_outside(state, live)

    def _is_shown(self, live: LiveIntegration) -> bool:
        return not live.hidden

    def _planned(
        self,
        account: UUID,
        inputs: IntegrationInputs,
        state: IntegrationState | None,
        live: LiveIntegration,
        steps: Sequence[Step],
    ) -> Subject:
        """What the steps are planned on; hidden keys are somebody's until a run under these was completed."""
        unclaimed = live.hidden and (state is None or state.unfinished is not None)
        enters_keys = any(isinstance(step, WriteKeys) for step in steps)
        only_if = inputs.client_id if unclaimed and not enters_keys else None
        return self._subject(account, state, live, only_if=only_if, unclaimed=unclaimed)

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
        rotated = live.keys is not None and keys_changed_outside(state, live.keys)
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

    def _remove(self, codat: Codat, state: IntegrationState, live: LiveIntegration) -> Applied:
        written = last_written(state)
        if not live.hidden and (live.keys is None or not live.keys.may_be_of(written)):
            there = f'the client ID "{live.client_id}"' if live.keys else "no keys any more (or does not show them)"
            ours = f'"{written}" was the last client ID' if written else "no keys were"
            self._session.warn_once(
                f"{self._label(state)}: Codat has {there}, and {ours} written from here: nothing was written, and the"
                f" integration stays {'on' if live.integration.enabled else 'off'}"
            )
            return Applied()
        policy = self._session.destroy_policy(state.on_destroy, adopted=state.adopted, label=self._label(state))
        steps = plan_removal(policy, manages_enabled=state.enabled is not None, live=live)
        if not state.accept_disruption:
            refusal = removal_refusal(steps, live.client_id, partial(codat.linked_companies, live.integration))
            if refusal:
                raise CodatError(refusal)
        subject = self._subject(codat.sync_settings().client_id, state, live, only_if=written, unclaimed=live.hidden)
        return carry_out(self._session, codat, steps, subject)

    def _bring_about(self, codat: Codat, state: IntegrationState | None, new: Properties) -> IntegrationState:
        inputs = self._declared(new, frozenset()).required()
        live, account = self._look(codat, state)
        _stop_at_keys_in_the_way(inputs, state, live)
        missing = secret_missing(inputs, state, live)
        if missing:
            raise CodatError(f"{missing}; nothing was written: set it and run the same command again")
        steps = plan_integration(inputs, state, live)
        verify_keys(self._session, codat, steps, self._label(state))
        applied = self._carry_out(codat, steps, state, live, self._planned(account, inputs, state, live, steps))
        if applied.failure and not applied.left_traces:
            raise applied.failure
        overwrites = any(isinstance(step, WriteKeys) for step in steps)
        # because keys that are not shown, of an integration that is on, are somebody's
        theirs = (live.keys is not None and not overwrites) or (live.hidden and live.integration.enabled)
        before = state or IntegrationState(adopted=theirs)
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
        return self._record(codat, after, live.integration, account, applied, failure=unreadable)


def _stop_at_keys_in_the_way(inputs: IntegrationInputs, state: IntegrationState | None, live: LiveIntegration) -> None:
    obstacle = None if live.hidden else keys_in_the_way(inputs, live, creates=state is None)
    if obstacle:
        raise CodatError(obstacle)
