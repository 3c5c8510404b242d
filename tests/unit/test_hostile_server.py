"""Whatever a server does: one clear line, within the patience, and never more memory than an answer may take."""

from __future__ import annotations

from contextlib import closing
from typing import TYPE_CHECKING

import pytest
from pydantic import SecretStr

from pulumi_codat.api import Codat, CodatError, Unanswered, Unintelligible
from pulumi_codat.api.wire import wire_to
from pulumi_codat.xero import Pair, XeroIdentity

from .fake_clock import FakeClock
from .hostile import HOSTILE, acting
from .loopback import serving

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

KEY = "codat-api-key-canary"
SECRET = "s3cret-canary"
PATIENCE = 0.3


@pytest.mark.parametrize(("sends", "told"), HOSTILE.values(), ids=HOSTILE)
def test_codat_s_host_may_do_what_it_likes(sends: Callable[[], Iterable[bytes]], told: str) -> None:
    patience = PATIENCE if told == "did not answer in time" else 30
    with serving(acting(sends)) as port:
        codat = Codat.connect(
            api_key=SecretStr(KEY),
            base_url=f"http://127.0.0.1:{port}",
            max_wait_seconds=patience,
            user_agent="test",
            clock=FakeClock(),
        )
        with closing(codat), pytest.raises(CodatError) as caught:
            codat.profile()
    assert type(caught.value) in {Unanswered, Unintelligible}
    assert told in str(caught.value)
    assert str(caught.value).isprintable()
    assert len(str(caught.value)) < 700
    assert KEY not in str(caught.value)


@pytest.mark.parametrize(
    ("case", "why"),
    [
        ("silence", "did not answer in time"),
        ("dripped body", "did not answer in time"),
        ("endless body", "gave an answer that cannot be read"),
        ("gzip bomb", "gave an answer that cannot be read"),
        ("endless headers", "cannot be reached"),
        ("deep nesting", "answered 200"),
        ("redirect to itself", "answered 302"),
        ("redirect to nowhere", "cannot be reached"),
    ],
)
def test_xero_s_host_may_too(case: str, why: str) -> None:
    with serving(acting(HOSTILE[case][0])) as port:
        identity = XeroIdentity(f"http://127.0.0.1:{port}", wire_to(f"http://127.0.0.1:{port}"), user_agent="test")
        with closing(identity):
            seconds = PATIENCE if why == "did not answer in time" else 30
            verdict = identity.judge("ABC", SecretStr(SECRET), seconds=seconds)
    assert verdict.pair is Pair.UNTOLD
    assert verdict.why == f"127.0.0.1:{port} {why}"
