"""What a read says of a step that was taken, or was asked of a person: done, not done, or nothing."""

from __future__ import annotations

from enum import Enum, auto
from typing import TYPE_CHECKING

from pulumi_codat.api.contract import CLIENT_SECRET
from pulumi_codat.reconcile.live import LiveKeys, read_keys
from pulumi_codat.reconcile.plan import DeleteKeys, Step, Switch, SwitchBankFeeds, WriteKeys
from pulumi_codat.redaction import is_masked, mask_fits, mask_shows

if TYPE_CHECKING:
    from pulumi_codat.api import Codat
    from pulumi_codat.reconcile.target import WriteTarget

__all__ = ["ReadBack", "read_back", "read_back_keys"]


class ReadBack(Enum):
    """What a read says of a step."""

    DONE = auto()
    NOT_DONE = auto()
    UNKNOWN = auto()
    """What is shown would be the same either way."""


def read_back(codat: Codat, step: Step, target: WriteTarget) -> tuple[ReadBack, LiveKeys | None]:
    """Ask Codat once; the keys where those were asked for."""
    match step:
        case WriteKeys():
            keys = read_keys(codat.fresh, target.platform_key)
            return read_back_keys(step, keys), keys
        case DeleteKeys():
            keys = read_keys(codat.fresh, target.platform_key)
            return _seen(keys is None), keys
        case Switch(enabled):
            return _seen(codat.fresh.integration(target.platform_key).enabled == enabled), None
        case SwitchBankFeeds(enabled):
            settings = codat.fresh.integration_settings(target.integration_id).root
            return _seen(settings.get(target.bank_feeds_setting) is enabled), None


def read_back_keys(step: WriteKeys, keys: LiveKeys | None) -> ReadBack:
    """Whether these are the keys to be written; a mask that shows nothing of the secret cannot tell."""
    if keys is None or not keys.may_be_of(step.client_id):
        return ReadBack.NOT_DONE
    mask = keys.text(CLIENT_SECRET)
    if not (is_masked(mask) and mask_shows(mask)):
        return ReadBack.UNKNOWN
    return _seen(mask_fits(mask, step.client_secret.get_secret_value()))


def _seen(done: bool) -> ReadBack:  # noqa: FBT001 because it is what was seen
    return ReadBack.DONE if done else ReadBack.NOT_DONE
