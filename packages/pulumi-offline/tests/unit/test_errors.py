"""Every error of the engine is one a person can read."""

from __future__ import annotations

import pytest

import pulumi_offline
from pulumi_offline.errors import (
    Cancelled,
    ConfigurationError,
    OfflineError,
    Refusal,
    StackLocked,
    StateError,
    Unsupported,
)


@pytest.mark.parametrize("kind", [Cancelled, ConfigurationError, Refusal, StackLocked, StateError, Unsupported])
def test_one_except_catches_them_all(kind: type[Exception]) -> None:
    assert issubclass(kind, OfflineError)


def test_what_is_not_supported_is_refused_by_name() -> None:
    assert str(Unsupported("resource hooks")) == (
        "resource hooks: not supported by pulumi_offline; the pulumi CLI has it"
    )


def test_the_public_names_are_there() -> None:
    assert all(hasattr(pulumi_offline, name) for name in pulumi_offline.__all__)
