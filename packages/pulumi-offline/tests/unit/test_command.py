"""The command line: what it asks of the engine, and what it makes of the answer. No program runs."""

from __future__ import annotations

import json
import os
import signal
from typing import TYPE_CHECKING, Any

import pytest
from click.testing import CliRunner

from pulumi_offline.command import offline_group
from pulumi_offline.errors import ConfigurationError, Refusal, StackLocked
from pulumi_offline.events import Diagnostic, PhaseBegins, PhaseEnds, Severity, StepBegins
from pulumi_offline.phase import Terminated
from pulumi_offline.results import PhaseResult, Result
from pulumi_offline.steps import Op

from .made import state, view, written

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from click.testing import Result as Outcome

BANNER = "This is pulumi_offline, an offline engine for trying and testing; it is not the Pulumi CLI.\n"
PHASE = PhaseResult(preview=True, succeeded=True, steps=(), changes={}, diagnostics=(), outputs={}, seconds=0)


class Scripted:
    """An engine that does as the test says, and remembers how it was made and what it was asked."""

    def __init__(self) -> None:
        self.made: list[tuple[str, str, dict[str, Any]]] = []
        self.asked: list[tuple[str, dict[str, Any]]] = []
        self.interrupts = 0
        self.exit_code = 0
        self.act: Callable[[dict[str, Any]], None] = lambda _options: None

    def __call__(self, directory: Path, stack: str, **options: Any) -> Scripted:
        self.made.append((str(directory), stack, options))
        return self

    def __getattr__(self, name: str) -> Callable[..., Result]:
        def method(**options: Any) -> Result:
            self.asked.append((name, options))
            self.act(self.made[-1][2])
            return Result((PHASE,), self.exit_code)

        return method

    def interrupt(self) -> None:
        self.interrupts += 1

    def export_state(self, *, show_secrets: bool) -> dict[str, Any]:
        self.asked.append(("export_state", {"show_secrets": show_secrets}))
        return {"version": 3, "ü": show_secrets, "&": "<>"}

    def import_state(self, document: dict[str, Any]) -> None:
        self.asked.append(("import_state", document))

    @property
    def options(self) -> dict[str, Any]:
        """How it was made, apart from where."""
        return self.made[-1][2]


@pytest.fixture
def engine(monkeypatch: pytest.MonkeyPatch) -> Scripted:
    scripted = Scripted()
    monkeypatch.setattr("pulumi_offline.command.Engine", scripted)
    monkeypatch.setenv("GRPC_VERBOSITY", "ERROR")
    return scripted


def run(*arguments: str, text: str | None = None, guard: Any = None) -> Outcome:
    return CliRunner().invoke(offline_group("offline", guard), [*arguments], input=text, catch_exceptions=False)


ASKED: list[tuple[str, str, dict[str, Any]]] = [
    ("preview", "preview", {"refresh": None, "expect_no_changes": False}),
    ("preview --refresh", "preview", {"refresh": True, "expect_no_changes": False}),
    ("preview --refresh=true", "preview", {"refresh": True, "expect_no_changes": False}),
    ("preview --refresh=false --expect-no-changes", "preview", {"refresh": False, "expect_no_changes": True}),
    ("up", "up", {"refresh": None, "expect_no_changes": False, "skip_preview": False}),
    (
        "up --skip-preview --expect-no-changes --refresh",
        "up",
        {"refresh": True, "expect_no_changes": True, "skip_preview": True},
    ),
    (
        "refresh",
        "refresh",
        {"preview_only": False, "skip_preview": False, "expect_no_changes": False, "clear_pending_creates": False},
    ),
    (
        "refresh --preview-only --skip-preview --expect-no-changes --clear-pending-creates",
        "refresh",
        {"preview_only": True, "skip_preview": True, "expect_no_changes": True, "clear_pending_creates": True},
    ),
    ("destroy", "destroy", {"refresh": None, "preview_only": False, "skip_preview": False}),
    (
        "destroy --refresh=false --preview-only --skip-preview",
        "destroy",
        {"refresh": False, "preview_only": True, "skip_preview": True},
    ),
]


@pytest.mark.parametrize(("line", "method", "options"), ASKED, ids=[line for line, _, _ in ASKED])
def test_what_the_engine_is_asked(engine: Scripted, line: str, method: str, options: dict[str, Any]) -> None:
    outcome = run(*line.split(), "--stack", "dev")
    assert engine.asked == [(method, options)]
    assert outcome.exit_code == 0
    assert outcome.stdout.startswith(BANNER)


def test_where_and_on_what_the_engine_works(engine: Scripted) -> None:
    def guard(_inputs: object) -> None:
        raise Refusal("never called here")

    run("preview", "-s", "prod", "--cwd", "some/where", guard=guard)
    directory, stack, options = engine.made[0]
    assert (directory, stack) == ("some/where", "prod")
    assert options["guard"] is guard
    assert options["config"] == {}
    assert options["environ"]["GRPC_VERBOSITY"] == "ERROR"


def test_config_values_may_hold_anything_after_the_first_sign(engine: Scripted) -> None:
    given = ("--config", "a=1", "--config", "other:b=x=y", "--config", "c=", "--config", "a=2")
    run("preview", "-s", "dev", *given)
    assert engine.options["config"] == {"a": "2", "other:b": "x=y", "c": ""}


@pytest.mark.parametrize("pair", ["s3cr3t", "=s3cr3t", ""])
def test_a_config_value_without_a_key_is_not_shown(engine: Scripted, pair: str) -> None:
    outcome = run("preview", "-s", "dev", "--config", "a=1", "--config", pair)
    assert outcome.exit_code == 1
    assert outcome.stderr == "error: --config number 2 has no key: it should read KEY=VALUE\n"
    assert engine.made == []


@pytest.mark.parametrize("command", ["preview", "up", "refresh", "destroy", "export", "import"])
def test_every_command_needs_a_stack(engine: Scripted, command: str) -> None:
    outcome = run(command, *(("--file", "-") if command == "import" else ()))
    assert outcome.exit_code == 1
    assert outcome.stderr == "error: no stack: name it with --stack NAME\n"
    assert engine.made == []


@pytest.mark.parametrize(
    ("error", "line"),
    [
        (ConfigurationError("Pulumi.yaml is missing the `runtime`"), "error: Pulumi.yaml is missing the `runtime`\n"),
        (StackLocked("the stack 'dev' is locked"), "error: the stack 'dev' is locked\n"),
        (Refusal("not a loopback address"), "error: not a loopback address\n"),
    ],
)
def test_an_error_is_one_line(engine: Scripted, error: Exception, line: str) -> None:
    def fail(_options: dict[str, Any]) -> None:
        raise error

    engine.act = fail
    outcome = run("up", "-s", "dev")
    assert (outcome.exit_code, outcome.stderr) == (1, line)


def test_a_second_interrupt_has_an_exit_code_of_its_own(engine: Scripted) -> None:
    def terminate(_options: dict[str, Any]) -> None:
        raise Terminated("terminated")

    engine.act = terminate
    outcome = run("up", "-s", "dev")
    assert (outcome.exit_code, outcome.stderr) == (8, "error: terminated\n")


@pytest.mark.parametrize(
    ("line", "subject"),
    [("preview", "preview"), ("up", "update"), ("refresh", "refresh"), ("refresh --diff", "refresh")],
)
def test_unexpected_changes(engine: Scripted, line: str, subject: str) -> None:
    engine.exit_code = 7
    outcome = run(*line.split(), "-s", "dev", "--expect-no-changes")
    assert outcome.exit_code == 7
    assert outcome.stderr == f"error: no changes were expected for {subject} but changes were proposed\n"


@pytest.mark.parametrize("command", ["preview", "up", "refresh", "destroy"])
def test_a_failed_deployment_has_said_why_already(engine: Scripted, command: str) -> None:
    engine.exit_code = 1
    outcome = run(command, "-s", "dev")
    assert (outcome.exit_code, outcome.stderr) == (1, "")
    assert "have been deleted" not in outcome.stdout


def tell(options: dict[str, Any]) -> None:
    (display,) = options["views"]
    for event in (
        PhaseBegins("update", "dev", "shop", preview=True),
        StepBegins(view(Op.CREATE, new=state("alpha", inputs={"a": 1}))),
        Diagnostic(Severity.WARNING, "careful"),
        PhaseEnds({Op.CREATE: 1}, 0.1),
    ):
        display.emit(event)


def test_the_plain_view_is_on_one_stream(engine: Scripted) -> None:
    engine.act = tell
    outcome = run("preview", "-s", "dev")
    assert " +  pulumi-python:dynamic/shop:Thing alpha create \n" in outcome.stdout
    assert "    warning: careful\n" in outcome.stdout
    assert outcome.stderr == ""


def test_the_view_of_every_property_keeps_messages_apart(engine: Scripted) -> None:
    engine.act = tell
    outcome = run("preview", "-s", "dev", "--diff")
    assert "\n    a: 1\n" in outcome.stdout
    assert outcome.stderr == "warning: careful\n"


@pytest.mark.parametrize(
    ("line", "said"), [("destroy", True), ("destroy --skip-preview", True), ("destroy --preview-only", False)]
)
def test_what_a_destroy_leaves(engine: Scripted, line: str, said: bool) -> None:  # noqa: FBT001 - a table's column
    outcome = run(*line.split(), "-s", "dev")
    assert ("its file below .pulumi-offline remain" in outcome.stdout) is said


@pytest.mark.parametrize(("line", "secrets"), [("export", False), ("export --show-secrets", True)])
def test_an_export_is_json_and_nothing_else(engine: Scripted, line: str, secrets: bool) -> None:  # noqa: FBT001 - a column
    outcome = run(*line.split(), "-s", "dev")
    assert json.loads(outcome.stdout) == {"version": 3, "ü": secrets, "&": "<>"}
    assert "ü" in outcome.stdout
    assert '"&": "<>"' in outcome.stdout


def test_an_export_that_cannot_be_made(tmp_path: Path) -> None:
    written(tmp_path, Pulumi="name: shop\nruntime: nodejs\n")
    outcome = run("export", "-s", "dev", "--cwd", str(tmp_path))
    assert outcome.exit_code == 1
    assert outcome.stderr == "error: runtime nodejs: not supported by pulumi_offline; the pulumi CLI has it\n"


def test_a_state_is_imported(engine: Scripted, tmp_path: Path) -> None:
    file = tmp_path / "export.json"
    document = {"version": 3, "deployment": {}}
    file.write_text(json.dumps(document), encoding="utf-8")
    assert run("import", "-s", "dev", "--file", str(file)).stdout == "Import complete.\n"
    assert run("import", "-s", "dev", "--file", "-", text=json.dumps(document)).exit_code == 0
    assert engine.asked == [("import_state", document)] * 2


@pytest.mark.parametrize("content", ["[]", "3", "null", '"deployment"'])
def test_a_file_that_is_no_object(engine: Scripted, content: str) -> None:
    outcome = run("import", "-s", "dev", "--file", "-", text=content)
    assert (outcome.exit_code, outcome.stderr) == (1, "error: <stdin> is no JSON object\n")
    assert engine.made == []


@pytest.mark.parametrize(
    ("given", "error"),
    [
        ((), "error: no stack: name it with --stack NAME\n"),
        (("-s", "dev", "--config", "x"), "error: --config number 1 has no key: it should read KEY=VALUE\n"),
        (("-s", "dev", "--generate-code", "true"), "error: generating code for imported resources: not supported"),
    ],
)
def test_no_file_is_opened_before_the_command_is_right(given: tuple[str, ...], error: str) -> None:
    assert run("import", "--file", "missing.json", *given).stderr.startswith(error)


def test_a_file_that_is_no_json(engine: Scripted) -> None:
    outcome = run("import", "-s", "dev", "--file", "-", text="{")
    assert outcome.exit_code == 1
    assert outcome.stderr.startswith("error: <stdin> is no valid JSON: ")
    assert outcome.stderr.count("\n") == 1
    assert engine.asked == []


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_a_signal_asks_the_engine_to_end(engine: Scripted, number: signal.Signals) -> None:
    engine.act = lambda _options: os.kill(os.getpid(), number)
    before = signal.getsignal(number)
    assert run("up", "-s", "dev").exit_code == 0
    assert engine.interrupts == 1
    assert signal.getsignal(number) is before


def test_the_commands_are_listed() -> None:
    text = run("--help").stdout
    for command in ("preview", "up", "refresh", "destroy", "export", "import"):
        assert f"\n  {command} " in text
