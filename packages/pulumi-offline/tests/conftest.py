"""A workshop for each test. Children start warm; the tests of the cold path ask for it."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from pulumi_offline.process import SubprocessLauncher
from pulumi_offline.warm_start import WarmLauncher

from .fidelity.summary import pytest_terminal_summary
from .workshop import Workshop

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

__all__ = ["cold", "launcher", "pytest_terminal_summary", "workshop"]


@pytest.fixture(scope="session")
def launcher() -> Iterator[WarmLauncher]:
    with WarmLauncher() as warm:
        yield warm


@pytest.fixture
def workshop(tmp_path: Path, launcher: WarmLauncher) -> Workshop:
    return Workshop(tmp_path, launcher)


@pytest.fixture
def cold(tmp_path: Path) -> Workshop:
    """A workshop whose children are fresh interpreters."""
    return Workshop(tmp_path, SubprocessLauncher())
