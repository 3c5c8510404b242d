"""What people do with a stack: from where, by which command, and what must hold in the end."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, Any, Final

from tests.contract.engine import Stack
from tests.contract.programs import CLIENT_ID, NEW_SECRET, OTHER_ID, PARTNER, SECRET, both, program, settings, xero
from tests.contract.reconfigured import ReconfiguredStack

if TYPE_CHECKING:
    from collections.abc import Callable

    from tests.contract.engine import Program

    from .world import FaultWorld

__all__ = ["LIKE_ANOTHER", "OPERATIONS", "Operation"]

_VARIABLE: Final = "XERO_CLIENT_SECRET"


def _nothing(_world: FaultWorld, _stack: Stack) -> None:
    """A stack that was never applied, and an account as Codat opens it."""


def _made(made: Program) -> Callable[[FaultWorld, Stack], None]:
    def given(_: FaultWorld, stack: Stack) -> None:
        stack.up(made)

    return given


def _then(
    first: Callable[[FaultWorld, Stack], None], hand: Callable[[FaultWorld], object]
) -> Callable[[FaultWorld, Stack], None]:
    def given(world: FaultWorld, stack: Stack) -> None:
        first(world, stack)
        hand(world)

    return given


@dataclass(frozen=True)
class Operation:
    """One command on one stack.

    `declared` is the program it ends with, None where everything is destroyed; `live` what Codat then holds. `off` is
    what may be switched off or deleted on the way: `enabled`, `bankFeeds`, `keys`. `act` is the command; by default
    an `up` of the program, or a destroy, which is what completes it after a fault. `refresh` is whether these refresh.
    `reconfigured` is whether the configuration differs from the one in state, so that another process refreshes than
    the one that does the rest.
    """

    given: Callable[[FaultWorld, Stack], None]
    declared: Program | None
    live: dict[str, Any]
    act: Callable[[Stack], object] | None = None
    off: frozenset[str] = frozenset()
    refresh: bool = True
    settings: dict[str, Any] = field(default_factory=dict)
    environ: dict[str, str] = field(default_factory=dict)
    reconfigured: bool = False

    def stack(self, world: FaultWorld, writes: str = "auto") -> Stack:
        """The stack, before anything was done to it."""
        given = {"account": world.account_id, "writes": writes, **self.settings}
        return ReconfiguredStack(world, given, dict(self.environ), reconfigured=self.reconfigured)

    def run(self, stack: Stack) -> None:
        """The command."""
        (self.act or self.complete)(stack)

    def complete(self, stack: Stack) -> None:
        """What must bring everything about once the fault is gone."""
        if self.declared is None:
            stack.destroy(refresh=self.refresh)
        else:
            stack.up(self.declared, refresh=self.refresh)


_ON: Final = both()
_OFF: Final = both({"enabled": False}, {"enabled": False})
_ROTATED: Final = both({"clientSecret": NEW_SECRET})
_MOVED: Final = both({"clientId": OTHER_ID, "clientSecret": NEW_SECRET, "acceptDisruption": True})
_BY_NAME: Final = program(clientSecret=None, clientSecretFrom=f"env:{_VARIABLE}")
_IDENTITY: Final = {"xero_identity_url": "http://127.0.0.1:8790/xero", "verify_xero_keys": "required"}
_GONE: Final = settings(client_id=None, enabled=False)
_GOING_OFF: Final = both({"onDestroy": "disable"}, {"onDestroy": "disable"})
_ALL_ON: Final = settings(bank_feeds=True)


def _destroys(policy: str, live: dict[str, Any], *off: str) -> Operation:
    toggle = {"onDestroy": "retain" if policy == "retain" else "disable"}
    return Operation(_made(both({"onDestroy": policy}, toggle)), None, live, off=frozenset(off))


_AS_CONFIGURED: Final[dict[str, Operation]] = {
    "create": Operation(_nothing, _ON, _ALL_ON),
    "create, pair asked at Xero": Operation(
        _then(_nothing, lambda world: world.xero_knows(CLIENT_ID, SECRET)), program(), settings(), settings=_IDENTITY
    ),
    "create, secret in a variable": Operation(_nothing, _BY_NAME, settings(), environ={_VARIABLE: SECRET}),
    "adopt": Operation(
        _then(_nothing, lambda world: world.portal(clientId=CLIENT_ID, clientSecret=SECRET)), _ON, _ALL_ON
    ),
    "overwrite": Operation(
        _then(_nothing, lambda world: world.portal(clientId=OTHER_ID, clientSecret=NEW_SECRET, enabled=True)),
        program(adopt="overwrite"),
        settings(),
    ),
    "update the client ID": Operation(
        _then(_made(_ON), lambda world: world.company()),
        _MOVED,
        settings(client_id=OTHER_ID, secret=NEW_SECRET, bank_feeds=True),
    ),
    "update the secret": Operation(_made(_ON), _ROTATED, settings(secret=NEW_SECRET, bank_feeds=True)),
    "update the secret, no refresh": Operation(
        _made(_ON), _ROTATED, settings(secret=NEW_SECRET, bank_feeds=True), refresh=False
    ),
    "switch on": Operation(_made(_OFF), both(toggle={"enabled": False}), settings()),
    "switch off": Operation(
        _then(_made(_ON), lambda world: world.company()),
        both({"enabled": False}),
        settings(enabled=False, bank_feeds=True),
        off=frozenset({"enabled"}),
    ),
    "bank feeds on": Operation(_made(both(toggle={"enabled": False})), _ON, _ALL_ON),
    "bank feeds off": Operation(_made(_ON), both(toggle={"enabled": False}), settings(), off=frozenset({"bankFeeds"})),
    "change a policy": Operation(_made(_ON), both({"onDestroy": "delete_keys"}), _ALL_ON),
    "repair the toggles": Operation(
        _then(_made(_ON), lambda world: world.portal(enabled=False, bankFeeds=False)), _ON, _ALL_ON
    ),
    "repair the secret": Operation(
        _then(_made(_ON), lambda world: world.portal(clientSecret=NEW_SECRET)), _ON, _ALL_ON
    ),
    "repair the secret, no refresh": Operation(
        _then(_made(_ON), lambda world: world.portal(clientSecret=NEW_SECRET)), _ON, _ALL_ON, refresh=False
    ),
    "repair the client ID": Operation(
        _then(_made(_ON), lambda world: world.portal(clientId=OTHER_ID, clientSecret=NEW_SECRET)), _ON, _ALL_ON
    ),
    "repair deleted keys": Operation(
        _then(_made(_ON), lambda world: world.portal(clientId=None, clientSecret=None)), _ON, _ALL_ON
    ),
    "refresh": Operation(_made(_ON), _ON, _ALL_ON, act=Stack.refresh),
    "refresh, drifted": Operation(
        _then(_made(_ON), lambda world: world.portal(enabled=False, clientSecret=NEW_SECRET)),
        _ON,
        _ALL_ON,
        act=Stack.refresh,
    ),
    "preview": Operation(_made(_ON), _ON, _ALL_ON, act=lambda stack: stack.preview(_ON)),
    "preview of a first apply": Operation(_nothing, _ON, _ALL_ON, act=lambda stack: stack.preview(_ON)),
    "preview of a change": Operation(
        _then(_made(_ON), lambda world: world.company()),
        _MOVED,
        settings(client_id=OTHER_ID, secret=NEW_SECRET, bank_feeds=True),
        act=lambda stack: stack.preview(_MOVED),
    ),
    "destroy: retain": _destroys("retain", _ALL_ON),
    "destroy: disable": _destroys("disable", settings(enabled=False), "enabled", "bankFeeds"),
    "destroy: delete_keys": _destroys("delete_keys", _GONE, "enabled", "bankFeeds", "keys"),
    "destroy: disable, no refresh": replace(
        _destroys("disable", settings(enabled=False), "enabled", "bankFeeds"), refresh=False
    ),
    "remove the bank feeds": Operation(
        _made(_GOING_OFF), program(app=PARTNER), settings(), off=frozenset({"bankFeeds"})
    ),
    "remove all": Operation(_made(_GOING_OFF), {}, settings(enabled=False), off=frozenset({"enabled", "bankFeeds"})),
    "replace": Operation(_made(_ON), _ON, _ALL_ON, act=lambda stack: stack.up(_ON, replace="xero")),
    "rename": Operation(_made(program()), {"renamed": ("XeroIntegration", xero())}, settings()),
}
_ONE_PROCESS: Final = frozenset({"refresh", "refresh, drifted"})
"""Commands without a process that would know nothing of the refresh; nor has a destroy one."""


def _reconfigured() -> dict[str, Operation]:
    """Those in which a second process does what follows a refresh."""
    return {
        f"{name}, reconfigured": replace(operation, reconfigured=True)
        for name, operation in _AS_CONFIGURED.items()
        if operation.refresh and operation.declared is not None and name not in _ONE_PROCESS
    }


OPERATIONS: Final = {**_AS_CONFIGURED, **_reconfigured()}
LIKE_ANOTHER: Final = frozenset(
    {
        "create, secret in a variable",
        "switch on",
        "update the secret, no refresh",
        "repair the secret, no refresh",
        "repair the client ID",
        "repair deleted keys",
        "destroy: disable, no refresh",
        "remove all",
    }
)
"""Operations that go nearly the way of another, left to `make matrix`."""
