"""A push, its exact requests, and every way in which it may stop and go on: each row lands once, in order."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING
from uuid import UUID

import pytest

from pulumi_codat.api import CodatError, QuotaExhausted, Unanswered, bank_feeds
from pulumi_codat.bank_feeds import PushFailed, StillPending, Target, Undecided, open_journal, push, wait
from tests.unit.statements import as_csv, opened, right_rows

from .feeds import (
    BATCH,
    GUARD,
    LIST,
    NOW,
    POLL,
    PUSH,
    SOURCE_ACCOUNT,
    Feed,
    Killed,
    KillingWire,
    LateWire,
    feed_at,
)
from .world import ACCOUNT

if TYPE_CHECKING:
    from pathlib import Path

    from .world import World

OF_ONE_RUN = 12
"""Requests for 3 batches."""


@pytest.fixture
def world(served_world: World) -> World:
    return served_world


@pytest.fixture
def feed(world: World, tmp_path: Path) -> Feed:
    return feed_at(world, tmp_path)


def test_a_statement_is_pushed_in_batches_each_waited_for(feed: Feed) -> None:
    outcome = feed.push()
    assert feed.requests() == [*GUARD, *BATCH, *BATCH, *BATCH]
    assert len([*GUARD, *BATCH, *BATCH, *BATCH]) == OF_ONE_RUN
    assert feed.landed() == feed.ids()
    assert (outcome.rows, outcome.sent, outcome.skipped) == (5, 5, 0)
    assert [(item.batch.first, item.batch.last, item.status) for item in outcome.batches] == [
        (1, 2, "Success"),
        (3, 4, "Success"),
        (5, 5, "Success"),
    ]
    assert feed.statuses == [
        f"{batch} {status}" for batch in (1, 2, 3) for status in ("Sent", "Pending", "Pending", "Success")
    ]
    assert feed.clock.slept == [1.0, 1.5] * 3


def test_what_is_pushed_is_not_pushed_again_and_costs_no_request(feed: Feed) -> None:
    feed.push()
    feed.requests()
    outcome = feed.push()
    assert (outcome.rows, outcome.sent) == (5, 0)
    assert feed.requests() == []


@pytest.mark.parametrize("after", [False, True], ids=["before", "after"])
def test_a_kill_at_any_request_loses_nothing_and_repeats_nothing(world: World, tmp_path: Path, *, after: bool) -> None:
    for at in range(1, OF_ONE_RUN + 1):
        (tmp_path / str(at)).mkdir()
        feed = feed_at(world, tmp_path / str(at))
        with pytest.raises(Killed):
            feed.push(KillingWire(at, after=after))
        feed.requests()
        outcome = feed.push()
        assert (at, feed.landed()) == (at, feed.ids())
        assert outcome.rows == 5
        assert len(feed.requests()) <= OF_ONE_RUN


def test_a_killed_batch_is_sent_under_its_own_key_again(feed: Feed) -> None:
    with pytest.raises(Killed):
        feed.push(KillingWire(4, after=True))
    feed.requests()
    feed.push()
    # because the first of these is answered by Codat's memory of the first one
    assert feed.requests() == [*GUARD, *BATCH, *BATCH, *BATCH]
    assert [line["kind"] for line in map(json.loads, feed.journal.read_text().splitlines())][:4] == [
        "began",
        "intended",
        "pushed",
        "ended",
    ]


@pytest.mark.parametrize("kind", ["reset-before", "reset-after", "truncated", "malformed", "wrong-shape"])
def test_an_answer_that_does_not_arrive_is_asked_for_again(feed: Feed, kind: str) -> None:
    feed.fault(PUSH, kind)
    feed.push()
    assert feed.requests() == [*GUARD, PUSH, *BATCH, *BATCH, *BATCH]
    assert feed.landed() == feed.ids()


def test_without_any_answer_the_run_stops_and_the_next_one_goes_on(feed: Feed) -> None:
    feed.fault(PUSH, "reset-after", times=5)
    with pytest.raises(Unanswered, match="broke the connection before it answered"):
        feed.push()
    assert feed.requests() == [*GUARD, PUSH, PUSH, PUSH, PUSH, PUSH]
    feed.push()
    assert feed.landed() == feed.ids()


@pytest.mark.parametrize("status", ["500", "502", "503"])
def test_a_failure_of_the_server_is_looked_into_before_a_new_key(feed: Feed, status: str) -> None:
    feed.fault(PUSH, status)
    feed.push()
    # because the emulator keeps a failure under its key, which four tries tell from one of a gateway
    assert feed.requests() == [*GUARD, *[PUSH] * 5, LIST, LIST, *BATCH, *BATCH, *BATCH]
    assert feed.clock.slept[:5] == [0.5, 1.0, 2.0, 30.0, 30.0]
    assert feed.landed() == feed.ids()


def test_a_gateway_s_failure_is_asked_for_again_under_the_same_key(feed: Feed) -> None:
    feed.fault(PUSH, "html")
    feed.push()
    assert feed.requests() == [*GUARD, PUSH, *BATCH, *BATCH, *BATCH]
    assert feed.landed() == feed.ids()


def test_a_request_that_lands_after_a_gateway_gave_it_up_lands_once(feed: Feed) -> None:
    feed.push(LateWire())
    assert feed.requests() == [*GUARD, PUSH, PUSH, POLL, POLL, *BATCH, *BATCH]
    assert feed.landed() == feed.ids()


def test_one_list_that_is_out_of_date_sends_nothing_twice(feed: Feed) -> None:
    with pytest.raises(Killed):
        feed.push(KillingWire(4, after=True))
    feed.requests()
    feed.fault(LIST, "stale")
    with pytest.raises(Undecided, match="Codat lists pushes of this connection that may be it"):
        feed.push(KillingWire(4, status=401))
    assert feed.requests() == [*GUARD, LIST, LIST]
    assert feed.clock.slept == [30.0, 30.0]
    assert len(feed.push_keys()) == 1


def test_two_failures_of_the_server_stop_the_run(feed: Feed) -> None:
    feed.fault(PUSH, "500", times=6)  # because a kept failure is told again before the emulator makes a new one
    with pytest.raises(CodatError, match="Codat answered 500 to POST"):
        feed.push()
    assert feed.requests() == [*GUARD, *[PUSH] * 5, LIST, LIST, *[PUSH] * 5]
    feed.push()
    assert feed.requests() == [*GUARD, *[PUSH] * 4, LIST, LIST, *BATCH, *BATCH, *BATCH]
    assert feed.landed() == feed.ids()


def test_a_key_that_codat_has_forgotten_is_not_used_and_a_list_without_it_proves_nothing(feed: Feed) -> None:
    with pytest.raises(Killed):
        feed.push(KillingWire(7))
    feed.hours_later(2)
    feed.requests()
    with pytest.raises(Undecided, match=r"batch 2 .*Codat lists no push that may be it"):
        feed.push()
    assert feed.requests() == [*GUARD, LIST]
    feed.push(resend=2)
    assert feed.requests() == [*GUARD, *BATCH, *BATCH]
    assert feed.landed() == feed.ids()


@pytest.mark.parametrize(("word", "lands"), [("skip", "each once"), ("resend", "twice, as a person said")])
def test_what_codat_cannot_tell_is_a_person_s_to_say(feed: Feed, word: str, lands: str) -> None:
    with pytest.raises(Killed):
        feed.push(KillingWire(7, after=True))
    feed.hours_later(2)
    with pytest.raises(Undecided) as caught:
        feed.push()
    message = str(caught.value)
    assert message.startswith("batch 2 (rows 3 to 4, lines 4 to 5): it was sent, no answer said what became of it")
    assert "with --skip 2 if these rows are there, or with --resend 2 if they are not" in message
    assert len(feed.landed()) <= 4
    with pytest.raises(Undecided):
        feed.push()
    for key in feed.push_keys():  # because the emulator lets nothing land before it was polled
        feed.poll(key)
    feed.requests()
    outcome = feed.push(**{word: 2})
    assert feed.requests() == [*GUARD, *(BATCH if word == "resend" else []), *BATCH]
    twice = ["tx-3", "tx-4"] if word == "resend" else []
    assert feed.landed() == ["tx-1", "tx-2", "tx-3", "tx-4", *twice, "tx-5"]
    assert (outcome.rows, outcome.skipped) == (5, 2 if word == "skip" else 0)


@pytest.mark.parametrize("word", ["skip", "resend"])
@pytest.mark.parametrize("number", [1, 2, 9])
def test_a_person_s_word_counts_only_where_nobody_knows(feed: Feed, word: str, number: int) -> None:
    with pytest.raises(Killed):
        feed.push(KillingWire(7))
    feed.requests()
    if number == 2:
        feed.push(**{word: number})
        sent = feed.ids() if word == "resend" else ["tx-1", "tx-2", "tx-5"]  # because a skip never sends
        assert feed.landed() == sent
        return
    with pytest.raises(CodatError, match=f"--{word} {number} is for a batch of which nobody knows"):
        feed.push(**{word: number})
    assert feed.requests() == []


def test_a_list_that_is_too_long_leaves_it_to_a_person(feed: Feed, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(bank_feeds, "_MOST_PAGES", 0)
    with pytest.raises(Killed):
        feed.push(KillingWire(len(GUARD) + 1, after=True))
    feed.hours_later(2)
    with pytest.raises(Undecided, match=r"^batch 1 .*too many to look through, so nothing more was sent: look at"):
        feed.push()
    assert feed.push(skip=1).skipped == 2
    for key in feed.push_keys():
        feed.poll(key)
    assert sorted(feed.landed()) == sorted(feed.ids())


def test_a_push_begins_however_old_its_client_is(feed: Feed) -> None:
    wire = KillingWire()
    with (
        opened(as_csv(feed.rows), now=NOW) as statement,
        open_journal(feed.journal) as journal,
        feed.connected(wire, feed.world.account.api_key) as codat,
    ):
        feed.clock.passed += 3600
        push(statement, feed.target, codat=codat, journal=journal)
    assert feed.landed() == feed.ids()


def test_a_push_that_timed_out_stops_all_until_it_is_known_what_became_of_it(feed: Feed) -> None:
    feed.plan(end="TimedOut", times=1, landed=False)
    with pytest.raises(Undecided, match="timed out, and may have taken effect or still take effect"):
        feed.push()
    feed.requests()
    with pytest.raises(Undecided, match="batch 1"):
        feed.push()
    assert feed.requests() == [*GUARD, POLL]
    feed.push(resend=1)
    assert feed.landed() == feed.ids()


def test_a_push_that_timed_out_and_landed_is_skipped(feed: Feed) -> None:
    feed.plan(end="TimedOut", times=1)
    with pytest.raises(Undecided):
        feed.push()
    assert feed.push(skip=1).skipped == 2
    assert feed.landed() == feed.ids()


def test_a_push_that_fails_stops_all_and_is_sent_anew_once_it_is_mended(feed: Feed) -> None:
    feed.plan(end="Success", times=1)
    feed.plan(end="Failed", times=1)
    with pytest.raises(PushFailed) as caught:
        feed.push()
    assert str(caught.value).startswith("batch 2 (rows 3 to 4, lines 4 to 5): push ")
    assert "nothing after it was sent" in str(caught.value)
    assert feed.landed() == ["tx-1", "tx-2"]
    feed.requests()
    feed.push()
    assert feed.requests() == [*GUARD, *BATCH, *BATCH]
    assert feed.landed() == feed.ids()


def test_a_push_that_stays_pending_is_waited_for_and_nothing_is_sent_meanwhile(feed: Feed) -> None:
    feed.plan(end="Success", polls=20, times=1)
    with pytest.raises(StillPending, match=r"is still Pending after 90 s .* run the same command again"):
        feed.push(max_wait_seconds=90)
    polls = feed.requests()
    assert polls[: len(GUARD) + 1] == [*GUARD, PUSH]
    assert set(polls[len(GUARD) + 1 :]) == {POLL}
    assert feed.clock.slept[:4] == [1.0, 1.5, 2.25, 3.375]
    assert 60 < sum(feed.clock.slept) < 90
    with pytest.raises(StillPending):
        feed.push(max_wait_seconds=0)
    assert feed.requests() == [*GUARD, POLL]
    feed.push(max_wait_seconds=1800)
    assert feed.landed() == feed.ids()


def test_a_push_that_stays_pending_can_be_skipped(feed: Feed) -> None:
    feed.plan(end="Success", polls=20, times=1)
    with pytest.raises(StillPending, match="or with --skip 1 if these rows are in Xero"):
        feed.push(max_wait_seconds=0)
    feed.requests()
    assert feed.push(skip=1).skipped == 2
    assert feed.requests() == [*GUARD, POLL, *BATCH, *BATCH]


@pytest.mark.parametrize("word", ["skip", "resend"])
def test_a_push_that_codat_knows_no_more_is_a_person_s_to_say(feed: Feed, word: str) -> None:
    with pytest.raises(Killed):
        feed.push(KillingWire(5))
    feed.fault(POLL, "404", times=2)
    with pytest.raises(Undecided, match=r"batch 1 .*and now knows no such push"):
        feed.push()
    feed.requests()
    feed.push(**{word: 1})
    assert feed.requests() == [*GUARD, POLL, *(BATCH if word == "resend" else []), *BATCH, *BATCH]


def test_a_long_patience_does_not_outlast_the_key(feed: Feed) -> None:
    with pytest.raises(Killed):
        feed.push(KillingWire(4))
    feed.hours_later(84 / 60)
    feed.requests()
    feed.fault(PUSH, "429", retryAfter=400)
    with pytest.raises(QuotaExhausted):
        feed.push(patience=3600)
    assert feed.requests() == [*GUARD, PUSH]


def test_what_an_earlier_run_sent_is_not_said_to_be_sent_by_this_one(feed: Feed) -> None:
    with pytest.raises(Killed):
        feed.push(KillingWire(4, after=True))
    assert feed.push().sent == 3
    assert feed.statuses[0] == "1 Taken"


def test_a_quota_that_is_used_up_did_nothing_and_one_that_is_soon_back_is_waited_for(feed: Feed) -> None:
    feed.fault(PUSH, "429", retryAfter=20)
    feed.fault(PUSH, "429", retryAfter=3600)
    with pytest.raises(CodatError, match="the account's request quota is exhausted"):
        feed.push()
    assert 20.0 in feed.clock.slept
    assert feed.landed() == []
    feed.push()
    assert feed.landed() == feed.ids()


def test_a_gateway_s_failure_of_the_second_request_passes(feed: Feed) -> None:
    with pytest.raises(Killed):
        feed.push(KillingWire(4, after=True))
    feed.requests()
    feed.push(KillingWire(4, status=502))
    assert feed.requests() == [*GUARD, *BATCH, *BATCH, *BATCH]
    assert feed.landed() == feed.ids()


def test_a_refusal_of_the_second_request_says_nothing_of_the_first(feed: Feed) -> None:
    with pytest.raises(Killed):
        feed.push(KillingWire(4))
    feed.fault(PUSH, "429", retryAfter=3600)
    with pytest.raises(QuotaExhausted):
        feed.push()
    feed.requests()
    feed.fault(PUSH, "401")
    feed.push()
    assert feed.requests() == [*GUARD, PUSH, LIST, LIST, *BATCH, *BATCH, *BATCH]
    assert feed.landed() == feed.ids()


def test_warnings_of_codat_s_are_shown_and_stop_nothing(feed: Feed) -> None:
    feed.rows = right_rows(2, NOW)
    feed.rows[0] |= {"transactionType": "Fee", "amount": "1.00"}
    outcome = feed.push()
    assert feed.landed() == feed.ids()
    (settled,) = outcome.batches
    assert settled.warnings == ("transactions.0.amount: the sign of amount does not agree with transactionType Fee",)


def test_two_runs_at_once_are_one_too_many(feed: Feed) -> None:
    from pulumi_codat.bank_feeds import open_journal  # noqa: PLC0415 because only this test opens one itself

    with open_journal(feed.journal), pytest.raises(CodatError, match="another run holds the journal"):
        feed.push()
    assert feed.requests() == []


def test_a_changed_file_is_refused_with_what_is_left_of_it(feed: Feed) -> None:
    with pytest.raises(Killed):
        feed.push(KillingWire(8))
    feed.requests()
    feed.rows[3]["description"] = "changed"
    with pytest.raises(CodatError) as caught:
        feed.push()
    assert str(caught.value).startswith("the file has changed since ")
    assert "push the rows after row 2 (in the order of sending) as a file of their own" in str(caught.value)
    assert feed.requests() == []


def test_another_target_is_another_push(feed: Feed) -> None:
    feed.push()
    target = Target(UUID(feed.company), UUID(feed.connection), "another")
    with pytest.raises(CodatError, match=f'is of a push to source account "{SOURCE_ACCOUNT}" of company'):
        feed.push(target=target)


def test_other_batches_are_another_push(feed: Feed) -> None:
    feed.push()
    with pytest.raises(CodatError, match=r"the push of this file began with other options .*batch_rows=2"):
        feed.push(batch_rows=3)


def test_only_the_confirmed_account_is_pushed_to(feed: Feed) -> None:
    other = feed.world.emulator.accounts[1]
    with pytest.raises(CodatError, match=f"but CODAT_ACCOUNT confirms {other.id}; nothing was sent"):
        feed.push(account=UUID(other.id))
    assert feed.requests() == [ACCOUNT]


def test_a_push_goes_on_in_the_account_it_began_in(feed: Feed) -> None:
    with pytest.raises(Killed):
        feed.push(KillingWire(8))
    feed.requests()
    other = feed.world.emulator.accounts[1]
    with pytest.raises(CodatError, match=f"the API key belongs to Codat account {other.id}, but the journal"):
        feed.push(api_key=other.api_key)
    assert feed.requests() == [ACCOUNT]


@pytest.mark.parametrize("status", ["pending", "connecting", "disconnected", "unknown"])
def test_a_source_account_must_be_connected(feed: Feed, status: str) -> None:
    feed.change_source_account(status)
    with pytest.raises(CodatError, match=f'source account "{SOURCE_ACCOUNT}" is not connected .its status is {status}'):
        feed.push()
    assert feed.requests() == GUARD


def test_a_source_account_must_be_there(feed: Feed) -> None:
    target = Target(UUID(feed.company), UUID(feed.connection), "acc-2")
    with pytest.raises(CodatError, match=rf'has no source account "acc-2" \(it has: {SOURCE_ACCOUNT}\)'):
        feed.push(target=target)


@pytest.mark.parametrize("status", ["PendingAuth", "Unlinked", "Deauthorized"])
def test_a_connection_must_be_linked(feed: Feed, status: str) -> None:
    feed.change_connection(status=status)
    with pytest.raises(CodatError, match=f"is not linked .its status is {status}"):
        feed.push()
    assert feed.requests() == GUARD[:2]


def test_a_connection_must_be_one_to_xero(feed: Feed) -> None:
    world = feed.world
    connections = [{"platformKey": "qhyg", "status": "Linked"}]
    company = world._ask(
        "POST", f"/accounts/{world.account.id}/companies", {"name": "Other", "connections": connections}
    )
    target = Target(UUID(company["id"]), UUID(company["dataConnections"][0]["id"]), SOURCE_ACCOUNT)
    with pytest.raises(CodatError, match=r"is not one to Xero \(qhyg\)"):
        feed.push(target=target)


def test_a_push_that_something_else_began_can_be_waited_for(feed: Feed) -> None:
    with pytest.raises(Killed):
        feed.push(KillingWire(5))
    (key,) = feed.push_keys()
    seen: list[str] = []
    with feed.connected(KillingWire(), feed.world.account.api_key) as codat:
        ended = wait(codat, UUID(feed.company), UUID(key), on_pending=lambda push: seen.append(push.status))
    assert (ended.status, seen) == ("Success", ["Pending"])
