"""What changed between two versions of the CLI: a run on one, field by field, beside the recording of the other."""

from __future__ import annotations

import json
from collections import Counter, defaultdict
from difflib import SequenceMatcher
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping, Sequence

__all__ = ["changes", "report"]


def changes(recorded: Iterable[dict[str, Any]], seen: Iterable[dict[str, Any]]) -> Counter[str]:
    """How often each kind of change occurs in a program. Without the text, which the CLI draws when it has the time."""
    return Counter(
        change for before, after in zip(recorded, seen, strict=True) for change in _in_command(before, after)
    )


def report(counted: Mapping[str, Mapping[str, int]]) -> list[str]:
    """The changes of all programs as lines, the most frequent first; `counted` is by program."""
    total: Counter[str] = Counter()
    programs: defaultdict[str, set[str]] = defaultdict(set)
    for program, kinds in counted.items():
        total.update(kinds)
        for kind in kinds:
            programs[kind].add(program)
    return [f"{kind}: {_times(times)} in {', '.join(sorted(programs[kind]))}" for kind, times in total.most_common()]


def _times(number: int) -> str:
    return "once" if number == 1 else f"{number} times"


def _in_command(before: dict[str, Any], after: dict[str, Any]) -> Iterator[str]:
    if before["exit_code"] != after["exit_code"]:
        yield f"exit code {before['exit_code']} became {after['exit_code']}"
    yield from _in_items("request", before["calls"], after["calls"], ("method", "urn"))
    yield from _in_items("state", before["state"]["resources"], after["state"]["resources"], ("urn", "delete"))
    yield from _in_list("pending operation", before["state"]["pending"], after["state"]["pending"])
    yield from _in_list("step", before["steps"], after["steps"])
    yield from _in_list("diagnostic", *(list(map(_nameless, entry["diagnostics"])) for entry in (before, after)))
    yield from _in_mapping("processes", before["processes"], after["processes"])
    if "outputs" in before and "outputs" in after:
        yield from _in_mapping("outputs", before["outputs"], after["outputs"])


def _in_items(
    what: str, before: Sequence[dict[str, Any]], after: Sequence[dict[str, Any]], identity: tuple[str, ...]
) -> Iterator[str]:
    """Requests or resources, those that are of the same thing compared by their fields."""
    keys = [[json.dumps([item.get(key) for key in identity]) for item in items] for items in (before, after)]
    for tag, begin, end, new_begin, new_end in SequenceMatcher(None, *keys, autojunk=False).get_opcodes():
        if tag == "equal":
            for old, new in zip(before[begin:end], after[new_begin:new_end], strict=True):
                yield from _in_mapping(f"{old.get('method', '')} {what}".strip(), old, new)
        else:
            yield from (f"{_kind(what, item)} removed" for item in before[begin:end])
            yield from (f"{_kind(what, item)} added" for item in after[new_begin:new_end])


def _kind(what: str, item: dict[str, Any]) -> str:
    return f"{item['method']} {what}" if "method" in item else f"{what}: resource"


def _in_mapping(what: str, before: dict[str, Any], after: dict[str, Any]) -> Iterator[str]:
    for key in sorted(before.keys() | after.keys()):
        if key not in after:
            yield f"{what}: field {key} removed"
        elif key not in before:
            yield f"{what}: field {key} added"
        elif before[key] != after[key]:
            yield f"{what}: field {key} changed"


def _in_list(what: str, before: Iterable[str], after: Iterable[str]) -> Iterator[str]:
    old, new = Counter(before), Counter(after)
    yield from (f"{what} `{item}` removed" for item in (old - new).elements())
    yield from (f"{what} `{item}` added" for item in (new - old).elements())


def _nameless(diagnostic: str) -> str:
    """Without the resource, and only the first line."""
    severity, _, text = diagnostic.partition(" ")
    return f"{severity}: {text.partition(': ')[2].partition(chr(10))[0]}"
