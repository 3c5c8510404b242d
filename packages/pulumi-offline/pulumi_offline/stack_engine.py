"""What can be done with a stack, on whichever engine: one scenario, written once, runs on both."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Protocol

if TYPE_CHECKING:
    from pulumi_offline.results import Result

__all__ = ["StackEngine"]


class StackEngine(Protocol):
    """Works on one stack of one project: `Engine` offline, `CliEngine` through the pulumi CLI.

    Both give equal results for equal programs, but for what `CliEngine` says of its own. They raise `OfflineError` for
    what is wrong before a deployment begins.
    """

    def create_stack(self) -> None:
        """Make the stack where there is none; to be called once, before anything else."""
        ...

    def preview(self, *, refresh: bool | None = None, expect_no_changes: bool = False, diff: bool = False) -> Result:
        """What `up` would do. `refresh`: read every resource first (None: as Pulumi.yaml says)."""
        ...

    def up(
        self,
        *,
        refresh: bool | None = None,
        skip_preview: bool = False,
        expect_no_changes: bool = False,
        diff: bool = False,
    ) -> Result:
        """Preview, then make the world as the program says."""
        ...

    def refresh(
        self,
        *,
        preview_only: bool = False,
        skip_preview: bool = False,
        expect_no_changes: bool = False,
        clear_pending_creates: bool = False,
        diff: bool = False,
    ) -> Result:
        """Make the state as the world is."""
        ...

    def destroy(
        self, *, refresh: bool | None = None, preview_only: bool = False, skip_preview: bool = False, diff: bool = False
    ) -> Result:
        """Delete everything of the stack."""
        ...

    def import_resources(
        self, document: dict[str, Any], *, protect: bool = True, skip_preview: bool = False, diff: bool = False
    ) -> Result:
        """Take over what exists already, from the content of an import file."""
        ...

    def export_state(self, *, show_secrets: bool = False) -> dict[str, Any]:
        """The state as `pulumi stack export` writes it."""
        ...

    def import_state(self, document: dict[str, Any]) -> None:
        """Replace the state by an exported one."""
        ...
