"""A provider process that dies at a request: the state stays the old one, and the next `up` converges."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, Any

import httpx
import pytest

from tests.contract.engine import Stack
from tests.contract.programs import NEW_SECRET, OTHER_ID, SECRET, both, digest, settings
from tests.contract.world import World

if TYPE_CHECKING:
    from tests.contract.engine import Program

Live = dict[str, Any]


class Killed(BaseException):
    """The process is no more; nothing of it is caught by anything that foresees an error."""


@dataclass
class MortalWorld(World):
    """A world whose provider process dies at one of its requests, before it is sent or after it took effect.

    `seen` is what the account held after each request that was sent.
    """

    dies_at: int | None = None
    after: bool = False
    asked: list[str] = field(default_factory=list)
    seen: list[Live] = field(default_factory=list)

    def _wire(self) -> httpx.BaseTransport:
        return _Mortal(super()._wire(), self)

    def begin(self, dies_at: int | None = None, *, after: bool = False) -> None:
        """A process of its own, which dies at its request of that number."""
        self.dies_at, self.after = dies_at, after
        self.asked, self.seen = [], [self.live()]


class _Mortal(httpx.BaseTransport):
    def __init__(self, inner: httpx.BaseTransport, world: MortalWorld) -> None:
        self._inner = inner
        self._world = world

    def handle_request(self, request: httpx.Request) -> httpx.Response:
        world = self._world
        number = len(world.asked)
        world.asked.append(f"{request.method} {request.url.path}")
        # because what is dead asks for nothing any more, from whichever thread
        dead = world.dies_at is not None
        if dead and number >= world.dies_at and not (world.after and number == world.dies_at):
            raise Killed
        response = self._inner.handle_request(request)
        response.read()
        if request.method != "GET":
            world.seen.append(world.live())
        if dead and number == world.dies_at:
            raise Killed
        return response

    def close(self) -> None:
        self._inner.close()


@dataclass(frozen=True)
class Operation:
    """One `up` or `destroy` that is killed: from a program that was applied, or from what the Portal holds."""

    then: Program | None
    """None is a destroy."""
    first: Program | None = None
    portal: Live = field(default_factory=dict)
    left: Live = field(default_factory=lambda: settings(bank_feeds=True))
    """What the account holds in the end."""
    refresh: bool = True
    at_reads: bool = False
    """Whether it is killed at its reads too; else only around its writes, because each death takes its time."""
    configured: dict[str, Any] = field(default_factory=dict)


OFF = {"enabled": False}
NEXT = {"clientSecret": NEW_SECRET}
THEIRS = {"clientId": OTHER_ID, "clientSecret": "somebody-elses"}
ROTATED = settings(secret=NEW_SECRET, bank_feeds=True)
OPERATIONS = {
    "create": Operation(both(), at_reads=True),
    "overwrite": Operation(both({"adopt": "overwrite"}), portal=THEIRS, refresh=False),
    "rotate and switch on": Operation(both(NEXT), both(OFF, OFF), left=ROTATED, at_reads=True),
    "rotate, drift is held": Operation(both(NEXT), both(), left=ROTATED, configured={"on_drift": "fail"}),
    "another client ID, off": Operation(
        both({**NEXT, **OFF, "clientId": OTHER_ID}, OFF),
        both(),
        left=settings(client_id=OTHER_ID, secret=NEW_SECRET, enabled=False),
        refresh=False,
    ),
    "destroy": Operation(
        None,
        both({"onDestroy": "delete_keys"}, {"onDestroy": "disable"}),
        left=settings(client_id=None, enabled=False),
        at_reads=True,
    ),
}


@dataclass
class Bench:
    """One operation, begun again and again from the same account and the same state."""

    world: MortalWorld
    operation: Operation
    begun: Stack = field(init=False)

    def __post_init__(self) -> None:
        self.world.behave(quotaRemaining=100_000)
        self.begun = Stack(self.world)
        if self.operation.first:
            self.begun.up(self.operation.first)
        self.world.portal(**self.operation.portal)
        live = self.world.live()
        known = {digest(secret): secret for secret in (SECRET, NEW_SECRET, THEIRS["clientSecret"])}
        secret = known.get(live["clientSecretSha256"])
        self._portal = {name: live[name] for name in ("enabled", "clientId", "bankFeeds")} | {"clientSecret": secret}

    def again(self) -> Stack:
        self.world.portal(**self._portal)
        resources = {name: replace(recorded) for name, recorded in self.begun.resources.items()}
        return Stack(self.world, self.operation.configured, resources=resources)

    def run(self, stack: Stack) -> None:
        if self.operation.then is None:
            stack.destroy(refresh=self.operation.refresh)
        else:
            stack.up(self.operation.then, refresh=self.operation.refresh)

    def ends_well(self, stack: Stack) -> None:
        assert self.world.live() == self.operation.left
        if self.operation.then is None:
            assert stack.resources == {}
            return
        after = stack.preview(self.operation.then, refresh=self.operation.refresh)
        assert (after.steps, after.writes, after.warnings) == ({"xero": "same", "feeds": "same"}, [], [])


@pytest.fixture
def mortal(world: World) -> MortalWorld:
    return MortalWorld(world.emulator, world.control, world.account)


@pytest.mark.parametrize("operation", OPERATIONS.values(), ids=OPERATIONS.keys())
def test_a_process_that_dies_at_any_request_leaves_nothing_that_the_next_run_does_not_mend(
    mortal: MortalWorld, operation: Operation
) -> None:
    bench = Bench(mortal, operation)
    stack = bench.again()
    mortal.begin()
    bench.run(stack)
    way, asked = mortal.seen, [*mortal.asked]
    bench.ends_well(stack)
    writes = [at for at, request in enumerate(asked) if not request.startswith("GET ")]
    deaths = [(at, False) for at in (range(len(asked)) if operation.at_reads else writes)]
    deaths += [(at, True) for at in writes]

    for at, after in deaths:
        stack = bench.again()
        mortal.begin(dies_at=at, after=after)
        with pytest.raises(Killed):
            bench.run(stack)
        assert mortal.live() in way

        mortal.begin()
        bench.run(stack)
        assert all(live in way for live in mortal.seen)
        bench.ends_well(stack)
