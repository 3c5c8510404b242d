"""`python -m tests.model.mutants`: the guards taken away, one at a time, and whether the model finds it.

Each mutant replaces what one guard stands on; a model that cannot find it would not find the guard's loss either.
"""

from __future__ import annotations

import sys
from contextlib import ExitStack, contextmanager, redirect_stdout
from dataclasses import dataclass, replace
from importlib import import_module
from io import StringIO
from typing import TYPE_CHECKING, Any, Final
from unittest import mock

from .playing import Played, play
from .world import model_world

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

__all__ = ["MUTANTS", "hunt"]

_R: Final = "pulumi_codat.reconcile"
_ROUNDS: Final = 12
_SEQUENCES: Final = 10
_LENGTH: Final = 40


@dataclass(frozen=True)
class Mutant:
    """What is replaced (module, a name in it), and what by, given what was there."""

    module: str
    name: str
    make: Callable[[Callable[..., Any]], Callable[..., Any]]

    @contextmanager
    def applied(self) -> Iterator[None]:
        owner: Any = import_module(f"{_R}.{self.module}")
        *path, last = self.name.split(".")
        for name in path:
            owner = getattr(owner, name)
        with mock.patch.object(owner, last, self.make(getattr(owner, last))):
            yield


def _says(value: object) -> Callable[[Callable[..., Any]], Callable[..., Any]]:
    """Whatever is asked, the same is said."""
    return lambda _: lambda *_args, **_named: value


def _accepts_when_writing(guard: Callable[..., Any]) -> Callable[..., Any]:
    def mutant(desired: Any, recorded: Any, live: Any, looks: Any) -> Any:
        if looks.about_to_write:
            desired = desired.model_copy(update={"accept_disruption": True})
        return guard(desired, recorded, live, looks)

    return mutant


def _never_confirms(guard: Callable[..., Any]) -> Callable[..., Any]:
    def mutant(*given: Any) -> Any:
        steps, told = guard(*given)
        return tuple(step for step in steps if not getattr(step, "if_confirmed", False)), told

    return mutant


def _whoever_they_are(removal: Callable[..., Any]) -> Callable[..., Any]:
    return lambda state, live, linked: removal(state, replace(live, hidden=True), linked)


def _whoever_the_keys_are(removal: Callable[..., Any]) -> Callable[..., Any]:
    return lambda state, live, _look, linked: removal(state.model_copy(update={"client_id": None}), live, _look, linked)


def _disables_by_default(retained: Callable[..., Any]) -> Callable[..., Any]:
    def mutant(context: Any, kind: str, state: Any, look: Any) -> Any:
        changed = state.on_destroy is None
        return retained(context, kind, state.model_copy(update={"on_destroy": "disable"}) if changed else state, look)

    return mutant


def _any_account(_: Callable[..., Any]) -> Callable[..., Any]:
    def mutant(context: Any, codat: Any, _recorded: object) -> Any:
        context._live = codat.sync_settings().client_id
        return context._live

    return mutant


def _writes_unasked(_: Callable[..., Any]) -> Callable[..., Any]:
    return lambda _context, _codat, steps, _label: (steps, None)


MUTANTS: Final = {
    "another app's keys are overwritten": Mutant("guards", "keys_in_the_way", _says(None)),
    "no harm needs acceptance": Mutant("disruption", "needs_acceptance", _says(value=False)),
    "a company linked before the write": Mutant("integration", "guard_integration", _accepts_when_writing),
    "bank feeds without their requirements": Mutant("guards", "requirements_missing", _says(None)),
    "a secret that is not at hand": Mutant("guards", "secret_missing", _says(None)),
    "a pair that Xero does not know": Mutant("integration", "verified", _writes_unasked),
    "a confirmed secret is not written": Mutant("integration", "guard_integration", _never_confirms),
    "a mask that contradicts": Mutant("guards", "stop_where_contradicted", _says(None)),
    "drift is not held": Mutant("setting", "stop_where_undone", _says(None)),
    "a replacement is not held": Mutant("setting", "stop_replacement", _says(None)),
    "what is unproven is done": Mutant("destroy", "_require_same", _says(None)),
    "another app's keys just before the write": Mutant("setting", "stop_where_taken", _says(None)),
    "a rename is a removal": Mutant("declarations", "Declarations.holds", _says(value=False)),
    "two declarations of one setting": Mutant("declarations", "_Checked.contradicts", _says(value=False)),
    "somebody else's keys at a removal": Mutant("integration", "integration_removal", _whoever_they_are),
    "somebody else's bank feeds at a removal": Mutant("bank_feeds", "bank_feeds_removal", _whoever_the_keys_are),
    "a removal switches off by default": Mutant("setting", "why_retained", _disables_by_default),
    "keys are deleted under linked companies": Mutant("destroy", "guard_disruption", _says(())),
    "the account is not compared": Mutant("context", "Context.confirm_account", _any_account),
    "a replacement in an unknown account": Mutant("context", "Context.require_pinned_account", _says(None)),
}


def hunt(mutant: Mutant | None, rounds: int = _ROUNDS) -> Played:
    """What the model finds; `mutant` is None where all the guards stand."""
    steps = 0
    for number in range(rounds):
        with model_world() as world, ExitStack() as changed, redirect_stdout(StringIO()):
            if mutant:
                changed.enter_context(mutant.applied())
            played = play(world, 7000 + number, sequences=_SEQUENCES, length=_LENGTH)
        steps += played.steps
        if played.finding:
            return Played(steps, played.finding, played.sequence)
    return Played(steps, None)


def main() -> int:
    """A line for each mutant; 1 where one was not found, or something is found where every guard stands."""
    standing = hunt(None)
    missed = int(standing.finding is not None)
    print(f"all guards stand: {standing.steps} steps, {standing.finding or 'nothing found'}")
    print(f"{'guard taken away':44}{'caught':>8}{'steps':>8}  by")
    for name, mutant in MUTANTS.items():
        if sys.argv[1:] and name not in sys.argv[1:]:
            continue
        played = hunt(mutant)
        missed += played.finding is None
        print(
            f"{name:44}{'yes' if played.finding else 'NO':>8}{played.steps:>8}  {(played.finding or '')[:110]}",
            flush=True,
        )
    return 1 if missed else 0


if __name__ == "__main__":
    sys.exit(main())
