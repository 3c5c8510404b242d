"""The network under a request: no wait of any kind is longer than what is left of its time. No time passes here."""

from __future__ import annotations

import socket
from typing import TYPE_CHECKING, Any

import httpcore
import httpx
import pytest

from pulumi_codat.api.deadline_network import DeadlineNetwork
from pulumi_codat.api.wire import NetworkTransport

from .fake_clock import FakeClock

if TYPE_CHECKING:
    import ssl
    from collections.abc import Iterable

ANSWER = b"HTTP/1.1 200 OK\r\nContent-Length: 9\r\n\r\nfine fine"


class _Line(httpcore.NetworkStream):
    """Gives a byte every ten seconds; writes down how long each step was allowed to take."""

    def __init__(self, clock: FakeClock, content: bytes) -> None:
        self.clock = clock
        self.content = content
        self.allowed: list[float | None] = []
        self.written: list[int] = []
        self.closed = False

    def read(self, max_bytes: int, timeout: float | None = None) -> bytes:
        self.allowed.append(timeout)
        assert timeout is not None
        self.clock.passed += min(10, timeout)
        if timeout < 10:
            raise httpcore.ReadTimeout
        byte, self.content = self.content[:1], self.content[1:]
        return byte

    def write(self, buffer: bytes, timeout: float | None = None) -> None:
        self.written.append(len(buffer))
        self.clock.passed += 10

    def start_tls(
        self, ssl_context: ssl.SSLContext, server_hostname: str | None = None, timeout: float | None = None
    ) -> httpcore.NetworkStream:
        self.allowed.append(timeout)
        return self

    def get_extra_info(self, info: str) -> Any:
        return None

    def close(self) -> None:
        self.closed = True


class _Network(httpcore.NetworkBackend):
    """Every host is one line; addresses that are `dead` are tried as long as is allowed."""

    def __init__(self, line: _Line, dead: tuple[str, ...] = ()) -> None:
        self.line = line
        self.dead = dead
        self.tried: list[tuple[str, float | None]] = []

    def connect_tcp(
        self,
        host: str,
        port: int,
        timeout: float | None = None,
        local_address: str | None = None,
        socket_options: Iterable[httpcore.SOCKET_OPTION] | None = None,
    ) -> httpcore.NetworkStream:
        self.tried.append((host, timeout))
        if host in self.dead:
            self.line.clock.passed += timeout or 0
            raise httpcore.ConnectTimeout
        return self.line


def ask(network: _Network, *, patience: float, url: str = "http://127.0.0.1:9", content: bytes = b"") -> httpx.Response:
    transport = NetworkTransport(network=DeadlineNetwork(network, network.line.clock.monotonic))
    request = httpx.Request("PUT", url, content=content, extensions={"seconds_left": patience})
    try:
        return transport.handle_request(request)
    finally:
        transport.close()


@pytest.fixture(name="addresses")
def _addresses(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    found: list[str] = []

    def getaddrinfo(host: str, port: int, **_: object) -> list[tuple[object, ...]]:
        return [(socket.AF_INET, socket.SOCK_STREAM, 6, "", (address, port)) for address in found]

    monkeypatch.setattr(socket, "getaddrinfo", getaddrinfo)
    return found


def test_an_answer_that_drips_is_read_to_its_end_where_there_is_time() -> None:
    line = _Line(FakeClock(), ANSWER)
    assert ask(_Network(line), patience=3600).text == "fine fine"
    assert set(line.allowed) == {20}


def test_an_answer_that_drips_ends_when_the_time_is_over_and_not_at_each_byte_anew() -> None:
    line = _Line(FakeClock(), ANSWER)
    with pytest.raises(httpx.ReadTimeout):
        ask(_Network(line), patience=65)
    assert line.allowed == [20, 20, 20, 20, 15, 5]  # the request took ten seconds to be written
    assert line.clock.passed == 65
    assert line.closed


def test_a_line_that_takes_no_bytes_is_left_too() -> None:
    line = _Line(FakeClock(), ANSWER)
    with pytest.raises(httpx.WriteTimeout):
        ask(_Network(line), patience=45, content=b"x" * 1_000_000)
    assert line.written[1:] == [16384] * 4


def test_the_addresses_of_a_host_are_tried_in_turn_within_the_same_time(addresses: list[str]) -> None:
    addresses += ["192.0.2.1", "192.0.2.2", "192.0.2.2", "192.0.2.3"]
    line = _Line(FakeClock(), ANSWER)
    network = _Network(line, dead=("192.0.2.1", "192.0.2.2"))
    assert ask(network, patience=3600, url="http://codat.example").text == "fine fine"
    assert network.tried == [("192.0.2.1", 10), ("192.0.2.2", 10), ("192.0.2.3", 10)]


def test_a_host_all_of_whose_addresses_are_dead_costs_no_more_than_the_time(addresses: list[str]) -> None:
    addresses += [f"192.0.2.{number}" for number in range(9)]
    line = _Line(FakeClock(), ANSWER)
    network = _Network(line, dead=tuple(addresses))
    with pytest.raises(httpx.ConnectTimeout):
        ask(network, patience=25, url="http://codat.example")
    assert [seconds for _, seconds in network.tried] == [10, 10, 5]
    assert line.clock.passed == 25


def test_a_name_that_stands_for_nothing_cannot_be_reached(addresses: list[str]) -> None:
    with pytest.raises(httpx.ConnectError, match=r"^codat\.example has no address$"):
        ask(_Network(_Line(FakeClock(), ANSWER)), patience=60, url="http://codat.example")


def test_the_handshake_has_no_time_of_its_own(addresses: list[str]) -> None:
    addresses += ["192.0.2.1"]
    line = _Line(FakeClock(), ANSWER)
    with pytest.raises(httpx.ReadTimeout):
        ask(_Network(line), patience=15, url="https://codat.example")
    assert line.allowed == [10, 5]
