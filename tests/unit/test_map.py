"""The map in CONTRIBUTING.md: each rule is where it says, and no module of the core is left out."""

from __future__ import annotations

import importlib
import re
from pathlib import Path
from typing import Final

import pytest

import pulumi_codat

ROOT: Final = Path(__file__).parents[2]
CODE: Final = re.compile(r"`([^`]+)`")
ROWS: Final = [
    (CODE.findall(modules), CODE.findall(names))
    for _, modules, names in re.findall(
        r"^\| (.+) \| (`[\w/]+\.py`(?:, `.+\.py`)?) \| (.+) \|$",
        (ROOT / "CONTRIBUTING.md").read_text(encoding="utf-8"),
        re.MULTILINE,
    )
]


@pytest.mark.parametrize(("modules", "names"), ROWS, ids=lambda row: row[0])
def test_what_the_map_names_is_defined_there(modules: list[str], names: list[str]) -> None:
    loaded = [importlib.import_module(f"pulumi_codat.{path[:-3].replace('/', '.')}") for path in modules]
    defined = {
        name
        for module in loaded
        for name, value in vars(module).items()
        if getattr(value, "__module__", None) == module.__name__
    }
    assert set(names) <= defined


def test_the_map_names_every_module_of_the_core() -> None:
    core = Path(pulumi_codat.__file__).parent / "reconcile"
    assert {path.name for path in core.glob("*.py")} - {"__init__.py"} == {
        Path(path).name for modules, _ in ROWS for path in modules if path.startswith("reconcile/")
    }
