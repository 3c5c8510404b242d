"""The engine of these tests where the configuration changes with the program: another process makes the update.

As measured on the CLI: a refresh is configured with the configuration in state, and where the stack's own differs, a
second provider process is started for everything that follows. What is tainted, or named by `--replace`, is checked
with and without what was there, and never compared; what a replacement could not delete is deleted by the next run.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from .engine import Phase, Recorded, Stack, _check

if TYPE_CHECKING:
    from collections.abc import Callable

    from .engine import Inputs, Program
    from .world import Process

__all__ = ["ReconfiguredStack"]


@dataclass
class ReconfiguredStack(Stack):
    """A stack whose next commands may find another configuration than the one in state.

    `reconfigured`: each refresh has a process of its own, of which the one that follows knows nothing. `meanwhile` is
    what somebody does, once, when everything was checked and compared and the first write is about to come.
    """

    reconfigured: bool = False
    meanwhile: Callable[[], None] | None = None
    pending: list[Recorded] = field(default_factory=list)
    """What was replaced and is still to be deleted."""

    def _run(self, program: Program, *, refresh: bool, replace: str | None, dry: bool) -> Phase:
        if not (refresh and self.reconfigured):
            return super()._run(program, refresh=refresh, replace=replace, dry=dry)
        with self._phase() as process:
            self._refresh(process)
        first = self.last
        try:
            return super()._run(program, refresh=False, replace=replace, dry=dry)
        finally:
            self.last = Phase(
                self.last.steps,
                [*first.warnings, *self.last.warnings],
                [*first.requests, *self.last.requests],
                [*first.records, *self.last.records],
            )

    def _step(self, process: Process, name: str, kind: str, inputs: Inputs, *, replace: bool) -> str:
        old = self.resources.get(name)
        if not (replace and old):
            return super()._step(process, name, kind, inputs, replace=False)
        life = process.life(kind)
        _check(life.check(old.inputs, inputs, frozenset()))
        _check(life.check({}, inputs, frozenset()))
        return "replace"

    def _carry_out(self, process: Process, name: str, kind: str, inputs: Inputs, step: str) -> list[Recorded]:
        if step != "same" and self.meanwhile:
            meanwhile, self.meanwhile = self.meanwhile, None
            meanwhile()
        self.pending += super()._carry_out(process, name, kind, inputs, step)
        return []

    def _delete(self, process: Process, names: set[str]) -> None:
        while self.pending:
            process.life(self.pending[0].kind).delete(self.pending[0].outputs)
            del self.pending[0]
        super()._delete(process, names)
