"""Steps that a person carries out in the Codat Portal: said click by click, waited for, and verified by reading."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Final

from pulumi_codat.api import CodatError, Deadline
from pulumi_codat.api.contract import CLIENT_ID, CLIENT_SECRET
from pulumi_codat.reconcile.clicks import Errand
from pulumi_codat.reconcile.hidden import settings_are_hidden
from pulumi_codat.reconcile.plan import Step, WriteKeys
from pulumi_codat.reconcile.sight import Sight, sight_of

if TYPE_CHECKING:
    from collections.abc import Sequence

    from pulumi_codat.api import Codat
    from pulumi_codat.reconcile.apply import Applied
    from pulumi_codat.reconcile.live import LiveKeys
    from pulumi_codat.reconcile.session import Session
    from pulumi_codat.reconcile.subject import Subject

__all__ = ["POLL_SECONDS", "ask", "errand_for"]

POLL_SECONDS: Final = 30.0
"""Between two looks while a person is waited for: one read each, so an hour costs 120 of the account's requests."""


def errand_for(session: Session, codat: Codat, steps: Sequence[Step], subject: Subject, why: str) -> Errand:
    """What a person is told; the account's name costs a read where it is not known yet."""
    return Errand(subject, session.describe(codat, subject.account), why, steps)


def ask(session: Session, codat: Codat, errand: Errand, applied: Applied) -> None:
    """Let a person do the errand, and add to `applied` what came of it.

    Nothing is asked of a person that a read shows to be done. What no read can tell becomes `unverified`; what is not
    done within codat:personWaitSeconds, a failure.
    """
    errand = _looked_at(codat, errand)
    subject = errand.subject
    sights = {step: _first_sight(codat, step, subject) for step in errand.steps}
    _seen(applied, [step for step, sight in sights.items() if sight is Sight.DONE])
    left = [step for step, sight in sights.items() if sight is not Sight.DONE]
    if not left:
        return
    applied.asked = True
    rest = replace(errand, steps=left)
    session.warn_once(str(rest))
    _summarize(session, rest)
    visible = [step for step in left if sights[step] is Sight.NOT_DONE]
    try:
        pending, keys = _wait(session, codat, visible, subject)
    except CodatError as error:
        applied.failure = CodatError(f"what was left to a person ({_words(left)}) could not be looked at: {error}")
        return
    applied.keys = keys or applied.keys
    _seen(applied, [step for step in visible if step not in pending])
    hidden = [step for step in left if sights[step] is Sight.UNKNOWN]
    if pending:
        waited = session.settings.person_wait_seconds
        applied.failure = CodatError(
            f"left to a person and not done {f'after {waited:g} s' if waited else 'yet'}: {_words(pending)} (what to"
            " click is in the warning; codat:personWaitSeconds is how long to wait)"
        )
    elif hidden:
        applied.unverified += hidden
        session.warn_once(
            f"{subject.label}: left to a person, and Codat does not show whether it was done: {_words(hidden)}"
        )


def _seen(applied: Applied, steps: Sequence[Step]) -> None:
    applied.by_person += steps
    applied.done += steps


def _summarize(session: Session, errand: Errand) -> None:
    try:
        session.pipeline.summarize(errand.markdown())
    except OSError as error:
        session.warn_once(f"the step summary {error.filename} cannot be written ({error.strerror})")


def _looked_at(codat: Codat, errand: Errand) -> Errand:
    """The errand, knowing whether keys that there seem to be none of are only not shown: a person then looks first."""
    subject = errand.subject
    writes_keys = any(isinstance(step, WriteKeys) for step in errand.steps)
    if writes_keys and not (subject.keys or subject.keys_hidden) and settings_are_hidden(codat, subject.integration):
        return replace(errand, subject=replace(subject, keys_hidden=True))
    return errand


def _first_sight(codat: Codat, step: Step, subject: Subject) -> Sight:
    """What is seen before a person was asked."""
    if subject.hides(step):
        return Sight.UNKNOWN
    if isinstance(step, WriteKeys) and subject.keys is not None:
        sight, again = sight_of(codat, step, subject.target)
        # because a mask that changes from read to read tells nothing, and a secret's only of the app that is shown
        unsteady = again and (
            again.unsteady(CLIENT_ID, subject.keys)
            or (again.may_be_of(step.client_id) and again.unsteady(CLIENT_SECRET, subject.keys))
        )
        return Sight.UNKNOWN if unsteady else sight
    return Sight.NOT_DONE


def _wait(
    session: Session, codat: Codat, steps: Sequence[Step], subject: Subject
) -> tuple[list[Step], LiveKeys | None]:
    """Look from time to time until all is done; what is not done in time, and the keys as last seen.

    Each time the last step that is not done is read, and those before it only once it is, because a person works in
    order.
    """
    clock, pending, keys = codat.clock, list(steps), None
    patience = Deadline(clock, session.settings.person_wait_seconds)
    if pending and patience.remaining():
        session.warn_once(
            f"{subject.label}: waiting up to {patience.max_wait_seconds:g} s for a person, looking every"
            f" {min(POLL_SECONDS, patience.max_wait_seconds):g} s"
        )
    while pending and patience.remaining():
        clock.sleep(min(POLL_SECONDS, patience.remaining()))
        codat.deadline.begin_anew()  # because the time that a person takes is not that of requests
        while pending:
            sight, shown = sight_of(codat, pending[-1], subject.target)
            keys = shown or keys
            if sight is Sight.NOT_DONE:
                break
            pending.pop()
    return pending, keys


def _words(steps: Sequence[Step]) -> str:
    return ", ".join(str(step) for step in steps)
