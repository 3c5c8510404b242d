"""The matrix as a table, and what a person was told."""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Final

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from .trial import Outcome

__all__ = ["Row", "table"]

_OF_ONE_RUN: Final = re.compile(r"\b[0-9a-f]{32}\b")


@dataclass
class Row:
    """What came of the trials of one operation; `messages` without what differs from run to run."""

    requests: int = 0
    cells: int = 0
    stopped: int = 0
    wrong: int = 0
    messages: set[str] = field(default_factory=set)

    def add(self, outcome: Outcome) -> None:
        """One more trial."""
        told = [*([outcome.stopped] if outcome.stopped else []), *(f"warning: {line}" for line in outcome.warnings)]
        self.cells += 1
        self.stopped += outcome.stopped is not None
        self.wrong += bool(outcome.wrong)
        self.messages |= {_OF_ONE_RUN.sub("…", line) for line in told}

    def dump(self) -> dict[str, object]:
        """As what a test reports of itself, which travels between processes."""
        return {**vars(self), "messages": sorted(self.messages)}

    @classmethod
    def load(cls, dumped: dict[str, Any]) -> Row:
        """What `dump` made."""
        return cls(**{**dumped, "messages": set(dumped["messages"])})

    def join(self, other: Row) -> None:
        """The trials of both."""
        self.requests += other.requests
        self.cells += other.cells
        self.stopped += other.stopped
        self.wrong += other.wrong
        self.messages |= other.messages


def table(rows: Mapping[str, Row]) -> Iterator[str]:
    """One line an operation, and their sum."""
    total = Row()
    yield f"{'faults at every request':46}{'requests':>9}{'cells':>8}{'stopped':>9}{'converged':>11}{'messages':>10}"
    for name, row in rows.items():
        yield _line(name, row)
        total.join(row)
    yield _line("all", total)


def _line(name: str, row: Row) -> str:
    return f"{name:46}{row.requests:>9}{row.cells:>8}{row.stopped:>9}{row.cells - row.wrong:>11}{len(row.messages):>10}"
