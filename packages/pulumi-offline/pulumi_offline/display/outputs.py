"""The outputs of a stack, or of a resource, as text. Source: `getResourceOutputsPropertiesString` of the CLI."""

from __future__ import annotations

import io
from typing import TYPE_CHECKING

from pulumi_offline.diffs import ObjectDiff, ValueDiff, diff_maps, diff_values
from pulumi_offline.display.printer import Printer, is_worth_printing
from pulumi_offline.urns import STACK_TYPE
from pulumi_offline.values import PropertyMap, PropertyValue, Unknown, is_internal_key

if TYPE_CHECKING:
    from pulumi_offline.events import StepView

__all__ = ["outputs_text"]

_RESOURCE_MARK = "@isPulumiResource"  # what the SDK puts on a resource that is exported in a preview


def outputs_text(step: StepView, indent: int, *, preview: bool, refresh: bool, shorten: bool = False) -> str:
    """Empty when there is nothing to say. A preview tells the stack's outputs only, and only those that change."""
    is_stack = step.type == STACK_TYPE
    show_same = is_stack and not preview
    if preview and not refresh and not is_stack:
        return ""
    outputs = step.new.outputs if step.new else {}
    inputs = step.new.inputs if step.new else {}
    difference = None
    if step.old is not None:
        difference = diff_maps(step.old.outputs, outputs, internal_keys=False)
        if preview and is_stack:
            _forget_preview_noise(difference)
        if not difference and not show_same:
            return ""
    text = io.StringIO()
    printer = Printer(text.write, indent, step.op, shorten=shorten)
    if difference is None or not difference:
        shown = {key: value for key, value in outputs.items() if _is_news(key, value, inputs, refresh=refresh)}
        width = max((len(key) for key in outputs), default=0)
        for key in sorted(shown):
            printer.title(key, width)
            printer.value(shown[key])
        return text.getvalue()
    keys = [str(key) for key in difference.all_keys()]
    width = max(len(key) for key in keys)
    for key in keys:
        repeats_input = key in inputs and not refresh and diff_values(outputs.get(key), inputs[key]) is None
        if repeats_input or (not show_same and key in difference.sames):
            continue
        printer.property_diff(key, width, difference)
    return text.getvalue()


def _is_news(key: str, value: PropertyValue, inputs: PropertyMap, *, refresh: bool) -> bool:
    """Outputs that only repeat an input say nothing."""
    if is_internal_key(key) or not is_worth_printing(value):
        return False
    return refresh or key not in inputs or diff_values(value, inputs[key], internal_keys=False) is not None


def _forget_preview_noise(diff: ObjectDiff) -> None:
    """Leave out what is unknown only because this is a preview. Source: `massageStackPreviewOutputDiff`."""
    if diff.adds.pop(_RESOURCE_MARK, None) is not None:
        diff.adds = {key: value for key, value in diff.adds.items() if not isinstance(value, Unknown)}
    diff.adds = {key: _without_marks(value) for key, value in diff.adds.items()}
    diff.updates = {key: change for key, change in diff.updates.items() if not isinstance(change.new, Unknown)}
    for change in diff.updates.values():
        _forget_nested_noise(change)


def _forget_nested_noise(change: ValueDiff) -> None:
    if change.nested is None:
        return
    if isinstance(change.new, dict):
        _forget_preview_noise(change.nested)
        return
    change.nested.adds = {index: _without_marks(value) for index, value in change.nested.adds.items()}
    for item in change.nested.updates.values():
        _forget_nested_noise(item)


def _without_marks(value: PropertyValue) -> PropertyValue:
    match value:
        case dict():
            return {key: _without_marks(item) for key, item in value.items() if key != _RESOURCE_MARK}
        case list():
            return [_without_marks(item) for item in value]
        case _:
            return value
