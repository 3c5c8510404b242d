"""What a server can do to whoever asks it, as the bytes it sends; the tests and `make bench-hostile` share them."""

from __future__ import annotations

import time
import zlib
from itertools import repeat
from typing import TYPE_CHECKING, Final

from .loopback import head_of

if TYPE_CHECKING:
    import socket
    from collections.abc import Callable, Iterable, Iterator

__all__ = ["HOSTILE", "MANY_COMPANIES", "acting"]

_OK: Final = b"HTTP/1.1 200 OK\r\nContent-Type: application/json\r\n"
_MIB: Final = 1024 * 1024
_DRIP_SECONDS: Final = 0.02


def acting(sends: Callable[[], Iterable[bytes]]) -> Callable[[socket.socket], None]:
    """A server's behaviour: read a request, send this, and wait for the other side to end it."""

    def behave(connection: socket.socket) -> None:
        head_of(connection)
        for part in sends():
            connection.sendall(part)
        while connection.recv(65536):
            pass

    return behave


def _body(body: Iterable[bytes], *headers: bytes) -> Iterator[bytes]:
    yield _OK + b"".join(header + b"\r\n" for header in headers) + b"\r\n"
    yield from body


def _sized(body: bytes) -> Iterator[bytes]:
    return _body([body], b"Content-Length: %d" % len(body))


def _drip(parts: Iterable[bytes]) -> Iterator[bytes]:
    for part in parts:
        yield part
        time.sleep(_DRIP_SECONDS)


def _json_of_100_mib() -> Iterator[bytes]:
    opening, closing, filling = b'{"name": "', b'"}', b"x" * _MIB
    length = len(opening) + 100 * _MIB + len(closing)
    return _body([opening, *repeat(filling, 100), closing], b"Content-Length: %d" % length)


def _packed(chunks: Iterable[bytes]) -> Iterator[bytes]:
    packer = zlib.compressobj(9, wbits=16 + zlib.MAX_WBITS)
    for chunk in chunks:
        yield packer.compress(chunk)
    yield packer.flush()


def _twice_packed() -> Iterator[bytes]:
    return _packed(_packed(repeat(bytes(_MIB), 1024)))


_GZIP: Final = b"Content-Encoding: gzip"

HOSTILE: Final[dict[str, tuple[Callable[[], Iterable[bytes]], str]]] = {
    "silence": (list, "did not answer in time"),
    "endless body": (lambda: _body(repeat(b"x" * 65536)), "it is larger than 8 MiB"),
    "endless chunks": (
        lambda: _body(repeat(b"10000\r\n" + b"x" * 65536 + b"\r\n"), b"Transfer-Encoding: chunked"),
        "it is larger than 8 MiB",
    ),
    "endless headers": (lambda: _body((), *repeat(b"X-More: of the same", 100_000)), "broke the connection"),
    "endless status line": (lambda: repeat(b"HTTP/1.1 200 " + b"O" * 65536), "broke the connection"),
    "endless interim answers": (lambda: repeat(b"HTTP/1.1 100 Continue\r\n\r\n" * 100), "did not answer in time"),
    "no HTTP": (lambda: [b"SSH-2.0-OpenSSH_9.6\r\n\r\n"], "broke the connection"),
    "dripped status line": (lambda: _drip(bytes([byte]) for byte in _OK * 99), "did not answer in time"),
    "dripped headers": (lambda: _drip([_OK, *repeat(b"X-More: of the same\r\n", 9999)]), "did not answer in time"),
    "dripped body": (lambda: _drip(_body(repeat(b" "), b"Content-Length: 9999")), "did not answer in time"),
    "100 MB of JSON": (_json_of_100_mib, "it is larger than 8 MiB"),
    "deep nesting": (lambda: _sized(b"[" * (4 * _MIB)), "is not of the documented shape"),
    "deep nesting of objects": (lambda: _sized(b'{"name":' * (_MIB // 2)), "is not of the documented shape"),
    "a number of 4 million digits": (
        lambda: _sized(b'{"name": 1%s}' % (b"0" * (4 * _MIB))),
        "is not of the documented shape",
    ),
    "millions of empty lists": (
        lambda: _sized(b'{"name": [%s[]]}' % (b"[]," * (5 * _MIB // 2))),
        "it holds more than 250,000 values",
    ),
    "as many empty lists as may be": (
        lambda: _sized(b'{"name": [%s[]]}' % (b"[]," * 249_999)),
        "is not of the documented shape",
    ),
    "gzip bomb": (lambda: _body(_packed(repeat(bytes(_MIB), 1024)), _GZIP), "it is larger than 8 MiB"),
    "gzip bomb in a gzip bomb": (
        lambda: _body(_twice_packed(), b"Content-Encoding: gzip, gzip"),
        "its Content-Encoding was not requested",
    ),
    "gzip that goes on after its end": (
        lambda: _body([*_packed([b"{}"]), *repeat(b"x" * _MIB, 100)], _GZIP),
        "it is larger than 8 MiB",
    ),
    "cut gzip": (
        lambda: _body([b"".join(_packed([b"{}"]))[:-9]], _GZIP, b"Content-Length: 13"),
        "its compressed body is truncated",
    ),
    "redirect to itself": (
        lambda: [b"HTTP/1.1 302 Found\r\nLocation: /profile\r\nContent-Length: 0\r\n\r\n"],
        "is a redirect",
    ),
    "redirect to nowhere": (
        lambda: [b"HTTP/1.1 302 Found\r\nLocation: https://a:b\r\nContent-Length: 0\r\n\r\n"],
        "broke the connection",
    ),
    "an error page of 100 MB": (
        lambda: [
            b"HTTP/1.1 500 Oh\r\nContent-Type: text/html\r\nContent-Length: %d\r\n\r\n" % (100 * _MIB),
            *repeat(b"x" * _MIB, 100),
        ],
        "it is larger than 8 MiB",
    ),
}
"""Each with what a person is told of it, in part."""

MANY_COMPANIES: Final[dict[str, Callable[[], Iterable[bytes]]]] = {
    "as many companies as may be": lambda: _sized(
        b'{"totalResults": 1, "results": [%s{}]}' % (b'{"dataConnections":[{"status":"x"}]},' * 220_000)
    ),
    "as many wrong companies as may be": lambda: _sized(b'{"totalResults": 1, "results": [%s0]}' % (b"0," * 249_990)),
}
"""What costs most to parse, for the benchmark alone, because the first is an answer like others."""
