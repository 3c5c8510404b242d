"""`pulumi-codat offline` talks to this machine and to nothing else."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from click.testing import CliRunner

from pulumi_codat.cli.offline import offline, refuse_other_hosts
from pulumi_offline import Refusal

if TYPE_CHECKING:
    from pathlib import Path

PROGRAM = """\
from pathlib import Path
from pulumi.dynamic import CreateResult, Resource, ResourceProvider

class Provider(ResourceProvider):
    def configure(self, request):
        Path({asked!r}).touch()

    def create(self, props):
        return CreateResult("id", {{}})

class Thing(Resource, module="things", name="Thing"):
    pass

Thing(Provider(), "a", {{}})
"""


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


@pytest.mark.parametrize(("url", "exit_code"), [("https://api.codat.io", 1), ("http://127.0.0.1:1", 0)])
def test_the_command_refuses_before_the_provider_is_configured(tmp_path: Path, url: str, exit_code: int) -> None:
    (tmp_path / "Pulumi.yaml").write_text("name: shop\nruntime: python\n")
    (tmp_path / "__main__.py").write_text(PROGRAM.format(asked=str(tmp_path / "asked")))
    environment = {"CODAT_BASE_URL": url, "CODAT_XERO_IDENTITY_URL": None, "GRPC_VERBOSITY": "ERROR"}
    command = ["up", "--stack", "dev", "--cwd", str(tmp_path)]
    result = CliRunner().invoke(offline, command, env={**environment, "PULUMI_CONFIG_PASSPHRASE": "correct horse"})
    assert result.exit_code == exit_code
    assert result.stderr.startswith("error: the offline engine is for trying and testing") is bool(exit_code)
    assert (tmp_path / "asked").exists() is not bool(exit_code)
    assert (tmp_path / ".pulumi-offline" / "dev.json").exists() is not bool(exit_code)
