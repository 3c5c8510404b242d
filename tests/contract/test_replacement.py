"""Renamed, moved, tainted, replaced: whatever the engine makes of it, the settings stay as declared throughout."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from pulumi_codat.reconcile import IntegrationLifecycle

from .programs import CLIENT_ID, NEW_SECRET, OTHER_ID, PARTNER, both, feeds, program, settings, xero
from .world import LIVE_VIEW, PUT_KEYS, WHOLE_VIEW

if TYPE_CHECKING:
    from .engine import Program, Stack
    from .world import World

STAYS = "the program still declares this (it was renamed, moved or replaced), so the settings in Codat stay as they are"


def renamed() -> Program:
    return {
        "xero-renamed": ("XeroIntegration", xero(app=PARTNER)),
        "feeds-renamed": ("XeroBankFeeds", feeds()),
    }


@pytest.mark.parametrize("refresh", [True, False])
@pytest.mark.parametrize("policy", [None, "disable", "delete_keys"])
def test_a_rename_without_an_alias_writes_nothing(
    world: World, stack: Stack, policy: str | None, *, refresh: bool
) -> None:
    given = {"onDestroy": policy} if policy else {}
    stack.settings["account"] = world.account_id
    stack.up(both(given))
    world.company()
    new = renamed()
    new["xero-renamed"][1].update(given)

    preview = stack.preview(new, refresh=refresh)
    assert preview.steps == {
        "xero-renamed": "create",
        "feeds-renamed": "create",
        "xero": "delete",
        "feeds": "delete",
    }
    up = stack.up(new, refresh=refresh)
    assert up.writes == []
    assert f"XeroIntegration (gbol, Acme Dev): {STAYS}" in up.warnings
    assert f"XeroBankFeeds (gbol, Acme Dev): {STAYS}" in up.warnings
    assert world.live() == settings(bank_feeds=True)
    assert stack.resources.keys() == new.keys()
    after = stack.up(new, refresh=refresh)
    assert (after.steps, after.requests) == (dict.fromkeys(new, "same"), [*WHOLE_VIEW])


@pytest.mark.parametrize("refresh", [True, False])
def test_a_replacement_writes_nothing_and_keeps_our_records(world: World, stack: Stack, *, refresh: bool) -> None:
    stack.up(program())
    before = stack.resources["xero"].outputs
    world.clock.sleep(3600)
    preview = stack.preview(program(), refresh=refresh, replace="xero")
    assert (preview.steps, preview.requests) == ({"xero": "replace"}, [*LIVE_VIEW])
    up = stack.up(program(), refresh=refresh, replace="xero")
    assert up.requests == [*LIVE_VIEW]
    assert up.warnings == [f"XeroIntegration (gbol, Acme Dev): {STAYS}"]
    assert stack.resources["xero"].outputs == before
    assert world.live() == settings()


def test_a_replacement_does_not_adopt_what_is_ours(world: World, stack: Stack) -> None:
    stack.up(program())
    stack.up(program(), replace="xero")
    assert stack.resources["xero"].outputs["adopted"] is False
    stack.destroy()
    assert world.live() == settings(enabled=False)


def test_a_replacement_carries_out_a_change_in_place(world: World, stack: Stack) -> None:
    stack.up(program())
    changed = program(clientId=OTHER_ID, clientSecret=NEW_SECRET)
    assert stack.up(changed, replace="xero").writes == [PUT_KEYS]
    assert world.live() == settings(client_id=OTHER_ID, secret=NEW_SECRET)


def test_a_replacement_of_a_drifted_resource_repairs_it(world: World, stack: Stack) -> None:
    stack.up(program())
    world.portal(clientId=OTHER_ID, enabled=False)
    stack.up(program(), replace="xero")
    assert world.live() == settings()


@pytest.mark.parametrize("pinned", [True, False])
def test_a_replacement_whose_account_was_never_compared_needs_a_pinned_account(
    world: World, stack: Stack, *, pinned: bool
) -> None:
    stack.up(program())
    inputs = stack.resources["xero"].inputs
    with world.process(account=world.account_id if pinned else None) as process:
        life = IntegrationLifecycle(process.session)
        assert life.check(inputs, inputs, frozenset()) == ()
        refused = life.check({}, inputs, frozenset())  # a targeted replacement does not ask for a diff in between
    if pinned:
        assert refused == ()
    else:
        assert refused == (
            (
                "XeroIntegration (gbol): a replacement does not tell which account was written"
                " before: set codat:account (or CODAT_ACCOUNT), or run without --refresh=false"
            ),
        )


def test_a_replacement_of_the_toggle_writes_nothing(world: World, stack: Stack) -> None:
    stack.up(both())
    assert stack.up(both(), replace="feeds").writes == []
    assert stack.resources["feeds"].outputs["adopted"] is False
    assert world.live() == settings(bank_feeds=True)


def test_a_rename_with_a_refresh_keeps_our_records_and_is_no_adoption(world: World, stack: Stack) -> None:
    stack.up(program())
    before = stack.resources["xero"].outputs
    phase = stack.up({"renamed": ("XeroIntegration", xero())})
    assert phase.requests == [*LIVE_VIEW]
    assert phase.warnings == [f"XeroIntegration (gbol, Acme Dev): {STAYS}"]
    assert stack.resources["renamed"].outputs == before
    stack.destroy()
    assert world.live() == settings(enabled=False)


def test_a_rename_without_a_refresh_can_only_adopt_and_says_so(world: World, stack: Stack) -> None:
    stack.up(program())
    phase = stack.up({"renamed": ("XeroIntegration", xero())}, refresh=False)
    assert phase.writes == []
    assert any("adopts what is there" in warning for warning in phase.warnings)
    assert stack.resources["renamed"].outputs["adopted"] is True


def test_a_rename_together_with_a_rotation_writes_the_new_secret(world: World, stack: Stack) -> None:
    stack.up(program())
    assert stack.up({"renamed": ("XeroIntegration", xero(clientSecret=NEW_SECRET))}).writes == [PUT_KEYS]
    assert world.live() == settings(secret=NEW_SECRET)


def test_a_rename_of_one_resource_does_not_protect_the_removal_of_another(world: World, stack: Stack) -> None:
    stack.up(both())
    phase = stack.up({"renamed": ("XeroIntegration", xero(app=PARTNER))})
    assert phase.steps == {"renamed": "create", "xero": "delete", "feeds": "delete"}
    assert world.live() == settings(bank_feeds=False)


def test_a_rename_of_a_drifted_resource_repairs_its_toggle(world: World, stack: Stack) -> None:
    stack.up(program())
    world.portal(enabled=False)
    stack.up({"renamed": ("XeroIntegration", xero())})
    assert world.live() == settings()
    assert stack.resources["renamed"].outputs["clientId"] == CLIENT_ID
