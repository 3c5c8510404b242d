"""Secrets that are looked for wherever something is shown or kept, in every form they could be in there."""

from __future__ import annotations

import base64
import hashlib
import html
import json
import urllib.parse
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping
    from pathlib import Path

__all__ = ["FORMS", "Canaries", "forms_of"]


def _base64_within(secret: bytes, before: int) -> bytes:
    """What base64 makes of a secret wherever it stands in something longer: without what its neighbours decide."""
    encoded = base64.b64encode(b"\0" * before + secret)
    first = -(-before * 4 // 3)
    last = (before + len(secret)) * 4 // 3
    return encoded[first:last]


def forms_of(secret: str) -> dict[str, bytes]:
    """A secret in every form, by the form's name; forms that look the same are there under each name."""
    raw = secret.encode()
    escaped = json.dumps(secret)[1:-1]
    texts = {
        "raw": secret,
        "JSON": escaped,
        "JSON in JSON": json.dumps(escaped)[1:-1],
        "repr": repr(secret)[1:-1],
        "HTML": html.escape(secret),
        "URL": urllib.parse.quote(secret, safe=""),
        "URL path": urllib.parse.quote(secret),
        "form": urllib.parse.quote_plus(secret),
        "hex": raw.hex(),
        "backwards": secret[::-1],
        "upper case": secret.upper(),
        "lower case": secret.lower(),
    }
    digests = {name: hashlib.new(name, raw).digest() for name in ("md5", "sha1", "sha256", "sha512")}
    return {
        **{name: text.encode() for name, text in texts.items()},
        **{f"base64, {before} before": _base64_within(raw, before) for before in range(3)},
        **{
            f"URL-safe base64, {before} before": _base64_within(raw, before).translate(bytes.maketrans(b"+/", b"-_"))
            for before in range(3)
        },
        **{f"{name}, hex": digest.hex().encode() for name, digest in digests.items()},
        **{f"{name}, base64": base64.b64encode(digest).rstrip(b"=") for name, digest in digests.items()},
        "UTF-16": secret.encode("utf-16-le"),
    }


FORMS: Final = tuple(forms_of("a"))
"""The names of all forms."""


@dataclass
class Canaries:
    """Secrets by what they are called, and the channels that were searched for them."""

    secrets: Mapping[str, str] = field(repr=False)
    searched: dict[str, int] = field(default_factory=dict)
    """How many bytes of each channel were searched."""
    found: list[str] = field(default_factory=list)
    """`channel: name of the secret (form)`, never the secret."""

    def __post_init__(self) -> None:
        self._forms = [
            (f"{name} ({form})", text)
            for name, secret in self.secrets.items()
            for form, text in forms_of(secret).items()
        ]

    def in_text(self, text: str | bytes) -> list[str]:
        """Which secrets are in it, each by its name and form."""
        data = text.encode(errors="surrogatepass") if isinstance(text, str) else text
        return [name for name, form in self._forms if form in data]

    def search(self, channel: str, text: str | bytes) -> None:
        """Search a channel, or more of it."""
        self.searched[channel] = self.searched.get(channel, 0) + len(text)
        self.found += [f"{channel}: {name}" for name in self.in_text(text)]

    def search_files(self, channel: str, folder: Path) -> None:
        """Search the names and the contents of all files under a folder, links not followed."""
        for path in sorted(folder.rglob("*")):
            self.search(channel, str(path.relative_to(folder)))
            if path.is_file() and not path.is_symlink():
                self.search(channel, path.read_bytes())

    def search_error(self, channel: str, error: BaseException) -> None:
        """Search an exception and all that it was raised from: as text, as repr, and what it holds."""
        for one in _chain(error):
            self.search(channel, f"{one} {one!r} {one.args!r} {vars(one)!r} {getattr(one, '__notes__', ())!r}")

    def report(self) -> list[str]:
        """A line a channel."""
        return [
            f"{channel}: searched {size} bytes, found {sum(found.startswith(f'{channel}: ') for found in self.found)}"
            for channel, size in self.searched.items()
        ]


def _chain(error: BaseException) -> Iterator[BaseException]:
    left, seen = [error], set[int]()
    while left:
        one = left.pop()
        if id(one) in seen:
            continue
        seen.add(id(one))
        yield one
        left += [link for link in (one.__cause__, one.__context__) if link is not None]
        left += [*one.exceptions] if isinstance(one, BaseExceptionGroup) else []
