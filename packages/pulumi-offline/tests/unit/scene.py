"""One story in three acts, as the real CLI was shown it: create, change, and take away again.

Secrets are `Secret("[secret]")`, because that is all a view is given.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from pulumi_offline.events import Diagnostic, PhaseBegins, PhaseEnds, Severity, StepBegins, StepEnds
from pulumi_offline.steps import Diff, DiffAnswer, Op, resolve_diff
from pulumi_offline.values import UNKNOWN, PropertyMap, Secret

from .made import THING, stack_state, state, thing, view

if TYPE_CHECKING:
    from pulumi_offline.events import Event, StepView
    from pulumi_offline.state import ResourceState

HIDDEN = Secret("[secret]")
PROVIDER: PropertyMap = {"__provider": "gASV"}
BETA = f"urn:pulumi:dev::shop::{THING}${THING}::beta"

ALPHA_FIRST: PropertyMap = PROVIDER | {
    "count": 3,
    "empty": "",
    "js": '{"a": 1, "b": [1]}',
    "label": "one",
    "list": [1, 2, 3],
    "nest": {"deep": {"k": "v"}, "gone": 1, "s": HIDDEN},
    "nothing": {},
    "objs": [{"a": 1}, {"b": "x"}],
    "off": False,
    "on": True,
    "quote": 'say "hi" <ü>',
    "ratio": 1.5,
    "seclist": HIDDEN,
    "token": HIDDEN,
}
ALPHA_SECOND: PropertyMap = PROVIDER | {
    "added": {"x": 1},
    "count": 4,
    "empty": "full",
    "js": '{"a": 2, "b": [1]}',
    "label": "uno",
    "list": [1, 5, 3, 4],
    "nest": {"deep": {"k": "w"}, "more": [True], "s": HIDDEN},
    "objs": [{"a": 2}],
    "off": False,
    "on": False,
    "quote": 'say "ho" <ü>',
    "ratio": 1.5,
    "seclist": HIDDEN,
    "token": HIDDEN,
}
ALPHA_LINES = "l1\nl2\nl3\nl4\nl5\nl6\nl7\nl8\n", "l1\nl2\nl3\nX\nl5\nl6\nl7\nl8\nl9\n"
ALPHA_THIRD: PropertyMap = PROVIDER | {"label": "uno", "count": 4}
BETA_FIRST: PropertyMap = PROVIDER | {"dep": "one", "kind": "x", "label": "two"}
BETA_SECOND: PropertyMap = PROVIDER | {"dep": "uno", "kind": "y", "label": "two"}
BETA_THIRD: PropertyMap = PROVIDER | {"dbr": True, "dep": "uno", "kind": "z", "label": "two"}
GAMMA: PropertyMap = PROVIDER | {"label": "three"}

OUTPUTS_FIRST: PropertyMap = {
    "fp": "f1",
    "gone": 1,
    "label": "one",
    "m": {"e": [], "x": [1, {"y": 2}]},
    "token": HIDDEN,
}
OUTPUTS_SECOND: PropertyMap = {"fp": "f2", "label": "uno", "m": {"e": [], "x": [1, {"y": 3}, 4]}, "token": HIDDEN}


def made(inputs: PropertyMap, fp: str) -> PropertyMap:
    """The outputs that the provider answers."""
    return inputs | {"fp": fp}


def inputs_diff(old: PropertyMap, new: PropertyMap) -> Diff:
    """What the engine, which sees the secrets of `alpha`, makes of its first and its second inputs."""
    seen_old: PropertyMap = old | {"seclist": [1, 1], "token": "a"}
    seen_new: PropertyMap = new | {
        "seclist": [2, 1],
        "token": "b",
        "nest": {"deep": {"k": "w"}, "more": [True], "s": "b"},
    }
    return resolve_diff(DiffAnswer(), seen_old, seen_new)


def alpha(inputs: PropertyMap, outputs: PropertyMap | None = None) -> ResourceState:
    return state("alpha", id="id-one", inputs=inputs, outputs=outputs or {})


def beta(inputs: PropertyMap, outputs: PropertyMap | None = None) -> ResourceState:
    return state("beta", urn=BETA, parent=thing("alpha"), id="id-two", inputs=inputs, outputs=outputs or {})


def gamma(*, protect: bool) -> ResourceState:
    return state(
        "gamma", id="id-three", inputs=GAMMA, outputs=made(GAMMA, "f1"), protect=protect, retain_on_delete=True
    )


def stack(op: Op, old: PropertyMap | None, new: PropertyMap) -> StepView:
    return view(op, None if old is None else stack_state(outputs=old), stack_state(outputs=new))


def begin_and_end(step: StepView) -> list[Event]:
    return [StepBegins(step), StepEnds(step)]


def create(*, preview: bool) -> list[Event]:
    """The first act: everything is new."""
    begun = stack(Op.CREATE, None, {})
    news = [gamma(protect=True), alpha(ALPHA_FIRST), beta(BETA_FIRST)]
    for new in news:
        new.id, new.outputs = "", {}
    outputs = OUTPUTS_FIRST | {"fp": UNKNOWN}
    return [
        PhaseBegins("update", "dev", "shop", preview=preview),
        *begin_and_end(begun),
        *(event for new in news for event in begin_and_end(view(Op.CREATE, new=new))),
        StepEnds(stack(Op.CREATE, None, outputs)),
        PhaseEnds({Op.CREATE: 4}, 1.2),
    ]


def change(*, preview: bool) -> list[Event]:
    """The second act: an option, an update, a replacement that creates first, and messages."""
    old = alpha(ALPHA_FIRST | {"lines": ALPHA_LINES[0]}, made(ALPHA_FIRST, "f1"))
    planned = alpha(ALPHA_SECOND | {"lines": ALPHA_LINES[1]})
    done = planned if preview else alpha(planned.inputs, made(planned.inputs, "f2"))
    differs = inputs_diff(old.inputs, planned.inputs)
    replaced, replacing = beta(BETA_FIRST, made(BETA_FIRST, "f1")), beta(BETA_SECOND)
    replacement = beta(BETA_SECOND, BETA_SECOND if preview else made(BETA_SECOND, "f1"))
    replaces = Diff(changed=True, replace_keys=("kind",))
    return [
        PhaseBegins("update", "dev", "shop", preview=preview),
        Diagnostic(Severity.WARNING, "about alpha"),
        StepBegins(stack(Op.SAME, OUTPUTS_FIRST, OUTPUTS_FIRST)),
        *begin_and_end(view(Op.SAME, gamma(protect=True), gamma(protect=False))),
        StepBegins(view(Op.UPDATE, old, planned, differs)),
        StepEnds(view(Op.UPDATE, old, done, differs)),
        Diagnostic(Severity.WARNING, "attached", old.urn),
        StepBegins(view(Op.CREATE_REPLACEMENT, replaced, replacing, replaces)),
        StepEnds(view(Op.CREATE_REPLACEMENT, replaced, replacement, replaces)),
        *begin_and_end(view(Op.REPLACE, replaced, replacement, replaces)),
        Diagnostic(Severity.INFO, "note", BETA),
        *begin_and_end(view(Op.DELETE_REPLACED, replaced)),
        StepEnds(stack(Op.SAME, OUTPUTS_FIRST, OUTPUTS_SECOND | ({"fp": UNKNOWN} if preview else {}))),
        PhaseEnds({Op.UPDATE: 1, Op.REPLACE: 1, Op.SAME: 2}, 1.2),
    ]


def remove(*, preview: bool) -> list[Event]:
    """The third act: inputs go, a replacement deletes first, and a resource is left to the world."""
    old, planned = alpha(ALPHA_SECOND, made(ALPHA_SECOND, "f2")), alpha(ALPHA_THIRD)
    done = planned if preview else alpha(ALPHA_THIRD, made(ALPHA_THIRD, "f2"))
    differs = resolve_diff(DiffAnswer(), ALPHA_SECOND, ALPHA_THIRD)
    replaced, replacement = beta(BETA_SECOND, made(BETA_SECOND, "f1")), beta(BETA_THIRD)
    replaces = Diff(changed=True, replace_keys=("kind",))
    return [
        PhaseBegins("update", "dev", "shop", preview=preview),
        StepBegins(stack(Op.SAME, OUTPUTS_SECOND, OUTPUTS_SECOND)),
        StepBegins(view(Op.UPDATE, old, planned, differs)),
        StepEnds(view(Op.UPDATE, old, done, differs)),
        *begin_and_end(view(Op.DELETE_REPLACED, replaced)),
        *begin_and_end(view(Op.REPLACE, replaced, replacement, replaces)),
        *begin_and_end(view(Op.CREATE_REPLACEMENT, replaced, replacement, replaces)),
        *begin_and_end(view(Op.DELETE, gamma(protect=False))),
        StepEnds(stack(Op.SAME, OUTPUTS_SECOND, {"label": "uno"})),
        PhaseEnds({Op.UPDATE: 1, Op.DELETE: 1, Op.REPLACE: 1, Op.SAME: 1}, 0.9),
    ]


def refresh(*, kind: str) -> list[Event]:
    """Somebody changed the label of `gamma`. `kind` is the command: of another than `refresh` it is only a part."""
    old = gamma(protect=False)
    new = gamma(protect=False)
    new.inputs, new.outputs = GAMMA | {"label": "drifted"}, made(GAMMA, "live") | {"label": "drifted"}
    differs = resolve_diff(DiffAnswer(), new.inputs, old.inputs).inverted()
    whole = kind == "refresh"
    root = stack_state()
    return [
        PhaseBegins(kind, "dev", "shop", preview=True),
        StepBegins(view(Op.REFRESH, root, root)),
        StepEnds(view(Op.SAME if whole else Op.REFRESH, root, root)),
        StepBegins(view(Op.REFRESH, old, old)),
        StepEnds(view(Op.UPDATE if whole else Op.REFRESH, old, new, differs)),
        PhaseEnds({Op.UPDATE: 1, Op.SAME: 1}, 0.9),
    ]
