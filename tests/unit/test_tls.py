"""Client certificates as files: what is wrong with them is told with all other settings, and names the file."""

from __future__ import annotations

import ssl
from typing import TYPE_CHECKING

import pytest
import trustme
from cryptography.hazmat.primitives import serialization

from pulumi_codat.api import CodatError
from pulumi_codat.api.tls import ClientCertificate, blames_a_certificate, secure_context
from pulumi_codat.settings import load_settings

if TYPE_CHECKING:
    from pathlib import Path

CODAT = {"CODAT_BASE_URL": "https://api.codat.io"}


@pytest.fixture(name="issued", scope="module")
def _issued() -> trustme.LeafCert:
    return trustme.CA().issue_cert("acme.example")


@pytest.fixture(name="files")
def _files(issued: trustme.LeafCert, tmp_path: Path) -> Path:
    issued.cert_chain_pems[0].write_to_path(str(tmp_path / "client.pem"))
    issued.private_key_pem.write_to_path(str(tmp_path / "key.pem"))
    (tmp_path / "both.pem").write_bytes((tmp_path / "client.pem").read_bytes() + (tmp_path / "key.pem").read_bytes())
    trustme.CA().issue_cert("other.example").private_key_pem.write_to_path(str(tmp_path / "other.pem"))
    key = serialization.load_pem_private_key(issued.private_key_pem.bytes(), password=None)
    locked = serialization.BestAvailableEncryption(b"password")
    (tmp_path / "locked.pem").write_bytes(
        key.private_bytes(serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, locked)
    )
    (tmp_path / "broken.pem").write_text("-----BEGIN CERTIFICATE-----\nx\n-----END CERTIFICATE-----\n")
    return tmp_path


def problem(environ: dict[str, str], config: dict[str, object] | None = None) -> str:
    with pytest.raises(CodatError) as caught:
        load_settings(config or {}, environ)
    return str(caught.value).removeprefix("the configuration is wrong: ")


def test_a_pair_in_two_files_or_in_one_is_taken(files: Path) -> None:
    apart = load_settings(
        {"codat:clientKey": str(files / "key.pem")}, {"CODAT_CLIENT_CERTIFICATE": f"{files}/client.pem"}
    )
    assert apart.certificate == ClientCertificate(files / "client.pem", files / "key.pem")
    together = load_settings({"codat:clientCertificate": f"{files}/both.pem"}, {})
    assert together.certificate == ClientCertificate(files / "both.pem")
    assert load_settings({}, {}).certificate is None


@pytest.mark.parametrize(
    ("certificate", "key", "said"),
    [
        ("none.pem", None, "CODAT_CLIENT_CERTIFICATE: {0}/none.pem cannot be read (No such file or directory)"),
        ("none.pem", "none", "CODAT_CLIENT_CERTIFICATE: {0}/none.pem cannot be read (No such file or directory)"),
        ("", None, "CODAT_CLIENT_CERTIFICATE: {0} cannot be read (Is a directory)"),
        ("key.pem", None, "CODAT_CLIENT_CERTIFICATE: {0}/key.pem holds no certificate in PEM form"),
        ("client.pem", None, "CODAT_CLIENT_CERTIFICATE: {0}/client.pem holds no private key in PEM form"),
        ("client.pem", "none", "CODAT_CLIENT_KEY: {0}/none cannot be read (No such file or directory)"),
        ("client.pem", "client.pem", "CODAT_CLIENT_KEY: {0}/client.pem holds no private key in PEM form"),
        (
            "client.pem",
            "locked.pem",
            "CODAT_CLIENT_KEY: the private key in {0}/locked.pem is encrypted, and a pipeline cannot enter its",
        ),
        (
            "client.pem",
            "other.pem",
            "CODAT_CLIENT_KEY: the private key in {0}/other.pem is not that of {0}/client.pem",
        ),
        (
            "broken.pem",
            "key.pem",
            "CODAT_CLIENT_KEY: {0}/broken.pem with the private key in {0}/key.pem cannot be used (",
        ),
    ],
)
def test_what_is_wrong_names_the_file_and_the_variable(
    files: Path, certificate: str, key: str | None, said: str
) -> None:
    environ = {"CODAT_CLIENT_CERTIFICATE": str(files / certificate)}
    if key:
        environ["CODAT_CLIENT_KEY"] = str(files / key)
    assert problem(environ).startswith(said.format(files))


def test_a_key_alone_is_of_no_use() -> None:
    assert problem({"CODAT_CLIENT_KEY": "/key.pem"}) == (
        "CODAT_CLIENT_KEY: has no certificate beside it: set CODAT_CLIENT_CERTIFICATE or codat:clientCertificate"
    )


def test_it_is_told_with_all_else_that_is_wrong(files: Path) -> None:
    environ = CODAT | {
        "CODAT_CLIENT_CERTIFICATE": f"{files}/client.pem",
        "CODAT_LOG": "verbose",
        "HTTPS_PROXY": "http://",
    }
    assert problem(environ) == (
        "HTTPS_PROXY: must be the URL of an HTTP proxy, such as http://proxy.example:3128;"
        f" CODAT_CLIENT_CERTIFICATE: {files}/client.pem holds no private key in PEM form;"
        " CODAT_LOG: Input should be 'debug'"
    )


@pytest.mark.parametrize(
    ("proxy", "said"),
    [
        (
            "socks5://me:canary@proxy.example:1080",
            "must be the URL of an HTTP proxy, such as http://proxy.example:3128",
        ),
        ("http://me:canary@", "must be the URL of an HTTP proxy, such as http://proxy.example:3128"),
        ("http://me:canary@proxy.example:port", "is not a URL"),
        ("http://me:canary@[proxy", "is not a URL"),
    ],
)
@pytest.mark.parametrize("name", ["HTTPS_PROXY", "https_proxy"])
def test_a_proxy_that_is_none_is_told_without_its_password(name: str, proxy: str, said: str) -> None:
    assert problem(CODAT | {name: proxy}) == f"{name}: {said}"
    local = {"CODAT_BASE_URL": "http://127.0.0.1:8790", name: proxy}
    assert load_settings({}, local)  # because no proxy is used to this machine
    assert problem(local | {"CODAT_XERO_IDENTITY_URL": "https://identity.example"}) == f"{name}: {said}"
    assert load_settings({}, {name: proxy, "NO_PROXY": "*"})


def test_the_context_asks_for_certificates_and_for_host_names() -> None:
    context = secure_context()
    assert context.verify_mode is ssl.CERT_REQUIRED
    assert context.check_hostname
    assert context.minimum_version >= ssl.TLSVersion.TLSv1_2


@pytest.mark.parametrize(
    ("reason", "blamed"),
    [
        ("CERTIFICATE_VERIFY_FAILED", True),
        ("TLSV13_ALERT_CERTIFICATE_REQUIRED", True),
        ("SSLV3_ALERT_BAD_CERTIFICATE", True),
        ("TLSV1_ALERT_UNKNOWN_CA", True),
        ("UNEXPECTED_EOF_WHILE_READING", False),
        ("DECRYPTION_FAILED_OR_BAD_RECORD_MAC", False),
    ],
)
def test_only_failures_of_certificates_last(reason: str, *, blamed: bool) -> None:
    error = ssl.SSLError(1, reason)
    error.reason = reason
    assert blames_a_certificate(error) is blamed
    assert not blames_a_certificate(ConnectionResetError())
    assert not blames_a_certificate()
