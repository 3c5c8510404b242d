"""Push bank transactions to Xero through Codat: in order, each once, and a crash at any point does no harm.

    from datetime import UTC, datetime
    from pathlib import Path
    from pulumi_codat import bank_feeds
    from pulumi_codat.api import Codat

    codat = Codat.connect(api_key=..., base_url="https://api.codat.io", max_wait_seconds=60, user_agent="acme/1")
    target = bank_feeds.Target(company=..., connection=..., source_account="acc-1")
    with (
        open("statement.csv", "rb") as file,
        bank_feeds.open_statement(file, format="csv", now=datetime.now(UTC)) as statement,
        bank_feeds.open_journal(Path("statement.csv.journal")) as journal,
    ):
        outcome = bank_feeds.push(statement, target, codat=codat, journal=journal)

`statement_of` takes `BankTransaction`s that a program has; `wait` polls a push that something else began. What goes
wrong is a `CodatError` of one line. `import pulumi_codat` does not import this.
"""

from pulumi_codat.bank_feeds.files import Format, format_of
from pulumi_codat.bank_feeds.journal import Journal, open_journal
from pulumi_codat.bank_feeds.models import FIELDS, BankTransaction, Target
from pulumi_codat.bank_feeds.polling import wait
from pulumi_codat.bank_feeds.pushing import push
from pulumi_codat.bank_feeds.results import Progress, PushFailed, PushResult, SettledBatch, StillPending, Undecided
from pulumi_codat.bank_feeds.statement import BadRows, Batch, Statement, open_statement, statement_of

__all__ = [
    "FIELDS",
    "BadRows",
    "BankTransaction",
    "Batch",
    "Format",
    "Journal",
    "Progress",
    "PushFailed",
    "PushResult",
    "SettledBatch",
    "Statement",
    "StillPending",
    "Target",
    "Undecided",
    "format_of",
    "open_journal",
    "open_statement",
    "push",
    "statement_of",
    "wait",
]
