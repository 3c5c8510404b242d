"""Xero's identity service: what a pair of keys is answered, and that nothing of it is kept where it can be read."""

import base64
from urllib.parse import quote

import httpx
import pytest

TOKEN = "/xero/connect/token"
ID, SECRET = "3D5A1C7E9B2F4860A1B2C3D4E5F60718", "s3cret-canary/+:%41"
GRANT = {"grant_type": "client_credentials"}


def basic(client_id: str, secret: str) -> dict[str, str]:

    pair = f"{quote(client_id, safe='')}:{quote(secret, safe='')}"
    return {"Authorization": f"Basic {base64.b64encode(pair.encode()).decode()}"}


@pytest.fixture(autouse=True)
def _app(control: httpx.Client) -> None:
    answer = control.post("/xero/apps", json={"clientId": ID, "clientSecret": SECRET})
    assert (answer.status_code, answer.json()) == (200, {"clientId": ID, "kind": "web"})


@pytest.mark.parametrize(
    ("headers", "form", "error"),
    [
        (basic(ID, SECRET), GRANT, "unauthorized_client"),
        ({}, GRANT | {"client_id": ID, "client_secret": SECRET}, "unauthorized_client"),
        (basic(ID, "another"), GRANT, "invalid_client"),
        (basic("ANOTHER", SECRET), GRANT, "invalid_client"),
        ({"Authorization": "Basic !"}, GRANT, "invalid_client"),
        ({}, GRANT, "invalid_client"),
        (basic(ID, SECRET), {"grant_type": "password"}, "unsupported_grant_type"),
        (basic(ID, SECRET), {}, "invalid_request"),
    ],
)
def test_a_web_app_gets_no_token_and_the_reason_tells_whether_the_pair_is_right(
    stranger: httpx.Client, headers: dict[str, str], form: dict[str, str], error: str
) -> None:
    answer = stranger.post(TOKEN, data=form, headers=headers)
    assert (answer.status_code, answer.json()) == (400, {"error": error})


def test_an_app_may_have_two_secrets_and_a_custom_connection_gets_a_token(
    control: httpx.Client, stranger: httpx.Client
) -> None:
    control.post("/xero/apps", json={"clientId": ID, "clientSecret": "second"})
    assert stranger.post(TOKEN, data=GRANT, headers=basic(ID, "second")).json() == {"error": "unauthorized_client"}
    control.post("/xero/apps", json={"clientId": "C", "clientSecret": "c", "kind": "custom"})
    answer = stranger.post(TOKEN, data=GRANT, headers=basic("C", "c"))
    assert answer.status_code == 200
    assert answer.json().keys() == {"access_token", "expires_in", "token_type"}


def test_apps_can_be_forgotten(control: httpx.Client, stranger: httpx.Client) -> None:
    assert control.delete("/xero/apps").json() == {"removed": 1}
    assert stranger.post(TOKEN, data=GRANT, headers=basic(ID, SECRET)).json() == {"error": "invalid_client"}


@pytest.mark.parametrize(
    ("method", "path", "status"),
    [("GET", TOKEN, 405), ("POST", "/xero/connect/authorize", 404), ("GET", "/xero/", 404)],
)
def test_there_is_nothing_but_the_token_endpoint(stranger: httpx.Client, method: str, path: str, status: int) -> None:
    assert stranger.request(method, path).status_code == status


def test_what_was_asked_is_recorded_without_the_pair(control: httpx.Client, stranger: httpx.Client) -> None:
    stranger.post(TOKEN, data=GRANT, headers=basic(ID, SECRET))
    (record,) = control.get("/requests").json()
    assert record == {
        "method": "POST",
        "path": TOKEN,
        "query": "",
        "status": 400,
        "account": None,
        "body": "[redacted]",
    }
    assert SECRET not in control.get("/requests").text


def test_faults_reach_it_too(control: httpx.Client, stranger: httpx.Client) -> None:
    control.post("/faults", json={"method": "POST", "path": TOKEN, "kind": "503"})
    assert stranger.post(TOKEN, data=GRANT, headers=basic(ID, SECRET)).status_code == 503
    control.post("/faults", json={"method": "POST", "path": TOKEN, "kind": "reset-before"})
    with pytest.raises(httpx.TransportError):
        stranger.post(TOKEN, data=GRANT, headers=basic(ID, SECRET))
    control.post("/faults", json={"method": "POST", "path": TOKEN, "kind": "slow", "seconds": 0.01})
    assert stranger.post(TOKEN, data=GRANT, headers=basic(ID, SECRET)).status_code == 400
