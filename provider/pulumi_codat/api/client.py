"""Codat over HTTP, as typed calls. What is asked and where is in `contract`; what an error means, in `errors`."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Final

import httpx

from pulumi_codat.api import contract
from pulumi_codat.api.bank_feeds import BankFeeds
from pulumi_codat.api.errors import CodatError, NotFound
from pulumi_codat.api.exchange import Exchange, WriteAttempt
from pulumi_codat.api.models import (
    CompaniesPage,
    Credentials,
    Integration,
    LinkedCompanies,
    Profile,
    Settings,
    SyncSettings,
)
from pulumi_codat.api.transports import ApiKeyAuth, RetryTransport, SharedReadsTransport
from pulumi_codat.api.waiting import Clock, Deadline, SystemClock
from pulumi_codat.api.wire import wire_to

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping
    from uuid import UUID

    from pydantic import SecretStr

    from pulumi_codat.api.tls import ClientCertificate
    from pulumi_codat.api.transports import RequestResult

__all__ = ["Codat"]

_MOST_PAGES: Final = 100


@dataclass(frozen=True)
class Codat:
    """One account's API, as its key sees it. `until(deadline)` gives the same client bound to an operation's deadline.

    Every call raises `CodatError`: `Unanswered`, `Unintelligible` or a kind of `Refused`.
    """

    _exchange: Exchange

    @classmethod
    def connect(
        cls,
        *,
        api_key: SecretStr,
        base_url: str,
        max_wait_seconds: float,
        user_agent: str,
        clock: Clock | None = None,
        wire: httpx.BaseTransport | None = None,
        on_result: Callable[[httpx.Request, RequestResult], None] | None = None,
        key_remedy: str | None = None,
        certificate: ClientCertificate | None = None,
        account: UUID | None = None,
    ) -> Codat:
        """A client for the account that `api_key` belongs to; nothing is sent yet. `wire` and `clock` are for tests.

        `key_remedy` is what to do where Codat refuses the key; by default, what to do about CODAT_API_KEY.
        `certificate` is shown to Codat in the name of `account`; raises `CodatError` where that is not known, and where
        the certificate or the proxy can no longer be used.
        """
        if certificate and account is None:
            raise CodatError(
                "a client certificate is shown in the name of one account, and none is declared: set codat:account (or"
                " CODAT_ACCOUNT) to the account's UUID"
            )
        clock = clock or SystemClock()
        client = httpx.Client(
            base_url=base_url,
            auth=ApiKeyAuth(api_key),
            headers={"Accept": "application/json", "User-Agent": user_agent}
            | ({contract.ACCOUNT_HEADER: str(account)} if certificate else {}),
            transport=SharedReadsTransport(RetryTransport(wire or wire_to(base_url, certificate), clock, on_result)),
        )
        return cls(Exchange(client, clock, Deadline(clock, max_wait_seconds), key_remedy=key_remedy))

    def until(self, deadline: Deadline) -> Codat:
        """The same client, whose requests together wait no longer than the deadline."""
        return replace(self, _exchange=replace(self._exchange, deadline=deadline))

    @property
    def clock(self) -> Clock:
        return self._exchange.clock

    @property
    def deadline(self) -> Deadline:
        """The deadline of the operation this client is bound to."""
        return self._exchange.deadline

    @property
    def fresh(self) -> Codat:
        """The same client, whose reads ask Codat even where an answer is remembered."""
        return replace(self, _exchange=replace(self._exchange, fresh=True))

    @property
    def reads_afresh(self) -> bool:
        """Whether this client's reads ask Codat each time."""
        return self._exchange.fresh

    @property
    def bank_feeds(self) -> BankFeeds:
        """The calls of Codat's Bank Feeds product, with the same deadline; each asks Codat."""
        return BankFeeds(replace(self._exchange, fresh=True))

    def sync_settings(self) -> SyncSettings:
        return self._exchange.read(SyncSettings, contract.SYNC_SETTINGS.url())

    def profile(self) -> Profile:
        return self._exchange.read(Profile, contract.PROFILE.url())

    def integration(self, platform_key: str) -> Integration:
        return self._exchange.read(Integration, contract.GET_INTEGRATION.url(platform_key=platform_key))

    def credentials(self, platform_key: str) -> Credentials | None:
        """The masked keys, or None where there are none."""
        try:
            return self._exchange.read(Credentials, contract.GET_CREDENTIALS.url(platform_key=platform_key))
        except NotFound:
            return None

    def integration_settings(self, integration_id: str) -> Settings:
        return self._exchange.read(Settings, contract.GET_INTEGRATION_SETTINGS.url(integration_id=integration_id))

    def linked_companies(self, integration: Integration) -> LinkedCompanies:
        """How many companies have a linked connection to the integration; one request per 2,000 companies.

        At most 100 requests, because the account's quota is also its customers'; beyond it "at least" so many.
        """
        linked = seen = 0
        for page in range(1, _MOST_PAGES + 1):
            url = f"{contract.COMPANIES.url()}?page={page}&pageSize={contract.LARGEST_PAGE}"
            companies = self._exchange.read(CompaniesPage, url)
            seen += len(companies.results)
            linked += sum(
                any(connection.links(integration) for connection in company.data_connections)
                for company in companies.results
            )
            if not companies.results or seen >= companies.total_results:
                return LinkedCompanies(linked)
        return LinkedCompanies(linked, at_least=True)

    def switch(self, platform_key: str, *, enabled: bool) -> None:
        self._exchange.send(
            contract.PUT_ENABLED, contract.PUT_ENABLED.url(platform_key=platform_key), {"enabled": enabled}
        )

    def replace_credentials(self, platform_key: str, keys: Mapping[str, str]) -> None:
        """Replace the whole map of keys; a key that is not sent is gone."""
        self._exchange.send(
            contract.PUT_CREDENTIALS, contract.PUT_CREDENTIALS.url(platform_key=platform_key), dict(keys)
        )

    def delete_credentials(self, platform_key: str) -> None:
        self._exchange.send(
            contract.DELETE_CREDENTIALS, contract.DELETE_CREDENTIALS.url(platform_key=platform_key), None
        )

    def change_setting(self, integration_id: str, name: str, *, value: bool, attempt: WriteAttempt) -> None:
        endpoint = contract.PATCH_INTEGRATION_SETTINGS
        url = endpoint.url(integration_id=integration_id)
        self._exchange.send(endpoint, url, {name: value}, attempt.headers)

    def close(self) -> None:
        self._exchange.close()
