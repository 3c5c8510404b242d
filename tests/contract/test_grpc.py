"""The unchanged provider in its real process, over the engine's own protocol: lives, values, threads and words."""

from __future__ import annotations

import base64
from concurrent.futures import ThreadPoolExecutor
from typing import TYPE_CHECKING, Any

import grpc
import pytest
from pulumi.runtime.rpc import UNKNOWN

from .programs import CLIENT_ID, NEW_SECRET, PARTNER, SECRET, feeds, settings, xero
from .provider_process import FEEDS, XERO_FROM_3_14, Engine, listening_engine, provider_process
from .world import ACCOUNT, INTEGRATION, KEYS, PATCH_SETTINGS, PROFILE, PUT_ENABLED, PUT_KEYS, WHOLE_VIEW

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

    from .world import World


@pytest.fixture
def world(served_world: World) -> World:
    return served_world


@pytest.fixture
def environment(world: World) -> dict[str, str]:
    return {"CODAT_API_KEY": world.account.api_key, "CODAT_BASE_URL": world.emulator.url, "CODAT_MAX_WAIT_SECONDS": "5"}


@pytest.fixture
def engine() -> Iterator[Engine]:
    with listening_engine() as engine:
        yield engine


def error_of(call: Callable[[], object], world: World) -> str:
    """The one line that the engine is told, without the kind that stands before it."""
    with pytest.raises(grpc.RpcError) as caught:
        call()
    details: str = caught.value.details()
    assert caught.value.code() is grpc.StatusCode.UNKNOWN
    (line,) = details.splitlines()
    kind, _, said = line.partition(": ")
    assert kind in {"CodatError", "Exception calling application"}  # as SDKs since 3.264, and those before
    silent(line, world)
    return said


def writes(world: World) -> list[str]:
    return [line for line in world.requests() if not line.startswith("GET ")]


def silent(text: str, world: World) -> None:
    """No secret in any form."""
    key = world.account.api_key
    for secret in (key, base64.b64encode(key.encode()).decode(), SECRET, NEW_SECRET):
        assert secret not in text
    assert "Traceback" not in text


def test_a_whole_life_over_the_real_process(
    world: World, environment: dict[str, str], engine: Engine, tmp_path: Path
) -> None:
    integration, toggle = xero(app=PARTNER, onDestroy="disable"), feeds()
    config = {"codat:account": world.account.id, "xero:clientSecret": SECRET}

    with provider_process(tmp_path, environment) as provider:
        provider.configure(config)
        inputs, failures = provider.check({}, integration)
        assert (inputs, failures) == (integration, [])
        id_, outputs = provider.create(inputs)
        assert (id_, outputs["clientSecret"], outputs["connectionLimit"], outputs["adopted"]) == (
            "gbol",
            SECRET,
            50,
            False,
        )
        inputs, failures = provider.of(FEEDS).check({}, toggle)
        assert failures == []
        id_, toggle_outputs = provider.of(FEEDS).create(inputs)
        assert id_ == "gbol"
        assert toggle_outputs["accountId"] == world.account.id
    assert world.live() == settings(bank_feeds=True)

    world.requests()
    with provider_process(tmp_path, environment, engine=engine.address) as provider:
        provider.configure(config)
        id_, outputs, inputs = provider.read(outputs, integration)
        assert (id_, inputs) == ("gbol", integration)
        assert provider.diff(outputs, integration) == "DIFF_NONE"
        assert provider.check(integration, integration) == (integration, [])
        assert provider.diff(outputs, integration) == "DIFF_NONE"
        assert provider.of(FEEDS).check(toggle, toggle) == (toggle, [])
        assert provider.of(FEEDS).diff(toggle_outputs, toggle) == "DIFF_NONE"
        assert world.requests() == [*WHOLE_VIEW]
        assert engine.logged == []

        rotated = integration | {"clientSecret": NEW_SECRET}
        assert provider.diff(outputs, rotated) == "DIFF_UNKNOWN"
        outputs = provider.update(outputs, rotated)
        assert writes(world) == [PUT_KEYS]

        off = toggle | {"enabled": False}
        toggle_outputs = provider.of(FEEDS).update(toggle_outputs, off)
        assert writes(world) == [PATCH_SETTINGS]
    assert world.live() == settings(secret=NEW_SECRET)

    world.portal(enabled=False)
    with provider_process(tmp_path, environment, engine=engine.address) as provider:
        provider.configure(config)
        assert provider.check(rotated, rotated) == (rotated, [])
        assert provider.diff(outputs, rotated) == "DIFF_SOME"
        assert engine.logged == [
            (
                "WARNING",
                (
                    "XeroIntegration (gbol, Acme Dev): changed outside of Pulumi: enabled is false in Codat, declared"
                    " true; `pulumi up` repairs it"
                ),
            )
        ]
        outputs = provider.update(outputs, rotated)
    assert world.live() == settings(secret=NEW_SECRET)

    world.requests()
    with provider_process(tmp_path, environment) as provider:
        provider.configure(config)
        provider.of(FEEDS).delete(toggle_outputs)
        provider.delete(outputs)
    assert writes(world) == [PUT_ENABLED]
    assert world.live() == settings(secret=NEW_SECRET, enabled=False)
    silent((tmp_path / "stderr.txt").read_text(), world)


def test_values_as_the_wire_has_them(world: World, environment: dict[str, str], tmp_path: Path) -> None:
    del environment["CODAT_API_KEY"]
    with provider_process(tmp_path, environment) as provider:
        secret = {
            "4dabf18193072939515e22adb298388d": "1b47061264138c4ac30d75fd1eb44270",
            "value": world.account.api_key,
        }
        provider.configure({"codat:apiKey": secret, "codat:maxWaitSeconds": "5"})
        world.requests()

        def failures(inputs: dict[str, Any]) -> list[str]:
            # because a process that has checked one takes the next one for a second resource
            return [line for line in provider.check({}, inputs)[1] if "two resources of this program" not in line]

        # unknown values are passed back, and do not hide what is wrong with the others, nor the account
        unknown = {"clientId": UNKNOWN, "clientSecret": UNKNOWN, "enabled": True, "app": {"name": UNKNOWN}}
        assert provider.check({}, unknown) == (unknown, [])
        assert world.requests() == [KEYS, INTEGRATION, PROFILE, ACCOUNT]
        assert failures(unknown | {"enabled": "on"}) == ["enabled must be true or false, not 'on'"]
        assert provider.diff({"clientId": CLIENT_ID}, {"clientId": UNKNOWN}) == "DIFF_UNKNOWN"
        assert world.requests() == []  # that diff compares with what the check has seen

        # every number is a float, and null is nothing
        assert failures(xero(enabled=1)) == ["enabled must be true or false, not the number 1"]
        assert failures({"clientId": None, "enabled": True}) == ["clientId is required"]

        # a bad input is told with all others, and never with a secret
        told = failures(xero(clientId="AB C", clientSecret=f"{SECRET} ", surprise=1))
        assert [failure.split(" ")[0] for failure in told] == ["clientId", "clientSecret", "surprise"]
        silent(str(told), world)
        assert world.requests() == []

        # a pickle of Python 3.14 is the same provider, and shares the same live view
        young = provider.of(XERO_FROM_3_14)
        (told_of_both,) = young.check({}, xero())[1]
        assert "two resources of this program" in told_of_both
        _, outputs = young.create(xero())
        assert young.diff(outputs, xero()) == "DIFF_NONE"
        assert provider.diff(outputs, xero()) == "DIFF_NONE"
    assert world.live() == settings()


def test_four_threads_share_one_live_view(world: World, environment: dict[str, str], tmp_path: Path) -> None:
    with provider_process(tmp_path, environment) as provider, ThreadPoolExecutor(8) as threads:
        provider.configure({"codat:account": world.account.id})
        world.requests()
        integrations = [threads.submit(provider.check, {}, xero()) for _ in range(6)]
        toggles = [threads.submit(provider.of(FEEDS).check, {}, feeds()) for _ in range(6)]
        assert {str(call.result()[1]) for call in (*integrations, *toggles)} == {"[]"}
        assert world.requests() == [*WHOLE_VIEW]

        created = [
            threads.submit(life.create, inputs) for life, inputs in ((provider, xero()), (provider.of(FEEDS), feeds()))
        ]
        assert {call.result()[0] for call in created} == {"gbol"}
    assert world.live() == settings(bank_feeds=True)


def test_every_failure_is_one_line_without_a_secret(world: World, environment: dict[str, str], tmp_path: Path) -> None:
    with provider_process(tmp_path, environment) as provider:
        provider.configure({})
        _, outputs = provider.create(xero())

        foreign = outputs | {"accountId": "c2a9f7d4-8e13-4b70-a5d6-3f9e1b4c8a02"}
        calls: dict[str, Callable[[dict[str, Any]], object]] = {
            "read": lambda state: provider.read(state, xero()),
            "update": lambda state: provider.update(state, xero(clientSecret=NEW_SECRET)),
            "delete": provider.delete,
        }
        for call in calls.values():
            told = error_of(lambda call=call: call(foreign), world)  # type: ignore[misc] # because a default binds it now
            assert told.startswith("XeroIntegration (gbol, Acme Dev): the API key belongs to Codat account")
            broken = outputs | {"keysRecord": {"salt": SECRET}}
            told = error_of(lambda call=call, broken=broken: call(broken), world)  # type: ignore[misc] # because of the same
            assert told.startswith("XeroIntegration (gbol): the recorded state was edited, or belongs to")
            assert "(keysRecord.clientId, keysRecord.salt cannot be read)" in told

        world.fault(PUT_KEYS, "400", times=9)
        failing: tuple[Callable[[], object], ...] = (
            lambda: provider.update(outputs, xero(clientSecret=NEW_SECRET)),
            lambda: provider.create(xero(clientSecret=NEW_SECRET, adopt="overwrite")),
        )
        for write in failing:
            label, _, said = error_of(write, world).partition(": ")
            assert label in {"XeroIntegration (gbol, Acme Dev)", "XeroIntegration (gbol)"}
            assert said.startswith("Codat answered 400 to PUT /integrations/credentials/gbol: Error")
        world.fault("GET /integrations/gbol", "html", times=9)
        provider.check(xero(), xero(enabled=False))  # because diff asks Codat only for what was checked
        told = error_of(lambda: provider.diff(outputs, xero(enabled=False)), world)
        assert told.startswith("XeroIntegration (gbol, Acme Dev): ")
    silent((tmp_path / "stderr.txt").read_text(), world)


@pytest.mark.parametrize("error", ["SystemExit(3)", "KeyError('s3cret-canary-of-the-first-AAAA')"])
def test_what_nobody_foresaw_is_one_line_and_hangs_nothing(
    world: World, environment: dict[str, str], tmp_path: Path, error: str
) -> None:
    with provider_process(tmp_path, environment, broken=("read", error)) as provider:
        provider.configure({})
        told = error_of(lambda: provider.read({}, {}), world)
        kind = error.split("(", maxsplit=1)[0]
        assert told == (
            f"pulumi-codat itself failed in read ({kind} at <string>:4); nothing more was written: please report this"
        )
        assert provider.check({}, xero())[1] == []  # the process lives on


def test_wrong_settings_are_told_by_every_writethat_needs_codat(
    world: World, environment: dict[str, str], tmp_path: Path
) -> None:
    with provider_process(tmp_path, environment | {"CODAT_LOG": "loud"}) as provider:
        provider.configure({"codat:acount": "x"})
        wrong = (
            "the configuration is wrong: codat:acount is not a setting of this version (known: codat:account,"
            " codat:apiKey, codat:bankFeedsSetting, codat:baseUrl, codat:clientCertificate, codat:clientKey,"
            " codat:maxWaitSeconds, codat:onDrift, codat:personWaitSeconds, codat:readLive, codat:verifyXeroKeys,"
            " codat:writes, codat:xeroIdentityUrl);"
            " CODAT_LOG: Input should be 'debug'"
        )
        assert provider.check({}, xero())[1] == [f"XeroIntegration (gbol): {wrong}"]
        assert error_of(lambda: provider.read({"clientId": CLIENT_ID}, {}), world) == f"XeroIntegration (gbol): {wrong}"
        provider.delete({"clientId": CLIENT_ID, "onDestroy": "retain"})  # needs nothing of Codat
    assert world.requests() == []


def test_a_warning_reaches_the_engine_or_else_stderr(
    world: World, environment: dict[str, str], engine: Engine, tmp_path: Path
) -> None:
    bound = (
        "XeroIntegration (gbol): codat:account is not set, so this stack will be bound to the account of the API key,"
        f" Acme Dev ({world.account.id})"
    )
    with provider_process(tmp_path, environment, engine=engine.address) as provider:
        provider.configure({})
        provider.check({}, xero())
        provider.check({}, xero())
    assert engine.logged == [("WARNING", bound)]
    assert (tmp_path / "stderr.txt").read_text() == ""


def test_the_debug_log_is_one_line_a_request_and_holds_no_secret(
    world: World, environment: dict[str, str], tmp_path: Path
) -> None:
    world.requests()
    world.fault("GET /integrations/gbol", "reset-before")
    with provider_process(tmp_path, environment | {"CODAT_LOG": "debug"}) as provider:
        provider.configure({"codat:account": world.account.id})
        provider.check({}, xero())
        provider.create(xero())
    lines = (tmp_path / "stderr.txt").read_text().splitlines()
    silent("\n".join(lines), world)
    asked = world.requests()
    assert sorted(line.removeprefix("codat: ").split(" -> ")[0] for line in lines) == sorted(asked)
    assert {line.split(" -> ")[1] for line in lines} == {"200", "404", "ReadError"}
