"""Property paths: parsing, writing, containment, and what `ignore_changes` makes of them."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pulumi_offline.paths import PropertyPath, format_path, parse_path, path_contains, reset_path
from pulumi_offline.values import PropertyMap, Secret, clone

PARSED: dict[str, PropertyPath | None] = {
    "root": ("root",),
    "root.nested": ("root", "nested"),
    'root["nested"]': ("root", "nested"),
    "root.double.nest": ("root", "double", "nest"),
    'root["double"].nest': ("root", "double", "nest"),
    "root.array[0]": ("root", "array", 0),
    "root.array[100]": ("root", "array", 100),
    "root.array[-1]": ("root", "array", -1),
    "root.array[0].nested": ("root", "array", 0, "nested"),
    "root.array[0][1].nested": ("root", "array", 0, 1, "nested"),
    'root["key with \\"escaped\\" quotes"]': ("root", 'key with "escaped" quotes'),
    'root["key with a ."]': ("root", "key with a ."),
    '["root key with \\"escaped\\" quotes"].nested': ('root key with "escaped" quotes', "nested"),
    '["root key with a ."][100]': ("root key with a .", 100),
    "root.array[*].field": ("root", "array", "*", "field"),
    "root.*": ("root", "*"),
    "[*].x": ("*", "x"),
    "root.[1]": ("root", 1),
    'root.["x y"]': ("root", "x y"),
    "a-b.c d": ("a-b", "c d"),
    "": None,
    ".root": None,
    "root.": None,
    "root..x": None,
    "root[": None,
    "root[x]": None,
    "root[]": None,
    'root["x]': None,
    'root["x"': None,
}


@pytest.mark.parametrize(("text", "path"), PARSED.items(), ids=[text or "empty" for text in PARSED])
def test_parsing(text: str, path: PropertyPath | None) -> None:
    assert parse_path(text) == path


@pytest.mark.parametrize(
    ("path", "text"),
    [
        (("a",), "a"),
        (("a", "b_1", 0, "c"), "a.b_1[0].c"),
        (("a b",), '["a b"]'),
        (("a", 'say "x"', 2), 'a["say \\"x\\""][2]'),
        ((0, "a"), "[0].a"),
        (("a", "b.c"), 'a["b.c"]'),
        (("$x",), '["$x"]'),
    ],
)
def test_writing(path: PropertyPath, text: str) -> None:
    assert format_path(path) == text


_elements = st.integers(0, 99) | st.text('ab_1. ["ü-', min_size=1, max_size=5)


@given(st.lists(_elements, min_size=1, max_size=4).map(tuple))
def test_what_is_written_is_parsed_again(path: PropertyPath) -> None:
    assert parse_path(format_path(path)) == path


@pytest.mark.parametrize(
    ("path", "other", "contained"),
    [
        ("a", "a", True),
        ("a", "a.b[0]", True),
        ("a.b", "a", False),
        ("a", "b", False),
        ("a[*]", "a[3].b", True),
        ("a.*.c", "a.b.c", True),
        ("a.*.c", "a.b.d", False),
        ("a[0]", "a[1]", False),
        ("*", "anything.at.all", True),
    ],
)
def test_containment(path: str, other: str, contained: bool) -> None:  # noqa: FBT001 - a table's column
    mine, its = parse_path(path), parse_path(other)
    assert mine is not None
    assert its is not None
    assert path_contains(mine, its) is contained


RESET: list[tuple[str, str, PropertyMap, PropertyMap, PropertyMap]] = [
    ("changed value", "a", {"a": 1}, {"a": 2, "b": 3}, {"a": 1, "b": 3}),
    ("removed key comes back", "a", {"a": 1}, {}, {"a": 1}),
    ("added key goes", "a", {}, {"a": 1}, {}),
    ("key in neither", "x", {"a": 1}, {"a": 2}, {"a": 2}),
    ("nested", "a.b", {"a": {"b": 1, "c": 1}}, {"a": {"b": 2, "c": 2}}, {"a": {"b": 1, "c": 2}}),
    ("nested added", "a.b", {"a": {}}, {"a": {"b": 1}}, {"a": {}}),
    ("nested below what is new", "a.b", {}, {"a": {"b": 1, "c": 2}}, {"a": {"c": 2}}),
    ("nested in neither", "a.b.c", {}, {}, {}),
    ("nested where neither is a map", "a.b.c", {"a": 1}, {"a": 2}, {"a": 2}),
    ("index", "a[1]", {"a": [1, 2]}, {"a": [3, 4]}, {"a": [3, 2]}),
    ("index beyond both", "a[5]", {"a": [1]}, {"a": [2]}, {"a": [2]}),
    ("index where neither is a list", "a[0]", {"a": 1}, {"a": 2}, {"a": 2}),
    ("in an item", "a[0].b", {"a": [{"b": 1}]}, {"a": [{"b": 2, "c": 3}]}, {"a": [{"b": 1, "c": 3}]}),
    ("all items", "a[*]", {"a": [1, 2]}, {"a": [3, 4]}, {"a": [1, 2]}),
    (
        "a key of all items",
        "a[*].b",
        {"a": [{"b": 1}, {"b": 2}]},
        {"a": [{"b": 3}, {"b": 4}]},
        {"a": [{"b": 1}, {"b": 2}]},
    ),
    ("all keys", "a.*", {"a": {"b": 1}}, {"a": {"c": 2}}, {"a": {"b": 1}}),
    ("a key of all maps", "a.*.c", {"a": {"b": {"c": 1}}}, {"a": {"b": {"c": 2}}}, {"a": {"b": {"c": 1}}}),
    ("a map that was none", "a.*", {"a": 1}, {"a": {"b": 1}}, {"a": {"b": 1}}),
    ("through secrets", "a.b", {"a": Secret({"b": 1})}, {"a": Secret({"b": 2})}, {"a": Secret({"b": 1})}),
    ("a secret's part stays secret", "a.b", {"a": Secret({"b": 1})}, {"a": {"b": 2}}, {"a": {"b": Secret(1)}}),
    ("a plain part of a new secret", "a.b", {"a": {"b": 1}}, {"a": Secret({"b": 2})}, {"a": Secret({"b": 1})}),
    ("all of a secret", "a[*]", {"a": Secret([1])}, {"a": [2]}, {"a": [Secret(1)]}),
    ("everything", "*", {"a": 1, "b": Secret(2)}, {"a": 9, "c": 3}, {"a": 1, "b": Secret(2)}),
]


@pytest.mark.parametrize(("path", "old", "new", "expected"), [row[1:] for row in RESET], ids=[row[0] for row in RESET])
def test_resetting(path: str, old: PropertyMap, new: PropertyMap, expected: PropertyMap) -> None:
    parsed = parse_path(path)
    assert parsed is not None
    before = clone(old), clone(new)
    assert reset_path(parsed, old, new) == (expected, True)
    assert (old, new) == before


IMPOSSIBLE: list[tuple[str, str, PropertyMap, PropertyMap]] = [
    ("parent removed", "a.b", {"a": {"b": 1}}, {}),
    ("parent became text", "a.b", {"a": {"b": 1}}, {"a": "x"}),
    ("index added", "a[1]", {"a": [1]}, {"a": [1, 2]}),
    ("index removed", "a[1]", {"a": [1, 2]}, {"a": [1]}),
    ("below an index in neither", "a[1].b", {"a": [1]}, {"a": [1]}),
    ("list became a map", "a[0]", {"a": [1]}, {"a": {}}),
    ("negative index", "a[-1]", {"a": [1]}, {"a": [2]}),
    ("item added", "a[*]", {"a": [1]}, {"a": [1, 2]}),
    ("a key of an added item", "a[*].b", {"a": []}, {"a": [{"b": 1}]}),
    ("a map of all gone", "a.*.c", {"a": {"b": {"c": 1}}}, {"a": {}}),
    ("item became text", "a[*].b", {"a": [{"b": 1}]}, {"a": ["x"]}),
    ("below all where neither is a container", "a.*.b", {"a": 1}, {"a": 2}),
    ("all of text", "a.*", {"a": {"b": 1}}, {"a": "x"}),
]


@pytest.mark.parametrize(("path", "old", "new"), [row[1:] for row in IMPOSSIBLE], ids=[row[0] for row in IMPOSSIBLE])
def test_what_cannot_be_reset(path: str, old: PropertyMap, new: PropertyMap) -> None:
    parsed = parse_path(path)
    assert parsed is not None
    before = clone(new)
    _, possible = reset_path(parsed, old, new)
    assert not possible
    assert new == before
