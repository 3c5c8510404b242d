"""What the lives of all settings have in common; each kind adds what it reads, where it stops, and what it writes."""

from __future__ import annotations

from abc import ABC, abstractmethod
from concurrent.futures import ThreadPoolExecutor
from functools import partial
from typing import TYPE_CHECKING, ClassVar, Generic, TypeVar

from pulumi_codat.api import CodatError
from pulumi_codat.reconcile.apply import Target
from pulumi_codat.reconcile.hold import stop_if_undone, taken_over, undone, what_follows
from pulumi_codat.reconcile.inputs import BankFeedsInputs, Declared, IntegrationInputs, parse
from pulumi_codat.reconcile.lifecycle import Difference, Found, Refreshed, about, differing, drift_warning, label
from pulumi_codat.reconcile.outcome import removed, unfinished
from pulumi_codat.reconcile.reading import compare
from pulumi_codat.reconcile.state import POLICIES, SettingState
from pulumi_codat.reconcile.writing import carry_out
from pulumi_codat.xero import PLATFORM_KEY

if TYPE_CHECKING:
    from collections.abc import Sequence
    from uuid import UUID

    from pulumi_codat.api import Codat, Integration
    from pulumi_codat.reconcile.apply import Applied
    from pulumi_codat.reconcile.lifecycle import Properties
    from pulumi_codat.reconcile.plan import Drift, Step
    from pulumi_codat.reconcile.session import Session
    from pulumi_codat.reconcile.subject import Subject

__all__ = ["SettingLifecycle"]

Inputs = TypeVar("Inputs", IntegrationInputs, BankFeedsInputs)
State = TypeVar("State", bound=SettingState)
Live = TypeVar("Live")


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
    def _foresee(self, codat: Codat, inputs: Inputs, state: State | None, live: Live) -> None:
        """Warn of what applying the inputs would do to companies; `state` is None where it would be the first time.

        Raises `CodatError` where they must not be applied.
        """

    @abstractmethod
    def _drift(self, state: State, live: Live) -> Sequence[Drift]: ...

    @abstractmethod
    def _repair(self, codat: Codat, state: State, live: Live) -> str:
        """What becomes of the drift at the next `pulumi up`, or what stands in its way."""

    @abstractmethod
    def _changed_outside(self, state: State | None, live: Live) -> Sequence[Drift]:
        """Where Codat is no longer as last applied from here, whatever a refresh recorded since."""

    @abstractmethod
    def _is_shown(self, live: Live) -> bool:
        """Whether Codat shows all that is compared."""

    @abstractmethod
    def _seen(self, state: State, live: Live) -> State:
        """The state with what Codat reports; our own records as they were."""

    @abstractmethod
    def _bring_about(self, codat: Codat, state: State | None, new: Properties) -> State:
        """Write what is needed, and return what is to be recorded."""

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
        declared = self._declared(new, unknown)
        self._session.mark_checked(self.kind)
        if old:
            self._session.mark_checked(_existing(self.kind))
        if declared.failures or old:  # because only `diff` knows which account an update must reach
            return declared.failures
        # because a replacement is checked as if it were new, and so is what was renamed
        state = self._session.recall(self.kind, self.state_type)
        try:
            with about(self._label(state)):
                compare(self._session, self._label(state), partial(self._look_first, declared.foreseen, state))
        except CodatError as error:
            return (str(error),)
        return ()

    def diff(self, outputs: Properties, new: Properties, unknown: frozenset[str]) -> Difference:
        state = self._recorded(outputs)
        inputs_differ = bool(unknown) or differing(self.input_names, outputs, new)
        if not self._session.has_checked(self.kind):  # because a refresh asks for a diff too, and never checks before
            return Difference.INPUTS if inputs_differ else Difference.NONE
        inputs = self._declared(new, unknown).foreseen
        found = self._look_for_drift(state, inputs)
        self._remember(state)
        renewed = inputs is not None and self._renewed(inputs, state)
        if found and not found.drifts and not renewed and not state.was_hidden and not taken_over(state):
            self._session.mark_checked(_settled(self.kind))
        if state.unfinished or (state.was_hidden and found and self._is_shown(found.live)):
            return Difference.LIVE  # because the engine has the inputs as declared already, and compares no outputs
        if inputs_differ:
            return Difference.INPUTS
        held = self._session.settings.on_drift == "fail" and taken_over(state)
        if renewed or (found and (found.drifts or held)):
            return Difference.LIVE
        self._session.note_outside(self.kind, ())
        return Difference.NONE

    def create(self, new: Properties) -> dict[str, object]:
        # because the create of a replacement (or of what was renamed) is told nothing of what was there, and it is ours
        return self._reconcile(self._session.recall(self.kind, self.state_type), new)

    def update(self, outputs: Properties, new: Properties) -> dict[str, object]:
        state = self._recorded(outputs)
        if self._only_policies_differ(state, outputs, new):
            self._declared(new, frozenset()).required()
            after = state.model_copy(update=self._policies(new))
            self._remember(after)
            return after.dump()
        return self._reconcile(state, new)

    def read(self, outputs: Properties) -> Refreshed:
        state = self._recorded(outputs)
        found = self._look_for_drift(state, None)
        seen = self._seen(state, found.live) if found else state
        self._remember(seen)
        return Refreshed.of(outputs, seen.dump() if found else {}, self.input_names)

    def delete(self, outputs: Properties) -> None:
        state = self._recorded(outputs)
        if self._session.still_declared(self.kind, self._label(state)):
            return
        if not state.was_applied:
            self._session.warn_once(f"{self._label()}: was imported and never applied from here: nothing was written")
            return
        if self._session.destroy_policy(state.on_destroy, adopted=state.adopted, label=self._label(state)) == "retain":
            return
        with about(self._label(state)):
            codat = self._session.begin()
            live, _ = self._look(codat, state)
            removed(self._remove(codat, state, live))

    def _reconcile(self, state: State | None, new: Properties) -> dict[str, object]:
        with about(self._label(state)):
            codat = self._session.begin()
            if self._session.settings.read_live != "required":  # because nothing may have been compared yet
                self._look_first(self._declared(new, frozenset()).required(), state, codat)
            after = self._bring_about(codat, _applied(state), new)
        self._remember(after)  # because what is deleted later in this run asks whose the keys are
        return after.dump()

    def _only_policies_differ(self, state: State, outputs: Properties, new: Properties) -> bool:
        """Whether nothing is asked of Codat, which showed in this process that it is as recorded."""
        others = [name for name in self.input_names if name not in POLICIES]
        applied = state.account_id is not None and state.unfinished is None
        return applied and self._session.has_checked(_settled(self.kind)) and not differing(others, outputs, new)

    def _policies(self, new: Properties) -> dict[str, object]:
        """The policies as declared, under the names of the state."""
        return {field: new.get(name) for name, field in POLICIES.items() if name in self.input_names}

    def _recorded(self, outputs: Properties) -> State:
        with about(self._label()):
            return self.state_type.parse(outputs)

    def _begins(self, codat: Codat, account: UUID) -> None:
        """Say what a first apply binds this stack to; nothing, unless a kind says otherwise."""

    def _remember(self, state: State) -> None:
        if state.was_applied:
            self._session.remember(self.kind, state)

    def _look_first(self, inputs: Inputs | None, state: State | None, codat: Codat) -> None:
        if state is None and self._session.has_checked(_existing(self.kind)):
            self._session.require_pinned_account()
        live, account = self._look(codat, state)
        if inputs is not None:
            self._foresee(codat, inputs, _applied(state), live)
        if state is None:
            self._begins(codat, account)

    def _look_for_drift(self, state: State, inputs: Inputs | None) -> Found[Live] | None:
        """What Codat shows, and where that differs, said; None where the reading mode lets Codat be left out.

        Also said, and refused, is what applying the inputs would do, where they are given.
        """
        with about(self._label(state)):
            return compare(self._session, self._label(state), partial(self._compare, state, inputs))

    def _compare(self, state: State, inputs: Inputs | None, codat: Codat) -> Found[Live]:
        live, _ = self._look(codat, state)
        drifts = self._drift(state, live)
        changed = [str(drift) for drift in self._changed_outside(state, live)]
        if drifts:
            then = what_follows(self._session.settings, partial(self._repair, codat, state, live))
            self._session.warn_once(drift_warning(self._label(state), drifts, then))
        if not self._is_shown(live):
            self._session.warn_once(
                f"{self._label(state)}: Codat does not show all of this to this API key, so not all was compared"
            )
        self._session.note_outside(self.kind, [f"{self._label(state)}: {change}" for change in changed])
        if inputs is not None:
            self._foresee(codat, inputs, _applied(state), live)
        return Found(live, drifts)

    def _carry_out(
        self, codat: Codat, steps: Sequence[Step], state: State | None, live: Live, subject: Subject
    ) -> Applied:
        """Write, or let a person do it, unless that would undo what was changed outside and is held."""
        changed = self._changed_outside(state, live)
        if steps:
            stop_if_undone(self._session, self.kind, undone(steps, changed, subject.keys))
        return carry_out(self._session, codat, steps, subject)

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


def _existing(kind: str) -> str:
    return f"{kind} as it is in state"


def _settled(kind: str) -> str:
    return f"{kind} as it is in Codat"


def _applied(state: State | None) -> State | None:
    """The state, where it is of an apply; one from an import file is as good as none."""
    return state if state and state.was_applied else None
