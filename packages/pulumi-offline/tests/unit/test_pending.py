"""What is said about operations that were interrupted."""

from __future__ import annotations

from pulumi_offline.events import Severity
from pulumi_offline.pending import pending_warning
from pulumi_offline.state import Operation

from .made import state, thing


def test_every_interrupted_operation_is_named() -> None:
    warning = pending_warning([Operation(state("a"), "creating"), Operation(state("b"), "deleting")])
    assert (warning.severity, warning.urn) == (Severity.WARNING, "")
    assert warning.message.startswith(
        "Attempting to deploy or update resources with 2 pending operations from previous deployment.\n"
        f"  * {thing('a')}, interrupted while creating\n"
        f"  * {thing('b')}, interrupted while deleting\n"
    )
    assert "`refresh --clear-pending-creates`" in warning.message
