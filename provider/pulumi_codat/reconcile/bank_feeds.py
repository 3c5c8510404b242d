"""The life of a XeroBankFeeds: the toggle "Enable Bank Feeds"."""

from __future__ import annotations

from dataclasses import replace
from functools import partial
from typing import TYPE_CHECKING

from pulumi_codat.reconcile.destroy import bank_feeds_removal
from pulumi_codat.reconcile.drift import Observed, bank_feeds_drift
from pulumi_codat.reconcile.drift_guard import REPAIRS
from pulumi_codat.reconcile.guards import guard_bank_feeds, requirements_missing
from pulumi_codat.reconcile.inputs import BankFeedsInputs, parse
from pulumi_codat.reconcile.live import (
    Linked,
    LiveBankFeeds,
    read_bank_feeds,
    read_bank_feeds_if_shown,
    read_integration,
)
from pulumi_codat.reconcile.plan import Plan
from pulumi_codat.reconcile.setting import SettingLifecycle
from pulumi_codat.reconcile.state import BANK_FEEDS_INPUTS, BankFeedsState
from pulumi_codat.xero import PLATFORM_KEY

if TYPE_CHECKING:
    from pulumi_codat.api import Codat, CodatError
    from pulumi_codat.reconcile.apply import Applied
    from pulumi_codat.reconcile.target import WriteTarget

__all__ = ["BankFeedsLifecycle"]


class BankFeedsLifecycle(SettingLifecycle[BankFeedsInputs, BankFeedsState, LiveBankFeeds]):
    """Reconciles the bank-feeds toggle of the account that the context's key belongs to."""

    kind = "XeroBankFeeds"
    input_names = BANK_FEEDS_INPUTS
    input_type = BankFeedsInputs
    state_type = BankFeedsState

    def _read_live(self, codat: Codat, _: BankFeedsState | None) -> LiveBankFeeds:
        settings = self._context.settings
        if settings.writes == "api":
            return read_bank_feeds(codat, PLATFORM_KEY, settings.bank_feeds_setting)
        by_person = settings.writes == "person"
        return read_bank_feeds_if_shown(codat, PLATFORM_KEY, settings.bank_feeds_setting, under_any_name=by_person)

    def _plan(
        self,
        codat: Codat,
        inputs: BankFeedsInputs,
        state: BankFeedsState | None,
        live: LiveBankFeeds,
        target: WriteTarget,
        *,
        about_to_write: bool,
    ) -> Plan:
        linked = Linked.to(live.integration, codat)
        steps, told = guard_bank_feeds(inputs, state, live, linked, about_to_write=about_to_write)
        return Plan(steps, told, target)

    def _observe(self, _: Codat, state: BankFeedsState, live: LiveBankFeeds) -> Observed[BankFeedsState]:
        seen = state.model_copy(
            update={
                "enabled": state.enabled if state.enabled is None or live.hidden else live.enabled,
                "integration_id": str(live.integration.integration_id),
            }
        )
        return Observed(seen, bank_feeds_drift(state, live), partial(_repair, state, live))

    def _record(
        self,
        _: Codat,
        inputs: BankFeedsInputs,
        before: BankFeedsState | None,
        live: LiveBankFeeds,
        applied: Applied,
    ) -> tuple[BankFeedsState, CodatError | None]:
        known = before or BankFeedsState(adopted=inputs.enabled and live.enabled is True)
        after = known.model_copy(
            update={
                "enabled": live.enabled if applied.failure else inputs.enabled,
                "client_id": inputs.client_id,
                "unverified": ("enabled",) if live.hidden else None,
            }
        )
        return after, None

    def _plan_removal(self, codat: Codat, state: BankFeedsState, live: LiveBankFeeds, target: WriteTarget) -> Plan:
        look = partial(read_integration, codat.fresh, PLATFORM_KEY, may_be_hidden=True, had_keys=True)
        linked = Linked.to(live.integration, codat.fresh)
        steps, told, unclaimed = bank_feeds_removal(state, live, look, linked)
        return Plan(steps, told, replace(target, only_if=state.client_id, unclaimed=unclaimed))


def _repair(state: BankFeedsState, live: LiveBankFeeds) -> str:
    recorded = {"enabled": state.enabled_as_recorded, "app": state.app, "platformKey": PLATFORM_KEY}
    declared = parse(BankFeedsInputs, recorded, frozenset()).inputs
    obstacle = requirements_missing(declared, live) if declared else None
    return f"`pulumi up` cannot repair it: {obstacle}" if obstacle else REPAIRS
