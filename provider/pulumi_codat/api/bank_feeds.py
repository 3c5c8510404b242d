"""Codat's Bank Feeds calls, typed (https://docs.codat.io/bank-feeds-api)."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from pulumi_codat.api import contract
from pulumi_codat.api.errors import Unintelligible
from pulumi_codat.api.models import Connection, PushesPage, PushOperation, SourceAccount, SourceAccounts

if TYPE_CHECKING:
    from pulumi_codat.api.exchange import Exchange, WriteAttempt

__all__ = ["BankFeeds"]

_MOST_PAGES: Final = 100


@dataclass(frozen=True)
class BankFeeds:
    """The calls of one account. Each raises `CodatError`: `Unanswered`, `Unintelligible` or a kind of `Refused`."""

    _exchange: Exchange

    def connection(self, company: str, connection: str) -> Connection:
        return self._exchange.read(Connection, contract.GET_CONNECTION.url(company=company, connection=connection))

    def source_accounts(self, company: str, connection: str) -> tuple[SourceAccount, ...]:
        url = contract.SOURCE_ACCOUNTS.url(company=company, connection=connection)
        return self._exchange.read(SourceAccounts, url).root

    def push(
        self, company: str, connection: str, source_account: str, body: bytes, attempt: WriteAttempt
    ) -> PushOperation:
        """Push bank transactions, in a body of JSON that is sent as it is, because its decimals must stay exact.

        It is sent once, but again after a 429, which did nothing: whether it is sent again is the caller's decision.
        """
        endpoint = contract.PUSH_BANK_TRANSACTIONS
        url = endpoint.url(company=company, connection=connection, source_account=source_account)
        return self._exchange.send_bytes(PushOperation, endpoint, url, body, attempt)

    def push_operation(self, company: str, push_key: str) -> PushOperation:
        return self._exchange.read(PushOperation, contract.GET_PUSH.url(company=company, push_key=push_key))

    def pushes(self, company: str) -> tuple[PushOperation, ...]:
        """All pushes of the company; one request per 2,000.

        Raises `Unintelligible` beyond 100 requests, because the account's quota is also its customers'.
        """
        found: list[PushOperation] = []
        for page in range(1, _MOST_PAGES + 1):
            listed = self._exchange.read(
                PushesPage, f"{contract.PUSHES.url(company=company)}?page={page}&pageSize={contract.LARGEST_PAGE}"
            )
            found += listed.results
            if not listed.results or len(found) >= listed.total_results:
                return tuple(found)
        raise Unintelligible(
            f"Codat lists more than {len(found):,} pushes of company {company}, too many to look through"
        )
