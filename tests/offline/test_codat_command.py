"""`pulumi-codat offline` talks to this machine and to nothing else."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from click.testing import CliRunner

from pulumi_codat.cli.offline import offline, refuse_other_hosts
from pulumi_offline import Refusal

from .workshop import STACK

if TYPE_CHECKING:
    from .workshop import Workshop


@pytest.mark.parametrize(
    "url", ["http://127.0.0.1:8080", "http://localhost:1", "https://[::1]/x", "http://127.8.9.10", "HTTP://LOCALHOST"]
)
def test_this_machine_is_allowed(url: str) -> None:
    refuse_other_hosts({"codat:baseUrl": url}, {})
    refuse_other_hosts({"codat:baseUrl": "https://api.codat.io"}, {"CODAT_BASE_URL": url})


@pytest.mark.parametrize(
    ("url", "shown"),
    [
        ("https://api.codat.io", "https://api.codat.io"),
        ("http://127.0.0.1.example.com/x", "http://127.0.0.1.example.com/x"),
        ("http://user:password@10.0.0.1", "http://10.0.0.1"),
        ("http://localhost@evil.example", "http://evil.example"),
        ("file:///etc/hosts", "file:///etc/hosts"),
        ("http://[", "a malformed base URL"),
    ],
)
def test_every_other_host_is_refused(url: str, shown: str) -> None:
    message = (
        f"the offline engine is for trying and testing against the emulator and refuses {shown}; "
        "start `pulumi-codat emulator` and set CODAT_BASE_URL, or use the pulumi CLI"
    )
    for config, environ in (
        ({"codat:baseUrl": url}, {}),
        ({"codat:baseUrl": "http://localhost"}, {"CODAT_BASE_URL": url}),
    ):
        with pytest.raises(Refusal) as refused:
            refuse_other_hosts(config, environ)
        assert str(refused.value) == message


def test_no_secret_is_sent_to_the_real_xero_either() -> None:
    here = {"CODAT_BASE_URL": "http://localhost:1"}
    refuse_other_hosts({"codat:xeroIdentityUrl": "http://127.0.0.1:1/xero"}, here)
    with pytest.raises(Refusal, match=r"refuses https://identity\.xero\.com; unset CODAT_XERO_IDENTITY_URL"):
        refuse_other_hosts({"codat:xeroIdentityUrl": "https://identity.xero.com"}, here)
    with pytest.raises(Refusal, match=r"refuses http://10\.0\.0\.1; unset"):
        refuse_other_hosts({}, here | {"CODAT_XERO_IDENTITY_URL": "http://me:hunter2@10.0.0.1"})


def test_without_any_configuration_it_would_be_codat_itself() -> None:
    with pytest.raises(Refusal, match=r"refuses https://api\.codat\.io;"):
        refuse_other_hosts({}, {})


def test_the_command_refuses_before_the_provider_is_configured(cold: Workshop) -> None:
    cold.program("Thing('a')")
    environment = {**cold.environment(), "CODAT_BASE_URL": "https://api.codat.io", "GRPC_VERBOSITY": "ERROR"}
    result = CliRunner().invoke(offline, ["up", "--stack", STACK, "--cwd", str(cold.project)], env=environment)
    assert result.exit_code == 1
    assert result.stderr.startswith("error: the offline engine is for trying and testing")
    assert cold.calls() == []
    assert not cold.state_file.exists()
