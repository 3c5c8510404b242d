"""A recording as YAML: a line for each call, new resource and new line of text; a reference to what occurs again."""

from __future__ import annotations

import hashlib
import json
import sys
from typing import TYPE_CHECKING, Any, Final

import yaml

if TYPE_CHECKING:
    from collections.abc import Iterable

__all__ = ["dump", "in_order", "load"]

_REFERRED_TO: Final = 24  # the length from which a text is worth a reference


def dump(version: str, commands: list[dict[str, Any]]) -> str:
    """The recording of commands on a version of the CLI."""
    known: set[str] = set()
    document = _shared({"cli": version, "commands": [_folded(command, known) for command in commands]}, {})
    return yaml.dump(
        document, Dumper=_Dumper, default_flow_style=True, width=sys.maxsize, allow_unicode=True, sort_keys=False
    )


def load(text: str) -> tuple[str, list[dict[str, Any]]]:
    """The version of the CLI, and the commands."""
    document = yaml.load(text, getattr(yaml, "CSafeLoader", yaml.SafeLoader))  # noqa: S506 because both are safe
    return document["cli"], [_unfolded(command) for command in document["commands"]]


def in_order(items: Iterable[Any]) -> list[Any]:
    """As what has no order of its own is recorded."""
    return sorted(items, key=_key)


def _folded(command: dict[str, Any], known: set[str]) -> dict[str, Any]:
    """With what is there for the first time apart from what an earlier command had, or this one has again."""
    resources = _fold(command["state"]["resources"], known)
    told = {"text": _fold(command["text"], known)} if "text" in command else {}
    return {**command, "state": {**command["state"], "resources": resources}, **told}


def _unfolded(command: dict[str, Any]) -> dict[str, Any]:
    resources, text = command["state"]["resources"], command.get("text")
    told = {} if text is None else {"text": in_order(text["again"] + text["new"])}
    state = {**command["state"], "resources": in_order(resources["again"] + resources["new"])}
    return {**command, "state": state, **told}


def _fold(items: list[Any], known: set[str]) -> dict[str, list[Any]]:
    folded: dict[str, list[Any]] = {"new": [], "again": []}
    for item in items:
        folded["again" if _key(item) in known else "new"].append(item)
        known.add(_key(item))
    return folded


def _key(value: Any) -> str:
    return json.dumps(value, sort_keys=True)


def _shared(value: Any, known: dict[str, Any]) -> Any:
    """The value, made of one object for each equal part."""
    match value:
        case dict():
            value = {key: _shared(value[key], known) for key in sorted(value, key=lambda key: (key != "command", key))}
        case list():
            value = [_shared(item, known) for item in value]
        case str():
            pass
        case _:
            return value
    return known.setdefault(_key(value), value)


class _Dumper(yaml.SafeDumper):
    def ignore_aliases(self, data: Any) -> bool:
        match data:
            case str():
                return len(data) < _REFERRED_TO
            case dict() | list():
                return not data
            case _:
                return True

    def represent_str(self, data: str) -> yaml.ScalarNode:
        return self.represent_scalar("tag:yaml.org,2002:str", data, '"' if "\n" in data else None)

    def generate_anchor(self, node: yaml.Node) -> str:
        """After the content, so that what is recorded besides changes no other line."""
        return "x" + hashlib.sha256(_told(node).encode()).hexdigest()[:7]

    def serialize(self, node: yaml.Node) -> None:
        _lay_out(node, _LINES)
        super().serialize(node)


_Dumper.add_representer(str, _Dumper.represent_str)

# what is written on lines of its own, the rest being in a line: the keys of mappings, * for the items of a sequence
_LINES: Final[dict[str, Any]] = {
    "commands": {
        "*": {
            "calls": {},
            "diagnostics": {},
            "state": {"resources": {"new": {}}},
            "text": {"new": {}},
        },
    },
}


def _lay_out(node: yaml.Node, lines: dict[str, Any] | None) -> None:
    """Within a line all is in that line, whatever it says of itself."""
    if not isinstance(node, yaml.CollectionNode) or lines is None:
        return
    node.flow_style = not node.value
    for item in node.value:
        key, value = (item[0].value, item[1]) if isinstance(item, tuple) else ("*", item)
        _lay_out(value, lines.get(key))


def _told(node: yaml.Node) -> str:
    if isinstance(node, yaml.MappingNode):
        return "{" + ",".join(_told(key) + ":" + _told(value) for key, value in node.value) + "}"
    if isinstance(node, yaml.SequenceNode):
        return "[" + ",".join(map(_told, node.value)) + "]"
    return json.dumps([node.tag, node.value])
