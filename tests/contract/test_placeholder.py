"""The mark that stands for a secret that was changed outside is never sent, on any path that it could take."""

from __future__ import annotations

import base64
import json
from functools import partial
from typing import TYPE_CHECKING, Any

import pytest

from pulumi_codat.api import CodatError
from pulumi_codat.reconcile import IntegrationLifecycle

from .engine import CheckFailed, Recorded, RunFailed
from .programs import CLIENT_ID, NEW_SECRET, OTHER_ID, SECRET, both, program, settings, xero
from .world import ASK_XERO, DELETE_KEYS, LIVE_VIEW, PUT_ENABLED, PUT_KEYS

if TYPE_CHECKING:
    from collections.abc import Iterator

    from .engine import Program, Stack
    from .world import World

PLACEHOLDER = "<changed outside of Pulumi>"
REFUSED = "clientSecret is the mark that the live secret was changed outside"


@pytest.fixture(autouse=True)
def _never_sent(world: World) -> Iterator[None]:
    """After each test: the mark was in nothing that the provider sent, to Codat or to Xero, in any writing."""
    yield
    sent = "\n".join(world.sent)
    assert sent
    for mark in (PLACEHOLDER, json.dumps(PLACEHOLDER), PLACEHOLDER.replace(" ", "%20"), "changed%20outside"):
        assert mark not in sent
    for client_id in (CLIENT_ID, OTHER_ID):
        for mark in (PLACEHOLDER, "%3Cchanged%20outside%20of%20Pulumi%3E"):
            assert base64.b64encode(f"{client_id}:{mark}".encode()).decode() not in sent


@pytest.fixture(name="stack")
def _stack(world: World, stack: Stack) -> Stack:
    """With the check at Xero, because the mark must not go there either."""
    stack.settings |= {"account": world.account_id, "xero_identity_url": f"{world.emulator.url}/xero"}
    world.xero_knows(CLIENT_ID, SECRET)
    world.xero_knows(CLIENT_ID, NEW_SECRET)
    return stack


@pytest.fixture
def marked(world: World, stack: Stack) -> Stack:
    """A stack whose refresh has put the mark into its state."""
    stack.up(program())
    world.portal(clientSecret=NEW_SECRET)
    stack.refresh()
    assert stack.resources["xero"].inputs["clientSecret"] == PLACEHOLDER
    assert stack.resources["xero"].outputs["clientSecret"] == PLACEHOLDER
    return stack


def as_ignored(stack: Stack, **changes: Any) -> Program:
    """What `ignore_changes=["clientSecret"]` makes of the program: the old input in the place of the declared one."""
    return {"xero": ("XeroIntegration", dict(stack.resources["xero"].inputs) | changes)}


@pytest.mark.parametrize("changes", [{}, {"enabled": False}, {"clientId": OTHER_ID}, {"onDestroy": "delete_keys"}])
@pytest.mark.parametrize("refresh", [True, False])
def test_ignored_changes_are_refused_by_check(
    world: World, marked: Stack, changes: dict[str, Any], *, refresh: bool
) -> None:
    for run in (marked.preview, marked.up):
        with pytest.raises(CheckFailed, match=f"^{REFUSED}"):
            run(as_ignored(marked, **changes), refresh=refresh)
        assert marked.last.requests == ([*LIVE_VIEW] if refresh else [])  # those of the refresh
    assert world.live() == settings(secret=NEW_SECRET)


@pytest.mark.parametrize("call", ["create", "update"])
def test_every_write_refuses_it_where_check_was_passed_over(world: World, marked: Stack, call: str) -> None:
    world.requests()
    given = {"clientId": CLIENT_ID, "clientSecret": PLACEHOLDER, "enabled": False}
    outputs = marked.resources["xero"].outputs
    with world.process() as process:
        life = IntegrationLifecycle(process.context)
        write = partial(life.update, outputs) if call == "update" else life.create
        with pytest.raises(CodatError, match=REFUSED):
            write(given)
    assert world.requests() == []


def test_an_adoption_refuses_it(world: World, stack: Stack) -> None:
    world.portal(clientId=CLIENT_ID, clientSecret=SECRET)
    with pytest.raises(CheckFailed, match=f"^{REFUSED}"):
        stack.up(program(clientSecret=PLACEHOLDER))
    assert stack.resources == {}
    assert stack.up(program()).writes == [ASK_XERO, PUT_KEYS, PUT_ENABLED]


@pytest.mark.parametrize("refresh", [True, False])
def test_a_replacement_refuses_it(world: World, marked: Stack, *, refresh: bool) -> None:
    with pytest.raises(CheckFailed, match=f"^{REFUSED}"):
        marked.up(as_ignored(marked), refresh=refresh, replace="xero")
    assert world.live() == settings(secret=NEW_SECRET)


@pytest.mark.parametrize("refresh", [True, False])
def test_an_import_file_with_it_is_refused_until_the_secret_is_declared(
    world: World, stack: Stack, *, refresh: bool
) -> None:
    world.portal(clientId=CLIENT_ID, clientSecret=SECRET, enabled=True)
    imported = xero(clientSecret=PLACEHOLDER)
    stack.resources["xero"] = Recorded("XeroIntegration", dict(imported), dict(imported))
    with pytest.raises(CheckFailed, match=f"^{REFUSED}"):
        stack.up({"xero": ("XeroIntegration", imported)}, refresh=refresh)
    phase = stack.up(program(), refresh=refresh)
    assert phase.writes == [ASK_XERO, PUT_KEYS]  # because nothing else tells which secret is there
    assert stack.resources["xero"].outputs["clientSecret"] == SECRET
    assert world.live() == settings()


@pytest.mark.parametrize("refresh", [True, False])
def test_after_a_refresh_the_declared_secret_is_written(world: World, marked: Stack, *, refresh: bool) -> None:
    preview = marked.preview(program(), refresh=refresh)
    assert (preview.steps, preview.writes) == ({"xero": "update"}, [])
    assert marked.up(program(), refresh=refresh).writes == [ASK_XERO, PUT_KEYS]
    assert world.live() == settings()
    assert PLACEHOLDER not in str(marked.resources)
    assert marked.up(program(), refresh=refresh).steps == {"xero": "same"}


@pytest.mark.parametrize("refresh", [True, False])
def test_after_a_refresh_a_toggle_is_switched_without_the_keys_where_they_are_not_declared(
    world: World, marked: Stack, *, refresh: bool
) -> None:
    phase = marked.up(program(clientSecret=None, enabled=False), refresh=refresh)
    assert phase.writes == [PUT_ENABLED]
    assert world.live() == settings(secret=NEW_SECRET, enabled=False)
    assert PLACEHOLDER not in str(marked.resources)


@pytest.mark.parametrize("policy", ["retain", "disable", "delete_keys"])
@pytest.mark.parametrize("refresh", [True, False])
def test_a_destroy_carries_out_its_policy_without_it(world: World, stack: Stack, policy: str, *, refresh: bool) -> None:
    stack.up(program(onDestroy=policy))
    world.portal(clientSecret=NEW_SECRET)
    stack.refresh()
    off = {"retain": [], "disable": [PUT_ENABLED], "delete_keys": [PUT_ENABLED, DELETE_KEYS]}
    assert stack.destroy(refresh=refresh).writes == off[policy]


def test_a_rename_of_what_is_marked_sends_the_declared_secret(world: World, marked: Stack) -> None:
    renamed: Program = {"renamed": ("XeroIntegration", xero())}
    assert marked.up(renamed).writes == [ASK_XERO, PUT_KEYS]
    assert world.live() == settings()


def test_a_run_that_stopped_with_the_keys_in_doubt_is_completed_with_the_declared_secret(
    world: World, stack: Stack
) -> None:
    world.fault(PUT_KEYS, "500", times=99)
    with pytest.raises(RunFailed):
        stack.up(program())
    assert stack.resources["xero"].outputs["clientSecret"] == PLACEHOLDER
    world.heal()
    stack.refresh()
    assert stack.up(program()).writes == [ASK_XERO, PUT_KEYS, PUT_ENABLED]
    assert world.live() == settings()
    stack.destroy()
    assert PLACEHOLDER not in str(stack.resources)


def test_moving_a_marked_secret_into_a_variable_writes_the_variables_secret(world: World, marked: Stack) -> None:
    marked.environ["XERO_CLIENT_SECRET"] = SECRET
    in_variable = program(clientSecret=None, clientSecretFrom="env:XERO_CLIENT_SECRET")
    assert marked.up(in_variable).writes == [ASK_XERO, PUT_KEYS]
    assert world.live() == settings()
    assert PLACEHOLDER not in str(marked.resources)
    marked.environ["XERO_CLIENT_SECRET"] = PLACEHOLDER
    with pytest.raises(CheckFailed, match=r"clientSecret \(the environment variable XERO_CLIENT_SECRET\) is the mark"):
        marked.up(in_variable)


def test_the_toggle_of_bank_feeds_is_repaired_beside_a_marked_secret(world: World, stack: Stack) -> None:
    stack.up(both())
    world.portal(clientSecret=NEW_SECRET, bankFeeds=False)
    stack.refresh()
    phase = stack.up(both())
    assert phase.writes[:2] == [ASK_XERO, PUT_KEYS]
    assert world.live() == settings(bank_feeds=True)
