"""Faults on the whole engine: said in one line by a command that fails, and completed by the same command.

Each request at each fault is tried in `tests/faults`, without an engine; these are those that tell most of the whole.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Final

import pytest

from .conftest import SECRET

if TYPE_CHECKING:
    from demo.engines import Action, Run
    from demo.stage import Account, Stage

ROTATED: Final = "the-next-secret-of-the-app"
CLIENT_ID: Final = "3D5A1C7E9B2F4860A1B2C3D4E5F60718"
ACCOUNT: Final = "GET /profile/syncSettings"
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
    drift: dict[str, object] = field(default_factory=dict)

    def on(self, stage: Stage, dev: Account, **environment: str) -> Run:
        """Run it."""
        secret = {"XERO_CLIENT_SECRET": self.secret}
        return stage.run(self.action, "dev", *self.flags, account=dev, **secret, **environment)


CREATE: Final = Command(new=True)
UPDATE: Final = Command(flags=(*FEEDS, *PARTNER), secret=ROTATED, holds={"bankFeeds": True})
OFF: Final = Command(flags=("--config", "xero:enabled=false"), holds={"enabled": False})
SAME: Final = Command()
ROTATED_OUTSIDE: Final = Command(drift={"clientSecret": "somebody-elses"})
REFRESH: Final = Command("refresh")
PREVIEW: Final = Command("preview")
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
    "create: the account is refused": Cell(CREATE, ACCOUNT, "401"),
    "create: the read before the write": Cell(CREATE, KEYS, "400", more={"skip": 2}),
    "create: keys, refused": Cell(CREATE, PUT_KEYS, "422"),
    "create: keys, 500 once": Cell(CREATE, PUT_KEYS, "500", stops=False),
    "create: keys, 500": Cell(CREATE, PUT_KEYS, "500", LASTING),
    "create: keys, reset after": Cell(CREATE, PUT_KEYS, "reset-after", LASTING),
    "create: keys, no answer": Cell(CREATE, PUT_KEYS, "timeout", LASTING),
    "create: keys, no effect": Cell(CREATE, PUT_KEYS, "no-effect", LASTING),
    "create: toggle, not offered": Cell(CREATE, PUT_ENABLED, "403"),
    "create: toggle, 503": Cell(CREATE, PUT_ENABLED, "503", LASTING),
    "create: toggle, quota": Cell(CREATE, PUT_ENABLED, "429", LASTING, more=TOMORROW),
    "create: toggle, reset before": Cell(CREATE, PUT_ENABLED, "reset-before", stops=False),
    "create: toggle, truncated": Cell(CREATE, PUT_ENABLED, "truncated", stops=False),
    "update: keys, reset before": Cell(UPDATE, PUT_KEYS, "reset-before", LASTING),
    "update: keys, a gateway's page": Cell(UPDATE, PUT_KEYS, "html", stops=False),
    "update: keys, no JSON": Cell(UPDATE, PUT_KEYS, "malformed", stops=False),
    "update: keys, conflict": Cell(UPDATE, PUT_KEYS, "409"),
    "update: feeds, 500": Cell(UPDATE, PATCH_SETTINGS, "500", LASTING),
    "update: feeds, 500 once": Cell(UPDATE, PATCH_SETTINGS, "500", stops=False),
    "update: feeds, reset after": Cell(UPDATE, PATCH_SETTINGS, "reset-after", LASTING, stops=False),
    "update: feeds, no effect": Cell(UPDATE, PATCH_SETTINGS, "no-effect", LASTING),
    "update: feeds, not offered": Cell(UPDATE, PATCH_SETTINGS, "404"),
    "off: 500": Cell(OFF, PUT_ENABLED, "500", LASTING),
    "off: wrong shape": Cell(OFF, PUT_ENABLED, "wrong-shape", stops=False),
    "repair: keys, 502": Cell(ROTATED_OUTSIDE, PUT_KEYS, "502", LASTING),
    "same: quota": Cell(SAME, ACCOUNT, "429", LASTING, more=TOMORROW),
    "same: no JSON": Cell(SAME, KEYS, "malformed"),
    "refresh: reset": Cell(REFRESH, INTEGRATION, "reset-before", LASTING),
    "preview: 503": Cell(PREVIEW, INTEGRATION, "503", LASTING),
    "preview: truncated once": Cell(PREVIEW, INTEGRATION, "truncated", stops=False),
    "destroy: refused": Cell(DESTROY, PUT_ENABLED, "400"),
    "destroy: 500 once": Cell(DESTROY, PUT_ENABLED, "500", stops=False),
    "destroy: reset after": Cell(DESTROY, PUT_ENABLED, "reset-after", LASTING, stops=False),
    "destroy: no effect": Cell(DESTROY, PUT_ENABLED, "no-effect", LASTING),
}


TELLING: Final = {
    "create: keys, 500",
    "create: toggle, quota",
    "create: toggle, truncated",
    "update: feeds, reset after",
    "off: 500",
    "same: no JSON",
    "refresh: reset",
    "destroy: no effect",
}
"""One for each command and way to fail; the others are `make matrix`'s."""


@pytest.mark.parametrize(
    "cell",
    [
        pytest.param(cell, id=name, marks=[] if name in TELLING else [pytest.mark.thorough])
        for name, cell in CELLS.items()
    ],
)
def test_a_fault_is_told_and_the_same_command_completes(stage: Stage, cell: Cell) -> None:
    dev, command = stage.portal.account("Acme Dev"), cell.command
    if not command.new:
        assert SAME.on(stage, dev).exit_code == 0
    if command.drift:
        stage.portal.change(dev, **command.drift)
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
    if command in (PREVIEW, REFRESH):
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
    dev = stage.portal.account("Acme Dev")
    method, path = INTEGRATION.split(" ")
    stage.portal.break_next(method, path, "400", skip=2)  # because it is read before both phases of the command

    stopped = CREATE.on(stage, dev)

    assert stopped.exit_code != 0, stopped.output
    assert "stopped half way (done: write the keys; unknown: switch the integration on)" in stopped.output
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
