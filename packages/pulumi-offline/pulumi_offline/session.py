"""What one command works with: the project, its configuration, the stack's state and its secrets."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from pulumi_offline.config import load_stack_file, stack_config
from pulumi_offline.events import Diagnostic, EventSink, Severity
from pulumi_offline.project import load_project
from pulumi_offline.secrets import LazyCrypter, Passphrase
from pulumi_offline.state import Snapshot, salt_of
from pulumi_offline.state_values import ValueReader, ValueWriter
from pulumi_offline.store import StateStore

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

__all__ = ["Session"]


class Session:
    """Read anew for each command."""

    def __init__(
        self,
        directory: Path,
        stack: str,
        *,
        overrides: Mapping[str, str],
        environ: Mapping[str, str],
        views: tuple[EventSink, ...],
    ) -> None:
        """Raises `OfflineError` for what is wrong with project, configuration or state."""
        self.project = load_project(directory)
        self.store = StateStore(self.project.directory, stack)
        self._views = views
        self._passphrase = Passphrase(environ, self.store, self._notice)
        file = load_stack_file(self.project, stack)
        document = self.store.read()
        self._crypter = LazyCrypter(self._passphrase, file.salt or (salt_of(document) if document else None) or "")
        self.config = stack_config(self.project, stack, file, overrides, self._crypter.decrypt)

    def load(self) -> Snapshot:
        """The state, empty for a new stack."""
        document = self.store.read()
        return Snapshot() if document is None else self.read(document)

    def read(self, document: dict[str, Any]) -> Snapshot:
        """A state from an export."""
        salt = salt_of(document)
        return Snapshot.read(document, ValueReader(None if salt is None else self._crypter_of(salt)))

    def reader(self) -> ValueReader:
        """Reads values that are encrypted as this stack's are."""
        return ValueReader(self._crypter)

    def save(self, snapshot: Snapshot) -> None:
        self.store.write(self.document(snapshot))

    def document(self, snapshot: Snapshot, *, show_secrets: bool = False) -> dict[str, Any]:
        """The state as an export."""
        document = snapshot.write(ValueWriter(None if show_secrets else self._crypter))
        if self._crypter.salt:
            provider = {"type": "passphrase", "state": {"salt": self._crypter.salt}}
            document["deployment"]["secrets_providers"] = provider
        return document

    def clear_pending_creates(self) -> None:
        """Forget creates that were interrupted."""
        snapshot = self.load()
        snapshot.pending_operations = [entry for entry in snapshot.pending_operations if entry.type != "creating"]
        self.save(snapshot)

    def _crypter_of(self, salt: str) -> LazyCrypter:
        return self._crypter if salt == self._crypter.salt else LazyCrypter(self._passphrase, salt)

    def _notice(self, message: str) -> None:
        for view in self._views:
            view.emit(Diagnostic(Severity.INFO, message))
