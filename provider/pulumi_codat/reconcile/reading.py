"""Whether a preview or a refresh compares with Codat: codat:readLive. A write always does, in every mode."""

from __future__ import annotations

from http import HTTPStatus
from typing import TYPE_CHECKING, TypeVar

from pulumi_codat.api import CodatError, QuotaExhausted, Refused, Unanswered

if TYPE_CHECKING:
    from collections.abc import Callable

    from pulumi_codat.api import Codat
    from pulumi_codat.reconcile.session import Session

__all__ = ["compare"]

Found = TypeVar("Found")


def compare(session: Session, label: str, look: Callable[[Codat], Found]) -> Found | None:
    """What `look` finds; None, with a warning, where the reading mode lets it be left out.

    Once Codat was out of reach, this process does not ask again, because each try may take codat:maxWaitSeconds.
    """
    reason = "codat:readLive is off" if session.settings.read_live == "off" else session.out_of_reach
    if reason is None:
        try:
            return look(session.begin())
        except CodatError as error:
            if session.settings.read_live != "best-effort" or not _out_of_reach(session, error):
                raise
            reason = session.out_of_reach = str(error)
    session.warn_once(f"{label}: not compared with Codat, what is shown is the state as it is: {reason}")
    return None


def _out_of_reach(session: Session, error: CodatError) -> bool:
    """Unreachable, without a key, or out of quota; anything else was said by Codat, and counts."""
    if isinstance(session.codat, CodatError):
        return True  # because settings that are wrong leave the mode at `required`
    broken = isinstance(error, Refused) and error.status >= HTTPStatus.INTERNAL_SERVER_ERROR
    return broken or isinstance(error, Unanswered | QuotaExhausted)
