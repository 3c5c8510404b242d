"""What a command did, as plain data."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from pulumi_offline.display.step_texts import short_diff
from pulumi_offline.events import Diagnostic, Event, Severity, StepBegins, StepEnds, StepFails, StepView
from pulumi_offline.steps import Op
from pulumi_offline.urns import STACK_TYPE
from pulumi_offline.values import PropertyMap, PropertyValue, Secret, contains_unknowns, plain

if TYPE_CHECKING:
    from collections.abc import Mapping

__all__ = ["Output", "PhaseResult", "Recorder", "Result", "StepResult"]


@dataclass(frozen=True, slots=True)
class Output:
    """One output of the stack. What is secret in `value` is `[secret]`; it is None as long as it is not known."""

    value: object
    secret: bool = False
    known: bool = True


@dataclass(frozen=True, slots=True)
class StepResult:
    """One finished step. The keys are those of inputs, or options such as `protect`, that differ."""

    urn: str
    op: Op
    added: tuple[str, ...] = ()
    deleted: tuple[str, ...] = ()
    updated: tuple[str, ...] = ()
    failed: bool = False

    @property
    def changed(self) -> tuple[str, ...]:
        """All differing keys, sorted."""
        return tuple(sorted({*self.added, *self.deleted, *self.updated}))


@dataclass(frozen=True, slots=True)
class PhaseResult:
    """A preview, or the change itself."""

    preview: bool
    succeeded: bool
    steps: tuple[StepResult, ...]
    changes: Mapping[Op, int]
    diagnostics: tuple[Diagnostic, ...]
    outputs: Mapping[str, Output]
    seconds: float

    @property
    def has_changes(self) -> bool:
        """Whether anything but `same` was counted."""
        return any(count for op, count in self.changes.items() if op is not Op.SAME)


@dataclass(frozen=True, slots=True)
class Result:
    """A command. `exit_code` is 0, 1 after a failure, 7 when no changes were expected and there were some.

    `text` is what a person is shown where there is no terminal.
    """

    phases: tuple[PhaseResult, ...]
    exit_code: int
    text: str = field(default="", repr=False)

    @property
    def last(self) -> PhaseResult:
        return self.phases[-1]

    @property
    def steps(self) -> tuple[StepResult, ...]:
        """Steps of the last phase."""
        return self.last.steps

    @property
    def outputs(self) -> Mapping[str, Output]:
        """The stack's outputs after the last phase."""
        return self.last.outputs

    @property
    def changes(self) -> Mapping[Op, int]:
        return self.last.changes

    @property
    def diagnostics(self) -> tuple[Diagnostic, ...]:
        """What was said in all phases."""
        return tuple(diagnostic for phase in self.phases for diagnostic in phase.diagnostics)

    @property
    def errors(self) -> tuple[str, ...]:
        return tuple(entry.message for entry in self.diagnostics if entry.severity is Severity.ERROR)

    @property
    def warnings(self) -> tuple[str, ...]:
        return tuple(entry.message for entry in self.diagnostics if entry.severity is Severity.WARNING)

    def ops(self) -> dict[str, list[Op]]:
        """What was done, by URN, without what stayed the same."""
        ops: dict[str, list[Op]] = {}
        for step in self.steps:
            if step.op is not Op.SAME:
                ops.setdefault(step.urn, []).append(step.op)
        return ops


def _hidden(value: PropertyValue) -> PropertyValue:
    """The value with `[secret]` for what is secret, at any depth."""
    match value:
        case Secret(value=inner) if not contains_unknowns(inner):
            return "[secret]"
        case dict():
            return {key: _hidden(item) for key, item in value.items()}
        case list():
            return [_hidden(item) for item in value]
        case _:
            return value


class Recorder:
    """Collects the events of one phase."""

    def __init__(self) -> None:
        self._steps: list[StepResult] = []
        self._diagnostics: list[Diagnostic] = []
        self._outputs: PropertyMap | None = None

    def emit(self, event: Event) -> None:
        match event:
            case StepBegins(step) if not step.state.custom and step.op is not Op.REFRESH:
                self._record(step, failed=False)  # because a component's step is over as soon as it begins
            case StepEnds(step):
                self._record(step, failed=False)
            case StepFails(step):
                self._record(step, failed=True)
            case Diagnostic():
                self._diagnostics.append(event)
            case _:
                pass

    @property
    def stack_outputs(self) -> PropertyMap:
        """The last that was told of them."""
        return self._outputs or {}

    def result(
        self, *, preview: bool, succeeded: bool, changes: Mapping[Op, int], outputs: PropertyMap, seconds: float
    ) -> PhaseResult:
        """`outputs` are the state's; those a preview expects take their place."""
        expected = self._outputs if preview else None
        shown = outputs if expected is None else expected
        return PhaseResult(
            preview,
            succeeded,
            tuple(self._steps),
            changes,
            tuple(self._diagnostics),
            {
                key: Output(plain(_hidden(value)), isinstance(value, Secret), not contains_unknowns(value))
                for key, value in shown.items()
            },
            seconds,
        )

    def _record(self, step: StepView, *, failed: bool) -> None:
        if step.type == STACK_TYPE:
            self._outputs = step.new.outputs if step.new else {}
        self._steps = [
            known for known in self._steps if (known.urn, known.op) != (step.urn, step.op)
        ]  # because a component ends twice: when it is there, and when it has registered its outputs
        added, deleted, updated = short_diff(step)
        self._steps.append(StepResult(step.urn, step.op, added, deleted, updated, failed))
