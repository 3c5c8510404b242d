"""The contract with Codat: every endpoint with its evidence, and no value that leaves its place in a path."""

from __future__ import annotations

from urllib.parse import quote, unquote

import httpx
import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from pulumi_codat.api import contract
from pulumi_codat.api.contract import Endpoint, Evidence

EVIDENCE = {
    "GET /integrations/{platform_key}": Evidence.PUBLISHED,
    "GET /profile/syncSettings": Evidence.PUBLISHED,
    "GET /profile": Evidence.PUBLISHED,
    "GET /companies": Evidence.PUBLISHED,
    "PUT /integrations/{platform_key}/enabled": Evidence.LEGACY,
    "GET /integrations/credentials/{platform_key}": Evidence.LEGACY,
    "PUT /integrations/credentials/{platform_key}": Evidence.LEGACY,
    "DELETE /integrations/credentials/{platform_key}": Evidence.LEGACY,
    "GET /settings/integrations/{integration_id}": Evidence.LEGACY,
    "PATCH /settings/integrations/{integration_id}": Evidence.LEGACY,
    "GET /companies/{company}/connections/{connection}": Evidence.PUBLISHED,
    "GET /companies/{company}/connections/{connection}/connectionInfo/bankFeedAccounts": Evidence.PUBLISHED,
    "POST /companies/{company}/connections/{connection}/push/bankAccounts/{source_account}/bankTransactions": (
        Evidence.PUBLISHED
    ),
    "GET /companies/{company}/push/{push_key}": Evidence.PUBLISHED,
    "GET /companies/{company}/push": Evidence.PUBLISHED,
}


def test_every_endpoint_is_named_with_its_evidence() -> None:
    assert {f"{endpoint.method} {endpoint.path}": endpoint.evidence for endpoint in contract.ENDPOINTS} == EVIDENCE


def test_no_endpoint_is_missing_from_the_list() -> None:
    assert {value for value in vars(contract).values() if isinstance(value, Endpoint)} == set(contract.ENDPOINTS)


@pytest.mark.parametrize("segment", ["", ".", ".."])
def test_what_no_encoding_keeps_in_its_place_is_refused(segment: str) -> None:
    with pytest.raises(ValueError, match="platform_key must not be empty, a dot or two"):
        contract.GET_INTEGRATION.url(platform_key=segment)


@pytest.mark.parametrize("segment", ["%2e%2e", "a/../b", "a%2fb", "?x=1", "#", "\\", "ü\u2024", " ", "gbol/enabled"])
def test_no_segment_is_decoded_or_leaves_its_place(segment: str) -> None:
    url = httpx.URL("https://api.codat.io" + contract.PUT_ENABLED.url(platform_key=segment))
    assert url.raw_path == b"/integrations/" + quote(segment, safe="").encode() + b"/enabled"
    assert (url.query, url.fragment) == (b"", "")


@given(st.text(min_size=1))
def test_a_segment_stays_in_its_place(segment: str) -> None:
    assume(segment not in {".", ".."})
    path = httpx.URL("https://api.codat.io" + contract.PUT_ENABLED.url(platform_key=segment)).raw_path.decode("ascii")
    first, integrations, encoded, enabled = path.split("/")
    assert (first, integrations, enabled) == ("", "integrations", "enabled")
    assert unquote(encoded) == segment


def test_a_path_without_its_segment_is_a_mistake_of_ours() -> None:
    with pytest.raises(KeyError, match="platform_key"):
        contract.GET_INTEGRATION.url()
