"""Whatever goes wrong at whichever requests, in however many runs: each row lands once, in order."""

from __future__ import annotations

import tempfile
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Final

import httpx
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from pulumi_codat.api import CodatError
from pulumi_codat.bank_feeds import Undecided
from tests.unit.statements import right_rows

from .feeds import NOW, Feed, Killed, KillingWire, feed_at

if TYPE_CHECKING:
    from .world import World

ENDS: Final = ("", "kill before", "kill after", "reset before", "reset after", "500", "502", "429", "two hours later")
MOST_RUNS: Final = 40
TRIES: Final = 4
"""How often one run asks again under the same key."""


@pytest.fixture
def world(served_world: World) -> World:
    return served_world


@dataclass
class Fire(httpx.BaseTransport):
    """A wire that burns: what happens to each push, poll and list comes from a script, and in the end nothing does."""

    wire: httpx.BaseTransport
    script: list[str]
    feed: Feed

    def handle_request(self, request: httpx.Request) -> httpx.Response:
        burns = self.script and "/push" in request.url.path  # because what only looks at the target changes nothing
        match self.script.pop(0) if burns else "":
            case "kill before":
                raise Killed
            case "kill after":
                self.wire.handle_request(request)
                raise Killed
            case "reset before":
                raise httpx.ReadError("reset")
            case "reset after":
                self.wire.handle_request(request)
                raise httpx.ReadError("reset")
            case "500" | "502" | "429" as status:
                headers = {"Retry-After": "1"} if status == "429" else {}
                return httpx.Response(int(status), json={"error": "on fire"}, headers=headers)
            case "two hours later":
                self.feed.hours_later(2)
                raise Killed
            case _:
                return self.wire.handle_request(request)

    def close(self) -> None:
        self.wire.close()


@pytest.mark.parametrize("forgetful", [False, True], ids=["in time", "hours later"])
def test_each_row_lands_once_in_order_whatever_burns(world: World, *, forgetful: bool) -> None:
    ends = ENDS if forgetful else ENDS[:-1]

    @settings(max_examples=20, deadline=None, suppress_health_check=[HealthCheck.too_slow])
    @given(st.lists(st.sampled_from(ends), max_size=12))
    def burn(script: list[str]) -> None:
        with tempfile.TemporaryDirectory() as directory:
            feed = feed_at(world, Path(directory))
            feed.rows = right_rows(3, NOW)
            feed.plan(end="Success", polls=0)
            failures = script.count("500") + script.count("502")
            asked_a_person = finish(feed, script)
            assert not asked_a_person or forgetful or failures >= TRIES
            assert feed.landed() == feed.ids()

    burn()


def finish(feed: Feed, script: list[str]) -> bool:
    """Run the same push until it is done; whether a person was asked, who then looked at what landed."""
    asked = False
    word: dict[str, int] = {}
    for _ in range(MOST_RUNS):
        try:
            feed.push(Fire(KillingWire(), script, feed), **word)
        except Undecided as undecided:
            asked = True
            for key in feed.push_keys():
                feed.poll(key)
            there = set(feed.landed()) >= set(feed.ids()[undecided.batch.first - 1 : undecided.batch.last])
            word = {"skip" if there else "resend": undecided.batch.number}
        except (CodatError, Killed):
            word = {}
        else:
            return asked
    raise AssertionError("it never came to an end")
