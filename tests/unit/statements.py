"""Statements for tests: rows that are right, in each format a file may have."""

from __future__ import annotations

import io
import json
from contextlib import contextmanager
from datetime import datetime, timedelta
from decimal import Decimal
from typing import TYPE_CHECKING, Any, Final

from pulumi_codat.bank_feeds import Format, Statement, open_statement

from .fake_clock import START

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

HEADER: Final = ("id", "date", "description", "counterparty", "reference", "reconciled", "amount", "balance")
COLUMNS: Final = (*HEADER, "transactionType")


def right_rows(count: int, now: datetime = START) -> list[dict[str, str]]:
    """Rows as a bank exports them: an hour apart up to yesterday, with balances that add up."""
    balance = Decimal("1000.00")
    begins = now.replace(tzinfo=None, microsecond=0) - timedelta(days=1, hours=count)
    rows = []
    for number in range(1, count + 1):
        amount = Decimal(number % 7 - 3) + Decimal("0.10")
        balance += amount
        rows.append(
            {
                "id": f"tx-{number}",
                "date": (begins + timedelta(hours=number)).isoformat(),
                "description": f"Payment {number}, by card",
                "counterparty": "ACME INC",
                "reference": f"Ref-{number}",
                "reconciled": "false",
                "amount": str(amount),
                "balance": str(balance),
                "transactionType": "Credit" if amount > 0 else "Debit",
            }
        )
    return rows


def as_csv(rows: Sequence[Mapping[str, Any]], columns: Sequence[str] = COLUMNS) -> bytes:
    """Every cell in quotes, because a description has commas."""
    cells = [columns, *([str(row.get(column, "")) for column in columns] for row in rows)]
    lines = [",".join('"' + cell.replace('"', '""') + '"' for cell in line) for line in cells]
    return ("\n".join(lines) + "\n").encode()


def as_objects(rows: Sequence[Mapping[str, Any]]) -> list[str]:
    """JSON with numbers and booleans, their digits as they are."""
    return [
        "{"
        + ", ".join(
            f'"{name}": {value if name in {"amount", "balance", "reconciled"} else json.dumps(value)}'
            for name, value in row.items()
        )
        + "}"
        for row in rows
    ]


def as_file(rows: Sequence[Mapping[str, Any]], kind: Format) -> bytes:
    match kind:
        case "csv":
            return as_csv(rows)
        case "json":
            return ("[\n" + ",\n".join(as_objects(rows)) + "\n]\n").encode()
        case "jsonl":
            return ("\n".join(as_objects(rows)) + "\n").encode()


@contextmanager
def opened(
    data: bytes, kind: Format = "csv", *, now: datetime = START, batch_rows: int = 1000, **how: Any
) -> Iterator[Statement]:
    with open_statement(io.BytesIO(data), format=kind, now=now, batch_rows=batch_rows, **how) as statement:
        yield statement
