"""How every test runs, and on which engine."""

from __future__ import annotations

import pytest
from demo.engines import cli_engine
from hypothesis import HealthCheck, settings

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
