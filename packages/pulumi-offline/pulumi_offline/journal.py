"""The state while a deployment runs: what is new, what is left of the old, what is under way; saved around every step.

Source: `pkg/backend/snapshot.go` of the CLI.
"""

from __future__ import annotations

import threading
from typing import TYPE_CHECKING

from pulumi_offline.renames import normalized
from pulumi_offline.state import Operation, ResourceState, Snapshot

if TYPE_CHECKING:
    from collections.abc import Callable

__all__ = ["Journal"]


class Journal:
    """Collects the outcome of steps and saves the merged state."""

    def __init__(self, base: Snapshot, save: Callable[[Snapshot], None]) -> None:
        self._base = base
        self._save = save
        self._lock = threading.RLock()
        self._resources: list[ResourceState] = []
        self._done: set[ResourceState] = set()
        self._operations: list[Operation] = []
        self._held = True
        self._unsaved = False

    def release(self) -> None:
        """Begin to write: held back until a provider passed the guard, because a refusal must leave nothing written."""
        with self._lock:
            self._held = False
            if self._unsaved:
                self._write()

    def begin(self, state: ResourceState, operation: str) -> Operation:
        """Record that an operation (`creating`, `updating`, `deleting`) is under way."""
        with self._lock:
            pending = Operation(state, operation)
            self._operations.append(pending)
            self._write()
            return pending

    def fail(self, operation: Operation) -> None:
        """The operation is over and changed nothing."""
        self.finish(operation)

    def finish(
        self, operation: Operation | None, *, new: ResourceState | None = None, done: ResourceState | None = None
    ) -> None:
        """The operation is over: `new` is in the state from now on, `done` is no longer."""
        with self._lock:
            self.note(new=new, done=done)
            if operation is not None:
                self._operations.remove(operation)
            self._write()

    def note(self, *, new: ResourceState | None = None, done: ResourceState | None = None) -> None:
        """Like `finish`, for a step that changed nothing worth a write of its own."""
        with self._lock:
            if done is not None:
                self._done.add(done)
            if new is not None:
                self._resources.append(new)
            self._unsaved = True

    def rebase(self, resources: list[ResourceState]) -> None:
        """What a refresh found is the state from now on."""
        with self._lock:
            self._base = Snapshot(resources, self._base.pending_operations)
            self._unsaved = True

    def touch(self) -> None:
        """A state that is already part of the journal has changed."""
        with self._lock:
            self._write()

    def close(self) -> None:
        """Write what was noted only."""
        with self._lock:
            self._held = False
            if self._unsaved:
                self._write()

    def merged(self) -> Snapshot:
        """The state as it stands. New resources come first, because they may be what the remaining old ones need."""
        with self._lock:
            resources = [state for state in (*self._resources, *self._base.resources) if state not in self._done]
            # because only a person can say what became of an interrupted create
            creates = [operation for operation in self._base.pending_operations if operation.type == "creating"]
            return Snapshot(normalized(resources), [*self._operations, *creates])

    def _write(self) -> None:
        if self._held:
            self._unsaved = True
            return
        self._save(self.merged())
        self._unsaved = False
