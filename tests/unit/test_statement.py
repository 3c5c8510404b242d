"""Statements: the same rows out of each format, exact, in batches; and in order where that is asked for."""

from __future__ import annotations

import hashlib
import io
import json
import random
import tracemalloc
from datetime import date, timedelta
from decimal import Decimal
from pathlib import Path

import pytest

from pulumi_codat.api import CodatError
from pulumi_codat.bank_feeds import BadRows, BankTransaction, Format, Statement, format_of, statement_of

from .fake_clock import START
from .statements import COLUMNS, as_csv, as_file, opened, right_rows

FORMATS: tuple[Format, ...] = ("csv", "json", "jsonl")


def sent(statement: Statement) -> list[dict[str, object]]:
    """All rows as Codat would get them, numbers as they are written."""
    bodies = [json.loads(statement.body(batch, "acc"), parse_float=str, parse_int=str) for batch in statement.batches()]
    return [row for body in bodies for row in body["transactions"]]


@pytest.mark.parametrize("kind", FORMATS)
def test_every_format_gives_the_same_rows_digit_for_digit(kind: Format) -> None:
    rows = right_rows(5)
    rows[1] |= {"amount": "-0.9000", "balance": "997.2000"}
    del rows[2]["counterparty"], rows[2]["reference"], rows[2]["reconciled"]
    data = as_file(rows, kind)
    with opened(data, kind) as statement:
        assert sent(statement) == [
            {name: {"false": False}.get(value, value) for name, value in row.items()} for row in rows
        ]
        assert statement.sha256 == hashlib.sha256(data).hexdigest()


@pytest.mark.parametrize("kind", FORMATS)
def test_a_byte_order_mark_and_windows_line_ends_are_no_part_of_the_rows(kind: Format) -> None:
    data = b"\xef\xbb\xbf" + as_file(right_rows(3), kind).replace(b"\n", b"\r\n")
    with opened(data, kind) as statement:
        assert [row["id"] for row in sent(statement)] == ["tx-1", "tx-2", "tx-3"]


def test_columns_are_found_by_name_however_they_are_spelled_and_others_are_named() -> None:
    names = ("ID", "Date", "Description", "Counter Party", "REFERENCE", "x", "amount", "Balance", "transaction_type")
    lines = as_csv(right_rows(2)).split(b"\n", 1)
    with opened(",".join(names).encode() + b"\n" + lines[1]) as statement:
        assert len(statement) == 2
        assert statement.ignored == ("x",)


def test_a_field_is_where_the_map_says() -> None:
    data = as_csv(right_rows(2)).replace(b'"description"', b'"Details"').replace(b'"reference"', b'"description"')
    with opened(data, fields={"description": "details", "reference": "Description"}) as statement:
        assert [row["reference"] for row in sent(statement)] == ["Ref-1", "Ref-2"]
    data = as_file(right_rows(2), "jsonl").replace(b'"description"', b'"Details"')
    with opened(data, "jsonl", fields={"description": "Details"}) as statement:
        assert len(statement) == 2


@pytest.mark.parametrize(
    ("data", "kind", "says"),
    [
        (b"", "csv", "the file is empty: the first line of a CSV file names its columns"),
        (as_csv([]), "csv", "there are no transactions"),
        (b"[]", "json", "there are no transactions"),
        (b"", "jsonl", "there are no transactions"),
        (b"", "json", "the file is not a JSON array of transactions"),
        (b'{"id": "1"}', "json", "the file is not a JSON array of transactions"),
        (b"a,b\n1,2\n", "csv", "the header has no column for id, date, description, amount, balance, transactionType"),
        (as_csv([], [*COLUMNS, "Amount"]), "csv", "the header names amount more than once"),
    ],
)
def test_what_is_no_statement_is_one_line(data: bytes, kind: Format, says: str) -> None:
    with pytest.raises(CodatError) as caught, opened(data, kind):
        pass
    assert says in str(caught.value)


@pytest.mark.parametrize(
    ("name", "kind"),
    [("a.csv", "csv"), ("a.JSON", "json"), ("a.jsonl", "jsonl"), ("a.ndjson", "jsonl"), ("a.txt", None)],
)
def test_the_ending_says_what_a_file_is(name: str, kind: Format | None) -> None:
    assert format_of(Path(name)) == kind


def test_a_row_out_of_order_is_told_once_with_its_neighbour_and_sort_puts_it_right() -> None:
    rows = right_rows(6)[::-1]
    with pytest.raises(BadRows) as caught, opened(as_csv(rows)):
        pass
    assert caught.value.count == 1
    assert caught.value.lines[0].endswith("of line 2: the order must be chronological (--sort sorts them)")
    with opened(as_csv(rows), sort=True) as statement:
        assert [row["id"] for row in sent(statement)] == [f"tx-{number}" for number in range(1, 7)]
        assert statement.warnings == ()
        assert [(batch.first, batch.last, batch.lines) for batch in statement.batches()] == [(1, 6, (7, 2))]


def test_sorting_keeps_the_file_s_order_within_one_time() -> None:
    rows = right_rows(300)
    day = START.date() - timedelta(days=9)
    for number, row in enumerate(rows):
        row["date"] = str(day + timedelta(days=number % 3))
    random.Random(7).shuffle(rows)  # noqa: S311 because a test's order is no secret
    with opened(as_csv(rows), sort=True, batch_rows=7) as statement:
        got = [str(row["id"]) for row in sent(statement)]
    assert got == [row["id"] for row in sorted(rows, key=lambda row: row["date"])]


def test_balances_that_do_not_add_up_are_warned_of_row_by_row() -> None:
    rows = right_rows(40)
    for row in rows[5:]:
        row["balance"] = "1"
    with opened(as_csv(rows)) as statement:
        assert statement.warning_count == 35
        assert len(statement.warnings) == 20
        assert statement.warnings[0].startswith("line 7: balance 1 is not the ")


def test_batches_have_at_most_so_many_rows_and_every_row_once() -> None:
    with opened(as_csv(right_rows(23)), batch_rows=10) as statement:
        batches = list(statement.batches())
        assert [(batch.number, batch.first, batch.last, batch.rows) for batch in batches] == [
            (1, 1, 10, 10),
            (2, 11, 20, 10),
            (3, 21, 23, 3),
        ]
        assert statement.ids(batches[2]) == ("tx-21", "tx-22", "tx-23")
        assert str(batches[2]) == "batch 3 (rows 21 to 23, lines 22 to 24)"


def test_a_batch_is_smaller_where_xero_s_limit_of_bytes_asks_for_it() -> None:
    rows = right_rows(640)
    for row in rows:
        row["description"] = "é" * 2000
    with opened(as_file(rows, "jsonl"), "jsonl") as statement:
        batches = list(statement.batches())
        sizes = [len(statement.body(batch, "acc")) for batch in batches]
    assert sum(batch.rows for batch in batches) == 640
    assert len(batches) == 2
    assert max(sizes) < 3_000_000


def test_a_body_is_the_same_every_time_because_its_key_stands_for_it() -> None:
    with opened(as_csv(right_rows(9))) as statement:
        (batch,) = statement.batches()
        once = statement.body(batch, "acc-1")
        assert statement.body(batch, "acc-1") == once
        assert json.loads(once)["accountId"] == "acc-1"


def test_what_is_sent_is_what_was_validated_though_the_file_changes() -> None:
    file = io.BytesIO(as_csv(right_rows(2)))
    with opened(file.getvalue()) as statement:
        file.seek(0)
        file.write(b"gone")
        assert [row["id"] for row in sent(statement)] == ["tx-1", "tx-2"]


def test_a_program_s_own_transactions_are_held_to_the_same_rules() -> None:
    made = [
        BankTransaction(id="1", date="2026-02-01", description="a", amount=1, balance=1, transaction_type="Credit"),  # type: ignore[arg-type] # because it is validated
        BankTransaction(
            id="2",
            date=date(2026, 2, 2),  # type: ignore[arg-type] # likewise
            description="b",
            amount=Decimal("-0.50"),
            balance=Decimal("0.50"),
            transaction_type="Debit",  # type: ignore[arg-type] # likewise
        ),
    ]
    with statement_of(made, now=START) as statement:
        assert [row["amount"] for row in sent(statement)] == ["1", "-0.50"]
        assert [row["date"] for row in sent(statement)] == ["2026-02-01T00:00:00", "2026-02-02T00:00:00"]
    with pytest.raises(BadRows, match="row 2: id is that of row 1"), statement_of([made[0], made[0]], now=START):
        pass


@pytest.mark.parametrize("amount", [1.0, True])
def test_a_float_is_no_amount(amount: object) -> None:
    with pytest.raises(ValueError, match="must be a Decimal or a text, because a float is not exact"):
        BankTransaction.model_validate(
            {
                "id": "1",
                "date": "2026-02-01",
                "description": "a",
                "amount": amount,
                "balance": 1,
                "transactionType": "Int",
            }
        )


@pytest.mark.parametrize("rows", [0, 1001])
def test_a_batch_has_1_to_1000_rows(rows: int) -> None:
    with pytest.raises(ValueError, match="batch_rows must be from 1 to 1000"), opened(b"", batch_rows=rows):
        pass


@pytest.mark.parametrize("kind", FORMATS)
def test_memory_does_not_grow_with_what_the_file_holds(kind: Format) -> None:
    rows = [row | {"note": "x" * 50_000} for row in right_rows(100)]
    data = as_csv(rows, [*COLUMNS, "note"]) if kind == "csv" else as_file(rows, kind)
    tracemalloc.start()
    try:
        with opened(data, kind) as statement:
            _, peak = tracemalloc.get_traced_memory()
            assert len(statement) == 100
    finally:
        tracemalloc.stop()
    assert len(data) > 5_000_000
    assert peak < 1_500_000
