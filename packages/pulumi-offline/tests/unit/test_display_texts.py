"""The parts of a view: values, differences, outputs, rows, counts and the sign of life."""

from __future__ import annotations

import io
import threading

import pytest

from pulumi_offline.diffs import DiffKind, diff_maps
from pulumi_offline.display import DiffView, ProgressView
from pulumi_offline.display.outputs import outputs_text
from pulumi_offline.display.printer import Printer, is_worth_printing
from pulumi_offline.display.rows import Row, prefixed
from pulumi_offline.display.spinner import Spinner
from pulumi_offline.display.step_texts import retain_flag, short_diff
from pulumi_offline.display.summary import plural, summary_text
from pulumi_offline.events import Diagnostic, PhaseBegins, PhaseEnds, Severity, StepBegins, StepEnds
from pulumi_offline.go_text import quoted
from pulumi_offline.steps import Diff, Op
from pulumi_offline.values import UNKNOWN, PropertyMap, PropertyValue, ResourceReference, Secret

from .made import THING, both, provider_state, stack_state, state, thing, view


def printed(value: PropertyValue) -> str:
    text = io.StringIO()
    Printer(text.write, 1).value(value)
    return text.getvalue()


def differing(old: PropertyMap, new: PropertyMap, *, show_same: bool = True, shorten: bool = False) -> str:
    text = io.StringIO()
    printer = Printer(text.write, 1, Op.UPDATE, prefix=True, shorten=shorten)
    printer.object_diff(diff_maps(old, new), show_same=show_same)
    return text.getvalue()


def twice(text: str) -> str:
    return quoted(quoted(text))


@pytest.mark.parametrize(
    ("value", "text"),
    [
        pytest.param(None, "<null>\n", id="null"),
        pytest.param(True, "true\n", id="boolean"),
        pytest.param(3, "3\n", id="integer"),
        pytest.param(1.5, "1.5\n", id="fraction"),
        pytest.param(1_000_000, "1000000\n", id="large integer"),
        pytest.param(1e23, "99999999999999991611392\n", id="larger than an integer is kept"),
        pytest.param(1234567.891, "1.234567891e+06\n", id="large fraction"),
        pytest.param(1e-8, "1e-08\n", id="small fraction"),
        pytest.param("a\u200bb\x01", '"a\\u200bb\\x01"\n', id="what cannot be seen"),
        pytest.param('say "hi" <ü>', '"say \\"hi\\" <ü>"\n', id="text"),
        pytest.param("two\nlines", '"two\\nlines"\n', id="lines"),
        pytest.param(Secret({"a": 1}), "[secret]\n", id="secret"),
        pytest.param(UNKNOWN, "[unknown]\n", id="unknown"),
        pytest.param([], "[]\n", id="empty list"),
        pytest.param({}, "{}\n", id="empty map"),
        pytest.param(
            [1, {"a": 2}], "[\n        [0]: 1\n        [1]: {\n            a: 2\n        }\n    ]\n", id="list"
        ),
        pytest.param({"b": 1, "__x": 2, "aa": 3}, "{\n        aa : 3\n        b  : 1\n    }\n", id="map"),
        pytest.param('{"a":1}', "(json) {\n        a: 1\n    }\n\n", id="JSON"),
        pytest.param(" [1]", "(json) [\n        [0]: 1\n    ]\n\n", id="JSON list"),
        pytest.param('{"a":NaN}', '"{\\"a\\":NaN}"\n', id="no number of JSON"),
        pytest.param('{"a":1} x', '"{\\"a\\":1} x"\n', id="JSON and more"),
        pytest.param(
            "a: 1\nb: [x]",
            '(yaml) {\n        a: 1\n        b: [\n            [0]: "x"\n        ]\n    }\n\n',
            id="YAML",
        ),
        pytest.param("- 1\n- 2026-01-01\n", "(yaml) [\n        [0]: 1\n        [1]: {}\n    ]\n\n", id="YAML list"),
        pytest.param("a: 1", '"a: 1"\n', id="no YAML on one line"),
        pytest.param("a: 1\n---\nb: 2", '"a: 1\\n---\\nb: 2"\n', id="two documents"),
        pytest.param("a: 1\na: 2", '"a: 1\\na: 2"\n', id="a key twice"),
        pytest.param("{not json", '"{not json"\n', id="no JSON"),
        pytest.param("3", '"3"\n', id="a number as text"),
        pytest.param(
            ResourceReference("urn:x", "i", "1"),
            '{\n        URN: "urn:x"\n        ID : "i"\n        PackageVersion: "1"\n    }\n',
            id="resource",
        ),
    ],
)
def test_values(value: PropertyValue, text: str) -> None:
    assert printed(value) == text


@pytest.mark.parametrize(
    ("old", "new", "text"),
    [
        pytest.param({"a": 1}, {"a": 2}, "  ~ a: 1 => 2\n", id="numbers"),
        pytest.param({"a": "1"}, {"a": 1}, '  ~ a: "1" => 1\n', id="another kind of primitive"),
        pytest.param({"a": Secret("x")}, {"a": Secret("y")}, "  ~ a: [secret] => [secret]\n", id="secrets"),
        pytest.param({"a": "x"}, {"a": UNKNOWN}, '  ~ a: "x" => [unknown]\n', id="unknown"),
        pytest.param({"a": "x"}, {"a": ""}, '  - a: "x"\n', id="becoming empty is going"),
        pytest.param({"a": ""}, {"a": "x"}, '  + a: "x"\n', id="empty before is new"),
        pytest.param(
            {"a": {"b": 1}},
            {"a": [1]},
            "  - a: {\n      - b: 1\n    }\n  + a: [\n  +     [0]: 1\n    ]\n",
            id="map to list",
        ),
        pytest.param({"a": "x"}, {"a": '{"a":1}'}, '  ~ a: "x" => "{\\"a\\":1}"\n', id="text to JSON"),
        pytest.param(
            {"a": '{"a":1}'},
            {"a": '{"a": 1}'},
            "  ~ a: " + twice('{"a":1}') + " => " + twice('{"a": 1}') + "\n",
            id="same JSON",
        ),
        pytest.param(
            {"a": '{"a":1}'}, {"a": "a: 2\n\n"}, '  ~ a: \n      - {"a":1}\n      + a: 2\n', id="one line is no YAML"
        ),
        pytest.param(
            {"a": '{"a":1}'},
            {"a": "a: 2\nb: 3"},
            "  ~ a: (json => yaml) {\n      ~ a: 1 => 2\n      + b: 3\n    }\n",
            id="JSON to YAML",
        ),
        pytest.param({"a": '{"__a":1}'}, {"a": '{"__a":2}'}, "  ~ a: (json) {\n    }\n", id="internal keys only"),
        pytest.param({"a": 1, "b": "", "c": 2}, {"a": 1, "b": "", "c": 3}, "    a: 1\n  ~ c: 2 => 3\n", id="same"),
        pytest.param(
            {"a": [1, 2, 3]},
            {"a": [1, 4]},
            "  ~ a: [\n        [0]: 1\n      ~ [1]: 2 => 4\n      - [2]: 3\n    ]\n",
            id="list",
        ),
        pytest.param(
            {"a": "l1\nl2\nl3\nl4\n"},
            {"a": "l1\nl2\nX\nl4\n"},
            "  ~ a: \n        l1\n        l2\n      - l3\n      + X\n        l4\n",
            id="lines",
        ),
        pytest.param(
            {"a": "X\n" + "".join(f"l{line}\n" for line in range(9)) + "X"},
            {"a": "Y\n" + "".join(f"l{line}\n" for line in range(9)) + "Y"},
            "  ~ a: \n      - X\n      + Y\n        l0\n        l1\n        ...\n"
            "        l7\n        l8\n      - X\n      + Y\n",
            id="many lines",
        ),
        pytest.param(
            {"a": "".join(f"l{line}\n" for line in range(12))},
            {"a": "".join(f"l{line}\n" for line in range(12)).replace("l5", "X")},
            "  ~ a: \n        ...\n        l3\n        l4\n      - l5\n      + X\n"
            "        l6\n        l7\n        ...\n",
            id="lines at both ends",
        ),
        pytest.param(
            {"a": "l0\n\n\nl1\n \nl2\nl3"},
            {"a": "l0\n\n\nl1\n \nl2\nX"},
            "  ~ a: \n        l0\n        l1\n        l2\n      - l3\n      + X\n",
            id="empty lines",
        ),
    ],
)
def test_differences(old: PropertyMap, new: PropertyMap, text: str) -> None:
    assert differing(old, new) == text


LONG = "x" * 151


@pytest.mark.parametrize(
    ("old", "new", "text"),
    [
        pytest.param({}, {"a": LONG}, f'  + a: "{LONG[1:]}..."\n', id="long line"),
        pytest.param({}, {"a": LONG[1:]}, f'  + a: "{LONG[1:]}"\n', id="long enough"),
        pytest.param({}, {"a": "1\n2\n3\n4"}, '  + a: "1\\n2\\n3\\n..."\n', id="many lines"),
        pytest.param({}, {"a": "1\n2\n3"}, '  + a: "1\\n2\\n3"\n', id="few lines"),
        pytest.param({}, {LONG: 1}, f"  + {LONG[1:]}...: 1\n", id="long name"),
        pytest.param({"a": LONG}, {"a": 1}, f'  ~ a: "{LONG[1:]}..." => 1\n', id="in a difference"),
        pytest.param({"a": LONG}, {"a": "y"}, f'  ~ a: "{LONG}" => "y"\n', id="not between texts"),
        pytest.param(
            {"a": f"1\n{LONG}"}, {"a": "1\ny"}, f"  ~ a: \n        1\n      - {LONG[1:]}...\n      + y\n", id="in lines"
        ),
    ],
)
def test_long_texts_can_be_cut(old: PropertyMap, new: PropertyMap, text: str) -> None:
    assert differing(old, new, shorten=True) == text


@pytest.mark.parametrize(("kind", "cut"), [("update", True), ("destroy", True), ("refresh", False), ("import", False)])
def test_which_commands_cut_them(kind: str, cut: bool) -> None:  # noqa: FBT001 - a table's column
    assert PhaseBegins(kind, "dev", "shop", preview=True).shortens is cut
    out = io.StringIO()
    step = view(Op.CREATE, new=stack_state(outputs={"a": LONG}))
    for show in (ProgressView(out), DiffView(out, out)):
        show.emit(PhaseBegins(kind, "dev", "shop", preview=False))
        show.emit(StepBegins(step))
        show.emit(StepEnds(step))
        show.emit(PhaseEnds({}, 1.0))
    whole, part = f'"{LONG}"', f'"{LONG[1:]}..."'
    assert (whole in out.getvalue(), part in out.getvalue()) == (not cut, cut)


def test_what_is_the_same_can_be_left_out() -> None:
    text = differing({"a": 1, "b": {"c": 1, "d": [1, 2]}}, {"a": 1, "b": {"c": 1, "d": [1, 3]}}, show_same=False)
    assert text == "  ~ b: {\n      ~ d: [\n          ~ [1]: 2 => 3\n        ]\n    }\n"


@pytest.mark.parametrize("value", [None, "", [], {}])
def test_what_only_clutters(value: PropertyValue) -> None:
    assert not is_worth_printing(value)


@pytest.mark.parametrize("value", [0, False, " ", [None], UNKNOWN, Secret("")])
def test_what_does_not(value: PropertyValue) -> None:
    assert is_worth_printing(value)


MARK = "@isPulumiResource"
RESOURCE: PropertyMap = {MARK: True, "urn": "u", "id": UNKNOWN}


@pytest.mark.parametrize(
    ("old", "new", "preview", "text"),
    [
        pytest.param(None, {"a": 1, "bb": ""}, True, "    a : 1\n", id="first"),
        pytest.param({"a": 1}, {"a": 1}, True, "", id="preview without a change"),
        pytest.param({"a": 1, "b": 1}, {"a": 1, "b": 2}, True, "  ~ b: 1 => 2\n", id="preview tells changes only"),
        pytest.param({"a": 1}, {"a": 1}, False, "    a: 1\n", id="update without a change"),
        pytest.param({"a": 1, "b": 1}, {"a": 1, "b": 2}, False, "    a: 1\n  ~ b: 1 => 2\n", id="update tells all"),
        pytest.param({"a": 1}, {"a": UNKNOWN}, True, "", id="unknown only because it is a preview"),
        pytest.param({}, {"a": UNKNOWN}, True, "  + a: [unknown]\n", id="new and unknown"),
        pytest.param(
            {"a": {"b": 1}}, {"a": {"b": 2, MARK: True}}, True, "  ~ a: {\n      ~ b: 1 => 2\n    }\n", id="mark"
        ),
        pytest.param(
            {"r": {"urn": "u"}},
            {"r": {**RESOURCE, "new": 1}},
            True,
            '  ~ r: {\n      + new: 1\n        urn: "u"\n    }\n',
            id="resource",
        ),
        pytest.param(
            {},
            {"r": [RESOURCE]},
            True,
            '  + r: [\n  +     [0]: {\n          + id : [unknown]\n          + urn: "u"\n        }\n    ]\n',
            id="new list of resources",
        ),
        pytest.param(
            {"r": [{"a": 1}]},
            {"r": [{"a": 2}, {MARK: True, "b": 1}]},
            True,
            "  ~ r: [\n      ~ [0]: {\n              ~ a: 1 => 2\n            }\n"
            "      + [1]: {\n              + b: 1\n            }\n    ]\n",
            id="list of resources",
        ),
    ],
)
def test_outputs_of_the_stack(old: PropertyMap | None, new: PropertyMap, preview: bool, text: str) -> None:  # noqa: FBT001 - a table's column
    before = None if old is None else stack_state(outputs=old)
    step = view(Op.CREATE if old is None else Op.SAME, before, stack_state(outputs=new))
    assert outputs_text(step, 1, preview=preview, refresh=False) == text


def test_outputs_that_repeat_an_input_say_nothing() -> None:
    inputs: PropertyMap = {"a": 1, "b": 1, "__provider": "p"}
    new = state("alpha", inputs=inputs, outputs={**inputs, "b": 2, "c": 3})
    assert outputs_text(view(Op.CREATE, new=new), 1, preview=False, refresh=False) == (
        "    b         : 2\n    c         : 3\n"
    )
    assert outputs_text(view(Op.CREATE, new=new), 1, preview=True, refresh=False) == ""


def test_a_refresh_tells_all_outputs_that_changed() -> None:
    old = state("alpha", inputs={"a": 2}, outputs={"a": 1, "b": 1})
    new = state("alpha", inputs={"a": 2}, outputs={"a": 2, "b": 1})
    step = view(Op.REFRESH, old, new)
    assert outputs_text(step, 1, preview=True, refresh=True) == "  ~ a: 1 => 2\n"
    assert outputs_text(step, 1, preview=False, refresh=False) == ""


@pytest.mark.parametrize(
    ("changes", "errored", "preview", "text"),
    [
        pytest.param({}, 0, True, "Resources:\n", id="nothing"),
        pytest.param({Op.SAME: 2}, 0, True, "Resources:\n    2 unchanged\n", id="unchanged"),
        pytest.param({Op.CREATE: 1}, 0, True, "Resources:\n    + 1 to create\n", id="one kind"),
        pytest.param(
            {Op.REPLACE: 1, Op.DELETE: 2, Op.UPDATE: 3, Op.CREATE: 4, Op.SAME: 5},
            1,
            True,
            "Resources:\n    + 4 to create\n    ~ 3 to update\n    - 2 to delete\n    +-1 to replace\n"
            "    10 changes. 5 unchanged\n    1 errored\n",
            id="all",
        ),
        pytest.param(
            {Op.CREATE: 1, Op.UPDATE: 1, Op.DELETE: 1, Op.REPLACE: 1, Op.REFRESH: 1},
            0,
            False,
            "Resources:\n    + 1 created\n    ~ 1 updated\n    - 1 deleted\n    +-1 replaced\n    ~ 1 refreshed\n"
            "    5 changes\n\nDuration: 1s\n",
            id="done",
        ),
    ],
)
def test_counts(changes: dict[Op, int], errored: int, preview: bool, text: str) -> None:  # noqa: FBT001 - a table's column
    assert summary_text(changes, errored, 0.2, preview=preview) == text


@pytest.mark.parametrize(
    ("seconds", "text"),
    [(0, "0s"), (0.1, "1s"), (59.5, "1m0s"), (61, "1m1s"), (3600, "1h0m0s"), (7384, "2h3m4s")],
)
def test_durations(seconds: float, text: str) -> None:
    assert summary_text({}, 0, seconds, preview=False).endswith(f"Duration: {text}\n")


def test_plurals() -> None:
    assert [plural(count, "error") for count in (0, 1, 2)] == ["0 errors", "1 error", "2 errors"]


@pytest.mark.parametrize(
    ("severity", "text"),
    [(Severity.DEBUG, "x"), (Severity.INFO, "x"), (Severity.WARNING, "warning: x"), (Severity.ERROR, "error: x")],
)
def test_prefixes_of_messages(severity: Severity, text: str) -> None:
    assert prefixed(Diagnostic(severity, "x \n")) == text


class Clock:
    """A clock that is moved by hand."""

    def __init__(self) -> None:
        self.now = 100.0

    def monotonic(self) -> float:
        return self.now


@pytest.fixture
def clock(monkeypatch: pytest.MonkeyPatch) -> Clock:
    clock = Clock()
    monkeypatch.setattr("pulumi_offline.display.rows.time", clock)
    return clock


@pytest.mark.parametrize(("seconds", "text"), [(0.25, "0.25s"), (0.999, "1.00s"), (1.0, "1s"), (75.9, "75s")])
def test_how_long_a_step_took(clock: Clock, seconds: float, text: str) -> None:
    row = Row(thing("alpha"), preview=False)
    step = view(Op.CREATE, new=state("alpha"))
    row.begin(step)
    clock.now += 2.9
    assert row.text(all_done=False) == f" +  {THING} alpha creating (2s) "
    clock.now += seconds - 2.9
    row.end(step)
    assert row.text(all_done=False) == f" +  {THING} alpha created ({text}) "


def test_a_row_before_its_first_step() -> None:
    row = Row(thing("alpha"), preview=True)
    assert row.text(all_done=False) == f"    {THING} alpha  "
    row.diagnostics.append(Diagnostic(Severity.INFO, "hello\nworld"))
    assert row.text(all_done=False) == f"    {THING} alpha  hello"


def test_keys_of_a_short_difference() -> None:
    old, new = both({"a": 1, "b": 1, "d": 1, "__p": 1}, {"b": 2, "c": 1, "d": 1, "__p": 2})
    assert short_diff(view(Op.UPDATE, old, new)) == (("c",), ("a",), ("b",))
    assert short_diff(view(Op.UPDATE, old, new, Diff(changed_keys=("b",)))) == ((), (), ("b",))
    assert short_diff(view(Op.SAME, old, new)) == ((), (), ())
    assert short_diff(view(Op.CREATE, new=new)) == ((), (), ())
    detailed = {"d": DiffKind.UPDATE}
    assert short_diff(view(Op.UPDATE, old, new, Diff(detailed=detailed, changed_keys=("d",)))) == ((), (), ("d",))


def test_options_count_as_keys() -> None:
    old, new = state("a", protect=True), state("a", taint=True, provider="urn:pulumi:dev::shop::t::other::p1")
    assert short_diff(view(Op.SAME, old, new)) == ((), (), ("protect", "provider", "taint"))


@pytest.mark.parametrize(
    ("op", "flag"),
    [
        (Op.DELETE, "[retain]"),
        (Op.REPLACE, "[retain]"),
        (Op.CREATE_REPLACEMENT, "[retain]"),
        (Op.DELETE_REPLACED, "[retain]"),
        (Op.UPDATE, ""),
        (Op.SAME, ""),
    ],
)
def test_what_is_left_to_the_world_is_marked(op: Op, flag: str) -> None:
    assert retain_flag(view(op, state("a", retain_on_delete=True))) == flag
    assert retain_flag(view(op, state("a"))) == ""
    assert retain_flag(view(Op.CREATE, new=provider_state(retain_on_delete=True))) == ""


class Watched(io.StringIO):
    """Text that says when it has been written to."""

    def __init__(self, writes: int) -> None:
        super().__init__()
        self._left = writes
        self.written = threading.Event()

    def write(self, text: str) -> int:
        self._left -= 1
        if self._left <= 0:
            self.written.set()
        return super().write(text)


def test_a_sign_of_life(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("pulumi_offline.display.spinner._SECONDS", 0.001)
    out, lock = Watched(3), threading.RLock()
    spinner = Spinner(out, lock)
    spinner.start("@ updating...")
    assert out.written.wait(30)
    with lock:
        spinner.stop()
        spinner.clear()
        spinner.clear()
    text = out.getvalue()
    assert text.startswith("@ updating......")
    assert text.endswith(".\n")
    assert text.count("\n") == 1


def test_no_sign_of_life_while_there_is_other_news() -> None:
    out = io.StringIO()
    spinner = Spinner(out, threading.RLock())
    spinner.start("@ updating...")
    spinner.clear()
    spinner.stop()
    assert out.getvalue() == ""
