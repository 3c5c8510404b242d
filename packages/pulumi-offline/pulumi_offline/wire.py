"""Property maps on Pulumi's gRPC wire: `google.protobuf.Struct` with signed objects for what JSON cannot say."""

from __future__ import annotations

from dataclasses import dataclass

from google.protobuf import struct_pb2

from pulumi_offline.errors import Unsupported
from pulumi_offline.values import (
    UNKNOWN,
    PropertyMap,
    PropertyValue,
    ResourceReference,
    Secret,
    Unknown,
    number,
)

__all__ = [
    "REFERENCE_SIGNATURE",
    "SECRET_SIGNATURE",
    "SIGNATURE_KEY",
    "UNKNOWN_TEXT",
    "from_wire",
    "refuse_signature",
    "to_wire",
]

SIGNATURE_KEY = "4dabf18193072939515e22adb298388d"
SECRET_SIGNATURE = "1b47061264138c4ac30d75fd1eb44270"  # noqa: S105 - the protocol's public marker
REFERENCE_SIGNATURE = "5cf8f73096256a8f31e491e813e4eb8e"
UNKNOWN_TEXT = "04da6b54-80e4-46f7-96ec-b56ff0331ba9"

_UNSUPPORTED_SIGNATURES = {
    "c44067f5952c0a294b673a41bacd8c17": "assets",
    "0def7320c3a5731c473e5ecbe6d01bc7": "archives",
    "d0e6a833031e9bbcd3f4e8bde6ca49a4": "output values",
}


def refuse_signature(signature: object) -> Unsupported:
    """The refusal for a signed object that is neither a secret nor a resource reference."""
    return Unsupported(_UNSUPPORTED_SIGNATURES.get(str(signature), f"values of kind {signature}"))


def from_wire(struct: struct_pb2.Struct) -> PropertyMap:
    """Read a Struct. Raises `Unsupported` for assets, archives and other signed objects."""
    return {key: _value(item) for key, item in struct.fields.items()}


def _value(value: struct_pb2.Value) -> PropertyValue:
    match value.WhichOneof("kind"):
        case "number_value":
            return number(value.number_value)
        case "string_value":
            return UNKNOWN if value.string_value == UNKNOWN_TEXT else value.string_value
        case "bool_value":
            return value.bool_value
        case "list_value":
            return [_value(item) for item in value.list_value.values]
        case "struct_value":
            return _object(value.struct_value)
        case _:
            return None


def _object(struct: struct_pb2.Struct) -> PropertyValue:
    items = from_wire(struct)
    if SIGNATURE_KEY not in items:
        return items
    match items[SIGNATURE_KEY]:
        case signature if signature == SECRET_SIGNATURE:
            value = items.get("value")
            return value if isinstance(value, Secret) else Secret(value)
        case signature if signature == REFERENCE_SIGNATURE:
            identity = items.get("id")
            return ResourceReference(
                urn=str(items["urn"]),
                id=identity if isinstance(identity, str | Unknown) else None,
                package_version=str(items.get("packageVersion") or ""),
            )
        case signature:
            raise refuse_signature(signature)


def to_wire(values: PropertyMap, *, keep_secrets: bool, keep_unknowns: bool) -> struct_pb2.Struct:
    """Write a Struct.

    `keep_secrets=False` is how a dynamic provider, which accepts neither secrets nor references, is spoken to: a secret
    is its value, a reference its id. `keep_unknowns=False` leaves unknown properties out.
    """
    return _Writer(keep_secrets, keep_unknowns).struct(values)


@dataclass(frozen=True, slots=True)
class _Writer:
    keep_secrets: bool
    keep_unknowns: bool

    def struct(self, values: PropertyMap) -> struct_pb2.Struct:
        struct = struct_pb2.Struct()
        for key, value in values.items():
            wired = self.value(value)
            if wired is not None:
                struct.fields[key].CopyFrom(wired)
        return struct

    def value(self, value: PropertyValue) -> struct_pb2.Value | None:
        match value:
            case Unknown():
                return struct_pb2.Value(string_value=UNKNOWN_TEXT) if self.keep_unknowns else None
            case Secret():
                return self.value(self._secret(value))
            case ResourceReference():
                return self.value(self._reference(value))
            case list():
                items = [self.value(item) for item in value]
                present = [item for item in items if item is not None]
                return struct_pb2.Value(list_value=struct_pb2.ListValue(values=present))
            case dict():
                return struct_pb2.Value(struct_value=self.struct(value))
            case _:
                return _primitive(value)

    def _secret(self, value: Secret) -> PropertyValue:
        if not self.keep_secrets:
            return value.value
        return {SIGNATURE_KEY: SECRET_SIGNATURE, "value": value.value}

    def _reference(self, value: ResourceReference) -> PropertyValue:
        if not self.keep_secrets:
            return value.urn if value.id is None else value.id
        signed: PropertyMap = {SIGNATURE_KEY: REFERENCE_SIGNATURE, "urn": value.urn}
        if value.id is not None:
            signed["id"] = value.id
        if value.package_version:
            signed["packageVersion"] = value.package_version
        return signed


def _primitive(value: bool | float | str | None) -> struct_pb2.Value:  # noqa: FBT001 - a value, not a flag
    match value:
        case None:
            return struct_pb2.Value(null_value=struct_pb2.NULL_VALUE)
        case bool():
            return struct_pb2.Value(bool_value=value)
        case str():
            return struct_pb2.Value(string_value=value)
        case _:
            return struct_pb2.Value(number_value=value)
