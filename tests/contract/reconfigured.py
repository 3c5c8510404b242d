"""The engine of these tests where the configuration changes with the program: another process makes the update.

As measured on the CLI: what a replacement could not delete is deleted by the next run.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from .engine import Recorded, Stack

if TYPE_CHECKING:
    from collections.abc import Callable

    from .engine import Inputs, Phase, Program
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
        self.refreshed_with = dict(self.settings) if self.reconfigured else None
        return super()._run(program, refresh=refresh, replace=replace, dry=dry)

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
