"""The bank-feeds toggle: what it needs, what it warns of, and where the account does not show it."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from pulumi_codat.api import CodatError

from .engine import CheckFailed, RunFailed
from .programs import CLIENT_ID, SECRET, both, feeds, program, settings
from .world import ACCOUNT, COMPANIES, INTEGRATION, PATCH_SETTINGS, PROFILE, SETTINGS

if TYPE_CHECKING:
    from collections.abc import Callable

    from .engine import Program, Stack
    from .world import World

PARTNER_STATUS = "certified_partner=True (Xero app partner status)"
GRANTED = "bank_feeds_granted=True (Xero has enabled the Bank Feeds API for the registered app)"
PRODUCT = "Codat must have enabled Bank Feeds for the account as well (ask your Codat account manager)"
CONSENT = "switching bank feeds on asks Xero for one more permission, so linked companies may have to consent again"


def toggle(**changes: object) -> Program:
    """A program with the toggle alone."""
    return {"feeds": ("XeroBankFeeds", feeds(**changes))}


RECHECKED_TOGGLE = [INTEGRATION, INTEGRATION, ACCOUNT, SETTINGS, SETTINGS]  # read, and again before the write


@pytest.fixture(autouse=True)
def _with_keys(world: World, stack: Stack) -> None:
    world.portal(clientId=CLIENT_ID, clientSecret=SECRET, enabled=True)
    stack.settings["account"] = world.account_id


def test_it_is_switched_on_by_one_write_and_read_back(world: World, stack: Stack) -> None:
    preview = stack.preview(toggle())
    assert preview.requests == [INTEGRATION, ACCOUNT, SETTINGS]
    assert preview.warnings == [f"XeroBankFeeds (gbol): {CONSENT}"]
    up = stack.up(toggle())
    assert up.requests == [*RECHECKED_TOGGLE, PATCH_SETTINGS, PROFILE, SETTINGS]
    assert world.live() == settings(bank_feeds=True)
    assert stack.up(toggle()).requests == [INTEGRATION, ACCOUNT, SETTINGS]


def test_it_is_switched_off_with_a_warning_that_counts_companies(world: World, stack: Stack) -> None:
    stack.up(toggle())
    world.company()
    world.company("Unlinked")
    phase = stack.up(toggle(enabled=False))
    assert phase.requests == [COMPANIES, COMPANIES, *RECHECKED_TOGGLE, PATCH_SETTINGS, SETTINGS]
    assert phase.warnings == [
        (
            "XeroBankFeeds (gbol, Acme Dev): switch bank feeds off while 1 company is linked: transactions can no"
            " longer be pushed"
        )
    ]
    assert world.live() == settings()


@pytest.mark.parametrize(
    "app", [None, {}, {"certifiedPartner": True}, {"bankFeedsGranted": True, "tier": "core"}], ids=str
)
def test_switching_on_is_refused_in_the_preview_without_the_guides_requirements(
    stack: Stack, app: dict[str, object] | None
) -> None:
    for run in (stack.preview, stack.up):
        with pytest.raises(CheckFailed, match=r"^XeroBankFeeds \(gbol\): bank feeds can only be switched on where"):
            run(toggle(app=app))
        assert stack.last.writes == []


@pytest.mark.parametrize("refresh", [True, False])
def test_switching_on_by_an_update_is_refused_as_well(stack: Stack, *, refresh: bool) -> None:
    stack.up(toggle(enabled=False, app=None))
    with pytest.raises(CodatError, match=r"^XeroBankFeeds \(gbol, Acme Dev\): bank feeds can only be switched on"):
        stack.up(toggle(app=None), refresh=refresh)
    assert stack.last.writes == []


def test_declared_off_it_needs_nothing(world: World, stack: Stack) -> None:
    assert stack.up(toggle(enabled=False, app=None)).writes == []
    world.portal(bankFeeds=True)
    assert stack.up(toggle(enabled=False, app=None)).writes == [PATCH_SETTINGS]
    assert world.live() == settings()


def test_a_toggle_that_is_on_already_is_adopted_without_a_write(world: World, stack: Stack) -> None:
    world.portal(bankFeeds=True)
    phase = stack.up(toggle())
    assert (phase.writes, phase.warnings) == ([], [])
    assert stack.resources["feeds"].outputs["adopted"] is True
    assert "lastWrittenAt" not in stack.resources["feeds"].outputs


@pytest.mark.parametrize(
    ("app", "missing"),
    [
        (None, f"{PARTNER_STATUS} and {GRANTED}"),
        ({"certifiedPartner": True}, GRANTED),
        ({"bankFeedsGranted": True}, PARTNER_STATUS),
    ],
)
def test_a_toggle_that_is_on_though_the_app_does_not_declare_it_is_a_warning_and_no_error(
    world: World, stack: Stack, app: dict[str, object] | None, missing: str
) -> None:
    world.portal(bankFeeds=True)
    told = (
        f"bank feeds are on in Codat, but the integration's app does not declare {missing}, without which Xero refuses"
        " what is pushed: declare what is true, or switch them off"
    )
    assert stack.preview(toggle(app=app)).warnings == [f"XeroBankFeeds (gbol): {told}"]
    assert stack.up(toggle(app=app)).writes == []
    again = stack.preview(toggle(app=app))
    assert (again.steps, again.warnings) == ({"feeds": "same"}, [f"XeroBankFeeds (gbol, Acme Dev): {told}"])


def test_a_toggle_that_is_not_shown_and_stays_on_is_not_refused_for_the_apps_facts(world: World, stack: Stack) -> None:
    """It was switched on by a person, so nothing would be switched on."""
    world.behave(offers="published-403")
    stack.up(both())
    less = {"app": {"tier": "core"}}
    phase = stack.up(both(less, less))
    assert (phase.steps, phase.writes) == ({"xero": "update", "feeds": "update"}, [])
    del stack.resources["feeds"]
    with pytest.raises(CheckFailed, match="bank feeds can only be switched on"):
        stack.up(both(less, less))


def test_drift_that_the_guides_requirements_keep_from_being_repaired_is_not_promised_to_be(
    world: World, stack: Stack
) -> None:
    world.portal(bankFeeds=True)
    stack.up(toggle(app=None))
    world.portal(bankFeeds=False)
    (warning,) = stack.refresh().warnings
    assert warning.startswith(
        "XeroBankFeeds (gbol, Acme Dev): changed outside of Pulumi: enabled is false in Codat, declared true; `pulumi"
        " up` cannot repair it: bank feeds can only be switched on where the integration's app declares"
    )
    with pytest.raises(CodatError, match="bank feeds can only be switched on where"):
        stack.up(toggle(app=None))


@pytest.mark.parametrize("status", ["400", "402", "403", "404", "405"])
def test_every_refusal_that_may_mean_that_the_product_is_missing_says_so(
    world: World, stack: Stack, status: str
) -> None:
    stack.settings["writes"] = "api"
    world.fault(PATCH_SETTINGS, status)
    with pytest.raises(CodatError, match=f"Codat answered {status} to PATCH") as caught:
        stack.up(toggle())
    assert str(caught.value).endswith(PRODUCT)
    assert stack.resources == {}


def test_a_switch_that_takes_no_effect_may_mean_it_too(world: World, stack: Stack) -> None:
    world.fault(PATCH_SETTINGS, "no-effect", times=9)
    with pytest.raises(RunFailed) as caught:
        stack.up(toggle())
    assert str(caught.value).endswith(
        "run the same command again, and tell Codat's support if it stays so;"
        f" {PRODUCT}; the next `pulumi up` completes it"
    )
    world.heal()
    assert stack.up(toggle()).writes == [PATCH_SETTINGS]


@pytest.mark.parametrize("status", ["401", "500"])
def test_other_failures_do_not_speak_of_the_product(world: World, stack: Stack, status: str) -> None:
    world.fault(PATCH_SETTINGS, status, times=99)
    with pytest.raises((CodatError, RunFailed)) as caught:
        stack.up(toggle())
    assert PRODUCT not in str(caught.value)


def test_switching_off_does_not_speak_of_the_product_either(world: World, stack: Stack) -> None:
    stack.settings["writes"] = "api"
    stack.up(toggle())
    world.fault(PATCH_SETTINGS, "403")
    with pytest.raises(CodatError) as caught:
        stack.up(toggle(enabled=False))
    assert PRODUCT not in str(caught.value)


def test_a_toggle_that_is_refused_keeps_nothing(world: World, stack: Stack) -> None:
    world.fault(PATCH_SETTINGS, "400")
    with pytest.raises(CodatError, match=r"^XeroBankFeeds \(gbol\): Codat answered 400 to PATCH /settings"):
        stack.up(toggle())
    assert stack.resources == {}


def test_a_toggle_that_cannot_be_switched_off_stays_in_the_state(world: World, stack: Stack) -> None:
    stack.up(toggle(onDestroy="disable"))
    world.fault(PATCH_SETTINGS, "400")
    with pytest.raises(CodatError, match=r"^XeroBankFeeds \(gbol, Acme Dev\): Codat answered 400 to PATCH"):
        stack.destroy()
    assert stack.resources.keys() == {"feeds"}
    stack.destroy()
    assert world.live() == settings()


def test_another_name_of_the_setting_is_said_to_be_missing(stack: Stack) -> None:
    stack.settings["bank_feeds_setting"] = "bankFeedsEnabled"
    with pytest.raises(CheckFailed) as caught:
        stack.preview(toggle())
    assert str(caught.value) == (
        "XeroBankFeeds (gbol): the setting bankFeedsEnabled is missing in Codat's answer, so this account does not show"
        " the bank-feeds toggle under that name, or Codat has not enabled Bank Feeds for it; ask Codat for the name and"
        " set codat:bankFeedsSetting, or use the Codat Portal"
    )


def test_a_setting_that_is_no_boolean_is_not_the_toggle(stack: Stack) -> None:
    stack.settings["bank_feeds_setting"] = "integrationId"
    with pytest.raises(CheckFailed, match="the setting integrationId is not a boolean in Codat's answer"):
        stack.preview(toggle())


NOT_OFFERED = "this account does not offer that endpoint to this API key; make the change in the Codat Portal"


@pytest.mark.parametrize(
    ("offers", "told"),
    [
        (
            "published-404",
            (
                "this account does not show integration settings to this API key (404, correlation id [0-9a-f]+): set"
                " the toggle in the Codat Portal and leave XeroBankFeeds out, or ask Codat to open the endpoint"
            ),
        ),
        (
            "published-403",
            (
                f"Codat answered 403 to {SETTINGS}: You are using an outdated API key or a key not associated with that"
                f" resource; {NOT_OFFERED}"
            ),
        ),
        ("published-405", f"Codat answered 405 to {SETTINGS}: MethodNotAllowed; {NOT_OFFERED}"),
    ],
)
def test_with_writes_over_the_api_alone_hidden_settings_are_an_error(
    world: World, stack: Stack, offers: str, told: str
) -> None:
    stack.settings["writes"] = "api"
    world.behave(offers=offers)
    said = told.replace("(", r"\(").replace(")", r"\)")
    for run in (stack.preview, stack.up):
        with pytest.raises(CheckFailed, match=rf"^XeroBankFeeds \(gbol\): {said}"):
            run(toggle())
        assert stack.last.writes == []


def test_the_integration_without_write_endpoints_fails_at_its_first_write_and_keeps_nothing(
    world: World, stack: Stack
) -> None:
    stack.settings["writes"] = "api"
    world.portal(clientId=None, clientSecret=None, enabled=False)
    world.behave(offers="published-404")
    assert stack.preview(program()).steps == {"xero": "create"}
    with pytest.raises(CodatError) as caught:
        stack.up(program())
    assert str(caught.value).startswith(
        "XeroIntegration (gbol): Codat answered 404 to PUT /integrations/credentials/gbol: NotFound; this account does"
        " not offer that endpoint to this API key"
    )
    assert stack.resources == {}


@pytest.mark.parametrize("offers", ["published-403", "published-405"])
def test_with_writes_over_the_api_alone_hidden_keys_are_refused_in_the_preview(
    world: World, stack: Stack, offers: str
) -> None:
    stack.settings["writes"] = "api"
    world.behave(offers=offers)
    status = offers.removeprefix("published-")
    for run in (stack.preview, stack.up):
        with pytest.raises(
            CheckFailed,
            match=rf"^XeroIntegration \(gbol\): Codat answered {status} to GET /integrations/credentials/gbol",
        ) as caught:
            run(program())
        assert NOT_OFFERED in str(caught.value)
        assert stack.last.writes == []


def test_endpoints_that_are_closed_later_are_no_drift_but_an_error(world: World, stack: Stack) -> None:
    stack.settings["writes"] = "api"
    stack.up(both())
    world.behave(offers="published-403")
    runs: list[Callable[[], object]] = [lambda: stack.preview(both()), stack.refresh]
    for run in runs:
        with pytest.raises(CodatError, match=r"^XeroIntegration \(gbol, Acme Dev\): Codat answered 403 to GET"):
            run()
    assert world.live() == settings(bank_feeds=True)
