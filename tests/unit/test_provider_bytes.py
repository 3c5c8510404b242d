"""What every user's state holds of us: these very bytes. They may never change."""

from __future__ import annotations

import base64
import pickle
import subprocess
import sys
from typing import TYPE_CHECKING, Final

import dill
import pytest
from pulumi.dynamic.dynamic import serialize_provider

from pulumi_codat.dynamic import XeroBankFeedsProvider, XeroIntegrationProvider

if TYPE_CHECKING:
    from pulumi.dynamic import ResourceProvider

_INTEGRATION: Final = "NwAAAAAAAACMFHB1bHVtaV9jb2RhdC5keW5hbWljlIwXWGVyb0ludGVncmF0aW9uUHJvdmlkZXKUk5QpgZQu"
_BANK_FEEDS: Final = "NQAAAAAAAACMFHB1bHVtaV9jb2RhdC5keW5hbWljlIwVWGVyb0JhbmtGZWVkc1Byb3ZpZGVylJOUKYGULg=="
PINNED: Final = [
    (XeroIntegrationProvider, 4, f"gASV{_INTEGRATION}"),
    (XeroIntegrationProvider, 5, f"gAWV{_INTEGRATION}"),
    (XeroBankFeedsProvider, 4, f"gASV{_BANK_FEEDS}"),
    (XeroBankFeedsProvider, 5, f"gAWV{_BANK_FEEDS}"),
]


@pytest.mark.parametrize(("provider", "protocol", "pinned"), PINNED)
def test_a_provider_is_pickled_into_these_bytes(
    monkeypatch: pytest.MonkeyPatch, provider: type[ResourceProvider], protocol: int, pinned: str
) -> None:
    monkeypatch.setattr(pickle, "DEFAULT_PROTOCOL", protocol)  # 4 up to Python 3.13, 5 from 3.14 on
    assert serialize_provider(provider()) == pinned


@pytest.mark.parametrize(("provider", "_protocol", "pinned"), PINNED)
def test_these_bytes_are_the_provider_and_nothing_else(
    provider: type[ResourceProvider], _protocol: int, pinned: str
) -> None:
    loaded = dill.loads(base64.b64decode(pinned))  # noqa: S301 because the bytes are pinned above
    assert type(loaded) is provider
    assert vars(loaded) == {}


def test_no_provider_is_kept_as_a_secret_because_it_holds_none() -> None:
    assert not XeroIntegrationProvider.serialize_as_secret_always
    assert not XeroBankFeedsProvider.serialize_as_secret_always


RESOURCES: Final = ("_resource", "account", "from_env", "xero_app", "xero_bank_feeds", "xero_integration")


def test_importing_the_package_costs_a_program_neither_httpx_nor_pydantic() -> None:
    script = (
        "import pulumi, sys; before = set(sys.modules); import pulumi_codat; new = set(sys.modules) - before;"
        " print(*sorted(name for name in new if name.split('.')[0] not in sys.stdlib_module_names))"
    )
    imported = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, check=True)
    ours = {"", ".diagnostics", ".dynamic", ".references", ".resources", *(f".resources.{name}" for name in RESOURCES)}
    loaded = {name for name in imported.stdout.split() if name.split(".")[0] != "pulumi"}
    assert loaded == {f"pulumi_codat{name}" for name in ours}
