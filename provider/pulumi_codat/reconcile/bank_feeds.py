"""The life of a XeroBankFeeds: the toggle "Enable Bank Feeds"."""

from __future__ import annotations

from dataclasses import replace
from functools import partial
from http import HTTPStatus
from typing import TYPE_CHECKING, Final

from pulumi_codat.api import CodatError, Refused
from pulumi_codat.reconcile.apply import Applied, NoEffect
from pulumi_codat.reconcile.destroy import bank_feeds_removal
from pulumi_codat.reconcile.drift import REPAIRS, bank_feeds_drift
from pulumi_codat.reconcile.guards import PRODUCT, guard_bank_feeds, harms, requirements_missing
from pulumi_codat.reconcile.hidden import bank_feeds_as_shown, bank_feeds_if_shown, integration_as_shown
from pulumi_codat.reconcile.inputs import BankFeedsInputs, parse
from pulumi_codat.reconcile.live import Linked, LiveBankFeeds, read_bank_feeds
from pulumi_codat.reconcile.setting import Plan, SettingLifecycle
from pulumi_codat.reconcile.state import BANK_FEEDS_INPUTS, BankFeedsState
from pulumi_codat.reconcile.subject import Subject
from pulumi_codat.reconcile.writing import carry_out
from pulumi_codat.xero import PLATFORM_KEY

if TYPE_CHECKING:
    from collections.abc import Sequence
    from uuid import UUID

    from pulumi_codat.api import Codat
    from pulumi_codat.reconcile.drift import Drift
    from pulumi_codat.reconcile.lifecycle import Properties
    from pulumi_codat.reconcile.plan import Step

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

    def _guard(
        self,
        codat: Codat,
        inputs: BankFeedsInputs,
        state: BankFeedsState | None,
        live: LiveBankFeeds,
        *,
        about_to_write: bool,  # noqa: ARG002 because a secret is needed only for keys
    ) -> tuple[Sequence[Step], Sequence[str]]:
        return guard_bank_feeds(inputs, state, live, Linked(partial(codat.linked_companies, live.integration)))

    def _drift(self, state: BankFeedsState | None, live: LiveBankFeeds) -> Sequence[Drift]:
        return bank_feeds_drift(state, live)

    def _repair(self, _: Codat, state: BankFeedsState, live: LiveBankFeeds) -> str:
        recorded = {"enabled": state.enabled_as_recorded, "app": state.app, "platformKey": PLATFORM_KEY}
        declared = parse(BankFeedsInputs, recorded, frozenset()).inputs
        obstacle = requirements_missing(declared, live) if declared else None
        return f"`pulumi up` cannot repair it: {obstacle}" if obstacle else REPAIRS

    def _planned(self, plan: Plan[BankFeedsInputs, BankFeedsState, LiveBankFeeds]) -> Subject:
        return self._subject(plan.account, plan.recorded, plan.live)

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
        if live.enabled is False:
            return Applied()
        keys = integration_as_shown(codat.fresh, PLATFORM_KEY, None, had_keys=True) if state.client_id else None
        shown = keys is not None and not keys.hidden
        steps, untouched = bank_feeds_removal(state, live, keys.keys if keys else None, keys_shown=shown)
        if untouched:
            self._tell(state, [untouched])
        if not steps:
            return Applied()
        linked = Linked(partial(codat.fresh.linked_companies, live.integration))
        self._tell(state, harms(steps, "", linked, accepted=True))
        subject = self._subject(codat.sync_settings().client_id, state, live)
        unclaimed = state.client_id is not None and not shown
        return carry_out(self._session, codat, steps, replace(subject, only_if=state.client_id, unclaimed=unclaimed))

    def _bring_about(
        self, codat: Codat, plan: Plan[BankFeedsInputs, BankFeedsState, LiveBankFeeds], new: Properties
    ) -> BankFeedsState:
        inputs, live = plan.inputs, plan.live
        applied = carry_out(self._session, codat, plan.steps, self._planned(plan))
        if applied.failure and inputs.enabled:
            applied.failure = _perhaps_no_product(applied.failure)
        if applied.failure and not applied.left_traces:
            raise applied.failure
        before = plan.recorded or BankFeedsState(adopted=inputs.enabled and live.enabled is True)
        after = before.model_copy(
            update={
                "enabled": live.enabled if applied.failure else inputs.enabled,
                **self._policies(new),
                "app": new.get("app"),
                "account": new.get("account"),
                "client_id": new.get("clientId"),
                "unverified": ("enabled",) if live.hidden else None,
            }
        )
        return self._record(codat, after, live.integration, plan.account, applied)


def _perhaps_no_product(failure: CodatError) -> CodatError:
    """What Codat answers without the product is not documented, so every answer that may mean it says so."""
    answered = isinstance(failure, Refused) and failure.status in _MAY_MEAN_NO_PRODUCT
    return CodatError(f"{failure}; {PRODUCT}") if answered or isinstance(failure, NoEffect) else failure
