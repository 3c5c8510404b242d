"""What a read says of a step: done, not done, or nothing at all."""

from __future__ import annotations

from enum import Enum, auto
from typing import TYPE_CHECKING

from pulumi_codat.api.contract import CLIENT_SECRET
from pulumi_codat.reconcile.live import LiveKeys, read_keys
from pulumi_codat.reconcile.plan import DeleteKeys, Step, Switch, SwitchBankFeeds, WriteKeys
from pulumi_codat.redaction import is_masked, mask_fits, mask_shows

if TYPE_CHECKING:
    from pulumi_codat.api import Codat
    from pulumi_codat.reconcile.apply import Target

__all__ = ["Sight", "sight_of", "sight_of_keys"]


class Sight(Enum):
    """What a read says of a step."""

    DONE = auto()
    NOT_DONE = auto()
    UNKNOWN = auto()
    """What is shown would be the same either way."""


def sight_of(codat: Codat, step: Step, target: Target) -> tuple[Sight, LiveKeys | None]:
    """Ask Codat once; the keys where those were asked for."""
    match step:
        case WriteKeys():
            keys = read_keys(codat.fresh, target.platform_key)
            return sight_of_keys(step, keys), keys
        case DeleteKeys():
            keys = read_keys(codat.fresh, target.platform_key)
            return _seen(keys is None), keys
        case Switch(enabled):
            return _seen(codat.fresh.integration(target.platform_key).enabled == enabled), None
        case SwitchBankFeeds(enabled):
            settings = codat.fresh.integration_settings(target.integration_id).root
            return _seen(settings.get(target.bank_feeds_setting) is enabled), None


def sight_of_keys(step: WriteKeys, keys: LiveKeys | None) -> Sight:
    """Whether these are the keys to be written; a mask that shows nothing of the secret cannot tell."""
    if keys is None or not keys.may_be_of(step.client_id):
        return Sight.NOT_DONE
    mask = keys.text(CLIENT_SECRET)
    if not (is_masked(mask) and mask_shows(mask)):
        return Sight.UNKNOWN
    return _seen(mask_fits(mask, step.client_secret.get_secret_value()))


def _seen(done: bool) -> Sight:  # noqa: FBT001 because it is what was seen
    return Sight.DONE if done else Sight.NOT_DONE
