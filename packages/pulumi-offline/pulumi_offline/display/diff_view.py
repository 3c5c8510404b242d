"""The view of `--diff`: every step with its properties. Diagnostics go to `err`. Source: `diff.go` of the CLI."""

from __future__ import annotations

import io
import threading
from dataclasses import replace
from typing import TYPE_CHECKING, TextIO

from pulumi_offline.diffs import diff_maps, translate_detailed
from pulumi_offline.display.outputs import outputs_text
from pulumi_offline.display.printer import Printer
from pulumi_offline.display.progress_view import headline, is_shown
from pulumi_offline.display.rows import prefixed
from pulumi_offline.display.step_texts import MARKS, retain_flag
from pulumi_offline.display.summary import summary_text
from pulumi_offline.events import Diagnostic, Event, PhaseBegins, PhaseEnds, StepBegins, StepEnds, StepFails, StepView
from pulumi_offline.steps import Op
from pulumi_offline.urns import STACK_TYPE, ProviderReference

if TYPE_CHECKING:
    from pulumi_offline.events import StateView

__all__ = ["DiffView"]

_SHOWN_AT_THE_END = (Op.IMPORT, Op.REFRESH)


class DiffView:
    """Writes to `out` and `err`. Takes events from several threads."""

    def __init__(self, out: TextIO, err: TextIO) -> None:
        self._out = out
        self._err = err
        self._lock = threading.RLock()
        self._preview = False
        self._shorten = False
        self._seen: dict[str, StepView] = {}
        self._errored: set[str] = set()

    def emit(self, event: Event) -> None:
        with self._lock:
            match event:
                case PhaseBegins():
                    self._preview, self._shorten = event.preview, event.shortens
                    self._seen, self._errored = {}, set()
                    self._write(headline(event) + "\n")
                case StepFails(step):
                    self._errored.add(step.urn)
                case Diagnostic():
                    self._err.write(prefixed(event) + ("\n\n" if event.stream else "\n"))
                    self._err.flush()
                case StepBegins(step):
                    self._seen[step.urn] = step
                    if step.op not in _SHOWN_AT_THE_END and _is_visible(step):
                        self._write(self._step_text(step))
                case StepEnds(step) if _is_visible(step):
                    self._write(self._outcome_text(step))
                case PhaseEnds():
                    self._write(summary_text(event.changes, len(self._errored), event.seconds, preview=self._preview))
                case _:
                    pass

    def _write(self, text: str) -> None:
        self._out.write(text)
        self._out.flush()

    def _outcome_text(self, step: StepView) -> str:
        begun = self._seen.get(step.urn)
        refresh = begun is not None and begun.op is Op.REFRESH
        if step.op is Op.IMPORT or (refresh and step.op is Op.UPDATE):
            return self._step_text(step)
        indent = self._indent(step)
        text = outputs_text(step, indent + 1, preview=self._preview, refresh=refresh, shorten=self._shorten)
        header = ""
        if refresh and (step.op is not Op.REFRESH or text or step.type == STACK_TYPE):
            header = _header_text(step, indent)
        if text:
            header += "    " * (indent + 1) + "--outputs:--\n"
        return header + text

    def _step_text(self, step: StepView) -> str:
        indent = self._indent(step)
        return _header_text(step, indent) + (
            "" if step.op is Op.SAME else _details_text(step, indent + 1, shorten=self._shorten)
        )

    def _indent(self, step: StepView) -> int:
        """One step deeper than the nearest shown ancestor."""
        indent = 0
        parent = step.state.parent
        while parent in self._seen:
            ancestor = self._seen[parent]
            indent += _is_visible(ancestor)
            parent = ancestor.state.parent
        return indent


def _is_visible(step: StepView) -> bool:
    """Of a replacement only the logical step is shown."""
    if step.type == STACK_TYPE:
        return True
    return is_shown(step) and (step.logical or not step.op.is_replacement)


def _header_text(step: StepView, indent: int) -> str:
    margin, inner = "    " * indent, "    " * (indent + 1)
    text = f"{margin}{MARKS[step.op]}{step.type}: ({step.op.value}{retain_flag(step)}){_lock_sign(step)}\n"
    if step.old is not None and step.old.id:
        text += f"{inner}[id={step.old.id}]\n"
    text += f"{inner}[urn={step.urn}]\n"
    if step.old is not None and step.new is not None and step.old.provider != step.new.provider:
        text += f"{inner}[provider: {step.old.provider} => {step.new.provider}]\n"
    elif step.state.provider and not ProviderReference.parse(step.state.provider).is_default:
        text += f"{inner}[provider={step.state.provider}]\n"
    return text


def _lock_sign(step: StepView) -> str:
    was, will = _is_protected(step.old), _is_protected(step.new)
    if was and step.new is not None and not will:
        return " 🔓"
    return " 🔒" if was or will else ""


def _is_protected(state: StateView | None) -> bool:
    return state is not None and state.protect


def _details_text(step: StepView, indent: int, *, shorten: bool) -> str:
    text = io.StringIO()
    printer = Printer(text.write, indent, step.op, shorten=shorten)
    old, new = step.old, step.new
    if old is None and new is not None:
        printer.map(new.outputs or new.inputs)
    elif old is not None and new is None:
        printer.map(old.inputs)
    elif old is not None and new is not None:
        if step.diff.detailed is not None:
            difference, include = translate_detailed(step.diff.detailed, old.inputs, new.inputs), None
        elif new.outputs:
            difference, include = diff_maps(old.outputs, new.outputs, internal_keys=False), None
        else:
            difference = diff_maps(old.inputs, new.inputs, internal_keys=False)
            include = set(step.diff.changed_keys) or None
        if difference:
            replace(printer, prefix=True).object_diff(difference, include=include)
        else:
            replace(printer, op=Op.SAME, prefix=True).map(new.inputs)
    return text.getvalue()
