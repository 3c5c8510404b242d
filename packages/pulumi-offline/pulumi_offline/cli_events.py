"""The pulumi CLI's event log, read as this engine's own events. Source: `sdk/go/common/apitype/events.go`."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

from pulumi_offline.diffs import DiffKind
from pulumi_offline.events import Diagnostic, Event, Severity, StateView, StepBegins, StepEnds, StepFails, StepView
from pulumi_offline.results import Recorder
from pulumi_offline.steps import Diff, Op
from pulumi_offline.urns import DEFAULT_PROVIDER_NAME, PROVIDER_TYPE, Urn
from pulumi_offline.values import UNKNOWN, PropertyMap, PropertyValue, Secret, number
from pulumi_offline.wire import UNKNOWN_TEXT

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from pulumi_offline.results import PhaseResult

__all__ = ["read_phase"]

_SEVERITIES = {
    "debug": Severity.DEBUG,
    "info": Severity.INFO,
    "info#err": Severity.INFO,
    "warning": Severity.WARNING,
    "error": Severity.ERROR,
}
_STEPS: dict[str, type[StepBegins | StepEnds | StepFails]] = {
    "resourcePreEvent": StepBegins,
    "resOutputsEvent": StepEnds,
    "resOpFailedEvent": StepFails,
}


def read_phase(log: Iterable[str]) -> PhaseResult | None:
    """The last phase of a command, None where none came to its end. A secret's value is `[secret]`."""
    recorder, summary = Recorder(), None
    for line in log:
        entry: dict[str, Any] = json.loads(line)
        summary = entry.get("summaryEvent", summary)
        for event in _events(entry):
            recorder.emit(event)
    if summary is None:
        return None
    return recorder.result(
        preview=summary["isPreview"],
        succeeded=summary["result"] == "succeeded",
        changes={Op(name): count for name, count in (summary["resourceChanges"] or {}).items()},
        outputs=recorder.stack_outputs,
        seconds=float(summary["durationSeconds"]),
    )


def _events(entry: dict[str, Any]) -> Iterator[Event]:
    told = entry.get("diagnosticEvent")
    if told and told["severity"] != "debug":
        yield Diagnostic(
            _SEVERITIES[told["severity"]],
            told["message"].rstrip("\n"),
            told.get("urn", ""),
            told.get("streamID", 0),
            told.get("ephemeral", False),
        )
    for kind, event in _STEPS.items():
        if kind in entry and not _is_default_provider(metadata := entry[kind]["metadata"]):
            yield event(_step(metadata))


def _is_default_provider(metadata: dict[str, Any]) -> bool:
    return metadata["type"] == PROVIDER_TYPE and Urn.parse(metadata["urn"]).name == DEFAULT_PROVIDER_NAME


def _step(metadata: dict[str, Any]) -> StepView:
    detailed: dict[str, Any] | None = metadata.get("detailedDiff")
    diff = Diff(
        changed=bool(metadata.get("diffs")),
        changed_keys=tuple(metadata.get("diffs") or ()),
        detailed=None
        if detailed is None
        else {path: DiffKind(change["diffKind"].partition("-")[0]) for path, change in detailed.items()},
    )
    return StepView(
        op=Op(metadata["op"]),
        urn=metadata["urn"],
        type=metadata["type"],
        old=_state(metadata["old"]),
        new=_state(metadata["new"]),
        diff=diff,
        logical=metadata.get("logical", False),
    )


def _state(state: dict[str, Any] | None) -> StateView | None:
    if state is None:
        return None
    return StateView(
        urn=state["urn"],
        type=state["type"],
        custom=state.get("custom", False),
        id=state["id"],
        parent=state["parent"],
        provider=state["provider"],
        protect=state.get("protect", False),
        taint=state.get("taint", False),
        retain_on_delete=state.get("retainOnDelete", False),
        inputs=_values(state["inputs"]),
        outputs=_values(state["outputs"]),
    )


def _values(values: dict[str, Any]) -> PropertyMap:
    return {key: _value(value) for key, value in values.items()}


def _value(value: Any) -> PropertyValue:
    match value:
        case "[secret]" | {"4dabf18193072939515e22adb298388d": "1b47061264138c4ac30d75fd1eb44270"}:
            return Secret("[secret]")
        case dict():
            return _values(value)
        case list():
            return [_value(item) for item in value]
        case float():
            return number(value)
        case str() if value == UNKNOWN_TEXT:
            return UNKNOWN
        case _:
            plain: PropertyValue = value
            return plain
