"""Pulumi's passphrase secrets provider, byte for byte.

PBKDF2-SHA256 with 1,000,000 iterations makes a 32 byte key; a value is `v1:<nonce>:<ciphertext>` (AES-256-GCM, base64).
The salt is `v1:<8 bytes>:` followed by the encrypted text `pulumi`, by which a wrong passphrase is noticed.
Source: measured on the pulumi CLI.
"""

from __future__ import annotations

import base64
import functools
import hashlib
import os
from typing import Protocol

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM

from pulumi_offline.errors import ConfigurationError

__all__ = ["Crypter", "PassphraseCrypter"]

_ITERATIONS = 1_000_000
_KEY_BYTES = 32
_SALT_BYTES = 8
_NONCE_BYTES = 12
_CHECK = "pulumi"
_VERSION = "v1"


class Crypter(Protocol):
    """Encrypts and decrypts one text."""

    def encrypt(self, plaintext: str) -> str: ...
    def decrypt(self, ciphertext: str) -> str: ...


@functools.lru_cache(maxsize=32)  # because one derivation takes a noticeable part of a second
def _derive(passphrase: str, salt: bytes) -> bytes:
    return hashlib.pbkdf2_hmac("sha256", passphrase.encode(), salt, _ITERATIONS, _KEY_BYTES)


class PassphraseCrypter:
    """Encrypts with a passphrase and a salt string such as `encryptionsalt` of a stack file."""

    def __init__(self, passphrase: str, salt: str) -> None:
        """Raises `ConfigurationError` when the salt is malformed or belongs to another passphrase."""
        parts = salt.split(":", 2)
        if len(parts) != len(("version", "salt", "check")) or parts[0] != _VERSION:
            raise ConfigurationError("the encryption salt is malformed: it should read v1:<salt>:v1:<nonce>:<check>")
        self.salt = salt
        self._cipher = AESGCM(_derive(passphrase, _decode(parts[1])))
        if self.decrypt(parts[2]) != _CHECK:
            raise ConfigurationError("incorrect passphrase: set PULUMI_CONFIG_PASSPHRASE to the one of this stack")

    @classmethod
    def with_new_salt(cls, passphrase: str) -> PassphraseCrypter:
        salt = os.urandom(_SALT_BYTES)
        check = _encrypt(AESGCM(_derive(passphrase, salt)), _CHECK)
        return cls(passphrase, f"{_VERSION}:{base64.b64encode(salt).decode()}:{check}")

    def __repr__(self) -> str:
        return "PassphraseCrypter(...)"

    def encrypt(self, plaintext: str) -> str:
        return _encrypt(self._cipher, plaintext)

    def decrypt(self, ciphertext: str) -> str:
        """Raises `ConfigurationError` when the passphrase does not fit."""
        match ciphertext.split(":"):
            case [version, nonce, sealed] if version == _VERSION:
                try:
                    return self._cipher.decrypt(_decode(nonce), _decode(sealed), None).decode()
                except (InvalidTag, ValueError):
                    raise ConfigurationError(
                        "incorrect passphrase: set PULUMI_CONFIG_PASSPHRASE to the one of this stack"
                    ) from None
            case _:
                raise ConfigurationError("an encrypted value is malformed: it should read v1:<nonce>:<ciphertext>")


def _encrypt(cipher: AESGCM, plaintext: str) -> str:
    nonce = os.urandom(_NONCE_BYTES)
    sealed = cipher.encrypt(nonce, plaintext.encode(), None)
    return f"{_VERSION}:{base64.b64encode(nonce).decode()}:{base64.b64encode(sealed).decode()}"


def _decode(text: str) -> bytes:
    try:
        return base64.b64decode(text, validate=True)
    except ValueError:
        raise ConfigurationError("an encrypted value is malformed: its parts should be base64") from None
