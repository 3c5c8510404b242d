"""`pulumi-codat offline`: the offline engine, for programs that talk to the emulator and to nothing else."""

from __future__ import annotations

from typing import TYPE_CHECKING
from urllib.parse import urlsplit

from pulumi_codat.api.contract import DEFAULT_BASE_URL
from pulumi_codat.api.wire import is_loopback
from pulumi_offline import Refusal
from pulumi_offline.command import offline_group

if TYPE_CHECKING:
    from collections.abc import Mapping

__all__ = ["offline", "refuse_other_hosts"]


def refuse_other_hosts(config: Mapping[str, object], environ: Mapping[str, str]) -> None:
    """Raise `Refusal` unless the provider would talk to this machine.

    The effective base URL is CODAT_BASE_URL, else `codat:baseUrl`, else Codat's own. Xero's identity service is never
    the real one where the base URL is this machine, unless CODAT_XERO_IDENTITY_URL or `codat:xeroIdentityUrl` says so.
    """
    url = environ.get("CODAT_BASE_URL") or str(config.get("codat:baseUrl") or DEFAULT_BASE_URL)
    identity = environ.get("CODAT_XERO_IDENTITY_URL") or config.get("codat:xeroIdentityUrl")
    if identity and not is_loopback(str(identity)):
        raise Refusal(
            f"the offline engine is for trying and testing against the emulator and refuses {_shown(str(identity))}; "
            "unset CODAT_XERO_IDENTITY_URL and codat:xeroIdentityUrl, or use the pulumi CLI"
        )
    if not is_loopback(url):
        raise Refusal(
            f"the offline engine is for trying and testing against the emulator and refuses {_shown(url)}; "
            "start `pulumi-codat emulator` and set CODAT_BASE_URL, or use the pulumi CLI"
        )


def _shown(url: str) -> str:
    """The URL without anything that could be a password."""
    try:
        parts = urlsplit(url)
    except ValueError:
        return "a malformed base URL"
    return f"{parts.scheme}://{parts.netloc.rpartition('@')[2]}{parts.path}"


offline = offline_group("offline", refuse_other_hosts)
