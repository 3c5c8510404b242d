"""The pulumi CLI as a stack engine: the command lines it types, and what it reads in the CLI's event log."""

from __future__ import annotations

import json
import stat
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

from pulumi_offline import CliEngine, OfflineError, Op, Output, Severity, StepResult
from pulumi_offline.cli_events import read_phase

if TYPE_CHECKING:
    from collections.abc import Callable

EVENTS = Path(__file__).parent / "vectors" / "events.jsonl"
XERO = "urn:pulumi:dev::codat-xero::pulumi-python:dynamic/codat:XeroIntegration::xero"
# plays the CLI: notes what it was asked, keeps what it was given, and has the event log of a preview with drift
STAND_IN = """#!{python}
import json, os, pathlib, shutil, sys
words = sys.argv[1:]
folder = pathlib.Path(__file__).parent
given = {{}}
if "--file" in words:
    at = words.index("--file") + 1
    given, words[at] = json.loads(pathlib.Path(words[at]).read_text()), "FILE"
if "--event-log" in words:
    at = words.index("--event-log") + 1
    if (folder / "events").exists():
        shutil.copy(folder / "events", words[at])
    words[at] = "LOG"
said = {{"words": words, "given": given, "debug": os.environ.get("PULUMI_DEBUG_COMMANDS"), "cwd": os.getcwd()}}
(folder / "asked").write_text(json.dumps(said))
print((folder / "says").read_text() if (folder / "says").exists() else "shown")
sys.exit(int((folder / "code").read_text()) if (folder / "code").exists() else 0)
"""
QUIET = ["--non-interactive", "--color=never", "--suppress-progress", "--event-log", "LOG"]


class StandIn:
    """A `pulumi` that only writes down what it is asked."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.executable = folder / "pulumi"
        self.executable.write_text(STAND_IN.format(python=sys.executable))
        self.executable.chmod(self.executable.stat().st_mode | stat.S_IXUSR)
        (folder / "events").write_text(EVENTS.read_text())

    def engine(self, **options: Any) -> CliEngine:
        return CliEngine(self.folder, "dev", executable=str(self.executable), **options)

    @property
    def asked(self) -> dict[str, Any]:
        asked: dict[str, Any] = json.loads((self.folder / "asked").read_text())
        return asked


@pytest.fixture
def cli(tmp_path: Path) -> StandIn:
    return StandIn(tmp_path)


@pytest.mark.parametrize(
    ("act", "words"),
    [
        (lambda engine: engine.preview(), ["preview"]),
        (lambda engine: engine.preview(refresh=True, diff=True), ["preview", "--refresh", "--diff"]),
        (
            lambda engine: engine.up(refresh=False, skip_preview=True),
            ["up", "--yes", "--skip-preview", "--refresh=false"],
        ),
        (lambda engine: engine.up(expect_no_changes=True), ["up", "--yes", "--expect-no-changes"]),
        (lambda engine: engine.refresh(clear_pending_creates=True), ["refresh", "--yes", "--clear-pending-creates"]),
        (lambda engine: engine.refresh(preview_only=True), ["refresh", "--preview-only"]),
        (lambda engine: engine.destroy(), ["destroy", "--yes"]),
        (lambda engine: engine.destroy(preview_only=True, diff=True), ["destroy", "--preview-only", "--diff"]),
    ],
)
def test_a_command_is_typed_as_a_person_would(
    cli: StandIn, act: Callable[[CliEngine], object], words: list[str]
) -> None:
    act(cli.engine())
    assert cli.asked["words"] == [*words, "--stack", "dev", *QUIET]
    assert (cli.asked["debug"], cli.asked["cwd"]) == ("true", str(cli.folder))


def test_configuration_goes_along(cli: StandIn) -> None:
    cli.engine(config={"things:region": "south"}).preview()
    assert cli.asked["words"] == ["preview", "--stack", "dev", "--config", "things:region=south", *QUIET]


def test_an_import_file_and_a_state_are_handed_over(cli: StandIn) -> None:
    cli.engine().import_resources({"resources": []}, protect=False)
    assert cli.asked["words"][:6] == ["import", "--yes", "--file", "FILE", "--generate-code=false", "--protect=false"]
    assert cli.asked["given"] == {"resources": []}
    cli.engine().import_state({"version": 3})
    assert cli.asked["words"] == ["stack", "import", "--stack", "dev", "--file", "FILE", "--non-interactive"]
    assert cli.asked["given"] == {"version": 3}


def test_a_stack_is_made_and_its_state_is_read(cli: StandIn) -> None:
    cli.engine().create_stack()
    assert cli.asked["words"] == ["stack", "init", "dev", "--non-interactive"]
    (cli.folder / "says").write_text('{"version": 3}')
    assert cli.engine().export_state(show_secrets=True) == {"version": 3}
    assert cli.asked["words"] == ["stack", "export", "--stack", "dev", "--show-secrets", "--non-interactive"]


def test_the_result_is_what_the_event_log_says(cli: StandIn) -> None:
    (cli.folder / "code").write_text("7")
    result = cli.engine().preview(expect_no_changes=True)
    assert (result.exit_code, result.text) == (7, "shown\n")
    assert result.ops()[XERO] == [Op.REFRESH, Op.UPDATE]
    (warning,) = result.warnings
    assert warning.startswith("XeroIntegration (gbol, Acme Dev): changed outside of Pulumi: enabled is false in Codat")


def test_what_fails_before_a_deployment_is_an_error(cli: StandIn) -> None:
    (cli.folder / "events").unlink()
    (cli.folder / "says").write_text("error: no stack named 'dev' found")
    (cli.folder / "code").write_text("255")
    for act in (cli.engine().preview, cli.engine().export_state, cli.engine().create_stack):
        with pytest.raises(OfflineError, match=r"^error: no stack named 'dev' found$"):
            act()


def test_without_a_cli_there_is_nothing_to_run(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PATH", str(tmp_path))
    with pytest.raises(OfflineError, match=r"^there is no pulumi CLI on PATH$"):
        CliEngine(tmp_path, "dev")


def test_a_phase_has_its_steps_counts_outputs_and_diagnostics() -> None:
    phase = read_phase(EVENTS.read_text().splitlines())
    assert phase is not None
    assert (phase.preview, phase.succeeded) == (True, True)
    assert phase.changes == {Op.SAME: 2, Op.UPDATE: 1}
    assert [step for step in phase.steps if step.urn == XERO] == [
        StepResult(XERO, Op.REFRESH, updated=("enabled",)),
        StepResult(XERO, Op.UPDATE, updated=("enabled",)),
    ]
    assert not any("pulumi:providers" in step.urn for step in phase.steps)
    assert phase.outputs["account"] == Output(None, known=False)
    assert [entry.severity for entry in phase.diagnostics] == [Severity.WARNING]


def test_a_log_without_an_end_is_no_phase() -> None:
    assert read_phase(EVENTS.read_text().splitlines()[:-2]) is None


def _event(kind: str, op: str, **more: Any) -> str:
    state = {"urn": XERO, "type": "t", "custom": True, "id": "gbol", "parent": "", "provider": "p"}
    old = {**state, "inputs": {"a": 1.0, "b": [{"c": "[secret]"}]}, "outputs": {}}
    new = {**state, "inputs": {"a": 2.5}, "outputs": {}}
    return json.dumps({kind: {"metadata": {"op": op, "urn": XERO, "type": "t", "old": old, "new": new, **more}}})


def test_kinds_of_differences_are_the_clis() -> None:
    detailed = {"a": {"diffKind": "update-replace"}, "b[0].c": {"diffKind": "delete"}}
    lines = [
        _event("resOutputsEvent", "update", diffs=["a", "b"], detailedDiff=detailed),
        _event("resOpFailedEvent", "delete"),
        json.dumps(
            {"summaryEvent": {"isPreview": False, "result": "failed", "resourceChanges": None, "durationSeconds": 2}}
        ),
    ]
    phase = read_phase(lines)
    assert phase is not None
    assert (phase.succeeded, phase.changes, phase.seconds) == (False, {}, 2.0)
    assert phase.steps[0] == StepResult(XERO, Op.UPDATE, deleted=("b",), updated=("a",))
    assert phase.steps[1].failed


def test_an_import_with_configuration_is_refused(cli: StandIn) -> None:
    with pytest.raises(OfflineError, match="pulumi import takes no configuration"):
        cli.engine(config={"a:b": "c"}).import_resources({"resources": []})


def test_a_command_that_takes_too_long_is_told_without_its_configuration(cli: StandIn) -> None:
    cli.executable.write_text(f"#!{sys.executable}\nimport time; time.sleep(30)")
    with pytest.raises(OfflineError, match=r"^pulumi preview took longer than 0\.2 s and was killed$"):
        cli.engine(config={"codat:apiKey": "canary"}, timeout=0.2).preview()
