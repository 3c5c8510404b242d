"""What a run writes to: how it is called, and how it was before; for the person who is asked, and the change log."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from pulumi_codat.reconcile.plan import DeleteKeys, Step, Switch, SwitchBankFeeds, WriteKeys

if TYPE_CHECKING:
    from uuid import UUID

    from pydantic import SecretStr

    from pulumi_codat.api import Integration
    from pulumi_codat.reconcile.apply import Target
    from pulumi_codat.reconcile.live import LiveKeys

__all__ = ["Subject"]


@dataclass(frozen=True)
class Subject:
    """A resource's part of one account, before anything was written in this run.

    `keys`: as Codat shows them; None: there are none, or they are hidden. `secret`: as last applied from here.
    `bank_feeds`: None: not asked for, or hidden. `only_if`: the client ID under which alone a person may act.
    `unclaimed`: whether there may be hidden keys of somebody else: a person looks before anything is written.
    """

    label: str
    account: UUID
    integration: Integration
    target: Target
    keys: LiveKeys | None = None
    keys_hidden: bool = False
    secret: SecretStr | None = None
    bank_feeds: bool | None = None
    only_if: str | None = None
    unclaimed: bool = False

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
