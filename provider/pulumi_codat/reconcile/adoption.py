"""Keys that are there at a first apply, a rename or a replacement: what becomes of them, and of the declared secret.

Nothing is recorded of them then, so only Xero can tell whether the declared secret belongs to them.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from pulumi_codat.api import CodatError
from pulumi_codat.api.contract import CLIENT_SECRET
from pulumi_codat.reconcile.inputs import NOT_KNOWN_YET
from pulumi_codat.reconcile.plan import Step, Switch, WriteKeys

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from pulumi_codat.reconcile.inputs import IntegrationInputs
    from pulumi_codat.reconcile.live import LiveKeys

    Look = Callable[[], LiveKeys | None]

__all__ = ["stop_where_contradicted", "takeover"]


def takeover(inputs: IntegrationInputs, keys: LiveKeys, steps: Sequence[Step]) -> str:
    """What a first apply does with keys that are there already, in words."""
    written = next((step for step in steps if isinstance(step, WriteKeys)), None)
    others = ", ".join(str(step) for step in steps if step is not written)
    if written and not written.if_confirmed:
        what = (
            f'the secret of client ID "{keys.client_id}" by the declared one'
            if keys.is_of(inputs.client_id)
            else f'the keys of client ID "{keys.client_id}" by those of "{inputs.client_id}"'
        )
        return f"overwrites what is there: {what}" + (f"; {others} will be written as well" if others else "")
    switches = any(isinstance(step, Switch) for step in steps)
    toggle = "" if switches or inputs.enabled is None else f" and enabled={str(inputs.enabled).lower()}"
    verb = "are" if toggle else "is"
    secret = (
        "the declared secret will be checked at Xero, and written where Xero confirms it"
        if written
        else "the secret is not compared and stays as it is"
    )
    rest = f"; {others or 'nothing'}{' else' if written and not others else ''} will be written"
    return f'adopts what is there: client ID "{keys.client_id}"{toggle} {verb} as declared; {secret}{rest}'


def stop_where_contradicted(inputs: IntegrationInputs, keys: LiveKeys | None, look_again: Look, untold: str) -> None:
    """Where Xero cannot tell (`untold` is why).

    Raises `CodatError` where what Codat shows of the secret, at two reads, is not of the declared one.
    """
    secret = inputs.client_secret
    if keys is None or secret in (None, NOT_KNOWN_YET) or keys.may_hold(secret.get_secret_value()):
        return
    again = look_again()
    if again is None or again.unsteady(CLIENT_SECRET, keys):
        return
    raise CodatError(
        "what Codat shows of the secret contradicts the declared one, and Xero does not tell which is right"
        f" ({untold});"
        ' nothing was written: set adopt="overwrite" to write the declared one, let Xero be asked'
        " (codat:verifyXeroKeys), or declare no client secret to leave the keys as they are"
    )
