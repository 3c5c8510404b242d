"""Bank transactions: the body that pushes them, and Xero's rules for them (reference, section 7)."""

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal
from typing import Annotated, Literal

from pydantic import Field, field_validator

from codat_emulator._errors import Problem, bad_request
from codat_emulator._wire import WireModel

__all__ = ["BankTransaction", "CreateBankTransactions", "Verdict", "check_ids", "verdict"]

_AT_ONCE = 1000
_LOCAL = re.compile(r"(\d{4}-\d{2}-\d{2})(?:T(\d{2}:\d{2}:\d{2})(?:\.(\d{1,6})\d*)?(?:Z|[+-]\d{2}:\d{2})?)?", re.ASCII)
_Type = Literal[
    "Unknown", "Credit", "Debit", "Int", "Div", "Fee", "SerChg", "Dep", "Atm", "Pos", "Xfer", "Check", "Payment",
    "Cash", "DirectDep", "DirectDebit", "RepeatPmt", "Other",
]  # fmt: skip
# The others may go either way. The published types are those of OFX, whose definitions these two sets follow.
_MONEY_IN = frozenset({"Credit", "Div", "Dep", "DirectDep"})
_MONEY_OUT = frozenset({"Debit", "Fee", "SerChg", "Check", "Payment", "Cash", "DirectDebit", "RepeatPmt"})
_REQUIRED = ("id", "date", "description", "amount", "balance", "transaction_type")

# 28 digits are what a decimal of .NET, which Codat's types are named after, can surely hold.
_Amount = Annotated[Decimal, Field(max_digits=28, allow_inf_nan=False)]


class BankTransaction(WireModel):
    """One transaction. Codat's description requires none of its fields and lets five be null; Xero requires six."""

    id: str | None = None
    date: str | None = None
    description: str | None = None
    counterparty: str | None = None
    reference: str | None = None
    reconciled: bool | None = None
    amount: _Amount | None = None
    balance: _Amount | None = None
    transaction_type: _Type | None = None

    @field_validator("date")
    @classmethod
    def _is_local(cls, text: str | None) -> str | None:
        if text is not None:
            _local(text)
        return text

    @property
    def moment(self) -> datetime | None:
        """The local date and time; an offset is ignored, and a date alone is its midnight."""
        return _local(self.date) if self.date else None


class CreateBankTransactions(WireModel):
    """Of `POST .../push/bankAccounts/{accountId}/bankTransactions`. At least one transaction is our choice."""

    account_id: str
    transactions: Annotated[list[BankTransaction], Field(min_length=1, max_length=_AT_ONCE)]


@dataclass(frozen=True, slots=True)
class Verdict:
    """What Xero says to a list of transactions: with an error it takes none of them, with a warning all."""

    errors: tuple[Problem, ...]
    warnings: tuple[Problem, ...]


def check_ids(transactions: Sequence[BankTransaction]) -> None:
    """400 for an id that stands twice in one request.

    "Unique for the company", but not what happens otherwise. That a request contradicts itself is refused, and that an
    id of an earlier request lands again as another transaction, without a word, are our choice: a client that sends
    twice must be found out, not be saved.
    """
    seen: set[str] = set()
    for place, transaction in enumerate(transactions):
        if transaction.id is None:
            continue
        if transaction.id in seen:
            raise bad_request("id must be unique", f"transactions.{place}.id", CreateBankTransactions.__name__)
        seen.add(transaction.id)


def verdict(transactions: Sequence[BankTransaction], today: date) -> Verdict:
    """Xero's rules: six fields are there, dates ascend and lie within a year, and the sign agrees with the type.

    That texts must not be empty, and that today is a day of UTC, is our choice.
    """
    return Verdict(
        (*_missing(transactions), *_outside(transactions, today), *_out_of_order(transactions)),
        tuple(_contradictions(transactions)),
    )


def _missing(transactions: Sequence[BankTransaction]) -> Iterator[Problem]:
    for place, transaction in enumerate(transactions):
        for name in _REQUIRED:
            if getattr(transaction, name) in {None, ""}:
                alias = BankTransaction.model_fields[name].alias
                yield Problem(f"{alias} is required for Xero", f"transactions.{place}.{alias}", "Required")


def _outside(transactions: Sequence[BankTransaction], today: date) -> Iterator[Problem]:
    oldest = _a_year_before(today)
    for place, transaction in enumerate(transactions):
        moment = transaction.moment
        if moment is not None and moment.date() < oldest:
            yield Problem("date must not be older than one year", f"transactions.{place}.date", "DateRange")
        if moment is not None and moment.date() > today:
            yield Problem("date must not be after today", f"transactions.{place}.date", "DateRange")


def _out_of_order(transactions: Sequence[BankTransaction]) -> Iterator[Problem]:
    latest: datetime | None = None
    for place, transaction in enumerate(transactions):
        moment = transaction.moment
        if moment is None:
            continue
        if latest is not None and moment < latest:
            message = "transactions must be in chronological order"
            yield Problem(message, f"transactions.{place}.date", "ChronologicalOrder")
        latest = moment


def _contradictions(transactions: Sequence[BankTransaction]) -> Iterator[Problem]:
    for place, transaction in enumerate(transactions):
        amount, kind = transaction.amount or Decimal(0), transaction.transaction_type
        if (kind in _MONEY_IN and amount < 0) or (kind in _MONEY_OUT and amount > 0):
            message = f"the sign of amount does not agree with transactionType {kind}"
            yield Problem(message, f"transactions.{place}.amount", "AmountSign")


def _local(text: str) -> datetime:
    found = _LOCAL.fullmatch(text)
    if found is None:
        raise ValueError("must be a date, or a date and time, in ISO 8601")
    day, time, fraction = found.groups()
    return datetime.fromisoformat(f"{day}T{time or '00:00:00'}.{(fraction or '0'):0<6}")


def _a_year_before(today: date) -> date:
    try:
        return today.replace(year=today.year - 1)
    except ValueError:  # because there is no 29 February in the year before
        return today.replace(year=today.year - 1, day=28)
