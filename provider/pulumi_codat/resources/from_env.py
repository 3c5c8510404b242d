"""A secret that stays in an environment variable: state holds the variable's name and a salted fingerprint."""

from __future__ import annotations

from dataclasses import dataclass

import pulumi

from pulumi_codat.references import Reference

__all__ = ["FromEnv", "from_env"]


@dataclass(frozen=True)
class FromEnv:
    """The name of a variable, in the place of a secret; made by `from_env`."""

    variable: str


def from_env(variable: str) -> FromEnv:
    """A secret that the provider reads from an environment variable each time it is needed.

    Neither the secret nor a plain hash of it is in state. Another value than the one last written shows as an update,
    told by its fingerprint; a variable that is not set is no change, and stops only a run that must write the keys.

    :param variable: The variable's name: letters of one case, digits and underscores.
    :raises pulumi.RunError: if that is no name, because it may then be the secret itself; it is not repeated.
    """
    try:
        Reference.parse(f"env:{variable}")
    except ValueError:
        raise pulumi.RunError(
            "codat.from_env takes the name of an environment variable, such as XERO_CLIENT_SECRET (letters of one case,"
            " digits and underscores), not the secret itself"
        ) from None
    return FromEnv(variable)
