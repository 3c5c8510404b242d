"""The stage of each scenario: on the offline engine always, on the pulumi CLI where it is installed."""

from __future__ import annotations

from contextlib import ExitStack
from typing import TYPE_CHECKING, Any, Final

import pytest
from demo.engines import OfflineEngine, cli_engine
from demo.stage import emulator_process, open_stage

from pulumi_offline.warm_start import WarmLauncher

from .engines import OnTheCli, OnTheOfflineEngine, emulator_thread
from .transcript import Transcript

if TYPE_CHECKING:
    from collections.abc import Callable, Generator, Iterator

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


@pytest.hookimpl(wrapper=True)
def pytest_pyfunc_call(pyfuncitem: pytest.Function) -> Generator[None, Any, Any]:
    """After a scenario, hold what it did to what was recorded on the CLI."""
    outcome = yield
    transcript: Transcript | None = pyfuncitem.funcargs.get("transcript")
    if transcript is None or not transcript.entries or pyfuncitem.get_closest_marker("unrecorded"):
        return outcome
    cli = cli_engine()
    if cli and pyfuncitem.config.getoption("--record") and pyfuncitem.funcargs["engine_name"] == cli.name:
        transcript.write(cli.introduction())
    pyfuncitem.user_properties += [
        ("compared commands", len(transcript.entries)),
        ("compared calls", transcript.requests),
    ]
    transcript.compare()
    return outcome


@pytest.fixture(name="launcher", scope="session")
def _launcher() -> Iterator[WarmLauncher]:
    with WarmLauncher(preload=("httpx", "pydantic")) as launcher:
        yield launcher


@pytest.fixture(name="transcript")
def _transcript(request: pytest.FixtureRequest, engine_name: str) -> Transcript:
    module = request.path.stem.removeprefix("test_")
    name = request.node.originalname.removeprefix("test_")
    case = request.node.callspec.id.replace(engine_name, "", 1)
    return Transcript(f"{module}/{name}" + (f"/{case}" if case else ""))


@pytest.fixture(name="engine")
def _engine(engine_name: str, transcript: Transcript, request: pytest.FixtureRequest) -> Engine:
    match engine_name:
        case "cli":
            return OnTheCli(transcript)
        case "offline-cold":
            return OfflineEngine()
        case _:
            return OnTheOfflineEngine(transcript, request.getfixturevalue("launcher"))


@pytest.fixture(name="open_program")
def _open_program(engine: Engine, transcript: Transcript) -> Iterator[Callable[[str], Stage]]:
    """Open a program of this repository on a stage of its own."""
    emulator = emulator_process if isinstance(engine, OfflineEngine) else emulator_thread
    with ExitStack() as stack:

        def open_program(program: str) -> Stage:
            stage = stack.enter_context(open_stage(program, engine, emulator))
            transcript.names |= {account.id: account.name for account in stage.portal.accounts}
            return stage

        yield open_program


@pytest.fixture(name="stage")
def _stage(open_program: Callable[[str], Stage]) -> Stage:
    """The root program with the stack dev."""
    stage = open_program(".")
    stage.create_stack("dev")
    return stage
