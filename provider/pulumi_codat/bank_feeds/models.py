"""What is pushed, and where to: typed, exact, and held to the rules that concern one transaction alone."""

from __future__ import annotations

import json
import re
from dataclasses import dataclass
from datetime import date, datetime, time
from decimal import Decimal
from typing import TYPE_CHECKING, Annotated, Final

from pydantic import (
    BaseModel,
    BeforeValidator,
    ConfigDict,
    StrictStr,
    ValidationError,
    ValidationInfo,
    field_validator,
    model_validator,
)
from pydantic.alias_generators import to_camel

from pulumi_codat.xero.bank_transactions import TransactionType, amount_problem, sign_problem, text_problem

if TYPE_CHECKING:
    from uuid import UUID

__all__ = ["FIELDS", "BankTransaction", "Target", "problems_of"]

_NUMBER: Final = re.compile(r"[+-]?[0-9]+(\.[0-9]+)?")
_DATE: Final = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}(T[0-9]{2}:[0-9]{2}(:[0-9]{2}(\.[0-9]{1,9})?)?)?")
_OFFSET: Final = re.compile(r"T.*(Z|[+-][0-9]{2}:?[0-9]{2})$")
_LONGEST_NUMBER: Final = 40
_ENCODE: Final = json.JSONEncoder(ensure_ascii=False).encode
_BOOLEANS: Final = {"true": True, "false": False}


def _exact(value: object) -> object:
    if isinstance(value, str):
        text = value.strip()
        if not _NUMBER.fullmatch(text) or len(text) > _LONGEST_NUMBER:
            raise ValueError("must be a plain number such as -12.50, without thousands separators or currency")
        return Decimal(text)
    if isinstance(value, float | bool):
        raise ValueError("must be a Decimal or a text, because a float is not exact")  # noqa: TRY004 for pydantic
    return value


def _local(value: object) -> object:
    match value:
        case str():
            text = value.strip()
            if _OFFSET.search(text):
                raise ValueError("must be a local date without an offset, because Codat ignores offsets")
            if _DATE.fullmatch(text):
                try:
                    return datetime.fromisoformat(text)
                except ValueError:
                    pass  # because a 13th month is no date either
            raise ValueError("must be a date such as 2026-03-31 or 2026-03-31T09:30:00")
        case datetime():
            if value.tzinfo is not None:
                raise ValueError("must be a local date without an offset, because Codat ignores offsets")
            return value
        case date():
            return datetime.combine(value, time())
        case _:
            raise ValueError("must be a date such as 2026-03-31 or 2026-03-31T09:30:00")


def _yes_or_no(value: object) -> object:
    return _BOOLEANS.get(value.strip().lower(), value) if isinstance(value, str) else value


_Amount = Annotated[Decimal, BeforeValidator(_exact)]


class BankTransaction(BaseModel):
    """One row of a statement, with all that Xero asks for; what is wrong with it is a `ValidationError`.

    `id`: unique for the company; `date`: local, without an offset; `amount`: a credit is positive, a debit negative;
    `balance`: of the account after this transaction. Amounts are exact: a Decimal, an int or a text, never a float.
    Source: https://docs.codat.io/bank-feeds-api (CreateBankTransactions) and Xero's limits in `xero.bank_transactions`.
    """

    model_config = ConfigDict(
        frozen=True, extra="forbid", alias_generator=to_camel, populate_by_name=True, hide_input_in_errors=True
    )

    id: StrictStr
    date: Annotated[datetime, BeforeValidator(_local)]
    description: StrictStr
    counterparty: StrictStr | None = None
    reference: StrictStr | None = None
    reconciled: Annotated[bool | None, BeforeValidator(_yes_or_no)] = None
    amount: _Amount
    balance: _Amount
    transaction_type: TransactionType

    @field_validator("id", "description", "counterparty", "reference")
    @classmethod
    def _text(cls, value: str | None, info: ValidationInfo) -> str | None:
        if value is not None and (problem := text_problem(info.field_name or "", value)):
            raise ValueError(problem)
        return value

    @field_validator("id", "description")
    @classmethod
    def _something(cls, value: str) -> str:
        if not value.strip():
            raise ValueError("must not be empty")
        return value

    @field_validator("amount", "balance")
    @classmethod
    def _kept_by_xero(cls, value: Decimal) -> Decimal:
        if problem := amount_problem(value):
            raise ValueError(problem)
        return value

    @model_validator(mode="after")
    def _sign_and_type_agree(self) -> BankTransaction:
        if problem := sign_problem(self.amount, self.transaction_type):
            raise ValueError(problem)
        return self

    def as_json(self) -> str:
        """As it is sent: one line, decimals with exactly the digits they were given with."""
        texts = {"id": self.id, "date": self.date.isoformat(), "description": self.description}
        optional = {"counterparty": self.counterparty, "reference": self.reference, "reconciled": self.reconciled}
        given = texts | {name: value for name, value in optional.items() if value is not None}
        return (
            f"{_ENCODE(given)[:-1]}, "
            f'"amount": {self.amount:f}, "balance": {self.balance:f}, "transactionType": "{self.transaction_type}"}}'
        )


FIELDS: Final = tuple(field.alias or name for name, field in BankTransaction.model_fields.items())
"""The names of the fields on the wire, and by default in files."""

_TYPES: Final = ", ".join(TransactionType)
_WORDS: Final = {
    "missing": "is missing, and Xero requires it",
    "string_type": "must be text",
    "decimal_type": "must be a number",
    "enum": f"must be one of {_TYPES}",
    "bool_type": "must be true or false",
    "bool_parsing": "must be true or false",
    "extra_forbidden": "is not a field of a bank transaction",
}
"""For a person, in the place of pydantic's own."""


def problems_of(error: ValidationError) -> list[str]:
    """What is wrong with one transaction, each in words that begin with the field."""
    return [
        " ".join(
            [
                *(str(part) for part in problem["loc"][:1]),
                _WORDS.get(problem["type"], problem["msg"].removeprefix("Value error, ")),
            ]
        )
        for problem in error.errors(include_input=False, include_url=False)
    ]


@dataclass(frozen=True)
class Target:
    """Where transactions go: a company's connection to Xero, and the source account (the bank's own) at Codat."""

    company: UUID
    connection: UUID
    source_account: str
