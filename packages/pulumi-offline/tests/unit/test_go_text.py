"""Texts as Go writes them; the examples were written by Go 1.26."""

from __future__ import annotations

import json
import math

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pulumi_offline.go_text import compact_json, general, indented_json, quoted

NUMBERS = [
    (0.0, "0", "0"),
    (1e5, "100000", "100000"),
    (123456.0, "123456", "123456"),
    (1e6, "1e+06", "1000000"),
    (1234567.891, "1.234567891e+06", "1234567.891"),
    (1e20, "1e+20", "100000000000000000000"),
    (1e21, "1e+21", "1e+21"),
    (12345678901234567890.0, "1.2345678901234567e+19", "12345678901234567000"),
    (1e100, "1e+100", "1e+100"),
    (1.5, "1.5", "1.5"),
    (0.0001, "0.0001", "0.0001"),
    (0.00001, "1e-05", "0.00001"),
    (0.000001, "1e-06", "0.000001"),
    (-2.5e-7, "-2.5e-07", "-2.5e-7"),
    (1e-8, "1e-08", "1e-8"),
    (1e-10, "1e-10", "1e-10"),
    (1e-100, "1e-100", "1e-100"),
]


@pytest.mark.parametrize(("number", "text", "in_json"), NUMBERS)
def test_numbers(number: float, text: str, in_json: str) -> None:
    assert (general(number), compact_json(number), indented_json(number)) == (text, in_json, in_json)


def test_numbers_that_are_none() -> None:
    assert [general(number) for number in (math.nan, math.inf, -math.inf)] == ["NaN", "+Inf", "-Inf"]


@given(st.floats(allow_nan=False, allow_infinity=False))
def test_a_number_is_what_its_text_says(number: float) -> None:
    assert float(general(number)) == float(compact_json(number)) == number


TEXT = "a\"b\\c\n\t\x01\x7fé\u200b\u2028😀\ufeff\u00a0\u00ad\U000e0001<>&'\a\b\f\v\r\x00"


def test_texts() -> None:
    assert quoted(TEXT) == (r'''"a\"b\\c\n\t\x01\x7fé\u200b\u2028😀\ufeff\u00a0\u00ad\U000e0001<>&'\a\b\f\v\r\x00"''')
    assert compact_json(TEXT) == (
        r'"a\"b\\c\n\t\u0001' + "\x7fé\u200b" + r"\u2028😀" + "\ufeff\u00a0\u00ad\U000e0001"
        r"\u003c\u003e\u0026'\u0007\b\f\u000b\r\u0000" + '"'
    )


def test_objects() -> None:
    value = {"b": [True, None, {}], "a<\u2028": {"n": 1, "l": []}}
    assert compact_json(value) == '{"a\\u003c\\u2028":{"l":[],"n":1},"b":[true,null,{}]}'
    assert indented_json(value) == json.dumps(value, indent=4)


@pytest.mark.parametrize("write", [compact_json, indented_json])
def test_what_is_no_json(write: object) -> None:
    assert callable(write)
    with pytest.raises(TypeError, match="not JSON serializable"):
        write({"a": [object()]})
