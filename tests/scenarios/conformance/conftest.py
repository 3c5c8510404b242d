"""The suite's assertions explain themselves, though it is no test module."""

from __future__ import annotations

import pytest

pytest.register_assert_rewrite("tests.scenarios.conformance.singleton")
