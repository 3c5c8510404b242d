"""Values that are not known yet in a preview: what the known ones allow is checked all the same."""

from __future__ import annotations

from typing import TYPE_CHECKING
from uuid import UUID

import pytest

from pulumi_codat.api import CodatError
from pulumi_codat.reconcile import LIFECYCLES, Difference

from .programs import CLIENT_ID, NEW_SECRET, OTHER_ID, feeds, program, settings, xero
from .world import COMPANIES, INTEGRATION, LIVE_VIEW, SETTINGS

if TYPE_CHECKING:
    from collections.abc import Sequence

    from .engine import Inputs, Stack
    from .world import World

ELSEWHERE = UUID("c2a9f7d4-8e13-4b70-a5d6-3f9e1b4c8a02")
LABEL = "XeroIntegration (gbol)"


def look(
    world: World, kind: str, given: Inputs, *unknown: str, account: UUID | None = None
) -> tuple[Sequence[str], list[str]]:
    """The failures and warnings of a first check in a preview."""
    world.requests()
    known = {name: value for name, value in given.items() if name not in unknown}
    with world.process(account=account or world.account_id) as process:
        failures = LIFECYCLES[kind](process.context).check({}, known, frozenset(unknown))
        return failures, process.warnings


@pytest.mark.parametrize("unknown", [("clientId",), ("clientSecret",), ("clientId", "clientSecret"), ("adopt",)])
def test_the_account_is_checked_whatever_is_not_known_yet(world: World, unknown: tuple[str, ...]) -> None:
    assert look(world, "XeroIntegration", xero(), *unknown) == ((), [])
    assert world.requests() == [*LIVE_VIEW]
    ((failure,), _) = look(world, "XeroIntegration", xero(), *unknown, account=ELSEWHERE)
    assert failure.startswith(f"{LABEL}: the API key belongs to Codat account Acme Dev")


@pytest.mark.parametrize("unknown", [("clientSecret",), ("clientSecret", "enabled", "app", "onDestroy")])
def test_keys_in_the_way_are_told_where_the_client_id_is_known(world: World, unknown: tuple[str, ...]) -> None:
    world.portal(clientId=OTHER_ID, clientSecret=NEW_SECRET)
    ((failure,), _) = look(world, "XeroIntegration", xero(), *unknown)
    assert failure.startswith(f'{LABEL}: Codat already has keys with the client ID "{OTHER_ID}", and "{CLIENT_ID}"')
    assert look(world, "XeroIntegration", xero(), "clientId") == ((), [])


def test_a_secret_that_is_not_known_yet_is_declared_and_contradicts_nothing(world: World) -> None:
    assert look(world, "XeroIntegration", xero(), "clientSecret") == ((), [])
    world.portal(clientId=CLIENT_ID, clientSecret=NEW_SECRET, enabled=True)
    failures, warnings = look(world, "XeroIntegration", xero(), "clientSecret")
    assert failures == ()
    assert warnings == [
        (
            f'{LABEL}: adopts what is there: client ID "{CLIENT_ID}" and enabled=true are as declared; the secret is'
            " not compared and stays as it is; nothing will be written"
        )
    ]


def test_an_acceptance_that_is_not_known_yet_is_not_refused_for_want_of_it(world: World) -> None:
    world.portal(clientId=OTHER_ID, clientSecret=NEW_SECRET)
    world.company()
    failures, warnings = look(world, "XeroIntegration", xero(adopt="overwrite"), "acceptDisruption")
    assert failures == ()
    assert "while 1 company is linked" in warnings[0]


def test_the_toggle_is_looked_at_as_well(world: World) -> None:
    assert look(world, "XeroBankFeeds", feeds(), "app") == ((), [])
    assert world.requests() == [INTEGRATION, LIVE_VIEW[2], SETTINGS]
    ((failure,), _) = look(world, "XeroBankFeeds", feeds(app={}), "onDestroy")
    assert "bank feeds can only be switched on where" in failure
    world.behave(offers="published-404")
    assert look(world, "XeroBankFeeds", feeds(), "app") == ((), [])  # because a person may do it


def test_an_update_is_foreseen_as_far_as_it_is_known(world: World, stack: Stack) -> None:
    stack.up(program())
    world.company()
    recorded = stack.resources["xero"]
    changed = xero(clientId=OTHER_ID)
    del changed["clientSecret"]
    world.requests()
    with world.process() as process:
        life = LIFECYCLES["XeroIntegration"](process.context)
        unknown = frozenset({"clientSecret"})
        assert life.check(recorded.inputs, changed, unknown) == ()
        with pytest.raises(CodatError, match="while 1 company is linked: they belong to the other Xero app"):
            life.diff(recorded.outputs, changed, unknown)
        assert world.requests() == [COMPANIES, *LIVE_VIEW]
        assert life.diff(recorded.outputs, {"enabled": True}, frozenset({"clientId"})) is Difference.INPUTS
    assert world.live() == settings()
