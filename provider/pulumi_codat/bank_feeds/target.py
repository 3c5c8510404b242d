"""What is looked at before anything is sent: the account, the connection, the source account, and the journal."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from pulumi_codat.api import CodatError
from pulumi_codat.bank_feeds.polling import with_whole_deadline
from pulumi_codat.xero import INTEGRATION_ID, PLATFORM_KEY

if TYPE_CHECKING:
    from collections.abc import Mapping
    from uuid import UUID

    from pulumi_codat.api import BankFeeds, Codat, Connection
    from pulumi_codat.bank_feeds.journal import Began, Journal
    from pulumi_codat.bank_feeds.models import Target
    from pulumi_codat.bank_feeds.statement import Statement

__all__ = ["check_account", "check_same", "check_target"]

_LINKED: Final = "linked"
_CONNECTED: Final = "connected"
_MOST_NAMED: Final = 10


def check_account(codat: Codat, confirmed: UUID | None, journal: Journal) -> UUID:
    """The account of the API key, which must be the confirmed one, and the one that the journal began with."""
    live = with_whole_deadline(codat).sync_settings().client_id
    recorded = journal.began.account if journal.began else None
    claims = {"CODAT_ACCOUNT confirms": confirmed, f"the journal {journal.path} records": recorded}
    wrong = [f"{claim} {account}" for claim, account in claims.items() if account not in (None, live)]
    if wrong:
        raise CodatError(
            f"the API key belongs to Codat account {live}, but {' and '.join(wrong)}; nothing was sent: use the API key"
            " of that account"
        )
    return live


def check_target(feeds: BankFeeds, target: Target) -> None:
    """A linked connection to Xero, whose source account is connected. Raises `CodatError`."""
    company, connection = str(target.company), str(target.connection)
    live = feeds.connection(company, connection)
    if not _is_xero(live):
        raise CodatError(
            f"connection {connection} is not one to Xero ({live.integration_key or live.integration_id}); nothing was"
            " sent: name the company's connection to Xero with --connection"
        )
    if live.status.lower() != _LINKED:
        raise CodatError(
            f"connection {connection} is not linked (its status is {live.status}); nothing was sent: let the company"
            " connect to Xero again"
        )
    accounts = feeds.source_accounts(company, connection)
    status = next((account.status or "unknown" for account in accounts if account.id == target.source_account), None)
    if status is None:
        ids = ", ".join(account.id for account in accounts[:_MOST_NAMED]) or "none"
        raise CodatError(
            f'connection {connection} has no source account "{target.source_account}" (it has: {ids}); nothing was'
            " sent: name one of them with --source-account, or create it in Codat"
        )
    if status.lower() != _CONNECTED:
        raise CodatError(
            f'source account "{target.source_account}" is not connected (its status is {status}); nothing was sent: let'
            " the company map it to an account in Xero, then run the same command again"
        )


def _is_xero(connection: Connection) -> bool:
    if connection.integration_key is not None:
        return connection.integration_key == PLATFORM_KEY
    return connection.integration_id == INTEGRATION_ID  # because older records carry the id and no key


def check_same(journal: Journal, began: Began, statement: Statement, target: Target) -> None:
    """Raises `CodatError` unless this is the push that the journal is of: it would skip rows, or send some twice."""
    if (began.company, began.connection, began.source_account) != (
        target.company,
        target.connection,
        target.source_account,
    ):
        raise CodatError(
            f'the journal {journal.path} is of a push to source account "{began.source_account}" of company'
            f" {began.company}, connection {began.connection}; nothing was sent: to push the same file to another"
            " account, name another file with --journal"
        )
    if began.file_sha256 != statement.sha256:
        raise CodatError(
            f"the file has changed since {began.at:%Y-%m-%d %H:%M} UTC, when its push began ({began.rows:,} rows then,"
            f" {len(statement):,} now), and the journal {journal.path} tells of the file as it was; nothing was sent:"
            f" bring the file back as it was, or push the rows after row {_settled_rows(journal):,} (in the order of"
            " sending) as a file of their own"
        )
    if began.options != statement.options:
        raise CodatError(
            f"the push of this file began with other options ({_spoken(began.options)}; now"
            f" {_spoken(statement.options)}); nothing was sent: run it with the same --format, --map and --sort"
        )


def _settled_rows(journal: Journal) -> int:
    last, number = 0, 1
    while (record := journal.of(number)).settled and record.intended:
        last, number = record.intended.last, number + 1
    return last


def _spoken(options: Mapping[str, str]) -> str:
    return ", ".join(f"{name}={value}" for name, value in options.items())
