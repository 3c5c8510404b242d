"""The comparison with recordings bites: each part of a command that differs fails it."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

from pulumi_offline import FOLLOWED_CLI, Diagnostic, Op, Output, PhaseResult, Result, Severity, StepResult

from .changes import changes, report
from .transcript import Transcript

if TYPE_CHECKING:
    from pathlib import Path

URN = "urn:pulumi:dev::shop::pulumi-python:dynamic/things:Thing::a"
CALLS = [("Check", {"urn": URN, "news": {"size": 1.0}}), ("Create", {"urn": URN, "properties": {"size": 1.0}})]
PROCESSES = [(5, "configure", "south"), (5, "check", "a"), (7, "configure", "south"), (7, "create", "a")]
STATE: dict[str, Any] = {"deployment": {"resources": [{"urn": URN, "type": "t", "id": "a-0", "outputs": {"size": 1}}]}}


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


def _seen(
    file: Path, command: str = "up", calls: Any = CALLS, processes: Any = PROCESSES, state: Any = STATE, **changed: Any
) -> Transcript:
    transcript = Transcript(file)
    transcript.add(command, _result(**changed), calls, processes, state)
    transcript.add("destroy", _result(), [], [], STATE)
    return transcript


def test_what_is_the_same_passes_whatever_number_a_process_has(tmp_path: Path) -> None:
    _seen(tmp_path / "recording.yaml").write(FOLLOWED_CLI)
    others = [(process + 1, method, name) for process, method, name in PROCESSES]
    _seen(tmp_path / "recording.yaml", processes=others).compare()


@pytest.mark.parametrize(
    "changed",
    [
        {"command": "preview"},
        {"calls": CALLS[:1]},
        {"calls": CALLS[::-1]},
        {"calls": [CALLS[0], ("Create", {"urn": URN, "properties": {"size": 2.0}})]},
        {"processes": PROCESSES[:2]},
        {"processes": [(5, method, name) for _, method, name in PROCESSES]},
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
    _seen(tmp_path / "recording.yaml").write(FOLLOWED_CLI)
    with pytest.raises(AssertionError):
        _seen(tmp_path / "recording.yaml", **changed).compare()


def test_a_program_that_was_never_recorded_fails(tmp_path: Path) -> None:
    with pytest.raises(AssertionError, match="never recorded"):
        _seen(tmp_path / "recording.yaml").compare()


def test_another_version_of_the_cli_is_neither_recorded_nor_compared_with(tmp_path: Path) -> None:
    file = tmp_path / "recording.yaml"
    with pytest.raises(AssertionError, match=r"this is v3\.0\.0"):
        _seen(file).write("3.0.0")
    _seen(file).write(FOLLOWED_CLI)
    file.write_text(file.read_text().replace(FOLLOWED_CLI, "3.0.0"))
    with pytest.raises(AssertionError, match=r"is of v3\.0\.0"):
        _seen(file).compare()


def test_what_another_version_does_is_counted_by_its_kind(tmp_path: Path) -> None:
    before = _seen(tmp_path / "a").entries
    after = _seen(
        tmp_path / "b",
        calls=[("Check", {"urn": URN, "news": {"size": 2.0}, "oldOutputs": {"size": 1.0}}), *CALLS],
        state={"deployment": {"resources": [{**STATE["deployment"]["resources"][0], "protect": True}]}},
        diagnostics=(Diagnostic(Severity.WARNING, "careful", URN), Diagnostic(Severity.ERROR, "gone\nfor good", URN)),
        exit_code=1,
    ).entries
    counted = changes(before, after)
    assert counted == {
        "Check request added": 1,
        "state: field protect added": 1,
        "diagnostic `error: gone` added": 1,
        "exit code 0 became 1": 1,
    }
    assert report({"first": counted, "second": {"state: field protect added": 2}})[0] == (
        "state: field protect added: 3 times in first, second"
    )
