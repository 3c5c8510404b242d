"""What is recorded of the keys after an apply: the inputs that are certainly in Codat, and what Codat shows of them."""

from __future__ import annotations

from typing import TYPE_CHECKING

from pydantic import SecretStr

from pulumi_codat.api import CodatError
from pulumi_codat.api.contract import CLIENT_ID
from pulumi_codat.reconcile.live import LiveIntegration, read_keys
from pulumi_codat.reconcile.plan import Switch
from pulumi_codat.reconcile.state import IntegrationState, KeysRecord, secret_fingerprint
from pulumi_codat.reconcile.write import Fate
from pulumi_codat.redaction import CHANGED_OUTSIDE, new_salt
from pulumi_codat.xero import PLATFORM_KEY

if TYPE_CHECKING:
    from pulumi_codat.api import Codat
    from pulumi_codat.reconcile.apply import Applied
    from pulumi_codat.reconcile.inputs import IntegrationInputs
    from pulumi_codat.reconcile.live import LiveKeys

__all__ = ["achieved", "keys_record", "unverified"]


def achieved(
    inputs: IntegrationInputs, before: IntegrationState, live: LiveIntegration, applied: Applied
) -> IntegrationState:
    """The state with the declared inputs, or, where the steps stopped, as far as they came."""
    if not applied.failure:
        return before.model_copy(
            update={"client_id": inputs.client_id, "client_secret": inputs.stored_secret, "enabled": inputs.enabled}
        )
    switched = inputs.enabled is None or any(isinstance(write.step, Switch) and write.done for write in applied.writes)
    # because a write of unknown fate may have changed the secret, the next run must write it again
    secret = SecretStr(CHANGED_OUTSIDE) if applied.keys_fate is Fate.UNKNOWN else before.client_secret
    return before.model_copy(
        update={
            "client_id": inputs.client_id if applied.keys_as_declared else _client_id(before.client_id, live),
            "client_secret": inputs.stored_secret if applied.keys_as_declared else secret,
            "enabled": inputs.enabled if switched else live.integration.enabled,
        }
    )


def _client_id(recorded: str, live: LiveIntegration) -> str:
    """The recorded client ID, unless Codat shows that it is another one."""
    fits = live.hidden or (live.keys is not None and live.keys.may_be_of(recorded))
    return recorded if recorded and fits else live.client_id


def keys_record(
    codat: Codat, inputs: IntegrationInputs, before: IntegrationState, live: LiveIntegration, applied: Applied
) -> tuple[KeysRecord | None, CodatError | None]:
    """What Codat shows of the keys, now known to be the declared ones; read again, because a mask may be unstable.

    The error is why it could not be read: the keys are then written, but not yet recorded.
    """
    bare = KeysRecord(client_id=inputs.client_id, salt=new_salt())
    # because a destroy must know these keys as ours, should they be there
    if applied.keys_fate is Fate.UNKNOWN:
        return bare, None
    if applied.keys_fate is Fate.UNVERIFIED:
        return _with_secret(bare, inputs), None
    known = before.keys_record
    if live.hidden or (applied.failure and not applied.wrote_keys):
        if not applied.keys_as_declared:
            return known, None
        # because keys that are there already may have another secret than the declared one
        unproven = (inputs.declares_secret and not applied.wrote_keys) or None
        return _with_secret(known or bare.model_copy(update={"secret_unproven": unproven}), inputs), None
    same = known is not None and known.client_id == inputs.client_id
    unseen = known is not None and live.keys is not None and live.keys.may_be_of(known.client_id)
    # because a run that stopped may have left a record without a mask, and a client ID that nobody wrote or saw is none
    if known and not applied.wrote_keys and (known.mask or not before.unfinished if same else unseen):
        return _with_secret(known, inputs), None
    first, ours = applied.keys or live.keys, applied.keys is not None
    record, error = _as_shown(codat, inputs, _with_secret(bare, inputs), first, ours=ours)
    proven = applied.wrote_keys or (known is not None and same and not known.secret_unproven)
    adopted = inputs.declares_secret and not proven
    return record.model_copy(update={"secret_unproven": adopted or None}), error


def _as_shown(
    codat: Codat, inputs: IntegrationInputs, record: KeysRecord, first: LiveKeys | None, *, ours: bool
) -> tuple[KeysRecord, CodatError | None]:
    try:
        second = read_keys(codat.fresh, PLATFORM_KEY)
    except CodatError as error:
        # because one look at keys that we wrote tells of a rotation before the next run; adopted ones claim nothing yet
        return _masked(record, first) if ours and first else record, error
    if first is None or second is None:
        return record, None
    mask = first.fingerprint(record.salt)
    if mask != second.fingerprint(record.salt) and not _is_of_others(codat, inputs, second, record.salt):
        return record.model_copy(update={"client_id_unsteady": second.unsteady(CLIENT_ID, first) or None}), None
    # because keys that somebody else wrote meanwhile are drift from ours
    return _masked(record, first), None


def _masked(record: KeysRecord, keys: LiveKeys) -> KeysRecord:
    return record.model_copy(
        update={"mask": keys.fingerprint(record.salt), "shows_change": keys.shows_change_of_secret}
    )


def _is_of_others(codat: Codat, inputs: IntegrationInputs, shown: LiveKeys, salt: str) -> bool:
    """Whether the mask certainly is of another secret: it contradicts the declared one, and one more read shows it."""
    secret = inputs.client_secret
    if secret is None or shown.may_hold(secret.get_secret_value()):
        return False
    try:
        again = read_keys(codat.fresh, PLATFORM_KEY)
    except CodatError:
        return False
    return again is not None and again.fingerprint(salt) == shown.fingerprint(salt)


def _with_secret(record: KeysRecord, inputs: IntegrationInputs) -> KeysRecord:
    """The record with a fingerprint of the secret, where a variable holds it; as it was where that is not set."""
    if inputs.client_secret_from and inputs.client_secret is None:
        return record
    secret = inputs.client_secret if inputs.client_secret_from else None
    return record.model_copy(update={"secret": secret_fingerprint(record.salt, secret) if secret else None})


def unverified(
    inputs: IntegrationInputs, before: IntegrationState, live: LiveIntegration, applied: Applied
) -> tuple[str, ...] | None:
    """The declared inputs that nobody can tell to be in Codat, if any."""
    left = applied.keys_fate is Fate.UNVERIFIED
    if live.hidden or (left and live.keys is None):
        return ("clientId", "clientSecret") if inputs.declares_secret else ("clientId",)
    if left:
        return ("clientSecret",)
    return None if applied.wrote_keys or before.was_hidden else before.unverified
