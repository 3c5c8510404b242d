"""The accounts, how each behaves, and what it holds."""

import sqlite3
from collections.abc import Iterable
from dataclasses import dataclass, field
from enum import StrEnum

from codat_emulator._database import Database
from codat_emulator._masks import Mask
from codat_emulator._settings import AccountSettings

__all__ = ["SEEDS", "Account", "AccountRecord", "Accounts", "Offers"]


@dataclass(frozen=True, slots=True)
class Account:
    """An emulated Codat account and the key that opens it, here and nowhere else.

    Attributes:
        id: The account's UUID, which Codat calls `clientId`.
        name: The account's name, as `GET /profile` shows it.
        api_key: The raw API key. Not in `repr`.

    """

    id: str
    name: str
    api_key: str = field(repr=False)


class Offers(StrEnum):
    """Which endpoints answer to an account, and how the unpublished ones refuse.

    Whether the legacy endpoints still answer an ordinary key, and with which status they would refuse, is the
    reference's first open question (section 8).
    """

    ALL = "all"
    PUBLISHED_404 = "published-404"
    PUBLISHED_403 = "published-403"
    PUBLISHED_405 = "published-405"


@dataclass(frozen=True, slots=True)
class AccountRecord:
    """An account and how it behaves.

    By default a secret is masked but for its last four characters, the client ID reads in clear, and every
    endpoint answers.
    """

    account: Account
    mask: Mask = Mask.LAST_FOUR
    mask_client_id: bool = False
    offers: Offers = Offers.ALL


# Fixed, so that a program written against one emulator runs against the next.
SEEDS = (
    Account("5b8d3c0e-2f41-4a6b-9c57-d1e07a3f6b21", "Acme Dev", "emulated-dev-q7Xw2mLrT4kZb8VgNc3HjPs6YdF"),
    Account("c2a9f7d4-8e13-4b70-a5d6-3f9e1b4c8a02", "Acme Prod", "emulated-prod-Rk5Hn9tBvW3xQeJ7mZs2LpGyCa"),
    Account("e71f0a95-3c68-4d2e-b1a7-94c5d8e6f003", "Acme Staging", "emulated-staging-YKdxDEpGbsDmQCFfeESFqfD"),
)

_COLUMNS = "id, name, api_key, mask, mask_client_id, offers"


class Accounts:
    """The accounts of one database; those of `SEEDS` when it is new."""

    def __init__(self, database: Database) -> None:
        self._database = database
        empty = AccountSettings().model_dump_json()
        with database.transaction() as rows:
            if not rows.execute("SELECT 1 FROM account").fetchone():
                for account in SEEDS:
                    self._write(rows, AccountRecord(account), empty)

    def all(self) -> tuple[AccountRecord, ...]:
        with self._database.transaction() as rows:
            return tuple(_records(rows.execute(f"SELECT {_COLUMNS} FROM account ORDER BY rowid")))  # noqa: S608 - a constant

    def with_id(self, account_id: str) -> AccountRecord | None:
        return next((record for record in self.all() if record.account.id == account_id), None)

    def with_api_key(self, api_key: str) -> AccountRecord | None:
        return next((record for record in self.all() if record.account.api_key == api_key), None)

    def settings(self, account: Account) -> AccountSettings:
        return self._settings(account, "settings")

    def settings_before(self, account: Account) -> AccountSettings:
        """What the account held before the last save; before the first one, what it holds."""
        return self._settings(account, "settings_before")

    def save(self, account: Account, settings: AccountSettings) -> None:
        with self._database.transaction() as rows:
            rows.execute(
                "UPDATE account SET settings_before = settings, settings = ? WHERE id = ?",
                (settings.model_dump_json(), account.id),
            )

    def add(self, account: Account) -> None:
        """One more account, with nothing in it."""
        with self._database.transaction() as rows:
            self._write(rows, AccountRecord(account), AccountSettings().model_dump_json())

    def configure(self, record: AccountRecord) -> None:
        """Replace how an account behaves, and its API key."""
        with self._database.transaction() as rows:
            rows.execute(
                "UPDATE account SET api_key = ?, mask = ?, mask_client_id = ?, offers = ? WHERE id = ?",
                (record.account.api_key, record.mask, record.mask_client_id, record.offers, record.account.id),
            )

    def _settings(self, account: Account, column: str) -> AccountSettings:
        query = f"SELECT {column} FROM account WHERE id = ?"  # noqa: S608 - one of two constants
        with self._database.transaction() as rows:
            (document,) = rows.execute(query, (account.id,)).fetchone()
        return AccountSettings.model_validate_json(document)

    @staticmethod
    def _write(rows: sqlite3.Connection, record: AccountRecord, settings: str) -> None:
        account = record.account
        rows.execute(
            "INSERT INTO account VALUES (?, ?, ?, ?, ?, ?, ?, ?)",
            (
                account.id,
                account.name,
                account.api_key,
                record.mask,
                record.mask_client_id,
                record.offers,
                settings,
                settings,
            ),
        )


def _records(rows: Iterable[tuple[str, str, str, str, int, str]]) -> Iterable[AccountRecord]:
    for account_id, name, api_key, mask, mask_client_id, offers in rows:
        yield AccountRecord(Account(account_id, name, api_key), Mask(mask), bool(mask_client_id), Offers(offers))
