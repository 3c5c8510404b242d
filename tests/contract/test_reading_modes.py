"""codat:readLive: previews without Codat, always with their warning; writes never without it."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from pulumi_codat.api import CodatError

from .engine import CheckFailed, Recorded
from .programs import CLIENT_ID, NEW_SECRET, OTHER_ID, SECRET, both, program, settings, xero
from .world import ACCOUNT, COMPANIES, INTEGRATION, NO_API_KEY, PUT_ENABLED, PUT_KEYS, RECHECKED, WHOLE_VIEW

if TYPE_CHECKING:
    from .engine import Stack
    from .world import World

LABEL = "XeroIntegration (gbol, Acme Dev)"
FEEDS = "XeroBankFeeds (gbol, Acme Dev)"
NOT_COMPARED = "live comparison skipped; showing recorded state: "
OFF = f"{NOT_COMPARED}codat:readLive is off"


@pytest.mark.parametrize("refresh", [True, False])
def test_off_asks_nothing_and_says_so(world: World, stack: Stack, *, refresh: bool) -> None:
    stack.up(both())
    world.portal(enabled=False)
    before = stack.resources["xero"].outputs
    stack.settings |= {"read_live": "off", "api_key": None}
    phase = stack.preview(both(), refresh=refresh)
    assert phase.steps == {"xero": "same", "feeds": "same"}
    assert phase.requests == []
    assert sorted(phase.warnings) == [f"{FEEDS}: {OFF}", f"{LABEL}: {OFF}"]
    phase = stack.preview(both({"clientSecret": NEW_SECRET}), refresh=refresh)
    assert (phase.steps, phase.requests) == ({"xero": "update", "feeds": "same"}, [])
    stack.refresh()
    assert stack.last.requests == []
    assert stack.resources["xero"].outputs == before


def test_off_previews_a_create_and_still_checks_the_inputs(stack: Stack) -> None:
    stack.settings |= {"read_live": "off", "api_key": None}
    phase = stack.preview(both())
    assert (phase.steps, phase.requests) == ({"xero": "create", "feeds": "create"}, [])
    assert phase.warnings == [f"XeroIntegration (gbol): {OFF}", f"XeroBankFeeds (gbol): {OFF}"]
    with pytest.raises(CheckFailed, match="must not contain spaces"):
        stack.preview(program(clientSecret="a secret"))


def test_required_needs_the_key(stack: Stack) -> None:
    stack.settings["api_key"] = None
    with pytest.raises(CheckFailed, match=NO_API_KEY):
        stack.preview(program())


@pytest.mark.parametrize("mode", ["best-effort", "off"])
def test_a_write_without_a_key_is_refused_and_nothing_is_lost(world: World, stack: Stack, mode: str) -> None:
    off = {"onDestroy": "disable"}
    stack.up(both(off, off))
    stack.settings |= {"read_live": mode, "api_key": None}
    state = dict(stack.resources)
    with pytest.raises(CodatError, match=rf"^XeroIntegration \(gbol, Acme Dev\): {NO_API_KEY}$"):
        stack.up(both(off | {"enabled": False}, off))
    with pytest.raises(CodatError, match=NO_API_KEY):
        stack.destroy()
    assert stack.resources.keys() == state.keys()
    assert world.live() == settings(bank_feeds=True)
    stack.settings["api_key"] = world.account.api_key
    stack.destroy()
    assert stack.resources == {}
    assert world.live() == settings(enabled=False)


@pytest.mark.parametrize("mode", ["best-effort", "off"])
def test_a_create_without_a_key_is_refused(stack: Stack, mode: str) -> None:
    stack.settings |= {"read_live": mode, "api_key": None}
    with pytest.raises(CodatError, match=NO_API_KEY):
        stack.up(program())
    assert stack.resources == {}


def test_off_with_a_difference_reads_before_it_writes(world: World, stack: Stack) -> None:
    stack.settings |= {"read_live": "off", "account": world.account_id}
    stack.up(program())
    assert world.live() == settings()
    phase = stack.up(program(enabled=False))
    # because off is disruptive, the write counts the companies, which `diff` would have done
    assert phase.requests == [COMPANIES, COMPANIES, *RECHECKED, PUT_ENABLED, INTEGRATION]
    assert world.live() == settings(enabled=False)


@pytest.mark.parametrize("mode", ["best-effort", "off"])
def test_what_a_preview_did_not_look_at_is_refused_by_the_write(world: World, stack: Stack, mode: str) -> None:
    stack.up(program())
    world.company()
    stack.settings["read_live"] = mode
    changed = program(clientId=OTHER_ID, clientSecret=NEW_SECRET)
    with pytest.raises(CodatError, match="while 1 company is linked"):
        stack.up(changed)
    assert stack.last.writes == []
    assert COMPANIES in stack.last.requests


def test_a_first_apply_in_off_still_never_overwrites_somebody_elses_keys(world: World, stack: Stack) -> None:
    world.portal(clientId=OTHER_ID, clientSecret=SECRET, enabled=True)
    stack.settings["read_live"] = "off"
    with pytest.raises(CodatError, match=f'Codat already has keys with the client ID "{OTHER_ID}"'):
        stack.up(program())
    assert stack.last.writes == []


def test_the_wrong_account_is_refused_by_the_write(world: World, stack: Stack) -> None:
    stack.up(program())
    stack.settings |= {"read_live": "off", "api_key": world.emulator.accounts[1].api_key}
    with pytest.raises(CodatError, match="the API key belongs to Codat account Acme Prod"):
        stack.up(program(enabled=False))
    assert stack.last.requests[0:1] != []
    assert stack.last.writes == []


def test_best_effort_compares_where_it_can(world: World, stack: Stack) -> None:
    stack.up(both())
    world.portal(enabled=False)
    stack.settings["read_live"] = "best-effort"
    phase = stack.preview(both())
    assert phase.steps == {"xero": "update", "feeds": "same"}
    assert phase.requests == [COMPANIES, *WHOLE_VIEW]  # opened again to customers: compared with the tier's limit
    assert not any("not compared" in warning for warning in phase.warnings)


@pytest.mark.parametrize("refresh", [True, False])
@pytest.mark.parametrize(
    ("kind", "reason"),
    [
        ("reset-before", "broke the connection before it answered"),
        ("503", "Codat answered 503"),
        ("429", "the account's request quota is exhausted; it resets at 2026-03-01 00:00 UTC, in 5 h 12 min"),
    ],
)
def test_best_effort_goes_on_without_codat(
    world: World, stack: Stack, kind: str, reason: str, *, refresh: bool
) -> None:
    off = {"onDestroy": "disable"}
    stack.up(both(off, off))
    stack.settings["read_live"] = "best-effort"
    more = {"retryAfter": 18720} if kind == "429" else {}
    world.fault(ACCOUNT, kind, times=999, **more)
    before = dict(stack.resources)
    phase = stack.preview(both(off, off), refresh=refresh)
    assert phase.steps == {"xero": "same", "feeds": "same"}
    assert phase.requests.count(ACCOUNT) == (1 if kind == "429" else 6)  # one try with its retries, for all resources
    assert all(NOT_COMPARED in warning for warning in phase.warnings)
    assert all(reason in warning for warning in phase.warnings)
    assert len(phase.warnings) == 2
    with pytest.raises(CodatError, match=reason):
        stack.up(both(off | {"enabled": False}, off), refresh=refresh)
    assert stack.last.writes == []
    with pytest.raises(CodatError, match=reason):
        stack.destroy()
    assert stack.resources.keys() == before.keys()
    world.heal()
    assert stack.up(both(off | {"enabled": False}, off), refresh=refresh).writes == [PUT_ENABLED]


def test_best_effort_without_a_key(stack: Stack) -> None:
    stack.up(program())
    stack.settings |= {"read_live": "best-effort", "api_key": None}
    phase = stack.preview(program())
    assert (phase.steps, phase.requests) == ({"xero": "same"}, [])
    assert phase.warnings == [f"{LABEL}: {NOT_COMPARED}{NO_API_KEY}"]


@pytest.mark.parametrize("kind", ["401", "403", "malformed"])
def test_what_codat_says_counts_in_best_effort_too(world: World, stack: Stack, kind: str) -> None:
    stack.up(program())
    stack.settings["read_live"] = "best-effort"
    world.fault(ACCOUNT, kind, times=99)
    with pytest.raises(CodatError):
        stack.preview(program())


def test_a_wrong_account_is_an_error_in_best_effort(world: World, stack: Stack) -> None:
    stack.up(program())
    stack.settings |= {"read_live": "best-effort", "api_key": world.emulator.accounts[1].api_key}
    with pytest.raises(CodatError, match="the API key belongs to Codat account Acme Prod"):
        stack.preview(program())


def test_a_rename_in_off_takes_over_what_is_there_and_writes_nothing(world: World, stack: Stack) -> None:
    stack.up(program())
    stack.settings["read_live"] = "off"
    ((_, declared),) = program().values()
    phase = stack.up({"renamed": ("XeroIntegration", declared)})
    assert phase.writes == []
    assert stack.resources["renamed"].outputs["adopted"] is True
    assert world.live() == settings()


def test_an_unfinished_run_is_completed_in_off(world: World, stack: Stack) -> None:
    world.fault(PUT_ENABLED, "400", times=99)
    with pytest.raises(Exception, match="partially applied"):
        stack.up(program())
    world.heal()
    stack.settings["read_live"] = "off"
    assert stack.up(program()).writes == [PUT_ENABLED]
    assert stack.resources["xero"].outputs["clientId"] == CLIENT_ID


def test_retain_needs_no_codat(stack: Stack) -> None:
    stack.up(program(onDestroy="retain"))
    stack.settings |= {"read_live": "off", "api_key": None}
    assert stack.destroy().requests == []
    assert stack.resources == {}


def test_drift_is_held_by_the_write_even_where_the_preview_did_not_look(world: World, stack: Stack) -> None:
    stack.up(program())
    world.portal(clientSecret=NEW_SECRET)
    stack.settings |= {"read_live": "off", "on_drift": "fail"}
    with pytest.raises(CodatError, match=r"clientSecret is \[another secret\] in Codat"):
        stack.up(program(clientSecret=SECRET + "-the-third"))
    assert PUT_KEYS not in stack.last.requests


@pytest.mark.parametrize("mode", ["best-effort", "off"])
def test_what_was_imported_is_written_to_its_own_account_only(world: World, stack: Stack, mode: str) -> None:
    """An import file binds a stack to an account before anything was applied."""
    imported = xero(enabled=False, clientSecret=None)
    world.portal(clientId=CLIENT_ID, clientSecret=SECRET)
    theirs = world.emulator.accounts[1].id
    stack.resources["xero"] = Recorded("XeroIntegration", imported, {**imported, "accountId": theirs})
    stack.settings["read_live"] = mode
    if mode == "best-effort":  # because it compares where it can
        world.fault(ACCOUNT, "reset-before", times=6)
    with pytest.raises(CodatError, match=f"this stack's state records {theirs}"):
        stack.up(program(), refresh=False)
    assert stack.last.writes == []


def test_a_first_apply_in_off_names_the_account_it_binds_to(world: World, stack: Stack) -> None:
    stack.settings["read_live"] = "off"
    assert stack.up(program()).warnings[-1] == (
        "XeroIntegration (gbol): codat:account is not set, so this stack will be bound to the account of the API key,"
        f" Acme Dev ({world.account_id})"
    )


def test_a_replacement_that_was_never_compared_needs_a_pinned_account(world: World, stack: Stack) -> None:
    stack.up(program())
    inputs = stack.resources["xero"].inputs
    other = world.at(world.emulator.accounts[1])
    with other.process(read_live="off") as process:
        life = process.life("XeroIntegration")
        assert life.check(inputs, inputs, frozenset()) == ()
        assert life.check({}, inputs, frozenset()) == ()  # a targeted replacement does not ask for a diff in between
        with pytest.raises(CodatError, match="a replacement does not tell which account was written"):
            life.create(inputs)
    assert other.live() == settings(client_id=None, enabled=False)
