"""URNs and provider references as text: `urn:pulumi:<stack>::<project>::<type$type>::<name>`."""

from __future__ import annotations

from dataclasses import dataclass

__all__ = ["DEFAULT_PROVIDER_NAME", "PACKAGE", "PROVIDER_TYPE", "STACK_TYPE", "ProviderReference", "Urn", "make_urn"]

STACK_TYPE = "pulumi:pulumi:Stack"
PACKAGE = "pulumi-python"
PROVIDER_TYPE = f"pulumi:providers:{PACKAGE}"
DEFAULT_PROVIDER_NAME = "default"


@dataclass(frozen=True, slots=True)
class Urn:
    """A parsed URN."""

    stack: str
    project: str
    qualified_type: str
    name: str

    @classmethod
    def parse(cls, text: str) -> Urn:
        """Raises ValueError when the text is no URN."""
        prefix, _, rest = text.partition("urn:pulumi:")
        parts = rest.split("::", 3)
        if prefix or len(parts) != len(("stack", "project", "type", "name")):
            raise ValueError(f"not a URN: {text}")
        return cls(*parts)

    @property
    def type(self) -> str:
        return self.qualified_type.rpartition("$")[2]

    def __str__(self) -> str:
        return f"urn:pulumi:{self.stack}::{self.project}::{self.qualified_type}::{self.name}"


def make_urn(stack: str, project: str, parent: str, type_: str, name: str) -> str:
    """The parent's type is a prefix only when the parent is not the stack itself."""
    parent_type = Urn.parse(parent).qualified_type if parent else STACK_TYPE
    qualified = type_ if parent_type == STACK_TYPE else f"{parent_type}${type_}"
    return str(Urn(stack, project, qualified, name))


@dataclass(frozen=True, slots=True)
class ProviderReference:
    """Which provider resource manages a resource: `<urn>::<id>`."""

    urn: str
    id: str

    @classmethod
    def parse(cls, text: str) -> ProviderReference:
        """Raises ValueError when the text is no provider reference."""
        urn, separator, identity = text.rpartition("::")
        if not separator or not urn:
            raise ValueError(f"not a provider reference: {text}")
        Urn.parse(urn)
        return cls(urn, identity)

    @property
    def is_default(self) -> bool:
        return Urn.parse(self.urn).name == DEFAULT_PROVIDER_NAME

    def __str__(self) -> str:
        return f"{self.urn}::{self.id}"
