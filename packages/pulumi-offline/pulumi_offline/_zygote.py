"""A process that has imported what every child needs, and forks one for each command line it is sent.

Executed by path in the project's interpreter, so it uses only the standard library and what it is told to preload. It
never starts a thread or a gRPC channel, because neither survives a fork.
"""

from __future__ import annotations

import array
import atexit
import contextlib
import importlib
import json
import os
import random
import runpy
import signal
import socket
import sys
import threading
from pathlib import Path
from typing import Any, NoReturn

_HEADER = 8
_PIPES = 3  # the child's output, its error output, and where its end is reported


def serve(connection: socket.socket, modules: list[str]) -> None:
    """Fork until the other side hangs up."""
    del sys.path[0]  # this file's own directory, whose modules would hide others
    for module in modules:
        importlib.import_module(module)
    signal.signal(signal.SIGCHLD, signal.SIG_IGN)  # because supervisors are not waited for
    connection.sendall(b"+")
    while (received := _receive(connection)) is not None:
        request, pipes = received
        if os.fork() == 0:
            connection.close()
            _supervise(request, pipes)
        for pipe in pipes:
            os.close(pipe)


def _receive(connection: socket.socket) -> tuple[dict[str, Any], list[int]] | None:
    pipes = array.array("i")
    header, ancillary, _, _ = connection.recvmsg(_HEADER, socket.CMSG_SPACE(_PIPES * pipes.itemsize))
    if not header:
        return None
    for _, _, data in ancillary:
        pipes.frombytes(data)
    content = b""
    size = int.from_bytes(header, "big")
    while len(content) < size:
        if not (chunk := connection.recv(size - len(content))):
            return None
        content += chunk
    return json.loads(content), list(pipes)


def _supervise(request: dict[str, Any], pipes: list[int]) -> NoReturn:
    """Fork the child itself, tell its process id, wait for it, tell how it ended."""
    signal.signal(signal.SIGCHLD, signal.SIG_DFL)
    output, errors, status = pipes
    child = os.fork()
    if child == 0:
        os.close(status)
        _run(request, output, errors)
    os.close(output)
    os.close(errors)
    with contextlib.suppress(BrokenPipeError):
        os.write(status, f"{child}\n".encode())
        _, ended = os.waitpid(child, 0)
        os.write(status, f"{os.waitstatus_to_exitcode(ended)}\n".encode())
    os._exit(0)


def _run(request: dict[str, Any], output: int, errors: int) -> NoReturn:
    os.setsid()
    with Path(os.devnull).open("rb") as nothing:
        os.dup2(nothing.fileno(), 0)
    os.dup2(output, 1)
    os.dup2(errors, 2)
    os.close(output)
    os.close(errors)
    os.chdir(request["directory"])
    os.environ.clear()
    os.environ.update(request["environment"])
    random.seed()
    code = 1
    try:
        code = _execute(request["arguments"])
    finally:
        _finish()
        os._exit(code)


def _execute(arguments: list[str]) -> int:
    """Do what the interpreter does with `-u -m MODULE ...` or `-u SCRIPT ...`; the exit code."""
    sys.orig_argv = list(arguments)
    target = arguments[2:]
    additional = [entry for entry in os.environ.get("PYTHONPATH", "").split(os.pathsep) if entry]
    try:
        if target[0] == "-m":
            sys.argv = ["-m", *target[2:]]
            sys.path[:0] = [str(Path.cwd()), *additional]
            runpy.run_module(target[1], run_name="__main__", alter_sys=True)
        else:
            sys.argv = target
            sys.path[:0] = [str(Path(target[0]).parent), *additional]
            runpy.run_path(target[0], run_name="__main__")
    except SystemExit as error:
        return _exit_code(error)
    except BaseException as error:  # noqa: BLE001 - as the interpreter does at its top level
        sys.excepthook(type(error), error, error.__traceback__)
        return 128 + signal.SIGINT if isinstance(error, KeyboardInterrupt) else 1
    return 0


def _exit_code(error: SystemExit) -> int:
    match error.code:
        case None:
            return 0
        case int() as code:
            return code & 0xFF
        case message:
            print(message, file=sys.stderr)  # noqa: T201 - as the interpreter does
            return 1


def _finish() -> None:
    """What the interpreter does before it exits, short of taking itself apart."""
    with contextlib.suppress(BaseException):
        threading._shutdown()  # type: ignore[attr-defined]  # noqa: SLF001 - waits for threads as the interpreter does
    with contextlib.suppress(BaseException):
        atexit._run_exitfuncs()  # noqa: SLF001 - there is no public way to run them before os._exit
    for stream in (sys.stdout, sys.stderr):
        with contextlib.suppress(Exception):
            stream.flush()


if __name__ == "__main__":
    serve(socket.socket(fileno=int(sys.argv[1])), sys.argv[2:])
    os._exit(0)  # because taking apart what was imported would take its time
