"""No secret in what the provider says, shows of itself, or keeps, as long as its process lives."""

from __future__ import annotations

import asyncio
import base64
import gc
import hashlib
import html
import json
import pickle
import re
import traceback
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, Any, Final
from urllib.parse import quote, quote_plus

import dill
import httpx
import pulumi
import pytest
from pulumi.dynamic import ConfigureRequest
from pulumi.dynamic.config import Config
from pydantic import SecretStr

import pulumi_codat as codat
from pulumi_codat.api import Codat, CodatError
from pulumi_codat.dynamic import XeroIntegrationProvider
from pulumi_codat.reconcile import IntegrationLifecycle
from tests.canaries import FORMS, Canaries, forms_of
from tests.contract.engine import CheckFailed, RunFailed, Stack
from tests.contract.programs import CLIENT_ID, both
from tests.contract.world import (
    INTEGRATION,
    KEYS,
    LIVE_VIEW,
    PATCH_SETTINGS,
    PUT_ENABLED,
    PUT_KEYS,
    SETTINGS,
    World,
)
from tests.unit.fake_clock import FakeClock
from tests.unit.loopback import head_of, serving, tunnel

if TYPE_CHECKING:
    import socket
    from collections.abc import Callable, Iterator

API_KEY: Final = 'key"canary/+%&<\\>=of-the-default-account'
SECRET: Final = 'first"canary/+%&<\\>=of-the-xero-app-AAAA'
NEXT: Final = 'second"canary/+%&<\\>=of-the-xero-app-BBBB'
SECRETS: Final = {"API key": API_KEY, "first secret": SECRET, "next secret": NEXT}


@pytest.fixture
def canaries() -> Canaries:
    return Canaries(SECRETS)


def _as_told_by_others() -> dict[str, Callable[[str], str]]:
    """How a secret may come to stand in somebody's text."""
    return {
        "raw": str,
        "JSON": json.dumps,
        "JSON in JSON": lambda secret: json.dumps(json.dumps({"secret": secret})),
        "repr": repr,
        "HTML": html.escape,
        "URL": lambda secret: quote(secret, safe=""),
        "URL path": quote,
        "form": quote_plus,
        "hex": lambda secret: secret.encode().hex(),
        "backwards": lambda secret: secret[::-1],
        "upper case": str.upper,
        "lower case": str.lower,
        "base64, 0 before": lambda secret: base64.b64encode(secret.encode()).decode(),
        "base64, 1 before": lambda secret: base64.b64encode(f"a{secret}!".encode()).decode(),
        "base64, 2 before": lambda secret: base64.b64encode(f"id:{secret}".encode()[1:]).decode(),
        "URL-safe base64, 0 before": lambda secret: base64.urlsafe_b64encode(f"{secret}??".encode()).decode(),
        "URL-safe base64, 1 before": lambda secret: base64.urlsafe_b64encode(f"a{secret}??".encode()).decode(),
        "URL-safe base64, 2 before": lambda secret: base64.urlsafe_b64encode(f"ab{secret}??".encode()).decode(),
        **{
            f"{name}, hex": lambda secret, name=name: hashlib.new(name, secret.encode()).hexdigest()  # type: ignore[misc] # because a default binds it now
            for name in ("md5", "sha1", "sha256", "sha512")
        },
        **{
            f"{name}, base64": lambda secret, name=name: base64.b64encode(  # type: ignore[misc] # because of the same
                hashlib.new(name, secret.encode()).digest()
            ).decode()
            for name in ("md5", "sha1", "sha256", "sha512")
        },
    }


@pytest.mark.parametrize("form", FORMS)
def test_a_canary_is_found_in_each_form_and_named_without_itself(canaries: Canaries, form: str) -> None:
    told = _as_told_by_others()
    text = f"before {told[form](SECRET)} after".encode() if form in told else SECRET.encode("utf-16")
    canaries.search("a channel", b"x" + text)
    assert f"a channel: first secret ({form})" in canaries.found
    assert all(found.startswith("a channel: first secret (") for found in canaries.found)
    assert canaries.report() == [f"a channel: searched {len(text) + 1} bytes, found {len(canaries.found)}"]


def test_nothing_is_found_where_nothing_is(canaries: Canaries) -> None:
    canaries.search("a channel", f"{SECRET[:-1]} [secret] hmac-sha256:00:{hashlib.sha256(b'salted').hexdigest()}")
    assert canaries.found == []
    assert len(forms_of(SECRET)) == len(FORMS)


def test_a_canary_is_found_in_errors_and_files(canaries: Canaries, tmp_path: Any) -> None:
    try:
        try:
            dict[str, str]()[API_KEY]
        except KeyError:
            raise ExceptionGroup("several", [ValueError("one"), ValueError(SECRET)]) from None
    except ExceptionGroup as error:
        canaries.search_error("errors", error)
    (tmp_path / "folder").mkdir()
    (tmp_path / "folder" / "kept").write_text(NEXT)
    canaries.search_files("files", tmp_path)
    found = {line for line in canaries.found if line.endswith("(raw)")}
    assert found >= {"errors: first secret (raw)", "files: next secret (raw)"}
    assert "errors: API key (repr)" in canaries.found


@dataclass
class WatchedWorld(World):
    """A world that looks, at each request that writes, at every object of ours in the whole process."""

    canaries: Canaries = field(default_factory=lambda: Canaries(SECRETS))
    kinds: set[str] = field(default_factory=set)

    def _wire(self) -> httpx.BaseTransport:
        return _Watched(super()._wire(), self)

    def look(self) -> None:
        for one in gc.get_objects():
            kind = type(one)
            if kind is SecretStr or str(kind.__module__).startswith(("pulumi_codat.", "httpx")):
                self.kinds.add(kind.__name__)
                self.canaries.search("repr and str of every living object", f"{one!r} {one}")


class _Watched(httpx.BaseTransport):
    def __init__(self, inner: httpx.BaseTransport, world: WatchedWorld) -> None:
        self._inner = inner
        self._world = world

    def handle_request(self, request: httpx.Request) -> httpx.Response:
        if request.method != "GET":
            self._world.look()
        return self._inner.handle_request(request)

    def close(self) -> None:
        self._inner.close()


@pytest.fixture
def watched(world: World) -> WatchedWorld:
    world.behave(apiKey=API_KEY)
    account = replace(world.account, api_key=API_KEY)
    world.xero_knows(CLIENT_ID, SECRET)
    world.xero_knows(CLIENT_ID, NEXT)
    return WatchedWorld(world.emulator, world.control, account, FakeClock())


@pytest.fixture
def stack(watched: WatchedWorld, tmp_path: Any) -> Stack:
    identity = f"{watched.emulator.url}/xero"
    return Stack(
        watched,
        {"xero_identity_url": identity, "change_log": tmp_path / "changes.jsonl"},
        environ={"XERO_SECRET": NEXT, "CODAT_API_KEY_EU": API_KEY},
    )


def _program(secret: str, **changes: Any) -> Any:
    return both({"clientSecret": secret, **changes})


def _from_env() -> Any:
    program = both({"clientSecretFrom": "env:XERO_SECRET"})
    del program["xero"][1]["clientSecret"]
    return program


SHOWING: Final = {
    *("Settings", "SecretStr", "Context", "Codat", "ApiKeyAuth", "Accounts", "PerAccount", "Sources", "Reference"),
    *("IntegrationLifecycle", "IntegrationInputs", "IntegrationState", "KeysRecord", "LiveIntegration", "LiveKeys"),
    *(
        "WriteKeys",
        "Switch",
        "SwitchBankFeeds",
        "Applied",
        "_Sender",
        "Write",
        "WriteTarget",
        "Request",
        "XeroIdentity",
    ),
}


def test_every_object_shows_itself_without_a_secret(watched: WatchedWorld, stack: Stack, tmp_path: Any) -> None:
    named = {"id": watched.account.id, "apiKey": "env:CODAT_API_KEY_EU"}
    for program in (_program(SECRET, account=named), _program(NEXT, account=named), _from_env()):
        stack.up(program)
        watched.canaries.search("emulator's request log", json.dumps(stack.last.records))
    stack.destroy()
    assert watched.kinds >= SHOWING
    watched.canaries.search_files("change log", tmp_path)
    assert watched.canaries.found == []
    assert min(watched.canaries.searched.values()) > 0
    print("\n".join(watched.canaries.report()))  # noqa: T201 because it is the evidence


FAULTY: Final = {
    PUT_KEYS: ("400", "403", "500", "reset-after", "no-effect"),
    PUT_ENABLED: ("400", "500"),
    PATCH_SETTINGS: ("403", "reset-before"),
    KEYS: ("401", "429", "html", "malformed"),
    INTEGRATION: ("500", "wrong-shape", "truncated"),
    LIVE_VIEW[2]: ("401",),
    SETTINGS: ("404", "500"),
    "POST /xero/connect/token": ("500", "malformed"),
}


def test_no_failure_tells_a_secret(watched: WatchedWorld, stack: Stack) -> None:
    watched.behave(quotaRemaining=100_000)
    # because looking at everything at each write of so many runs would take its time
    stack.world = World(watched.emulator, watched.control, watched.account, watched.clock)
    stack.up(_program(SECRET, enabled=False))
    begun = dict(stack.resources)
    failed = 0
    for request, kinds in FAULTY.items():
        for kind in kinds:
            stack.resources = {name: replace(recorded) for name, recorded in begun.items()}
            watched.portal(clientId=CLIENT_ID, clientSecret=SECRET, enabled=False, bankFeeds=False)
            watched.fault(request, kind, times=99, **({"retryAfter": 18720} if kind == "429" else {}))
            try:
                stack.up(_program(NEXT))
            except (CodatError, CheckFailed, RunFailed) as error:
                failed += 1
                watched.canaries.search_error("errors and all they were raised from", error)
            watched.heal()
            watched.canaries.search("warnings", "\n".join(stack.last.warnings))
            shown = {name: value for name, value in stack.resources["xero"].outputs.items() if name != "clientSecret"}
            watched.canaries.search("outputs besides the secret's own", json.dumps(shown))
    assert failed > 12
    assert watched.canaries.found == []
    print("\n".join(watched.canaries.report()))  # noqa: T201 because it is the evidence


# because nobody answers with these of what he was sent
DISTORTED: Final = re.compile("backwards|hex|md5|sha")

WRONG: Final = [
    {"clientSecret": f" {SECRET}"},
    {"clientSecret": [SECRET]},
    {"clientSecret": {"value": SECRET}},
    {"clientSecret": f"{SECRET}\u200b"},
    {"clientSecret": SECRET * 200},
    {"clientSecret": SECRET, "clientSecretFrom": f"env:{SECRET}"},
    {"clientSecret": SECRET, "clientSecretFrom": SECRET},
    {"account": {"id": "5b8d3c0e-2f41-4a6b-9c57-d1e07a3f6b21", "apiKey": API_KEY}},
    {"account": {"id": API_KEY, "apiKey": f"env:{API_KEY}"}},
    {"account": {"id": "5b8d3c0e-2f41-4a6b-9c57-d1e07a3f6b21", "apiKey": {"key": API_KEY}}},
    {"account": API_KEY},
    {"app": {"name": "x", "clientSecret": SECRET}},
]


@pytest.mark.parametrize("inputs", WRONG, ids=range(len(WRONG)))
def test_what_is_wrong_with_a_secret_is_told_without_it(
    stack: Stack, canaries: Canaries, inputs: dict[str, object]
) -> None:
    with pytest.raises(CheckFailed) as caught:
        stack.preview(both(inputs))
    canaries.search_error("checks", caught.value)
    canaries.search("warnings", "\n".join(stack.last.warnings))
    assert canaries.found == []


REPEATED: Final = {name: told for name, told in _as_told_by_others().items() if not DISTORTED.search(name)}


@pytest.mark.parametrize("told", REPEATED.values(), ids=REPEATED.keys())
def test_whoever_repeats_a_secret_in_an_error_is_not_quoted(canaries: Canaries, told: Callable[[str], str]) -> None:
    """A gateway may put the request it was sent into its answer, in whatever spelling."""

    def answer(request: httpx.Request) -> httpx.Response:
        words = f"cannot read {told(API_KEY)} with {told(SECRET)} and {request.headers['Authorization']}"
        return httpx.Response(400, json={"error": words, "correlationId": told(SECRET), "service": told(API_KEY)})

    client = Codat.connect(
        api_key=SecretStr(API_KEY),
        base_url="https://api.codat.io",
        max_wait_seconds=1,
        user_agent="test",
        clock=FakeClock(),
        wire=httpx.MockTransport(answer),
    )
    with pytest.raises(CodatError) as caught:
        client.replace_credentials("gbol", {"clientId": CLIENT_ID, "clientSecret": SECRET})
    canaries.search_error("errors", caught.value)
    assert "cannot read" in str(caught.value)
    assert canaries.found == []


ECHOES: Final = {
    "status line": b"%s\r\n\r\n",
    "Content-Type": b"HTTP/1.1 200 OK\r\nContent-Type: %s\r\nContent-Length: 0\r\n\r\n",
    "media type": b"HTTP/1.1 200 OK\r\nContent-Type: text/%s\r\nContent-Length: 0\r\n\r\n",
    "Content-Encoding": b"HTTP/1.1 200 OK\r\nContent-Encoding: %s\r\nContent-Length: 0\r\n\r\n",
}


@pytest.mark.parametrize("part", ["Authorization: Basic {}", "{}"])
@pytest.mark.parametrize("echo", ECHOES.values(), ids=ECHOES.keys())
def test_whoever_repeats_the_request_beside_a_body_is_not_quoted(canaries: Canaries, echo: bytes, part: str) -> None:
    coded = base64.b64encode(API_KEY.encode()).decode()

    def behave(connection: socket.socket) -> None:
        if coded in head_of(connection):
            connection.sendall(echo % part.format(coded).encode())

    with serving(behave) as port:
        client = Codat.connect(
            api_key=SecretStr(API_KEY),
            base_url=f"http://127.0.0.1:{port}",
            max_wait_seconds=5,
            user_agent="test",
            clock=FakeClock(),
        )
        with pytest.raises(CodatError) as caught:
            client.profile()
        client.close()
    canaries.search("errors", "".join(traceback.format_exception(caught.value)) + repr(caught.value))
    assert canaries.found == []


def test_a_proxy_that_repeats_its_password_is_not_quoted(canaries: Canaries, monkeypatch: pytest.MonkeyPatch) -> None:
    with serving(tunnel([], 9, f"HTTP/1.1 407 no, {SECRET}, is wrong\r\n\r\n".encode())) as port:
        monkeypatch.setenv("HTTPS_PROXY", f"http://user:{quote(SECRET, safe='')}@127.0.0.1:{port}")
        for name in ("https_proxy", "no_proxy", "NO_PROXY"):
            monkeypatch.delenv(name, raising=False)
        client = Codat.connect(
            api_key=SecretStr(API_KEY),
            base_url="https://api.codat.io",
            max_wait_seconds=5,
            user_agent="test",
            clock=FakeClock(),
        )
        with pytest.raises(CodatError, match=r"\(407, through the proxy 127\.0\.0\.1:\d+\)") as caught:
            client.profile()
        client.close()
    canaries.search("errors", "".join(traceback.format_exception(caught.value)) + repr(caught.value))
    assert canaries.found == []


@pytest.mark.parametrize("proxy", ["http://us%22er:{}@127.0.0.1:9", "http://us%22er:{}@127.0.0.1:9/path?{}"])
def test_a_proxy_that_fails_is_told_without_its_password(
    canaries: Canaries, monkeypatch: pytest.MonkeyPatch, proxy: str
) -> None:
    monkeypatch.setenv("HTTPS_PROXY", proxy.format(quote(SECRET, safe=""), quote(SECRET, safe="")))
    for name in ("https_proxy", "no_proxy", "NO_PROXY"):  # because the ones in lower case come first
        monkeypatch.delenv(name, raising=False)
    client = Codat.connect(
        api_key=SecretStr(API_KEY),
        base_url="https://api.codat.io",
        max_wait_seconds=1,
        user_agent="test",
        clock=FakeClock(),
    )
    with pytest.raises(CodatError, match="cannot be reached") as caught:
        client.profile()
    canaries.search_error("errors", caught.value)
    assert canaries.found == []
    client.close()


@pytest.fixture
def provider(watched: WatchedWorld, monkeypatch: pytest.MonkeyPatch) -> Iterator[XeroIntegrationProvider]:
    monkeypatch.setenv("CODAT_API_KEY", API_KEY)
    monkeypatch.setenv("CODAT_BASE_URL", watched.emulator.url)
    monkeypatch.setenv("CODAT_LOG", "debug")
    provider = XeroIntegrationProvider()
    provider.configure(ConfigureRequest(Config({}, "acme")))
    yield provider
    provider._lifecycle._accounts.default.codat.close()  # type: ignore[attr-defined] # because it is the adapter's own


def test_the_adapter_says_logs_and_pickles_no_secret(
    provider: XeroIntegrationProvider,
    canaries: Canaries,
    capfd: pytest.CaptureFixture[str],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    inputs: dict[str, object] = {"clientId": CLIENT_ID, "clientSecret": SECRET, "enabled": True}
    for checked in ({}, inputs, {**inputs, "clientSecret": f"{SECRET} "}):
        failures = provider.check({}, dict(checked)).failures
        canaries.search("check failures", str([(failure.property, failure.reason) for failure in failures]))
    made = provider.create(inputs)
    with pytest.raises(CodatError) as caught:
        provider.update("gbol", {**made.outs, "accountId": "c2a9f7d4-8e13-4b70-a5d6-3f9e1b4c8a02"}, inputs)
    canaries.search_error("foreseen errors", caught.value)

    def broken(*_: object) -> None:
        raise KeyError(SECRET, API_KEY)

    monkeypatch.setattr(IntegrationLifecycle, "read", broken)
    with pytest.raises(CodatError) as unforeseen:
        provider.read("gbol", made.outs)
    canaries.search("unforeseen errors", "".join(traceback.format_exception(unforeseen.value)))

    canaries.search("pickles", dill.dumps(provider) + pickle.dumps(provider))
    canaries.search("pickles", pickle.dumps([codat.from_env("XERO_SECRET"), codat.Account(id="x", api_key="env:KEY")]))
    out, err = capfd.readouterr()
    canaries.search("stdout", out)
    canaries.search("stderr with CODAT_LOG=debug", err)
    assert "codat: PUT /integrations/credentials/gbol -> 200" in err
    assert canaries.found == []
    print("\n".join(canaries.report()))  # noqa: T201 because it is the evidence


@pytest.mark.parametrize(
    "wrong",
    [
        lambda: codat.Account(id="x", api_key=API_KEY),
        lambda: codat.Account(id="x", api_key=f"env:{API_KEY}"),
        lambda: codat.Account(id="x", api_key=f"config:{API_KEY}"),
        lambda: codat.from_env(SECRET),
        lambda: codat.XeroIntegration("x", client_id="x", client_secret=SECRET, account=API_KEY),  # type: ignore[arg-type] # because of a slip
    ],
)
def test_a_secret_in_the_place_of_its_name_is_not_repeated(canaries: Canaries, wrong: Callable[[], object]) -> None:
    async def program() -> None:  # because an Output that is made outside of a loop is never awaited
        wrong()

    with pytest.raises(pulumi.RunError) as caught:
        asyncio.run(program())
    canaries.search("constructors", "".join(traceback.format_exception_only(caught.value)) + repr(caught.value))
    assert canaries.found == []
