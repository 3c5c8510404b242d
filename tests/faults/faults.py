"""What goes wrong, and where."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Final

__all__ = ["FAULTS", "Fault", "Request", "telling", "trying"]

_LASTING: Final = 99
_OF_READS: Final = frozenset({"stale"})
_OF_WRITES: Final = frozenset({"no-effect", "reset-after", "timeout-after"})


@dataclass(frozen=True)
class Request:
    """The request that goes wrong: the `number`th of this method and path, from 0.

    `early` is whether it comes before the first write of a command that writes; `before` is how many requests of any
    kind come first.
    """

    line: str
    number: int
    early: bool
    before: int

    def __str__(self) -> str:
        return f"{self.line} #{self.number + 1}"

    @property
    def reads(self) -> bool:
        return self.line.startswith("GET ")


@dataclass(frozen=True)
class Fault:
    """What goes wrong: a kind of the emulator's, how often, and in which mode of writing.

    `refused` is whether a connection that would be reset before anything took effect is refused instead;
    `everywhere` is whether every later request goes wrong as well.
    """

    kind: str
    times: int = 1
    retry_after: int | None = None
    writes: str = "auto"
    refused: bool = False
    everywhere: bool = False

    def __str__(self) -> str:
        kind = ("refused" if self.refused else self.kind) + (" from here on" if self.everywhere else "")
        after = f" for {self.retry_after} s" if self.retry_after else ""
        return f"{kind}{after}{', lasting' if self.times > 1 else ''}{', api' if self.writes == 'api' else ''}"

    def concerns(self, request: Request) -> bool:
        """Whether the fault can befall such a request; only a write can take effect before it fails."""
        return self.kind not in (_OF_WRITES if request.reads else _OF_READS)


def _once_and_lasting(*kinds: str, **more: Any) -> list[Fault]:
    return [Fault(kind, times, **more) for kind in kinds for times in (1, _LASTING)]


FAULTS: Final = (
    # because none of these is ever sent again, a second of them makes no difference
    *(Fault(kind) for kind in ("400", "401", "402", "409", "422")),
    *_once_and_lasting("403", "404", "405"),
    *_once_and_lasting("403", "404", "405", writes="api"),
    *_once_and_lasting("429", retry_after=1),
    Fault("429", retry_after=18720),
    *_once_and_lasting("500", "502", "503", "504", "html"),
    *_once_and_lasting("reset-before", refused=True),
    *_once_and_lasting("reset-before", "reset-after", "timeout", "timeout-after", "truncated"),
    *_once_and_lasting("malformed", "wrong-shape", "stale", "no-effect"),
    *(Fault(kind, _LASTING, everywhere=True) for kind in ("401", "503", "timeout", "timeout-after", "stale")),
    Fault("429", _LASTING, retry_after=18720, everywhere=True),
    Fault("reset-before", _LASTING, refused=True, everywhere=True),
)
_LATE: Final = frozenset(
    {
        *(Fault(kind) for kind in ("400", "500", "malformed", "truncated", "reset-before")),
        *_once_and_lasting("403", "404", "no-effect", "reset-after"),
        Fault("stale"),
        Fault("404", writes="api"),
        *(Fault(kind, _LASTING) for kind in ("500", "timeout", "timeout-after")),
        Fault("reset-before", _LASTING, refused=True),
        *(Fault("429", retry_after=seconds) for seconds in (1, 18720)),
        Fault("503", _LASTING, everywhere=True),
    }
)
_EARLY: Final = frozenset({*(Fault(kind) for kind in ("404", "malformed", "reset-before")), Fault("500", _LASTING)})


_RECONFIGURED: Final = frozenset(
    {*(Fault(kind) for kind in ("no-effect", "reset-after", "404")), Fault("500", _LASTING)}
)
_RECONFIGURED_EARLY: Final = frozenset({Fault("500", _LASTING)})


def telling(request: Request, *, reconfigured: bool = False) -> list[Fault]:
    """Those that the tests try; `make matrix` tries all.

    The others are treated as one of these is. Before the first write nothing can be half done, and the reads are those
    of every command. Where the configuration changed, only what a process knows is another than without that.
    """
    if reconfigured:
        tried = _RECONFIGURED_EARLY if request.early else _RECONFIGURED
    else:
        tried = _EARLY if request.early else _LATE
    return [fault for fault in FAULTS if fault in tried]


def trying(*, reconfigured: bool) -> tuple[Fault, ...]:
    """Those that `make matrix` tries."""
    return tuple(fault for fault in FAULTS if fault in _LATE) if reconfigured else FAULTS
