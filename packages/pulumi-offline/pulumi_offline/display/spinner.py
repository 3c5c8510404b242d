"""A sign of life while nothing else happens."""

from __future__ import annotations

import threading
from typing import TYPE_CHECKING, TextIO

if TYPE_CHECKING:
    from threading import RLock

__all__ = ["Spinner"]

_SECONDS = 1.0


class Spinner:
    """Writes a label, then a dot more every second, on a line that ends when something else is written."""

    def __init__(self, out: TextIO, lock: RLock) -> None:
        self._out = out
        self._lock = lock
        self._is_open = False
        self._stopped = threading.Event()
        self._thread: threading.Thread | None = None

    def start(self, label: str) -> None:
        self._stopped = threading.Event()
        self._thread = threading.Thread(target=self._spin, args=(label, self._stopped), daemon=True)
        self._thread.start()

    def stop(self) -> None:
        self._stopped.set()
        self._thread = None

    def clear(self) -> None:
        """End the line, if one was begun. To be called with the lock held."""
        if self._is_open:
            self._out.write("\n")
            self._is_open = False

    def _spin(self, label: str, stopped: threading.Event) -> None:
        while not stopped.wait(_SECONDS):
            with self._lock:
                if stopped.is_set():
                    return
                self._out.write("." if self._is_open else f"{label}.")
                self._out.flush()
                self._is_open = True
