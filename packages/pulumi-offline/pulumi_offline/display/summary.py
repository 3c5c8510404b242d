"""The counts at the end of a phase. Source: `renderSummaryEvent` of the CLI."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

from pulumi_offline.display.step_texts import MARKS
from pulumi_offline.steps import Op

if TYPE_CHECKING:
    from collections.abc import Mapping

__all__ = ["plural", "summary_text"]

_ORDER = (Op.CREATE, Op.UPDATE, Op.DELETE, Op.REPLACE, Op.REFRESH, Op.IMPORT)
_PAST = {Op.REFRESH: "refreshed", Op.DELETE: "deleted", Op.IMPORT: "imported"}
_MANY = 2


def plural(count: int, noun: str) -> str:
    return f"{count} {noun}" if count == 1 else f"{count} {noun}s"


def summary_text(changes: Mapping[Op, int], errored: int, seconds: float, *, preview: bool) -> str:
    lines = ["Resources:"]
    counted = {op: changes[op] for op in _ORDER if changes.get(op)}
    for op, count in counted.items():
        verb = f"to {op.value}" if preview else _PAST.get(op, f"{op.value}d")
        lines.append(f"    {MARKS[op]}{count} {verb}")
    pieces = []
    if len(counted) >= _MANY:
        pieces.append(plural(sum(counted.values()), "change"))
    if changes.get(Op.SAME):
        pieces.append(f"{changes[Op.SAME]} unchanged")
    if pieces:
        lines.append("    " + ". ".join(pieces))
    if errored:
        lines.append(f"    {errored} errored")
    if not preview:
        lines += ["", f"Duration: {_duration(math.ceil(seconds))}"]
    return "\n".join(lines) + "\n"


def _duration(seconds: int) -> str:
    """As Go writes a duration of whole seconds."""
    minutes, rest = divmod(seconds, 60)
    hours, minutes = divmod(minutes, 60)
    if hours:
        return f"{hours}h{minutes}m{rest}s"
    return f"{minutes}m{rest}s" if minutes else f"{rest}s"
