"""What a preview tells of what is there, as tables."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING

import pytest

from pulumi_codat.api import CodatError, LinkedCompanies
from pulumi_codat.reconcile.adoption import adoption_warning, stop_where_contradicted
from pulumi_codat.reconcile.drift_guard import REPAIRS, repair
from pulumi_codat.reconcile.inputs import NOT_KNOWN_YET
from pulumi_codat.reconcile.live import Linked
from pulumi_codat.reconcile.plan import limit_matters, plan_integration
from pulumi_codat.xero import XeroAppFacts

from .made import desired, keys, live, recorded

if TYPE_CHECKING:
    from pulumi_codat.reconcile.live import LiveIntegration, LiveKeys
    from pulumi_codat.reconcile.state import IntegrationState

STAYS = "the secret is not compared and stays as it is"
WRITTEN = "the declared secret will be checked at Xero, and written where Xero confirms it"
SAME = 'adopts what is there: client ID "ABC"'
OVER = "overwrites what is there:"


@pytest.mark.parametrize(
    ("inputs", "found", "told"),
    [
        ({}, live(keys()), f"{SAME} and enabled=true are as declared; {WRITTEN}; nothing else will be written"),
        (
            {"enabled": False},
            live(keys(), enabled=False),
            f"{SAME} and enabled=false are as declared; {WRITTEN}; nothing else will be written",
        ),
        (
            {},
            live(keys(), enabled=False),
            f"{SAME} is as declared; {WRITTEN}; switch the integration on will be written",
        ),
        ({"enabled": None}, live(keys()), f"{SAME} is as declared; {WRITTEN}; nothing else will be written"),
        (
            {"clientSecret": None, "enabled": None},
            live(keys()),
            f"{SAME} is as declared; {STAYS}; nothing will be written",
        ),
        (
            {"adopt": "overwrite"},
            live(keys()),
            f'{OVER} the secret of client ID "ABC" by the declared one',
        ),
        (
            {"adopt": "overwrite"},
            live(keys("OTHER"), enabled=False),
            (
                f'{OVER} the keys of client ID "OTHER" by those of "ABC"; switch the integration on will be written as'
                " well"
            ),
        ),
        ({"adopt": "overwrite"}, live(keys("A**")), f'{OVER} the keys of client ID "A**" by those of "ABC"'),
    ],
)
def test_a_takeover_in_words(inputs: dict[str, object], found: LiveIntegration, told: str) -> None:
    wanted = desired(**inputs)
    assert found.keys is not None
    assert adoption_warning(wanted, found.keys, plan_integration(wanted, None, found)) == told


def test_a_mask_contradicts_only_where_a_second_look_shows_the_same() -> None:
    with pytest.raises(CodatError, match=r"contradicts the declared one, .* \(out of reach\)"):
        stop_where_contradicted(desired(), keys(secret="****zzzz"), lambda: keys(secret="****zzzz"), "out of reach")
    for again in (keys(secret="****yyyy"), None):
        stop_where_contradicted(desired(), keys(secret="****zzzz"), partial(_again, again), "out of reach")


def _again(found: LiveKeys | None) -> LiveKeys | None:
    return found


def test_there_is_no_second_look_where_nothing_contradicts() -> None:
    def look() -> LiveKeys | None:
        raise AssertionError

    unknown = desired().model_copy(update={"client_secret": NOT_KNOWN_YET})
    for wanted in (desired(), desired(clientSecret=None), unknown):
        stop_where_contradicted(wanted, keys(), look, "out of reach")


REPAIRS_TABLE: list[tuple[IntegrationState, LiveIntegration, int, str]] = [
    (recorded(), live(keys(), enabled=False), 3, REPAIRS),
    (recorded(), live(None), 3, REPAIRS),
    (recorded(), live(keys(secret="****zzzz")), 3, REPAIRS),
    (recorded(), live(keys("OTHER")), 0, REPAIRS),
    (recorded(accept_disruption=True), live(keys("OTHER")), 3, REPAIRS),
    (
        recorded(),
        live(keys("OTHER")),
        3,
        (
            f'{REPAIRS} only with accept_disruption=True: the client ID would change from "OTHER" to "ABC" while 3'
            " companies are linked: they belong to the other Xero app and must reconnect"
        ),
    ),
    (
        recorded(client_secret=None),
        live(None),
        0,
        (
            "`pulumi up` cannot repair it: Codat has no keys and clientSecret is not declared, so there is nothing to"
            " write: declare the client secret, or enter the keys in the Codat Portal first"
        ),
    ),
]


@pytest.mark.parametrize(("before", "found", "linked", "told"), REPAIRS_TABLE)
def test_how_drift_ends_in_words(before: IntegrationState, found: LiveIntegration, linked: int, told: str) -> None:
    assert repair(before, found, Linked(lambda: LinkedCompanies(linked))) == told


CORE = XeroAppFacts(tier="core")


@pytest.mark.parametrize(
    ("app", "inputs", "before", "found", "matters"),
    [
        (CORE, {}, None, live(None, enabled=False), False),
        (CORE, {}, None, live(keys()), True),
        (CORE, {}, recorded(connection_limit=50), live(keys()), False),
        (CORE, {}, recorded(connection_limit=50), live(keys(), enabled=False), True),
        (CORE, {"enabled": False}, recorded(connection_limit=50), live(keys()), True),
        (CORE, {"clientSecret": "another"}, recorded(connection_limit=50), live(keys()), True),
        (CORE, {}, recorded(connection_limit=50), live(None, enabled=False), False),
        (CORE, {}, recorded(connection_limit=1_000), live(keys()), True),
        (CORE, {}, recorded(connection_limit=None), live(keys()), True),
        (XeroAppFacts(tier="enterprise"), {}, recorded(), live(keys(), enabled=False), False),
        (XeroAppFacts(), {}, None, live(keys()), False),
    ],
)
def test_the_limit_matters_only_where_something_changes(
    app: XeroAppFacts,
    inputs: dict[str, object],
    before: IntegrationState | None,
    found: LiveIntegration,
    *,
    matters: bool,
) -> None:
    assert limit_matters(app, before, found, plan_integration(desired(**inputs), before, found)) is matters


@pytest.mark.parametrize(
    ("tier", "from_80_percent", "limit"),
    [("uncertified", 20, 25), ("starter", 4, 5), ("core", 40, 50), ("plus", 800, 1_000), ("advanced", 8_000, 10_000)],
)
def test_a_tier_is_crowded_from_80_percent_on(tier: str, from_80_percent: int, limit: int) -> None:
    app = XeroAppFacts.model_validate({"tier": tier})
    assert app.crowding(0) is None
    assert app.crowding(from_80_percent - 1) is None
    assert app.crowding(from_80_percent) == (
        f"{from_80_percent:,} of the {limit:,} companies that the app's tier '{tier}' lets connect are linked: ask Xero"
        " for a higher tier in time"
    )
    assert "in time" in (app.crowding(limit - 1) or "")
    for linked in (limit, limit + 1):
        assert app.crowding(linked) == (
            f"{linked:,} companies are linked, and the app's tier '{tier}' lets {limit:,} connect, so no further"
            " company can: ask Xero for a higher tier, then declare it"
        )


@pytest.mark.parametrize("tier", ["enterprise", None])
def test_without_a_limit_nothing_is_crowded(tier: str | None) -> None:
    assert XeroAppFacts.model_validate({"tier": tier}).crowding(1_000_000) is None


@pytest.mark.parametrize(
    ("linked", "words"),
    [
        (LinkedCompanies(1), "1 company is"),
        (LinkedCompanies(0), "0 companies are"),
        (LinkedCompanies(12_345), "12,345 companies are"),
        (LinkedCompanies(3, at_least=True), "at least 3 companies are"),
    ],
)
def test_linked_companies_in_words(linked: LinkedCompanies, words: str) -> None:
    assert str(linked) == words
