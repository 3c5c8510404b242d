"""Statements in files, row by row in bounded memory: CSV, a JSON array, JSON lines."""

from __future__ import annotations

import csv
import hashlib
import io
import json
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, BinaryIO, Final, Literal, TypeAlias

from pulumi_codat.api import CodatError
from pulumi_codat.bank_feeds.models import FIELDS
from pulumi_codat.redaction import one_line

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping
    from pathlib import PurePath

__all__ = ["Broken", "Format", "Row", "Source", "format_of"]

Format: TypeAlias = Literal["csv", "json", "jsonl"]

_SUFFIXES: Final[Mapping[str, Format]] = {".csv": "csv", ".json": "json", ".jsonl": "jsonl", ".ndjson": "jsonl"}
_CHUNK: Final = 1 << 16
_LONGEST_ROW: Final = 1 << 20
_LONGEST_NAME: Final = 60


@dataclass(frozen=True)
class Row:
    """What a file says of one transaction: values by the field's name."""

    line: int
    values: Mapping[str, object]


@dataclass(frozen=True)
class Broken:
    """A row that cannot be read, in words; with `last`, the rows after it cannot be found either."""

    line: int
    why: str


@dataclass
class Source:
    """A file while it is read. `fields` says which column holds a field that the file names otherwise.

    After the rows: `sha256` of the whole file, and the columns (or JSON names) that were `ignored`.
    """

    file: BinaryIO
    format: Format
    fields: Mapping[str, str] = field(default_factory=dict)
    ignored: set[str] = field(default_factory=set)
    sha256: str = ""

    def rows(self) -> Iterator[Row | Broken]:
        """Raises `CodatError` where the file as a whole is not what it should be."""
        hashed = _Hashed(self.file)
        # because a wrong byte must be told with its line, it is let through here and refused as a character
        text = io.TextIOWrapper(io.BufferedReader(hashed), "utf-8-sig", "surrogateescape", newline="")
        read: Callable[[io.TextIOBase], Iterator[Row | Broken]]
        read = {"csv": self._csv, "json": self._array, "jsonl": self._lines}[self.format]
        yield from read(text)
        while text.read(_CHUNK):
            pass  # because the digest is of the whole file
        self.sha256 = hashed.digest.hexdigest()

    def _csv(self, text: io.TextIOBase) -> Iterator[Row | Broken]:
        reader = csv.reader(text, strict=True)
        places: dict[int, str] | None = None
        width = 0
        while True:
            begins = reader.line_num + 1
            try:
                cells = next(reader, None)
            except csv.Error as error:
                yield Broken(begins, f"is not CSV ({error}), and what follows cannot be read")
                return
            if cells is None:
                break
            if not cells:
                continue
            if places is None:
                places, width = self._header(cells), len(cells)
            elif len(cells) != width:
                yield Broken(begins, f"has {len(cells)} columns, and the header has {width}")
            else:
                yield Row(begins, {name: cells[at] for at, name in places.items() if cells[at] != ""})
        if places is None:
            raise CodatError("the file is empty: the first line of a CSV file names its columns")

    def _header(self, cells: list[str]) -> dict[int, str]:
        """Which column holds which field."""
        wanted = {_plain(self.fields.get(name, name)): name for name in FIELDS}
        found = [wanted.get(_plain(cell)) for cell in cells]
        missing = [name for name in _REQUIRED if name not in found]
        twice = sorted({name for name in found if name and found.count(name) > 1})
        columns = ", ".join(_shown(cell) for cell in cells)
        if missing:
            raise CodatError(
                f"the header has no column for {', '.join(missing)} (its columns: {columns}): name the column that"
                " holds it, for example --map description=Details"
            )
        if twice:
            raise CodatError(f"the header names {', '.join(twice)} more than once (its columns: {columns})")
        self.ignored |= {_shown(cell) for cell, name in zip(cells, found, strict=True) if name is None}
        return {at: name for at, name in enumerate(found) if name}

    def _lines(self, text: io.TextIOBase) -> Iterator[Row | Broken]:
        number = 0
        while line := text.readline(_LONGEST_ROW):
            number += 1
            if len(line) == _LONGEST_ROW:
                yield Broken(number, f"is longer than {_LONGEST_ROW:,} characters, and what follows cannot be read")
                return
            if not line.strip():
                continue
            try:
                yield self._object(number, _DECODER.decode(line))
            except (json.JSONDecodeError, RecursionError) as error:
                yield Broken(number, f"is not JSON ({_reason(error)})")

    def _array(self, text: io.TextIOBase) -> Iterator[Row | Broken]:
        scanner = _Scanner(text)
        if scanner.next_char() != "[":
            raise CodatError("the file is not a JSON array of transactions (for one object a line, use --format jsonl)")
        scanner.skip()
        following = scanner.next_char()
        while following != "]":
            scanner.next_char()
            line = scanner.line
            try:
                yield self._object(line, scanner.value())
                following = scanner.next_char()
            except (json.JSONDecodeError, RecursionError) as error:
                yield Broken(line, f"is not JSON ({_reason(error)}), and what follows cannot be read")
                return
            if following not in {",", "]"}:
                yield Broken(scanner.line, "is not JSON (a comma or the end of the array must follow)")
                return
            if following == ",":
                scanner.skip()
        scanner.skip()
        if scanner.next_char():
            yield Broken(scanner.line, "is not JSON (something follows the end of the array)")

    def _object(self, line: int, value: object) -> Row | Broken:
        if isinstance(value, _Twice):
            return Broken(line, f"names {_shown(value.name)} more than once")
        if not isinstance(value, dict):
            return Broken(line, "is not a JSON object")
        names = {self.fields.get(name, name): name for name in FIELDS}
        self.ignored |= {_shown(name) for name in value if name not in names}
        cells = ((names[name], cell) for name, cell in value.items() if name in names and cell is not None)
        return Row(line, {name: _as_in_csv(name, cell) for name, cell in cells})


_NUMBERS: Final = frozenset({"amount", "balance"})
_REQUIRED: Final = ("id", "date", "description", "amount", "balance", "transactionType")


def format_of(name: PurePath) -> Format | None:
    """What the name's ending says, if anything."""
    return _SUFFIXES.get(name.suffix.lower())


class _Hashed(io.RawIOBase):
    """A file whose digest is taken while it is read."""

    def __init__(self, file: BinaryIO) -> None:
        self._file = file
        self.digest = hashlib.sha256()

    def readable(self) -> bool:
        return True

    def readinto(self, buffer: bytearray | memoryview) -> int:  # type: ignore[override] # because typeshed's is wider
        try:
            data = self._file.read(len(buffer))
        except OSError as error:
            raise CodatError(f"the file cannot be read to its end ({error.strerror}), so nothing was sent") from None
        buffer[: len(data)] = data
        self.digest.update(data)
        return len(data)


class _Scanner:
    """JSON values one by one out of a text that is never held as a whole; knows the line it is at."""

    def __init__(self, text: io.TextIOBase) -> None:
        self._text = text
        self._buffer = ""
        self._at = 0
        self.line = 1

    def next_char(self) -> str:
        """The next character that is no space, without taking it; empty at the end."""
        while True:
            rest = len(self._buffer) - self._at
            self._move(rest - len(self._buffer[self._at :].lstrip(" \t\r\n")))
            if self._at < len(self._buffer):
                return self._buffer[self._at]
            if not self._read_on():
                return ""

    def skip(self) -> None:
        self._at += 1

    def value(self) -> object:
        """Raises `json.JSONDecodeError` for what is not JSON, or longer than a row may be."""
        while True:
            try:
                value, end = _DECODER.raw_decode(self._buffer, self._at)
            except json.JSONDecodeError:
                if len(self._buffer) - self._at > _LONGEST_ROW or not self._read_on():
                    raise
            else:
                self._move(end - self._at)
                return value

    def _move(self, length: int) -> None:
        self.line += self._buffer.count("\n", self._at, self._at + length)
        self._at += length

    def _read_on(self) -> bool:
        more = self._text.read(_CHUNK)
        self._buffer, self._at = self._buffer[self._at :] + more, 0
        return bool(more)


@dataclass(frozen=True)
class _Twice:
    name: str


def _once_each(pairs: list[tuple[str, object]]) -> dict[str, object] | _Twice:
    values = dict(pairs)
    if len(values) == len(pairs):
        return values
    names = [name for name, _ in pairs]
    return _Twice(next(name for name in names if names.count(name) > 1))


@dataclass(frozen=True)
class _Number:
    """A number as it is written, because few characters may stand for megabytes of digits."""

    text: str


_DECODER: Final = json.JSONDecoder(parse_float=_Number, parse_int=_Number, object_pairs_hook=_once_each)


def _as_in_csv(name: str, cell: object) -> object:
    """A number where one belongs, as the text that CSV has; elsewhere it stays what no field takes."""
    return cell.text if isinstance(cell, _Number) and name in _NUMBERS else cell


def _reason(error: json.JSONDecodeError | RecursionError) -> str:
    return error.msg if isinstance(error, json.JSONDecodeError) else "nested too deeply"


def _plain(name: str) -> str:
    """A column's name as it is compared: `Transaction Type` and `transaction_type` are `transactionType`."""
    return "".join(char for char in name.casefold() if char not in " _-")


def _shown(name: str) -> str:
    name = one_line(name)
    return name if len(name) <= _LONGEST_NAME else name[: _LONGEST_NAME - 1] + "…"
