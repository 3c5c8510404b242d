"""SIGKILL for the provider or the engine, and Ctrl-C, while Codat has a request: the next `up` converges."""

from __future__ import annotations

import json
import os
import re
import signal
import subprocess
import sys
import time
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final
from urllib.parse import urlsplit

import pytest
from demo.engines import cli_engine

from .conftest import SECRET, goes_off

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from demo.engines import Action, Run
    from demo.stage import Account, Stage

KEYS: Final = "/integrations/credentials/gbol"
ENABLED: Final = "/integrations/gbol/enabled"
NEXT_SECRET: Final = "the-next-secret-of-the-app"
PATIENCE: Final = 60.0

# because how far a run came when it was killed, and what it had printed by then, differs from run to run


class Victim:
    """A stack, and ways to end what works on it while Codat has one of its requests."""

    def __init__(self, stage: Stage) -> None:
        self.stage = goes_off(stage)
        self.account: Account = stage.portal.account("Acme Dev")

    def run(self, action: Action, *flags: str, secret: str = SECRET) -> Run:
        return self.stage.run(action, "dev", *flags, account=self.account, XERO_CLIENT_SECRET=secret)

    def converges(self, secret: str = SECRET) -> None:
        up = self.run("up", secret=secret)
        assert up.exit_code == 0, up.output
        assert self.stage.portal.holds_secret(self.account, secret)
        shown = self.stage.portal.shows(self.account)
        assert (shown["enabled"], shown["bankFeeds"]) == (True, False)
        self.stage.portal.requests()
        preview = self.run("preview", "--expect-no-changes", secret=secret)
        assert preview.exit_code == 0, preview.output
        assert not any(request.writes for request in self.stage.portal.requests())

    def pending(self) -> list[str]:
        """The operations that the state does not know the end of."""
        deployment: dict[str, Any] = json.loads(self.stage.export_state("dev"))["deployment"]
        return [operation["type"] for operation in deployment.get("pending_operations", [])]

    def hold(self, method: str, path: str, kind: str) -> None:
        self.stage.portal.requests()
        self.stage.portal.break_next(method, path, kind)

    def provider(self, method: str, path: str) -> int:
        """The process whose request Codat has."""
        _until(lambda: f"{method} {path}" in [str(one) for one in self.stage.portal.received()])
        (process,) = _clients_of(self.stage.portal.url)
        return process

    def killed(self, action: Action, method: str, path: str, kind: str, *, secret: str = SECRET) -> Run:
        """The run whose provider process was killed at that request."""
        self.hold(method, path, kind)
        with ThreadPoolExecutor(1) as pool:
            run = pool.submit(self.run, action, secret=secret)
            os.kill(self.provider(method, path), signal.SIGKILL)
            done = run.result(PATIENCE)
        self.stage.portal.mend()
        return done


@pytest.fixture
def victim(stage: Stage) -> Victim:
    return Victim(stage)


def _until(condition: Callable[[], object]) -> None:
    deadline = time.monotonic() + PATIENCE
    while not condition():
        assert time.monotonic() < deadline
        time.sleep(0.01)


def _clients_of(url: str) -> set[int]:
    """The other processes with a connection to a port of this machine."""
    port = f":{urlsplit(url).port:04X}"
    rows = [line.split() for line in Path("/proc/net/tcp").read_text().splitlines()[1:]]
    sockets = {f"socket:[{row[9]}]" for row in rows if row[2].endswith(port)}
    return {
        process
        for process in (int(path.name) for path in Path("/proc").iterdir() if path.name.isdecimal())
        if process != os.getpid() and sockets & _open_files(process)
    }


def _open_files(process: int) -> set[str]:
    try:
        return {str(file.readlink()) for file in Path(f"/proc/{process}/fd").iterdir()}
    except OSError:
        return set()  # because it has ended meanwhile, or is another user's


def _failed_in_one_line(run: Run) -> None:
    assert run.exit_code == 1, run.output
    told = [line.strip() for line in run.output.partition("Diagnostics:")[2].splitlines()]
    # because Pulumi's own engine adds these
    others = re.compile(r"error: (?:\w+ failed|Resource monitor has terminated, shutting down)$")
    why = [line for line in told if line.startswith("error: ") and not others.match(line)]
    assert len(why) == 1, run.output
    assert why[0].startswith(("error: the provider process did not answer", "error: error reading from server: EOF"))
    assert "Traceback" not in run.output
    assert SECRET not in run.output


def test_a_provider_that_is_killed_fails_the_run_and_the_next_one_converges(victim: Victim) -> None:
    _failed_in_one_line(victim.killed("up", "PUT", KEYS, "timeout"))
    assert victim.pending() == []
    victim.converges()

    _failed_in_one_line(victim.killed("up", "PUT", KEYS, "timeout-after", secret=NEXT_SECRET))
    assert victim.stage.portal.holds_secret(victim.account, NEXT_SECRET)
    victim.converges(NEXT_SECRET)

    _failed_in_one_line(victim.killed("destroy", "PUT", ENABLED, "timeout-after", secret=NEXT_SECRET))
    assert victim.stage.portal.shows(victim.account)["enabled"] is False
    victim.converges(NEXT_SECRET)  # because what was half taken down can be declared again


def test_what_a_killed_create_left_is_adopted(victim: Victim) -> None:
    _failed_in_one_line(victim.killed("up", "PUT", ENABLED, "timeout-after"))
    assert '"xero"' not in victim.stage.export_state("dev")
    victim.converges()
    assert '"adopted": true' in victim.stage.export_state("dev")


class Started:
    """A command in a process of its own, with fresh children, as a person starts it."""

    def __init__(self, victim: Victim, engine_name: str) -> None:
        stage = victim.stage
        cli = cli_engine()
        start = (
            [cli.executable]
            if cli and engine_name == "cli"
            else [str(Path(sys.executable).with_name("pulumi-codat")), "offline"]
        )
        ends = ["--yes", "--non-interactive"] if engine_name == "cli" else []
        self._cli = start[:1] if engine_name == "cli" else []
        self._stage = stage
        self._environment = stage.environment(victim.account, XERO_CLIENT_SECRET=SECRET)
        self.process = subprocess.Popen(
            [*start, "up", "--stack", "dev", "--skip-preview", *ends],
            cwd=stage.directory,
            env=self._environment,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
        )

    def end(self) -> None:
        with self.process:
            self.process.kill()

    def says(self, words: str) -> None:
        assert self.process.stdout is not None
        assert any(words in line for line in self.process.stdout)

    def unlock(self) -> None:
        """The CLI's own lock outlives it, and a person takes it away."""
        if self._cli:
            command = [*self._cli, "cancel", "--yes", "--stack", "dev"]
            subprocess.run(command, cwd=self._stage.directory, env=self._environment, check=True)


@pytest.fixture
def started(victim: Victim, engine_name: str) -> Iterator[Started]:
    """An `up` whose write of the keys Codat has, and keeps."""
    victim.hold("PUT", KEYS, "held")
    started = Started(victim, engine_name)
    yield started
    started.end()


def test_an_engine_that_is_killed_leaves_an_operation_pending_and_the_next_up_converges(
    victim: Victim, started: Started
) -> None:
    provider = victim.provider("PUT", KEYS)
    started.end()
    assert victim.pending() == ["creating"]

    # because the provider outlives its engine, and ends what it was asked for
    victim.stage.portal.mend()
    _until(lambda: victim.stage.portal.shows(victim.account)["enabled"])
    os.kill(provider, signal.SIGKILL)

    started.unlock()
    up = victim.run("up")
    assert up.exit_code == 0, up.output
    assert '"adopted": true' in victim.stage.export_state("dev")
    victim.converges()


def test_an_interrupt_lets_the_running_operation_end(victim: Victim, started: Started) -> None:
    victim.provider("PUT", KEYS)
    started.process.send_signal(signal.SIGINT)
    started.says("^C received; cancelling")
    victim.stage.portal.mend()
    output = started.process.communicate(timeout=PATIENCE)[0]
    assert started.process.returncode == 1, output
    assert victim.pending() == []
    assert victim.stage.portal.shows(victim.account)["enabled"] is True
    assert '"adopted": false' in victim.stage.export_state("dev")
    victim.converges()
