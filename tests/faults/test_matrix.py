"""Every fault at every request of every operation: told in one line, nothing harmed, and one more run completes it."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from .faults import telling
from .operations import LIKE_ANOTHER, OPERATIONS
from .report import Row
from .trials import trials

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from _pytest.mark.structures import ParameterSet

    from .faults import Request
    from .trials import Trials


@pytest.fixture(name="made", scope="module")
def _made() -> Iterator[Trials]:
    with trials() as made:
        yield made


def pytest_generate_tests(metafunc: pytest.Metafunc) -> None:
    """A test for each request, which is found by running the operation where nothing goes wrong."""
    if "request_" not in metafunc.fixturenames:
        return
    with trials() as made:
        cases = [_case(name, request) for name in OPERATIONS for request in made.requests(name)]
    metafunc.parametrize(("name", "request_"), cases)


def _case(name: str, request: Request) -> ParameterSet:
    # because nothing is half done before the first write, and what a second process does not know shows after it
    rare = name in LIKE_ANOTHER or (OPERATIONS[name].reconfigured and request.early)
    return pytest.param(name, request, id=f"{name}: {request}", marks=[pytest.mark.thorough] if rare else [])


def test_what_goes_wrong_at_a_request_is_told_harms_nothing_and_converges(
    made: Trials, name: str, request_: Request, record_property: Callable[[str, object], None]
) -> None:
    row, wrong = Row(requests=1), []
    for fault, outcome in made.outcomes(name, request_, telling(request_, reconfigured=OPERATIONS[name].reconfigured)):
        row.add(outcome)
        wrong += [f"{name} | {request_} | {fault}: {line}; told: {outcome.stopped}" for line in outcome.wrong]
    record_property("fault matrix", (name, row.dump()))
    assert wrong == []
    assert row.cells > 0
