"""A stack's passphrase and salt: where they come from, and that they are asked for only when there is a secret.

The passphrase is PULUMI_CONFIG_PASSPHRASE, else the file PULUMI_CONFIG_PASSPHRASE_FILE names, else one that is
generated and kept beside the state. The salt is `encryptionsalt` of the stack's file, else the state's, else a new one.
"""

from __future__ import annotations

import secrets
from pathlib import Path
from typing import TYPE_CHECKING

from pulumi_offline.crypto import PassphraseCrypter
from pulumi_offline.errors import ConfigurationError

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from pulumi_offline.store import StateStore

__all__ = ["LazyCrypter", "Passphrase"]

_GENERATED_BYTES = 32


class Passphrase:
    """Finds the passphrase when it is first needed."""

    def __init__(self, environ: Mapping[str, str], store: StateStore, notice: Callable[[str], None]) -> None:
        """`notice` is told when a passphrase had to be generated."""
        self._environ = environ
        self._store = store
        self._notice = notice

    def get(self) -> str:
        """Raises `ConfigurationError` when the file it should be in cannot be read."""
        if "PULUMI_CONFIG_PASSPHRASE" in self._environ:
            return self._environ["PULUMI_CONFIG_PASSPHRASE"]
        if file := self._environ.get("PULUMI_CONFIG_PASSPHRASE_FILE"):
            try:
                return Path(file).read_text(encoding="utf-8").strip()
            except OSError as error:
                raise ConfigurationError(
                    f"PULUMI_CONFIG_PASSPHRASE_FILE: {file} cannot be read: {error.strerror}"
                ) from None
            except UnicodeDecodeError:
                raise ConfigurationError(f"PULUMI_CONFIG_PASSPHRASE_FILE: {file} is no UTF-8 text") from None
        kept = self._store.passphrase()
        if kept is None:
            generated = secrets.token_urlsafe(_GENERATED_BYTES)
            kept = self._store.keep_passphrase(generated)
            if kept == generated:
                path = self._store.passphrase_path
                self._notice(f"no PULUMI_CONFIG_PASSPHRASE is set: secrets are encrypted with one generated in {path}")
        return kept


class LazyCrypter:
    """Derives its key at the first secret. `salt` is empty until then, if there was none."""

    def __init__(self, passphrase: Passphrase, salt: str) -> None:
        self.salt = salt
        self._passphrase = passphrase
        self._crypter: PassphraseCrypter | None = None

    def encrypt(self, plaintext: str) -> str:
        return self._get().encrypt(plaintext)

    def decrypt(self, ciphertext: str) -> str:
        return self._get().decrypt(ciphertext)

    def _get(self) -> PassphraseCrypter:
        if self._crypter is None:
            passphrase = self._passphrase.get()
            if self.salt:
                self._crypter = PassphraseCrypter(passphrase, self.salt)
            else:
                self._crypter = PassphraseCrypter.with_new_salt(passphrase)
                self.salt = self._crypter.salt
        return self._crypter
