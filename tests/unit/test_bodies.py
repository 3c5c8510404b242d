"""The body of an answer: unpacked, whole, and never larger than it may be."""

from __future__ import annotations

import gzip
import tracemalloc
from typing import TYPE_CHECKING

import httpx
import pytest
from hypothesis import given
from hypothesis import strategies as st

from pulumi_codat.api.bodies import LARGEST_BODY, MOST_VALUES, answer_of, whole_body

if TYPE_CHECKING:
    from collections.abc import Iterator

MIB = 1024 * 1024


@given(st.binary(), st.integers(1, 9), st.sampled_from(["", "identity", "gzip"]))
def test_it_is_what_was_sent_however_it_was_cut_and_packed(content: bytes, size: int, coding: str) -> None:
    sent = gzip.compress(content) if coding == "gzip" else content
    assert whole_body((sent[at : at + size] for at in range(0, len(sent), size)), coding) == content


def test_an_empty_body_may_claim_to_be_packed() -> None:
    assert whole_body([], "gzip") == b""


@pytest.mark.parametrize("coding", ["", "gzip"])
def test_the_largest_body_is_read_and_one_byte_more_is_not(coding: str) -> None:
    pack = gzip.compress if coding else bytes
    assert len(whole_body([pack(bytes(LARGEST_BODY))], coding)) == LARGEST_BODY
    with pytest.raises(httpx.DecodingError, match=r"^it is larger than 8 MiB$"):
        whole_body([pack(bytes(LARGEST_BODY + 1))], coding)


def test_as_many_values_as_may_be_are_read_and_one_more_is_not() -> None:
    assert whole_body([b"0," * (MOST_VALUES - 1)], "")
    with pytest.raises(httpx.DecodingError, match=r"^it holds more than 250,000 values$"):
        whole_body([b"0," * MOST_VALUES], "")


@pytest.mark.parametrize(
    ("sent", "coding", "why"),
    [
        (b"no gzip", "gzip", "incorrect header check"),
        (gzip.compress(b"fine", mtime=0)[:-1], "gzip", "its compressed body is truncated"),
        (b"fine", "br", "its Content-Encoding was not requested"),
        (b"fine", "gzip, gzip", "its Content-Encoding was not requested"),
    ],
    ids=["no gzip", "cut", "brotli", "twice"],
)
def test_what_cannot_be_unpacked_says_why(sent: bytes, coding: str, why: str) -> None:
    with pytest.raises(httpx.DecodingError, match=why):
        whole_body([sent], coding)


class Endless:
    """The same chunk for ever; says how often it was pulled."""

    def __init__(self, chunk: bytes) -> None:
        self.chunk = chunk
        self.pulled = 0

    def __iter__(self) -> Iterator[bytes]:
        while True:
            self.pulled += 1
            yield self.chunk


@pytest.mark.parametrize(
    ("chunk", "coding", "most"),
    [
        (bytes(65536), "", 129),
        (gzip.compress(bytes(64 * MIB), mtime=0), "gzip", 1),
        (gzip.compress(b"{}", mtime=0) + bytes(65536), "gzip", 129),
    ],
    ids=["endless", "a bomb", "bytes after the end"],
)
def test_neither_memory_nor_reading_goes_on_for_ever(chunk: bytes, coding: str, most: int) -> None:
    chunks = Endless(chunk)
    tracemalloc.start()
    with pytest.raises(httpx.DecodingError, match="it is larger than 8 MiB"):
        whole_body(chunks, coding)
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    assert chunks.pulled <= most
    assert peak < 3 * LARGEST_BODY


def test_an_answer_no_longer_says_how_its_body_travelled() -> None:
    headers = httpx.Headers({"Content-Encoding": "gzip", "Transfer-Encoding": "chunked", "Content-Type": "text/plain"})
    request = httpx.Request("GET", "https://api.codat.io")
    answer = answer_of(200, headers, b"fine", request)
    assert (answer.text, answer.request) == ("fine", request)
    assert dict(answer.headers) == {"content-type": "text/plain", "content-length": "4"}
