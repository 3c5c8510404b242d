"""States, steps and events as tests need them, all of the stack `dev` of a project `shop`."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from pulumi_offline.events import StepView
from pulumi_offline.state import ResourceState
from pulumi_offline.steps import Diff, Op, Step

if TYPE_CHECKING:
    from pathlib import Path

    from pulumi_offline.events import Event
    from pulumi_offline.values import PropertyMap

STACK = "urn:pulumi:dev::shop::pulumi:pulumi:Stack::shop-dev"
THING = "pulumi-python:dynamic/shop:Thing"
DEFAULT_PROVIDER = "urn:pulumi:dev::shop::pulumi:providers:pulumi-python::default"
DEFAULT = f"{DEFAULT_PROVIDER}::p1"
NO_CHANGE = Diff()


def thing(name: str) -> str:
    """The URN of a thing directly below the stack."""
    return f"urn:pulumi:dev::shop::{THING}::{name}"


def state(name: str, **options: Any) -> ResourceState:
    """A thing below the stack, as far as `options` do not say otherwise."""
    given: dict[str, Any] = {
        "urn": thing(name),
        "type": THING,
        "id": f"id-{name}",
        "parent": STACK,
        "provider": DEFAULT,
    }
    return ResourceState(**{**given, **options})


def stack_state(**options: Any) -> ResourceState:
    return ResourceState(**{"urn": STACK, "type": "pulumi:pulumi:Stack", "custom": False, **options})


def provider_state(**options: Any) -> ResourceState:
    given = {"urn": DEFAULT_PROVIDER, "type": "pulumi:providers:pulumi-python", "id": "p1"}
    return ResourceState(**{**given, **options})


def view(
    op: Op, old: ResourceState | None = None, new: ResourceState | None = None, diff: Diff = NO_CHANGE
) -> StepView:
    return StepView.of(Step(op, old, new, diff), op)


def both(old: PropertyMap, new: PropertyMap, **options: Any) -> tuple[ResourceState, ResourceState]:
    """The thing `alpha` with old and with new inputs."""
    return state("alpha", inputs=old, **options), state("alpha", inputs=new, **options)


def written(directory: Path, **files: str) -> Path:
    """The directory with files in it: `Pulumi` is Pulumi.yaml, `Pulumi_dev` is Pulumi.dev.yaml."""
    for name, text in files.items():
        (directory / f"{name.replace('_', '.')}.yaml").write_text(text, encoding="utf-8")
    return directory


class Collector:
    """A sink that keeps every event."""

    def __init__(self) -> None:
        self.events: list[Event] = []

    def emit(self, event: Event) -> None:
        self.events.append(event)
