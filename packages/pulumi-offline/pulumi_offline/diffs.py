"""Differences between property maps: nested for display, flat (`a.b[0]` -> kind) as the engine's detailed diff.

Source: `sdk/go/common/resource/properties_diff.go`, `pkg/resource/plugin/provider.go` and
`pkg/engine/detailedDiff.go` of the CLI.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from enum import Enum
from typing import TypeAlias

from pulumi_offline.paths import PropertyPath, format_path, parse_path
from pulumi_offline.values import (
    UNKNOWN,
    PropertyMap,
    PropertyValue,
    Secret,
    Unknown,
    deep_equals,
    is_internal_key,
)

__all__ = [
    "DetailedDiff",
    "DiffKind",
    "ObjectDiff",
    "ValueDiff",
    "detailed_diff",
    "diff_maps",
    "diff_values",
    "invert",
    "translate_detailed",
    "without_internal_keys",
]


_Items: TypeAlias = "dict[str | int, PropertyValue]"


class DiffKind(Enum):
    """What happened to one property."""

    ADD = "add"
    DELETE = "delete"
    UPDATE = "update"

    @property
    def inverse(self) -> DiffKind:
        return {DiffKind.ADD: DiffKind.DELETE, DiffKind.DELETE: DiffKind.ADD}.get(self, self)


DetailedDiff: TypeAlias = "dict[str, DiffKind]"


@dataclass(slots=True)
class ObjectDiff:
    """Items of two maps, or of two lists by their index, sorted by what happened to them."""

    adds: dict[str | int, PropertyValue] = field(default_factory=dict)
    deletes: dict[str | int, PropertyValue] = field(default_factory=dict)
    sames: dict[str | int, PropertyValue] = field(default_factory=dict)
    updates: dict[str | int, ValueDiff] = field(default_factory=dict)

    def __bool__(self) -> bool:
        return bool(self.adds or self.deletes or self.updates)

    def all_keys(self) -> list[str | int]:
        """All keys, sorted."""
        return sorted(
            (*self.adds, *self.deletes, *self.sames, *self.updates), key=lambda key: (isinstance(key, str), key)
        )

    @property
    def is_list(self) -> bool:
        """Whether it is lists that differ, also where a secret hides them."""
        return any(isinstance(key, int) for key in (*self.adds, *self.deletes, *self.sames, *self.updates))

    def changed_keys(self) -> list[str]:
        return sorted(str(key) for key in (*self.adds, *self.deletes, *self.updates))


@dataclass(slots=True)
class ValueDiff:
    """One changed value; `nested` is there when both sides are maps, or both lists."""

    old: PropertyValue
    new: PropertyValue
    nested: ObjectDiff | None = None


def without_internal_keys(values: PropertyMap) -> PropertyMap:
    return {key: value for key, value in values.items() if not is_internal_key(key)}


def diff_maps(old: PropertyMap, new: PropertyMap, *, internal_keys: bool = True) -> ObjectDiff:
    """`internal_keys=False` leaves out keys such as `__provider`, at any depth."""
    return _diff_items(_by_key(old), _by_key(new), internal_keys=internal_keys)


def diff_values(old: PropertyValue, new: PropertyValue, *, internal_keys: bool = True) -> ValueDiff | None:
    """None when the two are equal."""
    match old, new:
        case dict(), dict():
            nested = _diff_items(_by_key(old), _by_key(new), internal_keys=internal_keys)
        case list(), list():
            nested = _diff_items(dict(enumerate(old)), dict(enumerate(new)), internal_keys=internal_keys)
        case _:
            return None if deep_equals(old, new) else ValueDiff(old, new)
    return ValueDiff(old, new, nested) if nested else None


def _by_key(values: PropertyMap) -> _Items:
    return {key: value for key, value in values.items()}  # noqa: C416 - dict() would keep the narrower key type


def _diff_items(olds: _Items, news: _Items, *, internal_keys: bool) -> ObjectDiff:
    diff = ObjectDiff()
    for key in {**olds, **news}:
        if not internal_keys and isinstance(key, str) and is_internal_key(key):
            continue
        before, after = olds.get(key), news.get(key)
        in_both = key in olds and key in news
        changed = diff_values(before, after, internal_keys=internal_keys)
        if changed is None:
            if in_both:
                diff.sames[key] = before
        elif before is None:
            diff.adds[key] = after
        elif after is None:
            diff.deletes[key] = before
        else:
            diff.updates[key] = changed
    return diff


def detailed_diff(diff: ObjectDiff) -> DetailedDiff:
    """The leaves of a nested difference by their path."""
    flat: DetailedDiff = {}
    _flatten((), diff, flat)
    return flat


def _flatten(prefix: PropertyPath, diff: ObjectDiff, flat: DetailedDiff) -> None:
    for key, value in diff.updates.items():
        if value.nested is not None:
            _flatten((*prefix, key), value.nested, flat)
        else:
            flat[format_path((*prefix, key))] = DiffKind.UPDATE
    flat.update({format_path((*prefix, key)): DiffKind.ADD for key in diff.adds})
    flat.update({format_path((*prefix, key)): DiffKind.DELETE for key in diff.deletes})


def invert(detailed: DetailedDiff) -> DetailedDiff:
    """The same difference seen from the other side, as a refresh shows it."""
    return {path: kind.inverse for path, kind in detailed.items()}


def translate_detailed(detailed: DetailedDiff, old: PropertyMap, new: PropertyMap) -> ObjectDiff:
    """The nested difference, values included, that a detailed diff of `old` and `new` inputs stands for."""
    root = ValueDiff(old, new, ObjectDiff())
    for text, kind in detailed.items():
        _graft(parse_path(text) or (text,), kind, root)
    return root.nested or ObjectDiff()


def _graft(path: PropertyPath, kind: DiffKind, parent: ValueDiff) -> None:
    if parent.nested is None:
        parent.nested = ObjectDiff()
    element, rest = path[0], path[1:]
    old, has_old = _item(parent.old, element)
    new, has_new = _item(parent.new, element)
    if not rest:
        match kind:
            case DiffKind.ADD:
                parent.nested.adds[element] = new if has_new else UNKNOWN
            case DiffKind.DELETE:
                parent.nested.deletes[element] = old if has_old else UNKNOWN
            case DiffKind.UPDATE:
                parent.nested.updates[element] = diff_values(old, new) or ValueDiff(old, new)
    elif old is None and new is not None:
        parent.nested.adds[element] = new
    elif old is not None and new is None:
        parent.nested.deletes[element] = old
    else:
        _graft(rest, kind, parent.nested.updates.setdefault(element, ValueDiff(old, new)))


def _item(value: PropertyValue, element: str | int) -> tuple[PropertyValue, bool]:
    match value, element:
        case dict(), str():
            return value.get(element), element in value
        case list(), int():
            return (value[element], True) if element < len(value) else (None, False)
        case ((Secret() | Unknown()), _):
            return value, True
        case _:
            return None, False
