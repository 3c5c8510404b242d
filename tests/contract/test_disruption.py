"""What a preview says of linked companies: how many, when they block a repair, and how near the tier's limit is."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from pulumi_codat.api import CodatError

from .programs import CLIENT_ID, NEW_SECRET, OTHER_ID, PARTNER, SECRET, both, program, settings
from .world import (
    COMPANIES,
    INTEGRATION,
    KEYS,
    LIVE_VIEW,
    PATCH_SETTINGS,
    PUT_ENABLED,
    PUT_KEYS,
    RECHECKED,
    SETTINGS,
    WHOLE_VIEW,
)

if TYPE_CHECKING:
    from .engine import Stack
    from .world import World

LABEL = "XeroIntegration (gbol, Acme Dev)"
STARTER = {"tier": "starter"}
DRIFTED = (
    f'{LABEL}: changed outside of Pulumi: clientId is "{OTHER_ID}" in Codat, declared "{CLIENT_ID}"; `pulumi up`'
    " repairs it"
)
HARM = (
    f'the client ID would change from "{OTHER_ID}" to "{CLIENT_ID}" while 2 companies are linked: they belong to the'
    " other Xero app and must reconnect"
)


def link(world: World, number: int) -> None:
    for _ in range(number):
        world.company()


@pytest.mark.parametrize("refresh", [True, False])
def test_drift_that_linked_companies_block_is_not_promised_to_be_repaired(
    world: World, stack: Stack, *, refresh: bool
) -> None:
    stack.up(program())
    world.portal(clientId=OTHER_ID)
    link(world, 2)
    for run in (stack.preview, stack.up):
        with pytest.raises(CodatError) as caught:
            run(program(), refresh=refresh)
        assert str(caught.value) == f"{LABEL}: {HARM}; set accept_disruption=True if that is intended"
        assert stack.last.warnings == [f"{DRIFTED} only with accept_disruption=True: {HARM}"]
        assert stack.last.requests == [COMPANIES, *LIVE_VIEW]


def test_a_refresh_says_what_blocks_the_repair_and_an_accepted_disruption_lifts_it(world: World, stack: Stack) -> None:
    stack.up(program())
    world.portal(clientId=OTHER_ID)
    link(world, 2)
    phase = stack.refresh()
    assert phase.requests == [COMPANIES, *LIVE_VIEW]
    assert phase.warnings == [f"{DRIFTED} only with accept_disruption=True: {HARM}"]
    assert stack.up(program(acceptDisruption=True)).writes == [PUT_KEYS]


def test_what_was_accepted_before_is_repaired(world: World, stack: Stack) -> None:
    stack.up(program(acceptDisruption=True))
    world.portal(clientId=OTHER_ID)
    link(world, 2)
    phase = stack.refresh()
    assert (phase.requests, phase.warnings) == ([*LIVE_VIEW], [DRIFTED])


def test_a_refresh_does_not_fail_because_companies_cannot_be_counted(world: World, stack: Stack) -> None:
    stack.up(program())
    world.portal(clientId=OTHER_ID)
    world.fault(COMPANIES, "403", times=9)
    assert stack.refresh().warnings == [f"{DRIFTED}, unless companies are linked (they could not be counted)"]


UNCOUNTED = "Codat answered 403 to GET /companies"


def test_what_needs_no_acceptance_is_not_stopped_because_companies_cannot_be_counted(
    world: World, stack: Stack
) -> None:
    stack.up(both({"app": PARTNER | STARTER, "enabled": False}))
    world.fault(COMPANIES, "403", times=99)
    rotated = {"app": PARTNER | STARTER, "clientSecret": NEW_SECRET}
    phase = stack.up(both(rotated, {"enabled": False}))
    assert phase.writes == [PUT_KEYS, PUT_ENABLED, PATCH_SETTINGS]
    told = list(dict.fromkeys(warning.split(UNCOUNTED)[0] for warning in phase.warnings))
    assert told == [
        f"{LABEL}: linked companies could not be counted: ",
        f"{LABEL}: linked companies could not be compared with the limit of the app's tier: ",
        "XeroBankFeeds (gbol, Acme Dev): linked companies could not be counted: ",
    ]


def test_another_client_id_is_refused_where_companies_cannot_be_counted_unless_it_is_accepted(
    world: World, stack: Stack
) -> None:
    stack.up(program())
    world.fault(COMPANIES, "403", times=99)
    changed = {"clientId": OTHER_ID, "clientSecret": NEW_SECRET}
    with pytest.raises(CodatError, match=UNCOUNTED):
        stack.up(program(**changed))
    assert stack.last.writes == []
    assert stack.up(program(**changed, acceptDisruption=True)).writes == [PUT_KEYS]


def test_drift_that_cannot_be_repaired_without_a_secret_is_told_so(world: World, stack: Stack) -> None:
    world.portal(clientId=CLIENT_ID, clientSecret=SECRET, enabled=True)
    stack.up(program(clientSecret=None))
    world.portal(clientId=OTHER_ID)
    (warning,) = stack.refresh().warnings
    assert warning.startswith(DRIFTED.replace("repairs it", "cannot repair it: Codat has the client ID"))


@pytest.mark.parametrize(
    ("number", "told"),
    [
        (3, None),
        (
            4,
            (
                f"{LABEL}: 4 of the 5 companies that the app's tier 'starter' lets connect are linked: ask Xero for a"
                " higher tier in time"
            ),
        ),
        (
            5,
            (
                f"{LABEL}: 5 companies are linked, and the app's tier 'starter' lets 5 connect, so no further company"
                " can: ask Xero for a higher tier, then declare it"
            ),
        ),
    ],
)
def test_the_limit_is_told_from_80_percent_on_where_the_integration_is_opened(
    world: World, stack: Stack, number: int, told: str | None
) -> None:
    stack.up(program(app=STARTER, enabled=False))
    link(world, number)
    opened = program(app=STARTER)
    expected = [told] if told else []
    preview = stack.preview(opened)
    assert (preview.requests, preview.warnings) == ([COMPANIES, *LIVE_VIEW], expected)
    up = stack.up(opened)
    assert (up.requests, up.warnings) == ([COMPANIES, COMPANIES, *RECHECKED, PUT_ENABLED, INTEGRATION], expected)


def test_a_smaller_tier_is_compared_at_once_and_only_once(world: World, stack: Stack) -> None:
    stack.up(both())
    link(world, 6)
    smaller = both({"app": STARTER})
    (warning,) = stack.preview(smaller).warnings
    assert warning.startswith(f"{LABEL}: 6 companies are linked, and the app's tier 'starter' lets 5 connect")
    stack.up(smaller)
    again = stack.up(smaller)
    assert (again.requests, again.warnings) == ([*WHOLE_VIEW], [])


def test_a_tier_without_a_limit_and_a_new_integration_cost_no_request(world: World, stack: Stack) -> None:
    stack.settings["account"] = world.account_id
    assert stack.preview(program(app=STARTER)).requests == [*LIVE_VIEW]
    stack.up(program(app={"tier": "enterprise"}, enabled=False))
    assert stack.up(program(app={"tier": "enterprise"})).requests == [*RECHECKED, PUT_ENABLED, INTEGRATION]


def test_the_limit_is_told_together_with_the_harm_of_another_app(world: World, stack: Stack) -> None:
    stack.up(program(app=STARTER))
    link(world, 5)
    changed = program(app=STARTER, clientId=OTHER_ID, clientSecret=NEW_SECRET, acceptDisruption=True)
    preview = stack.preview(changed)
    assert preview.requests == [COMPANIES, *LIVE_VIEW]
    assert [warning.split(": ")[1].split(" ")[0] for warning in preview.warnings] == ["the", "5"]


def test_endpoints_that_are_closed_later_do_not_pass_for_deleted_keys(world: World, stack: Stack) -> None:
    stack.settings["writes"] = "api"  # because `auto` takes them for hidden, and claims no drift at all
    stack.up(program())
    world.behave(offers="published-404")
    told = (
        f'{LABEL}: changed outside of Pulumi: clientId is "" in Codat, declared "{CLIENT_ID}"; but Codat shows none of'
        " this integration's settings any more (404), so this account may no longer be offered these endpoints, and"
        " the keys may still be there; `pulumi up` tries to write them"
    )
    preview = stack.preview(program())
    assert (preview.requests, preview.warnings) == ([*WHOLE_VIEW], [told])
    with pytest.raises(CodatError, match="Codat answered 404 to PUT /integrations/credentials/gbol: NotFound; this"):
        stack.up(program())
    assert world.live() == settings()

    world.behave(offers="all")
    after = stack.up(program())
    assert (after.steps, after.requests) == ({"xero": "same"}, [*LIVE_VIEW])


def test_keys_that_were_deleted_are_told_apart_by_one_more_read(world: World, stack: Stack) -> None:
    stack.up(program())
    world.portal(clientId=None, clientSecret=None)
    phase = stack.refresh()
    assert phase.requests == [KEYS, INTEGRATION, LIVE_VIEW[2], SETTINGS]
    assert phase.warnings == [DRIFTED.replace(f'"{OTHER_ID}"', '""')]
