"""Whom we trust, and who we are: the system's certificate store, and a client certificate for Codat."""

from __future__ import annotations

import ssl
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

import httpx
import truststore

if TYPE_CHECKING:
    from pathlib import Path

__all__ = ["ClientCertificate", "Untrusted", "blames_a_certificate", "require_certificate", "secure_context"]

_CERTIFICATE: Final = b"-----BEGIN CERTIFICATE-----"
_KEY: Final = b"PRIVATE KEY-----"
_ENCRYPTED: Final = (b"BEGIN ENCRYPTED PRIVATE KEY", b"Proc-Type: 4,ENCRYPTED")


@dataclass(frozen=True)
class ClientCertificate:
    """What Codat issues to an account for mutual TLS: PEM files, the private key in the same one where `key` is None.

    Source: https://docs.codat.io/enterprise/tech-overview/security/api-mTLS.
    """

    certificate: Path
    key: Path | None = None

    def load_into(self, context: ssl.SSLContext) -> None:
        """Have the context show the certificate; raises `ValueError` that names the file which is at fault."""
        require_certificate(self.certificate)
        holder = self.key or self.certificate
        text = _read(holder)
        if _KEY not in text:
            raise ValueError(f"{holder} holds no private key in PEM form")
        if any(mark in text for mark in _ENCRYPTED):
            raise ValueError(f"the private key in {holder} is encrypted, and a pipeline cannot enter its password")
        try:
            context.load_cert_chain(self.certificate, holder)
        except ssl.SSLError as error:
            if error.reason == "KEY_VALUES_MISMATCH":
                raise ValueError(f"the private key in {holder} is not that of {self.certificate}") from None
            raise ValueError(
                f"{self.certificate} with the private key in {holder} cannot be used ({error.reason})"
            ) from None


def require_certificate(path: Path) -> None:
    """Raises `ValueError` where the file cannot be read or holds none."""
    if _CERTIFICATE not in _read(path):
        raise ValueError(f"{path} holds no certificate in PEM form")


def secure_context(certificate: ClientCertificate | None = None) -> ssl.SSLContext:
    """A context that trusts what the system trusts: its store, or what SSL_CERT_FILE and SSL_CERT_DIR name.

    It is cheap, because the store is read at a handshake. Raises `ValueError` for a certificate that cannot be used.
    """
    context = truststore.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    if certificate:
        certificate.load_into(context)
    return context


class Untrusted(httpx.ConnectError):
    """One side does not accept the certificate of the other, which no repetition changes."""


def blames_a_certificate(cause: object = None, *_: object) -> bool:
    """Whether TLS failed for a certificate: theirs (seen here) or ours (an alert of theirs)."""
    reason = cause.reason if isinstance(cause, ssl.SSLError) else ""
    return "CERTIFICATE" in reason or "UNKNOWN_CA" in reason


def _read(path: Path) -> bytes:
    try:
        return path.read_bytes()
    except OSError as error:
        raise ValueError(f"{path} cannot be read ({error.strerror})") from None
