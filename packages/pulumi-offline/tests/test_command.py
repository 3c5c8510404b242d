"""The command line: options, exit codes, one-line errors, what is printed first."""

from __future__ import annotations

import json
import subprocess
import sys
from typing import TYPE_CHECKING

import pytest
from click.testing import CliRunner, Result

from pulumi_offline import Refusal
from pulumi_offline.command import offline_group

from .workshop import STACK

if TYPE_CHECKING:
    from collections.abc import Mapping

    from .workshop import Workshop

BANNER = "This is pulumi_offline, an offline engine for trying and testing; it is not the Pulumi CLI.\n"


def _invoke(workshop: Workshop, *arguments: str, **environ: str) -> Result:
    group = offline_group("offline", workshop.guard)
    environment = {**workshop.environment(), "GRPC_VERBOSITY": "ERROR", **environ}
    return CliRunner().invoke(group, [*arguments, "--cwd", str(workshop.project)], env=environment)


@pytest.fixture
def stack(cold: Workshop) -> Workshop:
    cold.program("a = Thing('a', size=int(os.environ.get('SIZE', '1')))\npulumi.export('mark', a.mark)")
    return cold


def test_the_first_line_says_what_it_is(stack: Workshop) -> None:
    result = _invoke(stack, "preview", "--stack", STACK)
    assert result.exit_code == 0
    assert result.stdout.startswith(BANNER + "Previewing update (dev):\n\n")
    assert "    + 2 to create\n" in result.stdout


def test_up_shows_both_phases_and_outputs(stack: Workshop) -> None:
    result = _invoke(stack, "up", "--stack", STACK)
    assert result.exit_code == 0
    headings = [line for line in result.stdout.splitlines() if line.endswith("(dev):")]
    assert headings == ["Previewing update (dev):", "Updating (dev):"]
    assert '    mark: "a/1.0"\n' in result.stdout
    assert "\nDuration: " in result.stdout


def test_expected_no_changes_is_exit_code_seven_and_a_line(stack: Workshop) -> None:
    result = _invoke(stack, "preview", "--stack", STACK, "--expect-no-changes")
    assert result.exit_code == 7
    assert result.stderr == "error: no changes were expected for preview but changes were proposed\n"


def test_diff_shows_properties(stack: Workshop) -> None:
    _invoke(stack, "up", "--stack", STACK, "--skip-preview")
    result = _invoke(stack, "preview", "--stack", STACK, "--diff", SIZE="2")
    assert "      ~ size: 1 => 2\n" in result.stdout
    assert "__provider" not in result.stdout


def test_refresh_destroy_export_and_import(stack: Workshop) -> None:
    _invoke(stack, "up", "--stack", STACK, "--skip-preview", "--config", "k=v", "--config", "things:region=east")
    exported = _invoke(stack, "export", "--stack", STACK)
    state = json.loads(exported.stdout)
    assert state["deployment"]["resources"][1]["inputs"] == {"shop:k": "v", "things:region": "east"}
    file = stack.directory / "state.json"
    file.write_text(exported.stdout)
    stack.state_file.unlink()
    assert _invoke(stack, "import", "--stack", STACK, "--file", str(file)).stdout == "Import complete.\n"
    assert _invoke(stack, "refresh", "--stack", STACK, "--preview-only", "--expect-no-changes").exit_code == 0
    assert _invoke(stack, "preview", "--stack", STACK, "--refresh", "--expect-no-changes").exit_code == 0
    result = _invoke(stack, "destroy", "--stack", STACK, "--refresh=false")
    assert result.stdout.endswith("below .pulumi-offline remain.\n")
    assert stack.live() == {}


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (["preview"], "error: no stack: name it with --stack NAME\n"),
        (
            ["preview", "--stack", "a/b"],
            "error: stack name 'a/b': a stack name holds only letters, digits, hyphens, underscores and periods\n",
        ),
        (
            ["up", "--stack", STACK, "--config", "nonsense"],
            "error: --config number 1 has no key: it should read KEY=VALUE\n",
        ),
    ],
)
def test_what_is_wrong_with_the_command_is_one_line(stack: Workshop, arguments: list[str], message: str) -> None:
    result = _invoke(stack, *arguments)
    assert result.exit_code == 1
    assert result.stderr == message


def test_a_directory_without_a_project_is_one_line(stack: Workshop) -> None:
    (stack.project / "Pulumi.yaml").unlink()
    result = _invoke(stack, "up", "--stack", STACK)
    assert result.exit_code == 1
    assert result.stderr.startswith("error: no Pulumi.yaml project file found in ")
    assert result.stderr.count("\n") == 1


def test_an_import_that_is_no_json_is_one_line(stack: Workshop) -> None:
    file = stack.directory / "state.json"
    file.write_text("{")
    result = _invoke(stack, "import", "--stack", STACK, "--file", str(file))
    assert result.exit_code == 1
    assert result.stderr.startswith(f"error: {file} is no valid JSON: ")


def test_a_refusal_is_one_line_and_nothing_is_written(stack: Workshop) -> None:
    def guard(_config: Mapping[str, object], _environ: Mapping[str, str]) -> None:
        raise Refusal("off limits")

    stack.guard = guard
    result = _invoke(stack, "up", "--stack", STACK)
    assert (result.exit_code, result.stderr) == (1, "error: off limits\n")
    assert not stack.state_file.exists()
    assert stack.calls() == []


def test_a_failing_deployment_is_exit_code_one(stack: Workshop) -> None:
    result = _invoke(stack.failing("create:a:raise"), "up", "--stack", STACK, "--skip-preview")
    assert result.exit_code == 1
    assert " **creating failed** error: RuntimeError: create of a refused\n" in result.stdout
    assert "    2 errored\n" in result.stdout


def test_the_module_is_a_command(stack: Workshop) -> None:
    command = [sys.executable, "-m", "pulumi_offline", "preview", "--stack", STACK]
    done = subprocess.run(
        command, cwd=stack.project, env=stack.environment(), capture_output=True, text=True, check=False
    )
    assert (done.returncode, done.stderr) == (0, "")
    assert done.stdout.startswith(BANNER)
