"""The configuration changed: one process refreshes, and another one, which knows nothing of it, does what follows."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

import pytest

from pulumi_codat.api import CodatError

from .engine import CheckFailed, Recorded, RunFailed
from .programs import CLIENT_ID, NEW_SECRET, OTHER_ID, PARTNER, SECRET, both, feeds, program, settings, xero
from .world import KEYS, PUT_ENABLED, PUT_KEYS

if TYPE_CHECKING:
    from .engine import Program, Stack
    from .world import World


UNPROVEN: Final = "the declared client secret was not written, because nothing proves"


@pytest.fixture(name="stack", params=["same", "changed"])
def _stack(world: World, stack: Stack, request: pytest.FixtureRequest) -> Stack:
    stack.settings |= {"account": world.account_id, "xero_identity_url": f"{world.emulator.url}/xero"}
    world.xero_knows(CLIENT_ID, SECRET)
    world.xero_knows(CLIENT_ID, NEW_SECRET)
    if request.param == "changed":
        stack.refreshed_with = dict(stack.settings)
    return stack


def renamed(**changes: object) -> Program:
    return {"renamed": ("XeroIntegration", xero(**changes))}


@pytest.mark.parametrize("mask", ["last-four", "stars", "unstable"])
@pytest.mark.parametrize("refresh", [True, False])
@pytest.mark.parametrize("way", ["replace", "rename"])
def test_a_new_secret_is_there_after_a_replacement_or_a_rename(
    world: World, stack: Stack, *, mask: str, refresh: bool, way: str
) -> None:
    world.behave(mask=mask)
    stack.up(program())
    new = program(clientSecret=NEW_SECRET) if way == "replace" else renamed(clientSecret=NEW_SECRET)
    up = stack.up(new, refresh=refresh, replace="xero" if way == "replace" else None)
    assert up.writes == ["POST /xero/connect/token", PUT_KEYS]
    assert world.live() == settings(secret=NEW_SECRET)
    (recorded,) = stack.resources.values()
    assert recorded.outputs["adopted"] is False
    assert stack.preview(new).steps == dict.fromkeys(new, "same")


@pytest.mark.parametrize("way", ["replace", "rename"])
def test_where_xero_cannot_be_asked_and_the_mask_contradicts_it_stops(world: World, stack: Stack, way: str) -> None:
    stack.up(program())
    stack.settings["xero_identity_url"] = "http://127.0.0.1:9"
    new = program(clientSecret=NEW_SECRET) if way == "replace" else renamed(clientSecret=NEW_SECRET)
    with pytest.raises(CodatError, match=r'contradicts the declared .*adopt="overwrite"'):
        stack.up(new, replace="xero" if way == "replace" else None)
    assert PUT_KEYS not in stack.last.writes
    assert world.live() == settings()


@pytest.mark.parametrize("way", ["replace", "rename"])
def test_a_secret_that_nothing_proves_is_never_the_end_of_a_run_that_removes_another(
    world: World, stack: Stack, way: str
) -> None:
    world.behave(mask="stars")
    stack.up(program())
    stack.settings["verify_xero_keys"] = "off"
    stack.settings["xero_identity_url"] = None
    changes: dict[str, object] = {"clientSecret": NEW_SECRET}
    new = program(**changes) if way == "replace" else renamed(**changes)
    with pytest.raises(CodatError, match=r"may still hold another one.*adopt=\"overwrite\""):
        stack.up(new, replace="xero" if way == "replace" else None)
    assert stack.last.writes == []
    assert world.live() == settings()
    if way == "rename":
        with pytest.raises(CodatError, match="may still hold another one"):
            stack.up(new)
        overwriting = renamed(**changes, adopt="overwrite")
        assert stack.up(overwriting).writes == [PUT_KEYS]
        assert world.live() == settings(secret=NEW_SECRET)
        assert stack.preview(overwriting).steps == {"renamed": "same"}


@pytest.mark.parametrize("way", ["replace", "rename"])
def test_the_same_secret_needs_no_proof(world: World, stack: Stack, way: str) -> None:
    stack.up(program())
    stack.settings["xero_identity_url"] = None
    new = program() if way == "replace" else renamed()
    assert stack.up(new, replace="xero" if way == "replace" else None).writes == []
    assert world.live() == settings()


def test_held_drift_of_bank_feeds_stops_the_toggle_and_says_what_was_not_written(world: World, stack: Stack) -> None:
    stack.settings["on_drift"] = "fail"
    if stack.refreshed_with is not None:
        stack.refreshed_with = dict(stack.settings)
    stack.up(both())
    world.portal(bankFeeds=False)
    with pytest.raises(CodatError, match=r"^XeroBankFeeds .*nothing was written for this resource"):
        stack.up(both({"clientSecret": NEW_SECRET}))
    assert world.live() == settings(secret=NEW_SECRET, bank_feeds=False)


def test_a_replacement_under_the_hold_stops_before_it_undoes_what_is_there(world: World, stack: Stack) -> None:
    stack.settings["on_drift"] = "fail"
    stack.up(program())
    world.portal(enabled=False)
    with pytest.raises(CodatError, match="a replacement cannot tell"):
        stack.up(program(), replace="xero")
    assert PUT_ENABLED not in stack.last.writes
    stack.settings["accept_drift"] = True
    assert PUT_ENABLED in stack.up(program(), replace="xero").writes


def test_a_removal_of_the_toggle_beside_a_rename_goes_by_its_policy(world: World, stack: Stack) -> None:
    stack.up({"xero": ("XeroIntegration", xero(app=PARTNER)), "feeds": ("XeroBankFeeds", feeds())})
    stack.up({"renamed": ("XeroIntegration", xero(app=PARTNER))})
    assert world.live() == settings(bank_feeds=True)


def test_an_app_change_is_refused_where_a_company_was_linked_after_the_diff(world: World, stack: Stack) -> None:
    stack.up(program())
    recorded = stack.resources["xero"]
    new = xero(clientId=OTHER_ID, clientSecret=NEW_SECRET)
    world.xero_knows(OTHER_ID, NEW_SECRET)
    with world.process(**stack.settings) as process:
        life = process.life("XeroIntegration")
        assert life.check(recorded.inputs, new, frozenset()) == ()
        life.diff(recorded.outputs, new, frozenset())
        world.company()
        with pytest.raises(CodatError, match="1 company is linked: they belong to the other Xero app"):
            life.update(recorded.outputs, new)
    assert world.live() == settings()
    with world.process(**stack.settings) as process:
        process.life("XeroIntegration").update(recorded.outputs, new | {"acceptDisruption": True})
        assert any("1 company is linked" in warning for warning in process.warnings)
    assert world.live() == settings(client_id=OTHER_ID, secret=NEW_SECRET)


def test_switching_off_warns_of_a_company_that_was_linked_after_the_diff(world: World, stack: Stack) -> None:
    stack.up(program())
    recorded = stack.resources["xero"]
    with world.process(**stack.settings) as process:
        life = process.life("XeroIntegration")
        life.check(recorded.inputs, xero(enabled=False), frozenset())
        life.diff(recorded.outputs, xero(enabled=False), frozenset())
        world.company()
        life.update(recorded.outputs, xero(enabled=False))
        assert process.warnings == [
            (
                "XeroIntegration (gbol, Acme Dev): switch the integration off while 1 company is linked: customers can"
                " no longer use it"
            )
        ]


TWO = "two resources of this program declare"


@pytest.mark.parametrize("kind", ["XeroIntegration", "XeroBankFeeds"])
@pytest.mark.parametrize(
    ("first_is_there", "second_is_there"), [(False, False), (True, False), (False, True), (True, True)]
)
def test_two_declarations_that_a_constructor_could_not_see_are_refused(
    world: World, stack: Stack, kind: str, *, first_is_there: bool, second_is_there: bool
) -> None:
    one, two = (
        (xero(), xero(clientId=OTHER_ID, clientSecret=NEW_SECRET))
        if kind == "XeroIntegration"
        else (feeds(clientId=CLIENT_ID), feeds(clientId=OTHER_ID))
    )
    with world.process(**stack.settings) as process:
        life = process.life(kind)
        assert [line for line in life.check(one if first_is_there else {}, one, frozenset()) if TWO in line] == []
        (refusal,) = (line for line in life.check(two if second_is_there else {}, two, frozenset()) if TWO in line)
    assert str(world.account_id) in refusal


def test_a_replacement_is_not_taken_for_two(world: World, stack: Stack) -> None:
    stack.up(program())
    with world.process(**stack.settings) as process:
        life = process.life("XeroIntegration")
        new = xero(enabled=False)
        assert life.check(xero(), new, frozenset()) == ()
        assert life.check({}, new, frozenset()) == ()


@pytest.mark.parametrize(
    "second",
    [xero(enabled=False), xero(clientSecret=NEW_SECRET), feeds(clientId=CLIENT_ID, enabled=False)],
    ids=["enabled", "secret", "bank feeds"],
)
def test_a_second_declaration_under_the_same_client_id_is_refused_beside_one_that_is_there(
    world: World, stack: Stack, second: dict[str, Any]
) -> None:
    first = both(toggle={"clientId": CLIENT_ID})
    stack.up(first)
    before = world.live()
    kind = "XeroIntegration" if "clientSecret" in second else "XeroBankFeeds"
    for run in (stack.preview, stack.up):
        with pytest.raises(CheckFailed, match=TWO):
            run({**first, "second": (kind, second)})
        assert stack.last.writes == []
    assert world.live() == before


def test_a_declaration_that_comes_before_the_one_that_is_there_is_another(world: World, stack: Stack) -> None:
    with world.process(**stack.settings) as process:
        life = process.life("XeroIntegration")
        assert [line for line in life.check({}, xero(), frozenset()) if TWO in line] == []
        assert [line for line in life.check(xero(), xero(), frozenset()) if TWO in line]


def _nobody_tells(stack: Stack) -> None:
    stack.settings |= {"verify_xero_keys": "off", "xero_identity_url": None}


def test_a_variable_that_is_not_set_proves_nothing(world: World, stack: Stack) -> None:
    world.behave(mask="stars")
    secret = {"clientSecret": None, "clientSecretFrom": "env:XERO_SECRET"}
    stack.environ["XERO_SECRET"] = SECRET
    stack.up(program(**secret))
    _nobody_tells(stack)
    for value in (NEW_SECRET, None, NEW_SECRET):
        stack.environ.pop("XERO_SECRET", None)
        if value is not None:
            stack.environ["XERO_SECRET"] = value
        with pytest.raises(CodatError, match=UNPROVEN):
            stack.up(renamed(**secret))
        assert stack.last.writes == []
    stack.up(renamed(**secret, adopt="overwrite"))
    assert world.live() == settings(secret=NEW_SECRET)
    assert stack.resources.keys() == {"renamed"}


def test_a_delete_before_the_replacement_proves_nothing_either(world: World, stack: Stack) -> None:
    world.behave(mask="stars")
    stack.up(program())
    _nobody_tells(stack)
    old, new = stack.resources["xero"], xero(clientSecret=NEW_SECRET)
    with world.process(**stack.settings) as process:
        life = process.life("XeroIntegration")
        assert [*life.check(old.inputs, new, frozenset()), *life.check({}, new, frozenset())] == []
        with pytest.raises(CodatError, match=UNPROVEN):
            life.delete(old.outputs)


@pytest.mark.parametrize("refresh", [True, False])
def test_a_rotation_that_only_the_old_record_shows_is_not_forgotten(
    world: World, stack: Stack, *, refresh: bool
) -> None:
    world.behave(mask="versioned")
    stack.up(program())
    world.portal(clientSecret=NEW_SECRET)
    _nobody_tells(stack)
    for _ in range(2):
        with pytest.raises(CodatError, match=UNPROVEN):
            stack.up(renamed(), refresh=refresh)
        assert stack.last.writes == []


def test_a_held_secret_is_not_written_by_a_replacement_that_cannot_tell(world: World, stack: Stack) -> None:
    world.behave(mask="versioned")
    stack.settings["on_drift"] = "fail"
    stack.up(program())
    world.portal(clientSecret=NEW_SECRET)
    for replaced in (None, "xero"):
        with pytest.raises(CodatError, match="codat:onDrift is fail"):
            stack.up(program(), replace=replaced)
        assert stack.last.writes == []  # nor was Xero asked
    assert world.live() == settings(secret=NEW_SECRET)


def test_bank_feeds_under_keys_that_are_hidden_are_left_to_a_person(world: World, stack: Stack) -> None:
    stack.up(both(toggle={"clientId": CLIENT_ID, "onDestroy": "disable"}))
    world.portal(clientId=OTHER_ID, clientSecret=NEW_SECRET)
    world.fault(KEYS, "403", 99)
    with pytest.raises(CodatError, match="manual steps not completed yet: switch bank feeds off"):
        stack.up(program(app=PARTNER))
    assert stack.last.writes == []
    assert world.live()["bankFeeds"] is True


def test_keys_that_came_after_a_create_which_stopped_are_somebodys(world: World, stack: Stack) -> None:
    stack.settings["writes"] = "api"
    world.portal(enabled=True)
    world.fault(PUT_KEYS, "403", 9)
    with pytest.raises(RunFailed, match="partially applied"):
        stack.up(program(enabled=False))
    world.heal()
    world.portal(clientId=OTHER_ID, clientSecret=NEW_SECRET)
    for run in (stack.preview, stack.up):
        with pytest.raises(CodatError, match="they are not overwritten"):
            run(program(enabled=False))
        assert stack.last.writes == []
    stack.up(program(enabled=False, adopt="overwrite"))
    assert world.live() == settings(enabled=False)


@pytest.mark.parametrize("refresh", [True, False])
def test_an_imported_toggle_is_held_as_it_was_imported(world: World, stack: Stack, *, refresh: bool) -> None:
    world.portal(clientId=CLIENT_ID, clientSecret=SECRET, enabled=True, bankFeeds=True)
    stack.settings["on_drift"] = "fail"
    outputs = feeds(clientId=CLIENT_ID) | {"adopted": True, "accountId": str(world.account_id)}
    stack.resources["feeds"] = Recorded("XeroBankFeeds", feeds(clientId=CLIENT_ID), outputs)
    world.portal(bankFeeds=False)
    with pytest.raises(CodatError, match="codat:onDrift is fail"):
        stack.up({"feeds": ("XeroBankFeeds", feeds(clientId=CLIENT_ID))}, refresh=refresh)
    assert stack.last.writes == []
