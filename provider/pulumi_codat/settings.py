"""Where each setting comes from: the environment first, then stack configuration, then the default.

The environment comes first because the engine keeps configuration in state and configures refresh and destroy from
that copy, which may be stale.
"""

from __future__ import annotations

import re
from pathlib import Path
from typing import TYPE_CHECKING, Final, Literal
from urllib.parse import urlsplit
from uuid import UUID

import httpx
from pydantic import BaseModel, ConfigDict, Field, SecretStr, ValidationError, ValidationInfo, field_validator

from pulumi_codat.api.contract import BANK_FEEDS_SETTING, DEFAULT_BASE_URL
from pulumi_codat.api.errors import CodatError
from pulumi_codat.api.tls import ClientCertificate, require_certificate, secure_context
from pulumi_codat.api.wire import is_loopback, proxy_for

if TYPE_CHECKING:
    from collections.abc import Mapping

__all__ = ["Settings", "checked_key", "load_settings"]

_NAMESPACE: Final = "codat:"
_LONGEST_KEY: Final = 4096
_LONGEST_SHOWN: Final = 80


class Settings(BaseModel):
    """How one provider process reaches Codat, and the account it may touch.

    `api_key`: CODAT_API_KEY, codat:apiKey; the raw key or the ready `Basic ...` header; needed only when a request is.
    `base_url`: CODAT_BASE_URL, codat:baseUrl; https, or http to this machine; default Codat's API.
    `account`: codat:account; UUID of the only Codat account this stack may touch.
    `confirmed_account`: CODAT_ACCOUNT; UUID; confirms the account, never changes it.
    `max_wait_seconds`: CODAT_MAX_WAIT_SECONDS, codat:maxWaitSeconds; seconds one operation may wait; default 60.
    `bank_feeds_setting`: codat:bankFeedsSetting; the wire name of the bank-feeds toggle; default `enableBankFeeds`.
    `verify_xero_keys`: CODAT_VERIFY_XERO_KEYS, codat:verifyXeroKeys; whether Xero is asked about a key pair before it
        is written: `auto` stops only where Xero says that it is wrong, `required` unless Xero says that it is right,
        `off` asks nothing; default `auto`.
    `xero_identity_url`: CODAT_XERO_IDENTITY_URL, codat:xeroIdentityUrl; Xero's identity service; https, or http to this
        machine; default Xero's own, and none where `base_url` is this machine.
    `writes`: CODAT_WRITES, codat:writes; `api`; `person` (list the manual steps, verify by reading); `auto`
    (the API where the account offers it, a person for the rest); default `auto`.
    `person_wait_seconds`: CODAT_PERSON_WAIT_SECONDS, codat:personWaitSeconds; seconds to wait for a person, up to 4 h;
    default 0: list the manual steps, and fail.
    `read_live`: CODAT_READ_LIVE, codat:readLive; `required`; `best-effort` (unreachable, no key or out of quota: a
    warning, state as it is); `off` (no read, always that warning); default `required`. A write always reads.
    `on_drift`: CODAT_ON_DRIFT, codat:onDrift; `repair`, or `fail`: an `up` that would undo a change made outside stops;
    default `repair`.
    `accept_drift`: CODAT_ACCEPT_DRIFT; 1 lets this run undo it all the same.
    `on_destroy`: CODAT_ON_DESTROY; `retain` for this run, whatever the resources say.
    `change_log`: CODAT_CHANGE_LOG; file that gets one JSON line a write; default none.
    `client_certificate`: CODAT_CLIENT_CERTIFICATE, codat:clientCertificate; PEM file with the certificate that Codat
    issued for mutual TLS; shown to Codat only, in the name of the account; default none.
    `client_key`: CODAT_CLIENT_KEY, codat:clientKey; PEM file with its private key, which is not encrypted; default: the
    file of the certificate.
    `log`: CODAT_LOG; `debug` for one redacted line a request on stderr.
    """

    model_config = ConfigDict(frozen=True, extra="forbid", hide_input_in_errors=True)

    api_key: SecretStr | None = None
    base_url: str = DEFAULT_BASE_URL
    account: UUID | None = None
    confirmed_account: UUID | None = None
    max_wait_seconds: float = Field(default=60.0, gt=0, le=3600, allow_inf_nan=False)
    bank_feeds_setting: str = Field(default=BANK_FEEDS_SETTING, pattern=r"^[A-Za-z][A-Za-z0-9_]{0,63}$")
    verify_xero_keys: Literal["auto", "required", "off"] = "auto"
    xero_identity_url: str | None = None
    writes: Literal["auto", "person", "api"] = "auto"
    person_wait_seconds: float = Field(default=0.0, ge=0, le=14_400, allow_inf_nan=False)
    read_live: Literal["required", "best-effort", "off"] = "required"
    on_drift: Literal["repair", "fail"] = "repair"
    accept_drift: bool = False
    on_destroy: Literal["retain"] | None = None
    change_log: Path | None = None
    client_certificate: Path | None = None
    client_key: Path | None = Field(default=None, validate_default=True)
    log: Literal["debug"] | None = None

    @field_validator("api_key")
    @classmethod
    def _one_header_line(cls, value: SecretStr | None) -> SecretStr | None:
        return checked_key(value) if value else None

    @field_validator("client_certificate")
    @classmethod
    def _a_certificate(cls, value: Path | None) -> Path | None:
        if value:
            require_certificate(value)
        return value

    @field_validator("client_key")
    @classmethod
    def _its_key(cls, value: Path | None, others: ValidationInfo) -> Path | None:
        if certificate := others.data.get("client_certificate"):
            secure_context(ClientCertificate(certificate, value))
        elif value and "client_certificate" in others.data:
            raise ValueError("has no certificate beside it: set CODAT_CLIENT_CERTIFICATE or codat:clientCertificate")
        return value

    @property
    def certificate(self) -> ClientCertificate | None:
        """What is shown to Codat, and to nobody else."""
        return ClientCertificate(self.client_certificate, self.client_key) if self.client_certificate else None

    @property
    def default_account(self) -> UUID | None:
        """The account of the default key, as far as it is declared or confirmed."""
        return self.account or self.confirmed_account

    @field_validator("base_url", "xero_identity_url")
    @classmethod
    def _encrypted(cls, value: str | None) -> str | None:
        if value is None:
            return None
        try:
            url = urlsplit(value)
            host = url.hostname or ""
            _ = url.port, httpx.URL(value).host  # because httpx refuses more hosts than urlsplit does
        except (ValueError, httpx.InvalidURL):
            raise ValueError("is not a URL") from None
        if url.username or url.password or url.query or url.fragment or not host or " " in value:
            raise ValueError("must be a plain URL such as https://api.codat.io")
        if url.scheme != "https" and not (url.scheme == "http" and is_loopback(value)):
            raise ValueError("must begin with https:// (plain http is for an emulator on this machine only)")
        return value.rstrip("/")


def checked_key(value: SecretStr) -> SecretStr:
    """An API key as it may be sent; raises `ValueError`, without the key, for one that is no header line."""
    if not re.fullmatch(r"[\x21-\x7e]+", value.get_secret_value().removeprefix("Basic ")):
        raise ValueError("must be the key alone, without spaces or line breaks")
    if len(value.get_secret_value()) > _LONGEST_KEY:
        raise ValueError(f"must not be longer than {_LONGEST_KEY} characters")
    return value


def _cut(key: str) -> str:
    return key if len(key) <= _LONGEST_SHOWN else key[: _LONGEST_SHOWN - 1] + "…"


_SOURCES: Final[Mapping[str, tuple[str, ...]]] = {
    "api_key": ("CODAT_API_KEY", "codat:apiKey"),
    "base_url": ("CODAT_BASE_URL", "codat:baseUrl"),
    "account": ("codat:account",),
    "confirmed_account": ("CODAT_ACCOUNT",),
    "max_wait_seconds": ("CODAT_MAX_WAIT_SECONDS", "codat:maxWaitSeconds"),
    "bank_feeds_setting": ("codat:bankFeedsSetting",),
    "verify_xero_keys": ("CODAT_VERIFY_XERO_KEYS", "codat:verifyXeroKeys"),
    "xero_identity_url": ("CODAT_XERO_IDENTITY_URL", "codat:xeroIdentityUrl"),
    "writes": ("CODAT_WRITES", "codat:writes"),
    "person_wait_seconds": ("CODAT_PERSON_WAIT_SECONDS", "codat:personWaitSeconds"),
    "read_live": ("CODAT_READ_LIVE", "codat:readLive"),
    "on_drift": ("CODAT_ON_DRIFT", "codat:onDrift"),
    "accept_drift": ("CODAT_ACCEPT_DRIFT",),
    "on_destroy": ("CODAT_ON_DESTROY",),
    "change_log": ("CODAT_CHANGE_LOG",),
    "client_certificate": ("CODAT_CLIENT_CERTIFICATE", "codat:clientCertificate"),
    "client_key": ("CODAT_CLIENT_KEY", "codat:clientKey"),
    "log": ("CODAT_LOG",),
}


_WORDS: Final[Mapping[str, str]] = {
    "uuid_parsing": "must be the account's UUID",
    "string_pattern_mismatch": "must be a name of at most 64 letters, digits and underscores",
    "bool_parsing": "must be 1 or 0",
}
"""For a person, in the place of pydantic's own."""
_GUARDS: Final = frozenset({"account", "confirmed_account"})
_KEY_OF_AN_ACCOUNT: Final = re.compile(r"codat:apiKey[A-Z0-9][A-Za-z0-9]*")
"""Keys that a `codat.Account` may name, as `codat:apiKeyEu`: no mistyped `codat:account` looks like one."""


def _wrong_proxy(given: Mapping[str, object], environ: Mapping[str, str]) -> list[str]:
    """What is wrong with the proxy that the environment names, where any URL would use it."""
    urls = (given.get("base_url", DEFAULT_BASE_URL), given.get("xero_identity_url", "http://localhost"))
    try:
        for url in urls:
            proxy_for(str(url), environ)
    except ValueError as error:
        return [str(error)]
    return []


def load_settings(config: Mapping[str, object], environ: Mapping[str, str]) -> Settings:
    """Settings from a stack's whole configuration and the environment.

    Raises `CodatError` with every failure at once, naming the variable or key each value came from; also for a key in
    the `codat:` namespace that this version does not know, because a mistyped `codat:account` would guard nothing.
    """
    given: dict[str, object] = {}
    origin: dict[str, str] = {}
    for field, names in _SOURCES.items():
        for name in names:
            value = config.get(name) if name.startswith(_NAMESPACE) else environ.get(name)
            # because an unset CI variable expands to nothing, which must not open the guard it was meant to be
            if value is not None and (value != "" or field in _GUARDS):
                given[field], origin[field] = value, name
                break
    known = {name for names in _SOURCES.values() for name in names if name.startswith(_NAMESPACE)}
    failures = [
        f"{_cut(key)} is not a setting of this version (known: {', '.join(sorted(known))})"
        for key in sorted(config)
        if key.startswith(_NAMESPACE) and key not in known and not _KEY_OF_AN_ACCOUNT.fullmatch(key)
    ]
    failures += _wrong_proxy(given, environ)
    try:
        settings = Settings.model_validate(given)
    except ValidationError as error:
        failures += [
            # because without client_key the key is looked for where the certificate is
            f"{origin.get(str(problem['loc'][0])) or origin['client_certificate']}: "
            + _WORDS.get(problem["type"], problem["msg"].removeprefix("Value error, "))
            for problem in error.errors(include_input=False, include_url=False)
        ]
    else:
        if not failures:
            return settings
    raise CodatError("the configuration is wrong: " + "; ".join(failures))
