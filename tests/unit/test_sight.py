"""What a read of the keys says of a write of them."""

from __future__ import annotations

import pytest
from pydantic import SecretStr

from pulumi_codat.reconcile.live import LiveKeys
from pulumi_codat.reconcile.plan import WriteKeys
from pulumi_codat.reconcile.sight import Sight, sight_of_keys

from .made import CLIENT_ID, SECRET, keys

STEP = WriteKeys(CLIENT_ID, SecretStr(SECRET), replaces_app=False)


@pytest.mark.parametrize(
    ("shown", "sight"),
    [
        (None, Sight.NOT_DONE),
        (keys(client_id="OTHER"), Sight.NOT_DONE),
        (keys(secret="********zzzz"), Sight.NOT_DONE),
        (keys(), Sight.DONE),
        (keys(client_id="A**"), Sight.DONE),
        (keys(secret="********"), Sight.UNKNOWN),
        (keys(secret=""), Sight.UNKNOWN),
        (keys(secret="hidden"), Sight.UNKNOWN),
        (LiveKeys({"clientId": CLIENT_ID}), Sight.UNKNOWN),
    ],
)
def test_only_what_depends_on_the_secret_speaks_for_it(shown: LiveKeys | None, sight: Sight) -> None:
    assert sight_of_keys(STEP, shown) is sight
