"""Twenty accounts in one program, two stacks on one account, threads that meet: nothing lost, nothing asked twice."""

from __future__ import annotations

import base64
from collections import Counter
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from threading import Barrier
from typing import TYPE_CHECKING, Any, Final

import httpx
import pytest

from codat_emulator import Account
from pulumi_codat.api import CodatError
from tests.contract.engine import CheckFailed, RunFailed, Stack
from tests.contract.programs import CLIENT_ID, NEW_SECRET, SECRET, both, feeds, program, settings, xero
from tests.contract.provider_process import FEEDS, provider_process
from tests.contract.world import (
    ACCOUNT,
    INTEGRATION,
    KEYS,
    NO_TLS,
    PATCH_SETTINGS,
    PUT_ENABLED,
    PUT_KEYS,
    WHOLE_VIEW,
    World,
)

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

NUMBER: Final = 20
MEETINGS: Final = (KEYS, PUT_KEYS, PUT_ENABLED, PATCH_SETTINGS)
ROTATED: Final = settings(secret=NEW_SECRET, bank_feeds=True)
AT_ONCE: Final = 4  # as many as the provider's own process has threads


@pytest.fixture
def accounts(world: World) -> list[Account]:
    opened = [
        world.control.post("/accounts", json={"name": f"Acme {number}", "apiKey": f"key-of-account-{number}"}).json()
        for number in range(NUMBER)
    ]
    return [Account(one["id"], one["name"], one["apiKey"]) for one in opened]


def _each(world: World) -> dict[str, Counter[str]]:
    """What each account was asked since the last time, and how often."""
    asked: dict[str, Counter[str]] = {}
    for record in world.records():
        asked.setdefault(record["account"], Counter())[f"{record['method']} {record['path']}"] += 1
    world.requests()
    return asked


def test_twenty_accounts_in_one_process_are_each_asked_once(
    world: World, accounts: list[Account], tmp_path: Path
) -> None:
    environment = {
        "CODAT_BASE_URL": world.emulator.url,
        **{f"CODAT_API_KEY_{number}": account.api_key for number, account in enumerate(accounts)},
    }
    declared = [{"id": account.id, "apiKey": f"env:CODAT_API_KEY_{number}"} for number, account in enumerate(accounts)]
    together = Barrier(AT_ONCE, timeout=30)

    def at_once(call: Callable[[Any], Any]) -> list[Any]:
        """The call for each account, four at a time that begin together."""

        def begin(account: Any) -> Any:
            together.wait()
            return call(account)

        return list(threads.map(begin, declared))

    with provider_process(tmp_path, environment) as provider, ThreadPoolExecutor(AT_ONCE) as threads:
        provider.configure({})
        toggles = provider.of(FEEDS)
        failures = at_once(lambda account: provider.check({}, xero(account=account))[1])
        failures += at_once(lambda account: toggles.check({}, feeds(account=account))[1])
        assert failures == [[]] * 2 * NUMBER
        assert _each(world) == {account.id: Counter(WHOLE_VIEW) for account in accounts}

        made = at_once(lambda account: provider.create(xero(account=account))[1])
        assert [outputs["accountId"] for outputs in made] == [account.id for account in accounts]
        written = _each(world)
        assert {tuple(sorted(asked.items())) for asked in written.values()} == {
            ((KEYS, 4), (INTEGRATION, 2), ("GET /profile", 1), (PUT_KEYS, 1), (PUT_ENABLED, 1))
        }
        assert written.keys() == {account.id for account in accounts}

        outputs = dict(zip((account.id for account in accounts), made, strict=True))
        read = at_once(lambda account: provider.read(outputs[account["id"]], xero(account=account))[1])
        assert read == made
        at_once(lambda account: provider.check(xero(account=account), xero(account=account)))
        unchanged = at_once(lambda account: provider.diff(outputs[account["id"]], xero(account=account)))
        assert set(unchanged) == {"DIFF_NONE"}
        # because what was read back after the writes is still the live view
        assert _each(world) == {account.id: Counter([ACCOUNT]) for account in accounts}


@dataclass
class GatedWorld(World):
    """A world whose provider waits at one of its requests while something else happens.

    `meanwhile` is done before the request is sent that `waits_at` says yes to, by its number and its line.
    """

    waits_at: Callable[[int, str], bool] = field(default=lambda *_: False)
    meanwhile: Callable[[], object] = field(default=lambda: None)
    asked: list[str] = field(default_factory=list)

    def asks(self, request: str, meanwhile: Callable[[], object], number: int = 1) -> None:
        """Wait before a request of that line, the first or a later one from now on."""
        self.asked, self.meanwhile = [], meanwhile
        self.waits_at = lambda _, line: line == request and self.asked.count(request) == number

    def _wire(self) -> httpx.BaseTransport:
        return _Gated(super()._wire(), self)


class _Gated(httpx.BaseTransport):
    def __init__(self, inner: httpx.BaseTransport, world: GatedWorld) -> None:
        self._inner = inner
        self._world = world

    def handle_request(self, request: httpx.Request) -> httpx.Response:
        number, line = len(self._world.asked), f"{request.method} {request.url.path}"
        self._world.asked.append(line)
        if self._world.waits_at(number, line):
            self._world.meanwhile()
        return self._inner.handle_request(request)

    def close(self) -> None:
        self._inner.close()


@pytest.fixture
def gated(world: World) -> GatedWorld:
    world.behave(quotaRemaining=100_000)
    return GatedWorld(world.emulator, world.control, world.account)


def _up(stack: Stack, declared: Any) -> str:
    """What stopped it, in one line; "" where nothing did."""
    try:
        stack.up(declared)
    except (CodatError, CheckFailed, RunFailed) as error:
        return str(error)
    return ""


@pytest.mark.parametrize("request_", [ACCOUNT, *MEETINGS])
def test_two_stacks_that_declare_the_same_meet_anywhere(world: World, gated: GatedWorld, request_: str) -> None:
    one, other = Stack(gated), Stack(world)
    gated.asks(request_, lambda: other.up(both()))
    assert _up(one, both()) == ""
    assert world.live() == settings(bank_feeds=True)
    for stack in (other, one):
        assert _up(stack, both()) == ""  # because the other wrote the same keys once more, which their mask may show
        preview = stack.preview(both())
        assert (preview.steps, preview.writes) == ({"xero": "same", "feeds": "same"}, [])


@pytest.mark.parametrize("request_", MEETINGS)
def test_two_stacks_that_declare_different_secrets_end_with_one_of_them_whole(
    world: World, gated: GatedWorld, request_: str
) -> None:
    mine, theirs = both(), both({"clientSecret": NEW_SECRET, "adopt": "overwrite"})
    one, other = Stack(gated), Stack(world)
    gated.asks(request_, lambda: other.up(theirs))
    stopped = _up(one, mine)
    if request_ == KEYS:  # because what is there before our first look is not ours to undo
        assert "what Codat shows of the secret contradicts the declared one" in stopped
        assert world.live() == ROTATED
        assert _up(one, mine) == stopped
        assert other.preview(theirs).steps == {"xero": "same", "feeds": "same"}
        return
    assert stopped == ""
    assert world.live() in (settings(bank_feeds=True), ROTATED)

    assert _up(one, mine) == ""
    assert world.live() == settings(bank_feeds=True)
    assert other.preview(theirs).steps["xero"] == "update"


def _asking(world: World) -> httpx.Client:
    """Somebody else with the account's key."""
    key = base64.b64encode(world.account.api_key.encode()).decode()
    headers = {"Authorization": f"Basic {key}"}
    return httpx.Client(base_url=world.emulator.url, verify=NO_TLS, trust_env=False, headers=headers)


def test_a_key_that_is_added_after_all_was_looked_at_is_not_lost(world: World, gated: GatedWorld) -> None:
    stack = Stack(gated)
    stack.up(program())
    path = KEYS.removeprefix("GET ")
    with _asking(world) as somebody:

        def add() -> None:
            keys = {"clientId": CLIENT_ID, "clientSecret": SECRET, "environment": "live"}
            somebody.put(path, json=keys).raise_for_status()

        gated.asks(KEYS, add, number=2)  # of this run: one for the live view, one right before the write
        refused = _up(stack, program(clientSecret=NEW_SECRET))
        assert "Codat holds more keys than clientId and clientSecret (environment), masked or no text" in refused
        assert stack.last.writes == [PUT_KEYS]  # which is somebody's
        assert somebody.get(path).json().keys() == {"clientId", "clientSecret", "environment"}
    assert world.live() == settings()


def test_a_setting_that_is_changed_beside_ours_stays(world: World, gated: GatedWorld) -> None:
    path = PATCH_SETTINGS.removeprefix("PATCH ")
    with _asking(world) as somebody:

        def change() -> None:
            somebody.patch(path, json={"oneTimeSync": "on"}).raise_for_status()

        gated.asks(PATCH_SETTINGS, change)
        Stack(gated).up(both())
        shown = somebody.get(path).json()
    assert (shown["oneTimeSync"], shown["enableBankFeeds"]) == ("on", True)


def test_two_stacks_at_once_in_two_threads_leave_both_states_sound(world: World) -> None:
    stacks = [Stack(world), Stack(world)]
    together = Barrier(2, timeout=30)

    def up(stack: Stack) -> str:
        together.wait()
        return _up(stack, both())

    with ThreadPoolExecutor(2) as threads:
        assert list(threads.map(up, stacks)) == ["", ""]
    assert world.live() == settings(bank_feeds=True)
    for stack in stacks:
        assert _up(stack, both()) == ""
        assert stack.preview(both()).steps == {"xero": "same", "feeds": "same"}


def test_threads_that_read_together_ask_for_each_thing_once(world: World) -> None:
    stack = Stack(world)
    stack.up(both())
    world.requests()
    recorded = stack.resources
    together = Barrier(16, timeout=30)
    with world.process() as process, ThreadPoolExecutor(16) as threads:

        def read(kind: str) -> None:
            together.wait()
            name = "xero" if kind == "XeroIntegration" else "feeds"
            process.life(kind).read(recorded[name].outputs)

        list(threads.map(read, ["XeroIntegration", "XeroBankFeeds"] * 8))
    assert world.requests() == [*WHOLE_VIEW]
