"""The world of the contract's tests, on a port: an emulated Codat, and a stack on it."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from tests.contract.conftest import served_world, stack

if TYPE_CHECKING:
    from tests.contract.world import World

__all__ = ["served_world", "stack", "world"]


@pytest.fixture
def world(served_world: World) -> World:
    return served_world
