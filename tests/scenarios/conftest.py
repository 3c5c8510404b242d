"""The stage of each scenario: on the offline engine always, on the pulumi CLI where it is installed."""

from __future__ import annotations

import re
from contextlib import ExitStack
from typing import TYPE_CHECKING, Final

import pytest
from demo.engines import OfflineEngine
from demo.stage import emulator_process, open_stage

from pulumi_offline.warm_start import WarmLauncher

from .engines import OnTheCli, OnTheOfflineEngine, emulator_thread

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from demo.engines import Engine
    from demo.stage import Stage

SECRET: Final = "the-secret-of-the-xero-app"
# of the stage's passphrase, and one for all, because a key is derived from each anew and that takes its time
SALT: Final = "v1:P9ouk/sTL8E=:v1:YN3V6vRMeyCGedEz:FUQrUD4gv+0oOqDtFO/b06777hmM+w=="


def goes_off(stage: Stage) -> Stage:
    """Let a destroy switch off what the program declares, which it keeps otherwise."""
    program = stage.directory / "__main__.py"
    text, changed = re.subn(
        r"(codat\.Xero(?:Integration|BankFeeds)\([^,]+,)", r'\1 on_destroy="disable",', program.read_text()
    )
    assert changed
    program.write_text(text)
    return stage


@pytest.fixture(name="launcher", scope="session")
def _launcher() -> Iterator[WarmLauncher]:
    # the provider too, because nobody edits it while the tests run
    with WarmLauncher(preload=("pulumi_codat.dynamic", "pulumi_codat.reconcile", "pulumi_codat.settings")) as launcher:
        yield launcher


@pytest.fixture(name="engine")
def _engine(engine_name: str, request: pytest.FixtureRequest) -> Engine:
    match engine_name:
        case "cli":
            return OnTheCli()
        case "offline-cold":
            return OfflineEngine()
        case _:
            return OnTheOfflineEngine(request.getfixturevalue("launcher"))


@pytest.fixture(name="open_program")
def _open_program(engine: Engine) -> Iterator[Callable[[str], Stage]]:
    """Open a program of this repository on a stage of its own."""
    emulator = emulator_process if isinstance(engine, OfflineEngine) else emulator_thread
    with ExitStack() as stack:

        def open_program(program: str) -> Stage:
            stage = stack.enter_context(open_stage(program, engine, emulator))
            for name in ("dev", "staging", "prod"):
                file = stage.directory / f"Pulumi.{name}.yaml"
                file.write_text(f"encryptionsalt: {SALT}\n" + (file.read_text() if file.exists() else ""))
            return stage

        yield open_program


@pytest.fixture(name="stage")
def _stage(open_program: Callable[[str], Stage]) -> Stage:
    """The root program with the stack dev."""
    stage = open_program(".")
    stage.create_stack("dev")
    return stage
