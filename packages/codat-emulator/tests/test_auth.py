"""Who gets in: only `Authorization: Basic <base64 of the raw key>`."""

import base64

import httpx
import pytest

from codat_emulator import Account


def _encoded(text: str) -> str:
    return base64.b64encode(text.encode()).decode()


def test_each_key_opens_its_own_account(dev: httpx.Client, prod: httpx.Client) -> None:
    assert dev.get("/profile").json()["name"] == "Acme Dev"
    assert prod.get("/profile").json()["name"] == "Acme Prod"


@pytest.mark.parametrize(
    "form",
    [
        "{key}",
        "Basic {key}",
        "Bearer {encoded}",
        "basic {encoded}",
        "Basic  {encoded}",
        "Basic {encoded} ",
        "Basic",
        "Basic ",
        "Basic ====",
        "Basic /w==",
        "",
    ],
)
def test_any_other_form_is_refused(stranger: httpx.Client, account: Account, form: str) -> None:
    value = form.format(key=account.api_key, encoded=_encoded(account.api_key)).rstrip()
    value += " x" if form.endswith("} ") else ""
    refused = stranger.get("/profile", headers={"Authorization": value})
    assert refused.status_code == 401
    assert refused.json()["error"] == "Unauthorized"


@pytest.mark.parametrize("text", ["{key}:", "user:{key}", "{key}\n", "emulated-dev-wrong"])
def test_a_key_with_anything_around_it_is_refused(stranger: httpx.Client, account: Account, text: str) -> None:
    header = f"Basic {_encoded(text.format(key=account.api_key))}"
    assert stranger.get("/profile", headers={"Authorization": header}).status_code == 401


def test_no_header_and_two_headers_are_refused(stranger: httpx.Client, account: Account) -> None:
    header = ("Authorization", f"Basic {_encoded(account.api_key)}")
    assert stranger.get("/profile").status_code == 401
    assert stranger.get("/profile", headers=[header, header]).status_code == 401
    assert stranger.get("/profile", headers=[header]).status_code == 200


def test_a_stranger_cannot_tell_which_paths_there_are(stranger: httpx.Client) -> None:
    assert {stranger.get(path).status_code for path in ("/integrations", "/nothing", "/integrations/Xero")} == {401}


def test_a_new_key_replaces_the_old(
    dev: httpx.Client, stranger: httpx.Client, portal: httpx.Client, account: Account
) -> None:
    portal.patch("", json={"apiKey": "rotated-key"})
    assert dev.get("/profile").status_code == 401
    header = {"Authorization": f"Basic {_encoded('rotated-key')}"}
    assert stranger.get("/profile/syncSettings", headers=header).json()["clientId"] == account.id
