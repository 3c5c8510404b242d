"""The packages and their tests share nothing with what is tried on them, so that they do not share its mistakes."""

from __future__ import annotations

import ast
from pathlib import Path
from typing import TYPE_CHECKING, Final

import pytest

if TYPE_CHECKING:
    from collections.abc import Iterator

PACKAGES: Final = Path(__file__).resolve().parents[2] / "packages"
REST: Final = {"pulumi_codat", "demo", "benchmarks", "tests"}


def imported(module: Path) -> Iterator[str]:
    """The top of each module that an import names, wherever it stands; a relative one names none."""
    for node in ast.walk(ast.parse(module.read_text(encoding="utf-8"))):
        if isinstance(node, ast.Import):
            yield from (alias.name.partition(".")[0] for alias in node.names)
        elif isinstance(node, ast.ImportFrom) and node.level == 0:
            yield (node.module or "").partition(".")[0]


@pytest.mark.parametrize(
    ("folder", "others"),
    [
        ("codat-emulator/codat_emulator", {"pulumi_offline", "pulumi"}),
        ("codat-emulator/tests", {"pulumi_offline", "pulumi"}),
        ("pulumi-offline/pulumi_offline", {"codat_emulator"}),
        ("pulumi-offline/tests", {"codat_emulator"}),
    ],
)
def test_nothing_of_the_rest_of_the_workspace_is_used(folder: str, others: set[str]) -> None:
    modules = sorted((PACKAGES / folder).rglob("*.py"))
    assert len(modules) > 10
    not_ours = REST | others
    assert [(module.name, name) for module in modules for name in imported(module) if name in not_ours] == []
