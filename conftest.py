"""How every test of the workspace runs, on which engine, and lines at the end that say how many ran on each."""

from __future__ import annotations

import re
from collections import Counter

import pytest
from demo.engines import CliEngine, cli_engine, why_no_cli
from hypothesis import HealthCheck, settings
from tests.faults.report import Row, table

_SCENARIOS = r"tests/scenarios/|packages/pulumi-offline/tests/fidelity/"

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


def pytest_addoption(parser: pytest.Parser) -> None:
    parser.addoption(
        "--on-cli",
        choices=("smoke", "all", "only", "none"),
        default="smoke",
        help="scenarios on the pulumi CLI, where it is installed: a smoke set (default), all, only there, none",
    )
    parser.addoption("--record", action="store_true", help="keep what scenarios do on the pulumi CLI as test data")


def pytest_configure(config: pytest.Config) -> None:
    why = why_no_cli()
    if why and config.getoption("--on-cli") == "only":
        raise pytest.UsageError(why)


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


@pytest.fixture(scope="session")
def pulumi_cli() -> CliEngine | None:
    """The pulumi CLI that tests run on, for those that may not import what finds it."""
    return cli_engine()


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter) -> None:
    reports = [report for outcome in ("passed", "failed") for report in terminalreporter.stats.get(outcome, [])]
    ran = Counter(
        engine
        for report in reports
        for engine in ("offline", "cli")
        if report.when == "call" and f"[{engine}" in report.nodeid and re.search(_SCENARIOS, report.nodeid)
    )
    cli = cli_engine()
    which = f"the pulumi CLI v{cli.version}" if cli else f"the pulumi CLI ({why_no_cli()})"
    terminalreporter.write_line(f"scenarios: {ran['offline']} on the offline engine, {ran['cli']} on {which}")
    played = [report for report in reports if report.when == "call" and "model steps" in dict(report.user_properties)]
    if played:
        steps = sum(dict(report.user_properties)["model steps"] for report in played)
        terminalreporter.write_line(f"model test: {steps:,} steps")
    rows: dict[str, Row] = {}
    for name, row in [
        dict(report.user_properties)["fault matrix"]
        for report in reports
        if report.when == "call" and "fault matrix" in dict(report.user_properties)
    ]:
        rows.setdefault(name, Row()).join(Row.load(row))
    for line in table(dict(sorted(rows.items()))) if rows else ():
        terminalreporter.write_line(line)
