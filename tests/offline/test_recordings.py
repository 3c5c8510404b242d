"""The offline engine does what the pulumi CLI did: the same calls, state, exit code and text."""

from __future__ import annotations

import io
import json
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

from pulumi_offline.display import DiffView, ProgressView
from tests.calls import heard_offline

from .normal import normal_call, normal_calls, normal_state, normal_text
from .scenarios import IMPORT_FILE, SCENARIOS, Command, StateLoss, WorldChange
from .workshop import PASSPHRASE, SALT, change_world

if TYPE_CHECKING:
    from pulumi_offline import Result

    from .workshop import Workshop

DATA = Path(__file__).parent / "recordings"


def _recording(name: str) -> list[dict[str, Any]]:
    steps: list[dict[str, Any]] = json.loads((DATA / f"{name}.json").read_text())["steps"]
    return steps


def _run(workshop: Workshop, step: Command, out: io.StringIO) -> Result:
    command, *flags = step.line.split()
    workshop.views = [DiffView(out, out) if "--diff" in flags else ProgressView(out)]
    options = _options(flags)
    engine = workshop.engine(**step.environ)
    if command == "import":
        document = json.loads((workshop.project / IMPORT_FILE).read_text())
        return engine.import_resources(document, **options)
    result: Result = getattr(engine, command)(**options)
    return result


_NOT_THE_ENGINES = {"--diff", "--file", "--generate-code=false", IMPORT_FILE}


def _options(flags: list[str]) -> dict[str, bool]:
    pairs = [flag.removeprefix("--").partition("=") for flag in flags if flag not in _NOT_THE_ENGINES]
    return {name.replace("-", "_"): value != "false" for name, _, value in pairs}


def _lose_state(loss: StateLoss, workshop: Workshop) -> None:
    left, imports = loss.applied(workshop.engine().export_state(show_secrets=True))
    (workshop.project / IMPORT_FILE).write_text(json.dumps(imports))
    workshop.engine().import_state(left)


@pytest.mark.parametrize("name", sorted(SCENARIOS))
def test_as_recorded_on_the_cli(workshop: Workshop, name: str) -> None:
    scenario = SCENARIOS[name]
    workshop.describe(scenario.description)
    workshop.configure(f"encryptionsalt: {SALT}\nconfig:\n{scenario.config}")
    workshop.program(scenario.program)
    workshop.environ["PULUMI_CONFIG_PASSPHRASE"] = PASSPHRASE
    recorded = iter(_recording(name))
    for number, step in enumerate(scenario.steps):
        if isinstance(step, WorldChange):
            change_world(workshop.things, step.id, step.properties)
            continue
        if isinstance(step, StateLoss):
            _lose_state(step, workshop)
            continue
        expected, out = next(recorded), io.StringIO()
        with heard_offline() as calls:
            result = _run(workshop, step, out)
        about = f"{name}, step {number}: {step.line} {step.environ}"
        assert (expected["command"], expected["environ"]) == (step.line, step.environ), "record the scenario anew"
        assert result.exit_code == expected["exit_code"], f"{about}\n{out.getvalue()}"
        assert normal_calls(normal_call(*call) for call in calls) == expected["calls"], about
        assert normal_state(workshop.engine().export_state(show_secrets=True)) == expected["state"], about
        if expected["text"] is not None:
            assert normal_text(out.getvalue()) == expected["text"], about
