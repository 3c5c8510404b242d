"""Desired, recorded and live states for tables: everything as declared, but for what is named."""

from __future__ import annotations

from typing import Final

from pydantic import SecretStr

from pulumi_codat.api import Integration
from pulumi_codat.reconcile.inputs import BankFeedsInputs, IntegrationInputs, parse
from pulumi_codat.reconcile.live import LiveBankFeeds, LiveIntegration, LiveKeys
from pulumi_codat.reconcile.state import BankFeedsState, IntegrationState, KeysRecord

CLIENT_ID: Final = "ABC"
SECRET: Final = "s3cret-wxyz"
MASKED: Final = "********wxyz"
SALT: Final = "00" * 16
ACCOUNT: Final = "5b8d3c0e-2f41-4a6b-9c57-d1e07a3f6b21"


def integration(*, enabled: bool = True) -> Integration:
    return Integration.model_validate(
        {"key": "gbol", "name": "Xero", "enabled": enabled, "integrationId": "0f20c943-12d0-4800-9f6c-d218f62d494c"}
    )


def keys(client_id: str = CLIENT_ID, secret: str = MASKED, **others: str) -> LiveKeys:
    return LiveKeys({"clientId": client_id, "clientSecret": secret, **others})


def live(shown: LiveKeys | None = None, *, enabled: bool = True) -> LiveIntegration:
    return LiveIntegration(integration(enabled=enabled), shown)


def desired(**properties: object) -> IntegrationInputs:
    given = {"clientId": CLIENT_ID, "clientSecret": SECRET, "enabled": True} | properties
    return parse(IntegrationInputs, {k: v for k, v in given.items() if v is not None}, frozenset()).required()


def recorded(mask_of: LiveKeys | None = None, **fields: object) -> IntegrationState:
    """As recorded after an apply; the mask is that of `mask_of`, or of the keys as they are shown by default."""
    record = KeysRecord(client_id=CLIENT_ID, salt=SALT, mask=(mask_of or keys()).fingerprint(SALT), shows_change=True)
    state = IntegrationState(
        client_id=CLIENT_ID,
        client_secret=SecretStr(SECRET),
        enabled=True,
        account_id=ACCOUNT,
        adopted=False,
        keys_record=record,
    )
    return state.model_copy(update={"applied_enabled": fields.get("enabled", True), **fields})


def bank_feeds(*, enabled: bool) -> LiveBankFeeds:
    return LiveBankFeeds(integration(), enabled)


def desired_bank_feeds(*, enabled: bool, app: dict[str, object] | None = None) -> BankFeedsInputs:
    return BankFeedsInputs.model_validate({"enabled": enabled, "platformKey": "gbol", "app": app})


def recorded_bank_feeds(*, enabled: bool | None) -> BankFeedsState:
    return BankFeedsState(enabled=enabled, applied_enabled=enabled, account_id=ACCOUNT, adopted=False)
