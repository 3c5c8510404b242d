"""What a program registers: tokens, camelCase inputs, a wrapped secret, and the errors of the constructor."""

from __future__ import annotations

import asyncio
import gc
import warnings
from dataclasses import FrozenInstanceError
from typing import TYPE_CHECKING, Any, Final

import pulumi
import pytest
from pulumi.runtime import mocks
from pulumi.runtime.settings import ROOT
from pulumi.runtime.stack import run_pulumi_func

import pulumi_codat as codat
from pulumi_codat.resources._resource import _refuse_second

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable

INTEGRATION: Final = "pulumi-python:dynamic/codat:XeroIntegration"
BANK_FEEDS: Final = "pulumi-python:dynamic/codat:XeroBankFeeds"


class _Engine(mocks.Mocks):
    """Takes down what is registered, and answers with the inputs and the outputs that are given."""

    def __init__(self, outputs: dict[str, object]) -> None:
        self._outputs = outputs
        self.registered: list[mocks.MockResourceArgs] = []

    def new_resource(self, args: mocks.MockResourceArgs) -> tuple[str | None, dict[Any, Any]]:
        self.registered.append(args)
        return "gbol", args.inputs | self._outputs

    def call(self, args: mocks.MockCallArgs) -> tuple[dict[Any, Any], list[tuple[str, str]] | None]:
        raise AssertionError(args.token)


def run(program: Callable[[], None], *, preview: bool = False, **outputs: object) -> dict[str, mocks.MockResourceArgs]:
    """Run the program as the language host does; what it registered, by name."""
    engine = _Engine(outputs)
    _host(program, engine, preview=preview)
    return {args.name: args for args in engine.registered}


def _host(program: Callable[[], Awaitable[None] | None], engine: _Engine, *, preview: bool = False) -> None:
    async def host() -> None:
        ROOT.set(None)  # because the mocks keep the root of the run before
        mocks.set_mocks(engine, preview=preview)
        async with asyncio.timeout(60):
            await run_pulumi_func(program)

    with warnings.catch_warnings():
        # because the SDK's mocks leave an event loop open in each thread that they answer from
        warnings.simplefilter("ignore", ResourceWarning)
        try:
            asyncio.run(host())
        finally:
            gc.collect()


def test_the_least_a_program_can_declare() -> None:
    registered = run(lambda: void(codat.XeroIntegration("xero", client_id="ABC", client_secret="s3cret")))
    xero = registered["xero"]
    inputs = dict(xero.inputs)
    assert xero.typ == INTEGRATION
    assert inputs.pop("__provider").startswith("gA")
    secret = inputs.pop("clientSecret")
    assert secret == {"4dabf18193072939515e22adb298388d": "1b47061264138c4ac30d75fd1eb44270", "value": "s3cret"}
    assert inputs == {"clientId": "ABC", "enabled": True}


def void(_: object) -> None:
    """A program ends without a value."""


def test_everything_a_program_can_declare_in_camel_case() -> None:
    def program() -> None:
        xero = codat.XeroIntegration(
            "xero",
            client_id=pulumi.Output.from_input("ABC"),
            client_secret=pulumi.Output.secret("s3cret"),
            enabled=False,
            app=codat.XeroAppArgs(
                name=pulumi.Output.from_input("Acme Books"),
                company_url="https://acme.example",
                privacy_policy_url="https://acme.example/privacy",
                terms_url="https://acme.example/terms",
                tier="core",
                certified_partner=True,
                bank_feeds_granted=True,
            ),
            on_destroy="delete_keys",
            adopt="overwrite",
            accept_disruption=True,
        )
        codat.XeroBankFeeds("feeds", integration=xero, enabled=False, on_destroy="retain")

    registered = run(program)
    app = {
        "name": "Acme Books",
        "companyUrl": "https://acme.example",
        "privacyPolicyUrl": "https://acme.example/privacy",
        "termsUrl": "https://acme.example/terms",
        "integrationType": "Web app",
        "redirectUri": "https://xero.codat.io/oauth2/callback",
        "tier": "core",
        "certifiedPartner": True,
        "bankFeedsGranted": True,
    }
    xero, feeds = dict(registered["xero"].inputs), dict(registered["feeds"].inputs)
    assert (xero.pop("__provider"), feeds.pop("__provider")) != (None, None)
    assert xero.pop("clientSecret")["value"] == "s3cret"
    assert xero == {
        "clientId": "ABC",
        "enabled": False,
        "app": app,
        "adopt": "overwrite",
        "onDestroy": "delete_keys",
        "acceptDisruption": True,
    }
    assert registered["feeds"].typ == BANK_FEEDS
    assert feeds == {"platformKey": "gbol", "clientId": "ABC", "app": app, "enabled": False}


def test_what_is_left_out_is_not_sent_and_so_not_managed() -> None:
    registered = run(
        lambda: void(codat.XeroIntegration("xero", client_id="ABC", client_secret=None, enabled=None, app=None))
    )
    assert registered["xero"].inputs.keys() == {"clientId", "__provider"}


def test_an_app_may_be_a_mapping_as_from_stack_configuration() -> None:
    def program() -> None:
        xero = codat.XeroIntegration(
            "xero", client_id="ABC", client_secret=None, app={"companyUrl": "https://a.example"}
        )
        codat.XeroBankFeeds("feeds", integration=xero)

    registered = run(program)
    assert registered["xero"].inputs["app"] == {"companyUrl": "https://a.example"}
    assert registered["feeds"].inputs["app"] == {"companyUrl": "https://a.example"}


def test_outputs_come_back_under_their_python_names() -> None:
    values: list[Any] = []

    def program() -> None:
        xero = codat.XeroIntegration("xero", client_id="ABC", client_secret="s3cret")
        pulumi.Output.all(xero.account_id, xero.secret_drift_visible, xero.portal_url, xero.unfinished).apply(
            values.append
        )

    run(program, accountId="5b8d", secretDriftVisible=True, portalUrl="https://app.codat.io")
    assert values == [["5b8d", True, "https://app.codat.io", None]]


def test_the_secret_stays_a_secret_in_the_program() -> None:
    secret: list[bool] = []

    async def look(output: pulumi.Output[Any]) -> None:
        secret.append(await output.is_secret())

    async def program() -> None:
        xero = codat.XeroIntegration("xero", client_id="ABC", client_secret="s3cret")
        await look(xero.client_secret)
        await look(xero.client_id)

    _host(program, _Engine({}))
    assert secret == [True, False]


def test_the_toggle_waits_for_its_integration() -> None:
    registered: list[str] = []

    class _Ordered(_Engine):
        def new_resource(self, args: mocks.MockResourceArgs) -> tuple[str | None, dict[Any, Any]]:
            registered.append(args.name)
            return super().new_resource(args)

    def program() -> None:
        xero = codat.XeroIntegration("xero", client_id=pulumi.Output.from_input("ABC"), client_secret=None)
        codat.XeroBankFeeds("feeds", integration=xero)

    _host(program, _Ordered({}))
    assert registered == ["xero", "feeds"]


def _two_integrations() -> None:
    codat.XeroIntegration("one", client_id="ABC", client_secret=None)
    codat.XeroIntegration("two", client_id="ABC", client_secret=None)


def _two_toggles() -> None:
    xero = codat.XeroIntegration("xero", client_id="ABC", client_secret=None)
    codat.XeroBankFeeds("one", integration=xero)
    codat.XeroBankFeeds("two", integration=xero)


@pytest.mark.parametrize(
    ("program", "setting"),
    [(_two_integrations, "the Xero integration"), (_two_toggles, "the bank-feeds toggle")],
)
def test_a_second_resource_for_one_setting_is_refused_naming_both(program: Callable[[], None], setting: str) -> None:
    with pytest.raises(pulumi.RunError) as caught:
        run(program)
    assert str(caught.value) == (
        f"'one' and 'two' both declare {setting} of the same Codat account, and would undo each other: keep one of them"
    )


EU, US = "5b8d3c0e-2f41-4a6b-9c57-d1e07a3f6b21", "c2a9f7d4-8e13-4b70-a5d6-3f9e1b4c8a02"


def _two_of(first: codat.Account | None, second: codat.Account | None) -> None:
    for name, account in (("one", first), ("two", second)):
        xero = codat.XeroIntegration(name, client_id="ABC", client_secret=None, account=account)
        codat.XeroBankFeeds(f"{name}-feeds", integration=xero)


def account(id_: str = EU, name: str = "KEY_EU") -> codat.Account:
    return codat.Account(id=id_, api_key=f"env:{name}")


def test_each_account_may_have_its_own_and_the_toggle_takes_it_from_the_integration() -> None:
    registered = run(lambda: _two_of(account(), account(US, "KEY_US")))
    named = {name: args.inputs["account"] for name, args in registered.items()}
    eu, us = {"id": EU, "apiKey": "env:KEY_EU"}, {"id": US, "apiKey": "env:KEY_US"}
    assert named == {"one": eu, "one-feeds": eu, "two": us, "two-feeds": us}


@pytest.mark.parametrize(
    ("first", "second", "config", "environ"),
    [
        (account(), account(), {}, {}),
        (account(), account(EU.upper(), "OTHER_NAME"), {}, {}),
        (account(), None, {"codat:account": EU}, {}),
        (None, account(), {"codat:account": EU}, {}),
        (None, account(), {}, {"CODAT_ACCOUNT": EU}),
        (None, None, {"codat:account": EU}, {}),
    ],
)
def test_two_for_one_account_are_refused_however_it_is_named(
    monkeypatch: pytest.MonkeyPatch,
    first: codat.Account | None,
    second: codat.Account | None,
    config: dict[str, str],
    environ: dict[str, str],
) -> None:
    monkeypatch.delenv("CODAT_ACCOUNT", raising=False)
    for name, value in environ.items():
        monkeypatch.setenv(name, value)
    pulumi.runtime.set_all_config(config)
    try:
        with pytest.raises(pulumi.RunError, match=r"^'one' and 'two' both declare the Xero integration of the same"):
            run(lambda: _two_of(first, second))
    finally:
        pulumi.runtime.set_all_config({})


NO_NAME = "must name where it is kept, `env:NAME_OF_A_VARIABLE` or"


@pytest.mark.parametrize("key", ["aRaw-key/of+Codat==", "env:aMixedCaseKey", "CODAT_API_KEY_EU", ""])
def test_a_key_in_the_place_of_its_name_gets_nowhere(key: str) -> None:
    with pytest.raises(pulumi.RunError, match=f"^codat.Account: api_key {NO_NAME}") as caught:
        codat.Account(id=EU, api_key=key)
    assert not key or key not in str(caught.value)


def test_an_account_must_be_known_before_anything_is_deployed() -> None:
    unknown: Any = object()
    with pytest.raises(pulumi.RunError, match=r"^codat\.Account: id and api_key must be plain text"):
        codat.Account(id=unknown, api_key="env:KEY_EU")


def test_a_secret_in_a_variable_is_its_name_and_nothing_else(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("XERO_CLIENT_SECRET", "s3cret-canary")
    secret = codat.from_env("XERO_CLIENT_SECRET")
    registered = run(lambda: void(codat.XeroIntegration("xero", client_id="ABC", client_secret=secret)))
    inputs = dict(registered["xero"].inputs)
    assert inputs.pop("__provider")
    assert inputs == {"clientId": "ABC", "clientSecretFrom": "env:XERO_CLIENT_SECRET", "enabled": True}


@pytest.mark.parametrize("name", ["aSecret", "a-secret", "", "1A", "A B"])
def test_a_secret_in_the_place_of_a_variables_name_gets_nowhere(name: str) -> None:
    with pytest.raises(pulumi.RunError, match=r"^codat\.from_env takes the name of an environment variable") as caught:
        codat.from_env(name)
    assert not name or name not in str(caught.value)


def test_outside_of_a_program_there_is_nothing_to_compare_with() -> None:
    ROOT.set(None)
    for name in ("one", "two"):
        _refuse_second("the Xero integration", name)


def test_another_run_in_the_same_process_may_declare_it_again() -> None:
    def program(name: str) -> None:
        codat.XeroIntegration(name, client_id="ABC", client_secret=None)

    assert run(lambda: program("one")).keys() == {"one"}
    assert run(lambda: program("two")).keys() == {"two"}


def test_an_unfinished_resource_fails_the_run_with_its_reason() -> None:
    with pytest.raises(pulumi.RunError, match=r"^XeroIntegration \(gbol\): partially applied$"):
        run(
            lambda: void(codat.XeroIntegration("xero", client_id="ABC", client_secret="s3cret")),
            unfinished="XeroIntegration (gbol): partially applied",
        )


def test_in_a_preview_nothing_is_unfinished_yet() -> None:
    run(lambda: void(codat.XeroIntegration("xero", client_id="ABC", client_secret="s3cret")), preview=True)


def test_an_app_is_a_fact_and_cannot_be_changed() -> None:
    app = codat.XeroAppArgs(tier="core")
    with pytest.raises(FrozenInstanceError):
        app.tier = "plus"  # type: ignore[misc] # because that is what must not work
    assert app.declared() == {
        "integration_type": "Web app",
        "redirect_uri": "https://xero.codat.io/oauth2/callback",
        "tier": "core",
        "certified_partner": False,
        "bank_feeds_granted": False,
    }


def test_no_caller_s_data_is_changed() -> None:
    app = {"companyUrl": "https://a.example"}
    run(lambda: void(codat.XeroIntegration("xero", client_id="ABC", client_secret=None, app=app)))
    assert app == {"companyUrl": "https://a.example"}
