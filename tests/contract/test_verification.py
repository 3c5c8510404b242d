"""A key pair is asked about at Xero before anything is written: where it stops, where it goes on, what is sent."""

from __future__ import annotations

import base64
from typing import TYPE_CHECKING, Any

import pytest

from pulumi_codat.api import CodatError

from .programs import CLIENT_ID, NEW_SECRET, OTHER_ID, SECRET, both, program, settings
from .world import (
    ASK_XERO,
    COMPANIES,
    INTEGRATION,
    KEYS,
    LIVE_VIEW,
    PROFILE,
    PUT_ENABLED,
    PUT_KEYS,
    RECHECKED,
    SETTINGS,
    WHOLE_VIEW,
)

if TYPE_CHECKING:
    from .engine import Stack
    from .world import World

LABEL = "XeroIntegration (gbol)"
KNOWN_LABEL = "XeroIntegration (gbol, Acme Dev)"
WRONG = (
    "Xero does not know this pair of client ID and client secret (invalid_client); nothing was written: compare the"
    " pair with the app's Configuration page at Xero, or generate a new secret there"
)
CUSTOM = "Xero gave a token for it, so it is a custom connection's, not a web app's"
EMPTY = settings(client_id=None, enabled=False)


@pytest.fixture(name="stack")
def _stack(world: World, stack: Stack) -> Stack:
    stack.settings |= {"account": world.account_id, "xero_identity_url": f"{world.emulator.url}/xero"}
    world.xero_knows(CLIENT_ID, SECRET)
    return stack


@pytest.mark.parametrize("policy", ["auto", "required"])
def test_a_right_pair_is_asked_about_once_before_any_write(world: World, stack: Stack, policy: str) -> None:
    stack.settings["verify_xero_keys"] = policy
    assert stack.preview(program()).requests == [*LIVE_VIEW]
    phase = stack.up(program())
    assert phase.requests == [*RECHECKED, ASK_XERO, KEYS, PUT_KEYS, KEYS, PUT_ENABLED, KEYS, INTEGRATION, PROFILE]
    assert phase.warnings == []
    assert world.live() == settings()
    assert stack.up(program()).requests == [*LIVE_VIEW]


@pytest.mark.parametrize("policy", ["auto", "required"])
def test_a_wrong_pair_writes_nothing(world: World, stack: Stack, policy: str) -> None:
    stack.settings["verify_xero_keys"] = policy
    world.portal(enabled=True)
    wrong = program(clientSecret=NEW_SECRET, enabled=False)  # whose toggle would be switched off first
    with pytest.raises(CodatError) as caught:
        stack.up(wrong)
    assert str(caught.value) == f"{LABEL}: {WRONG}"
    # read, and again before the write; on without keys needs a second witness
    reads = sorted([COMPANIES, *WHOLE_VIEW, COMPANIES, KEYS, INTEGRATION, SETTINGS])
    assert stack.last.requests == [*reads, ASK_XERO]
    assert stack.resources == {}
    assert world.live() == EMPTY | {"enabled": True}


@pytest.mark.parametrize("refresh", [True, False])
def test_a_wrong_rotation_leaves_the_working_keys(world: World, stack: Stack, *, refresh: bool) -> None:
    stack.up(both())
    before = stack.resources["xero"].outputs
    with pytest.raises(CodatError) as caught:
        stack.up(both({"clientSecret": NEW_SECRET, "enabled": False}), refresh=refresh)
    assert str(caught.value) == f"{KNOWN_LABEL}: {WRONG}"
    assert stack.last.writes == [ASK_XERO]
    assert world.live() == settings(bank_feeds=True)
    assert stack.resources["xero"].outputs == before
    world.xero_knows(CLIENT_ID, NEW_SECRET)
    assert stack.up(both({"clientSecret": NEW_SECRET}), refresh=refresh).writes == [ASK_XERO, PUT_KEYS]
    assert world.live() == settings(secret=NEW_SECRET, bank_feeds=True)


def test_off_asks_nothing(world: World, stack: Stack) -> None:
    stack.settings["verify_xero_keys"] = "off"
    assert stack.up(program(clientSecret=NEW_SECRET)).writes == [PUT_KEYS, PUT_ENABLED]
    assert world.live() == settings(secret=NEW_SECRET)


UNTOLD = {
    "reset-before": "cannot be reached",
    "500": "answered 500",
    "429": "answered 429",
    "html": "answered 502",
    "malformed": "answered 200",
    "wrong-shape": "answered 200",
}


@pytest.mark.parametrize("fault", UNTOLD)
def test_no_answer_that_tells_is_a_warning_by_default(world: World, stack: Stack, fault: str) -> None:
    world.fault(ASK_XERO, fault)
    host = world.emulator.url.removeprefix("http://")
    phase = stack.up(program(clientSecret=NEW_SECRET))
    assert phase.warnings == [
        f"{LABEL}: the key pair is not verified at Xero: {host} {UNTOLD[fault]}; it is written as declared"
    ]
    assert phase.writes == [ASK_XERO, PUT_KEYS, PUT_ENABLED]
    assert world.live() == settings(secret=NEW_SECRET)


@pytest.mark.parametrize("fault", UNTOLD)
def test_no_answer_that_tells_stops_where_it_is_required(world: World, stack: Stack, fault: str) -> None:
    stack.settings["verify_xero_keys"] = "required"
    world.fault(ASK_XERO, fault)
    host = world.emulator.url.removeprefix("http://")
    with pytest.raises(CodatError) as caught:
        stack.up(program())
    assert str(caught.value) == (
        f"{LABEL}: the key pair could not be verified at Xero ({host} {UNTOLD[fault]}), and codat:verifyXeroKeys is"
        " required; nothing was written: run the same command again, or choose auto"
    )
    assert stack.last.writes == [ASK_XERO]
    assert world.live() == EMPTY
    assert stack.up(program()).writes == [ASK_XERO, PUT_KEYS, PUT_ENABLED]


def test_a_host_that_is_not_there_is_no_reason_to_stop_by_default(world: World, stack: Stack) -> None:
    stack.settings["xero_identity_url"] = "http://127.0.0.1:9"
    phase = stack.up(program())
    assert phase.warnings == [
        f"{LABEL}: the key pair is not verified at Xero: 127.0.0.1:9 cannot be reached; it is written as declared"
    ]
    assert world.live() == settings()


def test_a_custom_connection_is_warned_of_or_refused(world: World, stack: Stack) -> None:
    world.xero_knows(OTHER_ID, NEW_SECRET, kind="custom")
    custom = program(clientId=OTHER_ID, clientSecret=NEW_SECRET)
    stack.settings["verify_xero_keys"] = "required"
    with pytest.raises(CodatError, match=f"^XeroIntegration \\(gbol\\): this pair of keys cannot be used: {CUSTOM}; "):
        stack.up(custom)
    assert world.live() == EMPTY
    stack.settings["verify_xero_keys"] = "auto"
    assert stack.up(custom).warnings == [
        f"{LABEL}: the key pair is not verified at Xero: {CUSTOM}; it is written as declared"
    ]


def test_on_this_machine_nothing_is_asked_unless_a_service_is_named(world: World, stack: Stack) -> None:
    stack.settings["xero_identity_url"] = None
    assert stack.up(program()).writes == [PUT_KEYS, PUT_ENABLED]
    stack.settings["verify_xero_keys"] = "required"
    with pytest.raises(CodatError) as caught:
        stack.up(program(clientSecret=NEW_SECRET))
    assert str(caught.value) == (
        f"{KNOWN_LABEL}: codat:verifyXeroKeys is required, and with a base URL on this machine no pair is sent to the"
        " real Xero; nothing was written: set CODAT_XERO_IDENTITY_URL, or choose auto"
    )
    assert stack.last.writes == []


RUNS_WITHOUT_KEYS: list[dict[str, Any]] = [{"enabled": False}, {"onDestroy": "retain"}, {"clientSecret": None}]


@pytest.mark.parametrize("change", RUNS_WITHOUT_KEYS)
def test_only_a_write_of_the_keys_is_asked_about(world: World, stack: Stack, change: dict[str, Any]) -> None:
    stack.up(program())
    assert ASK_XERO not in stack.up(program(**change)).requests
    assert ASK_XERO not in stack.refresh().requests
    assert ASK_XERO not in stack.destroy().requests


def test_an_adoption_asks_and_writes_and_drift_asks_before_its_repair(world: World, stack: Stack) -> None:
    world.portal(clientId=CLIENT_ID, clientSecret=SECRET)
    assert stack.up(program()).writes == [ASK_XERO, PUT_KEYS, PUT_ENABLED]
    world.portal(clientSecret=NEW_SECRET)
    assert stack.preview(program()).writes == []
    assert stack.up(program()).writes == [ASK_XERO, PUT_KEYS]
    assert world.live() == settings()


def test_the_secret_goes_to_the_configured_service_and_to_codat_and_nowhere_else(world: World, stack: Stack) -> None:
    stack.up(program())
    pair = base64.b64encode(f"{CLIENT_ID}:{SECRET}".encode()).decode()
    with_secret = [line.split(" {")[0] for line in world.sent if SECRET in line or pair in line]
    url = world.emulator.url
    assert with_secret == [f"POST {url}/xero/connect/token", f"PUT {url}/integrations/credentials/gbol"]
    asked = next(line for line in world.sent if "/connect/token" in line)
    assert world.account.api_key not in asked
    assert base64.b64encode(world.account.api_key.encode()).decode() not in asked
