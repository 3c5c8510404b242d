"""One provider process, `python -u -m pulumi.dynamic ADDRESS`, and the calls it understands.

Source: measured on the pulumi CLI; `provider_plugin.go` of the CLI. A dynamic provider accepts neither
secrets nor previews, so secrets are taken off each request and put back on each answer, and a preview's create and
update never reach it.
"""

from __future__ import annotations

import os
import re
import select
import signal
import threading
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import grpc
from pulumi.runtime._grpc_settings import _GRPC_CHANNEL_OPTIONS
from pulumi.runtime.proto import provider_pb2, provider_pb2_grpc

from pulumi_offline.errors import OfflineError
from pulumi_offline.go_text import compact_json
from pulumi_offline.process import Child, end
from pulumi_offline.steps import Changes, DiffAnswer
from pulumi_offline.urns import Urn
from pulumi_offline.values import PropertyMap, PropertyValue, annotate_secrets, contains_unknowns, unwrap
from pulumi_offline.wire import from_wire, to_wire

if TYPE_CHECKING:
    from collections.abc import Sequence

    from google.protobuf import struct_pb2

    from pulumi_offline.state import ResourceState

__all__ = ["CheckFailure", "Found", "Provider", "ProviderFailed"]

_START_SECONDS = 60.0
_GRACE_SECONDS = 3.0
_PORT = re.compile(rb"\d{1,5}")


class ProviderFailed(OfflineError):
    """A call failed; the text is the provider's own."""


@dataclass(frozen=True, slots=True)
class CheckFailure:
    """An input the provider does not accept. `property` is empty when it is about the whole resource."""

    property: str
    reason: str


@dataclass(frozen=True, slots=True)
class Found:
    """What Read answered. An empty id means that the resource is gone; `inputs` is None when they were not told."""

    id: str
    inputs: PropertyMap | None
    outputs: PropertyMap


class Provider:
    """A running provider process. Calls may be made from several threads at once."""

    def __init__(self, child: Child, *, preview: bool, call_timeout: float) -> None:
        """Wait for the child to say its port. Raises `ProviderFailed` when it ends without one."""
        self.child = child
        self._preview = preview
        self._timeout = call_timeout
        self._closing = threading.Lock()
        port = _port(child)
        # without the proxy that the environment may name, because the process is on this machine
        options = [*_GRPC_CHANNEL_OPTIONS, ("grpc.enable_http_proxy", 0)]
        self._channel = grpc.insecure_channel(f"127.0.0.1:{port}", options=options)
        self._stub = provider_pb2_grpc.ResourceProviderStub(self._channel)
        self.is_configured = False

    def close(self) -> None:
        """End the process."""
        with self._closing:
            self._channel.close()  # first, because gRPC would tell the terminal of a server that goes away
            # because SIGINT would make a process that has hardly begun print a traceback
            end(self.child, _GRACE_SECONDS, by=signal.SIGTERM)

    def configure(self, urn: str, identity: str, inputs: PropertyMap) -> None:
        """Configure the process; with unknown inputs it stays unconfigured, and is asked nothing."""
        if contains_unknowns(inputs):
            return
        name, type_ = _name_and_type(urn)
        self._call(
            "Configure",
            provider_pb2.ConfigureRequest(
                urn=urn,
                name=name,
                type=type_,
                id=identity,
                acceptSecrets=True,
                acceptResources=True,
                sends_old_inputs=True,
                sends_old_inputs_to_delete=True,
                variables={f"pulumi-python:config:{key}": _variable(value) for key, value in inputs.items()},
                args=to_wire(inputs, keep_secrets=True, keep_unknowns=True),
            ),
        )
        self.is_configured = True

    def check(
        self, urn: str, olds: PropertyMap, news: PropertyMap, old_outputs: PropertyMap
    ) -> tuple[PropertyMap, list[CheckFailure]]:
        """The inputs as the provider wants them, or what is wrong with them. `olds` are inputs."""
        if not self.is_configured:
            return news, []
        name, type_ = _name_and_type(urn)
        # because older SDKs do not know the field
        known = "old_outputs" in provider_pb2.CheckRequest.DESCRIPTOR.fields_by_name
        later: dict[str, Any] = {"old_outputs": self._planned(old_outputs)} if known else {}
        response = self._call(
            "Check",
            provider_pb2.CheckRequest(
                urn=urn,
                name=name,
                type=type_,
                olds=self._planned(olds),
                news=self._planned(news),
                randomSeed=os.urandom(32),
                **later,
            ),
        )
        failures = [CheckFailure(failure.property, failure.reason) for failure in response.failures]
        return annotate_secrets(self._answer(response.inputs), news), failures

    def diff(
        self, state: ResourceState, urn: str, new_inputs: PropertyMap, ignore_changes: Sequence[str]
    ) -> DiffAnswer:
        """Unknowns are kept even outside of a preview, because what depends on a replacement is asked with them."""
        name, type_ = _name_and_type(urn)
        response = self._call(
            "Diff",
            provider_pb2.DiffRequest(
                urn=urn,
                name=name,
                type=type_,
                id=state.id,
                old_inputs=to_wire(state.inputs, keep_secrets=False, keep_unknowns=True),
                olds=to_wire(state.outputs, keep_secrets=False, keep_unknowns=True),
                news=to_wire(new_inputs, keep_secrets=False, keep_unknowns=True),
                ignoreChanges=ignore_changes,
            ),
        )
        return DiffAnswer(Changes(response.changes), tuple(response.replaces), response.deleteBeforeReplace)

    def create(self, urn: str, inputs: PropertyMap, timeout: float) -> tuple[str, PropertyMap]:
        """The new resource's id and outputs; in a preview no id, and the inputs."""
        if self._preview:
            return "", inputs if self.is_configured else {}
        name, type_ = _name_and_type(urn)
        response = self._call(
            "Create",
            provider_pb2.CreateRequest(urn=urn, name=name, type=type_, properties=_known(inputs), timeout=timeout),
        )
        if not response.id:
            raise ProviderFailed(f"plugin returned empty resource.ID from create '{urn}'")
        return response.id, annotate_secrets(self._answer(response.properties), inputs)

    def update(
        self, old: ResourceState, urn: str, inputs: PropertyMap, ignore_changes: Sequence[str], timeout: float
    ) -> PropertyMap:
        """The outputs after the update; in a preview the inputs."""
        if self._preview:
            return inputs if self.is_configured else {}
        name, type_ = _name_and_type(urn)
        response = self._call(
            "Update",
            provider_pb2.UpdateRequest(
                urn=urn,
                name=name,
                type=type_,
                id=old.id,
                olds=_known(old.outputs),
                old_inputs=_known(old.inputs),
                news=_known(inputs),
                ignoreChanges=ignore_changes,
                timeout=timeout,
            ),
        )
        return annotate_secrets(self._answer(response.properties), inputs)

    def read(self, state: ResourceState, urn: str) -> Found:
        if not self.is_configured:
            return Found(state.id, None, {})
        name, type_ = _name_and_type(urn)
        response = self._call(
            "Read",
            provider_pb2.ReadRequest(
                urn=urn,
                name=name,
                type=type_,
                id=state.id,
                properties=_known(state.outputs),
                inputs=_known(state.inputs),
                timeout=state.custom_timeouts.get("read", 0),
            ),
        )
        inputs = self._answer(response.inputs) if response.HasField("inputs") else None
        return Found(
            response.id,
            None if inputs is None else annotate_secrets(inputs, state.inputs),
            annotate_secrets(self._answer(response.properties), state.outputs),
        )

    def delete(self, state: ResourceState) -> None:
        name, type_ = _name_and_type(state.urn)
        self._call(
            "Delete",
            provider_pb2.DeleteRequest(
                urn=state.urn,
                name=name,
                type=type_,
                id=state.id,
                properties=_known(state.outputs),
                old_inputs=_known(state.inputs),
                timeout=state.custom_timeouts.get("delete", 0),
            ),
        )

    def _planned(self, values: PropertyMap) -> struct_pb2.Struct:
        """Values that may still be unknown, as long as this is a preview."""
        return to_wire(values, keep_secrets=False, keep_unknowns=self._preview)

    def _answer(self, struct: struct_pb2.Struct) -> PropertyMap:
        values = from_wire(struct)
        if not self._preview and contains_unknowns(values):
            raise ProviderFailed("unexpected unknown property value in the provider's answer")
        return values

    def _call(self, method: str, request: object) -> Any:
        try:
            return getattr(self._stub, method)(request, timeout=self._timeout)
        except grpc.RpcError as error:
            raise self._failure(method, error) from None

    def _failure(self, method: str, error: grpc.RpcError) -> ProviderFailed:
        match error.code():
            case grpc.StatusCode.DEADLINE_EXCEEDED:
                return ProviderFailed(
                    f"the provider did not answer {method} within {self._timeout:g} s "
                    "(a method that raises SystemExit never answers)"
                )
            case grpc.StatusCode.UNAVAILABLE | grpc.StatusCode.CANCELLED:
                code = self.child.wait(_GRACE_SECONDS)
                ended = f"it ended with exit code {code}" if code is not None else "the connection was lost"
                return ProviderFailed(f"the provider process did not answer {method}: {ended}")
            case _:
                return ProviderFailed(error.details() or str(error.code()))


def _port(child: Child) -> int:
    """The first line of the process's output."""
    ready, _, _ = select.select([child.stdout], [], [], _START_SECONDS)
    line = child.stdout.readline().strip() if ready else b""
    if _PORT.fullmatch(line):
        return int(line)
    code = end(child, _GRACE_SECONDS)
    with child.stdout, child.stderr:
        last_words = (line + b"\n" + child.stderr.read()).decode(errors="replace").strip().rpartition("\n")[2]
    raise ProviderFailed(f"the provider process named no port and ended with exit code {code}: {last_words}")


def _known(values: PropertyMap) -> struct_pb2.Struct:
    return to_wire(values, keep_secrets=False, keep_unknowns=False)


def _name_and_type(urn: str) -> tuple[str, str]:
    parsed = Urn.parse(urn)
    return parsed.name, parsed.type


def _variable(value: PropertyValue) -> str:
    """A configuration value as text. Source: `Configure` of `provider_plugin.go`."""
    plain = unwrap(value)
    return plain if isinstance(plain, str) else compact_json(plain)
