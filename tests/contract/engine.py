"""The order in which the engine calls a provider, and nothing else of the engine: an emulation for these tests.

What each call is given, when it is made and what follows from its answer is that of the real engine, as measured on
the CLI: old inputs to check, old outputs to diff, update and delete; a refresh reads, then asks for a diff the other
way round; where diff leaves it to the engine, old and new inputs are compared; deletes come after the program.
A refresh is configured as the last update was: where the configuration differs by now, another process does the rest.
"""

from __future__ import annotations

import json
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from pulumi_codat.pipeline import Pipeline
from pulumi_codat.reconcile import Difference
from pulumi_codat.references import Sources

if TYPE_CHECKING:
    from collections.abc import Iterator

    from .world import Process, World

Inputs = dict[str, Any]
Program = dict[str, tuple[str, Inputs]]
"""What a program declares: kind and inputs by the resource's name, in the order of registration."""


class CheckFailed(Exception):
    """The engine stops at a resource whose check names failures."""


class RunFailed(Exception):
    """The program fails, because a resource says that it is unfinished."""


@dataclass
class Recorded:
    kind: str
    inputs: Inputs
    outputs: dict[str, Any]


@dataclass
class Phase:
    """What one phase did: a step for each resource, warnings, and what Codat was asked."""

    steps: dict[str, str] = field(default_factory=dict)
    warnings: list[str] = field(default_factory=list)
    requests: list[str] = field(default_factory=list)
    records: list[dict[str, Any]] = field(default_factory=list)
    """The same requests in the order of their arrival, each with the account that it was made to."""

    @property
    def writes(self) -> list[str]:
        return [line for line in self.requests if not line.startswith("GET ")]


@dataclass
class Stack:
    """A stack's state, and the phases of its commands. `settings` are those of each provider process.

    `environ` and `config` are what a provider process can look keys and secrets up in by name.

    `refreshed_with` is the configuration that the state still has, where the stack's differs from it by now.

    A phase that fails leaves what it did in `last`.
    `replace` in `preview` and `up` names resources that are to be replaced (tainted, --replace).
    """

    world: World
    settings: dict[str, Any] = field(default_factory=dict)
    environ: dict[str, str] = field(default_factory=dict)
    config: dict[str, Any] = field(default_factory=dict)
    refreshed_with: dict[str, Any] | None = None
    pipeline: Pipeline = field(default_factory=Pipeline)
    resources: dict[str, Recorded] = field(default_factory=dict)
    last: Phase = field(default_factory=Phase)

    def preview(self, program: Program, *, refresh: bool = True, replace: str | None = None) -> Phase:
        """The preview's phase; the state stays as it was."""
        before = json.dumps({name: vars(recorded) for name, recorded in self.resources.items()})
        try:
            return self._run(program, refresh=refresh, replace=replace, dry=True)
        finally:
            self.resources = {name: Recorded(**kept) for name, kept in json.loads(before).items()}

    def up(self, program: Program, *, refresh: bool = True, replace: str | None = None) -> Phase:
        """The update's phase, in a process of its own, as the engine does it after the preview."""
        return self._run(program, refresh=refresh, replace=replace, dry=False)

    def refresh(self) -> Phase:
        with self._phase(), self._process(self.settings) as process:
            self._refresh(process)
        return self.last

    def destroy(self, *, refresh: bool = True) -> Phase:
        with self._phase(), self._process(self.settings) as process:
            if refresh:
                self._refresh(process)
            self._delete(process, set(self.resources))
        return self.last

    @contextmanager
    def _phase(self) -> Iterator[None]:
        self.world.requests()
        self.last = Phase()
        try:
            yield
        finally:
            self.last.records = self.world.records()
            self.last.requests = self.world.requests()

    @contextmanager
    def _process(self, settings: dict[str, Any]) -> Iterator[Process]:
        with self.world.process(Sources(self.config, self.environ), self.pipeline, **settings) as process:
            try:
                yield process
            finally:
                self.last.warnings += process.warnings

    def _run(self, program: Program, *, refresh: bool, replace: str | None, dry: bool) -> Phase:
        with self._phase():
            if refresh and self.refreshed_with is not None:
                with self._process(self.refreshed_with) as process:
                    self._refresh(process)
            with self._process(self.settings) as process:
                if refresh and self.refreshed_with is None:
                    self._refresh(process)
                self._deploy(process, program, replace=replace, dry=dry)
        return self.last

    def _deploy(self, process: Process, program: Program, *, replace: str | None, dry: bool) -> None:
        replaced: list[Recorded] = []
        unfinished = ""
        for name, (kind, inputs) in program.items():
            step = self.last.steps[name] = self._step(process, name, kind, wire(inputs), replace=name == replace)
            if not dry:
                replaced += self._carry_out(process, name, kind, wire(inputs), step)
                unfinished = self.resources[name].outputs.get("unfinished", unfinished)
        if unfinished:
            raise RunFailed(unfinished)
        gone = {name for name in self.resources if name not in program}
        self.last.steps |= dict.fromkeys(gone, "delete")
        if not dry:
            for old in replaced:
                process.life(old.kind).delete(old.outputs)
            self._delete(process, gone)

    def _refresh(self, process: Process) -> None:
        for recorded in self.resources.values():
            life = process.life(recorded.kind)
            seen = life.read(recorded.outputs)
            life.diff(wire(seen.outputs), recorded.inputs, frozenset())
            recorded.inputs, recorded.outputs = wire(seen.inputs), wire(seen.outputs)

    def _step(self, process: Process, name: str, kind: str, inputs: Inputs, *, replace: bool) -> str:
        life = process.life(kind)
        old = self.resources.get(name)
        _check(life.check(old.inputs if old else {}, inputs, frozenset()))
        if old is None:
            return "create"
        if replace:  # of which the engine asks no diff
            _check(life.check({}, inputs, frozenset()))
            return "replace"
        difference = life.diff(old.outputs, inputs, frozenset())
        if difference is Difference.LIVE or (difference is Difference.INPUTS and old.inputs != inputs):
            return "update"
        return "same"

    def _carry_out(self, process: Process, name: str, kind: str, inputs: Inputs, step: str) -> list[Recorded]:
        """What is replaced, and to be deleted after the program."""
        life = process.life(kind)
        old = self.resources.get(name)
        match step:
            case "same":
                outputs = self.resources[name].outputs
            case "update":
                outputs = life.update(self.resources[name].outputs, inputs)
            case _:
                outputs = life.create(inputs)
        self.resources[name] = Recorded(kind, inputs, wire(outputs))
        return [old] if old and step == "replace" else []

    def _delete(self, process: Process, names: set[str]) -> None:
        for name in [name for name in reversed(self.resources) if name in names]:
            recorded = self.resources[name]
            process.life(recorded.kind).delete(recorded.outputs)
            del self.resources[name]


def wire(properties: dict[str, Any]) -> dict[str, Any]:
    """What protobuf makes of it: no None, every number a float, nothing shared."""
    plain: dict[str, Any] = json.loads(json.dumps(_without_none(properties)), parse_int=float)
    return plain


def _without_none(value: Any) -> Any:
    if isinstance(value, dict):
        return {name: _without_none(item) for name, item in value.items() if item is not None}
    return value


def _check(failures: Any) -> None:
    if failures:
        raise CheckFailed("; ".join(failures))
