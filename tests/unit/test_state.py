"""What is kept between runs: camelCase, lenient, the secret under its own name only, and whole again after a round."""

from __future__ import annotations

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import SecretStr

from pulumi_codat.api import CodatError
from pulumi_codat.reconcile.inputs import BankFeedsInputs, IntegrationInputs
from pulumi_codat.reconcile.state import (
    BANK_FEEDS_INPUTS,
    INTEGRATION_INPUTS,
    BankFeedsState,
    IntegrationState,
    KeysRecord,
)

from .made import SECRET

FULL = IntegrationState(
    client_id="ABC",
    client_secret=SecretStr(SECRET),
    enabled=True,
    app={"tier": "core", "certifiedPartner": True},
    adopt="never",
    on_destroy="disable",
    accept_disruption=True,
    platform_key="gbol",
    integration_id="0f20c943-12d0-4800-9f6c-d218f62d494c",
    name="Xero",
    redirect_uri="https://xero.codat.io/oauth2/callback",
    portal_url="https://app.codat.io/settings/integrations/accounting",
    account_id="5b8d3c0e-2f41-4a6b-9c57-d1e07a3f6b21",
    account_name="Acme Dev",
    adopted=False,
    connection_limit=50,
    secret_drift_visible=True,
    last_written_at="2026-02-28T18:48:00+00:00",
    keys_record=KeysRecord(client_id="ABC", salt="00", mask="11", shows_change=True),
    unfinished="stopped",
)


def test_an_integrations_state_is_plain_camel_case_data() -> None:
    assert FULL.dump() == {
        "clientId": "ABC",
        "clientSecret": SECRET,
        "enabled": True,
        "app": {"tier": "core", "certifiedPartner": True},
        "adopt": "never",
        "onDestroy": "disable",
        "acceptDisruption": True,
        "platformKey": "gbol",
        "integrationId": "0f20c943-12d0-4800-9f6c-d218f62d494c",
        "name": "Xero",
        "redirectUri": "https://xero.codat.io/oauth2/callback",
        "portalUrl": "https://app.codat.io/settings/integrations/accounting",
        "accountId": "5b8d3c0e-2f41-4a6b-9c57-d1e07a3f6b21",
        "accountName": "Acme Dev",
        "adopted": False,
        "connectionLimit": 50,
        "secretDriftVisible": True,
        "lastWrittenAt": "2026-02-28T18:48:00+00:00",
        "keysRecord": {"clientId": "ABC", "salt": "00", "mask": "11", "showsChange": True},
        "unfinished": "stopped",
    }


def test_the_secret_stands_under_its_own_name_only() -> None:
    dumped = FULL.dump()
    del dumped["clientSecret"]
    assert SECRET not in json.dumps(dumped)
    assert SECRET not in repr(FULL)


def test_what_is_none_is_left_out_because_the_engine_drops_it_anyway() -> None:
    assert IntegrationState().dump() == {"clientId": ""}
    assert BankFeedsState().dump() == {}


_TEXT = st.none() | st.text()
_INTEGRATIONS = st.builds(
    IntegrationState,
    client_id=st.text(),
    client_secret=st.none() | st.builds(SecretStr, st.text()),
    enabled=st.none() | st.booleans(),
    app=st.none() | st.dictionaries(st.text(), st.text() | st.booleans()),
    on_destroy=_TEXT,
    account_id=_TEXT,
    connection_limit=st.none() | st.integers(0, 10_000),
    keys_record=st.none()
    | st.builds(
        KeysRecord,
        client_id=st.text(),
        salt=st.binary(min_size=1).map(bytes.hex),
        mask=_TEXT,
        shows_change=st.booleans(),
        client_id_unsteady=st.sampled_from([None, True]),
    ),
    unfinished=_TEXT,
)


def over_the_wire(properties: dict[str, object]) -> dict[str, object]:
    """What protobuf makes of it: every number a float."""
    plain: dict[str, object] = json.loads(json.dumps(properties), parse_int=float)
    return plain


@given(_INTEGRATIONS)
def test_a_state_is_whole_again_after_a_round_through_the_engine(state: IntegrationState) -> None:
    assert IntegrationState.parse(over_the_wire(state.dump())) == state


@given(
    st.builds(BankFeedsState, enabled=st.none() | st.booleans(), account_id=_TEXT, adopted=st.none() | st.booleans())
)
def test_so_is_the_state_of_the_toggle(state: BankFeedsState) -> None:
    assert BankFeedsState.parse(over_the_wire(state.dump())) == state


@pytest.mark.parametrize("kind", [IntegrationState, BankFeedsState])
def test_a_state_of_another_version_or_of_an_import_file_is_still_read(
    kind: type[IntegrationState | BankFeedsState],
) -> None:
    assert kind.parse({}) == kind()
    assert kind.parse({"__provider": "gASV", "ofALaterVersion": {"a": [1.0]}, "accountId": "x"}).account_id == "x"


def test_what_is_kept_of_an_older_keys_record_is_still_read() -> None:
    state = IntegrationState.parse({"keysRecord": {"clientId": "ABC", "salt": "00", "later": True}})
    assert state.keys_record == KeysRecord(client_id="ABC", salt="00", mask=None, shows_change=False)


def test_a_broken_state_does_not_tell_its_values() -> None:
    with pytest.raises(CodatError) as caught:
        IntegrationState.parse({"clientSecret": [SECRET], "enabled": SECRET, "keysRecord": {"salt": SECRET}})
    assert str(caught.value) == (
        "the recorded state was edited, or belongs to another program (clientSecret, enabled,"
        " keysRecord.clientId, keysRecord.salt cannot be read): bring back an earlier state (`pulumi stack export"
        " --version`, `pulumi stack import`), or take the resource out of it (`pulumi state delete`) and run `pulumi"
        " up`, which adopts what is in Codat; nothing was written"
    )


def test_the_names_of_the_inputs_are_those_that_are_parsed() -> None:
    assert set(INTEGRATION_INPUTS) == {field.alias for field in IntegrationInputs.model_fields.values()}
    assert set(BANK_FEEDS_INPUTS) == {field.alias for field in BankFeedsInputs.model_fields.values()}
