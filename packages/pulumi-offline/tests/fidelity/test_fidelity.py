"""Programs that have nothing to do with Codat, held to what was recorded on the pulumi CLI.

The offline engine does what is recorded, and so does a CLI of the recorded version. A CLI of another version never
fails here: what it does otherwise is reported at the end.
"""

from __future__ import annotations

import sys
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any, Protocol

import pytest

from pulumi_offline import FOLLOWED_CLI, CliEngine, StackEngine

from ..workshop import PASSPHRASE, SALT, STACK, Workshop, change_world
from .calls import heard_offline, heard_on_the_cli
from .changes import changes
from .programs import PROGRAMS, Command, ConfigChange, Program, StateChange, StateLoss, WorldChange
from .transcript import Transcript

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from pulumi_offline import Result

    from .calls import Call

RECORDINGS = Path(__file__).parent / "recordings"
_RUNTIME = f"runtime: {{name: python, options: {{toolchain: pip, virtualenv: {Path(sys.prefix)}}}}}"


class InstalledCli(Protocol):
    """The pulumi CLI, as the workspace's `pulumi_cli` tells where it is."""

    executable: str
    version: str


class Offline:
    """The offline engine on a workshop."""

    def __init__(self, workshop: Workshop) -> None:
        self._workshop = workshop

    @contextmanager
    def engine(self, environ: dict[str, str]) -> Iterator[tuple[StackEngine, list[Call]]]:
        """With the provider's calls, complete at the end of the context."""
        with heard_offline() as calls:
            yield self._workshop.engine(**environ), calls


class Cli:
    """The pulumi CLI on a workshop, with a home and a backend of its own."""

    def __init__(self, workshop: Workshop, executable: str) -> None:
        self._workshop = workshop
        self._executable = executable
        home, state = workshop.directory / "home", workshop.directory / "state"
        home.mkdir()
        state.mkdir()
        self._environ = {
            **workshop.environment(),
            "PULUMI_HOME": str(home),
            "PULUMI_BACKEND_URL": state.as_uri(),
            "PULUMI_SKIP_UPDATE_CHECK": "true",
            "PULUMI_DISABLE_AUTOMATIC_PLUGIN_ACQUISITION": "true",
        }

    @contextmanager
    def engine(self, environ: dict[str, str]) -> Iterator[tuple[StackEngine, list[Call]]]:
        """With the provider's calls, complete at the end of the context."""
        with heard_on_the_cli() as (addition, calls):
            environ = {**self._environ, **environ, **addition}
            yield CliEngine(self._workshop.project, STACK, environ=environ, executable=self._executable), calls


def _run(engine: StackEngine, line: str, imports: dict[str, Any]) -> Result:
    command, *flags = line.split()
    pairs = [flag.removeprefix("--").partition("=") for flag in flags]
    options = {name.replace("-", "_"): value != "false" for name, _, value in pairs}
    if command == "import":
        return engine.import_resources(imports, **options)
    act: Callable[..., Result] = getattr(engine, command)
    return act(**options)


@pytest.mark.fidelity
@pytest.mark.parametrize("name", sorted(PROGRAMS))
def test_programs(
    request: pytest.FixtureRequest, workshop: Workshop, pulumi_cli: InstalledCli | None, engine_name: str, name: str
) -> None:
    workshop.environ["PULUMI_CONFIG_PASSPHRASE"] = PASSPHRASE
    transcript = Transcript(RECORDINGS / f"{name}.yaml")
    cli = pulumi_cli if engine_name == "cli" else None
    play(PROGRAMS[name], Cli(workshop, cli.executable) if cli else Offline(workshop), workshop, transcript)
    version = cli.version if cli else None
    told = request.node.user_properties
    if version and request.config.getoption("--record"):
        transcript.write(version)
    elif version in (None, FOLLOWED_CLI):
        told += [("compared commands", len(transcript.entries)), ("compared calls", transcript.requests)]
        # because the CLI draws its lines when it has the time, and on a busy machine leaves some out
        transcript.compare(leaving_out=frozenset({"text"}) if version else frozenset())
    else:
        told += [
            ("program", name),
            ("version", version),
            ("changes", dict(changes(transcript.recorded(), transcript.entries))),
        ]


def play(program: Program, place: Offline | Cli, workshop: Workshop, transcript: Transcript) -> None:
    """Carry out the program's steps and keep in the transcript what they do."""
    (workshop.project / "Pulumi.yaml").write_text(f"name: shop\n{_RUNTIME}\n{program.description}")
    workshop.configure(f"encryptionsalt: {SALT}\nconfig:\n{program.config}")
    workshop.program(program.text)
    imports: dict[str, Any] = {}
    with place.engine({}) as (engine, _):
        engine.create_stack()
    for step in program.steps:
        match step:
            case Command(line, environ):
                with place.engine(environ) as (engine, calls):
                    result = _run(engine, line, imports)
                variables = " ".join(f"{key}={value}" for key, value in environ.items())
                transcript.add(
                    f"{variables} pulumi {line}".strip(),
                    result,
                    calls,
                    workshop.provider_calls(),
                    engine.export_state(show_secrets=True),
                )
            case ConfigChange(text):
                workshop.configure(f"encryptionsalt: {SALT}\nconfig:\n{text}")
            case WorldChange(id_, properties):
                change_world(workshop.things, id_, properties)
            case StateChange():
                engine.import_state(step.applied(engine.export_state(show_secrets=True)))
            case StateLoss():
                left, imports = step.applied(engine.export_state(show_secrets=True))
                engine.import_state(left)
