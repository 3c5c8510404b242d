"""A world for each test: an emulated Codat, and a stack on it."""

from __future__ import annotations

from typing import TYPE_CHECKING

import httpx
import pytest

from codat_emulator import running
from tests.unit.fake_clock import FakeClock

from .direct import in_process
from .engine import Stack
from .world import NO_TLS, World

if TYPE_CHECKING:
    from collections.abc import Iterator


@pytest.fixture
def world() -> Iterator[World]:
    """In this process; a module whose tests start others, or hold a request, takes the served one for it."""
    clock = FakeClock()
    with (
        in_process(clock) as codat,
        httpx.Client(base_url=f"{codat.emulator.url}/_emulator", transport=codat.wire) as control,
    ):
        yield World(codat.emulator, control, codat.emulator.accounts[0], clock, wire=codat.wire)


@pytest.fixture
def served_world() -> Iterator[World]:
    """On a port of loopback."""
    with (
        running() as emulator,
        httpx.Client(base_url=f"{emulator.url}/_emulator", verify=NO_TLS, trust_env=False) as control,
    ):
        yield World(emulator, control, emulator.accounts[0])


@pytest.fixture
def stack(world: World) -> Stack:
    return Stack(world)
