"""How a deployment's events look as plain text: as the CLI writes them where there is no terminal."""

from pulumi_offline.display.diff_view import DiffView
from pulumi_offline.display.progress_view import ProgressView

__all__ = ["DiffView", "ProgressView"]
