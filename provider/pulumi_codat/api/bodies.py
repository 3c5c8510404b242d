"""The body of an answer: whole, unpacked, and never larger than an answer of Codat's or Xero's can be."""

from __future__ import annotations

import zlib
from typing import TYPE_CHECKING, Final

import httpx

if TYPE_CHECKING:
    from collections.abc import Iterable

__all__ = ["CODING", "LARGEST_BODY", "MOST_VALUES", "answer_of", "whole_body"]

CODING: Final = "gzip"
"""What answers may be packed with; httpx's own decoders unpack a few bytes into any size."""
LARGEST_BODY: Final = 8 * 1024 * 1024
"""Bytes, packed and unpacked alike: a page of 2,000 companies of 4 KB each."""
MOST_VALUES: Final = 250_000
"""Of JSON, told by its commas: 125 for each of 2,000 companies. A parsed one may take 200 times its bytes."""

_GZIP: Final = 16 + zlib.MAX_WBITS
_ABOUT_THE_BODY: Final = frozenset({"content-encoding", "content-length", "transfer-encoding"})


def whole_body(chunks: Iterable[bytes], coding: str) -> bytes:
    """The body unpacked, in memory that never exceeds `LARGEST_BODY` by more than a chunk.

    Raises `httpx.DecodingError` where it is larger, holds more than `MOST_VALUES`, is damaged, or is packed in a way
    that was not asked for.
    """
    if coding not in {"", "identity", CODING}:
        raise httpx.DecodingError("its Content-Encoding was not requested")
    unpacker = zlib.decompressobj(_GZIP) if coding == CODING else None
    body, received = bytearray(), 0
    for chunk in chunks:
        received += len(chunk)
        body += _unpacked(unpacker, chunk, LARGEST_BODY + 1 - len(body)) if unpacker else chunk
        if max(received, len(body)) > LARGEST_BODY:
            raise httpx.DecodingError(f"it is larger than {LARGEST_BODY // 1024**2} MiB")
    if unpacker and received and not unpacker.eof:
        raise httpx.DecodingError("its compressed body is truncated")
    if body.count(b",") >= MOST_VALUES:
        raise httpx.DecodingError(f"it holds more than {MOST_VALUES:,} values")
    return bytes(body)


def answer_of(status: int, headers: httpx.Headers, body: bytes, request: httpx.Request) -> httpx.Response:
    """An answer whose body is here already, without the headers that said how it travelled."""
    kept = [(name, value) for name, value in headers.multi_items() if name.lower() not in _ABOUT_THE_BODY]
    return httpx.Response(status, headers=kept, content=body, request=request)


def _unpacked(unpacker: zlib._Decompress, chunk: bytes, most: int) -> bytes:
    if unpacker.eof:
        return b""  # because zlib would copy all that came after the end, anew for each chunk
    try:
        return unpacker.decompress(chunk, most)
    except zlib.error as error:
        raise httpx.DecodingError(str(error)) from None
