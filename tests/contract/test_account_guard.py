"""A key of another account: only that error, before anything else is said, and nothing written, in every mixture."""

from __future__ import annotations

from itertools import product
from typing import TYPE_CHECKING, Any

import pytest

from pulumi_codat.api import CodatError

from .engine import CheckFailed, Phase, Stack
from .programs import CLIENT_ID, OTHER_ID, SECRET, both, program, settings

if TYPE_CHECKING:
    from collections.abc import Callable

    from .world import World

DEV, PROD = "5b8d3c0e-2f41-4a6b-9c57-d1e07a3f6b21", "c2a9f7d4-8e13-4b70-a5d6-3f9e1b4c8a02"
BELONGS = r"(XeroIntegration|XeroBankFeeds) \(gbol(, Acme Dev)?\): the API key belongs to Codat account Acme Prod"
RECORDS = f"but this stack's state records {DEV}; nothing was written: use the API key of the stack's own account"


@pytest.fixture
def prod(world: World) -> World:
    """The other account, which another stack uses: other keys, switched on, with companies."""
    prod = world.at(world.emulator.accounts[1])
    prod.portal(clientId=OTHER_ID, clientSecret=SECRET, enabled=True)
    prod.company()
    return prod


PHASES: dict[str, Callable[[Stack], Phase]] = {
    "preview": lambda stack: stack.preview(both()),
    "preview without refresh": lambda stack: stack.preview(both(), refresh=False),
    "up": lambda stack: stack.up(both()),
    "up without refresh": lambda stack: stack.up(both(), refresh=False),
    "an update without refresh": lambda stack: stack.up(both({"enabled": False}), refresh=False),
    "another client ID without refresh": lambda stack: stack.up(both({"clientId": "ANOTHER"}), refresh=False),
    "refresh": Stack.refresh,
    "destroy": Stack.destroy,
    "destroy without refresh": lambda stack: stack.destroy(refresh=False),
}


@pytest.mark.parametrize("phase", PHASES.values(), ids=PHASES.keys())
def test_a_key_of_another_account_is_the_only_thing_said(
    world: World, stack: Stack, prod: World, phase: Callable[[Stack], Phase]
) -> None:
    stack.up(both({"onDestroy": "disable"}, {"onDestroy": "disable"}))
    dev_before, prod_before = world.live(), prod.live()
    stack.settings["api_key"] = prod.account.api_key
    with pytest.raises((CodatError, CheckFailed), match=f"^{BELONGS}") as caught:
        phase(stack)
    assert str(caught.value).endswith(RECORDS)
    assert stack.last.writes == []
    assert stack.last.warnings == []
    assert (world.live(), prod.live()) == (dev_before, prod_before)


@pytest.mark.parametrize("pinned", [True, False])
def test_a_replacement_without_a_refresh_stops_before_it_asks_which_account_it_is(
    world: World, stack: Stack, prod: World, *, pinned: bool
) -> None:
    stack.up(both())
    before = world.live(), prod.live()
    stack.settings |= {"api_key": prod.account.api_key, "account": world.account_id if pinned else None}
    with pytest.raises(CheckFailed, match=BELONGS if pinned else "does not tell which account was written before"):
        stack.up(both(), refresh=False, replace="xero")
    assert stack.last.writes == []
    assert (world.live(), prod.live()) == before


@pytest.mark.parametrize("fault", ["403", "404", "500", "malformed"])
def test_nothing_else_about_the_wrong_account_is_said_not_even_its_failures(
    world: World, stack: Stack, prod: World, fault: str
) -> None:
    stack.settings["account"] = world.account_id
    stack.settings["api_key"] = prod.account.api_key
    world.fault("GET /integrations/*", fault, times=99)
    for run in (stack.preview, stack.up):
        with pytest.raises(CheckFailed, match=f"^{BELONGS}.* but codat:account declares {DEV}"):
            run(program())
        assert stack.last.writes == []


@pytest.mark.parametrize(("declared", "confirmed"), list(product([None, DEV, PROD], repeat=2)))
def test_declared_confirmed_and_live_must_agree_at_the_first_apply(
    world: World, stack: Stack, prod: World, declared: str | None, confirmed: str | None
) -> None:
    stack.settings |= {"account": declared, "confirmed_account": confirmed}
    if PROD in (declared, confirmed):
        with pytest.raises(CheckFailed, match=r"the API key belongs to Codat account Acme Dev"):
            stack.up(program())
        assert stack.last.writes == []
        assert stack.resources == {}
    else:
        stack.up(program())
        assert stack.resources["xero"].outputs["accountId"] == DEV


MIXTURES = list(product([None, DEV, PROD], [None, DEV, PROD], [DEV, PROD], [DEV, PROD]))


@pytest.mark.parametrize("mixture", MIXTURES)
def test_declared_confirmed_recorded_and_live_must_agree_in_every_command(
    world: World, stack: Stack, prod: World, mixture: tuple[str | None, str | None, str, str]
) -> None:
    declared, confirmed, recorded, live = mixture
    worlds = {DEV: world, PROD: prod}
    prod.portal(clientId=CLIENT_ID, clientSecret=SECRET)
    stack.settings["api_key"] = worlds[recorded].account.api_key
    stack.up(program(onDestroy="disable"))
    stack.settings |= {
        "account": declared,
        "confirmed_account": confirmed,
        "api_key": worlds[live].account.api_key,
    }
    before = world.live(), prod.live()
    runs: list[Callable[[], Phase]] = [
        lambda: stack.preview(program(enabled=False, onDestroy="disable")),
        lambda: stack.preview(program(onDestroy="disable"), refresh=False),
        lambda: stack.up(program(onDestroy="disable"), refresh=False),
        stack.refresh,
        lambda: stack.destroy(refresh=False),
    ]
    claims = {
        "codat:account declares": declared,
        "CODAT_ACCOUNT confirms": confirmed,
        "this stack's state records": recorded,
    }
    if set(claims.values()) <= {None, live}:
        for run in runs:
            run()
        assert worlds[live].live()["enabled"] is False
        return
    for run in runs:
        with pytest.raises(CodatError) as caught:
            run()
        for claim, account in claims.items():
            assert (f"{claim} {account}" in str(caught.value)) is (account not in (None, live))
            assert (f"{claim} it" in str(caught.value)) is (account == live)
        assert (stack.last.writes, stack.last.warnings) == ([], [])
    assert (world.live(), prod.live()) == before


def test_a_stack_cannot_be_moved_to_another_account_by_declaring_it(world: World, stack: Stack, prod: World) -> None:
    stack.up(program())
    stack.settings |= {"account": PROD, "api_key": prod.account.api_key}
    with pytest.raises(CodatError, match=r"but this stack's state records .*\(codat:account declares it\)"):
        stack.up(program())
    assert stack.last.writes == []


def test_a_rotated_key_of_the_same_account_is_fine(world: World, stack: Stack) -> None:
    stack.up(program())
    world.behave(apiKey="the-new-key")
    stack.settings["api_key"] = "the-new-key"
    assert stack.up(program()).steps == {"xero": "same"}


WRONG_KEY: dict[str, Callable[[Stack], Phase]] = {
    "preview": lambda stack: stack.preview(program()),
    "up": lambda stack: stack.up(program(), refresh=False),
    "refresh": Stack.refresh,
    "destroy": lambda stack: stack.destroy(refresh=False),
}


@pytest.mark.parametrize("phase", WRONG_KEY.values(), ids=WRONG_KEY.keys())
def test_a_wrong_key_names_both_ways_out(world: World, stack: Stack, phase: Callable[[Stack], Phase]) -> None:
    stack.up(program(onDestroy="disable"))
    stack.settings["api_key"] = "no-longer-valid"
    with pytest.raises((CodatError, CheckFailed)) as caught:
        phase(stack)
    text = str(caught.value)
    assert text.startswith("XeroIntegration (gbol")
    assert "Codat answered 401 to GET /profile/syncSettings: Unauthorized" in text
    assert "set CODAT_API_KEY, or run one `up --refresh=false`" in text
    assert stack.last.writes == []
    assert world.live() == settings()


def test_a_wrong_key_at_the_first_apply_keeps_nothing(stack: Stack) -> None:
    stack.settings["api_key"] = "wrong"
    with pytest.raises(
        CheckFailed, match=r"^XeroIntegration \(gbol\): Codat answered 401 to GET /profile/syncSettings"
    ):
        stack.up(program())
    assert stack.resources == {}


def test_the_account_is_kept_through_every_refresh(world: World, stack: Stack) -> None:
    stack.up(both())
    world.portal(enabled=False, clientId=OTHER_ID, bankFeeds=False)
    stack.refresh()
    kept: dict[str, Any] = {name: recorded.outputs["accountId"] for name, recorded in stack.resources.items()}
    assert kept == {"xero": DEV, "feeds": DEV}
    assert stack.resources["xero"].outputs["keysRecord"]["clientId"] == CLIENT_ID
