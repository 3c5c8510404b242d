"""`pulumi-codat import`: what a person clicked together is taken over, and nothing but the secret is left to show."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest
from click.testing import CliRunner, Result

from pulumi_codat.cli.import_file import import_file

from .conftest import SECRET

if TYPE_CHECKING:
    from demo.stage import Account, Stage

CLIENT_ID = "3D5A1C7E9B2F4860A1B2C3D4E5F60718"
WRITE_ENABLED = "PUT /integrations/gbol/enabled"


def _clicked(stage: Stage, **settings: object) -> Account:
    """An account that somebody has set up in the Portal."""
    dev = stage.portal.account("Acme Dev")
    found = {"clientId": CLIENT_ID, "clientSecret": SECRET, "enabled": True, "bankFeeds": True} | settings
    stage.portal.change(dev, **found)
    return dev


def _ask(stage: Stage, account: Account | None, *words: str) -> Result:
    environment = {"CODAT_BASE_URL": stage.portal.url, "CODAT_API_KEY": account.api_key if account else None}
    return CliRunner().invoke(import_file, words, env=environment)


def _take_over(stage: Stage, account: Account, *words: str) -> None:
    """As the program's first lines say; the secret comes from configuration."""
    file = stage.home / "import.json"
    asked = _ask(stage, account, "--file", str(file), *words)
    assert asked.exit_code == 0, asked.output
    (stage.directory / "__main__.py").write_text(asked.stdout)
    imported = stage.run(
        "import", "dev", "--file", str(file), "--generate-code=false", "--protect=false", account=account
    )
    assert imported.exit_code == 0, imported.output


def _run(stage: Stage, action: Any, account: Account, *flags: str) -> str:
    # because a secret given by --config would be in the state in clear, which no person would do
    program = stage.directory / "__main__.py"
    program.write_text(
        program.read_text().replace(
            'pulumi.Config("xero").require_secret("clientSecret")', f'pulumi.Output.secret("{SECRET}")'
        )
    )
    run = stage.run(action, "dev", *flags, account=account)
    assert run.exit_code == 0, run.output
    return run.output


def _written(stage: Stage) -> list[str]:
    return [str(request) for request in stage.portal.requests() if request.writes]


def test_the_next_preview_shows_the_secret_and_nothing_else(stage: Stage) -> None:
    dev = _clicked(stage)
    before = stage.portal.shows(dev)
    _take_over(stage, dev)

    shown = _run(stage, "preview", dev, "--diff")
    changes = [line.strip() for line in shown.splitlines() if line.strip()[:2] in {"+ ", "- ", "~ "}]
    assert [change for change in changes if ":" in change and "(" not in change] == ["+ clientSecret: [secret]"], shown
    assert "~ 1 to update" in shown
    assert "to create" not in shown
    assert "to delete" not in shown
    assert "adopts what is there" in shown

    _run(stage, "up", dev)
    assert _written(stage) == []
    assert stage.portal.shows(dev) == before
    _run(stage, "preview", dev, "--expect-no-changes")


def test_what_was_taken_over_is_repaired_and_then_left_as_it_is_by_a_destroy(stage: Stage) -> None:
    dev = _clicked(stage)
    _take_over(stage, dev)
    _run(stage, "up", dev)
    before = stage.portal.shows(dev)
    stage.portal.change(dev, enabled=False)
    stage.portal.requests()
    _run(stage, "up", dev)
    assert _written(stage) == [WRITE_ENABLED]
    assert "stay as they are (on_destroy is retain)" in _run(stage, "destroy", dev)
    assert _written(stage) == []
    assert stage.portal.shows(dev) == before


def test_a_destroy_right_after_the_import_writes_nothing(stage: Stage) -> None:
    dev = _clicked(stage)
    _take_over(stage, dev)
    before = stage.portal.shows(dev)
    _run(stage, "destroy", dev)
    assert _written(stage) == []
    assert stage.portal.shows(dev) == before


@pytest.mark.parametrize("action", ["preview", "up", "refresh", "destroy"])
def test_what_is_imported_is_bound_to_its_account(stage: Stage, action: Any) -> None:
    _take_over(stage, _clicked(stage))
    prod = stage.portal.account("Acme Prod")
    stage.portal.change(prod, clientId=CLIENT_ID, clientSecret="another", enabled=True)
    run = stage.run(action, "dev", "--config", f"xero:clientSecret={SECRET}", account=prod)
    assert run.exit_code != 0
    assert "the API key belongs to Codat account Acme Prod" in run.output
    assert _written(stage) == []


def test_a_toggle_that_was_off_is_taken_over_as_off(stage: Stage) -> None:
    dev = _clicked(stage, enabled=False, bankFeeds=False)
    _take_over(stage, dev)
    assert "XeroBankFeeds" not in (stage.directory / "__main__.py").read_text()
    shown = _run(stage, "preview", dev, "--diff")
    assert "nothing will be written" in shown
    _run(stage, "up", dev)
    assert _written(stage) == []
