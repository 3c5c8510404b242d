"""When the quota is back: every form of `Retry-After` and `X-Rate-Limit-Reset`, and whatever else a server may send."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta, timezone

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pulumi_codat.api.quota import quota_resets_at, spoken_time

NOW = datetime(2026, 2, 28, 18, 48, tzinfo=UTC)
MIDNIGHT = datetime(2026, 3, 1, tzinfo=UTC)


@pytest.mark.parametrize(
    ("headers", "back"),
    [
        ({"Retry-After": "0"}, NOW),
        ({"Retry-After": "30"}, NOW + timedelta(seconds=30)),
        ({"Retry-After": " 30 "}, NOW + timedelta(seconds=30)),
        ({"Retry-After": "Sun, 01 Mar 2026 00:00:00 GMT"}, MIDNIGHT),
        ({"Retry-After": "Sun, 01 Mar 2026 02:00:00 +0200"}, MIDNIGHT),
        ({"Retry-After": "Sun, 01 Mar 2026 00:00:00 -0000"}, MIDNIGHT),
        ({"Retry-After": "2026-03-01T00:00:00Z"}, MIDNIGHT),
        ({"X-Rate-Limit-Reset": "2026-03-01T00:00:00Z"}, MIDNIGHT),
        ({"X-Rate-Limit-Reset": "2026-03-01T00:00:00"}, MIDNIGHT),
        ({"X-Rate-Limit-Reset": "Sun, 01 Mar 2026 00:00:00 GMT"}, MIDNIGHT),
        ({"Retry-After": "30", "X-Rate-Limit-Reset": "2026-03-01T00:00:00Z"}, NOW + timedelta(seconds=30)),
        ({"Retry-After": "soon", "X-Rate-Limit-Reset": "2026-03-01T00:00:00Z"}, MIDNIGHT),
        ({"Retry-After": "", "X-Rate-Limit-Reset": "2026-03-01T00:00:00Z"}, MIDNIGHT),
    ],
)
def test_the_time_is_read_from_either_header(headers: dict[str, str], back: datetime) -> None:
    assert quota_resets_at(headers, now=NOW) == back


@pytest.mark.parametrize(
    "garbage",
    [
        "",
        "soon",
        "-5",
        "1.5",
        "1e3",
        "²",
        "9" * 30,
        "9" * 5000,
        "Sun, 01 Mar 99999 00:00:00 GMT",
        "Sun, 01 Mar 2026 00:00:00 +99999999999999",
        "Fri, 31 Dec 9999 23:59:59 -0100",
        "0001-01-01T00:00:00+01:00",
    ],
)
@pytest.mark.parametrize("header", ["Retry-After", "X-Rate-Limit-Reset"])
def test_garbage_says_nothing_and_breaks_nothing(header: str, garbage: str) -> None:
    assert quota_resets_at({header: garbage}, now=NOW) is None


@given(st.text(), st.text())
def test_no_header_can_raise(asked: str, reset: str) -> None:
    back = quota_resets_at({"Retry-After": asked, "X-Rate-Limit-Reset": reset}, now=NOW)
    assert back is None or spoken_time(back, now=NOW)


@given(st.datetimes(timezones=st.just(UTC)))
def test_every_date_that_is_read_can_be_said(when: datetime) -> None:
    back = quota_resets_at({"Retry-After": when.isoformat()}, now=NOW)
    assert back == when
    assert "UTC, in " in spoken_time(when, now=NOW)


@pytest.mark.parametrize(
    ("distance", "spoken"),
    [
        (timedelta(hours=5, minutes=12), "2026-03-01 00:00 UTC, in 5 h 12 min"),
        (timedelta(hours=1), "2026-02-28 19:48 UTC, in 1 h 0 min"),
        (timedelta(minutes=59, seconds=59), "2026-02-28 19:47 UTC, in 1 h 0 min"),
        (timedelta(minutes=12), "2026-02-28 19:00 UTC, in 12 min"),
        (timedelta(seconds=50), "2026-02-28 18:48 UTC, in 1 min"),
        (timedelta(seconds=20), "2026-02-28 18:48 UTC, in less than a minute"),
        (timedelta(hours=-1), "2026-02-28 17:48 UTC, in less than a minute"),
    ],
)
def test_a_time_is_said_in_utc_and_as_a_distance(distance: timedelta, spoken: str) -> None:
    assert spoken_time(NOW + distance, now=NOW) == spoken


def test_a_time_of_another_zone_is_said_in_utc() -> None:
    when = datetime(2026, 3, 1, 1, tzinfo=timezone(timedelta(hours=1)))
    assert spoken_time(when, now=NOW) == "2026-03-01 00:00 UTC, in 5 h 12 min"
