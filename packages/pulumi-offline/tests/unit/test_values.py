"""The property model: equality, markers, and what a provider's answer gets marked again."""

from __future__ import annotations

import pytest
from hypothesis import given

from pulumi_offline.values import (
    UNKNOWN,
    PropertyMap,
    PropertyValue,
    ResourceReference,
    Secret,
    annotate_secrets,
    clone,
    contains_secrets,
    contains_unknowns,
    deep_equals,
    is_internal_key,
    maps_equal,
    number,
    plain,
    unwrap,
)

from .strategies import few, property_maps

COMPONENT = ResourceReference("urn:component", None)
PLANNED = ResourceReference("urn:planned", UNKNOWN)
CREATED = ResourceReference("urn:created", "id-1", "1.0.0")


@pytest.mark.parametrize(
    ("value", "expected"),
    [
        pytest.param(1.0, 1, id="integral"),
        pytest.param(-3.0, -3, id="negative"),
        pytest.param(0.0, 0, id="zero"),
        pytest.param(1.5, 1.5, id="fraction"),
        pytest.param(2.0**53, 9007199254740992, id="largest exact"),
        pytest.param(1e20, 100000000000000000000, id="large"),
        pytest.param(1e21, 1e21, id="exponent form"),
        pytest.param(float("inf"), float("inf"), id="infinite"),
    ],
)
def test_an_integral_number_is_an_integer(value: float, expected: float) -> None:
    assert number(value) == expected
    assert type(number(value)) is type(expected)


@pytest.mark.parametrize(("key", "internal"), [("__provider", True), ("_x", False), ("x__", False), ("__", True)])
def test_internal_keys_begin_with_two_underscores(key: str, internal: bool) -> None:  # noqa: FBT001 - a table's column
    assert is_internal_key(key) is internal


@pytest.mark.parametrize(
    ("old", "new", "equal"),
    [
        pytest.param(1, 1.0, True, id="numbers"),
        pytest.param(True, 1, False, id="true is not one"),
        pytest.param(0, False, False, id="zero is not false"),
        pytest.param(True, True, True, id="booleans"),
        pytest.param("1", 1, False, id="text is no number"),
        pytest.param({"a": 1}, {"a": 1, "b": None}, True, id="missing equals null"),
        pytest.param({"a": None}, {}, True, id="null equals missing"),
        pytest.param({"a": 1}, {"b": 1}, False, id="other key"),
        pytest.param({"a": {"b": [1]}}, {"a": {"b": [1]}}, True, id="nested"),
        pytest.param([1, 2], [1], False, id="shorter list"),
        pytest.param([1, 2], [2, 1], False, id="list order"),
        pytest.param([None], [], False, id="a null in a list counts"),
        pytest.param(Secret("a"), Secret("a"), True, id="secrets"),
        pytest.param(Secret("a"), Secret("b"), False, id="other secret"),
        pytest.param(Secret("a"), "a", False, id="a secret is not its value"),
        pytest.param(UNKNOWN, UNKNOWN, True, id="unknowns"),
        pytest.param(UNKNOWN, "x", False, id="unknown and known"),
        pytest.param(CREATED, CREATED, True, id="references"),
        pytest.param(CREATED, COMPONENT, False, id="other reference"),
        pytest.param({}, [], False, id="map and list"),
        pytest.param(None, None, True, id="nulls"),
    ],
)
def test_equality(old: PropertyValue, new: PropertyValue, equal: bool) -> None:  # noqa: FBT001 - a table's column
    assert deep_equals(old, new) is equal
    assert deep_equals(new, old) is equal


@few
@given(property_maps)
def test_every_map_equals_its_clone(values: PropertyMap) -> None:
    copied = clone(values)
    assert isinstance(copied, dict)
    assert maps_equal(values, copied)


def test_a_clone_shares_no_container() -> None:
    original: PropertyMap = {"a": [1, {"b": 2}], "s": Secret({"c": [3]})}
    copied = clone(original)
    match copied:
        case {"a": [_, dict() as inner], "s": Secret(dict() as hidden)}:
            inner["b"] = 9
            hidden["c"] = 9
        case _:
            pytest.fail("the clone has another shape")
    assert original == {"a": [1, {"b": 2}], "s": Secret({"c": [3]})}


@pytest.mark.parametrize(
    ("value", "secrets", "unknowns"),
    [
        pytest.param("x", False, False, id="text"),
        pytest.param(None, False, False, id="null"),
        pytest.param([1, {"a": Secret(1)}], True, False, id="secret in a list"),
        pytest.param({"a": [UNKNOWN]}, False, True, id="unknown in a map"),
        pytest.param(Secret([UNKNOWN]), True, True, id="unknown in a secret"),
        pytest.param(PLANNED, False, True, id="resource to be created"),
        pytest.param(CREATED, False, False, id="resource"),
        pytest.param({"a": [], "b": {}}, False, False, id="empty containers"),
    ],
)
def test_markers_are_found_at_any_depth(
    value: PropertyValue,
    secrets: bool,  # noqa: FBT001 - a table's column
    unknowns: bool,  # noqa: FBT001 - a table's column
) -> None:
    assert contains_secrets(value) is secrets
    assert contains_unknowns(value) is unknowns


@few
@given(property_maps)
def test_unwrapping_leaves_no_secret(values: PropertyMap) -> None:
    assert not contains_secrets(unwrap(values))


def test_unwrapping_keeps_everything_else() -> None:
    assert unwrap({"a": Secret([Secret(1), {"b": Secret(None)}]), "c": UNKNOWN, "d": CREATED}) == {
        "a": [1, {"b": None}],
        "c": UNKNOWN,
        "d": CREATED,
    }


@pytest.mark.parametrize(
    ("value", "expected"),
    [
        pytest.param(Secret({"a": [1]}), {"a": [1]}, id="secret"),
        pytest.param(UNKNOWN, None, id="unknown"),
        pytest.param([CREATED, Secret(UNKNOWN)], ["urn:created", None], id="reference"),
        pytest.param({"a": {"b": 1.5, "c": True}}, {"a": {"b": 1.5, "c": True}}, id="plain"),
    ],
)
def test_plain_values(value: PropertyValue, expected: object) -> None:
    assert plain(value) == expected


def test_what_is_secret_or_unknown_does_not_show_itself() -> None:
    assert repr(Secret("hush")) == "[secret]"
    assert repr({"key": [Secret("hush"), UNKNOWN]}) == "{'key': [[secret], [unknown]]}"


@pytest.mark.parametrize(
    ("outs", "ins", "expected"),
    [
        pytest.param({"a": "x"}, {"a": Secret("x")}, {"a": Secret("x")}, id="same key"),
        pytest.param({"a": "y"}, {"a": Secret("x")}, {"a": Secret("y")}, id="other value under the key"),
        pytest.param({"b": "x"}, {"a": Secret("x")}, {"b": "x"}, id="other key stays plain"),
        pytest.param({"a": [1, 2]}, {"a": [Secret(1), 2]}, {"a": Secret([1, 2])}, id="secret in a list hides the list"),
        pytest.param(
            {"a": {"b": 1, "c": 2}}, {"a": {"b": Secret(1)}}, {"a": {"b": Secret(1), "c": 2}}, id="nested map"
        ),
        pytest.param({"a": "t"}, {"a": {"b": Secret(1)}}, {"a": Secret("t")}, id="map became text"),
        pytest.param({"a": {"b": 1}}, {"a": Secret({"b": 1})}, {"a": Secret({"b": 1})}, id="secret map"),
        pytest.param({"a": Secret("x")}, {"a": Secret("x")}, {"a": Secret("x")}, id="never twice"),
        pytest.param({"a": "x"}, {"a": "x"}, {"a": "x"}, id="nothing secret"),
        pytest.param({}, {"a": Secret("x")}, {}, id="not answered"),
    ],
)
def test_an_answer_is_secret_where_the_question_was(outs: PropertyMap, ins: PropertyMap, expected: PropertyMap) -> None:
    before = clone(outs)
    assert annotate_secrets(outs, ins) == expected
    assert outs == before
