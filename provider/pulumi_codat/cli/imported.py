"""What is live, as the records of resources that are imported. Pure; writes nothing and claims nothing unseen."""

from __future__ import annotations

from typing import TYPE_CHECKING

from pulumi_codat.api import CodatError
from pulumi_codat.api.contract import PORTAL_PAGE
from pulumi_codat.reconcile.state import BankFeedsState, IntegrationState
from pulumi_codat.redaction import is_masked
from pulumi_codat.xero import PLATFORM_KEY, REDIRECT_URI

if TYPE_CHECKING:
    from uuid import UUID

    from pulumi_codat.api import Integration
    from pulumi_codat.reconcile.live import LiveBankFeeds, LiveIntegration, LiveKeys

__all__ = ["imported_bank_feeds", "imported_integration"]


def imported_integration(
    live: LiveIntegration, account: UUID, account_name: str | None, client_id: str | None
) -> IntegrationState:
    """The integration without its secret, so as one that was never applied: the next apply adopts it.

    `client_id` is what a person says it is, where Codat masks it.
    Raises `CodatError` where there are no keys to import, or it cannot be told whose they are.
    """
    if live.hidden:
        raise CodatError(
            "Codat does not show the keys for Xero to this API key, so they cannot be imported: declare the integration"
            " and run `pulumi up`, which lists the manual steps for the keys"
        )
    if live.keys is None:
        raise CodatError(
            "Codat shows no keys for Xero, so there is nothing to import: declare the integration and run `pulumi up`,"
            f" or enter the keys in the Codat Portal first ({PORTAL_PAGE})"
        )
    return IntegrationState(
        client_id=_client_id(live.keys, client_id),
        enabled=live.integration.enabled,
        name=live.integration.name,
        redirect_uri=REDIRECT_URI,
        portal_url=PORTAL_PAGE,
        **_whose(live.integration, account, account_name),
    )


def imported_bank_feeds(live: LiveBankFeeds, account: UUID, account_name: str | None, client_id: str) -> BankFeedsState:
    """The toggle, taken over as it is, on the keys of `client_id`: all of it can be read."""
    whose = _whose(live.integration, account, account_name)
    return BankFeedsState(enabled=live.enabled, adopted=live.enabled, client_id=client_id, **whose)


def _client_id(keys: LiveKeys, said: str | None) -> str:
    if said is not None and not keys.may_be_of(said):
        raise CodatError(f'Codat shows the client ID "{keys.client_id}", which is not "{said}": check --client-id')
    if said is None and is_masked(keys.client_id):
        raise CodatError(
            f'Codat shows too little of the client ID ("{keys.client_id}"): say which it is with --client-id (it is on'
            " the app's Configuration page at Xero)"
        )
    return said or keys.client_id


def _whose(integration: Integration, account: UUID, account_name: str | None) -> dict[str, str | None]:
    return {
        "platform_key": PLATFORM_KEY,
        "integration_id": str(integration.integration_id),
        "account_id": str(account),
        "account_name": account_name,
    }
