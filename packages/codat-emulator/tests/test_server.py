"""Starting, stopping and keeping: the emulator as a Python object."""

import base64
import socket
import sqlite3
import ssl
import stat
import threading
from contextlib import closing
from pathlib import Path

import httpx
import pytest

import codat_emulator
from codat_emulator import Emulator, EmulatorError, running
from codat_emulator._database import Database

ACCOUNTS = [
    ("5b8d3c0e-2f41-4a6b-9c57-d1e07a3f6b21", "Acme Dev", "emulated-dev-"),
    ("c2a9f7d4-8e13-4b70-a5d6-3f9e1b4c8a02", "Acme Prod", "emulated-prod-"),
    ("e71f0a95-3c68-4d2e-b1a7-94c5d8e6f003", "Acme Staging", "emulated-staging-"),
]


def _client(emulator: Emulator) -> httpx.Client:
    key = base64.b64encode(emulator.accounts[0].api_key.encode()).decode()
    headers = {"Authorization": f"Basic {key}"}
    no_tls = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    return httpx.Client(base_url=emulator.url, headers=headers, verify=no_tls, trust_env=False)


def test_the_public_names_are_sorted() -> None:
    assert codat_emulator.__all__ == sorted(codat_emulator.__all__)


def test_ids_and_keys_are_the_same_every_time(emulator: Emulator) -> None:
    with running() as other:
        assert other.accounts == emulator.accounts
        assert other.url != emulator.url
    assert [
        (a.id, a.name, a.api_key[: len(start)]) for a, (*_, start) in zip(emulator.accounts, ACCOUNTS, strict=True)
    ] == ACCOUNTS
    assert {len(account.api_key) for account in emulator.accounts} == {40}


def test_no_key_is_in_a_repr(emulator: Emulator) -> None:
    shown = f"{emulator!r} {emulator.accounts!r}"
    assert emulator.url in shown
    assert not any(account.api_key in shown for account in emulator.accounts)


def test_accounts_have_the_keys_that_open_them_now(emulator: Emulator, portal: httpx.Client) -> None:
    portal.patch("", json={"apiKey": "rotated-key"})
    assert emulator.accounts[0].api_key == "rotated-key"


def test_two_emulators_share_nothing(dev: httpx.Client) -> None:
    with running() as other, _client(other) as client:
        client.put("/integrations/mqjo/enabled", json={"enabled": True})
        assert dev.get("/integrations/mqjo").json()["enabled"] is False


def test_a_storage_file_survives_a_restart(tmp_path: Path) -> None:
    file = tmp_path / "codat.db"
    keys = {"clientId": "A1B2C3", "clientSecret": "a-secret-0001"}
    with running(file) as emulator, _client(emulator) as client:
        portal = f"/_emulator/accounts/{emulator.accounts[0].id}"
        client.put("/integrations/credentials/gbol", json=keys)
        client.put("/integrations/gbol/enabled", json={"enabled": True})
        client.patch(portal, json={"mask": "stars", "apiKey": "rotated-key", "quotaRemaining": 50})
        client.post(f"{portal}/companies", json={"name": "A"})
        client.post("/_emulator/faults", json={"method": "*", "path": "*", "kind": "500"})
    with running(file) as emulator, _client(emulator) as client:
        assert emulator.accounts[0].api_key == "rotated-key"
        answer = client.get("/integrations/gbol")
        assert answer.json()["enabled"] is True
        assert answer.headers["X-Rate-Limit-Remaining"] == "49"
        assert client.get("/integrations/credentials/gbol").json() == {"clientId": "A1B2C3", "clientSecret": "********"}
        assert client.get("/companies").json()["totalResults"] == 1
        assert len(client.get("/_emulator/requests").json()) == 3
    assert stat.S_IMODE(file.stat().st_mode) == 0o600
    assert [path.name for path in tmp_path.iterdir()] == ["codat.db"]


def test_a_file_that_is_no_database_is_left_alone(tmp_path: Path) -> None:
    file = tmp_path / "notes.txt"
    file.write_text("Not a database, but longer than the header of one would be, and precious to its owner.\n" * 9)
    before = file.read_bytes()
    with (
        pytest.raises(EmulatorError, match=r"^cannot use the storage file .*notes.txt: file is not a database; "),
        running(file),
    ):
        pass
    assert file.read_bytes() == before


def test_a_database_of_another_program_is_left_alone(tmp_path: Path) -> None:
    file = tmp_path / "other.db"
    connection = sqlite3.connect(file)
    connection.execute("CREATE TABLE theirs (x)")
    connection.close()
    before = file.read_bytes()
    with (
        pytest.raises(EmulatorError, match="it is the database of another program; name another, or a new one"),
        running(file),
    ):
        pass
    assert file.read_bytes() == before


def test_a_database_of_another_version_is_left_alone(tmp_path: Path) -> None:
    file = tmp_path / "codat.db"
    with running(file):
        pass
    connection = sqlite3.connect(file)
    connection.execute("PRAGMA user_version = 99")
    connection.close()
    with pytest.raises(EmulatorError, match=r"written by another version of the emulator \(99, not 1\)"), running(file):
        pass


@pytest.mark.parametrize(
    ("name", "reason"), [("", "Is a directory"), ("missing/codat.db", "No such file or directory")]
)
def test_a_file_that_cannot_be_opened(tmp_path: Path, name: str, reason: str) -> None:
    with pytest.raises(EmulatorError, match=f"^cannot open the storage file .*: {reason}$"), running(tmp_path / name):
        pass


def test_a_transaction_that_fails_changes_nothing() -> None:
    account = "INSERT INTO account VALUES ('a', 'A', 'k', 'stars', 0, 'all', '{}', '{}')"
    with closing(Database(None)) as database:
        with pytest.raises(sqlite3.IntegrityError), database.transaction() as rows:
            [rows.execute(account) for _ in range(2)]
        with database.transaction() as rows:
            assert rows.execute("SELECT * FROM account").fetchall() == []


def test_a_port_in_use(emulator: Emulator) -> None:
    port = httpx.URL(emulator.url).port or 0
    message = f"^cannot listen on 127.0.0.1:{port}: the port is in use; name another port, or 0 for a free one$"
    with pytest.raises(EmulatorError, match=message), running(port=port):
        pass


def test_a_block_that_fails_ends_the_emulator() -> None:
    with pytest.raises(ZeroDivisionError), running() as emulator:
        1 / 0  # noqa: B018 - the simplest failure
    with pytest.raises(httpx.ConnectError):
        httpx.get(emulator.url, trust_env=False, verify=ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT))


@pytest.mark.parametrize("fault", [{"kind": "timeout"}, {"kind": "timeout-after"}, {"kind": "slow", "seconds": 600}])
def test_a_held_connection_does_not_hold_the_end(fault: dict[str, object]) -> None:
    outcomes: list[httpx.HTTPError] = []

    def ask(client: httpx.Client) -> None:
        try:
            client.get("/profile", timeout=60)
        except httpx.HTTPError as error:
            outcomes.append(error)

    with running() as emulator:
        client = _client(emulator)
        client.post("/_emulator/faults", json={"method": "*", "path": "*", **fault})
        asking = threading.Thread(target=ask, args=[client])
        asking.start()
        while client.get("/_emulator/faults").json():
            pass
    asking.join(10)
    client.close()
    assert [type(outcome) for outcome in outcomes] == [httpx.RemoteProtocolError]
    assert not [thread for thread in threading.enumerate() if thread.name == "codat-emulator"]


def test_a_client_that_does_not_read_does_not_hold_the_end() -> None:
    with socket.socket() as lazy:
        lazy.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4096)
        with running() as emulator, _client(emulator) as client:
            account = emulator.accounts[0]
            companies = f"/_emulator/accounts/{account.id}/companies"
            client.post(companies, json={"name": "A" * 8_000_000})
            url = httpx.URL(emulator.url)
            lazy.connect((url.host, url.port or 0))
            authorization = client.headers["Authorization"]
            lazy.sendall(f"GET /companies HTTP/1.1\r\nHost: x\r\nAuthorization: {authorization}\r\n\r\n".encode())
            while not client.get("/_emulator/requests").json():
                pass
        received = 0
        while chunk := lazy.recv(65536):
            received += len(chunk)
        assert received < 8_000_000


def test_a_request_that_fails_within_shows_on_stderr_and_as_a_500(
    emulator: Emulator, dev: httpx.Client, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    monkeypatch.setattr("codat_emulator._records.profile", lambda account: 1 / 0)
    assert dev.get("/profile").status_code == 500
    assert [record.getMessage().strip() for record in caplog.records] == ["Exception in ASGI application"]
