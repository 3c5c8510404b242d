"""Between the engine and whoever shows or records events: no secret goes through.

Secret values become `[secret]`, and so do secrets of the configuration wherever a program, a provider or a plain
property repeats them. Source: `filterPropertyValue` of the CLI.
"""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from pulumi_offline.events import Diagnostic, Event, EventSink, StateView, StepBegins, StepEnds, StepFails, StepView
from pulumi_offline.values import PropertyMap, PropertyValue, Secret

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

__all__ = ["Redaction"]

_SHOWN = "[secret]"
_SHORTEST = 3  # because hiding every `1` would hide more than a secret


class Redaction:
    """Passes events on to several sinks."""

    def __init__(self, sinks: Sequence[EventSink], secrets: Iterable[str]) -> None:
        """`secrets`: texts that must not be shown wherever they occur."""
        self._sinks = sinks
        self._secrets = sorted((text for text in secrets if len(text) >= _SHORTEST), key=len, reverse=True)

    def emit(self, event: Event) -> None:
        match event:
            case Diagnostic():
                event = replace(event, message=self._text(event.message))
            case StepBegins() | StepEnds() | StepFails():
                event = type(event)(self._step(event.step))
            case _:
                pass
        for sink in self._sinks:
            sink.emit(event)

    def _step(self, step: StepView) -> StepView:
        return replace(step, old=self._state(step.old), new=self._state(step.new))

    def _state(self, state: StateView | None) -> StateView | None:
        if state is None:
            return None
        return replace(state, inputs=self.values(state.inputs), outputs=self.values(state.outputs))

    def values(self, values: PropertyMap) -> PropertyMap:
        """The values without secrets."""
        return {key: self._value(value) for key, value in values.items()}

    def _value(self, value: PropertyValue) -> PropertyValue:
        match value:
            case Secret():
                return Secret(_SHOWN)
            case str():
                return self._text(value)
            case dict():
                return self.values(value)
            case list():
                return [self._value(item) for item in value]
            case _:
                return value

    def _text(self, text: str) -> str:
        for secret in self._secrets:
            text = text.replace(secret, _SHOWN)
        return text
