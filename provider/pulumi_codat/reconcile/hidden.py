"""What Codat does not show to an account that offers only the published endpoints.

A 404 for the keys alone means that there are none. It means nothing where the integration's settings, which always
exist, are not shown either.
"""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from typing import TYPE_CHECKING

from pulumi_codat.api import Refused
from pulumi_codat.api.contract import NOT_OFFERED
from pulumi_codat.reconcile.live import LiveBankFeeds, LiveIntegration, read_keys, toggle_in

if TYPE_CHECKING:
    from collections.abc import Mapping

    from pulumi_codat.api import Codat, Integration
    from pulumi_codat.reconcile.state import KeysRecord

__all__ = ["bank_feeds_as_shown", "bank_feeds_if_shown", "integration_as_shown", "settings_are_hidden"]


def integration_as_shown(
    codat: Codat, platform_key: str, record: KeysRecord | None, *, had_keys: bool
) -> LiveIntegration:
    """The integration, with its keys where they are shown.

    A 404 for them needs a second witness where there should be keys: where `had_keys`, or the integration is on.
    """
    with ThreadPoolExecutor(1) as pool:
        shown = pool.submit(read_keys, codat, platform_key, record)
        integration = codat.integration(platform_key)
    try:
        keys = shown.result()
    except Refused as error:
        if error.status not in NOT_OFFERED:
            raise
        return LiveIntegration(integration, None, hidden=True)
    doubtful = keys is None and (had_keys or integration.enabled)
    return LiveIntegration(integration, keys, hidden=doubtful and settings_are_hidden(codat, integration))


def bank_feeds_as_shown(codat: Codat, platform_key: str, setting: str) -> LiveBankFeeds:
    """The toggle, where the integration's settings are shown.

    Raises `CodatError` where they are and have no such boolean, because its name is then more likely wrong.
    """
    integration = codat.integration(platform_key)
    settings = _settings_if_shown(codat, integration)
    return LiveBankFeeds(integration, None) if settings is None else toggle_in(settings, integration, setting)


def bank_feeds_if_shown(codat: Codat, platform_key: str, setting: str) -> LiveBankFeeds:
    """The toggle, where it is shown under that name; a person finds it in the Portal whatever its name is."""
    integration = codat.integration(platform_key)
    value = (_settings_if_shown(codat, integration) or {}).get(setting)
    return LiveBankFeeds(integration, value if isinstance(value, bool) else None)


def settings_are_hidden(codat: Codat, integration: Integration) -> bool:
    """Whether the integration's settings, which always exist, are not shown to this account."""
    return _settings_if_shown(codat, integration) is None


def _settings_if_shown(codat: Codat, integration: Integration) -> Mapping[str, object] | None:
    try:
        return codat.integration_settings(str(integration.integration_id)).root
    except Refused as error:
        if error.status not in NOT_OFFERED:
            raise
        return None
