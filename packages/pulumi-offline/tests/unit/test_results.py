"""What a command did, as plain data."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from pulumi_offline.diffs import DiffKind
from pulumi_offline.events import Diagnostic, PhaseBegins, Severity, StepBegins, StepEnds, StepFails
from pulumi_offline.results import Output, PhaseResult, Recorder, Result, StepResult
from pulumi_offline.steps import Diff, Op
from pulumi_offline.values import UNKNOWN, PropertyMap, Secret

from .made import STACK, both, stack_state, state, thing, view

if TYPE_CHECKING:
    from collections.abc import Mapping

    from pulumi_offline.events import Event


NOTHING: Mapping[Op, int] = {}


def recorded(*events: Event, preview: bool = False, outputs: PropertyMap | None = None) -> PhaseResult:
    recorder = Recorder()
    for event in events:
        recorder.emit(event)
    return recorder.result(preview=preview, succeeded=True, changes={Op.SAME: 1}, outputs=outputs or {}, seconds=0.5)


def phase(*steps: StepResult, changes: Mapping[Op, int] = NOTHING) -> PhaseResult:
    return PhaseResult(
        preview=False, succeeded=True, steps=steps, changes=changes, diagnostics=(), outputs={}, seconds=0
    )


def test_steps_are_recorded_with_the_keys_that_differ() -> None:
    old, new = both({"a": 1, "b": 1, "__provider": "p"}, {"a": 2, "c": 1, "__provider": "q"})
    result = recorded(
        PhaseBegins("update", "dev", "shop", preview=False),
        StepBegins(view(Op.UPDATE, old, new)),
        StepEnds(view(Op.UPDATE, old, new)),
        StepFails(view(Op.DELETE, state("beta"))),
    )
    assert result.steps == (
        StepResult(thing("alpha"), Op.UPDATE, added=("c",), deleted=("b",), updated=("a",)),
        StepResult(thing("beta"), Op.DELETE, failed=True),
    )
    assert result.steps[0].changed == ("a", "b", "c")
    assert (result.seconds, result.changes) == (0.5, {Op.SAME: 1})


def test_a_detailed_diff_says_more_than_the_inputs() -> None:
    old, new = both({"a": 1}, {"a": 1})
    result = recorded(StepEnds(view(Op.UPDATE, old, new, Diff(changed=True, detailed={"drift": DiffKind.ADD}))))
    assert result.steps[0].added == ("drift",)


def test_a_component_that_ends_twice_is_one_step() -> None:
    stack = view(Op.CREATE, new=stack_state())
    result = recorded(StepEnds(stack), StepEnds(view(Op.CREATE, new=state("a"))), StepEnds(stack))
    assert [step.urn for step in result.steps] == [thing("a"), STACK]


def test_a_components_step_is_over_as_soon_as_it_begins() -> None:
    group = view(Op.CREATE, new=state("group", custom=False, provider=""))
    refreshed = view(Op.REFRESH, stack_state(), stack_state())
    result = recorded(StepBegins(refreshed), StepBegins(group))
    assert result.steps == (StepResult(thing("group"), Op.CREATE),)


def test_a_custom_resource_is_recorded_when_its_step_ends() -> None:
    assert recorded(StepBegins(view(Op.CREATE, new=state("a")))).steps == ()


def test_the_parts_of_a_replacement_are_steps_of_their_own() -> None:
    old, new = both({"a": 1}, {"a": 2})
    ops = (Op.CREATE_REPLACEMENT, Op.REPLACE, Op.DELETE_REPLACED)
    result = recorded(*(StepEnds(view(op, old, new)) for op in ops))
    assert [step.op for step in result.steps] == list(ops)


OUTPUTS: PropertyMap = {"known": {"a": 1}, "hidden": Secret("hush"), "later": UNKNOWN, "both": Secret(UNKNOWN)}


def test_outputs_of_an_update_are_those_of_the_state() -> None:
    result = recorded(StepEnds(view(Op.CREATE, new=stack_state(outputs={"known": "expected"}))), outputs=OUTPUTS)
    assert result.outputs == {
        "known": Output({"a": 1}),
        "hidden": Output("[secret]", secret=True),
        "later": Output(None, known=False),
        "both": Output(None, secret=True, known=False),
    }
    assert "hush" not in repr(result.outputs)


def test_outputs_of_a_preview_are_what_it_expects_without_secrets() -> None:
    result = recorded(StepEnds(view(Op.CREATE, new=stack_state(outputs=OUTPUTS))), preview=True, outputs={"old": 1})
    assert result.outputs == {
        "known": Output({"a": 1}),
        "hidden": Output("[secret]", secret=True),
        "later": Output(None, known=False),
        "both": Output(None, secret=True, known=False),
    }


def test_a_preview_that_never_came_to_the_outputs_shows_those_of_the_state() -> None:
    assert recorded(preview=True, outputs={"old": 1}).outputs == {"old": Output(1)}


@pytest.mark.parametrize(
    ("changes", "expected"),
    [
        ({}, False),
        ({Op.SAME: 3}, False),
        ({Op.SAME: 3, Op.UPDATE: 1}, True),
        ({Op.UPDATE: 0}, False),
        ({Op.DELETE: 1}, True),
    ],
)
def test_same_is_no_change(changes: Mapping[Op, int], expected: bool) -> None:  # noqa: FBT001 - a table's column
    assert phase(changes=changes).has_changes is expected


def test_a_result_is_that_of_its_last_phase_with_what_was_said_in_all() -> None:
    previewed = recorded(
        Diagnostic(Severity.WARNING, "careful"),
        Diagnostic(Severity.INFO, "by the way"),
        StepEnds(view(Op.CREATE, new=state("a"))),
        preview=True,
    )
    updated = recorded(
        Diagnostic(Severity.ERROR, "broken"), StepFails(view(Op.CREATE, new=state("a"))), outputs={"x": 1}
    )
    result = Result((previewed, updated), exit_code=1)
    assert result.last is updated
    assert result.steps == (StepResult(thing("a"), Op.CREATE, failed=True),)
    assert (result.outputs, result.changes) == ({"x": Output(1)}, {Op.SAME: 1})
    assert (result.errors, result.warnings) == (("broken",), ("careful",))
    assert [entry.message for entry in result.diagnostics] == ["careful", "by the way", "broken"]


def test_ops_by_urn() -> None:
    steps = [
        StepResult(STACK, Op.SAME),
        StepResult(thing("a"), Op.CREATE_REPLACEMENT),
        StepResult(thing("b"), Op.UPDATE),
        StepResult(thing("a"), Op.DELETE_REPLACED),
    ]
    assert Result((phase(*steps),), 0).ops() == {
        thing("a"): [Op.CREATE_REPLACEMENT, Op.DELETE_REPLACED],
        thing("b"): [Op.UPDATE],
    }
