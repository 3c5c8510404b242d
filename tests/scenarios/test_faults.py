"""Faults on the whole engine: said in one line by a command that fails, and completed by the same command.

Each request at each fault is tried in `tests/faults`, without an engine; these are those that tell most of the whole.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Final

import pytest

from .conftest import SECRET, goes_off

if TYPE_CHECKING:
    from demo.engines import Action, Run
    from demo.stage import Account, Stage

ROTATED: Final = "the-next-secret-of-the-app"
CLIENT_ID: Final = "3D5A1C7E9B2F4860A1B2C3D4E5F60718"
INTEGRATION: Final = "GET /integrations/gbol"
KEYS: Final = "GET /integrations/credentials/gbol"
PUT_KEYS: Final = "PUT /integrations/credentials/gbol"
PUT_ENABLED: Final = "PUT /integrations/gbol/enabled"
PATCH_SETTINGS: Final = "PATCH /settings/integrations/0f20c943-12d0-4800-9f6c-d218f62d494c"
FEEDS: Final = ("--config", "xero:bankFeeds=true")
PARTNER: Final = (
    "--config",
    'xero:app={"name": "Acme", "certifiedPartner": true, "bankFeedsGranted": true}',
)


@dataclass(frozen=True)
class Command:
    """A command, on a stack that was applied before or is new, and what Codat holds once it is done."""

    action: Action = "up"
    flags: tuple[str, ...] = ()
    secret: str = SECRET
    new: bool = False
    holds: dict[str, object] = field(default_factory=dict)

    def on(self, stage: Stage, dev: Account, **environment: str) -> Run:
        """Run it."""
        secret = {"XERO_CLIENT_SECRET": self.secret}
        return stage.run(self.action, "dev", *self.flags, account=dev, **secret, **environment)


CREATE: Final = Command(new=True)
UPDATE: Final = Command(flags=(*FEEDS, *PARTNER), secret=ROTATED, holds={"bankFeeds": True})
OFF: Final = Command(flags=("--config", "xero:enabled=false"), holds={"enabled": False})
SAME: Final = Command()
REFRESH: Final = Command("refresh")
DESTROY: Final = Command("destroy", holds={"enabled": False})


@dataclass(frozen=True)
class Cell:
    """One fault at one request; `stops` is whether the command fails for it."""

    command: Command
    request: str
    kind: str
    times: int = 1
    stops: bool = True
    more: dict[str, object] = field(default_factory=dict)


LASTING: Final = 99
TOMORROW: Final[dict[str, object]] = {"retryAfter": 18720}
CELLS: Final = {
    "create: keys, 500": Cell(CREATE, PUT_KEYS, "500", LASTING),
    "create: toggle, quota": Cell(CREATE, PUT_ENABLED, "429", LASTING, more=TOMORROW),
    "create: toggle, truncated": Cell(CREATE, PUT_ENABLED, "truncated", stops=False),
    "update: feeds, reset after": Cell(UPDATE, PATCH_SETTINGS, "reset-after", LASTING, stops=False),
    "off: 500": Cell(OFF, PUT_ENABLED, "500", LASTING),
    "same: no JSON": Cell(SAME, KEYS, "malformed"),
    "refresh: reset": Cell(REFRESH, INTEGRATION, "reset-before", LASTING),
    "destroy: no effect": Cell(DESTROY, PUT_ENABLED, "no-effect", LASTING),
}
"""One for each command and way to fail; `make matrix` tries all of them without an engine."""


@pytest.mark.parametrize("cell", CELLS.values(), ids=CELLS)
def test_a_fault_is_told_and_the_same_command_completes(stage: Stage, cell: Cell) -> None:
    dev, command = goes_off(stage).portal.account("Acme Dev"), cell.command
    if not command.new:
        assert SAME.on(stage, dev).exit_code == 0
    before = stage.portal.shows(dev)
    stage.portal.requests()
    method, path = cell.request.split(" ")
    stage.portal.break_next(method, path, cell.kind, cell.times, **cell.more)

    # because what lasts is not worth more than a moment's patience
    patience = {"CODAT_MAX_WAIT_SECONDS": "1"} if cell.times == LASTING and cell.stops else {}
    broken = command.on(stage, dev, **patience)

    assert (broken.exit_code != 0) is cell.stops, broken.output
    _is_told(broken, cell)
    assert not any(SECRET in text or ROTATED in text for text in (broken.output, stage.export_state("dev")))
    off = {"enabled", "enableBankFeeds"} if command in (OFF, DESTROY) else set[str]()
    received = stage.portal.requests()
    assert cell.request in [str(request) for request in received]
    assert [request for request in received if _switches_off(request.body) - off] == []
    if command is REFRESH:
        assert stage.portal.shows(dev) == before
    assert stage.portal.mend() == (cell.times == LASTING)  # because a fault that nothing met would prove nothing
    completed = command.on(stage, dev)
    assert completed.exit_code == 0, completed.output
    expected = {"enabled": True, "clientId": CLIENT_ID, "bankFeeds": False, **command.holds}
    assert {name: stage.portal.shows(dev)[name] for name in expected} == expected
    assert stage.portal.holds_secret(dev, command.secret)
    if command is DESTROY:
        assert "codat:XeroIntegration" not in stage.export_state("dev")
        return
    again = stage.run(
        "preview", "dev", "--expect-no-changes", *command.flags, account=dev, XERO_CLIENT_SECRET=command.secret
    )
    assert again.exit_code == 0, again.output


def test_what_a_create_that_stopped_half_way_wrote_is_removed_by_a_destroy(stage: Stage) -> None:
    dev = goes_off(stage).portal.account("Acme Dev")
    method, path = INTEGRATION.split(" ")
    stage.portal.break_next(
        method, path, "400", skip=3
    )  # because it is read before both phases, and again before a write

    stopped = CREATE.on(stage, dev)

    assert stopped.exit_code != 0, stopped.output
    assert "partially applied (done: write the keys; unknown: switch the integration on)" in stopped.output
    assert stage.portal.mend() == 0
    assert stage.portal.shows(dev)["enabled"] is True
    destroy = DESTROY.on(stage, dev)
    assert destroy.exit_code == 0, destroy.output
    assert stage.portal.shows(dev)["enabled"] is False
    assert "codat:XeroIntegration" not in stage.export_state("dev")


def _is_told(broken: Run, cell: Cell) -> None:
    assert "Traceback" not in broken.output, broken.output
    assert "KeyboardInterrupt" not in broken.output, broken.output
    assert "pulumi-codat itself failed" not in broken.output, broken.output
    if cell.stops:
        assert "(gbol" in broken.output, broken.output


def _switches_off(body: Any) -> set[str]:
    return {name for name, value in body.items() if value is False} if isinstance(body, dict) else set()
