"""Bad input: the exact line for each, all lines at once, and no request for inputs that are wrong in themselves."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pulumi_codat.api import CodatError
from pulumi_codat.reconcile import LIFECYCLES, Context
from pulumi_codat.reconcile.inputs import NOT_KNOWN_YET, BankFeedsInputs, IntegrationInputs, parse
from pulumi_codat.redaction import CHANGED_OUTSIDE
from pulumi_codat.references import Sources
from pulumi_codat.settings import Settings

if TYPE_CHECKING:
    from collections.abc import Sequence

CANARY = "s3cret-canary"
INTEGRATION: dict[str, object] = {"clientId": "ABC", "clientSecret": CANARY, "enabled": True}
BANK_FEEDS: dict[str, object] = {"enabled": True, "platformKey": "gbol"}

SPACES = 'must not contain spaces ("Secure keys must not contain spaces", as the Codat Portal says)'
PRINTABLE = "must be plain printable characters"
ONE_LINE = "must be one line of printable characters"
LONG = "must not be longer than 512 characters"
MARK = (
    "is the mark that the live secret was changed outside of Pulumi, not a secret: remove ignore_changes for it, or"
    " leave client_secret out so that keys are never written"
)
MASK = "is a mask, not a client ID: copy it from the app's Configuration page at Xero"
HTTPS = "must be a URL that begins with https://"
POLICIES = "onDestroy must be 'retain', 'disable' or 'delete_keys', not"
ADOPT = "adopt must be 'if_same', 'overwrite' or 'never', not"
TIERS = "app.tier must be 'uncertified', 'starter', 'core', 'plus', 'advanced' or 'enterprise', not"
REDIRECT = "app.redirectUri must be 'https://xero.codat.io/oauth2/callback', not"
UNKNOWN = "is not a property of this resource"

BAD_KEYS = [
    ({"clientId": "AB C"}, f"clientId {SPACES}"),
    ({"clientId": "AB\tC"}, f"clientId {SPACES}"),
    ({"clientId": "ABC\n"}, f"clientId {SPACES}"),
    ({"clientId": " ABC"}, f"clientId {SPACES}"),
    ({"clientId": "AB\u00a0C"}, f"clientId {SPACES}"),
    ({"clientId": ""}, "clientId must not be empty"),
    ({"clientId": "A\x00B"}, f"clientId {PRINTABLE}"),
    ({"clientId": "A\x7fB"}, f"clientId {PRINTABLE}"),
    ({"clientId": "A\u200bB"}, f"clientId {PRINTABLE}"),
    ({"clientId": "Ünikey"}, f"clientId {PRINTABLE}"),
    ({"clientId": "A\ud800"}, f"clientId {PRINTABLE}"),
    ({"clientId": "x" * 513}, f"clientId {LONG}"),
    ({"clientId": "x" * 1_000_000}, f"clientId {LONG}"),
    ({"clientId": "********"}, f"clientId {MASK}"),
    ({"clientId": "****WXYZ"}, f"clientId {MASK}"),
    ({"clientId": CHANGED_OUTSIDE}, f"clientId {MARK}"),
    ({"clientId": 5.0}, "clientId must be text, not the number 5"),
    ({"clientId": float("nan")}, "clientId must be text, not the number nan"),
    ({"clientId": True}, "clientId must be text, not true"),
    ({"clientId": ["ABC"]}, "clientId must be text, not a list"),
    ({"clientId": {"id": "ABC"}}, "clientId must be text, not an object"),
    ({"clientId": None}, "clientId must be text, not nothing"),
    ({"clientSecret": f"{CANARY} {CANARY}"}, f"clientSecret {SPACES}"),
    ({"clientSecret": f"{CANARY}\n"}, f"clientSecret {SPACES}"),
    ({"clientSecret": ""}, "clientSecret must not be empty"),
    ({"clientSecret": f"{CANARY}\x1b"}, f"clientSecret {PRINTABLE}"),
    ({"clientSecret": f"{CANARY}é"}, f"clientSecret {PRINTABLE}"),
    ({"clientSecret": f"{CANARY}\udfff"}, f"clientSecret {PRINTABLE}"),
    ({"clientSecret": CANARY * 100}, f"clientSecret {LONG}"),
    ({"clientSecret": CHANGED_OUTSIDE}, f"clientSecret {MARK}"),
    ({"clientSecret": 12345.0}, "clientSecret must be text"),
    ({"clientSecret": [CANARY]}, "clientSecret must be text"),
    ({"clientSecret": {"value": CANARY}}, "clientSecret must be text"),
]
NAMES_A_PLACE = (
    "must name where it is kept, `env:NAME_OF_A_VARIABLE` or `config:namespace:key`, and never be the secret itself"
)
EU = "5b8d3c0e-2f41-4a6b-9c57-d1e07a3f6b21"
BAD_NAMES = [
    ({"account": {"id": EU, "apiKey": CANARY}}, f"account.apiKey {NAMES_A_PLACE}"),
    ({"account": {"id": EU, "apiKey": f"env:{CANARY}"}}, f"account.apiKey {NAMES_A_PLACE}"),
    ({"account": {"id": EU, "apiKey": 5.0}}, f"account.apiKey {NAMES_A_PLACE}"),
    ({"account": {"id": CANARY, "apiKey": "env:A"}}, "account.id must be the account's UUID"),
    ({"account": {"id": 5.0, "apiKey": "env:A"}}, "account.id must be the account's UUID"),
    ({"account": {"id": EU}}, "account.apiKey is required"),
    ({"account": {"apiKey": "env:A"}}, "account.id is required"),
    ({"account": {"id": EU, "apiKey": "env:A", "name": CANARY}}, f"account.name {UNKNOWN}"),
    ({"account": CANARY}, "account must be an object"),
    ({"clientSecretFrom": CANARY, "clientSecret": None}, f"clientSecretFrom {NAMES_A_PLACE}"),
    (
        {"clientSecretFrom": "config:xero:secret", "clientSecret": None},
        "clientSecretFrom must name an environment variable, `env:NAME`",
    ),
]
BAD_SWITCHES = [
    ({"enabled": "true"}, "enabled must be true or false, not 'true'"),
    ({"enabled": "perhaps"}, "enabled must be true or false, not 'perhaps'"),
    ({"enabled": ""}, "enabled must be true or false, not ''"),
    ({"enabled": 1.0}, "enabled must be true or false, not the number 1"),
    ({"enabled": []}, "enabled must be true or false, not a list"),
    ({"acceptDisruption": "yes"}, "acceptDisruption must be true or false, not 'yes'"),
    ({"acceptDisruption": 0.0}, "acceptDisruption must be true or false, not the number 0"),
    ({"onDestroy": "delete"}, f"{POLICIES} 'delete'"),
    ({"onDestroy": "Retain"}, f"{POLICIES} 'Retain'"),
    ({"onDestroy": ""}, f"{POLICIES} ''"),
    ({"onDestroy": "a\nb\u202e"}, f"{POLICIES} 'a\\nb\\u202e'"),
    ({"onDestroy": "x" * 1_000}, f"{POLICIES} '{'x' * 58}…"),
    ({"onDestroy": True}, f"{POLICIES} true"),
    ({"onDestroy": {}}, f"{POLICIES} an object"),
    ({"redirectUri": "https://xero.codat.io/oauth2/callback"}, f"redirectUri {UNKNOWN}"),
    ({"client_secrets": CANARY}, f"client_secrets {UNKNOWN}"),
    ({"a\r\nb": 1.0}, f"a b {UNKNOWN}"),
    ({"x" * 1_000: 1.0}, f"{'x' * 59}… {UNKNOWN}"),
]
BAD_POLICIES = [
    ({"adopt": "always"}, f"{ADOPT} 'always'"),
    ({"adopt": "If_Same"}, f"{ADOPT} 'If_Same'"),
    ({"adopt": ""}, f"{ADOPT} ''"),
    ({"adopt": True}, f"{ADOPT} true"),
    ({"adopt": None}, f"{ADOPT} nothing"),
]
BAD_APPS = [
    ("Acme", "app must be an object, not 'Acme'"),
    (["Acme"], "app must be an object, not a list"),
    (5.0, "app must be an object, not the number 5"),
    ({"name": ""}, "app.name: string should have at least 1 character, not ''"),
    ({"name": "x" * 256}, f"app.name: string should have at most 255 characters, not '{'x' * 58}…"),
    ({"name": "Acme\nBooks"}, f"app.name {ONE_LINE}"),
    ({"name": "Acme\udc80"}, "app.name must be text, not 'Acme\\udc80'"),
    ({"name": 5.0}, "app.name must be text, not the number 5"),
    ({"companyUrl": "http://acme.example"}, f"app.companyUrl {HTTPS}"),
    ({"companyUrl": "acme.example"}, f"app.companyUrl {HTTPS}"),
    ({"companyUrl": "https://"}, f"app.companyUrl {HTTPS}"),
    ({"companyUrl": "https://acme example"}, f"app.companyUrl {HTTPS}"),
    ({"companyUrl": "https://[::1"}, "app.companyUrl is not a URL"),
    ({"companyUrl": "https://acme.example\n"}, f"app.companyUrl {ONE_LINE}"),
    ({"companyUrl": "https://acme.example/" + "x" * 2048}, "app.companyUrl must not be longer than 2048 characters"),
    ({"companyUrl": True}, "app.companyUrl must be text, not true"),
    ({"privacyPolicyUrl": "http://acme.example/privacy"}, f"app.privacyPolicyUrl {HTTPS}"),
    ({"termsUrl": "javascript:alert(1)"}, f"app.termsUrl {HTTPS}"),
    ({"integrationType": "Mobile"}, "app.integrationType must be 'Web app', not 'Mobile'"),
    ({"redirectUri": "http://xero.codat.io/oauth2/callback"}, f"{REDIRECT} 'http://xero.codat.io/oauth2/callback'"),
    ({"redirectUri": "https://xero.codat.io/oauth2/callback/"}, f"{REDIRECT} 'https://xero.codat.io/oauth2/callback/'"),
    ({"tier": "gold"}, f"{TIERS} 'gold'"),
    ({"tier": "Core"}, f"{TIERS} 'Core'"),
    ({"tier": 5.0}, f"{TIERS} the number 5"),
    ({"certifiedPartner": "yes"}, "app.certifiedPartner must be true or false, not 'yes'"),
    ({"bankFeedsGranted": 1.0}, "app.bankFeedsGranted must be true or false, not the number 1"),
    ({"teir": "core"}, f"app.teir {UNKNOWN}"),
    ({"te\nir": "core"}, f"app.te ir {UNKNOWN}"),
    (
        {"tier": "uncertified", "certifiedPartner": True},
        "app tier 'uncertified' contradicts certifiedPartner: declare the tier Xero lists for the app",
    ),
]
BAD_BANK_FEEDS = [
    ({"enabled": "on"}, "enabled must be true or false, not 'on'"),
    ({"enabled": None}, "enabled must be true or false, not nothing"),
    ({"onDestroy": "delete_keys"}, "onDestroy must be 'retain' or 'disable', not 'delete_keys'"),
    ({"platformKey": "mqjo"}, "platformKey must be 'gbol', not 'mqjo'"),
    ({"app": {"tier": "gold"}}, f"{TIERS} 'gold'"),
    ({"clientSecret": "ABC"}, f"clientSecret {UNKNOWN}"),
]


def check(kind: str, properties: dict[str, object], unknown: frozenset[str] = frozenset()) -> tuple[str, ...]:
    """What `check` says; any request would say "asked" instead."""
    warnings: list[str] = []
    context = Context(Settings(), CodatError("asked"), warnings.append)
    failures = tuple(LIFECYCLES[kind](context).check({}, properties, unknown))
    assert warnings == []
    return failures


@pytest.mark.parametrize(
    ("change", "said"),
    [*BAD_KEYS, *BAD_NAMES, *BAD_SWITCHES, *BAD_POLICIES, *(({"app": app}, said) for app, said in BAD_APPS)],
)
def test_a_bad_integration_is_one_exact_line_and_no_request(change: dict[str, object], said: str) -> None:
    assert check("XeroIntegration", INTEGRATION | change) == (said,)
    assert said.isprintable()
    assert CANARY not in said


def with_variable(value: str | None, **change: object) -> Sequence[str]:
    """The check of an integration whose secret is in a variable."""
    sources = Sources({}, {} if value is None else {"XERO_CLIENT_SECRET": value})
    context = Context(Settings(), CodatError("asked"), print, sources=sources)
    given = {"clientId": "ABC", "clientSecretFrom": "env:XERO_CLIENT_SECRET"} | change
    return LIFECYCLES["XeroIntegration"](context).check({}, given, frozenset())


@pytest.mark.parametrize(
    ("value", "said"),
    [
        (f"{CANARY} ", f"clientSecret (the environment variable XERO_CLIENT_SECRET) {SPACES}"),
        (f"{CANARY}\n", f"clientSecret (the environment variable XERO_CLIENT_SECRET) {SPACES}"),
        (CHANGED_OUTSIDE, f"clientSecret (the environment variable XERO_CLIENT_SECRET) {MARK}"),
        (CANARY * 100, f"clientSecret (the environment variable XERO_CLIENT_SECRET) {LONG}"),
    ],
)
def test_a_bad_secret_in_a_variable_is_told_with_its_name(value: str, said: str) -> None:
    assert with_variable(value) == (said,)
    assert with_variable(value, enabled="on") == (said, "enabled must be true or false, not 'on'")


@pytest.mark.parametrize("value", [None, "", CANARY])
def test_a_variable_that_is_not_set_is_no_failure_of_the_inputs(value: str | None) -> None:
    assert with_variable(value) == ("XeroIntegration (gbol): asked",)


def test_a_secret_is_declared_once() -> None:
    both = "clientSecret and clientSecretFrom are both given: keep one of them"
    assert with_variable(CANARY, clientSecret=CANARY) == (both,)


@pytest.mark.parametrize(("change", "said"), BAD_BANK_FEEDS)
def test_a_bad_bank_feeds_toggle_is_one_exact_line_and_no_request(change: dict[str, object], said: str) -> None:
    assert check("XeroBankFeeds", BANK_FEEDS | change) == (said,)


@pytest.mark.parametrize(
    ("kind", "properties", "missing"),
    [
        ("XeroIntegration", {"clientSecret": CANARY}, ("clientId is required",)),
        ("XeroIntegration", {}, ("clientId is required",)),
        ("XeroBankFeeds", {}, ("enabled is required", "platformKey is required")),
    ],
)
def test_what_is_required_is_named(kind: str, properties: dict[str, object], missing: tuple[str, ...]) -> None:
    assert check(kind, properties) == missing


def test_all_failures_come_at_once() -> None:
    bad: dict[str, object] = {
        "clientId": "AB C",
        "clientSecret": "",
        "enabled": "on",
        "app": {"tier": "gold", "teir": "core", "companyUrl": "http://acme.example"},
        "adopt": "always",
        "onDestroy": "delete",
        "acceptDisruption": "yes",
        "surprise": True,
    }
    assert check("XeroIntegration", bad) == (
        f"clientId {SPACES}",
        "clientSecret must not be empty",
        "enabled must be true or false, not 'on'",
        f"app.companyUrl {HTTPS}",
        f"{TIERS} 'gold'",
        f"app.teir {UNKNOWN}",
        f"{ADOPT} 'always'",
        f"{POLICIES} 'delete'",
        "acceptDisruption must be true or false, not 'yes'",
        f"surprise {UNKNOWN}",
    )


def test_right_inputs_are_looked_at_in_codat() -> None:
    assert check("XeroIntegration", INTEGRATION) == ("XeroIntegration (gbol): asked",)
    assert check("XeroBankFeeds", BANK_FEEDS) == ("XeroBankFeeds (gbol): asked",)


@pytest.mark.parametrize("name", [*INTEGRATION, "app", "adopt", "onDestroy", "acceptDisruption"])
def test_a_value_that_is_not_known_yet_is_no_failure_and_the_account_is_looked_at(name: str) -> None:
    known = {key: value for key, value in INTEGRATION.items() if key != name}
    for properties in (known | {name: object()}, known):
        declared = parse(IntegrationInputs, properties, frozenset({name}))
        assert (declared.inputs, declared.failures) == (None, ())
        assert check("XeroIntegration", properties, frozenset({name})) == ("XeroIntegration (gbol): asked",)


@pytest.mark.parametrize(
    ("unknown", "foreseen"),
    [
        ({"clientSecret"}, True),
        ({"clientSecret", "enabled", "app", "onDestroy", "acceptDisruption"}, True),
        ({"clientId"}, False),
        ({"clientId", "clientSecret"}, False),
        ({"adopt"}, False),
    ],
)
def test_what_can_be_foreseen_though_values_are_not_known_yet(unknown: set[str], *, foreseen: bool) -> None:
    declared = parse(IntegrationInputs, INTEGRATION, frozenset(unknown))
    assert (declared.foreseen is not None) is foreseen
    if declared.foreseen is not None:
        assert declared.foreseen.client_id == "ABC"
        assert declared.foreseen.client_secret == NOT_KNOWN_YET


def test_what_is_wrong_with_known_values_leaves_nothing_to_foresee() -> None:
    declared = parse(IntegrationInputs, INTEGRATION | {"enabled": "on"}, frozenset({"clientSecret"}))
    assert (declared.foreseen, len(declared.failures)) == (None, 1)


def test_what_is_known_is_checked_though_another_value_is_not() -> None:
    bad = INTEGRATION | {"enabled": "on", "surprise": 1.0}
    assert check("XeroIntegration", bad, frozenset({"clientId"})) == (
        "enabled must be true or false, not 'on'",
        f"surprise {UNKNOWN}",
    )
    assert check("XeroBankFeeds", {"platformKey": "mqjo"}, frozenset({"enabled"})) == (
        "platformKey must be 'gbol', not 'mqjo'",
    )


def test_inputs_are_parsed_into_what_is_desired() -> None:
    properties: dict[str, object] = {**INTEGRATION, "app": {"tier": "core"}, "onDestroy": "retain", "__provider": "x"}
    inputs = parse(IntegrationInputs, properties, frozenset()).required()
    assert (inputs.client_id, inputs.enabled, inputs.on_destroy, inputs.accept_disruption) == (
        "ABC",
        True,
        "retain",
        False,
    )
    assert inputs.client_secret is not None
    assert inputs.client_secret.get_secret_value() == CANARY
    assert inputs.app is not None
    assert inputs.app.connection_limit == 50
    assert CANARY not in repr(inputs)


def test_a_whole_app_is_right() -> None:
    app = {
        "name": "Acme Books (Ünïted)",
        "companyUrl": "https://acme.example",
        "privacyPolicyUrl": "https://acme.example/privacy?a=b#c",
        "termsUrl": "https://acme.example:8443/terms",
        "integrationType": "Web app",
        "redirectUri": "https://xero.codat.io/oauth2/callback",
        "tier": "core",
        "certifiedPartner": True,
        "bankFeedsGranted": True,
    }
    inputs = parse(IntegrationInputs, INTEGRATION | {"app": app}, frozenset()).required()
    assert inputs.app is not None
    assert inputs.app.model_dump(by_alias=True) == app


def test_inputs_that_must_be_known_and_right_are_an_error_where_they_are_not() -> None:
    with pytest.raises(CodatError, match=r"^an input is not known yet; report this as a bug$"):
        parse(BankFeedsInputs, BANK_FEEDS, frozenset({"enabled"})).required()
    with pytest.raises(CodatError, match=r"^enabled is required; platformKey is required$"):
        parse(BankFeedsInputs, {}, frozenset()).required()


@pytest.mark.parametrize(
    ("tier", "limit"),
    [
        ("uncertified", 25),
        ("starter", 5),
        ("core", 50),
        ("plus", 1_000),
        ("advanced", 10_000),
        ("enterprise", None),
        (None, None),
    ],
)
def test_a_tier_limits_the_companies_that_may_connect(tier: str | None, limit: int | None) -> None:
    inputs = parse(IntegrationInputs, INTEGRATION | {"app": {"tier": tier}}, frozenset()).required()
    assert inputs.app is not None
    assert inputs.app.connection_limit == limit


_JSON = st.recursive(
    st.none() | st.booleans() | st.floats() | st.text(),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(), inner, max_size=3),
    max_leaves=8,
)
_NAMES = (
    st.sampled_from([*INTEGRATION, "app", "adopt", "onDestroy", "acceptDisruption", "account", "clientSecretFrom"])
    | st.text()
)


@given(st.dictionaries(_NAMES, _JSON), st.sets(_NAMES, max_size=2))
def test_no_input_can_end_otherwise_than_in_inputs_or_lines(properties: dict[str, object], unknown: set[str]) -> None:
    declared = parse(IntegrationInputs, properties, frozenset(unknown))
    assert all(failure.isprintable() and len(failure) < 500 for failure in declared.failures)
    assert declared.inputs is None or not declared.failures
