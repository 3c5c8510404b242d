"""The first apply, and every later one without a change: what is asked, what is written, what is kept."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from .engine import CheckFailed
from .programs import CLIENT_ID, SECRET, both, feeds, program, settings, xero
from .world import (
    ACCOUNT,
    COMPANIES,
    INTEGRATION,
    KEYS,
    LIVE_VIEW,
    PATCH_SETTINGS,
    PROFILE,
    PUT_ENABLED,
    PUT_KEYS,
    RECHECKED,
    SETTINGS,
    WHOLE_VIEW,
)

if TYPE_CHECKING:
    from .engine import Stack
    from .world import World

BOUND = (
    "XeroIntegration (gbol): codat:account is not set, so this stack will be bound to the account of the API key,"
    " Acme Dev (5b8d3c0e-2f41-4a6b-9c57-d1e07a3f6b21)"
)


def test_the_preview_of_a_create_reads_and_writes_nothing(world: World, stack: Stack) -> None:
    phase = stack.preview(program())
    assert phase.steps == {"xero": "create"}
    assert phase.requests == [KEYS, INTEGRATION, PROFILE, ACCOUNT]
    assert phase.warnings == [BOUND]
    assert world.live() == settings(client_id=None, enabled=False)


def test_the_account_is_announced_once_for_both_resources(stack: Stack) -> None:
    assert [warning for warning in stack.preview(both()).warnings if "codat:account" in warning] == [BOUND]


def test_a_pinned_account_is_not_announced_and_costs_no_read(world: World, stack: Stack) -> None:
    stack.settings["account"] = world.account_id
    phase = stack.preview(program())
    assert (phase.requests, phase.warnings) == ([*LIVE_VIEW], [])


def test_a_create_writes_the_keys_then_switches_on_and_reads_each_back(world: World, stack: Stack) -> None:
    stack.settings["account"] = world.account_id
    phase = stack.up(program())
    assert phase.requests == [
        KEYS,  # once more than the live view, just before the whole map is replaced
        *RECHECKED,
        PUT_KEYS,
        KEYS,  # read back
        PUT_ENABLED,
        KEYS,  # the mask, read twice because it may be unstable
        INTEGRATION,  # read back
        PROFILE,
    ]
    assert world.live() == settings()
    outputs = stack.resources["xero"].outputs
    record = outputs.pop("keysRecord")
    assert outputs == {
        "clientId": CLIENT_ID,
        "clientSecret": SECRET,
        "enabled": True,
        "platformKey": "gbol",
        "integrationId": "0f20c943-12d0-4800-9f6c-d218f62d494c",
        "name": "Xero",
        "redirectUri": "https://xero.codat.io/oauth2/callback",
        "portalUrl": "https://app.codat.io/settings/integrations/accounting",
        "accountId": world.account.id,
        "accountName": "Acme Dev",
        "adopted": False,
        "appliedEnabled": True,
        "secretDriftVisible": True,
        "lastWrittenAt": "2026-02-28T18:48:00+00:00",
    }
    assert (record["clientId"], record["showsChange"]) == (CLIENT_ID, True)
    assert SECRET not in str(record)


def test_both_resources_are_created_in_one_process(world: World, stack: Stack) -> None:
    stack.settings["account"] = world.account_id
    phase = stack.up(both())
    assert phase.steps == {"xero": "create", "feeds": "create"}
    assert phase.writes == [PUT_KEYS, PUT_ENABLED, PATCH_SETTINGS]
    assert world.live() == settings(bank_feeds=True)
    assert stack.resources["feeds"].outputs == {
        "enabled": True,
        "app": {"tier": "core", "certifiedPartner": True, "bankFeedsGranted": True},
        "platformKey": "gbol",
        "integrationId": "0f20c943-12d0-4800-9f6c-d218f62d494c",
        "accountId": world.account.id,
        "accountName": "Acme Dev",
        "adopted": False,
        "appliedEnabled": True,
        "lastWrittenAt": "2026-02-28T18:48:00+00:00",
    }
    assert stack.resources["xero"].outputs["connectionLimit"] == 50


@pytest.mark.parametrize("refresh", [True, False])
def test_no_change_is_four_reads_and_no_write_for_both_resources(world: World, stack: Stack, *, refresh: bool) -> None:
    stack.up(both())
    before = stack.resources["xero"].outputs | stack.resources["feeds"].outputs
    for run in (stack.preview, stack.up):
        phase = run(both(), refresh=refresh)
        assert phase.steps == {"xero": "same", "feeds": "same"}
        assert phase.requests == [*WHOLE_VIEW]
        assert phase.warnings == []
    assert stack.resources["xero"].outputs | stack.resources["feeds"].outputs == before


def test_the_integration_alone_is_three_reads(stack: Stack) -> None:
    stack.up(program())
    assert stack.up(program()).requests == [*LIVE_VIEW]
    assert stack.refresh().requests == [*LIVE_VIEW]


def test_the_toggle_alone_does_not_read_keys(world: World, stack: Stack) -> None:
    toggle = {"feeds": ("XeroBankFeeds", feeds())}
    world.portal(clientId=CLIENT_ID, clientSecret=SECRET)
    stack.up(toggle)
    assert stack.up(toggle).requests == [INTEGRATION, ACCOUNT, SETTINGS]


@pytest.mark.parametrize(
    ("change", "requests"),
    [
        ({"app": {"name": "Acme"}}, [*LIVE_VIEW]),
        ({"app": {"tier": "core"}}, [COMPANIES, *LIVE_VIEW]),  # because the limit is another than before
        ({"app": {"tier": "enterprise"}}, [*LIVE_VIEW]),
        ({"enabled": None}, [*LIVE_VIEW]),
    ],
)
def test_a_change_of_our_own_records_only_writes_nothing(
    stack: Stack, change: dict[str, object], requests: list[str]
) -> None:
    stack.up(program())
    written = stack.resources["xero"].outputs["lastWrittenAt"]
    stack.world.clock.sleep(3600)
    phase = stack.up(program(**change))
    assert phase.steps == {"xero": "update"}
    assert phase.requests == requests
    outputs = stack.resources["xero"].outputs
    assert outputs["lastWrittenAt"] == written
    assert stack.up(program(**change)).steps == {"xero": "same"}


def test_a_setting_that_is_left_out_is_never_written_and_never_drifts(world: World, stack: Stack) -> None:
    stack.up(program(enabled=None))
    assert world.live() == settings(enabled=False)
    world.portal(enabled=True)
    phase = stack.up(program(enabled=None))
    assert (phase.steps, phase.writes, phase.warnings) == ({"xero": "same"}, [], [])
    assert "enabled" not in stack.resources["xero"].outputs


def test_an_integration_declared_off_is_created_off(world: World, stack: Stack) -> None:
    assert stack.up(program(enabled=False)).writes == [PUT_KEYS]
    assert world.live() == settings(enabled=False)


def test_off_comes_before_anything_else(world: World, stack: Stack) -> None:
    world.portal(enabled=True)
    assert stack.up(program(enabled=False)).writes == [PUT_ENABLED, PUT_KEYS]
    assert world.live() == settings(enabled=False)


def test_without_keys_and_without_a_secret_there_is_nothing_to_write(world: World, stack: Stack) -> None:
    for run in (stack.preview, stack.up):
        with pytest.raises(CheckFailed, match=r"^XeroIntegration \(gbol\): Codat has no keys and clientSecret is not"):
            run(program(clientSecret=None))
        assert stack.last.writes == []
    assert stack.resources == {}


def test_switching_both_toggles_is_one_write_each(world: World, stack: Stack) -> None:
    stack.up(both())
    phase = stack.up(both({"enabled": False}, {"enabled": False}))
    assert phase.steps == {"xero": "update", "feeds": "update"}
    assert phase.writes == [PUT_ENABLED, PATCH_SETTINGS]
    assert world.live() == settings(enabled=False)
    phase = stack.up(both())
    assert phase.writes == [PUT_ENABLED, PATCH_SETTINGS]
    assert world.live() == settings(bank_feeds=True)


def test_the_secret_goes_to_codat_and_into_its_own_output_and_nowhere_else(stack: Stack) -> None:
    phase = stack.up({"xero": ("XeroIntegration", xero())})
    outputs = dict(stack.resources["xero"].outputs)
    assert outputs.pop("clientSecret") == SECRET
    assert SECRET not in str(outputs)
    assert SECRET not in str(phase)
