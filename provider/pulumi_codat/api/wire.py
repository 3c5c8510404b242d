"""The wire under the transports: straight or through a proxy, trusting the system's store, whole answers only."""

from __future__ import annotations

import ipaddress
import os
import time
from contextlib import contextmanager
from typing import TYPE_CHECKING, Final
from urllib.parse import unquote, urlsplit
from urllib.request import proxy_bypass_environment  # type: ignore[attr-defined] # because typeshed knows it elsewhere

import httpcore
import httpx

from pulumi_codat.api.bodies import CODING, answer_of, whole_body
from pulumi_codat.api.deadline_network import DeadlineNetwork
from pulumi_codat.api.errors import CodatError
from pulumi_codat.api.tls import Untrusted, blames_a_certificate, secure_context

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from pulumi_codat.api.tls import ClientCertificate

__all__ = ["NetworkTransport", "is_loopback", "proxy_for", "wire_to"]

_CONNECT_SECONDS: Final = 10.0
_SILENCE_SECONDS: Final = 20.0
_IDLE_SECONDS: Final = 5.0
_CONNECTIONS: Final = 10
"""As many requests at a time as Codat takes of an account."""
_PROXY_PORT: Final = 80


def is_loopback(url: str) -> bool:
    """Whether the URL's host is this machine."""
    try:
        host = urlsplit(url).hostname or ""
    except ValueError:
        return False
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return host == "localhost"


def proxy_for(url: str, environ: Mapping[str, str]) -> httpcore.Proxy | None:
    """The proxy on the way to the URL that HTTPS_PROXY names (or https_proxy, which counts first).

    None to this machine, to hosts that NO_PROXY names (or no_proxy), and where no proxy is named. Raises `ValueError`
    for one that cannot be used, which does not repeat it, because it may hold a password.
    """
    if is_loopback(url) or _is_excepted(url, environ):
        return None
    name = next((name for name in ("https_proxy", "HTTPS_PROXY") if environ.get(name)), None)
    if name is None:
        return None
    given = environ[name]
    try:
        parts = urlsplit(given if "://" in given else f"http://{given}")
        host, port = httpx.URL(scheme=parts.scheme, host=parts.hostname or "").raw_host, parts.port
    except (ValueError, httpx.InvalidURL):
        raise ValueError(f"{name}: is not a URL") from None
    if parts.scheme != "http" or not host:  # because nothing bounds the time that TLS to a proxy takes
        raise ValueError(f"{name}: must be the URL of an HTTP proxy, such as http://proxy.example:3128")
    origin = httpcore.URL(scheme=parts.scheme.encode(), host=host, port=port or _PROXY_PORT, target=b"/")
    user = (unquote(parts.username or "").encode(), unquote(parts.password or "").encode())
    return httpcore.Proxy(origin, auth=user if any(user) else None)


def _is_excepted(url: str, environ: Mapping[str, str]) -> bool:
    try:
        host = urlsplit(url).netloc
    except ValueError:
        return False
    return bool(proxy_bypass_environment(host, {"no": environ.get("no_proxy", environ.get("NO_PROXY", ""))}))


class NetworkTransport(httpx.BaseTransport):
    """Sends a request and returns its whole answer, or raises why there is none.

    The extension `seconds_left` of a request is how long all of it may take; besides, a connection may take 10 s
    an address, and silence 20 s. Redirects are answers. The certificate is shown to whoever asks for one, so there is
    a transport a host. httpx's own transport is not used, because it bounds neither the time nor the size of an answer.
    """

    def __init__(
        self,
        *,
        proxy: httpcore.Proxy | None = None,
        certificate: ClientCertificate | None = None,
        network: DeadlineNetwork | None = None,
    ) -> None:
        self._network = network or DeadlineNetwork(httpcore.SyncBackend(), time.monotonic)
        self._way = f"through the proxy {proxy.url.host.decode()}:{proxy.url.port}" if proxy else ""
        self._pool = httpcore.ConnectionPool(
            ssl_context=secure_context(certificate),
            proxy=proxy,
            max_connections=_CONNECTIONS,
            keepalive_expiry=_IDLE_SECONDS,
            network_backend=self._network,
        )

    def handle_request(self, request: httpx.Request) -> httpx.Response:
        seconds: float = request.extensions["seconds_left"]
        request.headers["Accept-Encoding"] = CODING
        timeouts = {"connect": _CONNECT_SECONDS, "read": _SILENCE_SECONDS, "write": _SILENCE_SECONDS, "pool": seconds}
        url = request.url
        asked = httpcore.Request(
            request.method,
            httpcore.URL(scheme=url.raw_scheme, host=url.raw_host, port=url.port, target=url.raw_path),
            headers=request.headers.raw,
            content=request.read(),
            extensions={"timeout": timeouts},
        )
        with self._network.within(seconds), _in_words_of_httpx(self._way):
            answer = self._pool.handle_request(asked)
            try:
                headers = httpx.Headers(answer.headers)
                body = whole_body(answer.iter_stream(), headers.get("Content-Encoding", "").strip().lower())
            finally:
                answer.close()
        return answer_of(answer.status, headers, body, request)

    def close(self) -> None:
        self._pool.close()


def wire_to(url: str, certificate: ClientCertificate | None = None) -> NetworkTransport:
    """The wire to the URL's host, by the proxy that this process's environment names. Nothing is sent yet.

    Raises `CodatError` for a proxy or a certificate that cannot be used, as where a file changed since settings told.
    """
    try:
        return NetworkTransport(proxy=proxy_for(url, os.environ), certificate=certificate)
    except ValueError as error:
        raise CodatError(f"the configuration is wrong: {error}") from None


@contextmanager
def _in_words_of_httpx(way: str) -> Iterator[None]:
    """The errors of httpcore as those of httpx, which have the same names; `way` is added to what they say."""
    try:
        yield
    except (httpcore.TimeoutException, httpcore.NetworkError, httpcore.ProtocolError, httpcore.ProxyError) as error:
        kind = Untrusted if blames_a_certificate(*error.args) else getattr(httpx, type(error).__name__)
        said = "" if isinstance(error, httpcore.TimeoutException) else str(error)
        if isinstance(error, httpcore.ProxyError):
            said = said.partition(" ")[0]  # because a proxy may repeat its password in the reason beside the status
        raise kind(", ".join(part for part in (said, way) if part)) from None
