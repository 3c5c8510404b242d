"""One program for many accounts, and what it finds in its environment."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from collections.abc import Sequence

    from demo.stage import Account

__all__ = ["PROGRAM", "environment_for"]

PROGRAM: Final = """
import os, pulumi_codat as codat
for number, account in enumerate(os.environ["ACCOUNTS"].split()):
    codat.XeroIntegration(
        f"xero-{number}", client_id=os.environ["CLIENT_ID"], client_secret=codat.from_env("XERO_CLIENT_SECRET"),
        account=codat.Account(id=account, api_key=f"env:CODAT_API_KEY_{number}"))
"""


def environment_for(accounts: Sequence[Account], client_secret: str) -> dict[str, str]:
    return {
        "ACCOUNTS": " ".join(account.id for account in accounts),
        "CLIENT_ID": "3D5A1C7E9B2F4860A1B2C3D4E5F60718",
        "XERO_CLIENT_SECRET": client_secret,
        **{f"CODAT_API_KEY_{number}": account.api_key for number, account in enumerate(accounts)},
    }
