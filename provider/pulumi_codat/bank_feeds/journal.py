"""The journal of one push: what was going to be sent, and what became of it, so that no crash sends anything twice.

A file of JSON lines that is only appended to. Each line is on disk before what follows from it is done: that a batch
will be sent, before it is. So the last line always tells how far Codat can have come.
"""

from __future__ import annotations

import fcntl
import os
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import datetime
from typing import TYPE_CHECKING, Annotated, Final, Literal
from uuid import UUID

from pydantic import BaseModel, ConfigDict, Field, TypeAdapter, ValidationError

from pulumi_codat.api import CodatError

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping
    from pathlib import Path

__all__ = ["BatchRecord", "Began", "Ended", "Intended", "Journal", "Pushed", "open_journal"]

_ONLY_OURS: Final = 0o600
_BEGINNING: Final = b'{"kind":"'


class _Line(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid", hide_input_in_errors=True)


class Began(_Line):
    """The first line: what is pushed where. Another file, target or way of reading is another push."""

    kind: Literal["began"] = "began"
    version: Literal[1] = 1
    at: datetime
    file_sha256: str
    options: dict[str, str]
    rows: int
    account: UUID
    company: UUID
    connection: UUID
    source_account: str


class Intended(_Line):
    """A batch is about to be sent under this key; `sha256` is of the body, which a key stands for."""

    kind: Literal["intended"] = "intended"
    batch: int
    first: int
    last: int
    sha256: str
    idempotency_key: UUID
    at: datetime


class Pushed(_Line):
    """Codat took it: this is the push's key, and the time at which Codat says it was asked."""

    kind: Literal["pushed"] = "pushed"
    batch: int
    push_key: UUID
    requested_on: datetime


class Ended(_Line):
    """How a batch ended: as Codat says; refused at once (so nothing happened); or as a person said (`skipped`)."""

    kind: Literal["ended"] = "ended"
    batch: int
    status: Literal["Success", "Failed", "TimedOut", "refused", "skipped"]
    at: datetime


_Any = Annotated[Began | Intended | Pushed | Ended, Field(discriminator="kind")]
_PARSED: Final[TypeAdapter[Began | Intended | Pushed | Ended]] = TypeAdapter(_Any)


@dataclass(frozen=True)
class BatchRecord:
    """What the journal knows of the last attempt at one batch."""

    intended: Intended | None = None
    pushed: Pushed | None = None
    ended: Ended | None = None

    @property
    def settled(self) -> bool:
        """Whether nothing of it is to be sent any more."""
        return self.ended is not None and self.ended.status in {"Success", "skipped"}


@dataclass
class Journal:
    """An open journal, which no other process has."""

    path: Path
    began: Began | None = None
    _file: int = field(default=-1, repr=False)
    _batches: dict[int, BatchRecord] = field(default_factory=dict, repr=False)
    _push_keys: dict[UUID, datetime] = field(default_factory=dict, repr=False)

    def of(self, batch: int) -> BatchRecord:
        return self._batches.get(batch, BatchRecord())

    @property
    def push_keys(self) -> Mapping[UUID, datetime]:
        """Every push that is known to be of this file, with the time at which Codat says it was asked."""
        return self._push_keys

    def add(self, line: Began | Intended | Pushed | Ended) -> None:
        """On disk when this returns. Raises `CodatError` where it cannot be, and then nothing may be sent."""
        data = line.model_dump_json().encode() + b"\n"
        try:
            written = os.write(self._file, data)
            os.fsync(self._file)
        except OSError as error:
            raise self._unwritable(error.strerror) from None
        if written != len(data):
            raise self._unwritable("the disk is full")
        self._take(line)

    def _unwritable(self, why: str | None) -> CodatError:
        return CodatError(
            f"the journal {self.path} cannot be written ({why}), so nothing more was sent: make room, and run the same"
            " command again"
        )

    def _take(self, line: Began | Intended | Pushed | Ended) -> None:
        match line:
            case Began():
                self.began = line
            case Intended():
                self._batches[line.batch] = BatchRecord(line)
            case Pushed():
                self._batches[line.batch] = BatchRecord(self.of(line.batch).intended, line)
                self._push_keys[line.push_key] = line.requested_on
            case Ended():
                record = self.of(line.batch)
                self._batches[line.batch] = BatchRecord(record.intended, record.pushed, line)

    def _read(self) -> None:
        """Take every line in; one that a crash tore was never relied upon, and is cut off."""
        size = os.fstat(self._file).st_size
        data = os.pread(self._file, size, 0)
        whole = data.rfind(b"\n") + 1
        number = 0
        for number, text in enumerate(data[:whole].splitlines(), start=1):
            try:
                line = _PARSED.validate_json(text)
            except ValidationError:
                line = None
            if line is None or isinstance(line, Began) is not (number == 1):
                raise self._foreign(number)
            self._take(line)
        if whole != size:
            if data[whole:][: len(_BEGINNING)] != _BEGINNING[: size - whole]:
                raise self._foreign(number + 1)  # because a file that is not ours must not be cut
            os.ftruncate(self._file, whole)

    def _foreign(self, number: int) -> CodatError:
        return CodatError(
            f"{self.path} is no journal of bank transactions, or was damaged, at line {number}; nothing was"
            " sent: name another file with --journal, or bring this one back from a backup"
        )


@contextmanager
def open_journal(path: Path) -> Iterator[Journal]:
    """Open a journal, or begin one, and keep others out of it. Raises `CodatError`."""
    try:
        file = os.open(path, os.O_RDWR | os.O_APPEND | os.O_CREAT | os.O_CLOEXEC, _ONLY_OURS)
    except OSError as error:
        raise _unopened(path, error) from None
    try:
        try:
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            raise CodatError(
                f"another run holds the journal {path}, and two at once would push everything twice: wait for its end"
            ) from None
        except OSError as error:
            raise _unopened(path, error) from None  # because some file systems have no locks
        _keep_the_name(path)
        journal = Journal(path, _file=file)
        journal._read()  # noqa: SLF001 because only what opens a journal may read it
        yield journal
    finally:
        os.close(file)


def _unopened(path: Path, error: OSError) -> CodatError:
    return CodatError(
        f"the journal {path} cannot be opened ({error.strerror}), and nothing is sent without one: name another"
        " file with --journal"
    )


def _keep_the_name(path: Path) -> None:
    """Because a file whose directory was not written may be gone after a power cut."""
    directory = os.open(path.parent, os.O_RDONLY | os.O_CLOEXEC)
    try:
        os.fsync(directory)
    finally:
        os.close(directory)
