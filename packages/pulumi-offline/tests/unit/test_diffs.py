"""Differences of property maps: nested, flat, inverted, and back from flat to nested."""

from __future__ import annotations

import pytest
from hypothesis import given

from pulumi_offline.diffs import (
    DetailedDiff,
    DiffKind,
    ObjectDiff,
    ValueDiff,
    detailed_diff,
    diff_maps,
    diff_values,
    invert,
    translate_detailed,
    without_internal_keys,
)
from pulumi_offline.values import UNKNOWN, PropertyMap, PropertyValue, Secret, clone, deep_equals, maps_equal

from .strategies import few, property_maps

ADD, DELETE, UPDATE = DiffKind.ADD, DiffKind.DELETE, DiffKind.UPDATE


@pytest.mark.parametrize(
    ("old", "new", "expected"),
    [
        pytest.param({"a": 1}, {"a": 1}, ObjectDiff(sames={"a": 1}), id="same"),
        pytest.param({}, {"a": 1}, ObjectDiff(adds={"a": 1}), id="added"),
        pytest.param({"a": 1}, {}, ObjectDiff(deletes={"a": 1}), id="deleted"),
        pytest.param({"a": 1}, {"a": 2}, ObjectDiff(updates={"a": ValueDiff(1, 2)}), id="updated"),
        pytest.param({"a": None}, {"a": 1}, ObjectDiff(adds={"a": 1}), id="null counts as missing before"),
        pytest.param({"a": 1}, {"a": None}, ObjectDiff(deletes={"a": 1}), id="null counts as missing after"),
        pytest.param({"a": None}, {}, ObjectDiff(), id="null to missing"),
        pytest.param({"a": None}, {"a": None}, ObjectDiff(sames={"a": None}), id="nulls"),
        pytest.param(
            {"a": {"b": 1, "c": 2}},
            {"a": {"b": 3, "c": 2}},
            ObjectDiff(
                updates={
                    "a": ValueDiff(
                        {"b": 1, "c": 2}, {"b": 3, "c": 2}, ObjectDiff(sames={"c": 2}, updates={"b": ValueDiff(1, 3)})
                    )
                }
            ),
            id="nested",
        ),
        pytest.param(
            {"a": [1, 2]},
            {"a": [1, 3, 4]},
            ObjectDiff(
                updates={
                    "a": ValueDiff(
                        [1, 2], [1, 3, 4], ObjectDiff(adds={2: 4}, sames={0: 1}, updates={1: ValueDiff(2, 3)})
                    )
                }
            ),
            id="list",
        ),
        pytest.param(
            {"a": [1]}, {"a": {"b": 1}}, ObjectDiff(updates={"a": ValueDiff([1], {"b": 1})}), id="list to map"
        ),
        pytest.param(
            {"a": 1}, {"a": Secret(1)}, ObjectDiff(updates={"a": ValueDiff(1, Secret(1))}), id="became secret"
        ),
    ],
)
def test_nested_differences(old: PropertyMap, new: PropertyMap, expected: ObjectDiff) -> None:
    assert diff_maps(old, new) == expected


@few
@given(property_maps, property_maps)
def test_two_maps_differ_when_they_are_not_equal(old: PropertyMap, new: PropertyMap) -> None:
    assert not diff_maps(old, old)
    difference = diff_maps(old, new)
    assert bool(difference) is not maps_equal(old, new)
    before = clone(old), clone(new)
    translate_detailed(detailed_diff(difference), old, new)
    assert (old, new) == before


@pytest.mark.parametrize(
    ("old", "new", "differs"),
    [("a", "a", False), ("a", "b", True), ([1], [1], False), ({"a": 1}, {"a": 1}, False), ({"a": 1}, {"a": 2}, True)],
)
def test_values(old: PropertyValue, new: PropertyValue, differs: bool) -> None:  # noqa: FBT001 - a table's column
    assert (diff_values(old, new) is not None) is differs
    assert deep_equals(old, new) is not differs


def test_internal_keys_are_left_out_at_any_depth_when_asked() -> None:
    old: PropertyMap = {"__provider": "a", "n": {"__x": 1, "y": 1}, "l": [{"__z": 1}]}
    new: PropertyMap = {"__provider": "b", "n": {"__x": 2, "y": 1}, "l": [{"__z": 2}]}
    assert not diff_maps(old, new, internal_keys=False)
    assert detailed_diff(diff_maps(old, new)) == {"__provider": UPDATE, "n.__x": UPDATE, "l[0].__z": UPDATE}
    assert without_internal_keys(old) == {"n": {"__x": 1, "y": 1}, "l": [{"__z": 1}]}


def test_keys_are_sorted_indices_first_and_as_numbers() -> None:
    diff = ObjectDiff(adds={10: 1, "b": 1}, deletes={9: 1}, sames={"a": 1}, updates={"c": ValueDiff(1, 2)})
    assert diff.all_keys() == [9, 10, "a", "b", "c"]
    assert diff.changed_keys() == ["10", "9", "b", "c"]
    assert diff.is_list
    assert not ObjectDiff(sames={"a": 1}).is_list


FLAT: list[tuple[str, PropertyMap, PropertyMap, DetailedDiff]] = [
    ("leaves", {"a": 1, "b": 1, "c": 1}, {"a": 2, "b": 1, "d": 1}, {"a": UPDATE, "c": DELETE, "d": ADD}),
    ("nested", {"a": {"b": {"c": 1}}}, {"a": {"b": {"c": 2, "d": 1}}}, {"a.b.c": UPDATE, "a.b.d": ADD}),
    ("lists", {"a": [1, {"b": 1}, 3]}, {"a": [2, {"b": 2}]}, {"a[0]": UPDATE, "a[1].b": UPDATE, "a[2]": DELETE}),
    ("quoted keys", {"a.b": 1}, {"a.b": 2}, {'["a.b"]': UPDATE}),
    ("a whole map", {}, {"a": {"b": 1}}, {"a": ADD}),
    ("another kind", {"a": [1]}, {"a": "x"}, {"a": UPDATE}),
    ("nothing", {"a": 1}, {"a": 1}, {}),
]


@pytest.mark.parametrize(("old", "new", "flat"), [row[1:] for row in FLAT], ids=[row[0] for row in FLAT])
def test_flat_differences(old: PropertyMap, new: PropertyMap, flat: DetailedDiff) -> None:
    assert detailed_diff(diff_maps(old, new)) == flat
    assert detailed_diff(diff_maps(new, old)) == invert(flat)


@pytest.mark.parametrize(("old", "new", "flat"), [row[1:] for row in FLAT], ids=[row[0] for row in FLAT])
def test_a_flat_difference_stands_for_the_nested_one(old: PropertyMap, new: PropertyMap, flat: DetailedDiff) -> None:
    nested = translate_detailed(flat, old, new)
    assert detailed_diff(nested) == flat
    assert nested.sames == {}


TRANSLATED: list[tuple[str, DetailedDiff, PropertyMap, PropertyMap, ObjectDiff]] = [
    ("values come from the inputs", {"a": ADD}, {}, {"a": 1}, ObjectDiff(adds={"a": 1})),
    (
        "unknown when not among the inputs",
        {"a": ADD, "b": DELETE},
        {},
        {},
        ObjectDiff(adds={"a": UNKNOWN}, deletes={"b": UNKNOWN}),
    ),
    ("an update without a difference", {"a": UPDATE}, {"a": 1}, {"a": 1}, ObjectDiff(updates={"a": ValueDiff(1, 1)})),
    ("below what is new", {"a.b": ADD}, {}, {"a": {"b": 1}}, ObjectDiff(adds={"a": {"b": 1}})),
    ("below what is gone", {"a.b": DELETE}, {"a": {"b": 1}}, {}, ObjectDiff(deletes={"a": {"b": 1}})),
    (
        "below a secret",
        {"a[0]": UPDATE},
        {"a": Secret("[secret]")},
        {"a": Secret("[secret]")},
        ObjectDiff(
            updates={
                "a": ValueDiff(
                    Secret("[secret]"),
                    Secret("[secret]"),
                    ObjectDiff(updates={0: ValueDiff(Secret("[secret]"), Secret("[secret]"))}),
                )
            }
        ),
    ),
    (
        "an index beyond",
        {"a[1]": ADD},
        {"a": [1]},
        {"a": [1, 2]},
        ObjectDiff(updates={"a": ValueDiff([1], [1, 2], ObjectDiff(adds={1: 2}))}),
    ),
    (
        "a key of a list",
        {"a.x": UPDATE},
        {"a": [1]},
        {"a": [2]},
        ObjectDiff(updates={"a": ValueDiff([1], [2], ObjectDiff(updates={"x": ValueDiff(None, None)}))}),
    ),
    ("no path at all", {"[": UPDATE}, {"[": 1}, {"[": 2}, ObjectDiff(updates={"[": ValueDiff(1, 2)})),
]


@pytest.mark.parametrize(
    ("flat", "old", "new", "expected"), [row[1:] for row in TRANSLATED], ids=[row[0] for row in TRANSLATED]
)
def test_translating(flat: DetailedDiff, old: PropertyMap, new: PropertyMap, expected: ObjectDiff) -> None:
    assert translate_detailed(flat, old, new) == expected


def test_nothing_to_translate() -> None:
    assert translate_detailed({}, {"a": 1}, {"a": 2}) == ObjectDiff()


@pytest.mark.parametrize(("kind", "inverse"), [(ADD, DELETE), (DELETE, ADD), (UPDATE, UPDATE)])
def test_the_inverse_of_a_kind(kind: DiffKind, inverse: DiffKind) -> None:
    assert kind.inverse is inverse
