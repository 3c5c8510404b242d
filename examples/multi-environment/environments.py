"""What differs between the environments, reviewed as code; which account each may touch is in its stack file."""

from dataclasses import dataclass
from typing import Literal

import pulumi

__all__ = ["Environment", "environment_of"]


@dataclass(frozen=True)
class Environment:
    """One environment's Xero app, and what `pulumi destroy` may do to it."""

    client_id: str
    tier: Literal["starter", "core"]
    bank_feeds: bool
    on_destroy: Literal["retain", "disable", "delete_keys"]
    protect: bool = False


_ENVIRONMENTS = {
    "dev": Environment("3D5A1C7E9B2F4860A1B2C3D4E5F60718", "starter", bank_feeds=False, on_destroy="delete_keys"),
    "staging": Environment("5C7E9A1B3D4F48628091A2B3C4D5E6F7", "starter", bank_feeds=True, on_destroy="disable"),
    "prod": Environment("8F0E2D4C6B8A49719E1F3D5B7A9C0E2D", "core", bank_feeds=True, on_destroy="retain", protect=True),
}


def environment_of(stack: str) -> Environment:
    """The environment a stack is for; another name than those above is refused."""
    try:
        return _ENVIRONMENTS[stack]
    except KeyError:
        raise pulumi.RunError(f"no environment '{stack}': the stacks are {', '.join(_ENVIRONMENTS)}") from None
