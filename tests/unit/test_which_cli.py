"""Which pulumi CLI is used, and why one is not: a line with the remedy."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Final

import pytest
from demo import engines
from demo.engines import OLDEST_CLI, CliEngine, cli_engine, why_no_cli

if TYPE_CHECKING:
    from collections.abc import Iterator

ROOT: Final = Path(__file__).parents[2]
USABLE: Final = f"echo v{OLDEST_CLI}"
HOST: Final = "pulumi-language-python"


@pytest.fixture(autouse=True)
def _bare_machine(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    monkeypatch.setenv("PATH", f"{tmp_path / 'first'}{os.pathsep}{tmp_path / 'second'}")
    monkeypatch.setenv("PULUMI_HOME", str(tmp_path / "home"))
    engines._find_cli.cache_clear()
    yield
    engines._find_cli.cache_clear()


def _install(folder: Path, does: str, *names: str) -> str:
    folder.mkdir(parents=True)
    for name in names:
        (folder / name).write_text(f"#!/bin/sh\n{does}\n")
        (folder / name).chmod(0o755)
    return str(folder / "pulumi")


@pytest.mark.parametrize(
    ("does", "names", "says"),
    [
        ("echo v3.99.0", ["pulumi", HOST], f"first/pulumi is v3.99.0, and v{OLDEST_CLI} is the oldest supported"),
        ("exit 1", ["pulumi", HOST], "first/pulumi does not start"),
        (USABLE, ["pulumi"], f"first/pulumi has no {HOST}"),
        ("", [], "pulumi is not on PATH"),
    ],
)
def test_one_that_cannot_be_used_is_a_line_with_the_remedy(
    tmp_path: Path, does: str, names: list[str], says: str
) -> None:
    _install(tmp_path / "first", does, *names)
    asked = subprocess.run(
        [sys.executable, "-m", "demo.engines"], cwd=ROOT, capture_output=True, text=True, check=False
    )
    assert asked.returncode == 1
    assert asked.stderr == f"{why_no_cli()}\n"
    assert says in asked.stderr
    assert "`make cli`" in asked.stderr


@pytest.mark.parametrize("does", ["echo v3.99.0", "exit 1"])
def test_the_next_one_on_path_is_used_instead(tmp_path: Path, does: str) -> None:
    _install(tmp_path / "first", does, "pulumi", HOST)
    second = _install(tmp_path / "second", USABLE, "pulumi", HOST)
    assert cli_engine() == CliEngine(second, OLDEST_CLI)


def test_of_npm_the_cli_that_it_keeps_is_used(tmp_path: Path) -> None:
    kept = _install(tmp_path / f"home/versions/{OLDEST_CLI}/bin", USABLE, "pulumi", HOST)
    _install(tmp_path / "first", f'exec {kept} "$@"', "pulumi")
    assert cli_engine() == CliEngine(kept, OLDEST_CLI)
