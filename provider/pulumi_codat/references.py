"""Where a secret is kept, by name: what a program and a state may hold in the place of the secret itself."""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Final, Literal, Self

if TYPE_CHECKING:
    from collections.abc import Mapping

__all__ = ["Reference", "Sources"]

_FORMS: Final = {
    # because a secret in the place of its name is nearly always of both cases
    "env": re.compile(r"[A-Z_][A-Z0-9_]*|[a-z_][a-z0-9_]*"),
    "config": re.compile(r"[A-Za-z][A-Za-z0-9_-]*:[A-Za-z][A-Za-z0-9_.-]*"),
}
_LONGEST: Final = 128


@dataclass(frozen=True)
class Reference:
    """`env:CODAT_API_KEY_EU` is an environment variable, `config:codat:apiKeyEu` a key of the stack's configuration."""

    source: Literal["env", "config"]
    name: str

    @classmethod
    def parse(cls, text: str) -> Self:
        """Raises `ValueError` without repeating the text, because it may be the secret itself."""
        for source in ("env", "config"):
            name = text.removeprefix(f"{source}:")
            if name != text and len(name) <= _LONGEST and _FORMS[source].fullmatch(name):
                return cls(source, name)
        raise ValueError(
            "must name where it is kept, `env:NAME_OF_A_VARIABLE` or `config:namespace:key`, and never be the secret"
            " itself"
        )

    def __str__(self) -> str:
        return f"{self.source}:{self.name}"

    @property
    def words(self) -> str:
        """For a person: `the environment variable X`, `the stack's configuration codat:x`."""
        return f"the environment variable {self.name}" if self.source == "env" else f"the configuration key {self.name}"

    @property
    def remedy(self) -> str:
        """How a person sets it."""
        return f"set {self.name}" if self.source == "env" else f"`pulumi config set --secret {self.name}`"


@dataclass(frozen=True)
class Sources:
    """What one process can look references up in: the stack's configuration as the engine gave it, the environment."""

    config: Mapping[str, object] = field(default_factory=dict, repr=False)
    environ: Mapping[str, str] = field(default_factory=dict, repr=False)

    def get(self, reference: Reference) -> str | None:
        """The secret, or None where there is none; an empty one is none, because an unset CI variable expands to it."""
        value = (self.environ if reference.source == "env" else self.config).get(reference.name)
        return value if isinstance(value, str) and value else None
