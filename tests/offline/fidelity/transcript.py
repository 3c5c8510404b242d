"""What a test did on an engine, call by call and state by state, held to what was recorded on the pulumi CLI."""

from __future__ import annotations

import difflib
import json
import re
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Final

from pulumi_offline import Op, Severity
from tests.normal import normal_call, normal_calls, normal_state, normal_text

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from pathlib import Path

    from pulumi_offline import Result, StepResult
    from tests.calls import Call

__all__ = ["Transcript"]

_NO_CHANGES_EXPECTED: Final = 7
_SECRETIVE: Final = re.compile(r"SECRET|KEY|clientSecret|apiKey")
# because these are made anew by every run
_CHANCE: Final = (
    (re.compile(r'(\\?"lastWrittenAt\\?": ?\\?")[^"\\]+'), r"\1TIME"),
    (re.compile(r'(\\?"(?:salt|mask)\\?": ?\\?")[^"\\]+'), r"\1RANDOM"),
    (re.compile(r'(\\?"secret\\?": ?\\?")[0-9a-f]{64}'), r"\1RANDOM"),
    (re.compile(r"127\.0\.0\.1:\d{4,5}"), "127.0.0.1:PORT"),
    (re.compile(r"correlation id [0-9a-f]{32}"), "correlation id RANDOM"),
    (re.compile(r"/tmp/pulumi-codat-\w+"), "STAGE"),  # noqa: S108 - it is looked for, not used
)
# because a line shows what was said last of a resource, and two may be spoken of at once
_LAST_SAID: Final = re.compile(r"^( .. pulumi:pulumi:Stack \S+ \w+(?: \(T\))? )(?:warning|error): .*")


@dataclass
class Transcript:
    """The commands of one test, recorded in `file`. `names`: ids that mean something, by what they stand for."""

    file: Path
    names: dict[str, str] = field(default_factory=dict)
    entries: list[dict[str, Any]] = field(default_factory=list)
    _secrets: list[str] = field(default_factory=list, repr=False)

    def hide(self, environment: Mapping[str, str], config: Mapping[str, str]) -> None:
        """Every value that may be a secret gets a number, so that the right one is still told from a wrong one."""
        for name, value in {**environment, **config}.items():
            if value and _SECRETIVE.search(name) and value not in self._secrets:
                self._secrets.append(value)

    def add(self, command: str, result: Result | None, calls: Sequence[Call], state: dict[str, Any] | None) -> None:
        """One command, what the provider was asked, and the state it left, where it may have changed it.

        `result` is None where no deployment began.
        """
        failed = result is None or result.exit_code not in (0, _NO_CHANGES_EXPECTED)
        entry = {
            "command": command,
            "exit_code": result.exit_code if result else None,
            "calls": normal_calls(normal_call(method, self._scrubbed(request)) for method, request in calls),
            "state": None if state is None else self._state(state, failed=failed),
            "steps": [_told(step) for step in sorted(result.steps, key=lambda step: step.urn)] if result else None,
            "outputs": {key: value.value for key, value in sorted(result.outputs.items())}
            if result and not failed
            else None,
            "diagnostics": sorted(
                f"{diagnostic.severity.name.lower()} {diagnostic.urn.rpartition('::')[2]}: {diagnostic.message.strip()}"
                for diagnostic in result.last.diagnostics
                if diagnostic.severity >= Severity.WARNING
            )
            if result
            else None,
            # because after a failure the CLI shows how the program was interrupted, more or less of it each time
            "text": [
                _LAST_SAID.sub(r"\1...", line)
                for line in normal_text(self._plain(result.text))
                # because the CLI shows a stack that it destroys on one line or on two, as it comes to hear of it
                if "destroy" not in command or "pulumi:pulumi:Stack" not in line
            ]
            if result and not failed
            else None,
        }
        self.entries.append(self._scrubbed(entry))

    @property
    def requests(self) -> int:
        """How many calls were compared."""
        return sum(len(entry["calls"]) for entry in self.entries)

    def write(self, version: str) -> None:
        """Keep this as the recording."""
        document = {"cli": version, "commands": self.entries}
        text = json.dumps(document, indent=1, sort_keys=True) + "\n"
        assert not any(secret in text for secret in self._secrets)
        self.file.parent.mkdir(parents=True, exist_ok=True)
        self.file.write_text(text)

    def compare(self, *, leaving_out: frozenset[str] = frozenset()) -> None:
        """Fail where anything differs from the recording, but for these parts of each command."""
        assert self.file.exists(), f"{self.file.name} was never recorded on the CLI: make record"
        recorded = json.loads(self.file.read_text())["commands"]
        assert [entry["command"] for entry in self.entries] == [entry["command"] for entry in recorded]
        for number, (seen, expected) in enumerate(zip(self.entries, recorded, strict=True)):
            compared = [{key: entry[key] for key in entry.keys() - leaving_out} for entry in (expected, seen)]
            difference = difflib.unified_diff(*map(_lines, compared), "the CLI", "here", n=1, lineterm="")
            text = "\n".join(difference)
            assert not text, f"command {number} ({seen['command']}) is not as recorded on the CLI:\n{text}"

    def _state(self, document: dict[str, Any], *, failed: bool) -> dict[str, Any]:
        state = normal_state(self._scrubbed(document))
        if failed:  # because a program that fails may have told its outputs by then, or not
            for resource in state["resources"]:
                if resource["type"] == "pulumi:pulumi:Stack":
                    resource.pop("outputs", None)
        return state

    def _scrubbed(self, value: Any) -> Any:
        return json.loads(self._plain(json.dumps(value)))

    def _plain(self, text: str) -> str:
        for number, secret in enumerate(self._secrets):
            text = text.replace(json.dumps(secret)[1:-1], f"[secret {number}]")
        for name, meaning in self.names.items():
            text = text.replace(name, f"<{meaning}>")
        for pattern, replacement in _CHANCE:
            text = pattern.sub(replacement, text)
        return text


def _lines(entry: dict[str, Any]) -> list[str]:
    return json.dumps(entry, indent=1, sort_keys=True).splitlines()


def _told(step: StepResult) -> str:
    marks = [*(f"+{key}" for key in step.added), *(f"-{key}" for key in step.deleted)]
    marks += [f"~{key}" for key in step.updated]
    return " ".join([step.urn.rpartition("::")[2], Op(step.op).value, *marks, *(["failed"] if step.failed else [])])
