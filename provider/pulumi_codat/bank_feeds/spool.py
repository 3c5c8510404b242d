"""Rows on disk, in the order they came or in another; in memory is only where each of them is."""

from __future__ import annotations

import tempfile
from array import array
from contextlib import contextmanager, suppress
from typing import TYPE_CHECKING, BinaryIO

from pulumi_codat.api import CodatError

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

__all__ = ["Spool", "open_spool"]


class Spool:
    """Rows by their number from 0. It costs 12 bytes of memory a row, and 8 more where they are put in order.

    What puts a row there or takes one raises `CodatError` where the disk does not do it.
    """

    def __init__(self, file: BinaryIO) -> None:
        self._file = file
        self._ends = array("Q", [0])
        self._lines = array("I")
        self._order: array[int] | None = None

    def add(self, line: int, row: bytes) -> None:
        try:
            self._file.write(row)
        except OSError as error:
            raise _unkept(error) from None
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
        try:
            self._file.seek(self._ends[self._place(number)])
            return self._file.read(self.size(number))
        except OSError as error:
            raise _unkept(error) from None

    def _place(self, number: int) -> int:
        return number if self._order is None else self._order[number]


@contextmanager
def open_spool() -> Iterator[Spool]:
    """An empty one, in a temporary file that is gone with it. Raises `CodatError`."""
    try:
        file = tempfile.TemporaryFile()  # noqa: SIM115 because only its opening may be told so
    except OSError as error:
        raise _unkept(error) from None
    try:
        yield Spool(file)
    finally:
        with suppress(OSError):  # because what did not reach the disk by then is not needed any more
            file.close()


def _unkept(error: OSError) -> CodatError:
    return CodatError(
        f"the rows cannot be kept in a temporary file ({error.strerror}): make room, or name another folder with"
        " TMPDIR, and run the same command again"
    )
