"""A state written by one engine is the other's from then on: imported, it previews without changes."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

import pytest
from demo.engines import cli_engine

from .conftest import SECRET, goes_off
from .engines import OnTheCli, OnTheOfflineEngine

if TYPE_CHECKING:
    from collections.abc import Callable

    from demo.stage import Stage

    from .engines import ScenarioEngine

PROGRAMS = {
    ".": (),
    "examples/quickstart": ("--config", "xero:clientId=ABC123", "--config", f"xero:clientSecret={SECRET}"),
}


# because two engines take part, and what each does is recorded elsewhere
@pytest.mark.parametrize("program", [".", "examples/quickstart"])
def test_an_exported_state_is_understood_by_the_other_engine(
    open_program: Callable[[str], Stage],
    engine: ScenarioEngine,
    request: pytest.FixtureRequest,
    program: str,
) -> None:
    if cli_engine() is None or request.config.getoption("--on-cli") not in {"all", "only"}:
        pytest.skip("needs both engines, or is left to `make test-cli`")
    other = OnTheOfflineEngine(request.getfixturevalue("launcher")) if engine.name == "cli" else OnTheCli()
    stage = goes_off(open_program(program))
    stage.create_stack("dev")
    dev = stage.portal.account("Acme Dev")
    up = stage.run("up", "dev", *PROGRAMS[program], account=dev, XERO_CLIENT_SECRET=SECRET)
    assert up.exit_code == 0, up.output
    stage.portal.change(dev, enabled=False)
    assert stage.run("refresh", "dev", *PROGRAMS[program], account=dev, XERO_CLIENT_SECRET=SECRET).exit_code == 0
    assert stage.run("up", "dev", *PROGRAMS[program], account=dev, XERO_CLIENT_SECRET=SECRET).exit_code == 0

    elsewhere = replace(stage, engine=other)
    elsewhere.create_stack("dev")
    elsewhere.import_state("dev", stage.export_state("dev"))
    stage.portal.requests()
    strict = ("--expect-no-changes", *PROGRAMS[program])
    preview = elsewhere.run("preview", "dev", *strict, account=dev, XERO_CLIENT_SECRET=SECRET)

    assert preview.exit_code == 0, preview.output
    assert not any(request.writes for request in stage.portal.requests())
    destroy = elsewhere.run("destroy", "dev", *PROGRAMS[program], account=dev, XERO_CLIENT_SECRET=SECRET)
    assert destroy.exit_code == 0, destroy.output
    assert stage.portal.shows(dev)["enabled"] is False
