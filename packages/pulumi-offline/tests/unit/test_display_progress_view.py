"""The plain view, held to what the real CLI writes for the same story."""

from __future__ import annotations

import io
import re
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from pulumi_offline.display import ProgressView
from pulumi_offline.events import Diagnostic, PhaseBegins, PhaseEnds, Severity, StepBegins, StepEnds, StepFails
from pulumi_offline.steps import Op

from . import scene
from .made import stack_state, state, thing, view

if TYPE_CHECKING:
    from collections.abc import Iterable

    from pulumi_offline.events import Event

GOLDEN = Path(__file__).parent / "golden"
PREVIEW = PhaseBegins("update", "dev", "shop", preview=True)
UPDATE = PhaseBegins("update", "dev", "shop", preview=False)
ROW = "pulumi-python:dynamic/shop:Thing"
STACK_ROW = "pulumi:pulumi:Stack shop-dev"


def shown(events: Iterable[Event]) -> str:
    out = io.StringIO()
    display = ProgressView(out)
    for event in events:
        display.emit(event)
    return re.sub(r"\(\d+(\.\d+)?s\)", "(0s)", out.getvalue())


def lines(*events: Event, begins: PhaseBegins = UPDATE) -> list[str]:
    """What comes after the headline and before the counts."""
    text = shown([begins, *events, PhaseEnds({}, 0)])
    return text.partition(":\n\n")[2].partition("\nResources:")[0].split("\n")


@pytest.mark.parametrize(
    ("events", "golden"),
    [
        pytest.param(scene.change(preview=True), "change_preview.txt", id="preview"),
        pytest.param(scene.change(preview=False), "change_up.txt", id="up"),
        pytest.param(scene.remove(preview=False), "remove_up.txt", id="removing"),
    ],
)
def test_the_story_as_the_cli_tells_it(events: list[Event], golden: str) -> None:
    assert shown(events).rstrip("\n") == (GOLDEN / golden).read_text(encoding="utf-8").rstrip("\n")


def test_a_refresh_as_the_cli_tells_it() -> None:
    assert shown(scene.refresh(kind="refresh")) == (
        "Previewing refresh (dev):\n\n"
        f" ~  {STACK_ROW} refreshing \n"
        f"    {STACK_ROW} running \n"
        f" ~  {ROW} gamma refreshing \n"
        f" ~  {ROW} gamma update [diff: ~label]\n"
        f"    {STACK_ROW}  \n"
        "Resources:\n    ~ 1 to update\n    1 unchanged\n\n"
    )


def test_a_destroy() -> None:
    steps = [view(Op.DELETE, state("alpha")), view(Op.DELETE, stack_state())]
    events = [event for step in steps for event in scene.begin_and_end(step)]
    assert shown([PhaseBegins("destroy", "dev", "shop", preview=False), *events, PhaseEnds({Op.DELETE: 2}, 0.5)]) == (
        "Destroying (dev):\n\n"
        f" -  {ROW} alpha deleting (0s) \n"
        f" -  {ROW} alpha deleted (0s) \n"
        f" -  {STACK_ROW} deleting (0s) \n"
        f" -  {STACK_ROW} deleted (0s) \n"
        "Resources:\n    - 2 deleted\n\nDuration: 1s\n\n"
    )


def test_nothing_to_do() -> None:
    events = [
        PREVIEW,
        StepBegins(view(Op.SAME, stack_state(), stack_state())),
        *scene.begin_and_end(view(Op.SAME, state("alpha"), state("alpha"))),
        StepEnds(view(Op.SAME, stack_state(), stack_state())),
        PhaseEnds({Op.SAME: 2}, 0.1),
    ]
    assert shown(events) == f"Previewing update (dev):\n\n    {STACK_ROW}  \nResources:\n    2 unchanged\n\n"


def test_a_failure_is_marked_and_counted() -> None:
    failed = view(Op.CREATE, new=state("alpha"))
    text = shown(
        [
            UPDATE,
            StepBegins(failed),
            Diagnostic(Severity.ERROR, "CodatError: no such account\nask for one", thing("alpha")),
            StepFails(failed),
            Diagnostic(Severity.ERROR, "update failed"),
            PhaseEnds({Op.SAME: 1}, 61),
        ]
    )
    assert f" +  {ROW} alpha **creating failed** error: CodatError: no such account\n" in text
    assert f"  {ROW} (alpha):\n    error: CodatError: no such account\n    ask for one\n\n" in text
    assert text.endswith("Resources:\n    1 unchanged\n    2 errored\n\nDuration: 1m1s\n\n")


def test_a_step_that_never_ended_was_interrupted() -> None:
    begun = StepBegins(view(Op.CREATE, new=state("alpha")))
    assert (
        lines(StepBegins(view(Op.CREATE, new=stack_state())), begun)[-1] == f" +  {ROW} alpha creating (interrupted) "
    )


def test_the_stack_has_a_line_even_when_something_else_speaks_first() -> None:
    first, second, *_ = lines(Diagnostic(Severity.INFO, "note", thing("alpha")))
    assert (first, second) == (f"    {ROW} alpha  note", f"    {STACK_ROW}  ")


def test_what_is_ephemeral_is_shown_once_and_not_kept() -> None:
    text = shown([UPDATE, Diagnostic(Severity.INFO, "half way", ephemeral=True), PhaseEnds({}, 0)])
    assert text.count("half way") == 1
    assert "Diagnostics:" not in text


def test_messages_of_one_stream_belong_together() -> None:
    spoken = [
        Diagnostic(Severity.INFO, "one\n", stream=1),
        Diagnostic(Severity.INFO, "two\n", stream=2),
        Diagnostic(Severity.INFO, "three\n\nfour", stream=1),
        Diagnostic(Severity.INFO, "\n", stream=3),
    ]
    text = shown([UPDATE, *spoken, PhaseEnds({}, 0)])
    assert text.partition("Diagnostics:\n")[2].startswith(
        "  pulumi:pulumi:Stack (shop-dev):\n    one\n    three\n    \n    four\n\n    two\n\nResources:"
    )


def test_counts_of_messages_at_the_end() -> None:
    spoken = [
        Diagnostic(severity, "x") for severity in (Severity.ERROR, Severity.WARNING, Severity.INFO, Severity.INFO)
    ]
    assert f"    {STACK_ROW}  1 error; 1 warning; 2 messages" in shown([UPDATE, *spoken, PhaseEnds({}, 0)])


def test_each_phase_begins_anew() -> None:
    text = shown([*scene.change(preview=True), UPDATE, PhaseEnds({}, 0)])
    assert text.endswith("Updating (dev):\n\nResources:\n\nDuration: 0s\n\n")


def test_a_component_ends_without_a_line_of_its_own() -> None:
    group = view(Op.CREATE, new=state("group", custom=False, provider=""))
    assert lines(*scene.begin_and_end(group)) == [f" +  {ROW} group creating (0s) ", f"    {STACK_ROW}  "]
