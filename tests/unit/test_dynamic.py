"""The adapter: what the engine's calls become, and that nothing but a `CodatError` of one line gets out."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from pulumi.dynamic import Config, ConfigureRequest
from pulumi.output import Unknown

from pulumi_codat import dynamic, reconcile
from pulumi_codat.api import CodatError, NotOffered
from pulumi_codat.reconcile import Context, Difference, Refreshed

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping, Sequence

    Properties = Mapping[str, object]

CANARY = "s3cret-canary"
PICKLED = "gASV"
UNKNOWN = Unknown()  # type: ignore[no-untyped-call] # because the SDK leaves it untyped


class _Life:
    """A lifecycle that takes down what it is given, and answers or fails as it is told."""

    difference = Difference.NONE
    failure: BaseException | None = None

    def __init__(self) -> None:
        self.given: list[tuple[object, ...]] = []

    def _take(self, *given: object) -> None:
        self.given.append(given)
        if self.failure:
            raise self.failure

    def check(self, old: Properties, new: Properties, unknown: frozenset[str]) -> Sequence[str]:
        self._take("check", old, new, unknown)
        return ("clientId must not be empty",)

    def diff(self, outputs: Properties, new: Properties, unknown: frozenset[str]) -> Difference:
        self._take("diff", outputs, new, unknown)
        return self.difference

    def create(self, new: Properties) -> dict[str, object]:
        self._take("create", new)
        return {"platformKey": "gbol", "clientId": "ABC"}

    def read(self, outputs: Properties) -> Refreshed:
        self._take("read", outputs)
        return Refreshed({"clientId": "LIVE", "adopted": True}, {"clientId": "LIVE"})

    def update(self, outputs: Properties, new: Properties) -> dict[str, object]:
        self._take("update", outputs, new)
        return {"clientId": "ABC"}

    def delete(self, outputs: Properties) -> None:
        self._take("delete", outputs)


@pytest.fixture
def life() -> _Life:
    return _Life()


@pytest.fixture
def provider(life: _Life) -> dynamic.XeroIntegrationProvider:
    provider = dynamic.XeroIntegrationProvider()
    provider._lifecycle = life
    return provider


def test_check_passes_on_what_is_known_and_names_what_is_not(
    provider: dynamic.XeroIntegrationProvider, life: _Life
) -> None:
    news: dict[str, object] = {
        "__provider": PICKLED,
        "clientId": UNKNOWN,
        "app": {"tiers": [{"name": UNKNOWN}]},
        "enabled": True,
    }
    result = provider.check({"__provider": PICKLED, "enabled": False}, news)
    assert life.given == [
        (
            "check",
            {"enabled": False},
            {name: value for name, value in news.items() if name != "__provider"},
            frozenset({"clientId", "app"}),
        )
    ]
    assert result.inputs == news
    assert result.inputs is not news


def test_a_failure_names_no_property_because_the_engine_prints_its_value(
    provider: dynamic.XeroIntegrationProvider,
) -> None:
    failures = provider.check({}, {"clientSecret": CANARY}).failures
    assert [(failure.property, failure.reason) for failure in failures] == [("", "clientId must not be empty")]


@pytest.mark.parametrize(
    ("difference", "changes"), [(Difference.NONE, False), (Difference.INPUTS, None), (Difference.LIVE, True)]
)
def test_diff_lets_the_engine_work_out_which_inputs_differ(
    provider: dynamic.XeroIntegrationProvider, life: _Life, difference: Difference, *, changes: bool | None
) -> None:
    life.difference = difference
    result = provider.diff("gbol", {"__provider": PICKLED, "a": 1}, {"__provider": "another", "a": UNKNOWN})
    assert (result.changes, result.replaces, result.delete_before_replace) == (changes, None, None)
    assert life.given[0][1] == {"a": 1}
    assert life.given[0][3] == frozenset({"a"})


def test_the_other_calls_pass_plain_data_on_and_back(provider: dynamic.XeroIntegrationProvider, life: _Life) -> None:
    given: dict[str, object] = {"__provider": PICKLED, "clientId": "ABC"}
    created = provider.create(given)
    read = provider.read("gbol", given)
    updated = provider.update("gbol", given, given)
    provider.delete("gbol", given)
    assert (created.id, created.outs) == ("gbol", {"platformKey": "gbol", "clientId": "ABC"})
    assert (read.id, read.outs, read.inputs) == ("gbol", {"clientId": "LIVE", "adopted": True}, {"clientId": "LIVE"})
    assert updated.outs == {"clientId": "ABC"}
    plain = {"clientId": "ABC"}
    assert life.given == [("create", plain), ("read", plain), ("update", plain, plain), ("delete", plain)]
    assert given == {"__provider": PICKLED, "clientId": "ABC"}


CALLS: list[Callable[[dynamic.XeroIntegrationProvider], object]] = [
    lambda provider: provider.diff("gbol", {}, {}),
    lambda provider: provider.create({}),
    lambda provider: provider.read("gbol", {}),
    lambda provider: provider.update("gbol", {}, {}),
    lambda provider: provider.delete("gbol", {}),
]
METHODS = ["diff", "create", "read", "update", "delete"]


@pytest.mark.parametrize("call", CALLS, ids=METHODS)
def test_our_own_errors_pass_as_one_plain_kind(
    provider: dynamic.XeroIntegrationProvider, life: _Life, call: Callable[[dynamic.XeroIntegrationProvider], object]
) -> None:
    life.failure = NotOffered("not offered", status=404)
    with pytest.raises(CodatError, match=r"^not offered$") as caught:
        call(provider)
    assert type(caught.value) is CodatError
    assert caught.value.__suppress_context__


@pytest.mark.parametrize(
    "failure", [KeyError(CANARY), SystemExit(CANARY), KeyboardInterrupt(CANARY), RecursionError(CANARY)], ids=repr
)
@pytest.mark.parametrize(("method", "call"), list(zip(METHODS, CALLS, strict=True)), ids=METHODS)
def test_what_nobody_foresaw_is_told_by_kind_and_place_without_its_text(
    provider: dynamic.XeroIntegrationProvider,
    life: _Life,
    failure: BaseException,
    method: str,
    call: Callable[[dynamic.XeroIntegrationProvider], object],
) -> None:
    life.failure = failure
    with pytest.raises(CodatError) as caught:
        call(provider)
    text = str(caught.value)
    assert text.startswith(f"pulumi-codat itself failed in {method} ({type(failure).__name__} at test_dynamic.py:")
    assert text.endswith("); nothing more was written: please report this")
    assert CANARY not in text
    assert caught.value.__suppress_context__


def test_what_nobody_foresaw_in_check_is_a_failure_like_any_other(
    provider: dynamic.XeroIntegrationProvider, life: _Life
) -> None:
    life.failure = SystemExit(CANARY)
    (failure,) = provider.check({}, {}).failures
    assert failure.reason.startswith("pulumi-codat itself failed in check (SystemExit at test_dynamic.py:")


@pytest.fixture
def contexts(monkeypatch: pytest.MonkeyPatch) -> Iterator[list[Context]]:
    """The context that each configured provider was given, in an environment without settings."""
    for name in ("CODAT_API_KEY", "CODAT_BASE_URL", "CODAT_ACCOUNT", "CODAT_LOG", "CODAT_ON_DESTROY"):
        monkeypatch.delenv(name, raising=False)
    given: list[Context] = []

    def live(context: Context) -> _Life:
        given.append(context)
        return _Life()

    monkeypatch.setattr(reconcile, "LIFECYCLES", {"XeroIntegration": live, "XeroBankFeeds": live})
    dynamic._accounts.cache_clear()
    yield given
    for context in given:
        if not isinstance(context.codat, CodatError):
            context.codat.close()
    dynamic._accounts.cache_clear()


def configure(provider: dynamic._Provider, **config: str) -> None:
    named = {f"codat:{name}": value for name, value in config.items()}
    provider.configure(ConfigureRequest(Config(named, "project")))


def test_both_kinds_share_one_session_and_so_one_live_view(contexts: list[Context]) -> None:
    configure(dynamic.XeroIntegrationProvider(), apiKey="one")
    configure(dynamic.XeroBankFeedsProvider(), apiKey="one")
    configure(dynamic.XeroBankFeedsProvider(), apiKey="two")
    assert contexts[0] is contexts[1]
    assert contexts[0] is not contexts[2]


def test_without_a_key_nothing_fails_until_a_request_is_needed(contexts: list[Context]) -> None:
    configure(dynamic.XeroIntegrationProvider())
    with pytest.raises(CodatError) as caught:
        contexts[0].begin()
    assert str(caught.value) == (
        "no Codat API key: set CODAT_API_KEY, or `pulumi config set --secret codat:apiKey` (a key is made in the Codat"
        " Portal, under Developers)"
    )


def test_wrong_settings_fail_where_a_request_is_needed_and_not_before(contexts: list[Context]) -> None:
    configure(dynamic.XeroIntegrationProvider(), apiKey="one", acount="x")
    with pytest.raises(CodatError, match=r"^the configuration is wrong: codat:acount is not a setting"):
        contexts[0].begin()


def test_what_nobody_foresaw_in_configure_is_one_line_too(
    monkeypatch: pytest.MonkeyPatch, contexts: list[Context]
) -> None:
    def fail(*_: object) -> None:
        raise FileNotFoundError(CANARY)

    monkeypatch.setattr("pulumi_codat.settings.load_settings", fail)
    with pytest.raises(CodatError) as caught:
        configure(dynamic.XeroIntegrationProvider(), apiKey="one")
    assert str(caught.value).startswith(
        "pulumi-codat itself failed in configure (FileNotFoundError at test_dynamic.py:"
    )
    assert contexts == []


def test_a_provider_has_no_attributes_until_it_is_configured(contexts: list[Context]) -> None:
    provider = dynamic.XeroIntegrationProvider()
    assert vars(provider) == {}
    configure(provider)
    assert vars(provider).keys() == {"_lifecycle"}
