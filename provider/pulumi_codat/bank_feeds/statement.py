"""A statement that has been found right: its rows on disk, ready to be sent in batches.

What was validated is what is sent: the rows are spooled to a temporary file as they are read, so a file that changes
later, or standard input, makes no difference. In memory are only the place of each row, and a digest of each id.
"""

from __future__ import annotations

import hashlib
import json
from array import array
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from decimal import Decimal
from typing import TYPE_CHECKING, BinaryIO, Final

from pydantic import ValidationError

from pulumi_codat.api import CodatError
from pulumi_codat.bank_feeds.files import Broken, Source
from pulumi_codat.bank_feeds.models import BankTransaction, problems_of
from pulumi_codat.bank_feeds.spool import Spool, open_spool
from pulumi_codat.redaction import one_line
from pulumi_codat.xero.bank_transactions import (
    LARGEST_BATCH,
    LARGEST_BODY,
    Entry,
    Window,
    balance_warning,
    order_problem,
)

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping

    from pulumi_codat.bank_feeds.files import Format

__all__ = ["BadRows", "Batch", "Statement", "open_statement", "statement_of"]

_MOST_SHOWN: Final = 20
_LARGEST_BATCH_BYTES: Final = LARGEST_BODY - 500_000
"""Our choice: room for the words that Xero's own format needs more than Codat's."""
_DIGEST_BYTES: Final = 16
_EPOCH: Final = datetime(1970, 1, 1)  # noqa: DTZ001 because a statement's dates have no offset
_MICROSECOND: Final = timedelta(microseconds=1)


class BadRows(CodatError):
    """Rows that are not what Xero takes. `lines` are the first 20, each with its place; `count` is of all."""

    def __init__(self, lines: Iterable[str], count: int) -> None:
        self.lines = tuple(lines)
        self.count = count
        more = f"; and {count - len(self.lines):,} more" if count > len(self.lines) else ""
        rows = "1 row is wrong" if count == 1 else f"{count:,} rows are wrong"
        super().__init__(f"{rows}, so nothing was sent: {'; '.join(self.lines)}{more}")


@dataclass
class Findings:
    """The first of what was found, each with its place, and how many there were."""

    shown: list[str] = field(default_factory=list)
    count: int = 0

    def add(self, place: str, words: Iterable[str | None]) -> None:
        told = ", ".join(word for word in words if word)
        if told:
            self.count += 1
            if len(self.shown) < _MOST_SHOWN:
                self.shown.append(one_line(f"{place}: {told}"))


@dataclass(frozen=True)
class Batch:
    """Rows that go in one request, by their numbers in the order of sending, from 1, both included.

    `lines` are where the first and the last of them stand in the file.
    """

    number: int
    first: int
    last: int
    lines: tuple[int, int]

    @property
    def rows(self) -> int:
        return self.last - self.first + 1

    def __str__(self) -> str:
        return (
            f"batch {self.number} (rows {self.first:,} to {self.last:,}, lines {self.lines[0]:,} to {self.lines[1]:,})"
        )


@dataclass(frozen=True)
class Statement:
    """Rows in the order in which they are sent.

    `sha256` is the file's, `options` is how it was read, `ignored` are the columns that are no field's.
    """

    _spool: Spool
    _warnings: Findings
    sha256: str
    options: Mapping[str, str]
    ignored: tuple[str, ...] = ()
    batch_rows: int = LARGEST_BATCH

    def __len__(self) -> int:
        return len(self._spool)

    @property
    def warnings(self) -> tuple[str, ...]:
        """The first 20, each with its place."""
        return tuple(self._warnings.shown)

    @property
    def warning_count(self) -> int:
        return self._warnings.count

    def batches(self) -> Iterator[Batch]:
        """Every batch, in order: at most `batch_rows` rows, and less than Xero's limit of bytes."""
        number, first, size = 1, 0, 0
        for at in range(len(self)):
            length = self._spool.size(at)
            if at > first and (at - first == self.batch_rows or size + length > _LARGEST_BATCH_BYTES):
                yield self._batch(number, first, at)
                number, first, size = number + 1, at, 0
            size += length
        yield self._batch(number, first, len(self))

    def body(self, batch: Batch, source_account: str) -> bytes:
        """The request that pushes a batch, byte for byte the same every time, because its key stands for its bytes."""
        rows = b",\n".join(self._spool[at] for at in range(batch.first - 1, batch.last))
        account = json.dumps(source_account).encode()
        return b'{"accountId": ' + account + b', "transactions": [\n' + rows + b"\n]}"

    def ids(self, batch: Batch) -> tuple[str, ...]:
        return tuple(json.loads(self._spool[at])["id"] for at in range(batch.first - 1, batch.last))

    def _batch(self, number: int, first: int, end: int) -> Batch:
        return Batch(number, first + 1, end, (self._spool.line(first), self._spool.line(end - 1)))


@contextmanager
def open_statement(
    file: BinaryIO,
    *,
    format: Format,  # noqa: A002 because it is the option's name
    now: datetime,
    fields: Mapping[str, str] | None = None,
    sort: bool = False,
    batch_rows: int = LARGEST_BATCH,
) -> Iterator[Statement]:
    """Read and validate a file from where it stands to its end, once, in bounded memory.

    `now`: the time by which dates are neither in the future nor older than a year. `fields`: the columns of fields
    that the file names otherwise. `sort`: put the rows into chronological order (stable, so the file's order within
    one time stays). `batch_rows`: rows in one request, 1 to 1,000. Raises `BadRows` with all that is wrong, or
    `CodatError` where it is no such file.
    """
    source = Source(file, format, fields or {})
    options = _options(sort=sort, batch_rows=batch_rows) | {"format": format}
    options |= {f"map {name}": column for name, column in sorted(source.fields.items())}

    def rows() -> Iterator[tuple[int, BankTransaction | list[str]]]:
        for row in source.rows():
            if isinstance(row, Broken):
                yield row.line, [row.why]
                continue
            try:
                yield row.line, BankTransaction.model_validate(row.values)
            except ValidationError as error:
                yield row.line, problems_of(error)

    with _checked(rows(), now, "line", sort=sort) as (spool, warnings):
        yield Statement(spool, warnings, source.sha256, options, tuple(sorted(source.ignored)), batch_rows)


@contextmanager
def statement_of(
    transactions: Iterable[BankTransaction], *, now: datetime, sort: bool = False, batch_rows: int = LARGEST_BATCH
) -> Iterator[Statement]:
    """The same of transactions that a program has; problems name the row, from 1."""
    digest = hashlib.sha256()

    def rows() -> Iterator[tuple[int, BankTransaction]]:
        for number, transaction in enumerate(transactions, start=1):
            digest.update(transaction.as_json().encode() + b"\n")
            yield number, transaction

    with _checked(rows(), now, "row", sort=sort) as (spool, warnings):
        options = _options(sort=sort, batch_rows=batch_rows)
        yield Statement(spool, warnings, digest.hexdigest(), options, batch_rows=batch_rows)


def _options(*, sort: bool, batch_rows: int) -> dict[str, str]:
    """What decides which rows are in which batch, beside the file."""
    if not 1 <= batch_rows <= LARGEST_BATCH:
        raise ValueError(f"batch_rows must be from 1 to {LARGEST_BATCH}")
    return {"sort": str(sort), "batch_rows": str(batch_rows)}


@contextmanager
def _checked(
    rows: Iterable[tuple[int, BankTransaction | list[str]]], now: datetime, noun: str, *, sort: bool
) -> Iterator[tuple[Spool, Findings]]:
    """The rows on disk, and what is to be warned of; raises `BadRows`."""
    window = Window.at(now)
    problems = Findings()
    sequence = _Sequence()
    seen: dict[bytes, int] = {}
    keys = array("q")
    with open_spool() as spool:
        for line, row in rows:
            place = f"{noun} {line}"
            if isinstance(row, list):
                problems.add(place, row)
                sequence.break_off()
                continue
            told = [window.problem(row.date), _repeated(seen, row.id, line, noun)]
            if sort:
                keys.append((row.date - _EPOCH) // _MICROSECOND)
            else:
                told.append(sequence.follow(Entry(place, row.date, row.amount, row.balance)))
            problems.add(place, told)
            spool.add(line, row.as_json().encode())
        if problems.count:
            raise BadRows(problems.shown, problems.count)
        if not len(spool):
            raise CodatError("there are no transactions, so nothing was sent")
        if sort:
            spool.order_by(keys)
            for entry in _entries(spool, noun):
                sequence.follow(entry)
        yield spool, sequence.warnings


def _repeated(seen: dict[bytes, int], id_: str, line: int, noun: str) -> str | None:
    """Ids are unique for the company; of those outside the file nothing is known."""
    digest = hashlib.blake2b(id_.encode(), digest_size=_DIGEST_BYTES).digest()
    first = seen.setdefault(digest, line)
    return None if first == line else f"id is that of {noun} {first}"


def _entries(spool: Spool, noun: str) -> Iterator[Entry]:
    for number in range(len(spool)):
        row = json.loads(spool[number], parse_float=Decimal, parse_int=Decimal)
        place = f"{noun} {spool.line(number)}"
        yield Entry(place, datetime.fromisoformat(row["date"]), row["amount"], row["balance"])


class _Sequence:
    """The rules for one row after another."""

    def __init__(self) -> None:
        self.warnings = Findings()
        self._previous: Entry | None = None
        self._neighbours = False
        self._ordered = True

    def follow(self, entry: Entry) -> str | None:
        """What is wrong with the order, told of the first pair only: a file the other way round has no other."""
        previous, self._previous = self._previous, entry
        neighbours, self._neighbours = self._neighbours, True
        if previous is None:
            return None
        if neighbours:
            self.warnings.add(entry.place, [balance_warning(previous, entry)])
        problem = order_problem(previous, entry) if self._ordered else None
        self._ordered = self._ordered and problem is None
        return f"{problem} (--sort sorts them)" if problem else None

    def break_off(self) -> None:
        """After a row that is not known, because no balance can be compared with its own."""
        self._neighbours = False
