"""Where each setting comes from, and every wrong value in words."""

from __future__ import annotations

from contextlib import suppress
from uuid import UUID

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import ValidationError

from pulumi_codat.api import CodatError
from pulumi_codat.api.wire import is_loopback
from pulumi_codat.settings import Settings, load_settings

KEY = "codat-api-key-canary"
ONE = "5b8d3c0e-2f41-4a6b-9c57-d1e07a3f6b21"
TWO = "c2a9f7d4-8e13-4b70-a5d6-3f9e1b4c8a02"
KNOWN = (
    "codat:account, codat:apiKey, codat:bankFeedsSetting, codat:baseUrl, codat:clientCertificate, codat:clientKey,"
    " codat:maxWaitSeconds, codat:onDrift, codat:personWaitSeconds, codat:readLive, codat:verifyXeroKeys,"
    " codat:writes, codat:xeroIdentityUrl"
)


def problem(config: dict[str, object], environ: dict[str, str] | None = None) -> str:
    with pytest.raises(CodatError) as caught:
        load_settings(config, environ or {})
    return str(caught.value)


def test_without_anything_the_defaults_hold() -> None:
    settings = load_settings({}, {})
    assert settings == Settings(
        api_key=None,
        base_url="https://api.codat.io",
        account=None,
        confirmed_account=None,
        max_wait_seconds=60,
        bank_feeds_setting="enableBankFeeds",
        writes="auto",
        person_wait_seconds=0,
        read_live="required",
        on_drift="repair",
        accept_drift=False,
        on_destroy=None,
        change_log=None,
        log=None,
    )


def test_the_environment_comes_before_stack_configuration() -> None:
    settings = load_settings(
        {"codat:apiKey": "from-config", "codat:baseUrl": "https://config.example", "codat:maxWaitSeconds": "10"},
        {"CODAT_API_KEY": KEY, "CODAT_BASE_URL": "https://environ.example", "CODAT_MAX_WAIT_SECONDS": "20"},
    )
    assert settings.api_key is not None
    assert settings.api_key.get_secret_value() == KEY
    assert settings.base_url == "https://environ.example"
    assert settings.max_wait_seconds == 20


@pytest.mark.parametrize(("config", "environ"), [({"codat:account": ""}, {}), ({}, {"CODAT_ACCOUNT": ""})])
def test_an_empty_guard_is_an_error_because_an_unset_ci_variable_expands_to_nothing(
    config: dict[str, object], environ: dict[str, str]
) -> None:
    with pytest.raises(CodatError, match=r"codat:account|CODAT_ACCOUNT"):
        load_settings(config, environ)


def test_stack_configuration_counts_where_the_environment_is_silent_or_empty() -> None:
    config: dict[str, object] = {
        "codat:apiKey": KEY,
        "codat:baseUrl": "https://config.example/",
        "codat:account": ONE,
        "codat:maxWaitSeconds": "10.5",
        "codat:bankFeedsSetting": "bankFeeds_2",
        "xero:clientId": "not ours",
    }
    empty = dict.fromkeys(("CODAT_API_KEY", "CODAT_BASE_URL", "CODAT_ON_DESTROY", "CODAT_LOG"), "")
    for environ in ({}, empty):
        settings = load_settings(config, environ)
        assert settings.api_key is not None
        assert settings.api_key.get_secret_value() == KEY
        assert settings.base_url == "https://config.example"
        assert settings.account == UUID(ONE)
        assert settings.max_wait_seconds == 10.5
        assert settings.bank_feeds_setting == "bankFeeds_2"


def test_the_environment_confirms_the_account_and_never_changes_it() -> None:
    settings = load_settings({"codat:account": ONE}, {"CODAT_ACCOUNT": TWO})
    assert (settings.account, settings.confirmed_account) == (UUID(ONE), UUID(TWO))


def test_what_is_for_one_run_comes_from_the_environment_alone() -> None:
    settings = load_settings({}, {"CODAT_ON_DESTROY": "retain", "CODAT_LOG": "debug"})
    assert (settings.on_destroy, settings.log) == ("retain", "debug")
    assert "codat:onDestroy is not a setting" in problem({"codat:onDestroy": "retain"})


def test_the_keys_that_accounts_name_are_no_mistyped_settings() -> None:
    assert load_settings({"codat:apiKeyEu": KEY, "codat:apiKey2": KEY}, {}) == Settings()
    for name in ("apikey", "apiKeyy", "apiKey_eu", "ApiKeyEu", "accountEu", "account2"):
        assert f"codat:{name} is not a setting of this version" in problem({f"codat:{name}": ONE})


def test_how_key_pairs_are_checked_at_xero() -> None:
    settings = load_settings(
        {"codat:verifyXeroKeys": "off", "codat:xeroIdentityUrl": "https://identity.example/"},
        {"CODAT_VERIFY_XERO_KEYS": "required"},
    )
    assert (settings.verify_xero_keys, settings.xero_identity_url) == ("required", "https://identity.example")


URL = "must begin with https:// (plain http is for an emulator on this machine only)"
PLAIN = "must be a plain URL such as https://api.codat.io"
KEY_ALONE = "must be the key alone, without spaces or line breaks"


@pytest.mark.parametrize(
    ("config", "environ", "said"),
    [
        ({"codat:apiKey": "two words"}, {}, f"codat:apiKey: {KEY_ALONE}"),
        ({"codat:apiKey": KEY + "\n"}, {}, f"codat:apiKey: {KEY_ALONE}"),
        ({"codat:apiKey": "kéy"}, {}, f"codat:apiKey: {KEY_ALONE}"),
        ({"codat:apiKey": "Basic "}, {}, f"codat:apiKey: {KEY_ALONE}"),
        ({"codat:apiKey": "Bearer abc"}, {}, f"codat:apiKey: {KEY_ALONE}"),
        ({"codat:apiKey": 5}, {}, "codat:apiKey: Input should be a valid string"),
        ({}, {"CODAT_API_KEY": " "}, f"CODAT_API_KEY: {KEY_ALONE}"),
        ({}, {"CODAT_API_KEY": "\udcff"}, f"CODAT_API_KEY: {KEY_ALONE}"),
        ({"codat:baseUrl": "http://api.codat.io"}, {}, f"codat:baseUrl: {URL}"),
        ({"codat:baseUrl": "http://127.0.0.1.evil.example"}, {}, f"codat:baseUrl: {URL}"),
        ({"codat:baseUrl": "http://10.0.0.1"}, {}, f"codat:baseUrl: {URL}"),
        ({"codat:baseUrl": "ftp://127.0.0.1"}, {}, f"codat:baseUrl: {URL}"),
        ({"codat:baseUrl": "api.codat.io"}, {}, f"codat:baseUrl: {PLAIN}"),
        ({"codat:baseUrl": "https://"}, {}, f"codat:baseUrl: {PLAIN}"),
        ({"codat:baseUrl": "https://user:pass@api.codat.io"}, {}, f"codat:baseUrl: {PLAIN}"),
        ({"codat:baseUrl": "https://api.codat.io?x=1"}, {}, f"codat:baseUrl: {PLAIN}"),
        ({"codat:baseUrl": "https://api.codat.io#x"}, {}, f"codat:baseUrl: {PLAIN}"),
        ({"codat:baseUrl": "https://[::1"}, {}, "codat:baseUrl: is not a URL"),
        ({"codat:baseUrl": "https://api.codat.io:port"}, {}, "codat:baseUrl: is not a URL"),
        ({"codat:baseUrl": "https://api.codat.io:99999"}, {}, "codat:baseUrl: is not a URL"),
        ({"codat:baseUrl": "https://api codat.io"}, {}, f"codat:baseUrl: {PLAIN}"),
        ({"codat:baseUrl": "https://api.codat.io\n"}, {}, "codat:baseUrl: is not a URL"),
        ({"codat:baseUrl": "https://xn--/"}, {}, "codat:baseUrl: is not a URL"),
        ({}, {"CODAT_BASE_URL": "https://\udcff"}, "CODAT_BASE_URL: is not a URL"),
        ({"codat:account": "Acme"}, {}, "codat:account: must be the account's UUID"),
        ({}, {"CODAT_ACCOUNT": "Acme"}, "CODAT_ACCOUNT: must be the account's UUID"),
        ({"codat:maxWaitSeconds": "0"}, {}, "codat:maxWaitSeconds: Input should be greater than 0"),
        ({"codat:maxWaitSeconds": "-1"}, {}, "codat:maxWaitSeconds: Input should be greater than 0"),
        ({"codat:maxWaitSeconds": "3601"}, {}, "codat:maxWaitSeconds: Input should be less than or equal to 3600"),
        ({"codat:maxWaitSeconds": "nan"}, {}, "codat:maxWaitSeconds: Input should be a finite number"),
        ({}, {"CODAT_MAX_WAIT_SECONDS": "soon"}, "CODAT_MAX_WAIT_SECONDS: Input should be a valid number"),
        (
            {"codat:bankFeedsSetting": "a-b"},
            {},
            "codat:bankFeedsSetting: must be a name of at most 64 letters, digits and underscores",
        ),
        (
            {"codat:bankFeedsSetting": "a" * 65},
            {},
            "codat:bankFeedsSetting: must be a name of at most 64 letters, digits and underscores",
        ),
        ({"codat:verifyXeroKeys": "yes"}, {}, "codat:verifyXeroKeys: Input should be 'auto', 'required' or 'off'"),
        ({"codat:xeroIdentityUrl": "http://identity.xero.com"}, {}, f"codat:xeroIdentityUrl: {URL}"),
        ({}, {"CODAT_XERO_IDENTITY_URL": "https://me:x@identity.xero.com"}, f"CODAT_XERO_IDENTITY_URL: {PLAIN}"),
        ({}, {"CODAT_ON_DESTROY": "disable"}, "CODAT_ON_DESTROY: Input should be 'retain'"),
        ({}, {"CODAT_LOG": "verbose"}, "CODAT_LOG: Input should be 'debug'"),
        ({"codat:acount": ONE}, {}, f"codat:acount is not a setting of this version (known: {KNOWN})"),
        ({"codat:Account": ONE}, {}, f"codat:Account is not a setting of this version (known: {KNOWN})"),
        ({"codat:a\nb": ONE}, {}, f"codat:a b is not a setting of this version (known: {KNOWN})"),
    ],
)
def test_a_wrong_value_is_named_by_where_it_came_from(
    config: dict[str, object], environ: dict[str, str], said: str
) -> None:
    text = problem(config, environ)
    assert text.startswith(f"the configuration is wrong: {said}")
    assert text.isprintable()


def test_all_failures_come_at_once() -> None:
    text = problem(
        {"codat:acount": ONE, "codat:baseUrl": "http://api.codat.io", "codat:maxWaitSeconds": "0", "codat:zzz": "1"},
        {"CODAT_API_KEY": "two words", "CODAT_LOG": "verbose"},
    )
    assert text == (
        "the configuration is wrong:"
        f" codat:acount is not a setting of this version (known: {KNOWN});"
        f" codat:zzz is not a setting of this version (known: {KNOWN});"
        f" CODAT_API_KEY: {KEY_ALONE};"
        f" codat:baseUrl: {URL};"
        " codat:maxWaitSeconds: Input should be greater than 0;"
        " CODAT_LOG: Input should be 'debug'"
    )


@pytest.mark.parametrize("given_key", [KEY, f"Basic {KEY}"])
def test_a_key_is_never_in_a_repr_or_a_dump(given_key: str) -> None:
    settings = load_settings({"codat:apiKey": given_key}, {})
    assert settings.api_key is not None
    assert settings.api_key.get_secret_value() == given_key
    for text in (repr(settings), str(settings), str(settings.model_dump()), settings.model_dump_json()):
        assert KEY not in text


@pytest.mark.parametrize("wrong", [f"{KEY} {KEY}", f"Bearer {KEY}", f"{KEY}\n"])
def test_a_wrong_key_is_never_in_the_message_or_behind_it(wrong: str) -> None:
    with pytest.raises(CodatError) as caught:
        load_settings({"codat:apiKey": wrong, "codat:account": "no"}, {})
    error: BaseException | None = caught.value
    while error is not None:
        assert KEY not in str(error)
        assert KEY not in repr(error)
        error = error.__context__


def test_a_wrong_secret_url_is_not_repeated() -> None:
    assert "hunter2" not in problem({"codat:baseUrl": "https://me:hunter2@api.codat.io"})


def test_settings_can_be_neither_changed_nor_extended() -> None:
    settings = load_settings({}, {})
    with pytest.raises(ValidationError, match="frozen"):
        settings.base_url = "https://evil.example"  # type: ignore[misc] # because that is what must not work
    with pytest.raises(ValidationError, match="Extra inputs"):
        Settings.model_validate({"surprise": 1})


@pytest.mark.parametrize(
    ("url", "loopback"),
    [
        ("http://127.0.0.1:8080", True),
        ("http://127.9.9.9", True),
        ("http://[::1]:8080", True),
        ("http://localhost", True),
        ("http://localhost.evil.example", False),
        ("http://0.0.0.0", False),
        ("http://192.168.0.1", False),
        ("https://api.codat.io", False),
        ("http://", False),
    ],
)
def test_loopback_is_this_machine_and_no_other(url: str, *, loopback: bool) -> None:
    assert is_loopback(url) is loopback


@pytest.mark.parametrize(
    "url", ["http://127.0.0.1:8080", "http://localhost:1", "http://[::1]:9", "https://x.example:8"]
)
def test_plain_http_is_for_this_machine_and_https_for_all(url: str) -> None:
    assert load_settings({"codat:baseUrl": url}, {}).base_url == url


@given(st.text(), st.text(), st.text(), st.text())
def test_no_value_can_end_otherwise_than_in_settings_or_one_line(key: str, url: str, account: str, wait: str) -> None:
    config: dict[str, object] = {
        "codat:apiKey": key,
        "codat:baseUrl": url,
        "codat:account": account,
        "codat:maxWaitSeconds": wait,
    }
    with suppress(CodatError):
        load_settings(config, {})


def test_the_modes_come_from_the_environment_first() -> None:
    settings = load_settings(
        {
            "codat:writes": "api",
            "codat:personWaitSeconds": "5",
            "codat:readLive": "off",
            "codat:onDrift": "repair",
        },
        {
            "CODAT_WRITES": "person",
            "CODAT_PERSON_WAIT_SECONDS": "600",
            "CODAT_READ_LIVE": "best-effort",
            "CODAT_ON_DRIFT": "fail",
            "CODAT_ACCEPT_DRIFT": "1",
            "CODAT_CHANGE_LOG": "/var/log/codat.jsonl",
        },
    )
    assert (settings.writes, settings.person_wait_seconds, settings.read_live) == ("person", 600, "best-effort")
    assert (settings.on_drift, settings.accept_drift, str(settings.change_log)) == (
        "fail",
        True,
        "/var/log/codat.jsonl",
    )


@pytest.mark.parametrize(
    ("environ", "said"),
    [
        ({"CODAT_WRITES": "portal"}, "CODAT_WRITES: Input should be 'auto', 'person' or 'api'"),
        ({"CODAT_READ_LIVE": "never"}, "CODAT_READ_LIVE: Input should be 'required', 'best-effort' or 'off'"),
        ({"CODAT_ON_DRIFT": "stop"}, "CODAT_ON_DRIFT: Input should be 'repair' or 'fail'"),
        ({"CODAT_PERSON_WAIT_SECONDS": "-1"}, "CODAT_PERSON_WAIT_SECONDS: Input should be greater than or equal to 0"),
        ({"CODAT_PERSON_WAIT_SECONDS": "1e9"}, "CODAT_PERSON_WAIT_SECONDS: Input should be less than or equal to"),
        ({"CODAT_PERSON_WAIT_SECONDS": "nan"}, "CODAT_PERSON_WAIT_SECONDS: Input should be "),
        ({"CODAT_ACCEPT_DRIFT": "enabled"}, "CODAT_ACCEPT_DRIFT: must be 1 or 0"),
    ],
)
def test_a_mode_that_is_none_is_said(environ: dict[str, str], said: str) -> None:
    assert problem({}, environ).startswith(f"the configuration is wrong: {said}")
