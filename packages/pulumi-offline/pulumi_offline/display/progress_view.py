"""The plain view: a line whenever a resource gets on, then diagnostics, outputs and counts.

Source: `progress.go` and `jsonmessage.go` of the CLI, for an output that is no terminal.
"""

from __future__ import annotations

import threading
from typing import TYPE_CHECKING, TextIO

from pulumi_offline.display.outputs import outputs_text
from pulumi_offline.display.rows import Row, prefixed
from pulumi_offline.display.spinner import Spinner
from pulumi_offline.display.summary import summary_text
from pulumi_offline.events import (
    Diagnostic,
    Event,
    PhaseBegins,
    PhaseEnds,
    PhaseRefused,
    Severity,
    StepBegins,
    StepEnds,
    StepFails,
    StepView,
)
from pulumi_offline.steps import Op
from pulumi_offline.urns import STACK_TYPE, Urn

if TYPE_CHECKING:
    from collections.abc import Iterator

__all__ = ["ProgressView", "headline"]

_VERBS = {"update": "Updating", "refresh": "Refreshing", "destroy": "Destroying", "import": "Importing"}


def headline(event: PhaseBegins) -> str:
    verb = f"Previewing {event.kind}" if event.preview else _VERBS[event.kind]
    return f"{verb} ({event.stack}):"


def is_shown(step: StepView) -> bool:
    """Steps that change nothing are not shown, unless they change an option a person should know of."""
    return step.op is not Op.SAME or (
        step.old is not None and step.new is not None and step.old.protect != step.new.protect
    )


class ProgressView:
    """Writes to `out`. Takes events from several threads."""

    def __init__(self, out: TextIO) -> None:
        self._out = out
        self._lock = threading.RLock()
        self._rows: dict[str, Row] = {}
        self._begins = PhaseBegins("update", "", "", preview=False)
        self._spinner = Spinner(out, self._lock)

    def emit(self, event: Event) -> None:
        with self._lock:
            match event:
                case PhaseBegins():
                    self._begin(event)
                case PhaseEnds():
                    self._end(event)
                case PhaseRefused():
                    self._spinner.stop()
                    self._spinner.clear()
                case Diagnostic():
                    row = self._row(event.urn)
                    row.is_hidden = False
                    row.diagnostics.append(event)
                    self._show(row)
                case StepBegins(step):
                    row = self._row_of(step)
                    row.begin(step)
                    self._show(row)
                case StepEnds(step):
                    self._end_step(step)
                case StepFails(step):
                    row = self._row_of(step)
                    row.has_failed = True
                    self._show(row)

    @property
    def _stack_urn(self) -> str:
        return str(
            Urn(self._begins.stack, self._begins.project, STACK_TYPE, f"{self._begins.project}-{self._begins.stack}")
        )

    def _begin(self, event: PhaseBegins) -> None:
        self._begins = event
        self._rows = {}
        self._print(headline(event) + "\n")
        label = f"previewing {event.kind}" if event.preview else _VERBS[event.kind].lower()
        self._spinner.start(f"@ {label}...")

    def _end_step(self, step: StepView) -> None:
        row = self._row_of(step)
        was_refresh = row.op is Op.REFRESH
        row.end(step)
        preview = self._begins.preview
        if was_refresh or (not preview and step.state.custom and step.op is not Op.SAME):
            self._show(row)

    def _row(self, urn: str) -> Row:
        urn = urn or self._stack_urn
        if not self._rows and urn != self._stack_urn:
            self._row(self._stack_urn).is_hidden = False  # because the stack has a line whatever happens
        if urn not in self._rows:
            self._rows[urn] = Row(urn, self._begins.preview)
        return self._rows[urn]

    def _row_of(self, step: StepView) -> Row:
        is_first = step.urn not in self._rows
        row = self._row(step.urn)
        if is_shown(step) or (step.urn == self._stack_urn and not is_first):
            row.is_hidden = False
        return row

    def _show(self, row: Row, *, all_done: bool = False) -> None:
        if not row.is_hidden:
            self._print(row.text(all_done=all_done))

    def _end(self, event: PhaseEnds) -> None:
        self._spinner.stop()
        for row in self._rows.values():
            if not row.is_done(all_done=False):
                self._show(row, all_done=True)
        self._print_diagnostics()
        self._print_outputs()
        errored = sum(row.count(Severity.ERROR) > 0 for row in self._rows.values())
        self._print(summary_text(event.changes, errored, event.seconds, preview=self._begins.preview))

    def _print_diagnostics(self) -> None:
        header = "Diagnostics:"
        for row in self._rows.values():
            urn = Urn.parse(row.urn)
            subject = f"  {urn.type} ({urn.name}):"
            for messages in _streams(row):
                self._print_once(header, subject)
                header = subject = ""
                for line in "\n".join(messages).split("\n"):
                    self._print(f"    {line}".rstrip() if line else "    ")
                self._print("")

    def _print_once(self, *lines: str) -> None:
        for line in lines:
            if line:
                self._print(line)

    def _print_outputs(self) -> None:
        row = self._rows.get(self._stack_urn)
        if row is None or row.step is None:
            return
        if row.step.new is None and not row.was_refreshed:
            return  # because the CLI learns of a stack only by its first step, and a lone delete comes too late for it
        text = outputs_text(row.step, 1, preview=self._begins.preview, refresh=False, shorten=self._begins.shortens)
        if text:
            self._print("Outputs:")
            self._print(text)

    def _print(self, line: str) -> None:
        self._spinner.clear()
        self._out.write(line + "\n")
        self._out.flush()


def _streams(row: Row) -> Iterator[list[str]]:
    """What was said, each stream's messages together."""
    streams: dict[int, list[str]] = {}
    for diagnostic in row.diagnostics:
        if not diagnostic.ephemeral and (text := prefixed(diagnostic)):
            streams.setdefault(diagnostic.stream, []).append(text)
    yield from streams.values()
