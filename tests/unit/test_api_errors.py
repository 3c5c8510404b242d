"""The factory: from whatever Codat answers to one line for a person."""

from __future__ import annotations

import base64
import json
from datetime import UTC, datetime
from typing import Any

import httpx
import pytest
from hypothesis import given
from hypothesis import strategies as st

from pulumi_codat.api import (
    CodatError,
    NotFound,
    NotOffered,
    NotSent,
    QuotaExhausted,
    Refused,
    Unanswered,
    Unauthorized,
    Unintelligible,
)
from pulumi_codat.api.errors import error_from_response, error_from_transport
from pulumi_codat.api.tls import Untrusted

NOW = datetime(2026, 2, 28, 18, 48, tzinfo=UTC)
URL = "https://api.codat.io/integrations/gbol"
AGAIN = "nothing needs repair; run the same command again"
SUPPORT = "give Codat's support the correlation id"
UNCLEAR = f"{SUPPORT}, if the reason is not clear"
NOT_CODAT = "check that codat:baseUrl is Codat's API"
BOTH_WAYS_OUT = (
    "check CODAT_API_KEY or codat:apiKey against the API keys in the Codat Portal; if the key was rotated, the copy in"
    " the stack's state is stale: set CODAT_API_KEY, or run one `up --refresh=false`"
)
NOT_OFFERED = (
    "this account does not offer that endpoint to this API key; make the change in the Codat Portal, and ask Codat to"
    " open the endpoint"
)


def message_of(**fields: Any) -> bytes:
    """Codat's ErrorMessage, as the reference shows it."""
    body = {
        "statusCode": 400,
        "service": "PublicApi",
        "error": "Error processing request - not valid.",
        "correlationId": "8a1b2c3d",
        "validation": None,
        "canBeRetried": "Unknown",
        "detailedErrorCode": 0,
    }
    return json.dumps(body | fields).encode()


def refusal(
    status: int, body: bytes = b"", *, method: str = "GET", url: str = URL, headers: dict[str, str] | None = None
) -> Refused:
    request = httpx.Request(method, url)
    return error_from_response(httpx.Response(status, content=body, headers=headers, request=request), now=NOW)


def test_codats_own_body_is_quoted_with_its_correlation_id() -> None:
    error = refusal(400, message_of())
    assert str(error) == (
        f"Codat answered 400 to GET /integrations/gbol: Error processing request - not valid; {UNCLEAR} (service"
        " PublicApi, correlation id 8a1b2c3d)"
    )
    assert (error.status, error.correlation_id) == (400, "8a1b2c3d")
    assert type(error) is Refused


def test_the_validation_items_and_the_detailed_code_are_told() -> None:
    problems = [{"itemId": "clientId", "message": "Secure keys must not contain spaces"}, {"message": "Too long"}, {}]
    error = refusal(400, message_of(validation={"errors": problems, "warnings": []}, detailedErrorCode=17))
    assert str(error) == (
        "Codat answered 400 to GET /integrations/gbol: Error processing request - not valid;"
        f" Secure keys must not contain spaces; Too long (code 17); {UNCLEAR} (service PublicApi,"
        " correlation id 8a1b2c3d)"
    )


def test_the_http_status_counts_and_not_the_bodys() -> None:
    assert refusal(402, message_of(statusCode=429)).status == 402


@pytest.mark.parametrize(
    "oddity",
    [
        {"validation": []},
        {"validation": {"errors": "no list"}},
        {"validation": {"errors": [None, "text", 5]}},
        {"detailedErrorCode": "none"},
        {"detailedErrorCode": None},
        {"canBeRetried": 5},
    ],
)
def test_an_odd_field_does_not_cost_the_message_and_its_correlation_id(oddity: dict[str, Any]) -> None:
    error = refusal(400, message_of(**oddity))
    assert str(error) == (
        f"Codat answered 400 to GET /integrations/gbol: Error processing request - not valid; {UNCLEAR} (service"
        " PublicApi, correlation id 8a1b2c3d)"
    )


@pytest.mark.parametrize(
    ("body", "said"),
    [
        (
            {"type": "invalid-organisation-bank-feeds", "title": "Invalid Organisation", "detail": "No bank feeds."},
            "Invalid Organisation (invalid-organisation-bank-feeds): No bank feeds",
        ),
        ({"title": "Invalid Organisation", "detail": "No bank feeds."}, "Invalid Organisation: No bank feeds"),
        ({"title": "Invalid Organisation", "type": "about:blank"}, "Invalid Organisation (about:blank)"),
        ({"title": "Bad Request", "status": 400, "traceId": "00-1"}, "Bad Request"),
    ],
)
def test_a_problem_of_rfc_7807_is_quoted(body: dict[str, Any], said: str) -> None:
    assert str(refusal(400, json.dumps(body).encode())) == f"Codat answered 400 to GET /integrations/gbol: {said}"


@pytest.mark.parametrize(
    "body",
    [
        b"",
        b"<!DOCTYPE html><html><head><title>502 Bad Gateway</title></head></html>",
        message_of()[:40],
        b"null",
        b"[]",
        b'"text"',
        b"{}",
        b'{"error": 5}',
        b'{"error": "\\ud800"}',
        b"\xff\xfe",
    ],
)
def test_a_body_that_is_neither_leaves_the_name_of_the_status(body: bytes) -> None:
    assert str(refusal(400, body)) == f"Codat answered 400 to GET /integrations/gbol: Bad Request; {NOT_CODAT}"


def test_a_status_without_a_name_is_said_so() -> None:
    assert str(refusal(499)) == f"Codat answered 499 to GET /integrations/gbol: an unknown status; {NOT_CODAT}"


def test_a_very_long_text_is_cut() -> None:
    text = str(refusal(400, message_of(error="x" * 100_000, correlationId="y" * 100_000)))
    assert len(text) < 1000
    assert "…" in text


@pytest.mark.parametrize("where", ["error", "correlationId"])
def test_control_characters_become_spaces(where: str) -> None:
    text = str(refusal(400, message_of(**{where: "one\r\ntwo\x00\x1b[31m\u2028three\u202efour"})))
    assert "one two [31m three four" in text
    assert text.isprintable()


@given(
    st.sampled_from(["GET", "PUT", "PATCH", "DELETE"]),
    st.integers(400, 599),
    st.one_of(
        st.binary(),
        st.builds(
            message_of,
            error=st.text(),
            correlationId=st.text(),
            validation=st.fixed_dictionaries(
                {"errors": st.lists(st.fixed_dictionaries({"message": st.text()}), max_size=3)}
            ),
        ),
    ),
    st.dictionaries(
        st.sampled_from(["Retry-After", "X-Rate-Limit-Reset"]),
        st.text(st.characters(min_codepoint=0x20, max_codepoint=0x7E)),
    ),
)
def test_it_is_one_printable_line_whatever_arrives(
    method: str, status: int, body: bytes, headers: dict[str, str]
) -> None:
    error = refusal(status, body, method=method, headers=headers)
    assert str(error).isprintable()
    assert len(str(error)) < 2000
    assert error.status == status


@pytest.mark.parametrize(
    ("method", "status", "kind"),
    [
        ("GET", 401, Unauthorized),
        ("PUT", 401, Unauthorized),
        ("GET", 403, Refused),
        ("GET", 404, NotFound),
        ("GET", 405, Refused),
        ("PUT", 403, NotOffered),
        ("PUT", 404, NotOffered),
        ("PUT", 405, NotOffered),
        ("PATCH", 404, NotOffered),
        ("DELETE", 405, NotOffered),
        ("PUT", 400, Refused),
        ("PUT", 409, Refused),
        ("GET", 429, QuotaExhausted),
        ("PUT", 429, QuotaExhausted),
        ("PUT", 500, Refused),
    ],
)
def test_each_status_has_its_kind_by_read_and_write(method: str, status: int, kind: type[Refused]) -> None:
    assert type(refusal(status, method=method)) is kind


@pytest.mark.parametrize(
    ("method", "status", "text"),
    [
        ("GET", 401, f"Codat answered 401 to GET /integrations/gbol: Unauthorized; {BOTH_WAYS_OUT}"),
        (
            "GET",
            402,
            (
                "Codat answered 402 to GET /integrations/gbol: Payment Required; the Codat plan's limit is reached; ask"
                " your Codat account manager"
            ),
        ),
        ("GET", 403, f"Codat answered 403 to GET /integrations/gbol: Forbidden; {NOT_OFFERED}"),
        ("GET", 404, f"Codat answered 404 to GET /integrations/gbol: Not Found; {NOT_CODAT}"),
        ("PUT", 403, f"Codat answered 403 to PUT /integrations/gbol: Forbidden; {NOT_OFFERED}"),
        ("DELETE", 405, f"Codat answered 405 to DELETE /integrations/gbol: Method Not Allowed; {NOT_OFFERED}"),
        (
            "PUT",
            409,
            (
                "Codat answered 409 to PUT /integrations/gbol: Conflict; another request is under way; run the same"
                " command again"
            ),
        ),
        ("GET", 500, f"Codat answered 500 to GET /integrations/gbol: Internal Server Error; {AGAIN}"),
        ("PUT", 503, f"Codat answered 503 to PUT /integrations/gbol: Service Unavailable; {AGAIN}"),
    ],
)
def test_each_status_has_its_remedy(method: str, status: int, text: str) -> None:
    assert str(refusal(status, method=method)) == text


def test_the_support_is_named_where_there_is_an_id_to_give_it() -> None:
    assert f"; {AGAIN}, and {SUPPORT} (service PublicApi, correlation id 8a1b2c3d)" in str(refusal(503, message_of()))
    page = b"<h1>502 Bad Gateway</h1>"
    assert str(refusal(502, page)) == f"Codat answered 502 to GET /integrations/gbol: Bad Gateway; {AGAIN}"


def test_a_used_up_quota_says_when_it_is_back_and_where_to_go_meanwhile() -> None:
    error = refusal(429, message_of(error="Too many requests."), headers={"Retry-After": "18720"})
    assert str(error) == (
        "Codat answered 429 to GET /integrations/gbol: Too many requests; the account's request quota is exhausted;"
        " it resets at 2026-03-01 00:00 UTC, in 5 h 12 min; what cannot wait can be done in the Codat Portal"
        " (https://app.codat.io/settings/integrations/accounting) (service PublicApi, correlation id"
        " 8a1b2c3d)"
    )
    assert isinstance(error, QuotaExhausted)
    assert error.until == datetime(2026, 3, 1, tzinfo=UTC)


def test_a_used_up_quota_without_a_time_says_that() -> None:
    error = refusal(429, headers={"Retry-After": "soon"})
    assert "is exhausted; Codat does not say when it resets" in str(error)
    assert isinstance(error, QuotaExhausted)
    assert error.until is None


def test_no_secret_is_told_though_the_answer_repeats_it() -> None:
    secret, key = "s3cret-Of-The-Xero-App", "codat-api-key-canary"
    header = "Basic " + base64.b64encode(key.encode()).decode()
    request = httpx.Request(
        "PUT",
        "https://api.codat.io/integrations/credentials/gbol",
        json={"clientId": "ABC", "clientSecret": secret},
        headers={"Authorization": header},
    )
    body = message_of(error=f"bad {secret}", correlationId=header, validation={"errors": [{"message": f"<{secret}>"}]})
    text = str(error_from_response(httpx.Response(400, content=body, request=request), now=NOW))
    assert secret not in text
    assert header.removeprefix("Basic ") not in text
    assert "bad [secret]; <[secret]>" in text


def test_a_ready_header_that_is_no_base64_is_hidden_all_the_same() -> None:
    request = httpx.Request("GET", URL, headers={"Authorization": "Basic not-base64-canary"})
    body = message_of(error="what is not-base64-canary?")
    assert "canary" not in str(error_from_response(httpx.Response(400, content=body, request=request), now=NOW))


@pytest.mark.parametrize("content", [b"grant_type=client_credentials", b"[1]", b'{"clientSecret": 5}', b"\xff"])
def test_a_request_whose_body_holds_no_secret_of_ours_does_not_stop_the_telling(content: bytes) -> None:
    request = httpx.Request("POST", URL, content=content, headers={"Authorization": "Basic"})
    body = message_of(error="what is this?")
    text = str(error_from_response(httpx.Response(400, content=body, request=request), now=NOW))
    assert text.startswith("Codat answered 400 to POST /integrations/gbol: what is this?; ")


def test_what_the_line_says_is_cut() -> None:
    said = str(error_from_transport(httpx.RemoteProtocolError("x" * 100_000), httpx.Request("GET", URL)))
    assert len(said) < 1000


@pytest.mark.parametrize(
    ("error", "text"),
    [
        (
            httpx.ConnectError("[Errno 111] Connection refused"),
            (
                "https://api.codat.io cannot be reached for GET /integrations/gbol ([Errno 111] Connection refused);"
                " check CODAT_BASE_URL or codat:baseUrl and the network"
            ),
        ),
        (
            httpx.ConnectTimeout(""),
            (
                "https://api.codat.io cannot be reached for GET /integrations/gbol; check CODAT_BASE_URL or "
                "codat:baseUrl and the network"
            ),
        ),
        (
            httpx.ReadTimeout(""),
            (
                "https://api.codat.io did not answer in time for GET /integrations/gbol; run the same command again; it"
                " continues from what took effect"
            ),
        ),
        (
            httpx.ReadError(""),
            (
                "https://api.codat.io broke the connection before it answered for GET /integrations/gbol (ReadError);"
                " run the same command again; it continues from what took effect"
            ),
        ),
        (
            httpx.ConnectTimeout("through the proxy proxy.example:3128"),
            (
                "https://api.codat.io cannot be reached for GET /integrations/gbol (through the proxy"
                " proxy.example:3128); check CODAT_BASE_URL or codat:baseUrl and the network"
            ),
        ),
        (
            httpx.PoolTimeout(""),
            (
                "https://api.codat.io was not asked for GET /integrations/gbol; the operation timed out"
                " (codat:maxWaitSeconds): run the same command again; it continues from what took"
                " effect"
            ),
        ),
        (
            httpx.ProxyError("407 Proxy Authentication Required"),
            (
                "https://api.codat.io cannot be reached for GET /integrations/gbol (407 Proxy Authentication Required);"
                " check HTTPS_PROXY, with its user and password, and NO_PROXY"
            ),
        ),
        (
            Untrusted("[SSL: CERTIFICATE_VERIFY_FAILED] certificate verify failed"),
            (
                "https://api.codat.io failed TLS certificate verification for GET /integrations/gbol ([SSL:"
                " CERTIFICATE_VERIFY_FAILED] certificate verify failed); check that this machine trusts the authority"
                " of that certificate (SSL_CERT_FILE, if it is your company's own), or CODAT_CLIENT_CERTIFICATE where"
                " it is ours that is refused"
            ),
        ),
        (
            httpx.RemoteProtocolError("peer closed\nconnection"),
            (
                "https://api.codat.io broke the connection before it answered for GET /integrations/gbol (peer closed"
                " connection); run the same command again; it continues from what took effect"
            ),
        ),
    ],
)
def test_no_answer_says_why_and_what_to_do(error: httpx.TransportError, text: str) -> None:
    unanswered = error_from_transport(error, httpx.Request("GET", URL))
    assert type(unanswered) is (NotSent if isinstance(error, httpx.PoolTimeout) else Unanswered)
    assert str(unanswered) == text


@pytest.mark.parametrize("kind", [CodatError, Unanswered, Unintelligible])
def test_every_error_is_one_line_by_its_nature(kind: type[CodatError]) -> None:
    assert str(kind("one\n  two\x1b\tthree")) == "one two three"


def test_a_traceback_shows_the_bare_name() -> None:
    assert CodatError.__module__ == "builtins"
    assert CodatError.__qualname__ == "CodatError"
