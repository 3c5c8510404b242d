"""The configuration changes in the run itself: another process refreshes than the one that updates."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Final

import pytest

from .conftest import SECRET

if TYPE_CHECKING:
    from demo.engines import Action, Run
    from demo.stage import Stage

KEYS: Final = "PUT /integrations/credentials/gbol"
ENABLED: Final = "PUT /integrations/gbol/enabled"
ASK_XERO: Final = "POST /xero/connect/token"
NEXT_SECRET: Final = "the-next-secret-of-the-app"
CLIENT_ID: Final = "3D5A1C7E9B2F4860A1B2C3D4E5F60718"
DECLARED: Final = {
    "unrelated": ("--config", "acme:unrelated=1"),
    "of this program": ("--config", "codat:maxWaitSeconds=50"),
    "nothing": (),
}


def _written(stage: Stage) -> list[str]:
    return [str(request) for request in stage.portal.requests() if request.writes]


def _run(stage: Stage, action: Action, *flags: str, secret: str = SECRET, **environment: str) -> Run:
    dev = stage.portal.account("Acme Dev")
    return stage.run(action, "dev", *flags, account=dev, XERO_CLIENT_SECRET=secret, **environment)


def _rename(stage: Stage) -> None:
    program = stage.directory / "__main__.py"
    program.write_text(program.read_text().replace('"xero",\n', '"renamed",\n'))


def _taint(stage: Stage) -> None:
    state = json.loads(stage.export_state("dev"))
    for resource in state["deployment"]["resources"]:
        if resource["type"].endswith(":XeroIntegration"):
            resource["taint"] = True
    stage.import_state("dev", json.dumps(state))


@pytest.mark.parametrize("flags", DECLARED.values(), ids=DECLARED.keys())
@pytest.mark.parametrize("way", ["replace", "rename"])
def test_a_new_secret_is_there_after_a_replacement_or_a_rename(stage: Stage, flags: tuple[str, ...], way: str) -> None:
    dev = stage.portal.account("Acme Dev")
    xero = f"{stage.portal.url}/xero"
    stage.portal.register_app(CLIENT_ID, SECRET)
    stage.portal.register_app(CLIENT_ID, NEXT_SECRET)
    _run(stage, "up", CODAT_XERO_IDENTITY_URL=xero)
    stage.portal.requests()
    if way == "rename":
        _rename(stage)
    else:
        _taint(stage)

    up = _run(stage, "up", *flags, secret=NEXT_SECRET, CODAT_XERO_IDENTITY_URL=xero)

    assert up.exit_code == 0, up.output
    assert _written(stage) == [ASK_XERO, KEYS]
    assert stage.portal.holds_secret(dev, NEXT_SECRET)


@pytest.mark.parametrize("flags", DECLARED.values(), ids=DECLARED.keys())
@pytest.mark.parametrize("way", ["replace", "rename"])
def test_what_nothing_proves_is_never_a_success(stage: Stage, flags: tuple[str, ...], way: str) -> None:
    dev = stage.portal.account("Acme Dev")
    stage.portal.set_account(dev, mask="stars")
    _run(stage, "up")
    stage.portal.requests()
    if way == "rename":
        _rename(stage)
    else:
        _taint(stage)

    up = _run(stage, "up", *flags, secret=NEXT_SECRET)

    assert up.exit_code not in (0, None), up.output
    assert "Codat may still hold another one" in up.output
    assert _written(stage) == []


@pytest.mark.parametrize("flags", DECLARED.values(), ids=DECLARED.keys())
def test_a_rename_writes_nothing_and_switches_nothing_off(stage: Stage, flags: tuple[str, ...]) -> None:
    dev = stage.portal.account("Acme Dev")
    _run(stage, "up")
    _rename(stage)
    stage.portal.requests()
    up = _run(stage, "up", *flags)
    assert up.exit_code == 0, up.output
    assert "the program still declares this (it was renamed, moved or replaced)" in up.output
    assert _written(stage) == []
    assert stage.portal.shows(dev)["enabled"] is True


def test_a_destroy_leaves_everything_and_says_so(stage: Stage) -> None:
    dev = stage.portal.account("Acme Dev")
    _run(stage, "up")
    stage.portal.requests()
    destroy = _run(stage, "destroy")
    assert destroy.exit_code == 0, destroy.output
    assert "settings in Codat stay as they are (on_destroy is retain)" in destroy.output
    assert _written(stage) == []
    assert stage.portal.shows(dev)["enabled"] is True
