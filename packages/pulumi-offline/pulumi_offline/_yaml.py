"""YAML as the CLI reads it: `12:30` and `yes` are text, `0o17` is a number, and what is a date can be a time.

Source: `resolve.go` and `decode.go` of gopkg.in/yaml.v3; measured on the pulumi CLI.
"""

from __future__ import annotations

import base64
import datetime as dt
import math
import re
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, TypeAlias

import yaml

from pulumi_offline.errors import ConfigurationError
from pulumi_offline.go_text import general, quoted

if TYPE_CHECKING:
    from collections.abc import Hashable
    from pathlib import Path

__all__ = ["Moment", "parse_yaml", "read_yaml"]


@dataclass(frozen=True, slots=True)
class Moment:
    """A time. `fraction` is that of a second, with its point; `zone` is `Z` or such as `+02:00`."""

    second: str
    fraction: str
    zone: str

    def __str__(self) -> str:
        """As Go prints it."""
        offset = self.zone.replace(":", "")
        zone = "+0000 UTC" if offset in ("Z", "+0000") else f"{offset} {offset}"
        return f"{self.second}{self.fraction} {zone}"

    @property
    def rfc3339(self) -> str:
        """As Go writes it into JSON."""
        return f"{self.second.replace(' ', 'T')}{self.fraction}{self.zone}"


Scalar: TypeAlias = bool | int | float | str | Moment | None

_TAG = "tag:yaml.org,2002:"
_NAMED: dict[str, tuple[str, Scalar]] = {
    **dict.fromkeys(("true", "True", "TRUE"), ("bool", True)),
    **dict.fromkeys(("false", "False", "FALSE"), ("bool", False)),
    **dict.fromkeys(("", "~", "null", "Null", "NULL"), ("null", None)),
    **dict.fromkeys((".nan", ".NaN", ".NAN"), ("float", math.nan)),
    **dict.fromkeys((".inf", ".Inf", ".INF", "+.inf", "+.Inf", "+.INF"), ("float", math.inf)),
    **dict.fromkeys(("-.inf", "-.Inf", "-.INF"), ("float", -math.inf)),
    "<<": ("merge", "<<"),
}
_INTEGER = re.compile(
    r"(?P<sign>[-+]?)(?:0[xX](?P<x>[0-9a-fA-F]+)|0[bB](?P<b>[01]+)|0[oO]?(?P<o>[0-7]+)|(?P<d>0|[1-9][0-9]*))"
)
_BASES = {"x": 16, "b": 2, "o": 8, "d": 10}
_FLOAT = re.compile(r"[-+]?(?:\.[0-9]+|[0-9]+(?:\.[0-9]*)?)(?:[eE][-+]?[0-9]+)?")
_TIME = re.compile(
    r"(?P<year>\d{4})-(?P<month>\d\d?)-(?P<day>\d\d?)"
    r"(?:(?P<mark>[Tt ])(?P<hour>\d\d?):(?P<minute>\d\d?):(?P<second>\d\d?)(?:[.,](?P<fraction>\d+))?"
    r"(?P<zone>Z|[-+]\d\d:\d\d)?)?",
    re.ASCII,
)
_SMALLEST, _LARGEST, _LARGEST_UNSIGNED = -(2**63), 2**63 - 1, 2**64 - 1
_UNITS = ("year", "month", "day", "hour", "minute", "second")
_NANOSECOND_DIGITS = 9


def _resolved(text: str) -> tuple[str, Scalar]:
    """The tag that a plain scalar has, and its value."""
    if text in _NAMED:
        return _NAMED[text]
    if text[0] in "+-0123456789":
        if (moment := _time(text)) is not None:
            return "timestamp", moment
        digits = text.replace("_", "")
        if (integer := _integer(digits)) is not None:
            return "int", integer
        if _FLOAT.fullmatch(digits) and math.isfinite(fraction := float(digits)):
            return "float", fraction + 0.0  # because a negative zero becomes a zero
    elif _FLOAT.fullmatch(text.replace("_", "")) and not re.search(r"_(?!\d)|(?<!\d)_", text):
        return "float", float(text)
    return "str", text


def _integer(text: str) -> int | None:
    found = _INTEGER.fullmatch(text)
    if found is None:
        return None
    kind = next(kind for kind in _BASES if found[kind] is not None)
    value = int(found["sign"] + found[kind], _BASES[kind])
    return value if _SMALLEST <= value <= (_LARGEST if found["sign"] else _LARGEST_UNSIGNED) else None


def _time(text: str) -> Moment | None:
    found = _TIME.fullmatch(text)
    if found is None or (found["mark"] in ("T", "t")) != (found["zone"] is not None):
        return None
    year, month, day, hour, minute, second = (int(found[unit] or 0) for unit in _UNITS)
    try:
        moment = dt.datetime(year, month, day, hour, minute, second)  # noqa: DTZ001 - its zone is kept apart
    except ValueError:
        return None
    fraction = (found["fraction"] or "")[:_NANOSECOND_DIGITS].rstrip("0")
    return Moment(moment.isoformat(" "), f".{fraction}" if fraction else "", found["zone"] or "Z")


class _Loader(yaml.SafeLoader):
    """A SafeLoader with Go's rules for scalars and for keys."""

    yaml_implicit_resolvers = {}  # noqa: RUF012 - the base class declares it so

    def resolve(self, kind: type[yaml.Node], value: str | None, implicit: Any) -> str:
        if kind is yaml.ScalarNode:
            return _TAG + (_resolved(value or "")[0] if implicit[0] else "str")
        return _TAG + ("seq" if kind is yaml.SequenceNode else "map")

    def compose_mapping_node(self, anchor: Any) -> yaml.MappingNode:
        node = super().compose_mapping_node(anchor)
        lines: dict[str, int] = {}
        for key, _ in node.value:
            if not isinstance(key, yaml.ScalarNode):
                continue
            if key.value in lines:
                problem = f"mapping key {quoted(key.value)} already defined at line {lines[key.value]}"
                raise yaml.constructor.ConstructorError(None, None, problem, key.start_mark)
            lines[key.value] = key.start_mark.line + 1
        return node

    def construct_mapping(self, node: yaml.MappingNode, deep: bool = False) -> dict[Hashable, Any]:  # noqa: FBT001, FBT002 - the base class's signature
        self.flatten_mapping(node)
        return {self._key_text(key): self.construct_object(value, deep=deep) for key, value in node.value}

    def _key_text(self, node: yaml.Node) -> str:
        match self.construct_object(node, deep=True):
            case None:
                return "<nil>"
            case bool() as key:
                return str(key).lower()
            case float() as key:
                return general(key)
            case int() | str() | Moment() as key:
                return str(key)
            case _:
                raise yaml.constructor.ConstructorError(None, None, "a key should be a scalar", node.start_mark)

    def construct_tagged(self, node: yaml.ScalarNode) -> Scalar:
        """A value whose tag was found, or is written before it."""
        tag, value = _resolved(node.value)
        wanted = node.tag.removeprefix(_TAG)
        if (wanted, tag) == ("float", "int") and isinstance(value, int):
            tag, value = wanted, float(value)
        if tag != wanted:
            raise yaml.constructor.ConstructorError(None, None, f"this is no {wanted}", node.start_mark)
        if isinstance(value, float) and not math.isfinite(value):
            raise yaml.constructor.ConstructorError(None, None, f"unsupported value: {general(value)}", node.start_mark)
        return value

    def construct_unknown(self, node: yaml.Node) -> Any:
        """A tag of somebody's own says nothing."""
        match node:
            case yaml.ScalarNode():
                return node.value
            case yaml.SequenceNode():
                return self.construct_sequence(node, deep=True)
            case yaml.MappingNode():
                return self.construct_mapping(node, deep=True)

    def construct_binary(self, node: yaml.ScalarNode) -> str:
        try:
            return base64.b64decode(node.value).decode()
        except ValueError:
            raise yaml.constructor.ConstructorError(None, None, "!!binary value is no text", node.start_mark) from None


for _kind in ("bool", "int", "float", "null", "timestamp"):
    _Loader.add_constructor(_TAG + _kind, _Loader.construct_tagged)
_Loader.add_constructor(_TAG + "merge", _Loader.construct_unknown)
_Loader.add_constructor(_TAG + "binary", _Loader.construct_binary)
_Loader.add_constructor(None, _Loader.construct_unknown)


def parse_yaml(text: str) -> Any:
    """The one document in the text; all keys of a mapping are text. Raises `yaml.YAMLError`."""
    return yaml.load(text, _Loader)  # noqa: S506 - a SafeLoader


def read_yaml(path: Path) -> dict[str, Any]:
    """The mapping in the file; all its keys are text.

    Raises `ConfigurationError` when it is no mapping or is malformed.
    """
    try:
        document = parse_yaml(path.read_text(encoding="utf-8"))
    except yaml.YAMLError as error:
        reason = " ".join(str(error).split())
        raise ConfigurationError(f"{path.name} is no valid YAML: {reason}") from None
    except (OSError, UnicodeDecodeError) as error:
        raise ConfigurationError(f"{path.name} cannot be read: {error}") from None
    if document is None:
        return {}
    if not isinstance(document, dict):
        raise ConfigurationError(f"{path.name} should be a mapping at its top level")
    return document
