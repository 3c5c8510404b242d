"""Carries steps out: the provider's call, the state after it, the journal around it, the events about it.

Source: `step.go`, `step_executor.go` and `pkg/engine/update.go` of the CLI.
"""

from __future__ import annotations

import threading
import uuid
from collections import Counter
from typing import TYPE_CHECKING

from pulumi_offline.check_failures import check_failure_text
from pulumi_offline.errors import OfflineError, Refusal
from pulumi_offline.events import Diagnostic, EventSink, Severity, StepBegins, StepEnds, StepFails, StepView
from pulumi_offline.state import now
from pulumi_offline.steps import Op, Step, not_ignored_text, resolve_diff
from pulumi_offline.values import PropertyMap, Secret, maps_equal
from pulumi_offline.wire import UNKNOWN_TEXT

if TYPE_CHECKING:
    from pulumi_offline.control import Control
    from pulumi_offline.journal import Journal
    from pulumi_offline.registry import ProviderRegistry
    from pulumi_offline.state import Operation, ResourceState

__all__ = ["DeleteProtected", "Executor", "StepFailed"]

_DOUBT = (
    "One or more imported inputs failed to validate. This is almost certainly a bug in the `pulumi-python` provider. "
    "The import will still proceed, but you will need to edit the generated code after copying it into your program."
)


class StepFailed(OfflineError):
    """A step failed, and why has been shown."""


class DeleteProtected(StepFailed):
    """A delete was not even tried, because the resource is protected; other deletes go on."""


class Executor:
    """Carries out one step at a time for each calling thread."""

    def __init__(
        self,
        *,
        registry: ProviderRegistry,
        journal: Journal,
        events: EventSink,
        control: Control,
        preview: bool,
        refresh: bool,
    ) -> None:
        """`refresh` says that the whole command is a refresh, whose steps are counted by what they found."""
        self._registry = registry
        self._journal = journal
        self._events = events
        self._control = control
        self._preview = preview
        self._refresh = refresh
        self._lock = threading.Lock()
        self._registered: dict[str, Step] = {}
        self.changes: Counter[Op] = Counter()

    def execute(self, step: Step) -> None:
        """Raises `StepFailed` after the failure has been shown."""
        self._emit(step, StepBegins, step.op)
        operation = self._begin(step)
        try:
            self._apply(step)
        except Refusal:
            if operation is not None:
                self._journal.finish(operation)
            raise
        except OfflineError as error:
            self._fail(step, operation, error)
            raise DeleteProtected(str(error)) if isinstance(error, _Protected) else StepFailed(str(error)) from None
        if step.new is not None and step.op is not Op.REPLACE:
            step.new.outputs = _with_secrets(step.new)
        with self._lock:
            if step.is_logical and step.new is not None:
                self._registered[step.urn] = step
            found = _found(step)
            counted = found if self._refresh and step.op is Op.REFRESH else step.op
            if (step.is_logical or counted is not step.op) and not step.is_internal:
                self.changes[counted] += 1
        self._finish(step, operation)
        if self._preview or step.state.custom or step.op in (Op.REFRESH, Op.DELETE):
            self._emit(step, StepEnds, counted)

    def register_outputs(self, urn: str, outputs: PropertyMap) -> None:
        """A component's own outputs, or at the very end the stack's. Raises `OfflineError` for an unknown URN."""
        with self._lock:
            step = self._registered.pop(urn, None)
        if step is None or step.new is None:
            raise OfflineError(f"cannot complete a resource '{urn}' whose registration isn't pending")
        step.new.outputs = outputs
        self._emit(step, StepEnds, step.op)
        if step.old is None or not maps_equal(step.old.outputs, outputs):
            self._journal.touch()

    def _fail(self, step: Step, operation: Operation | None, error: OfflineError) -> None:
        if self._control.is_terminated:
            return  # because nobody knows what became of it, the operation stays pending
        text = f"Preview failed: {error}" if self._preview else str(error)
        self._events.emit(Diagnostic(Severity.ERROR, text, "" if step.is_internal else step.urn))
        if not self._preview:
            self._emit(step, StepFails, step.op)
        if operation is not None:
            self._journal.finish(operation)

    def _emit(self, step: Step, kind: type[StepBegins | StepEnds | StepFails], op: Op) -> None:
        if not step.is_internal:
            self._events.emit(kind(StepView.of(step, op)))

    def _begin(self, step: Step) -> Operation | None:
        match step.op:
            case Op.CREATE | Op.CREATE_REPLACEMENT:
                return self._journal.begin(step.state, "creating")
            case Op.UPDATE:
                return self._journal.begin(step.state, "updating")
            case Op.DELETE | Op.DELETE_REPLACED:
                return self._journal.begin(step.state, "deleting")
            case Op.IMPORT:
                return self._journal.begin(step.state, "importing")
            case _:
                return None

    def _finish(self, step: Step, operation: Operation | None) -> None:
        old, new = step.old, step.new
        match step.op:
            case Op.SAME if old is not None and new is not None and _is_worth_writing(old, new):
                self._journal.finish(operation, new=new, done=old)
            case Op.SAME:
                self._journal.note(new=new, done=old)
            case Op.UPDATE:
                self._journal.finish(operation, new=new, done=old)
            case Op.CREATE | Op.CREATE_REPLACEMENT:
                self._journal.finish(operation, new=new, done=old if old and old.pending_replacement else None)
            case Op.DELETE | Op.DELETE_REPLACED if old is not None:
                self._journal.finish(operation, done=None if old.pending_replacement else old)
            case Op.REMOVE_PENDING_REPLACE:
                self._journal.finish(operation, done=old)
            case Op.IMPORT:
                self._journal.finish(operation, new=new)

    def _apply(self, step: Step) -> None:
        match step.op, step.old, step.new:
            case Op.SAME, old, new if old and new:
                new.id, new.outputs = old.id, old.outputs
                if new.is_provider:
                    self._registry.configure(new.urn, new.id, old.inputs)
            case ((Op.CREATE | Op.CREATE_REPLACEMENT), _, new) if new:
                self._create(step, new)
            case Op.UPDATE, old, new if old and new:
                self._update(step, old, new)
            case ((Op.DELETE | Op.DELETE_REPLACED), old, _) if old:
                self._delete(step, old)
            case Op.REFRESH, old, _ if old:
                self._read(step, old)
            case Op.IMPORT, _, new if new:
                self._import(new)

    def _create(self, step: Step, new: ResourceState) -> None:
        if new.is_provider:
            new.id = UNKNOWN_TEXT if self._preview else str(uuid.uuid4())
            self._registry.configure(new.urn, new.id, new.inputs)
            new.outputs = new.inputs
        elif new.custom:
            provider = self._registry.get(new.provider)
            new.id, new.outputs = provider.create(new.urn, new.inputs, new.custom_timeouts.get("create", 0))
        new.created = new.modified = now()
        if step.leaves_old and step.old is not None:
            step.old.delete = True

    def _update(self, step: Step, old: ResourceState, new: ResourceState) -> None:
        new.id = old.id
        if not new.custom:
            return
        if new.is_provider:
            self._registry.configure(new.urn, new.id, new.inputs, anew=True)
            new.outputs = new.inputs
        else:
            provider = self._registry.get(new.provider)
            timeout = new.custom_timeouts.get("update", 0)
            new.outputs = provider.update(old, new.urn, new.inputs, step.ignore_changes, timeout)
        new.modified = now()

    def _delete(self, step: Step, old: ResourceState) -> None:
        replacing = step.op is Op.DELETE_REPLACED
        if old.protect and not replacing:
            raise _Protected(
                f'resource "{old.urn}" cannot be deleted\n'
                "because it is protected. To unprotect the resource, either remove the `protect` flag from the "
                "resource in your Pulumi program and run `pulumi up`, or use the command:\n"
                f"`pulumi state unprotect '{old.urn}'`"
            )
        if not self._preview and old.custom and not old.retain_on_delete:
            if old.is_provider:
                self._registry.close(f"{old.urn}::{old.id}")
            else:
                self._registry.ensure(old.provider).delete(old)
        if replacing and not old.delete:
            old.pending_replacement = True

    def _import(self, new: ResourceState) -> None:
        """Keep what the file says; the provider is only asked about the inputs, and its objections are told."""
        _, failures = self._registry.get(new.provider).check(new.urn, new.inputs, new.inputs, {})
        if failures:
            texts = [check_failure_text(new.urn, failure, new.inputs) for failure in failures]
            for text in (_DOUBT, *texts):
                self._events.emit(Diagnostic(Severity.WARNING, text, new.urn))
        new.created = new.modified = now()

    def _read(self, step: Step, old: ResourceState) -> None:
        step.new = old
        if not old.custom or old.is_provider or old.pending_replacement:
            return
        provider = self._registry.ensure(old.provider)
        found = provider.read(old, old.urn)
        if not found.id:
            step.new = None
            return
        new = old.copy()
        new.id = found.id
        new.outputs = found.outputs
        new.inputs = old.inputs if found.inputs is None else found.inputs
        if not maps_equal(new.inputs, old.inputs) or not maps_equal(new.outputs, old.outputs):
            new.modified = now()
        answer = provider.diff(new, old.urn, old.inputs, old.ignore_changes)
        step.diff = resolve_diff(answer, new.inputs, old.inputs, ignore_changes=old.ignore_changes).inverted()
        if step.diff.not_ignored:
            self._events.emit(Diagnostic(Severity.INFO, not_ignored_text(step.diff.not_ignored), old.urn))
        step.new = new


class _Protected(OfflineError):
    pass


def _found(step: Step) -> Op:
    """What a refresh found."""
    if step.new is None:
        return Op.DELETE
    return Op.UPDATE if step.new is not step.old and step.diff.changed else Op.SAME


def _with_secrets(state: ResourceState) -> PropertyMap:
    """The outputs with those marked that must be secret: by option, or because the input of that name is."""
    secret = {key for key, value in state.inputs.items() if isinstance(value, Secret)}
    secret |= set(state.additional_secret_outputs) - {"id"}
    return {
        key: Secret(value) if key in secret and not isinstance(value, Secret) else value
        for key, value in state.outputs.items()
    }


_COMPARED = ("urn", "type", "custom", "custom_timeouts", "retain_on_delete", "provider", "parent", "protect")


def _is_worth_writing(old: ResourceState, new: ResourceState) -> bool:
    """Whether a step that changed nothing in the world changed something in the state. Source: `mustWrite`."""
    return (
        any(getattr(old, name) != getattr(new, name) for name in _COMPARED)
        or not maps_equal(old.inputs, new.inputs)
        or not maps_equal(old.outputs, new.outputs)
        or sorted(old.dependencies) != sorted(new.dependencies)
        or old.property_dependencies != new.property_dependencies
    )
