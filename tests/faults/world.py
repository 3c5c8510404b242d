"""The emulated Codat called in this process instead of over a port, and put back between two trials."""

from __future__ import annotations

import json
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Final

import httpx

from tests.contract.direct import Direct, in_process
from tests.contract.engine import Recorded, Stack
from tests.contract.world import World
from tests.unit.fake_clock import FakeClock

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from codat_emulator._accounts import Accounts
    from codat_emulator._settings import AccountSettings

__all__ = ["FaultWorld", "Start", "fault_world"]

_PLENTY: Final = 10**9


@dataclass(frozen=True)
class Start:
    """Where a trial begins: what each account holds, and the stack."""

    settings: tuple[AccountSettings, ...]
    resources: str


@dataclass
class FaultWorld(World):
    """A world in this process that can be put back."""

    direct: Direct = field(kw_only=True)
    storage: Accounts = field(kw_only=True)

    def keep(self, stack: Stack) -> Start:
        """Remember where a trial begins."""
        return self.start({name: vars(recorded) for name, recorded in stack.resources.items()})

    def start(self, resources: Mapping[str, object]) -> Start:
        """The accounts as they are, and a stack with these resources."""
        return Start(self.everything(), json.dumps(resources))

    def put_back(self, start: Start, stack: Stack) -> None:
        """Begin a trial: no fault, no request, the same accounts and the same stack."""
        self.heal()
        self.direct.refuses = False
        self.sent.clear()
        self.clock.passed = 0.0
        self.clock.slept.clear()
        for account, settings in zip(self.emulator.accounts, start.settings, strict=True):
            for _ in range(2):  # because a stale read shows what was there before the last save
                self.storage.save(account, settings)
        self.behave(quotaRemaining=_PLENTY)
        stack.resources = {name: Recorded(**kept) for name, kept in json.loads(start.resources).items()}

    def everything(self) -> tuple[AccountSettings, ...]:
        """What every account holds."""
        return tuple(self.storage.settings(account) for account in self.emulator.accounts)


@contextmanager
def fault_world() -> Iterator[FaultWorld]:
    """An emulated Codat in this process, under the clock of the tests."""
    clock = FakeClock()
    with (
        in_process(clock) as codat,
        httpx.Client(base_url=f"{codat.emulator.url}/_emulator", transport=codat.wire) as control,
    ):
        yield FaultWorld(
            codat.emulator,
            control,
            codat.emulator.accounts[0],
            clock,
            wire=codat.wire,
            direct=codat.wire,
            storage=codat.storage,
        )
