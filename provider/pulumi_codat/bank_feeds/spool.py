"""Rows on disk, in the order they came or in another; in memory is only where each of them is."""

from __future__ import annotations

from array import array
from typing import TYPE_CHECKING, BinaryIO

if TYPE_CHECKING:
    from collections.abc import Sequence

__all__ = ["Spool"]


class Spool:
    """Rows by their number from 0. It costs 12 bytes of memory a row, and 8 more where they are put in order."""

    def __init__(self, file: BinaryIO) -> None:
        self._file = file
        self._ends = array("Q", [0])
        self._lines = array("I")
        self._order: array[int] | None = None

    def add(self, line: int, row: bytes) -> None:
        self._file.write(row)
        self._ends.append(self._ends[-1] + len(row))
        self._lines.append(line)

    def order_by(self, keys: Sequence[int]) -> None:
        """Stable: of two rows with the same key, the one that came first is first."""
        self._order = array("Q", sorted(range(len(self)), key=keys.__getitem__))

    def __len__(self) -> int:
        return len(self._lines)

    def line(self, number: int) -> int:
        """Where the row stood in its file."""
        return self._lines[self._place(number)]

    def size(self, number: int) -> int:
        place = self._place(number)
        return self._ends[place + 1] - self._ends[place]

    def __getitem__(self, number: int) -> bytes:
        self._file.seek(self._ends[self._place(number)])
        return self._file.read(self.size(number))

    def _place(self, number: int) -> int:
        return number if self._order is None else self._order[number]
