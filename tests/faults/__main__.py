"""`python -m tests.faults [--messages]`: every fault at every request, as a table; 1 where one did not converge."""

from __future__ import annotations

import sys

from .faults import trying
from .operations import OPERATIONS
from .report import Row, table
from .trials import trials


def main() -> int:
    rows: dict[str, Row] = {}
    wrong: list[str] = []
    with trials() as made:
        for name in OPERATIONS:
            row = rows[name] = Row()
            faults = trying(reconfigured=OPERATIONS[name].reconfigured)
            for request in made.requests(name):
                row.requests += 1
                for fault, outcome in made.outcomes(name, request, faults):
                    row.add(outcome)
                    wrong += [f"{name} | {request} | {fault}: {line}" for line in outcome.wrong]
    print(*table(rows), *wrong, sep="\n")
    if "--messages" in sys.argv:
        print("", *sorted(set().union(*(row.messages for row in rows.values()))), sep="\n")
    return 1 if wrong else 0


if __name__ == "__main__":
    sys.exit(main())
