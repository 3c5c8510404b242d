"""The model bites: without a guard it does not hold."""

from __future__ import annotations

import pytest

from .mutants import MUTANTS, hunt

pytestmark = pytest.mark.thorough


@pytest.mark.parametrize("name", ["another app's keys are overwritten", "a rename is a removal"])
def test_a_guard_that_is_taken_away_is_missed(name: str) -> None:
    assert hunt(MUTANTS[name]).finding is not None


def test_there_are_many() -> None:
    assert len(MUTANTS) >= 12
