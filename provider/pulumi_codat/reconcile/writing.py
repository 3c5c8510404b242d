"""Who carries the steps out: we over the API, a person in the Portal, or each in part."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from pulumi_codat.api import CodatError, NotOffered
from pulumi_codat.reconcile.apply import Applied, apply
from pulumi_codat.reconcile.by_person import ask, errand_for
from pulumi_codat.reconcile.change_log import ChangeLog

if TYPE_CHECKING:
    from collections.abc import Sequence

    from pulumi_codat.api import Codat
    from pulumi_codat.reconcile.apply import Fate
    from pulumi_codat.reconcile.plan import Step
    from pulumi_codat.reconcile.session import Session
    from pulumi_codat.reconcile.subject import Subject

__all__ = ["carry_out", "foresee_person"]

_PERSON: Final = "codat:writes is person, so nothing is written over the API"
_HIDDEN: Final = "this account does not show what would be written, so nothing is written over the API"


def carry_out(session: Session, codat: Codat, steps: Sequence[Step], subject: Subject) -> Applied:
    """Carry the steps out as codat:writes says.

    From the first step on that is not ours all is left to the person, because steps have an order, and it is one page.
    Only a 403, 404 or 405 on a write says that it is not offered.
    """
    ours, theirs, why = _split(session, steps, subject)
    applied = Applied(steps)
    if ours:
        applied = _write(session, codat, ours, subject)
        applied.planned = steps
        refusal = applied.failure
        if session.settings.writes == "auto" and isinstance(refusal, NotOffered) and applied.uncertain is None:
            applied.failure, theirs = None, steps[len(applied.done) :]
            trace = f", correlation id {refusal.correlation_id}" if refusal.correlation_id else ""
            why = f'Codat does not offer this account to "{theirs[0]}" over the API ({refusal.status}{trace})'
    if theirs and applied.failure is None:
        ask(session, codat, errand_for(session, codat, theirs, subject, why), applied)
    return applied


def foresee_person(session: Session, codat: Codat, steps: Sequence[Step], subject: Subject) -> None:
    """Warn of what would be left to a person, where that is known without a write."""
    _, theirs, why = _split(session, steps, subject)
    if theirs:
        session.warn_once(str(errand_for(session, codat, theirs, subject, why)))


def _split(session: Session, steps: Sequence[Step], subject: Subject) -> tuple[Sequence[Step], Sequence[Step], str]:
    """Our steps, the person's, and why they are."""
    match session.settings.writes:
        case "person":
            return (), steps, _PERSON
        case "api":
            return steps, (), ""
        case "auto":
            if subject.unclaimed:
                return (), steps, _HIDDEN
            first = next((at for at, step in enumerate(steps) if subject.hides(step)), len(steps))
            return steps[:first], steps[first:], _HIDDEN


def _write(session: Session, codat: Codat, steps: Sequence[Step], subject: Subject) -> Applied:
    if session.settings.change_log is None:
        return apply(codat, steps, subject)
    log = ChangeLog(session.settings.change_log, session.pipeline)
    log.require_writable()

    def record(step: Step, fate: Fate) -> None:
        try:
            log.append(subject, step, fate, codat.clock.now())
        except CodatError as error:  # because what was written must not be forgotten for it
            session.warn_once(f"{subject.label}: {error}")

    return apply(codat, steps, subject, record)
