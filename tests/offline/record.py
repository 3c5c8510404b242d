"""`python -m tests.offline.record [NAME...]`: record scenarios on the pulumi CLI, for test_recordings.py.

Isolated: a temporary home, backend and passphrase. Nothing of the machine is recorded.
"""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
import tempfile
import textwrap
from pathlib import Path
from typing import Any

from tests.calls import logged_by_the_cli

from .normal import normal_call, normal_calls, normal_state, normal_text
from .scenarios import IMPORT_FILE, SCENARIOS, Command, Scenario, StateLoss, WorldChange
from .workshop import PASSPHRASE, PREAMBLE, SALT, STACK, change_world

_CLI = shutil.which("pulumi") or sys.exit("there is no pulumi CLI on PATH to record")
DATA = Path(__file__).parent / "recordings"


def _lay_out(directory: Path, scenario: Scenario) -> dict[str, str]:
    project, things = directory / "project", directory / "things"
    for folder in (project, things, directory / "home", directory / "state"):
        folder.mkdir()
    shutil.copy(Path(__file__).parent / "world" / "things.py", project)
    environment = Path(sys.prefix)
    runtime = f"runtime: {{name: python, options: {{toolchain: pip, virtualenv: {environment}}}}}"
    (project / "Pulumi.yaml").write_text(f"name: shop\n{runtime}\n{scenario.description}")
    (project / f"Pulumi.{STACK}.yaml").write_text(f"encryptionsalt: {SALT}\nconfig:\n{scenario.config}")
    (project / "__main__.py").write_text(PREAMBLE + textwrap.dedent(scenario.program))
    inherited = {key: value for key, value in os.environ.items() if not key.startswith(("PULUMI_", "THINGS"))}
    return inherited | {
        "PULUMI_HOME": str(directory / "home"),
        "PULUMI_BACKEND_URL": (directory / "state").as_uri(),
        "PULUMI_CONFIG_PASSPHRASE": PASSPHRASE,
        "PULUMI_SKIP_UPDATE_CHECK": "true",
        "PULUMI_DISABLE_AUTOMATIC_PLUGIN_ACQUISITION": "true",
        "THINGS": str(things),
    }


def _pulumi(arguments: list[str], project: Path, environ: dict[str, str]) -> subprocess.CompletedProcess[str]:
    command = [_CLI, *arguments, "--non-interactive"]
    return subprocess.run(command, cwd=project, env=environ, capture_output=True, text=True, check=False)


def _record(step: Command, number: int, directory: Path, environ: dict[str, str]) -> dict[str, Any]:
    project, log = directory / "project", directory / f"{number}.log"
    arguments = step.line.split()
    if arguments[0] != "preview" and "--preview-only" not in arguments:
        arguments.append("--yes")
    done = _pulumi(arguments, project, {**environ, **step.environ, "PULUMI_DEBUG_GRPC": str(log)})
    state = _pulumi(["stack", "export", "--show-secrets"], project, environ)
    failed = done.returncode not in (0, 7)
    return {
        "command": step.line,
        "environ": step.environ,
        "exit_code": done.returncode,
        "calls": normal_calls(normal_call(*call) for call in logged_by_the_cli(log)),
        "state": normal_state(json.loads(state.stdout)),
        # because after a failure the CLI shows how the program was interrupted, more or less of it each time
        "text": None if failed else normal_text(done.stdout + done.stderr),
    }


def _lose_state(loss: StateLoss, project: Path, environ: dict[str, str]) -> None:
    left, imports = loss.applied(json.loads(_pulumi(["stack", "export", "--show-secrets"], project, environ).stdout))
    (project / IMPORT_FILE).write_text(json.dumps(imports))
    (project / "left.json").write_text(json.dumps(left))
    _pulumi(["stack", "import", "--file", "left.json"], project, environ).check_returncode()


def main() -> None:
    """Write a file a scenario, or only those that the command line names."""
    DATA.mkdir(exist_ok=True)
    version = subprocess.run([_CLI, "version"], capture_output=True, text=True, check=True).stdout.strip()
    for name in sys.argv[1:] or SCENARIOS:
        scenario = SCENARIOS[name]
        with tempfile.TemporaryDirectory() as temporary:
            directory = Path(temporary)
            environ = _lay_out(directory, scenario)
            _pulumi(["stack", "init", STACK], directory / "project", environ)
            steps = []
            for number, step in enumerate(scenario.steps):
                if isinstance(step, WorldChange):
                    change_world(directory / "things", step.id, step.properties)
                elif isinstance(step, StateLoss):
                    _lose_state(step, directory / "project", environ)
                else:
                    steps.append(_record(step, number, directory, environ))
            recording = {"cli": version, "steps": steps}
            (DATA / f"{name}.json").write_text(json.dumps(recording, indent=1, sort_keys=True) + "\n")
            print(f"{name}: {len(steps)} steps, {sum(len(step['calls']) for step in steps)} calls")  # noqa: T201 - the answer


if __name__ == "__main__":
    main()
