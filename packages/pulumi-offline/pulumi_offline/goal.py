"""What the program wants one resource to be: a registration, read from its request."""

from __future__ import annotations

import os.path
import re
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING
from urllib.parse import quote, unquote, urlsplit

from pulumi_offline.errors import OfflineError, Unsupported
from pulumi_offline.urns import PACKAGE, PROVIDER_TYPE
from pulumi_offline.wire import from_wire

if TYPE_CHECKING:
    from pathlib import Path

    from pulumi.runtime.proto import resource_pb2, source_pb2

    from pulumi_offline.values import PropertyMap

__all__ = ["Goal", "goal_of"]


@dataclass(frozen=True, slots=True)
class Goal:
    """One registration. `None` in an option means that the program did not say."""

    type: str
    name: str
    custom: bool = True
    inputs: PropertyMap = field(default_factory=dict)
    parent: str = ""
    provider: str = ""  # a component has one only to hand it down
    dependencies: tuple[str, ...] = ()
    property_dependencies: dict[str, list[str]] = field(default_factory=dict)
    protect: bool | None = None
    retain_on_delete: bool | None = None
    delete_before_replace: bool | None = None
    ignore_changes: tuple[str, ...] = ()
    replace_on_changes: tuple[str, ...] = ()
    additional_secret_outputs: tuple[str, ...] = ()
    alias_urns: tuple[str, ...] = ()
    custom_timeouts: dict[str, float] = field(default_factory=dict)
    source_position: str = ""
    stack_trace: tuple[dict[str, str], ...] = ()

    @property
    def is_provider(self) -> bool:
        return self.type.startswith("pulumi:providers:")

    @property
    def needs_provider(self) -> bool:
        return self.custom and not self.is_provider

    def inheriting(self, parent: Goal) -> Goal:
        """With what the parent says where this registration says nothing. Source: `inheritFromParent`."""
        return replace(
            self,
            protect=parent.protect if self.protect is None else self.protect,
            retain_on_delete=parent.retain_on_delete if self.retain_on_delete is None else self.retain_on_delete,
            provider=self.provider if self.provider or self.is_provider else parent.provider,
        )


def goal_of(request: resource_pb2.RegisterResourceRequest, root: Path) -> Goal:
    """Read the request. Raises `Unsupported` for what only the CLI has, `OfflineError` for a malformed option."""
    _refuse_unsupported(request)
    inputs = from_wire(request.object)
    dependencies = tuple(sorted(set(request.dependencies)))
    keyed = {key: sorted(set(urns.urns)) for key, urns in request.propertyDependencies.items()}
    if not keyed:
        keyed = {key: list(dependencies) for key in inputs}
    return Goal(
        type=request.type,
        name=request.name,
        custom=request.custom,
        inputs=inputs,
        parent=request.parent,
        provider=request.provider or request.providers.get(PACKAGE, ""),
        dependencies=dependencies,
        property_dependencies=keyed | {key: [] for key in inputs if key not in keyed},
        protect=request.protect if request.HasField("protect") else None,
        retain_on_delete=request.retainOnDelete if request.HasField("retainOnDelete") else None,
        delete_before_replace=(
            request.deleteBeforeReplace if request.deleteBeforeReplaceDefined or request.deleteBeforeReplace else None
        ),
        ignore_changes=tuple(request.ignoreChanges),
        replace_on_changes=tuple(request.replaceOnChanges),
        additional_secret_outputs=tuple(request.additionalSecretOutputs),
        alias_urns=tuple(request.aliasURNs),
        custom_timeouts=_timeouts(request.customTimeouts),
        source_position=_position(request.sourcePosition, root),
        stack_trace=tuple(_frame(frame, root) for frame in request.stackTrace.frames),
    )


def _refuse_unsupported(request: resource_pb2.RegisterResourceRequest) -> None:
    refused = {
        "remote components": request.remote,
        "the `import_` option": request.importId,
        "resource transforms": request.transforms,
        "resource hooks": request.HasField("hooks") and any(value for _, value in request.hooks.ListFields()),
        "the `deleted_with` option": request.deletedWith,
        "the `replace_with` option": request.replace_with,
        "the `replacement_trigger` option": request.HasField("replacement_trigger"),
        "the `hide_diffs` option": request.hideDiffs,
        "the `version` option": request.version and request.custom,
        "the `plugin_download_url` option": request.pluginDownloadURL,
        "parameterized packages": request.packageRef,
        "state migrations": getattr(request, "state_migrations", None),  # because older SDKs do not know the field
        "environment variable mappings": getattr(request, "envVarMappings", None),
        "alias specifications": request.aliases,
    }
    for feature, used in refused.items():
        if used:
            raise Unsupported(feature)
    if not request.custom:
        return
    if request.type.startswith("pulumi:providers:"):
        if request.type != PROVIDER_TYPE:
            raise Unsupported(f"provider package {request.type.rpartition(':')[2]} (it offers {PACKAGE} only)")
    elif request.type.partition(":")[0] != PACKAGE:
        raise Unsupported(f"package {request.type.partition(':')[0]} (it offers {PACKAGE} only)")


_DURATION = re.compile(r"(\d+(?:\.\d+)?)(ns|us|µs|ms|s|m|h)")
_SECONDS = {"ns": 1e-9, "us": 1e-6, "µs": 1e-6, "ms": 1e-3, "s": 1.0, "m": 60.0, "h": 3600.0}


def _timeouts(timeouts: resource_pb2.RegisterResourceRequest.CustomTimeouts) -> dict[str, float]:
    given = {name: getattr(timeouts, name) for name in ("create", "update", "delete", "read")}
    return {name: _seconds(text) for name, text in given.items() if text}


def _seconds(text: str) -> float:
    parts = _DURATION.findall(text)
    if "".join(amount + unit for amount, unit in parts) != text:
        raise OfflineError(f"unable to parse customTimeout value {text}: write it as, for example, 5m or 1h30m")
    return sum(float(amount) * _SECONDS[unit] for amount, unit in parts)


def _position(position: source_pb2.SourcePosition, root: Path) -> str:
    """The position relative to the project, as the state keeps it; empty for code without a file."""
    parts = urlsplit(position.uri)
    if parts.scheme != "file" or not parts.path.startswith("/"):
        return ""
    relative = quote(os.path.relpath(unquote(parts.path), root), safe="/:@!$&'()*+,;=~")
    column = f",{position.column}" if position.column else ""
    return f"project:///{relative}#{position.line}{column}"


def _frame(frame: source_pb2.StackFrame, root: Path) -> dict[str, str]:
    position = _position(frame.pc, root)
    return {"sourcePosition": position} if position else {}
