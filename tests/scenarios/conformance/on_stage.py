"""The half of a setting that runs an engine: a stage, and what of the environment opens each account."""

from __future__ import annotations

from abc import ABC, abstractmethod
from dataclasses import dataclass, field
from itertools import count
from typing import TYPE_CHECKING, ClassVar

import yaml

from .singleton import Change

if TYPE_CHECKING:
    from demo.engines import Action, Run
    from demo.stage import Stage

    from .singleton import Account

__all__ = ["OnStage"]


@dataclass
class OnStage(ABC):
    """Runs commands on a stage."""

    providers_setting: ClassVar[str | None] = None
    """A number that the provider takes from the configuration, and which may be anything from 60 on."""

    stage: Stage
    change: Change = Change.NOTHING
    _begun: set[str] = field(default_factory=set)
    _numbers: count[int] = field(default_factory=lambda: count(60))

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
        elif "--expect-no-changes" not in flags:  # because that asks what becomes of the very same once more
            self.reconfigure(stack, self.change)
        return self.stage.run(action, stack, *flags, account=None, **self.key(account))

    def reconfigure(self, stack: str, change: Change) -> None:
        keys = {Change.UNRELATED: "unrelated:number", Change.PROVIDERS: self.providers_setting}
        if key := keys.get(change):
            self.configure(stack, key, str(next(self._numbers)))

    def configure(self, stack: str, key: str, value: object) -> None:
        """As `pulumi config set` does."""
        path = self.stage.directory / f"Pulumi.{stack}.yaml"
        document = (yaml.safe_load(path.read_text()) if path.exists() else None) or {}
        document.setdefault("config", {})[key] = value
        path.write_text(yaml.safe_dump(document))

    def export_state(self, stack: str) -> str:
        return self.stage.export_state(stack)

    def import_state(self, stack: str, document: str) -> None:
        self.stage.import_state(stack, document)
