"""Stacks, the Portal, faults and dying processes in random sequences, held to a model after every step.

`make test` runs the same sequences each time; `make model` other ones for MODEL_MINUTES a part, and its failures
print themselves at their shortest.
"""

from __future__ import annotations

import os
import time
from typing import TYPE_CHECKING, Final

import pytest
from hypothesis import seed, settings
from hypothesis.stateful import run_state_machine_as_test

from .machine import Machine
from .world import ModelWorld, model_world

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

PARTS: Final = 4
"""So that workers share the sequences that are always the same."""
MINUTES: Final = float(os.environ.get("MODEL_MINUTES", "0"))


@pytest.fixture(name="world", scope="module")
def _world() -> Iterator[ModelWorld]:
    with model_world() as world:
        yield world


@pytest.mark.parametrize("part", range(PARTS))
def test_whatever_happens_the_model_holds(
    world: ModelWorld, part: int, record_property: Callable[[str, object], None]
) -> None:
    class Part(Machine):
        pass

    Part.world, Part.steps_run = world, 0
    try:
        if MINUTES:
            _for_minutes(Part, MINUTES)
        else:
            run_state_machine_as_test(seed(part)(Part), settings=settings(max_examples=6, stateful_step_count=40))
    finally:
        record_property("model steps", Part.steps_run)


def _for_minutes(machine: type[Machine], minutes: float) -> None:
    """Other sequences each time, so a failure prints its own."""
    end = time.monotonic() + 60 * minutes
    while time.monotonic() < end:
        run_state_machine_as_test(
            machine, settings=settings(max_examples=50, stateful_step_count=50, derandomize=False)
        )
