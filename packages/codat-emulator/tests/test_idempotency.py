"""One `Idempotency-Key`, one request, one answer for 90 minutes."""

import base64
import ssl
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, timedelta

import httpx
import pytest

from codat_emulator._server import running_at

KEY = "0b8f5c1e-7a24-4f0e-9d3c-5e6f7a8b9c0d"
XERO = "/settings/integrations/0f20c943-12d0-4800-9f6c-d218f62d494c"


def _patch(client: httpx.Client, value: str | int, key: str = KEY, path: str = "/settings") -> httpx.Response:
    return client.patch(path, json={"oneTimeSync": value}, headers={"Idempotency-Key": key})


def test_the_same_request_is_answered_but_not_done_again(dev: httpx.Client) -> None:
    first = _patch(dev, "one")
    dev.patch("/settings", json={"oneTimeSync": "two"})
    again = _patch(dev, "one")
    assert (again.status_code, again.content) == (200, first.content)
    assert dev.get("/settings").json() == {"oneTimeSync": "two"}


def test_guids_are_the_same_in_either_case(dev: httpx.Client) -> None:
    _patch(dev, "one")
    dev.patch("/settings", json={"oneTimeSync": "two"})
    _patch(dev, "one", KEY.upper())
    assert dev.get("/settings").json() == {"oneTimeSync": "two"}


def test_another_request_under_the_same_key_is_refused(dev: httpx.Client) -> None:
    _patch(dev, "one")
    for refused in (_patch(dev, "two"), _patch(dev, "one", path=XERO), _patch(dev, "one", path="/settings?x=1")):
        assert refused.status_code == 422
        assert refused.json()["error"] == "The Idempotency-Key was used for another request"
    assert dev.get("/settings").json() == {"oneTimeSync": "one"}


def test_keys_belong_to_an_account(dev: httpx.Client, prod: httpx.Client) -> None:
    _patch(dev, "one")
    assert _patch(prod, "two").json() == {"oneTimeSync": "two"}


def test_a_refusal_is_kept_too(dev: httpx.Client) -> None:
    first = _patch(dev, 1)
    again = _patch(dev, 1)
    assert first.status_code == again.status_code == 400
    assert first.json()["correlationId"] == again.json()["correlationId"]


@pytest.mark.parametrize("status", ["500", "503", "404", "409"])
def test_a_failure_is_replayed_and_a_new_key_gets_through(
    dev: httpx.Client, control: httpx.Client, status: str
) -> None:
    control.post("/faults", json={"method": "PATCH", "path": "/settings", "kind": status, "retryAfter": 7})
    first = _patch(dev, "one")
    again = _patch(dev, "one")
    assert first.status_code == again.status_code == int(status)
    assert first.json() == again.json()
    assert again.headers["Retry-After"] == "7"
    assert _patch(dev, "one", KEY.replace("0", "1")).status_code == 200


def test_a_429_is_not_kept(dev: httpx.Client, control: httpx.Client) -> None:
    control.post("/faults", json={"method": "PATCH", "path": "/settings", "kind": "429"})
    assert _patch(dev, "one").status_code == 429
    assert _patch(dev, "one").json() == {"oneTimeSync": "one"}


def test_after_a_lost_answer_the_same_key_finds_it(dev: httpx.Client, control: httpx.Client) -> None:
    control.post("/faults", json={"method": "PATCH", "path": "*", "kind": "reset-after"})
    with pytest.raises(httpx.ReadError):
        _patch(dev, "one")
    dev.patch("/settings", json={"oneTimeSync": "two"})
    assert _patch(dev, "one").json() == {"oneTimeSync": "one"}
    assert dev.get("/settings").json() == {"oneTimeSync": "two"}


def test_while_the_first_is_in_progress_the_second_is_refused(dev: httpx.Client, control: httpx.Client) -> None:
    control.post("/faults", json={"method": "PATCH", "path": "*", "kind": "slow", "seconds": 0.4})
    with ThreadPoolExecutor(2) as pool:
        statuses = sorted(pool.map(lambda _: _patch(dev, "one").status_code, range(2)))
    assert statuses == [200, 409]
    assert _patch(dev, "one").status_code == 200


@pytest.mark.parametrize(
    "headers",
    [
        [("Idempotency-Key", "not-a-guid")],
        [("Idempotency-Key", "")],
        [("Idempotency-Key", KEY), ("Idempotency-Key", KEY)],
    ],
)
def test_a_key_that_is_no_guid_or_comes_twice_is_refused(dev: httpx.Client, headers: list[tuple[str, str]]) -> None:
    refused = dev.patch("/settings", json={}, headers=headers)
    assert refused.status_code == 400
    assert refused.json()["validation"]["errors"][0]["itemId"] == "Idempotency-Key"


@pytest.mark.parametrize("method", ["GET", "PUT", "DELETE"])
def test_other_methods_take_no_key(dev: httpx.Client, method: str) -> None:
    refused = dev.request(method, "/integrations/credentials/gbol", headers={"Idempotency-Key": KEY})
    assert refused.status_code == 400
    message = refused.json()["validation"]["errors"][0]["message"]
    assert message == "Idempotency-Key is for POST and PATCH only"


@pytest.mark.parametrize(("minutes", "kept"), [(89, True), (90, False)])
def test_an_answer_is_kept_for_ninety_minutes(minutes: int, *, kept: bool) -> None:
    now = datetime(2026, 3, 1, 12, tzinfo=UTC)
    with running_at(None, 0, lambda: now) as emulator:
        key = base64.b64encode(emulator.accounts[0].api_key.encode()).decode()
        no_tls = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
        headers = {"Authorization": f"Basic {key}"}
        with httpx.Client(base_url=emulator.url, headers=headers, verify=no_tls, trust_env=False) as dev:
            _patch(dev, "one")
            dev.patch("/settings", json={"oneTimeSync": "two"})
            now += timedelta(minutes=minutes)
            _patch(dev, "one")
            assert dev.get("/settings").json() == {"oneTimeSync": "two" if kept else "one"}
