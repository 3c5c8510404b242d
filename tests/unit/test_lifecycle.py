"""What the lives of all resources share: names in messages, what differs, and what a refresh returns."""

from __future__ import annotations

import pytest

from pulumi_codat.api import CodatError, NotOffered
from pulumi_codat.reconcile import Refreshed
from pulumi_codat.reconcile.drift import Drift
from pulumi_codat.reconcile.drift_guard import REPAIRS
from pulumi_codat.reconcile.lifecycle import about, differing, drift_warning, label


def test_a_resource_is_called_by_kind_platform_and_account() -> None:
    assert label("XeroIntegration", "gbol") == "XeroIntegration (gbol)"
    assert label("XeroIntegration", "gbol", "Acme Prod") == "XeroIntegration (gbol, Acme Prod)"
    assert label("XeroIntegration", "gbol", "") == "XeroIntegration (gbol)"


def test_an_error_passes_with_the_resources_name_and_without_its_cause() -> None:
    with pytest.raises(CodatError) as caught, about("XeroIntegration (gbol)"):
        raise NotOffered("no", status=404)
    assert str(caught.value) == "XeroIntegration (gbol): no"
    assert caught.value.__suppress_context__


def test_other_errors_pass_untouched() -> None:
    with pytest.raises(KeyError), about("XeroIntegration (gbol)"):
        raise KeyError("x")


@pytest.mark.parametrize(
    ("old", "new", "differs"),
    [
        ({"a": 1}, {"a": 1}, False),
        ({"a": 1}, {"a": 1.0}, False),
        ({"a": None}, {}, False),
        ({}, {"a": None}, False),
        ({"a": 1, "other": 1}, {"a": 1, "other": 2}, False),
        ({"a": 1}, {"a": 2}, True),
        ({"a": 1}, {}, True),
        ({}, {"b": {"c": 1}}, True),
        ({"b": {"c": 1}}, {"b": {"c": 1}}, False),
        ({"b": {"c": 1}}, {"b": {"c": 2}}, True),
        ({"b": False}, {}, True),
    ],
)
def test_inputs_differ_by_value_and_absent_is_none(
    old: dict[str, object], new: dict[str, object], *, differs: bool
) -> None:
    assert differing(("a", "b"), old, new) is differs


def test_drift_is_one_warning_with_every_field() -> None:
    drifts = [Drift("enabled", "false", "true"), Drift("clientId", '"B"', '"A"')]
    assert drift_warning("XeroIntegration (gbol, Acme)", drifts, REPAIRS) == (
        "XeroIntegration (gbol, Acme): changed outside of Pulumi: enabled is false in Codat, declared true; clientId is"
        ' "B" in Codat, declared "A"; `pulumi up` repairs it'
    )


def test_a_refresh_keeps_our_records_and_adds_no_input_that_was_not_there() -> None:
    before = {"clientId": "A", "enabled": True, "accountId": "x", "ofALaterVersion": 1}
    refreshed = Refreshed.of(before, {"clientId": "B", "enabled": False, "app": {}}, ("clientId", "enabled", "app"))
    assert refreshed.outputs == {
        "clientId": "B",
        "enabled": False,
        "app": {},
        "accountId": "x",
        "ofALaterVersion": 1,
    }
    assert refreshed.inputs == {"clientId": "B", "enabled": False}
