"""All trials of all operations on one world; what the tests and `python -m tests.faults` have in common."""

from __future__ import annotations

from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import TYPE_CHECKING
from unittest import mock

from .operations import OPERATIONS
from .trial import Trial, requests_of
from .world import fault_world

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from .faults import Fault, Request
    from .trial import Outcome
    from .world import FaultWorld, Start

__all__ = ["Trials", "trials"]


@dataclass
class Trials:
    """The operations by name, each brought about once and put back before every trial."""

    world: FaultWorld
    fresh: Start
    _starts: dict[str, Start] = field(default_factory=dict)
    _completed: dict[str, dict[str, list[str]]] = field(default_factory=dict)

    def requests(self, name: str) -> list[Request]:
        """Which requests the operation makes where nothing goes wrong."""
        return requests_of(self.world, OPERATIONS[name], self._start(name))

    def outcomes(self, name: str, request: Request, faults: Iterable[Fault]) -> Iterator[tuple[Fault, Outcome]]:
        """What comes of each fault that can befall the request.

        Equal aftermaths are completed once, because what completes one completes the other.
        """
        operation, start = OPERATIONS[name], self._start(name)
        completed = self._completed.setdefault(name, {})
        with mock.patch("secrets.token_hex", lambda size: "5a" * size):  # because salts would make each one different
            for fault in faults:
                if not fault.concerns(request):
                    continue
                trial = Trial(self.world, operation, start, fault.writes)
                outcome = trial.run(request, fault)
                aftermath = trial.aftermath()
                if aftermath not in completed:
                    completed[aftermath] = trial.complete()
                outcome.wrong += completed[aftermath]
                yield fault, outcome

    def _start(self, name: str) -> Start:
        if name not in self._starts:
            stack = OPERATIONS[name].stack(self.world)
            self.world.put_back(self.fresh, stack)
            OPERATIONS[name].given(self.world, stack)
            self._starts[name] = self.world.keep(stack)
        return self._starts[name]


@contextmanager
def trials() -> Iterator[Trials]:
    """A world with nothing done yet."""
    with fault_world() as world:
        yield Trials(world, world.start({}))
