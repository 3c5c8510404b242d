"""The provider as the engine really has it: a process of its own, spoken to over gRPC."""

from __future__ import annotations

import os
import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass, field
from threading import Timer
from typing import TYPE_CHECKING, Any, Final

import grpc
from google.protobuf import empty_pb2
from google.protobuf.json_format import MessageToDict
from google.protobuf.struct_pb2 import Struct
from pulumi.runtime.proto import engine_pb2, engine_pb2_grpc, provider_pb2, provider_pb2_grpc

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping
    from pathlib import Path

Properties = dict[str, Any]

XERO: Final = "gASVNwAAAAAAAACMFHB1bHVtaV9jb2RhdC5keW5hbWljlIwXWGVyb0ludGVncmF0aW9uUHJvdmlkZXKUk5QpgZQu"
FEEDS: Final = "gASVNQAAAAAAAACMFHB1bHVtaV9jb2RhdC5keW5hbWljlIwVWGVyb0JhbmtGZWVkc1Byb3ZpZGVylJOUKYGULg=="
XERO_FROM_3_14: Final = XERO.replace("gASV", "gAWV")
NOBODY: Final = "127.0.0.1:1"
_SECONDS: Final = 30
_LONGEST_LIFE: Final = 90
_OURS: Final = ("PULUMI_", "CODAT_", "XERO_")
_BREAK: Final = """
import runpy, pulumi_codat.reconcile as reconcile
def broken(*_):
    raise {error}
reconcile.IntegrationLifecycle.{method} = broken
runpy.run_module("pulumi.dynamic", run_name="__main__", alter_sys=True)
"""


@dataclass(frozen=True)
class ProviderProcess:
    """A running provider. Each call is one of the engine's, in plain data; it raises `grpc.RpcError`."""

    stub: Any
    stderr: Path
    pickled: str = XERO

    def of(self, pickled: str) -> ProviderProcess:
        """The same process, asked for another resource."""
        return ProviderProcess(self.stub, self.stderr, pickled)

    def configure(self, config: Mapping[str, object]) -> None:
        self.stub.Configure(provider_pb2.ConfigureRequest(args=_struct(config), acceptSecrets=True), timeout=_SECONDS)

    def check(self, old: Properties, new: Properties) -> tuple[Properties, list[str]]:
        """The checked inputs, and the failures as the engine shows them."""
        request = provider_pb2.CheckRequest(olds=self._with(old) if old else Struct(), news=self._with(new))
        answer = self.stub.Check(request, timeout=_SECONDS)
        return _plain(answer.inputs), [f"{failure.property}{failure.reason}" for failure in answer.failures]

    def diff(self, outputs: Properties, new: Properties) -> str:
        request = provider_pb2.DiffRequest(id="gbol", olds=self._with(outputs), news=self._with(new))
        answer = self.stub.Diff(request, timeout=_SECONDS)
        return provider_pb2.DiffResponse.DiffChanges.Name(answer.changes)

    def create(self, inputs: Properties) -> tuple[str, Properties]:
        answer = self.stub.Create(provider_pb2.CreateRequest(properties=self._with(inputs)), timeout=_SECONDS)
        return answer.id, _plain(answer.properties)

    def read(self, outputs: Properties, inputs: Properties) -> tuple[str, Properties, Properties]:
        request = provider_pb2.ReadRequest(id="gbol", properties=self._with(outputs), inputs=self._with(inputs))
        answer = self.stub.Read(request, timeout=_SECONDS)
        return answer.id, _plain(answer.properties), _plain(answer.inputs)

    def update(self, outputs: Properties, inputs: Properties) -> Properties:
        request = provider_pb2.UpdateRequest(id="gbol", olds=self._with(outputs), news=self._with(inputs))
        return _plain(self.stub.Update(request, timeout=_SECONDS).properties)

    def delete(self, outputs: Properties) -> None:
        request = provider_pb2.DeleteRequest(id="gbol", properties=self._with(outputs))
        self.stub.Delete(request, timeout=_SECONDS)

    def _with(self, properties: Properties) -> Struct:
        return _struct({**properties, "__provider": self.pickled})


def _struct(properties: Mapping[str, Any]) -> Struct:
    struct = Struct()
    struct.update(properties)
    return struct


def _plain(struct: Struct) -> Properties:
    properties: Properties = MessageToDict(struct)
    assert isinstance(properties.pop("__provider"), str)
    return properties


@contextmanager
def provider_process(
    folder: Path, environment: Mapping[str, str], *, engine: str = NOBODY, broken: tuple[str, str] | None = None
) -> Iterator[ProviderProcess]:
    """Start a provider. `broken` names a method of the integration's life, and what it raises."""
    start = ["-c", _BREAK.format(method=broken[0], error=broken[1])] if broken else ["-m", "pulumi.dynamic"]
    inherited = {name: value for name, value in os.environ.items() if not name.startswith(_OURS)}
    stderr = folder / "stderr.txt"
    with stderr.open("wb") as errors:
        process = subprocess.Popen(
            [sys.executable, "-u", *start, engine],
            stdout=subprocess.PIPE,
            stderr=errors,
            cwd=folder,
            env=inherited | {"PULUMI_PROJECT": "acme"} | dict(environment),
        )
    # because a provider that hangs must fail its test, and not hold it for ever
    watchdog = Timer(_LONGEST_LIFE, process.kill)
    watchdog.start()
    with process:
        try:
            assert process.stdout is not None
            port = int(process.stdout.readline())
            with grpc.insecure_channel(f"127.0.0.1:{port}") as channel:
                yield ProviderProcess(provider_pb2_grpc.ResourceProviderStub(channel), stderr)
        finally:
            process.terminate()
            process.wait()
            watchdog.cancel()


@dataclass
class Engine(engine_pb2_grpc.EngineServicer):
    """The engine's ear: takes down what the provider logs."""

    address: str = ""
    logged: list[tuple[str, str]] = field(default_factory=list)

    def Log(self, request: engine_pb2.LogRequest, context: grpc.ServicerContext) -> empty_pb2.Empty:  # noqa: N802 because gRPC calls it so
        self.logged.append((engine_pb2.LogSeverity.Name(request.severity), request.message))
        return empty_pb2.Empty()


@contextmanager
def listening_engine() -> Iterator[Engine]:
    engine = Engine()
    server = grpc.server(ThreadPoolExecutor(2))
    engine_pb2_grpc.add_EngineServicer_to_server(engine, server)
    engine.address = f"127.0.0.1:{server.add_insecure_port('127.0.0.1:0')}"
    server.start()
    try:
        yield engine
    finally:
        server.stop(None).wait()
