"""The life of a setting that is always there: what all kinds have in common.

A kind writes five methods: what it reads, what it plans and where it stops, what it observes of the record, what it
records of an apply, and what its removal writes.
"""

from __future__ import annotations

from abc import ABC, abstractmethod
from concurrent.futures import ThreadPoolExecutor
from functools import partial
from typing import TYPE_CHECKING, ClassVar, Generic, TypeVar

from pulumi_codat.api import CodatError
from pulumi_codat.reconcile.apply import announce_portal_steps, apply
from pulumi_codat.reconcile.declarations import twice
from pulumi_codat.reconcile.destroy import require_removed, why_retained
from pulumi_codat.reconcile.drift_guard import stop_replacement, stop_where_undone, undone, what_follows
from pulumi_codat.reconcile.guards import stop_where_taken
from pulumi_codat.reconcile.inputs import BankFeedsInputs, Declared, IntegrationInputs, parse
from pulumi_codat.reconcile.lifecycle import Difference, Refreshed, about, differing, drift_warning, label
from pulumi_codat.reconcile.live import LiveBankFeeds, LiveIntegration
from pulumi_codat.reconcile.state import KEPT_AS_DECLARED, SettingState
from pulumi_codat.reconcile.target import WriteTarget
from pulumi_codat.xero import PLATFORM_KEY

if TYPE_CHECKING:
    from collections.abc import Sequence
    from uuid import UUID

    from pulumi_codat.api import Codat
    from pulumi_codat.reconcile.apply import Applied
    from pulumi_codat.reconcile.context import Context
    from pulumi_codat.reconcile.drift import Observed
    from pulumi_codat.reconcile.lifecycle import Properties
    from pulumi_codat.reconcile.plan import Plan

__all__ = ["SettingLifecycle"]

Inputs = TypeVar("Inputs", IntegrationInputs, BankFeedsInputs)
State = TypeVar("State", bound=SettingState)
Live = TypeVar("Live", bound=LiveIntegration | LiveBankFeeds)


class SettingLifecycle(ABC, Generic[Inputs, State, Live]):
    """There is one of each kind in every account, so nothing is created or deleted."""

    kind: ClassVar[str]
    input_names: ClassVar[tuple[str, ...]]
    input_type: type[Inputs]
    state_type: type[State]

    def __init__(self, context: Context) -> None:
        self._context = context

    # what a kind writes

    @abstractmethod
    def _read_live(self, codat: Codat, state: State | None) -> Live: ...

    @abstractmethod
    def _plan(
        self,
        codat: Codat,
        inputs: Inputs,
        state: State | None,
        live: Live,
        target: WriteTarget,
        *,
        about_to_write: bool,
    ) -> Plan:
        """What may be written; `state` is None where it would be the first time.

        Raises `CodatError` where nothing may be written.
        """

    @abstractmethod
    def _observe(self, codat: Codat, state: State, live: Live) -> Observed[State]: ...

    @abstractmethod
    def _record(
        self, codat: Codat, inputs: Inputs, before: State | None, live: Live, applied: Applied
    ) -> tuple[State, CodatError | None]:
        """The state after an apply, and why it could not be recorded whole."""

    @abstractmethod
    def _plan_removal(self, codat: Codat, state: State, live: Live, target: WriteTarget) -> Plan:
        """The steps of a destroy policy that is not `retain`; none where the setting is another app's now."""

    # what a kind may write

    def _renewed(self, inputs: Inputs, state: State) -> bool:  # noqa: ARG002 because a kind may look at both
        """Whether what the inputs stand for changed, though they themselves did not."""
        return False

    def _confirmed(self, codat: Codat, inputs: Inputs, live: Live, plan: Plan) -> Plan:  # noqa: ARG002 likewise
        """The plan, as far as somebody else than Codat confirms it. Raises `CodatError` where that says no."""
        return plan

    def _note_unproven(self, inputs: Inputs, state: State) -> None:
        """Take down whether the declared secret may be another than the one in Codat; nothing without a secret."""

    # what the engine asks

    def check(self, old: Properties, new: Properties, unknown: frozenset[str]) -> Sequence[str]:
        declared: Declared[Inputs] = self._declared(new, unknown)
        second = self._context.declarations.add(self.kind, old, new, unknown)
        failures = [*declared.failures]
        if not failures and not old:  # because only `diff` knows which account an update must reach
            try:
                with about(self._label()):
                    self._context.compare(self._label(), partial(self._look_first, declared.foreseen))
            except CodatError as error:
                failures.append(str(error))
        if second:
            account = self._context.known or self._context.settings.default_account
            failures.append(f"{self._label()}: {twice(account)}")
        return tuple(failures)

    def diff(self, outputs: Properties, new: Properties, unknown: frozenset[str]) -> Difference:
        state = self._recorded(outputs)
        inputs_differ = bool(unknown) or differing(self.input_names, outputs, new)
        if not self._context.declarations.holds(self.kind):  # because a refresh asks for a diff too, and never checks
            return Difference.INPUTS if inputs_differ else Difference.NONE
        inputs = self._declared(new, unknown).foreseen
        with about(self._label(state)):
            found = self._context.compare(self._label(state), partial(self._compare, state, inputs))
        if inputs is not None:
            self._note_unproven(inputs, state)
        renewed = inputs is not None and self._renewed(inputs, state)
        if state.unfinished or (state.was_hidden and found and not found[0].hidden):
            return Difference.LIVE  # because the engine has the inputs as declared already, and compares no outputs
        if inputs_differ:
            return Difference.INPUTS
        return Difference.LIVE if renewed or (found and found[1].drifts) else Difference.NONE

    def create(self, new: Properties) -> dict[str, object]:
        return self._reconcile(None, new)

    def update(self, outputs: Properties, new: Properties) -> dict[str, object]:
        return self._reconcile(self._recorded(outputs), new)

    def read(self, outputs: Properties) -> Refreshed:
        state = self._recorded(outputs)
        with about(self._label(state)):
            found = self._context.compare(self._label(state), partial(self._compare, state, None))
        return Refreshed.of(outputs, found[1].state.dump() if found else {}, self.input_names)

    def delete(self, outputs: Properties) -> None:
        state = self._recorded(outputs)
        with about(self._label(state)):
            self._context.require_account_of(state.account_id)
            retained = why_retained(self._context, self.kind, state, self._look)
            if retained:
                self._tell(state, [retained])
                return
            codat = self._context.begin()
            live, account = self._look(codat.fresh, state)
            plan = self._plan_removal(codat, state, live, self._target(account, state, live))
            self._tell(state, plan.warnings)
            require_removed(apply(self._context, codat, plan.steps, plan.target))

    # how that is done

    def _reconcile(self, state: State | None, new: Properties) -> dict[str, object]:
        with about(self._label(state)):
            codat = self._context.begin()
            inputs = self._declared(new, frozenset()).required()
            if state is None:
                self._context.require_pinned_account(self.kind)
            live, account = self._look(codat, state)
            if state is None:
                self._context.announce_account(codat, account, self._label())
            recorded = _applied(state)
            plan = self._planned(codat, inputs, recorded, live, account, about_to_write=True)
            if plan.steps:  # because this process may have looked long ago
                before, live = live, self._read_live(codat.fresh, recorded)
                stop_where_taken(before, live, inputs)
                plan = self._planned(codat.fresh, inputs, recorded, live, account, about_to_write=True)
            self._tell(recorded, plan.warnings)
            self._stop_where_held(codat, recorded, live, plan)
            plan = self._confirmed(codat, inputs, live, plan)
            applied = apply(self._context, codat, plan.steps, plan.target)
            if applied.failure and not applied.left_traces:
                raise applied.failure
            after, unreadable = self._record(codat, inputs, recorded, live, applied)
            applied.failure = applied.failure or unreadable
            after = self._with_run(codat, after, new, plan.target, applied)
        self._note_unproven(inputs, after)
        return after.dump()

    def _declared(self, new: Properties, unknown: frozenset[str]) -> Declared[Inputs]:
        return parse(self.input_type, new, unknown, self._context.sources)

    def _recorded(self, outputs: Properties) -> State:
        with about(self._label()):
            return self.state_type.parse(outputs)

    def _look(self, codat: Codat, state: State | None) -> tuple[Live, UUID]:
        """The live settings and the account, read at once; the wrong account is told before anything else."""
        with ThreadPoolExecutor(1) as pool:
            live = pool.submit(self._read_live, codat, state)
            account = self._context.confirm_account(codat, state.account_id if state else None)
            return live.result(), account

    def _look_first(self, inputs: Inputs | None, codat: Codat) -> None:
        self._context.require_pinned_account(self.kind)
        live, account = self._look(codat, None)
        if inputs is not None:
            self._foresee(codat, inputs, None, live, account)
        self._context.announce_account(codat, account, self._label())

    def _compare(self, state: State, inputs: Inputs | None, codat: Codat) -> tuple[Live, Observed[State]]:
        """What Codat shows, and where that differs from the record.

        Warns of that, and of what applying the inputs, if any, would do. Raises `CodatError` where that must not be.
        """
        live, account = self._look(codat, state)
        observed = self._observe(codat, state, live)
        if observed.drifts:
            then = what_follows(self._context.settings, observed.repair)
            self._context.warn_once(drift_warning(self._label(state), observed.drifts, then))
        if live.hidden:
            self._tell(state, ["Codat does not show all settings to this API key, so the comparison is incomplete"])
        if inputs is not None:
            self._foresee(codat, inputs, _applied(state), live, account)
        return live, observed

    def _foresee(self, codat: Codat, inputs: Inputs, state: State | None, live: Live, account: UUID) -> None:
        plan = self._planned(codat, inputs, state, live, account, about_to_write=False)
        self._tell(state, plan.warnings)
        announce_portal_steps(self._context, codat, plan.steps, plan.target)

    def _planned(
        self, codat: Codat, inputs: Inputs, state: State | None, live: Live, account: UUID, *, about_to_write: bool
    ) -> Plan:
        target = self._target(account, state, live)
        return self._plan(codat, inputs, state, live, target, about_to_write=about_to_write)

    def _target(self, account: UUID, state: State | None, live: Live) -> WriteTarget:
        return WriteTarget.of(
            live,
            state,
            label=self._label(state),
            account=account,
            platform_key=PLATFORM_KEY,
            bank_feeds_setting=self._context.settings.bank_feeds_setting,
        )

    def _stop_where_held(self, codat: Codat, recorded: State | None, live: Live, plan: Plan) -> None:
        """Raises `CodatError` where the plan would undo what was changed outside and is held."""
        drifts = () if recorded is None else self._observe(codat, recorded, live).drifts
        stop_where_undone(self._context.settings, undone(plan.steps, drifts, plan.target.keys))
        if recorded is None and self._context.declarations.replaces(self.kind):
            stop_replacement(self._context.settings, plan.steps, plan.target.keys)

    def _with_run(self, codat: Codat, state: State, new: Properties, target: WriteTarget, applied: Applied) -> State:
        """The state with our own records of this run, and why it stopped, where it did."""
        recorded = state.model_copy(
            update={
                **{field: new.get(name) for name, field in KEPT_AS_DECLARED.items() if name in self.input_names},
                "platform_key": target.platform_key,
                "integration_id": target.integration_id,
                "account_id": str(target.account),
                "account_name": state.account_name or self._context.account_name(codat),
                "last_written_at": codat.clock.now().isoformat(timespec="seconds")
                if applied.touched
                else state.last_written_at,
                "applied_enabled": state.enabled,
                "unfinished": None,
            }
        )
        if applied.failure is None:
            return recorded
        how_far = f"partially applied ({applied.story()})" if applied.story() else "not applied yet"
        why = f"{self._label(recorded)}: {how_far}: {applied.failure}; the next `pulumi up` completes it"
        return recorded.model_copy(update={"unfinished": why})

    def _tell(self, state: State | None, told: Sequence[str]) -> None:
        for line in told:
            self._context.warn_once(f"{self._label(state)}: {line}")

    def _label(self, state: State | None = None) -> str:
        declared = str(self._context.declared.id) if self._context.declared else None
        return label(self.kind, PLATFORM_KEY, (state.account_name or state.account_id) if state else declared)


def _applied(state: State | None) -> State | None:
    """The state, where it is of an apply; one from an import file is as good as none."""
    return state if state and state.was_applied else None
