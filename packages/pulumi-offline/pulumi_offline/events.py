"""What happens in a deployment, told to whoever shows or records it."""

from __future__ import annotations

from dataclasses import dataclass, field
from enum import IntEnum
from typing import TYPE_CHECKING, Protocol, TypeAlias

if TYPE_CHECKING:
    from collections.abc import Mapping

    from pulumi_offline.state import ResourceState
    from pulumi_offline.steps import Diff, Op, Step
    from pulumi_offline.values import PropertyMap

__all__ = [
    "Diagnostic",
    "Event",
    "EventSink",
    "PhaseBegins",
    "PhaseEnds",
    "PhaseRefused",
    "Severity",
    "StateView",
    "StepBegins",
    "StepEnds",
    "StepFails",
    "StepView",
]


class Severity(IntEnum):
    """The severities of Pulumi's log."""

    DEBUG = 0
    INFO = 1
    WARNING = 2
    ERROR = 3


@dataclass(frozen=True, slots=True)
class StateView:
    """One resource's state at the moment of an event."""

    urn: str
    type: str
    custom: bool
    id: str
    parent: str
    provider: str
    protect: bool
    taint: bool
    retain_on_delete: bool
    inputs: PropertyMap = field(repr=False)
    outputs: PropertyMap = field(repr=False)

    @classmethod
    def of(cls, state: ResourceState | None) -> StateView | None:
        if state is None:
            return None
        return cls(
            state.urn,
            state.type,
            state.custom,
            state.id,
            state.parent,
            state.provider,
            state.protect,
            state.taint,
            state.retain_on_delete,
            state.inputs,
            state.outputs,
        )


@dataclass(frozen=True, slots=True)
class StepView:
    """A step at the moment of an event. `op` of a finished refresh is what it found: same, update or delete."""

    op: Op
    urn: str
    type: str
    old: StateView | None
    new: StateView | None
    diff: Diff
    logical: bool

    @classmethod
    def of(cls, step: Step, op: Op) -> StepView:
        return cls(
            op, step.urn, step.state.type, StateView.of(step.old), StateView.of(step.new), step.diff, step.is_logical
        )

    @property
    def state(self) -> StateView:
        state = self.new or self.old
        assert state is not None  # noqa: S101 - a step is about a resource
        return state


@dataclass(frozen=True, slots=True)
class PhaseBegins:
    """A preview, or the change itself, begins. `kind` is `update`, `refresh`, `destroy` or `import`."""

    kind: str
    stack: str
    project: str
    preview: bool

    @property
    def shortens(self) -> bool:
        """Whether long texts are cut when they are shown; the CLI shows them whole after a refresh or an import."""
        return self.kind in ("update", "destroy")


@dataclass(frozen=True, slots=True)
class StepBegins:
    step: StepView


@dataclass(frozen=True, slots=True)
class StepEnds:
    """A step succeeded, or a component or the stack registered its outputs."""

    step: StepView


@dataclass(frozen=True, slots=True)
class StepFails:
    step: StepView


@dataclass(frozen=True, slots=True)
class Diagnostic:
    """A message. `urn` is empty when it is about the stack; messages of one `stream` belong together."""

    severity: Severity
    message: str
    urn: str = ""
    stream: int = 0
    ephemeral: bool = False


@dataclass(frozen=True, slots=True)
class PhaseEnds:
    """A phase is over, however it went."""

    changes: Mapping[Op, int]
    seconds: float


@dataclass(frozen=True, slots=True)
class PhaseRefused:
    """A guard ended the phase before it did anything worth telling."""


Event: TypeAlias = PhaseBegins | StepBegins | StepEnds | StepFails | Diagnostic | PhaseEnds | PhaseRefused


class EventSink(Protocol):
    """Takes events, possibly from several threads at once."""

    def emit(self, event: Event) -> None: ...
