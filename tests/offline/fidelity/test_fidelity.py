"""Programs that have nothing to do with Codat, on both engines: the same calls, states, results and texts."""

from __future__ import annotations

import sys
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

from pulumi_offline import CliEngine, StackEngine
from tests.calls import heard_offline, heard_on_the_cli

from .scenarios import SCENARIOS, Command, StateChange, StateLoss, WorldChange
from .workshop import PASSPHRASE, SALT, STACK, Workshop, change_world

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from pulumi_offline import Result
    from tests.calls import Call
    from tests.transcript import Transcript

_RUNTIME = f"runtime: {{name: python, options: {{toolchain: pip, virtualenv: {Path(sys.prefix)}}}}}"


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

    def __init__(self, workshop: Workshop) -> None:
        self._workshop = workshop
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
            yield CliEngine(self._workshop.project, STACK, environ={**self._environ, **environ, **addition}), calls


def _run(engine: StackEngine, line: str, imports: dict[str, Any]) -> Result:
    command, *flags = line.split()
    pairs = [flag.removeprefix("--").partition("=") for flag in flags]
    options = {name.replace("-", "_"): value != "false" for name, _, value in pairs}
    if command == "import":
        return engine.import_resources(imports, **options)
    act: Callable[..., Result] = getattr(engine, command)
    return act(**options)


@pytest.mark.parametrize("name", sorted(SCENARIOS))
def test_programs(workshop: Workshop, transcript: Transcript, engine_name: str, name: str) -> None:
    scenario = SCENARIOS[name]
    (workshop.project / "Pulumi.yaml").write_text(f"name: shop\n{_RUNTIME}\n{scenario.description}")
    workshop.configure(f"encryptionsalt: {SALT}\nconfig:\n{scenario.config}")
    workshop.program(scenario.program)
    workshop.environ["PULUMI_CONFIG_PASSPHRASE"] = PASSPHRASE
    place = Cli(workshop) if engine_name == "cli" else Offline(workshop)
    imports: dict[str, Any] = {}
    with place.engine({}) as (engine, _):
        engine.create_stack()
    for step in scenario.steps:
        match step:
            case Command(line, environ):
                with place.engine(environ) as (engine, calls):
                    result = _run(engine, line, imports)
                variables = " ".join(f"{key}={value}" for key, value in environ.items())
                transcript.add(
                    f"{variables} pulumi {line}".strip(), result, calls, engine.export_state(show_secrets=True)
                )
            case WorldChange(id_, properties):
                change_world(workshop.things, id_, properties)
            case StateChange():
                engine.import_state(step.applied(engine.export_state(show_secrets=True)))
            case StateLoss():
                left, imports = step.applied(engine.export_state(show_secrets=True))
                engine.import_state(left)
