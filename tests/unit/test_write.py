"""What a read of the keys says of a write of them."""

from __future__ import annotations

import pytest
from pydantic import SecretStr

from pulumi_codat.reconcile.live import LiveKeys
from pulumi_codat.reconcile.plan import WriteKeys
from pulumi_codat.reconcile.write import ReadBack, read_back_keys

from .made import CLIENT_ID, SECRET, keys

STEP = WriteKeys(CLIENT_ID, SecretStr(SECRET), replaces_app=False)


@pytest.mark.parametrize(
    ("shown", "sight"),
    [
        (None, ReadBack.NOT_DONE),
        (keys(client_id="OTHER"), ReadBack.NOT_DONE),
        (keys(secret="********zzzz"), ReadBack.NOT_DONE),
        (keys(), ReadBack.DONE),
        (keys(client_id="A**"), ReadBack.DONE),
        (keys(secret="********"), ReadBack.UNKNOWN),
        (keys(secret=""), ReadBack.UNKNOWN),
        (keys(secret="hidden"), ReadBack.UNKNOWN),
        (LiveKeys({"clientId": CLIENT_ID}), ReadBack.UNKNOWN),
    ],
)
def test_only_what_depends_on_the_secret_speaks_for_it(shown: LiveKeys | None, sight: ReadBack) -> None:
    assert read_back_keys(STEP, shown) is sight
