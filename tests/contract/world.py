"""One emulated Codat, and the provider as the engine starts it again and again: one process a phase, one live view."""

from __future__ import annotations

import ssl
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field, replace
from itertools import groupby
from typing import TYPE_CHECKING, Any, Final
from uuid import UUID

import httpx

from pulumi_codat.api import Codat, CodatError
from pulumi_codat.api.wire import wire_to
from pulumi_codat.pipeline import Pipeline
from pulumi_codat.reconcile import LIFECYCLES, Accounts, Context, PerAccount, identity_of
from pulumi_codat.references import Sources
from pulumi_codat.settings import Settings
from tests.unit.fake_clock import FakeClock

if TYPE_CHECKING:
    from collections.abc import Iterator

    from pydantic import SecretStr

    from codat_emulator import Account, Emulator
    from pulumi_codat.reconcile import Lifecycle

XERO_ID: Final = "0f20c943-12d0-4800-9f6c-d218f62d494c"
ACCOUNT: Final = "GET /profile/syncSettings"
PROFILE: Final = "GET /profile"
INTEGRATION: Final = "GET /integrations/gbol"
KEYS: Final = "GET /integrations/credentials/gbol"
SETTINGS: Final = f"GET /settings/integrations/{XERO_ID}"
COMPANIES: Final = "GET /companies"
PUT_KEYS: Final = "PUT /integrations/credentials/gbol"
DELETE_KEYS: Final = "DELETE /integrations/credentials/gbol"
PUT_ENABLED: Final = "PUT /integrations/gbol/enabled"
PATCH_SETTINGS: Final = f"PATCH /settings/integrations/{XERO_ID}"
ASK_XERO: Final = "POST /xero/connect/token"

LIVE_VIEW: Final = (KEYS, INTEGRATION, ACCOUNT)
"""What the integration alone is read by, in the order of `World.requests`."""
RECHECKED: Final = [KEYS, KEYS, INTEGRATION, INTEGRATION, ACCOUNT]
"""The same, and again before a write."""
WHOLE_VIEW: Final = (KEYS, INTEGRATION, ACCOUNT, SETTINGS)

NO_API_KEY: Final = "no Codat API key"

# because loading the system's certificates would cost each client more than the test does
NO_TLS: Final = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)


@dataclass
class World:
    """An emulated Codat with one account in the middle, the Portal's hands on it, and a clock."""

    emulator: Emulator
    control: httpx.Client
    account: Account
    clock: FakeClock = field(default_factory=FakeClock)
    sent: list[str] = field(default_factory=list, repr=False)
    """Everything the provider ever sent: each request's line, headers and body, as they went out."""
    wire: httpx.BaseTransport | None = field(default=None, repr=False)
    """The way to the emulator; None: over its port."""

    def at(self, account: Account) -> World:
        """The same world, with another account in the middle."""
        return replace(self, account=account)

    def portal(self, **settings: object) -> None:
        """What a person does in the Portal: any of enabled, clientId, clientSecret, bankFeeds."""
        self._ask("PATCH", f"/accounts/{self.account.id}/integrations/gbol", settings)

    def live(self) -> dict[str, Any]:
        """The settings as they are: enabled, clientId, clientSecretSha256, bankFeeds."""
        form: dict[str, Any] = self._ask("GET", f"/accounts/{self.account.id}/integrations/gbol")
        return {name: form[name] for name in ("clientId", "clientSecretSha256", "enabled", "bankFeeds")}

    def behave(self, **behaviour: object) -> None:
        """How the account behaves: mask, maskClientId, offers, apiKey, quotaRemaining."""
        self._ask("PATCH", f"/accounts/{self.account.id}", behaviour)

    def company(self, status: str = "Linked") -> None:
        """One more company with a connection to Xero."""
        connections = [{"platformKey": "gbol", "status": status}]
        self._ask("POST", f"/accounts/{self.account.id}/companies", {"name": "Company", "connections": connections})

    def xero_knows(self, client_id: str, secret: str, kind: str = "web") -> None:
        """An app in Xero's developer portal, with one of its secrets."""
        self._ask("POST", "/xero/apps", {"clientId": client_id, "clientSecret": secret, "kind": kind})

    def fault(self, request: str, kind: str, times: int = 1, **more: object) -> None:
        """Let a request, such as `PUT /integrations/gbol/enabled`, go wrong."""
        method, path = request.split(" ")
        self._ask("POST", "/faults", {"method": method, "path": path, "kind": kind, "times": times, **more})

    def heal(self) -> None:
        self._ask("DELETE", "/faults")

    def records(self) -> list[dict[str, Any]]:
        """The emulator's own record of what it was asked since the last time."""
        records: list[dict[str, Any]] = self._ask("GET", "/requests")
        return records

    def requests(self) -> list[str]:
        """What Codat was asked since the last time, in order; reads between two writes are sent together, so sorted."""
        lines = [f"{record['method']} {record['path']}" for record in self.records()]
        self._ask("DELETE", "/requests")
        runs = groupby(lines, key=lambda line: line.startswith("GET "))
        return [line for reads, run in runs for line in (sorted(run) if reads else run)]

    @contextmanager
    def process(
        self, sources: Sources | None = None, pipeline: Pipeline | None = None, **settings: object
    ) -> Iterator[Process]:
        """The provider as a new process of the engine has it."""
        given = {"api_key": self.account.api_key, "base_url": self.emulator.url} | settings
        loaded = Settings.model_validate(given)
        warnings: list[str] = []
        with ExitStack() as opened:

            def connect(settings: Settings, api_key: SecretStr, key_remedy: str | None) -> Codat:
                codat = Codat.connect(
                    api_key=api_key,
                    base_url=settings.base_url,
                    max_wait_seconds=settings.max_wait_seconds,
                    user_agent="pulumi-codat/test",
                    clock=self.clock,
                    wire=self._wire(),
                    key_remedy=key_remedy,
                )
                opened.callback(codat.close)
                return codat

            identity = identity_of(loaded, user_agent="pulumi-codat/test", wire=self._wire())
            if identity:
                opened.callback(identity.close)
            codat = connect(loaded, loaded.api_key, None) if loaded.api_key else CodatError(NO_API_KEY)
            context = Context(
                loaded,
                codat,
                warnings.append,
                identity=identity,
                sources=sources or Sources(),
                pipeline=pipeline or Pipeline(),
            )
            yield Process(context, warnings, Accounts(context, connect))

    def _wire(self) -> httpx.BaseTransport:
        return _Recorder(self.wire or wire_to(self.emulator.url), self.sent)

    @property
    def account_id(self) -> UUID:
        return UUID(self.account.id)

    def _ask(self, method: str, path: str, body: object = None) -> Any:
        answer = self.control.request(method, path, json=body)
        assert answer.is_success, answer.text
        return answer.json()


@dataclass(frozen=True)
class Process:
    """A context, and the warnings that reached the person."""

    context: Context
    warnings: list[str]
    accounts: Accounts

    def life(self, kind: str) -> Lifecycle:
        """A kind of resource, in whichever account each resource names."""
        return PerAccount(kind, LIFECYCLES[kind], self.accounts)


class _Recorder(httpx.BaseTransport):
    """A wire that takes down what is sent, before it is sent."""

    def __init__(self, inner: httpx.BaseTransport, sent: list[str]) -> None:
        self._inner = inner
        self._sent = sent

    def handle_request(self, request: httpx.Request) -> httpx.Response:
        self._sent.append(f"{request.method} {request.url} {dict(request.headers)} {request.read().decode()}")
        return self._inner.handle_request(request)

    def close(self) -> None:
        self._inner.close()
