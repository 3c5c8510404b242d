"""What the lives of all settings have in common; each kind adds what it reads, where it stops, and what it writes."""

from __future__ import annotations

from abc import ABC, abstractmethod
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from functools import partial
from typing import TYPE_CHECKING, ClassVar, Generic, TypeVar

from pulumi_codat.api import CodatError
from pulumi_codat.reconcile.apply import Target
from pulumi_codat.reconcile.declarations import twice
from pulumi_codat.reconcile.destroy import why_retained
from pulumi_codat.reconcile.drift import stop_replacement, stop_where_undone, undone, what_follows
from pulumi_codat.reconcile.guards import stop_where_hidden
from pulumi_codat.reconcile.inputs import BankFeedsInputs, Declared, IntegrationInputs, parse
from pulumi_codat.reconcile.lifecycle import Difference, Found, Refreshed, about, differing, drift_warning, label
from pulumi_codat.reconcile.live import LiveBankFeeds, LiveIntegration
from pulumi_codat.reconcile.outcome import removed, unfinished
from pulumi_codat.reconcile.reading import compare
from pulumi_codat.reconcile.state import POLICIES, SettingState
from pulumi_codat.reconcile.writing import foresee_person
from pulumi_codat.xero import PLATFORM_KEY

if TYPE_CHECKING:
    from collections.abc import Sequence
    from uuid import UUID

    from pulumi_codat.api import Codat, Integration
    from pulumi_codat.reconcile.apply import Applied
    from pulumi_codat.reconcile.drift import Drift
    from pulumi_codat.reconcile.lifecycle import Properties
    from pulumi_codat.reconcile.plan import Step
    from pulumi_codat.reconcile.session import Session
    from pulumi_codat.reconcile.subject import Subject

__all__ = ["Plan", "SettingLifecycle"]

Inputs = TypeVar("Inputs", IntegrationInputs, BankFeedsInputs)
State = TypeVar("State", bound=SettingState)
Live = TypeVar("Live", bound=LiveIntegration | LiveBankFeeds)


@dataclass(frozen=True)
class Plan(Generic[Inputs, State, Live]):
    """The steps that the guards let through, and what they are planned on; `recorded` is None at a first apply."""

    account: UUID
    inputs: Inputs
    recorded: State | None
    live: Live
    steps: Sequence[Step]


class SettingLifecycle(ABC, Generic[Inputs, State, Live]):
    """The life of a setting that is always there: there is one in every account, so nothing is created or deleted."""

    kind: ClassVar[str]
    input_names: ClassVar[tuple[str, ...]]
    input_type: type[Inputs]
    state_type: type[State]

    def __init__(self, session: Session) -> None:
        self._session = session

    @abstractmethod
    def _read_live(self, codat: Codat, state: State | None) -> Live: ...

    @abstractmethod
    def _guard(
        self, codat: Codat, inputs: Inputs, state: State | None, live: Live, *, about_to_write: bool
    ) -> tuple[Sequence[Step], Sequence[str]]:
        """The steps that may be taken, and what to warn of; `state` is None where it would be the first time.

        Raises `CodatError` where nothing may be written.
        """

    def _stop_where_taken(self, _: Inputs, before: Live, live: Live) -> None:
        """Raises `CodatError` where the setting is hidden, or somebody else's, since this run looked first."""
        stop_where_hidden(before, live)

    @abstractmethod
    def _planned(self, plan: Plan[Inputs, State, Live]) -> Subject:
        """What the steps are planned on."""

    @abstractmethod
    def _drift(self, state: State | None, live: Live) -> Sequence[Drift]: ...

    @abstractmethod
    def _repair(self, codat: Codat, state: State, live: Live) -> str:
        """What becomes of the drift at the next `pulumi up`, or what stands in its way."""

    @abstractmethod
    def _seen(self, state: State, live: Live) -> State:
        """The state with what Codat reports; our own records as they were."""

    @abstractmethod
    def _bring_about(self, codat: Codat, plan: Plan[Inputs, State, Live], new: Properties) -> State:
        """Take the steps, and return what is to be recorded."""

    @abstractmethod
    def _remove(self, codat: Codat, state: State, live: Live) -> Applied:
        """Carry out the destroy policy, which is not `retain`; nothing where the setting is somebody else's now."""

    def _declared(self, new: Properties, unknown: frozenset[str]) -> Declared[Inputs]:
        """What the program declares."""
        return parse(self.input_type, new, unknown)

    def _renewed(self, inputs: Inputs, state: State) -> bool:  # noqa: ARG002 because a kind may look at both
        """Whether what the inputs stand for changed, though they themselves did not."""
        return False

    def check(self, old: Properties, new: Properties, unknown: frozenset[str]) -> Sequence[str]:
        declared: Declared[Inputs] = self._declared(new, unknown)
        second = self._session.declarations.add(self.kind, old, new, unknown)
        failures = [*declared.failures]
        if not failures and not old:  # because only `diff` knows which account an update must reach
            try:
                with about(self._label()):
                    compare(self._session, self._label(), partial(self._look_first, declared.foreseen))
            except CodatError as error:
                failures.append(str(error))
        if second:
            account = self._session.known or self._session.settings.default_account
            failures.append(f"{self._label()}: {twice(account)}")
        return tuple(failures)

    def diff(self, outputs: Properties, new: Properties, unknown: frozenset[str]) -> Difference:
        state = self._recorded(outputs)
        inputs_differ = bool(unknown) or differing(self.input_names, outputs, new)
        if not self._session.declarations.holds(self.kind):  # because a refresh asks for a diff too, and never checks
            return Difference.INPUTS if inputs_differ else Difference.NONE
        inputs = self._declared(new, unknown).foreseen
        found = self._look_for_drift(state, inputs)
        if inputs is not None:
            self._note_unproven(inputs, state)
        renewed = inputs is not None and self._renewed(inputs, state)
        if state.unfinished or (state.was_hidden and found and not found.live.hidden):
            return Difference.LIVE  # because the engine has the inputs as declared already, and compares no outputs
        if inputs_differ:
            return Difference.INPUTS
        # because what was last applied may be there again, and not what a refresh recorded and the program declares
        return Difference.LIVE if renewed or (found and (found.drifts or found.steps)) else Difference.NONE

    def create(self, new: Properties) -> dict[str, object]:
        return self._reconcile(None, new)

    def update(self, outputs: Properties, new: Properties) -> dict[str, object]:
        return self._reconcile(self._recorded(outputs), new)

    def read(self, outputs: Properties) -> Refreshed:
        state = self._recorded(outputs)
        found = self._look_for_drift(state, None)
        return Refreshed.of(outputs, self._seen(state, found.live).dump() if found else {}, self.input_names)

    def delete(self, outputs: Properties) -> None:
        state = self._recorded(outputs)
        with about(self._label(state)):
            self._session.require_account_of(state.account_id)
            retained = why_retained(self._session, self.kind, state, self._look)
            if retained:
                self._session.warn_once(f"{self._label(state)}: {retained}")
                return
            codat = self._session.begin()
            live, _ = self._look(codat.fresh, state)
            removed(self._remove(codat, state, live))

    def _reconcile(self, state: State | None, new: Properties) -> dict[str, object]:
        with about(self._label(state)):
            codat = self._session.begin()
            inputs = self._declared(new, frozenset()).required()
            if state is None:
                self._session.require_pinned_account(self.kind)
            live, account = self._look(codat, state)
            if state is None:
                self._begins(codat, account)
            recorded = _applied(state)
            steps, told = self._guard(codat, inputs, recorded, live, about_to_write=True)
            if steps:  # because this process may have looked long ago
                before, live = live, self._read_live(codat.fresh, recorded)
                self._stop_where_taken(inputs, before, live)
                steps, told = self._guard(codat.fresh, inputs, recorded, live, about_to_write=True)
            self._tell(recorded, told)
            plan = Plan(account, inputs, recorded, live, steps)
            self._stop_where_held(plan)
            after = self._bring_about(codat, plan, new)
        self._note_unproven(inputs, after)
        return after.dump()

    def _tell(self, state: State | None, told: Sequence[str]) -> None:
        for line in told:
            self._session.warn_once(f"{self._label(state)}: {line}")

    def _note_unproven(self, inputs: Inputs, state: State) -> None:
        """Take down whether the declared secret may be another than the one in Codat; nothing without a secret."""

    def _policies(self, new: Properties) -> dict[str, object]:
        """The policies as declared, under the names of the state."""
        return {field: new.get(name) for name, field in POLICIES.items() if name in self.input_names}

    def _recorded(self, outputs: Properties) -> State:
        with about(self._label()):
            return self.state_type.parse(outputs)

    def _begins(self, codat: Codat, account: UUID) -> None:
        """Say what a first apply binds this stack to; nothing, unless a kind says otherwise."""

    def _look_first(self, inputs: Inputs | None, codat: Codat) -> None:
        self._session.require_pinned_account(self.kind)
        live, account = self._look(codat, None)
        if inputs is not None:
            self._foresee(codat, inputs, None, live)
        self._begins(codat, account)

    def _foresee(self, codat: Codat, inputs: Inputs, state: State | None, live: Live) -> Sequence[Step]:
        """What applying the inputs would write; it is warned of. Raises `CodatError` where they must not be applied."""
        steps, told = self._guard(codat, inputs, state, live, about_to_write=False)
        self._tell(state, told)
        if steps:
            account = codat.sync_settings().client_id
            foresee_person(self._session, codat, steps, self._planned(Plan(account, inputs, state, live, steps)))
        return steps

    def _look_for_drift(self, state: State, inputs: Inputs | None) -> Found[Live] | None:
        """What Codat shows, and where that differs, said; None where the reading mode lets Codat be left out.

        Also said, and refused, is what applying the inputs would do, where they are given.
        """
        with about(self._label(state)):
            return compare(self._session, self._label(state), partial(self._compare, state, inputs))

    def _compare(self, state: State, inputs: Inputs | None, codat: Codat) -> Found[Live]:
        live, _ = self._look(codat, state)
        drifts = self._drift(state, live)
        if drifts:
            then = what_follows(self._session.settings, partial(self._repair, codat, state, live))
            self._session.warn_once(drift_warning(self._label(state), drifts, then))
        if live.hidden:
            self._session.warn_once(
                f"{self._label(state)}: Codat does not show all of this to this API key, so not all was compared"
            )
        steps = () if inputs is None else self._foresee(codat, inputs, _applied(state), live)
        return Found(live, drifts, steps)

    def _stop_where_held(self, plan: Plan[Inputs, State, Live]) -> None:
        """Raises `CodatError` where the plan would undo what was changed outside and is held."""
        keys = self._planned(plan).keys
        stop_where_undone(self._session.settings, undone(plan.steps, self._drift(plan.recorded, plan.live), keys))
        if plan.recorded is None and self._session.declarations.replaces(self.kind):
            stop_replacement(self._session.settings, plan.steps, keys)

    def _look(self, codat: Codat, state: State | None) -> tuple[Live, UUID]:
        """The live settings and the account, read at once; the wrong account is told before anything else."""
        with ThreadPoolExecutor(1) as pool:
            live = pool.submit(self._read_live, codat, state)
            account = self._session.confirm_account(codat, state.account_id if state else None)
            return live.result(), account

    def _record(
        self,
        codat: Codat,
        state: State,
        integration: Integration,
        account: UUID,
        applied: Applied,
        *,
        failure: CodatError | None = None,
    ) -> State:
        """The state with our own records of this run; `failure` is why it stopped, where the steps did not fail."""
        name = state.account_name or self._session.account_name(codat)
        recorded = state.model_copy(
            update={
                "platform_key": PLATFORM_KEY,
                "integration_id": str(integration.integration_id),
                "account_id": str(account),
                "account_name": name,
                "last_written_at": codat.clock.now().isoformat(timespec="seconds")
                if applied.touched
                else state.last_written_at,
                "applied_enabled": state.enabled,
                "unfinished": None,
            }
        )
        stopped = applied.failure or failure
        if stopped is None:
            return recorded
        return recorded.model_copy(update={"unfinished": unfinished(self._label(recorded), applied, stopped)})

    def _target(self, integration: Integration) -> Target:
        return Target(PLATFORM_KEY, str(integration.integration_id), self._session.settings.bank_feeds_setting)

    def _label(self, state: State | None = None) -> str:
        declared = str(self._session.declared.id) if self._session.declared else None
        return label(self.kind, PLATFORM_KEY, (state.account_name or state.account_id) if state else declared)


def _applied(state: State | None) -> State | None:
    """The state, where it is of an apply; one from an import file is as good as none."""
    return state if state and state.was_applied else None
