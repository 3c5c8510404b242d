"""The control surface: what a person does in the Portal, how an account behaves, and its own mistakes."""

import base64
import hashlib

import httpx
import pytest

from codat_emulator import Account, Emulator

EMPTY = {"enabled": False, "clientId": None, "hasClientSecret": False, "clientSecretSha256": None, "bankFeeds": False}
KINDS = """held, html, malformed, no-effect, reset-after, reset-before, slow, stale, timeout, timeout-after, truncated,
wrong-shape"""


def _sha256(secret: str) -> str:
    return hashlib.sha256(secret.encode()).hexdigest()


def test_it_says_where_it_is_and_which_accounts_there_are(emulator: Emulator, control: httpx.Client) -> None:
    assert control.get("").json() == {
        "url": emulator.url,
        "accounts": [
            {"id": account.id, "name": account.name, "apiKey": account.api_key} for account in emulator.accounts
        ],
    }


def test_it_needs_no_key_and_costs_no_quota(dev: httpx.Client, control: httpx.Client) -> None:
    for _ in range(3):
        assert control.get("/requests").json() == []
    assert dev.get("/profile").headers["X-Rate-Limit-Remaining"] == "999"


def test_a_person_fills_the_form(dev: httpx.Client, portal: httpx.Client) -> None:
    assert portal.get("/integrations/gbol").json() == EMPTY
    filled = portal.patch(
        "/integrations/gbol",
        json={"clientId": "A1B2C3", "clientSecret": "a-secret-0001", "enabled": True, "bankFeeds": True},
    ).json()
    assert filled == {
        "enabled": True,
        "clientId": "A1B2C3",
        "hasClientSecret": True,
        "clientSecretSha256": _sha256("a-secret-0001"),
        "bankFeeds": True,
    }
    assert portal.get("/integrations/gbol").json() == filled
    assert dev.get("/integrations/gbol").json()["enabled"] is True
    assert dev.get("/integrations/credentials/gbol").json() == {"clientId": "A1B2C3", "clientSecret": "********0001"}
    settings = dev.get("/settings/integrations/0f20c943-12d0-4800-9f6c-d218f62d494c").json()
    assert settings["enableBankFeeds"] is True


def test_what_a_person_leaves_alone_stays(dev: httpx.Client, portal: httpx.Client) -> None:
    dev.put("/integrations/credentials/gbol", json={"clientId": "A", "clientSecret": "one", "environment": "x"})
    portal.patch("/integrations/gbol", json={"clientSecret": "two"})
    form = portal.patch("/integrations/gbol", json={"bankFeeds": True}).json()
    assert (form["clientId"], form["clientSecretSha256"], form["enabled"]) == ("A", _sha256("two"), False)
    assert set(dev.get("/integrations/credentials/gbol").json()) == {"clientId", "clientSecret", "environment"}


def test_null_takes_keys_away_and_with_the_last_the_rest(dev: httpx.Client, portal: httpx.Client) -> None:
    dev.put("/integrations/credentials/gbol", json={"clientId": "A", "clientSecret": "one", "environment": "x"})
    half = portal.patch("/integrations/gbol", json={"clientSecret": None}).json()
    assert (half["clientId"], half["hasClientSecret"]) == ("A", False)
    assert portal.patch("/integrations/gbol", json={"clientId": None, "clientSecret": None}).json() == EMPTY
    assert dev.get("/integrations/credentials/gbol").status_code == 404


def test_toggles_can_be_set_whatever_else_is_there(portal: httpx.Client) -> None:
    form = portal.patch("/integrations/gbol", json={"enabled": True, "bankFeeds": True}).json()
    assert form == {**EMPTY, "enabled": True, "bankFeeds": True}


def test_an_account_says_how_it_behaves(portal: httpx.Client, account: Account) -> None:
    shown = {
        "id": account.id,
        "name": "Acme Dev",
        "mask": "last-four",
        "maskClientId": False,
        "offers": "all",
        "quotaRemaining": 1000,
    }
    assert portal.patch("", json={}).json() == shown
    changes = {"mask": "stars", "maskClientId": True, "offers": "published-403", "quotaRemaining": 7}
    assert portal.patch("", json=changes).json() == {**shown, **changes}
    assert portal.patch("", json={}).json() == {**shown, **changes}


def test_companies_are_added_and_removed(dev: httpx.Client, portal: httpx.Client) -> None:
    connections = [{"platformKey": "gbol", "status": "Linked"}]
    added = [portal.post("/companies", json={"name": name, "connections": connections}).json() for name in "AB"]
    assert dev.get("/companies").json()["results"] == added
    assert portal.delete("/companies").json() == {"removed": 2}
    assert dev.get("/companies").json()["totalResults"] == 0


@pytest.mark.parametrize(
    ("method", "path", "body", "error"),
    [
        ("PATCH", "/integrations/gbol", {"enable": True}, "enable: Extra inputs are not permitted"),
        ("PATCH", "/integrations/gbol", {"a\nb": 1}, "a b: Extra inputs are not permitted"),
        ("PATCH", "/integrations/gbol", {"enabled": None}, "enabled: Input should be a valid boolean"),
        ("PATCH", "/integrations/gbol", {"bankFeeds": "yes"}, "bankFeeds: Input should be a valid boolean"),
        ("PATCH", "/integrations/gbol", {"clientId": "a b"}, "Secure keys must not contain spaces"),
        ("PATCH", "/integrations/mqjo", {"clientId": "a"}, "Sandbox has no secure keys"),
        ("PATCH", "/integrations/qhyg", {"bankFeeds": True}, "QuickBooks Online has no bank feeds"),
        ("PATCH", "/integrations/Xero", {}, "The specified PlatformKey (Xero) is not valid"),
        (
            "PATCH",
            "",
            {"mask": "dots"},
            "mask: Input should be 'stars', 'last-four', 'empty', 'versioned' or 'unstable'",
        ),
        (
            "PATCH",
            "",
            {"offers": "none"},
            "offers: Input should be 'all', 'published-404', 'published-403' or 'published-405'",
        ),
        ("PATCH", "", {"maskClientId": 1}, "maskClientId: Input should be a valid boolean"),
        ("PATCH", "", {"apiKey": ""}, "apiKey: String should match pattern '^[!-~]+$'"),
        ("PATCH", "", {"quotaRemaining": -1}, "quotaRemaining: Input should be greater than or equal to 0"),
        ("PATCH", "", [], "Input should be an object"),
        ("POST", "/companies", {}, "name: Field required"),
        ("POST", "/companies", {"name": ""}, "name: String should have at least 1 character"),
        (
            "POST",
            "/companies",
            {"name": "A", "connections": [{"platformKey": "abcd", "status": "Linked"}]},
            "connections.0.platformKey: Value error, must be one of gbol, mqjo, qhyg",
        ),
        (
            "POST",
            "/companies",
            {"name": "A", "connections": [{"platformKey": "gbol", "status": "linked"}]},
            "connections.0.status: Input should be 'PendingAuth', 'Linked', 'Unlinked' or 'Deauthorized'",
        ),
    ],
)
def test_a_mistake_is_refused_in_one_line(
    portal: httpx.Client, method: str, path: str, body: object, error: str
) -> None:
    refused = portal.request(method, path, json=body)
    assert (refused.status_code, refused.json()) == (400, {"error": error})


@pytest.mark.parametrize(
    ("fault", "error"),
    [
        (
            {"method": "*", "path": "*", "kind": "explode"},
            f"kind: Value error, must be a status from 400 to 599 or one of {KINDS}".replace("\n", " "),
        ),
        ({"method": "*", "path": "*", "kind": "200"}, "kind: Value error, must be a status from 400"),
        ({"method": "*", "path": "*", "kind": "600"}, "kind: Value error, must be a status from 400"),
        ({"method": "*", "path": "*", "kind": 500}, "kind: Input should be a valid string"),
        ({"method": "get", "path": "*", "kind": "500"}, "method: Input should be '*', 'GET'"),
        ({"method": "*", "path": "profile", "kind": "500"}, "path: String should match"),
        ({"method": "*", "path": "*", "kind": "500", "times": 0}, "times: Input should be greater"),
        ({"method": "*", "path": "*", "kind": "slow"}, "Value error, seconds is required for slow, and for slow only"),
        ({"method": "*", "path": "*", "kind": "500", "seconds": 1}, "Value error, seconds is required for slow"),
        ({"method": "*", "path": "*", "kind": "html", "retryAfter": 1}, "Value error, retryAfter is for a status"),
        ({"method": "*", "path": "*", "kind": "500", "retry": 1}, "retry: Extra inputs are not permitted"),
    ],
)
def test_a_fault_that_cannot_be_is_refused(control: httpx.Client, fault: dict[str, object], error: str) -> None:
    refused = control.post("/faults", json=fault)
    assert refused.status_code == 400
    assert refused.json()["error"].startswith(error)
    assert control.get("/faults").json() == []


def test_a_key_of_another_account_is_refused(emulator: Emulator, portal: httpx.Client) -> None:
    refused = portal.patch("", json={"apiKey": emulator.accounts[1].api_key})
    assert (refused.status_code, refused.json()) == (400, {"error": "apiKey: another account has this key"})
    own = portal.patch("", json={"apiKey": emulator.accounts[0].api_key})
    assert own.status_code == 200


def test_an_account_more_is_like_the_others(emulator: Emulator, control: httpx.Client) -> None:
    given = {"name": "Acme EU", "id": "3f0c2a71-6a9d-4d58-9b0e-2f2c1d7e8a90", "apiKey": "a-key-of-the-test"}
    assert control.post("/accounts", json=given).json() == given
    made_up = control.post("/accounts", json={"name": "Acme US"}).json()
    assert [account.name for account in emulator.accounts[-2:]] == ["Acme EU", "Acme US"]
    assert emulator.accounts[-1].api_key == made_up["apiKey"]
    form = control.patch(f"/accounts/{made_up['id']}/integrations/gbol", json={"enabled": True}).json()
    assert form == EMPTY | {"enabled": True}
    key = base64.b64encode(b"a-key-of-the-test").decode()
    asked = httpx.get(f"{emulator.url}/profile/syncSettings", headers={"Authorization": f"Basic {key}"})
    assert asked.json()["clientId"] == given["id"]


@pytest.mark.parametrize(
    ("given", "error"),
    [
        ({"name": "x", "id": "5b8d3c0e-2f41-4a6b-9c57-d1e07a3f6b21"}, "id: there is an account 5b8d3c0e-"),
        ({"name": "x", "id": "no-uuid"}, "id: Input should be a valid UUID"),
        ({"name": "x", "apiKey": "emulated-dev-q7Xw2mLrT4kZb8VgNc3HjPs6YdF"}, "apiKey: another account has this key"),
        ({"name": "x", "apiKey": "two words"}, "apiKey: String should match"),
        ({"name": ""}, "name: String should have at least 1 character"),
    ],
)
def test_an_account_that_cannot_be_is_refused(
    emulator: Emulator, control: httpx.Client, given: dict[str, object], error: str
) -> None:
    refused = control.post("/accounts", json=given)
    assert refused.status_code == 400
    assert refused.json()["error"].startswith(error)
    assert "emulated-dev" not in refused.text
    assert len(emulator.accounts) == 3


def test_only_json_is_taken(control: httpx.Client) -> None:
    refused = control.post("/faults", content=b'{"method":"*","path":"*","kind":"500"}')
    assert (refused.status_code, refused.json()) == (400, {"error": "Content-Type: must be application/json"})


@pytest.mark.parametrize(
    ("method", "path", "status", "error"),
    [
        ("GET", "/nothing", 404, "/_emulator/nothing is not part of the control surface"),
        ("GET", "/accounts/nobody/integrations/gbol", 404, "no account has the id nobody"),
        ("POST", "/requests", 405, "/_emulator/requests takes DELETE, GET, not POST"),
        ("PUT", "", 405, "/_emulator takes GET, not PUT"),
    ],
)
def test_where_nothing_is(control: httpx.Client, method: str, path: str, status: int, error: str) -> None:
    refused = control.request(method, path)
    assert (refused.status_code, refused.json()) == (status, {"error": error})


def test_an_unknown_integration(portal: httpx.Client) -> None:
    refused = portal.get("/integrations/abcd")
    assert (refused.status_code, refused.json()) == (404, {"error": "No integration was found with key abcd"})
