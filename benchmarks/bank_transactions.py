"""`make bench-push`: rows a second that are validated, and the memory that 100,000 rows take."""

from __future__ import annotations

import argparse
import json
import resource
import subprocess
import sys
import tempfile
import time
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from pathlib import Path
from typing import TYPE_CHECKING, Final, get_args

from pulumi_codat.bank_feeds import Format, open_statement

if TYPE_CHECKING:
    from collections.abc import Iterator

NOW: Final = datetime.now(UTC)
FIELDS: Final = ("id", "date", "description", "counterparty", "reference", "amount", "balance", "transactionType")
NUMBERS: Final = frozenset({"amount", "balance"})


def rows(count: int) -> Iterator[tuple[str, ...]]:
    """A year of a busy account, as a bank exports it."""
    balance, when = Decimal("1000.00"), NOW.replace(tzinfo=None, microsecond=0) - timedelta(days=364)
    for number in range(count):
        amount = Decimal(number * 7919 % 20_000 - 9_999) / 100 or Decimal("0.01")
        balance += amount
        when += timedelta(seconds=300)
        kind = "Credit" if amount > 0 else "Debit"
        texts = (f"tx-{number:09}", when.isoformat(), f"Card payment {number}, London", "ACME INC", f"Ref-{number}")
        yield (*texts, str(amount), str(balance), kind)


def write(path: Path, kind: Format, count: int) -> None:
    with path.open("w", encoding="utf-8") as file:
        if kind == "csv":
            file.write(",".join(FIELDS) + "\n")
            file.writelines(",".join(f'"{cell}"' for cell in row) + "\n" for row in rows(count))
            return
        if kind == "json":
            file.write("[")
        for number, row in enumerate(rows(count)):
            pairs = zip(FIELDS, row, strict=True)
            cells = (f'"{name}": {cell if name in NUMBERS else json.dumps(cell)}' for name, cell in pairs)
            file.write((",\n" if kind == "json" and number else "") + "{" + ", ".join(cells) + "}")
            file.write("\n" if kind == "jsonl" else "")
        file.write("]\n" if kind == "json" else "")


def measure(path: Path, kind: Format, *, sort: bool) -> dict[str, float]:
    """In this process: how long validation took, and the most memory that was ever resident, in MB."""
    before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    began = time.perf_counter()
    with path.open("rb") as file, open_statement(file, format=kind, now=NOW, sort=sort) as statement:
        seconds = time.perf_counter() - began
        sent = sum(len(statement.body(batch, "acc")) for batch in statement.batches())
        count = len(statement)
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    return {"rows": count, "seconds": seconds, "peak": peak / 1024, "before": before / 1024, "bytes": sent}


def main() -> None:
    """Each measurement in a process of its own, so that none sees another's memory."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.bank_transactions", description=__doc__)
    parser.add_argument("--rows", type=int, nargs="+", default=[1_000, 10_000, 100_000], help="default: %(default)s")
    parser.add_argument("--measure", nargs=3, metavar=("FILE", "FORMAT", "SORT"), help=argparse.SUPPRESS)
    asked = parser.parse_args()
    if asked.measure:
        path, kind, sort = asked.measure
        print(json.dumps(measure(Path(path), kind, sort=sort == "sort")))
        return
    print(f"{'format':<14} {'rows':>8} {'rows/s':>9} {'seconds':>8} {'peak MB':>8} {'above start MB':>15}")
    with tempfile.TemporaryDirectory() as directory:
        for kind in get_args(Format):
            for count in asked.rows:
                path = Path(directory, f"statement.{kind}")
                write(path, kind, count)
                for order in ("as it is", "sort"):
                    words = ["-m", "benchmarks.bank_transactions", "--measure", str(path), kind, order]
                    # because the command is this file's own
                    run = subprocess.run([sys.executable, *words], check=True, capture_output=True, text=True)  # noqa: S603
                    got = json.loads(run.stdout)
                    print(
                        f"{kind + (', sorted' if order == 'sort' else ''):<14} {count:>8,}"
                        f" {got['rows'] / got['seconds']:>9,.0f} {got['seconds']:>8.2f} {got['peak']:>8.1f}"
                        f" {got['peak'] - got['before']:>15.1f}"
                    )


if __name__ == "__main__":
    main()
