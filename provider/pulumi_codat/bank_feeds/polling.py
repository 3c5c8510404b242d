"""Waiting for a push to end."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from pulumi_codat.api import Codat, Deadline, PushOperation, PushStatus

if TYPE_CHECKING:
    from collections.abc import Callable
    from uuid import UUID

    from pulumi_codat.api import BankFeeds

__all__ = ["calls_of", "wait", "with_whole_deadline"]

_FIRST_DELAY: Final = 1.0
_GROWTH: Final = 1.5
_LONGEST_DELAY: Final = 30.0


def with_whole_deadline(codat: Codat) -> Codat:
    """The same client with a whole deadline from now on, because a push takes longer than one."""
    return codat.until(Deadline(codat.clock, codat.deadline.max_wait_seconds))


def calls_of(codat: Codat) -> BankFeeds:
    """The calls of Bank Feeds, likewise."""
    return with_whole_deadline(codat).bank_feeds


def wait(
    codat: Codat,
    company: UUID,
    push_key: UUID,
    *,
    begun: PushOperation | None = None,
    max_wait_seconds: float = 1800.0,
    on_pending: Callable[[PushOperation], None] = lambda _: None,
) -> PushOperation:
    """Poll a push, after 1 s and then ever slower up to every 30 s, until it is no longer Pending.

    `begun`: what the push was answered with; without it, the first poll is at once. What is returned may still be
    Pending, when `max_wait_seconds` are over. Each poll is a request of the account's quota: half an hour costs about
    65. Raises `CodatError`.
    """
    deadline = Deadline(codat.clock, max_wait_seconds)
    delay = _FIRST_DELAY
    operation = begun or calls_of(codat).push_operation(str(company), str(push_key))
    while operation.status is PushStatus.PENDING:
        on_pending(operation)
        if delay > deadline.remaining():
            break
        codat.clock.sleep(delay * codat.clock.jitter())
        delay = min(_LONGEST_DELAY, delay * _GROWTH)
        operation = calls_of(codat).push_operation(str(company), str(push_key))
    return operation
