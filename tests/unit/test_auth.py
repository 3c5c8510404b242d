"""The API key on its way: the raw key encoded, a ready header as it is, and nowhere else."""

from __future__ import annotations

import base64

import httpx
import pytest
from pydantic import SecretStr

from pulumi_codat.api.transports import ApiKeyAuth

KEY = "codat-api-key-canary"
HEADER = "Basic " + base64.b64encode(KEY.encode()).decode()


@pytest.mark.parametrize("given", [KEY, HEADER])
def test_both_forms_of_the_portal_give_the_same_header(given: str) -> None:
    request = httpx.Request("GET", "https://api.codat.io/profile")
    signed = next(ApiKeyAuth(SecretStr(given)).auth_flow(request))
    assert signed.headers["Authorization"] == HEADER


def test_the_key_alone_is_encoded_without_a_user_part() -> None:
    request = next(ApiKeyAuth(SecretStr("key:with:colons")).auth_flow(httpx.Request("GET", "https://api.codat.io")))
    assert base64.b64decode(request.headers["Authorization"].removeprefix("Basic ")) == b"key:with:colons"


def test_its_repr_does_not_tell_the_key() -> None:
    auth = ApiKeyAuth(SecretStr(KEY))
    assert KEY not in repr(auth)
    assert KEY not in repr(vars(auth))
