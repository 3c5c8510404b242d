"""One resource's state, and a whole deployment in the format of `pulumi stack export` (deployment version 3).

Source: measured on the pulumi CLI; `sdk/go/common/apitype/core.go`.
"""

from __future__ import annotations

import datetime as dt
import hashlib
from dataclasses import dataclass, field, fields
from typing import TYPE_CHECKING, Any

from pulumi_offline.errors import StateError, Unsupported
from pulumi_offline.integrity import check_integrity
from pulumi_offline.shapes import check_deployment
from pulumi_offline.urns import PACKAGE, PROVIDER_TYPE, STACK_TYPE, ProviderReference, Urn

if TYPE_CHECKING:
    from pulumi_offline.state_values import ValueReader, ValueWriter
    from pulumi_offline.values import PropertyMap

__all__ = ["Operation", "ResourceState", "Snapshot", "now", "salt_of"]

_VERSION = 3
_ENGINE_VERSION = "pulumi_offline"


def now() -> str:
    """The moment as the CLI writes it."""
    return dt.datetime.now(dt.UTC).isoformat(timespec="microseconds").replace("+00:00", "Z")


@dataclass(slots=True, eq=False)
class ResourceState:
    """What is known of one resource. Compared by identity, because two states of one URN can stand side by side."""

    urn: str
    type: str
    custom: bool = True
    id: str = ""
    inputs: PropertyMap = field(default_factory=dict)
    outputs: PropertyMap = field(default_factory=dict)
    parent: str = ""
    protect: bool = False
    taint: bool = False
    delete: bool = False
    pending_replacement: bool = False
    retain_on_delete: bool = False
    provider: str = ""
    dependencies: list[str] = field(default_factory=list)
    property_dependencies: dict[str, list[str]] = field(default_factory=dict)
    additional_secret_outputs: list[str] = field(default_factory=list)
    ignore_changes: list[str] = field(default_factory=list)
    replace_on_changes: list[str] = field(default_factory=list)
    aliases: list[str] = field(default_factory=list)
    custom_timeouts: dict[str, float] = field(default_factory=dict)
    created: str = ""
    modified: str = ""
    source_position: str = ""
    stack_trace: list[dict[str, str]] = field(default_factory=list)

    @property
    def is_provider(self) -> bool:
        return self.type.startswith("pulumi:providers:")

    @property
    def is_default_provider(self) -> bool:
        return self.is_provider and not self.parent and ProviderReference(self.urn, self.id).is_default

    @property
    def is_stack(self) -> bool:
        return self.type == STACK_TYPE

    @property
    def name(self) -> str:
        return Urn.parse(self.urn).name

    def copy(self) -> ResourceState:
        return ResourceState(**{item.name: getattr(self, item.name) for item in fields(self)})

    def needs(self) -> set[str]:
        """URNs this resource uses: dependencies, those of its properties, and its provider."""
        urns = set(self.dependencies)
        for keyed in self.property_dependencies.values():
            urns.update(keyed)
        if self.provider:
            urns.add(ProviderReference.parse(self.provider).urn)
        return urns

    def all_dependencies(self) -> set[str]:
        """URNs that must be there as long as this resource is: what it needs, and its parent."""
        return self.needs() | ({self.parent} if self.parent else set())


@dataclass(frozen=True, slots=True)
class Operation:
    """A step that had begun and whose end is not known."""

    resource: ResourceState
    type: str


@dataclass(slots=True)
class Snapshot:
    """A stack's state: its resources in dependency order, and operations that were interrupted."""

    resources: list[ResourceState] = field(default_factory=list)
    pending_operations: list[Operation] = field(default_factory=list)

    @classmethod
    def read(cls, document: dict[str, Any], values: ValueReader) -> Snapshot:
        """Raises `StateError` when it is no sound version 3 export, `Unsupported` for what the CLI alone can do."""
        deployment = _deployment(document)
        snapshot = cls(
            [_read_resource(item, values) for item in deployment.get("resources") or []],
            [
                Operation(_read_resource(item["resource"], values), item["type"])
                for item in deployment.get("pending_operations") or []
            ],
        )
        check_integrity(snapshot.resources)
        return snapshot

    def write(self, values: ValueWriter) -> dict[str, Any]:
        deployment: dict[str, Any] = {
            "manifest": {
                "time": now(),
                "magic": hashlib.sha256(_ENGINE_VERSION.encode()).hexdigest(),
                "version": _ENGINE_VERSION,
            },
        }
        if self.resources:
            deployment["resources"] = [_write_resource(state, values) for state in self.resources]
        if self.pending_operations:
            deployment["pending_operations"] = [
                {"resource": _write_resource(operation.resource, values), "type": operation.type}
                for operation in self.pending_operations
            ]
        return {"version": _VERSION, "deployment": {**deployment, "metadata": {}}}

    def stack_outputs(self) -> PropertyMap:
        return next((state.outputs for state in self.resources if state.is_stack), {})


def salt_of(document: dict[str, Any]) -> str | None:
    """The passphrase salt a state was encrypted with. Raises `Unsupported` for another secrets provider."""
    provider = _deployment(document).get("secrets_providers")
    if not provider or not provider.get("type"):
        return None
    if provider["type"] != "passphrase":
        raise Unsupported(f"secrets provider {provider['type']}")
    salt = (provider.get("state") or {}).get("salt")
    if not isinstance(salt, str):
        raise StateError("the state's passphrase secrets provider has no salt")
    return salt


def _deployment(document: dict[str, Any]) -> dict[str, Any]:
    deployment = document.get("deployment")
    if document.get("version") != _VERSION or not isinstance(deployment, dict):
        raise StateError(f"the state is not in the format of `pulumi stack export`, deployment version {_VERSION}")
    check_deployment(deployment)
    return deployment


_PLAIN_KEYS = {
    "urn": "urn",
    "custom": "custom",
    "delete": "delete",
    "id": "id",
    "type": "type",
    "parent": "parent",
    "protect": "protect",
    "taint": "taint",
    "dependencies": "dependencies",
    "provider": "provider",
    "propertyDependencies": "property_dependencies",
    "pendingReplacement": "pending_replacement",
    "additionalSecretOutputs": "additional_secret_outputs",
    "aliases": "aliases",
    "customTimeouts": "custom_timeouts",
    "retainOnDelete": "retain_on_delete",
    "created": "created",
    "modified": "modified",
    "sourcePosition": "source_position",
    "stackTrace": "stack_trace",
    "ignoreChanges": "ignore_changes",
    "replaceOnChanges": "replace_on_changes",
}
_ALWAYS_WRITTEN = {"urn", "custom", "type"}
_REFUSED_KEYS = {
    "external": "resources that are only read (`.get`)",
    "initErrors": "resources whose initialization failed",
    "importID": "the `import_` option",
    "deletedWith": "the `deleted_with` option",
    "replaceWith": "the `replace_with` option",
    "replacementTrigger": "the `replacement_trigger` option",
    "hideDiff": "the `hide_diffs` option",
    "refreshBeforeUpdate": "resources that ask to be refreshed before an update",
    "viewOf": "views",
    "resourceHooks": "resource hooks",
}


def _read_resource(document: dict[str, Any], values: ValueReader) -> ResourceState:
    urn = document["urn"]
    for key, value in document.items():
        if key not in _PLAIN_KEYS and key not in ("inputs", "outputs") and value:
            raise Unsupported(f"{_REFUSED_KEYS.get(key, f'`{key}`')} (in the state of {urn})")
    given = {name: document[key] for key, name in _PLAIN_KEYS.items() if document.get(key) is not None}
    keyed = given.pop("property_dependencies", {})
    state = ResourceState(
        **given,
        property_dependencies={key: urns or [] for key, urns in keyed.items()},
        inputs=values.read_map(document.get("inputs") or {}),
        outputs=values.read_map(document.get("outputs") or {}),
    )
    if state.is_provider and state.type != PROVIDER_TYPE:
        raise Unsupported(f"provider package {state.type.rpartition(':')[2]} (it offers {PACKAGE} only)")
    return state


def _write_resource(state: ResourceState, values: ValueWriter) -> dict[str, Any]:
    document: dict[str, Any] = {}
    for key, name in _PLAIN_KEYS.items():
        value = getattr(state, name)
        if value or key in _ALWAYS_WRITTEN:
            document[key] = value
        if key == "type":
            document |= {
                name: values.write_map(items)
                for name, items in (("inputs", state.inputs), ("outputs", state.outputs))
                if items
            }
    return document
