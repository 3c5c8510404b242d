"""Bank transactions: who may push them, how a push goes on, and what lands how often and in which order."""

from __future__ import annotations

import json
import sqlite3
import uuid
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from typing import TYPE_CHECKING, Any

import httpx
import pytest

from codat_emulator import running
from codat_emulator._transactions import BankTransaction, verdict
from codat_emulator._xero_problems import PROBLEM_TYPES, problem

from .conftest import _client

if TYPE_CHECKING:
    from pathlib import Path

MISSING = "3fa85f64-5717-4562-b3fc-2c963f66afa6"
TODAY = datetime.now(UTC).date().isoformat()


@dataclass(frozen=True)
class Feed:
    """A linked Xero organisation of the account `dev` with two connected source accounts, `A` and `B`."""

    dev: httpx.Client
    portal: httpx.Client
    company: str
    connection: str

    @property
    def path(self) -> str:
        return f"/companies/{self.company}/connections/{self.connection}"

    def url(self, account: str = "A") -> str:
        return f"{self.path}/push/bankAccounts/{account}/bankTransactions"

    def push(self, *ids: str, account: str = "A", key: str | None = None, query: str = "") -> httpx.Response:
        content = {"accountId": account, "transactions": [transaction(name) for name in ids or ("1",)]}
        return self.dev.post(
            self.url(account) + query, json=content, headers={"Idempotency-Key": key or str(uuid.uuid4())}
        )

    def pushed(self, *ids: str, account: str = "A") -> str:
        """The key of a push that was accepted."""
        accepted = self.push(*ids, account=account)
        assert accepted.status_code == 200, accepted.text
        return str(accepted.json()["pushOperationKey"])

    def poll(self, key: str) -> dict[str, Any]:
        answer = self.dev.get(f"/companies/{self.company}/push/{key}")
        assert answer.status_code == 200, answer.text
        operation: dict[str, Any] = answer.json()
        return operation

    def polls(self, key: str, times: int) -> list[tuple[str, int]]:
        operations = [self.poll(key) for _ in range(times)]
        return [(operation["status"], operation["statusCode"]) for operation in operations]

    def plan(self, **plan: object) -> None:
        planned = self.portal.post("/push-plans", json=plan)
        assert planned.status_code == 200, planned.text

    def landed(self, account: str = "A") -> list[dict[str, Any]]:
        answer = self.portal.get(f"/connections/{self.connection}/source-accounts/{account}/transactions")
        found: list[dict[str, Any]] = answer.json()
        return found

    def ids(self, account: str = "A") -> list[str]:
        return [row["id"] for row in self.landed(account)]


def transaction(name: str, **changes: object) -> dict[str, object]:
    return {
        "id": name,
        "date": TODAY,
        "description": "Office supplies",
        "amount": 10,
        "balance": 10,
        "transactionType": "Credit",
        **changes,
    }


@pytest.fixture
def feed(dev: httpx.Client, portal: httpx.Client) -> Feed:
    portal.patch("/integrations/gbol", json={"enabled": True, "bankFeeds": True})
    accounts = [{"id": "A"}, {"id": "B"}]
    connection = {"platformKey": "gbol", "status": "Linked", "sourceAccounts": accounts}
    company = portal.post("/companies", json={"name": "Toft stores", "connections": [connection]}).json()
    return Feed(dev, portal, company["id"], company["dataConnections"][0]["id"])


def problems(response: httpx.Response) -> list[tuple[str | None, str]]:
    assert response.status_code == 400, response.text
    return [(item["itemId"], item["message"]) for item in response.json()["validation"]["errors"]]


def test_a_push_is_pending_then_done_and_lands(feed: Feed) -> None:
    accepted = feed.push("1", "2")
    assert accepted.status_code == 200
    operation = accepted.json()
    assert operation.pop("data") == {"accountId": "A", "transactions": [transaction("1"), transaction("2")]}
    key, requested = operation.pop("pushOperationKey"), operation.pop("requestedOnUtc")
    assert abs(datetime.fromisoformat(requested) - datetime.now(UTC)) < timedelta(minutes=5)
    same = {
        "dataType": "bankTransactions",
        "companyId": feed.company,
        "dataConnectionKey": feed.connection,
        "timeoutInMinutes": None,
        "timeoutInSeconds": None,
        "errorMessage": None,
        "validation": {"errors": [], "warnings": []},
    }
    pending = {**same, "changes": None, "completedOnUtc": None, "status": "Pending", "statusCode": 202}
    assert operation == pending
    assert feed.landed() == []
    assert feed.poll(key) == {**pending, "pushOperationKey": key, "requestedOnUtc": requested}

    done = feed.poll(key)

    assert done.pop("completedOnUtc") > requested
    record = {"id": "A", "dataType": "bankTransactions"}
    changes = [{"type": "Created", "recordRef": record, "attachmentId": None}]
    success = {**same, "changes": changes, "status": "Success", "statusCode": 200}
    assert done == {**success, "pushOperationKey": key, "requestedOnUtc": requested}
    assert [(row["push"], row["id"], row["amount"]) for row in feed.landed()] == [(key, "1", "10"), (key, "2", "10")]


def test_source_accounts_and_their_connection_are_shown(feed: Feed, prod: httpx.Client) -> None:
    new = {"id": "Checking 0202", "accountType": "savings", "currency": "EUR", "balance": 12.5, "status": "pending"}
    feed.portal.post(f"/connections/{feed.connection}/source-accounts", json=new)
    shown = feed.dev.get(f"{feed.path}/connectionInfo/bankFeedAccounts").json()
    assert [(item["id"], item["status"]) for item in shown] == [
        ("A", "connected"),
        ("B", "connected"),
        ("Checking 0202", "pending"),
    ]
    assert shown[2] == {
        "id": "Checking 0202",
        "accountName": "Business current",
        "accountType": "savings",
        "accountNumber": "12345670",
        "sortCode": "123456",
        "routingInfo": {"bankCode": "123456", "type": "sortcode"},
        "currency": "EUR",
        "balance": 12.5,
        "accountInfo": None,
        "modifiedDate": None,
        "status": "pending",
        "feedStartDate": None,
    }
    connection = feed.dev.get(feed.path).json()
    assert connection == feed.dev.get(f"/companies/{feed.company}").json()["dataConnections"][0]
    assert prod.get(feed.path).status_code == 404


def test_an_account_with_the_published_endpoints_only_offers_all_of_it(feed: Feed) -> None:
    feed.portal.patch("", json={"offers": "published-404"})
    assert feed.polls(feed.pushed(), 2)[-1] == ("Success", 200)
    for path in (f"/companies/{feed.company}/push", feed.path, f"{feed.path}/connectionInfo/bankFeedAccounts"):
        assert feed.dev.get(path).status_code == 200


def test_decimals_land_with_the_digits_that_were_sent_and_come_back_so(feed: Feed) -> None:
    amounts = ["0.10", "-0.1", "12345678901234567890.1234", "1e2", "0", "100"]
    rows = [json.dumps(transaction(text, amount=0, balance=0, transactionType="Other")) for text in amounts]
    sent = [row.replace('"amount": 0', f'"amount": {text}') for row, text in zip(rows, amounts, strict=True)]
    body = f'{{"accountId": "A", "transactions": [{", ".join(sent)}]}}'
    accepted = feed.dev.post(feed.url(), content=body, headers={"Content-Type": "application/json"})
    assert accepted.text.startswith(f'{{"data":{body},')
    feed.polls(accepted.json()["pushOperationKey"], 2)
    assert [row["amount"] for row in feed.landed()] == [str(Decimal(text)) for text in amounts]


@pytest.mark.parametrize(
    ("plan", "statuses", "message", "landed"),
    [
        ({"polls": 0}, [("Success", 200)], None, True),
        ({"polls": 2}, [("Pending", 202), ("Pending", 202), ("Success", 200)], None, True),
        (
            {"end": "Failed", "polls": 0},
            [("Failed", 400)],
            "Failed to push the bank transactions: the request is not valid",
            False,
        ),
        ({"end": "TimedOut"}, [("Pending", 202), ("TimedOut", 408)], "The push operation timed out", True),
        (
            {"end": "TimedOut", "landed": False, "polls": 0},
            [("TimedOut", 408)],
            "The push operation timed out",
            False,
        ),
        ({"end": "Pending"}, [("Pending", 202)] * 4, None, False),
    ],
)
def test_a_push_ends_as_it_was_planned(
    feed: Feed, plan: dict[str, object], statuses: list[tuple[str, int]], message: str | None, *, landed: bool
) -> None:
    feed.plan(**plan)
    key = feed.pushed()
    assert feed.polls(key, len(statuses)) == statuses
    assert feed.poll(key)["errorMessage"] == message
    assert feed.ids() == (["1"] if landed else [])


def test_a_push_takes_the_time_that_was_planned(feed: Feed, control: httpx.Client) -> None:
    feed.plan(polls=0, seconds=600)
    key = feed.pushed()
    control.patch("/clock", json={"aheadSeconds": 590})
    assert (feed.polls(key, 2), feed.ids()) == ([("Pending", 202)] * 2, [])
    control.patch("/clock", json={"aheadSeconds": 610})
    done = feed.poll(key)
    assert (done["status"], feed.ids()) == ("Success", ["1"])
    took = datetime.fromisoformat(done["completedOnUtc"]) - datetime.fromisoformat(done["requestedOnUtc"])
    assert took == timedelta(minutes=10)


def test_a_timeout_changes_the_status_only(feed: Feed, control: httpx.Client) -> None:
    feed.plan(polls=0, seconds=600)
    key = feed.push("1", query="?timeoutInMinutes=5&allowSyncOnPushComplete=false").json()["pushOperationKey"]
    control.patch("/clock", json={"aheadSeconds": 400})
    timed_out = feed.poll(key)
    assert (timed_out["status"], timed_out["timeoutInMinutes"], timed_out["timeoutInSeconds"]) == ("TimedOut", 5, 300)
    assert feed.ids() == []
    control.patch("/clock", json={"aheadSeconds": 610})
    assert feed.ids() == ["1"]
    assert feed.poll(key) == timed_out


def test_who_does_not_wait_finds_another_order(feed: Feed) -> None:
    feed.plan(polls=3, times=1)
    slow, fast = feed.pushed("1"), feed.pushed("2")
    feed.polls(fast, 2)
    feed.polls(slow, 4)
    assert feed.ids() == ["2", "1"]
    assert [(row["push"], row["transactions"], row["landed"]) for row in feed.portal.get("/pushes").json()] == [
        (slow, 1, True),
        (fast, 1, True),
    ]


def test_a_plan_waits_for_one_account_or_for_all_and_counts(feed: Feed) -> None:
    feed.plan(polls=0)
    feed.plan(end="Failed", polls=0, times=2, sourceAccount="B")
    waiting = feed.portal.get("/push-plans").json()
    assert waiting[1] == {"end": "Failed", "polls": 0, "seconds": 0.0, "sourceAccount": "B", "times": 2}
    ends = [feed.poll(feed.pushed(account=account))["status"] for account in "BABB"]
    assert ends == ["Failed", "Success", "Failed", "Success"]
    assert feed.portal.delete("/push-plans").json() == {"removed": 1}
    assert feed.poll(feed.pushed())["status"] == "Pending"


def test_what_is_sent_again_lands_again(feed: Feed) -> None:
    feed.plan(polls=0)
    first, second = feed.pushed("1", "2"), feed.pushed("2", "3")
    assert [(row["push"], row["id"]) for row in feed.landed()] == [
        (first, "1"),
        (first, "2"),
        (second, "2"),
        (second, "3"),
    ]
    feed.pushed("2", account="B")
    assert (feed.ids("B"), len(feed.landed())) == (["2"], 4)


def test_under_one_idempotency_key_it_lands_once_for_ninety_minutes(feed: Feed, control: httpx.Client) -> None:
    feed.plan(polls=0)
    key = str(uuid.uuid4())
    first = feed.push(key=key)
    assert feed.push(key=key).content == first.content
    assert feed.push("2", key=key).status_code == 422
    assert feed.ids() == ["1"]
    control.patch("/clock", json={"aheadSeconds": 90 * 60})
    assert feed.push(key=key).json()["pushOperationKey"] != first.json()["pushOperationKey"]
    assert feed.ids() == ["1", "1"]


def test_a_second_request_is_refused_while_the_first_is_in_progress(feed: Feed, control: httpx.Client) -> None:
    feed.plan(polls=0)
    control.post("/faults", json={"method": "POST", "path": "*", "kind": "slow", "seconds": 0.4})
    key = str(uuid.uuid4())
    with ThreadPoolExecutor(2) as pool:
        statuses = sorted(pool.map(lambda _: feed.push(key=key).status_code, range(2)))
    assert (statuses, feed.ids()) == ([200, 409], ["1"])


@pytest.mark.parametrize(("kind", "landed"), [("reset-before", 0), ("reset-after", 1), ("truncated", 1)])
def test_a_lost_answer_does_not_tell_whether_it_landed(
    feed: Feed, control: httpx.Client, kind: str, landed: int
) -> None:
    feed.plan(polls=0)
    control.post("/faults", json={"method": "POST", "path": f"/companies/{feed.company}/*", "kind": kind})
    key = str(uuid.uuid4())
    with pytest.raises(httpx.TransportError):
        feed.push(key=key)
    assert len(feed.ids()) == landed
    assert feed.push(key=key).status_code == 200
    assert feed.ids() == ["1"]


def test_a_push_without_effect_is_nowhere(feed: Feed, control: httpx.Client) -> None:
    control.post("/faults", json={"method": "POST", "path": "*", "kind": "no-effect"})
    key = feed.pushed()
    assert feed.dev.get(f"/companies/{feed.company}/push/{key}").status_code == 404
    assert feed.dev.get(f"/companies/{feed.company}/push").json()["totalResults"] == 0


def test_a_stale_read_misses_the_last_push(feed: Feed, control: httpx.Client) -> None:
    first, last = feed.pushed("1"), feed.pushed("2")
    control.post("/faults", json={"method": "GET", "path": "*", "kind": "stale", "times": 2})
    listed = feed.dev.get(f"/companies/{feed.company}/push").json()["results"]
    assert [item["pushOperationKey"] for item in listed] == [first]
    assert feed.dev.get(f"/companies/{feed.company}/push/{last}").status_code == 404
    assert feed.poll(last)["status"] == "Pending"


def keys_of(feed: Feed, query: str) -> list[str]:
    answer = feed.dev.get(f"/companies/{feed.company}/push", params=httpx.QueryParams(query))
    assert answer.status_code == 200, answer.text
    return [item["pushOperationKey"] for item in answer.json()["results"]]


def test_pushes_are_listed_selected_and_ordered(feed: Feed) -> None:
    feed.plan(end="Failed", polls=0, times=1)
    feed.plan(polls=5)
    first, second, third = (feed.pushed(name) for name in "123")
    assert keys_of(feed, "") == [third, second, first]
    assert keys_of(feed, "orderBy=requestedOnUtc") == [first, second, third]
    assert keys_of(feed, "orderBy=-requestedOnUtc&pageSize=1&page=2") == [second]
    assert keys_of(feed, "query=status%3DFailed") == [first]
    since = feed.poll(second)["requestedOnUtc"]
    assert keys_of(feed, f"query=requestedOnUtc>%3D{since}%26%26status!%3DFailed") == [third, second]
    links = feed.dev.get(f"/companies/{feed.company}/push?query=status%3DPending&pageSize=1").json()["_links"]
    assert links["next"]["href"].endswith("?page=2&pageSize=1&query=status%3DPending")
    assert feed.dev.get(links["next"]["href"]).json()["results"][0]["pushOperationKey"] == second


BAD_QUERIES = [
    ("query=status", "ClientsApi: Error parsing query - Malformed query."),
    ("query=status%3DFailed%7C%7Cstatus%3DPending", "ClientsApi: Error parsing query - Malformed query."),
    (
        "query=isCompleted%3Dtrue",
        "PullApi: Error parsing query - Could not resolve property isCompleted on PushOperation",
    ),
    ("orderBy=name", "PullApi: Error parsing query - Could not resolve property name on PushOperation"),
    ("orderBy=status&orderBy=status", "PublicApi: Error processing request - not valid."),
    ("limit=5", "PublicApi: Error processing request - not valid."),
]


def test_a_query_that_cannot_be_is_refused(feed: Feed) -> None:
    feed.pushed()
    for query, error in BAD_QUERIES:
        refused = feed.dev.get(f"/companies/{feed.company}/push?{query}")
        assert refused.status_code == 400, query
        assert f"{refused.json()['service']}: {refused.json()['error']}" == error


@pytest.mark.parametrize("spelling", ["organisation", "organization"])
@pytest.mark.parametrize("refusals", ["answer", "operation"])
@pytest.mark.parametrize("cause", ["toggle", "organisation"])
def test_an_organisation_without_bank_feeds(feed: Feed, cause: str, refusals: str, spelling: str) -> None:
    feed.portal.patch("/bank-feeds", json={"spelling": spelling, "refusals": refusals})
    if cause == "toggle":
        feed.portal.patch("/integrations/gbol", json={"bankFeeds": False})
    else:
        feed.portal.patch(f"/connections/{feed.connection}", json={"supportsBankFeeds": False})
    document = {
        "type": f"invalid-{spelling}-bank-feeds",
        "title": f"Invalid {spelling.title()}",
        "status": 403,
        "detail": f"The {spelling} does not support automated bank feeds.",
    }
    if refusals == "answer":
        refused = feed.push()
        assert (refused.status_code, refused.json()) == (403, document)
        assert refused.headers["Content-Type"] == "application/problem+json"
    else:
        key = feed.pushed()
        assert feed.polls(key, 2) == [("Pending", 202), ("Failed", 403)]
        assert json.loads(feed.poll(key)["errorMessage"]) == document
    assert feed.ids() == []


def test_an_app_that_xero_has_not_enabled_is_told_before_the_organisation(feed: Feed) -> None:
    access = {"product": True, "granted": False, "spelling": "organisation", "refusals": "answer"}
    assert feed.portal.patch("/bank-feeds", json={"granted": False}).json() == access
    assert feed.portal.get("/bank-feeds").json() == access
    feed.portal.patch(f"/connections/{feed.connection}", json={"supportsBankFeeds": False})
    key = str(uuid.uuid4())
    refused = feed.push(key=key)
    assert (refused.status_code, refused.json()["type"]) == (403, "invalid-application")
    assert refused.json()["detail"] == "The application has not been configured to use these API endpoints."
    again = feed.push(key=key)
    assert (again.content, again.headers["Content-Type"]) == (refused.content, "application/problem+json")


def test_xero_has_21_types_and_those_of_an_organisation_are_spelled_in_two_ways() -> None:
    assert len({kind.replace("z", "s") for kind in PROBLEM_TYPES}) == 21
    for kind in sorted(PROBLEM_TYPES):
        answer = problem(kind).answer()
        document = json.loads(answer.body)
        assert list(document) == ["type", "title", "status", "detail"]
        assert (document["type"], document["status"]) == (kind, answer.status)
        assert document["title"]
        assert document["detail"]
        assert answer.status >= 400


@pytest.mark.parametrize(("kind", "status"), [("duplicate-statement", 409), ("internal-error", 500)])
def test_any_of_xeros_types_answers_or_fails_a_push(feed: Feed, kind: str, status: int) -> None:
    feed.plan(end="Refused", problem=kind, times=1)
    refused = feed.push()
    assert (refused.status_code, refused.headers["Content-Type"]) == (status, "application/problem+json")
    feed.plan(end="Failed", problem=kind, polls=0, times=1)
    failed = feed.poll(feed.pushed())
    assert (failed["status"], failed["statusCode"]) == ("Failed", status)
    assert json.loads(failed["errorMessage"]) == refused.json()
    assert feed.ids() == []


NEEDS = [
    (
        "/bank-feeds",
        {"product": False},
        {"product": True},
        403,
        "The Bank Feeds product is not enabled for this client.",
    ),
    ("/integrations/gbol", {"enabled": False}, {"enabled": True}, 403, "The integration gbol is not enabled."),
    (
        "*",
        {"status": "Deauthorized"},
        {"status": "Linked"},
        403,
        "Data connection * is not linked (its status is Deauthorized)",
    ),
    (
        "*/source-accounts/A",
        {"status": "connecting"},
        {"status": "connected"},
        400,
        "Error processing request - not valid.",
    ),
]


def test_what_else_a_push_needs(feed: Feed) -> None:
    for path, without, restored, status, error in NEEDS:
        resource = path.replace("*", f"/connections/{feed.connection}")
        assert feed.portal.patch(resource, json=without).status_code == 200
        refused = feed.push()
        assert (refused.status_code, refused.json()["error"].replace(feed.connection, "*")) == (status, error)
        assert refused.headers["Content-Type"] == "application/json"
        feed.portal.patch(resource, json=restored)
    assert feed.portal.get("/pushes").json() == []
    assert feed.push().status_code == 200


@pytest.mark.parametrize(
    ("company", "connection", "source", "error"),
    [
        (MISSING, None, "A", f"ClientsApi: No company was found with ID {MISSING}"),
        (None, MISSING, "A", f"PublicApi: Data connection {MISSING} not found"),
        (None, None, "C", "PublicApi: No source account was found with ID C"),
    ],
)
def test_nobody_has_it(feed: Feed, company: str | None, connection: str | None, source: str, error: str) -> None:
    elsewhere = Feed(feed.dev, feed.portal, company or feed.company, connection or feed.connection)
    refused = elsewhere.push(account=source)
    assert refused.status_code == 404
    assert f"{refused.json()['service']}: {refused.json()['error']}" == error


def test_a_push_nobody_has_made(feed: Feed, prod: httpx.Client) -> None:
    for client, key in ((feed.dev, MISSING), (feed.dev, "1"), (prod, feed.pushed())):
        assert client.get(f"/companies/{feed.company}/push/{key}").status_code == 404


def test_an_integration_without_bank_feeds_takes_none(feed: Feed) -> None:
    connection = {"platformKey": "qhyg", "status": "Linked"}
    company = feed.portal.post("/companies", json={"name": "A", "connections": [connection]}).json()
    other = Feed(feed.dev, feed.portal, company["id"], company["dataConnections"][0]["id"])
    text = "Datatype bankTransactions not supported by platform(s) QuickBooks Online"
    for refused in (other.push(), feed.dev.get(f"{other.path}/connectionInfo/bankFeedAccounts")):
        assert (refused.status_code, refused.json()["error"]) == (404, text)


BAD_SHAPES = [
    ({"transactions": [transaction("1")]}, ("accountId", "Field required")),
    ({"accountId": "A"}, ("transactions", "Field required")),
    ({"accountId": "A", "transactions": []}, ("transactions", "List should have at least 1 item")),
    (
        {"accountId": "B", "transactions": [transaction("1")]},
        ("accountId", "accountId must be the one in the path"),
    ),
    ({"accountId": "A", "transactions": [transaction("1")] * 2}, ("transactions.1.id", "id must be unique")),
    (
        {"accountId": "A", "transactions": [transaction(str(n)) for n in range(1001)]},
        ("transactions", "List should have at most 1000 items"),
    ),
    (
        {"accountId": "A", "transactions": [transaction("1", amount="10.00")]},
        ("transactions.0.amount", "Input should be an instance of Decimal"),
    ),
    (
        {"accountId": "A", "transactions": [transaction("1", date="24/11/2026")]},
        ("transactions.0.date", "Value error, must be a date"),
    ),
    (
        {"accountId": "A", "transactions": [transaction("1", date="2026-02-01Z")]},
        ("transactions.0.date", "Value error, must be a date"),
    ),
    (
        {"accountId": "A", "transactions": [transaction("1", date="2026-02-30")]},
        ("transactions.0.date", "Value error, "),
    ),
    (
        {"accountId": "A", "transactions": [transaction("1", transactionType="credit")]},
        ("transactions.0.transactionType", "Input should be 'Unknown'"),
    ),
    (
        {"accountId": "A", "transactions": [transaction("1", payee="x")]},
        ("transactions.0.payee", "Extra inputs are not permitted"),
    ),
]


def test_a_request_of_the_wrong_shape_is_refused(feed: Feed) -> None:
    for content, (item, text) in BAD_SHAPES:
        ((found, message),) = problems(feed.dev.post(feed.url(), json=content))
        assert (found, message[: len(text)]) == (item, text)
    assert feed.portal.get("/pushes").json() == []


NO_JSON = [b"", b"{", b'{"accountId": NaN}', b"\xff", b"[" * 100_000]


def test_what_is_no_json_is_refused(feed: Feed) -> None:
    for body in NO_JSON:
        refused = feed.dev.post(feed.url(), content=body, headers={"Content-Type": "application/json"})
        assert problems(refused) == [(None, "Invalid JSON")], body[:9]


BAD_PARAMETERS = [
    ("timeoutInMinutes=0", "timeoutInMinutes"),
    ("timeoutInMinutes=1.5", "timeoutInMinutes"),
    ("timeoutInMinutes=2147483648", "timeoutInMinutes"),
    ("timeoutInMinutes=1&timeoutInMinutes=1", "timeoutInMinutes"),
    ("allowSyncOnPushComplete=yes", "allowSyncOnPushComplete"),
    ("page=1", "page"),
]


def test_a_parameter_that_cannot_be_is_refused(feed: Feed) -> None:
    for query, item in BAD_PARAMETERS:
        ((found, _),) = problems(feed.push(query=f"?{query}"))
        assert found == item, query


def test_a_body_may_have_three_million_bytes(feed: Feed) -> None:
    rows = [transaction(str(number), description="x" * 2000) for number in range(1000)]
    body = json.dumps({"accountId": "A", "transactions": rows}).encode()
    json_type = {"Content-Type": "application/json"}
    fits = feed.dev.post(feed.url(), content=body + b" " * (3_000_000 - len(body)), headers=json_type)
    assert fits.status_code == 200
    refused = feed.dev.post(feed.url(), content=body + b" " * (3_000_001 - len(body)), headers=json_type)
    assert (refused.status_code, refused.headers["Content-Type"]) == (413, "application/problem+json")
    assert refused.json() == {
        "type": "invalid-request",
        "title": "Request too large",
        "status": 413,
        "detail": "Request size of 3000001 bytes exceeds the limit of 3000000 bytes.",
    }


def test_a_breach_of_xeros_rules_is_accepted_and_fails_with_all_of_them(feed: Feed) -> None:
    now = datetime.now(UTC).date()
    rows = [
        transaction("1", date=str(now - timedelta(days=370))),
        transaction("2", date=str(now + timedelta(days=2)), amount=-1),
        transaction("3", balance=None, description=""),
    ]
    accepted = feed.dev.post(feed.url(), json={"accountId": "A", "transactions": rows}).json()
    warning = {
        "itemId": "transactions.1.amount",
        "message": "the sign of amount does not agree with transactionType Credit",
        "validatorName": "AmountSign",
    }
    assert accepted["validation"] == {"errors": [], "warnings": [warning]}
    assert feed.polls(accepted["pushOperationKey"], 2) == [("Pending", 202), ("Failed", 400)]
    validation = feed.poll(accepted["pushOperationKey"])["validation"]
    assert [(item["itemId"], item["message"]) for item in validation["errors"]] == [
        ("transactions.2.description", "description is required for Xero"),
        ("transactions.2.balance", "balance is required for Xero"),
        ("transactions.0.date", "date must not be older than one year"),
        ("transactions.1.date", "date must not be after today"),
        ("transactions.2.date", "transactions must be in chronological order"),
    ]
    assert validation["warnings"] == [warning]
    assert feed.ids() == []


def test_a_sign_that_contradicts_the_type_is_only_warned_of(feed: Feed) -> None:
    rows = [transaction("1", amount=-10), transaction("2", transactionType="Fee"), transaction("3", amount=-1)]
    rows[2]["transactionType"] = "Xfer"
    key = feed.dev.post(feed.url(), json={"accountId": "A", "transactions": rows}).json()["pushOperationKey"]
    feed.poll(key)
    done = feed.poll(key)
    assert done["status"] == "Success"
    assert [item["itemId"] for item in done["validation"]["warnings"]] == [
        "transactions.0.amount",
        "transactions.1.amount",
    ]
    assert feed.ids() == ["1", "2", "3"]


@pytest.mark.parametrize(
    ("today", "dates", "errors"),
    [
        ("2026-11-24", ["2025-11-24", "2026-11-24T23:59:59"], []),
        ("2026-11-24", ["2025-11-23T23:59:59"], ["DateRange"]),
        ("2026-11-24", ["2026-11-25"], ["DateRange"]),
        ("2028-02-29", ["2027-02-28"], []),
        ("2028-02-29", ["2027-02-27"], ["DateRange"]),
        ("2026-11-24", ["2026-11-24", "2026-11-24T00:00:00", "2026-11-24T00:00:00.1234567"], []),
        ("2026-11-24", ["2026-11-24T00:00:01", "2026-11-24"], ["ChronologicalOrder"]),
        ("2026-11-24", ["2026-11-24T01:00:00+02:00", "2026-11-24T01:00:00-05:00", "2026-11-24T01:00:00Z"], []),
        ("2026-11-24", ["2026-11-24T23:30:00-05:00"], []),
        ("2026-11-24", ["2026-11-03", "2026-11-01", "2026-11-02"], ["ChronologicalOrder"]),
    ],
)
def test_dates_are_local_within_a_year_and_in_order(today: str, dates: list[str], errors: list[str]) -> None:
    rows = [
        BankTransaction.model_validate(transaction(str(place), date=text, amount=Decimal(1), balance=Decimal(1)))
        for place, text in enumerate(dates)
    ]
    assert [error.validator for error in verdict(rows, date.fromisoformat(today)).errors] == errors


def test_the_record_of_requests_tells_no_transaction(feed: Feed, control: httpx.Client) -> None:
    control.delete("/requests")
    feed.push("1", query="?timeoutInMinutes=5")
    (record,) = control.get("/requests").json()
    assert (record["path"], record["query"], record["status"]) == (feed.url(), "timeoutInMinutes=5", 200)
    assert record["body"] == {"accountId": "[redacted]", "transactions": "[redacted]"}


def test_pushes_are_kept_in_storage(tmp_path: Path) -> None:
    file = tmp_path / "codat.db"
    with running(file) as emulator:
        account = emulator.accounts[0]
        with (
            _client(emulator.url, account.api_key) as dev,
            _client(f"{emulator.url}/_emulator/accounts/{account.id}") as portal,
        ):
            portal.patch("/integrations/gbol", json={"enabled": True, "bankFeeds": True})
            connection = {"platformKey": "gbol", "status": "Linked", "sourceAccounts": [{"id": "A"}]}
            company = portal.post("/companies", json={"name": "A", "connections": [connection]}).json()
            feed = Feed(dev, portal, company["id"], company["dataConnections"][0]["id"])
            key = feed.pushed()
            feed.poll(key)
    with (
        running(file) as emulator,
        _client(emulator.url, account.api_key) as dev,
        _client(f"{emulator.url}/_emulator/accounts/{account.id}") as portal,
    ):
        again = Feed(dev, portal, feed.company, feed.connection)
        assert (again.poll(key)["status"], again.ids()) == ("Success", ["1"])


def test_a_file_from_before_there_were_pushes_takes_them(tmp_path: Path) -> None:
    file = tmp_path / "codat.db"
    with running(file):
        pass
    connection = sqlite3.connect(file)
    connection.execute("DROP TABLE push")
    connection.close()
    with running(file) as emulator, _client(f"{emulator.url}/_emulator/accounts/{emulator.accounts[0].id}") as portal:
        assert portal.get("/pushes").json() == []


MISTAKES = [
    ("POST", "/push-plans", {"end": "Refused"}, 400, "Value error, problem is required for Refused"),
    (
        "POST",
        "/push-plans",
        {"problem": "invalid-start-date"},
        400,
        "Value error, problem is required for Refused",
    ),
    (
        "POST",
        "/push-plans",
        {"end": "Failed", "problem": "x"},
        400,
        "Value error, problem must be one of account-not",
    ),
    ("POST", "/push-plans", {"landed": True}, 400, "Value error, landed is for TimedOut only"),
    ("PATCH", "/bank-feeds", {"spelling": "us"}, 400, "spelling: Input should be 'organisation' or 'organization'"),
    ("GET", f"/connections/{MISSING}", None, 404, f"no connection has the id {MISSING}"),
    ("GET", "/connections/*/source-accounts/C/transactions", None, 404, "no source account has the id C"),
    (
        "POST",
        "/connections/*/source-accounts",
        {"id": "A"},
        400,
        "id: a bank account already exists with the same id",
    ),
    ("POST", "/connections/*/source-accounts", {"id": "a/b"}, 400, "id: String should match pattern '^[^/]+$'"),
]


def test_a_mistake_on_the_control_surface(feed: Feed) -> None:
    for method, path, body, status, error in MISTAKES:
        refused = feed.portal.request(method, path.replace("*", feed.connection), json=body)
        assert (refused.status_code, refused.json()["error"][: len(error)]) == (status, error)


def test_the_clock_is_put_ahead(control: httpx.Client, dev: httpx.Client) -> None:
    assert control.get("/clock").json()["aheadSeconds"] == 0
    ahead = control.patch("/clock", json={"aheadSeconds": 86_400}).json()
    assert datetime.fromisoformat(ahead["now"]) - datetime.now(UTC) > timedelta(hours=23)
    assert control.patch("/clock", json={"aheadSeconds": -1}).status_code == 400
    assert dev.get("/profile").headers["X-Rate-Limit-Reset"] > ahead["now"]
