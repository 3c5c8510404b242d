"""An offline engine that runs an unchanged Pulumi Python program and the unchanged dynamic-provider process.

It speaks Pulumi's own gRPC protocol, keeps its state in the format of `pulumi stack export` in `.pulumi-offline/`, and
needs no CLI. It is for trying and testing. What it does not support it refuses by name.
"""

from pulumi_offline.cli_engine import CliEngine
from pulumi_offline.engine import Engine, Guard
from pulumi_offline.errors import (
    ConfigurationError,
    OfflineError,
    Refusal,
    StackLocked,
    StateError,
    Unsupported,
)
from pulumi_offline.events import Diagnostic, Event, EventSink, Severity
from pulumi_offline.results import Output, PhaseResult, Result, StepResult
from pulumi_offline.stack_engine import StackEngine
from pulumi_offline.steps import Op

__all__ = [
    "FOLLOWED_CLI",
    "CliEngine",
    "ConfigurationError",
    "Diagnostic",
    "Engine",
    "Event",
    "EventSink",
    "Guard",
    "OfflineError",
    "Op",
    "Output",
    "PhaseResult",
    "Refusal",
    "Result",
    "Severity",
    "StackEngine",
    "StackLocked",
    "StateError",
    "StepResult",
    "Unsupported",
]

FOLLOWED_CLI = "3.274.1"
"""The version of the pulumi CLI that this engine follows, and that the recordings it is held to are of."""
