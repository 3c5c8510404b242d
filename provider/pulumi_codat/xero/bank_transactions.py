"""Xero's rules for bank transactions: pure, each answers with what is wrong, in words, or None.

Sources: https://docs.codat.io/integrations/bank-feeds/xero-bank-feeds/xero-bank-feeds-push-bank-transactions, and
Xero's own description of a statement (https://github.com/XeroAPI/Xero-OpenAPI/blob/master/xero_bankfeeds.yaml).
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from enum import StrEnum
from typing import Final, Self

__all__ = [
    "LARGEST_BATCH",
    "LARGEST_BODY",
    "LONGEST_TEXTS",
    "Entry",
    "TransactionType",
    "Window",
    "amount_problem",
    "balance_warning",
    "order_problem",
    "sign_problem",
    "text_problem",
]

LARGEST_BATCH: Final = 1_000
"""Transactions in one request."""
LARGEST_BODY: Final = 3_000_000
"""Bytes of the request that Codat makes of it at Xero."""
LONGEST_TEXTS: Final = {"description": 2_000, "counterparty": 255, "reference": 255}
"""Characters; Xero calls a counterparty `payeeName`. It states no limit for an id."""

_WHOLE_DIGITS: Final = 15
_DECIMALS: Final = 4
_TOO_LARGE: Final = Decimal(10) ** _WHOLE_DIGITS
_EASTERNMOST: Final = timedelta(hours=14)
_WESTERNMOST: Final = timedelta(hours=-12)
_BREAKS: Final = "\t\n\r"


class TransactionType(StrEnum):
    """Codat's types of a bank transaction."""

    UNKNOWN = "Unknown"
    CREDIT = "Credit"
    DEBIT = "Debit"
    INT = "Int"
    DIV = "Div"
    FEE = "Fee"
    SER_CHG = "SerChg"
    DEP = "Dep"
    ATM = "Atm"
    POS = "Pos"
    XFER = "Xfer"
    CHECK = "Check"
    PAYMENT = "Payment"
    CASH = "Cash"
    DIRECT_DEP = "DirectDep"
    DIRECT_DEBIT = "DirectDebit"
    REPEAT_PMT = "RepeatPmt"
    OTHER = "Other"


@dataclass(frozen=True)
class Window:
    """The days a transaction may be of, as its local date, both included.

    A date has no offset, so what is today somewhere on Earth is not in the future (UTC+14 is the furthest ahead), and
    what is a year ago somewhere (UTC-12) is not too old. Codat then decides by its own clock.
    """

    earliest: date
    latest: date

    @classmethod
    def at(cls, now: datetime) -> Self:
        return cls(_a_year_before(_day_at(now, _WESTERNMOST)), _day_at(now, _EASTERNMOST))

    def problem(self, when: datetime) -> str | None:
        day = when.date()
        if day > self.latest:
            return f"date {day} is in the future"
        if day < self.earliest:
            return f"date {day} is more than a year ago (the earliest that Xero takes is {self.earliest})"
        return None


def _day_at(now: datetime, offset: timedelta) -> date:
    return (now.astimezone(UTC) + offset).date()


def _a_year_before(day: date) -> date:
    try:
        return day.replace(year=day.year - 1)
    except ValueError:  # because the 29th of February has no such day
        return day.replace(year=day.year - 1, day=28)


def text_problem(name: str, text: str) -> str | None:
    """For a text of any field; tabs and line breaks are taken, because banks' descriptions have them."""
    if not text.isprintable() and not all(char.isprintable() or char in _BREAKS for char in text):
        return "has characters that are not printable, or is not UTF-8"
    longest = LONGEST_TEXTS.get(name)
    if longest is not None and len(text) > longest:
        return f"has {len(text):,} characters, Xero takes {longest:,}"
    return None


def amount_problem(amount: Decimal) -> str | None:
    """For an amount or a balance, which Xero keeps as decimal(19,4)."""
    if not amount.is_finite():
        return "must be a number"
    if abs(amount) >= _TOO_LARGE:
        return f"has more than {_WHOLE_DIGITS} digits before the decimal point"
    exponent = amount.as_tuple().exponent
    if isinstance(exponent, int) and exponent < -_DECIMALS and amount != round(amount, _DECIMALS):
        return f"has more than {_DECIMALS} decimals, which Xero would round"
    return None


def sign_problem(amount: Decimal, kind: TransactionType | None) -> str | None:
    """A credit is positive and a debit negative; of other types nothing is claimed."""
    if (kind is TransactionType.CREDIT and amount < 0) or (kind is TransactionType.DEBIT and amount > 0):
        sign = "negative" if amount < 0 else "positive"
        return f"amount {amount:f} is {sign}, and the type is {kind}: a credit is positive, a debit negative"
    return None


@dataclass(frozen=True)
class Entry:
    """What the rules for a sequence look at. `place` is where it stands, in words."""

    place: str
    date: datetime
    amount: Decimal
    balance: Decimal


def order_problem(previous: Entry, entry: Entry) -> str | None:
    """Within one account, transactions are in chronological order."""
    if entry.date >= previous.date:
        return None
    before = f"{_spoken(previous.date)} of {previous.place}"
    return f"date {_spoken(entry.date)} is before {before}: the order must be chronological"


def balance_warning(previous: Entry, entry: Entry) -> str | None:
    """A warning only, because Codat's own example breaks it, and Xero takes the last balance as it is."""
    expected = previous.balance + entry.amount
    if entry.balance == expected:
        return None
    return (
        f"balance {entry.balance:f} is not the {previous.balance:f} of {previous.place} and the amount"
        f" {entry.amount:f}, which make {expected:f}"
    )


def _spoken(when: datetime) -> str:
    return str(when.date()) if when.time() == datetime.min.time() else when.isoformat()
