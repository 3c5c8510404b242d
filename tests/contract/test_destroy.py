"""What a destroy does, and all that it must not do."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from pulumi_codat.api import CodatError

from .engine import Recorded
from .programs import CLIENT_ID, NEW_SECRET, OTHER_ID, PARTNER, SECRET, both, program, settings, xero
from .world import (
    ACCOUNT,
    COMPANIES,
    DELETE_KEYS,
    INTEGRATION,
    KEYS,
    PATCH_SETTINGS,
    PUT_ENABLED,
    PUT_KEYS,
    SETTINGS,
)

if TYPE_CHECKING:
    from .engine import Stack
    from .world import World

LABEL = "XeroIntegration (gbol, Acme Dev)"
GONE = settings(client_id=None, enabled=False)


@pytest.mark.parametrize("refresh", [True, False])
@pytest.mark.parametrize(
    ("policy", "writes", "left"),
    [
        ("disable", [PUT_ENABLED], settings(enabled=False)),
        ("delete_keys", [PUT_ENABLED, DELETE_KEYS], GONE),
    ],
)
def test_a_destroy_carries_out_the_policy(
    world: World, stack: Stack, policy: str, writes: list[str], left: dict[str, object], *, refresh: bool
) -> None:
    stack.up(program(onDestroy=policy))
    phase = stack.destroy(refresh=refresh)
    assert phase.writes == writes
    assert phase.requests.count(COMPANIES) == 1
    assert phase.warnings == []
    assert world.live() == left
    assert stack.resources == {}


@pytest.mark.parametrize("policy", [None, "retain"])
def test_retain_asks_and_writes_nothing(world: World, stack: Stack, policy: str | None) -> None:
    stack.up(program(onDestroy=policy))
    phase = stack.destroy(refresh=False)
    assert phase.requests == []
    assert phase.warnings == [f"{LABEL}: settings in Codat stay as they are (on_destroy is retain)"]
    assert world.live() == settings()


@pytest.mark.parametrize("policy", [None, "disable", "delete_keys"])
def test_codat_on_destroy_retains_everything_for_this_run(world: World, stack: Stack, policy: str | None) -> None:
    stack.up(both({"onDestroy": policy} if policy else None))
    stack.settings["on_destroy"] = "retain"
    phase = stack.destroy(refresh=False)
    assert phase.requests == []
    assert phase.warnings == [
        f"{label}: settings in Codat stay as they are (retain, because of CODAT_ON_DESTROY)"
        for label in ("XeroBankFeeds (gbol, Acme Dev)", LABEL)
    ]
    assert world.live() == settings(bank_feeds=True)


def test_both_are_removed_the_toggle_first(world: World, stack: Stack) -> None:
    stack.up(both({"onDestroy": "delete_keys"}, {"onDestroy": "disable"}))
    assert stack.destroy().writes == [PATCH_SETTINGS, PUT_ENABLED, DELETE_KEYS]
    assert world.live() == GONE


def test_what_is_off_already_is_not_switched_off(world: World, stack: Stack) -> None:
    stack.up(both({"onDestroy": "disable"}, {"onDestroy": "disable", "clientId": CLIENT_ID}))
    world.portal(enabled=False, bankFeeds=False)
    looks = [KEYS, INTEGRATION, INTEGRATION, ACCOUNT, ACCOUNT, SETTINGS]
    assert stack.destroy(refresh=False).requests == looks  # one of each delete


def test_a_removal_from_the_program_is_a_destroy_of_that_resource(world: World, stack: Stack) -> None:
    off = {"onDestroy": "disable"}
    stack.up(both(off, off))
    phase = stack.up(program(app={"tier": "core", "certifiedPartner": True, "bankFeedsGranted": True}, **off))
    assert phase.steps == {"xero": "same", "feeds": "delete"}
    assert phase.writes == [PATCH_SETTINGS]
    assert stack.up({}).writes == [PUT_ENABLED]
    assert world.live() == settings(enabled=False)


def test_a_policy_that_changed_counts_without_another_apply_in_between(world: World, stack: Stack) -> None:
    stack.up(program(onDestroy="retain"))
    assert stack.up(program(onDestroy="delete_keys")).writes == []
    stack.destroy()
    assert world.live() == GONE


def test_an_unmanaged_toggle_is_left_alone(world: World, stack: Stack) -> None:
    stack.up(program(enabled=None, onDestroy="delete_keys"))
    world.portal(enabled=True)
    assert stack.destroy().writes == [DELETE_KEYS]
    assert world.live() == settings(client_id=None, enabled=True)


def test_keys_are_not_deleted_while_companies_are_linked(world: World, stack: Stack) -> None:
    stack.up(program(onDestroy="delete_keys"))
    world.company()
    with pytest.raises(CodatError) as caught:
        stack.destroy()
    assert str(caught.value) == (
        f"{LABEL}: on_destroy is delete_keys while 1 company is linked, which cuts them off; nothing was written: set"
        " accept_disruption=True and run `pulumi up` first, or choose on_destroy='disable'"
    )
    assert stack.last.writes == []
    assert world.live() == settings()
    stack.up(program(onDestroy="delete_keys", acceptDisruption=True))
    phase = stack.destroy()
    assert any("while 1 company is linked" in warning for warning in phase.warnings)
    assert world.live() == GONE


def test_switching_off_on_destroy_counts_companies_and_warns(world: World, stack: Stack) -> None:
    stack.up(both({"onDestroy": "disable"}, {"onDestroy": "disable"}))
    world.company()
    phase = stack.destroy(refresh=False)
    assert phase.writes == [PATCH_SETTINGS, PUT_ENABLED]
    assert [warning.partition(": ")[2] for warning in phase.warnings] == [
        "switch bank feeds off while 1 company is linked: transactions can no longer be pushed",
        "switch the integration off while 1 company is linked: customers can no longer use it",
    ]


@pytest.mark.parametrize("refresh", [True, False])
@pytest.mark.parametrize("live_id", [OTHER_ID, None])
@pytest.mark.parametrize("policy", ["disable", "delete_keys"])
def test_somebody_elses_keys_are_not_touched(
    world: World, stack: Stack, live_id: str | None, policy: str, *, refresh: bool
) -> None:
    stack.up(program(onDestroy=policy))
    world.portal(clientId=live_id, clientSecret=NEW_SECRET if live_id else None)
    there = f'the client ID "{live_id}"' if live_id else "no keys any more (or does not show them)"
    before = world.live()
    phase = stack.destroy(refresh=refresh)
    assert phase.writes == []
    assert phase.warnings[-1] == (
        f'{LABEL}: Codat has {there}, and "{CLIENT_ID}" was the last client ID written from here: nothing was written,'
        " and the integration stays on"
    )
    assert world.live() == before
    assert stack.resources == {}


@pytest.mark.parametrize("policy", ["disable", "delete_keys"])
def test_keys_that_were_replaced_after_this_process_had_looked_are_not_touched(
    world: World, stack: Stack, policy: str
) -> None:
    stack.up(program(onDestroy=policy))
    recorded = stack.resources["xero"].outputs
    with world.process() as process:
        life = process.life("XeroIntegration")
        life.read(recorded)
        world.portal(clientId=OTHER_ID, clientSecret=NEW_SECRET)
        world.requests()
        life.delete(recorded)
        assert [line for line in world.requests() if not line.startswith("GET ")] == []
        assert f'Codat has the client ID "{OTHER_ID}"' in process.warnings[-1]
    assert world.live() == settings(client_id=OTHER_ID, secret=NEW_SECRET)


def test_the_toggle_of_somebody_elses_keys_is_not_touched_either(world: World, stack: Stack) -> None:
    stack.up(both({"onDestroy": "disable"}, {"onDestroy": "disable", "clientId": CLIENT_ID}))
    world.portal(clientId=OTHER_ID, clientSecret=NEW_SECRET)
    phase = stack.destroy(refresh=False)
    assert phase.writes == []
    assert (
        "XeroBankFeeds (gbol, Acme Dev): the integration's keys are not those that were declared when bank feeds were"
        " last applied: nothing was written, and bank feeds stay on"
    ) in phase.warnings
    assert world.live() == settings(client_id=OTHER_ID, secret=NEW_SECRET, bank_feeds=True)


@pytest.mark.parametrize("refresh", [True, False])
def test_the_toggle_can_be_removed_in_the_run_that_changes_the_client_id(
    world: World, stack: Stack, *, refresh: bool
) -> None:
    stack.up(both(toggle={"onDestroy": "disable"}))
    changed = program(app=PARTNER, clientId=OTHER_ID, clientSecret=NEW_SECRET)
    assert stack.up(changed, refresh=refresh).writes == [PUT_KEYS, PATCH_SETTINGS]
    assert world.live() == settings(client_id=OTHER_ID, secret=NEW_SECRET)


@pytest.mark.parametrize("policy", ["disable", "delete_keys"])
def test_what_was_imported_and_never_applied_is_left_alone(world: World, stack: Stack, policy: str) -> None:
    world.portal(clientId=CLIENT_ID, clientSecret=SECRET, enabled=True)
    imported = xero(onDestroy=policy)
    stack.resources["xero"] = Recorded("XeroIntegration", imported, imported)
    phase = stack.destroy(refresh=False)
    assert phase.requests == []
    assert phase.warnings == ["XeroIntegration (gbol): was imported and never applied from here: nothing was written"]
    assert world.live() == settings()


def test_a_masked_client_id_that_fits_is_still_ours(world: World, stack: Stack) -> None:
    world.behave(maskClientId=True)
    stack.up(program(onDestroy="delete_keys"))
    stack.destroy()
    assert world.live() == GONE


def test_a_rotation_by_somebody_does_not_make_the_keys_theirs(world: World, stack: Stack) -> None:
    stack.up(program(onDestroy="delete_keys"))
    world.portal(clientSecret=NEW_SECRET)
    stack.destroy()
    assert world.live() == GONE


def test_the_last_client_id_that_was_written_is_the_one_that_counts(world: World, stack: Stack) -> None:
    stack.up(program(onDestroy="delete_keys"))
    stack.up(program(onDestroy="delete_keys", clientId=OTHER_ID, clientSecret=NEW_SECRET))
    stack.destroy()
    assert world.live() == GONE


def test_an_explicit_policy_is_carried_out_also_of_what_was_adopted(world: World, stack: Stack) -> None:
    world.portal(bankFeeds=True)
    stack.up(both(toggle={"onDestroy": "disable"}))
    assert stack.resources["feeds"].outputs["adopted"] is True
    assert stack.destroy().writes == [PATCH_SETTINGS]
    assert world.live() == settings()


def test_after_a_destroy_a_new_create_adopts_what_was_retained(world: World, stack: Stack) -> None:
    stack.up(program(onDestroy="disable"))
    stack.destroy()
    assert stack.up(program()).writes == [PUT_ENABLED]
    assert stack.resources["xero"].outputs["adopted"] is True
    assert world.live() == settings()


def test_the_toggle_is_read_back_after_it_is_switched_off(stack: Stack) -> None:
    stack.up(both(toggle={"onDestroy": "disable"}))
    requests = stack.destroy(refresh=False).requests
    assert requests[requests.index(PATCH_SETTINGS) + 1 :][:1] != []
    assert SETTINGS in requests[requests.index(PATCH_SETTINGS) :]
