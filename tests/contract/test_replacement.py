"""Renamed, moved, tainted, replaced: whatever the engine makes of it, the settings stay as declared throughout.

Here Xero cannot be asked about the declared secret; where it can be, `test_second_process.py` has it.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from pulumi_codat.reconcile import IntegrationLifecycle

from .engine import CheckFailed
from .programs import CLIENT_ID, NEW_SECRET, OTHER_ID, PARTNER, both, feeds, program, settings, xero
from .world import ACCOUNT, INTEGRATION, KEYS, LIVE_VIEW, PROFILE, PUT_ENABLED, PUT_KEYS, WHOLE_VIEW

if TYPE_CHECKING:
    from .engine import Program, Stack
    from .world import World

ADOPTS = (
    f'XeroIntegration (gbol): adopts what is there: client ID "{CLIENT_ID}" and enabled=true are as declared; the'
    " secret is not compared and stays as it is; nothing will be written"
)
TAKEN_OVER = (KEYS, KEYS, KEYS, INTEGRATION, INTEGRATION, PROFILE, ACCOUNT, ACCOUNT)
"""The mask twice, because it may be unstable, the name, and a look of the delete, because the secret is unproven."""
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
def test_a_replacement_that_xero_cannot_confirm_writes_nothing(world: World, stack: Stack, *, refresh: bool) -> None:
    stack.settings["account"] = world.account_id
    stack.up(program(onDestroy="disable"))
    preview = stack.preview(program(onDestroy="disable"), refresh=refresh, replace="xero")
    assert (preview.steps, preview.requests) == ({"xero": "replace"}, [*LIVE_VIEW])
    assert preview.warnings == [ADOPTS]
    up = stack.up(program(onDestroy="disable"), refresh=refresh, replace="xero")
    assert up.requests == [*TAKEN_OVER]
    assert up.warnings == [ADOPTS, f"XeroIntegration (gbol, Acme Dev): {STAYS}"]
    assert world.live() == settings()
    assert stack.preview(program(onDestroy="disable")).steps == {"xero": "same"}
    stack.destroy()
    assert world.live() == settings(enabled=False)


def test_a_replacement_under_another_client_id_needs_what_a_first_apply_needs(world: World, stack: Stack) -> None:
    stack.up(program())
    changed = {"clientId": OTHER_ID, "clientSecret": NEW_SECRET}
    with pytest.raises(CheckFailed, match=r'Codat already has keys with the client ID .* set adopt="overwrite"'):
        stack.up(program(**changed), replace="xero")
    assert stack.last.writes == []
    assert stack.up(program(**changed, adopt="overwrite"), replace="xero").writes == [PUT_KEYS]
    assert world.live() == settings(client_id=OTHER_ID, secret=NEW_SECRET)


def test_a_replacement_of_a_drifted_resource_repairs_the_toggle_and_no_foreign_keys(world: World, stack: Stack) -> None:
    stack.up(program())
    world.portal(enabled=False)
    assert stack.up(program(), replace="xero").writes == [PUT_ENABLED]
    world.portal(clientId=OTHER_ID)
    with pytest.raises(CheckFailed, match="Codat already has keys with the client ID"):
        stack.up(program(), replace="xero")
    assert stack.last.writes == []


@pytest.mark.parametrize("pinned", [True, False])
def test_a_replacement_whose_account_was_never_compared_needs_a_pinned_account(
    world: World, stack: Stack, *, pinned: bool
) -> None:
    stack.up(program())
    inputs = stack.resources["xero"].inputs
    with world.process(account=world.account_id if pinned else None) as process:
        life = IntegrationLifecycle(process.context)
        assert life.check(inputs, inputs, frozenset()) == ()
        refused = life.check({}, inputs, frozenset())  # a targeted replacement does not ask for a diff in between
    if pinned:
        assert refused == ()
    else:
        assert refused == (
            (
                "XeroIntegration (gbol): a replacement does not tell which account was written before, unless a refresh"
                " with the same configuration came first: set codat:account (or CODAT_ACCOUNT)"
            ),
        )


def test_a_replacement_of_the_toggle_writes_nothing(world: World, stack: Stack) -> None:
    stack.up(both())
    assert stack.up(both(), replace="feeds").writes == []
    assert world.live() == settings(bank_feeds=True)


@pytest.mark.parametrize("refresh", [True, False])
def test_a_rename_that_xero_cannot_confirm_takes_over_what_is_there(
    world: World, stack: Stack, *, refresh: bool
) -> None:
    stack.settings["account"] = world.account_id
    stack.up(program())
    phase = stack.up({"renamed": ("XeroIntegration", xero(onDestroy="disable"))}, refresh=refresh)
    assert phase.requests == [*TAKEN_OVER]
    assert phase.warnings == [ADOPTS, f"XeroIntegration (gbol, Acme Dev): {STAYS}"]
    stack.destroy()
    assert world.live() == settings(enabled=False)


def test_a_rename_together_with_a_rotation_stops_until_it_may_overwrite(world: World, stack: Stack) -> None:
    stack.up(program())
    rotated = xero(clientSecret=NEW_SECRET)
    with pytest.raises(CheckFailed, match="contradicts the declared one"):
        stack.up({"renamed": ("XeroIntegration", rotated)})
    assert stack.last.writes == []
    overwriting = {"renamed": ("XeroIntegration", rotated | {"adopt": "overwrite"})}
    assert stack.up(overwriting).writes == [PUT_KEYS]
    assert world.live() == settings(secret=NEW_SECRET)


def test_a_rename_of_one_resource_does_not_protect_the_removal_of_another(world: World, stack: Stack) -> None:
    stack.up(both(None, {"onDestroy": "disable"}))
    phase = stack.up({"renamed": ("XeroIntegration", xero(app=PARTNER))})
    assert phase.steps == {"renamed": "create", "xero": "delete", "feeds": "delete"}
    assert world.live() == settings(bank_feeds=False)


def test_a_rename_of_a_drifted_resource_repairs_its_toggle(world: World, stack: Stack) -> None:
    stack.up(program())
    world.portal(enabled=False)
    stack.up({"renamed": ("XeroIntegration", xero())})
    assert world.live() == settings()
    assert stack.resources["renamed"].outputs["clientId"] == CLIENT_ID
