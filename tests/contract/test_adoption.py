"""Keys that are there already: taken over with a warning under the same client ID, and else left alone."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from .engine import CheckFailed
from .programs import CLIENT_ID, NEW_SECRET, OTHER_ID, SECRET, program, settings
from .world import LIVE_VIEW, PROFILE, PUT_ENABLED, PUT_KEYS

if TYPE_CHECKING:
    from .engine import Stack
    from .world import World

ADOPTS = (
    f'XeroIntegration (gbol): adopts what is there: the keys of client ID "{CLIENT_ID}" stay, and their secret is not'
    " compared; "
)


@pytest.fixture(autouse=True)
def _pinned(world: World, stack: Stack) -> None:
    stack.settings["account"] = world.account_id


@pytest.mark.parametrize("secret", [SECRET, None])
@pytest.mark.parametrize(
    ("found", "declared", "told", "writes"),
    [
        (True, True, "nothing will be written", []),
        (False, True, "switch the integration on will be written", [PUT_ENABLED]),
        (True, False, "switch the integration off will be written", [PUT_ENABLED]),
        (True, None, "nothing will be written", []),
    ],
)
def test_the_same_client_id_is_adopted_and_its_keys_are_not_written(
    world: World, stack: Stack, told: str, writes: list[str], secret: str | None, *, found: bool, declared: bool | None
) -> None:
    world.portal(clientId=CLIENT_ID, clientSecret=NEW_SECRET, enabled=found)
    wanted = program(clientSecret=secret, enabled=declared)

    preview = stack.preview(wanted)
    assert (preview.steps, preview.writes) == ({"xero": "create"}, [])
    assert preview.warnings == [f"{ADOPTS}{told}"]

    up = stack.up(wanted)
    assert up.writes == writes
    assert up.warnings == [f"{ADOPTS}{told}"]
    assert world.live() == settings(secret=NEW_SECRET, enabled=found if declared is None else declared)
    assert stack.resources["xero"].outputs["adopted"] is True
    assert stack.up(wanted).steps == {"xero": "same"}


def test_an_adoption_without_a_difference_costs_reads_only(world: World, stack: Stack) -> None:
    world.portal(clientId=CLIENT_ID, clientSecret=SECRET, enabled=True)
    keys, integration, account = LIVE_VIEW
    assert stack.up(program()).requests == [keys, keys, integration, PROFILE, account]


def test_the_secret_of_adopted_keys_is_written_once_it_changes(world: World, stack: Stack) -> None:
    world.portal(clientId=CLIENT_ID, clientSecret=SECRET, enabled=True)
    stack.up(program())
    assert stack.up(program(clientSecret=NEW_SECRET)).writes == [PUT_KEYS]
    assert world.live() == settings(secret=NEW_SECRET)


def test_a_secret_that_is_declared_after_an_adoption_without_one_is_written(world: World, stack: Stack) -> None:
    world.portal(clientId=CLIENT_ID, clientSecret=SECRET, enabled=True)
    stack.up(program(clientSecret=None))
    assert "clientSecret" not in stack.resources["xero"].outputs
    assert stack.up(program(clientSecret=NEW_SECRET)).writes == [PUT_KEYS]


def test_a_rotation_after_the_adoption_is_drift(world: World, stack: Stack) -> None:
    world.portal(clientId=CLIENT_ID, clientSecret=SECRET, enabled=True)
    stack.up(program())
    world.portal(clientSecret=NEW_SECRET)
    assert stack.up(program()).writes == [PUT_KEYS]
    assert world.live() == settings()


@pytest.mark.parametrize("secret", [SECRET, None])
def test_another_client_id_is_never_overwritten_by_a_create(world: World, stack: Stack, secret: str | None) -> None:
    world.portal(clientId=OTHER_ID, clientSecret=NEW_SECRET, enabled=True)
    for run in (stack.preview, stack.up):
        with pytest.raises(CheckFailed) as caught:
            run(program(clientSecret=secret, acceptDisruption=True))
        assert str(caught.value) == (
            f'XeroIntegration (gbol): Codat already has keys with the client ID "{OTHER_ID}", and "{CLIENT_ID}" is'
            " declared; they are not overwritten: declare that client ID to adopt them, or remove the keys in the Codat"
            " Portal (https://app.codat.io/settings/integrations/accounting)"
        )
        assert stack.last.requests == [*LIVE_VIEW]
    assert world.live() == settings(client_id=OTHER_ID, secret=NEW_SECRET)
    assert stack.resources == {}


def test_a_client_id_too_masked_to_tell_is_not_adopted(world: World, stack: Stack) -> None:
    world.portal(clientId=CLIENT_ID, clientSecret=SECRET)
    world.behave(maskClientId=True)
    with pytest.raises(CheckFailed, match=r'shows too little of their client ID \(".{8}0718"\)'):
        stack.up(program())
    assert stack.last.writes == []


def test_adopted_settings_are_retained_on_destroy(world: World, stack: Stack) -> None:
    world.portal(clientId=CLIENT_ID, clientSecret=SECRET, enabled=True)
    stack.up(program())
    phase = stack.destroy(refresh=False)
    assert phase.requests == []
    assert phase.warnings == [
        "XeroIntegration (gbol, Acme Dev): settings in Codat stay as they are (retain, because of its adoption)"
    ]
    assert world.live() == settings()


def test_adoption_survives_refreshes_and_updates(world: World, stack: Stack) -> None:
    world.portal(clientId=CLIENT_ID, clientSecret=SECRET, enabled=True)
    stack.up(program())
    world.portal(enabled=False)
    stack.refresh()
    stack.up(program(clientSecret=NEW_SECRET))
    assert stack.resources["xero"].outputs["adopted"] is True
    assert stack.destroy().writes == []
