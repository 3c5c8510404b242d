"""How a deployment comes to an early end: cancelled by a failure, interrupted by a person, terminated by a second ^C.

Source: measured on the pulumi CLI.
"""

from __future__ import annotations

import contextlib
import queue
import threading
from typing import TYPE_CHECKING

from pulumi_offline.errors import Cancelled

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

__all__ = ["Control"]


class Control:
    """Counts running operations, begins none once the deployment is ending, and lets the running ones finish."""

    def __init__(self) -> None:
        self._condition = threading.Condition()
        self._active = 0
        self._requests: queue.SimpleQueue[bool] = queue.SimpleQueue()
        self._on_interrupt: Callable[[], None] = lambda: None
        self._on_terminate: Callable[[], None] = lambda: None
        self.is_cancelled = False
        self.is_interrupted = False
        self.is_terminated = False

    @contextlib.contextmanager
    def listening(self, on_interrupt: Callable[[], None], on_terminate: Callable[[], None]) -> Iterator[None]:
        """Act on `interrupt` for as long as the deployment runs."""
        self._on_interrupt, self._on_terminate = on_interrupt, on_terminate
        thread = threading.Thread(target=self._listen, daemon=True)
        thread.start()
        try:
            yield
        finally:
            self._requests.put(False)  # noqa: FBT003 - the end of the queue
            thread.join()

    def interrupt(self) -> None:
        """Ask for the end. May be called from a signal handler, because it takes no lock."""
        self._requests.put(True)  # noqa: FBT003 - a request

    def cancel(self) -> None:
        """Begin no further operation."""
        with self._condition:
            self.is_cancelled = True
            self._condition.notify_all()

    @contextlib.contextmanager
    def working(self) -> Iterator[None]:
        """One operation. Raises `Cancelled` when the deployment is ending."""
        with self._condition:
            if self.is_cancelled:
                raise Cancelled("the deployment is ending")
            self._active += 1
        try:
            yield
        finally:
            with self._condition:
                self._active -= 1
                self._condition.notify_all()

    def wait_until_idle(self) -> None:
        """Until no operation runs any more."""
        with self._condition:
            self._condition.wait_for(lambda: self._active == 0 or self.is_terminated)

    def wait_for(self, ended: Callable[[], bool]) -> None:
        """Until `ended` says so after a `notify`, or the deployment is ending."""
        with self._condition:
            self._condition.wait_for(lambda: ended() or self.is_cancelled)

    def notify(self) -> None:
        with self._condition:
            self._condition.notify_all()

    def _listen(self) -> None:
        while self._requests.get():
            if not self.is_interrupted:
                self.is_interrupted = True
                self._on_interrupt()
                self.cancel()
            elif not self.is_terminated:
                self.is_terminated = True
                self.cancel()
                self._on_terminate()
