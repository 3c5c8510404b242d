"""The world of the contract's tests: an emulated Codat, and a stack on it."""

from __future__ import annotations

from tests.contract.conftest import stack, world

__all__ = ["stack", "world"]
