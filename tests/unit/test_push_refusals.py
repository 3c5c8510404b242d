"""Xero's problem types: each has a sentence, wherever Codat passes it on."""

from __future__ import annotations

from uuid import uuid4

import httpx
import pytest
from pydantic import SecretStr

from pulumi_codat.api import Codat, PushOperation
from pulumi_codat.api.errors import error_from_response
from pulumi_codat.bank_feeds.refusals import REMEDIES, failed, problem_type, refused

from .fake_clock import START, FakeClock
from .scripted_wire import ScriptedWire
from .test_push_waiting import operation

NO_FEEDS = "invalid-organisation-bank-feeds"
BY_STATUS = {
    400: "invalid-request invalid-country-specified account-not-valid",
    403: "invalid-application invalid-feed-connection invalid-organisation-bank-feeds"
    " invalid-organisation-multi-currency invalid-feed-connection-for-organisation invalid-user-role",
    404: "statement-not-found bank-feed-not-found feed-not-found-or-already-deleted",
    409: "duplicate-statement feed-already-connected-in-current-organisation"
    " feed-connected-in-different-organisation feed-already-connected-in-different-organisation",
    422: "invalid-end-balance invalid-start-and-end-date invalid-start-date invalid-end-date",
    500: "internal-error",
}
STATUSES = {kind: status for status, kinds in BY_STATUS.items() for kind in kinds.split()}
UNREAD = Codat.connect(
    api_key=SecretStr("key"),
    base_url="https://api.codat.io",
    max_wait_seconds=1,
    user_agent="pulumi-codat/test",
    clock=FakeClock(),
    wire=ScriptedWire(httpx.Response(404, json={"error": "not shown"})),
)


def test_every_type_of_xero_s_is_there() -> None:
    assert set(REMEDIES) == set(STATUSES)


@pytest.mark.parametrize(("kind", "status"), STATUSES.items())
@pytest.mark.parametrize("detail", ["A detail", "A detail" + " of many words" * 40], ids=["short", "long"])
def test_a_type_has_its_sentence_in_an_answer_and_in_a_push_that_failed(kind: str, status: int, detail: str) -> None:
    problem = {"type": kind, "title": "A Title", "status": status, "detail": f"{detail}."}
    response = httpx.Response(status, json=problem, request=httpx.Request("POST", "https://api.codat.io/push"))
    answered = str(refused("batch 1", error_from_response(response, now=START), UNREAD, "enableBankFeeds"))
    assert answered.startswith(f"batch 1: Xero refused it with {status}, A Title ({kind}): A detail")
    assert f": {REMEDIES[kind]}" in answered
    ended = PushOperation.model_validate(operation("Failed", errorMessage=str(problem)))
    later = str(failed("batch 1", ended, UNREAD, "enableBankFeeds"))
    assert later.endswith("plan and region do" if kind == NO_FEEDS else REMEDIES[kind])
    assert ('Whether "Enable Bank Feeds" is on could not be read' in answered) is (kind == NO_FEEDS)


def test_a_push_that_failed_without_a_type_is_told_with_codat_s_words() -> None:
    validation = {"errors": [{"itemId": "tx-9", "message": "is odd"}], "warnings": []}
    ended = PushOperation.model_validate(operation("Failed", errorMessage="It failed", validation=validation))
    told = str(failed("batch 1", ended, UNREAD, "enableBankFeeds"))
    assert "failed: It failed; tx-9: is odd: nothing after it was sent" in told
    silent = PushOperation.model_validate(operation("Failed"))
    assert "failed: no reason is given: " in str(failed("batch 1", silent, UNREAD, "enableBankFeeds"))


@pytest.mark.parametrize(
    ("said", "kind"),
    [
        ("Invalid Organisation: no (invalid-organization-bank-feeds)", NO_FEEDS),
        ('{"type":"invalid-feed-connection-for-organisation"}', "invalid-feed-connection-for-organisation"),
        ("invalid-feed-connection", "invalid-feed-connection"),
        ("not-invalid-feed-connection", None),
        ("", None),
    ],
)
def test_a_type_is_found_in_what_was_said(said: str, kind: str | None) -> None:
    assert problem_type(said) == kind


def test_the_toggle_is_read_however_long_the_push_took() -> None:
    clock = FakeClock()
    shown = {"key": "gbol", "name": "Xero", "integrationId": str(uuid4()), "enabled": True}
    wire = ScriptedWire(httpx.Response(200, json=shown), httpx.Response(200, json={"enableBankFeeds": False}))
    codat = Codat.connect(
        api_key=SecretStr("key"),
        base_url="https://api.codat.io",
        max_wait_seconds=60,
        user_agent="pulumi-codat/test",
        clock=clock,
        wire=wire,
    )
    clock.passed = 3600
    ended = PushOperation.model_validate(operation("Failed", errorMessage=NO_FEEDS))
    assert '"Enable Bank Feeds" is off in Codat' in str(failed("batch 1", ended, codat, "enableBankFeeds"))
    assert len(wire.asked) == 2
    codat.close()
