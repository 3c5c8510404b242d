"""The modes a pipeline chooses: a person writes, drift is held, writes are logged, previews do without Codat."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

import pytest

from .conftest import SECRET, goes_off

if TYPE_CHECKING:
    from demo.stage import Account, Stage

CLIENT_ID = "3D5A1C7E9B2F4860A1B2C3D4E5F60718"
KEYS = "PUT /integrations/credentials/gbol"
ENABLED = "PUT /integrations/gbol/enabled"
SETTINGS = "PATCH /settings/integrations/0f20c943-12d0-4800-9f6c-d218f62d494c"


def _written(stage: Stage) -> list[str]:
    return [str(request) for request in stage.portal.requests() if request.writes]


def _enter_keys(stage: Stage, account: Account) -> None:
    stage.portal.change(account, clientId=CLIENT_ID, clientSecret=SECRET, enabled=True)


def test_a_person_is_told_what_to_click_and_the_next_up_sees_it_done(stage: Stage) -> None:
    dev = stage.portal.account("Acme Dev")
    summary = goes_off(stage).home / "summary.md"
    person = {"XERO_CLIENT_SECRET": SECRET, "CODAT_WRITES": "person", "GITHUB_STEP_SUMMARY": str(summary)}

    asked = stage.run("up", "dev", account=dev, **person)

    assert asked.exit_code != 0, asked.output
    assert f'enter {CLIENT_ID} as "Client ID"' in asked.output
    assert "manual steps not completed yet: write the keys, switch the integration on" in asked.output
    assert "Traceback" not in asked.output
    assert "### XeroIntegration (gbol): manual steps" in summary.read_text()
    assert not any(SECRET in channel for channel in (asked.output, summary.read_text(), stage.export_state("dev")))

    _enter_keys(stage, dev)
    done = stage.run("up", "dev", account=dev, **person)

    assert done.exit_code == 0, done.output
    again = stage.run("preview", "dev", "--expect-no-changes", account=dev, **person)
    assert again.exit_code == 0, again.output
    destroy = stage.run("destroy", "dev", account=dev, **person)
    assert destroy.exit_code != 0, destroy.output
    assert "turn the toggle beside Xero off" in destroy.output
    stage.portal.change(dev, enabled=False)
    assert stage.run("destroy", "dev", account=dev, **person).exit_code == 0
    assert _written(stage) == []


def test_a_person_is_waited_for_and_seen_to_have_done_it(stage: Stage) -> None:
    dev = stage.portal.account("Acme Dev")
    stage.portal.change(dev, clientId=CLIENT_ID, clientSecret=SECRET)
    stage.portal.change(dev, enabled=True)
    # because a person who clicks between two looks is, to the looks, a read that is out of date at first
    stage.portal.break_next("GET", "/integrations/gbol", "stale", times=3)
    person = {"XERO_CLIENT_SECRET": SECRET, "CODAT_WRITES": "person", "CODAT_PERSON_WAIT_SECONDS": "0.1"}

    up = stage.run("up", "dev", account=dev, **person)

    assert up.exit_code == 0, up.output
    assert '2) choose "Set up" beside Xero and open' not in up.output  # because the keys are there
    assert "turn the toggle beside Xero on" in up.output
    assert "waiting up to 0.1 s for the manual steps, checking every 0.1 s" in up.output
    assert _written(stage) == []
    again = stage.run("preview", "dev", "--expect-no-changes", account=dev, **person)
    assert again.exit_code == 0, again.output


def test_an_account_that_offers_the_published_endpoints_only(stage: Stage) -> None:
    dev = stage.portal.account("Acme Dev")
    stage.portal.set_account(dev, offers="published-403")
    secret = {"XERO_CLIENT_SECRET": SECRET}

    preview = stage.run("preview", "dev", account=dev, **secret)
    assert preview.exit_code == 0, preview.output
    assert "this account does not show what would be written" in preview.output
    asked = stage.run("up", "dev", account=dev, **secret)
    assert asked.exit_code != 0, asked.output
    _enter_keys(stage, dev)
    done = stage.run("up", "dev", account=dev, **secret)

    assert done.exit_code == 0, done.output
    assert "manual steps cannot be verified, because Codat does not show the result: write the keys" in done.output
    assert '"unverified"' in stage.export_state("dev")
    again = stage.run("preview", "dev", "--expect-no-changes", account=dev, **secret)
    assert again.exit_code == 0, again.output
    assert "Codat does not show all settings to this API key" in again.output
    assert _written(stage) == []


def test_drift_is_held_until_it_is_accepted(stage: Stage) -> None:
    dev = stage.portal.account("Acme Dev")
    hold = {"XERO_CLIENT_SECRET": SECRET, "CODAT_ON_DRIFT": "fail"}
    stage.run("up", "dev", account=dev, **hold)
    stage.portal.change(dev, enabled=False, bankFeeds=True)
    stage.portal.requests()

    preview = stage.run("preview", "dev", account=dev, **hold)
    assert preview.exit_code == 0, preview.output
    assert "codat:onDrift is fail, so an `up` that would undo it stops" in preview.output
    for _ in range(2):  # because the refresh of the first is in the state by then
        stopped = stage.run("up", "dev", account=dev, **hold)
        assert stopped.exit_code != 0, stopped.output
        assert "this was changed outside of Pulumi: enabled is false in Codat, declared true" in stopped.output
        toggle = "XeroBankFeeds (gbol, Acme Dev): changed outside of Pulumi: enabled is true in Codat, declared false"
        assert toggle in stopped.output
        assert "Traceback" not in stopped.output
        assert _written(stage) == []

    accepted = stage.run("up", "dev", account=dev, **hold, CODAT_ACCEPT_DRIFT="1")

    assert accepted.exit_code == 0, accepted.output
    assert _written(stage) == [ENABLED, SETTINGS]
    again = stage.run("preview", "dev", "--expect-no-changes", account=dev, **hold)
    assert again.exit_code == 0, again.output


def test_each_write_is_a_line_of_the_change_log(stage: Stage) -> None:
    dev = stage.portal.account("Acme Dev")
    log = stage.home / "changes.jsonl"
    logged = {"XERO_CLIENT_SECRET": SECRET, "CODAT_CHANGE_LOG": str(log), "GITHUB_ACTOR": "maria"}

    up = stage.run("up", "dev", account=dev, **logged)

    assert up.exit_code == 0, up.output
    lines = [json.loads(line) for line in log.read_text().splitlines()]
    assert [(line["change"], line["by"]) for line in lines] == [
        ("write the keys", "maria"),
        ("switch the integration on", "maria"),
    ]
    assert SECRET not in log.read_text()
    nowhere = stage.run(
        "up", "dev", account=dev, **{**logged, "XERO_CLIENT_SECRET": "another", "CODAT_CHANGE_LOG": f"{log}/x"}
    )
    assert nowhere.exit_code != 0, nowhere.output
    assert "cannot be written (Not a directory); nothing was written to Codat" in nowhere.output
    assert _written(stage) == [KEYS, ENABLED]


@pytest.mark.parametrize("mode", ["off", "best-effort"])
def test_a_preview_without_a_key_runs_and_says_that_nothing_was_compared(stage: Stage, mode: str) -> None:
    dev = stage.portal.account("Acme Dev")
    goes_off(stage)
    stage.run("up", "dev", account=dev, XERO_CLIENT_SECRET=SECRET)
    stage.portal.requests()
    fork = {"XERO_CLIENT_SECRET": SECRET, "CODAT_API_KEY": "", "CODAT_READ_LIVE": mode}

    preview = stage.run("preview", "dev", "--expect-no-changes", account=dev, **fork)
    assert preview.exit_code == 0, preview.output
    assert "warning: XeroIntegration (gbol, Acme Dev): live comparison skipped" in preview.output
    changed = stage.run("preview", "dev", "--config", "xero:enabled=false", account=dev, **fork)
    assert changed.exit_code == 0, changed.output
    assert "~enabled" in changed.output

    up = stage.run("up", "dev", "--config", "xero:enabled=false", account=dev, **fork)
    destroy = stage.run("destroy", "dev", account=dev, **fork)

    for refused in (up, destroy):
        assert refused.exit_code != 0, refused.output
        assert "no Codat API key" in refused.output
    assert stage.portal.requests() == ()
    assert stage.portal.shows(dev)["enabled"] is True
    taken_down = stage.run("destroy", "dev", account=dev, XERO_CLIENT_SECRET=SECRET)
    assert taken_down.exit_code == 0, taken_down.output
    assert stage.portal.shows(dev)["enabled"] is False


def test_a_first_preview_without_a_key_shows_what_would_be_made(stage: Stage) -> None:
    dev = stage.portal.account("Acme Dev")
    fork = {"XERO_CLIENT_SECRET": "any-text", "CODAT_API_KEY": "", "CODAT_READ_LIVE": "off"}
    preview = stage.run("preview", "dev", account=dev, **fork)
    assert preview.exit_code == 0, preview.output
    assert "codat:readLive is off" in preview.output
    assert stage.portal.requests() == ()


# because when the quota is back differs from run to run
def test_a_used_up_quota_says_when_it_is_back_and_best_effort_goes_on(stage: Stage) -> None:
    dev = stage.portal.account("Acme Dev")
    stage.run("up", "dev", account=dev, XERO_CLIENT_SECRET=SECRET)
    stage.portal.set_account(dev, quotaRemaining=0)
    stage.portal.requests()

    stopped = stage.run("preview", "dev", account=dev, XERO_CLIENT_SECRET=SECRET)
    assert stopped.exit_code not in (0, None)
    assert "the account's request quota is exhausted; it resets at" in stopped.output
    emergencies = (
        "what cannot wait can be done in the Codat Portal (https://app.codat.io/settings/integrations/accounting)"
    )
    assert emergencies in stopped.output
    assert "Traceback" not in stopped.output

    best_effort = {"XERO_CLIENT_SECRET": SECRET, "CODAT_READ_LIVE": "best-effort"}
    preview = stage.run("preview", "dev", "--expect-no-changes", account=dev, **best_effort)
    assert preview.exit_code == 0, preview.output
    assert "warning: XeroIntegration (gbol, Acme Dev): live comparison skipped" in preview.output
    assert _written(stage) == []
