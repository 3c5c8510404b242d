"""Which old resource a registration continues."""

from __future__ import annotations

import pytest

from pulumi_offline.aliases import AliasConflict, Aliases
from pulumi_offline.goal import Goal

from .made import STACK, THING, state, thing

OLDS = {item.urn: item for item in (state("a"), state("old"), state("older"))}
GROUP, OLD_GROUP = "urn:pulumi:dev::shop::shop:Group::new", "urn:pulumi:dev::shop::shop:Group::old"


def goal(name: str, *aliases: str, parent: str = STACK) -> Goal:
    return Goal(THING, name, parent=parent, alias_urns=aliases)


def child_urn(name: str) -> str:
    return f"urn:pulumi:dev::shop::shop:Group${THING}::{name}"


def test_its_own_urn_comes_first() -> None:
    aliases = Aliases()
    assert aliases.find(thing("a"), goal("a", thing("old")), OLDS, set()) is OLDS[thing("a")]
    assert aliases.of(thing("a")) is None
    assert aliases.current(thing("old")) == thing("old")


def test_then_the_first_alias_that_was_there() -> None:
    aliases = Aliases()
    found = aliases.find(thing("new"), goal("new", thing("never"), thing("old"), thing("older")), OLDS, set())
    assert found is OLDS[thing("old")]
    assert aliases.of(thing("new")) == thing("old")
    assert aliases.current(thing("old")) == thing("new")
    assert aliases.current(thing("older")) == thing("older")


def test_a_new_resource_continues_none() -> None:
    aliases = Aliases()
    assert aliases.find(thing("new"), goal("new", thing("never")), OLDS, set()) is None
    assert aliases.of(thing("new")) is None


def test_an_old_resource_is_continued_once() -> None:
    aliases = Aliases()
    aliases.find(thing("new"), goal("new", thing("old")), OLDS, set())
    with pytest.raises(AliasConflict) as caught:
        aliases.find(thing("other"), goal("other", thing("old")), OLDS, set())
    assert str(caught.value) == (
        f"Duplicate resource alias '{thing('old')}' applied to resource with URN '{thing('other')}' "
        f"conflicting with resource with URN '{thing('new')}'"
    )


def test_an_alias_of_a_resource_that_still_is_registered() -> None:
    with pytest.raises(AliasConflict, match="conflicting with resource with URN") as caught:
        Aliases().find(thing("new"), goal("new", thing("old")), OLDS, {thing("old")})
    assert str(caught.value).endswith(f"'{thing('old')}'")


def test_a_urn_that_another_resource_took_over() -> None:
    aliases = Aliases()
    aliases.find(thing("new"), goal("new", thing("old")), OLDS, set())
    with pytest.raises(AliasConflict) as caught:
        aliases.find(thing("old"), goal("old"), OLDS, set())
    assert str(caught.value) == (
        f"Duplicate resource URN '{thing('old')}' conflicting with alias on resource '{thing('new')}'"
    )


@pytest.mark.parametrize(
    ("name", "aliases", "old_name"),
    [
        pytest.param("child", (), "child", id="same name"),
        pytest.param("new-child", (), "old-child", id="named after its parent"),
        pytest.param("renamed", (child_urn("was"),), "was", id="with an alias of its own"),
    ],
)
def test_children_follow_a_renamed_parent(name: str, aliases: tuple[str, ...], old_name: str) -> None:
    group = state("old", urn=OLD_GROUP, type="shop:Group", custom=False, provider="")
    child = state(old_name, urn=child_urn(old_name), parent=OLD_GROUP)
    olds = {item.urn: item for item in (group, child)}
    known = Aliases()
    parent = Goal("shop:Group", "new", custom=False, parent=STACK, alias_urns=(OLD_GROUP,))
    assert known.find(GROUP, parent, olds, set()) is group
    # a URN that never was, because the old one must be found by way of the parent
    urn = child_urn(f"{name}-now")
    assert known.find(urn, goal(name, *aliases, parent=GROUP), olds, {GROUP}) is child
    assert known.of(urn) == child.urn
