"""How many requests a day allows, and how many at once."""

import base64
import ssl
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, timedelta

import httpx

from codat_emulator import Emulator
from codat_emulator._server import running_at


def _remaining(response: httpx.Response) -> tuple[str, str]:
    return response.headers["X-Rate-Limit-Limit"], response.headers["X-Rate-Limit-Remaining"]


def test_each_active_company_adds_a_thousand(dev: httpx.Client, portal: httpx.Client) -> None:
    for status in ("Linked", "PendingAuth", "Unlinked", "Deauthorized"):
        portal.post("/companies", json={"name": status, "connections": [{"platformKey": "gbol", "status": status}]})
    assert _remaining(dev.get("/profile")) == ("2000", "1999")


def test_an_exceeded_quota_says_when_it_is_back(dev: httpx.Client, prod: httpx.Client, portal: httpx.Client) -> None:
    assert portal.patch("", json={"quotaRemaining": 1}).json()["quotaRemaining"] == 1
    assert _remaining(dev.get("/profile")) == ("1000", "0")
    refused = dev.get("/profile")
    assert refused.status_code == 429
    assert refused.json()["error"].startswith("You have made too many requests")
    assert 0 < int(refused.headers["Retry-After"]) <= 24 * 3600
    assert _remaining(refused) == ("1000", "0")
    assert prod.get("/profile").status_code == 200


def test_a_refused_request_counts_too(dev: httpx.Client) -> None:
    dev.get("/nothing")
    dev.put("/profile")
    assert _remaining(dev.get("/profile")) == ("1000", "997")


def test_a_test_may_have_more_than_a_day_allows(dev: httpx.Client, portal: httpx.Client) -> None:
    portal.patch("", json={"quotaRemaining": 5000})
    assert _remaining(dev.get("/profile")) == ("1000", "4999")


def test_the_next_day_begins_anew() -> None:
    now = datetime(2026, 3, 1, 23, 59, 30, tzinfo=UTC)
    with running_at(None, 0, lambda: now) as emulator, _client(emulator) as dev:
        httpx_patch = f"/_emulator/accounts/{emulator.accounts[0].id}"
        dev.patch(httpx_patch, json={"quotaRemaining": 0})
        refused = dev.get("/profile")
        assert (refused.status_code, refused.headers["Retry-After"]) == (429, "30")
        assert refused.headers["X-Rate-Limit-Reset"] == "2026-03-02T00:00:00Z"
        assert refused.headers["Date"] == "Sun, 01 Mar 2026 23:59:30 GMT"
        now += timedelta(seconds=30)
        answer = dev.get("/profile")
        assert _remaining(answer) == ("1000", "999")
        assert answer.headers["X-Rate-Limit-Reset"] == "2026-03-03T00:00:00Z"


def test_ten_requests_at_once_and_no_more(emulator: Emulator, dev: httpx.Client, control: httpx.Client) -> None:
    control.post("/faults", json={"method": "*", "path": "*", "kind": "slow", "seconds": 0.5, "times": 11})
    with ThreadPoolExecutor(11) as pool:
        answers = list(pool.map(lambda _: dev.get("/profile"), range(11)))
    assert sorted(answer.status_code for answer in answers) == [200] * 10 + [429]
    (refused,) = (answer for answer in answers if answer.status_code == 429)
    assert refused.headers["Retry-After"] == "1"


def _client(emulator: Emulator) -> httpx.Client:
    key = base64.b64encode(emulator.accounts[0].api_key.encode()).decode()
    headers = {"Authorization": f"Basic {key}"}
    no_tls = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    return httpx.Client(base_url=emulator.url, headers=headers, verify=no_tls, trust_env=False)
