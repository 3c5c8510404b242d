"""`make bench`: the offline engine and the pulumi CLI, cold and in turn, on the root program; and the warm start."""

from __future__ import annotations

import argparse
import statistics
import sys
import time
from contextlib import ExitStack
from typing import TYPE_CHECKING

from demo.engines import installed_engines
from demo.stage import open_stage

from pulumi_offline import Engine
from pulumi_offline.warm_start import WarmLauncher

if TYPE_CHECKING:
    from collections.abc import Callable

    from demo.stage import Stage


def _timed(act: Callable[[], int]) -> float:
    began = time.perf_counter()
    exit_code = act()
    seconds = time.perf_counter() - began
    if exit_code:
        sys.exit(f"the measured command failed with exit code {exit_code}")
    return seconds


def _command(stage: Stage, action: str, secret: str, *flags: str) -> Callable[[], int]:
    account = stage.portal.account("Acme Dev")

    def act() -> int:
        run = stage.run(
            "up" if action == "up" else "preview", "dev", *flags, account=account, XERO_CLIENT_SECRET=secret
        )
        return run.exit_code

    return act


def _warm_preview(stage: Stage, launcher: WarmLauncher, secret: str) -> Callable[[], int]:
    """The no-change preview as the tests run it: the engine in this process, its children forked."""
    account = stage.portal.account("Acme Dev")
    environ = stage.environment(account, XERO_CLIENT_SECRET=secret)
    engine = Engine(stage.directory, "dev", environ=environ, launcher=launcher)
    return lambda: engine.preview(expect_no_changes=True).exit_code


def main() -> None:
    """Measure, interleaved, and print a table: minimum, median and maximum in seconds."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.engines", description=__doc__)
    parser.add_argument("--rounds", type=int, default=7, help="default: %(default)s")
    rounds = parser.parse_args().rounds
    taken: dict[tuple[str, str], list[float]] = {}
    with ExitStack() as open_:
        stages = {name: open_.enter_context(open_stage(".", engine)) for name, engine in installed_engines().items()}
        launcher = open_.enter_context(WarmLauncher(preload=("httpx", "pydantic")))
        for stage in stages.values():
            stage.create_stack("dev")
            _timed(_command(stage, "up", "the-first-secret"))
        _timed(
            _warm_preview(stages["offline"], launcher, "the-first-secret")
        )  # because the first one pays for the start
        for number in range(rounds):
            secret, rotated = f"the-secret-of-round-{number}", f"the-rotated-secret-of-round-{number}"
            for name, stage in stages.items():
                taken.setdefault(("up, one write", f"{name}, cold"), []).append(_timed(_command(stage, "up", secret)))
            for name, stage in stages.items():
                preview = _command(stage, "preview", secret, "--expect-no-changes")
                taken.setdefault(("preview, no change", f"{name}, cold"), []).append(_timed(preview))
            warm = _timed(_warm_preview(stages["offline"], launcher, secret))
            taken.setdefault(("preview, no change", "offline, warm"), []).append(warm)
            for name, stage in stages.items():
                skipping = _command(stage, "up", rotated, "--skip-preview")
                taken.setdefault(("up --skip-preview, one write", f"{name}, cold"), []).append(_timed(skipping))
    print(f"{'command':<30} {'engine':<14} {'min':>6} {'median':>7} {'max':>6}   seconds, {rounds} rounds in turn")
    for (command, engine), seconds in sorted(taken.items()):
        print(
            f"{command:<30} {engine:<14} {min(seconds):>6.2f} {statistics.median(seconds):>7.2f} {max(seconds):>6.2f}"
        )


if __name__ == "__main__":
    main()
