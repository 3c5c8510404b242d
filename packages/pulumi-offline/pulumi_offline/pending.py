"""What is said about operations that were interrupted, as the CLI says it."""

from __future__ import annotations

from typing import TYPE_CHECKING

from pulumi_offline.events import Diagnostic, Severity

if TYPE_CHECKING:
    from collections.abc import Sequence

    from pulumi_offline.state import Operation

__all__ = ["pending_warning"]


def pending_warning(operations: Sequence[Operation]) -> Diagnostic:
    listed = "".join(f"  * {entry.resource.urn}, interrupted while {entry.type}\n" for entry in operations)
    return Diagnostic(
        Severity.WARNING,
        "Attempting to deploy or update resources "
        f"with {len(operations)} pending operations from previous deployment.\n{listed}"
        "These resources are in an unknown state because the engine was interrupted while waiting for changes to these "
        "resources to complete. You should confirm whether or not the operations listed completed successfully by "
        "checking the state of the appropriate provider.\n\n"
        "Once you have confirmed the status of the interrupted operations, you can repair your stack using `refresh`, "
        "which will refresh the state from the provider you are using and clear the pending operations if there are "
        "any; `refresh --clear-pending-creates` also clears pending CREATE operations.",
    )
