"""The typed calls: what goes out, and what comes back of answers right and wrong."""

from __future__ import annotations

import json
import uuid
from typing import TYPE_CHECKING

import httpx
import pytest
from pydantic import SecretStr

from pulumi_codat.api import (
    Codat,
    CodatError,
    Integration,
    LinkedCompanies,
    Unanswered,
    Unauthorized,
    Unintelligible,
    WriteAttempt,
)
from pulumi_codat.api.models import Connection

from .fake_clock import FakeClock
from .scripted_wire import ScriptedWire

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

KEY = "codat-api-key-canary"
XERO = Integration.model_validate(
    {"key": "gbol", "name": "Xero", "enabled": True, "integrationId": "0f20c943-12d0-4800-9f6c-d218f62d494c"}
)
OTHER = "9e0cc03b-3868-4543-98c0-568f0f1b12a3"


@pytest.fixture(name="connect")
def _connect() -> Iterator[Callable[[ScriptedWire], Codat]]:
    opened: list[Codat] = []

    def connect(wire: ScriptedWire) -> Codat:
        codat = Codat.connect(
            api_key=SecretStr(KEY),
            base_url="https://api.codat.io",
            max_wait_seconds=60,
            user_agent="pulumi-codat/test",
            clock=FakeClock(),
            wire=wire,
        )
        opened.append(codat)
        return codat

    yield connect
    for codat in opened:
        codat.close()


def answering(body: object, status: int = 200) -> ScriptedWire:
    return ScriptedWire(httpx.Response(status, json=body))


def pages(companies: list[dict[str, object]], *, size: int = 2000) -> ScriptedWire:
    """Answers like Codat, but with pages of at most `size`."""

    def page(request: httpx.Request) -> httpx.Response:
        number = int(request.url.params["page"])
        results = companies[(number - 1) * size : number * size]
        return httpx.Response(200, json={"results": results, "pageNumber": number, "totalResults": len(companies)})

    return ScriptedWire(page)


def company(*connections: tuple[str, str]) -> dict[str, object]:
    return {
        "id": str(uuid.uuid4()),
        "dataConnections": [{"integrationKey": key, "status": status} for key, status in connections],
    }


def test_every_request_says_who_we_are_and_what_we_take(connect: Callable[[ScriptedWire], Codat]) -> None:
    wire = answering({"name": "Acme"})
    connect(wire).profile()
    headers = wire.asked[0].headers
    assert headers["User-Agent"] == "pulumi-codat/test"
    assert headers["Accept"] == "application/json"
    assert headers["Authorization"].startswith("Basic ")


def test_the_reads_ask_for_the_contracts_paths(connect: Callable[[ScriptedWire], Codat]) -> None:
    wire = ScriptedWire(
        httpx.Response(200, json={"clientId": OTHER, "settings": []}),
        httpx.Response(200, json={"name": "Acme"}),
        httpx.Response(200, json={"key": "gbol", "name": "Xero", "enabled": False, "integrationId": OTHER, "new": 1}),
        httpx.Response(200, json={"clientId": "ABC", "clientSecret": None, "version": 3}),
        httpx.Response(200, json={"enableBankFeeds": True, "oneTimeSync": None}),
    )
    codat = connect(wire)
    assert str(codat.sync_settings().client_id) == OTHER
    assert codat.profile().name == "Acme"
    assert not codat.integration("gbol").enabled
    keys = codat.credentials("gbol")
    assert keys is not None
    assert keys.root == {"clientId": "ABC", "clientSecret": None, "version": 3}
    assert codat.integration_settings(OTHER).root["enableBankFeeds"] is True
    assert wire.lines == [
        "GET /profile/syncSettings",
        "GET /profile",
        "GET /integrations/gbol",
        "GET /integrations/credentials/gbol",
        f"GET /settings/integrations/{OTHER}",
    ]


def test_no_keys_are_none_and_not_an_error(connect: Callable[[ScriptedWire], Codat]) -> None:
    assert connect(answering({"error": "No credentials"}, 404)).credentials("gbol") is None


def test_the_writes_send_exactly_what_is_asked(connect: Callable[[ScriptedWire], Codat]) -> None:
    wire = answering({})
    codat = connect(wire)
    attempt = WriteAttempt.begin()
    codat.switch("gbol", enabled=True)
    codat.replace_credentials("gbol", {"clientId": "ABC", "clientSecret": "s3cret"})
    codat.delete_credentials("gbol")
    codat.change_setting(OTHER, "enableBankFeeds", value=False, attempt=attempt)
    assert [(line, request.content) for line, request in zip(wire.lines, wire.asked, strict=True)] == [
        ("PUT /integrations/gbol/enabled", b'{"enabled":true}'),
        ("PUT /integrations/credentials/gbol", b'{"clientId":"ABC","clientSecret":"s3cret"}'),
        ("DELETE /integrations/credentials/gbol", b""),
        (f"PATCH /settings/integrations/{OTHER}", b'{"enableBankFeeds":false}'),
    ]
    assert [request.headers.get("Idempotency-Key") for request in wire.asked] == [None, None, None, attempt.key]


def test_an_idempotency_key_is_a_guid_and_can_be_renewed() -> None:
    attempt = WriteAttempt.begin()
    first = attempt.key
    attempt.renew()
    assert uuid.UUID(first) != uuid.UUID(attempt.key)


def test_a_base_url_with_a_path_keeps_it() -> None:
    wire = answering({"name": "Acme"})
    codat = Codat.connect(
        api_key=SecretStr(KEY),
        base_url="https://gateway.example/codat",
        max_wait_seconds=60,
        user_agent="test",
        clock=FakeClock(),
        wire=wire,
    )
    codat.profile()
    codat.close()
    assert str(wire.asked[0].url) == "https://gateway.example/codat/profile"


@pytest.mark.parametrize("size", [1, 2, 3, 2000])
def test_linked_companies_are_counted_over_all_pages(connect: Callable[[ScriptedWire], Codat], size: int) -> None:
    wire = pages(
        [
            company(("gbol", "Linked"), ("gbol", "Linked")),
            company(("gbol", "Unlinked"), ("gbol", "linked")),
            company(("qhyg", "Linked"), ("gbol", "PendingAuth")),
            company(),
            company(("gbol", "Deauthorized")),
        ],
        size=size,
    )
    assert connect(wire).linked_companies(XERO) == LinkedCompanies(2)
    assert wire.lines == [f"GET /companies?page={page}&pageSize=2000" for page in range(1, -(-5 // size) + 1)]


def test_an_empty_account_costs_one_request(connect: Callable[[ScriptedWire], Codat]) -> None:
    wire = pages([])
    assert connect(wire).linked_companies(XERO) == LinkedCompanies(0)
    assert len(wire.asked) == 1


def test_a_total_that_is_never_reached_ends_with_the_first_empty_page(
    connect: Callable[[ScriptedWire], Codat],
) -> None:
    wire = ScriptedWire(
        httpx.Response(200, json={"results": [company(("gbol", "Linked"))], "totalResults": 9}),
        httpx.Response(200, json={"results": [], "totalResults": 9}),
    )
    assert connect(wire).linked_companies(XERO) == LinkedCompanies(1)
    assert len(wire.asked) == 2


def test_a_list_that_does_not_end_is_read_for_a_hundred_pages(connect: Callable[[ScriptedWire], Codat]) -> None:
    page = {"results": [company(("gbol", "Linked"))] * 30, "totalResults": 1_000_000}
    wire = ScriptedWire(*[httpx.Response(200, json=page) for _ in range(100)])
    linked = connect(wire).linked_companies(XERO)
    assert linked == LinkedCompanies(3_000, at_least=True)
    assert str(linked) == "at least 3,000 companies are"
    assert len(wire.asked) == 100


@pytest.mark.parametrize(
    ("connection", "linked"),
    [
        ({"integrationKey": "gbol", "status": "Linked"}, True),
        ({"integrationId": str(XERO.integration_id), "status": "Linked"}, True),
        ({"integrationId": OTHER, "status": "Linked"}, False),
        ({"integrationKey": "gbol", "status": "Unlinked"}, False),
        ({"status": "Linked"}, False),
    ],
)
def test_a_connection_is_known_by_key_or_id(connection: dict[str, str], *, linked: bool) -> None:
    assert Connection.model_validate(connection).links(XERO) is linked


@pytest.mark.parametrize(
    ("body", "content_type", "what"),
    [
        (b"<html>Welcome</html>", "text/html; charset=utf-8", "(text/html; the body: Invalid JSON: expected value at"),
        (b"", "application/json", "(application/json; the body: Invalid JSON: EOF"),
        (b'["unexpected"]', "application/json", "(application/json; the body: Input should be an object)"),
        (b'{"key": "gbol"}', "application/json", "(application/json; name: Field required)"),
        (
            b'{"key": "gbol", "name": "Xero", "enabled": "maybe", "integrationId": "x"}',
            "application/json",
            "(application/json; enabled: Input should be a valid boolean",
        ),
        (b"\xff", "application/json", "(application/json; the body: Invalid JSON"),
        (b"\xff", "Authorization: Basic abc", "(no content type; the body: Invalid JSON"),
        (b"\xff", f"text/{'x' * 100}", "(no content type; the body: Invalid JSON"),
    ],
)
def test_an_answer_of_another_shape_says_which_and_what_to_check(
    connect: Callable[[ScriptedWire], Codat], body: bytes, content_type: str, what: str
) -> None:
    wire = ScriptedWire(httpx.Response(200, content=body, headers={"Content-Type": content_type}))
    with pytest.raises(Unintelligible) as caught:
        connect(wire).integration("gbol")
    text = str(caught.value)
    assert text.startswith(f"Codat's answer to GET /integrations/gbol is not of the documented shape {what}")
    assert text.endswith("; check that codat:baseUrl is Codat's API, and report it if it is")


def test_an_answer_of_another_shape_is_told_in_one_short_line(connect: Callable[[ScriptedWire], Codat]) -> None:
    body = {"clientId": "\n\x1b[31m" + "x" * 10_000}
    headers = {"Content-Type": "x" * 10_000}
    with pytest.raises(Unintelligible) as caught:
        connect(ScriptedWire(httpx.Response(200, content=json.dumps(body), headers=headers))).sync_settings()
    assert str(caught.value).isprintable()
    assert len(str(caught.value)) < 1000


def test_a_name_that_is_only_shown_is_one_short_line(connect: Callable[[ScriptedWire], Codat]) -> None:
    name = connect(answering({"name": "Acme\n\x1b[31m" + "x" * 10_000})).profile().name
    assert name.startswith("Acme [31mxxx")
    assert (len(name), name[-1]) == (80, "…")


def test_an_answer_that_cannot_be_unpacked_is_unintelligible(connect: Callable[[ScriptedWire], Codat]) -> None:
    class _Broken(httpx.BaseTransport):
        def handle_request(self, request: httpx.Request) -> httpx.Response:
            stream = httpx.ByteStream(b"no gzip")
            return httpx.Response(200, headers={"Content-Encoding": "gzip"}, stream=stream, request=request)

    codat = Codat.connect(
        api_key=SecretStr(KEY),
        base_url="https://api.codat.io",
        max_wait_seconds=60,
        user_agent="test",
        clock=FakeClock(),
        wire=_Broken(),
    )
    with pytest.raises(Unintelligible, match=r"^Codat's answer to GET /profile cannot be read"):
        codat.profile()
    codat.close()


@pytest.mark.parametrize("status", [301, 302, 303, 307, 308])
def test_a_redirect_is_not_followed_with_the_key(connect: Callable[[ScriptedWire], Codat], status: int) -> None:
    wire = ScriptedWire(httpx.Response(status, headers={"Location": "https://evil.example/"}))
    with pytest.raises(Unintelligible) as caught:
        connect(wire).profile()
    assert str(caught.value) == (
        f"Codat's answer to GET /profile is a redirect ({status}), which is not followed, because the API key would go"
        " with it; check codat:baseUrl"
    )
    assert len(wire.asked) == 1


def test_errors_are_of_their_kind_and_name_no_cause(connect: Callable[[ScriptedWire], Codat]) -> None:
    with pytest.raises(Unauthorized):
        connect(answering({}, 401)).profile()
    with pytest.raises(Unanswered) as caught:
        connect(ScriptedWire(httpx.ReadError("reset"))).switch("gbol", enabled=True)
    assert caught.value.__cause__ is None
    assert caught.value.__suppress_context__


def test_a_request_that_cannot_be_made_is_a_codat_error(connect: Callable[[ScriptedWire], Codat]) -> None:
    def refuse(_: httpx.Request) -> httpx.Response:
        raise httpx.HTTPError("no way")

    with pytest.raises(CodatError, match=r"^the request GET /profile could not be made: no way; check CODAT_B"):
        connect(ScriptedWire(refuse)).profile()


def test_fresh_asks_again_and_until_changes_only_the_patience(connect: Callable[[ScriptedWire], Codat]) -> None:
    wire = answering({"name": "Acme"})
    codat = connect(wire)
    codat.profile()
    codat.until(codat.deadline).profile()
    codat.fresh.profile()
    assert len(wire.asked) == 2


def test_a_request_gets_the_patience_that_is_left_and_is_not_sent_where_none_is(
    connect: Callable[[ScriptedWire], Codat],
) -> None:
    wire = answering({"name": "Acme"})
    codat = connect(wire)
    codat.fresh.profile()
    codat.clock.sleep(45)
    codat.fresh.profile()
    codat.clock.sleep(15)
    with pytest.raises(Unanswered, match=r"^https://api\.codat\.io was not asked for PUT /integrations/gbol/en"):
        codat.switch("gbol", enabled=True)
    assert [request.extensions["seconds_left"] for request in wire.asked] == [60, 15]


def test_neither_repr_nor_str_of_the_client_tells_the_key(connect: Callable[[ScriptedWire], Codat]) -> None:
    codat = connect(answering({}))
    assert KEY not in repr(codat)
    assert KEY not in str(codat)
