"""Refresh: what the world says becomes the state, and a preview with refresh shows it."""

from __future__ import annotations

from typing import TYPE_CHECKING

from .workshop import ops

if TYPE_CHECKING:
    from .workshop import Workshop

TWO = """
a = Thing("a", size=int(os.environ.get("SIZE", "1")))
Thing("b", tags={"of": a.mark}, opts=Opts(depends_on=[a]))
"""


def test_the_children_of_what_is_gone_lose_their_parent(workshop: Workshop) -> None:
    workshop.program("Thing('child', opts=Opts(parent=Thing('a')))")
    workshop.up()
    workshop.lose("a-0")
    workshop.refresh()
    assert "parent" not in workshop.resources()["child"]


def test_destroy_after_a_refresh_takes_down_what_is_left(workshop: Workshop) -> None:
    workshop.program(TWO)
    workshop.up()
    workshop.lose("a-0")
    workshop.calls()
    assert workshop.destroy(refresh=True).exit_code == 0
    assert workshop.calls()[-1] == "delete b"
    assert workshop.live() == {}


def test_ignored_changes_are_ignored_by_a_refresh_too(workshop: Workshop) -> None:
    workshop.program("Thing('a', opts=Opts(ignore_changes=['size']))")
    workshop.up()
    workshop.change("a-0", size=7)
    assert ops(workshop.refresh()) == {}
    assert workshop.resources()["a"]["inputs"]["size"] == 7
    assert ops(workshop.up(refresh=True)) == {"a": ["refresh"]}
