"""`pulumi-codat emulator` as a person or a script starts it."""

import json
import signal
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import httpx
import pytest
from click.testing import CliRunner

from codat_emulator import running
from pulumi_codat.cli.emulator import emulator as command

COMMAND = [sys.executable, "-W", "error", "-c", "from pulumi_codat.cli import main; main()", "emulator", "--port", "0"]


@contextmanager
def _started(*arguments: str) -> Iterator[subprocess.Popen[str]]:
    with subprocess.Popen([*COMMAND, *arguments], stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True) as process:
        try:
            yield process
        finally:
            process.kill()


@pytest.mark.parametrize("stop", [signal.SIGINT, signal.SIGTERM])
def test_json_is_one_line_and_ready_when_it_is_there(tmp_path: Path, stop: signal.Signals) -> None:
    with _started("--json", "--storage", str(tmp_path / "codat.db")) as process:
        assert process.stdout
        printed = json.loads(process.stdout.readline())
        assert httpx.get(f"{printed['url']}/_emulator", trust_env=False).json() == printed
        assert set(printed) == {"url", "accounts"}
        assert [set(account) for account in printed["accounts"]] == [{"id", "name", "apiKey"}] * 3
        process.send_signal(stop)
        assert process.communicate(timeout=10) == ("", "")
        assert process.returncode == 0


def test_text_is_what_a_person_types_next() -> None:
    with _started() as process:
        assert process.stdout
        lines = [process.stdout.readline() for _ in range(1 + 4 * 3)]
        url = lines[0].split()[5]
        process.send_signal(signal.SIGINT)
        assert process.communicate(timeout=10) == ("", "")
    assert lines[0] == f"An emulated Codat is at {url} (Ctrl-C stops it). Its API keys only work here.\n"
    assert lines[2].startswith("Acme Dev, account 5b8d3c0e-")
    assert lines[3] == f"  export CODAT_BASE_URL={url}\n"
    assert lines[4].startswith("  export CODAT_API_KEY=emulated-dev-")


def test_a_port_in_use_is_one_line() -> None:
    with running() as emulator:
        port = str(httpx.URL(emulator.url).port)
        result = CliRunner().invoke(command, ["--port", port, "--json"])
    assert result.exit_code == 1
    assert result.stdout == ""
    assert result.stderr == (
        f"Error: cannot listen on 127.0.0.1:{port}: the port is in use; name another port, or 0 for a free one\n"
    )


def test_a_file_that_cannot_be_used_is_one_line(tmp_path: Path) -> None:
    result = CliRunner().invoke(command, ["--port", "0", "--storage", str(tmp_path / "missing" / "codat.db")])
    assert (result.exit_code, result.stdout) == (1, "")
    assert result.stderr.startswith("Error: cannot open the storage file ")
    assert result.stderr.count("\n") == 1
