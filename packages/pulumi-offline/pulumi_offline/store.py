"""Where a stack's state lives: `.pulumi-offline/<stack>.json` beside Pulumi.yaml, for its owner alone."""

from __future__ import annotations

import contextlib
import fcntl
import json
import os
import re
import threading
from typing import TYPE_CHECKING, Any

from pulumi_offline.errors import ConfigurationError, StackLocked, StateError
from pulumi_offline.go_text import indented_json

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

__all__ = ["StateStore"]

_DIRECTORY = ".pulumi-offline"
_STACK_NAME = re.compile(r"[A-Za-z0-9_.-]+")


class StateStore:
    """Reads and writes one stack's state. Every write replaces the file at once, so a reader never sees half of it."""

    def __init__(self, project_directory: Path, stack: str) -> None:
        """Raises `ConfigurationError` when the stack's name could not be a file's."""
        if not _STACK_NAME.fullmatch(stack) or stack.strip(".") == "":
            raise ConfigurationError(
                f"stack name {stack!r}: a stack name holds only letters, digits, hyphens, underscores and periods"
            )
        self._directory = project_directory / _DIRECTORY
        self._stack = stack
        self.path = self._directory / f"{stack}.json"
        self.passphrase_path = self._directory / "passphrase"

    def read(self) -> dict[str, Any] | None:
        """The document, or None when the stack has none yet. Raises `StateError` when it is no JSON object."""
        try:
            text = self.path.read_text(encoding="utf-8")
        except FileNotFoundError:
            return None
        except OSError as error:
            raise StateError(f"the state {self.path} cannot be read: {error.strerror}") from None
        except UnicodeDecodeError:
            raise StateError(f"the state {self.path} is no UTF-8 text") from None
        try:
            document = json.loads(text)
        except ValueError as error:
            raise StateError(f"the state {self.path} is no valid JSON: {error}") from None
        if not isinstance(document, dict):
            raise StateError(f"the state {self.path} is no JSON object")
        return document

    def write(self, document: dict[str, Any]) -> None:
        self._written_aside(self.path, indented_json(document)).replace(self.path)

    def passphrase(self) -> str | None:
        """The passphrase kept beside the states, if one was generated."""
        return self.passphrase_path.read_text(encoding="utf-8") if self.passphrase_path.exists() else None

    def keep_passphrase(self, passphrase: str) -> str:
        """Keep it, unless another run was first. Returns the one that is kept."""
        temporary = self._written_aside(self.passphrase_path, passphrase)
        with contextlib.suppress(FileExistsError):
            os.link(temporary, self.passphrase_path)  # because, unlike a rename, it never replaces a file
        temporary.unlink()
        return self.passphrase_path.read_text(encoding="utf-8")

    @contextlib.contextmanager
    def locked(self) -> Iterator[None]:
        """Hold the stack for this process. Raises `StackLocked` when another run holds it."""
        self._make_directory()
        descriptor = os.open(self._directory / f"{self._stack}.lock", os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
        try:
            try:
                fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
            except BlockingIOError:
                holder = os.pread(descriptor, 32, 0).decode(errors="replace").strip()
                raise StackLocked(
                    f"the stack '{self._stack}' is currently locked by another run (process {holder or 'unknown'}): "
                    "wait for it to end"
                ) from None
            os.ftruncate(descriptor, 0)
            os.pwrite(descriptor, str(os.getpid()).encode(), 0)
            yield
        finally:
            os.close(descriptor)

    def _make_directory(self) -> None:
        self._directory.mkdir(mode=0o700, exist_ok=True)

    def _written_aside(self, path: Path, text: str) -> Path:
        """A whole file beside `path`, ready to take its place."""
        self._make_directory()
        temporary = path.with_name(f".{path.name}.{os.getpid()}.{threading.get_ident()}")
        descriptor = os.open(temporary, os.O_WRONLY | os.O_CREAT | os.O_TRUNC | os.O_CLOEXEC, 0o600)
        with os.fdopen(descriptor, "w", encoding="utf-8") as file:
            file.write(text)
            file.flush()
            os.fsync(descriptor)
        return temporary
