"""Child processes: the program and the providers. Each has a session of its own, so a terminal's Ctrl-C spares them."""

from __future__ import annotations

import os
import signal
import subprocess
from dataclasses import dataclass, field
from typing import IO, TYPE_CHECKING, Protocol

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from pathlib import Path

_KILL_SECONDS = 5.0

__all__ = ["Child", "Command", "Launcher", "SubprocessLauncher", "end"]


@dataclass(frozen=True, slots=True)
class Command:
    """A Python command line, `python -u SCRIPT ...` or `python -u -m MODULE ...`, and where it runs."""

    arguments: Sequence[str]
    directory: Path
    environment: Mapping[str, str] = field(repr=False)


class Child(Protocol):
    """A running child, its output as pipes."""

    @property
    def pid(self) -> int: ...
    @property
    def stdout(self) -> IO[bytes]: ...
    @property
    def stderr(self) -> IO[bytes]: ...
    def wait(self, timeout: float | None = None) -> int | None:
        """The exit code, negative for a signal; None when the child still runs after `timeout` seconds."""


class Launcher(Protocol):
    """How children are started."""

    def launch(self, command: Command) -> Child: ...


def end(child: Child, grace: float, *, by: signal.Signals = signal.SIGINT) -> int | None:
    """End a child: SIGINT, on which a program's clean-up hangs, then after `grace` seconds SIGKILL."""
    code = child.wait(0)
    if code is None and _signal(child, by):
        code = child.wait(grace)
    if code is None and _signal(child, signal.SIGKILL):
        code = child.wait(_KILL_SECONDS)
    return code


def _signal(child: Child, number: signal.Signals) -> bool:
    """False when the child is gone already."""
    try:
        os.kill(child.pid, number)
    except ProcessLookupError:
        return False
    return True


class SubprocessLauncher:
    """Starts a fresh interpreter for each child, as the CLI does."""

    def launch(self, command: Command) -> Child:
        return _Subprocess(
            subprocess.Popen(  # noqa: S603 - the project's own interpreter and program
                list(command.arguments),
                cwd=command.directory,
                env=dict(command.environment),
                stdin=subprocess.DEVNULL,
                stdout=subprocess.PIPE,
                stderr=subprocess.PIPE,
                start_new_session=True,
            )
        )


class _Subprocess:
    def __init__(self, process: subprocess.Popen[bytes]) -> None:
        self._process = process
        self.pid = process.pid
        assert process.stdout is not None  # noqa: S101 - it was asked for
        assert process.stderr is not None  # noqa: S101 - it was asked for
        self.stdout: IO[bytes] = process.stdout
        self.stderr: IO[bytes] = process.stderr

    def wait(self, timeout: float | None = None) -> int | None:
        try:
            return self._process.wait(timeout)
        except subprocess.TimeoutExpired:
            return None
