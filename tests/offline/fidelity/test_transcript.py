"""The comparison with recordings bites: each part of a command that differs fails it."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

from pulumi_offline import Diagnostic, Op, Output, PhaseResult, Result, Severity, StepResult
from tests.transcript import Transcript

if TYPE_CHECKING:
    from pathlib import Path

URN = "urn:pulumi:dev::shop::pulumi-python:dynamic/things:Thing::a"
CALLS = [("Check", {"urn": URN, "news": {"size": 1.0}}), ("Create", {"urn": URN, "properties": {"size": 1.0}})]
STATE: dict[str, Any] = {
    "deployment": {"resources": [{"urn": URN, "type": "t", "id": "a-0", "outputs": {"key": "hush"}}]}
}


def _result(**changed: Any) -> Result:
    phase = {
        "preview": False,
        "succeeded": True,
        "steps": (StepResult(URN, Op.CREATE), StepResult(URN, Op.UPDATE, updated=("size",))),
        "changes": {Op.CREATE: 1},
        "diagnostics": (Diagnostic(Severity.WARNING, "careful", URN),),
        "outputs": {"mark": Output("a")},
        "seconds": 1.0,
    }
    exit_code, text = changed.pop("exit_code", 0), changed.pop("text", "one\ntwo\n")
    return Result((PhaseResult(**(phase | changed)),), exit_code, text)


def _seen(file: Path, command: str = "up", calls: Any = CALLS, state: Any = STATE, **changed: Any) -> Transcript:
    transcript = Transcript(file)
    transcript.hide({"THE_SECRET": "hush"}, {})
    transcript.add(command, _result(**changed), calls, state)
    return transcript


def test_what_is_the_same_passes_and_no_secret_is_written(tmp_path: Path) -> None:
    file = tmp_path / "recording.json"
    _seen(file).write("a version")
    _seen(file).compare()
    assert "hush" not in file.read_text()


@pytest.mark.parametrize(
    "changed",
    [
        {"command": "preview"},
        {"calls": CALLS[:1]},
        {"calls": CALLS[::-1]},
        {"calls": [CALLS[0], ("Create", {"urn": URN, "properties": {"size": 2.0}})]},
        {"state": {"deployment": {"resources": []}}},
        {"state": {"deployment": {"resources": [{**STATE["deployment"]["resources"][0], "protect": True}]}}},
        {"exit_code": 7},
        {"steps": (StepResult(URN, Op.CREATE),)},
        {"steps": (StepResult(URN, Op.UPDATE, updated=("size",)), StepResult(URN, Op.CREATE))},
        {"diagnostics": ()},
        {"outputs": {"mark": Output("b")}},
        {"text": "one\n"},
    ],
    ids=str,
)
def test_whatever_differs_fails(tmp_path: Path, changed: dict[str, Any]) -> None:
    file = tmp_path / "recording.json"
    _seen(file).write("a version")
    with pytest.raises(AssertionError):
        _seen(file, **changed).compare()


def test_a_scenario_that_was_never_recorded_fails(tmp_path: Path) -> None:
    with pytest.raises(AssertionError, match="never recorded"):
        _seen(tmp_path / "recording.json").compare()
