"""Where we stop, in words, and when linked companies are counted at all."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from pydantic import SecretStr

from pulumi_codat.api import CodatError, LinkedCompanies
from pulumi_codat.reconcile.adoption import keys_in_the_way
from pulumi_codat.reconcile.disruption import disruptions, guard_disruption, needs_acceptance
from pulumi_codat.reconcile.guards import requirements_missing
from pulumi_codat.reconcile.live import Linked
from pulumi_codat.reconcile.plan import DeleteKeys, Step, Switch, SwitchBankFeeds, WriteKeys

from .made import bank_feeds, desired, desired_bank_feeds, keys, live, recorded

if TYPE_CHECKING:
    from pulumi_codat.reconcile.live import LiveIntegration, LiveKeys

PORTAL = "https://app.codat.io/settings/integrations/accounting"
NOTHING_TO_WRITE = (
    "Codat has no keys and clientSecret is not declared, so there is nothing to write: declare the client secret, or"
    " enter the keys in the Codat Portal first"
)
TAKEN = (
    'Codat already has keys with the client ID "OTHER", and "ABC" is declared; they are not overwritten: declare that'
    ' client ID to adopt them, set adopt="overwrite" to replace them, or remove them in the Codat Portal'
    f" ({PORTAL})"
)
TAKEN_AND_NO_SECRET = TAKEN.replace('"overwrite"', '"overwrite" and declare the client secret')
SURELY_OTHER = TAKEN.replace("OTHER", "O**")
TOO_MASKED = (
    'Codat already has keys, and shows too little of their client ID ("A**") to tell whether they are those of the'
    ' declared "ABC"; they are not overwritten: set adopt="overwrite" to replace them by the declared ones, or remove'
    f" them in the Codat Portal ({PORTAL})"
)
NEVER = (
    'Codat already has keys, with the client ID "{}", and adopt is "never": remove them in the Codat Portal'
    f' ({PORTAL}), or set adopt="if_same" (also where they are of this program, from a run that was interrupted,'
    " or before a rename or a replacement)"
)
NO_SECRET = (
    'Codat has the client ID "OTHER", and "ABC" is declared without a client secret, so the keys cannot be written:'
    " declare the client secret, or repair them in the Codat Portal"
)


@pytest.mark.parametrize(
    ("secret", "found", "creates", "reason"),
    [
        ("s3cret", live(None), True, None),
        ("s3cret", live(None), False, None),
        (None, live(None), True, NOTHING_TO_WRITE),
        (None, live(None), False, NOTHING_TO_WRITE),
        ("s3cret", live(keys()), True, None),
        (None, live(keys()), True, None),
        ("s3cret", live(keys(client_id="OTHER")), True, TAKEN),
        (None, live(keys(client_id="OTHER")), True, TAKEN_AND_NO_SECRET),
        ("s3cret", live(keys(client_id="O**")), True, SURELY_OTHER),
        ("s3cret", live(keys(client_id="A**")), True, TOO_MASKED),
        ("s3cret", live(keys(client_id="OTHER")), False, None),
        (None, live(keys(client_id="OTHER")), False, NO_SECRET),
        (None, live(keys(client_id="A**")), False, None),
    ],
)
def test_keys_that_are_there_or_missing_can_be_in_the_way(
    secret: str | None, found: LiveIntegration, reason: str | None, *, creates: bool
) -> None:
    assert keys_in_the_way(desired(clientSecret=secret), None if creates else recorded(), found) == reason


@pytest.mark.parametrize(
    ("adopt", "secret", "found", "reason"),
    [
        ("overwrite", "s3cret", live(None), None),
        ("overwrite", "s3cret", live(keys()), None),
        ("overwrite", "s3cret", live(keys(client_id="OTHER")), None),
        ("overwrite", "s3cret", live(keys(client_id="A**")), None),
        ("overwrite", None, live(keys()), None),
        ("overwrite", None, live(keys(client_id="OTHER")), NO_SECRET),
        ("overwrite", None, live(None), NOTHING_TO_WRITE),
        ("never", "s3cret", live(None), None),
        ("never", "s3cret", live(keys()), NEVER.format("ABC")),
        ("never", "s3cret", live(keys(client_id="OTHER")), NEVER.format("OTHER")),
        ("never", None, live(keys()), NEVER.format("ABC")),
    ],
)
def test_a_first_apply_goes_by_what_the_program_says_of_adopting(
    adopt: str, secret: str | None, found: LiveIntegration, reason: str | None
) -> None:
    wanted = desired(clientSecret=secret, adopt=adopt)
    assert keys_in_the_way(wanted, None, found) == reason


@pytest.mark.parametrize("adopt", ["if_same", "overwrite", "never"])
def test_an_update_is_not_asked_about_adopting(adopt: str) -> None:
    assert keys_in_the_way(desired(adopt=adopt), recorded(), live(keys(client_id="OTHER"))) is None


@pytest.mark.parametrize(
    ("adopt", "found", "reason"),
    [
        ("if_same", keys(client_id="OTHER"), TAKEN),
        ("never", keys(client_id="OTHER"), TAKEN),
        ("overwrite", keys(client_id="OTHER"), None),
        ("if_same", keys(), None),
        ("if_same", keys(client_id="A**"), None),
    ],
)
def test_keys_that_came_after_a_first_apply_which_stopped_before_its_own_are_not_ours(
    adopt: str, found: LiveKeys, reason: str | None
) -> None:
    stopped = recorded(keys_record=None, unfinished="partially applied")
    assert keys_in_the_way(desired(adopt=adopt), stopped, live(found)) == reason


class _Count:
    """Tells a number of linked companies, and how often it was asked."""

    def __init__(self, linked: int) -> None:
        self._linked = linked
        self.asked = 0

    def __call__(self) -> LinkedCompanies:
        self.asked += 1
        return LinkedCompanies(self._linked)


OTHER_APPS_KEYS = WriteKeys("ABC", SecretStr("s3cret"), replaces_app=True)
FIRST_KEYS = WriteKeys("ABC", SecretStr("s3cret"))
SAME_APPS_KEYS = WriteKeys("ABC", SecretStr("s3cret"), replaces_secret=True)
OFF = Switch(enabled=False)
HARMLESS: tuple[Step, ...] = (FIRST_KEYS, Switch(enabled=True), SwitchBankFeeds(enabled=True))


def test_companies_are_not_counted_for_harmless_steps() -> None:
    count = _Count(3)
    assert list(disruptions(HARMLESS, "OTHER", Linked(count))) == []
    assert list(disruptions((), "OTHER", Linked(count))) == []
    assert count.asked == 0


@pytest.mark.parametrize("steps", [(OFF,), (OFF, OTHER_APPS_KEYS), (*HARMLESS, DeleteKeys())])
def test_companies_are_counted_once_where_a_step_could_harm(steps: tuple[Step, ...]) -> None:
    count = _Count(0)
    assert list(disruptions(steps, "OTHER", Linked(count))) == []
    assert count.asked == 1


@pytest.mark.parametrize(
    ("step", "words"),
    [
        (
            OTHER_APPS_KEYS,
            (
                'the client ID would change from "OTHER" to "ABC" while 3 companies are linked: they belong to the'
                " other Xero app and must reconnect"
            ),
        ),
        (
            SAME_APPS_KEYS,
            (
                "the client secret changes while 3 companies are linked: Codat does not say whether their connections"
                " survive it (for Plaid they do not), so check them afterwards"
            ),
        ),
        (OFF, "switch the integration off while 3 companies are linked: customers can no longer use it"),
        (
            SwitchBankFeeds(enabled=False),
            "switch bank feeds off while 3 companies are linked: transactions can no longer be pushed",
        ),
        (
            DeleteKeys(),
            ("on_destroy is delete_keys while 3 companies are linked, which cuts them off"),
        ),
    ],
)
def test_harm_is_told_with_its_number(step: Step, words: str) -> None:
    assert list(disruptions((*HARMLESS, step), "OTHER", Linked(_Count(3)))) == [(step, words)]


def test_one_company_is_one() -> None:
    (harm,) = disruptions((OFF,), "", Linked(_Count(1)))
    assert "while 1 company is linked" in harm[1]


def test_a_masked_client_id_only_may_be_another() -> None:
    (harm,) = disruptions((OTHER_APPS_KEYS,), "A**", Linked(_Count(1)))
    assert harm[1].startswith('the client ID may change from "A**" to "ABC" while 1 company is linked')


def test_a_client_id_that_is_not_shown_is_not_named() -> None:
    (harm,) = disruptions((OTHER_APPS_KEYS,), "", Linked(_Count(1)))
    assert harm[1].startswith('the client ID may change to "ABC" while 1 company is linked')


@pytest.mark.parametrize(
    ("step", "needed"), [(OTHER_APPS_KEYS, True), (DeleteKeys(), True), (SAME_APPS_KEYS, False), (OFF, False)]
)
def test_only_certain_harm_must_be_accepted(step: Step, *, needed: bool) -> None:
    assert needs_acceptance(step) is needed


def test_each_harmful_step_is_told() -> None:
    assert [step for step, _ in disruptions((OFF, OTHER_APPS_KEYS), "OTHER", Linked(_Count(2)))] == [
        OFF,
        OTHER_APPS_KEYS,
    ]


def test_deleting_keys_is_refused_and_switching_off_is_not() -> None:
    assert len(guard_disruption((OFF,), "ABC", Linked(_Count(3)), accepted=False)) == 1
    with pytest.raises(CodatError, match=r"^on_destroy is delete_keys while 3 .*nothing was written"):
        guard_disruption((OFF, DeleteKeys()), "ABC", Linked(_Count(3)), accepted=False)
    assert len(guard_disruption((OFF, DeleteKeys()), "ABC", Linked(_Count(3)), accepted=True)) == 2
    assert guard_disruption((OFF, DeleteKeys()), "ABC", Linked(_Count(0)), accepted=False) == ()


PARTNER = "certified_partner=True (Xero app partner status)"
GRANTED = "bank_feeds_granted=True (Xero has enabled the Bank Feeds API for the registered app)"


@pytest.mark.parametrize(
    ("app", "missing"),
    [
        (None, f"{PARTNER} and {GRANTED}"),
        ({}, f"{PARTNER} and {GRANTED}"),
        ({"certifiedPartner": True}, GRANTED),
        ({"bankFeedsGranted": True}, PARTNER),
        ({"certifiedPartner": True, "bankFeedsGranted": True}, None),
    ],
)
def test_switching_bank_feeds_on_needs_the_guides_requirements(
    app: dict[str, object] | None, missing: str | None
) -> None:
    reason = requirements_missing(desired_bank_feeds(enabled=True, app=app), bank_feeds(enabled=False))
    assert reason == (
        f"bank feeds can only be switched on where the integration's app declares {missing}; Codat must have enabled"
        " Bank Feeds for the account as well (ask your Codat account manager)"
        if missing
        else None
    )


@pytest.mark.parametrize(("wanted", "found"), [(False, False), (False, True), (True, True)])
def test_no_requirement_stands_against_switching_off_or_leaving_on(*, wanted: bool, found: bool) -> None:
    assert requirements_missing(desired_bank_feeds(enabled=wanted), bank_feeds(enabled=found)) is None
