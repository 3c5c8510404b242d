"""What the CLI says of an input that a provider does not accept, word for word."""

from __future__ import annotations

import pytest

from pulumi_offline.check_failures import check_failure_text
from pulumi_offline.provider import CheckFailure
from pulumi_offline.values import UNKNOWN, PropertyMap, ResourceReference, Secret

from .made import THING, thing

SUBJECT = f"{THING} resource 'alpha'"


@pytest.mark.parametrize(
    ("failure", "inputs", "text"),
    [
        pytest.param(CheckFailure("", "no"), {}, f"{SUBJECT} has a problem: no", id="about the resource"),
        pytest.param(
            CheckFailure("lockDate", "too early"),
            {"lockDate": "2026-01-01"},
            f"{SUBJECT}: property lockDate value {{2026-01-01}} has a problem: too early",
            id="text",
        ),
        pytest.param(
            CheckFailure("clientSecret", "too short"),
            {"clientSecret": Secret("hush")},
            f"{SUBJECT}: property clientSecret value {{&{{{{[secret]}}}}}} has a problem: too short",
            id="secret",
        ),
        pytest.param(
            CheckFailure("a", "no"), {}, f"{SUBJECT}: property a value {{<nil>}} has a problem: no", id="missing"
        ),
        pytest.param(
            CheckFailure("a", "no"),
            {"a": True},
            f"{SUBJECT}: property a value {{true}} has a problem: no",
            id="boolean",
        ),
        pytest.param(
            CheckFailure("a", "no"), {"a": 3}, f"{SUBJECT}: property a value {{3}} has a problem: no", id="number"
        ),
        pytest.param(
            CheckFailure("a", "no"),
            {"a": 1_000_000},
            f"{SUBJECT}: property a value {{1e+06}} has a problem: no",
            id="large number",
        ),
        pytest.param(
            CheckFailure("a", "no"),
            {"a": [1e-7, UNKNOWN]},
            f"{SUBJECT}: property a value {{[{{1e-07}} output<string>{{}}]}} has a problem: no",
            id="unknown in a list",
        ),
        pytest.param(
            CheckFailure("a", "no"),
            {"a": UNKNOWN},
            f"{SUBJECT}: property a value output<string>{{}} has a problem: no",
            id="unknown",
        ),
        pytest.param(
            CheckFailure("a", "no"),
            {"a": ResourceReference(thing("beta"), "id-1", "1.0")},
            f"{SUBJECT}: property a value {{{{{thing('beta')} beta {THING} {{id-1}} 1.0}}}} has a problem: no",
            id="resource",
        ),
        pytest.param(
            CheckFailure("a", "no"),
            {"a": ResourceReference(thing("beta"), UNKNOWN)},
            f"{SUBJECT}: property a value {{{{{thing('beta')} beta {THING} output<string>{{}} }}}} has a problem: no",
            id="planned resource",
        ),
        pytest.param(
            CheckFailure("a", "no"),
            {"a": ["x", 1]},
            f"{SUBJECT}: property a value {{[{{x}} {{1}}]}} has a problem: no",
            id="list",
        ),
        pytest.param(
            CheckFailure("a", "no"),
            {"a": {"c": Secret("hush"), "b": None}},
            f"{SUBJECT}: property a value {{map[b:{{<nil>}} c:{{&{{{{[secret]}}}}}}]}} has a problem: no",
            id="map",
        ),
    ],
)
def test_texts(failure: CheckFailure, inputs: PropertyMap, text: str) -> None:
    assert check_failure_text(thing("alpha"), failure, inputs) == text
    assert "hush" not in text
