"""Who may push bank transactions to where (reference, sections 5.3, 5.4 and 7)."""

import re

from starlette.datastructures import QueryParams

from codat_emulator._errors import CodatError, bad_request, not_found
from codat_emulator._platforms import PLATFORMS, XERO
from codat_emulator._settings import AccountSettings, Connection, ConnectionStatus, SourceAccountStatus
from codat_emulator._xero_problems import XeroProblem, problem, too_large

__all__ = [
    "check_account",
    "check_platform",
    "check_product",
    "check_reach",
    "check_size",
    "refusal_of",
    "timeout_of",
]

_LARGEST_BODY = 3_000_000
_INT32 = 2**31 - 1
_PARAMETERS = frozenset({"allowSyncOnPushComplete", "timeoutInMinutes"})


def check_product(settings: AccountSettings) -> None:
    """403 where Codat has not enabled Bank Feeds for the account: our choice, because what it says is unpublished."""
    if not settings.bank_feeds.product:
        raise CodatError(403, "The Bank Feeds product is not enabled for this client.")


def check_platform(connection: Connection) -> None:
    """404 where the integration has no bank feeds; the text is Codat's for any datatype."""
    for platform in PLATFORMS:
        if platform.key == connection.platform_key and not platform.has_bank_feeds:
            raise not_found(f"Datatype bankTransactions not supported by platform(s) {platform.name}")


def check_size(body: bytes) -> None:
    """Xero's limit, and Xero's 413. That it is the size of the request to Codat which counts is our choice."""
    if len(body) > _LARGEST_BODY:
        raise too_large(len(body), _LARGEST_BODY)


def check_account(connection: Connection, in_path: str, in_body: str) -> None:
    """400 unless path and body name the same source account, 404 unless there is one, 400 unless it is connected.

    The statuses are our choice; that it must be connected is not.
    """
    if in_path != in_body:
        raise bad_request("accountId must be the one in the path", "accountId", "CreateBankTransactions")
    for account in connection.source_accounts:
        if account.id != in_path:
            continue
        if account.status is not SourceAccountStatus.CONNECTED:
            message = f"The source account is not connected (its status is {account.status})"
            raise bad_request(message, "accountId", "CreateBankTransactions")
        return
    raise not_found(f"No source account was found with ID {in_path}")


def check_reach(settings: AccountSettings, connection: Connection) -> None:
    """403 where Codat cannot reach the organisation: the connection is not linked, or the integration is switched off.

    The text, and that the switch matters to a connection that is linked already, are our choice.
    """
    if connection.status is not ConnectionStatus.LINKED:
        raise CodatError(403, f"Data connection {connection.id} is not linked (its status is {connection.status})")
    if not settings.of(XERO).enabled:
        raise CodatError(403, f"The integration {XERO.key} is not enabled.")


def refusal_of(settings: AccountSettings, connection: Connection) -> XeroProblem | None:
    """Why Xero takes no push, if it does not: the app before the organisation.

    That a toggle which is off is told as `invalid-organisation-bank-feeds` is our choice.
    """
    access = settings.bank_feeds
    if not access.granted:
        return problem("invalid-application")
    if not settings.of(XERO).bank_feeds or not connection.supports_bank_feeds:
        return problem(f"invalid-{access.spelling}-bank-feeds")
    return None


def timeout_of(query: QueryParams) -> int | None:
    """The minutes after which the push times out, if any; 400 for a parameter that is unknown, twice or no value."""
    for name in query:
        if name not in _PARAMETERS:
            raise bad_request("Unknown query parameter", name)
        if len(query.getlist(name)) > 1:
            raise bad_request(f"More than one {name}", name)
    if query.get("allowSyncOnPushComplete", "true") not in {"true", "false"}:
        raise bad_request("allowSyncOnPushComplete must be true or false", "allowSyncOnPushComplete")
    minutes = query.get("timeoutInMinutes")
    if minutes is None:
        return None
    if not re.fullmatch("[0-9]{1,10}", minutes) or not 1 <= int(minutes) <= _INT32:
        raise bad_request(f"timeoutInMinutes must be a whole number from 1 to {_INT32}", "timeoutInMinutes")
    return int(minutes)
