"""One live view: who asks, who waits, what is remembered and when it is dropped. No test depends on timing."""

from __future__ import annotations

import threading
import time
from concurrent.futures import Future, ThreadPoolExecutor
from typing import TYPE_CHECKING

import httpx
import pytest

from pulumi_codat.api import Deadline
from pulumi_codat.api.transports import SharedReadsTransport

from .fake_clock import FakeClock
from .scripted_wire import ScriptedWire

if TYPE_CHECKING:
    from collections.abc import Iterator

URL = "https://api.codat.io/integrations/gbol"


def get(url: str = URL, *, fresh: bool = False) -> httpx.Request:
    return httpx.Request("GET", url, extensions={"fresh": fresh, "deadline": Deadline(FakeClock(), 60)})


def put(url: str = URL) -> httpx.Request:
    return httpx.Request("PUT", url, json={"enabled": True})


def counting() -> ScriptedWire:
    """Answers with the number of the request."""
    wire = ScriptedWire(lambda _: httpx.Response(200, text=str(len(wire.asked))))
    return wire


class _Gate(httpx.BaseTransport):
    """Holds each request until it is let through; `arrived` tells that one has come."""

    def __init__(self) -> None:
        self.arrived = threading.Semaphore(0)
        self.held: list[tuple[httpx.Request, Future[httpx.Response]]] = []

    def handle_request(self, request: httpx.Request) -> httpx.Response:
        answer: Future[httpx.Response] = Future()
        self.held.append((request, answer))
        self.arrived.release()
        return answer.result(timeout=10)

    def wait(self) -> None:
        assert self.arrived.acquire(timeout=10)

    def let_through(self, number: int, text: str) -> None:
        self.held[number][1].set_result(httpx.Response(200, text=text))

    def fail(self, number: int, error: BaseException) -> None:
        self.held[number][1].set_exception(error)


@pytest.fixture
def pool() -> Iterator[ThreadPoolExecutor]:
    with ThreadPoolExecutor(8) as threads:
        yield threads


def wait_for_sharers(shared: SharedReadsTransport, number: int) -> None:
    """Until that many threads wait for the one request under way; they cannot say so themselves."""
    condition = shared._answers[URL]._condition
    for _ in range(10_000):
        if len(vars(condition)["_waiters"]) == number:
            return
        time.sleep(0.001)
    pytest.fail(f"{number} threads never waited together")


def text_of(answer: Future[httpx.Response]) -> str:
    return answer.result(timeout=10).text


def test_the_second_read_is_answered_from_memory() -> None:
    wire = counting()
    shared = SharedReadsTransport(wire)
    assert [shared.handle_request(get()).text for _ in range(3)] == ["1", "1", "1"]
    assert len(wire.asked) == 1


def test_each_url_with_its_query_is_remembered_on_its_own() -> None:
    shared = SharedReadsTransport(counting())
    urls = ["https://api.codat.io/companies?page=1", "https://api.codat.io/companies?page=2", URL]
    assert [shared.handle_request(get(url)).text for url in [*urls, *urls]] == ["1", "2", "3", "1", "2", "3"]


def test_an_answer_carries_the_request_it_answers_and_its_headers() -> None:
    shared = SharedReadsTransport(ScriptedWire(httpx.Response(200, headers={"X-Rate-Limit-Remaining": "7"}, text="x")))
    for _ in range(2):
        request = get()
        response = shared.handle_request(request)
        assert response.request is request
        assert response.headers["X-Rate-Limit-Remaining"] == "7"


def test_a_compressed_answer_is_readable_from_memory_too() -> None:
    import gzip  # noqa: PLC0415 because only this test compresses

    packed = gzip.compress(b'{"enabled": true}')

    class _Packed(httpx.BaseTransport):
        def handle_request(self, request: httpx.Request) -> httpx.Response:
            return httpx.Response(
                200, headers={"Content-Encoding": "gzip"}, stream=httpx.ByteStream(packed), request=request
            )

    shared = SharedReadsTransport(_Packed())
    assert [shared.handle_request(get()).json() for _ in range(2)] == [{"enabled": True}, {"enabled": True}]


@pytest.mark.parametrize("method", ["PUT", "PATCH", "POST", "DELETE"])
def test_every_write_drops_the_memory(method: str) -> None:
    wire = counting()
    shared = SharedReadsTransport(wire)
    shared.handle_request(get())
    shared.handle_request(httpx.Request(method, "https://api.codat.io/elsewhere"))
    assert shared.handle_request(get()).text == "3"


def test_a_write_without_an_answer_drops_it_as_well() -> None:
    wire = ScriptedWire(httpx.Response(200, text="before"), httpx.ReadError("reset"), httpx.Response(200, text="after"))
    shared = SharedReadsTransport(wire)
    shared.handle_request(get())
    with pytest.raises(httpx.ReadError):
        shared.handle_request(put())
    assert shared.handle_request(get()).text == "after"


def test_a_fresh_read_asks_again_and_is_remembered() -> None:
    shared = SharedReadsTransport(counting())
    reads = [get(), get(fresh=True), get(), get(fresh=True), get()]
    assert [shared.handle_request(read).text for read in reads] == ["1", "2", "2", "3", "3"]


@pytest.mark.parametrize("status", [403, 404, 405])
def test_what_is_not_there_or_not_offered_is_remembered_like_an_answer(status: int) -> None:
    wire = ScriptedWire(httpx.Response(status))
    shared = SharedReadsTransport(wire)
    assert [shared.handle_request(get()).status_code for _ in range(2)] == [status, status]
    assert len(wire.asked) == 1


@pytest.mark.parametrize("status", [201, 301, 400, 401, 429, 500, 503])
def test_no_other_status_is_remembered(status: int) -> None:
    shared = SharedReadsTransport(ScriptedWire(httpx.Response(status), httpx.Response(200)))
    assert [shared.handle_request(get()).status_code for _ in range(2)] == [status, 200]


def test_no_failure_is_remembered() -> None:
    shared = SharedReadsTransport(ScriptedWire(httpx.ConnectError("refused"), httpx.Response(200)))
    with pytest.raises(httpx.ConnectError):
        shared.handle_request(get())
    assert shared.handle_request(get()).status_code == 200


def test_reads_that_arrive_together_wait_for_one_request(pool: ThreadPoolExecutor) -> None:
    gate = _Gate()
    shared = SharedReadsTransport(gate)
    first = pool.submit(shared.handle_request, get())
    gate.wait()
    others = [pool.submit(shared.handle_request, get()) for _ in range(7)]
    wait_for_sharers(shared, 7)
    gate.let_through(0, "one")
    assert {text_of(answer) for answer in (first, *others)} == {"one"}
    assert len(gate.held) == 1


def test_those_who_wait_are_told_of_the_failure_whatever_it_was(pool: ThreadPoolExecutor) -> None:
    gate = _Gate()
    shared = SharedReadsTransport(gate)
    first = pool.submit(shared.handle_request, get())
    gate.wait()
    second = pool.submit(shared.handle_request, get())
    wait_for_sharers(shared, 1)
    gate.fail(0, SystemExit(3))
    for answer in (first, second):
        assert isinstance(answer.exception(timeout=10), SystemExit)


def test_a_read_under_way_when_a_write_begins_is_not_remembered(pool: ThreadPoolExecutor) -> None:
    gate = _Gate()
    shared = SharedReadsTransport(gate)
    early = pool.submit(shared.handle_request, get())
    gate.wait()
    write = pool.submit(shared.handle_request, put())
    gate.wait()
    gate.let_through(1, "written")
    text_of(write)
    gate.let_through(0, "before")
    assert text_of(early) == "before"
    late = pool.submit(shared.handle_request, get())
    gate.wait()
    gate.let_through(2, "after")
    assert text_of(late) == "after"


def test_a_read_that_begins_while_a_write_is_under_way_is_not_remembered(pool: ThreadPoolExecutor) -> None:
    gate = _Gate()
    shared = SharedReadsTransport(gate)
    write = pool.submit(shared.handle_request, put())
    gate.wait()
    during = pool.submit(shared.handle_request, get())
    gate.wait()
    gate.let_through(1, "perhaps before")
    text_of(during)
    gate.let_through(0, "written")
    text_of(write)
    late = pool.submit(shared.handle_request, get())
    gate.wait()
    gate.let_through(2, "after")
    assert text_of(late) == "after"


def test_an_old_read_that_ends_late_does_not_replace_a_fresh_one(pool: ThreadPoolExecutor) -> None:
    gate = _Gate()
    shared = SharedReadsTransport(gate)
    old = pool.submit(shared.handle_request, get())
    gate.wait()
    fresh = pool.submit(shared.handle_request, get(fresh=True))
    gate.wait()
    gate.let_through(1, "new")
    text_of(fresh)
    gate.fail(0, httpx.ReadError("reset"))
    assert isinstance(old.exception(timeout=10), httpx.ReadError)
    assert shared.handle_request(get()).text == "new"
    assert len(gate.held) == 2


def test_closing_it_closes_the_wire() -> None:
    wire = counting()
    SharedReadsTransport(wire).close()
    assert wire.closed


def test_nobody_waits_for_another_s_request_beyond_the_own_deadline(pool: ThreadPoolExecutor) -> None:
    gate = _Gate()
    shared = SharedReadsTransport(gate)
    asker = pool.submit(shared.handle_request, get())
    gate.wait()
    impatient = get()
    impatient.extensions["deadline"] = Deadline(FakeClock(), 0)
    with pytest.raises(httpx.PoolTimeout):
        shared.handle_request(impatient)
    gate.let_through(0, "answered")
    assert asker.result(timeout=10).text == "answered"


def test_one_whose_own_patience_is_left_asks_again_where_another_s_ran_out(pool: ThreadPoolExecutor) -> None:
    gate = _Gate()
    shared = SharedReadsTransport(gate)
    asker = pool.submit(shared.handle_request, get())
    gate.wait()
    waiting = pool.submit(shared.handle_request, get())
    wait_for_sharers(shared, 1)
    gate.fail(0, httpx.ReadTimeout(""))
    with pytest.raises(httpx.ReadTimeout):
        asker.result(timeout=10)
    gate.wait()
    gate.let_through(1, "answered")
    assert waiting.result(timeout=10).text == "answered"
