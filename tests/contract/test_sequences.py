"""Sequences of several commands that once went wrong, each at its shortest; `tests/model` plays random ones."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from .engine import RunFailed
from .programs import NEW_SECRET, program, settings
from .world import PUT_ENABLED, PUT_KEYS

if TYPE_CHECKING:
    from .engine import Stack
    from .world import World


@pytest.mark.parametrize("refresh", [True, False])
def test_a_rotation_is_seen_though_the_quota_ended_right_after_the_keys_were_written(
    world: World, stack: Stack, *, refresh: bool
) -> None:
    stack.settings["account"] = world.account_id
    world.behave(quotaRemaining=8)
    with pytest.raises(RunFailed, match=r"partially applied \(done: write the keys\)"):
        stack.up(program())
    world.behave(quotaRemaining=1000)
    world.portal(clientSecret=NEW_SECRET)
    assert stack.up(program(), refresh=refresh).writes == [PUT_KEYS, PUT_ENABLED]
    assert world.live() == settings()
