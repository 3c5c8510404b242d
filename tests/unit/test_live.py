"""What Codat shows of the keys, and what may be concluded from it."""

from __future__ import annotations

import pytest

from pulumi_codat.api import CodatError
from pulumi_codat.api.contract import CLIENT_ID, CLIENT_SECRET
from pulumi_codat.reconcile.live import LiveKeys

from .made import SALT, keys


def test_a_client_id_is_certain_only_where_it_is_readable() -> None:
    assert keys().is_of("ABC")
    assert not keys(client_id="A**").is_of("ABC")
    assert keys(client_id="A**").may_be_of("ABC")
    assert not keys(client_id="B**").may_be_of("ABC")
    assert LiveKeys({}).client_id == ""
    assert LiveKeys({}).may_be_of("ABC")


@pytest.mark.parametrize(
    ("shown", "may"),
    [("********wxyz", True), ("********zzzz", False), ("********", True), ("", True), ("s3cret-wxyz", True)],
)
def test_a_secret_may_be_what_its_mask_does_not_contradict(shown: str, *, may: bool) -> None:
    assert keys(secret=shown).may_hold("s3cret-wxyz") is may


@pytest.mark.parametrize(
    ("shown", "visible"),
    [
        (keys(secret="********wxyz"), True),
        (keys(secret="********"), False),
        (keys(secret=""), False),
        (keys(secret="********", version="3"), True),
        (keys(secret="[hidden]"), False),
        (keys(secret="xxxxxxxx"), False),
        (keys(secret="********", environment="production"), False),
        (keys(client_id="A**", secret="********"), False),
        (LiveKeys({"clientId": "ABC"}), False),
    ],
)
def test_another_secret_would_look_different_where_something_is_shown(shown: LiveKeys, *, visible: bool) -> None:
    assert shown.shows_change_of_secret is visible


def test_the_fingerprint_leaves_out_a_readable_client_id_only() -> None:
    assert keys(client_id="ABC").fingerprint(SALT) == keys(client_id="OTHER").fingerprint(SALT)
    assert keys(client_id="A**").fingerprint(SALT) != keys(client_id="O**").fingerprint(SALT)
    assert keys(secret="*1").fingerprint(SALT) != keys(secret="*2").fingerprint(SALT)
    assert keys(version="1").fingerprint(SALT) != keys(version="2").fingerprint(SALT)


def test_readable_keys_besides_ours_are_carried_over() -> None:
    assert keys(environment="production", version="3").carried_over() == {"environment": "production", "version": "3"}
    assert keys().carried_over() == {}


def test_masked_keys_besides_ours_are_refused_by_name() -> None:
    with pytest.raises(CodatError) as caught:
        keys(zeta="****", alpha="", readable="yes").carried_over()
    assert str(caught.value) == (
        "Codat holds more keys than clientId and clientSecret (alpha, zeta), masked or no text, and writing"
        " would lose them; nothing was written: change the keys in the Codat Portal"
    )


def test_a_mask_is_unsteady_only_where_it_differs_from_the_one_before() -> None:
    assert keys(secret="*1").unsteady(CLIENT_SECRET, keys(secret="*2"))
    assert not keys(secret="*1").unsteady(CLIENT_SECRET, keys(secret="*1", client_id="OTHER"))
    assert not keys(secret="*1").unsteady(CLIENT_SECRET, None)
    assert keys(client_id="*1").unsteady(CLIENT_ID, keys(client_id="*2"))
    assert not keys(client_id="ABC").unsteady(CLIENT_ID, keys(client_id="OTHER"))


def test_an_unsteady_mask_shows_nothing_of_a_client_id_and_a_readable_one_all() -> None:
    hidden = keys(client_id="********1234").without_client_id()
    assert (hidden.client_id, hidden.may_be_of("ABC"), hidden.is_of("ABC")) == ("********", True, False)
    assert keys(client_id="OTHER").without_client_id().client_id == "OTHER"


def test_no_keys_are_those_of_nobody() -> None:
    assert not keys(client_id="****").may_be_of(None)


def test_a_client_id_that_is_longer_than_any_is_not_readable() -> None:
    assert keys(client_id="x" * 512).client_id == "x" * 512
    assert keys(client_id="x" * 513).client_id == ""
    assert not keys(client_id="x" * 513).is_of("x" * 513)
