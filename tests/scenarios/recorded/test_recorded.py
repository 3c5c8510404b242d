"""Every version goes on from what every earlier version left: it shows no change, refreshes, updates and destroys."""

from __future__ import annotations

import json
import re
from hashlib import sha256
from importlib.metadata import version
from typing import TYPE_CHECKING, Any, Final

import pytest

from .cases import CASES, DATA, NEXT_SECRET, SECRET, STACK

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from demo.engines import Action, Run
    from demo.stage import Account, Stage

    from .cases import Case, Settings

RECORDINGS: Final = {f"{path.parent.name}/{path.stem}": path for path in sorted(DATA.glob("*/*.json"))}
OURS: Final = ("accountId", "adopted")
PROTOCOL_4, PROTOCOL_5 = '"gASV', '"gAWV'


class Replay:
    """A recorded state on a stage, and a Codat that holds what it held then."""

    def __init__(self, stage: Stage, case: Case, state: str) -> None:
        self.stage = stage
        self.case = case
        self.account: Account = stage.portal.account("Acme Dev")
        stage.create_stack(STACK)
        (stage.directory / "__main__.py").write_text(case.program)
        stage.portal.change(self.account, **case.held)
        stage.import_state(STACK, state)

    def run(self, action: Action, *flags: str, secret: str = SECRET) -> Run:
        return self.stage.run(action, STACK, *flags, account=self.account, XERO_CLIENT_SECRET=secret)

    def succeeds(self, action: Action, *flags: str, secret: str = SECRET) -> None:
        run = self.run(action, *flags, secret=secret)
        assert run.exit_code == 0, run.output

    def holds(self, settings: Settings) -> bool:
        """Whether Codat holds these settings now, and nothing else."""
        secret = settings["clientSecret"]
        return self.stage.portal.shows(self.account) == {
            "clientId": settings["clientId"],
            "hasClientSecret": secret is not None,
            "clientSecretSha256": sha256(secret.encode()).hexdigest() if secret else None,
            "enabled": settings["enabled"],
            "bankFeeds": settings["bankFeeds"],
        }

    def written(self) -> list[str]:
        return [str(request) for request in self.stage.portal.requests() if request.writes]

    def records(self) -> dict[str, dict[str, Any]]:
        """What is kept in state of our own, by resource."""
        resources = json.loads(self.stage.export_state(STACK))["deployment"].get("resources", [])
        return {
            resource["urn"]: {name: resource["outputs"].get(name) for name in OURS}
            for resource in resources
            if "/codat:" in resource["type"]
        }


@pytest.fixture(name="recording", params=RECORDINGS)
def _recording(request: pytest.FixtureRequest) -> Path:
    return RECORDINGS[request.param]


@pytest.fixture(name="replay")
def _replay(recording: Path, open_program: Callable[[str], Stage]) -> Replay:
    return Replay(open_program("."), CASES[recording.stem], recording.read_text())


def test_it_shows_no_change_where_all_was_applied_and_is_refreshed_and_destroyed(replay: Replay) -> None:
    for flags in (("--refresh=false",), ()):
        preview = replay.run("preview", "--expect-no-changes", *flags)
        assert preview.exit_code == (0 if replay.case.is_settled else 7), preview.output
    before = replay.records()
    assert len(before) == len(re.findall(r"codat\.Xero(Integration|BankFeeds)\(", replay.case.program))
    replay.succeeds("refresh")
    assert replay.records() == before
    assert replay.written() == []

    replay.succeeds("destroy")
    assert replay.holds(replay.case.destroyed)
    assert replay.records() == {}


def test_it_is_destroyed_as_it_is(replay: Replay) -> None:
    replay.succeeds("destroy", "--refresh=false")
    assert replay.holds(replay.case.destroyed)
    assert replay.records() == {}


def test_an_update_goes_on_from_it(replay: Replay) -> None:
    replay.succeeds("up", "--skip-preview")
    assert replay.holds(replay.case.declared)

    declared = replay.case.declared["enabled"]
    replay.stage.portal.change(replay.account, enabled=not declared)
    replay.succeeds("up", "--skip-preview", secret=NEXT_SECRET)
    secret = NEXT_SECRET if "XERO_CLIENT_SECRET" in replay.case.program else SECRET
    enabled = declared if "enabled=None" not in replay.case.program else not declared
    assert replay.holds(replay.case.declared | {"clientSecret": secret, "enabled": enabled})
    replay.succeeds("preview", "--expect-no-changes", secret=NEXT_SECRET)


def test_a_state_that_a_newer_python_wrote_is_the_same(open_program: Callable[[str], Stage]) -> None:
    state = RECORDINGS[f"{version('pulumi-codat')}/bank-feeds-on"].read_text()
    assert state.count(PROTOCOL_4) == 4
    replay = Replay(open_program("."), CASES["bank-feeds-on"], state.replace(PROTOCOL_4, PROTOCOL_5))
    replay.succeeds("refresh")
    assert replay.stage.export_state(STACK).count(PROTOCOL_5) == 4
    replay.succeeds("preview", "--expect-no-changes")
    replay.succeeds("destroy")
    assert replay.holds(CASES["bank-feeds-on"].destroyed)


def test_this_version_has_recorded_every_case() -> None:
    recorded = {path.stem for path in (DATA / version("pulumi-codat")).glob("*.json")}
    assert recorded == set(CASES)


def test_no_recording_holds_a_secret_or_anything_of_a_machine(recording: Path) -> None:
    text = recording.read_text()
    assert "canary" not in text
    assert not re.search(r"127\.0\.0\.1|localhost|emulated-|\"/|file://|/tmp/|/home/|\.venv", text)
