"""Which account a request belongs to (reference, section 3.1)."""

import base64

from starlette.datastructures import Headers

from codat_emulator._accounts import AccountRecord, Accounts
from codat_emulator._errors import CodatError

__all__ = ["account_of", "authenticated"]

_SCHEME = "Basic "


def account_of(headers: Headers, accounts: Accounts) -> AccountRecord | None:
    """The account of `Authorization: Basic <base64 of the raw key>`.

    None for anything else: no header or two, another scheme, the key unencoded, a `user:` part. That the
    scheme's letters and its one space must be exactly these is our choice.
    """
    values = headers.getlist("Authorization")
    if len(values) != 1 or not values[0].startswith(_SCHEME):
        return None
    try:
        api_key = base64.b64decode(values[0].removeprefix(_SCHEME), validate=True).decode()
    except ValueError:
        return None
    return accounts.with_api_key(api_key)


def authenticated(headers: Headers, accounts: Accounts) -> AccountRecord:
    """As `account_of`; raises Codat's 401 where that gives None."""
    record = account_of(headers, accounts)
    if record is None:
        raise CodatError(401)
    return record
