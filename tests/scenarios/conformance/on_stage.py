"""The half of a subject that runs an engine: a stage, and what of the environment opens each account."""

from __future__ import annotations

from abc import ABC, abstractmethod
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from demo.engines import Action, Run
    from demo.stage import Stage

    from .singleton import Account

__all__ = ["OnStage"]


@dataclass
class OnStage(ABC):
    """Runs commands on a stage."""

    stage: Stage
    _begun: set[str] = field(default_factory=set)

    @abstractmethod
    def key(self, account: Account) -> dict[str, str]:
        """The environment that opens an account."""

    def write_file(self, name: str, text: str) -> str:
        path = self.stage.directory / name
        path.write_text(text, encoding="utf-8")
        return str(path)

    def run(self, action: Action, stack: str, account: Account, *flags: str) -> Run:
        if stack not in self._begun:
            self._begun.add(stack)
            self.stage.create_stack(stack)
        return self.stage.run(action, stack, *flags, account=None, **self.key(account))

    def export_state(self, stack: str) -> str:
        return self.stage.export_state(stack)

    def import_state(self, stack: str, document: str) -> None:
        self.stage.import_state(stack, document)
