"""codat:onDrift=fail: what was changed outside is not undone before somebody decided."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from pulumi_codat.api import CodatError

from .programs import CLIENT_ID, NEW_SECRET, OTHER_ID, SECRET, both, program, settings
from .world import PATCH_SETTINGS, PUT_ENABLED, PUT_KEYS, WHOLE_VIEW

if TYPE_CHECKING:
    from .engine import Stack
    from .world import World

LABEL = "XeroIntegration (gbol, Acme Dev)"
THEN = "; codat:onDrift is fail, so an `up` that would undo it stops, unless CODAT_ACCEPT_DRIFT is 1"
STOPPED = f"{LABEL}: codat:onDrift is fail, and this was changed outside of Pulumi: "
WAYS = (
    "; nothing was written for this resource: declare what is there, or let this run undo it with CODAT_ACCEPT_DRIFT=1"
)
OFF = "enabled is false in Codat, declared true"

DRIFTS = [
    ({"enabled": False}, OFF, [PUT_ENABLED]),
    ({"clientId": OTHER_ID}, f'clientId is "{OTHER_ID}" in Codat, declared "{CLIENT_ID}"', [PUT_KEYS]),
    ({"clientSecret": NEW_SECRET}, "clientSecret is [another secret] in Codat, declared [secret]", [PUT_KEYS]),
    ({"clientId": None, "clientSecret": None}, f'clientId is "" in Codat, declared "{CLIENT_ID}"', [PUT_KEYS]),
]


@pytest.fixture(autouse=True)
def _held(stack: Stack) -> None:
    stack.settings["on_drift"] = "fail"


@pytest.mark.parametrize(("edit", "told", "repair"), DRIFTS, ids=["toggle", "client ID", "secret", "keys deleted"])
@pytest.mark.parametrize("refresh", [True, False])
def test_an_up_that_would_undo_it_stops_every_time_until_it_is_accepted(
    world: World, stack: Stack, *, edit: dict[str, object], told: str, repair: list[str], refresh: bool
) -> None:
    stack.up(program())
    world.portal(**edit)
    drifted = world.live()

    preview = stack.preview(program(), refresh=refresh)
    assert preview.steps == {"xero": "update"}
    assert preview.warnings == [f"{LABEL}: changed outside of Pulumi: {told}{THEN}"]

    for _ in range(2):  # because the refresh of the first is in the state, and must not be taken for a decision
        with pytest.raises(CodatError) as caught:
            stack.up(program(), refresh=refresh)
        assert str(caught.value) == f"{STOPPED}{told}{WAYS}"
        assert stack.last.writes == []
    assert world.live() == drifted

    stack.settings["accept_drift"] = True
    assert stack.up(program(), refresh=refresh).writes == repair
    stack.settings["accept_drift"] = False
    after = stack.up(program(), refresh=refresh)
    assert (after.steps, after.writes, after.warnings) == ({"xero": "same"}, [], [])
    assert world.live() == settings()


def test_a_refresh_is_not_a_decision(world: World, stack: Stack) -> None:
    stack.up(program())
    world.portal(enabled=False)
    stack.refresh()
    with pytest.raises(CodatError, match=OFF):
        stack.up(program())
    assert stack.last.writes == []


def test_what_the_program_declares_by_now_is_taken_over_and_recorded(world: World, stack: Stack) -> None:
    stack.up(program())
    world.portal(enabled=False)
    phase = stack.up(program(enabled=False))
    assert (phase.steps, phase.writes) == ({"xero": "update"}, [])  # an update of the record alone
    assert stack.up(program(enabled=False)).steps == {"xero": "same"}
    assert stack.up(program(enabled=True)).writes == [PUT_ENABLED]  # the program's own change


def test_a_client_id_that_the_program_declares_by_now_is_its_own_decision(world: World, stack: Stack) -> None:
    stack.up(program())
    world.portal(clientId=OTHER_ID, clientSecret=NEW_SECRET)
    stack.up(program(clientId=OTHER_ID, clientSecret=NEW_SECRET))
    assert stack.up(program(clientId=OTHER_ID, clientSecret=NEW_SECRET)).steps == {"xero": "same"}


def test_a_change_of_the_program_over_a_change_made_outside_stops_too(world: World, stack: Stack) -> None:
    stack.up(program())
    world.portal(clientSecret=NEW_SECRET)
    with pytest.raises(CodatError, match=r"clientSecret is \[another secret\] in Codat"):
        stack.up(program(clientSecret=SECRET + "-the-third"))
    assert stack.last.writes == []


def test_a_change_of_the_program_to_something_else_goes_through(world: World, stack: Stack) -> None:
    stack.up(program())
    world.portal(enabled=False)
    phase = stack.up(program(clientSecret=NEW_SECRET, enabled=None))
    assert phase.writes == [PUT_KEYS]
    assert world.live() == settings(secret=NEW_SECRET, enabled=False)


def test_the_toggle_of_bank_feeds_is_held(world: World, stack: Stack) -> None:
    stack.up(both())
    world.portal(bankFeeds=False)
    for _ in range(2):
        with pytest.raises(CodatError, match=r"^XeroBankFeeds \(gbol, Acme Dev\): codat:onDrift is fail"):
            stack.up(both())
        assert stack.last.writes == []
    assert stack.up(both(toggle={"enabled": False})).writes == []
    assert stack.up(both(toggle={"enabled": True})).writes == [PATCH_SETTINGS]


@pytest.mark.parametrize("refresh", [True, False])
def test_without_drift_it_costs_nothing(world: World, stack: Stack, *, refresh: bool) -> None:
    stack.up(both())
    phase = stack.up(both(), refresh=refresh)
    assert (phase.requests, phase.warnings) == ([*WHOLE_VIEW], [])
    assert stack.up(both({"clientSecret": NEW_SECRET}), refresh=refresh).writes == [PUT_KEYS]
    off = both({"clientSecret": NEW_SECRET, "enabled": False}, {"enabled": False})
    assert stack.up(off, refresh=refresh).writes == [PUT_ENABLED, PATCH_SETTINGS]


def test_a_run_that_stopped_half_way_is_completed_and_not_held(world: World, stack: Stack) -> None:
    world.fault(PUT_ENABLED, "400", times=99)
    with pytest.raises(Exception, match="partially applied"):
        stack.up(program())
    world.heal()
    assert stack.up(program()).writes == [PUT_ENABLED]


def test_a_destroy_is_a_decision(world: World, stack: Stack) -> None:
    stack.up(program(onDestroy="disable"))
    world.portal(clientSecret=NEW_SECRET)
    assert stack.destroy().writes == [PUT_ENABLED]
    assert stack.resources == {}


def test_the_time_of_the_last_write_is_changed_by_writes_alone(world: World, stack: Stack) -> None:
    stack.settings["on_drift"] = "repair"
    stack.up(both())

    def times() -> list[str]:
        return [recorded.outputs["lastWrittenAt"] for recorded in stack.resources.values()]

    first = times()
    world.clock.sleep(60)
    stack.refresh()
    stack.up(both({"onDestroy": "retain", "acceptDisruption": True}, {"onDestroy": "retain"}))
    world.portal(enabled=False)
    stack.refresh()
    stack.up(both({"enabled": False}))
    assert times() == first
    stack.up(both({"enabled": True}))
    assert times()[0] > first[0]
    assert times()[1] == first[1]
