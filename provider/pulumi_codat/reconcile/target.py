"""What a run writes to, and how that was before the first write."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Self

from pulumi_codat.reconcile.live import LiveBankFeeds, LiveIntegration
from pulumi_codat.reconcile.plan import DeleteKeys, Step, Switch, SwitchBankFeeds, WriteKeys
from pulumi_codat.reconcile.state import IntegrationState, SettingState

if TYPE_CHECKING:
    from uuid import UUID

    from pydantic import SecretStr

    from pulumi_codat.api import Integration
    from pulumi_codat.reconcile.live import LiveKeys

__all__ = ["WriteTarget"]


@dataclass(frozen=True)
class WriteTarget:
    """A resource's settings in one account, as they were before this run wrote anything.

    `bank_feeds_setting`: the toggle's name in Codat. `keys`: as Codat shows them; None: there are none, or they are
    hidden. `secret`: as last applied from here. `bank_feeds`: None: not asked for, or hidden. `only_if`: the client ID
    under which alone a person may act. `unclaimed`: whether there may be hidden keys of another app: a person looks
    before anything is written.
    """

    label: str
    account: UUID
    integration: Integration
    platform_key: str
    bank_feeds_setting: str
    keys: LiveKeys | None = None
    keys_hidden: bool = False
    secret: SecretStr | None = None
    bank_feeds: bool | None = None
    only_if: str | None = None
    unclaimed: bool = False

    @classmethod
    def of(
        cls,
        live: LiveIntegration | LiveBankFeeds,
        state: SettingState | None,
        *,
        label: str,
        account: UUID,
        platform_key: str,
        bank_feeds_setting: str,
    ) -> Self:
        """What is there now; `state` is what was last applied from here."""
        target = cls(label, account, live.integration, platform_key, bank_feeds_setting)
        if isinstance(live, LiveBankFeeds):
            return replace(target, bank_feeds=live.enabled)
        secret = state.client_secret if isinstance(state, IntegrationState) else None
        return replace(target, keys=live.keys, keys_hidden=live.hidden, secret=secret)

    @property
    def integration_id(self) -> str:
        return str(self.integration.integration_id)

    @property
    def enabled(self) -> bool:
        """Whether the integration was on."""
        return self.integration.enabled

    def hides(self, step: Step) -> bool:
        """Whether what the step changes is not shown by Codat: nothing over the API could then be verified.

        Keys that are not shown are not written over the API for another reason too: the whole map would be replaced
        unseen.
        """
        match step:
            case WriteKeys() | DeleteKeys():
                return self.keys_hidden
            case SwitchBankFeeds():
                return self.bank_feeds is None
            case Switch():
                return False
