"""The life of a XeroBankFeeds: the toggle "Enable Bank Feeds"."""

from __future__ import annotations

from functools import partial
from http import HTTPStatus
from typing import TYPE_CHECKING, Final

from pulumi_codat.api import CodatError, Refused
from pulumi_codat.reconcile.apply import Applied, NoEffect, apply
from pulumi_codat.reconcile.inputs import BankFeedsInputs, parse
from pulumi_codat.reconcile.live import LiveBankFeeds, read_bank_feeds, read_keys
from pulumi_codat.reconcile.plan import SwitchBankFeeds, bank_feeds_drift, plan_bank_feeds
from pulumi_codat.reconcile.prospects import REPAIRS, harms
from pulumi_codat.reconcile.refusals import PRODUCT, facts_missing, requirements_missing
from pulumi_codat.reconcile.setting import SettingLifecycle
from pulumi_codat.reconcile.state import BANK_FEEDS_INPUTS, BankFeedsState, IntegrationState, last_written
from pulumi_codat.xero import PLATFORM_KEY

if TYPE_CHECKING:
    from collections.abc import Sequence

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
        return read_bank_feeds(codat, PLATFORM_KEY, self._session.settings.bank_feeds_setting)

    def _foresee(
        self, codat: Codat, inputs: BankFeedsInputs, state: BankFeedsState | None, live: LiveBankFeeds
    ) -> None:
        obstacle = requirements_missing(inputs, live)
        if obstacle:
            raise CodatError(obstacle)
        steps = plan_bank_feeds(inputs, live)
        for harm in harms(steps, "", partial(codat.linked_companies, live.integration), accepted=True):
            self._session.warn_once(f"{self._label(state)}: {harm}")
        if SwitchBankFeeds(enabled=True) in steps:
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

    def _drift(self, state: BankFeedsState, live: LiveBankFeeds) -> Sequence[Drift]:
        return bank_feeds_drift(state, live)

    def _repair(self, _: Codat, state: BankFeedsState, live: LiveBankFeeds) -> str:
        recorded = {"enabled": state.enabled, "app": state.app, "platformKey": PLATFORM_KEY}
        declared = parse(BankFeedsInputs, recorded, frozenset()).inputs
        obstacle = requirements_missing(declared, live) if declared else None
        return f"`pulumi up` cannot repair it: {obstacle}" if obstacle else REPAIRS

    def _seen(self, state: BankFeedsState, live: LiveBankFeeds) -> BankFeedsState:
        return state.model_copy(
            update={
                "enabled": None if state.enabled is None else live.enabled,
                "integration_id": str(live.integration.integration_id),
            }
        )

    def _remove(self, codat: Codat, state: BankFeedsState, live: LiveBankFeeds) -> Applied:
        integration = self._session.recall("XeroIntegration", IntegrationState)
        if integration is not None:  # because only a refresh in the same process tells whose keys these were
            keys = read_keys(codat, PLATFORM_KEY, integration.keys_record)
            if keys is None or not keys.may_be_of(last_written(integration)):
                self._session.warn_once(
                    f"{self._label(state)}: the integration's keys are not those last written from here: nothing was"
                    f" written, and bank feeds stay {'on' if live.enabled else 'off'}"
                )
                return Applied()
        steps = (SwitchBankFeeds(enabled=False),) if live.enabled else ()
        return apply(codat, steps, self._target(live.integration))

    def _bring_about(self, codat: Codat, state: BankFeedsState | None, new: Properties) -> BankFeedsState:
        inputs = parse(BankFeedsInputs, new, frozenset()).required()
        live, account = self._look(codat, state)
        applied = apply(codat, plan_bank_feeds(inputs, live), self._target(live.integration))
        if applied.failure and inputs.enabled:
            applied.failure = _perhaps_no_product(applied.failure)
        if applied.failure and not applied.touched:
            raise applied.failure
        before = state or BankFeedsState(adopted=inputs.enabled and live.enabled)
        after = before.model_copy(
            update={
                "enabled": live.enabled if applied.failure else inputs.enabled,
                **self._policies(new),
                "app": new.get("app"),
                "account": new.get("account"),
            }
        )
        return self._record(codat, after, live.integration, account, applied)


def _perhaps_no_product(failure: CodatError) -> CodatError:
    """What Codat answers without the product is not documented, so every answer that may mean it says so."""
    answered = isinstance(failure, Refused) and failure.status in _MAY_MEAN_NO_PRODUCT
    return CodatError(f"{failure}; {PRODUCT}") if answered or isinstance(failure, NoEffect) else failure
