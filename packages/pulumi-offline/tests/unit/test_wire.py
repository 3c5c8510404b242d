"""Property maps on the wire, in Pulumi's own signed objects."""

from __future__ import annotations

from typing import Any

import pytest
from google.protobuf import json_format, struct_pb2
from hypothesis import given

from pulumi_offline.errors import Unsupported
from pulumi_offline.values import UNKNOWN, PropertyMap, ResourceReference, Secret, maps_equal
from pulumi_offline.wire import from_wire, to_wire

from .strategies import few, property_maps

SIGNATURE = "4dabf18193072939515e22adb298388d"
SECRET = "1b47061264138c4ac30d75fd1eb44270"
REFERENCE = "5cf8f73096256a8f31e491e813e4eb8e"
UNKNOWN_TEXT = "04da6b54-80e4-46f7-96ec-b56ff0331ba9"


def struct_of(document: dict[str, Any]) -> struct_pb2.Struct:
    return json_format.ParseDict(document, struct_pb2.Struct())


def signed(kind: str, **content: Any) -> dict[str, Any]:
    return {SIGNATURE: kind, **content}


READ: list[Any] = [
    pytest.param(
        {"a": 1.0, "b": 1.5, "c": True, "d": None, "e": "x"}, {"a": 1, "b": 1.5, "c": True, "d": None, "e": "x"}
    ),
    pytest.param({"a": [1, {"b": []}]}, {"a": [1, {"b": []}]}, id="nested"),
    pytest.param({"a": UNKNOWN_TEXT}, {"a": UNKNOWN}, id="unknown"),
    pytest.param({"a": signed(SECRET, value="x")}, {"a": Secret("x")}, id="secret"),
    pytest.param({"a": signed(SECRET, value=UNKNOWN_TEXT)}, {"a": Secret(UNKNOWN)}, id="secret unknown"),
    pytest.param({"a": signed(SECRET, value=None)}, {"a": Secret(None)}, id="secret null"),
    pytest.param({"a": signed(SECRET)}, {"a": Secret(None)}, id="secret without a value"),
    pytest.param({"a": signed(SECRET, value=signed(SECRET, value=1))}, {"a": Secret(1)}, id="secret of a secret"),
    pytest.param({"a": signed(SECRET, value={"b": [1]})}, {"a": Secret({"b": [1]})}, id="secret map"),
    pytest.param(
        {"a": signed(REFERENCE, urn="u", id="i", packageVersion="1")},
        {"a": ResourceReference("u", "i", "1")},
        id="resource",
    ),
    pytest.param({"a": signed(REFERENCE, urn="u")}, {"a": ResourceReference("u", None)}, id="component"),
    pytest.param(
        {"a": signed(REFERENCE, urn="u", id=UNKNOWN_TEXT)},
        {"a": ResourceReference("u", UNKNOWN)},
        id="planned resource",
    ),
]


@pytest.mark.parametrize(("document", "expected"), READ)
def test_reading(document: dict[str, Any], expected: PropertyMap) -> None:
    values = from_wire(struct_of(document))
    assert values == expected
    assert all(type(values[key]) is type(expected[key]) for key in expected)


@pytest.mark.parametrize(
    ("kind", "name"),
    [
        ("c44067f5952c0a294b673a41bacd8c17", "assets"),
        ("0def7320c3a5731c473e5ecbe6d01bc7", "archives"),
        ("d0e6a833031e9bbcd3f4e8bde6ca49a4", "output values"),
        ("something", "values of kind something"),
    ],
)
def test_other_signed_objects_are_refused_by_name(kind: str, name: str) -> None:
    with pytest.raises(Unsupported, match=f"^{name}: not supported by pulumi_offline; the pulumi CLI has it$"):
        from_wire(struct_of({"a": [signed(kind)]}))


@few
@given(property_maps)
def test_what_is_written_is_read_again(values: PropertyMap) -> None:
    assert maps_equal(from_wire(to_wire(values, keep_secrets=True, keep_unknowns=True)), values)


MARKED: PropertyMap = {
    "secret": Secret({"b": 1}),
    "unknown": UNKNOWN,
    "list": [1, UNKNOWN, None],
    "resource": ResourceReference("u", "i", "1"),
    "component": ResourceReference("u", None),
    "planned": ResourceReference("u", UNKNOWN),
    "hidden": Secret(UNKNOWN),
}
COMPONENT = signed(REFERENCE, urn="u")
RESOURCE = signed(REFERENCE, urn="u", id="i", packageVersion="1")


@pytest.mark.parametrize(
    ("keep_secrets", "keep_unknowns", "expected"),
    [
        pytest.param(
            True,
            True,
            {
                "secret": signed(SECRET, value={"b": 1}),
                "unknown": UNKNOWN_TEXT,
                "list": [1, UNKNOWN_TEXT, None],
                "resource": RESOURCE,
                "component": COMPONENT,
                "planned": signed(REFERENCE, urn="u", id=UNKNOWN_TEXT),
                "hidden": signed(SECRET, value=UNKNOWN_TEXT),
            },
            id="everything kept",
        ),
        pytest.param(
            False,
            True,
            {
                "secret": {"b": 1},
                "unknown": UNKNOWN_TEXT,
                "list": [1, UNKNOWN_TEXT, None],
                "resource": "i",
                "component": "u",
                "planned": UNKNOWN_TEXT,
                "hidden": UNKNOWN_TEXT,
            },
            id="a dynamic provider in a preview",
        ),
        pytest.param(
            False,
            False,
            {"secret": {"b": 1}, "list": [1, None], "resource": "i", "component": "u"},
            id="a dynamic provider in an update",
        ),
    ],
)
def test_writing(keep_secrets: bool, keep_unknowns: bool, expected: dict[str, Any]) -> None:  # noqa: FBT001 - columns
    struct = to_wire(MARKED, keep_secrets=keep_secrets, keep_unknowns=keep_unknowns)
    assert json_format.MessageToDict(struct) == expected


def test_primitives_keep_their_kind() -> None:
    fields = to_wire({"t": True, "n": 1, "f": 0.5, "s": "", "z": None}, keep_secrets=True, keep_unknowns=True).fields
    assert {key: value.WhichOneof("kind") for key, value in fields.items()} == {
        "t": "bool_value",
        "n": "number_value",
        "f": "number_value",
        "s": "string_value",
        "z": "null_value",
    }
