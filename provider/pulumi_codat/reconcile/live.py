"""What Codat shows now, and what it does not show to an account that offers the published endpoints only."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from functools import partial
from typing import TYPE_CHECKING, Final, Self

from pulumi_codat.api import CodatError, NotFound, Refused
from pulumi_codat.api.contract import CLIENT_ID, CLIENT_SECRET, NOT_OFFERED
from pulumi_codat.redaction import HIDDEN, fingerprint, is_masked, mask_fits, mask_shows

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from pulumi_codat.api import Codat, Credentials, Integration, LinkedCompanies
    from pulumi_codat.reconcile.state import KeysRecord

__all__ = [
    "Linked",
    "LiveBankFeeds",
    "LiveIntegration",
    "LiveKeys",
    "endpoints_may_be_closed",
    "read_bank_feeds",
    "read_bank_feeds_if_shown",
    "read_integration",
    "read_keys",
    "settings_are_hidden",
]

_LONGEST_CLIENT_ID: Final = 512


@dataclass
class Linked:
    """The linked companies, counted once and only where a step could harm them."""

    count: Callable[[], LinkedCompanies]
    _counted: LinkedCompanies | None = field(default=None, repr=False)

    @classmethod
    def to(cls, integration: Integration, codat: Codat) -> Self:
        return cls(partial(codat.linked_companies, integration))

    def __call__(self) -> LinkedCompanies:
        self._counted = self._counted or self.count()
        return self._counted


@dataclass(frozen=True)
class LiveKeys:
    """The keys as Codat shows them: the secret masked, the client ID perhaps."""

    shown: Mapping[str, object]

    @property
    def client_id(self) -> str:
        """What is shown of it, "" where that is longer than a client ID can be."""
        shown = self.text(CLIENT_ID)
        return shown if len(shown) <= _LONGEST_CLIENT_ID else ""

    def text(self, name: str) -> str:
        """What is shown under a name, "" where that is nothing or no text."""
        value = self.shown.get(name)
        return value if isinstance(value, str) else ""

    def is_of(self, client_id: str) -> bool:
        """Whether these are certainly the keys of that client ID."""
        return self.client_id == client_id

    def may_be_of(self, client_id: str | None) -> bool:
        """Whether nothing that is shown speaks against that client ID; no keys are those of None."""
        return client_id is not None and mask_fits(self.client_id, client_id)

    def may_hold(self, client_secret: str) -> bool:
        """Whether nothing that is shown speaks against that secret; a mask of an unknown style says nothing."""
        mask = self.text(CLIENT_SECRET)
        return not is_masked(mask) or mask_fits(mask, client_secret)

    def unsteady(self, name: str, before: LiveKeys | None) -> bool:
        """Whether a mask is another than at the read before, so that it says nothing."""
        return before is not None and is_masked(self.text(name)) and self.text(name) != before.text(name)

    def without_client_id(self) -> LiveKeys:
        """The same keys, where the mask of the client ID is unsteady: then nothing of it is shown."""
        return LiveKeys({**self.shown, CLIENT_ID: HIDDEN}) if is_masked(self.client_id) else self

    def fingerprint(self, salt: str) -> str:
        """A digest of all that is shown but a readable client ID, which is compared on its own."""
        return fingerprint(salt, self._secretive)

    @property
    def shows_change_of_secret(self) -> bool:
        """Whether another secret would look different: a mask shows something of it, or a version stands beside it.

        Text that is no mask of a known style may be the same for every secret.
        """
        mask = self.text(CLIENT_SECRET)
        return (is_masked(mask) and mask_shows(mask)) or any("version" in name.lower() for name in self.shown)

    @property
    def _secretive(self) -> dict[str, object]:
        readable = not is_masked(self.client_id)
        return {name: value for name, value in self.shown.items() if not (readable and name == CLIENT_ID)}

    def carried_over(self) -> dict[str, str]:
        """The keys besides ours, which a write of the whole map must repeat.

        Raises `CodatError` naming those that are masked, or no text, and would be lost.
        """
        names = sorted(self.shown.keys() - {CLIENT_ID, CLIENT_SECRET})
        lost = [name for name in names if is_masked(self.text(name))]
        if lost:
            raise CodatError(
                f"Codat holds more keys than clientId and clientSecret ({', '.join(lost)}), masked or no text, and"
                " writing would lose them; nothing was written: change the keys in the Codat Portal"
            )
        return {name: self.text(name) for name in names}


@dataclass(frozen=True)
class LiveIntegration:
    """The integration and its keys (None: there are none, or, where they are `hidden`, Codat does not show them)."""

    integration: Integration
    keys: LiveKeys | None
    hidden: bool = False

    @property
    def client_id(self) -> str:
        """The client ID as shown, "" where there are no keys."""
        return self.keys.client_id if self.keys else ""


@dataclass(frozen=True)
class LiveBankFeeds:
    """The bank-feeds toggle; None where Codat does not show it."""

    integration: Integration
    enabled: bool | None

    @property
    def hidden(self) -> bool:
        return self.enabled is None


def read_integration(
    codat: Codat,
    platform_key: str,
    record: KeysRecord | None = None,
    *,
    may_be_hidden: bool = False,
    had_keys: bool = False,
) -> LiveIntegration:
    """Read the integration and its keys, at once.

    `may_be_hidden`: whether this account may not be offered the endpoint of the keys. A 404 for them alone means that
    there are none, but needs a second witness where there should be some: where `had_keys`, or the integration is on.
    """
    with ThreadPoolExecutor(1) as pool:
        shown = pool.submit(read_keys, codat, platform_key, record)
        integration = codat.integration(platform_key)
    try:
        keys = shown.result()
    except Refused as error:
        if not may_be_hidden or error.status not in NOT_OFFERED:
            raise
        return LiveIntegration(integration, None, hidden=True)
    doubtful = may_be_hidden and keys is None and (had_keys or integration.enabled)
    return LiveIntegration(integration, keys, hidden=doubtful and settings_are_hidden(codat, integration))


def read_keys(codat: Codat, platform_key: str, record: KeysRecord | None = None) -> LiveKeys | None:
    """Read the masked keys. Where the record says that the client ID's mask was unsteady, it tells nothing.

    Before a write, a second read shows whether it is steady by now.
    """
    keys = _keys(codat.credentials(platform_key))
    if keys is None or record is None or not record.client_id_unsteady or not is_masked(keys.client_id):
        return keys
    again = _keys(codat.credentials(platform_key)) if codat.reads_afresh else None
    return keys.without_client_id() if again is None or again.unsteady(CLIENT_ID, keys) else again


def endpoints_may_be_closed(codat: Codat, integration: Integration) -> bool:
    """Whether keys that are gone may only not be shown any more: other settings of this kind are gone as well."""
    try:
        codat.integration_settings(str(integration.integration_id))
    except NotFound:
        return True
    except CodatError:
        return False
    return False


def _keys(credentials: Credentials | None) -> LiveKeys | None:
    return LiveKeys(credentials.root) if credentials and credentials.root else None


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


def read_bank_feeds(codat: Codat, platform_key: str, setting: str) -> LiveBankFeeds:
    """Read the toggle.

    Raises `CodatError` where the integration's settings are not shown or have no such boolean.
    """
    integration = codat.integration(platform_key)
    try:
        settings = codat.integration_settings(str(integration.integration_id)).root
    except NotFound as error:
        trace = f", correlation id {error.correlation_id}" if error.correlation_id else ""
        raise CodatError(
            f"this account does not show integration settings to this API key (404{trace}): set the toggle in the Codat"
            " Portal and leave XeroBankFeeds out, or ask Codat to open the endpoint"
        ) from None
    return _toggle_in(settings, integration, setting)


def read_bank_feeds_if_shown(codat: Codat, platform_key: str, setting: str, *, under_any_name: bool) -> LiveBankFeeds:
    """Read the toggle where it is shown. A person finds it in the Portal whatever its name is.

    Raises `CodatError` where the settings are shown and have no such boolean, unless `under_any_name`.
    """
    integration = codat.integration(platform_key)
    settings = _settings_if_shown(codat, integration)
    if settings is None or (under_any_name and not isinstance(settings.get(setting), bool)):
        return LiveBankFeeds(integration, None)
    return _toggle_in(settings, integration, setting)


def _toggle_in(settings: Mapping[str, object], integration: Integration, setting: str) -> LiveBankFeeds:
    """The toggle among the integration's settings. Raises `CodatError` where there is no such boolean."""
    value = settings.get(setting)
    if not isinstance(value, bool):
        state = "missing" if value is None else "not a boolean"
        raise CodatError(
            f"the setting {setting} is {state} in Codat's answer, so this account does not show the bank-feeds toggle"
            " under that name, or Codat has not enabled Bank Feeds for it; ask Codat for the name and set"
            " codat:bankFeedsSetting, or use the Codat Portal"
        )
    return LiveBankFeeds(integration, value)
