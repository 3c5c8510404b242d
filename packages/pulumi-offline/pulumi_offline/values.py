"""The values of Pulumi's property model, as plain Python data plus three markers.

A property map is a `dict`, an array a `list`; numbers are integers where they are integral, because the wire knows
only floats. Values are never changed in place once they belong to a resource.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import Enum
from typing import TypeAlias

__all__ = [
    "UNKNOWN",
    "PropertyMap",
    "PropertyValue",
    "ResourceReference",
    "Secret",
    "Unknown",
    "annotate_secrets",
    "clone",
    "contains_secrets",
    "contains_unknowns",
    "deep_equals",
    "is_internal_key",
    "maps_equal",
    "number",
    "plain",
    "unwrap",
    "unwrap_map",
]


class Unknown(Enum):
    """A value that exists only after the update; a preview carries it in its place."""

    UNKNOWN = "unknown"

    def __repr__(self) -> str:
        return "[unknown]"


UNKNOWN = Unknown.UNKNOWN


@dataclass(frozen=True, slots=True)
class Secret:
    """A value that is encrypted in state and shown as `[secret]`."""

    value: PropertyValue

    def __repr__(self) -> str:
        return "[secret]"


@dataclass(frozen=True, slots=True)
class ResourceReference:
    """Another resource used as a value. `id` is None for a component, UNKNOWN before it is created."""

    urn: str
    id: str | Unknown | None
    package_version: str = ""


PropertyValue: TypeAlias = (
    "bool | int | float | str | list[PropertyValue] | dict[str, PropertyValue] | Secret | Unknown"
    " | ResourceReference | None"
)
PropertyMap: TypeAlias = "dict[str, PropertyValue]"

_LARGEST_EXACT_INTEGER = 10**21  # because Go writes larger floats in exponent form, as Python does


def number(value: float) -> int | float:
    """An integral float as the integer it stands for."""
    return int(value) if value.is_integer() and abs(value) < _LARGEST_EXACT_INTEGER else value


def is_internal_key(key: str) -> bool:
    """Keys such as `__provider` are hidden from people. Source: Go's `IsInternalPropertyKey`."""
    return key.startswith("__")


def clone(value: PropertyValue) -> PropertyValue:
    """A copy whose containers can be changed without touching the original."""
    match value:
        case dict():
            return {key: clone(item) for key, item in value.items()}
        case list():
            return [clone(item) for item in value]
        case Secret():
            return Secret(clone(value.value))
        case _:
            return value


def contains_secrets(value: PropertyValue) -> bool:
    match value:
        case Secret():
            return True
        case dict():
            return any(contains_secrets(item) for item in value.values())
        case list():
            return any(contains_secrets(item) for item in value)
        case _:
            return False


def contains_unknowns(value: PropertyValue) -> bool:
    match value:
        case Unknown():
            return True
        case Secret():
            return contains_unknowns(value.value)
        case ResourceReference():
            return isinstance(value.id, Unknown)
        case dict():
            return any(contains_unknowns(item) for item in value.values())
        case list():
            return any(contains_unknowns(item) for item in value)
        case _:
            return False


def unwrap(value: PropertyValue) -> PropertyValue:
    """The value without any secret marker, at any depth."""
    match value:
        case Secret():
            return unwrap(value.value)
        case dict():
            return unwrap_map(value)
        case list():
            return [unwrap(item) for item in value]
        case _:
            return value


def unwrap_map(values: PropertyMap) -> PropertyMap:
    return {key: unwrap(item) for key, item in values.items()}


def plain(value: PropertyValue) -> object:
    """The value as a caller of the public API sees it: secrets in clear, references as their URN, unknowns as None."""
    match unwrap(value):
        case Unknown():
            return None
        case ResourceReference(urn=urn):
            return urn
        case dict() as items:
            return {key: plain(item) for key, item in items.items()}
        case list() as items:
            return [plain(item) for item in items]
        case other:
            return other


def deep_equals(old: PropertyValue, new: PropertyValue) -> bool:
    """Equality as the engine means it: a missing key equals a null, `true` is not 1, a secret is not its value."""
    match old, new:
        case dict(), dict():
            return maps_equal(old, new)
        case list(), list():
            return len(old) == len(new) and all(deep_equals(a, b) for a, b in zip(old, new, strict=True))
        case Secret(), Secret():
            return deep_equals(old.value, new.value)
        case (bool(), _) | (_, bool()):
            return isinstance(old, bool) and isinstance(new, bool) and old == new
        case _:
            return old == new


def maps_equal(old: PropertyMap, new: PropertyMap) -> bool:
    return all(deep_equals(old.get(key), new.get(key)) for key in old.keys() | new.keys())


def annotate_secrets(outs: PropertyMap, ins: PropertyMap) -> PropertyMap:
    """Mark again what a provider that knows no secrets was given as secret and answered in clear.

    Source: the engine's `annotateSecrets` (measured on the pulumi CLI).
    """
    marked = dict(outs)
    for key, given in ins.items():
        if key not in outs:
            continue
        answer = outs[key]
        if isinstance(answer, dict) and isinstance(given, dict):
            marked[key] = annotate_secrets(answer, given)
        elif not isinstance(answer, Secret) and contains_secrets(given):
            marked[key] = Secret(answer)
    return marked
