"""The control surface under `/_emulator`: no key, no quota, not in the record of requests."""

from collections.abc import Awaitable, Callable, Mapping
from dataclasses import replace
from secrets import token_urlsafe
from typing import Annotated, TypeVar
from uuid import UUID, uuid4

from pydantic import BaseModel, Field, JsonValue, StringConstraints
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import JSONResponse
from starlette.routing import Route, Router
from starlette.types import Receive, Scope, Send

from codat_emulator import _records
from codat_emulator._accounts import Account, AccountRecord, Accounts, Offers
from codat_emulator._errors import CodatError
from codat_emulator._faults import Fault, Faults
from codat_emulator._identity import XeroApp, XeroApps
from codat_emulator._masks import Mask
from codat_emulator._platforms import Platform
from codat_emulator._portal import IntegrationForm, NewCompany, form, with_company, with_form
from codat_emulator._quota import Clock, Quota
from codat_emulator._requests import RequestLog
from codat_emulator._rules import platform_with
from codat_emulator._wire import Misfit, WireModel, read

__all__ = ["Control", "account_json"]

Body = TypeVar("Body", bound=BaseModel)


class AccountPatch(WireModel):
    """How an account behaves; what is left out stays.

    `quota_remaining` is how many requests are left today, be it more than a day's quota.
    """

    mask: Mask = Mask.LAST_FOUR
    mask_client_id: bool = False
    offers: Offers = Offers.ALL
    api_key: Annotated[str, StringConstraints(pattern=r"^[!-~]+$")] = Field(default="", repr=False)
    quota_remaining: Annotated[int, Field(ge=0)] = 0


class NewAccount(WireModel):
    """One more account. Its id and its API key are made up where they are left out."""

    name: Annotated[str, StringConstraints(min_length=1)]
    id: UUID = Field(default_factory=uuid4)
    api_key: Annotated[str, StringConstraints(pattern=r"^[!-~]+$")] = Field(
        default_factory=lambda: f"emulated-{token_urlsafe(24)}", repr=False
    )


def account_json(account: Account) -> dict[str, JsonValue]:
    return {"id": account.id, "name": account.name, "apiKey": account.api_key}


class Control:
    """An ASGI application. A mistake is answered with its status and `{"error": one line}`."""

    def __init__(
        self, accounts: Accounts, quota: Quota, log: RequestLog, faults: Faults, clock: Clock, *, apps: XeroApps
    ) -> None:
        self._accounts = accounts
        self._quota = quota
        self._log = log
        self._faults = faults
        self._apps = apps
        self._clock = clock
        account = "/_emulator/accounts/{account_id}"
        self._router = Router(
            [
                Route("/_emulator", _resource(GET=self._emulator)),
                Route("/_emulator/requests", _resource(GET=self._requests, DELETE=self._forget_requests)),
                Route(
                    "/_emulator/faults",
                    _resource(GET=self._list_faults, POST=self._add_fault, DELETE=self._clear_faults),
                ),
                Route("/_emulator/xero/apps", _resource(POST=self._add_app, DELETE=self._clear_apps)),
                Route("/_emulator/accounts", _resource(POST=self._open_account)),
                Route(account, _resource(PATCH=self._configure)),
                Route(f"{account}/companies", _resource(POST=self._add_company, DELETE=self._remove_companies)),
                Route(f"{account}/integrations/{{platform_key}}", _resource(GET=self._form, PATCH=self._edit)),
            ],
            redirect_slashes=False,
            default=_unknown,
        )

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        # because clients with a base URL add a slash to it when they ask for the base itself
        await self._router({**scope, "path": scope["path"].rstrip("/")}, receive, send)

    async def _emulator(self, request: Request) -> JsonValue:
        host, port = request.scope["server"]
        return {
            "url": f"http://{host}:{port}",
            "accounts": [account_json(record.account) for record in self._accounts.all()],
        }

    async def _requests(self, _: Request) -> JsonValue:
        return [record.model_dump() for record in self._log.records()]

    async def _forget_requests(self, _: Request) -> JsonValue:
        removed = len(self._log.records())
        self._log.clear()
        return {"removed": removed}

    async def _list_faults(self, _: Request) -> JsonValue:
        return [_fault_json(fault) for fault in self._faults.waiting()]

    async def _add_fault(self, request: Request) -> JsonValue:
        fault = await _body(request, Fault)
        self._faults.add(fault)
        return _fault_json(fault)

    async def _clear_faults(self, _: Request) -> JsonValue:
        removed = len(self._faults.waiting())
        self._faults.clear()
        return {"removed": removed}

    async def _add_app(self, request: Request) -> JsonValue:
        app = await _body(request, XeroApp)
        self._apps.add(app)
        return {"clientId": app.client_id, "kind": app.kind}

    async def _clear_apps(self, _: Request) -> JsonValue:
        removed = len(self._apps.all())
        self._apps.clear()
        return {"removed": removed}

    async def _open_account(self, request: Request) -> JsonValue:
        new = await _body(request, NewAccount)
        account = Account(str(new.id), new.name, new.api_key)
        if self._accounts.with_id(account.id):
            raise HTTPException(400, f"id: there is an account {account.id}")
        if self._accounts.with_api_key(account.api_key):
            raise HTTPException(400, "apiKey: another account has this key")
        self._accounts.add(account)
        return account_json(account)

    async def _configure(self, request: Request) -> JsonValue:
        record = self._record(request)
        patch = await _body(request, AccountPatch)
        behaviour = patch.model_dump(include={"mask", "mask_client_id", "offers"}, exclude_unset=True)
        record = replace(record, **behaviour)
        if "api_key" in patch.model_fields_set:
            owner = self._accounts.with_api_key(patch.api_key)
            if owner is not None and owner.account.id != record.account.id:
                raise HTTPException(400, "apiKey: another account has this key")
            record = replace(record, account=replace(record.account, api_key=patch.api_key))
        self._accounts.configure(record)
        settings = self._accounts.settings(record.account)
        if "quota_remaining" in patch.model_fields_set:
            self._quota.set_remaining(record.account, settings, patch.quota_remaining)
        return {
            "id": record.account.id,
            "name": record.account.name,
            "mask": record.mask.value,
            "maskClientId": record.mask_client_id,
            "offers": record.offers.value,
            "quotaRemaining": self._quota.remaining(record.account, settings),
        }

    async def _add_company(self, request: Request) -> JsonValue:
        account = self._record(request).account
        new = await _body(request, NewCompany)
        settings = with_company(self._accounts.settings(account), new, self._clock())
        self._accounts.save(account, settings)
        return _records.company(settings.companies[-1])

    async def _remove_companies(self, request: Request) -> JsonValue:
        account = self._record(request).account
        settings = self._accounts.settings(account)
        self._accounts.save(account, settings.with_companies(()))
        return {"removed": len(settings.companies)}

    async def _form(self, request: Request) -> JsonValue:
        account, platform = self._integration(request)
        return form(self._accounts.settings(account), platform)

    async def _edit(self, request: Request) -> JsonValue:
        account, platform = self._integration(request)
        edit = await _body(request, IntegrationForm)
        settings = with_form(self._accounts.settings(account), platform, edit)
        self._accounts.save(account, settings)
        return form(settings, platform)

    def _record(self, request: Request) -> AccountRecord:
        account_id = request.path_params["account_id"]
        record = self._accounts.with_id(account_id)
        if record is None:
            raise HTTPException(404, f"no account has the id {account_id}")
        return record

    def _integration(self, request: Request) -> tuple[Account, Platform]:
        return self._record(request).account, platform_with(request.path_params["platform_key"])


_Action = Callable[[Request], Awaitable[JsonValue]]


def _resource(**actions: _Action) -> "_Resource":
    return _Resource(actions)


class _Resource:
    def __init__(self, actions: Mapping[str, _Action]) -> None:
        self._actions = actions

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        response = await self._response(Request(scope, receive))
        await response(scope, receive, send)

    async def _response(self, request: Request) -> JSONResponse:
        action = self._actions.get(request.method)
        if action is None:
            allowed = ", ".join(sorted(self._actions))
            return _refusal(405, f"{request.url.path} takes {allowed}, not {request.method}", {"Allow": allowed})
        try:
            return JSONResponse(await action(request))
        except HTTPException as error:
            return _refusal(error.status_code, error.detail)
        except CodatError as error:
            return _refusal(error.status, str(error))


async def _unknown(scope: Scope, receive: Receive, send: Send) -> None:
    await _refusal(404, f"{scope['path']} is not part of the control surface")(scope, receive, send)


def _refusal(status: int, error: str, headers: Mapping[str, str] | None = None) -> JSONResponse:
    return JSONResponse({"error": error}, status, headers)


def _fault_json(fault: Fault) -> JsonValue:
    content: JsonValue = fault.model_dump(exclude_none=True, by_alias=True)
    return content


async def _body(request: Request, model: type[Body]) -> Body:
    try:
        return read(model, request.headers, await request.body())
    except Misfit as misfit:
        raise HTTPException(400, str(misfit)) from None
