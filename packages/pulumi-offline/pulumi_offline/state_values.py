"""Property values in a state file: JSON, with secrets encrypted (or in clear, in an export that asks for it)."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

from pulumi_offline.errors import StateError
from pulumi_offline.go_text import compact_json
from pulumi_offline.values import PropertyMap, PropertyValue, ResourceReference, Secret, Unknown, number
from pulumi_offline.wire import (
    REFERENCE_SIGNATURE,
    SECRET_SIGNATURE,
    SIGNATURE_KEY,
    UNKNOWN_TEXT,
    refuse_signature,
)

if TYPE_CHECKING:
    from pulumi_offline.crypto import Crypter

__all__ = ["ValueReader", "ValueWriter"]

_LARGEST_EXACT_INTEGER = 2**53


class ValueReader:
    """Reads values of a state. Without a crypter, an encrypted secret is a `StateError`."""

    def __init__(self, crypter: Crypter | None) -> None:
        self._crypter = crypter

    def read_map(self, document: dict[str, Any]) -> PropertyMap:
        return {key: self.read(item) for key, item in document.items()}

    def read(self, document: Any) -> PropertyValue:
        match document:
            case bool():
                return document
            case float() | int():
                return number(float(document))
            case list():
                return [self.read(item) for item in document]
            case {"4dabf18193072939515e22adb298388d": signature}:
                return self._signed(signature, document)
            case dict():
                return self.read_map(document)
            case None | str():
                return document
            case _:
                raise StateError(f"the state holds a value of type {type(document).__name__}")

    def _signed(self, signature: str, document: dict[str, Any]) -> PropertyValue:
        if signature == REFERENCE_SIGNATURE:
            return _reference(document)
        if signature != SECRET_SIGNATURE:
            raise refuse_signature(signature)
        return Secret(self.read(_parsed(self._plaintext(document))))

    def _plaintext(self, document: dict[str, Any]) -> str:
        plaintext, ciphertext = document.get("plaintext"), document.get("ciphertext")
        if isinstance(plaintext, str):
            return plaintext
        if not isinstance(ciphertext, str):
            raise StateError("the state has a secret with neither `ciphertext` nor `plaintext`")
        if self._crypter is None:
            raise StateError("the state has encrypted secrets but names no passphrase salt to decrypt them with")
        return self._crypter.decrypt(ciphertext)


def _parsed(plaintext: str) -> Any:
    try:
        return json.loads(plaintext)
    except ValueError:
        raise StateError("the state has a secret whose content is no JSON") from None


def _reference(document: dict[str, Any]) -> ResourceReference:
    match document.get("urn"), document.get("id"), document.get("packageVersion", ""):
        case str() as urn, (str() | None) as identity, str() as version:
            return ResourceReference(urn, identity, version)
        case _:
            raise StateError("the state has a reference to a resource without a `urn`, or with an `id` that is no text")


class ValueWriter:
    """Writes values of a state. Without a crypter, secrets are written as plaintext."""

    def __init__(self, crypter: Crypter | None) -> None:
        self._crypter = crypter

    def write_map(self, values: PropertyMap) -> dict[str, Any]:
        return {key: self.write(values[key]) for key in sorted(values)}

    def write(self, value: PropertyValue) -> Any:
        match value:
            case dict():
                return self.write_map(value)
            case list():
                return [self.write(item) for item in value]
            case Secret():
                return self._secret(value)
            case Unknown():
                return UNKNOWN_TEXT
            case ResourceReference():
                return self._reference(value)
            case int() if abs(value) > _LARGEST_EXACT_INTEGER:
                value = float(value)  # because the CLI, whose numbers are all floats, writes its fewest digits
        return value

    def _reference(self, value: ResourceReference) -> dict[str, Any]:
        signed: dict[str, Any] = {SIGNATURE_KEY: REFERENCE_SIGNATURE, "urn": value.urn}
        if value.id is not None:
            signed["id"] = self.write(value.id)
        return signed | ({"packageVersion": value.package_version} if value.package_version else {})

    def _secret(self, value: Secret) -> dict[str, str]:
        plaintext = compact_json(self.write(value.value))
        content = (
            {"plaintext": plaintext} if self._crypter is None else {"ciphertext": self._crypter.encrypt(plaintext)}
        )
        return {SIGNATURE_KEY: SECRET_SIGNATURE, **content}
