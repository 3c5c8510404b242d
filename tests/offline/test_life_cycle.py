"""Create, same, update, delete: what the world, the state and the result are after each."""

from __future__ import annotations

from typing import TYPE_CHECKING

from .workshop import STACK_URN, ops, urn

if TYPE_CHECKING:
    from .workshop import Workshop

TWO = """
size = int(os.environ.get("SIZE", "1"))
a = Thing("a", size=size)
b = Thing("b", tags={"of": a.mark})
pulumi.export("mark", b.mark)
"""


def test_a_create_makes_things_and_remembers_them(workshop: Workshop) -> None:
    workshop.program(TWO)
    result = workshop.up()
    assert result.exit_code == 0
    assert ops(result) == {"a": ["create"], "b": ["create"]}
    assert [thing["mark"] for thing in workshop.live().values()] == ["a/1.0", "b/1.0"]
    resources = workshop.resources()
    assert list(resources) == ["shop-dev", "default", "a", "b"]
    assert resources["b"]["id"] == "b-0"
    assert resources["b"]["inputs"]["tags"] == {"of": "a/1.0"}
    assert resources["b"]["dependencies"] == [urn("a")]
    assert resources["b"]["propertyDependencies"]["tags"] == [urn("a")]
    assert resources["b"]["parent"] == STACK_URN
    assert resources["b"]["created"] == resources["b"]["modified"]
    assert resources["shop-dev"]["outputs"] == {"mark": "b/1.0"}


def test_a_program_that_has_not_changed_changes_nothing(workshop: Workshop) -> None:
    workshop.program(TWO)
    workshop.up()
    before = workshop.resources()
    workshop.calls()
    result = workshop.up(expect_no_changes=True)
    assert result.exit_code == 0
    assert {step.op.value for step in result.steps} == {"same"}
    assert workshop.calls() == ["configure nowhere", "check a", "diff a", "check b", "diff b"]
    assert workshop.resources() == before


def test_a_preview_says_what_up_would_do_and_does_nothing(workshop: Workshop) -> None:
    workshop.program(TWO)
    result = workshop.preview()
    assert ops(result) == {"a": ["create"], "b": ["create"]}
    assert workshop.calls() == ["configure nowhere", "check a", "check b"]
    assert workshop.live() == {}
    assert not workshop.state_file.exists()
    assert not result.outputs["mark"].known


def test_a_preview_of_an_update_knows_inputs_and_not_outputs(workshop: Workshop) -> None:
    workshop.program(TWO)
    workshop.up()
    workshop.environ["SIZE"] = "2"
    result = workshop.preview()
    changed = {step.urn: step.changed for step in result.steps if step.changed}
    assert changed == {urn("a"): ("size",), urn("b"): ("tags",)}
    assert workshop.preview(expect_no_changes=True).exit_code == 7


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


def test_up_previews_first_in_processes_of_its_own(workshop: Workshop) -> None:
    workshop.program(TWO)
    result = workshop.up(skip_preview=False)
    assert [phase.preview for phase in result.phases] == [True, False]
    assert workshop.calls().count("configure nowhere") == 2


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


def test_a_component_keeps_its_outputs_and_names_its_children(workshop: Workshop) -> None:
    workshop.program(
        """
        class Box(pulumi.ComponentResource):
            def __init__(self, name):
                super().__init__("my:mod:Box", name, None)
                inner = Thing("inner", opts=Opts(parent=self))
                self.register_outputs({"mark": inner.mark})
        Box("box")
        """
    )
    workshop.up()
    resources = workshop.resources()
    assert resources["inner"]["urn"] == urn("inner", parent="my:mod:Box")
    assert resources["inner"]["parent"] == urn("box", "my:mod:Box")
    assert resources["box"]["outputs"] == {"mark": "inner/1.0"}
    assert "id" not in resources["box"]
    assert ops(workshop.up()) == {}
    workshop.program("pass")
    workshop.calls()
    assert ops(workshop.up()) == {"inner": ["delete"], "box": ["delete"]}


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
