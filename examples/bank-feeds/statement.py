"""Prints a small statement of the last days as CSV.

It stands in for the bank's own export. A file with fixed dates would be refused one day, because Xero takes no
transaction that is older than a year.
"""

import csv
import sys
from datetime import UTC, datetime, timedelta
from decimal import Decimal

_OPENING = Decimal("1250.00")
_ROWS = (
    (3, "Card payment, Office Mart", "Office Mart", "Debit", Decimal("-60.40")),
    (2, "Invoice INV-0042", "Toft stores", "Credit", Decimal("480.00")),
    (2, "Card payment, Amazon", "Amazon", "Debit", Decimal("-19.99")),
    (1, "Account fee", "Bank of Dave", "Fee", Decimal("-7.50")),
)


def main() -> None:
    """The oldest first, each row with the balance after it, as Xero wants them."""
    today = datetime.now(UTC).date()
    balance = _OPENING
    rows = csv.writer(sys.stdout, lineterminator="\n")
    rows.writerow(["id", "date", "description", "counterparty", "amount", "balance", "transactionType"])
    for number, (days_ago, description, counterparty, kind, amount) in enumerate(_ROWS, start=1):
        day = today - timedelta(days=days_ago)
        balance += amount
        rows.writerow([f"{day:%Y%m%d}-{number}", day.isoformat(), description, counterparty, amount, balance, kind])


if __name__ == "__main__":
    main()
