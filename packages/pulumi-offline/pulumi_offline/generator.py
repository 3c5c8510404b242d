"""Turns registrations into steps, one at a time: aliases, Check, Diff, and the choice between them.

Source: `pkg/resource/deploy/step_generator.go` of the CLI; measured on the pulumi CLI.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from pulumi_offline.aliases import AliasConflict, Aliases
from pulumi_offline.check_failures import check_failure_text
from pulumi_offline.dependents import dependents_of, with_unknowns
from pulumi_offline.errors import OfflineError
from pulumi_offline.events import Diagnostic, Severity
from pulumi_offline.state import ResourceState
from pulumi_offline.steps import Diff, Op, Step, apply_ignore_changes, not_ignored_text, resolve_diff
from pulumi_offline.urns import ProviderReference, make_urn
from pulumi_offline.values import maps_equal

if TYPE_CHECKING:
    from pulumi_offline.events import EventSink
    from pulumi_offline.goal import Goal
    from pulumi_offline.provider import Provider
    from pulumi_offline.registry import ProviderRegistry
    from pulumi_offline.values import PropertyMap

__all__ = ["Bail", "Generator"]

_PROVIDER_UNKNOWN = (
    "The provider for this resource has inputs that are not known during preview.\n"
    "This preview may not correctly represent the changes that will be applied during an update."
)


class Bail(OfflineError):
    """The deployment cannot go on, and why has been shown already."""


class Generator:
    """Knows what has been decided so far in one deployment. Not thread-safe: registrations are taken one by one."""

    def __init__(
        self, *, stack: str, project: str, preview: bool, registry: ProviderRegistry, events: EventSink
    ) -> None:
        self._stack = stack
        self._project = project
        self._preview = preview
        self._previous: list[ResourceState] = []
        self._olds: dict[str, ResourceState] = {}
        self._registry = registry
        self._events = events
        self._seen: set[str] = set()
        self._kept: set[str] = set()  # same, updated or replaced
        self._created: set[str] = set()
        self._deleted: set[str] = set()
        self._deleted_early: set[ResourceState] = set()
        self._replacement_keys: dict[str, tuple[str, ...]] = {}
        self._aliases = Aliases()
        self.saw_error = False

    def start_from(self, olds: list[ResourceState]) -> None:
        """The state before the program runs."""
        self._previous = olds
        self._olds = {old.urn: old for old in olds if not old.delete}

    def steps_for(self, goal: Goal) -> list[Step]:
        """The steps that make the goal true. Raises `Bail` or another `OfflineError`."""
        urn = self._new_urn(goal)
        old = self._old_for(urn, goal)
        new = self._new_state(urn, goal, old)
        recreating = urn in self._deleted
        if goal.custom and not goal.is_provider:
            new.inputs = self._checked(goal, new, None if recreating else old)
        if recreating:
            assert old is not None  # noqa: S101 - only what was there can have been deleted
            self._deleted.discard(urn)
            self._kept.add(urn)
            diff = Diff(changed=True, replace_keys=self._replacement_keys.get(urn, ()))
            return [Step(Op.REPLACE, old, new), Step(Op.CREATE_REPLACEMENT, old, new, diff)]
        if old is None:
            self._created.add(urn)
            return [Step(Op.CREATE, new=new)]
        return self._steps_from_diff(goal, old, new)

    def remaining(self) -> list[Step]:
        """The deletes of what no registration kept, in the order of the old state."""
        steps = []
        for state in self._previous:
            if state.delete:
                if state not in self._deleted_early:
                    self._deleted.add(state.urn)
                    steps.append(Step(Op.DELETE_REPLACED, old=state))
            elif self._aliases.current(state.urn) not in self._kept:
                self._deleted.add(state.urn)
                op = Op.REMOVE_PENDING_REPLACE if state.pending_replacement else Op.DELETE
                steps.append(Step(op, old=state))
        return steps

    def urn_of(self, goal: Goal) -> str:
        return make_urn(self._stack, self._project, goal.parent, goal.type, goal.name)

    def _new_urn(self, goal: Goal) -> str:
        if goal.parent and goal.parent not in self._seen:
            raise OfflineError(f"could not find parent resource {goal.parent}")
        urn = self.urn_of(goal)
        if urn in self._seen:
            self._error(urn, f"Duplicate resource URN '{urn}'; try giving it a unique name")
            raise Bail(urn)
        self._seen.add(urn)
        return urn

    def _old_for(self, urn: str, goal: Goal) -> ResourceState | None:
        try:
            found = self._aliases.find(urn, goal, self._olds, self._seen)
        except AliasConflict as conflict:
            self._error(urn, str(conflict))
            raise Bail(urn) from None
        if found is not None and found.is_provider:
            self._registry.register_alias(urn, found.urn)
        return found

    def _new_state(self, urn: str, goal: Goal, old: ResourceState | None) -> ResourceState:
        return ResourceState(
            urn=urn,
            type=goal.type,
            custom=goal.custom,
            inputs=goal.inputs,
            parent=goal.parent,
            protect=bool(goal.protect),
            retain_on_delete=bool(goal.retain_on_delete),
            provider=goal.provider if goal.needs_provider else "",
            dependencies=list(goal.dependencies),
            property_dependencies=goal.property_dependencies,
            additional_secret_outputs=list(goal.additional_secret_outputs),
            ignore_changes=list(goal.ignore_changes),
            replace_on_changes=list(goal.replace_on_changes),
            aliases=[alias] if (alias := self._aliases.of(urn)) else [],
            custom_timeouts=goal.custom_timeouts,
            created=old.created if old else "",
            modified=old.modified if old else "",
            source_position=goal.source_position,
            stack_trace=list(goal.stack_trace),
        )

    def _checked(self, goal: Goal, new: ResourceState, old: ResourceState | None) -> PropertyMap:
        """What the provider makes of the inputs. A resource that will be replaced is checked without its old inputs."""
        olds: PropertyMap = {}
        outputs: PropertyMap = {}
        news = goal.inputs
        if old is not None:
            news, invalid = apply_ignore_changes(goal.inputs, old.inputs, goal.ignore_changes)
            if invalid:
                self._say(Severity.INFO, new.urn, not_ignored_text(invalid))
            if old.taint:
                news = goal.inputs
            else:
                olds, outputs = old.inputs, old.outputs
        inputs, failures = self._registry.get(goal.provider).check(new.urn, olds, news, outputs)
        for failure in failures:
            self._error(new.urn, check_failure_text(new.urn, failure, goal.inputs))
        if failures:
            raise Bail(new.urn)
        return inputs

    def _steps_from_diff(self, goal: Goal, old: ResourceState, new: ResourceState) -> list[Step]:
        diff = self._diff(goal, old, new)
        if (diff.changed and diff.replace_keys) or old.pending_replacement:
            return self._replace(goal, old, new, diff)
        self._kept.add(new.urn)
        if diff.changed:
            return [Step(Op.UPDATE, old, new, diff, ignore_changes=goal.ignore_changes)]
        return [Step(Op.SAME, old, new)]

    def _diff(self, goal: Goal, old: ResourceState, new: ResourceState) -> Diff:
        if old.taint:
            return Diff(changed=True, replace_keys=("id",))
        if bool(old.provider) != bool(new.provider):
            return Diff(changed=True, replace_keys=("provider",))
        if not goal.custom:
            return Diff(changed=not maps_equal(old.inputs, new.inputs))
        if goal.is_provider:
            return Diff(changed=not maps_equal(old.outputs, new.inputs))
        provider = self._registry.get(goal.provider)
        if not provider.is_configured:
            self._say(Severity.WARNING, new.urn, _PROVIDER_UNKNOWN)
            return Diff(changed=True)
        return self._asked(provider, old, new.inputs, goal.ignore_changes, goal.replace_on_changes, urn=new.urn)

    def _asked(
        self,
        provider: Provider,
        old: ResourceState,
        inputs: PropertyMap,
        ignore_changes: tuple[str, ...],
        replace_on_changes: tuple[str, ...],
        *,
        urn: str,
    ) -> Diff:
        diff = resolve_diff(
            provider.diff(old, urn, inputs, ignore_changes),
            old.inputs,
            inputs,
            ignore_changes=ignore_changes,
            replace_on_changes=replace_on_changes,
        )
        if diff.not_ignored:
            self._say(Severity.INFO, urn, not_ignored_text(diff.not_ignored))
        return diff

    def _replace(self, goal: Goal, old: ResourceState, new: ResourceState, diff: Diff) -> list[Step]:
        if new.protect and old.protect:
            self.saw_error = True
            self._error(
                new.urn,
                f'unable to replace resource "{new.urn}"\nas it is currently marked for protection. To unprotect the '
                "resource, remove the `protect` flag from the resource in your Pulumi program and run `pulumi up`",
            )
            if not self._preview:
                raise Bail(new.urn)
        self._kept.add(new.urn)
        if goal.needs_provider and not old.taint:
            new.inputs = self._checked(goal, new, None)
        delete_first = diff.delete_before_replace if goal.delete_before_replace is None else goal.delete_before_replace
        if not delete_first:
            return [
                Step(Op.CREATE_REPLACEMENT, old, new, diff, leaves_old=True),
                Step(Op.REPLACE, old, new, diff, leaves_old=True),
            ]
        steps = self._delete_dependents(old)
        if old.provider:
            self._registry.ensure(old.provider)
        if not old.pending_replacement:
            self._deleted.add(old.urn)
            steps.append(Step(Op.DELETE_REPLACED, old=old))
        return [*steps, Step(Op.REPLACE, old, new, diff), Step(Op.CREATE_REPLACEMENT, old, new, diff)]

    def _delete_dependents(self, root: ResourceState) -> list[Step]:
        """What must go before `root` can go: resources that would be replaced when its outputs are unknown."""
        steps: list[Step] = []
        settled = self._kept | self._created | self._deleted
        condemned = {root.urn}
        doomed: list[ResourceState] = []
        for dependent in dependents_of(root, self._previous, settled):
            keys = self._keys_to_replace(dependent, condemned)
            if keys is not None:
                condemned.add(dependent.urn)
                doomed.append(dependent)
                self._replacement_keys[dependent.urn] = keys
        for dependent in reversed(doomed):
            if dependent in self._deleted_early:
                continue
            if dependent.protect and not dependent.delete:
                self.saw_error = True
                self._error(
                    root.urn,
                    f'unable to replace resource "{dependent.urn}" as part of replacing "{root.urn}" as it is '
                    "currently marked for protection. To unprotect the resource, remove the `protect` flag from the "
                    "resource in your Pulumi program and run `pulumi up`, or use the command:\n"
                    f"`pulumi state unprotect '{dependent.urn}'`",
                )
                raise Bail(root.urn)
            steps.append(Step(Op.DELETE if dependent.delete else Op.DELETE_REPLACED, old=dependent))
            self._deleted.add(dependent.urn)
            self._deleted_early.add(dependent)
        return steps

    def _keys_to_replace(self, dependent: ResourceState, condemned: set[str]) -> tuple[str, ...] | None:
        """The keys for which it would be replaced; None when it can stay."""
        if not dependent.custom:
            return None
        if dependent.provider and ProviderReference.parse(dependent.provider).urn in condemned:
            self._registry.ensure(dependent.provider)
            return ()
        inputs = with_unknowns(dependent, condemned)
        if inputs is None:
            return None
        if dependent.is_provider:
            self._registry.ensure(f"{dependent.urn}::{dependent.id}")
            return None  # because a dynamic provider never asks to be replaced
        provider = self._registry.ensure(dependent.provider)
        diff = self._asked(
            provider,
            dependent,
            inputs,
            tuple(dependent.ignore_changes),
            tuple(dependent.replace_on_changes),
            urn=dependent.urn,
        )
        return diff.replace_keys if diff.changed and diff.replace_keys else None

    def _error(self, urn: str, message: str) -> None:
        self._say(Severity.ERROR, urn, message)

    def _say(self, severity: Severity, urn: str, message: str) -> None:
        self._events.emit(Diagnostic(severity, message, urn))
