"""`pulumi-codat import`: what it prints where, what it asks of Codat, and what it refuses in one line."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

import pytest
from click.testing import CliRunner, Result

from pulumi_codat.cli.import_file import import_file

from .programs import CLIENT_ID, SECRET
from .world import LIVE_VIEW, PROFILE, SETTINGS

if TYPE_CHECKING:
    from pathlib import Path

    from .world import World


@pytest.fixture
def world(served_world: World) -> World:
    return served_world


@pytest.fixture(autouse=True)
def _clicked(world: World) -> None:
    """Somebody has set the account up in the Portal."""
    world.portal(clientId=CLIENT_ID, clientSecret=SECRET, enabled=True, bankFeeds=True)


def _ask(world: World, *words: str, api_key: str | None = "") -> Result:
    key = world.account.api_key if api_key == "" else api_key
    return CliRunner().invoke(
        import_file, words, env={"CODAT_BASE_URL": world.emulator.url, "CODAT_API_KEY": key, "CODAT_ACCOUNT": None}
    )


def test_the_file_alone_is_on_stdout_so_that_it_can_be_piped(world: World) -> None:
    asked = _ask(world)
    assert asked.exit_code == 0, asked.output
    entries = json.loads(asked.stdout)["resources"]
    assert [(entry["type"].rpartition(":")[2], entry["name"], entry["id"]) for entry in entries] == [
        ("XeroIntegration", "xero", "gbol"),
        ("XeroBankFeeds", "bank-feeds", "gbol"),
    ]
    assert "codat.XeroIntegration(" in asked.stderr
    assert f"#   pulumi config set codat:account {world.account.id}\n" in asked.stderr
    keys, integration, account = LIVE_VIEW
    assert sorted(world.requests()) == sorted([keys, integration, account, PROFILE, SETTINGS])
    assert world.account.api_key not in asked.output
    assert not any("clientSecret" in entry[part] for entry in entries for part in ("inputs", "outputs"))
    assert "***" not in asked.output


def test_the_client_id_is_asked_for_where_codat_masks_it(world: World) -> None:
    world.behave(maskClientId=True)
    asked = _ask(world)
    assert asked.exit_code == 1
    assert asked.stdout == ""
    assert 'Codat shows too little of the client ID ("********0718"): say which it is with --client-id' in asked.stderr
    asked = _ask(world, "--client-id", "ABC")
    assert 'Codat shows the client ID "********0718", which is not "ABC"' in asked.stderr
    asked = _ask(world, "--client-id", CLIENT_ID)
    assert json.loads(asked.stdout)["resources"][0]["inputs"]["clientId"] == CLIENT_ID


def test_an_account_without_keys_has_nothing_to_import(world: World) -> None:
    world.portal(clientId=None, clientSecret=None)
    asked = _ask(world)
    assert (asked.exit_code, asked.stdout) == (1, "")
    assert asked.stderr.startswith("Error: Codat shows no keys for Xero, so there is nothing to import")
    assert asked.stderr.count("\n") == 1


@pytest.mark.parametrize("offers", ["published-404", "published-403", "published-405"])
def test_keys_that_are_not_shown_are_not_said_to_be_missing(world: World, offers: str) -> None:
    world.behave(offers=offers)
    asked = _ask(world)
    assert (asked.exit_code, asked.stdout) == (1, "")
    assert asked.stderr == (
        "Error: Codat does not show the keys for Xero to this API key, so they cannot be imported: declare the"
        " integration and run `pulumi up`, which lists the manual steps for the keys\n"
    )


def test_a_toggle_that_is_not_shown_is_left_out_and_said(world: World) -> None:
    asked = _ask(world, "--config", "codat:bankFeedsSetting=another")
    assert len(json.loads(asked.stdout)["resources"]) == 1
    assert "note: XeroBankFeeds is left out: the setting another is missing in Codat's answer" in asked.stderr


@pytest.mark.parametrize(
    ("words", "says"),
    [
        (("--config", "codat:account=c2a9f7d4-8e13-4b70-a5d6-3f9e1b4c8a02"), "but codat:account declares c2a9f7d4"),
        (("--config", "codat:acount=x"), "codat:acount is not a setting of this version"),
        (("--config", "xero:clientId=ABC"), "--config 'xero:clientId' should read codat:KEY=VALUE"),
        (("--file", "/nowhere/import.json"), "/nowhere/import.json cannot be written: No such file or directory"),
    ],
)
def test_what_is_wrong_is_one_line(world: World, words: tuple[str, ...], says: str) -> None:
    asked = _ask(world, *words)
    assert (asked.exit_code, asked.stdout) == (1, "")
    assert says in asked.stderr
    assert "Traceback" not in asked.stderr


def test_without_a_key_nothing_is_asked(world: World) -> None:
    asked = _ask(world, api_key=None)
    assert asked.exit_code == 1
    assert asked.stderr.startswith("Error: no Codat API key: set CODAT_API_KEY")
    assert world.requests() == []


def test_with_a_file_the_program_is_on_stdout_so_that_it_can_be_kept(world: World, tmp_path: Path) -> None:
    file = tmp_path / "of mine.json"
    asked = _ask(world, "--file", str(file))
    assert asked.stderr == ""
    assert f"#   pulumi import --file '{file}' --generate-code=false --protect=false\n" in asked.stdout
    compile(asked.stdout, "program", "exec")
    assert len(json.loads(file.read_text())["resources"]) == 2


def test_a_name_cannot_leave_its_comment(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("pulumi_codat.reconcile.Context.account_name", lambda *_: 'x"""\nimport os  # \u2028')
    world.portal(clientId='A"B\\')
    asked = _ask(world)
    program = compile(asked.stderr.partition("import pulumi\n")[0], "program", "exec")
    assert program.co_names == ()
    assert r'client_id="A\"B\\",' in asked.stderr
