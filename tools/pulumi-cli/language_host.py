"""Runs Python programs for the pulumi CLI that `make cli` builds: the part of Pulumi that no package registry serves.

It answers what the engine asks of a language host before and while a program runs, over the SDK's own
`LanguageRuntime` protocol, and starts a program as Pulumi's host does: the same command line, environment and
directory. When a deployment is cancelled, it gives the program a second to end, which Pulumi's host does not, before
SIGINT and then SIGKILL. It installs nothing and generates no code.
Source: `sdk/python/cmd/pulumi-language-python/main.go` of Pulumi v3.260.0.
"""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import threading
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import TYPE_CHECKING

import grpc
from google.protobuf.empty_pb2 import Empty
from google.protobuf.json_format import MessageToDict
from pulumi.runtime._grpc_settings import _GRPC_CHANNEL_OPTIONS
from pulumi.runtime.proto import language_pb2, language_pb2_grpc, plugin_pb2

from pulumi_offline.children import EXECUTOR

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

# after which a program that is asked to end is interrupted, and killed: before the CLI kills this host, 5 seconds on
_INTERRUPT_AFTER_SECONDS = 1.0
_KILL_AFTER_SECONDS = 4.0
_ORPHAN_CHECK_SECONDS = 1.0
_SHOWN = 32  # the program's exit code when its error is shown already


class LanguageHost(language_pb2_grpc.LanguageRuntimeServicer):
    """Serves one command of the CLI."""

    def __init__(self, engine: str) -> None:
        self._engine = engine
        self._programs: set[subprocess.Popen[bytes]] = set()

    def Handshake(self, request: language_pb2.LanguageHandshakeRequest, _: grpc.ServicerContext) -> Empty:  # noqa: N802
        self._engine = request.engine_address
        return language_pb2.LanguageHandshakeResponse()

    def GetPluginInfo(self, _request: Empty, _: grpc.ServicerContext) -> plugin_pb2.PluginInfo:  # noqa: N802
        return plugin_pb2.PluginInfo(version="0.1.0")

    def GetRequiredPackages(  # noqa: N802
        self, _request: language_pb2.GetRequiredPackagesRequest, _: grpc.ServicerContext
    ) -> language_pb2.GetRequiredPackagesResponse:
        """None, because a dynamic provider is part of its program."""
        return language_pb2.GetRequiredPackagesResponse()

    def RuntimeOptionsPrompts(  # noqa: N802
        self, _request: language_pb2.RuntimeOptionsRequest, _: grpc.ServicerContext
    ) -> language_pb2.RuntimeOptionsResponse:
        return language_pb2.RuntimeOptionsResponse()

    def About(self, request: language_pb2.AboutRequest, _: grpc.ServicerContext) -> language_pb2.AboutResponse:  # noqa: N802
        return language_pb2.AboutResponse(executable=_interpreter(request.info), version=sys.version.split()[0])

    def Run(self, request: language_pb2.RunRequest, context: grpc.ServicerContext) -> language_pb2.RunResponse:  # noqa: N802
        command = [_interpreter(request.info), "-u", str(EXECUTOR), *self._arguments(request)]
        try:
            # a session of its own, because the CLI also interrupts the whole process group of a language host
            program = subprocess.Popen(  # noqa: S603
                command, cwd=request.pwd, env=_environment(request), start_new_session=True
            )
        except OSError as error:
            return language_pb2.RunResponse(error=f"cannot run {command[0]}: {error.strerror}")
        self._programs.add(program)
        if not context.add_callback(lambda: self._interrupt(program)):
            self._interrupt(program)
        code = program.wait()
        self._programs.discard(program)
        if code == _SHOWN:
            return language_pb2.RunResponse(bail=True)
        # because Go says -1 for every signal
        return language_pb2.RunResponse(
            error=f"program exited with non-zero exit code: {max(code, -1)}" if code else ""
        )

    def RunPlugin(  # noqa: N802
        self, request: language_pb2.RunPluginRequest, context: grpc.ServicerContext
    ) -> Iterator[language_pb2.RunPluginResponse]:
        """A component or provider in Python, run from its folder by its `__main__.py`."""
        command = [_interpreter(request.info), "-u", request.info.program_directory]
        environment = {**os.environ, **dict(entry.split("=", 1) for entry in request.env)}
        plugin = subprocess.Popen(  # noqa: S603
            [*command, *request.args], cwd=request.pwd, env=environment, stdout=subprocess.PIPE
        )
        context.add_callback(plugin.kill)
        assert plugin.stdout is not None  # noqa: S101 because of the PIPE above
        for line in plugin.stdout:
            yield language_pb2.RunPluginResponse(stdout=line)
        yield language_pb2.RunPluginResponse(exitcode=plugin.wait())

    def Cancel(self, _request: Empty, _: grpc.ServicerContext) -> Empty:  # noqa: N802
        self.interrupt()
        return Empty()

    def interrupt(self) -> None:
        """End the programs that still run."""
        for program in tuple(self._programs):
            self._interrupt(program)

    def _interrupt(self, program: subprocess.Popen[bytes]) -> None:
        """End a program that still runs, once, however many ways ask for it.

        It is first left to end by itself, as it does when the resource monitor is gone: interrupted while it ends, it
        would show where Python was.
        """
        try:
            self._programs.remove(program)
        except KeyError:
            return
        for seconds, end in (
            (_INTERRUPT_AFTER_SECONDS, lambda: program.send_signal(signal.SIGINT)),
            (_KILL_AFTER_SECONDS, program.kill),
        ):
            timer = threading.Timer(seconds, end)
            timer.daemon = True
            timer.start()

    def _arguments(self, request: language_pb2.RunRequest) -> Sequence[str]:
        options = {
            "monitor": request.monitor_address,
            "engine": self._engine,
            "project": request.project,
            "root_directory": request.info.root_directory,
            "stack": request.stack,
            "pwd": request.pwd,
            "dry_run": str(request.dryRun).lower(),
            "parallel": str(request.parallel),
            "organization": request.organization,
        }
        return [word for name, value in options.items() if value for word in (f"--{name}", value)] + [
            request.info.entry_point,
            *request.args,
        ]


def _interpreter(info: language_pb2.ProgramInfo) -> str:
    environment = _virtual_environment(info)
    return str(environment / "bin" / "python") if environment else os.environ.get("PULUMI_PYTHON_CMD", "python3")


def _virtual_environment(info: language_pb2.ProgramInfo) -> Path | None:
    """Where `Pulumi.yaml` says that the program's packages are."""
    options = MessageToDict(info.options)
    name = options.get("virtualenv") or (".venv" if options.get("toolchain") == "uv" else None)
    return Path(info.root_directory, name) if name else None


def _environment(request: language_pb2.RunRequest) -> dict[str, str]:
    environment = {
        **os.environ,
        "PULUMI_CONFIG": json.dumps(dict(request.config)),
        "PULUMI_CONFIG_SECRET_KEYS": json.dumps(list(request.configSecretKeys)),
    }
    if virtual := _virtual_environment(request.info):
        environment["VIRTUAL_ENV"] = str(virtual)
        environment["PATH"] = f"{virtual / 'bin'}{os.pathsep}{environment.get('PATH', os.defpath)}"
        environment.pop("PYTHONHOME", None)
    return environment


def main() -> None:
    """Say the port, then serve until the CLI interrupts this process, as it does at its end, or is gone."""
    parent, ended = os.getppid(), threading.Event()
    for number in (signal.SIGINT, signal.SIGTERM):
        signal.signal(number, lambda *_: ended.set())
    server = grpc.server(ThreadPoolExecutor(8), options=_GRPC_CHANNEL_OPTIONS)
    host = LanguageHost(sys.argv[-1])
    language_pb2_grpc.add_LanguageRuntimeServicer_to_server(host, server)
    port = server.add_insecure_port("127.0.0.1:0")
    server.start()
    print(port, flush=True)
    while not ended.wait(_ORPHAN_CHECK_SECONDS) and os.getppid() == parent:
        pass
    host.interrupt()
    server.stop(None)


if __name__ == "__main__":
    main()
