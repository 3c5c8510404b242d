"""A project with a stack, and the world it manages: a directory of things."""

from __future__ import annotations

import json
import os
import shutil
import textwrap
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any

from pulumi_offline import Engine
from pulumi_offline.state import ResourceState

if TYPE_CHECKING:
    from collections.abc import Sequence

    from pulumi_offline import EventSink, Guard, Op, Result
    from pulumi_offline.process import Launcher

PROJECT = "shop"
STACK = "dev"
STACK_URN = f"urn:pulumi:{STACK}::{PROJECT}::pulumi:pulumi:Stack::{PROJECT}-{STACK}"
PASSPHRASE = "x"
SALT = "v1:6ISDHzShOzs=:v1:7WHA1Mv3LO4l+gJb:wMhxST58T0YvntV4sudxOcIUqVa2tg=="  # made by the CLI with that passphrase
THING = "pulumi-python:dynamic/things:Thing"
SHUT_DOWN = "Resource monitor has terminated, shutting down"  # what a program says when its deployment has failed
_MODULE = Path(__file__).parent / "world" / "things.py"
PREAMBLE = "import os, pulumi\nfrom pulumi import Alias, ResourceOptions as Opts\nfrom things import Provider, Thing\n"


def urn(name: str, type_: str = THING, *, parent: str = "") -> str:
    qualified = f"{parent}${type_}" if parent else type_
    return f"urn:pulumi:{STACK}::{PROJECT}::{qualified}::{name}"


def resource(name: str, **fields: Any) -> ResourceState:
    """A state for tests of what works on states."""
    return ResourceState(**{"urn": urn(name), "type": THING, "id": f"{name}-0"} | fields)


@dataclass
class Workshop:
    """Runs the engine on one project. `environ` is what its children see besides."""

    directory: Path
    launcher: Launcher
    environ: dict[str, str] = field(default_factory=dict)
    guard: Guard | None = None
    config: dict[str, str] = field(default_factory=dict)
    views: Sequence[EventSink] = ()
    call_timeout: float = 20.0

    def __post_init__(self) -> None:
        self.project.mkdir(parents=True)
        self.things.mkdir()
        shutil.copy(_MODULE, self.project)
        self.describe()

    @property
    def project(self) -> Path:
        return self.directory / "project"

    @property
    def things(self) -> Path:
        return self.directory / "things"

    @property
    def state_file(self) -> Path:
        return self.project / ".pulumi-offline" / f"{STACK}.json"

    def describe(self, text: str = "") -> None:
        """Write Pulumi.yaml."""
        (self.project / "Pulumi.yaml").write_text(f"name: {PROJECT}\nruntime: python\n{text}")

    def configure(self, text: str) -> None:
        """Write the stack's file."""
        (self.project / f"Pulumi.{STACK}.yaml").write_text(textwrap.dedent(text))

    def program(self, text: str) -> None:
        """Write the program; `Thing`, `Provider`, `Opts` and `Alias` are imported already."""
        (self.project / "__main__.py").write_text(PREAMBLE + textwrap.dedent(text))

    def engine(self, **environ: str) -> Engine:
        return Engine(
            self.project,
            STACK,
            config=self.config,
            guard=self.guard,
            environ=self.environment() | environ,
            views=self.views,
            launcher=self.launcher,
            call_timeout=self.call_timeout,
        )

    def environment(self) -> dict[str, str]:
        inherited = {key: value for key, value in os.environ.items() if not key.startswith(("PULUMI_", "THINGS"))}
        return inherited | {"THINGS": str(self.things), "PULUMI_CONFIG_PASSPHRASE": "correct horse"} | self.environ

    def preview(self, **options: Any) -> Result:
        return self.engine().preview(**options)

    def up(self, *, skip_preview: bool = True, **options: Any) -> Result:
        return self.engine().up(skip_preview=skip_preview, **options)

    def refresh(self, *, skip_preview: bool = True, **options: Any) -> Result:
        return self.engine().refresh(skip_preview=skip_preview, **options)

    def destroy(self, *, skip_preview: bool = True, **options: Any) -> Result:
        return self.engine().destroy(skip_preview=skip_preview, **options)

    def failing(self, *faults: str) -> Workshop:
        """The same workshop with things going wrong, each as METHOD:NAME:KIND."""
        self.environ["THINGS_FAULTS"] = ",".join(faults)
        return self

    def calls(self) -> list[str]:
        """What the provider was asked since the last time, as `METHOD NAME`."""
        return [f"{method} {name}" for _, method, name in self.provider_calls()]

    def provider_calls(self) -> list[tuple[int, str, str]]:
        """The same, with the process that was asked."""
        log = self.things / "calls.log"
        if not log.exists():
            return []
        lines = [line.split(" ", 2) for line in log.read_text().splitlines()]
        log.unlink()
        return [(int(process), method, name) for process, method, name in lines]

    def live(self) -> dict[str, dict[str, Any]]:
        """The things that exist, by id."""
        return {path.stem: json.loads(path.read_text()) for path in sorted(self.things.glob("*.json"))}

    def change(self, id_: str, **properties: Any) -> None:
        """Someone changes a thing by hand."""
        change_world(self.things, id_, properties)

    def lose(self, id_: str) -> None:
        """Someone deletes a thing by hand."""
        change_world(self.things, id_, None)

    def resources(self) -> dict[str, dict[str, Any]]:
        """The state's resources by name, secrets in clear."""
        document = self.engine().export_state(show_secrets=True)
        return {item["urn"].rpartition("::")[2]: item for item in document["deployment"].get("resources", [])}

    def edit_state(self, name: str, **fields: Any) -> None:
        """As `pulumi state` commands do."""
        document = json.loads(self.state_file.read_text())
        for item in document["deployment"]["resources"]:
            if item["urn"].endswith(f"::{name}"):
                item.update(fields)
        self.state_file.write_text(json.dumps(document))


def change_world(things: Path, id_: str, properties: dict[str, Any] | None) -> None:
    """Change a thing's properties, or delete it for None."""
    path = things / f"{id_}.json"
    if properties is None:
        path.unlink()
    else:
        path.write_text(json.dumps(json.loads(path.read_text()) | properties))


def ops(result: Result) -> dict[str, list[str]]:
    """What was done, by the resource's name, without what stayed the same and without the stack."""
    named: dict[str, list[Op]] = {key.rpartition("::")[2]: steps for key, steps in result.ops().items()}
    return {name: [op.value for op in steps] for name, steps in named.items() if name != f"{PROJECT}-{STACK}"}
