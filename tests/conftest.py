"""How every test runs, on which engine, and what is held to recordings of the pulumi CLI."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any

import pytest
from demo.engines import cli_engine
from hypothesis import HealthCheck, settings

from .transcript import Transcript

if TYPE_CHECKING:
    from collections.abc import Generator

# properties without a deadline, the same examples each time, and nothing kept on disk
settings.register_profile(
    "house",
    deadline=None,  # because a busy machine is no bug
    derandomize=True,
    database=None,
    max_examples=60,
    suppress_health_check=[HealthCheck.too_slow],
)
settings.load_profile("house")


# secrets that programs of the tests hold in their text, by what a recording calls them
_MADE_UP = {
    "the-secret-of-the-xero-app": "the app's secret",
    "the-next-secret-of-the-app": "the app's next secret",
    "s3cret": "a secret",
    "hush": "another secret",
}


@pytest.hookimpl(tryfirst=True)  # because the names of the tests, by which they are counted, begin with the engine's
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


@pytest.fixture
def transcript(request: pytest.FixtureRequest, engine_name: str) -> Transcript:
    """What the test does on its engine, to be compared with (or kept as) its recording."""
    case = request.node.callspec.id.replace(engine_name, "", 1)
    group = request.cls.__name__ if request.cls else ""
    names = (group, request.node.originalname.removeprefix("test_"), case)
    parts = [re.sub(r"\W+", "_", name).strip("_") for name in names]
    folder = request.path.parent / "recordings" / request.path.stem.removeprefix("test_")
    return Transcript(folder.joinpath(*filter(None, parts)).with_suffix(".json"), dict(_MADE_UP))


@pytest.hookimpl(wrapper=True)
def pytest_pyfunc_call(pyfuncitem: pytest.Function) -> Generator[None, Any, Any]:
    """After a scenario, hold what it did to what was recorded on the CLI."""
    outcome = yield
    transcript: Transcript | None = pyfuncitem.funcargs.get("transcript")
    if transcript is None:
        return outcome
    if pyfuncitem.funcargs["engine_name"] == "offline-cold":
        return outcome  # because its engine is another process, which cannot be listened to
    cli = cli_engine()
    on_the_cli = cli is not None and pyfuncitem.funcargs["engine_name"] == cli.name
    if cli and on_the_cli and pyfuncitem.config.getoption("--record"):
        transcript.write(cli.introduction())
        return outcome
    pyfuncitem.user_properties += [
        ("compared commands", len(transcript.entries)),
        ("compared calls", transcript.requests),
    ]
    # because the CLI draws its lines when it has the time, and on a busy machine leaves some out
    transcript.compare(leaving_out=frozenset({"text"}) if on_the_cli else frozenset())
    return outcome
