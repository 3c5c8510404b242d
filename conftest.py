"""Which engines the scenarios run on, and lines at the end that say how many ran on each."""

from __future__ import annotations

import re
from collections import Counter

import pytest
from demo.engines import cli_engine, why_no_cli
from tests.faults.report import Row, table

# because the process that prints the lines at the end has no conftest of a folder that only its workers look into
pytest_plugins = ["tests.offline.fidelity.summary"]

_SCENARIOS = r"tests/scenarios/|tests/offline/fidelity/"


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
