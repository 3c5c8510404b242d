"""The SQLite file, or memory, that everything lasting is kept in."""

import os
import sqlite3
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

__all__ = ["Database", "EmulatorError"]

_APPLICATION_ID = 0x434F4441
_SCHEMA_VERSION = 1
_SCHEMA = """
CREATE TABLE IF NOT EXISTS account (
    id TEXT PRIMARY KEY,
    name TEXT NOT NULL,
    api_key TEXT NOT NULL UNIQUE,
    mask TEXT NOT NULL,
    mask_client_id INTEGER NOT NULL,
    offers TEXT NOT NULL,
    settings TEXT NOT NULL,
    settings_before TEXT NOT NULL
) STRICT;
CREATE TABLE IF NOT EXISTS quota (
    account_id TEXT PRIMARY KEY REFERENCES account (id),
    day TEXT NOT NULL,
    used INTEGER NOT NULL
) STRICT;
CREATE TABLE IF NOT EXISTS kept_answer (
    account_id TEXT NOT NULL REFERENCES account (id),
    key TEXT NOT NULL,
    fingerprint TEXT NOT NULL,
    expires TEXT NOT NULL,
    status INTEGER NOT NULL,
    body BLOB NOT NULL,
    headers TEXT NOT NULL,
    PRIMARY KEY (account_id, key)
) STRICT;
CREATE TABLE IF NOT EXISTS push (
    sequence INTEGER PRIMARY KEY,
    key TEXT NOT NULL UNIQUE,
    account_id TEXT NOT NULL REFERENCES account (id),
    company_id TEXT NOT NULL,
    connection_id TEXT NOT NULL,
    source_account_id TEXT NOT NULL,
    requested TEXT NOT NULL,
    timeout_in_minutes INTEGER,
    times_out TEXT,
    status TEXT NOT NULL,
    completed TEXT,
    polls_left INTEGER NOT NULL,
    ends TEXT NOT NULL,
    end_status TEXT NOT NULL,
    end_code INTEGER NOT NULL,
    error_message TEXT,
    validation TEXT NOT NULL,
    lands INTEGER NOT NULL,
    arrival INTEGER,
    transactions TEXT NOT NULL
) STRICT;
"""


class EmulatorError(Exception):
    """The emulator cannot start; the message is one line for a person."""


class _Foreign(Exception):
    """A database that is not one of this emulator's."""


class Database:
    """One connection behind one lock, so that any thread may use it.

    A file is made readable by its owner only, because it holds the credentials an account was given.
    Raises `EmulatorError` when the file cannot be opened or is not an emulator's.
    """

    def __init__(self, file: Path | None) -> None:
        self._lock = threading.RLock()
        try:
            if file is not None:
                os.close(os.open(file, os.O_RDWR | os.O_CREAT, 0o600))
            self._connection = sqlite3.connect(file or ":memory:", isolation_level=None, check_same_thread=False)
        except OSError as error:
            raise EmulatorError(f"cannot open the storage file {file}: {error.strerror}") from None
        try:
            self._prepare()
        except (sqlite3.Error, _Foreign) as error:
            self._connection.close()
            raise EmulatorError(f"cannot use the storage file {file}: {error}; name another, or a new one") from None

    def close(self) -> None:
        with self._lock:
            self._connection.close()

    @contextmanager
    def transaction(self) -> Iterator[sqlite3.Connection]:
        """All of the block takes effect, or, when it raises, nothing of it."""
        with self._lock:
            self._connection.execute("BEGIN IMMEDIATE")
            try:
                yield self._connection
            except BaseException:
                self._connection.execute("ROLLBACK")
                raise
            self._connection.execute("COMMIT")

    def _prepare(self) -> None:
        with self.transaction() as connection:
            if not connection.execute("SELECT 1 FROM sqlite_schema").fetchone():
                connection.execute(f"PRAGMA application_id = {_APPLICATION_ID}")
                connection.execute(f"PRAGMA user_version = {_SCHEMA_VERSION}")
            (application,) = connection.execute("PRAGMA application_id").fetchone()
            (version,) = connection.execute("PRAGMA user_version").fetchone()
            if application != _APPLICATION_ID:
                raise _Foreign("it is the database of another program")
            if version != _SCHEMA_VERSION:
                raise _Foreign(f"it was written by another version of the emulator ({version}, not {_SCHEMA_VERSION})")
            # because a file that is older than one of the tables gets it now
            for statement in _SCHEMA.split(";"):
                connection.execute(statement)
        # because one commit a request would otherwise wait for the disk each time
        self._connection.execute("PRAGMA journal_mode = WAL")
        self._connection.execute("PRAGMA synchronous = NORMAL")
