"""The life of a XeroBankFeeds: the toggle "Enable Bank Feeds"."""

from __future__ import annotations

from dataclasses import replace
from functools import partial
from http import HTTPStatus
from typing import TYPE_CHECKING, Final

from pulumi_codat.api import CodatError, Refused
from pulumi_codat.reconcile.apply import Applied, NoEffect
from pulumi_codat.reconcile.hidden import bank_feeds_as_shown, bank_feeds_if_shown
from pulumi_codat.reconcile.hold import bank_feeds_changed_outside
from pulumi_codat.reconcile.inputs import BankFeedsInputs, parse
from pulumi_codat.reconcile.live import LiveBankFeeds, read_bank_feeds, read_keys
from pulumi_codat.reconcile.plan import SwitchBankFeeds, bank_feeds_drift, plan_bank_feeds
from pulumi_codat.reconcile.prospects import REPAIRS, harms
from pulumi_codat.reconcile.refusals import PRODUCT, facts_missing, requirements_missing
from pulumi_codat.reconcile.setting import SettingLifecycle
from pulumi_codat.reconcile.state import BANK_FEEDS_INPUTS, BankFeedsState, IntegrationState, last_written
from pulumi_codat.reconcile.subject import Subject
from pulumi_codat.reconcile.writing import carry_out, foresee_person
from pulumi_codat.xero import PLATFORM_KEY

if TYPE_CHECKING:
    from collections.abc import Sequence
    from uuid import UUID

    from pulumi_codat.api import Codat
    from pulumi_codat.reconcile.lifecycle import Properties
    from pulumi_codat.reconcile.plan import Drift

__all__ = ["BankFeedsLifecycle"]


_MAY_MEAN_NO_PRODUCT: Final = frozenset(
    {
        HTTPStatus.BAD_REQUEST,
        HTTPStatus.PAYMENT_REQUIRED,
        HTTPStatus.FORBIDDEN,
        HTTPStatus.NOT_FOUND,
        HTTPStatus.METHOD_NOT_ALLOWED,
    }
)


class BankFeedsLifecycle(SettingLifecycle[BankFeedsInputs, BankFeedsState, LiveBankFeeds]):
    """Reconciles the bank-feeds toggle of the account that the session's key belongs to."""

    kind = "XeroBankFeeds"
    input_names = BANK_FEEDS_INPUTS
    input_type = BankFeedsInputs
    state_type = BankFeedsState

    def _read_live(self, codat: Codat, _: BankFeedsState | None) -> LiveBankFeeds:
        setting = self._session.settings.bank_feeds_setting
        match self._session.settings.writes:
            case "api":
                return read_bank_feeds(codat, PLATFORM_KEY, setting)
            case "auto":
                return bank_feeds_as_shown(codat, PLATFORM_KEY, setting)
            case "person":
                return bank_feeds_if_shown(codat, PLATFORM_KEY, setting)

    def _foresee(
        self, codat: Codat, inputs: BankFeedsInputs, state: BankFeedsState | None, live: LiveBankFeeds
    ) -> None:
        steps = plan_bank_feeds(inputs, live, state)
        switches_on = SwitchBankFeeds(enabled=True) in steps
        obstacle = requirements_missing(inputs, live) if switches_on else None
        if obstacle:
            raise CodatError(obstacle)
        for harm in harms(steps, "", partial(codat.linked_companies, live.integration), accepted=True):
            self._session.warn_once(f"{self._label(state)}: {harm}")
        if switches_on:
            self._session.warn_once(
                f"{self._label(state)}: switching bank feeds on asks Xero for one more permission, so linked companies"
                " may have to consent again"
            )
        missing = facts_missing(inputs)
        if inputs.enabled and live.enabled and missing:
            self._session.warn_once(
                f"{self._label(state)}: bank feeds are on in Codat, but the integration's app does not declare"
                f" {missing}, without which Xero refuses what is pushed: declare what is true, or switch them off"
            )
        if steps:
            subject = self._subject(codat.sync_settings().client_id, state, live)
            foresee_person(self._session, codat, steps, subject)

    def _drift(self, state: BankFeedsState, live: LiveBankFeeds) -> Sequence[Drift]:
        return bank_feeds_drift(state, live)

    def _repair(self, _: Codat, state: BankFeedsState, live: LiveBankFeeds) -> str:
        recorded = {"enabled": state.enabled, "app": state.app, "platformKey": PLATFORM_KEY}
        declared = parse(BankFeedsInputs, recorded, frozenset()).inputs
        obstacle = requirements_missing(declared, live) if declared else None
        return f"`pulumi up` cannot repair it: {obstacle}" if obstacle else REPAIRS

    def _changed_outside(self, state: BankFeedsState | None, live: LiveBankFeeds) -> Sequence[Drift]:
        return bank_feeds_changed_outside(state, live)

    def _is_shown(self, live: LiveBankFeeds) -> bool:
        return not live.hidden

    def _subject(self, account: UUID, state: BankFeedsState | None, live: LiveBankFeeds) -> Subject:
        target = self._target(live.integration)
        return Subject(self._label(state), account, live.integration, target, bank_feeds=live.enabled)

    def _seen(self, state: BankFeedsState, live: LiveBankFeeds) -> BankFeedsState:
        return state.model_copy(
            update={
                "enabled": state.enabled if state.enabled is None or live.hidden else live.enabled,
                "integration_id": str(live.integration.integration_id),
            }
        )

    def _remove(self, codat: Codat, state: BankFeedsState, live: LiveBankFeeds) -> Applied:
        integration = self._session.recall("XeroIntegration", IntegrationState)
        # because only a refresh in the same process tells whose keys these were
        written = last_written(integration) if integration else None
        if integration is not None and not live.hidden:
            keys = read_keys(codat, PLATFORM_KEY, integration.keys_record)
            if keys is None or not keys.may_be_of(written):
                self._session.warn_once(
                    f"{self._label(state)}: the integration's keys are not those last written from here: nothing was"
                    f" written, and bank feeds stay {'on' if live.enabled else 'off'}"
                )
                return Applied()
        steps = () if live.enabled is False else (SwitchBankFeeds(enabled=False),)
        subject = self._subject(codat.sync_settings().client_id, state, live)
        return carry_out(self._session, codat, steps, replace(subject, only_if=written))

    def _bring_about(self, codat: Codat, state: BankFeedsState | None, new: Properties) -> BankFeedsState:
        inputs = parse(BankFeedsInputs, new, frozenset()).required()
        live, account = self._look(codat, state)
        steps = plan_bank_feeds(inputs, live, state)
        applied = self._carry_out(codat, steps, state, live, self._subject(account, state, live))
        if applied.failure and inputs.enabled:
            applied.failure = _perhaps_no_product(applied.failure)
        if applied.failure and not applied.left_traces:
            raise applied.failure
        before = state or BankFeedsState(adopted=inputs.enabled and live.enabled is True)
        after = before.model_copy(
            update={
                "enabled": live.enabled if applied.failure else inputs.enabled,
                **self._policies(new),
                "app": new.get("app"),
                "account": new.get("account"),
                "unverified": ("enabled",) if live.hidden else None,
            }
        )
        return self._record(codat, after, live.integration, account, applied)


def _perhaps_no_product(failure: CodatError) -> CodatError:
    """What Codat answers without the product is not documented, so every answer that may mean it says so."""
    answered = isinstance(failure, Refused) and failure.status in _MAY_MEAN_NO_PRODUCT
    return CodatError(f"{failure}; {PRODUCT}") if answered or isinstance(failure, NoEffect) else failure
