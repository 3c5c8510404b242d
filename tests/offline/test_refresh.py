"""Refresh: what the world says becomes the state, and a preview with refresh shows it."""

from __future__ import annotations

from typing import TYPE_CHECKING

from .workshop import ops, urn

if TYPE_CHECKING:
    from .workshop import Workshop

TWO = """
a = Thing("a", size=int(os.environ.get("SIZE", "1")))
Thing("b", tags={"of": a.mark}, opts=Opts(depends_on=[a]))
"""


def test_nothing_changed_means_nothing_to_do(workshop: Workshop) -> None:
    workshop.program(TWO)
    workshop.up()
    before = workshop.resources()
    workshop.calls()
    result = workshop.refresh(expect_no_changes=True)
    assert result.exit_code == 0
    assert sorted(workshop.calls()) == ["configure nowhere", "diff a", "diff b", "read a", "read b"]
    # because a refresh keeps only property dependencies that there are
    expected = before | {
        name: before[name] | {"propertyDependencies": kept} for name, kept in (("a", None), ("b", {"tags": [urn("a")]}))
    }
    assert workshop.resources() == {
        name: {key: value for key, value in state.items() if value is not None} for name, state in expected.items()
    }


def test_a_change_made_by_hand_comes_into_the_state(workshop: Workshop) -> None:
    workshop.program(TWO)
    workshop.up()
    workshop.change("a-0", size=7)
    assert workshop.refresh(preview_only=True, expect_no_changes=True).exit_code == 7
    assert workshop.resources()["a"]["inputs"]["size"] == 1
    result = workshop.refresh()
    assert ops(result) == {"a": ["update"]}
    assert [step.changed for step in result.steps if step.urn == urn("a")] == [("size",)]
    state = workshop.resources()["a"]
    assert (state["inputs"]["size"], state["outputs"]["size"]) == (7, 7)
    assert state["modified"] > state["created"]
    assert workshop.live()["a-0"]["size"] == 7


def test_up_repairs_what_the_refresh_found(workshop: Workshop) -> None:
    workshop.program(TWO)
    workshop.up()
    workshop.change("a-0", size=7)
    assert ops(workshop.up()) == {}
    result = workshop.up(refresh=True)
    assert ops(result)["a"] == ["refresh", "update"]
    assert workshop.live()["a-0"]["size"] == 1
    assert {op.value: count for op, count in result.changes.items()} == {"update": 1, "same": 2}


def test_what_is_gone_is_dropped_and_made_again(workshop: Workshop) -> None:
    workshop.program(TWO)
    workshop.up()
    workshop.lose("a-0")
    result = workshop.refresh()
    assert ops(result) == {"a": ["delete"]}
    resources = workshop.resources()
    assert list(resources) == ["shop-dev", "default", "b"]
    assert "dependencies" not in resources["b"]
    assert "propertyDependencies" not in resources["b"]
    assert ops(workshop.up()) == {"a": ["create"]}


def test_the_children_of_what_is_gone_lose_their_parent(workshop: Workshop) -> None:
    workshop.program("Thing('child', opts=Opts(parent=Thing('a')))")
    workshop.up()
    workshop.lose("a-0")
    workshop.refresh()
    assert "parent" not in workshop.resources()["child"]


def test_refresh_always_makes_drift_visible_in_every_preview(workshop: Workshop) -> None:
    workshop.describe("options:\n  refresh: always\n")
    workshop.program(TWO)
    workshop.up()
    workshop.change("a-0", size=7)
    assert workshop.preview(expect_no_changes=True).exit_code == 7
    assert workshop.preview(refresh=False, expect_no_changes=True).exit_code == 0
    assert workshop.resources()["a"]["inputs"]["size"] == 1
    workshop.calls()
    workshop.up(skip_preview=False)
    calls = workshop.calls()
    assert (calls.count("configure nowhere"), calls.count("read a"), calls.count("diff a")) == (2, 2, 4)
    assert workshop.live()["a-0"]["size"] == 1


def test_destroy_after_a_refresh_takes_down_what_is_left(workshop: Workshop) -> None:
    workshop.program(TWO)
    workshop.up()
    workshop.lose("a-0")
    workshop.calls()
    assert workshop.destroy(refresh=True).exit_code == 0
    assert workshop.calls()[-1] == "delete b"
    assert workshop.live() == {}


def test_a_refresh_of_an_empty_stack_does_nothing(workshop: Workshop) -> None:
    workshop.program(TWO)
    assert workshop.refresh(skip_preview=False).exit_code == 0
    assert workshop.calls() == []


def test_ignored_changes_are_ignored_by_a_refresh_too(workshop: Workshop) -> None:
    workshop.program("Thing('a', opts=Opts(ignore_changes=['size']))")
    workshop.up()
    workshop.change("a-0", size=7)
    assert ops(workshop.refresh()) == {}
    assert workshop.resources()["a"]["inputs"]["size"] == 7
    assert ops(workshop.up(refresh=True)) == {"a": ["refresh"]}
