"""Rotation, another app, every mask: when keys are written, and what Codat's masks let us conclude."""

from __future__ import annotations

from itertools import product
from typing import TYPE_CHECKING

import pytest

from pulumi_codat.api import CodatError

from .programs import CLIENT_ID, NEW_SECRET, OTHER_ID, SECRET, both, program, settings, xero
from .world import COMPANIES, KEYS, LIVE_VIEW, PATCH_SETTINGS, PUT_ENABLED, PUT_KEYS, RECHECKED, WHOLE_VIEW

if TYPE_CHECKING:
    from .engine import Stack
    from .world import World

LABEL = "XeroIntegration (gbol, Acme Dev)"


def harm(number: str) -> str:
    return (
        f'{LABEL}: the client ID would change from "{CLIENT_ID}" to "{OTHER_ID}" while {number} linked: they belong to'
        " the other Xero app and must reconnect"
    )


@pytest.mark.parametrize("mask", ["stars", "last-four", "empty", "versioned", "unstable"])
@pytest.mark.parametrize("refresh", [True, False])
def test_a_rotation_is_exactly_one_write_of_the_keys(world: World, stack: Stack, mask: str, *, refresh: bool) -> None:
    world.behave(mask=mask)
    stack.up(both())
    world.company()
    rotated = both({"clientSecret": NEW_SECRET})
    told = [
        (
            f"{LABEL}: the client secret changes while 1 company is linked: Codat does not say whether their"
            " connections survive it (for Plaid they do not), so check them afterwards"
        )
    ]
    preview = stack.preview(rotated, refresh=refresh)
    assert (preview.steps, preview.warnings) == ({"xero": "update", "feeds": "same"}, told)
    assert preview.requests == [COMPANIES, *WHOLE_VIEW]
    phase = stack.up(rotated, refresh=refresh)
    assert (phase.writes, phase.warnings) == ([PUT_KEYS], told)
    assert world.live() == settings(secret=NEW_SECRET, bank_feeds=True)
    after = stack.up(rotated, refresh=refresh)
    assert (after.steps, after.writes) == ({"xero": "same", "feeds": "same"}, [])


@pytest.mark.parametrize(
    ("mask", "visible", "client_id_masked"),
    [
        *product(["stars", "empty"], [False], [False, True]),
        *product(["last-four", "versioned"], [True], [False, True]),
        *product(["unstable"], [False], [False, True]),
    ],
)
def test_a_rotation_in_the_portal_is_seen_where_the_mask_shows_it(
    world: World, stack: Stack, mask: str, *, visible: bool, client_id_masked: bool
) -> None:
    world.behave(mask=mask, maskClientId=client_id_masked)
    stack.up(program())
    assert stack.resources["xero"].outputs["secretDriftVisible"] is visible
    assert stack.up(program()).steps == {"xero": "same"}

    world.portal(clientSecret=NEW_SECRET)
    phase = stack.up(program())
    assert phase.steps == {"xero": "update" if visible else "same"}
    assert phase.writes == ([PUT_KEYS] if visible else [])
    assert world.live() == settings(secret=SECRET if visible else NEW_SECRET)
    assert stack.up(program()).steps == {"xero": "same"}


@pytest.mark.parametrize("client_id_masked", [False, True])
@pytest.mark.parametrize("refresh", [True, False])
def test_an_unstable_mask_never_claims_anything(
    world: World, stack: Stack, *, client_id_masked: bool, refresh: bool
) -> None:
    world.behave(mask="unstable", maskClientId=client_id_masked)
    off = {"onDestroy": "disable"}
    stack.up(both(off, off))
    for _ in range(3):
        phase = stack.up(both(off, off), refresh=refresh)
        assert (phase.steps, phase.writes, phase.warnings) == ({"xero": "same", "feeds": "same"}, [], [])
    assert "mask" not in stack.resources["xero"].outputs["keysRecord"]
    world.company()
    changed = both(off | {"clientId": OTHER_ID, "clientSecret": NEW_SECRET}, off)
    with pytest.raises(CodatError, match="while 1 company is linked: they belong to the other Xero app"):
        stack.up(changed, refresh=refresh)
    rotated = both(off | {"clientSecret": NEW_SECRET}, off)
    assert stack.up(rotated, refresh=refresh).writes == [PUT_KEYS]
    assert stack.destroy(refresh=refresh).writes == [PATCH_SETTINGS, PUT_ENABLED]


def test_a_client_id_behind_an_unstable_mask_is_no_drift_and_still_ours(world: World, stack: Stack) -> None:
    world.behave(mask="unstable", maskClientId=True)
    stack.up(program(onDestroy="delete_keys"))
    record = stack.resources["xero"].outputs["keysRecord"]
    assert (record["clientIdUnsteady"], "mask" in record) == (True, False)
    for refresh in (True, False):
        phase = stack.up(program(onDestroy="delete_keys"), refresh=refresh)
        assert (phase.steps, phase.requests, phase.warnings) == ({"xero": "same"}, [*LIVE_VIEW], [])
    assert stack.up(program(onDestroy="delete_keys", enabled=False)).writes == [PUT_ENABLED]
    assert stack.up(program(onDestroy="delete_keys", clientSecret=NEW_SECRET)).writes == [PUT_KEYS, PUT_ENABLED]
    stack.destroy()
    assert world.live() == settings(client_id=None, enabled=False)


def test_another_client_id_behind_an_unstable_mask_is_seen_once_it_is_readable(world: World, stack: Stack) -> None:
    world.behave(mask="unstable", maskClientId=True)
    stack.up(program())
    world.behave(maskClientId=False)
    assert stack.up(program()).steps == {"xero": "same"}
    world.portal(clientId=OTHER_ID)
    assert stack.up(program()).writes == [PUT_KEYS]


def test_a_mask_that_becomes_unstable_is_repaired_once_and_then_claims_nothing(world: World, stack: Stack) -> None:
    stack.up(program())
    world.behave(mask="unstable")
    assert stack.up(program()).writes == [PUT_KEYS]
    assert stack.up(program()).steps == {"xero": "same"}


@pytest.mark.parametrize("mask", ["stars", "last-four", "empty", "versioned", "unstable"])
def test_a_toggle_never_sends_the_keys_whatever_the_mask(world: World, stack: Stack, mask: str) -> None:
    world.behave(mask=mask)
    stack.up(program())
    for enabled in (False, True):
        assert stack.up(program(enabled=enabled)).writes == [PUT_ENABLED]
    assert world.live() == settings()


@pytest.mark.parametrize("client_id_masked", [False, True])
@pytest.mark.parametrize("refresh", [True, False])
def test_another_client_id_is_an_update_in_place(
    world: World, stack: Stack, *, client_id_masked: bool, refresh: bool
) -> None:
    world.behave(maskClientId=client_id_masked)
    stack.up(program())
    changed = program(clientId=OTHER_ID, clientSecret=NEW_SECRET)
    assert stack.preview(changed, refresh=refresh).steps == {"xero": "update"}
    phase = stack.up(changed, refresh=refresh)
    assert phase.requests == [COMPANIES, COMPANIES, KEYS, *RECHECKED, PUT_KEYS, KEYS, KEYS]
    assert phase.warnings == []
    assert world.live() == settings(client_id=OTHER_ID, secret=NEW_SECRET)
    assert stack.up(changed, refresh=refresh).steps == {"xero": "same"}


@pytest.mark.parametrize("refresh", [True, False])
def test_another_client_id_is_refused_while_companies_are_linked(world: World, stack: Stack, *, refresh: bool) -> None:
    stack.up(program())
    for status in ("Linked", "Linked", "Linked", "Unlinked", "PendingAuth", "Deauthorized"):
        world.company(status)
    changed = program(clientId=OTHER_ID, clientSecret=NEW_SECRET)
    for run in (stack.preview, stack.up):
        with pytest.raises(CodatError) as caught:
            run(changed, refresh=refresh)
        assert str(caught.value) == f"{harm('3 companies are')}; set accept_disruption=True if that is intended"
        assert stack.last.writes == []
    assert world.live() == settings()


def test_an_accepted_disruption_is_warned_of_and_carried_out(world: World, stack: Stack) -> None:
    stack.up(program())
    world.company()
    changed = program(clientId=OTHER_ID, clientSecret=NEW_SECRET, acceptDisruption=True)
    assert stack.preview(changed).warnings == [harm("1 company is")]
    phase = stack.up(changed)
    assert phase.writes == [PUT_KEYS]
    assert phase.warnings == [harm("1 company is")]
    assert world.live() == settings(client_id=OTHER_ID, secret=NEW_SECRET)


def test_switching_off_is_warned_of_with_the_number_of_companies(world: World, stack: Stack) -> None:
    stack.up(program())
    world.company()
    world.company()
    told = [f"{LABEL}: switch the integration off while 2 companies are linked: customers can no longer use it"]
    off = program(enabled=False)
    preview = stack.preview(off)
    assert (preview.requests, preview.warnings) == ([COMPANIES, *LIVE_VIEW], told)
    up = stack.up(off)
    assert (up.writes, up.warnings) == ([PUT_ENABLED], told)


def test_off_goes_before_the_keys_of_another_app(world: World, stack: Stack) -> None:
    stack.up(program())
    changed = program(clientId=OTHER_ID, clientSecret=NEW_SECRET, enabled=False)
    assert stack.up(changed).writes == [PUT_ENABLED, PUT_KEYS]


def test_on_goes_after_the_keys(stack: Stack) -> None:
    stack.up(program(enabled=False))
    assert stack.up(program(clientSecret=NEW_SECRET)).writes == [PUT_KEYS, PUT_ENABLED]


def put_more_keys(world: World, **more: str) -> None:
    """As if somebody had saved more than the two keys."""
    with world.process() as process:
        keys = {"clientId": CLIENT_ID, "clientSecret": SECRET, **more}
        process.context.begin().replace_credentials("gbol", keys)


def test_masked_keys_besides_ours_are_never_lost(world: World, stack: Stack) -> None:
    put_more_keys(world, environment="production", tenant="x")
    world.portal(enabled=True)
    stack.up(program())  # adopts
    with pytest.raises(CodatError) as caught:
        stack.up(program(clientSecret=NEW_SECRET))
    assert str(caught.value) == (
        f"{LABEL}: Codat holds more keys than clientId and clientSecret (environment, tenant), masked or no text, and"
        " writing would lose them; nothing was written: change the keys in the Codat Portal"
    )
    assert stack.last.writes == []
    assert world.live() == settings()


def test_a_version_that_codat_shows_beside_the_keys_does_not_stand_in_the_way(world: World, stack: Stack) -> None:
    world.behave(mask="versioned")
    stack.up(program())
    assert stack.up(program(clientSecret=NEW_SECRET)).writes == [PUT_KEYS]
    assert world.live() == settings(secret=NEW_SECRET)


@pytest.mark.parametrize("creates", [True, False])
@pytest.mark.parametrize("mask", ["last-four", "unstable"])
def test_keys_that_somebody_entered_while_the_run_was_under_way_are_not_overwritten(
    world: World, stack: Stack, mask: str, *, creates: bool
) -> None:
    """The live view is as old as the process, which may have made other resources for half an hour."""
    world.behave(mask=mask)
    if not creates:
        stack.up(program())
    declared, outputs = xero(clientSecret=NEW_SECRET), {} if creates else stack.resources["xero"].outputs
    theirs = "s3cret-canary-of-somebody-else"
    with world.process() as process:
        life = process.life("XeroIntegration")
        assert life.check(outputs, declared, frozenset()) == ()
        if not creates:
            life.diff(outputs, declared, frozenset())
        world.portal(clientId=OTHER_ID, clientSecret=theirs, enabled=True)
        with pytest.raises(CodatError) as caught:
            life.create(declared) if creates else life.update(outputs, declared)
    assert str(caught.value).endswith(
        f'): the client ID in Codat changed to "{OTHER_ID}" during this run; the keys were not written: run the same'
        f" command"
        " again"
    )
    assert world.live() == settings(client_id=OTHER_ID, secret=theirs)


def test_a_client_id_whose_mask_became_steady_is_told_from_ours_before_a_destroy(world: World, stack: Stack) -> None:
    world.behave(mask="unstable", maskClientId=True)
    stack.up(program(onDestroy="delete_keys"))
    world.behave(mask="last-four")
    world.portal(clientId=OTHER_ID, clientSecret=NEW_SECRET)
    assert stack.destroy(refresh=False).writes == []
