"""What can go wrong before or beside a deployment, each as one line for a person."""

from __future__ import annotations

__all__ = ["Cancelled", "ConfigurationError", "OfflineError", "Refusal", "StackLocked", "StateError", "Unsupported"]


class OfflineError(Exception):
    """Anything this engine reports in one line instead of a traceback."""


class ConfigurationError(OfflineError):
    """Pulumi.yaml, a stack file, a `--config` value or the passphrase is wrong."""


class StateError(OfflineError):
    """The stack's state cannot be read, or is not what this engine may work on."""


class StackLocked(OfflineError):
    """Another run is working on the same stack."""


class Refusal(OfflineError):
    """A guard did not allow a provider to be configured; nothing was written."""


class Cancelled(OfflineError):
    """The deployment is ending; a registration that is still waiting will not be answered."""


class Unsupported(OfflineError):
    """The program or the state uses something that only the pulumi CLI has."""

    def __init__(self, feature: str) -> None:
        """Name the feature as a person knows it, for example `resource hooks`."""
        super().__init__(f"{feature}: not supported by pulumi_offline; the pulumi CLI has it")
