"""The two engines a program can be run on: the pulumi CLI where it is installed, and the offline engine."""

from __future__ import annotations

import shutil
import subprocess
import sys
import tempfile
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Final, Literal, Protocol

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

__all__ = ["Action", "CliEngine", "Engine", "OfflineEngine", "Run", "cli_engine", "installed_engines"]

Action = Literal["preview", "up", "refresh", "destroy", "import"]

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
    name: str = "cli"

    def introduction(self) -> str:
        with tempfile.TemporaryDirectory() as nowhere:
            version = _call([self.executable, "version"], Path(nowhere), {"PULUMI_HOME": nowhere})
        return f"engine: the pulumi CLI {version.stdout.strip()}"

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
    """The offline engine of this distribution."""

    name: str = "offline"

    def introduction(self) -> str:
        return "engine: pulumi_offline, the offline engine of this distribution (not the pulumi CLI)"

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
    """The pulumi CLI on PATH, if there is one."""
    executable = shutil.which("pulumi")
    return CliEngine(executable) if executable else None


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
