"""A dynamic provider for things, each a file in a directory: the world that the offline engine's tests manage.

The environment says where things are (THINGS), how sizes compare (THINGS_DELETE_FIRST) and what goes wrong
(THINGS_FAULTS, a list of METHOD:NAME:KIND).
"""

from __future__ import annotations

import json
import os
import sys
import threading
import time
from pathlib import Path
from typing import Any

import grpc
import pulumi
from pulumi.dynamic import (
    CheckFailure,
    CheckResult,
    ConfigureRequest,
    CreateResult,
    DiffResult,
    ReadResult,
    Resource,
    ResourceProvider,
    UpdateResult,
)
from pulumi.runtime.proto import engine_pb2, engine_pb2_grpc

_FOREVER = 60.0


def _directory() -> Path:
    return Path(os.environ["THINGS"])


def _happens(method: str, name: Any) -> None:
    with (_directory() / "calls.log").open("a") as log:
        log.write(f"{os.getpid()} {method} {name if isinstance(name, str) else 'unknown'}\n")
    for fault in filter(None, os.environ.get("THINGS_FAULTS", "").split(",")):
        where, whom, kind = fault.split(":")
        if (where, whom) == (method, name):
            _fail(method, name, kind)


def _fail(method: str, name: str, kind: str) -> None:
    match kind:
        case "raise":
            sys.tracebacklimit = 0  # because the SDK sends the whole traceback, with paths of this machine
            raise RuntimeError(f"{method} of {name} refused")
        case "die":
            os._exit(9)
        case "faint":
            threading.Timer(0.02, os._exit, [9]).start()
        case "leave":
            raise SystemExit(3)
        case "print":
            print(f"{method} of {name} says hello")  # noqa: T201 - what the engine shows
            print(f"{method} of {name} complains", file=sys.stderr)  # noqa: T201 - what the engine shows
        case "wait":
            (_directory() / "waiting").write_text(str(os.getpid()))
            deadline = time.monotonic() + _FOREVER
            while not (_directory() / "go").exists() and time.monotonic() < deadline:
                time.sleep(0.01)
        case severity:
            engine = engine_pb2_grpc.EngineStub(grpc.insecure_channel(sys.argv[-1]))
            level, _, urn = severity.partition("@")
            urn = urn.replace(";", ":")
            engine.Log(
                engine_pb2.LogRequest(
                    severity=engine_pb2.LogSeverity.ValueType(int(level)), message=f"{method} logs", urn=urn
                )
            )


class ThingProvider(ResourceProvider):
    """Size and tags can change; another name is another thing."""

    serialize_as_secret_always = False

    def configure(self, req: ConfigureRequest) -> None:
        self.region = req.config.get("things:region")
        _happens("configure", self.region or "nowhere")

    def check(self, _olds: dict[str, Any], news: dict[str, Any]) -> CheckResult:
        _happens("check", news["name"])
        failures = []
        if news.get("size") == -1:
            failures.append(CheckFailure("size", "must be positive"))
        if news.get("size") == -2:
            failures.append(CheckFailure("", "no such size"))
        return CheckResult(news, failures)

    def diff(self, _id: str, olds: dict[str, Any], news: dict[str, Any]) -> DiffResult:
        _happens("diff", olds["name"])
        return DiffResult(
            changes=False if news.get("size") == 0 else None,
            replaces=["name"] if olds["name"] != news["name"] else None,
            delete_before_replace=bool(os.environ.get("THINGS_DELETE_FIRST")) or None,
        )

    def create(self, props: dict[str, Any]) -> CreateResult:
        _happens("create", props["name"])
        number = 0
        while (_directory() / f"{props['name']}-{number}.json").exists():
            number += 1
        return CreateResult(f"{props['name']}-{number}", self._write(f"{props['name']}-{number}", props))

    def read(self, id_: str, props: dict[str, Any]) -> ReadResult:
        _happens("read", props["name"])
        path = _directory() / f"{id_}.json"
        if not path.exists():
            return ReadResult("", {})
        outputs = json.loads(path.read_text())
        inputs = {key: value for key, value in outputs.items() if key not in ("mark", "region")}
        return ReadResult(id_, outputs, inputs)

    def update(self, id_: str, _olds: dict[str, Any], news: dict[str, Any]) -> UpdateResult:
        _happens("update", news["name"])
        return UpdateResult(self._write(id_, news))

    def delete(self, id_: str, props: dict[str, Any]) -> None:
        _happens("delete", props["name"])
        (_directory() / f"{id_}.json").unlink(missing_ok=True)

    def _write(self, id_: str, props: dict[str, Any]) -> dict[str, Any]:
        outputs = {key: value for key, value in props.items() if key != "__provider"}
        outputs |= {"mark": f"{props['name']}/{props.get('size')}", "region": self.region or "nowhere"}
        (_directory() / f"{id_}.json").write_text(json.dumps(outputs))
        return dict(outputs)


class Thing(Resource, module="things", name="Thing"):
    """A thing in the directory."""

    mark: pulumi.Output[str]
    region: pulumi.Output[str]

    def __init__(
        self,
        resource_name: str,
        *,
        name: str | None = None,
        size: pulumi.Input[int] = 1,
        tags: Any = None,
        key: Any = None,
        opts: pulumi.ResourceOptions | None = None,
    ) -> None:
        properties = {"name": name or resource_name, "size": size, "tags": tags, "key": key}
        super().__init__(ThingProvider(), resource_name, {**properties, "mark": None, "region": None}, opts)


class Provider(pulumi.ProviderResource):
    """An explicit provider, configured by its own inputs."""

    def __init__(self, name: str, opts: pulumi.ResourceOptions | None = None, **config: Any) -> None:
        super().__init__("pulumi-python", name, {f"things:{key}": value for key, value in config.items()}, opts)
