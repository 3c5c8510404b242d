"""Who depends on whom, and in which order deletes can go."""

from __future__ import annotations

from pulumi_offline.dependents import delete_waves, dependents_of, transitive_dependencies, with_unknowns
from pulumi_offline.steps import Op, Step
from pulumi_offline.values import UNKNOWN

from .made import DEFAULT_PROVIDER, STACK, THING, provider_state, stack_state, state, thing

A = state("a")
B = state("b", dependencies=[thing("a")])
C = state("c", property_dependencies={"x": [thing("b")], "y": []})
D = state("d")
CHILD = state("child", urn=f"urn:pulumi:dev::shop::{THING}${THING}::child", parent=thing("a"))
RESOURCES = [stack_state(), provider_state(), A, B, C, D, CHILD]


def names(waves: list[list[Step]]) -> list[list[str]]:
    return [sorted(step.state.name for step in wave) for wave in waves]


def deletes(*names: str) -> list[Step]:
    return [Step(Op.DELETE, old=item) for item in RESOURCES if item.name in names]


def test_dependents_are_direct_and_indirect_without_children() -> None:
    assert dependents_of(A, RESOURCES, set()) == [B, C]
    assert dependents_of(C, RESOURCES, set()) == []


def test_an_ignored_dependent_hides_what_depends_on_it() -> None:
    assert dependents_of(A, RESOURCES, {B.urn}) == []


def test_users_of_a_provider_depend_on_it() -> None:
    assert dependents_of(RESOURCES[1], RESOURCES, set()) == [A, B, C, D, CHILD]


def test_inputs_from_a_condemned_resource_become_unknown() -> None:
    dependent = state(
        "x",
        inputs={"a": 1, "b": 2, "c": 3},
        property_dependencies={"a": [thing("gone")], "b": [thing("other")], "d": [thing("gone")]},
    )
    assert with_unknowns(dependent, {thing("gone")}) == {"a": UNKNOWN, "b": 2, "c": 3}
    assert with_unknowns(dependent, {thing("nobody")}) is None
    assert dependent.inputs == {"a": 1, "b": 2, "c": 3}


def test_what_must_stay() -> None:
    assert transitive_dependencies([C.urn], RESOURCES) == {C.urn, B.urn, A.urn, STACK, DEFAULT_PROVIDER}
    assert transitive_dependencies([CHILD.urn], RESOURCES) == {CHILD.urn, A.urn, STACK, DEFAULT_PROVIDER}
    assert transitive_dependencies([], RESOURCES) == set()


def test_deletes_go_in_waves_dependents_first() -> None:
    waves = delete_waves([Step(Op.DELETE, old=item) for item in RESOURCES])
    assert names(waves) == [["c"], ["b", "child"], ["a", "d"], ["default", "shop-dev"]]


def test_only_what_is_condemned_holds_another_up() -> None:
    assert names(delete_waves(deletes("a", "c", "d"))) == [["a", "c", "d"]]
    assert delete_waves([]) == []


def test_two_states_of_one_resource_do_not_hold_each_other_up() -> None:
    old = state("a", id="old", delete=True, dependencies=[thing("a")])
    assert names(delete_waves([Step(Op.DELETE_REPLACED, old=old), Step(Op.DELETE, old=A)])) == [["a", "a"]]


def test_a_cycle_goes_all_at_once() -> None:
    one = state("one", dependencies=[thing("two")])
    two = state("two", dependencies=[thing("one")])
    assert names(delete_waves([Step(Op.DELETE, old=one), Step(Op.DELETE, old=two)])) == [["one", "two"]]
