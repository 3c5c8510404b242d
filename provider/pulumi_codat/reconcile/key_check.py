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
    from pulumi_codat.api.transports import RequestResult
    from pulumi_codat.reconcile.context import Context
    from pulumi_codat.reconcile.plan import Step
    from pulumi_codat.settings import Settings

__all__ = ["identity_of", "identity_url", "untold", "verified"]

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
    on_result: Callable[[httpx.Request, RequestResult], None] | None = None,
) -> XeroIdentity | None:
    """A client of the service, None where no pair is to be checked. Nothing is sent yet; `wire` is for tests."""
    url = identity_url(settings)
    return XeroIdentity(url, wire or wire_to(url), user_agent=user_agent, on_result=on_result) if url else None


def untold(context: Context) -> str | None:
    """Why no pair is checked at Xero; None where one is, or where a write must stop because none can be."""
    if context.identity is not None or context.settings.verify_xero_keys == "required":
        return None
    if context.settings.verify_xero_keys == "off":
        return "codat:verifyXeroKeys is off"
    return "no pair is sent to the real Xero with a base URL on this machine"


def verified(context: Context, codat: Codat, steps: Sequence[Step], label: str) -> tuple[Sequence[Step], str | None]:
    """The steps without keys that only a confirmed pair may be written over, and why Xero did not confirm it.

    A warning says where a pair that is written is not confirmed.
    Raises `CodatError` where the pair is wrong, or, with `codat:verifyXeroKeys` = `required`, not certainly right.
    """
    why = None
    for step in steps:
        if isinstance(step, WriteKeys):
            why = _doubt(context, codat, step)
            if why and not step.if_confirmed:
                context.warn_once(f"{label}: the key pair is not verified at Xero: {why}; it is written as declared")
    if why is None:
        return steps, None
    kept = tuple(step for step in steps if not (isinstance(step, WriteKeys) and step.if_confirmed))
    return kept, why if len(kept) < len(steps) else None


def _doubt(context: Context, codat: Codat, step: WriteKeys) -> str | None:
    """Why the pair is not certainly right; None also where it is written without a question."""
    policy = context.settings.verify_xero_keys
    if policy == "off":
        return None
    if context.identity is None:
        if policy == "required":
            raise CodatError(
                "codat:verifyXeroKeys is required, and with a base URL on this machine no pair is sent to the real"
                " Xero; nothing was written: set CODAT_XERO_IDENTITY_URL, or choose auto"
            )
        return None
    verdict = context.identity.judge(step.client_id, step.client_secret, seconds=codat.deadline.remaining())
    match verdict.pair:
        case Pair.RIGHT:
            return None
        case Pair.WRONG:
            raise CodatError(f"{verdict.why}; {_REMEDY}")
        case Pair.NO_WEB_APP if policy == "required":
            raise CodatError(f"this pair of keys cannot be used: {verdict.why}; {_REMEDY}")
        case Pair.UNTOLD if policy == "required":
            raise CodatError(
                f"the key pair could not be verified at Xero ({verdict.why}), and codat:verifyXeroKeys is required;"
                " nothing was written: run the same command again, or choose auto"
            )
        case _:
            return verdict.why
