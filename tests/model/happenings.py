"""What can happen in a sequence, as values that hypothesis can choose and shrink."""

from __future__ import annotations

from typing import Any, Final

from hypothesis import strategies as st

from tests.contract.programs import CLIENT_ID, NEW_SECRET, OTHER_ID, PARTNER, SECRET
from tests.contract.world import COMPANIES, DELETE_KEYS, PATCH_SETTINGS, PROFILE, PUT_ENABLED, PUT_KEYS, WHOLE_VIEW

from .model import FEEDS, INTEGRATION, VARIABLE
from .world import Fuse, Way

Edit = tuple[str, str, Any]
"""What is edited, its input ("" for all of it), and the new value; None leaves it out."""

THEIRS: Final = ("s3cret-canary-of-the-portal-CCCC", "s3cret-canary-of-the-portal-DDDD")
MISTYPED: Final = "s3cret-canary-mistyped-EEEE"
"""A secret that Xero does not know."""
OURS: Final = (SECRET, NEW_SECRET, MISTYPED)
API_KEYS: Final = ("rotated-key-canary-one", "rotated-key-canary-two")

_VALUES: Final[dict[str, dict[str, tuple[Any, ...]]]] = {
    INTEGRATION: {
        "clientId": (CLIENT_ID, CLIENT_ID, OTHER_ID),
        "secret": (*OURS, SECRET, NEW_SECRET, VARIABLE, None),
        "enabled": (True, False, None),
        "adopt": (None, "if_same", "overwrite", "never"),
        "onDestroy": (None, "retain", "disable", "delete_keys"),
        "acceptDisruption": (True, None),
        "": (None,),
    },
    FEEDS: {
        "enabled": (True, False),
        "app": (PARTNER, PARTNER, None),
        "onDestroy": ("retain", "disable", None),
        "": (None,),
    },
    VARIABLE: {"": (*OURS, None)},
}
EDITS: Final = st.sampled_from(
    [(what, name, value) for what, names in _VALUES.items() for name, values in names.items() for value in values]
)
PORTAL_EDITS: Final[tuple[dict[str, Any], ...]] = (
    {"enabled": False},
    {"enabled": True},
    {"bankFeeds": True},
    {"bankFeeds": False},
    {"clientSecret": THEIRS[0]},
    {"clientSecret": THEIRS[1]},
    {"clientId": OTHER_ID, "clientSecret": THEIRS[0]},
    {"clientId": CLIENT_ID, "clientSecret": THEIRS[0]},
    {"clientId": CLIENT_ID, "clientSecret": SECRET},
    {"clientId": OTHER_ID},
    {"clientId": None, "clientSecret": None},
)
XERO: Final = "http://127.0.0.1:8790/xero"
SILENT: Final = "http://127.0.0.1:9"
"""Where nobody answers."""
SETTINGS: Final = (
    ("writes", "api"),
    ("writes", "auto"),
    ("on_drift", "repair"),
    ("on_drift", "fail"),
    ("xero_identity_url", XERO),
    ("xero_identity_url", XERO),
    ("xero_identity_url", SILENT),
    ("verify_xero_keys", "off"),
    ("verify_xero_keys", "auto"),
    ("verify_xero_keys", "required"),
)
MASKS: Final = ("last-four", "stars", "empty", "unstable")
READS: Final = (*WHOLE_VIEW, PROFILE, COMPANIES)
WRITES: Final = (PUT_KEYS, PUT_ENABLED, PATCH_SETTINGS, DELETE_KEYS)
FAULTS: Final = (
    *("400", "401", "402", "403", "404", "405", "409", "422", "429", "500", "503"),
    *(
        "html",
        "reset-before",
        "reset-after",
        "timeout",
        "timeout-after",
        "truncated",
        "malformed",
        "wrong-shape",
        "stale",
        "no-effect",
    ),
)
LASTING: Final = 10_000
BREAKS: Final = st.tuples(
    st.sampled_from((*READS, *WRITES, *WRITES)), st.sampled_from(FAULTS), st.sampled_from((1, 2, LASTING))
)
"""A request, what goes wrong with it, and how often."""
FUSES: Final = st.one_of(
    st.builds(
        Fuse, at=st.integers(1, 12), writes=st.just(value=False), answered=st.booleans(), way=st.sampled_from(Way)
    ),
    st.builds(Fuse, at=st.integers(1, 3), writes=st.just(value=True), answered=st.booleans(), way=st.sampled_from(Way)),
)
SIDES: Final = st.sampled_from((0, 0, 0, 0, 0, 1))
RARELY: Final = st.sampled_from((False, False, False, True))
TWINS: Final = st.sampled_from(({}, {"enabled": False}, {"clientSecret": NEW_SECRET}))
"""How a second declaration differs from the first; by its client ID where this is nothing."""
