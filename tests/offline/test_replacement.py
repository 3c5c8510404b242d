"""Replacement, in both orders, and everything that asks for it."""

from __future__ import annotations

from typing import TYPE_CHECKING

from .workshop import ops, urn

if TYPE_CHECKING:
    from .workshop import Workshop

NAMED = """
a = Thing("a", name=os.environ.get("NAME", "first"))
Thing("b", tags={"of": a.mark})
"""


def test_the_new_thing_comes_before_the_old_one_goes(workshop: Workshop) -> None:
    workshop.program(NAMED)
    workshop.up()
    workshop.environ["NAME"] = "second"
    workshop.calls()
    result = workshop.up()
    assert ops(result)["a"] == ["create-replacement", "replace", "delete-replaced"]
    calls = [call for call in workshop.calls() if not call.startswith(("check", "diff", "configure"))]
    assert calls == ["create second", "update b", "delete first"]
    assert {change.value: count for change, count in result.changes.items()} == {"replace": 1, "update": 1, "same": 1}
    assert [thing["name"] for thing in workshop.live().values()] == ["b", "second"]


def test_a_replacement_is_checked_again_without_its_old_inputs(workshop: Workshop) -> None:
    workshop.program(NAMED)
    workshop.up()
    workshop.environ["NAME"] = "second"
    workshop.calls()
    workshop.preview()
    assert workshop.calls()[1:4] == ["check second", "diff first", "check second"]


def test_a_provider_can_ask_for_the_old_one_to_go_first(workshop: Workshop) -> None:
    workshop.program(NAMED)
    workshop.up()
    workshop.environ |= {"NAME": "second", "THINGS_DELETE_FIRST": "1"}
    workshop.calls()
    result = workshop.up()
    assert ops(result)["a"] == ["delete-replaced", "replace", "create-replacement"]
    calls = [call for call in workshop.calls() if not call.startswith(("check", "diff", "configure"))]
    assert calls == ["delete first", "create second", "update b"]


def test_the_option_has_the_last_word_on_the_order(workshop: Workshop) -> None:
    workshop.program("Thing('a', name=os.environ['NAME'], opts=Opts(delete_before_replace=False))")
    workshop.environ |= {"NAME": "first", "THINGS_DELETE_FIRST": "1"}
    workshop.up()
    workshop.environ["NAME"] = "second"
    assert ops(workshop.up())["a"] == ["create-replacement", "replace", "delete-replaced"]


def test_deleting_first_takes_dependents_along_that_would_be_replaced(workshop: Workshop) -> None:
    workshop.program(
        """
        a = Thing("a", name=os.environ["NAME"], opts=Opts(delete_before_replace=True))
        label = a.mark.apply(lambda mark: mark.replace("/", "-"))
        b = Thing("b", name=label)
        Thing("c", tags={"of": b.mark})
        Thing("d", tags={"of": a.mark})
        """
    )
    workshop.environ["NAME"] = "first"
    workshop.up()
    workshop.environ["NAME"] = "second"
    workshop.calls()
    result = workshop.up()
    assert ops(result)["b"] == ["delete-replaced", "replace", "create-replacement"]
    assert {name: steps for name, steps in ops(result).items() if name in "cd"} == {"c": ["update"], "d": ["update"]}
    calls = [call for call in workshop.calls() if call.startswith(("create", "delete"))]
    assert calls == ["delete first-1.0", "delete first", "create second", "create second-1.0"]


def test_a_protected_dependent_stops_the_cascade(workshop: Workshop) -> None:
    workshop.program(
        """
        a = Thing("a", name=os.environ["NAME"], opts=Opts(delete_before_replace=True))
        Thing("b", name=a.mark.apply(lambda mark: mark.replace("/", "-")), opts=Opts(protect=True))
        """
    )
    workshop.environ["NAME"] = "first"
    workshop.up()
    workshop.environ["NAME"] = "second"
    result = workshop.up()
    assert result.exit_code == 1
    assert f'unable to replace resource "{urn("b")}" as part of replacing "{urn("a")}"' in result.errors[0]
    assert [thing["name"] for thing in workshop.live().values()] == ["first", "first-1.0"]


def test_replace_on_changes_replaces_for_what_would_be_an_update(workshop: Workshop) -> None:
    workshop.program("Thing('a', size=int(os.environ['SIZE']), opts=Opts(replace_on_changes=['size']))")
    workshop.environ["SIZE"] = "1"
    workshop.up()
    workshop.environ["SIZE"] = "2"
    result = workshop.up()
    assert ops(result)["a"] == ["create-replacement", "replace", "delete-replaced"]
    assert [thing["size"] for thing in workshop.live().values()] == [2]


def test_a_tainted_resource_is_replaced_and_no_longer_tainted(workshop: Workshop) -> None:
    workshop.program("Thing('a')")
    workshop.up()
    workshop.edit_state("a", taint=True)
    workshop.calls()
    assert ops(workshop.up())["a"] == ["create-replacement", "replace", "delete-replaced"]
    assert workshop.calls()[1:] == ["check a", "create a", "delete a"]
    assert "taint" not in workshop.resources()["a"]
    assert ops(workshop.up()) == {}


def test_a_protected_resource_is_not_replaced(workshop: Workshop) -> None:
    workshop.program("Thing('a', name=os.environ['NAME'], opts=Opts(protect=True))")
    workshop.environ["NAME"] = "first"
    workshop.up()
    workshop.environ["NAME"] = "second"
    preview, up = workshop.preview(), workshop.up()
    assert (preview.exit_code, up.exit_code) == (1, 1)
    assert "as it is currently marked for protection" in preview.errors[0]
    assert preview.errors[-1] == "preview failed"
    assert [thing["name"] for thing in workshop.live().values()] == ["first"]


def test_an_old_thing_that_could_not_be_deleted_is_deleted_by_the_next_up(workshop: Workshop) -> None:
    workshop.program(NAMED)
    workshop.up()
    workshop.environ["NAME"] = "second"
    assert workshop.failing("delete:first:raise").up().exit_code == 1
    states = workshop.engine().export_state()["deployment"]["resources"]
    assert [item.get("delete", False) for item in states if item["urn"] == urn("a")] == [False, True]
    workshop.failing()
    assert ops(workshop.preview()) == {"a": ["delete-replaced"]}
    assert workshop.up().exit_code == 0
    assert [thing["name"] for thing in workshop.live().values()] == ["b", "second"]


def test_a_replacement_that_stopped_after_its_delete_goes_on_from_there(workshop: Workshop) -> None:
    workshop.program(NAMED)
    workshop.environ["THINGS_DELETE_FIRST"] = "1"
    workshop.up()
    workshop.environ["NAME"] = "second"
    assert workshop.failing("create:second:raise").up().exit_code == 1
    assert workshop.resources()["a"]["pendingReplacement"] is True
    workshop.failing()
    workshop.calls()
    result = workshop.up()
    assert ops(result)["a"] == ["replace", "create-replacement"]
    assert "delete first" not in workshop.calls()
    assert "pendingReplacement" not in workshop.resources()["a"]


def test_what_was_to_be_replaced_and_is_no_longer_wanted_is_forgotten(workshop: Workshop) -> None:
    workshop.program(NAMED)
    workshop.environ["THINGS_DELETE_FIRST"] = "1"
    workshop.up()
    workshop.environ["NAME"] = "second"
    workshop.failing("create:second:raise").up()
    workshop.failing().program("pass")
    workshop.calls()
    assert workshop.up().exit_code == 0
    assert workshop.calls()[1:] == ["delete b"]
    assert list(workshop.resources()) == ["shop-dev"]
