"""What every resource's life consists of, in plain data; an adapter only has to pass it on."""

from __future__ import annotations

from contextlib import contextmanager
from dataclasses import dataclass
from enum import Enum, auto
from typing import TYPE_CHECKING, Protocol, Self

from pulumi_codat.api import CodatError

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    from pulumi_codat.reconcile.drift import Drift

__all__ = [
    "Difference",
    "Lifecycle",
    "Refreshed",
    "about",
    "differing",
    "drift_warning",
    "label",
]

if TYPE_CHECKING:
    Properties = Mapping[str, object]


class Difference(Enum):
    """What an update would be for."""

    NONE = auto()
    INPUTS = auto()
    """The program's inputs differ from what was last applied, or are not known yet."""
    LIVE = auto()
    """The inputs are as last applied; Codat is not, or the last run was partially applied."""


@dataclass(frozen=True)
class Refreshed:
    """What a refresh found: outputs and inputs as Codat shows them, our own records as they were."""

    outputs: dict[str, object]
    inputs: dict[str, object]

    @classmethod
    def of(cls, before: Properties, seen: Properties, input_names: Sequence[str]) -> Self:
        """Outputs with what was seen; inputs with the names that were there before, so that nothing new is managed."""
        outputs = {**before, **seen}
        return cls(outputs, {name: outputs[name] for name in input_names if name in before})


class Lifecycle(Protocol):
    """One kind of resource. All but `check` raise `CodatError`, whose text is one line that names the resource."""

    def check(self, old: Properties, new: Properties, unknown: frozenset[str]) -> Sequence[str]:
        """Every reason, one line each, why these inputs cannot be applied.

        Looks at Codat where the inputs are right and `old` is empty; an update is looked at by `diff`.
        """
        ...

    def diff(self, outputs: Properties, new: Properties, unknown: frozenset[str]) -> Difference:
        """What an update would be for; raises where it must not be made.

        Also called by a refresh, with new and old the other way round; then it looks at nothing.
        """
        ...

    def create(self, new: Properties) -> dict[str, object]:
        """Bring Codat to the inputs; an output `unfinished` says that it was partially applied, and why."""
        ...

    def read(self, outputs: Properties) -> Refreshed:
        """Look at Codat."""
        ...

    def update(self, outputs: Properties, new: Properties) -> dict[str, object]:
        """Bring Codat to the inputs; an output `unfinished` says that it was partially applied, and why."""
        ...

    def delete(self, outputs: Properties) -> None:
        """Do what the destroy policy says."""
        ...


@contextmanager
def about(label: str) -> Iterator[None]:
    """Put the resource's name before whatever error passes."""
    try:
        yield
    except CodatError as error:
        raise CodatError(f"{label}: {error}") from None


def label(kind: str, platform_key: str, account: str | None = None) -> str:
    """How a resource is called in messages: `XeroIntegration (gbol, Acme Prod)`."""
    return f"{kind} ({platform_key}, {account})" if account else f"{kind} ({platform_key})"


def differing(names: Sequence[str], old: Properties, new: Properties) -> bool:
    """Whether any of these inputs is not equal; absent and None are the same, because the engine drops None."""
    return any(old.get(name) != new.get(name) for name in names)


def drift_warning(label: str, drifts: Sequence[Drift], repair: str) -> str:
    """The one warning a resource that lets a reviewer tell a repair from an intended change; `repair` is its end."""
    changes = "; ".join(str(drift) for drift in drifts)
    return f"{label}: changed outside of Pulumi: {changes}; {repair}"
