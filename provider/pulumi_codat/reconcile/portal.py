"""What is left to a person in the Codat Portal: told step by step, waited for, and read back."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Final

from pulumi_codat.api import CodatError, Deadline
from pulumi_codat.api.contract import CLIENT_ID, CLIENT_SECRET
from pulumi_codat.reconcile.live import settings_are_hidden
from pulumi_codat.reconcile.plan import Step, WriteKeys, writes_keys
from pulumi_codat.reconcile.portal_steps import PortalSteps
from pulumi_codat.reconcile.write import Fate, ReadBack, Write, read_back

if TYPE_CHECKING:
    from collections.abc import Sequence

    from pulumi_codat.api import Codat
    from pulumi_codat.reconcile.apply import Applied
    from pulumi_codat.reconcile.context import Context
    from pulumi_codat.reconcile.live import LiveKeys
    from pulumi_codat.reconcile.target import WriteTarget

__all__ = ["POLL_SECONDS", "await_portal_steps", "portal_steps"]

POLL_SECONDS: Final = 30.0
"""Between two looks while a person is waited for: one read each, so an hour costs 120 of the account's requests."""


def portal_steps(context: Context, codat: Codat, steps: Sequence[Step], target: WriteTarget, why: str) -> PortalSteps:
    """What a person is told; the account's name costs a read where it is not known yet."""
    return PortalSteps(target, context.describe(codat, target.account), why, steps)


def await_portal_steps(
    context: Context, codat: Codat, asked: PortalSteps, applied: Applied, writes: Sequence[Write]
) -> None:
    """Let a person take these steps, and note in `writes` and `applied` what came of it.

    Nothing is asked of a person that a read shows to be done. What no read can tell becomes `UNVERIFIED`; what is not
    done within codat:personWaitSeconds, a failure.
    """
    try:
        asked = _with_hidden_keys(codat, asked)
        first = [(write, _before_asking(codat, write.step, asked.target)) for write in writes]
    except CodatError as error:
        applied.failure = error  # because what was written before must be recorded
        return
    target = asked.target
    _mark([write for write, seen in first if seen is ReadBack.DONE])
    left = [write for write in writes if not write.done]
    if not left:
        return
    applied.asked = True
    rest = replace(asked, steps=[write.step for write in left])
    context.warn_once(str(rest))
    _summarize(context, rest)
    visible = [write for write, seen in first if seen is ReadBack.NOT_DONE]
    try:
        pending, keys = _wait(context, codat, visible, target)
    except CodatError as error:
        applied.failure = CodatError(f"the manual steps ({_words(left)}) could not be checked: {error}")
        return
    applied.keys = keys or applied.keys
    _mark(visible[len(pending) :])
    hidden = [write for write, seen in first if seen is ReadBack.UNKNOWN]
    if pending:
        waited = context.settings.person_wait_seconds
        applied.failure = CodatError(
            f"manual steps not completed {f'after {waited:g} s' if waited else 'yet'}: {_words(pending)} (the"
            " steps are in the warning; codat:personWaitSeconds sets how long to wait)"
        )
    elif hidden:
        for write in hidden:
            write.fate = Fate.UNVERIFIED
        context.warn_once(
            f"{target.label}: manual steps cannot be verified, because Codat does not show the result: {_words(hidden)}"
        )


def _mark(done: Sequence[Write]) -> None:
    for write in done:
        write.fate = Fate.DONE_BY_PERSON


def _summarize(context: Context, asked: PortalSteps) -> None:
    try:
        context.pipeline.summarize(asked.markdown())
    except OSError as error:
        context.warn_once(f"the step summary {error.filename} cannot be written ({error.strerror})")


def _with_hidden_keys(codat: Codat, asked: PortalSteps) -> PortalSteps:
    """The same, knowing whether keys that there seem to be none of are only not shown: a person then looks first."""
    target = asked.target
    if (
        writes_keys(asked.steps)
        and not (target.keys or target.keys_hidden)
        and settings_are_hidden(codat, target.integration)
    ):
        return replace(asked, target=replace(target, keys_hidden=True))
    return asked


def _before_asking(codat: Codat, step: Step, target: WriteTarget) -> ReadBack:
    """What is seen before a person was asked."""
    if target.hides(step):
        return ReadBack.UNKNOWN
    if isinstance(step, WriteKeys) and target.keys is not None:
        seen, again = read_back(codat, step, target)
        # because a mask that changes from read to read tells nothing, and a secret's only of the app that is shown
        unsteady = again and (
            again.unsteady(CLIENT_ID, target.keys)
            or (again.may_be_of(step.client_id) and again.unsteady(CLIENT_SECRET, target.keys))
        )
        return ReadBack.UNKNOWN if unsteady else seen
    return ReadBack.NOT_DONE


def _wait(
    context: Context, codat: Codat, writes: Sequence[Write], target: WriteTarget
) -> tuple[list[Write], LiveKeys | None]:
    """Look from time to time until all is done; the first ones, not done in time, and the keys as last seen.

    Each time the last step that is not done is read, and those before it only once it is, because a person works in
    order.
    """
    clock, pending, keys = codat.clock, list(writes), None
    deadline = Deadline(clock, context.settings.person_wait_seconds)
    if pending and deadline.remaining():
        context.warn_once(
            f"{target.label}: waiting up to {deadline.max_wait_seconds:g} s for the manual steps, checking every"
            f" {min(POLL_SECONDS, deadline.max_wait_seconds):g} s"
        )
    while pending and deadline.remaining():
        clock.sleep(min(POLL_SECONDS, deadline.remaining()))
        codat.deadline.begin_anew()  # because the time that a person takes is not that of requests
        while pending:
            seen, shown = read_back(codat, pending[-1].step, target)
            keys = shown or keys
            if seen is ReadBack.NOT_DONE:
                break
            pending.pop()
    return pending, keys


def _words(writes: Sequence[Write]) -> str:
    return ", ".join(str(write.step) for write in writes)
