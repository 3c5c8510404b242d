"""The two engines a program can be run on: the pulumi CLI where it is installed, and the offline engine.

`python -m demo.engines` fails where there is no CLI that can be used, and says why.
"""

from __future__ import annotations

import os
import re
import shutil
import subprocess
import sys
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING, Final, Literal, Protocol

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

__all__ = [
    "OLDEST_CLI",
    "Action",
    "CliEngine",
    "Engine",
    "OfflineEngine",
    "Run",
    "cli_engine",
    "cli_executable",
    "installed_engines",
    "why_no_cli",
]

Action = Literal["preview", "up", "refresh", "destroy", "import"]

OLDEST_CLI: Final = "3.260.0"
"""The oldest pulumi CLI that is supported; the tests run on it too (`make test-cli CLI=3.260.0`)."""
_BUILD: Final = "run `make cli`, and make uses the one that it builds"
_SECONDS: Final = 120


@dataclass(frozen=True)
class Run:
    """One command, as a person would type it, and what came of it."""

    command: str
    exit_code: int
    output: str


class Engine(Protocol):
    """Runs a program's actions in its directory."""

    @property
    def name(self) -> str: ...

    def introduction(self) -> str:
        """One line that says which engine this is."""
        ...

    def create_stack(self, stack: str, directory: Path, environment: Mapping[str, str]) -> None: ...

    def run(
        self, action: Action, stack: str, flags: Sequence[str], directory: Path, environment: Mapping[str, str]
    ) -> Run: ...

    def export_state(self, stack: str, directory: Path, environment: Mapping[str, str]) -> str: ...

    def import_state(self, stack: str, file: Path, directory: Path, environment: Mapping[str, str]) -> None:
        """Replace the stack's state by an export."""
        ...


@dataclass(frozen=True)
class CliEngine:
    """The pulumi CLI at `executable`."""

    executable: str
    version: str
    name: str = "cli"

    def introduction(self) -> str:
        return f"engine: the pulumi CLI v{self.version}"

    def create_stack(self, stack: str, directory: Path, environment: Mapping[str, str]) -> None:
        _succeed(_call([self.executable, "stack", "init", stack, "--non-interactive"], directory, environment))

    def run(
        self, action: Action, stack: str, flags: Sequence[str], directory: Path, environment: Mapping[str, str]
    ) -> Run:
        typed = ["pulumi", action, "--stack", stack, *([] if action == "preview" else ["--yes"]), *flags]
        quiet = ["--non-interactive", "--color=never", "--suppress-progress"]
        done = _call([self.executable, *typed[1:], *quiet], directory, environment)
        return Run(" ".join(typed), done.returncode, done.stdout)

    def export_state(self, stack: str, directory: Path, environment: Mapping[str, str]) -> str:
        return _call([self.executable, "stack", "export", "--stack", stack], directory, environment).stdout

    def import_state(self, stack: str, file: Path, directory: Path, environment: Mapping[str, str]) -> None:
        typed = [self.executable, "stack", "import", "--stack", stack, "--file", str(file)]
        _succeed(_call(typed, directory, environment))


@dataclass(frozen=True)
class OfflineEngine:
    """The offline engine of this repository."""

    name: str = "offline"

    def introduction(self) -> str:
        return "engine: pulumi_offline, the offline engine of this repository (not the pulumi CLI)"

    def create_stack(self, stack: str, directory: Path, environment: Mapping[str, str]) -> None:
        """Nothing to do: a stack begins with its first `up`."""

    def run(
        self, action: Action, stack: str, flags: Sequence[str], directory: Path, environment: Mapping[str, str]
    ) -> Run:
        typed = ["pulumi-codat", "offline", action, "--stack", stack, *flags]
        done = _call([*_PULUMI_CODAT, *typed[1:]], directory, environment)
        return Run(" ".join(typed), done.returncode, done.stdout)

    def export_state(self, stack: str, directory: Path, environment: Mapping[str, str]) -> str:
        return _call([*_PULUMI_CODAT, "offline", "export", "--stack", stack], directory, environment).stdout

    def import_state(self, stack: str, file: Path, directory: Path, environment: Mapping[str, str]) -> None:
        typed = [*_PULUMI_CODAT, "offline", "import", "--stack", stack, "--file", str(file)]
        _succeed(_call(typed, directory, environment))


_PULUMI_CODAT: Final = (str(Path(sys.executable).with_name("pulumi-codat")),)


def cli_engine() -> CliEngine | None:
    """The first pulumi CLI on PATH that can be used."""
    found = _find_cli()
    return found if isinstance(found, CliEngine) else None


def cli_executable() -> str | None:
    """Where that CLI is, for what starts it by itself."""
    engine = cli_engine()
    return engine.executable if engine else None


def why_no_cli() -> str | None:
    """Why the pulumi CLI is not used, and what to do; None where it is."""
    found = _find_cli()
    return found if isinstance(found, str) else None


def installed_engines() -> dict[str, Engine]:
    """The engines that can be used here, by name; the CLI first."""
    engines: list[Engine] = [engine for engine in (cli_engine(), OfflineEngine()) if engine]
    return {engine.name: engine for engine in engines}


def _succeed(done: subprocess.CompletedProcess[str]) -> None:
    if done.returncode:
        raise RuntimeError(done.stdout)


def _call(command: Sequence[str], directory: Path, environment: Mapping[str, str]) -> subprocess.CompletedProcess[str]:
    return subprocess.run(  # noqa: S603 because the command is one of the two engines
        command,
        cwd=directory,
        env=dict(environment),
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        check=False,
        timeout=_SECONDS,
    )


@cache
def _find_cli() -> CliEngine | str:
    """The first CLI on PATH that can be used, or why the first one cannot be."""
    why = ""
    for folder in os.get_exec_path():
        if executable := shutil.which("pulumi", path=folder):
            seen = _look_at(executable)
            if isinstance(seen, CliEngine):
                return seen
            why = why or seen
    return why or "pulumi is not on PATH: `make cli` builds it"


def _look_at(executable: str) -> CliEngine | str:
    try:
        told = _call([executable, "version"], Path("/"), {**os.environ, "PULUMI_SKIP_UPDATE_CHECK": "true"}).stdout
    except (OSError, subprocess.TimeoutExpired):
        told = ""
    version = re.search(r"^v?(\d+\.\d+\.\d+)", told, re.MULTILINE)
    if version is None:
        return f"{executable} does not start: install Pulumi anew, or {_BUILD}"
    if _numbers(version[1]) < _numbers(OLDEST_CLI):
        return f"{executable} is v{version[1]}, and v{OLDEST_CLI} is the oldest supported: upgrade it, or {_BUILD}"
    host = "pulumi-language-python"
    # npm's `pulumi` only starts the CLI that it keeps in its home, and would download it into each scenario's own home
    kept = Path(os.environ.get("PULUMI_HOME") or "~/.pulumi", "versions", version[1], "bin", "pulumi").expanduser()
    for cli in (Path(executable), kept):
        if cli.resolve().with_name(host).exists():
            return CliEngine(str(cli), version[1])
    if not shutil.which(host):
        return f"{executable} has no {host} beside it: install Pulumi as a whole, or {_BUILD}"
    return CliEngine(executable, version[1])


def _numbers(version: str) -> tuple[int, ...]:
    return tuple(int(number) for number in version.split("."))


if __name__ == "__main__":
    sys.exit(why_no_cli())
