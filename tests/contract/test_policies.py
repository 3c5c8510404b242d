"""A change of what only says how to go about it: an update that asks Codat nothing."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from pulumi_codat.api import CodatError
from pulumi_codat.reconcile import LIFECYCLES, Difference

from .engine import RunFailed
from .programs import CLIENT_ID, NEW_SECRET, both, feeds, program, settings, xero
from .world import ACCOUNT, INTEGRATION, LIVE_VIEW, PATCH_SETTINGS, PUT_ENABLED, SETTINGS, WHOLE_VIEW

if TYPE_CHECKING:
    from .engine import Inputs, Stack
    from .world import World

POLICIES = [
    ({"onDestroy": "retain"}, {"onDestroy": "retain"}),
    ({"adopt": "never"}, {"adopt": "never"}),
    ({"acceptDisruption": True}, {"acceptDisruption": True}),
    (
        {"onDestroy": "delete_keys", "adopt": "overwrite", "acceptDisruption": True},
        {"onDestroy": "delete_keys", "adopt": "overwrite", "acceptDisruption": True},
    ),
]


@pytest.mark.parametrize(("change", "kept"), POLICIES)
@pytest.mark.parametrize("refresh", [True, False])
def test_a_policy_is_an_update_that_reads_no_more_than_a_run_without_a_change(
    world: World, stack: Stack, change: Inputs, kept: Inputs, *, refresh: bool
) -> None:
    stack.up(both())
    before = stack.resources["xero"].outputs
    world.clock.sleep(3600)
    for run in (stack.preview, stack.up):
        phase = run(both(change), refresh=refresh)
        assert phase.steps == {"xero": "update", "feeds": "same"}
        assert (phase.requests, phase.warnings) == ([*WHOLE_VIEW], [])
    assert stack.resources["xero"].outputs == before | kept
    assert stack.up(both(change)).steps == {"xero": "same", "feeds": "same"}
    phase = stack.up(both())
    assert (phase.steps, phase.requests) == ({"xero": "update", "feeds": "same"}, [*WHOLE_VIEW])
    assert stack.resources["xero"].outputs == before


@pytest.mark.parametrize(("change", "kept"), POLICIES)
def test_the_update_itself_asks_nothing(world: World, stack: Stack, change: Inputs, kept: Inputs) -> None:
    stack.up(program())
    recorded = stack.resources["xero"]
    with world.process() as process:
        life = LIFECYCLES["XeroIntegration"](process.context)
        assert life.check(recorded.inputs, xero(**change), frozenset()) == ()
        assert life.diff(recorded.outputs, xero(**change), frozenset()) is Difference.INPUTS
        world.requests()
        assert life.update(recorded.outputs, xero(**change)) == recorded.outputs | kept
        assert world.requests() == []


def test_the_toggles_policy_asks_nothing_either_even_after_a_write_of_the_integration(
    world: World, stack: Stack
) -> None:
    stack.up(both())
    phase = stack.up(both({"enabled": False}, {"onDestroy": "retain"}))
    assert phase.steps == {"xero": "update", "feeds": "update"}
    # because the toggle is looked at after the write, and its update asks for nothing more
    assert phase.requests[-4:] == [PUT_ENABLED, INTEGRATION, ACCOUNT, SETTINGS]
    assert stack.resources["feeds"].outputs["onDestroy"] == "retain"
    assert stack.destroy().writes == []
    assert world.live() == settings(enabled=False, bank_feeds=True)


@pytest.mark.parametrize("refresh", [True, False])
def test_drift_is_repaired_together_with_a_policy(world: World, stack: Stack, *, refresh: bool) -> None:
    stack.up(both())
    world.portal(enabled=False, bankFeeds=False)
    phase = stack.up(both({"onDestroy": "retain"}, {"onDestroy": "retain"}), refresh=refresh)
    assert phase.writes == [PUT_ENABLED, PATCH_SETTINGS]
    assert world.live() == settings(bank_feeds=True)


def test_an_unfinished_run_is_completed_together_with_a_policy(world: World, stack: Stack) -> None:
    world.fault(PUT_ENABLED, "400")
    with pytest.raises(RunFailed, match="partially applied"):
        stack.up(program())
    assert stack.up(program(onDestroy="retain")).writes == [PUT_ENABLED]
    assert "unfinished" not in stack.resources["xero"].outputs


def test_without_a_look_in_the_same_process_an_update_looks_for_itself(world: World, stack: Stack) -> None:
    stack.up(program())
    recorded = stack.resources["xero"]
    with world.process() as process:
        world.requests()
        LIFECYCLES["XeroIntegration"](process.context).update(recorded.outputs, xero(onDestroy="retain"))
    assert world.requests() == [*LIVE_VIEW]


def test_a_policy_does_not_carry_the_mark_of_a_changed_secret_on(world: World, stack: Stack) -> None:
    stack.up(program())
    world.portal(clientSecret=NEW_SECRET)
    stack.refresh()
    outputs = stack.resources["xero"].outputs
    marked = {"clientId": CLIENT_ID, "clientSecret": outputs["clientSecret"], "enabled": True, "onDestroy": "retain"}
    with world.process() as process:
        life = LIFECYCLES["XeroIntegration"](process.context)
        life.check(outputs, marked, frozenset())
        life.diff(outputs, marked, frozenset())
        with pytest.raises(CodatError, match="clientSecret is the mark that the live secret was changed outside"):
            life.update(outputs, marked)


def test_a_policy_of_the_toggle_alone_is_one_update(world: World, stack: Stack) -> None:
    world.portal(clientId=CLIENT_ID, clientSecret=NEW_SECRET, enabled=True)
    toggle = {"feeds": ("XeroBankFeeds", feeds())}
    stack.up(toggle)
    phase = stack.up({"feeds": ("XeroBankFeeds", feeds(onDestroy="retain"))})
    assert (phase.steps, phase.writes) == ({"feeds": "update"}, [])
