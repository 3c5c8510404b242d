"""Bad rows in a table: each kind on its own, in words; and a file with all of them at once."""

from __future__ import annotations

import errno
import io
import os
import tempfile
from typing import TYPE_CHECKING, Final

import pytest

from pulumi_codat.api import CodatError
from pulumi_codat.bank_feeds import BadRows, open_statement

from .fake_clock import START
from .statements import COLUMNS, as_csv, as_file, as_objects, opened, right_rows

if TYPE_CHECKING:
    from pathlib import Path

    from pulumi_codat.bank_feeds import Format

LONG_AGO: Final = "date 2025-02-26 is more than a year ago (the earliest that Xero takes is 2025-02-28)"
NO_NUMBER: Final = "must be a plain number such as -12.50, without thousands separators or currency"
NO_DATE: Final = "must be a date such as 2026-03-31 or 2026-03-31T09:30:00"
NO_OFFSET: Final = "date must be a local date without an offset, because Codat ignores offsets"
NO_TYPE: Final = (
    "transactionType must be one of Unknown, Credit, Debit, Int, Div, Fee, SerChg, Dep, Atm, Pos, Xfer, Check, Payment,"
    " Cash, DirectDep, DirectDebit, RepeatPmt, Other"
)
NOT_PRINTABLE: Final = "has characters that are not printable, or is not UTF-8"

CHANGES: Final[tuple[tuple[dict[str, str], str], ...]] = (
    ({"id": ""}, "id is missing, and Xero requires it"),
    ({"id": "  "}, "id must not be empty"),
    ({"id": "tx\x00"}, f"id {NOT_PRINTABLE}"),
    ({"id": "tx-1"}, "id is that of line 2"),
    ({"date": ""}, "date is missing, and Xero requires it"),
    ({"date": "yesterday"}, f"date {NO_DATE}"),
    ({"date": "27/02/2026"}, f"date {NO_DATE}"),
    ({"date": "20260227"}, f"date {NO_DATE}"),
    ({"date": "2026-W09-5"}, f"date {NO_DATE}"),
    ({"date": "2026-02-30"}, f"date {NO_DATE}"),
    ({"date": "2026-13-01"}, f"date {NO_DATE}"),
    ({"date": "2026-02-27 09:30:00"}, f"date {NO_DATE}"),
    ({"date": "2026-02-27T25:00:00"}, f"date {NO_DATE}"),
    ({"date": "2026-02-27T09:30:00Z"}, NO_OFFSET),
    ({"date": "2026-02-27T09:30:00-05:00"}, NO_OFFSET),
    ({"date": "2026-03-02"}, "date 2026-03-02 is in the future"),
    ({"date": "2027-02-27"}, "date 2027-02-27 is in the future"),
    ({"date": "2025-02-26"}, LONG_AGO),
    ({"date": "1926-02-27"}, "date 1926-02-27 is more than a year ago (the earliest that Xero takes is 2025-02-28)"),
    ({"description": ""}, "description is missing, and Xero requires it"),
    ({"description": " "}, "description must not be empty"),
    ({"description": "x" * 2001}, "description has 2,001 characters, Xero takes 2,000"),
    ({"description": "bell \x07"}, f"description {NOT_PRINTABLE}"),
    ({"counterparty": "x" * 256}, "counterparty has 256 characters, Xero takes 255"),
    ({"reference": "x" * 256}, "reference has 256 characters, Xero takes 255"),
    ({"reference": "\u202eabc"}, f"reference {NOT_PRINTABLE}"),
    ({"reconciled": "maybe"}, "reconciled must be true or false"),
    ({"amount": ""}, "amount is missing, and Xero requires it"),
    ({"amount": "ten"}, f"amount {NO_NUMBER}"),
    ({"amount": "1,000.00"}, f"amount {NO_NUMBER}"),
    ({"amount": "£10.00"}, f"amount {NO_NUMBER}"),
    ({"amount": "(10.00)"}, f"amount {NO_NUMBER}"),
    ({"amount": "10."}, f"amount {NO_NUMBER}"),
    ({"amount": "1e3"}, f"amount {NO_NUMBER}"),
    ({"amount": "NaN"}, f"amount {NO_NUMBER}"),
    ({"amount": "\u0661\u0660"}, f"amount {NO_NUMBER}"),
    ({"amount": "1.00001", "transactionType": "Int"}, "amount has more than 4 decimals, which Xero would round"),
    (
        {"amount": "1000000000000000", "transactionType": "Int"},
        "amount has more than 15 digits before the decimal point",
    ),
    ({"balance": ""}, "balance is missing, and Xero requires it"),
    ({"balance": "-"}, f"balance {NO_NUMBER}"),
    ({"balance": "0.00009"}, "balance has more than 4 decimals, which Xero would round"),
    ({"balance": "9" * 16}, "balance has more than 15 digits before the decimal point"),
    ({"transactionType": ""}, "transactionType is missing, and Xero requires it"),
    ({"transactionType": "credit"}, NO_TYPE),
    ({"transactionType": "Refund"}, NO_TYPE),
    (
        {"amount": "-5.00", "transactionType": "Credit"},
        "amount -5.00 is negative, and the type is Credit: a credit is positive, a debit negative",
    ),
    (
        {"amount": "5.00", "transactionType": "Debit"},
        "amount 5.00 is positive, and the type is Debit: a credit is positive, a debit negative",
    ),
    ({"date": "", "amount": "x"}, f"date is missing, and Xero requires it, amount {NO_NUMBER}"),
    ({"date": "2026-03-02", "id": "tx-1"}, "date 2026-03-02 is in the future, id is that of line 2"),
)

LINES: Final[tuple[tuple[Format, str, str], ...]] = (
    ("csv", "only,three,columns", "has 3 columns, and the header has 9"),
    ("csv", '"never closed', "is not CSV (unexpected end of data), and what follows cannot be read"),
    ("csv", f'"a"b{"," * 8}', "is not CSV (',' expected after '\"'), and what follows cannot be read"),
    ("jsonl", "{not json}", "is not JSON (Expecting property name enclosed in double quotes)"),
    ("jsonl", '{"id": "1", "id": "2"}', "names id more than once"),
    ("jsonl", '["tx-1"]', "is not a JSON object"),
    ("jsonl", "[" * 200_000, "is not JSON (nested too deeply)"),
    ("json", "[" * 200_000, "is not JSON (nested too deeply), and what follows cannot be read"),
    ("json", '{"id": "1"}] x', "is not JSON (something follows the end of the array)"),
    ("json", '{"id": "1"}], {', "is not JSON (something follows the end of the array)"),
    ("json", '{"id": "1"}][{"id": "2"}]', "is not JSON (something follows the end of the array)"),
    ("json", '{"id": "1"},]', "is not JSON (Expecting value), and what follows cannot be read"),
    ("jsonl", "{" + " " * (1 << 20), "is longer than 1,048,576 characters, and what follows cannot be read"),
    ("json", "{not json}]", "is not JSON (Expecting property name enclosed in double quotes), and what follows cannot"),
    ("json", '{"id": "1"', "is not JSON (Expecting ',' delimiter), and what follows cannot be read"),
    ("json", '{"id": "1"} {"id": "2"}]', "is not JSON (a comma or the end of the array must follow)"),
    ("json", "null]", "is not a JSON object"),
)

VALUES: Final = (
    ('"id": 7', "id must be text"),
    ('"description": ["a"]', "description must be text"),
    ('"counterparty": 1', "counterparty must be text"),
    ('"date": 20260227', f"date {NO_DATE}"),
    ('"amount": true', "amount must be a Decimal or a text, because a float is not exact"),
    ('"amount": NaN', "amount must be a Decimal or a text, because a float is not exact"),
    ('"amount": 1e999', f"amount {NO_NUMBER}"),
    ('"amount": 1e99999999999999999999', f"amount {NO_NUMBER}"),
    ('"balance": 0e-5000000', f"balance {NO_NUMBER}"),
    (f'"amount": 0.{"0" * 39}', f"amount {NO_NUMBER}"),
    (f'"amount": {"9" * 5000}', f"amount {NO_NUMBER}"),
    ('"amount": {"a": 1}', "amount must be a number"),
    ('"amount": null', "amount is missing, and Xero requires it"),
    ('"reconciled": 2', "reconciled must be true or false"),
    ('"transactionType": 1', NO_TYPE),
)


def test_there_are_fifty_kinds_and_more() -> None:
    assert len(CHANGES) + len(LINES) + len(VALUES) >= 60


@pytest.mark.parametrize(("change", "says"), CHANGES, ids=str)
def test_a_bad_row_is_told_with_its_line_and_nothing_else_is(change: dict[str, str], says: str) -> None:
    rows = right_rows(4)
    rows[2] |= change
    with pytest.raises(BadRows) as caught, opened(as_csv(rows)):
        pass
    told = [line for line in caught.value.lines if line.startswith("line 4: ")]
    assert told in ([f"line 4: {says}"], [f"line 4: {says}, {_order(told)}"])


def _order(told: list[str]) -> str:
    """A date that is far too early is out of order as well."""
    return told[0].rpartition(", ")[2] if told and "chronological" in told[0] else ""


@pytest.mark.parametrize(("kind", "line", "says"), LINES, ids=lambda word: word[:60])
def test_a_line_that_is_no_row_is_told_with_its_number(kind: Format, line: str, says: str) -> None:
    rows = right_rows(2)
    lead = {
        "csv": as_csv(rows).decode(),
        "jsonl": "".join(f"{row}\n" for row in as_objects(rows)),
        "json": "[" + "".join(f"{row},\n" for row in as_objects(rows)),
    }[kind]
    number = lead.count("\n") + 1
    with pytest.raises(BadRows) as caught, opened((lead + line + "\n").encode(), kind):
        pass
    assert caught.value.lines[-1].startswith(f"line {number}: {says}")


@pytest.mark.parametrize(("value", "says"), VALUES, ids=lambda word: word[:60])
def test_a_value_of_another_kind_is_told(value: str, says: str) -> None:
    (row,) = right_rows(1)
    del row[value.split('"')[1]]
    (text,) = as_objects([row])
    data = f"{text[:-1]}, {value}}}\n"
    with pytest.raises(BadRows) as caught, opened(data.encode(), "jsonl"):
        pass
    assert caught.value.lines == (f"line 1: {says}",)


def test_a_byte_that_is_not_utf_8_is_told_with_its_line() -> None:
    data = as_csv(right_rows(3)).replace(b"Payment 2", b"Payment \xe9")
    with pytest.raises(BadRows) as caught, opened(data):
        pass
    assert caught.value.lines == (f"line 3: description {NOT_PRINTABLE}",)


def test_a_cell_over_several_lines_is_told_with_the_line_it_begins_at() -> None:
    rows = right_rows(3)
    rows[0]["description"] = "two\nlines"
    rows[1]["amount"] = "x"
    with pytest.raises(BadRows) as caught, opened(as_csv(rows)):
        pass
    assert caught.value.lines == (f"line 4: amount {NO_NUMBER}",)


def test_a_file_of_every_kind_of_bad_row_names_the_first_twenty_and_counts_the_others() -> None:
    rows = [row | change for row, (change, _) in zip(right_rows(len(CHANGES) + 1)[1:], CHANGES, strict=True)]
    data = as_csv([right_rows(len(CHANGES) + 1)[0], *rows], COLUMNS) + b"only,three,columns\n"
    with pytest.raises(BadRows) as caught, opened(data):
        pass
    assert caught.value.count == len(CHANGES) + 1
    assert len(caught.value.lines) == 20
    assert [int(line.split(":")[0].removeprefix("line ")) for line in caught.value.lines] == list(range(3, 23))
    assert str(caught.value).startswith(
        "50 rows are wrong, so nothing was sent: line 3: id is missing, and Xero requires it; line 4: "
    )
    assert str(caught.value).endswith("; and 30 more")
    assert "\n" not in str(caught.value)


@pytest.mark.parametrize("follows", ["\n", "\n[]", " ]", ",", "\n\n\n{"])
def test_what_follows_a_whole_array_is_told_with_its_line(follows: str) -> None:
    rows = right_rows(2)
    data = as_file(rows, "json") + follows.encode()
    if not follows.strip():
        with opened(data, "json") as statement:
            assert len(statement) == 2
        return
    line = data[: -len(follows.lstrip())].count(b"\n") + 1
    with pytest.raises(BadRows) as caught, opened(data, "json"):
        pass
    assert caught.value.lines == (f"line {line}: is not JSON (something follows the end of the array)",)


class _Failing(io.BytesIO):
    """A file on a disk that fails at its second read."""

    reads = 0

    def read(self, size: int | None = -1) -> bytes:
        self.reads += 1
        if self.reads > 1:
            raise OSError(errno.EIO, os.strerror(errno.EIO))
        return super().read(size)


@pytest.mark.parametrize("kind", ["csv", "json", "jsonl"])
def test_a_disk_that_fails_amid_the_file_is_one_line(kind: Format) -> None:
    file = _Failing(as_file(right_rows(3), kind))
    says = r"^the file cannot be read to its end [(]Input/output error[)], so nothing was sent$"
    with pytest.raises(CodatError, match=says), open_statement(file, format=kind, now=START):
        pass


def test_a_full_disk_of_temporary_files_is_one_line(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(tempfile, "TemporaryFile", lambda: open("/dev/full", "r+b"))  # noqa: SIM115, PTH123 because it is closed by its user
    says = r"^the rows cannot be kept in a temporary file [(]No space left on device[)]: make room, or name another"
    with pytest.raises(CodatError, match=says), opened(as_csv(right_rows(200))):
        pass


def test_a_missing_folder_of_temporary_files_is_one_line(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setattr(tempfile, "tempdir", str(tmp_path / "nowhere"))
    says = r"^the rows cannot be kept in a temporary file [(]No such file or directory[)]"
    with pytest.raises(CodatError, match=says), opened(as_csv(right_rows(2))):
        pass
