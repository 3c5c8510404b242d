"""Create, same, update, delete: what the world, the state and the result are after each."""

from __future__ import annotations

from typing import TYPE_CHECKING

from .workshop import ops, urn

if TYPE_CHECKING:
    from .workshop import Workshop

TWO = """
size = int(os.environ.get("SIZE", "1"))
a = Thing("a", size=size)
b = Thing("b", tags={"of": a.mark})
pulumi.export("mark", b.mark)
"""


def test_an_update_changes_in_place_and_keeps_when_it_was_created(workshop: Workshop) -> None:
    workshop.program(TWO)
    workshop.up()
    created = workshop.resources()["a"]["created"]
    workshop.environ["SIZE"] = "2"
    result = workshop.up()
    assert ops(result) == {"a": ["update"], "b": ["update"]}
    assert result.outputs["mark"].value == "b/1.0"
    assert workshop.live()["a-0"]["size"] == 2
    assert workshop.live()["b-0"]["tags"] == {"of": "a/2.0"}
    state = workshop.resources()["a"]
    assert (state["created"], state["modified"] > created) == (created, True)


def test_what_the_program_no_longer_has_is_deleted_after_what_needs_it(workshop: Workshop) -> None:
    workshop.program(TWO)
    workshop.up()
    workshop.program("pass")
    workshop.calls()
    result = workshop.up()
    assert ops(result) == {"a": ["delete"], "b": ["delete"]}
    assert workshop.calls()[1:] == ["delete b", "delete a"]
    assert workshop.live() == {}
    assert list(workshop.resources()) == ["shop-dev"]


def test_destroy_takes_everything_down(workshop: Workshop) -> None:
    workshop.program(TWO)
    workshop.up()
    result = workshop.destroy(skip_preview=False)
    assert result.exit_code == 0
    assert workshop.live() == {}
    assert workshop.resources() == {}
    assert workshop.destroy().exit_code == 0


def test_depends_on_orders_what_shares_no_value(workshop: Workshop) -> None:
    workshop.program("a = Thing('a')\nThing('b', opts=Opts(depends_on=[a]))")
    workshop.up()
    assert workshop.resources()["b"]["dependencies"] == [urn("a")]
    workshop.calls()
    workshop.destroy()
    assert workshop.calls()[1:] == ["delete b", "delete a"]


def test_values_arrive_as_they_were_given(workshop: Workshop) -> None:
    workshop.program(
        """
        tags = {"i": 1, "f": 1.5, "t": True, "l": [1, {"x": "y"}], "big": 2**40, "s": "", "u": "é\\n"}
        Thing("a", tags=tags)
        b = Thing("b")
        Thing("c", tags={"thing": b})
        pulumi.export("all", tags)
        """
    )
    result = workshop.up()
    expected = {"i": 1, "f": 1.5, "t": True, "l": [1, {"x": "y"}], "big": 2**40, "s": "", "u": "é\n"}
    assert workshop.resources()["a"]["inputs"]["tags"] == expected
    assert result.outputs["all"].value == expected
    # because a dynamic provider accepts no references, a resource is its id to it
    assert workshop.resources()["c"]["inputs"]["tags"] == {"thing": "b-0"}
    assert workshop.live()["c-0"]["tags"] == {"thing": "b-0"}
    assert workshop.up(expect_no_changes=True).exit_code == 0


def test_a_program_without_resources_needs_no_provider(workshop: Workshop) -> None:
    workshop.program("pulumi.export('x', pulumi.get_stack() + pulumi.get_project() + pulumi.get_organization())")
    result = workshop.up(skip_preview=False)
    assert result.outputs["x"].value == "devshoporganization"
    assert workshop.calls() == []
    assert list(workshop.resources()) == ["shop-dev"]


def test_import_and_export_are_each_others_inverse(workshop: Workshop) -> None:
    workshop.program(TWO)
    workshop.up()
    document = workshop.engine().export_state()
    workshop.state_file.unlink()
    workshop.engine().import_state(document)
    assert ops(workshop.preview()) == {}
    assert workshop.engine().export_state()["deployment"]["resources"] == document["deployment"]["resources"]


def test_an_import_forgets_what_was_pending(workshop: Workshop) -> None:
    workshop.program(TWO)
    workshop.up()
    document = workshop.engine().export_state()
    thing = document["deployment"]["resources"][-1]
    document["deployment"]["pending_operations"] = [{"resource": thing, "type": "updating"}]

    workshop.engine().import_state(document)

    assert "pending_operations" not in workshop.engine().export_state()["deployment"]
