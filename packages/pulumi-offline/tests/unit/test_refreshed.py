"""The state after a refresh."""

from __future__ import annotations

from pulumi_offline.refreshed import rebuilt

from .made import STACK, THING, stack_state, state, thing


def test_what_is_gone_is_gone() -> None:
    stack, kept = stack_state(), state("kept")
    assert rebuilt([stack, None, kept]) == [stack, kept]
    assert rebuilt([None]) == []


def test_nothing_refers_to_what_is_gone() -> None:
    user = state(
        "user",
        dependencies=[thing("kept"), thing("gone")],
        property_dependencies={"a": [thing("gone")], "b": [thing("kept"), thing("gone")]},
    )
    rebuilt([stack_state(), state("kept"), None, user])
    assert user.dependencies == [thing("kept")]
    assert user.property_dependencies == {"b": [thing("kept")]}


def test_empty_property_dependencies_are_dropped() -> None:
    user = state("user", property_dependencies={"__provider": [], "label": []})
    rebuilt([stack_state(), user])
    assert user.property_dependencies == {}


def test_a_reference_to_what_comes_later_is_none() -> None:
    early = state("early", dependencies=[thing("late")])
    rebuilt([stack_state(), early, state("late")])
    assert early.dependencies == []


def test_an_orphan_has_no_parent() -> None:
    orphan = state("orphan", urn=f"urn:pulumi:dev::shop::{THING}${THING}::orphan", parent=thing("gone"))
    child = state("child", parent=STACK)
    rebuilt([stack_state(), None, orphan, child])
    assert (orphan.parent, child.parent) == ("", STACK)
