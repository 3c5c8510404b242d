"""The part of the control surface that is about bank feeds, under `/_emulator/accounts/{id}`.

    GET, PATCH          /bank-feeds                 `BankFeedsAccess`
    GET, POST, DELETE   /push-plans                 `PushPlan`: how the next pushes, or all, are to end
    GET                 /pushes                     every push in the order of its request
    GET, PATCH          /connections/{id}           `ConnectionPatch`, with the source accounts
    POST                /connections/{id}/source-accounts                       `NewSourceAccount`
    PATCH               /connections/{id}/source-accounts/{id}                  `SourceAccountPatch`
    GET                 /connections/{id}/source-accounts/{id}/transactions     what landed, in its order

`POST /companies` makes a company, its connections (`supportsBankFeeds`) and their `sourceAccounts` at once.
"""

from collections.abc import Iterator, Sequence

from pydantic import JsonValue
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.routing import Route

from codat_emulator import _records
from codat_emulator._accounts import Account, Accounts
from codat_emulator._clock import Clock
from codat_emulator._database import Database
from codat_emulator._portal import NewSourceAccount
from codat_emulator._push_plans import PushPlan, PushPlans
from codat_emulator._pushes import Pushes
from codat_emulator._settings import (
    AccountSettings,
    Company,
    Connection,
    ConnectionStatus,
    Refusals,
    SourceAccount,
    SourceAccountStatus,
    Spelling,
)
from codat_emulator._surface import body_of, resource
from codat_emulator._wire import WireModel

__all__ = ["FeedsControl"]


class AccessPatch(WireModel):
    """As `BankFeedsAccess`; what is left out stays."""

    product: bool = True
    granted: bool = True
    spelling: Spelling = "organisation"
    refusals: Refusals = "answer"


class ConnectionPatch(WireModel):
    """What is left out stays."""

    status: ConnectionStatus = ConnectionStatus.LINKED
    supports_bank_feeds: bool = True


class SourceAccountPatch(WireModel):
    status: SourceAccountStatus


class FeedsControl:
    """What bank feeds need, the source accounts, how pushes are to end, and what landed."""

    def __init__(self, database: Database, accounts: Accounts, plans: PushPlans, clock: Clock) -> None:
        self._database = database
        self._accounts = accounts
        self._plans = plans
        self._clock = clock

    def routes(self) -> Sequence[Route]:
        account = "/_emulator/accounts/{account_id}"
        connection = f"{account}/connections/{{connection_id}}"
        source_account = f"{connection}/source-accounts/{{source_account_id}}"
        return [
            Route(f"{account}/bank-feeds", resource(GET=self._access, PATCH=self._change_access)),
            Route(
                f"{account}/push-plans", resource(GET=self._list_plans, POST=self._add_plan, DELETE=self._clear_plans)
            ),
            Route(f"{account}/pushes", resource(GET=self._pushes)),
            Route(connection, resource(GET=self._connection, PATCH=self._change_connection)),
            Route(f"{connection}/source-accounts", resource(POST=self._add_source_account)),
            Route(source_account, resource(PATCH=self._change_source_account)),
            Route(f"{source_account}/transactions", resource(GET=self._landed)),
        ]

    async def _access(self, request: Request) -> JsonValue:
        return self._accounts.settings(self._account(request)).bank_feeds.model_dump()

    async def _change_access(self, request: Request) -> JsonValue:
        account = self._account(request)
        patch = await body_of(request, AccessPatch)
        settings = self._accounts.settings(account)
        access = settings.bank_feeds.model_copy(update=patch.model_dump(exclude_unset=True))
        self._accounts.save(account, settings.model_copy(update={"bank_feeds": access}))
        return access.model_dump()

    async def _list_plans(self, request: Request) -> JsonValue:
        return [_plan_json(plan) for plan in self._plans.waiting(self._account(request).id)]

    async def _add_plan(self, request: Request) -> JsonValue:
        account = self._account(request)
        plan = await body_of(request, PushPlan)
        self._plans.add(account.id, plan)
        return _plan_json(plan)

    async def _clear_plans(self, request: Request) -> JsonValue:
        account = self._account(request)
        removed = len(self._plans.waiting(account.id))
        self._plans.clear(account.id)
        return {"removed": removed}

    async def _pushes(self, request: Request) -> JsonValue:
        return [dict(item) for item in self._pushes_of(self._account(request)).overview()]

    async def _connection(self, request: Request) -> JsonValue:
        _, company, connection = self._found(request)
        return _connection_json(company, connection)

    async def _change_connection(self, request: Request) -> JsonValue:
        settings, company, connection = self._found(request)
        patch = await body_of(request, ConnectionPatch)
        changed = connection.model_copy(update=patch.model_dump(exclude_unset=True))
        self._accounts.save(self._account(request), settings.with_connection(changed))
        return _connection_json(company, changed)

    async def _add_source_account(self, request: Request) -> JsonValue:
        new = (await body_of(request, NewSourceAccount)).record
        settings, _, connection = self._found(request)
        if any(item.id == new.id for item in connection.source_accounts):
            raise HTTPException(400, "id: a bank account already exists with the same id")
        return self._save(request, settings, connection, (*connection.source_accounts, new), new)

    async def _change_source_account(self, request: Request) -> JsonValue:
        patch = await body_of(request, SourceAccountPatch)
        settings, _, connection = self._found(request)
        changed = _source_account(request, connection).model_copy(update={"status": patch.status})
        items = tuple(changed if item.id == changed.id else item for item in connection.source_accounts)
        return self._save(request, settings, connection, items, changed)

    async def _landed(self, request: Request) -> JsonValue:
        _, _, connection = self._found(request)
        source_account = _source_account(request, connection)
        landed = self._pushes_of(self._account(request)).landed(connection.id, source_account.id)
        return [dict(item) for item in landed]

    def _save(
        self,
        request: Request,
        settings: AccountSettings,
        connection: Connection,
        items: tuple[SourceAccount, ...],
        shown: SourceAccount,
    ) -> JsonValue:
        changed = connection.model_copy(update={"source_accounts": items})
        self._accounts.save(self._account(request), settings.with_connection(changed))
        return _records.source_account(shown)

    def _pushes_of(self, account: Account) -> Pushes:
        return Pushes(self._database, account, self._clock())

    def _account(self, request: Request) -> Account:
        account_id = request.path_params["account_id"]
        record = self._accounts.with_id(account_id)
        if record is None:
            raise HTTPException(404, f"no account has the id {account_id}")
        return record.account

    def _found(self, request: Request) -> tuple[AccountSettings, Company, Connection]:
        settings = self._accounts.settings(self._account(request))
        connection_id = request.path_params["connection_id"]
        for company, connection in _connections(settings):
            if connection.id == connection_id:
                return settings, company, connection
        raise HTTPException(404, f"no connection has the id {connection_id}")


def _connections(settings: AccountSettings) -> Iterator[tuple[Company, Connection]]:
    for company in settings.companies:
        for connection in company.connections:
            yield company, connection


def _source_account(request: Request, connection: Connection) -> SourceAccount:
    source_account_id = request.path_params["source_account_id"]
    for item in connection.source_accounts:
        if item.id == source_account_id:
            return item
    raise HTTPException(404, f"no source account has the id {source_account_id}")


def _connection_json(company: Company, connection: Connection) -> JsonValue:
    return {
        "id": connection.id,
        "companyId": company.id,
        "platformKey": connection.platform_key,
        "status": connection.status.value,
        "supportsBankFeeds": connection.supports_bank_feeds,
        "sourceAccounts": [_records.source_account(item) for item in connection.source_accounts],
    }


def _plan_json(plan: PushPlan) -> JsonValue:
    content: JsonValue = plan.model_dump(exclude_none=True, by_alias=True)
    return content
