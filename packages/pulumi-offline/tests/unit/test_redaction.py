"""No secret goes from the engine to whoever shows or records."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from pulumi_offline.events import (
    Diagnostic,
    PhaseBegins,
    PhaseEnds,
    Severity,
    StepBegins,
    StepEnds,
    StepFails,
)
from pulumi_offline.redaction import Redaction
from pulumi_offline.steps import Op
from pulumi_offline.values import UNKNOWN, Secret

from .made import Collector, state, thing, view

if TYPE_CHECKING:
    from pulumi_offline.events import Event


def passed(event: Event, *secrets: str) -> Event:
    collector = Collector()
    Redaction([collector], secrets).emit(event)
    (seen,) = collector.events
    return seen


@pytest.mark.parametrize(
    ("message", "secrets", "shown"),
    [
        pytest.param("token is hush!", ["hush"], "token is [secret]!", id="within"),
        pytest.param("hush hush", ["hush"], "[secret] [secret]", id="each time"),
        pytest.param("hush-hush", ["hush", "hush-hush"], "[secret]", id="the longest first"),
        pytest.param("a 1 b", ["1", "", "b"], "a 1 b", id="too short to hide"),
        pytest.param("abc", ["abc"], "[secret]", id="just long enough"),
        pytest.param("nothing", ["hush"], "nothing", id="none"),
    ],
)
def test_messages(message: str, secrets: list[str], shown: str) -> None:
    event = Diagnostic(Severity.WARNING, message, thing("a"), stream=3, ephemeral=True)
    assert passed(event, *secrets) == Diagnostic(Severity.WARNING, shown, thing("a"), stream=3, ephemeral=True)


@pytest.mark.parametrize("kind", [StepBegins, StepEnds, StepFails])
def test_values_of_a_step(kind: type[StepBegins | StepEnds | StepFails]) -> None:
    old = state("a", inputs={"token": Secret("first"), "n": 1})
    new = state("a", inputs={"token": Secret("second")}, outputs={"echo": ["hush", {"x": "a hush b"}, UNKNOWN, True]})
    event = passed(kind(view(Op.UPDATE, old, new)), "hush")
    assert isinstance(event, kind)
    step = event.step
    assert step.old is not None
    assert step.new is not None
    assert step.old.inputs == {"token": Secret("[secret]"), "n": 1}
    assert step.new.inputs == {"token": Secret("[secret]")}
    assert step.new.outputs == {"echo": ["[secret]", {"x": "a [secret] b"}, UNKNOWN, True]}
    assert (step.op, step.urn, step.logical) == (Op.UPDATE, thing("a"), True)


def test_the_state_itself_is_left_alone() -> None:
    new = state("a", inputs={"token": Secret("hush")}, outputs={"echo": "hush"})
    passed(StepEnds(view(Op.CREATE, new=new)), "hush")
    assert (new.inputs, new.outputs) == ({"token": Secret("hush")}, {"echo": "hush"})


def test_a_step_without_one_of_its_states() -> None:
    event = passed(StepEnds(view(Op.DELETE, state("a"))))
    assert isinstance(event, StepEnds)
    assert event.step.new is None


@pytest.mark.parametrize("event", [PhaseBegins("update", "dev", "shop", preview=True), PhaseEnds({Op.SAME: 1}, 0.5)])
def test_everything_else_goes_through(event: Event) -> None:
    assert passed(event, "update") is event


def test_every_sink_is_told() -> None:
    sinks = [Collector(), Collector()]
    Redaction(sinks, ["hush"]).emit(Diagnostic(Severity.INFO, "hush"))
    assert [sink.events for sink in sinks] == [[Diagnostic(Severity.INFO, "[secret]")]] * 2
