"""What a person reads when a provider does not accept an input, as the CLI says it but without secrets.

Source: `issueCheckFailures` of the CLI; measured on the pulumi CLI.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from pulumi_offline.go_text import general
from pulumi_offline.urns import Urn
from pulumi_offline.values import PropertyMap, PropertyValue, ResourceReference, Secret, Unknown

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
    """A value as Go's %v prints the CLI's PropertyValue, but for secrets, which the CLI would show."""
    return "output<string>{}" if isinstance(value, Unknown) else "{" + _go_content(value) + "}"


def _go_content(value: PropertyValue) -> str:
    match value:
        case list():
            return "[" + " ".join(map(_go_text, value)) + "]"
        case dict():
            return "map[" + " ".join(f"{key}:{_go_text(value[key])}" for key in sorted(value)) + "]"
        case ResourceReference(urn=text):
            urn = Urn.parse(text)
            return f"{{{text} {urn.name} {urn.type} {_go_text(value.id)} {value.package_version}}}"
        case Secret():
            return "&{{[secret]}}"
        case _:
            return _go_scalar(value)


def _go_scalar(value: PropertyValue) -> str:
    match value:
        case None:
            return "<nil>"
        case bool():
            return str(value).lower()
        case int() | float():
            return general(value)
        case _:
            return str(value)
