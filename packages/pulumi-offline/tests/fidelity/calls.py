"""What providers are asked, on either engine: heard in process, or read from the CLI's gRPC log."""

from __future__ import annotations

import json
from contextlib import contextmanager
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import TYPE_CHECKING, Any
from unittest import mock

from google.protobuf.json_format import MessageToDict

from pulumi_offline.provider import Provider

if TYPE_CHECKING:
    from collections.abc import Iterator

    from google.protobuf.message import Message

__all__ = ["Call", "heard_offline", "heard_on_the_cli"]

Call = tuple[str, dict[str, Any]]

_NOT_OFFLINE = {"Handshake", "GetPluginInfo", "CheckConfig", "DiffConfig", "Cancel"}


@contextmanager
def heard_offline() -> Iterator[list[Call]]:
    """The calls of offline engines in this process, as they come."""
    calls: list[Call] = []
    original = Provider._call

    def listen(provider: Provider, method: str, request: Message) -> Any:
        calls.append((method, MessageToDict(request)))
        return original(provider, method, request)

    with mock.patch.object(Provider, "_call", listen):
        yield calls


@contextmanager
def heard_on_the_cli() -> Iterator[tuple[dict[str, str], list[Call]]]:
    """What to add to the CLI's environment, and the calls, complete at the end of the context.

    Without those that the offline engine has no use for.
    """
    calls: list[Call] = []
    with TemporaryDirectory() as folder:
        log = Path(folder) / "grpc"
        yield {"PULUMI_DEBUG_GRPC": str(log)}, calls
        entries = [json.loads(line) for line in log.read_text().splitlines()] if log.exists() else []
    asked = [
        (entry["method"].rpartition("/")[2], entry["request"])
        for entry in entries
        if "ResourceProvider" in entry["method"] and entry.get("progress") == "response_completed"
    ]
    calls += [(method, request) for method, request in asked if method not in _NOT_OFFLINE]
