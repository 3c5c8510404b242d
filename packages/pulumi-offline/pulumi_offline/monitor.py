"""The gRPC side of the engine: what a program registers, and what it or a provider logs.

Source: measured on the pulumi CLI.
"""

from __future__ import annotations

from concurrent import futures
from typing import TYPE_CHECKING, NoReturn, Protocol

import grpc
from google.protobuf import empty_pb2
from pulumi.runtime._grpc_settings import _GRPC_CHANNEL_OPTIONS
from pulumi.runtime.proto import engine_pb2, engine_pb2_grpc, resource_pb2, resource_pb2_grpc

from pulumi_offline.errors import Cancelled, OfflineError, Unsupported
from pulumi_offline.events import Diagnostic, EventSink, Severity
from pulumi_offline.goal import goal_of
from pulumi_offline.wire import from_wire, to_wire

if TYPE_CHECKING:
    from pathlib import Path

    from pulumi_offline.goal import Goal
    from pulumi_offline.state import ResourceState
    from pulumi_offline.values import PropertyMap

__all__ = ["Registrar", "Server"]

_WORKERS = 256  # because a registration that waits must never keep a log line waiting

# Announced so that the SDK sends what a program asks for, and the refusal can name it.
_FEATURES = (
    resource_pb2.RESOURCE_MONITOR_FEATURE_SECRETS,
    resource_pb2.RESOURCE_MONITOR_FEATURE_RESOURCE_REFERENCES,
    resource_pb2.RESOURCE_MONITOR_FEATURE_OUTPUT_VALUES,
    resource_pb2.RESOURCE_MONITOR_FEATURE_REPLACEMENT_TRIGGER,
    resource_pb2.RESOURCE_MONITOR_FEATURE_DELETED_WITH,
    resource_pb2.RESOURCE_MONITOR_FEATURE_REPLACE_WITH,
    resource_pb2.RESOURCE_MONITOR_FEATURE_TRANSFORMS,
    resource_pb2.RESOURCE_MONITOR_FEATURE_INVOKE_TRANSFORMS,
    resource_pb2.RESOURCE_MONITOR_FEATURE_PARAMETERIZATION,
    resource_pb2.RESOURCE_MONITOR_FEATURE_RESOURCE_HOOKS,
    resource_pb2.RESOURCE_MONITOR_FEATURE_ERROR_HOOKS,
)
_LEGACY_FEATURES = frozenset({"secrets", "resourceReferences", "outputValues"})

_REFUSED = {
    "Invoke": "invokes (functions of a package)",
    "Call": "calls (methods of a resource)",
    "ReadResource": "resources that are only read (`.get`, or the `id` option)",
    "ExistsResource": "asking whether a resource exists",
    "RegisterStackTransform": "resource transforms",
    "RegisterStackInvokeTransform": "invoke transforms",
    "RegisterResourceHook": "resource hooks",
    "RegisterErrorHook": "error hooks",
    "RegisterPackage": "parameterized packages",
    "RequirePulumiVersion": "`require_pulumi_version`",
}


class Registrar(Protocol):
    """The deployment as its program sees it."""

    def register(self, goal: Goal) -> ResourceState:
        """Raises `Cancelled` when the deployment ends before the resource is there."""

    def register_outputs(self, urn: str, outputs: PropertyMap) -> None:
        """Raises `Cancelled` when the deployment is ending."""

    def refuse(self, error: OfflineError, urn: str = "") -> Cancelled:
        """Show the error, end the deployment, and return what to raise."""

    def wait_until_ended(self) -> None:
        """Until a registration that will not be answered may be dropped."""


class Server:
    """Serves monitor and engine on one loopback port, for the program and its providers."""

    def __init__(self, registrar: Registrar, events: EventSink, *, root: Path) -> None:
        self._server = grpc.server(
            futures.ThreadPoolExecutor(max_workers=_WORKERS, thread_name_prefix="offline-engine"),
            options=_GRPC_CHANNEL_OPTIONS,
        )
        monitor = _Monitor(registrar, root)
        _refuse_others(monitor, registrar)
        engine = _Engine(events)
        _refuse_others(engine, registrar)
        resource_pb2_grpc.add_ResourceMonitorServicer_to_server(monitor, self._server)
        engine_pb2_grpc.add_EngineServicer_to_server(engine, self._server)
        self.address = f"127.0.0.1:{self._server.add_insecure_port('127.0.0.1:0')}"
        self._server.start()

    def close(self) -> None:
        self._server.stop(grace=None).wait()


def _refuse_others(servicer: object, registrar: Registrar) -> None:
    """Answer the methods of `_REFUSED` by ending the deployment with a sentence that names the feature."""
    for method, feature in _REFUSED.items():
        if hasattr(servicer, method):
            setattr(servicer, method, _Refuser(registrar, feature))


class _Refuser:
    def __init__(self, registrar: Registrar, feature: str) -> None:
        self._registrar = registrar
        self._feature = feature

    def __call__(self, _request: object, context: grpc.ServicerContext) -> NoReturn:
        self._registrar.refuse(Unsupported(self._feature))
        _drop(self._registrar, context)


def _drop(registrar: Registrar, context: grpc.ServicerContext) -> NoReturn:
    """Leave a call unanswered until the program is being ended, as the CLI does."""
    registrar.wait_until_ended()
    context.abort(grpc.StatusCode.UNAVAILABLE, "resource monitor shut down")
    raise AssertionError  # because abort always raises, which its type does not say


class _Monitor(resource_pb2_grpc.ResourceMonitorServicer):
    def __init__(self, registrar: Registrar, root: Path) -> None:
        self._registrar = registrar
        self._root = root

    def GetDeploymentInfo(  # noqa: N802 - the protocol's name
        self, _request: empty_pb2.Empty, _context: grpc.ServicerContext
    ) -> resource_pb2.DeploymentInfo:
        return resource_pb2.DeploymentInfo(supportedFeatures=_FEATURES)

    def SupportsFeature(  # noqa: N802 - the protocol's name
        self, request: resource_pb2.SupportsFeatureRequest, _context: grpc.ServicerContext
    ) -> resource_pb2.SupportsFeatureResponse:
        return resource_pb2.SupportsFeatureResponse(hasSupport=request.id in _LEGACY_FEATURES)

    def SignalAndWaitForShutdown(  # noqa: N802 - the protocol's name
        self, _request: empty_pb2.Empty, _context: grpc.ServicerContext
    ) -> empty_pb2.Empty:
        return empty_pb2.Empty()

    def RegisterResource(  # noqa: N802 - the protocol's name
        self, request: resource_pb2.RegisterResourceRequest, context: grpc.ServicerContext
    ) -> resource_pb2.RegisterResourceResponse:
        try:
            state = self._register(request)
        except Cancelled:
            _drop(self._registrar, context)
        outputs = state.outputs if state.custom else {}
        return resource_pb2.RegisterResourceResponse(
            urn=state.urn, id=state.id, object=to_wire(outputs, keep_secrets=request.acceptSecrets, keep_unknowns=True)
        )

    def _register(self, request: resource_pb2.RegisterResourceRequest) -> ResourceState:
        try:
            goal = goal_of(request, self._root)
        except OfflineError as error:
            raise self._registrar.refuse(error) from None
        return self._registrar.register(goal)

    def RegisterResourceOutputs(  # noqa: N802 - the protocol's name
        self, request: resource_pb2.RegisterResourceOutputsRequest, context: grpc.ServicerContext
    ) -> empty_pb2.Empty:
        try:
            self._register_outputs(request)
        except Cancelled:
            _drop(self._registrar, context)
        return empty_pb2.Empty()

    def _register_outputs(self, request: resource_pb2.RegisterResourceOutputsRequest) -> None:
        try:
            outputs = from_wire(request.outputs)
        except OfflineError as error:
            raise self._registrar.refuse(error, request.urn) from None
        self._registrar.register_outputs(request.urn, outputs)


class _Engine(engine_pb2_grpc.EngineServicer):
    def __init__(self, events: EventSink) -> None:
        self._events = events

    def Log(  # noqa: N802 - the protocol's name
        self, request: engine_pb2.LogRequest, _context: grpc.ServicerContext
    ) -> empty_pb2.Empty:
        severity = Severity(request.severity)
        if severity is not Severity.DEBUG:  # because nobody asked for the SDK's own trace
            self._events.emit(
                Diagnostic(severity, request.message, request.urn, -request.streamId, ephemeral=request.ephemeral)
            )
        return empty_pb2.Empty()
