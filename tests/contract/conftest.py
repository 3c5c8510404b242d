"""A world for each test: an emulated Codat, and a stack on it."""

from __future__ import annotations

from typing import TYPE_CHECKING

import httpx
import pytest

from codat_emulator import running

from .engine import Stack
from .world import NO_TLS, World

if TYPE_CHECKING:
    from collections.abc import Iterator


@pytest.fixture
def world() -> Iterator[World]:
    with (
        running() as emulator,
        httpx.Client(base_url=f"{emulator.url}/_emulator", verify=NO_TLS, trust_env=False) as control,
    ):
        yield World(emulator, control, emulator.accounts[0])


@pytest.fixture
def stack(world: World) -> Stack:
    return Stack(world)
