"""Xero's rules for bank transactions, each on its own."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pulumi_codat.xero.bank_transactions import (
    LONGEST_TEXTS,
    Entry,
    TransactionType,
    Window,
    amount_problem,
    balance_warning,
    order_problem,
    sign_problem,
    text_problem,
)

NOON = datetime(2026, 11, 24, 12, tzinfo=UTC)


@pytest.mark.parametrize(
    ("now", "earliest", "latest"),
    [
        (NOON, date(2025, 11, 24), date(2026, 11, 25)),
        (datetime(2026, 11, 24, 9, 59, tzinfo=UTC), date(2025, 11, 23), date(2026, 11, 24)),
        (datetime(2026, 11, 24, 10, tzinfo=UTC), date(2025, 11, 23), date(2026, 11, 25)),
        (datetime(2028, 2, 29, 12, tzinfo=UTC), date(2027, 2, 28), date(2028, 3, 1)),
        (datetime(2026, 11, 24, 20, tzinfo=UTC) - timedelta(hours=8), date(2025, 11, 24), date(2026, 11, 25)),
    ],
)
def test_a_day_is_today_as_long_as_it_is_today_anywhere(now: datetime, earliest: date, latest: date) -> None:
    assert Window.at(now) == Window(earliest, latest)


def test_the_days_at_the_two_ends_are_taken_and_those_beyond_are_not() -> None:
    window = Window.at(NOON)
    assert window.problem(datetime(2025, 11, 24)) is None  # noqa: DTZ001 because a statement's dates have no offset
    assert window.problem(datetime(2026, 11, 25, 23, 59)) is None  # noqa: DTZ001 likewise
    assert window.problem(datetime(2026, 11, 26)) == "date 2026-11-26 is in the future"  # noqa: DTZ001 likewise
    assert window.problem(datetime(2025, 11, 23)) == (  # noqa: DTZ001 likewise
        "date 2025-11-23 is more than a year ago (the earliest that Xero takes is 2025-11-24)"
    )


@pytest.mark.parametrize(
    ("amount", "problem"),
    [
        ("0", None),
        ("-0.0001", None),
        ("999999999999999.9999", None),
        ("1E+14", None),
        ("12.34000000", None),
        ("1000000000000000", "has more than 15 digits before the decimal point"),
        ("0.00001", "has more than 4 decimals, which Xero would round"),
        ("NaN", "must be a number"),
        ("-Infinity", "must be a number"),
    ],
)
def test_an_amount_is_what_xero_can_keep(amount: str, problem: str | None) -> None:
    assert amount_problem(Decimal(amount)) == problem


@pytest.mark.parametrize("kind", TransactionType)
@pytest.mark.parametrize("amount", [Decimal("-0.01"), Decimal(0), Decimal("0.01")])
def test_only_a_credit_and_a_debit_have_a_sign(kind: TransactionType, amount: Decimal) -> None:
    wrong = (kind == "Credit" and amount < 0) or (kind == "Debit" and amount > 0)
    assert bool(sign_problem(amount, kind)) is wrong


def test_a_sign_that_contradicts_its_type_is_told_with_both() -> None:
    assert sign_problem(Decimal("12.50"), TransactionType.DEBIT) == (
        "amount 12.50 is positive, and the type is Debit: a credit is positive, a debit negative"
    )


@pytest.mark.parametrize(("name", "longest"), LONGEST_TEXTS.items())
def test_texts_are_as_long_as_xero_takes_them(name: str, longest: int) -> None:
    assert text_problem(name, "x" * longest) is None
    assert text_problem(name, "x" * (longest + 1)) == f"has {longest + 1:,} characters, Xero takes {longest:,}"


@pytest.mark.parametrize("text", ["Café", "two\nlines\r\n", "a\ttab", "£ 10"])
def test_a_text_may_be_anything_that_prints_and_have_tabs_and_line_breaks(text: str) -> None:
    assert text_problem("description", text) is None


@pytest.mark.parametrize("text", ["bell\x07", "\x00", "half \udce9", "\u202e"])
def test_what_does_not_print_is_no_text(text: str) -> None:
    assert text_problem("description", text) == "has characters that are not printable, or is not UTF-8"


def entry(place: str, day: int, amount: str, balance: str) -> Entry:
    return Entry(place, datetime(2026, 3, day), Decimal(amount), Decimal(balance))  # noqa: DTZ001 as above


def test_an_earlier_row_after_a_later_one_names_both() -> None:
    first, second = entry("line 2", 9, "1", "1"), entry("line 3", 8, "1", "2")
    assert order_problem(second, first) is None
    assert order_problem(first, first) is None
    assert order_problem(first, second) == (
        "date 2026-03-08 is before 2026-03-09 of line 2: the order must be chronological"
    )


@given(st.decimals("-1e14", "1e14", places=4), st.decimals("-1e14", "1e14", places=4))
def test_a_balance_is_that_of_before_and_the_amount_exactly(before: Decimal, amount: Decimal) -> None:
    previous = Entry("line 2", datetime(2026, 3, 1), Decimal(0), before)  # noqa: DTZ001 as above
    right = Entry("line 3", datetime(2026, 3, 1), amount, before + amount)  # noqa: DTZ001 as above
    wrong = Entry("line 3", datetime(2026, 3, 1), amount, before + amount + Decimal("0.0001"))  # noqa: DTZ001 as above
    assert balance_warning(previous, right) is None
    assert f"which make {before + amount:f}" in str(balance_warning(previous, wrong))
