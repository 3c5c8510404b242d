"""Whether a key pair is right, asked at Xero before anything is written."""

from __future__ import annotations

from typing import TYPE_CHECKING

from pulumi_codat.api import CodatError
from pulumi_codat.api.wire import is_loopback, wire_to
from pulumi_codat.reconcile.plan import WriteKeys
from pulumi_codat.xero import DEFAULT_IDENTITY_URL, Pair, XeroIdentity

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    import httpx

    from pulumi_codat.api import Codat
    from pulumi_codat.api.transports import Outcome
    from pulumi_codat.reconcile.plan import Step
    from pulumi_codat.reconcile.session import Session
    from pulumi_codat.settings import Settings

__all__ = ["identity_of", "identity_url", "verify_keys"]

_REMEDY = (
    "nothing was written: compare the pair with the app's Configuration page at Xero, or generate a new secret there"
)


def identity_url(settings: Settings) -> str | None:
    """Where pairs are checked: as set, else the real Xero; None where Codat is an emulator on this machine.

    Because an emulated Codat's secrets are not for the real Xero, and a test must not reach it unasked.
    """
    if settings.verify_xero_keys == "off":
        return None
    if settings.xero_identity_url:
        return settings.xero_identity_url
    return None if is_loopback(settings.base_url) else DEFAULT_IDENTITY_URL


def identity_of(
    settings: Settings,
    *,
    user_agent: str,
    wire: httpx.BaseTransport | None = None,
    on_outcome: Callable[[httpx.Request, Outcome], None] | None = None,
) -> XeroIdentity | None:
    """A client of the service, None where no pair is to be checked. Nothing is sent yet; `wire` is for tests."""
    url = identity_url(settings)
    return XeroIdentity(url, wire or wire_to(url), user_agent=user_agent, on_outcome=on_outcome) if url else None


def verify_keys(session: Session, codat: Codat, steps: Sequence[Step], label: str) -> None:
    """Ask Xero about the pair that the steps would write, if they would; a warning says where that was not possible.

    Raises `CodatError` where the pair is wrong, or, with `codat:verifyXeroKeys` = `required`, not certainly right.
    """
    policy = session.settings.verify_xero_keys
    for step in steps:
        if policy == "off" or not isinstance(step, WriteKeys):
            continue
        if session.identity is None:
            if policy == "required":
                raise CodatError(
                    "codat:verifyXeroKeys is required, and with a base URL on this machine no pair is sent to the real"
                    " Xero; nothing was written: set CODAT_XERO_IDENTITY_URL, or choose auto"
                )
            continue
        verdict = session.identity.judge(step.client_id, step.client_secret, seconds=codat.deadline.remaining())
        match verdict.pair:
            case Pair.WRONG:
                raise CodatError(f"{verdict.why}; {_REMEDY}")
            case Pair.NO_WEB_APP if policy == "required":
                raise CodatError(f"this pair of keys cannot be used: {verdict.why}; {_REMEDY}")
            case Pair.UNTOLD if policy == "required":
                raise CodatError(
                    f"the key pair could not be verified at Xero ({verdict.why}), and codat:verifyXeroKeys is required;"
                    " nothing was written: run the same command again, or choose auto"
                )
            case Pair.NO_WEB_APP | Pair.UNTOLD:
                session.warn_once(
                    f"{label}: the key pair is not verified at Xero: {verdict.why}; it is written as declared"
                )
            case Pair.RIGHT:
                pass
