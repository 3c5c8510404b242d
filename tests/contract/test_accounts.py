"""Several accounts in one program and one provider process: each with its own key, guard, view and memory."""

from __future__ import annotations

import base64
from itertools import product
from typing import TYPE_CHECKING, Any

import pytest

from pulumi_codat.api import CodatError

from .engine import CheckFailed, Phase, Stack
from .programs import NEW_SECRET, OTHER_ID, feeds, settings, xero
from .world import INTEGRATION, KEYS, LIVE_VIEW, PATCH_SETTINGS, PROFILE, PUT_ENABLED, PUT_KEYS, RECHECKED, WHOLE_VIEW

if TYPE_CHECKING:
    from collections.abc import Callable

    from .engine import Program
    from .world import World

DEV, PROD = "5b8d3c0e-2f41-4a6b-9c57-d1e07a3f6b21", "c2a9f7d4-8e13-4b70-a5d6-3f9e1b4c8a02"
DEV_BY, PROD_BY = {"id": DEV, "apiKey": "env:KEY_DEV"}, {"id": PROD, "apiKey": "config:codat:apiKeyProd"}
ON = settings(bank_feeds=True)


@pytest.fixture
def prod(world: World) -> World:
    return world.at(world.emulator.accounts[1])


@pytest.fixture
def two(world: World, prod: World, stack: Stack) -> Stack:
    """A stack without a default key, whose program finds a key for each account by name."""
    stack.settings["api_key"] = None
    stack.environ["KEY_DEV"] = world.account.api_key
    stack.config["codat:apiKeyProd"] = prod.account.api_key
    return stack


def both_accounts(dev: dict[str, Any] | None = None, prod: dict[str, Any] | None = None) -> Program:
    partner = feeds()["app"]
    return {
        "dev": ("XeroIntegration", xero(account=DEV_BY, app=partner) | (dev or {})),
        "dev-feeds": ("XeroBankFeeds", feeds(account=DEV_BY)),
        "prod": ("XeroIntegration", xero(account=PROD_BY, app=partner, clientId=OTHER_ID) | (prod or {})),
        "prod-feeds": ("XeroBankFeeds", feeds(account=PROD_BY)),
    }


def going_off() -> Program:
    """The same, each switched off by a destroy."""
    return {name: (kind, inputs | {"onDestroy": "disable"}) for name, (kind, inputs) in both_accounts().items()}


def one_account(**changes: Any) -> Program:
    return {"dev": ("XeroIntegration", xero(account=DEV_BY, **changes))}


def writes_by_account(run: Callable[[], Phase]) -> dict[str | None, list[str]]:
    """What was written to each account."""
    seen: dict[str | None, list[str]] = {}
    for record in run().records:
        if record["method"] != "GET":
            seen.setdefault(record["account"], []).append(f"{record['method']} {record['path']}")
    return seen


def test_one_program_sets_up_two_accounts_in_one_process(world: World, prod: World, two: Stack) -> None:
    preview = two.preview(both_accounts())
    assert set(preview.steps.values()) == {"create"}
    assert preview.writes == []
    assert "codat:account" not in str(preview.warnings)  # because each account is pinned by its resource

    created = [PUT_KEYS, PUT_ENABLED, PATCH_SETTINGS]
    assert writes_by_account(lambda: two.up(both_accounts())) == {DEV: created, PROD: created}
    assert world.live() == ON
    assert prod.live() == settings(client_id=OTHER_ID, bank_feeds=True)
    recorded = {name: resource.outputs["accountId"] for name, resource in two.resources.items()}
    assert recorded == {"dev": DEV, "dev-feeds": DEV, "prod": PROD, "prod-feeds": PROD}


def test_no_change_is_four_reads_an_account_and_no_write(two: Stack) -> None:
    two.up(both_accounts())
    for refresh, run in product((True, False), (two.preview, two.up)):
        phase = run(both_accounts(), refresh=refresh)
        assert set(phase.steps.values()) == {"same"}
        assert phase.requests == sorted([*WHOLE_VIEW, *WHOLE_VIEW])
        assert phase.warnings == []
        assert {record["account"] for record in phase.records} == {DEV, PROD}


def test_only_the_names_of_the_keys_are_in_state(world: World, prod: World, two: Stack) -> None:
    two.up(both_accounts())
    kept = str(two.resources)
    for key in (world.account.api_key, prod.account.api_key):
        assert key not in kept
        assert base64.b64encode(key.encode()).decode() not in kept
    assert two.resources["dev"].outputs["account"] == DEV_BY
    assert two.resources["prod-feeds"].outputs["account"] == PROD_BY


def test_drift_and_repair_stay_within_their_account(world: World, prod: World, two: Stack) -> None:
    two.up(both_accounts())
    prod.portal(enabled=False, bankFeeds=False)
    preview = two.preview(both_accounts())
    assert preview.steps == {"dev": "same", "dev-feeds": "same", "prod": "update", "prod-feeds": "update"}
    assert [warning.split(":")[0] for warning in preview.warnings[:2]] == [
        "XeroIntegration (gbol, Acme Prod)",
        "XeroBankFeeds (gbol, Acme Prod)",
    ]
    assert writes_by_account(lambda: two.up(both_accounts())) == {PROD: [PUT_ENABLED, PATCH_SETTINGS]}


def test_a_destroy_takes_down_each_by_its_own_key(world: World, prod: World, two: Stack) -> None:
    two.up(going_off())
    off = [PATCH_SETTINGS, PUT_ENABLED]
    assert writes_by_account(two.destroy) == {PROD: off, DEV: off}
    assert (world.live()["enabled"], prod.live()["enabled"]) == (False, False)


def test_one_account_removed_from_the_program_is_switched_off_and_the_other_untouched(
    world: World, prod: World, two: Stack
) -> None:
    two.up(going_off())
    left = {name: declared for name, declared in going_off().items() if name.startswith("dev")}
    assert writes_by_account(lambda: two.up(left)) == {PROD: [PATCH_SETTINGS, PUT_ENABLED]}
    assert world.live() == ON
    assert prod.live()["enabled"] is False


MISSING = (
    f"XeroIntegration (gbol, {DEV}): no API key for this account: the environment variable KEY_DEV, which it names, is"
    " not set or empty: set KEY_DEV (the default key is never used instead)"
)


@pytest.mark.parametrize("value", [None, ""])
def test_a_missing_key_is_one_line_and_the_default_key_is_not_used(
    world: World, stack: Stack, value: str | None
) -> None:
    assert stack.settings.get("api_key") is None  # which is the world's own, the right one
    if value is not None:
        stack.environ["KEY_DEV"] = value
    for run in (stack.preview, stack.up):
        with pytest.raises(CheckFailed) as caught:
            run(one_account())
        assert str(caught.value) == MISSING
        assert stack.last.requests == []


def test_a_key_that_went_missing_stops_every_command(world: World, two: Stack) -> None:
    declared = one_account(onDestroy="disable")
    two.up(declared)
    del two.environ["KEY_DEV"]
    runs: list[Callable[[], Phase]] = [
        lambda: two.preview(declared),
        lambda: two.up(declared, refresh=False),
        two.refresh,
        two.destroy,
        lambda: two.destroy(refresh=False),
    ]
    for run in runs:
        with pytest.raises(CodatError, match=r"^XeroIntegration \(gbol, Acme Dev\): no API key for this account: "):
            run()
        assert two.last.requests == []
    assert world.live() == settings()


def test_a_rotated_key_in_a_variable_is_read_afresh(world: World, two: Stack) -> None:
    two.up(one_account())
    world.behave(apiKey="the-new-key")
    with pytest.raises(CodatError) as caught:
        two.up(one_account())
    assert str(caught.value) == (
        "XeroIntegration (gbol, Acme Dev): Codat answered 401 to GET /profile/syncSettings: Unauthorized; check the"
        " environment variable KEY_DEV, which the resource's account names, against the API keys in the Codat Portal"
        f" (service PublicApi, correlation id {str(caught.value).rpartition(' ')[2]}"
    )
    two.environ["KEY_DEV"] = "the-new-key"
    assert two.up(one_account()).steps == {"dev": "same"}
    assert two.refresh().requests == [*LIVE_VIEW]


CLAIMS = list(product([None, DEV, PROD], [None, DEV, PROD], [DEV, PROD], [DEV, PROD]))


@pytest.mark.parametrize("claims", CLAIMS)
def test_every_claim_must_be_the_live_account(
    world: World, prod: World, stack: Stack, claims: tuple[str | None, str | None, str, str]
) -> None:
    declared, confirmed, named, live = claims
    stack.settings |= {"account": declared, "confirmed_account": confirmed}
    stack.environ["KEY"] = (world if live == DEV else prod).account.api_key
    program: Program = {"xero": ("XeroIntegration", xero(account={"id": named, "apiKey": "env:KEY"}))}
    if {declared, confirmed, named} <= {None, live}:
        stack.up(program)
        assert stack.resources["xero"].outputs["accountId"] == live
        return
    for run in (stack.preview, stack.up):
        with pytest.raises(CheckFailed) as caught:
            run(program)
        text = str(caught.value)
        assert text.startswith(f"XeroIntegration (gbol, {named}): the API key belongs to Codat account Acme ")
        for claim, account in (
            ("the resource's account declares", named),
            ("codat:account declares", declared),
            ("CODAT_ACCOUNT confirms", confirmed),
        ):
            assert (f"{claim} {account}" in text) is (account not in (None, live))
            assert (f"{claim} it" in text) is (account == live)
        assert stack.last.writes == []
        assert stack.last.warnings == []
    assert stack.resources == {}


def test_a_resource_cannot_be_moved_to_another_account_by_naming_it(world: World, prod: World, two: Stack) -> None:
    two.up(one_account())
    moved: Program = {"dev": ("XeroIntegration", xero(account=PROD_BY))}
    for refresh, run in product((True, False), (two.preview, two.up)):
        with pytest.raises(
            CodatError, match=rf"but this stack's state records {DEV} \(the resource's account declares"
        ):
            run(moved, refresh=refresh)
        assert two.last.writes == []
    assert world.live() == settings()
    assert prod.live() == settings(client_id=None, enabled=False)


@pytest.mark.parametrize("refresh", [True, False])
def test_to_name_the_account_that_was_the_default_is_an_update_without_a_write(
    world: World, stack: Stack, *, refresh: bool
) -> None:
    stack.up({"xero": ("XeroIntegration", xero())})
    stack.environ["KEY_DEV"] = world.account.api_key
    named: Program = {"xero": ("XeroIntegration", xero(account=DEV_BY))}
    phase = stack.up(named, refresh=refresh)
    assert (phase.steps, phase.writes) == ({"xero": "update"}, [])
    assert stack.resources["xero"].outputs["account"] == DEV_BY
    assert stack.up(named).steps == {"xero": "same"}
    back = stack.up({"xero": ("XeroIntegration", xero())}, refresh=refresh)
    assert (back.steps, back.writes) == ({"xero": "update"}, [])
    assert "account" not in stack.resources["xero"].outputs


@pytest.mark.parametrize(
    ("before", "after"),
    [(None, DEV_BY), (DEV_BY, None), (DEV_BY, {"id": DEV, "apiKey": "env:KEY_AGAIN"}), (DEV_BY, DEV_BY)],
)
@pytest.mark.parametrize("refresh", [True, False])
def test_renamed_and_its_key_named_otherwise_at_once_switches_nothing_off(
    world: World, stack: Stack, before: dict[str, Any] | None, after: dict[str, Any] | None, *, refresh: bool
) -> None:
    stack.environ |= {"KEY_DEV": world.account.api_key, "KEY_AGAIN": world.account.api_key}
    stack.up({"xero": ("XeroIntegration", xero(account=before))})
    phase = stack.up({"renamed": ("XeroIntegration", xero(account=after))}, refresh=refresh)
    assert phase.steps == {"renamed": "create", "xero": "delete"}
    assert phase.writes == []
    assert any("the program still declares this" in warning for warning in phase.warnings)
    assert world.live() == settings()


def test_a_secret_rotated_in_one_account_is_one_write_to_it(world: World, two: Stack) -> None:
    two.up(both_accounts())
    rotated = both_accounts(prod={"clientSecret": NEW_SECRET})
    assert writes_by_account(lambda: two.up(rotated)) == {PROD: [PUT_KEYS]}
    assert world.live() == ON


def test_the_first_apply_of_a_named_account_asks_no_more_than_a_pinned_one(two: Stack) -> None:
    assert two.preview(one_account()).requests == [*LIVE_VIEW]
    assert two.up(one_account()).requests == [
        KEYS,
        *RECHECKED,
        PUT_KEYS,
        KEYS,
        PUT_ENABLED,
        KEYS,
        INTEGRATION,
        PROFILE,
    ]


@pytest.mark.parametrize("default_first", [True, False])
@pytest.mark.parametrize("refresh", [True, False])
def test_the_default_key_and_a_named_one_for_the_same_account_are_refused_before_any_write(
    world: World, stack: Stack, *, default_first: bool, refresh: bool
) -> None:
    stack.environ["KEY_DEV"] = world.account.api_key
    declared = [("default", ("XeroIntegration", xero())), ("named", ("XeroIntegration", xero(account=DEV_BY)))]
    program: Program = dict(declared if default_first else declared[::-1])
    twice = rf"two resources of kind XeroIntegration in this program are for the same Codat account \({DEV}\), under"
    with pytest.raises(CheckFailed, match=twice):
        stack.preview(program)
    assert stack.last.writes == []
    stack.up(dict(declared[:1] if default_first else declared[1:]))
    for run in (stack.preview, stack.up):
        with pytest.raises((CheckFailed, CodatError), match=twice):
            run(program, refresh=refresh)
        assert stack.last.writes == []


def test_two_parts_of_one_stack_may_use_the_default_key_and_a_named_one(
    world: World, prod: World, stack: Stack
) -> None:
    stack.config["codat:apiKeyProd"] = prod.account.api_key
    program: Program = {
        "dev": ("XeroIntegration", xero()),
        "prod": ("XeroIntegration", xero(account=PROD_BY, onDestroy="disable")),
    }
    assert writes_by_account(lambda: stack.up(program)) == {
        DEV: [PUT_KEYS, PUT_ENABLED],
        PROD: [PUT_KEYS, PUT_ENABLED],
    }
    assert writes_by_account(lambda: stack.up({"dev": program["dev"]})) == {PROD: [PUT_ENABLED]}
    assert world.live() == settings()
