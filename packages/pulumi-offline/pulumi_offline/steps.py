"""What can be done with one resource, and the pure choice of it.

Source: `diffResource`, `applyReplaceOnChanges` and `continueStepsFromDiff` in `step_generator.go` of the CLI;
measured on the pulumi CLI.
"""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from enum import Enum, StrEnum
from typing import TYPE_CHECKING

from pulumi_offline.diffs import DetailedDiff, detailed_diff, diff_maps, invert
from pulumi_offline.go_text import quoted
from pulumi_offline.paths import parse_path, path_contains, reset_path
from pulumi_offline.values import unwrap_map

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from pulumi_offline.state import ResourceState
    from pulumi_offline.values import PropertyMap

__all__ = ["Changes", "Diff", "DiffAnswer", "Op", "Step", "apply_ignore_changes", "not_ignored_text", "resolve_diff"]


class Op(StrEnum):
    """The kinds of step, named as the CLI names them."""

    SAME = "same"
    CREATE = "create"
    UPDATE = "update"
    DELETE = "delete"
    REPLACE = "replace"
    CREATE_REPLACEMENT = "create-replacement"
    DELETE_REPLACED = "delete-replaced"
    REFRESH = "refresh"
    REMOVE_PENDING_REPLACE = "remove-pending-replace"
    IMPORT = "import"

    @property
    def is_replacement(self) -> bool:
        return self in (Op.REPLACE, Op.CREATE_REPLACEMENT, Op.DELETE_REPLACED, Op.REMOVE_PENDING_REPLACE)


class Changes(Enum):
    """A provider's answer to Diff. UNKNOWN leaves it to the engine to compare inputs."""

    UNKNOWN = 0
    NONE = 1
    SOME = 2


@dataclass(frozen=True, slots=True)
class DiffAnswer:
    """What a dynamic provider's Diff can say."""

    changes: Changes = Changes.UNKNOWN
    replaces: tuple[str, ...] = ()
    delete_before_replace: bool = False


@dataclass(frozen=True, slots=True)
class Diff:
    """The difference after the engine's own part. `detailed` is None when nobody worked it out."""

    changed: bool = False
    replace_keys: tuple[str, ...] = ()
    changed_keys: tuple[str, ...] = ()
    detailed: DetailedDiff | None = None
    delete_before_replace: bool = False
    not_ignored: tuple[str, ...] = ()  # paths of `ignore_changes` on which the engine could not ignore a change

    def inverted(self) -> Diff:
        """As a refresh shows it: what the world changed, not what the program would."""
        detailed = None if self.detailed is None else invert(self.detailed)
        return replace(self, detailed=detailed)


def resolve_diff(
    answer: DiffAnswer,
    old_inputs: PropertyMap,
    new_inputs: PropertyMap,
    *,
    ignore_changes: Iterable[str] = (),
    replace_on_changes: Iterable[str] = (),
) -> Diff:
    """What the answer means: inputs are compared only when the provider left it open, outputs never."""
    invalid: list[str] = []
    if answer.changes is Changes.UNKNOWN:
        compared, invalid = apply_ignore_changes(new_inputs, old_inputs, ignore_changes)
        differences = diff_maps(unwrap_map(old_inputs), unwrap_map(compared))
        changed, keys = bool(differences), tuple(differences.changed_keys())
        detailed = detailed_diff(differences) if differences else None
    else:
        changed, keys, detailed = answer.changes is Changes.SOME, (), None
    replaces = list(answer.replaces)
    if changed:
        replaces += [key for key in keys if key not in replaces and _is_covered(key, replace_on_changes)]
    return Diff(changed, tuple(replaces), keys, detailed, answer.delete_before_replace, tuple(invalid))


def _is_covered(key: str, paths: Iterable[str]) -> bool:
    element = parse_path(key)
    parsed = (parse_path(path) for path in paths)
    return element is not None and any(path is not None and path_contains(path, element) for path in parsed)


def apply_ignore_changes(
    new_inputs: PropertyMap, old_inputs: PropertyMap, ignore_changes: Iterable[str]
) -> tuple[PropertyMap, list[str]]:
    """New inputs with the ignored paths as they were, and the paths that could not be ignored."""
    inputs, invalid = new_inputs, []
    for text in ignore_changes:
        path = parse_path(text)
        if path is None:
            continue  # because the CLI passes over a path it cannot parse
        inputs, possible = reset_path(path, old_inputs, inputs)
        if not possible:
            invalid.append(text)
    return inputs, invalid


def not_ignored_text(paths: Sequence[str]) -> str:
    """What a person reads of paths on which a change could not be ignored."""
    return f"cannot ignore changes in added or removed elements of the path: {quoted(', '.join(paths))}"


@dataclass(slots=True, eq=False)
class Step:
    """One step. `old` and `new` are the states before and after it; a delete has no `new`, a create no `old`."""

    op: Op
    old: ResourceState | None = None
    new: ResourceState | None = None
    diff: Diff = field(default_factory=Diff)
    ignore_changes: Sequence[str] = ()
    leaves_old: bool = False  # the old resource of a replacement stays until the end of the deployment

    @property
    def state(self) -> ResourceState:
        """The resource the step is about."""
        state = self.new if self.new is not None else self.old
        assert state is not None  # noqa: S101 - a step is about a resource
        return state

    @property
    def urn(self) -> str:
        return self.state.urn

    @property
    def is_logical(self) -> bool:
        """False for the parts of a replacement, which is counted once, and for a refresh."""
        return self.op not in (Op.CREATE_REPLACEMENT, Op.DELETE_REPLACED, Op.REFRESH)

    @property
    def is_internal(self) -> bool:
        """Steps that are neither shown nor counted."""
        return self.op is Op.REMOVE_PENDING_REPLACE or self.state.is_default_provider
