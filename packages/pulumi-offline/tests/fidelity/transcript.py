"""What a program did on an engine, command by command: the calls, the state, the results. Held to a recording."""

from __future__ import annotations

import difflib
import json
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Final

from pulumi_offline import FOLLOWED_CLI, Op, Severity

from .compact import dump, in_order, load
from .normal import normal_call, normal_calls, normal_processes, normal_state, normal_text

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

    from pulumi_offline import Result, StepResult

    from .calls import Call
    from .normal import ProviderCall

__all__ = ["Transcript"]

_NO_CHANGES_EXPECTED: Final = 7


@dataclass
class Transcript:
    """The commands of one program, recorded in `file`."""

    file: Path
    entries: list[dict[str, Any]] = field(default_factory=list)

    def add(
        self,
        command: str,
        result: Result,
        calls: Sequence[Call],
        processes: Sequence[ProviderCall],
        state: dict[str, Any],
    ) -> None:
        """One command, what providers were asked and in which process that arrived, and the state that it left."""
        failed = result.exit_code not in (0, _NO_CHANGES_EXPECTED)
        entry = {
            "command": command,
            "exit_code": result.exit_code,
            "calls": normal_calls(normal_call(method, request) for method, request in calls),
            "processes": normal_processes(processes),
            "state": _state(state, failed=failed),
            "steps": [_told(step) for step in sorted(result.steps, key=lambda step: step.urn)],
            "diagnostics": sorted(
                f"{diagnostic.severity.name.lower()} {diagnostic.urn.rpartition('::')[2]}: {diagnostic.message.strip()}"
                for diagnostic in result.last.diagnostics
                if diagnostic.severity >= Severity.WARNING
            ),
        }
        if not failed:  # because then the outputs may have been told or not, and the CLI shows interrupts
            entry["outputs"] = {key: value.value for key, value in sorted(result.outputs.items())}
            # because the CLI shows a stack that it destroys on one line or on two, as it comes to hear of it
            stack = "pulumi:pulumi:Stack" if "destroy" in command else None
            entry["text"] = in_order(line for line in normal_text(result.text) if not (stack and stack in line))
        self.entries.append(json.loads(json.dumps(entry)))

    @property
    def requests(self) -> int:
        """How many calls were compared."""
        return sum(len(entry["calls"]) for entry in self.entries)

    def write(self, version: str) -> None:
        """Keep this as the recording. Only of the CLI that the offline engine follows."""
        assert version == FOLLOWED_CLI, f"the offline engine follows v{FOLLOWED_CLI}, and this is v{version}"
        self.file.parent.mkdir(parents=True, exist_ok=True)
        self.file.write_text(dump(version, self.entries))

    def recorded(self) -> list[dict[str, Any]]:
        """The commands of the recording."""
        assert self.file.exists(), f"{self.file.name} was never recorded on the CLI: make record"
        version, commands = load(self.file.read_text())
        assert version == FOLLOWED_CLI, f"{self.file.name} is of v{version}, not v{FOLLOWED_CLI}: make record"
        assert [entry["command"] for entry in self.entries] == [entry["command"] for entry in commands]
        return commands

    def compare(self, *, leaving_out: frozenset[str] = frozenset()) -> None:
        """Fail where anything differs from the recording, but for these parts of each command."""
        for number, (seen, expected) in enumerate(zip(self.entries, self.recorded(), strict=True)):
            compared = [{key: entry[key] for key in entry.keys() - leaving_out} for entry in (expected, seen)]
            difference = difflib.unified_diff(*map(_lines, compared), "the CLI", "here", n=1, lineterm="")
            text = "\n".join(difference)
            assert not text, f"command {number} ({seen['command']}) is not as recorded on the CLI:\n{text}"


def _state(document: dict[str, Any], *, failed: bool) -> dict[str, Any]:
    state = normal_state(document)
    if failed:  # because a program that fails may have told its outputs by then, or not
        for resource in state["resources"]:
            if resource["type"] == "pulumi:pulumi:Stack":
                resource.pop("outputs", None)
    return {**state, "resources": in_order(state["resources"])}


def _lines(entry: dict[str, Any]) -> list[str]:
    told = {**entry, "calls": [json.dumps(call, sort_keys=True) for call in entry["calls"]]}
    return json.dumps(told, indent=1, sort_keys=True).splitlines()


def _told(step: StepResult) -> str:
    marks = [*(f"+{key}" for key in step.added), *(f"-{key}" for key in step.deleted)]
    marks += [f"~{key}" for key in step.updated]
    return " ".join([step.urn.rpartition("::")[2], Op(step.op).value, *marks, *(["failed"] if step.failed else [])])
