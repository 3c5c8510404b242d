"""Take the planned steps: over the API as far as codat:writes and the account allow, the rest by a person."""

from __future__ import annotations

from dataclasses import dataclass
from http import HTTPStatus
from typing import TYPE_CHECKING, Final

from pulumi_codat.api import CodatError, NotOffered, Refused
from pulumi_codat.reconcile.change_log import ChangeLog
from pulumi_codat.reconcile.guards import PRODUCT
from pulumi_codat.reconcile.plan import SwitchBankFeeds, WriteKeys
from pulumi_codat.reconcile.portal import await_portal_steps, portal_steps
from pulumi_codat.reconcile.write import Fate, NoEffect, Write, send

if TYPE_CHECKING:
    from collections.abc import Sequence

    from pulumi_codat.api import Codat
    from pulumi_codat.reconcile.context import Context
    from pulumi_codat.reconcile.live import LiveKeys
    from pulumi_codat.reconcile.plan import Step
    from pulumi_codat.reconcile.target import WriteTarget

__all__ = ["Applied", "announce_portal_steps", "apply"]

_MAY_MEAN_NO_PRODUCT: Final = frozenset(
    {
        HTTPStatus.BAD_REQUEST,
        HTTPStatus.PAYMENT_REQUIRED,
        HTTPStatus.FORBIDDEN,
        HTTPStatus.NOT_FOUND,
        HTTPStatus.METHOD_NOT_ALLOWED,
    }
)
_PERSON: Final = "codat:writes is person, so nothing is written through the API"
_HIDDEN: Final = "this account does not show what would be written, so nothing is written through the API"


@dataclass
class Applied:
    """How far the steps came, the keys as last read back, and why they stopped.

    `asked`: a person was asked for something.
    """

    writes: Sequence[Write] = ()
    asked: bool = False
    keys: LiveKeys | None = None
    failure: CodatError | None = None

    @property
    def touched(self) -> bool:
        """Whether anything was, or may have been, written by us."""
        return any(write.fate in (Fate.DONE, Fate.UNKNOWN) for write in self.writes)

    @property
    def left_traces(self) -> bool:
        """Whether anything was, or may have been, changed in this run, by us or by a person."""
        return self.asked or any(write.fate is not Fate.PLANNED for write in self.writes)

    @property
    def keys_fate(self) -> Fate | None:
        """What became of the write of the keys; None where none was due."""
        return next((write.fate for write in self.writes if isinstance(write.step, WriteKeys)), None)

    @property
    def wrote_keys(self) -> bool:
        return self.keys_fate in (Fate.DONE, Fate.DONE_BY_PERSON)

    @property
    def keys_as_declared(self) -> bool:
        """Whether the keys are the declared ones now: written, or no write was due."""
        return self.keys_fate is None or self.wrote_keys

    def has(self, fate: Fate) -> bool:
        return any(write.fate is fate for write in self.writes)

    def story(self) -> str:
        """`done: write the keys; unknown: switch the integration on`, for the person."""
        done = ", ".join(str(write.step) for write in self.writes if write.done)
        unknown = ", ".join(str(write.step) for write in self.writes if write.fate is Fate.UNKNOWN)
        return "; ".join(filter(None, [done and f"done: {done}", unknown and f"unknown: {unknown}"]))


def apply(context: Context, codat: Codat, steps: Sequence[Step], target: WriteTarget) -> Applied:
    """Take the steps as codat:writes says.

    From the first step on that is not ours all is left to a person, because steps have an order, and it is one page.
    Only a 403, 404 or 405 on a write says that it is not offered.
    """
    applied = Applied([Write(step) for step in steps])
    ours, why = _split(context, steps, target)
    refusal = _write(context, codat, applied, applied.writes[:ours], target)
    if context.settings.writes == "auto" and isinstance(refusal, NotOffered) and not applied.has(Fate.UNKNOWN):
        ours = sum(write.done for write in applied.writes)
        trace = f", correlation id {refusal.correlation_id}" if refusal.correlation_id else ""
        why = f"Codat does not allow this account to {steps[ours]} through the API ({refusal.status}{trace})"
    elif refusal is not None:
        applied.failure = _explained(refusal, applied.writes)
        return applied
    theirs = applied.writes[ours:]
    if theirs:
        asked = portal_steps(context, codat, [write.step for write in theirs], target, why)
        await_portal_steps(context, codat, asked, applied, theirs)
    return applied


def _explained(failure: CodatError, writes: Sequence[Write]) -> CodatError:
    """What Codat answers without the Bank Feeds product is not documented, so every answer that may mean it says so."""
    stopped_at = next(write.step for write in writes if not write.done)
    answered = isinstance(failure, Refused) and failure.status in _MAY_MEAN_NO_PRODUCT
    if stopped_at == SwitchBankFeeds(enabled=True) and (answered or isinstance(failure, NoEffect)):
        return CodatError(f"{failure}; {PRODUCT}")
    return failure


def announce_portal_steps(context: Context, codat: Codat, steps: Sequence[Step], target: WriteTarget) -> None:
    """Warn of what would be left to a person, where that is known without a write."""
    ours, why = _split(context, steps, target)
    if steps[ours:]:
        context.warn_once(str(portal_steps(context, codat, steps[ours:], target, why)))


def _split(context: Context, steps: Sequence[Step], target: WriteTarget) -> tuple[int, str]:
    """How many steps are ours, and why the rest is a person's."""
    match context.settings.writes:
        case "person":
            return 0, _PERSON
        case "api":
            return len(steps), ""
        case "auto":
            if target.unclaimed:
                return 0, _HIDDEN
            return next((at for at, step in enumerate(steps) if target.hides(step)), len(steps)), _HIDDEN


def _write(
    context: Context, codat: Codat, applied: Applied, writes: Sequence[Write], target: WriteTarget
) -> CodatError | None:
    """Take the steps in order, until all are verified or one fails; why it failed."""
    log = ChangeLog(context.settings.change_log, context.pipeline) if context.settings.change_log else None
    if log and writes:
        log.require_writable()

    def on_write(write: Write) -> None:
        if log is None:
            return
        try:
            log.append(target, write, codat.clock.now())
        except CodatError as error:  # because what was written must not be forgotten for it
            context.warn_once(f"{target.label}: {error}")

    for write in writes:
        try:
            applied.keys = send(codat, write, target, on_write) or applied.keys
        except CodatError as error:
            return error
    return None
