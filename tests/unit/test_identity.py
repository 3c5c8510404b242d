"""Xero's identity service: what its answers mean, what is sent to it, and where pairs are checked at all."""

from __future__ import annotations

import base64
from typing import TYPE_CHECKING

import httpx
import pytest
from pydantic import SecretStr

from pulumi_codat.reconcile.key_check import identity_of, identity_url
from pulumi_codat.settings import Settings
from pulumi_codat.xero import Pair, Verdict, XeroIdentity

from .scripted_wire import ScriptedWire

if TYPE_CHECKING:
    from collections.abc import Iterator

    from .scripted_wire import Answer

SECRET = "s3cret-canary/+:%41"
WRONG = "Xero does not know this pair of client ID and client secret (invalid_client)"


def judge(*answers: Answer, on_result: list[str] | None = None) -> tuple[Verdict, ScriptedWire]:
    wire = ScriptedWire(*answers)
    said = on_result if on_result is not None else []
    identity = XeroIdentity(
        "https://identity.example/base",
        wire,
        user_agent="test",
        on_result=lambda request, outcome: said.append(f"{request.url.path} {type(outcome).__name__}"),
    )
    try:
        return identity.judge("ABC", SecretStr(SECRET), seconds=5), wire
    finally:
        identity.close()


def answer(status: int, body: object = None) -> httpx.Response:
    return httpx.Response(status, json=body)


VERDICTS: list[tuple[Answer, Pair, str]] = [
    (answer(400, {"error": "unauthorized_client"}), Pair.RIGHT, "Xero knows it as a web app's (unauthorized_client)"),
    (answer(401, {"error": "unauthorized_client"}), Pair.RIGHT, "Xero knows it as a web app's (unauthorized_client)"),
    (answer(400, {"error": "invalid_client"}), Pair.WRONG, WRONG),
    (answer(401, {"error": "invalid_client", "more": 1}), Pair.WRONG, WRONG),
    (
        answer(200, {"access_token": "x"}),
        Pair.NO_WEB_APP,
        "Xero gave a token for it, so it is a custom connection's, not a web app's",
    ),
    (answer(200, {}), Pair.UNTOLD, "identity.example answered 200"),
    (answer(200, {"error": "invalid_client"}), Pair.UNTOLD, "identity.example answered 200 invalid_client"),
    (answer(500, {"error": "invalid_client"}), Pair.UNTOLD, "identity.example answered 500 invalid_client"),
    (answer(400, {"error": "invalid_scope"}), Pair.UNTOLD, "identity.example answered 400 invalid_scope"),
    (answer(400, {"error": SECRET}), Pair.UNTOLD, "identity.example answered 400"),
    (answer(400, {"error": {"code": 1}}), Pair.UNTOLD, "identity.example answered 400"),
    (answer(429, None), Pair.UNTOLD, "identity.example answered 429"),
    (httpx.Response(503, html="<h1>no</h1>"), Pair.UNTOLD, "identity.example answered 503"),
    (httpx.Response(302, headers={"Location": "https://evil.example"}), Pair.UNTOLD, "identity.example answered 302"),
    (httpx.Response(400, content=b'"' + b"x" * 100_000), Pair.UNTOLD, "identity.example answered 400"),
    (httpx.ConnectError("refused"), Pair.UNTOLD, "identity.example cannot be reached"),
    (httpx.ConnectTimeout("late"), Pair.UNTOLD, "identity.example cannot be reached"),
    (httpx.ReadTimeout("late"), Pair.UNTOLD, "identity.example did not answer in time"),
    (httpx.ReadError("broken"), Pair.UNTOLD, "identity.example cannot be reached"),
]


@pytest.mark.parametrize(("said", "pair", "why"), VERDICTS)
def test_every_answer_is_a_verdict_in_words(said: Answer, pair: Pair, why: str) -> None:
    verdict, wire = judge(said)
    assert verdict == Verdict(pair, why)
    assert wire.lines == ["POST /base/connect/token"]  # once, and no redirect is followed


def test_an_answer_that_cannot_be_decoded_tells_nothing() -> None:
    class Garbled(httpx.BaseTransport):
        def handle_request(self, request: httpx.Request) -> httpx.Response:
            return httpx.Response(400, headers={"Content-Encoding": "gzip"}, stream=httpx.ByteStream(b"no gzip"))

    identity = XeroIdentity("https://identity.example", Garbled(), user_agent="test")
    assert identity.judge("ABC", SecretStr(SECRET), seconds=5) == Verdict(
        Pair.UNTOLD, "identity.example gave an answer that cannot be read"
    )
    identity.close()


def test_the_secret_goes_in_the_header_alone_encoded_as_oauth_says() -> None:
    _, wire = judge(answer(400, {"error": "unauthorized_client"}))
    (request,) = wire.asked
    assert request.url == "https://identity.example/base/connect/token"
    assert request.headers["Authorization"] == "Basic " + base64.b64encode(b"ABC:s3cret-canary%2F%2B%3A%2541").decode()
    assert request.content == b"grant_type=client_credentials"
    assert request.extensions["seconds_left"] == 5


def test_each_request_is_told_to_the_log() -> None:
    said: list[str] = []
    judge(answer(400, {"error": "invalid_client"}), on_result=said)
    judge(httpx.ConnectError("refused"), on_result=said)
    assert said == ["/base/connect/token Response", "/base/connect/token ConnectError"]


@pytest.mark.parametrize(
    ("settings", "url"),
    [
        ({}, "https://identity.xero.com"),
        ({"base_url": "https://gateway.example"}, "https://identity.xero.com"),
        ({"base_url": "http://127.0.0.1:8790"}, None),
        ({"base_url": "http://localhost:8790"}, None),
        ({"base_url": "http://[::1]:8790"}, None),
        (
            {"base_url": "http://127.0.0.1:8790", "xero_identity_url": "http://127.0.0.1:8790/xero/"},
            "http://127.0.0.1:8790/xero",
        ),
        ({"xero_identity_url": "https://identity.example"}, "https://identity.example"),
        ({"verify_xero_keys": "off"}, None),
        ({"verify_xero_keys": "off", "xero_identity_url": "https://identity.example"}, None),
        ({"verify_xero_keys": "required", "base_url": "http://127.0.0.1:8790"}, None),
    ],
)
def test_a_pair_goes_to_the_real_xero_only_where_codat_is_real(settings: dict[str, object], url: str | None) -> None:
    assert identity_url(Settings.model_validate(settings)) == url


@pytest.fixture
def opened() -> Iterator[list[XeroIdentity]]:
    identities: list[XeroIdentity] = []
    yield identities
    for identity in identities:
        identity.close()


def test_without_a_place_to_ask_there_is_no_client(opened: list[XeroIdentity]) -> None:
    assert identity_of(Settings(base_url="http://127.0.0.1:1"), user_agent="test") is None
    wire = ScriptedWire(answer(400, {"error": "invalid_client"}))
    identity = identity_of(Settings(), user_agent="test", wire=wire)
    assert identity is not None
    opened.append(identity)
    assert identity.judge("ABC", SecretStr(SECRET), seconds=0).pair is Pair.WRONG
    assert str(wire.asked[0].url) == "https://identity.xero.com/connect/token"
