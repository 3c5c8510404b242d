"""One write: send it, read it back, compare. One of unknown fate (no answer, or a 5xx) is sent again after a read."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from enum import Enum, auto
from http import HTTPStatus
from typing import TYPE_CHECKING, Final

from pulumi_codat.api import CodatError, NotSent, Refused, Unanswered, WriteAttempt
from pulumi_codat.api.contract import CLIENT_ID, CLIENT_SECRET
from pulumi_codat.api.waiting import next_delay
from pulumi_codat.reconcile.guards import stop_at_another_app
from pulumi_codat.reconcile.live import LiveKeys, read_keys
from pulumi_codat.reconcile.plan import DeleteKeys, Step, Switch, SwitchBankFeeds, WriteKeys
from pulumi_codat.redaction import is_masked, mask_fits, mask_shows

if TYPE_CHECKING:
    from pulumi_codat.api import Codat
    from pulumi_codat.reconcile.target import WriteTarget

__all__ = ["Fate", "NoEffect", "OnWrite", "ReadBack", "Write", "read_back", "read_back_keys", "send"]

_MOST_WRITES: Final = 4


class NoEffect(CodatError):
    """Codat answered a write with success, and does not show that it took effect."""


class Fate(Enum):
    """What became of a step."""

    PLANNED = auto()
    ACCEPTED = auto()
    """Codat accepted the write, and it was not read back yet."""
    UNKNOWN = auto()
    """It was sent, and nobody knows whether it took effect."""
    DONE = auto()
    DONE_BY_PERSON = auto()
    UNVERIFIED = auto()
    """It was left to a person, and no read can tell whether it was done."""


@dataclass
class Write:
    """One step, what became of it, and the id that Codat gave for what it answered."""

    step: Step
    fate: Fate = Fate.PLANNED
    correlation_id: str | None = None

    @property
    def done(self) -> bool:
        return self.fate in (Fate.DONE, Fate.DONE_BY_PERSON)


OnWrite = Callable[[Write], None]


def send(codat: Codat, write: Write, target: WriteTarget, on_write: OnWrite) -> LiveKeys | None:
    """Send the write and verify it; the keys as read back. `on_write` is told once it was sent, or may have been.

    Raises `CodatError` where it failed, or is not seen to have taken effect; `write` then tells its fate.
    """
    sender = _Sender(codat, target, write, on_write)
    try:
        sender.write_and_verify()
    except CodatError as error:
        if write.fate is Fate.UNKNOWN:
            write.correlation_id = error.correlation_id if isinstance(error, Refused) else None
            sender.tell()
        raise
    return sender.keys


@dataclass
class _Sender:
    codat: Codat
    target: WriteTarget
    write: Write
    on_write: OnWrite | None
    attempt: WriteAttempt = field(default_factory=WriteAttempt.begin)
    keys: LiveKeys | None = None

    def write_and_verify(self) -> None:
        number = 1
        while not self._sent(number):
            self.codat.clock.sleep(next_delay(number, self.codat.clock.jitter()))
            number += 1
        self.write.fate = Fate.ACCEPTED
        self.tell()
        self.write.fate = Fate.UNKNOWN  # until it is read back
        self._verify()
        self.write.fate = Fate.DONE

    def tell(self) -> None:
        """Tell of the write, once."""
        on_write, self.on_write = self.on_write, None
        if on_write:
            on_write(self.write)

    def _sent(self, number: int) -> bool:
        """Send once; False where it is to be sent again."""
        before = self.write.fate
        try:
            self._send()
        except Refused as error:
            if error.status < HTTPStatus.INTERNAL_SERVER_ERROR:
                self.write.fate = before
                raise
            self.attempt.renew()  # because Codat replays a 5xx to the same idempotency key
            return self._look(number, error)
        except NotSent:
            self.write.fate = before
            raise
        except Unanswered as error:
            return self._look(number, error)
        return True

    def _look(self, number: int, error: CodatError) -> bool:
        """After a failure: True where the write is seen to have taken effect, False where it can be repeated."""
        if self.write.fate is Fate.PLANNED:
            raise error  # because it failed before it was sent
        # because the secret cannot be read back, keys are never seen to have taken effect
        if not isinstance(self.write.step, WriteKeys) and self._holds():
            return True
        if number == _MOST_WRITES or next_delay(number, 1.0) >= self.codat.deadline.remaining():
            raise error
        return False

    def _send(self) -> None:
        codat, target, step = self.codat, self.target, self.write.step
        keys = self._whole_map(step) if isinstance(step, WriteKeys) else {}
        self.write.fate = Fate.UNKNOWN
        match step:
            case WriteKeys():
                codat.replace_credentials(target.platform_key, keys)
            case Switch(enabled):
                codat.switch(target.platform_key, enabled=enabled)
            case DeleteKeys():
                codat.delete_credentials(target.platform_key)
            case SwitchBankFeeds(enabled):
                setting = target.bank_feeds_setting
                codat.change_setting(target.integration_id, setting, value=enabled, attempt=self.attempt)

    def _whole_map(self, step: WriteKeys) -> dict[str, str]:
        """The keys to send, with those besides ours. Raises `CodatError` where they must not be written over."""
        live = read_keys(self.codat.fresh, self.target.platform_key)
        stop_at_another_app(self.target.keys, live, step.client_id)
        others = live.carried_over() if live else {}
        return others | {CLIENT_ID: step.client_id, CLIENT_SECRET: step.client_secret.get_secret_value()}

    def _verify(self) -> None:
        number = 1
        while not self._holds():
            delay = next_delay(number, self.codat.clock.jitter())
            if delay >= self.codat.deadline.remaining():
                raise NoEffect(
                    f"Codat accepted the request to {self.write.step}, but still shows the old value after"
                    f" {self.codat.deadline.max_wait_seconds:g} s; run the same command again, and tell Codat's support"
                    " if it stays so"
                )
            self.codat.clock.sleep(delay)
            number += 1

    def _holds(self) -> bool:
        if not isinstance(self.write.step, WriteKeys):
            return read_back(self.codat, self.write.step, self.target)[0] is ReadBack.DONE
        before, keys = self.keys, read_keys(self.codat.fresh, self.target.platform_key)
        self.keys = keys
        secret = self.write.step.client_secret.get_secret_value()
        # because a mask that changes from read to read says nothing against what was written
        return keys is not None and (
            (keys.may_be_of(self.write.step.client_id) or keys.unsteady(CLIENT_ID, before))
            and (keys.may_hold(secret) or keys.unsteady(CLIENT_SECRET, before))
        )


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
