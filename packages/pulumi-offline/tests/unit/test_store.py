"""The state's file: whole or not at all, for its owner alone, and one run at a time."""

from __future__ import annotations

import os
import stat
from concurrent.futures import ThreadPoolExecutor
from typing import TYPE_CHECKING

import pytest

from pulumi_offline.errors import ConfigurationError, StackLocked, StateError
from pulumi_offline.store import StateStore

if TYPE_CHECKING:
    from pathlib import Path


@pytest.fixture
def store(tmp_path: Path) -> StateStore:
    return StateStore(tmp_path, "dev")


def mode(path: Path) -> int:
    return stat.S_IMODE(path.stat().st_mode)


def test_a_new_stack_has_no_state(store: StateStore) -> None:
    assert store.read() is None
    assert store.passphrase() is None
    assert not store.path.parent.exists()


def test_what_was_written_is_read(store: StateStore) -> None:
    store.write({"version": 3, "deployment": {"ü": [1, None]}})
    store.write({"version": 3, "deployment": {"ü": [2]}})
    assert store.read() == {"version": 3, "deployment": {"ü": [2]}}
    assert "ü" in store.path.read_text(encoding="utf-8")


def test_a_state_is_written_as_the_cli_writes_it(store: StateStore) -> None:
    store.write({"b": "<&>\u2028", "a": [1e-8, 1e20, {}]})
    text = store.path.read_text(encoding="utf-8")
    assert text.splitlines()[1:5] == [
        '    "b": "<&>\\u2028",',
        '    "a": [',
        "        1e-8,",
        "        100000000000000000000,",
    ]


def test_only_the_owner_may_read(store: StateStore) -> None:
    previous = os.umask(0)
    try:
        store.write({})
        kept = store.keep_passphrase("hush")
        again = store.keep_passphrase("another")
        with store.locked():
            pass
    finally:
        os.umask(previous)
    directory = store.path.parent
    assert mode(directory) == 0o700
    assert {path.name: mode(path) for path in directory.iterdir()} == {
        "dev.json": 0o600,
        "passphrase": 0o600,
        "dev.lock": 0o600,
    }
    assert (kept, again, store.passphrase()) == ("hush", "hush", "hush")


def test_of_many_passphrases_at_once_all_keep_the_same(store: StateStore, tmp_path: Path) -> None:
    def keep(number: int) -> str:
        return StateStore(tmp_path, f"stack-{number}").keep_passphrase(f"passphrase {number}")

    with ThreadPoolExecutor(8) as pool:
        kept = set(pool.map(keep, range(32)))
    assert kept == {store.passphrase()}
    assert [path.name for path in store.path.parent.iterdir()] == ["passphrase"]


def test_a_reader_sees_the_old_state_or_the_new_one(store: StateStore) -> None:
    store.write({"a": 1})
    with store.path.open(encoding="utf-8") as reader:
        store.write({"a": 2})
        assert reader.read() == '{\n    "a": 1\n}'
    assert [path.name for path in store.path.parent.iterdir()] == ["dev.json"]


def test_a_write_that_fails_leaves_the_old_state(store: StateStore) -> None:
    store.write({"a": 1})
    with pytest.raises(TypeError, match="not JSON serializable"):
        store.write({"a": object()})
    assert store.read() == {"a": 1}
    assert [path.name for path in store.path.parent.iterdir()] == ["dev.json"]


def test_stacks_have_files_of_their_own(tmp_path: Path, store: StateStore) -> None:
    other = StateStore(tmp_path, "prod.eu-1_a")
    store.write({"a": 1})
    other.write({"a": 2})
    assert (store.read(), other.read()) == ({"a": 1}, {"a": 2})
    with store.locked(), other.locked():
        pass


@pytest.mark.parametrize("name", ["", ".", "..", "a/b", "../x", "a b", "ü", "a\n"])
def test_a_name_that_could_be_no_file(tmp_path: Path, name: str) -> None:
    with pytest.raises(ConfigurationError, match=r"a stack name holds only letters, digits, hyphens") as caught:
        StateStore(tmp_path, name)
    assert "\n" not in str(caught.value)


@pytest.mark.parametrize(
    ("content", "message"),
    [
        ("{", "is no valid JSON: Expecting property name"),
        ("", "is no valid JSON: Expecting value"),
        ("[]", "is no JSON object"),
        ("3", "is no JSON object"),
    ],
)
def test_a_state_that_cannot_be_understood(store: StateStore, content: str, message: str) -> None:
    store.write({})
    store.path.write_text(content, encoding="utf-8")
    with pytest.raises(StateError, match=rf"^the state .*dev\.json {message}"):
        store.read()


def test_a_state_that_is_no_text(store: StateStore) -> None:
    store.write({})
    store.path.write_bytes(b"{\xff}")
    with pytest.raises(StateError, match=r"^the state .*dev\.json is no UTF-8 text$"):
        store.read()


def test_a_state_that_cannot_be_read(store: StateStore) -> None:
    store.path.mkdir(parents=True)
    with pytest.raises(StateError, match=r"^the state .*dev\.json cannot be read: Is a directory$"):
        store.read()


def test_a_second_run_is_refused_while_the_first_works(store: StateStore, tmp_path: Path) -> None:
    with (
        store.locked(),
        pytest.raises(
            StackLocked, match=rf"^the stack 'dev' is currently locked by another run \(process {os.getpid()}\)"
        ),
        StateStore(tmp_path, "dev").locked(),
    ):
        pytest.fail("two runs worked on one stack")
    with StateStore(tmp_path, "dev").locked():
        pass


def test_a_holder_that_left_no_name_is_unknown(store: StateStore, tmp_path: Path) -> None:
    with store.locked():
        (tmp_path / ".pulumi-offline" / "dev.lock").write_text("", encoding="utf-8")
        with pytest.raises(StackLocked, match=r"\(process unknown\)"), StateStore(tmp_path, "dev").locked():
            pytest.fail("two runs worked on one stack")


def test_the_lock_file_of_a_run_that_died_holds_nobody_up(store: StateStore, tmp_path: Path) -> None:
    store.write({})
    lock = tmp_path / ".pulumi-offline" / "dev.lock"
    lock.write_text("4194303999", encoding="utf-8")
    with store.locked():
        assert lock.read_text(encoding="utf-8") == str(os.getpid())


def test_an_error_lets_the_stack_go(store: StateStore) -> None:
    with pytest.raises(StateError, match="oops"), store.locked():
        raise StateError("oops")
    with store.locked():
        pass
