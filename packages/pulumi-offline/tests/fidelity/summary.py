"""The lines at the end: what was compared with recordings, or what changed in another version of the CLI."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from pulumi_offline import FOLLOWED_CLI

from .changes import report

if TYPE_CHECKING:
    import pytest


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter) -> None:
    ran: list[dict[str, Any]] = [
        dict(test.user_properties)
        for outcome in ("passed", "failed")
        for test in terminalreporter.stats.get(outcome, [])
        if test.when == "call"
    ]
    compared = [told for told in ran if "compared calls" in told]
    if compared:
        commands, calls = (sum(told[key] for told in compared) for key in ("compared commands", "compared calls"))
        terminalreporter.write_line(
            f"compared with recordings of the pulumi CLI v{FOLLOWED_CLI}: {len(compared)} programs,"
            f" {commands} commands, {calls} requests to providers"
        )
    changed = [told for told in ran if "changes" in told]
    if changed:
        counted = {told["program"]: told["changes"] for told in changed}
        version = changed[0]["version"]
        lines = report(counted) or ["nothing"]
        terminalreporter.section(f"what v{version} does otherwise than v{FOLLOWED_CLI}, in {len(counted)} programs")
        for line in lines:
            terminalreporter.write_line(line)
