"""Children without the cost of a fresh interpreter: forked from a process that has imported pulumi already.

Faster, and faithful but for what an interpreter does at its start: a module that was preloaded is not read again, so
what is edited meanwhile must not be preloaded; variables that are read at the start (PYTHONHASHSEED, PYTHONUTF8, GRPC_*
and such) are the first process's; coverage does not measure it.
"""

from __future__ import annotations

import array
import json
import os
import socket
import subprocess
import threading
from pathlib import Path
from typing import IO, TYPE_CHECKING, Any, Self

if TYPE_CHECKING:
    from collections.abc import Sequence
    from types import TracebackType

    from pulumi_offline.process import Child, Command

__all__ = ["WarmLauncher"]

_ZYGOTE = Path(__file__).parent / "_zygote.py"
_ALWAYS = ("pulumi", "pulumi.runtime", "pulumi.dynamic", "dill", "grpc")


class WarmLauncher:
    """A launcher for many short runs, such as tests. To be closed, or used as a context."""

    def __init__(self, preload: Sequence[str] = ()) -> None:
        """`preload`: further modules that every child needs and that do not change."""
        self._modules = (*_ALWAYS, *preload)
        self._lock = threading.Lock()
        self._zygotes: dict[str, _Zygote] = {}

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    def close(self) -> None:
        """Children that still run are left alone."""
        with self._lock:
            for zygote in self._zygotes.values():
                zygote.close()
            self._zygotes.clear()

    def launch(self, command: Command) -> Child:
        given = Path(command.arguments[0])
        # because links to one environment share a process; the interpreter itself may be a link out of it
        interpreter = str(given.parent.resolve() / given.name)
        with self._lock:
            if interpreter not in self._zygotes:
                self._zygotes[interpreter] = _Zygote(interpreter, self._modules)
            return self._zygotes[interpreter].fork(command)


class _Zygote:
    def __init__(self, interpreter: str, modules: Sequence[str]) -> None:
        self._connection, theirs = socket.socketpair()
        # without paths of ours, because each child brings its own, and unmeasured, because that would take the time
        environment = {
            key: value for key, value in os.environ.items() if key != "PYTHONPATH" and not key.startswith("COVERAGE_")
        }
        with theirs:
            self._process = subprocess.Popen(  # noqa: S603 - the project's own interpreter
                [interpreter, "-u", str(_ZYGOTE), str(theirs.fileno()), *modules],
                env=environment,
                stdin=subprocess.DEVNULL,
                pass_fds=[theirs.fileno()],
                start_new_session=True,
            )
        if self._connection.recv(1) != b"+":
            raise OSError(f"{interpreter} cannot import what a warm start needs: {', '.join(modules)}")

    def fork(self, command: Command) -> _Forked:
        request: dict[str, Any] = {
            "arguments": list(command.arguments),
            "directory": str(command.directory),
            "environment": dict(command.environment),
        }
        content = json.dumps(request).encode()
        pairs = [os.pipe() for _ in range(3)]
        ours, theirs = [pair[0] for pair in pairs], [pair[1] for pair in pairs]
        self._connection.sendmsg(
            [len(content).to_bytes(8, "big")],
            [(socket.SOL_SOCKET, socket.SCM_RIGHTS, array.array("i", theirs))],
        )
        self._connection.sendall(content)
        for pipe in theirs:
            os.close(pipe)
        return _Forked(*ours)

    def close(self) -> None:
        self._connection.close()
        self._process.wait()


class _Forked:
    """A child whose end another process reports."""

    def __init__(self, output: int, errors: int, status: int) -> None:
        self.stdout: IO[bytes] = os.fdopen(output, "rb")
        self.stderr: IO[bytes] = os.fdopen(errors, "rb")
        status_file = os.fdopen(status, "rb", buffering=0)
        self.pid = int(status_file.readline())
        self._code: int | None = None
        self._ended = threading.Event()
        threading.Thread(target=self._await, args=(status_file,), daemon=True).start()

    def wait(self, timeout: float | None = None) -> int | None:
        self._ended.wait(timeout)
        return self._code

    def _await(self, status: IO[bytes]) -> None:
        with status:
            self._code = int(status.readline() or b"-9")
        self._ended.set()
