"""Small httpx transports, stacked: shared reads over retries over a wire; and the auth that signs each request."""

from __future__ import annotations

import base64
import threading
from concurrent.futures import Future
from http import HTTPMethod, HTTPStatus
from typing import TYPE_CHECKING, Final

import httpx

from pulumi_codat.api.bodies import answer_of
from pulumi_codat.api.contract import NOT_OFFERED
from pulumi_codat.api.waiting import Clock, Deadline, delay_before_retry

if TYPE_CHECKING:
    from collections.abc import Callable, Generator

    from pydantic import SecretStr

__all__ = ["ApiKeyAuth", "RequestResult", "RetryTransport", "SharedReadsTransport"]

_BASIC: Final = "Basic "
_LASTING: Final = NOT_OFFERED | {HTTPStatus.OK}


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


RequestResult = httpx.Response | httpx.RequestError
"""The answer to one request on the wire, or why there was none that can be read."""


class RetryTransport(httpx.BaseTransport):
    """Sends a request again while the policy allows it, within the deadline in the request's extensions.

    What is left of it goes with each try as the extension `seconds_left`; where nothing is left, nothing is sent
    (`httpx.PoolTimeout`). `on_result` is told of each request that went out.
    """

    def __init__(
        self,
        inner: httpx.BaseTransport,
        clock: Clock,
        on_result: Callable[[httpx.Request, RequestResult], None] | None = None,
    ) -> None:
        self._inner = inner
        self._clock = clock
        self._on_result = on_result

    def handle_request(self, request: httpx.Request) -> httpx.Response:
        deadline: Deadline = request.extensions["deadline"]
        attempt = 0
        while seconds_left := deadline.remaining():
            attempt += 1
            request.extensions["seconds_left"] = seconds_left
            outcome = self._attempt(request)
            if self._on_result:
                self._on_result(request, outcome)
            delay = delay_before_retry(
                request.method,
                outcome,
                attempt=attempt,
                remaining=deadline.remaining(),
                now=self._clock.now(),
                jitter=self._clock.jitter(),
            )
            if delay is None:
                if isinstance(outcome, httpx.RequestError):
                    raise outcome
                return outcome
            self._clock.sleep(delay)
        raise httpx.PoolTimeout("")

    def _attempt(self, request: httpx.Request) -> RequestResult:
        try:
            response = self._inner.handle_request(request)
            response.read()
        except httpx.RequestError as error:
            return error
        return response

    def close(self) -> None:
        self._inner.close()


class SharedReadsTransport(httpx.BaseTransport):
    """One live view: a GET that was answered (also by 403, 404 or 405) is answered from memory until the next write.

    Reads of the same URL that arrive together wait for one request. Any other method drops the memory before it is
    sent and after it was answered, and a read that was under way meanwhile is not remembered, because it may show
    the state before the write. A request with the extension `fresh` asks Codat again. Nobody waits for another's
    request beyond the own deadline, nor is told that another's has passed.
    """

    def __init__(self, inner: httpx.BaseTransport) -> None:
        self._inner = inner
        self._lock = threading.Lock()
        self._answers: dict[str, Future[httpx.Response]] = {}

    def handle_request(self, request: httpx.Request) -> httpx.Response:
        if request.method != HTTPMethod.GET:
            return self._write(request)
        url, deadline = str(request.url), request.extensions["deadline"]
        while True:
            with self._lock:
                answer = None if request.extensions.get("fresh") else self._answers.get(url)
                if asks := answer is None:
                    answer = self._answers[url] = Future()
            if asks:
                self._ask(request, url, answer)
            try:
                response = answer.result(timeout=deadline.remaining())
            except TimeoutError:
                raise httpx.PoolTimeout("") from None
            except httpx.TimeoutException:
                if asks:
                    raise
            else:
                return answer_of(response.status_code, response.headers, response.content, request)

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
