"""The choice of a step: what a provider's answer means once the engine has done its part."""

from __future__ import annotations

from typing import Any

import pytest

from pulumi_offline.diffs import DiffKind
from pulumi_offline.steps import Changes, Diff, DiffAnswer, Op, Step, apply_ignore_changes, resolve_diff
from pulumi_offline.values import UNKNOWN, PropertyMap, Secret

from .made import STACK, provider_state, stack_state, state

OLD: PropertyMap = {"name": "a", "size": 1, "nest": {"x": 1, "y": 1}, "list": [1, 2], "__provider": "p"}
SAME = dict(OLD)
LEFT_OPEN = DiffAnswer()
UNCHANGED = DiffAnswer(Changes.NONE)
CHANGED = DiffAnswer(Changes.SOME)


def new(**changes: Any) -> PropertyMap:
    return OLD | changes


@pytest.mark.parametrize(
    ("answer", "inputs", "expected"),
    [
        pytest.param(LEFT_OPEN, SAME, Diff(), id="open, equal inputs"),
        pytest.param(
            LEFT_OPEN,
            new(size=2),
            Diff(changed=True, changed_keys=("size",), detailed={"size": DiffKind.UPDATE}),
            id="open, an input differs",
        ),
        pytest.param(
            LEFT_OPEN,
            new(nest={"x": 2, "y": 1}, more=1),
            Diff(
                changed=True, changed_keys=("more", "nest"), detailed={"nest.x": DiffKind.UPDATE, "more": DiffKind.ADD}
            ),
            id="open, detail",
        ),
        pytest.param(
            LEFT_OPEN,
            new(__provider="q"),
            Diff(changed=True, changed_keys=("__provider",), detailed={"__provider": DiffKind.UPDATE}),
            id="open, another pickle is a change",
        ),
        pytest.param(LEFT_OPEN, new(name=Secret("a")), Diff(), id="open, becoming secret is no change"),
        pytest.param(
            LEFT_OPEN,
            new(name=UNKNOWN),
            Diff(changed=True, changed_keys=("name",), detailed={"name": DiffKind.UPDATE}),
            id="open, unknown differs",
        ),
        pytest.param(UNCHANGED, new(size=2), Diff(), id="none, whatever the inputs"),
        pytest.param(CHANGED, SAME, Diff(changed=True), id="some, though the inputs are equal"),
        pytest.param(CHANGED, new(size=2), Diff(changed=True), id="some, without detail"),
        pytest.param(
            DiffAnswer(Changes.SOME, ("size",), delete_before_replace=True),
            new(size=2),
            Diff(changed=True, replace_keys=("size",), delete_before_replace=True),
            id="some, replace",
        ),
        pytest.param(
            DiffAnswer(Changes.NONE, ("size",)), new(size=2), Diff(replace_keys=("size",)), id="none wins over replaces"
        ),
        pytest.param(
            DiffAnswer(Changes.UNKNOWN, ("size",)), SAME, Diff(replace_keys=("size",)), id="open, equal, with replaces"
        ),
        pytest.param(
            DiffAnswer(Changes.UNKNOWN, ("name",)),
            new(size=2),
            Diff(changed=True, replace_keys=("name",), changed_keys=("size",), detailed={"size": DiffKind.UPDATE}),
            id="open, differing, with replaces",
        ),
    ],
)
def test_what_an_answer_means(answer: DiffAnswer, inputs: PropertyMap, expected: Diff) -> None:
    assert resolve_diff(answer, OLD, inputs) == expected


@pytest.mark.parametrize(
    ("ignored", "inputs", "changed_keys"),
    [
        pytest.param(("size",), new(size=2), (), id="key"),
        pytest.param(("size",), new(size=2, name="b"), ("name",), id="other key"),
        pytest.param(("nest.x",), new(nest={"x": 2, "y": 1}), (), id="nested"),
        pytest.param(("nest.x",), new(nest={"x": 2, "y": 2}), ("nest",), id="nested beside"),
        pytest.param(("list[0]",), new(list=[5, 2]), (), id="index"),
        pytest.param(("list[*]",), new(list=[5, 6]), (), id="all items"),
        pytest.param(("*",), {"other": 1}, (), id="everything"),
        pytest.param(("[", "."), new(size=2), ("size",), id="no path"),
    ],
)
def test_ignored_changes_count_for_nothing(
    ignored: tuple[str, ...], inputs: PropertyMap, changed_keys: tuple[str, ...]
) -> None:
    diff = resolve_diff(LEFT_OPEN, OLD, inputs, ignore_changes=ignored)
    assert (diff.changed, diff.changed_keys) == (bool(changed_keys), changed_keys)


def test_a_provider_that_says_changed_is_not_asked_what_is_ignored() -> None:
    assert resolve_diff(CHANGED, OLD, new(size=2), ignore_changes=["size"]).changed


@pytest.mark.parametrize(
    ("answer", "paths", "inputs", "replace_keys"),
    [
        pytest.param(LEFT_OPEN, ("size",), new(size=2), ("size",), id="key"),
        pytest.param(LEFT_OPEN, ("size",), new(name="b"), (), id="other key"),
        pytest.param(LEFT_OPEN, ("*",), new(name="b", size=2), ("name", "size"), id="any key"),
        pytest.param(LEFT_OPEN, ("size",), SAME, (), id="nothing differs"),
        pytest.param(LEFT_OPEN, ("[",), new(size=2), (), id="no path"),
        pytest.param(UNCHANGED, ("size",), new(size=2), (), id="none"),
        pytest.param(DiffAnswer(Changes.UNKNOWN, ("size",)), ("size",), new(size=2), ("size",), id="never twice"),
        pytest.param(DiffAnswer(Changes.UNKNOWN, ("name",)), ("size",), new(size=2), ("name", "size"), id="both"),
    ],
)
def test_replace_on_changes(
    answer: DiffAnswer, paths: tuple[str, ...], inputs: PropertyMap, replace_keys: tuple[str, ...]
) -> None:
    assert resolve_diff(answer, OLD, inputs, replace_on_changes=paths).replace_keys == replace_keys


def test_what_cannot_be_ignored_is_told() -> None:
    inputs, invalid = apply_ignore_changes(
        {"list": [1], "size": 2, "name": "b"},
        {"list": [1, 2], "size": 1, "name": "a"},
        ["list[1]", "size", "[", "name"],
    )
    assert inputs == {"list": [1], "size": 1, "name": "a"}
    assert invalid == ["list[1]"]


def test_ignoring_changes_nobodys_inputs() -> None:
    old: PropertyMap = {"a": {"b": [1]}}
    news: PropertyMap = {"a": {"b": [2]}}
    inputs, _ = apply_ignore_changes(news, old, ["a.b[0]"])
    assert (inputs, news) == ({"a": {"b": [1]}}, {"a": {"b": [2]}})


def test_an_inverted_diff_shows_what_the_world_did() -> None:
    diff = Diff(
        changed=True,
        replace_keys=("a",),
        changed_keys=("a", "b"),
        detailed={"a": DiffKind.ADD, "b": DiffKind.UPDATE},
        delete_before_replace=True,
    )
    assert diff.inverted() == Diff(
        changed=True,
        replace_keys=("a",),
        changed_keys=("a", "b"),
        detailed={"a": DiffKind.DELETE, "b": DiffKind.UPDATE},
        delete_before_replace=True,
    )
    assert Diff(changed=True).inverted() == Diff(changed=True)


@pytest.mark.parametrize(
    ("op", "replacement", "logical"),
    [
        (Op.SAME, False, True),
        (Op.CREATE, False, True),
        (Op.UPDATE, False, True),
        (Op.DELETE, False, True),
        (Op.REPLACE, True, True),
        (Op.CREATE_REPLACEMENT, True, False),
        (Op.DELETE_REPLACED, True, False),
        (Op.REFRESH, False, False),
        (Op.REMOVE_PENDING_REPLACE, True, True),
    ],
)
def test_parts_of_a_replacement_are_counted_once(op: Op, replacement: bool, logical: bool) -> None:  # noqa: FBT001 - columns
    assert op.is_replacement is replacement
    assert Step(op, old=state("a")).is_logical is logical


def test_a_step_is_about_what_comes_after_it() -> None:
    old, after = state("a"), state("b")
    assert Step(Op.UPDATE, old, after).state is after
    assert Step(Op.UPDATE, old, after).urn == after.urn
    assert Step(Op.DELETE, old).state is old


@pytest.mark.parametrize(
    ("step", "internal"),
    [
        pytest.param(Step(Op.CREATE, new=state("a")), False, id="a resource"),
        pytest.param(Step(Op.CREATE, new=stack_state()), False, id="the stack"),
        pytest.param(Step(Op.CREATE, new=provider_state()), True, id="the default provider"),
        pytest.param(Step(Op.CREATE, new=provider_state(parent=STACK)), False, id="an explicit provider"),
        pytest.param(Step(Op.REMOVE_PENDING_REPLACE, old=state("a")), True, id="bookkeeping"),
    ],
)
def test_what_is_neither_shown_nor_counted(step: Step, internal: bool) -> None:  # noqa: FBT001 - a table's column
    assert step.is_internal is internal
