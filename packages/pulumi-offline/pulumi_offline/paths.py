"""Property paths such as `a.b[0]["c d"].*`: parsing, containment, and resetting a value to its old one.

Source: `sdk/go/common/resource/properties_path.go` of the CLI, whose lenient reading is used for `ignore_changes` and
`replace_on_changes`.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, replace
from typing import TypeAlias

from pulumi_offline.values import PropertyMap, PropertyValue, Secret, clone

__all__ = ["PropertyPath", "format_path", "parse_path", "path_contains", "reset_path"]

PropertyPath: TypeAlias = tuple[str | int, ...]

_TOKEN = re.compile(
    r"""\.?\[ "(?P<quoted>(?:\\"|[^"])*)" \]
      | \.?\[ (?P<star>\*) \]
      | \.?\[ (?P<index>-?\d+) \]
      | \.?(?P<name>[^.\[]+)""",
    re.VERBOSE,
)
_PLAIN_NAME = re.compile(r"[A-Za-z0-9_]+")


def parse_path(text: str) -> PropertyPath | None:
    """The path's elements; None when the text is no path."""
    elements: list[str | int] = []
    position = 0
    while position < len(text):
        token = _TOKEN.match(text, position)
        if token is None or (position == 0 and text[0] == "."):
            return None
        if token["index"] is not None:
            elements.append(int(token["index"]))
        elif token["quoted"] is not None:
            elements.append(token["quoted"].replace('\\"', '"'))
        else:
            elements.append(token["star"] or token["name"])
        position = token.end()
    return tuple(elements) or None


def format_path(path: PropertyPath) -> str:
    text = ""
    for element in path:
        if isinstance(element, int):
            text += f"[{element}]"
        elif _PLAIN_NAME.fullmatch(element):
            text += f".{element}" if text else element
        else:
            escaped = element.replace('"', '\\"')
            text += f'["{escaped}"]'
    return text


def path_contains(path: PropertyPath, other: PropertyPath) -> bool:
    """True when `other` is `path` itself or something inside of it; `*` stands for any element."""
    return len(other) >= len(path) and all(mine in ("*", its) for mine, its in zip(path, other, strict=False))


def reset_path(path: PropertyPath, old: PropertyMap, new: PropertyMap) -> tuple[PropertyMap, bool]:
    """`new` with the value at `path` as it is in `old`; False when the path was added or removed on one side."""
    changed: PropertyMap = {key: clone(value) for key, value in new.items()}
    return changed, _reset(path, old, changed, _Secrecy())


@dataclass(frozen=True, slots=True)
class _Secrecy:
    """On which side the path went through a secret."""

    old: bool = False
    new: bool = False

    def carry(self, value: PropertyValue) -> PropertyValue:
        return Secret(value) if self.old and not self.new else value


def _reset(path: PropertyPath, old: PropertyValue, new: PropertyValue, secrecy: _Secrecy) -> bool:
    if isinstance(old, Secret):
        return _reset(path, old.value, new, replace(secrecy, old=True))
    if isinstance(new, Secret):
        return _reset(path, old, new.value, replace(secrecy, new=True))
    element, rest = path[0], path[1:]
    if element == "*":
        return _reset_all(rest, old, new, secrecy)
    if isinstance(element, int):
        return _reset_index(element, rest, old, new, secrecy)
    return _reset_key(element, rest, old, new, secrecy)


def _reset_index(index: int, rest: PropertyPath, old: PropertyValue, new: PropertyValue, secrecy: _Secrecy) -> bool:
    if index < 0:
        return False
    if not isinstance(old, list) or not isinstance(new, list):
        return not isinstance(old, list) and not isinstance(new, list)
    if index >= len(old) or index >= len(new):
        return not rest and index >= len(old) and index >= len(new)
    if rest:
        return _reset(rest, old[index], new[index], secrecy)
    new[index] = secrecy.carry(old[index])
    return True


def _reset_key(key: str, rest: PropertyPath, old: PropertyValue, new: PropertyValue, secrecy: _Secrecy) -> bool:
    if not rest:
        if isinstance(old, dict) and key in old:
            if not isinstance(new, dict):
                return False
            new[key] = secrecy.carry(old[key])
        elif isinstance(new, dict):
            new.pop(key, None)
        return True
    if not isinstance(old, dict) or not isinstance(new, dict):
        return not isinstance(old, dict) and not isinstance(new, dict)
    if key not in new:
        return key not in old
    return _reset(rest, old.get(key), new[key], secrecy)


def _reset_all(rest: PropertyPath, old: PropertyValue, new: PropertyValue, secrecy: _Secrecy) -> bool:
    match old, new:
        case dict(), dict():
            if not rest:
                new.clear()
                new.update({key: secrecy.carry(value) for key, value in old.items()})
                return True
            return all(key in new and _reset(rest, value, new[key], secrecy) for key, value in old.items())
        case list(), list():
            shared = range(min(len(old), len(new)))
            if not rest:
                for index in shared:
                    new[index] = secrecy.carry(old[index])
            elif not all(_reset(rest, old[index], new[index], secrecy) for index in shared):
                return False
            return len(old) == len(new)
        case _:
            return not rest and isinstance(new, dict | list)
