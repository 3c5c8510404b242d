"""What an account holds as Codat's JSON shows it."""

from collections.abc import Mapping

from pydantic import JsonValue

from codat_emulator._accounts import Account
from codat_emulator._platforms import PLATFORMS, Platform
from codat_emulator._pushes import Operation, PushStatus
from codat_emulator._settings import AccountSettings, Company, Connection, SourceAccount

__all__ = [
    "company",
    "connection",
    "integration",
    "integration_settings",
    "profile",
    "push_operation",
    "settings",
    "source_account",
    "sync_settings",
]


def integration(held: AccountSettings, platform: Platform) -> JsonValue:
    """`Integration`: nothing in it says whether there are credentials, or whether bank feeds are on."""
    return platform.record | {"enabled": held.of(platform).enabled}


def profile(account: Account) -> JsonValue:
    """`Profile`, without the API key, which Codat dropped from it on 2023-04-11."""
    return {
        "name": account.name,
        "logoUrl": f"https://client-images.codat.io/logo/{account.id}.png",
        "iconUrl": f"https://client-images.codat.io/icon/{account.id}.ico",
        "redirectUrl": "https://example.com/linked/{companyId}",
        "whiteListUrls": [],
        "confirmCompanyName": False,
    }


def sync_settings(account: Account) -> JsonValue:
    """`SyncSettings` with the one setting of the published example; its `clientId` is the account's id."""
    invoices: JsonValue = {
        "dataType": "invoices",
        "fetchOnFirstLink": True,
        "syncSchedule": 24,
        "syncOrder": 0,
        "syncFromUtc": "2020-01-01T12:00:00.000Z",
        "syncFromWindow": 24,
        "monthsToSync": 24,
        "isLocked": True,
    }
    return {"clientId": account.id, "settings": [invoices], "overridesDefaults": True}


def settings(held: AccountSettings) -> JsonValue:
    return {"oneTimeSync": held.one_time_sync}


def integration_settings(held: AccountSettings, platform: Platform) -> JsonValue:
    current = held.of(platform)
    shown: dict[str, JsonValue] = {"integrationId": platform.integration_id, "oneTimeSync": current.one_time_sync}
    if platform.has_bank_feeds:
        shown["enableBankFeeds"] = current.bank_feeds
    return shown


def company(record: Company) -> JsonValue:
    return {
        "id": record.id,
        "name": record.name,
        "description": None,
        "redirect": f"https://link.codat.io/company/{record.id}",
        "lastSync": None,
        "created": record.created,
        "createdByUserName": None,
        "products": [],
        "tags": {},
        "dataConnections": [connection(record, item) for item in record.connections],
        "referenceSubsidiaryCompanies": [],
    }


def connection(record: Company, item: Connection) -> JsonValue:
    platform = _BY_KEY[item.platform_key]
    return {
        "id": item.id,
        "integrationId": platform.integration_id,
        "integrationKey": platform.key,
        "sourceId": platform.source_id,
        "sourceType": "Accounting",
        "platformName": platform.name,
        "linkUrl": f"https://link-api.codat.io/companies/{record.id}/connections/{item.id}/start",
        "status": item.status.value,
        "lastSync": None,
        "created": item.created,
        "dataConnectionErrors": [],
        "connectionInfo": {},
    }


def source_account(item: SourceAccount) -> JsonValue:
    """`SourceAccountV2`, which Codat has clients use that integrated after 2024-08-01."""
    return {
        "id": item.id,
        "accountName": item.name,
        "accountType": item.type,
        "accountNumber": item.number,
        "sortCode": item.sort_code,
        "routingInfo": {"bankCode": item.sort_code, "type": "sortcode"},
        "currency": item.currency,
        "balance": float(item.balance),
        "accountInfo": None,
        "modifiedDate": None,
        "status": item.status.value,
        "feedStartDate": None,
    }


def push_operation(item: Operation) -> dict[str, JsonValue]:
    """`PushOperation`. That the record a success names is the source account is our choice."""
    changes: JsonValue = [
        {
            "type": "Created",
            "recordRef": {"id": item.source_account_id, "dataType": "bankTransactions"},
            "attachmentId": None,
        }
    ]
    timeout = item.timeout_in_minutes
    return {
        "changes": changes if item.status is PushStatus.SUCCESS else None,
        "dataType": "bankTransactions",
        "companyId": item.company_id,
        "pushOperationKey": item.key,
        "dataConnectionKey": item.connection_id,
        "requestedOnUtc": _utc(item.requested),
        "completedOnUtc": None if item.completed is None else _utc(item.completed),
        "timeoutInMinutes": timeout,
        "timeoutInSeconds": None if timeout is None else timeout * 60,
        "status": item.status.value,
        "errorMessage": item.error_message,
        "validation": dict(item.validation),
        "statusCode": item.code,
    }


def _utc(moment: str) -> str:
    """With the seven digits of a second that Codat shows."""
    return f"{moment.removesuffix('+00:00')}0Z"


_BY_KEY: Mapping[str, Platform] = {platform.key: platform for platform in PLATFORMS}
