"""What may be shown of a secret: masks and what they fit, fingerprints, one line."""

from __future__ import annotations

import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from pulumi_codat.redaction import (
    CHANGED_OUTSIDE,
    fingerprint,
    is_masked,
    mask_fits,
    mask_shows,
    new_salt,
    one_line,
    without_secrets,
)

PLAIN = st.text(st.characters(min_codepoint=0x21, max_codepoint=0x7E, exclude_characters="*"), min_size=1)
STARS = st.text(st.sampled_from("*•●…"), min_size=1)


@pytest.mark.parametrize(
    ("shown", "masked"),
    [("", True), ("********", True), ("****wxyz", True), ("ab••cd", True), ("a…", True), ("ABC123", False)],
)
def test_what_hides_something_is_a_mask_and_nothing_hides_all(shown: str, *, masked: bool) -> None:
    assert is_masked(shown) is masked


@pytest.mark.parametrize(
    ("mask", "value", "fits"),
    [
        ("ABC", "ABC", True),
        ("ABC", "ABD", False),
        ("", "anything", True),
        ("********", "anything", True),
        ("****wxyz", "abcdwxyz", True),
        ("****wxyz", "abcdwxyZ", False),
        ("abcd****", "abcdwxyz", True),
        ("abcd****", "abcDwxyz", False),
        ("ab****yz", "abcdwxyz", True),
        ("ab****yz", "abcdwxy", False),
        ("a*b*c", "axxxc", True),
        ("a*b*c", "axxxd", False),
        ("●●●●wxyz", "abcdwxyz", True),
        ("****", "", True),
    ],
)
def test_a_mask_fits_by_what_it_shows_at_its_ends(mask: str, value: str, *, fits: bool) -> None:
    assert mask_fits(mask, value) is fits


@given(head=PLAIN, hidden=PLAIN, tail=PLAIN, stars=STARS)
def test_a_mask_of_a_value_fits_it(head: str, hidden: str, tail: str, stars: str) -> None:
    value = head + hidden + tail
    for mask in (stars, head + stars, stars + tail, head + stars + tail):
        assert mask_fits(mask, value)
        assert is_masked(mask)


@given(value=PLAIN, other=PLAIN, stars=STARS)
def test_a_mask_that_shows_an_end_fits_only_values_with_that_end(value: str, other: str, stars: str) -> None:
    assert mask_fits(value + stars, other) is other.startswith(value)
    assert mask_fits(stars + value, other) is other.endswith(value)


@given(value=PLAIN, other=PLAIN)
def test_what_hides_nothing_fits_only_itself(value: str, other: str) -> None:
    assume("*" not in value)
    assert mask_fits(value, other) is (value == other)


@pytest.mark.parametrize(
    ("mask", "shows"), [("", False), ("********", False), ("●●", False), ("****wxyz", True), ("a***", True)]
)
def test_a_mask_shows_a_change_only_where_something_is_left_to_see(mask: str, *, shows: bool) -> None:
    assert mask_shows(mask) is shows


def test_a_fingerprint_depends_on_the_salt_and_on_all_that_is_shown() -> None:
    salt = new_salt()
    shown = {"clientId": "ABC", "clientSecret": "****wxyz"}
    prints = {
        fingerprint(salt, shown),
        fingerprint(new_salt(), shown),
        fingerprint(salt, shown | {"clientSecret": "****wxyZ"}),
        fingerprint(salt, shown | {"version": "2"}),
        fingerprint(salt, {"clientSecret": "****wxyz"}),
        fingerprint(salt, {}),
    }
    assert len(prints) == 6
    assert all(len(text) == 64 and "wxyz" not in text for text in prints)


def test_a_fingerprint_does_not_depend_on_the_order() -> None:
    salt = new_salt()
    assert fingerprint(salt, {"a": "1", "b": "2"}) == fingerprint(salt, {"b": "2", "a": "1"})


@given(st.dictionaries(st.text(), st.text()))
def test_anything_codat_may_show_has_a_fingerprint(shown: dict[str, str]) -> None:
    assert len(fingerprint("00" * 16, shown)) == 64


def test_salts_are_not_repeated() -> None:
    assert len({new_salt() for _ in range(50)}) == 50


def test_the_mark_for_a_changed_secret_could_never_be_one() -> None:
    assert " " in CHANGED_OUTSIDE


@given(st.text())
def test_one_line_is_one_printable_line_and_changes_nothing_when_done_twice(text: str) -> None:
    line = one_line(text)
    assert line.isprintable()
    assert one_line(line) == line


def test_one_line_keeps_the_words() -> None:
    assert one_line("  one\r\n\ttwo\x1b[0m \u2028 three é ") == "one two [0m three é"


def test_an_empty_secret_hides_nothing() -> None:
    assert without_secrets("as it was", ["", ""]) == "as it was"
