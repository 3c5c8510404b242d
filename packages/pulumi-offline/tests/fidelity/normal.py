"""Calls, states and texts without what differs from run to run: ids by chance, times, paths, order among equals."""

from __future__ import annotations

import json
import re
from typing import TYPE_CHECKING, Any

from pulumi_offline.wire import UNKNOWN_TEXT

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

__all__ = ["ProviderCall", "normal_call", "normal_calls", "normal_processes", "normal_state", "normal_text"]

ProviderCall = tuple[int, str, str]
"""What a provider heard itself: its process id, the method, and the name of the thing, or the region at first."""


_UUID = re.compile(r"[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}")
_RANDOM_FIELDS = {"randomSeed", "resourceStatusAddress", "resourceStatusToken", "name", "type"}
_EPHEMERAL_STATE = {"created", "modified", "sourcePosition", "stackTrace"}
_NOT_SHOWN = re.compile(
    r"^@ |^The resources in the stack have been deleted|^If you want to remove the stack"
    r"|^error: no changes were expected"
    r"|^    pulumi:pulumi:Stack shop-dev  $"  # the line of its own that a destroy has for a stack it also deletes
)


def _scrubbed(value: Any) -> Any:
    match value:
        case dict():
            return {key: _scrubbed(item) for key, item in value.items() if key != "__provider"}
        case list():
            return [_scrubbed(item) for item in value]
        case str():
            return _UUID.sub(lambda found: UNKNOWN_TEXT if found[0] == UNKNOWN_TEXT else "UUID", value)
        case float() if value.is_integer():
            return int(value)
        case _:
            return value


def _camel_case(name: str) -> str:
    first, *rest = name.split("_")
    return first + "".join(word.capitalize() for word in rest)


def normal_call(method: str, request: Mapping[str, Any]) -> dict[str, Any]:
    """A provider's request, fields that are not set left out; `name` and `type` are in the URN."""
    fields = {_camel_case(key): _scrubbed(value) for key, value in request.items()}
    kept = {key: value for key, value in fields.items() if key not in _RANDOM_FIELDS and value not in ("", 0, [], {})}
    return {"method": method, **kept}


def normal_calls(calls: Iterable[Mapping[str, Any]]) -> list[Mapping[str, Any]]:
    """By resource, each one's in the order they came, because only independent resources are handled in any order."""
    return sorted(calls, key=lambda call: str(call.get("urn", "")))


def normal_processes(calls: Iterable[ProviderCall]) -> dict[str, list[str]]:
    """What arrived in each provider process, by resource; the processes by region, in the order of their first call."""
    regions: dict[int, str] = {}
    heard: dict[str, list[tuple[str, str]]] = {}
    for process, method, name in calls:
        if process not in regions:
            region = name if method == "configure" else "nowhere"
            regions[process] = f"{region} {1 + sum(known.startswith(f'{region} ') for known in regions.values())}"
        heard.setdefault(regions[process], []).append((name, method))
    return {
        process: [
            f"{method} {name}"
            for name, method in sorted(told, key=lambda call: "" if call[1] == "configure" else call[0])
        ]
        for process, told in sorted(heard.items())
    }


def normal_state(document: Mapping[str, Any]) -> dict[str, Any]:
    """A state exported with secrets shown."""
    deployment = document["deployment"]
    resources = [_normal_resource(resource) for resource in deployment.get("resources") or []]
    return {
        "resources": sorted(resources, key=lambda resource: json.dumps(resource, sort_keys=True)),
        "pending": [
            f"{operation['type']} {operation['resource']['urn']}"
            for operation in deployment.get("pending_operations", [])
        ],
    }


def _normal_resource(resource: Mapping[str, Any]) -> dict[str, Any]:
    kept: dict[str, Any] = _scrubbed({key: value for key, value in resource.items() if key not in _EPHEMERAL_STATE})
    if "dependencies" in kept:
        kept["dependencies"] = sorted(kept["dependencies"])
    keyed = kept.get("propertyDependencies", {})
    kept["propertyDependencies"] = {key: sorted(urns) for key, urns in keyed.items()}
    return kept


def normal_text(text: str) -> list[str]:
    """What is shown, sorted, because independent resources get on in any order."""
    lines = [re.sub(r"\(\d+(?:\.\d+)?s\)", "(T)", line) for line in text.splitlines()]
    lines = [re.sub(r"^Duration: \S+", "Duration: T", line) for line in lines]
    return sorted(_UUID.sub("UUID", line) for line in lines if line and not _NOT_SHOWN.search(line))
