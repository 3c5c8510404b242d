"""Old URNs followed through a state."""

from __future__ import annotations

from pulumi_offline.renames import normalized

from .made import DEFAULT_PROVIDER, STACK, THING, provider_state, stack_state, state, thing

NEW_PROVIDER = "urn:pulumi:dev::shop::pulumi:providers:pulumi-python::renamed"


def test_a_state_without_aliases_is_left_alone() -> None:
    resources = [stack_state(), provider_state(), state("alpha")]
    assert normalized(resources) is resources


def test_every_reference_to_an_old_urn_names_the_new_one() -> None:
    renamed = state("new", aliases=[thing("old"), thing("older")])
    user = state(
        "user",
        dependencies=[thing("old"), thing("other")],
        property_dependencies={"a": [thing("older")], "b": []},
    )
    _, after, users = normalized([stack_state(), renamed, user])
    assert (after.urn, after.aliases) == (thing("new"), [])
    assert users.dependencies == [thing("new"), thing("other")]
    assert users.property_dependencies == {"a": [thing("new")], "b": []}
    assert user.dependencies == [thing("old"), thing("other")]
    assert users is not user


def test_a_renamed_provider_keeps_its_id() -> None:
    provider = provider_state(urn=NEW_PROVIDER, parent=STACK, aliases=[DEFAULT_PROVIDER])
    _, user = normalized([provider, state("alpha")])
    assert user.provider == f"{NEW_PROVIDER}::p1"


def test_children_of_a_renamed_parent_move_with_it() -> None:
    group = "urn:pulumi:dev::shop::shop:New::g"
    old_group = "urn:pulumi:dev::shop::shop:Old::g"
    parent = state("g", urn=group, type="shop:New", custom=False, provider="", aliases=[old_group])
    child = state("c", urn=f"urn:pulumi:dev::shop::shop:Old${THING}::c", parent=old_group)
    grandchild = state("d", urn=f"urn:pulumi:dev::shop::shop:Old${THING}${THING}::d", parent=child.urn)
    user = state("u", dependencies=[grandchild.urn])
    _, moved, below, uses = normalized([parent, child, grandchild, user])
    assert (moved.urn, moved.parent) == (f"urn:pulumi:dev::shop::shop:New${THING}::c", group)
    assert (below.urn, below.parent) == (f"urn:pulumi:dev::shop::shop:New${THING}${THING}::d", moved.urn)
    assert uses.dependencies == [below.urn]
