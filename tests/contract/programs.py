"""What the tests' programs declare."""

from __future__ import annotations

from hashlib import sha256
from typing import TYPE_CHECKING, Any, Final

if TYPE_CHECKING:
    from .engine import Inputs, Program

CLIENT_ID: Final = "3D5A1C7E9B2F4860A1B2C3D4E5F60718"
OTHER_ID: Final = "8F0E2D4C6B8A49719E1F3D5B7A9C0E2D"
SECRET: Final = "s3cret-canary-of-the-first-AAAA"
NEW_SECRET: Final = "s3cret-canary-of-the-second-BBBB"
PARTNER: Final[dict[str, Any]] = {"tier": "core", "certifiedPartner": True, "bankFeedsGranted": True}


def xero(**changes: Any) -> Inputs:
    """The integration, switched on; a change to None leaves that input out."""
    given = {"clientId": CLIENT_ID, "clientSecret": SECRET, "enabled": True} | changes
    return {name: value for name, value in given.items() if value is not None}


def feeds(**changes: Any) -> Inputs:
    """The bank-feeds toggle, switched on, with an app that may."""
    given = {"platformKey": "gbol", "enabled": True, "app": PARTNER} | changes
    return {name: value for name, value in given.items() if value is not None}


def program(**changes: Any) -> Program:
    """A program with the integration alone."""
    return {"xero": ("XeroIntegration", xero(**changes))}


def both(integration: Inputs | None = None, toggle: Inputs | None = None) -> Program:
    """A program with the integration and the toggle."""
    return {
        "xero": ("XeroIntegration", xero(app=PARTNER) | (integration or {})),
        "feeds": ("XeroBankFeeds", feeds() | (toggle or {})),
    }


def digest(secret: str) -> str:
    """How the emulator proves which secret it holds."""
    return sha256(secret.encode()).hexdigest()


def settings(
    *, client_id: str | None = CLIENT_ID, secret: str = SECRET, enabled: bool = True, bank_feeds: bool = False
) -> dict[str, Any]:
    """The account's settings, as `World.live` shows them."""
    return {
        "clientId": client_id,
        "clientSecretSha256": digest(secret) if client_id else None,
        "enabled": enabled,
        "bankFeeds": bank_feeds,
    }
