"""The words and marks for steps, and the short difference in a step's row.

Source: `deploy.RawPrefix`, `progress.go` and `rows.go` of the CLI.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from pulumi_offline.diffs import diff_maps, translate_detailed
from pulumi_offline.steps import Op

if TYPE_CHECKING:
    from collections.abc import Mapping

    from pulumi_offline.diffs import ObjectDiff
    from pulumi_offline.events import StepView

__all__ = ["DONE", "FAILED", "MARKS", "PLANNED", "PLANNED_DONE", "RUNNING", "ShortDiff", "retain_flag", "short_diff"]

MARKS: Mapping[Op, str] = {
    Op.SAME: "  ",
    Op.CREATE: "+ ",
    Op.DELETE: "- ",
    Op.UPDATE: "~ ",
    Op.REPLACE: "+-",
    Op.CREATE_REPLACEMENT: "++",
    Op.DELETE_REPLACED: "--",
    Op.REFRESH: "~ ",
    Op.IMPORT: "= ",
}
RUNNING: Mapping[Op, str] = {
    Op.SAME: "",
    Op.CREATE: "creating",
    Op.UPDATE: "updating",
    Op.DELETE: "deleting",
    Op.REPLACE: "replacing",
    Op.CREATE_REPLACEMENT: "creating replacement",
    Op.DELETE_REPLACED: "deleting original",
    Op.REFRESH: "refreshing",
    Op.IMPORT: "importing",
}
DONE: Mapping[Op, str] = {
    Op.SAME: "",
    Op.CREATE: "created",
    Op.UPDATE: "updated",
    Op.DELETE: "deleted",
    Op.REPLACE: "replaced",
    Op.CREATE_REPLACEMENT: "created replacement",
    Op.DELETE_REPLACED: "deleted original",
    Op.REFRESH: "refresh",
    Op.IMPORT: "imported",
}
FAILED: Mapping[Op, str] = {
    Op.SAME: "failed",
    Op.CREATE: "creating failed",
    Op.CREATE_REPLACEMENT: "creating failed",
    Op.UPDATE: "updating failed",
    Op.DELETE: "deleting failed",
    Op.DELETE_REPLACED: "deleting failed",
    Op.REPLACE: "replacing failed",
    Op.REFRESH: "refreshing failed",
    Op.IMPORT: "importing failed",
}
PLANNED: Mapping[Op, str] = {
    Op.SAME: "",
    Op.CREATE: "create",
    Op.UPDATE: "update",
    Op.DELETE: "delete",
    Op.REPLACE: "replace",
    Op.CREATE_REPLACEMENT: "create replacement",
    Op.DELETE_REPLACED: "delete original",
    Op.REFRESH: "refreshing",
    Op.IMPORT: "import",
}
PLANNED_DONE: Mapping[Op, str] = {
    **PLANNED,
    Op.CREATE_REPLACEMENT: "replace",
    Op.DELETE_REPLACED: "replace",
    Op.REFRESH: "refresh",
}


def retain_flag(step: StepView) -> str:
    """`[retain]` when a delete leaves the resource in the world."""
    deleting = step.op in (Op.DELETE, Op.REPLACE, Op.CREATE_REPLACEMENT, Op.DELETE_REPLACED)
    return "[retain]" if deleting and step.old is not None and step.old.retain_on_delete else ""


ShortDiff = tuple[tuple[str, ...], tuple[str, ...], tuple[str, ...]]


def short_diff(step: StepView) -> ShortDiff:
    """Top-level keys that are added, deleted and updated; options of the resource count as keys."""
    old, new = step.old, step.new
    if old is None or new is None:
        return (), (), ()
    difference: ObjectDiff | None = None
    if step.op is not Op.SAME:
        if step.diff.detailed is not None:
            difference = translate_detailed(step.diff.detailed, old.inputs, new.inputs)
        else:
            difference = diff_maps(old.inputs, new.inputs, internal_keys=False)
    included = set(step.diff.changed_keys)
    kinds = (difference.adds, difference.deletes, difference.updates) if difference else ({}, {}, {})
    adds, deletes, updates = ({str(key) for key in kind if not included or key in included} for kind in kinds)
    if not included:
        updates |= {name for name in ("provider", "protect", "taint") if getattr(old, name) != getattr(new, name)}
    return tuple(sorted(adds)), tuple(sorted(deletes)), tuple(sorted(updates))
