"""The journal: what a crash leaves of it, and what it refuses."""

from __future__ import annotations

import errno
import fcntl
import os
from datetime import timedelta
from typing import TYPE_CHECKING
from uuid import UUID, uuid4

import pytest

from pulumi_codat.api import CodatError
from pulumi_codat.bank_feeds import open_journal
from pulumi_codat.bank_feeds.journal import Began, Ended, Intended, Pushed

from .fake_clock import START

if TYPE_CHECKING:
    from pathlib import Path

KEY = UUID("eb8bac9a-c9c8-4f1c-9c7a-2b0f0d1e2f3a")


def began() -> Began:
    return Began(
        at=START,
        file_sha256="0" * 64,
        options={"sort": "False"},
        rows=3,
        account=uuid4(),
        company=uuid4(),
        connection=uuid4(),
        source_account="acc-1",
    )


def intended(batch: int = 1) -> Intended:
    return Intended(batch=batch, first=1, last=2, sha256="1" * 64, idempotency_key=uuid4(), at=START)


def pushed(batch: int = 1) -> Pushed:
    return Pushed(batch=batch, push_key=KEY, requested_on=START)


def ended(status: str, batch: int = 1) -> Ended:
    return Ended.model_validate({"batch": batch, "status": status, "at": START})


@pytest.fixture(name="path")
def _path(tmp_path: Path) -> Path:
    return tmp_path / "statement.csv.journal"


def test_what_was_added_is_there_the_next_time(path: Path) -> None:
    first, sent = began(), intended()
    with open_journal(path) as journal:
        assert journal.began is None
        for line in (first, sent, pushed(), ended("Success"), intended(2)):
            journal.add(line)
    with open_journal(path) as journal:
        assert journal.began == first
        assert journal.of(1).settled
        assert (journal.of(1).intended, journal.of(1).pushed) == (sent, pushed())
        assert journal.of(2).intended is not None
        assert not journal.of(2).settled
        assert journal.of(3).intended is None
        assert journal.push_keys == {KEY: START}
    assert path.stat().st_mode & 0o777 == 0o600


@pytest.mark.parametrize(
    ("status", "settled"),
    [("Success", True), ("skipped", True), ("Failed", False), ("refused", False), ("TimedOut", False)],
)
def test_only_success_and_a_person_s_word_settle_a_batch(path: Path, status: str, *, settled: bool) -> None:
    with open_journal(path) as journal:
        for line in (began(), intended(), ended(status)):
            journal.add(line)
        assert journal.of(1).settled is settled


def test_a_new_attempt_at_a_batch_forgets_how_the_one_before_ended(path: Path) -> None:
    with open_journal(path) as journal:
        for line in (began(), intended(), pushed(), ended("Failed"), intended()):
            journal.add(line)
        assert (journal.of(1).pushed, journal.of(1).ended) == (None, None)
        assert journal.push_keys == {KEY: START}  # because it is still known not to be the new attempt


def test_wherever_a_crash_tears_the_last_line_the_lines_before_it_hold(path: Path) -> None:
    with open_journal(path) as journal:
        journal.add(began())
        journal.add(intended())
    whole = path.read_bytes()
    kept = whole.index(b"\n") + 1
    for torn in (kept, kept + 1, (kept + len(whole)) // 2, len(whole) - 2, len(whole) - 1):
        path.write_bytes(whole[:torn])
        with open_journal(path) as journal:
            assert journal.began is not None
            assert journal.of(1).intended is None
            journal.add(intended(7))
        with open_journal(path) as journal:
            assert journal.of(7).intended is not None


@pytest.mark.parametrize("text", ["", "{", '{"kind":"began"'])
def test_a_journal_that_tells_nothing_yet_is_a_new_one(path: Path, text: str) -> None:
    path.write_text(text)
    with open_journal(path) as journal:
        assert journal.began is None
    assert path.read_bytes() == b""


@pytest.mark.parametrize(
    ("text", "line"),
    [
        ("id,date\n", 1),
        ("one line of somebody else's", 1),
        ('{"kind": "a document"}', 1),
        (began().model_dump_json() + "\nhello", 2),
        ('{"kind": "ended", "batch": 1, "status": "Success", "at": "2026-01-01T00:00:00Z"}\n', 1),
        (began().model_dump_json() + "\n\n", 2),
        (began().model_dump_json() + '\n{"kind": "ended", "batch": 1}\n', 2),
        (began().model_dump_json() + "\n" + began().model_dump_json() + "\n", 2),
        (began().model_dump_json().replace('"version":1', '"version":2') + "\n", 1),
    ],
)
def test_what_is_no_journal_is_left_as_it_is(path: Path, text: str, line: int) -> None:
    path.write_text(text)
    with pytest.raises(CodatError, match=f"or was damaged, at line {line}; nothing was sent"), open_journal(path):
        pass
    assert path.read_text() == text


def test_a_journal_is_one_run_s_at_a_time(path: Path) -> None:
    with (
        open_journal(path),
        pytest.raises(CodatError, match="two at once would push everything twice"),
        open_journal(path),
    ):
        pass
    with open_journal(path):
        pass


def test_a_file_system_without_locks_is_told_as_such(path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def flock(_file: int, _how: int) -> None:
        raise OSError(errno.ENOLCK, os.strerror(errno.ENOLCK))

    monkeypatch.setattr(fcntl, "flock", flock)
    with pytest.raises(CodatError, match=r"cannot be opened [(]No locks available[)]"), open_journal(path):
        pass


def test_a_journal_that_cannot_be_opened_is_one_line(tmp_path: Path) -> None:
    with (
        pytest.raises(CodatError, match=r"cannot be opened [(]No such file or directory[)]"),
        open_journal(tmp_path / "nowhere" / "journal"),
    ):
        pass


def test_a_line_that_does_not_reach_the_disk_stops_all(path: Path) -> None:
    with open_journal(path) as journal:
        os.close(journal._file)
        journal._file = os.open("/dev/full", os.O_WRONLY)
        with pytest.raises(
            CodatError, match=r"cannot be written [(]No space left on device[)], so nothing more was sent"
        ):
            journal.add(began())
        assert journal.began is None


def test_every_line_is_on_disk_when_it_has_been_added(path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    synced: list[bytes] = []

    def fsync(file: int) -> None:
        synced.append(path.read_bytes() if os.fstat(file).st_ino == path.stat().st_ino else b"the directory")

    monkeypatch.setattr(os, "fsync", fsync)
    with open_journal(path) as journal:
        journal.add(began())
        journal.add(intended())
    assert synced[0] == b"the directory"
    assert [text.count(b"\n") for text in synced[1:]] == [1, 2]


def test_a_key_is_young_for_less_than_codat_keeps_it() -> None:
    from pulumi_codat.bank_feeds.recovery import is_young  # noqa: PLC0415 because only this test needs it

    ages = {0: True, 84: True, 85: False, 90: False, -1: False}
    assert {minutes: is_young(intended(), START + timedelta(minutes=minutes)) for minutes in ages} == ages
