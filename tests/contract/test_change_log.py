"""The change log: one line a write, no secret, and nothing written that could not be logged."""

from __future__ import annotations

import json
import stat
from typing import TYPE_CHECKING, Any

import pytest

from pulumi_codat.api import CodatError
from pulumi_codat.api.contract import CLIENT_SECRET
from pulumi_codat.pipeline import Pipeline
from pulumi_codat.redaction import fingerprint

from .engine import RunFailed
from .programs import CLIENT_ID, NEW_SECRET, SECRET, both, program, settings
from .world import LIVE_VIEW, PUT_ENABLED, PUT_KEYS

if TYPE_CHECKING:
    from pathlib import Path

    from .engine import Stack
    from .world import World

RUN = "https://ci.example/acme/codat/actions/runs/7"
LABEL = "XeroIntegration (gbol, Acme Dev)"


@pytest.fixture(name="log")
def _log(stack: Stack, tmp_path: Path) -> Path:
    stack.settings["change_log"] = tmp_path / "changes.jsonl"
    stack.pipeline = Pipeline(actor="maria", run=RUN)
    return tmp_path / "changes.jsonl"


def lines(log: Path) -> list[dict[str, Any]]:
    return [json.loads(line) for line in log.read_text(encoding="utf-8").splitlines()]


def is_print_of(text: str, secret: str) -> bool:
    kind, salt, digest = text.split(":")
    return kind == "hmac-sha256" and fingerprint(salt, {CLIENT_SECRET: secret}) == digest


def test_each_write_is_one_line(world: World, stack: Stack, log: Path) -> None:
    stack.up(both())
    keys, toggle, feeds = lines(log)
    secret = keys["fields"].pop("clientSecret")
    assert keys == {
        "time": "2026-02-28T18:48:00+00:00",
        "account": world.account.id,
        "resource": "XeroIntegration (gbol)",
        "change": "write the keys",
        "fields": {"clientId": {"before": None, "after": CLIENT_ID}},
        "outcome": "accepted",
        "by": "maria",
        "run": RUN,
        "correlationId": None,
    }
    assert secret["before"] is None
    assert is_print_of(secret["after"], SECRET)
    assert (toggle["change"], toggle["fields"]) == (
        "switch the integration on",
        {"enabled": {"before": False, "after": True}},
    )
    assert (feeds["resource"], feeds["fields"]) == (
        "XeroBankFeeds (gbol)",
        {"enabled": {"before": False, "after": True}},
    )
    assert stat.S_IMODE(log.stat().st_mode) == 0o600


def test_a_rotation_tells_that_the_secret_changed_and_not_what_it_is(stack: Stack, log: Path) -> None:
    stack.up(program())
    stack.up(program(clientSecret=NEW_SECRET))
    fields = lines(log)[-1]["fields"]
    assert fields["clientId"] == {"before": CLIENT_ID, "after": CLIENT_ID}
    secret = fields["clientSecret"]
    assert is_print_of(secret["before"], SECRET)
    assert is_print_of(secret["after"], NEW_SECRET)
    assert secret["before"].split(":")[1] == secret["after"].split(":")[1]  # one salt, so that the two can be compared
    text = log.read_text()
    assert SECRET not in text
    assert NEW_SECRET not in text


def test_what_was_changed_outside_has_no_fingerprint_of_ours(world: World, stack: Stack, log: Path) -> None:
    stack.up(program())
    world.portal(clientSecret=NEW_SECRET)
    stack.up(program())
    assert lines(log)[-1]["fields"]["clientSecret"]["before"] is None


def test_nothing_is_logged_where_nothing_is_written(world: World, stack: Stack, log: Path) -> None:
    stack.up(program())
    written = log.read_bytes()
    stack.preview(program(enabled=False))
    stack.up(program())
    stack.refresh()
    world.fault(PUT_ENABLED, "400")
    with pytest.raises(CodatError):
        stack.up(program(enabled=False))
    assert log.read_bytes() == written


def test_a_write_of_unknown_fate_is_logged_with_what_codat_said(world: World, stack: Stack, log: Path) -> None:
    world.fault(PUT_ENABLED, "500", times=99)
    with pytest.raises(RunFailed) as caught:
        stack.up(program())
    keys, toggle = lines(log)
    assert (keys["outcome"], toggle["outcome"]) == ("accepted", "unknown")
    assert toggle["correlationId"]
    assert toggle["correlationId"] in str(caught.value)


def test_a_destroy_is_logged(stack: Stack, log: Path) -> None:
    stack.up(program(onDestroy="delete_keys"))
    stack.destroy()
    off, deleted = lines(log)[-2:]
    assert off["fields"] == {"enabled": {"before": True, "after": False}}
    assert off["resource"] == LABEL
    assert deleted["fields"]["clientId"] == {"before": CLIENT_ID, "after": None}
    assert is_print_of(deleted["fields"]["clientSecret"]["before"], SECRET)
    assert deleted["fields"]["clientSecret"]["after"] is None


def test_a_file_that_cannot_be_written_is_told_before_anything_is_written(
    world: World, stack: Stack, tmp_path: Path
) -> None:
    stack.settings["change_log"] = tmp_path / "missing" / "changes.jsonl"
    with pytest.raises(CodatError) as caught:
        stack.up(program())
    assert str(caught.value) == (
        f"XeroIntegration (gbol): the change log {tmp_path}/missing/changes.jsonl cannot be written (No such file or"
        " directory); nothing was written to Codat: set CODAT_CHANGE_LOG to a file in a folder that exists and may be"
        " written to"
    )
    assert stack.last.writes == []
    assert stack.resources == {}
    assert world.live() == settings(client_id=None, enabled=False)


def test_a_run_that_writes_nothing_needs_no_log(stack: Stack, tmp_path: Path) -> None:
    stack.up(program())
    stack.settings["change_log"] = tmp_path / "missing" / "changes.jsonl"
    assert stack.up(program()).requests == [*LIVE_VIEW]


def test_lines_are_only_ever_added(stack: Stack, log: Path) -> None:
    log.write_text("of somebody else\n")
    stack.up(program())
    assert log.read_text().splitlines()[0] == "of somebody else"
    assert len(log.read_text().splitlines()) == 3


def test_a_log_that_fails_in_the_middle_stops_nothing_and_is_told(
    stack: Stack, log: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def full(_file: int, _data: bytes) -> int:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr("pulumi_codat.reconcile.change_log.os.write", full)
    phase = stack.up(program())
    assert phase.writes == [PUT_KEYS, PUT_ENABLED]
    assert (
        f"XeroIntegration (gbol): write the keys was sent, and could not be added to {log} (No space left on device)"
    ) in phase.warnings
