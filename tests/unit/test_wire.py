"""The wire as a bank has it: a proxy, an authority of its own, client certificates. All servers are on this machine."""

from __future__ import annotations

import base64
import ssl
from contextlib import closing
from typing import TYPE_CHECKING
from uuid import UUID

import pytest
import trustme
from pydantic import SecretStr

from pulumi_codat.api import Codat, CodatError, Unanswered
from pulumi_codat.api.tls import ClientCertificate
from pulumi_codat.api.wire import proxy_for, wire_to
from pulumi_codat.xero import Pair, XeroIdentity

from .fake_clock import FakeClock
from .loopback import head_of, serving, tunnel

if TYPE_CHECKING:
    import socket
    from collections.abc import Callable, Iterator
    from pathlib import Path

KEY = "codat-api-key-canary"
PASSWORD = "proxy-pass%20word-canary"
HOST = "api.codat.test"
URL = "https://api.codat.io"
ACCOUNT = UUID("5b8d3c0e-2f41-4a6b-9c57-d1e07a3f6b21")
ANSWER = b'HTTP/1.1 200 OK\r\nContent-Length: 15\r\n\r\n{"name":"Acme"}'


@pytest.fixture(name="authority", scope="module")
def _authority() -> trustme.CA:
    return trustme.CA()


@pytest.fixture(name="server_side", scope="module")
def _server_side(authority: trustme.CA) -> ssl.SSLContext:
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    authority.issue_cert(HOST, "127.0.0.1", "identity.xero.test").configure_cert(context)
    return context


@pytest.fixture(name="trusted")
def _trusted(authority: trustme.CA, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A company's own authority, as the environment of its pipelines names it."""
    authority.cert_pem.write_to_path(str(tmp_path / "company.pem"))
    monkeypatch.setenv("SSL_CERT_FILE", str(tmp_path / "company.pem"))


@pytest.fixture(autouse=True)
def _no_proxy(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("HTTPS_PROXY", "https_proxy", "NO_PROXY", "no_proxy", "SSL_CERT_FILE", "SSL_CERT_DIR"):
        monkeypatch.delenv(name, raising=False)


def answering(heads: list[str], answer: bytes = ANSWER) -> Callable[[socket.socket], None]:
    def behave(connection: socket.socket) -> None:
        while head := head_of(connection):
            heads.append(head)
            connection.sendall(answer)

    return behave


@pytest.fixture(name="connect")
def _connect() -> Iterator[Callable[..., Codat]]:
    opened: list[Codat] = []

    def connect(base_url: str, certificate: ClientCertificate | None = None) -> Codat:
        codat = Codat.connect(
            api_key=SecretStr(KEY),
            base_url=base_url,
            max_wait_seconds=10,
            user_agent="test",
            clock=FakeClock(),
            certificate=certificate,
            account=ACCOUNT,
        )
        opened.append(codat)
        return codat

    yield connect
    for codat in opened:
        codat.close()


@pytest.mark.usefixtures("trusted")
def test_a_company_s_authority_in_ssl_cert_file_is_trusted_for_both_hosts(
    connect: Callable[..., Codat], server_side: ssl.SSLContext
) -> None:
    heads: list[str] = []
    with serving(answering(heads), server_side) as port:
        codat = connect(f"https://127.0.0.1:{port}")
        assert codat.profile().name == "Acme"
        assert codat.fresh.profile().name == "Acme"
        url = f"https://127.0.0.1:{port}"
        with closing(XeroIdentity(url, wire_to(url), user_agent="test")) as identity:
            verdict = identity.judge("ABC", SecretStr("s3cret"), seconds=10)
        assert verdict.why == f"127.0.0.1:{port} answered 200"
        codat.close()
    assert len(heads) == 3
    assert all("Accept-Encoding: gzip\r\n" in head for head in heads)


def test_an_authority_that_nobody_trusts_is_told_in_one_line_and_asked_once(
    connect: Callable[..., Codat], server_side: ssl.SSLContext
) -> None:
    heads: list[str] = []
    with serving(answering(heads), server_side) as port, pytest.raises(Unanswered) as caught:
        connect(f"https://127.0.0.1:{port}").profile()
    text = str(caught.value)
    assert text.startswith(
        f"https://127.0.0.1:{port} failed TLS certificate verification for GET /profile ([SSL: CERTIFI"
    )
    assert "SSL_CERT_FILE" in text
    assert heads == []


@pytest.mark.usefixtures("trusted")
def test_a_certificate_for_another_host_is_not_accepted(
    connect: Callable[..., Codat], server_side: ssl.SSLContext
) -> None:
    heads: list[str] = []
    with (
        serving(answering(heads), server_side) as port,
        pytest.raises(Unanswered, match=r"TLS certificate verification .* mismatch"),
    ):
        connect(f"https://localhost:{port}").profile()
    assert heads == []


@pytest.fixture(name="demanding")
def _demanding(authority: trustme.CA) -> ssl.SSLContext:
    """A server that asks for a client certificate."""
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    authority.issue_cert(HOST, "127.0.0.1", "identity.xero.test").configure_cert(context)
    authority.configure_trust(context)
    context.verify_mode = ssl.CERT_REQUIRED
    return context


@pytest.mark.usefixtures("trusted")
@pytest.mark.parametrize("apart", [True, False], ids=["two files", "one file"])
def test_a_client_certificate_is_shown_in_the_name_of_the_account(
    connect: Callable[..., Codat], demanding: ssl.SSLContext, authority: trustme.CA, tmp_path: Path, *, apart: bool
) -> None:
    issued = authority.issue_cert("acme.example")
    issued.cert_chain_pems[0].write_to_path(str(tmp_path / "client.pem"))
    issued.private_key_pem.write_to_path(str(tmp_path / ("key.pem" if apart else "client.pem")), append=not apart)
    certificate = ClientCertificate(tmp_path / "client.pem", tmp_path / "key.pem" if apart else None)
    heads: list[str] = []
    with serving(answering(heads), demanding) as port:
        codat = connect(f"https://127.0.0.1:{port}", certificate)
        assert codat.profile().name == "Acme"
        codat.close()
    assert f"x-codat-client: {ACCOUNT}\r\n" in heads[0]


@pytest.mark.usefixtures("trusted")
def test_a_server_that_misses_our_certificate_is_told_as_that(
    connect: Callable[..., Codat], demanding: ssl.SSLContext
) -> None:
    with serving(answering([]), demanding) as port, pytest.raises(Unanswered) as caught:
        connect(f"https://127.0.0.1:{port}").profile()
    assert "failed TLS certificate verification for GET /profile ([SSL: TLSV13_ALERT_CERTIFICATE_REQUIRED]" in str(
        caught.value
    )
    assert "CODAT_CLIENT_CERTIFICATE where it is ours that is refused" in str(caught.value)


@pytest.mark.usefixtures("trusted")
def test_xero_is_never_shown_the_certificate(demanding: ssl.SSLContext) -> None:
    with serving(answering([]), demanding) as port:
        url = f"https://127.0.0.1:{port}"
        with closing(XeroIdentity(url, wire_to(url), user_agent="test")) as identity:
            verdict = identity.judge("ABC", SecretStr("s3cret"), seconds=10)
    assert (verdict.pair, verdict.why) == (Pair.UNTOLD, f"127.0.0.1:{port} cannot be reached")


def test_without_a_certificate_no_header_names_the_account(connect: Callable[..., Codat]) -> None:
    heads: list[str] = []
    with serving(answering(heads)) as port:
        codat = connect(f"http://127.0.0.1:{port}")
        codat.profile()
        codat.close()
    assert "x-codat-client" not in heads[0].lower()


def test_a_certificate_without_an_account_is_an_error(tmp_path: Path) -> None:
    with pytest.raises(
        CodatError, match=r"^a client certificate is shown in the name of one account, .* CODAT_ACCOUNT"
    ):
        Codat.connect(
            api_key=SecretStr(KEY),
            base_url="https://api.codat.io",
            max_wait_seconds=1,
            user_agent="test",
            certificate=ClientCertificate(tmp_path / "client.pem"),
        )


@pytest.mark.usefixtures("trusted")
def test_the_proxy_leads_to_the_host_and_sees_neither_key_nor_path(
    connect: Callable[..., Codat], server_side: ssl.SSLContext, monkeypatch: pytest.MonkeyPatch
) -> None:
    heads: list[str] = []
    asked: list[str] = []
    with serving(answering(heads), server_side) as port, serving(tunnel(asked, port)) as proxy:
        monkeypatch.setenv("HTTPS_PROXY", f"http://user:{PASSWORD}@127.0.0.1:{proxy}")
        codat = connect(f"https://{HOST}")
        assert codat.profile().name == "Acme"
        assert codat.fresh.profile().name == "Acme"
        codat.close()
    assert [head.splitlines()[0] for head in asked] == [f"CONNECT {HOST}:443 HTTP/1.1"]
    pair = base64.b64encode(b"user:proxy-pass word-canary").decode()
    assert f"Proxy-Authorization: Basic {pair}\r\n" in asked[0]
    assert [head.splitlines()[0] for head in heads] == ["GET /profile HTTP/1.1"] * 2
    assert "Proxy-Authorization" not in heads[0]
    assert base64.b64encode(KEY.encode()).decode() not in asked[0]


@pytest.mark.parametrize(
    ("answer", "told"),
    [
        (
            b"HTTP/1.1 407 Proxy Authentication Required\r\n\r\n",
            "407, through the proxy ",
        ),
        (b"HTTP/1.1 502 Bad Gateway\r\nContent-Length: 99999999\r\n\r\n", "502, through the proxy "),
    ],
)
def test_a_proxy_that_refuses_is_asked_once_and_its_password_not_told(
    connect: Callable[..., Codat], monkeypatch: pytest.MonkeyPatch, answer: bytes, told: str
) -> None:
    asked: list[str] = []
    with serving(tunnel(asked, 9, answer)) as proxy:
        monkeypatch.setenv("HTTPS_PROXY", f"http://user:{PASSWORD}@127.0.0.1:{proxy}")
        with pytest.raises(Unanswered) as caught:
            connect(f"https://{HOST}").profile()
    assert str(caught.value) == (
        f"https://{HOST} cannot be reached for GET /profile ({told}127.0.0.1:{proxy}); check HTTPS_PROXY, with its user"
        " and password, and NO_PROXY"
    )
    assert len(asked) == 1


def test_a_proxy_that_cannot_be_reached_is_named_without_its_password(
    connect: Callable[..., Codat], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("HTTPS_PROXY", f"http://user:{PASSWORD}@127.0.0.1:9")
    with pytest.raises(Unanswered) as caught:
        connect(f"https://{HOST}").profile()
    assert str(caught.value).startswith(
        f"https://{HOST} cannot be reached for GET /profile ([Errno 111] Connection refused, through the proxy"
        " 127.0.0.1:9); check CODAT_BASE_URL"
    )
    assert "canary" not in str(caught.value)


@pytest.mark.parametrize(
    ("url", "excepted", "proxied"),
    [
        ("https://api.codat.io", "", True),
        ("https://api.codat.io", "codat.example,xero.com", True),
        ("https://api.codat.io", "api.codat.io", False),
        ("https://api.codat.io", ".codat.io", False),
        ("https://api.codat.io", "codat.io", False),
        ("https://api.codat.io:8443", "api.codat.io:8443", False),
        ("https://api.codat.io:8443", "api.codat.io:443", True),
        ("https://api.codat.io", "*", False),
        ("https://127.0.0.1:8790", "", False),
        ("http://localhost:8790", "", False),
        ("http://[::1]:8790", "", False),
    ],
)
@pytest.mark.parametrize("variables", [("HTTPS_PROXY", "NO_PROXY"), ("https_proxy", "no_proxy")], ids="/".join)
def test_no_proxy_is_used_for_this_machine_and_for_what_is_excepted(
    variables: tuple[str, str], url: str, excepted: str, *, proxied: bool
) -> None:
    environ = {variables[0]: "http://proxy.example:3128", variables[1]: excepted}
    assert (proxy_for(url, environ) is not None) is proxied


@pytest.mark.parametrize(
    ("given", "origin", "auth"),
    [
        ("http://proxy.example:3128", (b"http", b"proxy.example", 3128), None),
        ("http://proxy.example/", (b"http", b"proxy.example", 80), None),
        ("proxy.example:3128", (b"http", b"proxy.example", 3128), None),
        ("http://u%40x:p%3A%2F@proxy.example:3128", (b"http", b"proxy.example", 3128), (b"u@x", b"p:/")),
        ("http://u@[2001:db8::1]:3128", (b"http", b"2001:db8::1", 3128), (b"u", b"")),
    ],
)
def test_the_forms_of_a_proxy(given: str, origin: tuple[bytes, bytes, int], auth: tuple[bytes, bytes] | None) -> None:
    proxy = proxy_for(URL, {"HTTPS_PROXY": given})
    assert proxy is not None
    assert (proxy.url.scheme, proxy.url.host, proxy.url.port) == origin
    assert proxy.auth == auth


@pytest.mark.parametrize("given", ["https://user:canary@proxy.example", "socks5://canary@proxy.example", "http://"])
def test_a_proxy_of_another_kind_is_refused_unless_no_url_would_use_it(given: str) -> None:
    with pytest.raises(ValueError, match=r"^HTTPS_PROXY: must be the URL of an HTTP proxy") as caught:
        proxy_for(URL, {"HTTPS_PROXY": given})
    assert "canary" not in str(caught.value)
    assert proxy_for(URL, {"HTTPS_PROXY": given, "NO_PROXY": ".codat.io"}) is None


def test_a_certificate_that_changed_meanwhile_is_a_line_for_a_person(tmp_path: Path) -> None:
    with pytest.raises(CodatError, match=r"^the configuration is wrong: .*gone\.pem cannot be read \(No such file"):
        wire_to(URL, ClientCertificate(tmp_path / "gone.pem"))


def test_the_variable_in_lower_case_counts_first() -> None:
    proxy = proxy_for(URL, {"HTTPS_PROXY": "http://upper.example", "https_proxy": "http://lower.example"})
    assert proxy is not None
    assert proxy.url.host == b"lower.example"
    assert proxy_for(URL, {"HTTPS_PROXY": "", "ALL_PROXY": "http://all.example"}) is None
