"""Keys that are there already: which are adopted or overwritten, and where they stand in the way (`adopt`).

Nothing is recorded of them at a first apply, a rename or a replacement, so only Xero can tell whether the declared
secret belongs to them.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from pulumi_codat.api import CodatError
from pulumi_codat.api.contract import CLIENT_SECRET, PORTAL_PAGE
from pulumi_codat.reconcile.inputs import NOT_KNOWN_YET
from pulumi_codat.reconcile.plan import Step, Switch, WriteKeys
from pulumi_codat.reconcile.state import last_written
from pulumi_codat.redaction import is_masked

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from pulumi_codat.reconcile.inputs import IntegrationInputs
    from pulumi_codat.reconcile.live import LiveIntegration, LiveKeys
    from pulumi_codat.reconcile.state import IntegrationState

    Look = Callable[[], LiveKeys | None]

__all__ = ["adoption_warning", "client_id_not_seen", "keys_in_the_way", "stop_where_contradicted"]


def keys_in_the_way(inputs: IntegrationInputs, recorded: IntegrationState | None, live: LiveIntegration) -> str | None:
    """Why the keys that are (or are not) there keep the declared ones from being set, if they do.

    `inputs.adopt` decides where none were ever ours: at a first apply, or after one that stopped before its keys.
    """
    if live.keys is None:
        if inputs.declares_secret:
            return None
        return (
            "Codat has no keys and clientSecret is not declared, so there is nothing to write: declare the client"
            " secret, or enter the keys in the Codat Portal first"
        )
    if recorded is None and inputs.adopt == "never":
        return (
            f'Codat already has keys, with the client ID "{live.client_id}", and adopt is "never": remove them in the'
            f' Codat Portal ({PORTAL_PAGE}), or set adopt="if_same" (also where they are of this program, from a run'
            " that was interrupted, or before a rename or a replacement)"
        )
    if recorded is None or last_written(recorded) is None:
        fits = live.keys.is_of if recorded is None else live.keys.may_be_of
        if inputs.adopt != "overwrite" and not fits(inputs.client_id):
            return _not_the_same(inputs, live, live.keys)
    if not inputs.declares_secret and not live.keys.may_be_of(inputs.client_id):
        return (
            f'Codat has the client ID "{live.client_id}", and "{inputs.client_id}" is declared without a client secret,'
            " so the keys cannot be written: declare the client secret, or repair them in the Codat Portal"
        )
    return None


def _not_the_same(inputs: IntegrationInputs, live: LiveIntegration, keys: LiveKeys) -> str:
    overwrite = 'set adopt="overwrite"' + ("" if inputs.client_secret else " and declare the client secret")
    if is_masked(live.client_id) and keys.may_be_of(inputs.client_id):
        return (
            f'Codat already has keys, and shows too little of their client ID ("{live.client_id}") to tell whether they'
            f' are those of the declared "{inputs.client_id}"; they are not overwritten: {overwrite} to replace them by'
            f" the declared ones, or remove them in the Codat Portal ({PORTAL_PAGE})"
        )
    return (
        f'Codat already has keys with the client ID "{live.client_id}", and "{inputs.client_id}" is declared; they'
        f" are not overwritten: declare that client ID to adopt them, {overwrite} to replace them, or remove them in"
        f" the Codat Portal ({PORTAL_PAGE})"
    )


def client_id_not_seen(client_id: str, keys: LiveKeys | None) -> str | None:
    """What to say of a client ID that the program changes and does not write, where no read shows which is there."""
    if keys is None or keys.is_of(client_id):
        return None
    return (
        f'Codat shows too little of the client ID ("{keys.client_id}") to tell whether it is "{client_id}" by now,'
        " which is not written, because no client secret is declared: look in the Codat Portal, or declare one"
    )


def adoption_warning(inputs: IntegrationInputs, keys: LiveKeys, steps: Sequence[Step]) -> str:
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
