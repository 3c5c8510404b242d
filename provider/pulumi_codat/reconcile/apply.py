"""Steps, carried out one after the other: write, read back, compare.

A write of unknown fate (no answer, or a 5xx) is sent again only after the live state has been read.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from http import HTTPStatus
from typing import TYPE_CHECKING, Final

from pulumi_codat.api import CodatError, NotSent, Refused, Unanswered, WriteAttempt
from pulumi_codat.api.contract import CLIENT_ID, CLIENT_SECRET
from pulumi_codat.api.waiting import next_delay
from pulumi_codat.reconcile.guards import stop_at_another_app
from pulumi_codat.reconcile.live import LiveKeys, read_keys
from pulumi_codat.reconcile.plan import DeleteKeys, Step, Switch, SwitchBankFeeds, WriteKeys

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from pulumi_codat.api import Codat
    from pulumi_codat.reconcile.subject import Subject

    Record = Callable[[Step, "Fate"], None]

__all__ = ["Applied", "Fate", "NoEffect", "Target", "apply"]

_MOST_WRITES: Final = 4


class NoEffect(CodatError):
    """A write was answered with success, and is not seen to have taken effect."""


@dataclass(frozen=True)
class Target:
    """Where a step writes: the integration by its keys, and the wire name of the bank-feeds toggle."""

    platform_key: str
    integration_id: str
    bank_feeds_setting: str


@dataclass(frozen=True)
class Fate:
    """What became of one write: Codat accepted it, or nobody knows; and the id Codat gave for what it answered."""

    accepted: bool
    correlation_id: str | None = None


@dataclass
class Applied:
    """How far the planned steps came: those done, the keys as read back, the one of unknown fate, why it stopped.

    `asked` is whether a person was asked for something; `by_person` are the steps done that are not ours, `unverified`
    those that no read can tell anything of.
    """

    planned: Sequence[Step] = ()
    done: list[Step] = field(default_factory=list)
    by_person: list[Step] = field(default_factory=list)
    unverified: list[Step] = field(default_factory=list)
    asked: bool = False
    keys: LiveKeys | None = None
    uncertain: Step | None = None
    failure: CodatError | None = None

    @property
    def touched(self) -> bool:
        """Whether anything was, or may have been, written by us."""
        return any(step not in self.by_person for step in self.done) or self.uncertain is not None

    @property
    def left_traces(self) -> bool:
        """Whether anything was, or may have been, changed in this run, by us or by the person who was asked."""
        return self.touched or self.asked or bool(self.done)

    @property
    def wrote_keys(self) -> bool:
        return any(isinstance(step, WriteKeys) for step in self.done)

    @property
    def keys_as_declared(self) -> bool:
        """Whether the keys are the declared ones now: written, or no write was due."""
        return self.wrote_keys or not any(isinstance(step, WriteKeys) for step in self.planned)

    def story(self) -> str:
        """`done: write the keys; unknown: switch the integration on`, for the person."""
        parts = [f"done: {', '.join(str(step) for step in self.done)}"] if self.done else []
        parts += [f"unknown: {self.uncertain}"] if self.uncertain else []
        return "; ".join(parts)


def apply(codat: Codat, steps: Sequence[Step], subject: Subject, record: Record | None = None) -> Applied:
    """Carry the steps out in order, until all are verified or one fails; `record` is told of each write.

    `subject` is what the steps were planned on.
    """
    applied = Applied(steps)
    for step in steps:
        sending = _Sending(step, subject.target, subject.keys, record)
        try:
            sending.write_and_verify(codat)
        except CodatError as error:
            applied.failure = error
            applied.uncertain = step if sending.fate_unknown else None
            if sending.fate_unknown:
                trace = error.correlation_id if isinstance(error, Refused) else None
                sending.tell(Fate(accepted=False, correlation_id=trace))
            return applied
        applied.done.append(step)
        applied.keys = sending.keys or applied.keys
    return applied


@dataclass
class _Sending:
    step: Step
    target: Target
    planned_on: LiveKeys | None
    record: Record | None = None
    attempt: WriteAttempt = field(default_factory=WriteAttempt.begin)
    fate_unknown: bool = False
    keys: LiveKeys | None = None

    def write_and_verify(self, codat: Codat) -> None:
        number = 1
        while not self._sent(codat, number):
            codat.clock.sleep(next_delay(number, codat.clock.jitter()))
            number += 1
        self.tell(Fate(accepted=True))
        self._verify(codat)

    def tell(self, fate: Fate) -> None:
        """Record the write, once."""
        record, self.record = self.record, None
        if record:
            record(self.step, fate)

    def _sent(self, codat: Codat, number: int) -> bool:
        """Send once; False where it is to be sent again."""
        try:
            self._write(codat)
        except Refused as error:
            if error.status < HTTPStatus.INTERNAL_SERVER_ERROR:
                self.fate_unknown = number > 1 and self.fate_unknown
                raise
            self.attempt.renew()  # because Codat replays a 5xx to the same idempotency key
            return self._look(codat, number, error)
        except NotSent:
            self.fate_unknown = number > 1 and self.fate_unknown
            raise
        except Unanswered as error:
            return self._look(codat, number, error)
        return True

    def _look(self, codat: Codat, number: int, error: CodatError) -> bool:
        """After a failure: True where the write is seen to have taken effect, False where it can be repeated."""
        if not self.fate_unknown:
            raise error  # because it failed before it was sent
        # because the secret cannot be read back, keys are never seen to have taken effect
        if not isinstance(self.step, WriteKeys) and self._holds(codat):
            return True
        if number == _MOST_WRITES or next_delay(number, 1.0) >= codat.deadline.remaining():
            raise error
        return False

    def _write(self, codat: Codat) -> None:
        match self.step:
            case WriteKeys(client_id, client_secret):
                live = read_keys(codat.fresh, self.target.platform_key)
                stop_at_another_app(self.planned_on, live, client_id)
                others = live.carried_over() if live else {}
                ours = {CLIENT_ID: client_id, CLIENT_SECRET: client_secret.get_secret_value()}
                self.fate_unknown = True
                codat.replace_credentials(self.target.platform_key, others | ours)
            case Switch(enabled):
                self.fate_unknown = True
                codat.switch(self.target.platform_key, enabled=enabled)
            case DeleteKeys():
                self.fate_unknown = True
                codat.delete_credentials(self.target.platform_key)
            case SwitchBankFeeds(enabled):
                self.fate_unknown = True
                name = self.target.bank_feeds_setting
                codat.change_setting(self.target.integration_id, name, value=enabled, attempt=self.attempt)

    def _verify(self, codat: Codat) -> None:
        number = 1
        while not self._holds(codat):
            delay = next_delay(number, codat.clock.jitter())
            if delay >= codat.deadline.remaining():
                raise NoEffect(
                    f"Codat accepted to {self.step}, but its answers still show the state before, after"
                    f" {codat.deadline.max_wait_seconds:g} s; run the same command again, and tell Codat's support if"
                    " it stays so"
                )
            codat.clock.sleep(delay)
            number += 1

    def _holds(self, codat: Codat) -> bool:
        match self.step:
            case WriteKeys(client_id, client_secret):
                before, keys = self.keys, read_keys(codat.fresh, self.target.platform_key)
                self.keys = keys
                # because a mask that changes from read to read says nothing against what was written
                return keys is not None and (
                    (keys.may_be_of(client_id) or keys.unsteady(CLIENT_ID, before))
                    and (keys.may_hold(client_secret.get_secret_value()) or keys.unsteady(CLIENT_SECRET, before))
                )
            case Switch(enabled):
                return codat.fresh.integration(self.target.platform_key).enabled == enabled
            case DeleteKeys():
                return read_keys(codat.fresh, self.target.platform_key) is None
            case SwitchBankFeeds(enabled):
                settings = codat.fresh.integration_settings(self.target.integration_id).root
                return settings.get(self.target.bank_feeds_setting) is enabled
