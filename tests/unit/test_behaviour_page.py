"""`docs/behaviour.md` names a test for everything it says, and each of them is there and runs where the page says."""

from __future__ import annotations

import ast
import re
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING, Final

import pytest

if TYPE_CHECKING:
    from collections.abc import Mapping

ROOT: Final = Path(__file__).parents[2]
PAGE: Final = ROOT / "docs" / "behaviour.md"
NAME: Final = re.compile(r"`(tests/[\w/]+\.py)::(test_\w+)`")
GROUPS: Final = re.compile(r"(?:both engines: (?P<both>[^;]+))?(?:; )?(?:in process: (?P<process>[^;]+))?")
ENGINES: Final = "tests/scenarios/"
ON_A_STAGE: Final = frozenset({"open_program", "replay", "stage", "setting", "two"})
"""The fixtures of the scenarios that run a program on an engine."""


def rows(page: str) -> list[list[str]]:
    """The cells of each row: the situation, the preview, the up, and the tests."""
    lines = [line for line in page.splitlines() if line.startswith("| ")]
    return [[cell.strip() for cell in line.strip("|").split(" | ")] for line in lines if "| held by |" not in line]


@cache
def defined_in(file: str) -> Mapping[str, frozenset[str]]:
    """The tests that a file defines, and what each of them takes."""
    path = ROOT / file
    tree = ast.parse(path.read_text(encoding="utf-8") if path.is_file() else "")
    functions = [node for node in ast.walk(tree) if isinstance(node, ast.FunctionDef)]
    return {node.name: frozenset(argument.arg for argument in node.args.args) for node in functions}


def wrong(row: list[str]) -> list[str]:
    """What is wrong with a row."""
    if len(row) != len(("situation", "preview", "up", "held by")) or not row[0] or not (row[1] or row[2]):
        return ["says too little"]
    groups = GROUPS.fullmatch(row[3])
    if groups is None or not row[3]:
        return ["names no test, or not where it runs"]
    found = []
    for group, on_engines in (("both", True), ("process", False)):
        for name in (groups[group] or "").split(", ") if groups[group] else ():
            match = NAME.fullmatch(name)
            if match is None or match[2] not in defined_in(match[1]):
                found.append(f"no such test: {name}")
            elif on_engines is not (match[1].startswith(ENGINES) and bool(defined_in(match[1])[match[2]] & ON_A_STAGE)):
                found.append(f"runs elsewhere: {name}")
    return found


ALL: Final = rows(PAGE.read_text(encoding="utf-8"))


@pytest.mark.parametrize("row", ALL, ids=lambda row: row[0])
def test_every_row_is_held_by_tests_that_are_there_and_run_where_it_says(row: list[str]) -> None:
    assert wrong(row) == []


def test_the_page_is_whole() -> None:
    assert len(ALL) > 50


HERE: Final = "tests/unit/test_behaviour_page.py::test_what_is_wrong_with_a_row_is_seen"
THERE: Final = "tests/scenarios/test_life_cycle.py::test_the_quickstart_runs"


@pytest.mark.parametrize(
    ("held_by", "seen"),
    [
        (f"both engines: `{THERE}`; in process: `{HERE}`", []),
        (f"both engines: `{THERE}`", []),
        (f"in process: `{HERE}`", []),
        (f"both engines: `{HERE}`", [f"runs elsewhere: `{HERE}`"]),
        (f"in process: `{THERE}`", [f"runs elsewhere: `{THERE}`"]),
        (f"in process: `{HERE}_too`", [f"no such test: `{HERE}_too`"]),
        ("in process: `tests/unit/test_nothing.py::test_x`", ["no such test: `tests/unit/test_nothing.py::test_x`"]),
        ("in process: the moon", ["no such test: the moon"]),
        (f"`{HERE}`", ["names no test, or not where it runs"]),
        ("", ["names no test, or not where it runs"]),
    ],
)
def test_what_is_wrong_with_a_row_is_seen(held_by: str, seen: list[str]) -> None:
    assert wrong(["it rains", "an umbrella", "", held_by]) == seen
    assert wrong(["it rains", "", "", held_by]) == ["says too little"]
