"""Small httpx transports, stacked: shared reads over retries over the wire; and the auth that signs each request."""

from __future__ import annotations

import base64
import ipaddress
import threading
from concurrent.futures import Future
from http import HTTPMethod, HTTPStatus
from typing import TYPE_CHECKING, Final
from urllib.parse import urlsplit
from urllib.request import getproxies, proxy_bypass

import httpx

from pulumi_codat.api.contract import NOT_OFFERED
from pulumi_codat.api.waiting import Clock, Deadline, delay_before_retry

if TYPE_CHECKING:
    from collections.abc import Callable, Generator

    from pydantic import SecretStr

__all__ = ["ApiKeyAuth", "Outcome", "RetryTransport", "SharedReadsTransport", "is_loopback", "wire_to"]

_BASIC: Final = "Basic "
_LASTING: Final = NOT_OFFERED | {HTTPStatus.OK}


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


def wire_to(base_url: str) -> httpx.HTTPTransport:
    """The network, through the proxy that HTTPS_PROXY and NO_PROXY name, because a transport of ours is given none."""
    url = httpx.URL(base_url)
    proxy = None if proxy_bypass(url.host) or is_loopback(base_url) else getproxies().get(url.scheme)
    return httpx.HTTPTransport(proxy=proxy)


class ApiKeyAuth(httpx.Auth):
    """`Authorization: Basic <base64 of the API key>`; a ready `Basic ...` header, as the Portal also shows it, is kept.

    Source: https://docs.codat.io/using-the-api/authentication (the raw key alone is encoded, without a user part).
    """

    def __init__(self, api_key: SecretStr) -> None:
        self._api_key = api_key

    def auth_flow(self, request: httpx.Request) -> Generator[httpx.Request, httpx.Response, None]:
        key = self._api_key.get_secret_value()
        ready = key if key.startswith(_BASIC) else _BASIC + base64.b64encode(key.encode()).decode("ascii")
        request.headers["Authorization"] = ready
        yield request


Outcome = httpx.Response | httpx.TransportError
"""The answer to one request on the wire, or why there was none."""


class RetryTransport(httpx.BaseTransport):
    """Sends a request again while the policy allows it, within the deadline in the request's extensions.

    `on_outcome` is told of each request that went out.
    """

    def __init__(
        self,
        inner: httpx.BaseTransport,
        clock: Clock,
        on_outcome: Callable[[httpx.Request, Outcome], None] | None = None,
    ) -> None:
        self._inner = inner
        self._clock = clock
        self._on_outcome = on_outcome

    def handle_request(self, request: httpx.Request) -> httpx.Response:
        deadline: Deadline = request.extensions["deadline"]
        attempt = 0
        while True:
            attempt += 1
            outcome = self._attempt(request)
            if self._on_outcome:
                self._on_outcome(request, outcome)
            delay = delay_before_retry(
                request.method,
                outcome,
                attempt=attempt,
                remaining=deadline.remaining(),
                now=self._clock.now(),
                jitter=self._clock.jitter(),
            )
            if delay is None:
                if isinstance(outcome, httpx.TransportError):
                    raise outcome
                return outcome
            self._clock.sleep(delay)

    def _attempt(self, request: httpx.Request) -> Outcome:
        try:
            response = self._inner.handle_request(request)
            response.read()
        except httpx.TransportError as error:
            return error
        return response

    def close(self) -> None:
        self._inner.close()


class SharedReadsTransport(httpx.BaseTransport):
    """One live view: a GET that was answered (also by 403, 404 or 405) is answered from memory until the next write.

    Reads of the same URL that arrive together wait for one request. Any other method drops the memory before it is
    sent and after it was answered, and a read that was under way meanwhile is not remembered, because it may show
    the state before the write. A request with the extension `fresh` asks Codat again.
    """

    def __init__(self, inner: httpx.BaseTransport) -> None:
        self._inner = inner
        self._lock = threading.Lock()
        self._answers: dict[str, Future[httpx.Response]] = {}

    def handle_request(self, request: httpx.Request) -> httpx.Response:
        if request.method != HTTPMethod.GET:
            return self._write(request)
        url = str(request.url)
        with self._lock:
            answer = None if request.extensions.get("fresh") else self._answers.get(url)
            if answer is None:
                answer = self._answers[url] = Future()
                asks = True
            else:
                asks = False
        if asks:
            self._ask(request, url, answer)
        return _copy(answer.result(), request)

    def _ask(self, request: httpx.Request, url: str, answer: Future[httpx.Response]) -> None:
        try:
            response = self._inner.handle_request(request)
            response.read()
        except BaseException as error:  # noqa: BLE001 because those who wait must be told, whatever it was
            self._forget(url, answer)
            answer.set_exception(error)
        else:
            if response.status_code not in _LASTING:
                self._forget(url, answer)
            answer.set_result(response)

    def _write(self, request: httpx.Request) -> httpx.Response:
        self._drop()
        try:
            return self._inner.handle_request(request)
        finally:
            self._drop()

    def _drop(self) -> None:
        with self._lock:
            self._answers.clear()

    def _forget(self, url: str, answer: Future[httpx.Response]) -> None:
        with self._lock:
            if self._answers.get(url) is answer:
                del self._answers[url]

    def close(self) -> None:
        self._inner.close()


def _copy(response: httpx.Response, request: httpx.Request) -> httpx.Response:
    headers = [(name, value) for name, value in response.headers.multi_items() if name.lower() not in _CODINGS]
    return httpx.Response(response.status_code, headers=headers, content=response.content, request=request)


_CODINGS: Final = frozenset({"content-encoding", "content-length", "transfer-encoding"})
