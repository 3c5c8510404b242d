"""A file of resources to import, as `pulumi import --file` takes it: each with its inputs and outputs.

Only with both is the provider's Read not needed, which a dynamic provider could not answer. Source:
measured on the pulumi CLI; `parseImportFile` and `ImportStep` of the CLI.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from pulumi_offline.errors import ConfigurationError, OfflineError, Unsupported
from pulumi_offline.shapes import check_import_file
from pulumi_offline.state import ResourceState
from pulumi_offline.steps import Op, Step
from pulumi_offline.urns import (
    DEFAULT_PROVIDER_NAME,
    PACKAGE,
    PROVIDER_TYPE,
    STACK_TYPE,
    ProviderReference,
    Urn,
    make_urn,
)

if TYPE_CHECKING:
    from collections.abc import Sequence

    from pulumi_offline.state_values import ValueReader
    from pulumi_offline.values import PropertyMap

__all__ = ["Import", "existing_steps", "import_waves", "read_imports"]

_KNOWN_KEYS = {"type", "name", "logicalName", "id", "parent", "provider", "inputs", "outputs"}


@dataclass(frozen=True, slots=True)
class Import:
    """One resource to import. `parent` and `provider` are URNs; without a provider it is the default one."""

    urn: str
    id: str
    parent: str
    provider: str
    inputs: PropertyMap
    outputs: PropertyMap
    protect: bool


def read_imports(
    document: dict[str, Any], stack: str, project: str, values: ValueReader, *, protect: bool
) -> list[Import]:
    """Raises `ConfigurationError` for a malformed file, `Unsupported` for what only the CLI can import."""
    check_import_file(document)
    unknown = sorted(set(document) - {"resources", "nameTable"})
    if unknown:
        raise Unsupported(f"`{unknown[0]}` in an import file")
    root = make_urn(stack, project, "", STACK_TYPE, f"{project}-{stack}")
    table: dict[str, str] = dict(document.get("nameTable") or {})
    entries = [_checked(entry) for entry in document.get("resources") or []]
    urns = dict(table)
    imports: list[Import] = []
    while entries:
        waiting = {entry["name"] for entry in entries} - set(table)
        ready = [entry for entry in entries if entry.get("parent") not in waiting]
        if not ready:
            raise ConfigurationError(f"the parent of resource '{entries[0]['name']}' comes after it in a circle")
        for entry in ready:
            name, type_ = entry["name"], entry["type"]
            parent = _named(urns, entry.get("parent"), name, "parent") or root
            urn = make_urn(stack, project, "" if parent == root else parent, type_, entry.get("logicalName") or name)
            if urn in table.values() or any(known.urn == urn for known in imports):
                raise ConfigurationError(
                    f"resource '{name}' of type '{type_}' has an ambiguous URN, set name (or logical name) to be unique"
                )
            urns.setdefault(name, urn)
            provider = _named(urns, entry.get("provider"), name, "provider")
            inputs, outputs = values.read_map(entry["inputs"]), values.read_map(entry["outputs"])
            imports.append(Import(urn, entry["id"], parent, provider, inputs, outputs, protect))
        entries = [entry for entry in entries if entry not in ready]
    return imports


def _checked(entry: dict[str, Any]) -> dict[str, Any]:
    """The entry with its name, which the logical one stands in for."""
    name, type_ = entry.get("name") or entry.get("logicalName") or "", entry.get("type") or ""
    if not name or not type_:
        raise ConfigurationError(f"resource '{name}' of the import file has no name or no type")
    about = f"resource '{name}' of type '{type_}'"
    unknown = sorted(set(entry) - _KNOWN_KEYS)
    if unknown:
        raise Unsupported(f"`{unknown[0]}` of {about} in an import file")
    if type_.partition(":")[0] != PACKAGE:
        raise Unsupported(f"package {type_.partition(':')[0]} (it offers {PACKAGE} only)")
    if not entry.get("id"):
        raise ConfigurationError(f"{about} has no ID")
    if not entry.get("inputs") or not entry.get("outputs"):
        raise ConfigurationError(
            f"{about} needs `inputs` and `outputs` in the import file, because a dynamic provider cannot read it by ID"
        )
    return entry | {"name": name}


def _named(urns: dict[str, str], name: str | None, about: str, role: str) -> str:
    if not name:
        return ""
    if name not in urns:
        raise ConfigurationError(f"the {role} '{name}' for resource '{about}' has no entry in 'nameTable'")
    return urns[name]


def existing_steps(
    olds: Sequence[ResourceState],
    imports: Sequence[Import],
    *,
    stack: str,
    project: str,
    default_inputs: PropertyMap,
) -> list[Step]:
    """What comes before the imports: everything stays, and the stack and the default provider are there."""
    if not imports:
        return []
    steps = [Step(Op.SAME, old, old.copy()) for old in olds if not old.delete]
    urns = {step.urn for step in steps}
    root = make_urn(stack, project, "", STACK_TYPE, f"{project}-{stack}")
    default = make_urn(stack, project, "", PROVIDER_TYPE, DEFAULT_PROVIDER_NAME)
    if root not in urns:
        steps.append(Step(Op.CREATE, new=ResourceState(root, STACK_TYPE, custom=False)))
    if default not in urns and not all(entry.provider for entry in imports):
        steps.append(Step(Op.CREATE, new=ResourceState(default, PROVIDER_TYPE, inputs=default_inputs)))
    return steps


def import_waves(imports: Sequence[Import], existing: Sequence[ResourceState]) -> list[list[Step]]:
    """The imports, parents first; what is there with the same ID already is left alone.

    Raises `OfflineError`, before anything is imported, when a URN is there with another ID, or when a provider or a
    parent is missing.
    """
    known = {state.urn: state for state in existing}
    missing = [entry for entry in imports if entry.urn not in known or known[entry.urn].id != entry.id]
    steps = {entry.urn: _step(entry, known, {other.urn for other in missing}) for entry in missing}
    waves: list[list[Step]] = []
    while steps:
        wave = [step for step in steps.values() if step.state.parent not in steps]
        waves.append(wave)
        steps = {urn: step for urn, step in steps.items() if step not in wave}
    return waves


def _step(entry: Import, known: dict[str, ResourceState], missing: set[str]) -> Step:
    urn = Urn.parse(entry.urn)
    provider = entry.provider or make_urn(urn.stack, urn.project, "", PROVIDER_TYPE, DEFAULT_PROVIDER_NAME)
    if entry.urn in known:
        raise OfflineError(f"resource '{entry.urn}' already exists")
    if provider not in known or not known[provider].is_provider:
        raise OfflineError(f"the provider '{provider}' of resource '{entry.urn}' is not in the state")
    if entry.parent not in known and entry.parent not in missing:
        raise OfflineError(f"unknown parent '{entry.parent}' for resource '{entry.urn}'")
    state = ResourceState(
        urn=entry.urn,
        type=urn.type,
        id=entry.id,
        inputs=entry.inputs,
        outputs=entry.outputs,
        parent=entry.parent,
        protect=entry.protect,
        provider=str(ProviderReference(provider, known[provider].id)),
    )
    return Step(Op.IMPORT, old=state, new=state)
