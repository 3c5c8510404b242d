"""Where a person writes: what is clicked, how long is waited, what is read meanwhile, and what is then recorded."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

import pytest

from pulumi_codat.api import CodatError
from pulumi_codat.pipeline import Pipeline
from pulumi_codat.reconcile.guards import PRODUCT
from tests.unit.fake_clock import FakeClock

from .engine import RunFailed
from .programs import CLIENT_ID, NEW_SECRET, OTHER_ID, PARTNER, SECRET, both, feeds, program, settings
from .world import (
    ACCOUNT,
    DELETE_KEYS,
    INTEGRATION,
    KEYS,
    LIVE_VIEW,
    PATCH_SETTINGS,
    PROFILE,
    PUT_ENABLED,
    PUT_KEYS,
    RECHECKED,
    SETTINGS,
    WHOLE_VIEW,
)

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from .engine import Stack
    from .world import World

FIRST = "XeroIntegration (gbol)"
LABEL = "XeroIntegration (gbol, Acme Dev)"
PERSON = "codat:writes is person, so nothing is written through the API"
HIDDEN = "this account does not show what would be written, so nothing is written through the API"
PORTAL = (
    "; manual steps in the Codat Portal (https://app.codat.io/settings/integrations/accounting): 1) open Settings >"
    " Integrations > Accounting in the account Acme Dev (5b8d3c0e-2f41-4a6b-9c57-d1e07a3f6b21); "
)
ENTER = (
    f'enter {CLIENT_ID} as "Client ID"; 4) enter the declared secret as "Client secret", without spaces: take it from'
    " the secret store that the program reads (it is not printed; if it is lost, generate a new one on the"
    ' Configuration page of the app under "My Apps" at Xero, and declare that); 5) choose "Save" and wait for the'
    " confirmation; 6) "
)
SET_UP = '2) choose "Set up" beside Xero and open "Integration settings"; 3) ' + ENTER
LOOK_FIRST = (
    '2) choose "Set up" (or "Manage") beside Xero and open "Integration settings"; 3) look at the Client ID there'
    " first: companies connected through another one have to reconnect; 4) enter"
)
ENABLE = 'in the dialog "Enable Xero" enable it now (or turn the toggle beside Xero on)'
UNSEEN = f"{FIRST}: manual steps cannot be verified, because Codat does not show the result: write the keys"
NOT_ALL = f"{LABEL}: Codat does not show all settings to this API key, so the comparison is incomplete"


@dataclass
class Portal(FakeClock):
    """A clock under which a person does things at certain times."""

    due: list[tuple[float, Callable[[], None]]] = field(default_factory=list)

    def __post_init__(self) -> None:
        super().__init__()

    def sleep(self, seconds: float) -> None:
        super().sleep(seconds)
        while self.due and self.due[0][0] <= self.passed:
            self.due.pop(0)[1]()


@pytest.fixture(autouse=True)
def _pinned(world: World, stack: Stack) -> None:
    stack.settings["account"] = world.account_id


@pytest.fixture(name="person")
def _person(world: World, stack: Stack) -> Portal:
    """The stack's writes are a person's, who is waited for ten minutes."""
    stack.settings |= {"writes": "person", "person_wait_seconds": 600}
    world.clock = Portal()
    return world.clock


def enters_all(world: World, secret: str = SECRET) -> Callable[[], None]:
    return lambda: world.portal(clientId=CLIENT_ID, clientSecret=secret, enabled=True)


def test_a_person_does_it_all_and_is_seen_to_have_done_it(world: World, stack: Stack, person: Portal) -> None:
    person.due = [(70, lambda: world.portal(clientId=CLIENT_ID, clientSecret=SECRET)), (100, enters_all(world))]
    phase = stack.up(program())
    assert phase.requests == sorted(
        [
            *RECHECKED,  # before a person is asked as before a write
            PROFILE,  # the account's name, for the person
            SETTINGS,  # whether a 404 for the keys means that there are none
            *[INTEGRATION] * 4,  # a look at 30, 60, 90 and 120 s
            KEYS,  # once the toggle is on
            KEYS,  # the mask, read twice because it may be unstable
        ]
    )
    assert person.slept == [30, 30, 30, 30]
    assert phase.warnings == [
        f"{FIRST}: {PERSON}{PORTAL}{SET_UP}{ENABLE}",
        f"{FIRST}: waiting up to 600 s for the manual steps, checking every 30 s",
    ]
    outputs = stack.resources["xero"].outputs
    assert (outputs["clientId"], outputs["enabled"]) == (CLIENT_ID, True)
    assert "lastWrittenAt" not in outputs  # because nothing was written from here
    assert "unverified" not in outputs
    after = stack.preview(program())
    assert (after.steps, after.requests, after.warnings) == ({"xero": "same"}, [*LIVE_VIEW], [])
    world.portal(clientSecret=NEW_SECRET)
    assert stack.preview(program()).steps == {"xero": "update"}  # because the mask was recorded


def test_the_wait_is_as_long_as_said_and_each_look_is_one_read(world: World, stack: Stack, person: Portal) -> None:
    stack.settings["person_wait_seconds"] = 100
    with pytest.raises(RunFailed) as caught:
        stack.up(program())
    assert str(caught.value) == (
        f"{LABEL}: not applied yet: manual steps not completed after 100 s: write the keys, switch the integration"
        " on (the steps are in the warning; codat:personWaitSeconds sets how long to wait); the next `pulumi up`"
        " completes it"
    )
    assert person.slept == [30, 30, 30, 10]
    assert stack.last.requests.count(INTEGRATION) == 2 + 4
    assert stack.last.requests.count(KEYS) == 2
    assert stack.last.writes == []


def test_a_wait_shorter_than_the_time_between_two_looks_is_told_as_it_is(stack: Stack, person: Portal) -> None:
    stack.settings["person_wait_seconds"] = 5
    with pytest.raises(RunFailed, match="not completed after 5 s"):
        stack.up(program())
    assert stack.last.warnings[1] == f"{FIRST}: waiting up to 5 s for the manual steps, checking every 5 s"
    assert person.slept == [5]


def test_without_waiting_the_clicks_are_told_and_the_next_up_finds_them_done(
    world: World, stack: Stack, person: Portal
) -> None:
    stack.settings["person_wait_seconds"] = 0
    with pytest.raises(RunFailed, match=r"manual steps not completed yet: write the keys, switch the"):
        stack.up(program())
    assert person.slept == []
    assert stack.last.requests == sorted([*RECHECKED, PROFILE, SETTINGS])
    assert stack.last.warnings == [f"{FIRST}: {PERSON}{PORTAL}{SET_UP}{ENABLE}"]
    assert stack.resources["xero"].outputs["unfinished"]
    enters_all(world)()
    preview = stack.preview(program())
    assert preview.steps == {"xero": "update"}
    phase = stack.up(program())
    assert phase.writes == []
    assert "unfinished" not in stack.resources["xero"].outputs
    assert "unverified" not in stack.resources["xero"].outputs
    assert stack.resources["xero"].outputs["secretDriftVisible"] is True
    assert stack.preview(program()).steps == {"xero": "same"}


def test_what_a_person_did_only_in_part_is_asked_for_again_in_part(world: World, stack: Stack, person: Portal) -> None:
    stack.settings["person_wait_seconds"] = 30
    person.due = [(30, lambda: world.portal(clientId=CLIENT_ID, clientSecret=SECRET))]
    with pytest.raises(RunFailed, match=r"not completed after 30 s: write the keys, switch the integration on"):
        stack.up(program())
    with pytest.raises(RunFailed, match=r"not completed after 30 s: switch the integration on"):
        stack.up(program())
    assert stack.last.warnings[-2:] == [
        f"{LABEL}: {PERSON}{PORTAL}2) turn the toggle beside Xero on",
        f"{LABEL}: waiting up to 30 s for the manual steps, checking every 30 s",
    ]
    person.due = [(person.passed + 30, lambda: world.portal(enabled=True))]
    stack.up(program())
    assert stack.preview(program()).steps == {"xero": "same"}


def test_the_wrong_secret_is_not_taken_for_the_declared_one(world: World, stack: Stack, person: Portal) -> None:
    stack.settings["person_wait_seconds"] = 60
    person.due = [(30, enters_all(world, NEW_SECRET))]
    with pytest.raises(RunFailed, match=r"not completed after 60 s: write the keys \(the"):
        stack.up(program())
    world.portal(clientSecret=SECRET)
    stack.up(program())
    assert stack.preview(program()).steps == {"xero": "same"}


def test_a_rotation_by_a_person(world: World, stack: Stack, person: Portal) -> None:
    person.due = [(30, enters_all(world))]
    stack.up(program())
    person.due = [(person.passed + 30, lambda: world.portal(clientSecret=NEW_SECRET))]
    phase = stack.up(program(clientSecret=NEW_SECRET))
    assert phase.warnings[0] == (
        f'{LABEL}: {PERSON}{PORTAL}2) choose "Manage" beside Xero and open "Integration settings"; 3) {ENTER}leave Xero'
        ' enabled, should the dialog "Enable Xero" open'
    )
    assert stack.preview(program(clientSecret=NEW_SECRET)).steps == {"xero": "same"}


@pytest.mark.parametrize("mask", ["stars", "empty"])
def test_a_rotation_that_no_mask_shows_is_recorded_as_unverified(
    world: World, stack: Stack, person: Portal, mask: str
) -> None:
    world.behave(mask=mask)
    person.due = [(30, enters_all(world))]
    stack.up(program())
    slept = len(person.slept)
    phase = stack.up(program(clientSecret=NEW_SECRET))
    assert person.slept[slept:] == []  # because there would be nothing to see
    assert phase.warnings[-1] == (
        f"{LABEL}: manual steps cannot be verified, because Codat does not show the result: write the keys"
    )
    assert stack.resources["xero"].outputs["unverified"] == ["clientSecret"]
    assert stack.preview(program(clientSecret=NEW_SECRET)).steps == {"xero": "same"}
    stack.up(program(clientSecret=NEW_SECRET, onDestroy="retain"))
    assert stack.resources["xero"].outputs["unverified"] == ["clientSecret"]
    stack.settings["writes"] = "api"
    stack.up(program(clientSecret=SECRET))
    assert "unverified" not in stack.resources["xero"].outputs


def test_an_unstable_mask_is_not_waited_for(world: World, stack: Stack, person: Portal) -> None:
    world.behave(mask="unstable")
    stack.settings["person_wait_seconds"] = 0
    with pytest.raises(RunFailed):
        stack.up(program())
    enters_all(world)()
    stack.up(program())
    assert stack.resources["xero"].outputs["unverified"] == ["clientSecret"]


@pytest.mark.usefixtures("person")
def test_keys_of_another_app_are_not_done_though_their_mask_is_unstable(world: World, stack: Stack) -> None:
    world.behave(mask="unstable")
    stack.settings |= {"writes": "api", "person_wait_seconds": 0}
    stack.up(program())
    world.portal(clientId=OTHER_ID, clientSecret=NEW_SECRET)
    stack.settings["writes"] = "person"
    overwrites = program(adopt="overwrite")
    with pytest.raises(RunFailed, match="manual steps not completed yet: write the keys"):
        stack.up(overwrites)
    assert stack.resources["xero"].outputs["clientId"] == OTHER_ID


@pytest.mark.usefixtures("person")
def test_keys_written_before_a_person_was_asked_stay_ours(world: World, stack: Stack) -> None:
    world.behave(mask="unstable")
    stack.settings |= {"writes": "auto", "person_wait_seconds": 0}
    world.fault(PUT_ENABLED, "405")
    with pytest.raises(RunFailed):
        stack.up(program())
    world.heal()
    overwrites = program(enabled=False, adopt="overwrite")
    stack.up(overwrites)
    assert stack.preview(overwrites).steps == {"xero": "same"}


PUBLISHED = ["published-404", "published-403", "published-405"]


@pytest.mark.parametrize("offers", PUBLISHED)
def test_an_account_with_the_published_endpoints_only(world: World, stack: Stack, person: Portal, offers: str) -> None:
    world.behave(offers=offers)
    person.due = [(40, enters_all(world))]
    phase = stack.up(program())
    assert phase.writes == []
    assert person.slept == [30, 30]
    assert phase.requests.count(ACCOUNT) == 1
    assert phase.requests.count(PROFILE) == 1
    assert phase.warnings[-1] == UNSEEN
    outputs = stack.resources["xero"].outputs
    assert outputs["unverified"] == ["clientId", "clientSecret"]
    assert (outputs["clientId"], outputs["enabled"], outputs["adopted"]) == (CLIENT_ID, True, False)
    after = stack.preview(program())
    assert (after.steps, after.warnings) == ({"xero": "same"}, [NOT_ALL])
    # because only a 404 for the keys needs a second witness; 4 reads in all, as everywhere
    assert after.requests == [*(WHOLE_VIEW if offers == "published-404" else LIVE_VIEW)]
    world.portal(enabled=False)
    assert stack.preview(program()).steps == {"xero": "update"}


@pytest.mark.parametrize("offers", PUBLISHED)
def test_what_no_read_shows_does_not_keep_a_run_from_ending(world: World, stack: Stack, offers: str) -> None:
    """The toggle is seen; the keys are taken on trust, with a warning, in `auto` as well."""
    world.behave(offers=offers)
    with pytest.raises(RunFailed, match=r"manual steps not completed yet: switch the integration on"):
        stack.up(program())
    attempts = [] if offers != "published-404" else [PUT_KEYS]  # because only a 404 for a read says nothing
    assert stack.last.writes == attempts
    enters_all(world)()
    phase = stack.up(program())
    assert phase.writes == []  # because an integration that is on has keys, whatever a 404 says
    assert phase.warnings[-1].endswith(
        "manual steps cannot be verified, because Codat does not show the result: write the keys"
    )
    assert stack.resources["xero"].outputs["unverified"] == ["clientId", "clientSecret"]
    assert stack.up(program()).steps == {"xero": "same"}


def test_the_refusal_of_a_write_names_what_is_not_offered(world: World, stack: Stack) -> None:
    world.behave(offers="published-404")
    with pytest.raises(RunFailed):
        stack.up(program())
    (told,) = stack.last.warnings
    assert told.startswith(
        f"{FIRST}: Codat does not allow this account to write the keys through the API (404, correlation id "
    )
    assert f"{PORTAL}{LOOK_FIRST}" in told
    assert told.endswith(ENABLE)
    # because nothing else tells whether keys are there
    assert stack.last.requests[-1] == SETTINGS


@pytest.mark.parametrize("writes", ["auto", "person"])
@pytest.mark.parametrize("offers", PUBLISHED)
def test_an_integration_that_is_on_has_keys_shown_or_not(world: World, stack: Stack, offers: str, writes: str) -> None:
    """A 404 for them does not make them ours to replace, nor ours to take away."""
    world.portal(clientId=OTHER_ID, clientSecret=NEW_SECRET, enabled=True)
    world.behave(offers=offers)
    stack.settings["writes"] = writes
    for phase in (stack.preview(program()), stack.up(program())):
        assert phase.writes == []
        assert LOOK_FIRST in phase.warnings[0]
    assert stack.resources["xero"].outputs["adopted"] is True
    assert stack.destroy().writes == []
    assert world.live() == settings(client_id=OTHER_ID, secret=NEW_SECRET)


@pytest.mark.parametrize("declared", [{"enabled": False}, {"enabled": True, "clientSecret": None}])
def test_a_first_apply_switches_nothing_before_somebody_looked_whose_hidden_keys_they_are(
    world: World, stack: Stack, declared: dict[str, object]
) -> None:
    world.portal(clientId=OTHER_ID, clientSecret=NEW_SECRET, enabled=not declared["enabled"])
    world.fault(KEYS, "403", times=99)
    toggle = "turn the toggle beside Xero on" if declared["enabled"] else "turn the toggle beside Xero off"
    for _ in range(2):
        with pytest.raises(RunFailed, match=r"switch the integration (on|off)"):
            stack.up(program(**declared))
        assert stack.last.writes == []
        assert world.live()["enabled"] is not declared["enabled"]
        (clicks,) = [warning for warning in stack.last.warnings if toggle in warning]
        assert clicks.index("Client ID") < clicks.index(toggle)


@pytest.mark.parametrize("offers", ["published-403", "published-405"])
def test_the_preview_tells_where_the_read_already_does(world: World, stack: Stack, offers: str) -> None:
    world.behave(offers=offers)
    phase = stack.preview(program())
    assert phase.steps == {"xero": "create"}
    assert phase.writes == []
    assert [warning.split(PORTAL)[0] for warning in phase.warnings] == [f"{FIRST}: {HIDDEN}"]
    feeds_phase = stack.preview({"feeds": ("XeroBankFeeds", feeds())})
    assert feeds_phase.warnings[-1] == (
        f'XeroBankFeeds (gbol): {HIDDEN}{PORTAL}2) choose "Manage" beside Xero and turn "Enable Bank Feeds" on'
        f" ({PRODUCT})"
    )


@pytest.mark.parametrize("kind", ["400", "500", "429"])
def test_any_other_failure_of_a_write_is_not_left_to_a_person(world: World, stack: Stack, kind: str) -> None:
    world.fault(PUT_KEYS, kind, times=99)
    stack.settings["max_wait_seconds"] = 1
    with pytest.raises((CodatError, RunFailed), match=f"Codat answered {kind} to PUT"):
        stack.up(program())
    assert not any("Portal (https" in warning and "a person" in warning for warning in stack.last.warnings)


@pytest.mark.parametrize("kind", ["403", "404", "405"])
def test_only_the_toggle_is_not_offered(world: World, stack: Stack, kind: str) -> None:
    world.fault(PUT_ENABLED, kind, times=99)
    with pytest.raises(RunFailed, match=r"partially applied \(done: write the keys\): manual steps not completed"):
        stack.up(program())
    assert stack.last.writes == [PUT_KEYS, PUT_ENABLED]
    assert stack.resources["xero"].outputs["lastWrittenAt"]
    world.portal(enabled=True)
    assert stack.up(program()).writes == []
    assert stack.up(program()).steps == {"xero": "same"}


def test_what_was_recorded_as_unverified_is_made_certain_once_codat_shows_it(world: World, stack: Stack) -> None:
    """A 403 that passes must not leave a secret unwritten for ever."""
    stack.up(program())
    world.fault(KEYS, "403", times=99)
    stack.up(program(clientSecret=NEW_SECRET))
    assert stack.last.writes == []
    world.heal()
    assert stack.preview(program(clientSecret=NEW_SECRET)).steps == {"xero": "update"}
    assert stack.up(program(clientSecret=NEW_SECRET)).writes == [PUT_KEYS]
    assert world.live() == settings(secret=NEW_SECRET)
    assert stack.preview(program(clientSecret=NEW_SECRET)).steps == {"xero": "same"}


def test_keys_that_turn_out_to_be_missing_are_drift_again(world: World, stack: Stack) -> None:
    world.behave(offers="published-404")
    enters_all(world)()
    stack.up(program())
    world.behave(offers="all")
    world.portal(clientId=None, clientSecret=None)
    assert stack.preview(program()).steps == {"xero": "update"}
    assert stack.up(program()).writes == [PUT_KEYS]
    assert world.live() == settings()


def test_endpoints_that_are_closed_later_are_no_drift(world: World, stack: Stack) -> None:
    stack.up(both())
    world.behave(offers="published-403")
    phase = stack.up(both())
    assert (phase.steps, phase.writes) == ({"xero": "same", "feeds": "same"}, [])
    assert NOT_ALL in phase.warnings
    world.behave(offers="all")
    world.portal(clientSecret=NEW_SECRET)
    assert stack.up(both()).writes == [PUT_KEYS]


@pytest.mark.parametrize("offers", PUBLISHED)
def test_bank_feeds_by_a_person_are_recorded_as_unverified(world: World, stack: Stack, offers: str) -> None:
    world.behave(offers=offers)
    enters_all(world)()
    for _ in range(2):
        stack.up(both())
    assert stack.last.steps == {"xero": "same", "feeds": "same"}
    assert stack.resources["feeds"].outputs["unverified"] == ["enabled"]
    assert stack.resources["feeds"].outputs["enabled"] is True
    assert stack.last.requests == [*WHOLE_VIEW]
    world.behave(offers="all")
    assert stack.up(both()).writes[-1:] == [PATCH_SETTINGS]  # because nobody had done it, as can be seen now
    assert world.live() == settings(bank_feeds=True)


def test_a_toggle_of_unknown_name_is_a_persons_only_where_all_is(world: World, stack: Stack, person: Portal) -> None:
    stack.settings |= {"bank_feeds_setting": "unheardOf", "person_wait_seconds": 0}
    stack.up({"feeds": ("XeroBankFeeds", feeds())})
    assert stack.resources["feeds"].outputs["unverified"] == ["enabled"]


def test_a_toggle_that_is_shown_is_waited_for(world: World, stack: Stack, person: Portal) -> None:
    person.due = [(45, lambda: world.portal(bankFeeds=True))]
    phase = stack.up({"feeds": ("XeroBankFeeds", feeds())})
    assert phase.requests.count(SETTINGS) == 2 + 2
    assert phase.writes == []
    assert stack.resources["feeds"].outputs["enabled"] is True


def test_another_client_id_is_a_persons_too_and_still_counts_as_disruptive(
    world: World, stack: Stack, person: Portal
) -> None:
    person.due = [(30, enters_all(world))]
    stack.up(program())
    world.company()
    with pytest.raises(CodatError, match="while 1 company is linked"):
        stack.preview(program(clientId=OTHER_ID, clientSecret=NEW_SECRET))


def test_the_preview_of_a_persons_work_shows_the_clicks(stack: Stack, person: Portal) -> None:
    phase = stack.preview(program())
    assert phase.warnings == [f"{FIRST}: {PERSON}{PORTAL}{SET_UP}{ENABLE}"]
    assert phase.requests == sorted([*LIVE_VIEW, PROFILE])


def test_drift_is_repaired_by_a_person(world: World, stack: Stack, person: Portal) -> None:
    person.due = [(30, enters_all(world))]
    stack.up(program())
    world.portal(enabled=False)
    person.due = [(person.passed + 30, lambda: world.portal(enabled=True))]
    phase = stack.up(program())
    assert phase.warnings[0] == (
        f"{LABEL}: changed outside of Pulumi: enabled is false in Codat, declared true; `pulumi up` lists the manual"
        f" steps that repair it"
    )
    assert phase.writes == []
    assert stack.up(program()).steps == {"xero": "same"}


def test_off_first_then_the_keys_and_enable_later(stack: Stack, world: World, person: Portal) -> None:
    stack.settings["person_wait_seconds"] = 0
    world.portal(clientId=CLIENT_ID, clientSecret=SECRET, enabled=True)
    stack.up(program())
    with pytest.raises(RunFailed):
        stack.up(program(enabled=False, clientSecret=NEW_SECRET))
    told = stack.last.warnings[-1]
    assert told.index("turn the toggle beside Xero off") < told.index('choose "Manage" beside Xero')
    assert told.endswith('in the dialog "Enable Xero" choose to enable it later')


def test_codat_out_of_reach_while_a_person_is_waited_for(world: World, stack: Stack, person: Portal) -> None:
    person.due = [(30, lambda: world.fault(INTEGRATION, "500", times=99))]
    with pytest.raises(RunFailed, match=r"the manual steps \(write the keys, switch the integration on\) could"):
        stack.up(program())
    world.heal()
    enters_all(world)()
    stack.up(program())
    assert stack.up(program()).steps == {"xero": "same"}


def test_a_secret_is_in_no_click_and_no_summary(world: World, stack: Stack, person: Portal, tmp_path: Path) -> None:
    summary = tmp_path / "summary.md"
    stack.pipeline = Pipeline(step_summary=summary)
    stack.settings["person_wait_seconds"] = 0
    with pytest.raises(RunFailed):
        stack.up(both())
    text = summary.read_text()
    assert text.startswith(
        "### XeroIntegration (gbol): manual steps\n\n"
        f"{PERSON}.\n\nIn the [Codat Portal](https://app.codat.io/settings/integrations/accounting):\n\n"
        "1. open Settings \\> Integrations \\> Accounting in the account Acme Dev"
    )
    assert f'\n3. enter {CLIENT_ID} as "Client ID"\n' in text
    everything = [text, *stack.last.warnings, str(stack.resources["xero"].outputs["unfinished"])]
    assert not any(SECRET in channel for channel in everything)


def test_a_summary_that_cannot_be_written_stops_nothing(
    world: World, stack: Stack, person: Portal, tmp_path: Path
) -> None:
    stack.pipeline = Pipeline(step_summary=tmp_path / "nowhere" / "summary.md")
    person.due = [(30, enters_all(world))]
    phase = stack.up(program())
    assert f"the step summary {tmp_path}/nowhere/summary.md cannot be written (No such file or directory)" in (
        phase.warnings
    )
    assert stack.up(program()).steps == {"xero": "same"}


def test_a_destroy_is_not_done_until_a_person_has_done_it(world: World, stack: Stack, person: Portal) -> None:
    person.due = [(30, enters_all(world))]
    stack.up(program(onDestroy="delete_keys"))
    stack.settings["person_wait_seconds"] = 0
    with pytest.raises(CodatError) as caught:
        stack.destroy()
    assert str(caught.value) == (
        f"{LABEL}: manual steps not completed yet: switch the integration off, delete the keys (the steps are in the"
        f" warning; codat:personWaitSeconds sets how long to wait)"
    )
    assert stack.last.warnings == [
        (
            f'{LABEL}: {PERSON}{PORTAL}2) go on only if the Client ID shown there (Xero, "Manage") is {CLIENT_ID}:'
            ' other keys are somebody else\'s; 3) turn the toggle beside Xero off; 4) choose "Manage" beside Xero, open'
            ' "Integration settings", remove Client ID and Client secret (where the page offers no way to, ask Codat\'s'
            " support)"
        )
    ]
    assert stack.resources.keys() == {"xero"}
    stack.settings["person_wait_seconds"] = 60
    person.due = [(person.passed + 30, lambda: world.portal(enabled=False, clientId=None, clientSecret=None))]
    phase = stack.destroy()
    assert phase.writes == []
    assert DELETE_KEYS not in phase.requests
    assert stack.resources == {}


def test_a_destroy_a_person_did_beforehand_asks_nothing(world: World, stack: Stack, person: Portal) -> None:
    person.due = [(30, enters_all(world))]
    stack.up(program(onDestroy="disable"))
    world.portal(enabled=False)
    phase = stack.destroy(refresh=False)
    assert (phase.requests, phase.warnings) == ([*LIVE_VIEW], [])
    assert stack.resources == {}


@pytest.mark.parametrize("offers", PUBLISHED)
def test_a_destroy_with_hidden_keys_leaves_it_to_a_person_who_looks_first(
    world: World, stack: Stack, offers: str
) -> None:
    world.behave(offers=offers)
    with pytest.raises(RunFailed):
        stack.up(program())
    enters_all(world)()
    stack.up(program(onDestroy="delete_keys"))
    world.portal(enabled=False)
    for _ in range(2):
        with pytest.raises(CodatError) as caught:
            stack.destroy()
        assert str(caught.value) == (
            f"{LABEL}: manual steps cannot be verified, because Codat does not show the result, so the resource stays"
            f" in the state: once they are done, run this again with CODAT_ON_DESTROY=retain"
        )
        condition = f'go on only if the Client ID shown there (Xero, "Manage") is {CLIENT_ID}'
        assert any(condition in warning for warning in stack.last.warnings)
        assert stack.last.writes == []
        assert stack.resources.keys() == {"xero"}
    stack.settings["on_destroy"] = "retain"
    stack.destroy()
    assert stack.resources == {}


def test_hidden_keys_are_not_replaced_by_another_apps_while_companies_are_linked(world: World, stack: Stack) -> None:
    stack.up(program(onDestroy="delete_keys"))
    world.company()
    world.behave(offers="published-403")
    changed = program(clientId=OTHER_ID, clientSecret=NEW_SECRET)
    with pytest.raises(CodatError, match=r"while 1 company is linked: they belong to the other Xero app"):
        stack.preview(changed)
    accepted = program(clientId=OTHER_ID, clientSecret=NEW_SECRET, acceptDisruption=True)
    told = " ".join(stack.preview(accepted).warnings)
    assert "look at the Client ID there first: companies connected through another one have to reconnect" in told
    with pytest.raises(CodatError, match="on_destroy is delete_keys while 1 company is linked"):
        stack.destroy()


def test_a_destroy_of_hidden_bank_feeds_does_not_claim_to_be_done(world: World, stack: Stack) -> None:
    world.behave(offers="published-404")
    enters_all(world)()
    stack.up(both({"onDestroy": "disable"}, {"onDestroy": "disable", "clientId": CLIENT_ID}))
    with pytest.raises(CodatError, match=r"^XeroBankFeeds \(gbol, Acme Dev\): manual steps cannot be verified"):
        stack.destroy()
    assert stack.resources.keys() == {"xero", "feeds"}
    assert f"is {CLIENT_ID}: other keys are somebody else's" in stack.last.warnings[-2]


def test_a_person_is_told_nothing_where_nothing_differs(world: World, stack: Stack, person: Portal) -> None:
    enters_all(world)()
    phase = stack.up(program(app=PARTNER))
    assert phase.writes == []
    assert not any("a person has to" in warning for warning in phase.warnings)


def test_endpoints_that_answer_404_later_are_hidden_and_no_deletion(world: World, stack: Stack) -> None:
    stack.up(program())
    world.behave(offers="published-404")
    phase = stack.up(program())
    assert (phase.steps, phase.writes, phase.warnings) == ({"xero": "same"}, [], [NOT_ALL])
    assert phase.requests == [*WHOLE_VIEW]
    world.behave(offers="all")
    world.portal(clientId=None, clientSecret=None)
    assert stack.up(program()).writes == [PUT_KEYS]
