"""What the recorded states are states of: a program, what it met, and what Codat held in the end."""

from __future__ import annotations

from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

from click.testing import CliRunner

from pulumi_codat.cli.import_file import import_file

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from demo.engines import Run
    from demo.stage import Account, Stage

__all__ = ["CASES", "CLIENT_ID", "DATA", "NEXT_SECRET", "SECRET", "STACK", "Case"]

DATA: Final = Path(__file__).parent
STACK: Final = "recorded"
CLIENT_ID: Final = "3D5A1C7E9B2F4860A1B2C3D4E5F60718"
SECRET: Final = "recorded-canary-of-the-xero-app"
NEXT_SECRET: Final = "recorded-canary-of-the-next-one"

Settings = dict[str, Any]

ON: Final[Settings] = {"clientId": CLIENT_ID, "clientSecret": SECRET, "enabled": True, "bankFeeds": False}
OFF: Final = ON | {"enabled": False}
FEEDS: Final = ON | {"bankFeeds": True}
NOTHING: Final[Settings] = {"clientId": None, "clientSecret": None, "enabled": False, "bankFeeds": False}

_APP: Final = (
    'codat.XeroAppArgs(name="Acme Books", company_url="https://acme.example", tier="core", certified_partner=True,'
    " bank_feeds_granted=True)"
)


_SECRET: Final = 'os.environ["XERO_CLIENT_SECRET"]'


def _program(*arguments: str, secret: str = _SECRET, feeds: str | None = None) -> str:
    given = ", ".join([f'client_id="{CLIENT_ID}"', f"client_secret={secret}", *arguments])
    lines = [
        "import os",
        "import pulumi",
        "import pulumi_codat as codat",
        f'xero = codat.XeroIntegration("xero", {given})',
    ]
    if feeds is not None:
        lines.append(f'codat.XeroBankFeeds("bank-feeds", integration=xero, {feeds})')
    return "\n".join([*lines, 'pulumi.export("account", xero.account_id)', ""])


def _up(stage: Stage, account: Account) -> None:
    run = _run(stage, "up", account)
    assert run.exit_code == 0, run.output


def _stopped_half_way(stage: Stage, account: Account) -> None:
    stage.portal.break_next("PUT", "/integrations/gbol/enabled", "400")
    run = _run(stage, "up", account)
    assert "partially applied (done: write the keys)" in run.output, run.output


def _rotated_by_somebody(stage: Stage, account: Account) -> None:
    _up(stage, account)
    stage.portal.change(account, clientSecret=NEXT_SECRET, enabled=False)
    run = _run(stage, "refresh", account)
    assert run.exit_code == 0, run.output


def _imported(stage: Stage, account: Account) -> None:
    file = stage.home / "import.json"
    environment = {"CODAT_BASE_URL": stage.portal.url, "CODAT_API_KEY": account.api_key}
    CliRunner().invoke(import_file, ["--file", str(file)], env=environment)
    run = _run(stage, "import", account, "--file", str(file), "--generate-code=false", "--protect=false")
    assert run.exit_code == 0, run.output


def _run(stage: Stage, action: Any, account: Account, *flags: str) -> Run:
    return stage.run(action, STACK, *flags, account=account, XERO_CLIENT_SECRET=SECRET)


@dataclass(frozen=True)
class Case:
    """One recorded state.

    `found` is what somebody had set by hand before, `happens` how the state came about, `live` what Codat held then,
    `declared` what it holds once the program is applied in full, `destroyed` what a destroy of the state leaves.
    """

    program: str
    declared: Settings
    destroyed: Settings
    found: Settings = field(default_factory=dict)
    live: Settings | None = None
    happens: Callable[[Stage, Account], None] = _up

    @property
    def held(self) -> Settings:
        """What Codat held when the state was recorded."""
        return self.declared if self.live is None else self.live

    @property
    def is_settled(self) -> bool:
        """Whether the program was applied in full, so that a preview shows no change."""
        return self.live is None


CASES: Final[Mapping[str, Case]] = {
    "applied": Case(_program(), ON, ON),
    "applied-off": Case(_program("enabled=False"), OFF, OFF),
    "every-input": Case(
        _program(f"app={_APP}", 'on_destroy="delete_keys"', "accept_disruption=True"),
        ON,
        NOTHING,
    ),
    "adopted": Case(_program(), ON, ON, found=ON),
    "toggle-not-managed": Case(_program("enabled=None"), OFF, OFF),
    "without-secret": Case(_program(secret="None"), ON, ON, found=ON),
    "bank-feeds-on": Case(
        _program(f"app={_APP}", 'on_destroy="disable"', feeds='enabled=True, on_destroy="disable"'), FEEDS, OFF
    ),
    "bank-feeds-off": Case(_program(feeds="enabled=False"), ON, ON),
    "bank-feeds-adopted": Case(_program(feeds="enabled=True"), FEEDS, FEEDS, found=FEEDS),
    "unfinished": Case(_program(), ON, OFF, live=OFF, happens=_stopped_half_way),
    "rotated-by-somebody": Case(
        _program(),
        ON,
        OFF | {"clientSecret": NEXT_SECRET},
        live=OFF | {"clientSecret": NEXT_SECRET},
        happens=_rotated_by_somebody,
    ),
    "imported": Case(_program(feeds="enabled=True"), FEEDS, FEEDS, found=FEEDS, live=FEEDS, happens=_imported),
}
"""By name; a case is never removed or renamed, and its program declares the same for ever."""
