"""The view of `--diff`, held to what the real CLI writes for the same story."""

from __future__ import annotations

import io
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from pulumi_offline.diffs import DiffKind
from pulumi_offline.display import DiffView
from pulumi_offline.events import Diagnostic, PhaseBegins, PhaseEnds, Severity, StepBegins, StepEnds, StepFails
from pulumi_offline.steps import Diff, Op
from pulumi_offline.values import Secret

from . import scene
from .made import DEFAULT_PROVIDER, STACK, both, provider_state, stack_state, state, thing, view

if TYPE_CHECKING:
    from collections.abc import Iterable

    from pulumi_offline.events import Event

GOLDEN = Path(__file__).parent / "golden"
PREVIEW = PhaseBegins("update", "dev", "shop", preview=True)
UPDATE = PhaseBegins("update", "dev", "shop", preview=False)
MINE = "urn:pulumi:dev::shop::pulumi:providers:pulumi-python::mine"


def shown(events: Iterable[Event]) -> tuple[str, str]:
    out, err = io.StringIO(), io.StringIO()
    display = DiffView(out, err)
    for event in events:
        display.emit(event)
    return out.getvalue(), err.getvalue()


@pytest.mark.parametrize(
    ("events", "golden"),
    [
        pytest.param(scene.create(preview=True), "create_preview_diff.txt", id="create"),
        pytest.param(scene.change(preview=True), "change_preview_diff.txt", id="change"),
        pytest.param(scene.remove(preview=True), "remove_preview_diff.txt", id="remove"),
    ],
)
def test_the_story_as_the_cli_tells_it(events: list[Event], golden: str) -> None:
    assert shown(events)[0] == (GOLDEN / golden).read_text(encoding="utf-8")


def test_diagnostics_go_beside() -> None:
    assert shown(scene.change(preview=True))[1] == "warning: about alpha\nwarning: attached\nnote\n"


def test_the_end_of_a_stream_of_output_is_a_blank_line() -> None:
    assert shown([Diagnostic(Severity.INFO, "printed\n", stream=1)])[1] == "printed\n\n"


def test_outputs_of_an_update_follow_each_step() -> None:
    new = state("alpha", inputs=scene.GAMMA)
    new.id = ""
    done = state("alpha", inputs=scene.GAMMA, outputs=scene.made(scene.GAMMA, "f1"))
    out, _ = shown([UPDATE, StepBegins(view(Op.CREATE, new=new)), StepEnds(view(Op.CREATE, new=done))])
    assert out == (
        "Updating (dev):\n"
        "+ pulumi-python:dynamic/shop:Thing: (create)\n"
        f"    [urn={thing('alpha')}]\n"
        '    label     : "three"\n'
        "    --outputs:--\n"
        '    fp        : "f1"\n'
    )


def test_a_refresh_tells_what_the_world_did() -> None:
    assert shown(scene.refresh(kind="refresh"))[0] == (
        "Previewing refresh (dev):\n"
        "  pulumi:pulumi:Stack: (same)\n"
        f"    [urn={STACK}]\n"
        "    ~ pulumi-python:dynamic/shop:Thing: (update)\n"
        "        [id=id-three]\n"
        f"        [urn={thing('gamma')}]\n"
        '      ~ label: "three" => "drifted"\n'
        "Resources:\n"
        "    ~ 1 to update\n"
        "    1 unchanged\n"
    )


def test_a_refresh_before_an_update_tells_the_outputs_that_changed() -> None:
    assert shown(scene.refresh(kind="update"))[0] == (
        "Previewing update (dev):\n"
        "~ pulumi:pulumi:Stack: (refresh)\n"
        f"    [urn={STACK}]\n"
        "    ~ pulumi-python:dynamic/shop:Thing: (refresh)\n"
        "        [id=id-three]\n"
        f"        [urn={thing('gamma')}]\n"
        "        --outputs:--\n"
        '      ~ fp   : "f1" => "live"\n'
        '      ~ label: "three" => "drifted"\n'
        "Resources:\n"
        "    ~ 1 to update\n"
        "    1 unchanged\n"
    )


def test_what_stays_the_same_is_not_shown() -> None:
    same = view(Op.SAME, state("alpha"), state("alpha"))
    out, _ = shown([PREVIEW, *scene.begin_and_end(same), PhaseEnds({Op.SAME: 1}, 0)])
    assert out == "Previewing update (dev):\nResources:\n    1 unchanged\n"


def test_a_failure_counts_its_resource_once() -> None:
    failed = view(Op.DELETE, state("alpha"))
    out, _ = shown([UPDATE, StepBegins(failed), StepFails(failed), StepFails(failed), PhaseEnds({}, 0.1)])
    assert out.endswith("Resources:\n    1 errored\n\nDuration: 1s\n")


def test_an_explicit_provider_is_named() -> None:
    new = state("alpha", provider=f"{MINE}::p1")
    out, _ = shown([StepBegins(view(Op.CREATE, new=new))])
    assert f"    [provider={MINE}::p1]\n" in out


def test_another_provider_is_named_with_the_old_one() -> None:
    old, new = state("alpha", inputs={"a": 1}), state("alpha", inputs={"a": 1}, provider=f"{MINE}::p2")
    out, _ = shown([StepBegins(view(Op.UPDATE, old, new))])
    assert f"    [provider: {DEFAULT_PROVIDER}::p1 => {MINE}::p2]\n" in out


def test_an_update_that_differs_in_nothing_lists_the_inputs() -> None:
    old, new = both({"a": 1, "__provider": "p"}, {"a": 1, "__provider": "q"})
    out, _ = shown([StepBegins(view(Op.UPDATE, old, new, Diff(changed=True)))])
    assert out.endswith("    a         : 1\n")
    assert "__provider" not in out


def test_changed_keys_choose_what_is_listed() -> None:
    old, new = both({"a": 1, "b": 1}, {"a": 2, "b": 2})
    out, _ = shown([StepBegins(view(Op.UPDATE, old, new, Diff(changed=True, changed_keys=("b",))))])
    assert out.endswith("  ~ b: 1 => 2\n")
    assert "a: 1" not in out


def test_secrets_and_pickles_are_not_shown() -> None:
    old, new = both(
        {"token": Secret("hush"), "__provider": "pickle-a"}, {"token": Secret("hush"), "__provider": "pickle-b"}
    )
    detailed = {"token": DiffKind.UPDATE}
    created = state("beta", inputs=new.inputs, outputs=new.inputs)
    out, err = shown(
        [
            PREVIEW,
            StepBegins(view(Op.UPDATE, old, new, Diff(changed=True, changed_keys=("token",), detailed=detailed))),
            StepBegins(view(Op.CREATE, new=created)),
            StepBegins(view(Op.DELETE, created)),
        ]
    )
    assert "  ~ token: [secret] => [secret]\n" in out
    assert "hush" not in out + err
    assert "pickle" not in out + err


def test_children_of_what_is_not_shown_are_not_indented_for_it() -> None:
    component = state("group", custom=False, provider="")
    child = state("child", parent=component.urn)
    out, _ = shown(
        [
            StepBegins(view(Op.SAME, stack_state(), stack_state())),
            StepBegins(view(Op.SAME, component, component)),
            StepBegins(view(Op.DELETE, child)),
        ]
    )
    assert "\n    - pulumi-python:dynamic/shop:Thing: (delete)\n" in out


def test_protection_is_signed() -> None:
    kept = view(Op.UPDATE, state("a", protect=True), state("a", protect=True))
    assert "(update) 🔒\n" in shown([StepBegins(kept)])[0]
    assert "(delete) 🔒\n" in shown([StepBegins(view(Op.DELETE, state("a", protect=True)))])[0]


def test_an_explicit_provider_resource_is_shown_like_any_other() -> None:
    new = provider_state(urn=MINE, parent=STACK, inputs={"a": 1})
    assert "+ pulumi:providers:pulumi-python: (create)" in shown([StepBegins(view(Op.CREATE, new=new))])[0]
