"""The record of every request to the emulated API, without anything that is secret."""

from urllib.parse import parse_qsl, quote

from pydantic import BaseModel, JsonValue
from pydantic_core import from_json
from starlette.datastructures import Headers
from starlette.requests import ClientDisconnect, Request
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from codat_emulator._accounts import Accounts
from codat_emulator._auth import account_of

__all__ = ["RequestLog", "RequestRecord"]

REDACTED = "[redacted]"

# Known by name to hold no secret; whatever a client invents is not among them.
_OPEN_FIELDS = frozenset({"enabled", "enableBankFeeds", "oneTimeSync"})
_OPEN_PARAMETERS = frozenset({"allowSyncOnPushComplete", "page", "pageSize", "timeoutInMinutes"})


class RequestRecord(BaseModel):
    """One request, in the order of arrival.

    `status` is null until there is an answer, and stays so when there is none. `account` is the id of the
    account whose key was sent, else null. `body` is the JSON that was sent with everything but known harmless
    values redacted, a string in place of what is no JSON, and null when there was none. No header is kept.
    """

    method: str
    path: str
    query: str
    status: int | None = None
    account: str | None
    body: JsonValue


class RequestLog:
    """An ASGI layer that records what passes through it. The record is not kept in storage.

    A request whose body never arrives whole is not one.
    """

    def __init__(self, app: ASGIApp, accounts: Accounts) -> None:
        self._app = app
        self._accounts = accounts
        self._records: list[RequestRecord] = []

    def records(self) -> tuple[RequestRecord, ...]:
        return tuple(self._records)

    def clear(self) -> None:
        self._records.clear()

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        try:
            body = await Request(scope, receive).body()
        except ClientDisconnect:
            return
        account = account_of(Headers(scope=scope), self._accounts)
        record = RequestRecord(
            method=scope["method"],
            path=scope["path"],
            query=_open_query(scope["query_string"].decode("latin-1")),
            account=account.account.id if account else None,
            body=_open_body(scope["path"], body),
        )
        self._records.append(record)
        unread: list[Message] = [{"type": "http.request", "body": body, "more_body": False}]

        async def receive_again() -> Message:
            return unread.pop() if unread else await receive()

        async def send_recorded(message: Message) -> None:
            if message["type"] == "http.response.start":
                record.status = message["status"]
            await send(message)

        await self._app(scope, receive_again, send_recorded)


def _open_query(query: str) -> str:
    pairs = parse_qsl(query, keep_blank_values=True)
    return "&".join(f"{quote(name)}={quote(value) if name in _OPEN_PARAMETERS else REDACTED}" for name, value in pairs)


def _open_body(path: str, body: bytes) -> JsonValue:
    if not body:
        return None
    try:
        content = from_json(body, allow_inf_nan=False)
    except ValueError:
        return REDACTED
    if not isinstance(content, dict):
        return REDACTED
    open_fields = frozenset() if path.startswith("/integrations/credentials") else _OPEN_FIELDS
    return {
        name: value if name in open_fields and isinstance(value, bool | str | None) else REDACTED
        for name, value in content.items()
    }
