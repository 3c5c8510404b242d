"""Plans as tables: what is desired, recorded and live, and the steps in their order."""

from __future__ import annotations

from dataclasses import FrozenInstanceError
from typing import TYPE_CHECKING

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import SecretStr

from pulumi_codat.api import CodatError
from pulumi_codat.reconcile.drift import Drift, bank_feeds_drift, integration_drift, secret_changed_outside
from pulumi_codat.reconcile.guards import secret_missing
from pulumi_codat.reconcile.plan import (
    DeleteKeys,
    Step,
    Switch,
    SwitchBankFeeds,
    WriteKeys,
    keys_needed,
    plan_bank_feeds,
    plan_integration,
)
from pulumi_codat.reconcile.state import IntegrationState, KeysRecord, secret_fingerprint
from pulumi_codat.redaction import CHANGED_OUTSIDE

from .made import (
    CLIENT_ID,
    SALT,
    SECRET,
    bank_feeds,
    desired,
    desired_bank_feeds,
    keys,
    live,
    recorded,
    recorded_bank_feeds,
)

if TYPE_CHECKING:
    from pulumi_codat.reconcile.live import LiveIntegration

ON, OFF = Switch(enabled=True), Switch(enabled=False)
NEW_KEYS = WriteKeys(CLIENT_ID, SecretStr(SECRET), replaces_app=False)
OTHER_APPS_KEYS = WriteKeys(CLIENT_ID, SecretStr(SECRET), replaces_app=True)
OVER_THE_SAME_APPS = WriteKeys(CLIENT_ID, SecretStr(SECRET), replaces_secret=True)
IF_CONFIRMED = WriteKeys(CLIENT_ID, SecretStr(SECRET), replaces_secret=True, if_confirmed=True)
ROTATED = WriteKeys(CLIENT_ID, SecretStr("another"), replaces_secret=True)

NOTHING_RECORDED: list[tuple[dict[str, object], LiveIntegration, tuple[Step, ...]]] = [
    ({}, live(None, enabled=False), (NEW_KEYS, ON)),
    ({"enabled": False}, live(None, enabled=False), (NEW_KEYS,)),
    ({"enabled": False}, live(None), (OFF, NEW_KEYS)),
    ({"enabled": None}, live(None), (NEW_KEYS,)),
    ({}, live(keys()), (IF_CONFIRMED,)),
    ({}, live(keys(), enabled=False), (IF_CONFIRMED, ON)),
    ({"enabled": False}, live(keys()), (OFF, IF_CONFIRMED)),
    ({}, live(keys(secret="********other")), (IF_CONFIRMED,)),
    ({"clientSecret": None}, live(keys()), ()),
    ({}, live(keys(client_id="****")), ()),
    ({}, live(keys(client_id="OTHER")), (OTHER_APPS_KEYS,)),
    ({}, live(keys(client_id="OTHER"), enabled=False), (OTHER_APPS_KEYS, ON)),
    ({"enabled": False}, live(keys(client_id="OTHER")), (OFF, OTHER_APPS_KEYS)),
    ({"clientSecret": None}, live(None, enabled=False), (ON,)),
    ({"clientSecret": None}, live(keys(client_id="OTHER")), ()),
    ({"clientSecret": None, "enabled": None}, live(None), ()),
    ({"adopt": "never"}, live(keys()), ()),
    ({"adopt": "overwrite"}, live(None), (NEW_KEYS,)),
    ({"adopt": "overwrite"}, live(keys()), (OVER_THE_SAME_APPS,)),
    ({"adopt": "overwrite"}, live(keys(), enabled=False), (OVER_THE_SAME_APPS, ON)),
    ({"adopt": "overwrite"}, live(keys(client_id="****")), (OTHER_APPS_KEYS,)),
    ({"adopt": "overwrite"}, live(keys(client_id="OTHER")), (OTHER_APPS_KEYS,)),
    ({"adopt": "overwrite", "clientSecret": None}, live(keys()), ()),
    ({"adopt": "overwrite", "clientSecret": None}, live(keys(client_id="OTHER")), ()),
]


@pytest.mark.parametrize(("inputs", "found", "steps"), NOTHING_RECORDED)
def test_without_a_record_only_missing_or_other_keys_are_written(
    inputs: dict[str, object], found: LiveIntegration, steps: tuple[Step, ...]
) -> None:
    assert plan_integration(desired(**inputs), None, found) == steps


RECORDED: list[tuple[dict[str, object], IntegrationState, LiveIntegration, tuple[Step, ...]]] = [
    ({}, recorded(), live(keys()), ()),
    ({}, recorded(), live(keys(), enabled=False), (ON,)),
    ({"enabled": False}, recorded(), live(keys()), (OFF,)),
    ({"clientSecret": "another"}, recorded(), live(keys()), (ROTATED,)),
    ({"clientSecret": "another"}, recorded(), live(keys(), enabled=False), (ROTATED, ON)),
    ({"clientSecret": "another", "enabled": False}, recorded(), live(keys()), (OFF, ROTATED)),
    ({}, recorded(client_id="OLD"), live(keys(client_id="OLD")), (OTHER_APPS_KEYS,)),
    ({}, recorded(client_id="OLD"), live(keys()), (OVER_THE_SAME_APPS,)),
    ({}, recorded(keys(client_id="****"), client_id="OLD"), live(keys(client_id="****")), (OVER_THE_SAME_APPS,)),
    ({}, recorded(client_id="OLD"), live(keys(client_id="****")), (OTHER_APPS_KEYS,)),
    ({}, recorded(client_id="OLD", keys_record=None), live(keys(client_id="****")), (OTHER_APPS_KEYS,)),
    ({"adopt": "overwrite"}, recorded(), live(keys()), ()),
    ({}, recorded(), live(keys(client_id="PORTAL")), (OTHER_APPS_KEYS,)),
    ({}, recorded(), live(keys(secret="********zzzz")), (OVER_THE_SAME_APPS,)),
    ({}, recorded(), live(None), (NEW_KEYS,)),
    ({}, recorded(), live(None, enabled=False), (NEW_KEYS, ON)),
    ({}, recorded(client_secret=None), live(keys()), (OVER_THE_SAME_APPS,)),
    ({}, recorded(client_secret=SecretStr(CHANGED_OUTSIDE)), live(keys()), (OVER_THE_SAME_APPS,)),
    ({"clientSecret": None}, recorded(), live(keys(secret="********zzzz")), ()),
    ({"clientSecret": None}, recorded(), live(keys(client_id="PORTAL")), ()),
    ({}, recorded(keys_record=None), live(keys(secret="********zzzz")), ()),
    ({"enabled": None}, recorded(), live(keys(), enabled=False), ()),
]


@pytest.mark.parametrize(("inputs", "before", "found", "steps"), RECORDED)
def test_with_a_record_what_differs_from_it_is_written(
    inputs: dict[str, object], before: IntegrationState, found: LiveIntegration, steps: tuple[Step, ...]
) -> None:
    assert plan_integration(desired(**inputs), before, found) == steps


FROM_VARIABLE: dict[str, object] = {"clientSecretFrom": "env:XERO_CLIENT_SECRET"}
NOT_SET: dict[str, object] = FROM_VARIABLE | {"clientSecret": None}


def recorded_from_variable(secret: str | None = SECRET, **fields: object) -> IntegrationState:
    """As recorded after an apply whose secret was in a variable."""
    print_ = secret_fingerprint(SALT, SecretStr(secret)) if secret else None
    record = KeysRecord(client_id=CLIENT_ID, salt=SALT, mask=keys().fingerprint(SALT), secret=print_)
    return recorded(client_secret=None, client_secret_from="env:XERO_CLIENT_SECRET", keys_record=record, **fields)


VARIABLES: list[tuple[dict[str, object], IntegrationState | None, LiveIntegration, bool]] = [
    (FROM_VARIABLE, None, live(None), True),
    (FROM_VARIABLE, None, live(keys()), False),
    (FROM_VARIABLE, recorded_from_variable(), live(keys()), False),
    (FROM_VARIABLE, recorded_from_variable("another"), live(keys()), True),
    (FROM_VARIABLE, recorded_from_variable(None), live(keys()), True),
    (FROM_VARIABLE, recorded_from_variable(), live(keys(secret="********zzzz")), True),
    (FROM_VARIABLE, recorded_from_variable(client_id="OLD"), live(keys()), True),
    (FROM_VARIABLE, recorded(), live(keys()), False),
    (FROM_VARIABLE, recorded(client_secret=SecretStr("old")), live(keys()), True),
    ({}, recorded_from_variable(), live(keys()), False),
    ({}, recorded_from_variable("another"), live(keys()), True),
    (NOT_SET, None, live(None), True),
    (NOT_SET, None, live(keys()), False),
    (NOT_SET, recorded_from_variable(), live(keys()), False),
    (NOT_SET, recorded_from_variable(None), live(keys()), False),
    (NOT_SET, recorded_from_variable(), live(keys(secret="********zzzz")), True),
    (NOT_SET, recorded_from_variable(), live(keys(client_id="PORTAL")), True),
    (NOT_SET, recorded_from_variable(), live(None), True),
    (NOT_SET, recorded(), live(keys()), False),
    (NOT_SET, recorded(client_secret=SecretStr(CHANGED_OUTSIDE)), live(keys()), True),
]


@pytest.mark.parametrize(("inputs", "before", "found", "needed"), VARIABLES)
def test_a_secret_in_a_variable_is_compared_by_its_fingerprint(
    inputs: dict[str, object], before: IntegrationState | None, found: LiveIntegration, *, needed: bool
) -> None:
    wanted = desired(**inputs)
    assert keys_needed(wanted, before, found) is needed
    writes = [step for step in plan_integration(wanted, before, found) if isinstance(step, WriteKeys)]
    adopts = before is None and found.keys is not None
    assert bool(writes) is ((needed or adopts) and wanted.client_secret is not None)
    begins = before is None or before.client_secret_from is None  # because its fingerprint is recorded then
    assert (secret_missing(wanted, before, found) is not None) is ((needed or begins) and wanted.client_secret is None)


@pytest.mark.parametrize("wanted", [True, False])
@pytest.mark.parametrize("found", [True, False])
def test_bank_feeds_are_switched_only_where_they_differ(*, wanted: bool, found: bool) -> None:
    steps = plan_bank_feeds(desired_bank_feeds(enabled=wanted), bank_feeds(enabled=found))
    assert steps == (() if wanted == found else (SwitchBankFeeds(wanted),))


@pytest.mark.parametrize(
    ("step", "disruptive", "words"),
    [
        (NEW_KEYS, False, "write the keys"),
        (OTHER_APPS_KEYS, True, "write the keys"),
        (OVER_THE_SAME_APPS, True, "write the keys"),
        (ON, False, "switch the integration on"),
        (OFF, True, "switch the integration off"),
        (DeleteKeys(), True, "delete the keys"),
        (SwitchBankFeeds(enabled=True), False, "switch bank feeds on"),
        (SwitchBankFeeds(enabled=False), True, "switch bank feeds off"),
    ],
)
def test_a_step_knows_whether_it_harms_and_its_words(step: Step, words: str, *, disruptive: bool) -> None:
    assert step.disruptive is disruptive
    assert str(step) == words
    assert SECRET not in repr(step)


def test_the_mark_of_a_changed_secret_can_be_no_step() -> None:
    with pytest.raises(CodatError, match="is no secret to write"):
        WriteKeys(CLIENT_ID, SecretStr(CHANGED_OUTSIDE), replaces_app=False)


def test_a_step_cannot_be_changed() -> None:
    with pytest.raises(FrozenInstanceError):
        ON.enabled = False  # type: ignore[misc] # because that is what must not work


DRIFTS: list[tuple[IntegrationState, LiveIntegration, tuple[Drift, ...]]] = [
    (recorded(), live(keys()), ()),
    (recorded(), live(keys(), enabled=False), (Drift("enabled", "false", "true"),)),
    (recorded(enabled=False), live(keys()), (Drift("enabled", "true", "false"),)),
    (recorded(enabled=None), live(keys(), enabled=False), ()),
    (
        recorded(),
        live(keys(client_id="PORTAL")),
        (Drift("clientId", '"PORTAL"', '"ABC"'),),
    ),
    (recorded(), live(None), (Drift("clientId", '""', '"ABC"'),)),
    (recorded(client_id=""), live(None), (Drift("clientId", '""', '"ABC"'),)),
    (recorded(client_id=""), live(keys()), ()),
    (recorded(client_id=""), live(keys(client_id="PORTAL")), (Drift("clientId", '"PORTAL"', '"ABC"'),)),
    (recorded(keys(client_id="****")), live(keys(client_id="****")), ()),
    (recorded(), live(keys(secret="********zzzz")), (Drift("clientSecret", "[another secret]", "[secret]"),)),
    (recorded(), live(keys(version="2")), (Drift("clientSecret", "[another secret]", "[secret]"),)),
    (recorded(client_secret=None), live(keys(secret="********zzzz")), ()),
    (
        recorded(client_secret=SecretStr(CHANGED_OUTSIDE)),
        live(keys(secret="********zzzz")),
        (Drift("clientSecret", "[another secret]", "[secret]"),),
    ),
    (recorded(adopted=None), live(None, enabled=False), ()),
    (
        recorded(),
        live(keys(client_id="PORTAL", secret="********zzzz"), enabled=False),
        (
            Drift("clientId", '"PORTAL"', '"ABC"'),
            Drift("clientSecret", "[another secret]", "[secret]"),
            Drift("enabled", "false", "true"),
        ),
    ),
]


@pytest.mark.parametrize(("before", "found", "drifts"), DRIFTS)
def test_drift_is_where_codat_differs_from_the_record(
    before: IntegrationState, found: LiveIntegration, drifts: tuple[Drift, ...]
) -> None:
    assert integration_drift(before, found) == drifts


@pytest.mark.parametrize(
    ("before", "found", "drifts"),
    [
        (True, True, ()),
        (True, False, (Drift("enabled", "false", "true"),)),
        (False, True, (Drift("enabled", "true", "false"),)),
        (None, True, ()),
    ],
)
def test_the_toggle_drifts_where_it_differs(drifts: tuple[Drift, ...], *, before: bool | None, found: bool) -> None:
    assert bank_feeds_drift(recorded_bank_feeds(enabled=before), bank_feeds(enabled=found)) == drifts


def test_drift_in_words() -> None:
    assert str(Drift("enabled", "false", "true")) == "enabled is false in Codat, declared true"


@pytest.mark.parametrize(
    "record", [None, KeysRecord(client_id=CLIENT_ID, salt=SALT), KeysRecord(client_id=CLIENT_ID, salt=SALT, mask=None)]
)
def test_an_unstable_or_missing_mask_claims_nothing(record: KeysRecord | None) -> None:
    assert not secret_changed_outside(recorded(keys_record=record), keys(secret="anything else"))


def test_a_readable_client_id_is_compared_on_its_own_and_not_by_the_mask() -> None:
    assert not secret_changed_outside(recorded(), keys(client_id="PORTAL"))
    assert secret_changed_outside(recorded(keys(client_id="AB**")), keys(client_id="PO**"))


_KEYS = st.none() | st.builds(
    keys,
    client_id=st.sampled_from([CLIENT_ID, "OTHER", "****", "A**", ""]),
    secret=st.sampled_from(["", "********", "********wxyz", "********zzzz", SECRET]),
)
_LIVE = st.builds(live, _KEYS, enabled=st.booleans())
_STATES = st.none() | st.builds(
    recorded,
    client_id=st.sampled_from([CLIENT_ID, "OLD", ""]),
    client_secret=st.sampled_from([None, SecretStr(SECRET), SecretStr("old"), SecretStr(CHANGED_OUTSIDE)]),
    enabled=st.sampled_from([None, True, False]),
)
_INPUTS = st.fixed_dictionaries(
    {
        "clientSecret": st.sampled_from([None, SECRET]),
        "enabled": st.sampled_from([None, True, False]),
        "adopt": st.sampled_from([None, "if_same", "overwrite", "never"]),
    }
)


@given(_INPUTS, _STATES, _LIVE)
def test_every_plan_is_ordered_minimal_and_sends_only_what_is_declared(
    inputs: dict[str, object], before: IntegrationState | None, found: LiveIntegration
) -> None:
    wanted = desired(**inputs)
    steps = plan_integration(wanted, before, found)
    switches = [step for step in steps if isinstance(step, Switch)]
    writes = [step for step in steps if isinstance(step, WriteKeys)]
    assert len(switches) + len(writes) == len(steps) <= 2
    assert not writes or wanted.client_secret is not None
    assert not writes or writes[0].disruptive is (found.keys is not None)
    assert not writes or (wanted.client_secret, wanted.client_id) == (writes[0].client_secret, writes[0].client_id)
    assert [step.enabled for step in switches] == (
        [] if wanted.enabled in (None, found.integration.enabled) else [wanted.enabled]
    )
    if len(steps) == 2:
        assert isinstance(steps[0], Switch) is not wanted.enabled
