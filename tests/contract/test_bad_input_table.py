"""Bad input as it reaches the provider: the exact lines, all at once, at what cost, and that nothing was written."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Final

import httpx
import pulumi
import pytest
from click.testing import CliRunner
from pulumi.dynamic import Config, ConfigureRequest

import pulumi_codat as codat
from codat_emulator import running
from pulumi_codat import dynamic, settings
from pulumi_codat.api import Codat, CodatError
from pulumi_codat.cli.import_file import import_file

from .programs import CLIENT_ID, PARTNER, SECRET, feeds, xero
from .world import ACCOUNT, INTEGRATION, KEYS, NO_TLS, PROFILE, SETTINGS, World

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping, Sequence

CANARY: Final = "s3cret-canary"
DEV, PROD = "5b8d3c0e-2f41-4a6b-9c57-d1e07a3f6b21", "c2a9f7d4-8e13-4b70-a5d6-3f9e1b4c8a02"
SPACES: Final = 'must not contain spaces ("Secure keys must not contain spaces", as the Codat Portal says)'
PRINTABLE: Final = "must be plain printable characters"
ONE_LINE: Final = "must be one line of printable characters"
HTTPS: Final = "must be a URL that begins with https://"
LONG: Final = "must not be longer than 512 characters"
PLACE: Final = (
    "must name where it is kept, `env:NAME_OF_A_VARIABLE` or `config:namespace:key`, and never be the secret itself"
)
TIERS: Final = "app.tier must be 'uncertified', 'starter', 'core', 'plus', 'advanced' or 'enterprise', not"
CONTRADICTION: Final = "app tier 'uncertified' contradicts certifiedPartner: declare the tier Xero lists for the app"
UNKNOWN: Final = "is not a property of this resource"
UUID: Final = "must be the account's UUID"
KEY_ALONE: Final = "must be the key alone, without spaces or line breaks"
PLAIN: Final = "must be a plain URL such as https://api.codat.io"
ENCRYPTED: Final = "must begin with https:// (plain http is for an emulator on this machine only)"
KNOWN: Final = (
    "(known: codat:account, codat:apiKey, codat:bankFeedsSetting, codat:baseUrl, codat:clientCertificate,"
    " codat:clientKey, codat:maxWaitSeconds, codat:onDrift, codat:personWaitSeconds, codat:readLive,"
    " codat:verifyXeroKeys, codat:writes, codat:xeroIdentityUrl)"
)
VARIABLE: Final = "clientSecret (the environment variable XERO_CLIENT_SECRET)"
NO_KEY: Final = "which it names, is not set or empty:"
NEVER: Final = "(the default key is never used instead)"

Row = tuple[dict[str, Any], str]


def account(**changes: object) -> dict[str, Any]:
    return {"account": {"id": DEV, "apiKey": "env:KEY_OF_DEV"} | changes}


def app(**facts: object) -> dict[str, Any]:
    return {"app": facts}


WRONG_INTEGRATION: Final[list[Row]] = [
    # types
    ({"clientId": 5.0}, "clientId must be text, not the number 5"),
    ({"clientId": True}, "clientId must be text, not true"),
    ({"clientId": ["ABC"]}, "clientId must be text, not a list"),
    ({"clientSecret": 12345.0}, "clientSecret must be text"),
    ({"clientSecret": {"value": CANARY}}, "clientSecret must be text"),
    ({"enabled": "true"}, "enabled must be true or false, not 'true'"),
    ({"enabled": 1.0}, "enabled must be true or false, not the number 1"),
    ({"acceptDisruption": "yes"}, "acceptDisruption must be true or false, not 'yes'"),
    ({"app": "Acme"}, "app must be an object, not 'Acme'"),
    ({"account": CANARY}, "account must be an object"),
    (app(name=5.0), "app.name must be text, not the number 5"),
    (app(certifiedPartner="yes"), "app.certifiedPartner must be true or false, not 'yes'"),
    # spaces, control characters, lone surrogates
    ({"clientId": " ABC"}, f"clientId {SPACES}"),
    ({"clientId": "AB\tC"}, f"clientId {SPACES}"),
    ({"clientId": "AB\u00a0C"}, f"clientId {SPACES}"),
    ({"clientId": "A\x00B"}, f"clientId {PRINTABLE}"),
    ({"clientId": "A\ud800"}, f"clientId {PRINTABLE}"),
    ({"clientSecret": f"{CANARY}\n"}, f"clientSecret {SPACES}"),
    ({"clientSecret": f"{CANARY}\x1b[31m"}, f"clientSecret {PRINTABLE}"),
    ({"clientSecret": f"{CANARY}\udfff"}, f"clientSecret {PRINTABLE}"),
    (app(name="Acme\nBooks"), f"app.name {ONE_LINE}"),
    (app(name="Acme\udc80"), "app.name must be text, not 'Acme\\udc80'"),
    ({"onDestroy": "a\nb\u202e"}, "onDestroy must be 'retain', 'disable' or 'delete_keys', not 'a\\nb\\u202e'"),
    ({"a\r\nb": 1.0}, f"a b {UNKNOWN}"),
    ({"a\ud800": 1.0}, f"a? {UNKNOWN}"),
    # huge strings
    ({"clientId": "x" * 1_000_000}, f"clientId {LONG}"),
    ({"clientSecret": CANARY * 100_000}, f"clientSecret {LONG}"),
    ({"adopt": "x" * 1_000_000}, f"adopt must be 'if_same', 'overwrite' or 'never', not '{'x' * 58}…"),
    ({"x" * 1_000_000: 1.0}, f"{'x' * 59}… {UNKNOWN}"),
    (app(companyUrl="https://acme.example/" + "x" * 2048), "app.companyUrl must not be longer than 2048 characters"),
    # keys
    ({"clientId": ""}, "clientId must not be empty"),
    ({"clientSecret": ""}, "clientSecret must not be empty"),
    (
        {"clientId": "****WXYZ"},
        "clientId is a mask, not a client ID: copy it from the app's Configuration page at Xero",
    ),
    # the app
    (app(companyUrl="http://acme.example"), f"app.companyUrl {HTTPS}"),
    (app(privacyPolicyUrl="http://acme.example/privacy"), f"app.privacyPolicyUrl {HTTPS}"),
    (app(termsUrl="javascript:alert(1)"), f"app.termsUrl {HTTPS}"),
    (app(companyUrl="https://[::1"), "app.companyUrl is not a URL"),
    (
        app(redirectUri="https://xero.codat.io/oauth2/callback/"),
        "app.redirectUri must be 'https://xero.codat.io/oauth2/callback', not 'https://xero.codat.io/oauth2/callback/'",
    ),
    (app(integrationType="Mobile"), "app.integrationType must be 'Web app', not 'Mobile'"),
    (app(tier="gold"), f"{TIERS} 'gold'"),
    (app(tier="uncertified", certifiedPartner=True), CONTRADICTION),
    (app(teir="core"), f"app.teir {UNKNOWN}"),
    # policies
    ({"adopt": "always"}, "adopt must be 'if_same', 'overwrite' or 'never', not 'always'"),
    ({"onDestroy": "delete"}, "onDestroy must be 'retain', 'disable' or 'delete_keys', not 'delete'"),
    ({"onDestroy": {}}, "onDestroy must be 'retain', 'disable' or 'delete_keys', not an object"),
    ({"surprise": CANARY}, f"surprise {UNKNOWN}"),
    # where secrets are kept
    (account(apiKey=CANARY), f"account.apiKey {PLACE}"),
    (account(id="Acme"), "account.id must be the account's UUID"),
    (account(id=CANARY * 10_000), "account.id must be the account's UUID"),
    (account(name="Acme"), f"account.name {UNKNOWN}"),
    ({"account": {"id": DEV}}, "account.apiKey is required"),
    (
        {"clientSecretFrom": "env:XERO_CLIENT_SECRET"},
        "clientSecret and clientSecretFrom are both given: keep one of them",
    ),
]
WRONG_BANK_FEEDS: Final[list[Row]] = [
    ({"enabled": "on"}, "enabled must be true or false, not 'on'"),
    ({"onDestroy": "delete_keys"}, "onDestroy must be 'retain' or 'disable', not 'delete_keys'"),
    ({"platformKey": "mqjo"}, "platformKey must be 'gbol', not 'mqjo'"),
    ({"clientSecret": "ABC"}, f"clientSecret {UNKNOWN}"),
    ({"app": PARTNER | {"tier": "uncertified"}}, CONTRADICTION),
]
WRONG_CONFIG: Final[list[tuple[dict[str, str], str]]] = [
    ({"codat:apiKey": "two words"}, f"codat:apiKey: {KEY_ALONE}"),
    ({"codat:apiKey": f"{CANARY}\n"}, f"codat:apiKey: {KEY_ALONE}"),
    ({"codat:apiKey": f"Bearer {CANARY}"}, f"codat:apiKey: {KEY_ALONE}"),
    ({"codat:apiKey": CANARY * 1_000}, "codat:apiKey: must not be longer than 4096 characters"),
    ({"codat:baseUrl": "http://api.codat.io"}, f"codat:baseUrl: {ENCRYPTED}"),
    ({"codat:baseUrl": f"https://me:{CANARY}@api.codat.io"}, f"codat:baseUrl: {PLAIN}"),
    ({"codat:baseUrl": "https://api.codat.io\n"}, "codat:baseUrl: is not a URL"),
    ({"codat:account": "Acme"}, f"codat:account: {UUID}"),
    ({"codat:account": ""}, f"codat:account: {UUID}"),
    ({"codat:maxWaitSeconds": "0"}, "codat:maxWaitSeconds: Input should be greater than 0"),
    (
        {"codat:maxWaitSeconds": "soon"},
        "codat:maxWaitSeconds: Input should be a valid number, unable to parse string as a number",
    ),
    (
        {"codat:bankFeedsSetting": "a-b"},
        "codat:bankFeedsSetting: must be a name of at most 64 letters, digits and underscores",
    ),
    ({"codat:verifyXeroKeys": "yes"}, "codat:verifyXeroKeys: Input should be 'auto', 'required' or 'off'"),
    ({"codat:xeroIdentityUrl": "http://identity.xero.com"}, f"codat:xeroIdentityUrl: {ENCRYPTED}"),
    ({"codat:writes": "portal"}, "codat:writes: Input should be 'auto', 'person' or 'api'"),
    ({"codat:personWaitSeconds": "-1"}, "codat:personWaitSeconds: Input should be greater than or equal to 0"),
    ({"codat:readLive": "never"}, "codat:readLive: Input should be 'required', 'best-effort' or 'off'"),
    ({"codat:onDrift": "stop"}, "codat:onDrift: Input should be 'repair' or 'fail'"),
    (
        {"codat:clientCertificate": "/nowhere/client.pem"},
        "codat:clientCertificate: /nowhere/client.pem cannot be read (No such file or directory)",
    ),
    (
        {"codat:clientKey": "/nowhere/key.pem"},
        "codat:clientKey: has no certificate beside it: set CODAT_CLIENT_CERTIFICATE or codat:clientCertificate",
    ),
    ({"codat:acount": DEV}, f"codat:acount is not a setting of this version {KNOWN}"),
    ({"codat:a\nb": DEV}, f"codat:a b is not a setting of this version {KNOWN}"),
    ({f"codat:{'x' * 1_000_000}": DEV}, f"codat:{'x' * 73}… is not a setting of this version {KNOWN}"),
]
WRONG_ENVIRON: Final[list[tuple[dict[str, str], str]]] = [
    ({"CODAT_API_KEY": " "}, f"CODAT_API_KEY: {KEY_ALONE}"),
    ({"CODAT_API_KEY": f"{CANARY}\udcff"}, f"CODAT_API_KEY: {KEY_ALONE}"),
    ({"CODAT_BASE_URL": "ftp://127.0.0.1"}, f"CODAT_BASE_URL: {ENCRYPTED}"),
    ({"CODAT_BASE_URL": "https://\udcff"}, "CODAT_BASE_URL: is not a URL"),
    ({"CODAT_ACCOUNT": "Acme"}, f"CODAT_ACCOUNT: {UUID}"),
    ({"CODAT_ACCOUNT": ""}, f"CODAT_ACCOUNT: {UUID}"),
    ({"CODAT_MAX_WAIT_SECONDS": "3601"}, "CODAT_MAX_WAIT_SECONDS: Input should be less than or equal to 3600"),
    ({"CODAT_MAX_WAIT_SECONDS": "nan"}, "CODAT_MAX_WAIT_SECONDS: Input should be a finite number"),
    ({"CODAT_VERIFY_XERO_KEYS": "on"}, "CODAT_VERIFY_XERO_KEYS: Input should be 'auto', 'required' or 'off'"),
    ({"CODAT_XERO_IDENTITY_URL": f"https://me:{CANARY}@identity.xero.com"}, f"CODAT_XERO_IDENTITY_URL: {PLAIN}"),
    ({"CODAT_CLIENT_CERTIFICATE": "/proc"}, "CODAT_CLIENT_CERTIFICATE: /proc cannot be read (Is a directory)"),
    (
        {"CODAT_CLIENT_CERTIFICATE": "/dev/null", "CODAT_CLIENT_KEY": "/nowhere/key.pem"},
        "CODAT_CLIENT_CERTIFICATE: /dev/null holds no certificate in PEM form",
    ),
    ({"CODAT_WRITES": "Person"}, "CODAT_WRITES: Input should be 'auto', 'person' or 'api'"),
    ({"CODAT_PERSON_WAIT_SECONDS": "1e9"}, "CODAT_PERSON_WAIT_SECONDS: Input should be less than or equal to 14400"),
    ({"CODAT_READ_LIVE": "best effort"}, "CODAT_READ_LIVE: Input should be 'required', 'best-effort' or 'off'"),
    ({"CODAT_ON_DRIFT": "x" * 100_000}, "CODAT_ON_DRIFT: Input should be 'repair' or 'fail'"),
    ({"CODAT_ACCEPT_DRIFT": "enabled"}, "CODAT_ACCEPT_DRIFT: must be 1 or 0"),
    ({"CODAT_ON_DESTROY": "disable"}, "CODAT_ON_DESTROY: Input should be 'retain'"),
    ({"CODAT_LOG": "verbose"}, "CODAT_LOG: Input should be 'debug'"),
]


@pytest.fixture(scope="module")
def emulated() -> Iterator[World]:
    """One emulated Codat for all rows, because none may change it."""
    with (
        running() as emulator,
        httpx.Client(base_url=f"{emulator.url}/_emulator", verify=NO_TLS, trust_env=False) as control,
    ):
        yield World(emulator, control, emulator.accounts[0])


_PROVIDERS: Final[dict[str, type[dynamic._Provider]]] = {
    "XeroIntegration": dynamic.XeroIntegrationProvider,
    "XeroBankFeeds": dynamic.XeroBankFeedsProvider,
}


@dataclass
class Process:
    """The provider as the engine has it in its process, with a stack's configuration and an environment."""

    world: World
    config: Mapping[str, str] = field(default_factory=dict)

    def of(self, kind: str) -> dynamic._Provider:
        provider = _PROVIDERS[kind]()
        provider.configure(ConfigureRequest(Config(dict(self.config), "codat-xero")))
        return provider

    def check(self, kind: str, inputs: Mapping[str, object]) -> list[str]:
        """The lines that the engine shows; that no property is named, because the engine would print its value."""
        failures = self.of(kind).check({}, dict(inputs)).failures
        assert {failure.property for failure in failures} <= {""}
        return [failure.reason for failure in failures]


@pytest.fixture
def process(emulated: World, monkeypatch: pytest.MonkeyPatch) -> Iterator[Process]:
    """A process that has done nothing; afterwards nothing was written, whatever was tried."""
    for names in settings._SOURCES.values():
        for name in names:
            monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("CODAT_API_KEY", emulated.account.api_key)
    monkeypatch.setenv("CODAT_BASE_URL", emulated.emulator.url)
    opened: list[Codat] = []
    connect = dynamic._connect

    def noted(*given: Any) -> Codat:
        opened.append(connect(*given))
        return opened[-1]

    monkeypatch.setattr(dynamic, "_connect", noted)
    dynamic._accounts.cache_clear()
    emulated.requests()
    everywhere = [emulated.at(account) for account in emulated.emulator.accounts]
    before = [world.live() for world in everywhere]
    yield Process(emulated)
    assert [world.live() for world in everywhere] == before
    for client in opened:
        client.close()
    dynamic._accounts.cache_clear()


def fine(lines: Sequence[str]) -> None:
    """Each is one short line without a secret."""
    assert all(line.isprintable() and len(line) < 600 for line in lines)
    assert not any(CANARY in line or SECRET in line or "Traceback" in line for line in lines)


@pytest.mark.parametrize(("change", "said"), WRONG_INTEGRATION)
def test_an_integration_that_is_wrong_in_itself(process: Process, change: dict[str, Any], said: str) -> None:
    lines = process.check("XeroIntegration", xero() | change)
    assert lines == [said]
    fine(lines)
    assert process.world.requests() == []


@pytest.mark.parametrize(("change", "said"), WRONG_BANK_FEEDS)
def test_a_toggle_that_is_wrong_in_itself(process: Process, change: dict[str, Any], said: str) -> None:
    lines = process.check("XeroBankFeeds", feeds() | change)
    assert lines == [said]
    fine(lines)
    assert process.world.requests() == []


ONE_OF_EACH: Final = {
    name: (value, said) for change, said in reversed(WRONG_INTEGRATION) for name, value in change.items()
}


def test_all_that_is_wrong_with_a_resource_comes_at_once(process: Process) -> None:
    wrong = {name: row for name, row in ONE_OF_EACH.items() if name != "clientSecretFrom"}
    assert len(wrong) > 10
    lines = process.check("XeroIntegration", {name: value for name, (value, _) in wrong.items()})
    assert sorted(lines) == sorted(said for _, said in wrong.values())
    assert process.world.requests() == []


APPLIED: Final = {"platformKey": "gbol", "clientId": CLIENT_ID, "enabled": True, "adopted": False}
METHODS: Final[dict[str, Callable[[dynamic._Provider], object]]] = {
    "create": lambda provider: provider.create(xero()),
    "read": lambda provider: provider.read("gbol", dict(APPLIED)),
    "update": lambda provider: provider.update("gbol", dict(APPLIED), xero()),
    "delete": lambda provider: provider.delete("gbol", {**APPLIED, "onDestroy": "disable"}),
}


def every_method_says(process: Process, said: str) -> None:
    """Also those that no check comes before: a refresh and a destroy."""
    assert process.check("XeroIntegration", xero()) == [said]
    for method in METHODS.values():
        dynamic._accounts.cache_clear()
        with pytest.raises(CodatError) as caught:
            method(process.of("XeroIntegration"))
        assert str(caught.value) == said
    fine([said])


@pytest.mark.parametrize(("config", "said"), WRONG_CONFIG)
def test_stack_configuration_that_is_wrong(
    process: Process, monkeypatch: pytest.MonkeyPatch, config: dict[str, str], said: str
) -> None:
    for name in ("CODAT_API_KEY", "CODAT_BASE_URL"):
        monkeypatch.delenv(name)
    process.config = {"codat:apiKey": process.world.account.api_key, "codat:baseUrl": process.world.emulator.url}
    process.config |= config
    every_method_says(process, f"XeroIntegration (gbol): the configuration is wrong: {said}")
    assert process.world.requests() == []


@pytest.mark.parametrize(("environ", "said"), WRONG_ENVIRON)
def test_an_environment_that_is_wrong(
    process: Process, monkeypatch: pytest.MonkeyPatch, environ: dict[str, str], said: str
) -> None:
    for name, value in environ.items():
        monkeypatch.setenv(name, value)
    every_method_says(process, f"XeroIntegration (gbol): the configuration is wrong: {said}")
    assert process.world.requests() == []


def test_every_setting_has_a_row() -> None:
    tried = {name for row, _ in (*WRONG_CONFIG, *WRONG_ENVIRON) for name in row}
    known = {name for names in settings._SOURCES.values() for name in names}
    # because any text is a file's name, and whether it can be written is seen before the first write
    assert known - tried == {"CODAT_CHANGE_LOG"}


def test_all_that_is_wrong_with_the_settings_comes_at_once(process: Process, monkeypatch: pytest.MonkeyPatch) -> None:
    process.config = {"codat:account": "Acme", "codat:acount": DEV, "codat:onDrift": "stop"}
    monkeypatch.setenv("CODAT_API_KEY", "two words")
    monkeypatch.setenv("CODAT_LOG", "verbose")
    every_method_says(
        process,
        f"XeroIntegration (gbol): the configuration is wrong: codat:acount is not a setting of this version {KNOWN};"
        f" CODAT_API_KEY: {KEY_ALONE}; codat:account: {UUID}; codat:onDrift: Input should be 'repair' or 'fail';"
        " CODAT_LOG: Input should be 'debug'",
    )
    assert process.world.requests() == []


NAMED: Final = f"XeroIntegration (gbol, {DEV})"
BELONGS: Final = f"the API key belongs to Codat account Acme Dev ({DEV}), but"
REMEDY: Final = "nothing was written: use the API key of the stack's own account"
PROD_BY_NAME: Final = {"account": {"id": PROD, "apiKey": "env:KEY_OF_DEV"}}


@pytest.mark.parametrize(
    ("environ", "change", "said"),
    [
        ({}, {}, "XeroIntegration (gbol): " + dynamic._NO_API_KEY),
        (
            {},
            account(),
            (
                f"{NAMED}: no API key for this account: the environment variable KEY_OF_DEV, {NO_KEY} set KEY_OF_DEV"
                f" {NEVER}"
            ),
        ),
        (
            {"KEY_OF_DEV": ""},
            account(),
            (
                f"{NAMED}: no API key for this account: the environment variable KEY_OF_DEV, {NO_KEY} set KEY_OF_DEV"
                f" {NEVER}"
            ),
        ),
        (
            {},
            account(apiKey="config:codat:apiKeyEu"),
            (
                f"{NAMED}: no API key for this account: the configuration key codat:apiKeyEu, {NO_KEY}"
                f" `pulumi config set --secret codat:apiKeyEu` {NEVER}"
            ),
        ),
        ({"KEY_OF_DEV": f"{CANARY} "}, account(), f"{NAMED}: the environment variable KEY_OF_DEV: {KEY_ALONE}"),
        (
            {"XERO_CLIENT_SECRET": f"{CANARY}\n"},
            {"clientSecret": None, "clientSecretFrom": "env:XERO_CLIENT_SECRET"},
            f"{VARIABLE} {SPACES}",
        ),
        (
            {"XERO_CLIENT_SECRET": CANARY * 1_000},
            {"clientSecret": None, "clientSecretFrom": "env:XERO_CLIENT_SECRET"},
            f"{VARIABLE} {LONG}",
        ),
    ],
)
def test_a_key_or_a_secret_that_is_not_where_it_should_be(
    process: Process, monkeypatch: pytest.MonkeyPatch, environ: dict[str, str], change: dict[str, Any], said: str
) -> None:
    monkeypatch.delenv("CODAT_API_KEY")
    for name, value in environ.items():
        monkeypatch.setenv(name, value)
    lines = process.check("XeroIntegration", xero(**change))
    assert lines == [said]
    fine(lines)
    assert process.world.requests() == []


@pytest.mark.parametrize(
    ("kind", "config", "environ", "change", "claims"),
    [
        ("XeroIntegration", {"codat:account": PROD}, {}, {}, f"codat:account declares {PROD}"),
        ("XeroIntegration", {}, {"CODAT_ACCOUNT": PROD}, {}, f"CODAT_ACCOUNT confirms {PROD}"),
        (
            "XeroIntegration",
            {"codat:account": PROD},
            {"CODAT_ACCOUNT": DEV},
            {},
            f"codat:account declares {PROD} (CODAT_ACCOUNT confirms it)",
        ),
        (
            "XeroIntegration",
            {},
            {},
            PROD_BY_NAME,
            f"the resource's account declares {PROD}",
        ),
        (
            "XeroIntegration",
            {"codat:account": PROD},
            {"CODAT_ACCOUNT": PROD},
            PROD_BY_NAME,
            (
                f"the resource's account declares {PROD} and codat:account declares {PROD}"
                f" and CODAT_ACCOUNT confirms {PROD}"
            ),
        ),
        ("XeroBankFeeds", {"codat:account": PROD}, {}, {}, f"codat:account declares {PROD}"),
    ],
)
def test_the_wrong_account_costs_the_live_view_and_its_name(  # noqa: PLR0917 because pytest names them
    process: Process,
    monkeypatch: pytest.MonkeyPatch,
    kind: str,
    config: dict[str, str],
    environ: dict[str, str],
    change: dict[str, Any],
    claims: str,
) -> None:
    process.config = config
    for name, value in {"KEY_OF_DEV": process.world.account.api_key, **environ}.items():
        monkeypatch.setenv(name, value)
    lines = process.check(kind, (xero() if kind == "XeroIntegration" else feeds()) | change)
    label = f"{kind} (gbol, {PROD})" if change else f"{kind} (gbol)"
    assert lines == [f"{label}: {BELONGS} {claims}; {REMEDY}"]
    fine(lines)
    live = {"XeroIntegration": [KEYS, INTEGRATION, PROFILE, ACCOUNT]}.get(
        kind, [INTEGRATION, PROFILE, ACCOUNT, SETTINGS]
    )
    assert process.world.requests() == live


TEXT: Final = "codat.Account: id and api_key must be plain text, known before anything is deployed"
A_NAME: Final = (
    "codat.from_env takes the name of an environment variable, such as XERO_CLIENT_SECRET (letters of one case, digits"
    " and underscores), not the secret itself"
)


def void(**given: Any) -> Any:
    """A resource that gets no further than its constructor."""
    return codat.XeroIntegration("xero", **({"client_id": "ABC", "client_secret": None} | given))


@pytest.mark.parametrize(
    ("declare", "said"),
    [
        (lambda: codat.Account(id=DEV, api_key=CANARY), f"codat.Account: api_key {PLACE}"),
        (lambda: codat.Account(id=DEV, api_key=f"env:{CANARY}"), f"codat.Account: api_key {PLACE}"),
        (lambda: codat.Account(id=DEV, api_key=""), f"codat.Account: api_key {PLACE}"),
        (lambda: codat.Account(id=DEV, api_key="env:A\n"), f"codat.Account: api_key {PLACE}"),
        (lambda: codat.Account(id=DEV, api_key=f"env:{'A' * 1_000_000}"), f"codat.Account: api_key {PLACE}"),
        (lambda: codat.Account(id=DEV, api_key="env:A\ud800"), f"codat.Account: api_key {PLACE}"),
        (lambda: codat.Account(id=5, api_key="env:A"), TEXT),  # type: ignore[arg-type] # because that must not work
        (lambda: codat.Account(id=DEV, api_key=None), TEXT),  # type: ignore[arg-type] # likewise
        (lambda: codat.from_env(CANARY), A_NAME),
        (lambda: codat.from_env(""), A_NAME),
        (lambda: codat.from_env("A B"), A_NAME),
        (lambda: codat.from_env("A" * 1_000_000), A_NAME),
        (lambda: codat.from_env("A\x00"), A_NAME),
        (lambda: codat.from_env(None), A_NAME),  # type: ignore[arg-type] # likewise
        (lambda: void(account=CANARY), "account must be made by codat.Account, not str"),
        (lambda: void(account={"id": DEV}), "account must be made by codat.Account, not dict"),
        (
            lambda: codat.XeroBankFeeds("feeds", integration="xero"),  # type: ignore[arg-type] # likewise
            "integration must be made by codat.XeroIntegration, not str",
        ),
        (
            lambda: void(client_id=codat.from_env("XERO_CLIENT_ID")),
            (
                "codat.from_env is for client_secret only, not for client_id: read that from stack configuration or"
                " os.environ"
            ),
        ),
    ],
)
def test_a_program_that_is_wrong_registers_nothing(declare: Callable[[], object], said: str) -> None:
    with pytest.raises(pulumi.RunError) as caught:
        declare()
    assert str(caught.value) == said
    fine([said])


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (("codat:account",), "--config (a word without =) should read codat:KEY=VALUE"),
        (
            ("xero:clientId=ABC", CANARY, "codat:account=x"),
            "--config 'xero:clientId', (a word without =) should read codat:KEY=VALUE",
        ),
        (
            ("codat:writes=portal",),
            "the configuration is wrong: codat:writes: Input should be 'auto', 'person' or 'api'",
        ),
        (("codat:a\nb=1",), f"the configuration is wrong: codat:a b is not a setting of this version {KNOWN}"),
    ],
)
def test_an_import_that_is_asked_wrongly(process: Process, words: tuple[str, ...], said: str) -> None:
    asked = CliRunner().invoke(import_file, [part for word in words for part in ("--config", word)])
    assert (asked.exit_code, asked.stdout, asked.stderr) == (1, "", f"Error: {said}\n")
    fine([said])
    assert process.world.requests() == []
