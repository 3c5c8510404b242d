"""What Xero and Codat refuse: each in a sentence, the 403 with its requirements and the toggle as it is now."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

import pytest

from pulumi_codat.api import Refused
from pulumi_codat.bank_feeds import PushFailed
from pulumi_codat.bank_feeds.refusals import REMEDIES

from .feeds import GUARD, POLL, PUSH, Feed, feed_at
from .world import INTEGRATION, SETTINGS

if TYPE_CHECKING:
    from pathlib import Path

    from .world import World

TOGGLE: Final = [INTEGRATION, SETTINGS]
REQUIREMENTS: Final = (
    "1) your app must be a Xero app partner's (Xero App Partnership); 2) Xero must have enabled its Bank Feeds API for"
    " the app (ask your partner manager at Xero); and Codat must have enabled Bank Feeds for the account (ask your"
    " Codat account manager)."
)


@pytest.fixture
def feed(served_world: World, tmp_path: Path) -> Feed:
    return feed_at(served_world, tmp_path)


def refusal(feed: Feed, **how: object) -> str:
    with pytest.raises(PushFailed) as caught:
        feed.push(**how)  # type: ignore[arg-type] # because each is what push takes
    assert "\n" not in str(caught.value)
    assert feed.landed() == []
    return str(caught.value)


@pytest.mark.parametrize("spelling", ["organisation", "organization"])
@pytest.mark.parametrize("refusals", ["answer", "operation"])
def test_an_organisation_without_bank_feeds_is_told_with_all_that_they_need(
    feed: Feed, spelling: str, refusals: str
) -> None:
    feed.access(spelling=spelling, refusals=refusals)
    feed.change_connection(supportsBankFeeds=False)
    told = refusal(feed)
    assert f"invalid-{spelling}-bank-feeds" in told
    assert told.startswith("batch 1 (rows 1 to 2, lines 2 to 3): ")
    assert REQUIREMENTS in told
    assert '"Enable Bank Feeds" is on in Codat.' in told
    polls = [POLL, POLL] if refusals == "operation" else []
    assert feed.requests() == [*GUARD, PUSH, *polls, *TOGGLE]
    feed.change_connection(supportsBankFeeds=True)
    feed.push()
    assert feed.landed() == feed.ids()


def test_the_toggle_is_told_as_it_is_now(feed: Feed) -> None:
    feed.world.portal(bankFeeds=False)
    assert '"Enable Bank Feeds" is off in Codat: switch it on (XeroBankFeeds, or https://' in refusal(feed)
    assert 'Whether "Enable Bank Feeds" is on is not shown by Codat' in refusal(feed, bank_feeds_setting="another")
    feed.world.behave(offers="published-404")
    assert 'Whether "Enable Bank Feeds" is on could not be read (Codat answered 404' in refusal(feed)


def test_an_app_without_bank_feeds_is_another_thing(feed: Feed) -> None:
    feed.access(granted=False)
    told = refusal(feed)
    assert " (invalid-application): " in told
    assert ": Xero has not enabled its Bank Feeds API for your app: ask Xero" in told
    assert REQUIREMENTS not in told
    assert feed.requests() == [*GUARD, PUSH]


def test_an_integration_that_is_off_is_codat_s_own_refusal(feed: Feed) -> None:
    feed.world.portal(enabled=False)
    told = refusal(feed)
    assert "Codat refused it with 403, The integration gbol is not enabled: Codat must have enabled Bank Feeds" in told
    assert "correlation id" in told


def test_without_codat_s_product_nothing_is_sent(feed: Feed) -> None:
    feed.access(product=False)
    with pytest.raises(Refused, match="The Bank Feeds product is not enabled"):
        feed.push()
    assert feed.requests() == GUARD


@pytest.mark.parametrize(
    ("kind", "end"),
    [("invalid-end-balance", "Refused"), ("duplicate-statement", "Failed"), ("internal-error", "Failed")],
)
def test_what_xero_says_has_its_sentence_wherever_it_says_it(feed: Feed, kind: str, end: str) -> None:
    feed.plan(end=end, problem=kind)
    told = refusal(feed)
    assert kind in told
    assert REMEDIES[kind] in told


def test_a_failure_of_xero_s_own_is_looked_into(feed: Feed) -> None:
    feed.plan(end="Refused", problem="internal-error", times=1)
    feed.push()
    assert feed.landed() == feed.ids()


def test_a_failure_of_xero_s_own_that_stays_has_its_sentence_and_names_the_batch(feed: Feed) -> None:
    feed.plan(end="Refused", problem="internal-error")
    told = refusal(feed)
    assert told.startswith("batch 1 (rows 1 to 2, lines 2 to 3): Xero refused it with 500, ")
    assert REMEDIES["internal-error"] in told


@pytest.mark.parametrize("end", ["Refused", "Failed"])
def test_a_duplicate_is_skipped_by_a_person_s_word(feed: Feed, end: str) -> None:
    feed.plan(end=end, problem="duplicate-statement", times=1)
    told = refusal(feed)
    assert "look at the account in Xero, and if they are there, go on with --skip and the batch's number" in told
    assert feed.push(skip=1).skipped == 2
    assert feed.landed() == feed.ids()[2:]


def test_a_request_in_progress_is_waited_for_and_never_sent_under_another_key(feed: Feed) -> None:
    feed.fault(PUSH, "409", times=9)
    with pytest.raises(Refused, match="Codat answered 409"):
        feed.push()
    assert feed.requests() == [*GUARD, *[PUSH] * 5]
    assert feed.journal.read_text().count("idempotency_key") == 1


def test_the_key_is_in_no_message(feed: Feed) -> None:
    feed.world.portal(enabled=False)
    assert feed.world.account.api_key not in refusal(feed)
