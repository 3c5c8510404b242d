"""What may be shown of a secret: masks, salted fingerprints, and the mark that stands where a secret is unknown."""

from __future__ import annotations

import base64
import hashlib
import hmac
import html
import json
import re
import secrets
from typing import TYPE_CHECKING, Final
from urllib.parse import quote, quote_plus

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping

__all__ = [
    "CHANGED_OUTSIDE",
    "HIDDEN",
    "fingerprint",
    "is_masked",
    "mask_fits",
    "mask_shows",
    "new_salt",
    "one_line",
    "without_secrets",
]

CHANGED_OUTSIDE: Final = "<changed outside of Pulumi>"
"""Stands in state where Codat's mask shows that the live secret is no longer the declared one. Never sent to anyone."""

HIDDEN: Final = "********"
"""A mask that shows nothing of what it stands for."""

_SHORTEST_CODED: Final = 8  # because fewer letters of base64 occur by chance
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


def without_secrets(text: str, hidden: Iterable[str]) -> str:
    """Others' words without what they repeat of the secrets, in any spelling of a gateway that shows its request."""
    spelled = sorted({form for secret in hidden if secret for form in _spellings(secret)}, key=len, reverse=True)
    return re.sub("|".join(map(re.escape, spelled)), "[secret]", text, flags=re.IGNORECASE) if spelled else text


def _spellings(secret: str) -> Iterator[str]:
    escaped = json.dumps(secret)[1:-1]
    yield from (secret, escaped, json.dumps(escaped)[1:-1], repr(secret)[1:-1], html.escape(secret))
    yield from (quote(secret), quote(secret, safe=""), quote_plus(secret))
    for before in range(3):  # because where it stands in a longer text decides how base64 spells it
        coded = base64.b64encode(b"\0" * before + secret.encode())[
            -(-before * 4 // 3) : (before + len(secret)) * 4 // 3
        ]
        if len(coded) >= _SHORTEST_CODED:
            yield from (coded.decode(), coded.translate(bytes.maketrans(b"+/", b"-_")).decode())


def one_line(text: str) -> str:
    """The text without line breaks and control characters, because others' words must not forge lines of a log."""
    return " ".join("".join(char if char.isprintable() else " " for char in text).split())
