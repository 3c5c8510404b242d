"""What a person reads when a provider does not accept an input, word for word as the CLI says it.

Source: `issueCheckFailures` of the CLI; measured on the pulumi CLI v3.260.0.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from pulumi_offline.urns import Urn
from pulumi_offline.values import PropertyMap, PropertyValue, Secret

if TYPE_CHECKING:
    from pulumi_offline.provider import CheckFailure

__all__ = ["check_failure_text"]


def check_failure_text(urn: str, failure: CheckFailure, inputs: PropertyMap) -> str:
    parsed = Urn.parse(urn)
    subject = f"{parsed.type} resource '{parsed.name}'"
    if not failure.property:
        return f"{subject} has a problem: {failure.reason}"
    value = _go_text(inputs.get(failure.property))
    return f"{subject}: property {failure.property} value {value} has a problem: {failure.reason}"


def _go_text(value: PropertyValue) -> str:
    """A value as Go's %v prints the CLI's PropertyValue."""
    return "{" + _go_content(value) + "}"


def _go_content(value: PropertyValue) -> str:
    match value:
        case None:
            return "<nil>"
        case Secret():
            return "&{{[secret]}}"
        case bool():
            return str(value).lower()
        case list():
            return "[" + " ".join(_go_text(item) for item in value) + "]"
        case dict():
            return "map[" + " ".join(f"{key}:{_go_text(value[key])}" for key in sorted(value)) + "]"
        case _:
            return str(value)
