"""Texts among the values that are shown: what they hold if they are JSON or YAML, and how much of them is shown.

Source: `decodeValue` and `truncatePropertyString` of the CLI.
"""

from __future__ import annotations

import json
from dataclasses import dataclass
from typing import TYPE_CHECKING, NoReturn

import yaml

from pulumi_offline._yaml import Moment, parse_yaml

if TYPE_CHECKING:
    from pulumi_offline.values import PropertyMap, PropertyValue

__all__ = ["Decoded", "decode", "shortened"]

_MOST_LINES = 3
_LONGEST_LINE = 150


@dataclass(frozen=True, slots=True)
class Decoded:
    """The list or object that a text holds, and whether it is `json` or `yaml`."""

    value: list[PropertyValue] | PropertyMap
    kind: str


def decode(text: str) -> Decoded | None:
    """None when the text holds no list and no object. A text of one line is never taken for YAML."""
    text = text.strip()
    kind = "json"
    try:
        value = json.loads(text, parse_constant=_refuse)
    except ValueError:
        if "\n" not in text and "\r" not in text:
            return None
        kind = "yaml"
        try:
            value = _without_moments(parse_yaml(text))
        except yaml.YAMLError:
            return None
    return Decoded(value, kind) if isinstance(value, dict | list) else None


def _refuse(constant: str) -> NoReturn:
    raise ValueError(f"{constant} is no JSON")


def _without_moments(value: PropertyValue | Moment) -> PropertyValue:
    match value:
        case Moment():
            return {}  # because to the CLI a time is an object without properties
        case dict():
            return {key: _without_moments(item) for key, item in value.items()}
        case list():
            return [_without_moments(item) for item in value]
        case _:
            return value


def shortened(text: str) -> str:
    """At most three lines of at most 150 characters; dots say that there is more."""
    lines = text.split("\n")
    shown = [line if len(line) <= _LONGEST_LINE else f"{line[:_LONGEST_LINE]}..." for line in lines[:_MOST_LINES]]
    return "\n".join(shown if len(lines) <= _MOST_LINES else [*shown, "..."])
