"""`make bench-hostile`: what a hostile server costs the provider, each case in a process of its own."""

from __future__ import annotations

import argparse
import subprocess
import sys
import time
from contextlib import closing
from pathlib import Path
from typing import Final

from pydantic import SecretStr
from tests.unit.hostile import HOSTILE, MANY_COMPANIES, acting
from tests.unit.loopback import serving

from pulumi_codat.api import Codat, CodatError, Integration

XERO: Final = Integration.model_validate(
    {"key": "gbol", "name": "Xero", "enabled": True, "integrationId": "0f20c943-12d0-4800-9f6c-d218f62d494c"}
)
CASES: Final = {case: sends for case, (sends, _) in HOSTILE.items()} | MANY_COMPANIES


def ask(case: str, url: str, seconds: float) -> None:
    """Ask once, as the provider does, and print seconds, the peak in MiB and what a person is told."""
    codat = Codat.connect(
        api_key=SecretStr("key"), base_url=url, max_wait_seconds=seconds, user_agent="pulumi-codat/benchmark"
    )
    before = _peak_mib()
    began = time.perf_counter()
    with closing(codat):
        try:
            told = str(codat.linked_companies(XERO)) if case in MANY_COMPANIES else str(codat.profile())
        except CodatError as error:
            told = str(error)
    taken = time.perf_counter() - began
    print(f"{taken:>8.2f} {before:>7.0f} {_peak_mib():>7.0f}   {told.replace(url, 'Codat')[:110]}")


def _peak_mib() -> float:
    """Of this process since it began; getrusage would also count what its parent had when it was forked."""
    status = dict(line.split(":", 1) for line in Path("/proc/self/status").read_text(encoding="ascii").splitlines())
    return int(status["VmHWM"].split()[0]) / 1024


def main() -> None:
    """Serve each case in this process, ask in another, and print a table."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.hostile", description=__doc__)
    parser.add_argument("--seconds", type=float, default=5, help="codat:maxWaitSeconds; default: %(default)s")
    parser.add_argument("--ask", nargs=2, metavar=("CASE", "URL"), help=argparse.SUPPRESS)
    options = parser.parse_args()
    if options.ask:
        case, url = options.ask
        ask(case, url, options.seconds)
        return
    print(
        f"{'the server sends':<36} {'seconds':>8} {'before':>7} {'peak':>7}   told (memory in MiB, maxWaitSeconds"
        f" {options.seconds:g})"
    )
    for case, sends in CASES.items():
        with serving(acting(sends)) as port:
            command = ["--seconds", str(options.seconds), "--ask", case, f"http://127.0.0.1:{port}"]
            print(f"{case:<36} ", end="", flush=True)
            subprocess.run([sys.executable, "-m", "benchmarks.hostile", *command], check=True)  # noqa: S603 because it is this module


if __name__ == "__main__":
    main()
