"""Events show a step as it was when it happened, and no secret in their own text."""

from __future__ import annotations

from pulumi_offline.events import Severity, StateView, StepView
from pulumi_offline.steps import Op, Step
from pulumi_offline.values import Secret

from .made import DEFAULT, STACK, THING, state, thing, view


def test_a_view_does_not_change_with_the_state() -> None:
    new = state("a", inputs={"x": 1}, protect=True)
    seen = view(Op.CREATE, new=new)
    new.id, new.inputs, new.protect = "other", {}, False
    assert seen.state == StateView(
        urn=thing("a"),
        type=THING,
        custom=True,
        id="id-a",
        parent=STACK,
        provider=DEFAULT,
        protect=True,
        taint=False,
        retain_on_delete=False,
        inputs={"x": 1},
        outputs={},
    )


def test_a_view_is_about_what_comes_after_the_step() -> None:
    old, new = state("a", id="old"), state("a", id="new")
    assert view(Op.UPDATE, old, new).state.id == "new"
    assert view(Op.DELETE, old).state.id == "old"
    assert StateView.of(None) is None


def test_a_refresh_is_shown_as_what_it_found() -> None:
    step = Step(Op.REFRESH, state("a"), state("a"))
    seen = StepView.of(step, Op.UPDATE)
    assert (seen.op, seen.logical) == (Op.UPDATE, False)


def test_values_are_no_part_of_a_views_text() -> None:
    text = repr(view(Op.CREATE, new=state("a", inputs={"x": "canary", "y": Secret("hush")}, outputs={"z": "canary"})))
    assert "canary" not in text
    assert "hush" not in text
    assert thing("a") in text


def test_severities_are_those_of_the_wire() -> None:
    assert [severity.value for severity in Severity] == [0, 1, 2, 3]
