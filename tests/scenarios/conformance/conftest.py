"""The suite's assertions explain themselves, though it is no test module; `make test` tries its axis in part."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Final

import pytest

pytest.register_assert_rewrite("tests.scenarios.conformance.singleton")

_HERE: Final = Path(__file__).parent
_TELLING: Final = re.compile(
    r"test_(a_rename_without_an_alias|a_rename_that_changes_it_too_changes_it$|a_tainted_one_is_replaced"
    r"|a_held_change|the_key_of_another|what_was_set_by_hand|what_was_changed_by_hand)"
)
"""Tests in which what the refresh saw matters to what follows."""


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """All of the axis runs on the pulumi CLI and with `make matrix`; `make test` leaves most of it out."""
    for item in items:
        if not isinstance(item, pytest.Function) or item.path != _HERE / "test_codat.py":
            continue
        change = str(item.callspec.params["setting"])
        telling = change in {"unrelated", "secret"} and item.cls.__name__ == "TestXeroIntegration"
        if change != "nothing" and not (telling and _TELLING.match(item.originalname)):
            item.add_marker("thorough")
