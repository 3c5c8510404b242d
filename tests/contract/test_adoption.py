"""Keys that are there already: taken over with a warning under the same client ID, and else left alone.

Here Xero cannot be asked whether the declared secret is theirs; where it can be, `test_verification.py` has it.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from pulumi_codat.api import CodatError

from .engine import CheckFailed, RunFailed
from .programs import CLIENT_ID, NEW_SECRET, OTHER_ID, PARTNER, SECRET, program, settings
from .world import COMPANIES, KEYS, LIVE_VIEW, PROFILE, PUT_ENABLED, PUT_KEYS

if TYPE_CHECKING:
    from .engine import Stack
    from .world import World

LABEL = "XeroIntegration (gbol)"
ADOPTS = f'{LABEL}: adopts what is there: client ID "{CLIENT_ID}"'
UNCOMPARED = "the secret is not compared and stays as it is"
CONTRADICTED = (
    f"{LABEL}: what Codat shows of the secret contradicts the declared one, and Xero does not tell which is right (no"
    " pair is sent to the real Xero with a base URL on this machine); nothing was written: set"
    ' adopt="overwrite" to write the declared one, let Xero be asked (codat:verifyXeroKeys), or declare no client'
    " secret to leave the keys as they are"
)


@pytest.fixture(autouse=True)
def _pinned(world: World, stack: Stack) -> None:
    stack.settings["account"] = world.account_id


@pytest.mark.parametrize("secret", [NEW_SECRET, None])
@pytest.mark.parametrize(
    ("found", "declared", "same", "told", "writes"),
    [
        (True, True, " and enabled=true are", "nothing", []),
        (False, False, " and enabled=false are", "nothing", []),
        (False, True, " is", "switch the integration on", [PUT_ENABLED]),
        (True, False, " is", "switch the integration off", [PUT_ENABLED]),
        (True, None, " is", "nothing", []),
    ],
)
def test_the_same_client_id_is_adopted_and_its_keys_are_not_written(
    world: World,
    stack: Stack,
    *,
    same: str,
    told: str,
    writes: list[str],
    secret: str | None,
    found: bool,
    declared: bool | None,
) -> None:
    world.portal(clientId=CLIENT_ID, clientSecret=NEW_SECRET, enabled=found)
    wanted = program(clientSecret=secret, enabled=declared)
    warning = f"{ADOPTS}{same} as declared; {UNCOMPARED}; {told} will be written"

    preview = stack.preview(wanted)
    assert (preview.steps, preview.writes) == ({"xero": "create"}, [])
    assert preview.warnings == [warning]

    up = stack.up(wanted)
    assert up.writes == writes
    assert up.warnings == [warning]
    assert world.live() == settings(secret=NEW_SECRET, enabled=found if declared is None else declared)
    assert stack.resources["xero"].outputs["adopted"] is True
    assert stack.up(wanted).steps == {"xero": "same"}


@pytest.mark.parametrize("mask", ["stars", "empty", "versioned", "unstable"])
def test_a_mask_that_shows_nothing_of_the_secret_contradicts_nothing(world: World, stack: Stack, mask: str) -> None:
    world.behave(mask=mask)
    world.portal(clientId=CLIENT_ID, clientSecret=NEW_SECRET, enabled=True)
    (warning,) = stack.preview(program()).warnings
    assert UNCOMPARED in warning


@pytest.mark.parametrize("enabled", [True, False, None])
def test_a_mask_that_contradicts_the_declared_secret_stops_after_a_second_look(
    world: World, stack: Stack, *, enabled: bool | None
) -> None:
    world.portal(clientId=CLIENT_ID, clientSecret=NEW_SECRET, enabled=True)
    for run in (stack.preview, stack.up):
        with pytest.raises(CheckFailed) as caught:
            run(program(enabled=enabled))
        assert str(caught.value) == CONTRADICTED
        assert stack.last.requests == [KEYS, *LIVE_VIEW]  # because the mask may be unstable
    assert world.live() == settings(secret=NEW_SECRET)
    assert stack.preview(program(clientSecret=NEW_SECRET)).requests == [*LIVE_VIEW]


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


@pytest.mark.parametrize(
    ("secret", "overwrite"),
    [(SECRET, 'set adopt="overwrite"'), (None, 'set adopt="overwrite" and declare the client secret')],
)
@pytest.mark.parametrize("adopt", [None, "if_same"])
def test_another_client_id_is_not_overwritten_by_a_create(
    world: World, stack: Stack, secret: str | None, overwrite: str, adopt: str | None
) -> None:
    world.portal(clientId=OTHER_ID, clientSecret=NEW_SECRET, enabled=True)
    for run in (stack.preview, stack.up):
        with pytest.raises(CheckFailed) as caught:
            run(program(clientSecret=secret, acceptDisruption=True, adopt=adopt))
        assert str(caught.value) == (
            f'{LABEL}: Codat already has keys with the client ID "{OTHER_ID}", and "{CLIENT_ID}" is declared; they are'
            f" not overwritten: declare that client ID to adopt them, {overwrite} to replace them, or remove them in"
            " the Codat Portal (https://app.codat.io/settings/integrations/accounting)"
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


@pytest.mark.parametrize("client_id", [CLIENT_ID, OTHER_ID])
def test_never_refuses_whatever_is_there_and_adopts_nothing(world: World, stack: Stack, client_id: str) -> None:
    world.portal(clientId=client_id, clientSecret=SECRET, enabled=True)
    for run in (stack.preview, stack.up):
        with pytest.raises(CheckFailed) as caught:
            run(program(adopt="never"))
        assert str(caught.value) == (
            f'{LABEL}: Codat already has keys, with the client ID "{client_id}", and adopt is "never": remove them in'
            ' the Codat Portal (https://app.codat.io/settings/integrations/accounting), or set adopt="if_same" (also'
            " where they are of this program, from a run that was interrupted, or before a rename or a replacement)"
        )
        assert stack.last.requests == [*LIVE_VIEW]
    assert world.live() == settings(client_id=client_id)


def test_never_creates_where_nothing_is_there_and_then_updates_like_any_other(world: World, stack: Stack) -> None:
    wanted = program(adopt="never")
    assert stack.up(wanted).writes == [PUT_KEYS, PUT_ENABLED]
    assert stack.up(wanted).steps == {"xero": "same"}
    world.portal(clientId=OTHER_ID)
    assert stack.up(wanted).writes == [PUT_KEYS]
    with pytest.raises(CheckFailed, match='adopt is "never"'):
        stack.up({"renamed": wanted["xero"]})
    assert stack.last.writes == []


def test_overwrite_names_what_it_overwrites_and_makes_it_ours(world: World, stack: Stack) -> None:
    world.portal(clientId=OTHER_ID, clientSecret=NEW_SECRET)
    wanted = program(adopt="overwrite", onDestroy="disable")
    told = [
        (
            f'{LABEL}: overwrites what is there: the keys of client ID "{OTHER_ID}" by those of "{CLIENT_ID}"; switch'
            " the integration on will be written as well"
        )
    ]
    preview = stack.preview(wanted)
    assert (preview.steps, preview.requests, preview.warnings) == ({"xero": "create"}, [COMPANIES, *LIVE_VIEW], told)

    up = stack.up(wanted)
    assert (up.writes, up.warnings) == ([PUT_KEYS, PUT_ENABLED], told)
    assert world.live() == settings()
    assert stack.resources["xero"].outputs["adopted"] is False
    assert stack.up(wanted).steps == {"xero": "same"}
    stack.destroy()
    assert world.live() == settings(enabled=False)


def test_overwrite_writes_the_declared_secret_under_the_same_client_id(world: World, stack: Stack) -> None:
    world.portal(clientId=CLIENT_ID, clientSecret=NEW_SECRET, enabled=True)
    world.company()
    preview = stack.preview(program(adopt="overwrite"))
    assert preview.warnings == [
        (
            f"{LABEL}: the client secret changes while 1 company is linked: Codat does not say whether their"
            " connections survive it (for Plaid they do not), so check them afterwards"
        ),
        f'{LABEL}: overwrites what is there: the secret of client ID "{CLIENT_ID}" by the declared one',
    ]
    assert stack.up(program(adopt="overwrite")).writes == [PUT_KEYS]
    assert world.live() == settings()


@pytest.mark.parametrize("masked", [False, True])
def test_overwrite_needs_an_accepted_disruption_while_companies_are_linked(
    world: World, stack: Stack, *, masked: bool
) -> None:
    world.portal(clientId=OTHER_ID, clientSecret=NEW_SECRET, enabled=True)
    world.behave(maskClientId=masked)
    world.company()
    shown = "********0E2D"[:8] + OTHER_ID[-4:] if masked else OTHER_ID
    verb = "may" if masked else "would"
    harm = (
        f'{LABEL}: the client ID {verb} change from "{shown}" to "{CLIENT_ID}" while 1 company is linked: they belong'
        " to the other Xero app and must reconnect"
    )
    for run in (stack.preview, stack.up):
        with pytest.raises(CheckFailed) as caught:
            run(program(adopt="overwrite"))
        assert str(caught.value) == f"{harm}; set accept_disruption=True if that is intended"
        assert stack.last.writes == []
    accepted = program(adopt="overwrite", acceptDisruption=True)
    assert harm in stack.preview(accepted).warnings
    assert stack.up(accepted).writes == [PUT_KEYS]
    assert world.live() == settings()


def test_a_masked_client_id_that_may_be_the_same_counts_as_another_when_it_is_overwritten(
    world: World, stack: Stack
) -> None:
    world.portal(clientId=CLIENT_ID, clientSecret=SECRET, enabled=True)
    world.behave(maskClientId=True)
    world.company()
    with pytest.raises(CheckFailed, match=r'the client ID may change from "\*{8}0718" to'):
        stack.up(program(adopt="overwrite"))
    assert stack.up(program(adopt="overwrite", acceptDisruption=True)).writes == [PUT_KEYS]


@pytest.mark.parametrize("adopt", ["if_same", "overwrite"])
def test_without_a_declared_secret_keys_are_never_written(world: World, stack: Stack, adopt: str) -> None:
    wanted = program(clientSecret=None, adopt=adopt)
    with pytest.raises(CheckFailed, match="Codat has no keys and clientSecret is not declared"):
        stack.up(wanted)
    world.portal(clientId=OTHER_ID, clientSecret=NEW_SECRET)
    with pytest.raises(CheckFailed, match="declare the client secret"):
        stack.up(wanted)
    world.portal(clientId=CLIENT_ID)
    assert stack.up(wanted).writes == [PUT_ENABLED]
    assert stack.resources["xero"].outputs["adopted"] is True
    for edit in ({"clientId": OTHER_ID}, {"clientId": None, "clientSecret": None}):
        world.portal(**edit)
        with pytest.raises(CodatError):
            stack.up(wanted)
        assert stack.last.writes == []


def test_a_half_made_create_that_was_forgotten_converges_by_adoption(world: World, stack: Stack) -> None:
    world.fault(PUT_ENABLED, "400")
    with pytest.raises(RunFailed):
        stack.up(program())
    stack.resources.clear()  # as if the engine had been killed before it saved the state
    with pytest.raises(CheckFailed, match='adopt is "never"'):
        stack.up(program(adopt="never"))
    assert stack.up(program()).writes == [PUT_ENABLED]
    assert world.live() == settings()
    assert stack.up(program()).steps == {"xero": "same"}


def test_an_adoption_that_stops_half_way_is_completed_without_writing_the_keys(world: World, stack: Stack) -> None:
    world.portal(clientId=CLIENT_ID, clientSecret=SECRET)
    world.fault(PUT_ENABLED, "500", times=99)
    with pytest.raises(RunFailed, match=r"partially applied \(unknown: switch the integration on\)"):
        stack.up(program())
    outputs = stack.resources["xero"].outputs
    assert (outputs["adopted"], outputs["clientId"], outputs["clientSecret"]) == (True, CLIENT_ID, SECRET)
    world.heal()
    assert stack.up(program()).writes == [PUT_ENABLED]
    assert world.live() == settings()
    assert stack.resources["xero"].outputs["secretDriftVisible"] is True
    assert stack.up(program()).steps == {"xero": "same"}


@pytest.mark.parametrize("refresh", [True, False])
def test_a_destroy_after_an_adoption_that_stopped_half_way_goes_by_the_policy(
    world: World, stack: Stack, *, refresh: bool
) -> None:
    world.portal(clientId=CLIENT_ID, clientSecret=SECRET)
    world.fault(PUT_ENABLED, "500", times=99)
    with pytest.raises(RunFailed):
        stack.up(program(onDestroy="disable"))
    world.heal()
    world.portal(enabled=True)
    assert stack.destroy(refresh=refresh).writes == [PUT_ENABLED]


@pytest.mark.parametrize("refresh", [True, False])
@pytest.mark.parametrize("policy", ["disable", "delete_keys"])
def test_an_overwrite_that_stopped_before_the_keys_has_made_nothing_ours(
    world: World, stack: Stack, policy: str, *, refresh: bool
) -> None:
    world.portal(clientId=OTHER_ID, clientSecret=NEW_SECRET, enabled=True)
    world.fault(PUT_KEYS, "400")
    wanted = program(adopt="overwrite", enabled=False, onDestroy=policy)
    with pytest.raises(RunFailed, match=r"partially applied \(done: switch the integration off\)"):
        stack.up(wanted)
    phase = stack.destroy(refresh=refresh)
    assert phase.writes == []
    assert phase.warnings[-1] == (
        f'XeroIntegration (gbol, Acme Dev): Codat has the client ID "{OTHER_ID}", and no keys were written from here:'
        " nothing was written, and the integration stays off"
    )
    assert world.live() == settings(client_id=OTHER_ID, secret=NEW_SECRET, enabled=False)


def test_an_overwrite_that_stopped_before_the_keys_is_completed(world: World, stack: Stack) -> None:
    world.portal(clientId=OTHER_ID, clientSecret=NEW_SECRET, enabled=True)
    world.fault(PUT_KEYS, "400")
    wanted = program(adopt="overwrite", enabled=False)
    with pytest.raises(RunFailed):
        stack.up(wanted)
    world.company()
    with pytest.raises(CodatError, match="while 1 company is linked: they belong to the other Xero app"):
        stack.up(wanted)
    assert stack.up(program(adopt="overwrite", enabled=False, acceptDisruption=True)).writes == [PUT_KEYS]
    assert world.live() == settings(enabled=False)


def test_an_adoption_with_a_tier_counts_companies_once(world: World, stack: Stack) -> None:
    world.portal(clientId=CLIENT_ID, clientSecret=SECRET, enabled=True)
    keys, integration, account = LIVE_VIEW
    assert stack.up(program(app=PARTNER)).requests == [COMPANIES, keys, KEYS, integration, PROFILE, account]
    assert stack.up(program(app=PARTNER)).requests == [*LIVE_VIEW]


def test_adopted_settings_are_retained_on_destroy(world: World, stack: Stack) -> None:
    world.portal(clientId=CLIENT_ID, clientSecret=SECRET, enabled=True)
    stack.up(program())
    phase = stack.destroy(refresh=False)
    assert phase.requests == []
    assert phase.warnings == [
        "XeroIntegration (gbol, Acme Dev): settings in Codat stay as they are (on_destroy is retain)"
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


def test_another_client_id_that_nobody_sees_or_writes_is_told(world: World, stack: Stack) -> None:
    world.portal(clientId=CLIENT_ID, clientSecret=SECRET, enabled=True)
    stack.up(program(clientSecret=None))
    world.behave(maskClientId=True, mask="stars")
    moved = program(clientSecret=None, clientId=OTHER_ID)
    for run in (stack.preview, stack.up):
        run(moved)
        (told,) = (line for line in stack.last.warnings if "Codat shows too little of the client ID" in line)
        assert f'to tell whether it is "{OTHER_ID}" by now, which is not written' in told
        assert stack.last.writes == []
    assert stack.preview(moved).steps == {"xero": "same"}
    assert any("Codat shows too little of the client ID" in line for line in stack.last.warnings)


def test_keys_under_a_client_id_that_was_neither_written_nor_seen_are_guarded(world: World, stack: Stack) -> None:
    world.portal(clientId=CLIENT_ID, clientSecret=SECRET, enabled=True)
    stack.up(program(clientSecret=None))
    world.behave(maskClientId=True, mask="stars")
    stack.up(program(clientSecret=None, clientId=OTHER_ID))
    world.company()
    with pytest.raises(CodatError, match="while 1 company is linked: they belong to the other Xero app"):
        stack.up(program(clientId=OTHER_ID, clientSecret=NEW_SECRET))
    assert stack.last.writes == []


def test_a_client_id_that_the_mask_tells_from_the_last_one_is_recorded(world: World, stack: Stack) -> None:
    world.portal(clientId=CLIENT_ID, clientSecret=SECRET, enabled=True)
    stack.up(program(clientSecret=None))
    world.portal(clientId=OTHER_ID, clientSecret=NEW_SECRET)
    world.behave(maskClientId=True)
    moved = program(clientSecret=None, clientId=OTHER_ID)
    stack.up(moved)
    assert (stack.preview(moved).steps, stack.last.warnings) == ({"xero": "same"}, [])


def test_keys_that_the_portal_moved_to_the_client_id_declared_since_are_overwritten_at_once(
    world: World, stack: Stack
) -> None:
    stack.up(program(clientId=OTHER_ID))
    world.portal(clientId=CLIENT_ID, clientSecret=SECRET)
    overwrites = program(adopt="overwrite")
    stack.refresh()
    assert stack.up(overwrites).writes == [PUT_KEYS]
    stack.refresh()
    assert stack.preview(overwrites).steps == {"xero": "same"}
