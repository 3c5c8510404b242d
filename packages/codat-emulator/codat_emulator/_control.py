"""The control surface under `/_emulator`: no key, no quota, not in the record of requests."""

from dataclasses import replace
from secrets import token_urlsafe
from typing import Annotated
from uuid import UUID, uuid4

from pydantic import Field, JsonValue, StringConstraints
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.routing import Route, Router
from starlette.types import Receive, Scope, Send

from codat_emulator import _records
from codat_emulator._accounts import Account, AccountRecord, Accounts, Offers
from codat_emulator._clock import MovableClock
from codat_emulator._faults import Fault, Faults
from codat_emulator._feeds_control import FeedsControl
from codat_emulator._identity import XeroApp, XeroApps
from codat_emulator._masks import Mask
from codat_emulator._platforms import Platform
from codat_emulator._portal import IntegrationForm, NewCompany, form, with_company, with_form
from codat_emulator._quota import Quota
from codat_emulator._requests import RequestLog
from codat_emulator._rules import platform_with
from codat_emulator._surface import body_of, resource, unknown
from codat_emulator._wire import WireModel

__all__ = ["Control", "account_json"]


class AccountPatch(WireModel):
    """How an account behaves; what is left out stays.

    `quota_remaining` is how many requests are left today, be it more than a day's quota.
    """

    mask: Mask = Mask.LAST_FOUR
    mask_client_id: bool = False
    offers: Offers = Offers.ALL
    api_key: Annotated[str, StringConstraints(pattern=r"^[!-~]+$")] = Field(default="", repr=False)
    quota_remaining: Annotated[int, Field(ge=0)] = 0


class ClockPatch(WireModel):
    """How far the emulator's clock is ahead of the real one. It may not be set back further than to the real one."""

    ahead_seconds: Annotated[float, Field(ge=0, le=315_360_000)]


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
        self,
        accounts: Accounts,
        quota: Quota,
        log: RequestLog,
        faults: Faults,
        clock: MovableClock,
        *,
        apps: XeroApps,
        feeds: FeedsControl,
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
                Route("/_emulator", resource(GET=self._emulator)),
                Route("/_emulator/requests", resource(GET=self._requests, DELETE=self._forget_requests)),
                Route(
                    "/_emulator/faults",
                    resource(GET=self._list_faults, POST=self._add_fault, DELETE=self._clear_faults),
                ),
                Route("/_emulator/clock", resource(GET=self._time, PATCH=self._move_clock)),
                Route("/_emulator/xero/apps", resource(POST=self._add_app, DELETE=self._clear_apps)),
                Route("/_emulator/accounts", resource(POST=self._open_account)),
                Route(account, resource(PATCH=self._configure)),
                Route(f"{account}/companies", resource(POST=self._add_company, DELETE=self._remove_companies)),
                Route(f"{account}/integrations/{{platform_key}}", resource(GET=self._form, PATCH=self._edit)),
                *feeds.routes(),
            ],
            redirect_slashes=False,
            default=unknown,
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
        fault = await body_of(request, Fault)
        self._faults.add(fault)
        return _fault_json(fault)

    async def _clear_faults(self, _: Request) -> JsonValue:
        removed = len(self._faults.waiting())
        self._faults.clear()
        return {"removed": removed}

    async def _time(self, _: Request) -> JsonValue:
        return {"now": self._clock().isoformat(timespec="microseconds"), "aheadSeconds": self._clock.ahead_seconds}

    async def _move_clock(self, request: Request) -> JsonValue:
        self._clock.ahead_seconds = (await body_of(request, ClockPatch)).ahead_seconds
        return await self._time(request)

    async def _add_app(self, request: Request) -> JsonValue:
        app = await body_of(request, XeroApp)
        self._apps.add(app)
        return {"clientId": app.client_id, "kind": app.kind}

    async def _clear_apps(self, _: Request) -> JsonValue:
        removed = len(self._apps.all())
        self._apps.clear()
        return {"removed": removed}

    async def _open_account(self, request: Request) -> JsonValue:
        new = await body_of(request, NewAccount)
        account = Account(str(new.id), new.name, new.api_key)
        if self._accounts.with_id(account.id):
            raise HTTPException(400, f"id: there is an account {account.id}")
        if self._accounts.with_api_key(account.api_key):
            raise HTTPException(400, "apiKey: another account has this key")
        self._accounts.add(account)
        return account_json(account)

    async def _configure(self, request: Request) -> JsonValue:
        record = self._record(request)
        patch = await body_of(request, AccountPatch)
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
        new = await body_of(request, NewCompany)
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
        edit = await body_of(request, IntegrationForm)
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


def _fault_json(fault: Fault) -> JsonValue:
    content: JsonValue = fault.model_dump(exclude_none=True, by_alias=True)
    return content
