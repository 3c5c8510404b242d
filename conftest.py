"""Which engines the scenarios run on, and one line at the end that says how many ran on each."""

from __future__ import annotations

import shutil
from collections import Counter
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import pytest


def pytest_addoption(parser: pytest.Parser) -> None:
    parser.addoption(
        "--on-cli",
        choices=("smoke", "all", "only", "none"),
        default="smoke",
        help="scenarios on the pulumi CLI, where it is installed: a smoke set (default), all, only there, none",
    )


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter) -> None:
    ran = Counter(
        engine
        for outcome in ("passed", "failed")
        for report in terminalreporter.stats.get(outcome, [])
        for engine in ("offline", "cli")
        if "tests/scenarios/" in report.nodeid and f"[{engine}" in report.nodeid
    )
    missing = "" if shutil.which("pulumi") else " (pulumi is not on PATH)"
    terminalreporter.write_line(
        f"scenarios: {ran['offline']} on the offline engine, {ran['cli']} on the pulumi CLI{missing}"
    )
