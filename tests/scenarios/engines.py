"""The engines a scenario runs on, driven through the one typed interface."""

from __future__ import annotations

import json
from abc import ABC, abstractmethod
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from demo.engines import Run, cli_executable
from demo.stage import Account, Portal

import codat_emulator
from pulumi_codat.cli.offline import refuse_other_hosts
from pulumi_offline import CliEngine, Engine, OfflineError, StackEngine

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping, Sequence

    from demo.engines import Action

    from pulumi_offline import Result
    from pulumi_offline.warm_start import WarmLauncher


__all__ = ["OnTheCli", "OnTheOfflineEngine", "ScenarioRun", "emulator_thread"]


@dataclass(frozen=True)
class ScenarioRun(Run):
    """`result` is None where no deployment began."""

    result: Result | None = None


class ScenarioEngine(ABC):
    """What the stage asks of an engine, answered through `StackEngine`."""

    name: str

    @abstractmethod
    def engine(
        self, directory: Path, stack: str, config: Mapping[str, str], environment: Mapping[str, str]
    ) -> StackEngine: ...

    def introduction(self) -> str:
        return f"engine: {self.name}"

    def create_stack(self, stack: str, directory: Path, environment: Mapping[str, str]) -> None:
        self.engine(directory, stack, {}, environment).create_stack()

    def run(
        self, action: Action, stack: str, flags: Sequence[str], directory: Path, environment: Mapping[str, str]
    ) -> ScenarioRun:
        config, options = _read(flags)
        command = " ".join([action, "--stack", stack, *flags])
        engine = self.engine(directory, stack, config, environment)
        act: Callable[..., Result] = getattr(engine, "import_resources" if action == "import" else action)
        try:
            result = act(**options)
        except OfflineError as error:
            return ScenarioRun(command, 1, f"error: {error}\n")
        return ScenarioRun(command, result.exit_code, result.text, result)

    def export_state(self, stack: str, directory: Path, environment: Mapping[str, str]) -> str:
        return json.dumps(self.engine(directory, stack, {}, environment).export_state())

    def import_state(self, stack: str, file: Path, directory: Path, environment: Mapping[str, str]) -> None:
        self.engine(directory, stack, {}, environment).import_state(json.loads(file.read_text()))


class OnTheOfflineEngine(ScenarioEngine):
    """In the test's own process, its children forked from a warm one."""

    name = "offline"

    def __init__(self, launcher: WarmLauncher) -> None:
        self._launcher = launcher

    def engine(
        self, directory: Path, stack: str, config: Mapping[str, str], environment: Mapping[str, str]
    ) -> StackEngine:
        return Engine(
            directory, stack, config=config, environ=environment, guard=refuse_other_hosts, launcher=self._launcher
        )


class OnTheCli(ScenarioEngine):
    """The pulumi CLI on PATH."""

    name = "cli"

    def engine(
        self, directory: Path, stack: str, config: Mapping[str, str], environment: Mapping[str, str]
    ) -> StackEngine:
        return CliEngine(directory, stack, config=config, environ=environment, executable=cli_executable())


def _read(flags: Sequence[str]) -> tuple[dict[str, str], dict[str, Any]]:
    """Configuration and options, from what a person would type."""
    words, config, options = iter(flags), {}, dict[str, Any]()
    for word in words:
        if word == "--config":
            key, _, value = next(words).partition("=")
            config[key] = value
        elif word == "--file":
            options["document"] = json.loads(Path(next(words)).read_text())
        elif word != "--generate-code=false":  # because no code is generated through the interface
            name, _, value = word.removeprefix("--").partition("=")
            options[name.replace("-", "_")] = value != "false"
    return config, options


@contextmanager
def emulator_thread() -> Iterator[Portal]:
    """The emulator in a thread of the test's own process."""
    with codat_emulator.running() as emulator:
        yield Portal(
            emulator.url, tuple(Account(account.id, account.name, account.api_key) for account in emulator.accounts)
        )
