"""A network with a deadline: every wait of one request, of whatever kind, fits what is left of its time."""

from __future__ import annotations

import socket
import threading
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any, Final

import httpcore

if TYPE_CHECKING:
    import ssl
    from collections.abc import Callable, Iterable, Iterator

__all__ = ["DeadlineNetwork"]

_CHUNK: Final = 16 * 1024  # because one TLS record is one send


class DeadlineNetwork(httpcore.NetworkBackend):
    """Connects, reads and writes within the deadline of the request that the calling thread is at.

    A time-out of its own would bound one read, and a server that drips a byte before each ends would never end.
    """

    def __init__(self, inner: httpcore.NetworkBackend, monotonic: Callable[[], float]) -> None:
        self._inner = inner
        self._monotonic = monotonic
        self._request = threading.local()  # because a connection may serve requests of several threads in turn

    @contextmanager
    def within(self, seconds: float) -> Iterator[None]:
        """For the calling thread: all that is done meanwhile takes no longer than this."""
        self._request.until = self._monotonic() + seconds
        try:
            yield
        finally:
            del self._request.until

    def left(self, timeout: float | None, spent: type[httpcore.TimeoutException]) -> float:
        """Seconds that the next step may take; raises `spent` where none are left."""
        left: float = self._request.until - self._monotonic()
        if left <= 0:
            raise spent
        return left if timeout is None else min(timeout, left)

    def connect_tcp(
        self,
        host: str,
        port: int,
        timeout: float | None = None,
        local_address: str | None = None,
        socket_options: Iterable[httpcore.SOCKET_OPTION] | None = None,
    ) -> httpcore.NetworkStream:
        """Try each address of the host in turn, because one call for all would wait the time-out for each."""
        failure: Exception = httpcore.ConnectError(f"{host} has no address")
        for address in _addresses(host, port):
            seconds = self.left(timeout, httpcore.ConnectTimeout)
            try:
                stream = self._inner.connect_tcp(address, port, seconds, local_address, socket_options)
            except (httpcore.ConnectError, httpcore.ConnectTimeout) as error:
                failure = error
            else:
                return _DeadlineStream(stream, self)
        raise failure


class _DeadlineStream(httpcore.NetworkStream):
    """One connection of a `DeadlineNetwork`."""

    def __init__(self, inner: httpcore.NetworkStream, network: DeadlineNetwork) -> None:
        self._inner = inner
        self._network = network

    def read(self, max_bytes: int, timeout: float | None = None) -> bytes:
        return self._inner.read(max_bytes, self._network.left(timeout, httpcore.ReadTimeout))

    def write(self, buffer: bytes, timeout: float | None = None) -> None:
        for start in range(0, len(buffer), _CHUNK):
            seconds = self._network.left(timeout, httpcore.WriteTimeout)
            self._inner.write(buffer[start : start + _CHUNK], seconds)

    def start_tls(
        self, ssl_context: ssl.SSLContext, server_hostname: str | None = None, timeout: float | None = None
    ) -> httpcore.NetworkStream:
        seconds = self._network.left(timeout, httpcore.ConnectTimeout)
        return _DeadlineStream(self._inner.start_tls(ssl_context, server_hostname, seconds), self._network)

    def get_extra_info(self, info: str) -> Any:
        return self._inner.get_extra_info(info)

    def close(self) -> None:
        self._inner.close()


def _addresses(host: str, port: int) -> Iterator[str]:
    try:
        found = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)
    except OSError as error:
        raise httpcore.ConnectError(str(error)) from error
    yield from dict.fromkeys(str(address[0]) for *_, address in found)
