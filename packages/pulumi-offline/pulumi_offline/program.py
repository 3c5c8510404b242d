"""The program's process from start to end: how long it is waited for, and what its exit code says."""

from __future__ import annotations

import threading
from typing import TYPE_CHECKING

from pulumi_offline.errors import OfflineError
from pulumi_offline.process import end

if TYPE_CHECKING:
    from pulumi_offline.children import Children
    from pulumi_offline.control import Control
    from pulumi_offline.events import Event, EventSink
    from pulumi_offline.process import Child
    from pulumi_offline.registrations import Registrations

__all__ = ["Chatter", "run_program"]

_GRACE_SECONDS = 2.0
_SHOWN = 32  # the program's exit code when its error is shown already


class Chatter:
    """What children say, until they are being ended: an interrupted program has nothing to tell."""

    def __init__(self, events: EventSink) -> None:
        self._events = events
        self.is_muted = False

    def emit(self, event: Event) -> None:
        if not self.is_muted:
            self._events.emit(event)


def run_program(
    children: Children, address: str, *, control: Control, registrations: Registrations, chatter: Chatter
) -> bool:
    """True when the program ended well and nothing failed meanwhile. `address` is the engine's."""
    try:
        program = children.start_program(address)
    except OSError as error:
        registrations.refuse(OfflineError(f"the program cannot be started: {error}"))
        return False
    ended = threading.Event()
    threading.Thread(target=_await, args=(program, ended, control), daemon=True).start()
    control.wait_for(ended.is_set)
    control.wait_until_idle()
    if control.is_cancelled:
        chatter.is_muted = registrations.is_out_of_scope  # because the CLI would not have failed
        registrations.end()
        # because the SDK tells of the calls that are dropped, and ends the program
        if program.wait(_GRACE_SECONDS) is not None:
            children.wait_for_output(program)
        chatter.is_muted = True
        end(program, _GRACE_SECONDS)
        return False
    children.wait_for_output(program)
    return _ended_well(program.wait(0) or 0, registrations)


def _await(program: Child, ended: threading.Event, control: Control) -> None:
    program.wait()
    ended.set()
    control.notify()


def _ended_well(code: int, registrations: Registrations) -> bool:
    if code == 0:
        return True
    if code == _SHOWN:
        registrations.bailed = True
        return False
    shown = max(code, -1)  # because the CLI says -1 for every signal
    message = f"an unhandled error occurred: program exited with non-zero exit code: {shown}"
    registrations.refuse(OfflineError(message))
    return False
