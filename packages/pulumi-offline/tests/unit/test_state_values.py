"""Values in a state file: what is encrypted, and what the CLI's own JSON means."""

from __future__ import annotations

import json
from typing import Any

import pytest
from hypothesis import given

from pulumi_offline.errors import OfflineError, StateError, Unsupported
from pulumi_offline.go_text import compact_json
from pulumi_offline.state_values import ValueReader, ValueWriter
from pulumi_offline.values import UNKNOWN, PropertyMap, PropertyValue, ResourceReference, Secret, maps_equal

from .strategies import few, property_maps

SIGNATURE = "4dabf18193072939515e22adb298388d"
SECRET = "1b47061264138c4ac30d75fd1eb44270"
REFERENCE = "5cf8f73096256a8f31e491e813e4eb8e"
UNKNOWN_TEXT = "04da6b54-80e4-46f7-96ec-b56ff0331ba9"


class Reversing:
    """A crypter whose work can be seen."""

    def encrypt(self, plaintext: str) -> str:
        return "v1:" + plaintext[::-1]

    def decrypt(self, ciphertext: str) -> str:
        return ciphertext.removeprefix("v1:")[::-1]


PAIRS: list[Any] = [
    pytest.param("x", "x", id="text"),
    pytest.param(1.5, 1.5, id="fraction"),
    pytest.param(None, None, id="null"),
    pytest.param([True, {"a": []}], [True, {"a": []}], id="nested"),
    pytest.param(
        Secret("s3cr3t"), {SIGNATURE: SECRET, "plaintext": '"s3cr3t"'}, id="a secret is the JSON text of its value"
    ),
    pytest.param(Secret({"b": [1, "x"]}), {SIGNATURE: SECRET, "plaintext": '{"b":[1,"x"]}'}, id="compact"),
    pytest.param(Secret("ü"), {SIGNATURE: SECRET, "plaintext": '"ü"'}, id="not escaped"),
    pytest.param(
        ResourceReference("u", "i", "1"),
        {SIGNATURE: REFERENCE, "urn": "u", "id": "i", "packageVersion": "1"},
        id="resource",
    ),
    pytest.param(ResourceReference("u", None), {SIGNATURE: REFERENCE, "urn": "u"}, id="component"),
]


@pytest.mark.parametrize(("value", "document"), PAIRS)
def test_values_and_their_json(value: PropertyValue, document: Any) -> None:
    assert ValueWriter(None).write(value) == document
    assert ValueReader(None).read(document) == value


@pytest.mark.parametrize(
    ("value", "document"),
    [
        pytest.param(UNKNOWN, UNKNOWN_TEXT, id="unknown"),
        pytest.param(
            ResourceReference("u", UNKNOWN),
            {SIGNATURE: REFERENCE, "urn": "u", "id": UNKNOWN_TEXT},
            id="planned resource",
        ),
    ],
)
def test_unknowns_are_written_as_the_cli_writes_them(value: PropertyValue, document: Any) -> None:
    assert ValueWriter(None).write(value) == document


def test_an_integral_float_is_read_as_an_integer() -> None:
    value = ValueReader(None).read(json.loads("1.0"))
    assert value == 1
    assert isinstance(value, int)


def test_a_large_number_has_the_digits_a_float_has() -> None:
    document = json.loads("12345678901234567000")
    value = ValueReader(None).read(document)
    assert value == 12345678901234567168
    assert compact_json(ValueWriter(None).write(value)) == "12345678901234567000"


def test_the_text_of_a_secret_is_escaped_as_go_does() -> None:
    document = ValueWriter(None).write(Secret("<a&b>"))
    assert document["plaintext"] == '"\\u003ca\\u0026b\\u003e"'
    assert ValueReader(None).read(document) == Secret("<a&b>")


def test_secrets_are_encrypted_with_a_crypter() -> None:
    crypter = Reversing()
    document = ValueWriter(crypter).write_map({"b": Secret("x"), "a": 1})
    assert document == {"a": 1, "b": {SIGNATURE: SECRET, "ciphertext": 'v1:"x"'}}
    assert ValueReader(crypter).read_map(document) == {"a": 1, "b": Secret("x")}


def test_keys_are_written_sorted_at_any_depth() -> None:
    document = ValueWriter(None).write_map({"b": {"d": 1, "c": 2}, "a": Secret({"z": 1, "y": 2})})
    assert json.dumps(document, separators=(",", ":")) == (
        '{"a":{"%s":"%s","plaintext":"{\\"y\\":2,\\"z\\":1}"},"b":{"c":2,"d":1}}' % (SIGNATURE, SECRET)  # noqa: UP031 - braces
    )


def without_unknowns(value: PropertyValue) -> PropertyValue:
    match value:
        case Secret(inner):
            return Secret(without_unknowns(inner))
        case dict():
            return {key: without_unknowns(item) for key, item in value.items()}
        case list():
            return [without_unknowns(item) for item in value]
        case ResourceReference(urn=urn):
            return urn
        case _:
            return None if value is UNKNOWN else value


@few
@given(property_maps)
def test_what_is_written_is_read_again(values: PropertyMap) -> None:
    known = {key: without_unknowns(value) for key, value in values.items()}
    crypter = Reversing()
    text = json.dumps(ValueWriter(crypter).write_map(known))
    assert maps_equal(ValueReader(crypter).read_map(json.loads(text)), known)


def test_an_encrypted_secret_needs_a_crypter() -> None:
    with pytest.raises(StateError, match=r"^the state has encrypted secrets but names no passphrase salt"):
        ValueReader(None).read({SIGNATURE: SECRET, "ciphertext": "v1:a:b"})


@pytest.mark.parametrize(
    ("document", "error", "message"),
    [
        ({SIGNATURE: "c44067f5952c0a294b673a41bacd8c17"}, Unsupported, "^assets: "),
        ({SIGNATURE: "no such kind"}, Unsupported, "^values of kind no such kind: "),
        ([b"bytes"], StateError, "^the state holds a value of type bytes$"),
        ({SIGNATURE: SECRET}, StateError, "^the state has a secret with neither `ciphertext` nor `plaintext`$"),
        ({SIGNATURE: SECRET, "ciphertext": 3}, StateError, "^the state has a secret with neither"),
        ({SIGNATURE: SECRET, "plaintext": "{"}, StateError, "^the state has a secret whose content is no JSON$"),
        ({SIGNATURE: REFERENCE}, StateError, "^the state has a reference to a resource without a `urn`"),
        ({SIGNATURE: REFERENCE, "urn": "u", "id": 3}, StateError, "^the state has a reference to a resource without"),
        ({SIGNATURE: [3]}, Unsupported, "^values of kind"),
    ],
)
def test_what_no_state_may_hold(document: Any, error: type[OfflineError], message: str) -> None:
    with pytest.raises(error, match=message):
        ValueReader(None).read(document)
