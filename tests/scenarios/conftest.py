"""The stage of each scenario: on the offline engine always, on the pulumi CLI where it is installed."""

from __future__ import annotations

from contextlib import ExitStack
from typing import TYPE_CHECKING, Final

import pytest
from demo.engines import OfflineEngine, cli_engine
from demo.stage import emulator_process, open_stage

from pulumi_offline.warm_start import WarmLauncher

from .warm import WarmOfflineEngine, emulator_thread

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from demo.engines import Engine
    from demo.stage import Stage

SECRET: Final = "the-secret-of-the-xero-app"


def pytest_generate_tests(metafunc: pytest.Metafunc) -> None:
    """A scenario runs on the offline engine, and on the CLI if it is of the smoke set or all are asked for."""
    if "engine_name" not in metafunc.fixturenames:
        return
    cli = cli_engine()
    wanted = metafunc.config.getoption("--on-cli")
    smoke = metafunc.definition.get_closest_marker("smoke") is not None
    cold = metafunc.definition.get_closest_marker("cold") is not None
    names = ["offline"] if wanted != "only" else []
    if names and cold:
        names.append("offline-cold")
    if cli and (wanted in {"all", "only"} or (wanted == "smoke" and smoke)):
        names.append("cli")
    metafunc.parametrize("engine_name", names)


@pytest.fixture(name="launcher", scope="session")
def _launcher() -> Iterator[WarmLauncher]:
    with WarmLauncher(preload=("httpx", "pydantic")) as launcher:
        yield launcher


@pytest.fixture(name="engine")
def _engine(engine_name: str, request: pytest.FixtureRequest) -> Engine:
    match engine_name:
        case "cli":
            cli = cli_engine()
            assert cli is not None
            return cli
        case "offline-cold":
            return OfflineEngine()
        case _:
            return WarmOfflineEngine(request.getfixturevalue("launcher"))


@pytest.fixture(name="open_program")
def _open_program(engine: Engine) -> Iterator[Callable[[str], Stage]]:
    """Open a program of this repository on a stage of its own."""
    emulator = emulator_thread if isinstance(engine, WarmOfflineEngine) else emulator_process
    with ExitStack() as stack:
        yield lambda program: stack.enter_context(open_stage(program, engine, emulator))


@pytest.fixture(name="stage")
def _stage(open_program: Callable[[str], Stage]) -> Stage:
    """The root program with the stack dev."""
    stage = open_program(".")
    stage.create_stack("dev")
    return stage
