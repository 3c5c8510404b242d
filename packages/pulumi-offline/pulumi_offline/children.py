"""Starts the program and the providers of one deployment, and hears what they print.

Source: measured on the pulumi CLI.
"""

from __future__ import annotations

import itertools
import os
import threading
from dataclasses import dataclass, field
from pathlib import Path
from typing import IO, TYPE_CHECKING

from pulumi_offline.events import Diagnostic, Severity
from pulumi_offline.process import Child, Command, Launcher, end
from pulumi_offline.provider import Provider

if TYPE_CHECKING:
    from collections.abc import Mapping

    from pulumi_offline.config import StackConfig
    from pulumi_offline.events import EventSink
    from pulumi_offline.project import Project

__all__ = ["EXECUTOR", "PARALLEL", "Children"]

PARALLEL = 4 * (os.cpu_count() or 1)  # the CLI's default
_DRAIN_SECONDS = 2.0  # because a grandchild may hold the pipe for longer than the child lives
ORGANIZATION = "organization"  # what the CLI's file backend calls it
EXECUTOR = Path(__file__).parent / "_language" / "pulumi-language-python-exec"
_streams = itertools.count(1)


@dataclass(slots=True)
class Children:
    """The processes of one deployment."""

    project: Project
    stack: str
    config: StackConfig
    preview: bool
    launcher: Launcher
    environ: Mapping[str, str]
    events: EventSink
    call_timeout: float
    _drains: dict[Child, list[threading.Thread]] = field(default_factory=dict)

    def start_program(self, address: str) -> Child:
        """Run the program against the engine at `address`."""
        directory = str(self.project.directory)
        child = self.launcher.launch(
            Command(
                [
                    *(self.project.interpreter, "-u", str(EXECUTOR)),
                    *("--monitor", address, "--engine", address),
                    *("--project", self.project.name, "--root_directory", directory),
                    *("--stack", self.stack, "--pwd", directory),
                    *("--dry_run", "true" if self.preview else "false", "--parallel", str(PARALLEL)),
                    *("--organization", ORGANIZATION, "."),
                ],
                self.project.directory,
                self._environment() | self.config.environment(),
            )
        )
        self._hear(child)
        return child

    def start_provider(self, address: str) -> Provider:
        """Start a provider process. Raises `ProviderFailed` when it does not come up."""
        options = {f"PULUMI_RUNTIME_{key.upper()}": value for key, value in self.project.runtime_options.items()}
        child = self.launcher.launch(
            Command(
                [self.project.interpreter, "-u", "-m", "pulumi.dynamic", address],
                self.project.directory,
                self._environment() | options | {"PULUMI_PROJECT": self.project.name, "PULUMI_CONFIG": "{}"},
            )
        )
        provider = Provider(child, preview=self.preview, call_timeout=self.call_timeout)
        self._hear(child)
        return provider

    def kill(self) -> None:
        """End all of them at once."""
        for child in list(self._drains):
            end(child, 0)

    def wait_for_output(self, *ended: Child) -> None:
        """Until everything these (or all) ended processes printed has been heard."""
        for child in ended or tuple(self._drains):
            for drain in self._drains[child]:
                drain.join(timeout=_DRAIN_SECONDS)

    def _environment(self) -> dict[str, str]:
        """As a shell with the project's virtual environment would have it."""
        environment = dict(self.environ)
        if "virtualenv" in self.project.runtime_options:
            environment["VIRTUAL_ENV"] = str(Path(self.project.interpreter).parent.parent)
            environment["PATH"] = os.pathsep.join(
                [str(Path(self.project.interpreter).parent), environment.get("PATH", os.defpath)]
            )
            environment.pop("PYTHONHOME", None)
        return environment

    def _hear(self, child: Child) -> None:
        self._drains[child] = [
            threading.Thread(target=self._drain, args=(pipe, next(_streams)), daemon=True)
            for pipe in (child.stdout, child.stderr)
        ]
        for drain in self._drains[child]:
            drain.start()

    def _drain(self, pipe: IO[bytes], stream: int) -> None:
        for line in pipe:
            if text := line.decode(errors="replace").rstrip("\r\n"):
                self.events.emit(Diagnostic(Severity.INFO, text + "\n", stream=stream))
        pipe.close()
