"""Random sequences played as they come: how many steps there were, and what was found first."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from hypothesis import HealthCheck, Phase, seed, settings
from hypothesis.stateful import run_state_machine_as_test

from .machine import Machine

if TYPE_CHECKING:
    from .world import ModelWorld

__all__ = ["Played", "play"]


@dataclass(frozen=True)
class Played:
    """`finding` is why the model did not hold, in one line; None where it did."""

    steps: int
    finding: str | None
    sequence: str = ""
    """What led to the finding, as hypothesis tells it."""


def play(world: ModelWorld, number: int, *, sequences: int, length: int) -> Played:
    """The sequences of a number, until something is found; nothing is shrunk, because only the finding counts."""

    class Part(Machine):
        pass

    Part.world, Part.steps_run = world, 0
    given = settings(
        max_examples=sequences,
        stateful_step_count=length,
        phases=[Phase.generate],
        database=None,
        deadline=None,
        report_multiple_bugs=False,
        suppress_health_check=list(HealthCheck),
    )
    try:
        run_state_machine_as_test(seed(number)(Part), settings=given)
    except Exception as error:  # noqa: BLE001 because whatever it is, it was found
        told = "\n".join(getattr(error, "__notes__", ()))
        return Played(Part.steps_run, f"{type(error).__name__}: {' '.join(str(error).split())}"[:900], told)
    return Played(Part.steps_run, None)
