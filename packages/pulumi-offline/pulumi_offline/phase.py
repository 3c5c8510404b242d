"""One phase of a command: a preview, or the change itself, of an update, a refresh or a destroy.

Source: `deployment_executor.go` of the CLI; measured on the pulumi CLI.
"""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from enum import Enum
from typing import TYPE_CHECKING

from pulumi_offline.children import PARALLEL, Children
from pulumi_offline.control import Control
from pulumi_offline.dependents import delete_waves, transitive_dependencies
from pulumi_offline.errors import Cancelled, OfflineError, Refusal
from pulumi_offline.events import Diagnostic, EventSink, Severity
from pulumi_offline.executor import DeleteProtected, Executor, StepFailed
from pulumi_offline.generator import Generator
from pulumi_offline.importing import existing_steps, import_waves
from pulumi_offline.monitor import Server
from pulumi_offline.pending import pending_warning
from pulumi_offline.program import Chatter, run_program
from pulumi_offline.refreshed import rebuilt
from pulumi_offline.registrations import Registrations
from pulumi_offline.registry import ProviderRegistry
from pulumi_offline.steps import Op, Step

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from pulumi_offline.importing import Import
    from pulumi_offline.journal import Journal
    from pulumi_offline.provider import Provider
    from pulumi_offline.state import ResourceState, Snapshot
    from pulumi_offline.values import PropertyMap

__all__ = ["Kind", "Phase", "Plan", "Terminated"]


class Kind(Enum):
    """What a command does."""

    UPDATE = "update"
    REFRESH = "refresh"
    DESTROY = "destroy"
    IMPORT = "import"


class Terminated(OfflineError):
    """A second interrupt ended everything at once; running operations stay pending in the state."""


@dataclass(frozen=True, slots=True)
class Plan:
    """What a phase is to do. `refresh` reads every resource first."""

    kind: Kind
    preview: bool
    refresh: bool
    stack: str
    project: str
    imports: tuple[Import, ...] = ()


class Phase:
    """Runs once."""

    def __init__(
        self,
        plan: Plan,
        base: Snapshot,
        *,
        children: Callable[[EventSink], Children],
        journal: Journal,
        events: EventSink,
        guard: Callable[[str, PropertyMap], None],
    ) -> None:
        """`children` is called once, with where their output goes. `guard` may raise a `Refusal`."""
        self._plan = plan
        self._base = base
        self._journal = journal
        self._events = events
        self._guard = guard
        self._chatter = Chatter(events)
        self._children = children(self._chatter)
        self._control = Control()
        self._olds: list[ResourceState] = list(base.resources)
        self._registry = ProviderRegistry(self._start_provider, self._pass_guard, self._olds)
        self._executor = Executor(
            registry=self._registry,
            journal=journal,
            events=events,
            control=self._control,
            preview=plan.preview,
            refresh=plan.kind is Kind.REFRESH,
        )
        self._generator = Generator(
            stack=plan.stack,
            project=plan.project,
            preview=plan.preview,
            registry=self._registry,
            events=events,
        )
        self._registrations = Registrations(
            generator=self._generator,
            executor=self._executor,
            control=self._control,
            events=events,
            default_inputs=self._children.config.provider_inputs(),
        )
        self._server = Server(self._registrations, self._chatter, root=self._children.project.directory)

    @property
    def changes(self) -> dict[Op, int]:
        return dict(self._executor.changes)

    def interrupt(self) -> None:
        """The first time, let running operations end; the second time, end everything at once."""
        self._control.interrupt()

    def run(self) -> bool:
        """True when all went well. Raises `Refusal` when the guard said no, `Terminated` after a second interrupt."""
        try:
            with self._control.listening(self._say_interrupted, self._children.kill):
                self._run()
        finally:
            self._control.cancel()
            self._registrations.end()
            self._registry.close_all()
            self._server.close()
            self._children.wait_for_output()
        if self._registrations.refusal is not None:
            raise self._registrations.refusal
        if self._control.is_terminated:
            raise Terminated(f"{self._word()} terminated")
        self._journal.close()
        return self._judge()

    def _judge(self) -> bool:
        if self._registrations.bailed:
            return False
        if self._registrations.step_failed or self._generator.saw_error:
            self._error(f"{self._word()} failed")
            return False
        if self._control.is_interrupted:
            self._error(f"{self._word()} canceled")
            return False
        return True

    def _word(self) -> str:
        return "preview" if self._plan.preview else "update"

    def _error(self, message: str) -> None:
        self._events.emit(Diagnostic(Severity.ERROR, message))

    def _say_interrupted(self) -> None:
        message = "^C received; cancelling. If you would like to terminate immediately, press ^C again.\n"
        self._events.emit(Diagnostic(Severity.INFO, message, ephemeral=True))

    def _start_provider(self) -> Provider:
        return self._children.start_provider(self._server.address)

    def _pass_guard(self, urn: str, inputs: PropertyMap) -> None:
        self._guard(urn, inputs)
        self._journal.release()

    def _run(self) -> None:
        if self._plan.kind is Kind.IMPORT:
            self._import()
            return
        if self._plan.refresh or self._plan.kind is Kind.REFRESH:
            self._refresh()
            if self._plan.kind is Kind.REFRESH or self._registrations.step_failed or self._control.is_cancelled:
                return
        elif self._base.pending_operations and not self._plan.preview:
            self._events.emit(pending_warning(self._base.pending_operations))
        self._generator.start_from(self._olds)
        if self._plan.kind is Kind.DESTROY or self._run_program():
            self._delete_the_rest()
        self._finish_stack_outputs()

    def _refresh(self) -> None:
        steps = [Step(Op.REFRESH, old=old, new=old) for old in self._olds]
        try:
            for reference in dict.fromkeys(old.provider for old in self._olds if old.provider):
                self._registry.ensure(reference)
        except OfflineError as error:
            self._registrations.refuse(error)
            return
        self._in_parallel(steps)
        if self._control.is_cancelled:
            return
        self._olds = rebuilt([step.new for step in steps])
        self._journal.rebase(self._olds)
        self._registry.rebase(self._olds)

    def _import(self) -> None:
        """What exists stays; the stack and the default provider are made if they are missing; then the imports."""
        steps = existing_steps(
            self._olds,
            self._plan.imports,
            stack=self._plan.stack,
            project=self._plan.project,
            default_inputs=self._children.config.provider_inputs(),
        )
        for step in steps:  # one after another, because each is what a later one needs
            if self._fails(step):
                return
        try:
            waves = import_waves(self._plan.imports, [step.state for step in steps])
        except OfflineError as error:
            self._registrations.refuse(error)
            return
        for wave in waves:
            if self._in_parallel(wave):
                return

    def _run_program(self) -> bool:
        return run_program(
            self._children,
            self._server.address,
            control=self._control,
            registrations=self._registrations,
            chatter=self._chatter,
        )

    def _delete_the_rest(self) -> None:
        steps = self._generator.remaining()
        try:
            for step in steps:
                if step.state.provider:
                    self._registry.ensure(step.state.provider)
        except OfflineError as error:
            self._registrations.refuse(error)
            return
        kept: set[str] = set()
        for wave in delete_waves(steps):
            failed = self._in_parallel([step for step in wave if step.urn not in kept])
            for step in failed:
                kept |= transitive_dependencies([step.urn], self._olds)

    def _in_parallel(self, steps: Sequence[Step]) -> list[Step]:
        """The steps that failed."""
        if not steps:
            return []
        with ThreadPoolExecutor(max_workers=min(PARALLEL, len(steps))) as pool:
            failed = list(pool.map(self._fails, steps))
        return [step for step, has_failed in zip(steps, failed, strict=True) if has_failed]

    def _fails(self, step: Step) -> bool:
        try:
            with self._control.working():
                self._executor.execute(step)
        except Cancelled:
            return False
        except Refusal as error:
            self._registrations.refuse(error)
            return True
        except StepFailed as error:
            self._registrations.step_failed = True
            if step.op is not Op.REFRESH and not isinstance(error, DeleteProtected):
                self._control.cancel()  # because only a refresh, or a protected resource, lets the others go on
            return True
        return False

    def _finish_stack_outputs(self) -> None:
        """The new outputs; after a failure laid over the old ones, so that what was not reached is not lost."""
        if self._registrations.stack_outputs is None:
            return
        urn, outputs = self._registrations.stack_outputs
        if self._registrations.bailed or self._registrations.step_failed or self._control.is_cancelled:
            outputs = {**next((old.outputs for old in self._olds if old.urn == urn), {}), **outputs}
        self._executor.register_outputs(urn, outputs)
