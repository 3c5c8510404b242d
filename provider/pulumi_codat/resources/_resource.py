"""What our resources have in common: names in Python and in state, one resource a setting, and unfinished runs."""

from __future__ import annotations

import os
import re
from collections.abc import Sequence  # noqa: TC003 because the SDK evaluates the outputs' annotations
from typing import TYPE_CHECKING, Final
from weakref import WeakKeyDictionary

import pulumi

from pulumi_codat.diagnostics import quiet_interrupts
from pulumi_codat.resources.account import Account
from pulumi_codat.resources.from_env import FromEnv

if TYPE_CHECKING:
    from collections.abc import Mapping

    from pulumi.dynamic import ResourceProvider

__all__ = ["CodatResource", "declared_policy", "require_made_by", "to_camel"]

_INTERNAL: Final = "__"


def to_camel(name: str) -> str:
    """`client_id` -> `clientId`: state holds camelCase, as with every published Pulumi provider."""
    return name if name.startswith(_INTERNAL) else re.sub(r"_([a-z0-9])", lambda match: match[1].upper(), name)


def _to_snake(name: str) -> str:
    return name if name.startswith(_INTERNAL) else re.sub(r"([A-Z])", lambda match: "_" + match[1].lower(), name)


_declared: Final[WeakKeyDictionary[pulumi.Resource, dict[tuple[str, str], str]]] = WeakKeyDictionary()


class CodatResource(pulumi.dynamic.Resource, module="codat", name="CodatResource"):
    """Base of the resources of this package; not for programs."""

    unfinished: pulumi.Output[str | None]
    """Why the last run was applied only partially; None where it was not."""
    unverified: pulumi.Output[Sequence[str] | None]
    """Inputs that a person was asked to enter, and that Codat does not show; None where there are none."""

    def __init__(
        self,
        provider: ResourceProvider,
        resource_name: str,
        *,
        setting: str,
        inputs: Mapping[str, object],
        account: Account | None,
        outputs: tuple[str, ...],
        opts: pulumi.ResourceOptions | None,
    ) -> None:
        quiet_interrupts()
        if account is not None:
            require_made_by(Account, account, "account")
        for name, value in inputs.items():
            if isinstance(value, FromEnv):
                raise pulumi.RunError(
                    f"codat.from_env is for client_secret only, not for {name}: read that from stack configuration or"
                    " os.environ"
                )
        _refuse_second(setting, resource_name, account)
        given = {**inputs, "account": account.declared() if account else None}
        props = {name: value for name, value in given.items() if value is not None}
        computed = dict.fromkeys((*outputs, "unfinished", "unverified"))
        super().__init__(provider, resource_name, {**computed, **props}, opts)
        # because the engine records a half-made resource only from a call that succeeds, the program fails the run
        self.unfinished.apply(_fail)

    def translate_input_property(self, prop: str) -> str:
        return to_camel(prop)

    def translate_output_property(self, prop: str) -> str:
        return _to_snake(prop)


def require_made_by(kind: type, value: object, name: str) -> None:
    """Raises `pulumi.RunError` where an argument is of another type, whose attributes would be missed in a traceback.

    The value is not repeated, because it may be a secret in the wrong place.
    """
    if not isinstance(value, kind):
        raise pulumi.RunError(f"{name} must be made by codat.{kind.__name__}, not {type(value).__name__}")


def declared_policy(on_destroy: object) -> object:
    """What is sent of `on_destroy`: the default must not show as a change in stacks that do not name it."""
    return None if on_destroy == "retain" else on_destroy


def _fail(unfinished: str | None) -> None:
    if unfinished:
        raise pulumi.RunError(unfinished)


def _refuse_second(setting: str, resource_name: str, account: Account | None = None) -> None:
    """Two resources for one setting of one account would undo each other for ever.

    Raises `pulumi.RunError` naming both. Kept per run of a program (its root), because one process may run several.
    """
    root = pulumi.runtime.get_root_resource()
    if root is None:
        return
    names = _declared.setdefault(root, {})
    account_id = account.id if account else pulumi.Config("codat").get("account") or os.environ.get("CODAT_ACCOUNT")
    one = (setting, (account_id or "").lower())
    if one in names:
        raise pulumi.RunError(
            f"'{names[one]}' and '{resource_name}' both declare {setting} of the same Codat account, and would undo"
            " each other: keep one of them"
        )
    names[one] = resource_name
