"""What kind of value is where in the files that people edit by hand: exports of a state, and import files.

Source: `sdk/go/common/apitype/core.go` and `parseImportFile` of the CLI.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated, Any

from pydantic import AfterValidator, BaseModel, ValidationError
from pydantic.alias_generators import to_camel

from pulumi_offline.errors import ConfigurationError, StateError
from pulumi_offline.urns import ProviderReference, Urn

if TYPE_CHECKING:
    from pulumi_offline.errors import OfflineError

__all__ = ["check_deployment", "check_import_file"]


def _parsed_urn(text: str) -> str:
    return str(Urn.parse(text))


def _parsed_reference(text: str) -> str:
    return str(ProviderReference.parse(text)) if text else text


def _parsed_parent(text: str) -> str:
    return _parsed_urn(text) if text else text


_Urn = Annotated[str, AfterValidator(_parsed_urn)]


class _Resource(BaseModel, strict=True, alias_generator=to_camel):
    """What is null is as if it were not there."""

    urn: _Urn
    type: str
    custom: bool | None = None
    delete: bool | None = None
    id: str | None = None
    inputs: dict[str, Any] | None = None
    outputs: dict[str, Any] | None = None
    parent: Annotated[str, AfterValidator(_parsed_parent)] | None = None
    protect: bool | None = None
    taint: bool | None = None
    dependencies: list[_Urn] | None = None
    provider: Annotated[str, AfterValidator(_parsed_reference)] | None = None
    property_dependencies: dict[str, list[_Urn] | None] | None = None
    pending_replacement: bool | None = None
    additional_secret_outputs: list[str] | None = None
    aliases: list[_Urn] | None = None
    custom_timeouts: dict[str, float] | None = None
    retain_on_delete: bool | None = None
    created: str | None = None
    modified: str | None = None
    source_position: str | None = None
    stack_trace: list[dict[str, Any]] | None = None
    ignore_changes: list[str] | None = None
    replace_on_changes: list[str] | None = None


class _Operation(BaseModel, strict=True):
    resource: _Resource
    type: str


class _SecretsProvider(BaseModel, strict=True):
    type: str | None = None
    state: dict[str, Any] | None = None


class _Deployment(BaseModel, strict=True):
    resources: list[_Resource] | None = None
    pending_operations: list[_Operation] | None = None
    secrets_providers: _SecretsProvider | None = None


class _Import(BaseModel, strict=True, alias_generator=to_camel):
    type: str | None = None
    name: str | None = None
    logical_name: str | None = None
    id: str | None = None
    parent: str | None = None
    provider: str | None = None
    inputs: dict[str, Any] | None = None
    outputs: dict[str, Any] | None = None


class _ImportFile(BaseModel, strict=True, alias_generator=to_camel):
    name_table: dict[str, _Urn] | None = None
    resources: list[_Import] | None = None


def check_deployment(document: dict[str, Any]) -> None:
    """Raises `StateError` when something in it is of another kind than it should be."""
    _check(_Deployment, document, "the state", StateError)


def check_import_file(document: dict[str, Any]) -> None:
    """Raises `ConfigurationError` when something in it is of another kind than it should be."""
    _check(_ImportFile, document, "the import file", ConfigurationError)


def _check(model: type[BaseModel], document: dict[str, Any], what: str, failure: type[OfflineError]) -> None:
    try:
        model.model_validate(document)
    except ValidationError as error:
        first = error.errors(include_url=False, include_input=False)[0]  # no value is shown, because it may be secret
        where = ".".join(str(element) for element in first["loc"])
        raise failure(f"{what} is malformed at {where}: {first['msg']}") from None
