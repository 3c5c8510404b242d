"""The record of requests: everything that came, nothing that is secret."""

import base64
import socket
from urllib.parse import urlsplit

import httpx
import pytest

from codat_emulator import Account, Emulator

CANARY = "CANARY-7f3a9"
CREDENTIALS = "/integrations/credentials/gbol"


def test_requests_are_recorded_in_order(dev: httpx.Client, control: httpx.Client, account: Account) -> None:
    dev.get("/integrations?page=1&pageSize=5")
    dev.put("/integrations/mqjo/enabled", json={"enabled": True})
    dev.patch("/settings", json={"oneTimeSync": None})
    dev.delete(CREDENTIALS)
    rows = [
        ("GET", "/integrations", "page=1&pageSize=5", 200, None),
        ("PUT", "/integrations/mqjo/enabled", "", 200, {"enabled": True}),
        ("PATCH", "/settings", "", 200, {"oneTimeSync": None}),
        ("DELETE", CREDENTIALS, "", 404, None),
    ]
    names = ("method", "path", "query", "status", "body")
    assert control.get("/requests").json() == [
        {**dict(zip(names, row, strict=True)), "account": account.id} for row in rows
    ]


def test_the_record_can_be_emptied(dev: httpx.Client, control: httpx.Client) -> None:
    dev.get("/profile")
    assert control.delete("/requests").json() == {"removed": 1}
    assert control.get("/requests").json() == []


def test_a_stranger_is_recorded_without_account(stranger: httpx.Client, control: httpx.Client) -> None:
    stranger.get("/profile")
    (entry,) = control.get("/requests").json()
    assert (entry["status"], entry["account"]) == (401, None)


@pytest.mark.parametrize(
    ("method", "path", "content", "kept"),
    [
        ("PUT", CREDENTIALS, '{"clientId":"@","clientSecret":"@"}', {"clientId": 0, "clientSecret": 0}),
        ("PUT", CREDENTIALS, '{"invented":{"deep":["@"]}}', {"invented": 0}),
        ("PUT", CREDENTIALS, '{"enabled":"@"}', {"enabled": 0}),
        ("PUT", CREDENTIALS, '["@"]', 0),
        ("PUT", CREDENTIALS, '"@"', 0),
        ("PUT", CREDENTIALS, '{"clientSecret":"@"', 0),
        ("PUT", CREDENTIALS, '{"clientSecret":"@\\ud800"}', 0),
        ("PUT", CREDENTIALS, "clientSecret=@", 0),
        ("PUT", CREDENTIALS, "[" * 500 + '"@"', 0),
        ("PUT", f"{CREDENTIALS}/", '{"clientSecret":"@"}', {"clientSecret": 0}),
        ("PATCH", "/settings", '{"clientSecret":"@","oneTimeSync":{"x":"@"}}', {"clientSecret": 0, "oneTimeSync": 0}),
        ("PATCH", "/settings", '{"oneTimeSync":1e999}', {"oneTimeSync": 0}),
        ("PATCH", "/settings", '{"oneTimeSync":NaN}', 0),
        ("POST", "/nothing", '{"password":"@"}', {"password": 0}),
        ("GET", "/integrations?query=@&page=1", "", None),
        ("GET", "/integrations?apiKey=@", "", None),
    ],
)
def test_no_secret_is_kept_wherever_it_was_put(
    dev: httpx.Client, control: httpx.Client, method: str, path: str, content: str, *, kept: object
) -> None:
    headers = {"Content-Type": "application/json", "X-Secret": CANARY}
    dev.request(method, path.replace("@", CANARY), content=content.replace("@", CANARY), headers=headers)
    record = control.get("/requests")
    assert CANARY not in record.text
    (entry,) = record.json()
    redacted = kept if kept != 0 else "[redacted]"
    if isinstance(kept, dict):
        redacted = dict.fromkeys(kept, "[redacted]")
    assert entry["body"] == redacted


@pytest.mark.parametrize("form", ["{key}", "Basic {key}", "Basic {encoded}"])
def test_no_api_key_is_kept(stranger: httpx.Client, control: httpx.Client, account: Account, form: str) -> None:
    encoded = base64.b64encode(account.api_key.encode()).decode()
    stranger.get("/profile", headers={"Authorization": form.format(key=account.api_key, encoded=encoded)})
    text = control.get("/requests").text
    assert account.api_key not in text
    assert encoded not in text


def test_no_answer_repeats_a_secret(dev: httpx.Client, portal: httpx.Client) -> None:
    answers = [
        dev.put(CREDENTIALS, json={"clientId": "A1B2C3", "clientSecret": f"{CANARY}-0001"}),
        dev.put(CREDENTIALS, json={"clientSecret": f"{CANARY} spaced"}),
        dev.put(CREDENTIALS, json={"clientSecret": [CANARY]}),
        dev.put(CREDENTIALS, content=f'{{"clientSecret": "{CANARY}', headers={"Content-Type": "application/json"}),
        dev.get(CREDENTIALS),
        portal.get("/integrations/gbol"),
        portal.patch("/integrations/gbol", json={"clientSecret": f"{CANARY} spaced"}),
        portal.patch("/integrations/gbol", json={"clientSecret": [CANARY]}),
        portal.patch("", json={"apiKey": f"{CANARY} spaced"}),
    ]
    assert not any(CANARY in answer.text for answer in answers)


def test_a_request_that_never_arrives_whole_is_none(
    emulator: Emulator, dev: httpx.Client, control: httpx.Client
) -> None:
    with socket.create_connection((urlsplit(emulator.url).hostname, urlsplit(emulator.url).port or 0)) as cut:
        cut.sendall(b"PUT /settings HTTP/1.1\r\nHost: localhost\r\nContent-Length: 100\r\n\r\n{")
    dev.get("/profile")
    assert [entry["path"] for entry in control.get("/requests").json()] == ["/profile"]
