"""The provider resources of a deployment and the processes behind them: one process a provider resource.

Source: `pkg/resource/deploy/providers/registry.go` of the CLI.
"""

from __future__ import annotations

import threading
from typing import TYPE_CHECKING

from pulumi_offline.errors import OfflineError
from pulumi_offline.urns import ProviderReference

if TYPE_CHECKING:
    from collections.abc import Callable

    from pulumi_offline.provider import Provider
    from pulumi_offline.state import ResourceState
    from pulumi_offline.values import PropertyMap

__all__ = ["ProviderRegistry"]


class ProviderRegistry:
    """Finds the process for a reference such as `<urn>::<id>`, starting it when it is first needed."""

    def __init__(
        self, start: Callable[[], Provider], guard: Callable[[str, PropertyMap], None], olds: list[ResourceState]
    ) -> None:
        """`guard` sees a provider's URN and inputs before it is configured, and may raise a `Refusal`."""
        self._start = start
        self._guard = guard
        self._lock = threading.Lock()
        self._providers: dict[ProviderReference, Provider] = {}
        self._starting: dict[ProviderReference, threading.Lock] = {}
        self._renamed: dict[str, str] = {}
        self.rebase(olds)

    def rebase(self, olds: list[ResourceState]) -> None:
        self._olds = {ProviderReference(old.urn, old.id): old for old in olds if old.is_provider}

    def register_alias(self, urn: str, alias: str) -> None:
        """A provider was renamed: references to its old URN mean the same process."""
        if alias != urn:
            self._renamed[alias] = urn

    def get(self, reference: str) -> Provider:
        """The configured process. Raises `OfflineError` when no such provider was registered."""
        parsed = ProviderReference.parse(reference)
        with self._lock:
            parsed = ProviderReference(self._renamed.get(parsed.urn, parsed.urn), parsed.id)
            if parsed not in self._providers:
                raise OfflineError(f"unknown provider '{reference}'")
            return self._providers[parsed]

    def ensure(self, reference: str) -> Provider:
        """Like `get`, but a provider that only the old state knows is configured with what the state says."""
        parsed = ProviderReference.parse(reference)
        with self._lock:
            known = ProviderReference(self._renamed.get(parsed.urn, parsed.urn), parsed.id) in self._providers
        if not known:
            if parsed not in self._olds:
                raise OfflineError(f"unknown provider '{reference}'")
            self.configure(parsed.urn, parsed.id, self._olds[parsed].inputs)
        return self.get(reference)

    def configure(self, urn: str, identity: str, inputs: PropertyMap, *, anew: bool = False) -> None:
        """Start and configure a provider; one that runs already is kept, unless it is to be configured `anew`."""
        reference = ProviderReference(urn, identity)
        with self._lock:
            starting = self._starting.setdefault(reference, threading.Lock())
        with starting:  # of its own, because providers start side by side
            running = self._providers.get(reference)
            if running is not None and not anew:
                return
            self._guard(urn, inputs)
            provider = self._start()
            try:
                provider.configure(urn, identity, inputs)
            except OfflineError:
                provider.close()
                raise
            with self._lock:
                self._providers[reference] = provider
            if running is not None:
                running.close()

    def close(self, reference: str) -> None:
        """End one provider's process, if it runs."""
        with self._lock:
            provider = self._providers.pop(ProviderReference.parse(reference), None)
        if provider is not None:
            provider.close()

    def close_all(self) -> None:
        with self._lock:
            providers, self._providers = list(self._providers.values()), {}
        threads = [threading.Thread(target=provider.close) for provider in providers]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
