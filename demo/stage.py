"""A stage that nobody's real stack or account can be reached from: a copy of a program, an emulated Codat, a home."""

from __future__ import annotations

import hashlib
import json
import os
import shutil
import signal
import ssl
import subprocess
import sys
import tempfile
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

import httpx

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from contextlib import AbstractContextManager

    from demo.engines import Action, Engine, Run

__all__ = ["Account", "Portal", "Request", "Stage", "emulator_process", "open_stage"]

_ROOT: Final = Path(__file__).resolve().parent.parent
_FOREIGN: Final = ("PULUMI_", "CODAT_", "XERO_", "GITHUB_STEP_SUMMARY")
_SECONDS: Final = 10
_CERTIFICATES: Final = ssl.create_default_context()  # once, because reading them takes longer than a request


@dataclass(frozen=True)
class Account:
    """One account of the emulated Codat."""

    id: str
    name: str
    api_key: str = field(repr=False)


@dataclass(frozen=True)
class Request:
    """One request the emulated Codat received."""

    method: str
    path: str
    status: int | None
    account: str | None = None
    """The id of the account whose key was sent."""
    body: Any = None
    """What was sent, secrets redacted."""

    @property
    def writes(self) -> bool:
        return self.method != "GET"

    def __str__(self) -> str:
        return f"{self.method} {self.path}"


@dataclass(frozen=True)
class Portal:
    """The emulated Codat as a person sees it: what somebody does in the Portal, and what Codat received."""

    url: str
    accounts: tuple[Account, ...]

    def account(self, name: str) -> Account:
        """The account of that name."""
        return next(account for account in self.accounts if account.name == name)

    def change(self, account: Account, **settings: object) -> None:
        """Change any of `enabled`, `clientId`, `clientSecret`, `bankFeeds` of Xero, as a person would."""
        self._control("PATCH", f"accounts/{account.id}/integrations/gbol", settings)

    def shows(self, account: Account) -> dict[str, Any]:
        """What the Portal shows of Xero."""
        shown: dict[str, Any] = self._control("GET", f"accounts/{account.id}/integrations/gbol")
        return shown

    def holds_secret(self, account: Account, secret: str) -> bool:
        """Whether that is the client secret Codat holds; the emulator tells a digest, never the secret."""
        return bool(self.shows(account)["clientSecretSha256"] == hashlib.sha256(secret.encode()).hexdigest())

    def set_account(self, account: Account, **properties: object) -> None:
        """Change how the emulated account behaves (mask, offers, apiKey, quotaRemaining)."""
        self._control("PATCH", f"accounts/{account.id}", properties)

    def open_account(self, name: str, **properties: object) -> Account:
        """One more account, its `id` and `apiKey` as given or made up."""
        opened = self._control("POST", "accounts", {"name": name, **properties})
        return Account(opened["id"], opened["name"], opened["apiKey"])

    def connect_companies(self, account: Account, number: int) -> None:
        """Let companies link their books through Xero."""
        for at in range(number):
            company = {"name": f"Company {at}", "connections": [{"platformKey": "gbol", "status": "Linked"}]}
            self._control("POST", f"accounts/{account.id}/companies", company)

    def connect_bank(self, account: Account, source_account: str) -> tuple[str, str]:
        """Let a company link its books and map one of the bank's accounts; the company's id and the connection's."""
        connection = {"platformKey": "gbol", "status": "Linked", "sourceAccounts": [{"id": source_account}]}
        company = {"name": "Toft stores", "connections": [connection]}
        made = self._control("POST", f"accounts/{account.id}/companies", company)
        return made["id"], made["dataConnections"][0]["id"]

    def set_organisation(self, account: Account, connection: str, *, supports_bank_feeds: bool) -> None:
        """What is true of the organisation at the other end of a connection."""
        path = f"accounts/{account.id}/connections/{connection}"
        self._control("PATCH", path, {"supportsBankFeeds": supports_bank_feeds})

    def landed(self, account: Account, connection: str, source_account: str) -> list[dict[str, Any]]:
        """The bank transactions that arrived, in their order; amounts as texts."""
        path = f"accounts/{account.id}/connections/{connection}/source-accounts/{source_account}/transactions"
        rows: list[dict[str, Any]] = self._control("GET", path)
        return rows

    def register_app(self, client_id: str, client_secret: str) -> None:
        """Let the emulated Xero know a web app by one more secret."""
        self._control("POST", "xero/apps", {"clientId": client_id, "clientSecret": client_secret})

    def break_next(self, method: str, path: str, kind: str, times: int = 1, **more: object) -> None:
        """Let the next such requests fail; `more` is `skip` (how many pass before) or `retryAfter`."""
        self._control("POST", "faults", {"method": method, "path": path, "kind": kind, "times": times, **more})

    def mend(self) -> int:
        """Take back every fault; how many were still waiting."""
        return int(self._control("DELETE", "faults")["removed"])

    def requests(self) -> tuple[Request, ...]:
        """What Codat received since the last time this was asked."""
        received = self.received()
        self._control("DELETE", "requests")
        return received

    def received(self) -> tuple[Request, ...]:
        """The same, and it can be asked for again."""
        return tuple(
            Request(one["method"], one["path"], one["status"], one["account"], one["body"])
            for one in self._control("GET", "requests")
        )

    def _control(self, method: str, path: str, body: object = None) -> Any:
        url = f"{self.url}/_emulator/{path}"
        answer = httpx.request(method, url, json=body, timeout=_SECONDS, trust_env=False, verify=_CERTIFICATES)
        answer.raise_for_status()
        return answer.json() if answer.content else None


@dataclass(frozen=True)
class Stage:
    """One program, on one engine, against the emulated Codat."""

    engine: Engine
    directory: Path
    home: Path
    portal: Portal

    def run(self, action: Action, stack: str, *flags: str, account: Account | None, **environment: str) -> Run:
        """Run one command with the account's key in the environment, and nothing else that could reach Codat."""
        return self.engine.run(action, stack, flags, self.directory, self.environment(account, **environment))

    def create_stack(self, stack: str) -> None:
        self.engine.create_stack(stack, self.directory, self.environment(None))

    def export_state(self, stack: str) -> str:
        """The stack's state as the engine exports it, secrets encrypted."""
        return self.engine.export_state(stack, self.directory, self.environment(None))

    def import_state(self, stack: str, document: str) -> None:
        """Replace the stack's state by what `export_state` gave, or what was made of it."""
        file = self.home / "state.json"
        file.write_text(document, encoding="utf-8")
        self.engine.import_state(stack, file, self.directory, self.environment(None))

    def environment(self, account: Account | None, **extra: str) -> dict[str, str]:
        """What a command sees: nothing inherited that could reach a real stack or a real account."""
        inherited = {name: value for name, value in os.environ.items() if not name.startswith(_FOREIGN)}
        isolated = {
            "PULUMI_HOME": str(self.home / "pulumi"),
            "PULUMI_BACKEND_URL": f"file://{self.home / 'backend'}",
            "PULUMI_CONFIG_PASSPHRASE": "a passphrase for a stage",  # the recorded states are encrypted with it
            "PULUMI_SKIP_UPDATE_CHECK": "true",
            "PULUMI_DISABLE_AUTOMATIC_PLUGIN_ACQUISITION": "true",
            "CODAT_BASE_URL": self.portal.url,
        }
        key = {"CODAT_API_KEY": account.api_key} if account else {}
        return {**inherited, **isolated, **key, **extra}


@contextmanager
def emulator_process() -> Iterator[Portal]:
    """The emulator as a person starts it."""
    command = [str(Path(sys.executable).with_name("pulumi-codat")), "emulator", "--port", "0", "--json"]
    process = subprocess.Popen(  # noqa: S603 because it is this project's own command
        command, stdout=subprocess.PIPE, text=True, start_new_session=True
    )
    try:
        assert process.stdout is not None  # noqa: S101 because of the PIPE above
        told = json.loads(process.stdout.readline())
        accounts = tuple(Account(one["id"], one["name"], one["apiKey"]) for one in told["accounts"])
        yield Portal(told["url"], accounts)
    finally:
        process.send_signal(signal.SIGTERM)
        process.communicate(timeout=_SECONDS)


@contextmanager
def open_stage(
    program: str, engine: Engine, emulator: Callable[[], AbstractContextManager[Portal]] = emulator_process
) -> Iterator[Stage]:
    """A stage with a copy of a program of this repository (`.` or `examples/...`), taken down at the end."""
    with tempfile.TemporaryDirectory(prefix="pulumi-codat-") as name, emulator() as portal:
        home, clone = Path(name) / "home", Path(name) / "clone"
        directory = clone / program
        (home / "backend").mkdir(parents=True)
        directory.mkdir(parents=True)
        for pattern in ("*.py", "Pulumi*.yaml", "*.sh"):
            for file in (_ROOT / program).glob(pattern):
                shutil.copy(file, directory)
        (clone / ".venv").symlink_to(sys.prefix)
        yield Stage(engine, directory, home, portal)
