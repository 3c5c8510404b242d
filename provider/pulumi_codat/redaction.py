"""What may be shown of a secret: masks, salted fingerprints, and the mark that stands where a secret is unknown."""

from __future__ import annotations

import hashlib
import hmac
import json
import secrets
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from collections.abc import Mapping

__all__ = ["CHANGED_OUTSIDE", "HIDDEN", "fingerprint", "is_masked", "mask_fits", "mask_shows", "new_salt", "one_line"]

CHANGED_OUTSIDE: Final = "<changed outside of Pulumi>"
"""Stands in state where Codat's mask shows that the live secret is no longer the declared one. Never sent to anyone."""

HIDDEN: Final = "********"
"""A mask that shows nothing of what it stands for."""

_MASKING: Final = frozenset("*•●…")


def is_masked(text: str) -> bool:
    """Whether a value from Codat hides something; an empty one hides all."""
    return not text or any(char in _MASKING for char in text)


def mask_fits(mask: str, value: str) -> bool:
    """Whether `mask` could stand for `value`: what it shows at its two ends must be the value's."""
    if not is_masked(mask):
        return mask == value
    hidden = [at for at, char in enumerate(mask) if char in _MASKING]
    head, tail = (mask[: hidden[0]], mask[hidden[-1] + 1 :]) if hidden else ("", "")
    return value.startswith(head) and value.endswith(tail)


def mask_shows(mask: str) -> bool:
    """Whether the mask depends on the value at all: something of it is left to see."""
    return any(char not in _MASKING for char in mask)


def new_salt() -> str:
    """A salt of one resource's own, so that equal secrets have different fingerprints."""
    return secrets.token_hex(16)


def fingerprint(salt: str, shown: Mapping[str, object]) -> str:
    """A salted digest of what Codat shows; it says whether that changed and nothing else."""
    text = json.dumps(dict(shown), sort_keys=True, ensure_ascii=True)
    return hmac.new(bytes.fromhex(salt), text.encode(), hashlib.sha256).hexdigest()


def one_line(text: str) -> str:
    """The text without line breaks and control characters, because others' words must not forge lines of a log."""
    return " ".join("".join(char if char.isprintable() else " " for char in text).split())
