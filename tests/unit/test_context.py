"""What one provider process remembers, and the account guard in every mixture of its claims."""

from __future__ import annotations

from itertools import product
from typing import TYPE_CHECKING
from uuid import UUID

import httpx
import pytest
from pydantic import SecretStr

from pulumi_codat.api import Codat, CodatError
from pulumi_codat.reconcile import Context
from pulumi_codat.reconcile.inputs import AccountInputs
from pulumi_codat.settings import Settings

from .fake_clock import FakeClock
from .scripted_wire import ScriptedWire

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

LIVE = "5b8d3c0e-2f41-4a6b-9c57-d1e07a3f6b21"
OTHER = "c2a9f7d4-8e13-4b70-a5d6-3f9e1b4c8a02"


def _account(name: str) -> ScriptedWire:
    def answer(request: httpx.Request) -> httpx.Response:
        return httpx.Response(200, json={"name": name} if request.url.path == "/profile" else {"clientId": LIVE})

    return ScriptedWire(answer)


@pytest.fixture
def warnings() -> list[str]:
    return []


@pytest.fixture(name="context_of")
def _context_of(warnings: list[str]) -> Iterator[Callable[..., Context]]:
    opened: list[Codat] = []

    def context_of(settings: Settings | None = None, wire: ScriptedWire | None = None) -> Context:
        codat = Codat.connect(
            api_key=SecretStr("key"),
            base_url="https://api.codat.io",
            max_wait_seconds=60,
            user_agent="test",
            clock=FakeClock(),
            wire=wire or _account("Acme Dev"),
        )
        opened.append(codat)
        return Context(settings or Settings(), codat, warnings.append)

    yield context_of
    for codat in opened:
        codat.close()


@pytest.mark.parametrize(("named", "declared", "confirmed", "recorded"), list(product([None, LIVE, OTHER], repeat=4)))
def test_every_claim_about_the_account_must_be_true(
    context_of: Callable[..., Context],
    named: str | None,
    declared: str | None,
    confirmed: str | None,
    recorded: str | None,
) -> None:
    settings = Settings.model_validate({"account": declared, "confirmed_account": confirmed})
    context = context_of(settings)
    if named:
        context.declared = AccountInputs.model_validate({"id": named, "apiKey": "env:KEY"})
    claims = {
        "the resource's account declares": named,
        "codat:account declares": declared,
        "CODAT_ACCOUNT confirms": confirmed,
        "this stack's state records": recorded,
    }
    if OTHER not in claims.values():
        assert context.confirm_account(context.begin(), recorded) == UUID(LIVE)
        return
    with pytest.raises(CodatError) as caught:
        context.confirm_account(context.begin(), recorded)
    text = str(caught.value)
    assert text.startswith(f"the API key belongs to Codat account Acme Dev ({LIVE}), but ")
    assert text.endswith("; nothing was written: use the API key of the stack's own account")
    for claim, account in claims.items():
        assert (f"{claim} {OTHER}" in text) is (account == OTHER)
        assert (f"{claim} it" in text) is (account == LIVE)


def test_the_guard_costs_one_read_where_all_agree(context_of: Callable[..., Context]) -> None:
    wire = _account("Acme Dev")
    context = context_of(Settings(account=UUID(LIVE)), wire)
    context.confirm_account(context.begin(), LIVE)
    assert wire.lines == ["GET /profile/syncSettings"]


def test_an_account_without_a_readable_name_is_called_by_its_id(context_of: Callable[..., Context]) -> None:
    def answer(request: httpx.Request) -> httpx.Response:
        return httpx.Response(403) if request.url.path == "/profile" else httpx.Response(200, json={"clientId": LIVE})

    context = context_of(Settings(account=UUID(OTHER)), ScriptedWire(answer))
    with pytest.raises(CodatError, match=f"^the API key belongs to Codat account {LIVE}, but codat:account declares"):
        context.confirm_account(context.begin(), None)


def test_a_recorded_account_that_is_none_is_said_without_repeating_it_all(context_of: Callable[..., Context]) -> None:
    context = context_of()
    with pytest.raises(CodatError) as caught:
        context.confirm_account(context.begin(), "é\n" + "x" * 1000)
    assert str(caught.value).startswith("this stack's state records an account that is no UUID ('\\xe9\\nxxx")
    assert len(str(caught.value)) < 200


def test_without_a_client_the_reason_is_told_each_time() -> None:
    context = Context(Settings(), CodatError("no Codat API key"), print)
    errors = []
    for _ in range(2):
        with pytest.raises(CodatError, match=r"^no Codat API key$") as caught:
            context.begin()
        errors.append(caught.value)
    assert errors[0] is not errors[1]


def test_each_operation_has_its_own_patience(context_of: Callable[..., Context]) -> None:
    context = context_of(Settings(max_wait_seconds=30))
    first = context.begin()
    first.clock.sleep(20)
    assert first.deadline.remaining() == 10
    assert context.begin().deadline.remaining() == 30


def test_the_account_to_be_bound_is_announced_only_where_it_is_not_pinned(
    context_of: Callable[..., Context], warnings: list[str]
) -> None:
    for settings in (Settings(account=UUID(LIVE)), Settings(confirmed_account=UUID(LIVE))):
        context = context_of(settings)
        context.announce_account(context.begin(), UUID(LIVE), "XeroIntegration (gbol)")
    assert warnings == [
        (
            "XeroIntegration (gbol): codat:account is not set, so this stack will be bound to the account of the API"
            f" key, Acme Dev ({LIVE})"
        )
    ]


def test_an_account_that_the_resource_names_is_pinned(context_of: Callable[..., Context], warnings: list[str]) -> None:
    context = context_of()
    context.require_pinned_account("XeroIntegration")
    context.declarations.add("XeroIntegration", {"clientId": "ABC"}, {"clientId": "ABC"}, frozenset())
    with pytest.raises(CodatError, match="does not tell which account was written before"):
        context.require_pinned_account("XeroIntegration")
    context.declared = AccountInputs.model_validate({"id": LIVE, "apiKey": "env:KEY"})
    context.require_pinned_account("XeroIntegration")
    context.announce_account(context.begin(), UUID(LIVE), "XeroIntegration (gbol)")
    assert warnings == []


def test_what_account_a_session_may_be_of_is_declared_or_seen(context_of: Callable[..., Context]) -> None:
    context = context_of()
    assert [context.may_be(account) for account in (None, LIVE, OTHER)] == [True, True, True]
    context.confirm_account(context.begin(), None)
    assert [context.may_be(account) for account in (None, LIVE, OTHER)] == [True, True, False]
    context.declared = AccountInputs.model_validate({"id": OTHER, "apiKey": "env:KEY"})
    assert [context.may_be(account) for account in (None, LIVE, OTHER)] == [True, False, True]


def test_a_warning_is_told_once_a_process_and_in_one_line(
    context_of: Callable[..., Context], warnings: list[str]
) -> None:
    context = context_of()
    for _ in range(3):
        context.warn_once("one\ntwo")
        context.warn_once("three")
    assert warnings == ["one two", "three"]


def test_neither_its_repr_nor_its_parts_tell_the_key(context_of: Callable[..., Context]) -> None:
    context = context_of(Settings(api_key=SecretStr("codat-api-key-canary")))
    assert "canary" not in repr(context)
