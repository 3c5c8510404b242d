"""The emulator shares nothing with what is tried against it, so that it does not share its mistakes."""

from __future__ import annotations

import ast
from pathlib import Path
from typing import TYPE_CHECKING, Final

import pytest

if TYPE_CHECKING:
    from collections.abc import Iterator

DISTRIBUTION: Final = Path(__file__).parents[1]
NOT_OURS: Final = {"pulumi_codat", "pulumi_offline", "pulumi", "demo", "benchmarks", "tests"}


def imported(module: Path) -> Iterator[str]:
    """The top of each module that an import names, wherever it stands; a relative one names none."""
    for node in ast.walk(ast.parse(module.read_text(encoding="utf-8"))):
        if isinstance(node, ast.Import):
            yield from (alias.name.partition(".")[0] for alias in node.names)
        elif isinstance(node, ast.ImportFrom) and node.level == 0:
            yield (node.module or "").partition(".")[0]


@pytest.mark.parametrize("folder", ["codat_emulator", "tests"])
def test_nothing_of_the_rest_of_the_workspace_is_used(folder: str) -> None:
    modules = sorted((DISTRIBUTION / folder).rglob("*.py"))
    assert len(modules) > 10
    assert [(module.name, name) for module in modules for name in imported(module) if name in NOT_OURS] == []
