"""The emulated API: what every request passes, from its key to its answer."""

import asyncio
from email.utils import format_datetime
from http import HTTPStatus

from starlette.datastructures import QueryParams
from starlette.requests import Request
from starlette.responses import Response
from starlette.types import Receive, Scope, Send

from codat_emulator._accounts import AccountRecord, Accounts
from codat_emulator._auth import authenticated
from codat_emulator._clock import Clock
from codat_emulator._connections import held
from codat_emulator._database import Database
from codat_emulator._errors import Answer, CodatError
from codat_emulator._faults import FaultKind, fault_of
from codat_emulator._idempotency import KeptAnswers
from codat_emulator._push_plans import PushPlans
from codat_emulator._pushes import NewPush, Operation, Pushes
from codat_emulator._quota import Quota
from codat_emulator._routes import Call, perform
from codat_emulator._settings import AccountSettings

__all__ = ["Api"]


class Api:
    """An ASGI application: key, quota, kept answers, faults of the service, then the resource itself.

    The key is looked at before the path, so a stranger learns nothing from a 404: our choice.
    """

    def __init__(
        self, database: Database, accounts: Accounts, quota: Quota, kept: KeptAnswers, plans: PushPlans, *, clock: Clock
    ) -> None:
        self._database = database
        self._accounts = accounts
        self._quota = quota
        self._kept = kept
        self._plans = plans
        self._clock = clock

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        request = Request(scope, receive)
        body = await request.body()
        try:
            record = authenticated(request.headers, self._accounts)
        except CodatError as error:
            answer, rates = error.answer(), self._quota.headers_of_nobody()
        else:
            answer = await self._answer(record, request, body)
            rates = self._quota.headers_of(record.account, self._accounts.settings(record.account))
        date = {"Date": format_datetime(self._clock(), usegmt=True)}
        headers = {**answer.headers, **rates, **date}
        await Response(answer.body, answer.status, headers, "application/json")(scope, receive, send)

    async def _answer(self, record: AccountRecord, request: Request, body: bytes) -> Answer:
        account = record.account
        settings = self._accounts.settings(account)
        try:
            self._quota.spend(account, settings)
            with self._quota.slot(account, settings):
                return await self._kept.once(account, request, body, lambda: self._served(record, request, body))
        except CodatError as error:
            return error.answer()

    async def _served(self, record: AccountRecord, request: Request, body: bytes) -> Answer:
        fault = fault_of(request.scope)
        if fault and fault.seconds:
            await _delayed(request.receive, fault.seconds)
        try:
            if fault and fault.status:
                raise _injected(fault.status, fault.retry_after)
            return perform(self._call(record, request, body))
        except CodatError as error:
            return error.answer()

    def _call(self, record: AccountRecord, request: Request, body: bytes) -> Call:
        fault = fault_of(request.scope)
        kind = fault.kind if fault else None
        account = record.account
        held_settings = self._accounts.settings_before if kind == FaultKind.STALE else self._accounts.settings

        def save(settings: AccountSettings) -> None:
            if kind != FaultKind.NO_EFFECT:
                self._accounts.save(account, settings)

        now = self._clock()

        def push(new: NewPush) -> Operation:
            # because the settings are as they were before this write, which is the last one now
            self._accounts.save(account, self._accounts.settings(account))
            return pushes.add(new)

        pushes = Pushes(self._database, account, now, before_last=kind == FaultKind.STALE)
        return Call(
            record=record,
            method=request.method,
            path=request.scope["path"],
            query=QueryParams(request.scope["query_string"]),
            headers=request.headers,
            body=body,
            held=held_settings(account),
            save=save,
            pushes=pushes,
            push=pushes.foretell if kind == FaultKind.NO_EFFECT else push,
            plan=lambda source_account: self._plans.claim(account.id, source_account),
            today=now.date(),
        )


async def _delayed(receive: Receive, seconds: float) -> None:
    """Wait, but no longer than the client does; what it asked for is done either way."""
    leaving = asyncio.create_task(held(receive))
    await asyncio.wait([leaving], timeout=seconds)
    leaving.cancel()


def _injected(status: int, retry_after: int | str | None) -> CodatError:
    if retry_after is None and status == HTTPStatus.TOO_MANY_REQUESTS:
        retry_after = 1
    return CodatError(status, headers={} if retry_after is None else {"Retry-After": str(retry_after)})
