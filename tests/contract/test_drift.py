"""Changes made behind Pulumi's back: found by a plain preview and by a refresh, told once, and repaired."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from pulumi_codat.api import CodatError

from .programs import CLIENT_ID, NEW_SECRET, OTHER_ID, SECRET, both, program, settings, xero
from .world import (
    COMPANIES,
    DELETE_KEYS,
    INTEGRATION,
    KEYS,
    LIVE_VIEW,
    PATCH_SETTINGS,
    PUT_ENABLED,
    PUT_KEYS,
    WHOLE_VIEW,
)

if TYPE_CHECKING:
    from .engine import Stack
    from .world import World

LABEL = "XeroIntegration (gbol, Acme Dev): changed outside of Pulumi: "
REPAIRS = "; `pulumi up` repairs it"

DRIFTS = [
    ({"enabled": False}, "enabled is false in Codat, declared true", [PUT_ENABLED], {"enabled": False}),
    (
        {"clientId": OTHER_ID},
        f'clientId is "{OTHER_ID}" in Codat, declared "{CLIENT_ID}"',
        [PUT_KEYS],
        {"clientId": OTHER_ID},
    ),
    (
        {"clientSecret": NEW_SECRET},
        "clientSecret is [another secret] in Codat, declared [secret]",
        [PUT_KEYS],
        {"clientSecret": "<changed outside of Pulumi>"},
    ),
    (
        {"clientId": None, "clientSecret": None},
        f'clientId is "" in Codat, declared "{CLIENT_ID}"',
        [PUT_KEYS],
        {"clientId": ""},
    ),
    (
        {"clientId": OTHER_ID, "clientSecret": NEW_SECRET, "enabled": False},
        (
            f'clientId is "{OTHER_ID}" in Codat, declared "{CLIENT_ID}"; clientSecret is [another secret] in Codat,'
            " declared [secret]; enabled is false in Codat, declared true"
        ),
        [PUT_KEYS, PUT_ENABLED],
        {"clientId": OTHER_ID, "clientSecret": "<changed outside of Pulumi>", "enabled": False},
    ),
]
NAMES = ["toggle", "client ID", "secret", "keys deleted", "everything"]


def _view(edit: dict[str, object], *, plans: bool) -> list[str]:
    """What is read after that edit: companies where other keys would be replaced, settings where there are no keys.

    A refresh counts for another client ID only, because a rotation is no obstacle to the repair.
    """
    if "clientId" in edit and edit["clientId"] is None:
        return [*WHOLE_VIEW]
    counts = "clientId" in edit or (plans and "clientSecret" in edit)
    return [COMPANIES, *LIVE_VIEW] if counts else [*LIVE_VIEW]


@pytest.mark.parametrize(("edit", "told", "repair", "shown"), DRIFTS, ids=NAMES)
@pytest.mark.parametrize("refresh", [True, False])
def test_drift_is_shown_by_a_preview_and_repaired_by_an_up(
    world: World,
    stack: Stack,
    *,
    edit: dict[str, object],
    told: str,
    repair: list[str],
    shown: dict[str, object],
    refresh: bool,
) -> None:
    stack.up(program())
    world.portal(**edit)
    drifted = world.live()

    preview = stack.preview(program(), refresh=refresh)
    assert preview.steps == {"xero": "update"}
    assert preview.warnings == [f"{LABEL}{told}{REPAIRS}"]
    assert preview.requests == [*_view(edit, plans=True)]
    assert world.live() == drifted

    up = stack.up(program(), refresh=refresh)
    assert up.writes == repair
    assert up.warnings == [f"{LABEL}{told}{REPAIRS}"]
    assert world.live() == settings()

    after = stack.up(program(), refresh=refresh)
    assert (after.steps, after.writes, after.warnings) == ({"xero": "same"}, [], [])


@pytest.mark.parametrize(("edit", "told", "repair", "shown"), DRIFTS, ids=NAMES)
def test_a_refresh_returns_what_is_live_as_outputs_and_inputs(
    world: World, stack: Stack, *, edit: dict[str, object], told: str, repair: list[str], shown: dict[str, object]
) -> None:
    stack.up(program())
    before = stack.resources["xero"].outputs
    world.portal(**edit)
    phase = stack.refresh()
    assert phase.requests == [*_view(edit, plans=False)]
    assert phase.warnings == [f"{LABEL}{told}{REPAIRS}"]
    assert stack.resources["xero"].outputs == before | shown
    assert stack.resources["xero"].inputs == xero() | shown
    assert stack.up(program()).writes == repair
    assert world.live() == settings()
    assert stack.resources["xero"].outputs["adopted"] is False


@pytest.mark.parametrize("refresh", [True, False])
def test_the_toggle_of_bank_feeds_drifts_and_is_repaired(world: World, stack: Stack, *, refresh: bool) -> None:
    stack.up(both())
    world.portal(bankFeeds=False)
    preview = stack.preview(both(), refresh=refresh)
    assert preview.steps == {"xero": "same", "feeds": "update"}
    assert preview.requests == [*WHOLE_VIEW]
    assert (
        "XeroBankFeeds (gbol, Acme Dev): changed outside of Pulumi: enabled is false in Codat, declared true; `pulumi"
        " up` repairs it"
    ) in preview.warnings
    assert stack.up(both(), refresh=refresh).writes == [PATCH_SETTINGS]
    assert world.live() == settings(bank_feeds=True)
    assert stack.up(both(), refresh=refresh).steps == {"xero": "same", "feeds": "same"}


def test_bank_feeds_switched_on_by_somebody_are_switched_off_again(world: World, stack: Stack) -> None:
    stack.up(both(toggle={"enabled": False}))
    world.portal(bankFeeds=True)
    assert stack.up(both(toggle={"enabled": False})).writes == [PATCH_SETTINGS]
    assert world.live() == settings()


def test_a_drift_that_the_program_now_declares_is_taken_over_without_a_write(world: World, stack: Stack) -> None:
    stack.up(program())
    world.portal(enabled=False)
    phase = stack.up(program(enabled=False))
    assert (phase.steps, phase.writes) == ({"xero": "update"}, [])
    assert stack.up(program(enabled=False)).warnings == []


def test_a_drifted_toggle_does_not_send_the_keys(world: World, stack: Stack) -> None:
    stack.up(program())
    world.portal(enabled=False)
    assert stack.up(program()).requests == [KEYS, *LIVE_VIEW[:1], INTEGRATION, *LIVE_VIEW[1:], PUT_ENABLED, INTEGRATION]


def test_a_rotated_secret_that_is_not_ours_to_write_is_no_drift(world: World, stack: Stack) -> None:
    world.portal(clientId=CLIENT_ID, clientSecret=SECRET)
    stack.up(program(clientSecret=None))
    world.portal(clientSecret=NEW_SECRET)
    phase = stack.up(program(clientSecret=None))
    assert (phase.steps, phase.writes, phase.warnings) == ({"xero": "same"}, [], [])


def test_deleted_keys_without_a_declared_secret_cannot_be_repaired_and_it_is_said(world: World, stack: Stack) -> None:
    world.portal(clientId=CLIENT_ID, clientSecret=SECRET)
    stack.up(program(clientSecret=None))
    world.portal(clientId=None, clientSecret=None)
    with pytest.raises(CodatError, match="Codat has no keys and clientSecret is not declared"):
        stack.up(program(clientSecret=None))
    assert stack.last.writes == []


def test_another_client_id_without_a_declared_secret_cannot_be_repaired_and_it_is_said(
    world: World, stack: Stack
) -> None:
    world.portal(clientId=CLIENT_ID, clientSecret=SECRET)
    stack.up(program(clientSecret=None))
    world.portal(clientId=OTHER_ID)
    with pytest.raises(CodatError, match=f'Codat has the client ID "{OTHER_ID}".*without a client secret'):
        stack.up(program(clientSecret=None))
    assert stack.last.writes == []


def test_keys_deleted_through_the_api_are_drift_and_never_a_resource_that_is_gone(world: World, stack: Stack) -> None:
    stack.up(program())
    with world.process() as process:
        codat = process.context.begin()
        codat.delete_credentials("gbol")
    assert world.requests() == [DELETE_KEYS]
    assert stack.refresh().requests == [*WHOLE_VIEW]  # because other settings tell whether they are still offered
    assert stack.resources["xero"].outputs["clientId"] == ""
    assert stack.up(program()).writes == [PUT_KEYS]


def test_two_refreshes_in_a_row_change_nothing_more(world: World, stack: Stack) -> None:
    stack.up(program())
    world.portal(clientSecret=NEW_SECRET, enabled=False)
    stack.refresh()
    first = stack.resources["xero"].outputs
    assert len(stack.refresh().warnings) == 1  # because it is still so
    assert stack.resources["xero"].outputs == first
    assert stack.up(program()).writes == [PUT_KEYS, PUT_ENABLED]
    assert world.live() == settings()


@pytest.mark.parametrize("found", [{"clientId": OTHER_ID}, {"enabled": False}])
def test_what_a_refresh_recorded_and_the_portal_took_back_is_left_until_a_refresh(
    world: World, stack: Stack, found: dict[str, object]
) -> None:
    stack.up(program())
    world.portal(**found)
    stack.refresh()
    world.portal(clientId=CLIENT_ID, clientSecret=SECRET, enabled=True)
    phase = stack.up(program(**found), refresh=False)  # what the engine sends for an input that is ignored, too
    assert (phase.steps, phase.writes) == ({"xero": "same"}, [])
    assert "it cannot be told which is declared" in phase.warnings[0]
    with pytest.raises(CodatError, match=r"run the same command with a refresh; nothing was written$"):
        stack.up(program(onDestroy="disable", **found), refresh=False)
    assert stack.last.writes == []
    assert stack.up(program(**found)).writes != []


def test_a_toggle_that_was_taken_back_is_left_until_a_refresh(world: World, stack: Stack) -> None:
    stack.up(both())
    world.portal(bankFeeds=False)
    stack.refresh()
    world.portal(bankFeeds=True)
    phase = stack.up(both(toggle={"enabled": False}), refresh=False)
    assert (phase.steps["feeds"], phase.writes) == ("same", [])
    assert stack.up(both(toggle={"enabled": False})).writes == [PATCH_SETTINGS]


def test_keys_that_a_person_entered_as_declared_are_no_drift_once_they_are_shown(world: World, stack: Stack) -> None:
    world.portal(clientId=CLIENT_ID, clientSecret=SECRET, enabled=True)
    stack.up(program(clientSecret=None))
    world.behave(maskClientId=True, mask="stars")
    moved = program(clientSecret=None, clientId=OTHER_ID)
    stack.up(moved)
    world.portal(clientId=OTHER_ID, clientSecret=NEW_SECRET)
    world.behave(maskClientId=False)
    assert (stack.preview(moved).steps, stack.last.warnings) == ({"xero": "same"}, [])


def test_a_client_id_that_no_refresh_can_tell_is_not_waited_for(world: World, stack: Stack) -> None:
    stack.up(program())
    world.portal(clientId=OTHER_ID)
    stack.refresh()
    world.behave(maskClientId=True, mask="empty")
    moved = program(clientId=OTHER_ID, clientSecret=NEW_SECRET)
    assert stack.up(moved).writes == [PUT_KEYS]
    assert stack.preview(moved).steps == {"xero": "same"}
