"""How the credentials an account holds are shown when they are read back.

"Due to masking the credentials returned cannot be used to access the API", says Codat's legacy description; the format
is stated nowhere (reference, section 2.2), so every style a client may meet can be chosen for an account.
"""

import secrets
from collections.abc import Mapping
from enum import StrEnum

__all__ = ["Mask", "masked"]

_STARS = "*" * 8
_SHOWN = 4


class Mask(StrEnum):
    """A masking style."""

    STARS = "stars"
    """Always eight stars: a rotation cannot be seen."""

    LAST_FOUR = "last-four"
    """Eight stars and the last four characters, of values longer than that. The default."""

    EMPTY = "empty"
    """An empty string: only presence can be seen."""

    VERSIONED = "versioned"
    """Eight stars, and an entry `version` that changes at every save."""

    UNSTABLE = "unstable"
    """Another mask at every read, so that nothing can be concluded from a difference."""


def masked(credentials: Mapping[str, str], version: int, style: Mask, *, client_id_masked: bool) -> dict[str, str]:
    """The map as a read shows it.

    Only `clientId` may read in clear. That every other entry is masked, even one that is no secret such as
    Plaid's `environment`, is our choice, because nothing says which are spared.
    """
    shown = {
        name: value if name == "clientId" and not client_id_masked else _mask(value, style)
        for name, value in credentials.items()
    }
    if style is Mask.VERSIONED:
        shown["version"] = str(version)
    return shown


def _mask(value: str, style: Mask) -> str:
    match style:
        case Mask.STARS | Mask.VERSIONED:
            return _STARS
        case Mask.LAST_FOUR:
            return _STARS + (value[-_SHOWN:] if len(value) > _SHOWN else "")
        case Mask.EMPTY:
            return ""
        case Mask.UNSTABLE:
            return _STARS + secrets.token_hex(_SHOWN)
