"""What the program's calls do to a deployment: registrations become steps, outputs are kept, the rest is refused."""

from __future__ import annotations

import threading
from dataclasses import replace
from typing import TYPE_CHECKING

from pulumi_offline.errors import Cancelled, OfflineError, Refusal, Unsupported
from pulumi_offline.events import Diagnostic, EventSink, Severity
from pulumi_offline.executor import StepFailed
from pulumi_offline.generator import Bail, Generator
from pulumi_offline.goal import Goal
from pulumi_offline.steps import Op
from pulumi_offline.urns import DEFAULT_PROVIDER_NAME, PROVIDER_TYPE, STACK_TYPE, ProviderReference

if TYPE_CHECKING:
    from collections.abc import Sequence

    from pulumi_offline.control import Control
    from pulumi_offline.executor import Executor
    from pulumi_offline.state import ResourceState
    from pulumi_offline.steps import Step
    from pulumi_offline.values import PropertyMap

__all__ = ["Registrations"]


class Registrations:
    """Called by the monitor, from as many threads as the program registers resources at once."""

    def __init__(
        self,
        *,
        generator: Generator,
        executor: Executor,
        control: Control,
        events: EventSink,
        default_inputs: PropertyMap,
    ) -> None:
        """`default_inputs` configure the default provider, should the program need it."""
        self._generator = generator
        self._executor = executor
        self._control = control
        self._events = events
        self._default_inputs = default_inputs
        self._default_reference = ""
        self._default_lock = threading.Lock()
        self._generating = threading.Lock()
        self._goals: dict[str, Goal] = {}
        self._ended = threading.Event()
        self.stack_outputs: tuple[str, PropertyMap] | None = None
        self.bailed = False
        self.step_failed = False
        self.refusal: Refusal | None = None
        self.is_out_of_scope = False  # what ends the deployment is this engine's limits, not the deployment's failure

    def register(self, goal: Goal) -> ResourceState:
        if goal.parent in self._goals:
            goal = goal.inheriting(self._goals[goal.parent])
        if goal.needs_provider and not goal.provider:
            goal = replace(goal, provider=self._default_provider())
        with self._generating:
            steps = self._generate(goal)
        for step in steps:
            self._execute(step)
        state = next(step.state for step in reversed(steps) if step.op is not Op.REPLACE)
        self._goals[state.urn] = goal
        return state

    def register_outputs(self, urn: str, outputs: PropertyMap) -> None:
        with self._control.working():
            if urn in self._goals and self._goals[urn].type == STACK_TYPE:
                self.stack_outputs = (urn, outputs)  # because they count only when all is done
                return
            try:
                self._executor.register_outputs(urn, outputs)
            except OfflineError as error:
                raise self.refuse(error) from None

    def refuse(self, error: OfflineError, urn: str = "") -> Cancelled:
        if isinstance(error, Refusal):
            self.refusal = self.refusal or error
        elif not self._control.is_cancelled:
            self._events.emit(Diagnostic(Severity.ERROR, str(error), urn))
        self.bailed = True
        self.is_out_of_scope = self.is_out_of_scope or isinstance(error, Refusal | Unsupported)
        self._control.cancel()
        return Cancelled(str(error))

    def wait_until_ended(self) -> None:
        self._ended.wait()

    def end(self) -> None:
        """Drop the calls that will not be answered."""
        self._ended.set()

    def _default_provider(self) -> str:
        with self._default_lock:
            if not self._default_reference:
                state = self.register(Goal(PROVIDER_TYPE, DEFAULT_PROVIDER_NAME, inputs=self._default_inputs))
                self._default_reference = str(ProviderReference(state.urn, state.id))
            return self._default_reference

    def _generate(self, goal: Goal) -> Sequence[Step]:
        with self._control.working():
            try:
                return self._generator.steps_for(goal)
            except Bail as error:
                self.bailed = True
                self._control.cancel()
                raise Cancelled(str(error)) from None
            except OfflineError as error:
                raise self.refuse(error, self._generator.urn_of(goal)) from None

    def _execute(self, step: Step) -> None:
        with self._control.working():
            try:
                self._executor.execute(step)
            except Refusal as error:
                raise self.refuse(error) from None
            except StepFailed as error:
                self.step_failed = True
                self._control.cancel()
                raise Cancelled(str(error)) from None
