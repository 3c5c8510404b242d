"""Ctrl-C once and twice, two runs at once, a kill: the state stays readable and says what is not known."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import threading
import time
from typing import TYPE_CHECKING, Any

import pytest

from pulumi_offline import Engine, Result, StackLocked
from pulumi_offline.events import PhaseBegins, PhaseEnds
from pulumi_offline.phase import Terminated
from pulumi_offline.store import StateStore

from .workshop import SHUT_DOWN, STACK, ops, urn

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from pulumi_offline import Event

    from .workshop import Workshop

CHAIN = "a = Thing('a', size=int(os.environ.get('SIZE', '1')))\nb = Thing('b', tags={'of': a.mark})"
_PATIENCE = 30.0


def _until(condition: Callable[[], bool]) -> None:
    deadline = time.monotonic() + _PATIENCE
    while not condition():
        assert time.monotonic() < deadline
        time.sleep(0.01)


class Running:
    """A command in a thread, stopped at a provider's method until `go`."""

    def __init__(self, workshop: Workshop, where: str, act: Callable[[Engine], Result]) -> None:
        self._workshop = workshop
        self.engine = workshop.failing(f"{where}:wait").engine()
        self.result: Result | None = None
        self.error: BaseException | None = None
        self._thread = threading.Thread(target=self._run, args=(act,))
        self._thread.start()
        _until((workshop.things / "waiting").exists)

    def _run(self, act: Callable[[Engine], Result]) -> None:
        try:
            self.result = act(self.engine)
        except Terminated as error:
            self.error = error

    def go(self) -> None:
        (self._workshop.things / "go").touch()

    def join(self) -> None:
        self._thread.join(_PATIENCE)
        assert not self._thread.is_alive()
        self._workshop.failing()


def _pending(workshop: Workshop) -> list[tuple[str, str]]:
    document = json.loads(workshop.state_file.read_text())
    operations = document["deployment"].get("pending_operations", [])
    return [(entry["type"], entry["resource"]["urn"]) for entry in operations]


def test_the_first_interrupt_lets_the_running_operation_end(workshop: Workshop) -> None:
    workshop.program(CHAIN)
    running = Running(workshop, "create:a", lambda engine: engine.up(skip_preview=True))
    assert _pending(workshop) == [("creating", urn("a"))]
    running.engine.interrupt()
    running.go()
    running.join()
    assert running.result is not None
    assert running.result.exit_code == 1
    assert running.result.errors == (SHUT_DOWN, "update canceled")
    assert list(workshop.resources()) == ["shop-dev", "default", "a"]
    assert _pending(workshop) == []
    assert ops(workshop.up()) == {"b": ["create"]}


def test_the_second_interrupt_ends_at_once_and_leaves_the_operation_pending(workshop: Workshop) -> None:
    workshop.program(CHAIN)
    running = Running(workshop, "create:b", lambda engine: engine.up(skip_preview=True))
    running.engine.interrupt()
    running.engine.interrupt()
    running.join()
    assert isinstance(running.error, Terminated)
    assert _pending(workshop) == [("creating", urn("b"))]
    result = workshop.up()
    assert result.exit_code == 0
    assert result.warnings[0].startswith("Attempting to deploy or update resources with 1 pending operations")
    assert f"  * {urn('b')}, interrupted while creating" in result.warnings[0]
    # as measured on the CLI, only a refresh that is told to forgets a create
    workshop.refresh()
    assert _pending(workshop) == [("creating", urn("b"))]
    workshop.refresh(clear_pending_creates=True)
    assert _pending(workshop) == []


@pytest.mark.parametrize("command", ["destroy", "refresh"])
def test_interrupts_stop_commands_without_a_program_too(workshop: Workshop, command: str) -> None:
    workshop.program(CHAIN)
    workshop.up()
    where = {"destroy": "delete:b", "refresh": "read:a"}[command]
    running = Running(workshop, where, lambda engine: getattr(engine, command)(skip_preview=True))
    running.engine.interrupt()
    running.go()
    running.join()
    assert running.result is not None
    assert running.result.exit_code == 1
    assert "update canceled" in running.result.errors
    assert _pending(workshop) == []
    assert "a" in workshop.resources()


def test_an_interrupt_between_commands_does_nothing(workshop: Workshop) -> None:
    workshop.program("pass")
    engine = workshop.engine()
    engine.interrupt()
    assert engine.preview().exit_code == 0


def test_a_second_run_on_the_stack_is_refused_and_a_preview_is_not(workshop: Workshop) -> None:
    workshop.program(CHAIN)
    running = Running(workshop, "create:a", lambda engine: engine.up(skip_preview=True))
    workshop.failing()
    with pytest.raises(StackLocked, match=rf"'dev' is currently locked by another run \(process {os.getpid()}\)"):
        workshop.up()
    assert workshop.preview().exit_code == 0
    running.go()
    running.join()
    assert workshop.up().exit_code == 0


@pytest.fixture
def killed(cold: Workshop) -> Iterator[Workshop]:
    """A run of the command that was killed during an update of `a`."""
    cold.program(CHAIN)
    cold.up()
    cold.environ["SIZE"] = "2"
    cold.failing("update:a:wait")
    command = [sys.executable, "-m", "pulumi_offline", "up", "--stack", STACK, "--skip-preview"]
    process = subprocess.Popen(
        command, cwd=cold.project, env=cold.environment(), stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL
    )
    waiting = cold.things / "waiting"
    _until(lambda: waiting.exists() and waiting.read_text() != "")
    process.kill()
    process.wait()
    yield cold.failing()
    os.kill(int(waiting.read_text()), signal.SIGKILL)  # the provider, which outlives its engine as under the CLI


def test_a_kill_leaves_a_readable_state_and_a_free_lock(killed: Workshop) -> None:
    assert _pending(killed) == [("updating", urn("a"))]
    assert killed.resources()["a"]["inputs"]["size"] == 1
    assert killed.refresh().exit_code == 0
    assert _pending(killed) == []
    assert ops(killed.up()) == {"a": ["update"], "b": ["update"]}


def test_whenever_a_run_is_killed_its_state_is_readable_and_the_next_run_goes_on(
    workshop: Workshop, monkeypatch: pytest.MonkeyPatch
) -> None:
    left: list[tuple[str, dict[str, object]]] = []
    original = StateStore.write

    def write(store: StateStore, document: dict[str, object]) -> None:
        original(store, document)  # which replaces the file at once, so a kill leaves what one write or the next left
        left.append((workshop.environ.get("NAME", ""), json.loads(workshop.state_file.read_text())))

    monkeypatch.setattr(StateStore, "write", write)
    workshop.program("a = Thing('a', name=os.environ.get('NAME'))\nThing('b', tags={'of': a.mark})")
    workshop.up()
    workshop.environ["NAME"] = "a2"
    workshop.up()
    workshop.refresh()
    workshop.destroy()
    monkeypatch.undo()
    pending = [kind for _, document in left for kind in _kinds(document)]
    assert {"creating", "updating", "deleting"} <= set(pending)
    for name, document in left:
        workshop.environ["NAME"] = name
        workshop.state_file.write_text(json.dumps(document))
        assert workshop.engine().export_state()["deployment"].get("pending_operations", []) == document[
            "deployment"
        ].get("pending_operations", [])
        assert workshop.preview().exit_code == 0


def _kinds(document: dict[str, Any]) -> list[str]:
    return [operation["type"] for operation in document["deployment"].get("pending_operations", [])]


class InterruptsAt:
    """Somebody presses Ctrl-C when this event is told."""

    def __init__(self, event: type[Event]) -> None:
        self._event = event
        self.engine: Engine | None = None

    def emit(self, event: Event) -> None:
        if isinstance(event, self._event) and self.engine is not None:
            self.engine.interrupt()


@pytest.mark.parametrize("event", [PhaseBegins, PhaseEnds])
def test_an_interrupt_before_or_between_phases_stops_the_command(workshop: Workshop, event: type[Event]) -> None:
    workshop.program(CHAIN)
    view = InterruptsAt(event)
    workshop.views = (view,)
    view.engine = workshop.engine()
    result = view.engine.up()
    assert result.exit_code == 1
    assert result.errors[-1].endswith(" canceled")
    assert workshop.live() == {}
