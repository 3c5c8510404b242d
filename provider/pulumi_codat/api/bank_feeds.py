"""Codat's Bank Feeds calls, typed (https://docs.codat.io/bank-feeds-api)."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from pulumi_codat.api import contract
from pulumi_codat.api.errors import Unintelligible
from pulumi_codat.api.models import Connection, PushesPage, PushOperation, SourceAccount, SourceAccounts

if TYPE_CHECKING:
    from collections.abc import Iterator

    from pulumi_codat.api.exchange import Exchange, WriteAttempt

__all__ = ["BankFeeds", "TooManyPushes"]

_MOST_PAGES: Final = 100
_PUSHES_A_PAGE: Final = 100
"""Our choice: a push may be listed with its 1,000 rows, and an answer has a largest size."""


class TooManyPushes(Unintelligible):
    """A company has more pushes than are worth the requests to look through them."""


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

    def pushes(self, company: str) -> Iterator[PushOperation]:
        """The pushes of the company, in Codat's order; one request per 100, when its first is asked for.

        Raises `TooManyPushes` beyond 100 requests, because the account's quota is also its customers'.
        """
        seen = 0
        for page in range(1, _MOST_PAGES + 1):
            listed = self._exchange.read(
                PushesPage, f"{contract.PUSHES.url(company=company)}?page={page}&pageSize={_PUSHES_A_PAGE}"
            )
            yield from listed.results
            seen += len(listed.results)
            if not listed.results or seen >= listed.total_results:
                return
        raise TooManyPushes(f"Codat lists more than {seen:,} pushes of company {company}, too many to look through")
