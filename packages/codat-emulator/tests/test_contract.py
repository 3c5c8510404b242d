"""Every endpoint's answer: the published ones field by field, the legacy ones as their description has them."""

import re
from datetime import UTC, datetime, timedelta

import httpx
import pytest

from codat_emulator import Account

XERO_ID = "0f20c943-12d0-4800-9f6c-d218f62d494c"
SANDBOX_ID = "9e0cc03b-3868-4543-98c0-568f0f1b12a3"
KEYS = {"clientId": "A1B2C3", "clientSecret": "a-secret-0001"}
XERO = {
    "key": "gbol",
    "logoUrl": "https://static.codat.io/public/platforms/gbol.png",
    "name": "Xero",
    "enabled": False,
    "sourceId": "8a156a5a-39cb-4f9d-856e-76ef9b9a9607",
    "integrationId": XERO_ID,
    "sourceType": "Accounting",
    "isOfflineConnector": False,
    "isBeta": False,
    "dataProvidedBy": "Codat",
    "datatypeFeatures": [
        {
            "datatype": "chartOfAccounts",
            "supportedFeatures": [
                {"featureType": "Get", "featureState": "Release"},
                {"featureType": "Post", "featureState": "Release"},
                {"featureType": "Categorization", "featureState": "Beta"},
                {"featureType": "Put", "featureState": "NotImplemented"},
            ],
        }
    ],
}
MISSING = "3fa85f64-5717-4562-b3fc-2c963f66afa6"


def error_of(response: httpx.Response) -> str:
    """The text of Codat's error body, which must be complete and agree with the status."""
    body = response.json()
    assert set(body) == {
        "statusCode",
        "service",
        "error",
        "correlationId",
        "validation",
        "canBeRetried",
        "detailedErrorCode",
    }
    assert body["statusCode"] == response.status_code
    assert re.fullmatch("[0-9a-f]{32}", body["correlationId"])
    assert body["canBeRetried"] == "Unknown"
    assert body["detailedErrorCode"] == 0
    return f"{body['service']}: {body['error']}"


def problems_of(response: httpx.Response) -> list[tuple[str | None, str]]:
    assert response.status_code == 400
    error_of(response)
    validation = response.json()["validation"]
    assert validation["warnings"] == []
    return [(item["itemId"], item["message"]) for item in validation["errors"]]


def test_an_account_starts_with_three_disabled_integrations(dev: httpx.Client) -> None:
    body = dev.get("/integrations").json()
    assert [(item["key"], item["name"], item["enabled"]) for item in body["results"]] == [
        ("gbol", "Xero", False),
        ("mqjo", "Sandbox", False),
        ("qhyg", "QuickBooks Online", False),
    ]
    assert body["results"][0] == XERO
    assert (body["pageNumber"], body["pageSize"], body["totalResults"]) == (1, 100, 3)


def test_get_integration_is_the_published_record(dev: httpx.Client) -> None:
    response = dev.get("/integrations/gbol")
    assert response.json() == XERO
    assert response.headers["Content-Type"] == "application/json"


def test_an_integration_id_is_the_same_in_every_account(dev: httpx.Client, prod: httpx.Client) -> None:
    assert dev.get("/integrations").json() == prod.get("/integrations").json()


@pytest.mark.parametrize("path", ["/integrations/{}", "/integrations/{}/branding", "/integrations/credentials/{}"])
def test_platform_keys_are_looked_at(dev: httpx.Client, path: str) -> None:
    malformed = dev.get(path.format("Xero"))
    assert malformed.status_code == 400
    assert error_of(malformed) == "PublicApi: The specified PlatformKey (Xero) is not valid"
    unknown = dev.get(path.format("abcd"))
    assert unknown.status_code == 404
    assert error_of(unknown) == "PublicApi: No integration was found with key abcd"


def test_branding(dev: httpx.Client) -> None:
    body = dev.get("/integrations/gbol/branding").json()
    assert body["sourceId"] == XERO["sourceId"]
    assert body["logo"]["full"]["image"] == {
        "src": "https://static.codat.io/public/officialLogos/Full/8A156A5A-39CB-4F9D-856E-76EF9B9A9607.png",
        "alt": "xero full icon",
    }


def test_profile_and_sync_settings_name_the_account(dev: httpx.Client, account: Account) -> None:
    profile = dev.get("/profile").json()
    assert profile["name"] == "Acme Dev"
    assert "apiKey" not in profile
    assert dev.get("/profile/syncSettings").json()["clientId"] == account.id


def test_the_switch(dev: httpx.Client, prod: httpx.Client) -> None:
    dev.put("/integrations/credentials/gbol", json=KEYS)
    assert dev.put("/integrations/gbol/enabled", json={"enabled": True}).json() == {**XERO, "enabled": True}
    assert dev.get("/integrations/gbol").json()["enabled"] is True
    assert prod.get("/integrations/gbol").json()["enabled"] is False
    assert dev.put("/integrations/gbol/enabled", json={"enabled": False}).json() == XERO


@pytest.mark.parametrize("keys", [{}, {"clientId": "A1B2C3"}, {"clientSecret": "a-secret-0001"}])
def test_switching_on_needs_both_keys(dev: httpx.Client, keys: dict[str, str]) -> None:
    if keys:
        dev.put("/integrations/credentials/gbol", json=keys)
    refused = dev.put("/integrations/gbol/enabled", json={"enabled": True})
    assert problems_of(refused) == [("enabled", "Set clientId and clientSecret first")]
    assert dev.get("/integrations/gbol").json()["enabled"] is False


def test_an_integration_without_a_form_for_keys_is_switched_on_without(dev: httpx.Client) -> None:
    assert dev.put("/integrations/mqjo/enabled", json={"enabled": True}).json()["enabled"] is True
    assert problems_of(dev.put("/integrations/credentials/mqjo", json=KEYS)) == [
        ("mqjo", "Sandbox takes no credentials")
    ]


def test_put_credentials_replaces_the_whole_map(dev: httpx.Client) -> None:
    dev.put("/integrations/credentials/gbol", json={**KEYS, "environment": "sandbox"})
    assert set(dev.get("/integrations/credentials/gbol").json()) == {"clientId", "clientSecret", "environment"}
    dev.put("/integrations/credentials/gbol", json=KEYS)
    assert set(dev.get("/integrations/credentials/gbol").json()) == {"clientId", "clientSecret"}


def test_without_credentials_there_is_nothing_to_read_or_delete(dev: httpx.Client) -> None:
    for response in (dev.get("/integrations/credentials/gbol"), dev.delete("/integrations/credentials/gbol")):
        assert response.status_code == 404
        assert error_of(response) == "PublicApi: No credentials were found for integration with key gbol"


def test_delete_credentials_answers_with_a_body_and_leaves_the_switch(dev: httpx.Client) -> None:
    dev.put("/integrations/credentials/gbol", json=KEYS)
    dev.put("/integrations/gbol/enabled", json={"enabled": True})
    deleted = dev.delete("/integrations/credentials/gbol")
    assert (deleted.status_code, deleted.json()) == (200, {})
    assert dev.get("/integrations/gbol").json()["enabled"] is True
    assert dev.get("/integrations/credentials/gbol").status_code == 404


@pytest.mark.parametrize("space", [" ", "\t", "\n", "\u00a0", "\u2028"])
def test_secure_keys_must_not_contain_spaces(dev: httpx.Client, space: str) -> None:
    refused = dev.put("/integrations/credentials/gbol", json={**KEYS, "clientSecret": f"SECRET{space}CANARY"})
    assert error_of(refused) == "PublicApi: Secure keys must not contain spaces"
    assert problems_of(refused) == [("clientSecret", "Secure keys must not contain spaces")]
    assert "CANARY" not in refused.text
    assert dev.get("/integrations/credentials/gbol").status_code == 404


@pytest.mark.parametrize(
    ("path", "body", "problem"),
    [
        ("/integrations/credentials/gbol", {}, ("gbol", "At least one credential is required")),
        ("/integrations/credentials/gbol", {"clientId": ""}, ("clientId", "Secure keys must not be empty")),
        ("/integrations/credentials/gbol", {"clientId": 7}, ("clientId", "Input should be a valid string")),
        ("/integrations/credentials/gbol", {"clientId": None}, ("clientId", "Input should be a valid string")),
        ("/integrations/credentials/gbol", {"bankFeeds": True}, ("bankFeeds", "Input should be a valid string")),
        ("/integrations/credentials/gbol", ["CANARY"], (None, "Input should be an object")),
        ("/integrations/gbol/enabled", {}, ("enabled", "Field required")),
        ("/integrations/gbol/enabled", {"enabled": "true"}, ("enabled", "Input should be a valid boolean")),
        ("/integrations/gbol/enabled", {"enabled": 1}, ("enabled", "Input should be a valid boolean")),
        ("/integrations/gbol/enabled", {"enabled": None}, ("enabled", "Input should be a valid boolean")),
        ("/integrations/gbol/enabled", {"enabled": True, "x": 1}, ("x", "Extra inputs are not permitted")),
    ],
)
def test_a_put_of_the_wrong_kind_is_refused(
    dev: httpx.Client, path: str, body: object, problem: tuple[str | None, str]
) -> None:
    assert problems_of(dev.put(path, json=body)) == [problem]


@pytest.mark.parametrize(
    ("path", "body", "problem"),
    [
        ("/settings", {"oneTimeSync": 1}, ("oneTimeSync", "Input should be a valid string")),
        ("/settings", {"enableBankFeeds": True}, ("enableBankFeeds", "Extra inputs are not permitted")),
        (f"/settings/integrations/{XERO_ID}", {"bankFeeds": True}, ("bankFeeds", "Extra inputs are not permitted")),
        (
            f"/settings/integrations/{XERO_ID}",
            {"enableBankFeeds": "true"},
            ("enableBankFeeds", "Input should be a valid boolean"),
        ),
        (
            f"/settings/integrations/{XERO_ID}",
            {"enableBankFeeds": None},
            ("enableBankFeeds", "Input should be a valid boolean"),
        ),
        (
            f"/settings/integrations/{SANDBOX_ID}",
            {"enableBankFeeds": True},
            ("enableBankFeeds", "Extra inputs are not permitted"),
        ),
        ("/settings/integrations/gbol", {}, ("integrationId", "integrationId is not a UUID")),
    ],
)
def test_a_patch_of_the_wrong_kind_is_refused(
    dev: httpx.Client, path: str, body: object, problem: tuple[str | None, str]
) -> None:
    assert problems_of(dev.patch(path, json=body)) == [problem]


@pytest.mark.parametrize(
    ("content", "content_type", "item"),
    [
        (b'{"enabled": true}', "text/plain", "Content-Type"),
        (b'{"enabled": true}', "application/jsonp", "Content-Type"),
        (b'{"enabled": true}', None, "Content-Type"),
        (b"", "application/json", None),
        (b"{", "application/json", None),
        (b'{"enabled": "\\ud800"}', "application/json", None),
        (b'{"enabled": \xff}', "application/json", None),
        (b"[" * 500, "application/json", None),
    ],
)
def test_what_is_no_json_is_refused(
    dev: httpx.Client, content: bytes, content_type: str | None, item: str | None
) -> None:
    headers = {"Content-Type": content_type} if content_type else {}
    refused = dev.put("/integrations/gbol/enabled", content=content, headers=headers)
    assert [field for field, _ in problems_of(refused)] == [item]


def test_a_charset_beside_the_media_type_is_fine(dev: httpx.Client) -> None:
    headers = {"Content-Type": "application/json; charset=utf-8"}
    assert dev.put("/integrations/mqjo/enabled", content=b'{"enabled":true}', headers=headers).status_code == 200


def test_settings_merge(dev: httpx.Client) -> None:
    assert dev.get("/settings").json() == {"oneTimeSync": None}
    assert dev.patch("/settings", json={"oneTimeSync": "on"}).json() == {"oneTimeSync": "on"}
    assert dev.patch("/settings", json={}).json() == {"oneTimeSync": "on"}
    assert dev.patch("/settings", json={"oneTimeSync": None}).json() == {"oneTimeSync": None}


def test_integration_settings_merge(dev: httpx.Client) -> None:
    path = f"/settings/integrations/{XERO_ID}"
    assert dev.get(path).json() == {"integrationId": XERO_ID, "oneTimeSync": None, "enableBankFeeds": False}
    dev.patch(path, json={"oneTimeSync": "on"})
    merged = {"integrationId": XERO_ID, "oneTimeSync": "on", "enableBankFeeds": True}
    assert dev.patch(path, json={"enableBankFeeds": True}).json() == merged
    assert dev.patch(path, json={}).json() == merged
    assert dev.get(path).json() == merged
    assert dev.get("/settings").json() == {"oneTimeSync": None}


def test_only_xero_has_the_bank_feeds_setting(dev: httpx.Client) -> None:
    path = f"/settings/integrations/{SANDBOX_ID}"
    assert dev.get(path).json() == {"integrationId": SANDBOX_ID, "oneTimeSync": None}
    assert dev.patch(path, json={"oneTimeSync": "on"}).json() == {"integrationId": SANDBOX_ID, "oneTimeSync": "on"}


def test_an_integration_nobody_has(dev: httpx.Client) -> None:
    refused = dev.get(f"/settings/integrations/{MISSING}")
    assert refused.status_code == 404
    assert error_of(refused) == f"PublicApi: No integration was found with id {MISSING}"


def test_companies_and_their_connections(dev: httpx.Client, prod: httpx.Client, portal: httpx.Client) -> None:
    assert dev.get("/companies").json()["results"] == []
    connections = [{"platformKey": "gbol", "status": "Linked"}, {"platformKey": "qhyg", "status": "PendingAuth"}]
    portal.post("/companies", json={"name": "Toft stores", "connections": connections})
    other = portal.post("/companies", json={"name": "Technicalium"}).json()
    assert dev.get(f"/companies/{other['id']}").json() == other
    company, _ = dev.get("/companies").json()["results"]
    assert company["name"] == "Toft stores"
    assert company["redirect"] == f"https://link.codat.io/company/{company['id']}"
    linked, pending = company["dataConnections"]
    assert (linked["integrationKey"], linked["status"], linked["platformName"]) == ("gbol", "Linked", "Xero")
    assert (linked["integrationId"], linked["sourceType"]) == (XERO_ID, "Accounting")
    assert (pending["integrationKey"], pending["status"]) == ("qhyg", "PendingAuth")
    assert dev.get(f"/companies/{company['id']}").json() == company
    assert dev.get(f"/companies/{company['id']}/connections").json()["results"] == [linked, pending]
    assert prod.get("/companies").json()["totalResults"] == 0


@pytest.mark.parametrize("path", [f"/companies/{MISSING}", f"/companies/{MISSING}/connections"])
def test_a_company_nobody_has(dev: httpx.Client, path: str) -> None:
    refused = dev.get(path)
    assert refused.status_code == 404
    assert error_of(refused) == f"ClientsApi: No company was found with ID {MISSING}"


@pytest.mark.parametrize("changed", [{"clientId": "OTHER"}, {"clientSecret": "another-secret"}])
@pytest.mark.parametrize("way", ["put", "delete", "portal"])
def test_other_keys_deauthorize_the_linked_connections(
    dev: httpx.Client, portal: httpx.Client, changed: dict[str, str], way: str
) -> None:
    dev.put("/integrations/credentials/gbol", json=KEYS)
    connections = [
        {"platformKey": "gbol", "status": "Linked"},
        {"platformKey": "gbol", "status": "Unlinked"},
        {"platformKey": "qhyg", "status": "Linked"},
    ]
    portal.post("/companies", json={"name": "Toft stores", "connections": connections})
    match way:
        case "put":
            dev.put("/integrations/credentials/gbol", json={**KEYS, **changed})
        case "delete":
            dev.delete("/integrations/credentials/gbol")
        case _:
            portal.patch("/integrations/gbol", json=changed)
    (company,) = dev.get("/companies").json()["results"]
    assert [connection["status"] for connection in company["dataConnections"]] == ["Deauthorized", "Unlinked", "Linked"]


@pytest.mark.parametrize("before", [None, KEYS])
def test_first_keys_and_the_same_keys_deauthorize_nobody(
    dev: httpx.Client, portal: httpx.Client, before: dict[str, str] | None
) -> None:
    if before:
        dev.put("/integrations/credentials/gbol", json=before)
    portal.post("/companies", json={"name": "A", "connections": [{"platformKey": "gbol", "status": "Linked"}]})
    dev.put("/integrations/credentials/gbol", json=KEYS)
    assert dev.get("/companies").json()["results"][0]["dataConnections"][0]["status"] == "Linked"


@pytest.mark.parametrize(
    ("method", "path"),
    [("GET", "/"), ("GET", "/nothing"), ("GET", "/integrations/"), ("PUT", "/profile/apiKey"), ("GET", "/Profile")],
)
def test_an_unknown_path(dev: httpx.Client, method: str, path: str) -> None:
    refused = dev.request(method, path)
    assert refused.status_code == 404
    assert error_of(refused) == "PublicApi: NotFound"
    assert refused.json()["validation"] is None


@pytest.mark.parametrize(
    ("method", "path", "allowed"),
    [
        ("DELETE", "/integrations", "GET"),
        ("POST", "/integrations/gbol", "GET"),
        ("GET", "/integrations/gbol/enabled", "PUT"),
        ("PATCH", "/integrations/credentials/gbol", "DELETE, GET, PUT"),
        ("PUT", "/settings", "GET, PATCH"),
        ("OPTIONS", "/companies", "GET"),
    ],
)
def test_a_method_a_path_does_not_have(dev: httpx.Client, method: str, path: str, allowed: str) -> None:
    refused = dev.request(method, path)
    assert refused.status_code == 405
    assert refused.headers["Allow"] == allowed
    assert error_of(refused) == "PublicApi: MethodNotAllowed"


def test_head_is_not_a_way_to_read(dev: httpx.Client) -> None:
    assert dev.head("/integrations").status_code == 405


def test_every_answer_carries_the_rate_limit_headers(dev: httpx.Client, stranger: httpx.Client) -> None:
    tomorrow = datetime.now(UTC).date() + timedelta(days=1)
    answers = [dev.get("/integrations"), dev.get("/nothing"), dev.put("/profile"), stranger.get("/profile")]
    for answer in answers:
        assert answer.headers["X-Rate-Limit-Limit"] == "1000"
        assert answer.headers["X-Rate-Limit-Reset"] == f"{tomorrow.isoformat()}T00:00:00Z"
    assert [answer.headers["X-Rate-Limit-Remaining"] for answer in answers] == ["999", "998", "997", "1000"]
