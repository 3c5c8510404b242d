"""Codat over HTTP, as typed calls. What is asked and where is in `contract`; what an error means, in `errors`."""

from __future__ import annotations

import uuid
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Final, Self, TypeVar

import httpx
from pydantic import BaseModel, ValidationError

from pulumi_codat.api import contract
from pulumi_codat.api.errors import (
    CodatError,
    NotFound,
    Unintelligible,
    error_from_response,
    error_from_transport,
)
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
    from pulumi_codat.api.transports import Outcome

__all__ = ["Codat", "WriteAttempt"]

_Reply = TypeVar("_Reply", bound=BaseModel)

_LONGEST_TYPE: Final = 80
_MOST_PAGES: Final = 100


@dataclass
class WriteAttempt:
    """The idempotency key of one intended write (PATCH and POST only, kept by Codat for 90 minutes).

    The same key goes out again after a 429 or no answer; after a 5xx, whose answer Codat would replay, `renew` it.
    Source: https://docs.codat.io/using-the-api/write-data/idempotency.
    """

    key: str

    @classmethod
    def begin(cls) -> Self:
        return cls(str(uuid.uuid4()))

    def renew(self) -> None:
        self.key = str(uuid.uuid4())


@dataclass(frozen=True)
class Codat:
    """One account's API, as its key sees it. `until(deadline)` gives the same client bound to an operation's patience.

    Every call raises `CodatError`: `Unanswered`, `Unintelligible` or a kind of `Refused`.
    """

    _http: httpx.Client
    clock: Clock
    _deadline: Deadline
    _fresh: bool = False
    _key_remedy: str | None = None

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
        on_outcome: Callable[[httpx.Request, Outcome], None] | None = None,
        key_remedy: str | None = None,
        certificate: ClientCertificate | None = None,
        account: UUID | None = None,
    ) -> Codat:
        """A client for the account that `api_key` belongs to; nothing is sent yet. `wire` and `clock` are for tests.

        `key_remedy` is what to do where Codat refuses the key; by default, what to do about CODAT_API_KEY.
        `certificate` is shown to Codat in the name of `account`; raises `CodatError` where that is not known.
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
            transport=SharedReadsTransport(RetryTransport(wire or wire_to(base_url, certificate), clock, on_outcome)),
        )
        return cls(client, clock, Deadline(clock, max_wait_seconds), _key_remedy=key_remedy)

    def until(self, deadline: Deadline) -> Codat:
        """The same client, whose requests together wait no longer than the deadline."""
        return replace(self, _deadline=deadline)

    @property
    def deadline(self) -> Deadline:
        """The patience of the operation this client is bound to."""
        return self._deadline

    @property
    def fresh(self) -> Codat:
        """The same client, whose reads ask Codat even where an answer is remembered."""
        return replace(self, _fresh=True)

    def sync_settings(self) -> SyncSettings:
        return self._read(SyncSettings, contract.SYNC_SETTINGS.url())

    def profile(self) -> Profile:
        return self._read(Profile, contract.PROFILE.url())

    def integration(self, platform_key: str) -> Integration:
        return self._read(Integration, contract.GET_INTEGRATION.url(platform_key=platform_key))

    def credentials(self, platform_key: str) -> Credentials | None:
        """The masked keys, or None where there are none."""
        try:
            return self._read(Credentials, contract.GET_CREDENTIALS.url(platform_key=platform_key))
        except NotFound:
            return None

    def integration_settings(self, integration_id: str) -> Settings:
        return self._read(Settings, contract.GET_INTEGRATION_SETTINGS.url(integration_id=integration_id))

    def linked_companies(self, integration: Integration) -> LinkedCompanies:
        """How many companies have a linked connection to the integration; one request per 2,000 companies.

        At most 100 requests, because the account's quota is also its customers'; beyond it "at least" so many.
        """
        linked = seen = 0
        for page in range(1, _MOST_PAGES + 1):
            url = f"{contract.COMPANIES.url()}?page={page}&pageSize={contract.LARGEST_PAGE}"
            companies = self._read(CompaniesPage, url)
            seen += len(companies.results)
            linked += sum(
                any(connection.links(integration) for connection in company.data_connections)
                for company in companies.results
            )
            if not companies.results or seen >= companies.total_results:
                return LinkedCompanies(linked)
        return LinkedCompanies(linked, at_least=True)

    def switch(self, platform_key: str, *, enabled: bool) -> None:
        self._send(contract.PUT_ENABLED, contract.PUT_ENABLED.url(platform_key=platform_key), {"enabled": enabled})

    def replace_credentials(self, platform_key: str, keys: Mapping[str, str]) -> None:
        """Replace the whole map of keys; a key that is not sent is gone."""
        self._send(contract.PUT_CREDENTIALS, contract.PUT_CREDENTIALS.url(platform_key=platform_key), dict(keys))

    def delete_credentials(self, platform_key: str) -> None:
        self._send(contract.DELETE_CREDENTIALS, contract.DELETE_CREDENTIALS.url(platform_key=platform_key), None)

    def change_setting(self, integration_id: str, name: str, *, value: bool, attempt: WriteAttempt) -> None:
        endpoint = contract.PATCH_INTEGRATION_SETTINGS
        url = endpoint.url(integration_id=integration_id)
        self._send(endpoint, url, {name: value}, {"Idempotency-Key": attempt.key})

    def close(self) -> None:
        self._http.close()

    def _read(self, model: type[_Reply], url: str) -> _Reply:
        response = self._request("GET", url)
        try:
            return model.model_validate_json(response.content)
        except ValidationError as error:
            first = error.errors(include_input=False, include_url=False)[0]
            where = ".".join(str(part) for part in first["loc"]) or "the body"
            kind = response.headers.get("Content-Type", "no content type").split(";")[0][:_LONGEST_TYPE]
            raise Unintelligible(
                f"Codat's answer to GET {response.request.url.path} is not of the documented shape ({kind}; {where}:"
                f" {first['msg']}); check that codat:baseUrl is Codat's API, and report it if it is"
            ) from None

    def _send(
        self, endpoint: contract.Endpoint, url: str, body: object | None, headers: Mapping[str, str] | None = None
    ) -> None:
        self._request(endpoint.method, url, body, headers)

    def _request(
        self, method: str, url: str, body: object | None = None, headers: Mapping[str, str] | None = None
    ) -> httpx.Response:
        request = self._http.build_request(method, url, json=body, headers=headers)
        request.extensions |= {"deadline": self._deadline, "fresh": self._fresh}
        try:
            response = self._http.send(request)
        except httpx.TransportError as error:
            raise error_from_transport(error, request) from None
        except httpx.DecodingError as error:
            raise Unintelligible(
                f"Codat's answer to {method} {request.url.path} cannot be read ({error}); check codat:baseUrl and what"
                " stands in between, and run the same command again"
            ) from None
        except (httpx.HTTPError, httpx.InvalidURL) as error:
            raise CodatError(
                f"the request {method} {request.url.path} could not be made: {error}; check CODAT_BASE_URL or"
                " codat:baseUrl"
            ) from None
        if response.is_success:
            return response
        if response.is_redirect:
            raise Unintelligible(
                f"Codat's answer to {method} {request.url.path} is a redirect ({response.status_code}), which is not"
                " followed, because the API key would go with it; check codat:baseUrl"
            )
        raise error_from_response(response, now=self.clock.now(), key_remedy=self._key_remedy)
