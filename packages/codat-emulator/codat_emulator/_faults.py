"""What can go wrong on demand, and for which requests it is to go wrong next."""

import asyncio
from enum import StrEnum
from typing import Annotated, Literal, Self

from pydantic import ConfigDict, Field, StringConstraints, field_validator, model_validator
from starlette.types import Scope

from codat_emulator._wire import WireModel

__all__ = ["Fault", "FaultKind", "Faults", "fault_of"]

_SCOPE_KEY = "codat_emulator.fault"
_READS = frozenset({"GET"})
_STATUSES = range(400, 600)


class FaultKind(StrEnum):
    """A fault by name; a status of 400 to 599 is a kind too."""

    RESET_BEFORE = "reset-before"
    """The connection is reset; nothing took effect."""

    RESET_AFTER = "reset-after"
    """The request takes effect, then the connection is reset."""

    TIMEOUT = "timeout"
    """Never an answer; nothing took effect."""

    TIMEOUT_AFTER = "timeout-after"
    """The request takes effect, but never an answer."""

    SLOW = "slow"
    """The service takes `seconds` before it does what was asked."""

    HELD = "held"
    """The service does what was asked only when the faults are cleared, or when the client has gone."""

    TRUNCATED = "truncated"
    """The request takes effect; the answer's body ends half way."""

    HTML = "html"
    """A gateway's 502 page in HTML; nothing took effect."""

    MALFORMED = "malformed"
    """The request takes effect; a 200 whose body is no JSON."""

    WRONG_SHAPE = "wrong-shape"
    """The request takes effect; a 200 whose body is JSON, but not the documented kind."""

    STALE = "stale"
    """A GET reads what the account held before its last write."""

    NO_EFFECT = "no-effect"
    """A write is answered with 200 as if it had changed something, but changes nothing."""


class Fault(WireModel):
    """A fault waiting for requests.

    Attributes:
        method: The HTTP method it waits for, or `*`.
        path: The exact path, a beginning of one followed by `*`, or `*`.
        kind: A status of 400 to 599 as a string, or a name of `FaultKind`.
        times: For how many requests it is still waiting. Default 1.
        skip: How many such requests it still lets pass before; whether another fault meets them is its own affair.
        seconds: How slow; for `slow` only, and required there.
        retry_after: The `Retry-After` header, in seconds or as an HTTP date; for a status only. A 429 without
            one says 1, because Codat always sends one.

    """

    model_config = ConfigDict(frozen=True)

    method: Literal["*", "GET", "PUT", "POST", "PATCH", "DELETE"]
    path: Annotated[str, StringConstraints(pattern=r"^(/|\*$)")]
    kind: str
    times: Annotated[int, Field(ge=1)] = 1
    skip: Annotated[int, Field(ge=0)] | None = None
    seconds: Annotated[float, Field(gt=0, le=3600)] | None = None
    retry_after: Annotated[int, Field(ge=0)] | Annotated[str, StringConstraints(min_length=1)] | None = None

    @field_validator("kind")
    @classmethod
    def _known(cls, kind: str) -> str:
        is_status = kind.isascii() and kind.isdecimal() and int(kind) in _STATUSES
        if not is_status and kind not in set(FaultKind):
            allowed = ", ".join(sorted(FaultKind))
            raise ValueError(f"must be a status from 400 to 599 or one of {allowed}")
        return kind

    @model_validator(mode="after")
    def _complete(self) -> Self:
        if (self.kind == FaultKind.SLOW) != (self.seconds is not None):
            raise ValueError("seconds is required for slow, and for slow only")
        if self.retry_after is not None and self.status is None:
            raise ValueError("retryAfter is for a status only")
        return self

    @property
    def status(self) -> int | None:
        return int(self.kind) if self.kind.isdecimal() else None

    def waits_for(self, method: str, path: str) -> bool:
        if self.kind == FaultKind.STALE and method not in _READS:
            return False
        if self.kind == FaultKind.NO_EFFECT and method in _READS:
            return False
        if self.method not in {"*", method}:
            return False
        if self.path.endswith("*"):
            return path.startswith(self.path[:-1])
        return path == self.path


class Faults:
    """The waiting faults, oldest first. They are not kept in storage."""

    def __init__(self) -> None:
        self._waiting: list[Fault] = []
        self._cleared = asyncio.Event()

    def add(self, fault: Fault) -> None:
        self._waiting.append(fault)

    def waiting(self) -> tuple[Fault, ...]:
        return tuple(self._waiting)

    def clear(self) -> None:
        self._waiting.clear()
        self._cleared.set()
        self._cleared = asyncio.Event()

    async def cleared(self) -> None:
        """Wait until they are taken back."""
        await self._cleared.wait()

    def claim(self, scope: Scope) -> Fault | None:
        """The oldest fault that waits for this request, counted down; `fault_of` finds it in the scope."""
        for index, fault in enumerate(self._waiting):
            if not fault.waits_for(scope["method"], scope["path"]):
                continue
            if fault.skip:
                self._waiting[index] = fault.model_copy(update={"skip": fault.skip - 1 or None})
            else:
                left = fault.model_copy(update={"times": fault.times - 1})
                self._waiting[index : index + 1] = [left] if left.times else []
                scope[_SCOPE_KEY] = fault
                return fault
        return None


def fault_of(scope: Scope) -> Fault | None:
    """The fault that this request has claimed."""
    fault: Fault | None = scope.get(_SCOPE_KEY)
    return fault
