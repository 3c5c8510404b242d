"""Every path that answers, with its evidence, and how HTTP becomes a rule and back."""

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from datetime import date
from enum import StrEnum
from re import Pattern

from pydantic import JsonValue
from starlette.datastructures import Headers, QueryParams
from starlette.routing import compile_path

from codat_emulator import _bank_feeds, _records, _rules
from codat_emulator._accounts import AccountRecord, Offers
from codat_emulator._bodies import (
    Credentials,
    EnabledArgs,
    IntegrationSettingsPatch,
    SettingsPatch,
    XeroSettingsPatch,
    parse,
    parse_exactly,
)
from codat_emulator._errors import Answer, CodatError, method_not_allowed, not_found
from codat_emulator._masks import masked
from codat_emulator._paging import page_of
from codat_emulator._platforms import PLATFORMS, Platform
from codat_emulator._push_plans import PushPlan
from codat_emulator._pushes import NewPush, Operation, Pushes, end_of
from codat_emulator._query import selected_page
from codat_emulator._settings import AccountSettings, Company, Connection
from codat_emulator._transactions import CreateBankTransactions, check_ids, verdict

__all__ = ["Call", "perform"]


@dataclass(frozen=True, slots=True)
class Call:
    """One request of an account that may make it.

    `held` and `pushes` are what it reads; `save` and `push` are how it writes. `plan` says how a push to a source
    account is to end.
    """

    record: AccountRecord
    method: str
    path: str
    query: QueryParams
    headers: Headers
    body: bytes
    held: AccountSettings
    save: Callable[[AccountSettings], None]
    pushes: Pushes
    push: Callable[[NewPush], Operation]
    plan: Callable[[str], PushPlan]
    today: date


def perform(call: Call) -> Answer:
    """Find the resource and do what its method says.

    Raises:
        CodatError: 404 for an unknown path, 405 for a method it does not have (our choice: HEAD is one of
            these), what the account's `Offers` say for one that is not published, and what the rules say.

    """
    for resource in _RESOURCES:
        match = resource.pattern.match(call.path)
        if match is None:
            continue
        offers = call.record.offers
        offered = resource.offered(offers)
        if call.method in offered:
            done = offered[call.method].do(call, **match.groupdict())
            return done if isinstance(done, Answer) else Answer.of(done)
        if offered and call.method not in resource.actions:
            raise method_not_allowed(offered)
        raise _refusal(offers, offered)
    raise not_found()


class _Evidence(StrEnum):
    PUBLISHED = "in today's reference"
    LEGACY = "in Codat's own API description of 2021 to 2023"


@dataclass(frozen=True, slots=True)
class _Action:
    evidence: _Evidence
    do: Callable[..., "JsonValue | Answer"]


@dataclass(frozen=True, slots=True)
class _Resource:
    pattern: Pattern[str]
    actions: Mapping[str, _Action]

    def offered(self, offers: Offers) -> Mapping[str, _Action]:
        return {
            method: action
            for method, action in self.actions.items()
            if offers is Offers.ALL or action.evidence is _Evidence.PUBLISHED
        }


def _refusal(offers: Offers, offered: Iterable[str]) -> CodatError:
    match offers:
        case Offers.PUBLISHED_403:
            return CodatError(403)
        case Offers.PUBLISHED_405:
            return method_not_allowed(offered)
        case _:
            return not_found()


def _list_integrations(call: Call) -> JsonValue:
    return page_of([_records.integration(call.held, platform) for platform in PLATFORMS], call.path, call.query)


def _get_integration(call: Call, platform_key: str) -> JsonValue:
    return _records.integration(call.held, _rules.platform_with(platform_key))


def _get_branding(_: Call, platform_key: str) -> JsonValue:
    return _rules.platform_with(platform_key).branding


def _put_enabled(call: Call, platform_key: str) -> JsonValue:
    platform = _rules.platform_with(platform_key)
    args = parse(EnabledArgs, call.headers, call.body)
    switched = _rules.with_switch(call.held, platform, enabled=args.enabled)
    call.save(switched)
    return _records.integration(switched, platform)


def _get_credentials(call: Call, platform_key: str) -> JsonValue:
    platform = _rules.platform_with(platform_key)
    if not call.held.of(platform).credentials:
        raise not_found(f"No credentials were found for integration with key {platform.key}")
    return _shown(call, platform, call.held)


def _put_credentials(call: Call, platform_key: str) -> JsonValue:
    platform = _rules.platform_with(platform_key)
    credentials = parse(Credentials, call.headers, call.body)
    replaced = _rules.with_credentials(call.held, platform, credentials.root)
    call.save(replaced)
    return _shown(call, platform, replaced)


def _delete_credentials(call: Call, platform_key: str) -> JsonValue:
    """200 with a body (reference, section 2.2), which is empty: our choice, because its content is not stated."""
    call.save(_rules.without_credentials(call.held, _rules.platform_with(platform_key)))
    return {}


def _shown(call: Call, platform: Platform, held: AccountSettings) -> JsonValue:
    current = held.of(platform)
    record = call.record
    shown = masked(
        current.credentials, current.credentials_version, record.mask, client_id_masked=record.mask_client_id
    )
    return dict(shown)


def _get_settings(call: Call) -> JsonValue:
    return _records.settings(call.held)


def _patch_settings(call: Call) -> JsonValue:
    patch = parse(SettingsPatch, call.headers, call.body)
    merged = call.held.model_copy(update=patch.model_dump(exclude_unset=True))
    call.save(merged)
    return _records.settings(merged)


def _get_integration_settings(call: Call, integration_id: str) -> JsonValue:
    return _records.integration_settings(call.held, _rules.platform_of_integration(integration_id))


def _patch_integration_settings(call: Call, integration_id: str) -> JsonValue:
    platform = _rules.platform_of_integration(integration_id)
    model = XeroSettingsPatch if platform.has_bank_feeds else IntegrationSettingsPatch
    patch = parse(model, call.headers, call.body)
    current = call.held.of(platform).model_copy(update=patch.model_dump(exclude_unset=True))
    merged = call.held.with_integration(platform, current)
    call.save(merged)
    return _records.integration_settings(merged, platform)


def _get_profile(call: Call) -> JsonValue:
    return _records.profile(call.record.account)


def _get_sync_settings(call: Call) -> JsonValue:
    return _records.sync_settings(call.record.account)


def _list_companies(call: Call) -> JsonValue:
    return page_of([_records.company(company) for company in call.held.companies], call.path, call.query)


def _company(call: Call, company_id: str) -> Company:
    return _rules.company_with(call.held, company_id)


def _get_company(call: Call, company_id: str) -> JsonValue:
    return _records.company(_company(call, company_id))


def _list_connections(call: Call, company_id: str) -> JsonValue:
    company = _company(call, company_id)
    connections = [_records.connection(company, item) for item in company.connections]
    return page_of(connections, call.path, call.query)


def _connection(call: Call, company_id: str, connection_id: str) -> Connection:
    return _rules.connection_with(_company(call, company_id), connection_id)


def _get_connection(call: Call, company_id: str, connection_id: str) -> JsonValue:
    return _records.connection(_company(call, company_id), _connection(call, company_id, connection_id))


def _list_source_accounts(call: Call, company_id: str, connection_id: str) -> JsonValue:
    _bank_feeds.check_product(call.held)
    connection = _connection(call, company_id, connection_id)
    _bank_feeds.check_platform(connection)
    return [_records.source_account(item) for item in connection.source_accounts]


def _push_transactions(call: Call, company_id: str, connection_id: str, account_id: str) -> Answer:
    """200 with the operation, whose own code is 202, and what was pushed, as it was sent."""
    _bank_feeds.check_product(call.held)
    connection = _connection(call, company_id, connection_id)
    _bank_feeds.check_platform(connection)
    timeout = _bank_feeds.timeout_of(call.query)
    _bank_feeds.check_size(call.body)
    content = parse_exactly(CreateBankTransactions, call.headers, call.body)
    _bank_feeds.check_account(connection, account_id, content.account_id)
    check_ids(content.transactions)
    _bank_feeds.check_reach(call.held, connection)
    refused = _bank_feeds.refusal_of(call.held, connection)
    if refused is not None and call.held.bank_feeds.refusals == "answer":
        raise refused
    plan = call.plan(account_id)
    refused = refused or plan.refusal
    if refused is not None and plan.end == "Refused":
        raise refused
    said = verdict(content.transactions, call.today)
    new = NewPush(
        company_id=company_id,
        connection_id=connection_id,
        source_account_id=account_id,
        timeout_in_minutes=timeout,
        transactions=content.transactions,
        verdict=said,
        end=end_of(plan, said, refused),
    )
    operation = Answer.of(_records.push_operation(call.push(new)))
    # because no JSON number that was decoded is sure to be encoded with the digits it came with
    return Answer(operation.status, b'{"data":' + call.body + b"," + operation.body[1:])


def _get_push(call: Call, company_id: str, push_operation_key: str) -> JsonValue:
    company = _company(call, company_id)
    found = call.pushes.polled(company.id, push_operation_key)
    if found is None:
        raise not_found(f"No push operation was found with key {push_operation_key}")
    return _records.push_operation(found)


def _list_pushes(call: Call, company_id: str) -> JsonValue:
    company = _company(call, company_id)
    found = [_records.push_operation(item) for item in call.pushes.of_company(company.id)]
    return selected_page(found, call.path, call.query)


def _published(do: Callable[..., "JsonValue | Answer"]) -> _Action:
    return _Action(_Evidence.PUBLISHED, do)


def _legacy(do: Callable[..., "JsonValue | Answer"]) -> _Action:
    return _Action(_Evidence.LEGACY, do)


def _resource(path: str, **actions: _Action) -> _Resource:
    pattern, _, _ = compile_path(path)
    return _Resource(pattern, actions)


_RESOURCES = (
    _resource("/integrations", GET=_published(_list_integrations)),
    _resource("/integrations/{platform_key}", GET=_published(_get_integration)),
    _resource("/integrations/{platform_key}/branding", GET=_published(_get_branding)),
    _resource("/profile", GET=_published(_get_profile)),
    _resource("/profile/syncSettings", GET=_published(_get_sync_settings)),
    _resource("/companies", GET=_published(_list_companies)),
    _resource("/companies/{company_id}", GET=_published(_get_company)),
    _resource("/companies/{company_id}/connections", GET=_published(_list_connections)),
    _resource("/companies/{company_id}/connections/{connection_id}", GET=_published(_get_connection)),
    _resource(
        "/companies/{company_id}/connections/{connection_id}/connectionInfo/bankFeedAccounts",
        GET=_published(_list_source_accounts),
    ),
    _resource(
        "/companies/{company_id}/connections/{connection_id}/push/bankAccounts/{account_id}/bankTransactions",
        POST=_published(_push_transactions),
    ),
    _resource("/companies/{company_id}/push", GET=_published(_list_pushes)),
    _resource("/companies/{company_id}/push/{push_operation_key}", GET=_published(_get_push)),
    _resource("/integrations/{platform_key}/enabled", PUT=_legacy(_put_enabled)),
    _resource(
        "/integrations/credentials/{platform_key}",
        GET=_legacy(_get_credentials),
        PUT=_legacy(_put_credentials),
        DELETE=_legacy(_delete_credentials),
    ),
    _resource("/settings", GET=_legacy(_get_settings), PATCH=_legacy(_patch_settings)),
    _resource(
        "/settings/integrations/{integration_id}",
        GET=_legacy(_get_integration_settings),
        PATCH=_legacy(_patch_integration_settings),
    ),
)
