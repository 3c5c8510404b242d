"""`make bench-preview`: what a preview without changes costs on the pulumi CLI, above resources that do nothing.

Three programs in turn: an empty one, one with dynamic resources that do nothing, and ours, for one account and for
many; with requests that take no time and 100 ms. CPU seconds are those of the CLI and of all it starts.
"""

from __future__ import annotations

import argparse
import os
import statistics
import subprocess
import sys
import time
from contextlib import ExitStack
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from demo.engines import cli_engine, why_no_cli
from demo.stage import open_stage
from tests.scenarios.fleet import PROGRAM, environment_for

if TYPE_CHECKING:
    from demo.stage import Stage

_SLOW: Final = 0.1
_FOR_EVER: Final = 1_000_000
_EMPTY: Final = "import pulumi\n"
_NOTHING: Final = """
import os
from pulumi.dynamic import CreateResult, Resource, ResourceProvider
class Nothing(ResourceProvider):
    def create(self, props):
        return CreateResult("id", {})
class Bare(Resource, module="bench", name="Bare"):
    pass
for number in range(int(os.environ["NUMBER"])):
    Bare(Nothing(), f"nothing-{number}", {})
"""
_PROGRAMS: Final = {"empty": _EMPTY, "do nothing": _NOTHING, "ours": PROGRAM}


@dataclass(frozen=True)
class _Cost:
    wall: float
    cpu: float
    mebibytes: float


class _Case:
    """One program for a number of accounts, up, and ready for previews."""

    def __init__(self, stage: Stage, source: str, number: int, executable: str) -> None:
        self._stage, self._executable = stage, executable
        accounts = [stage.portal.open_account(f"Acme {at}") for at in range(number)]
        (stage.directory / "__main__.py").write_text(source, encoding="utf-8")
        extra = environment_for(accounts, "the-secret")
        self._environment = stage.environment(None, NUMBER=str(number), **extra)
        stage.engine.create_stack("bench", stage.directory, self._environment)
        done = stage.engine.run("up", "bench", ["--skip-preview"], stage.directory, self._environment)
        if done.exit_code:
            sys.exit(done.output)

    def slow(self, *, slow: bool) -> None:
        """Let every answer take 100 ms, or no time."""
        self._stage.portal.mend()
        if slow:
            self._stage.portal.break_next("*", "*", "slow", _FOR_EVER, seconds=_SLOW)

    def preview(self) -> tuple[_Cost, int]:
        """What one preview costs, and how many requests it makes."""
        self._stage.portal.requests()
        command = [self._executable, "preview", "--stack", "bench", "--expect-no-changes", "--non-interactive"]
        began = time.perf_counter()
        process = subprocess.Popen(  # noqa: S603 because it is the pulumi CLI
            command, cwd=self._stage.directory, env=self._environment, stdout=subprocess.DEVNULL
        )
        _, status, used = os.wait4(process.pid, 0)
        wall = time.perf_counter() - began
        process.returncode = os.waitstatus_to_exitcode(status)
        if process.returncode:
            sys.exit(f"a preview ended with exit code {process.returncode}")
        cost = _Cost(wall, used.ru_utime + used.ru_stime, used.ru_maxrss / 1024)
        return cost, len(self._stage.portal.requests())


def main() -> None:
    """Measure, interleaved, and print a table: medians of the seconds, the largest process, the requests."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.preview", description=__doc__)
    parser.add_argument("--rounds", type=int, default=7, help="default: %(default)s")
    rounds = parser.parse_args().rounds
    engine = cli_engine()
    if engine is None:
        sys.exit(why_no_cli())
    print(f"{engine.introduction()}, median of {rounds} rounds in turn")
    print(f"{'accounts':>8} {'a request':>10} {'program':<12} {'wall s':>7} {'CPU s':>6} {'MiB':>5} {'requests':>9}")
    for number in (1, 20):
        with ExitStack() as open_:
            cases = {
                name: _Case(open_.enter_context(open_stage(".", engine)), source, number, engine.executable)
                for name, source in _PROGRAMS.items()
            }
            for slow in (False, True):
                taken: dict[str, list[tuple[_Cost, int]]] = {name: [] for name in cases}
                cases["ours"].slow(slow=slow)
                for _ in range(rounds):
                    for name, case in cases.items():
                        taken[name].append(case.preview())
                for name, costs in taken.items():
                    wall = statistics.median(cost.wall for cost, _ in costs)
                    cpu = statistics.median(cost.cpu for cost, _ in costs)
                    largest = max(cost.mebibytes for cost, _ in costs)
                    print(
                        f"{number:>8} {100 * slow:>7} ms {name:<12} {wall:>7.2f} {cpu:>6.2f} {largest:>5.0f}"
                        f" {costs[0][1]:>9}",
                        flush=True,
                    )


if __name__ == "__main__":
    main()
