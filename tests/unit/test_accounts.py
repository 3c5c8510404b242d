"""A context for each account that a resource names, and which of them a call goes to."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any
from uuid import UUID

import pytest

from pulumi_codat.api import Codat, CodatError
from pulumi_codat.reconcile import Accounts, Context, Difference, PerAccount, Refreshed
from pulumi_codat.references import Sources
from pulumi_codat.settings import Settings

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    from pydantic import SecretStr

    Properties = Mapping[str, object]

EU, US = "5b8d3c0e-2f41-4a6b-9c57-d1e07a3f6b21", "c2a9f7d4-8e13-4b70-a5d6-3f9e1b4c8a02"
KEY = "codat-api-key-canary"


def account(id_: str = EU, key: str = "env:KEY_EU") -> dict[str, Any]:
    return {"account": {"id": id_, "apiKey": key}}


class Connections:
    """Takes down which key was asked for, and opens clients that send nothing."""

    def __init__(self) -> None:
        self.keys: list[str] = []
        self.remedies: list[str | None] = []
        self.opened: list[Codat] = []

    def __call__(self, settings: Settings, api_key: SecretStr, key_remedy: str | None) -> Codat:
        self.keys.append(api_key.get_secret_value())
        self.remedies.append(key_remedy)
        codat = Codat.connect(api_key=api_key, base_url="https://codat.example", max_wait_seconds=1, user_agent="test")
        self.opened.append(codat)
        return codat


@pytest.fixture
def connections() -> Iterator[Connections]:
    connections = Connections()
    yield connections
    for codat in connections.opened:
        codat.close()


def accounts_of(connect: Connections | CodatError, **environ: str) -> Accounts:
    sources = Sources({"codat:apiKeyUs": "us-key", "codat:apiKeyOdd": "two words"}, environ)
    return Accounts(Context(Settings(), CodatError("no default key"), print, sources=sources), connect)


def test_without_an_account_it_is_the_default_one(connections: Connections) -> None:
    accounts = accounts_of(connections)
    assert accounts.of({}) is accounts.default
    assert accounts.of({"account": None}) is accounts.default
    assert connections.keys == []


def test_each_account_has_one_session_with_its_own_key(connections: Connections) -> None:
    accounts = accounts_of(connections, KEY_EU="eu-key")
    eu, us = accounts.of(account()), accounts.of(account(US, "config:codat:apiKeyUs"))
    assert accounts.of(account()) is eu
    assert accounts.of(account(EU.upper())) is eu
    assert connections.keys == ["eu-key", "us-key"]
    assert [context.declared.id for context in (eu, us) if context.declared] == [UUID(EU), UUID(US)]
    eu.declarations.add("XeroIntegration", {}, {}, frozenset())
    assert not us.declarations.holds("XeroIntegration")
    assert not accounts.default.declarations.holds("XeroIntegration")


def test_what_to_do_about_a_refused_key_names_where_it_is_kept(connections: Connections) -> None:
    accounts = accounts_of(connections, KEY_EU="eu-key")
    accounts.of(account())
    accounts.of(account(US, "config:codat:apiKeyUs"))
    assert connections.remedies == [
        (
            "check the environment variable KEY_EU, which the resource's account names, against the API keys in the"
            " Codat Portal"
        ),
        (
            "check the configuration key codat:apiKeyUs, which the resource's account names, against the API keys in"
            " the Codat Portal; if the key was rotated, the copy in the stack's state is stale: run one `up"
            " --refresh=false`, or name an environment variable (env:...) instead"
        ),
    ]


@pytest.mark.parametrize(
    ("named", "said"),
    [
        (
            "env:KEY_EU",
            (
                "no API key for this account: the environment variable KEY_EU, which it names, is not set or empty: set"
                " KEY_EU (the default key is never used instead)"
            ),
        ),
        (
            "config:codat:apiKeyEu",
            (
                "no API key for this account: the configuration key codat:apiKeyEu, which it names, is not set or"
                " empty: `pulumi config set --secret codat:apiKeyEu` (the default key is never used instead)"
            ),
        ),
        (
            "config:codat:apiKeyOdd",
            "the configuration key codat:apiKeyOdd: must be the key alone, without spaces or line breaks",
        ),
    ],
)
def test_a_missing_or_wrong_key_is_one_line_and_never_the_default_key(
    connections: Connections, named: str, said: str
) -> None:
    context = accounts_of(connections, KEY_EU="", CODAT_API_KEY=KEY).of(account(key=named))
    with pytest.raises(CodatError) as caught:
        context.begin()
    assert str(caught.value) == said
    assert connections.keys == []


@pytest.mark.parametrize(
    "given", ["x", {}, {"id": EU}, {"id": "x", "apiKey": "env:A"}, {"id": EU, "apiKey": KEY}, account() | {"id": EU}]
)
def test_an_account_that_is_none_has_no_client_and_is_not_repeated(connections: Connections, given: object) -> None:
    context = accounts_of(connections).of({"account": given})
    with pytest.raises(CodatError, match=r"^its account is not a UUID and the name of a key; declare it anew$"):
        context.begin()


def test_wrong_settings_are_told_for_every_account() -> None:
    accounts = accounts_of(CodatError("the configuration is wrong"), KEY_EU="eu-key")
    with pytest.raises(CodatError, match=r"^the configuration is wrong$"):
        accounts.of(account()).begin()


class _Life:
    """Takes down in which context each call arrived."""

    calls: list[tuple[str, Context]]

    def __init__(self, context: Context, calls: list[tuple[str, Context]]) -> None:
        self._context = context
        self._calls = calls

    def _called(self, call: str) -> None:
        self._calls.append((call, self._context))

    def check(self, old: Properties, new: Properties, unknown: frozenset[str]) -> Sequence[str]:
        self._called("check")
        return ()

    def diff(self, outputs: Properties, new: Properties, unknown: frozenset[str]) -> Difference:
        self._called("diff")
        return Difference.NONE

    def create(self, new: Properties) -> dict[str, object]:
        self._called("create")
        return {}

    def read(self, outputs: Properties) -> Refreshed:
        self._called("read")
        return Refreshed({}, {})

    def update(self, outputs: Properties, new: Properties) -> dict[str, object]:
        self._called("update")
        return {}

    def delete(self, outputs: Properties) -> None:
        self._called("delete")


def test_each_call_goes_to_the_account_that_its_properties_name(connections: Connections) -> None:
    calls: list[tuple[str, Context]] = []
    accounts = accounts_of(connections, KEY_EU="eu-key", KEY_US="us-key")
    life = PerAccount("Kind", lambda context: _Life(context, calls), accounts)
    old, new, known = account(EU), account(US, "env:KEY_US"), frozenset[str]()
    life.check(old, new, known)
    assert life.check(old, {"account": "unknown"}, frozenset({"account"})) == (
        "account must be known before anything is deployed",
    )
    life.diff(old, new, known)
    life.diff(old, {"account": "unknown"}, frozenset({"account"}))
    life.create(new)
    life.read(old)
    life.update(old, new)
    life.delete(old)
    life.delete({})
    eu, us = accounts.of(old), accounts.of(new)
    assert calls == [
        ("check", us),
        ("diff", us),
        ("diff", eu),
        ("create", us),
        ("read", eu),
        ("update", us),
        ("delete", eu),
        ("delete", accounts.default),
    ]


@pytest.mark.parametrize(
    ("declared_in", "recorded", "guarded"),
    [
        (account(), EU, True),
        (account(key="env:OTHER_NAME"), EU, True),
        (account(), US, False),
        (account(), None, True),
        ({}, EU, True),
    ],
)
def test_a_delete_is_the_business_of_whoever_still_declares_the_same_account(
    connections: Connections, declared_in: dict[str, Any], recorded: str | None, *, guarded: bool
) -> None:
    calls: list[tuple[str, Context]] = []
    accounts = accounts_of(connections, KEY_EU="eu-key", OTHER_NAME="eu-key", KEY_US="us-key")
    life = PerAccount("Kind", lambda context: _Life(context, calls), accounts)
    declaring = accounts.of(declared_in)
    declaring.declarations.add("Kind", {}, {}, frozenset())
    life.delete(account(US, "env:KEY_US") | {"accountId": recorded})
    (call,) = calls
    assert (call[1] is declaring) is guarded
