"""One line a resource: its step, how far it is, what differs, what was said about it. Source: `rows.go` of the CLI."""

from __future__ import annotations

import time
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from pulumi_offline.display.step_texts import (
    DONE,
    FAILED,
    MARKS,
    PLANNED,
    PLANNED_DONE,
    RUNNING,
    retain_flag,
    short_diff,
)
from pulumi_offline.display.summary import plural
from pulumi_offline.events import Diagnostic, Severity
from pulumi_offline.steps import Op
from pulumi_offline.urns import STACK_TYPE, Urn

if TYPE_CHECKING:
    from pulumi_offline.events import StepView

__all__ = ["Row", "prefixed"]


def prefixed(diagnostic: Diagnostic) -> str:
    """The message as it is shown."""
    prefix = {Severity.WARNING: "warning: ", Severity.ERROR: "error: "}.get(diagnostic.severity, "")
    return (prefix + diagnostic.message).rstrip()


@dataclass(slots=True)
class Row:
    """What is known of one resource in this phase. `step` is None until its first step begins."""

    urn: str
    preview: bool
    step: StepView | None = None
    is_hidden: bool = True
    has_failed: bool = False
    was_refreshed: bool = False
    diagnostics: list[Diagnostic] = field(default_factory=list)
    _ended: list[StepView] = field(default_factory=list)
    _began_at: float | None = None
    _ended_at: float | None = None

    def begin(self, step: StepView) -> None:
        self.step = step
        self.was_refreshed |= step.op is Op.REFRESH
        self._began_at, self._ended_at = time.monotonic(), None

    def end(self, step: StepView) -> None:
        self.step = step
        self._ended_at = time.monotonic()
        self._ended.append(step)

    @property
    def op(self) -> Op:
        return self.step.op if self.step else Op.SAME

    def is_done(self, *, all_done: bool) -> bool:
        if self.has_failed or all_done:
            return True
        return not self._is_stack and self._has_ended

    @property
    def _is_stack(self) -> bool:
        return self.step is not None and self.step.type == STACK_TYPE

    @property
    def _has_ended(self) -> bool:
        return any(step.op is self.op for step in self._ended)

    def count(self, severity: Severity) -> int:
        return sum(entry.severity is severity and not entry.ephemeral for entry in self.diagnostics)

    def text(self, *, all_done: bool) -> str:
        urn = Urn.parse(self.urn)
        columns = (MARKS[self.op], urn.type, urn.name, self._status(all_done=all_done), self._info(all_done=all_done))
        return " " + " ".join(columns)

    def _status(self, *, all_done: bool) -> str:
        if self.step is None:
            return ""
        has_failed = self.has_failed or self.count(Severity.ERROR) > 0
        if all_done and not has_failed and self._was_interrupted:
            status = RUNNING[self.op] + " (interrupted)"
        elif not self.is_done(all_done=all_done):
            status = self._running()
        elif self.preview:
            status = PLANNED_DONE[self.op]
        else:
            status = self._timed(FAILED[self.op] if has_failed else DONE[self.op])
            status = f"**{status}**" if has_failed else status
        return status + retain_flag(self.step)

    @property
    def _was_interrupted(self) -> bool:
        custom = self.step is not None and self.step.state.custom
        return custom and self.op is not Op.SAME and not self._has_ended

    def _running(self) -> str:
        if self._is_stack and self.op is Op.SAME:
            return "running"
        if self.preview:
            return PLANNED[self.op]
        if self.op is Op.SAME or self._began_at is None:
            return RUNNING[self.op]
        return f"{RUNNING[self.op]} ({int(time.monotonic() - self._began_at)}s)"

    def _timed(self, text: str) -> str:
        if self.op is Op.SAME or self._began_at is None or self._ended_at is None:
            return text
        seconds = self._ended_at - self._began_at
        return f"{text} ({seconds:.2f}s)" if seconds < 1 else f"{text} ({int(seconds)}s)"

    def _info(self, *, all_done: bool) -> str:
        parts = []
        if changes := self._changes():
            parts.append(f"[diff: {changes}]")
        if all_done:
            counts = ((Severity.ERROR, "error"), (Severity.WARNING, "warning"), (Severity.INFO, "message"))
            parts += [plural(count, noun) for severity, noun in counts if (count := self.count(severity))]
        elif self.diagnostics and (message := prefixed(self.diagnostics[-1])):
            parts.append(message)
        return "; ".join(parts).partition("\n")[0]

    def _changes(self) -> str:
        step = self.step
        if step is None:
            return ""
        if step.op in (Op.CREATE_REPLACEMENT, Op.DELETE_REPLACED):  # because only the replacement itself knows both
            step = next((ended for ended in self._ended if ended.op is Op.REPLACE), step)
        marks = zip("+-~", short_diff(step), strict=True)
        return "".join(mark + ",".join(keys) for mark, keys in marks if keys)
