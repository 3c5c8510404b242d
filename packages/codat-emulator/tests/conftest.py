"""An emulator for each test, and clients that hold the keys of its accounts."""

import base64
import ssl
from collections.abc import Iterator

import httpx
import pytest

from codat_emulator import Account, Emulator, running

# because loading the system's certificates would cost each client more than the test does
_NO_TLS = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)


def _client(base_url: str, api_key: str | None = None) -> httpx.Client:
    headers = {"Authorization": f"Basic {base64.b64encode(api_key.encode()).decode()}"} if api_key else {}
    return httpx.Client(base_url=base_url, headers=headers, verify=_NO_TLS, trust_env=False)


@pytest.fixture
def emulator() -> Iterator[Emulator]:
    with running() as served:
        yield served


@pytest.fixture
def account(emulator: Emulator) -> Account:
    """The account that `dev` has the key of."""
    return emulator.accounts[0]


@pytest.fixture
def stranger(emulator: Emulator) -> Iterator[httpx.Client]:
    """Without any key."""
    with _client(emulator.url) as client:
        yield client


@pytest.fixture
def dev(emulator: Emulator, account: Account) -> Iterator[httpx.Client]:
    with _client(emulator.url, account.api_key) as client:
        yield client


@pytest.fixture
def prod(emulator: Emulator) -> Iterator[httpx.Client]:
    with _client(emulator.url, emulator.accounts[1].api_key) as client:
        yield client


@pytest.fixture
def control(emulator: Emulator) -> Iterator[httpx.Client]:
    """The control surface."""
    with _client(f"{emulator.url}/_emulator") as client:
        yield client


@pytest.fixture
def portal(emulator: Emulator, account: Account) -> Iterator[httpx.Client]:
    """What the control surface has on the account of `dev`."""
    with _client(f"{emulator.url}/_emulator/accounts/{account.id}") as client:
        yield client
