"""Resource options: protect, retain, ignore, aliases, secret outputs, timeouts."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from .workshop import SHUT_DOWN, ops, urn

if TYPE_CHECKING:
    from .workshop import Workshop


def test_protect_outlives_the_program_and_other_deletes_go_on(workshop: Workshop) -> None:
    workshop.program("Thing('a', opts=Opts(protect=True))\nThing('b')")
    workshop.up()
    result = workshop.destroy()
    assert result.exit_code == 1
    assert result.errors == (
        (
            f'resource "{urn("a")}" cannot be deleted\n'
            "because it is protected. To unprotect the resource, either remove the `protect` flag from the resource in "
            f"your Pulumi program and run `pulumi up`, or use the command:\n`pulumi state unprotect '{urn('a')}'`"
        ),
        "update failed",
    )
    assert list(workshop.live()) == ["a-0"]
    assert list(workshop.resources()) == ["shop-dev", "default", "a"]


def test_children_inherit_protect_and_retain_from_their_parent(workshop: Workshop) -> None:
    workshop.program(
        """
        box = pulumi.ComponentResource("my:mod:Box", "box", opts=Opts(protect=True, retain_on_delete=True))
        Thing("a", opts=Opts(parent=box))
        Thing("b", opts=Opts(parent=box, protect=False))
        """
    )
    workshop.up()
    resources = workshop.resources()
    assert {name: resources[name].get("protect") for name in "ab"} == {"a": True, "b": None}
    assert {name: resources[name].get("retainOnDelete") for name in "ab"} == {"a": True, "b": True}


@pytest.mark.parametrize("path", ["tags.size", 'tags["size"]', "tags.*", "tags"])
def test_ignored_changes_are_neither_checked_nor_made(workshop: Workshop, path: str) -> None:
    workshop.program(f"Thing('a', tags={{'size': os.environ['SIZE']}}, opts=Opts(ignore_changes=['{path}']))")
    workshop.environ["SIZE"] = "1"
    workshop.up()
    workshop.environ["SIZE"] = "2"
    assert ops(workshop.up()) == {}
    assert workshop.resources()["a"]["inputs"]["tags"] == {"size": "1"}


def test_of_lists_of_different_length_only_the_shared_elements_are_ignored(workshop: Workshop) -> None:
    workshop.program("Thing('a', tags=os.environ['TAGS'].split(), opts=Opts(ignore_changes=['tags[*]']))")
    workshop.environ["TAGS"] = "1 2 3"
    workshop.up()
    workshop.environ["TAGS"] = "8 9"
    workshop.up()
    assert workshop.resources()["a"]["inputs"]["tags"] == ["1", "2"]  # measured on the pulumi CLI v3.260.0


@pytest.mark.parametrize("path", ["tags[1]", "tags[*]", 'tags[1]["a"]'])
def test_what_cannot_be_ignored_is_said_whenever_it_is_tried(workshop: Workshop, path: str) -> None:
    workshop.program(f"Thing('a', tags=[1] * int(os.environ['SIZE']), opts=Opts(ignore_changes=['{path}']))")
    workshop.environ["SIZE"] = "1"
    workshop.up()
    workshop.environ["SIZE"] = "2"
    result = workshop.up()
    assert ops(result) == {"a": ["update"]}
    messages = [diagnostic.message for diagnostic in result.diagnostics]
    # once before the provider checks the inputs, once because its diff leaves it to the engine to compare them
    quoted = path.replace('"', '\\"')
    assert messages == [f'cannot ignore changes in added or removed elements of the path: "{quoted}"'] * 2


def test_a_rename_with_an_alias_is_no_change(workshop: Workshop) -> None:
    workshop.program("a = Thing('a', name='x')\nThing('b', tags={'of': a.mark})")
    workshop.up()
    workshop.program("a = Thing('z', name='x', opts=Opts(aliases=[Alias(name='a')]))\nThing('b', tags={'of': a.mark})")
    workshop.calls()
    assert ops(workshop.up()) == {}
    assert not [call for call in workshop.calls() if call.startswith(("create", "delete"))]
    resources = workshop.resources()
    assert "a" not in resources
    assert resources["b"]["dependencies"] == [urn("z")]
    assert "aliases" not in resources["z"]
    assert ops(workshop.up()) == {}


def test_children_follow_a_renamed_parent(workshop: Workshop) -> None:
    box = """
    class Box(pulumi.ComponentResource):
        def __init__(self, name, opts=None):
            super().__init__("my:mod:Box", name, None, opts)
            inner = Thing(name + "-inner", name="x", opts=Opts(parent=self))
            Thing("leaf", opts=Opts(parent=inner))
    """
    workshop.program(f"{box}\n    Box('one')")
    workshop.up()
    workshop.program(f"{box}\n    Box('two', Opts(aliases=[Alias(name='one')]))")
    assert ops(workshop.up()) == {}
    assert list(workshop.resources()) == ["shop-dev", "two", "default", "two-inner", "leaf"]


def test_two_resources_cannot_take_over_the_same_old_one(workshop: Workshop) -> None:
    workshop.program("Thing('a')")
    workshop.up()
    workshop.program(
        """
        first = Thing("b", opts=Opts(aliases=[Alias(name="a")]))
        Thing("c", opts=Opts(aliases=[Alias(name="a")], depends_on=[first]))
        """
    )
    result = workshop.up()
    assert result.exit_code == 1
    assert result.errors == (
        (
            f"Duplicate resource alias '{urn('a')}' applied to resource with URN '{urn('c')}' "
            f"conflicting with resource with URN '{urn('b')}'"
        ),
        SHUT_DOWN,
    )


def test_a_resource_cannot_be_registered_after_another_took_over_its_urn(workshop: Workshop) -> None:
    workshop.program("Thing('a')")
    workshop.up()
    workshop.program("b = Thing('b', opts=Opts(aliases=[Alias(name='a')]))\nThing('a', opts=Opts(depends_on=[b]))")
    result = workshop.up()
    assert result.exit_code == 1
    assert result.errors[0].startswith(f"Duplicate resource URN '{urn('a')}' conflicting with alias on resource")


def test_two_resources_of_one_name_are_refused(workshop: Workshop) -> None:
    workshop.program("Thing('a')\nThing('a')")
    result = workshop.up()
    assert result.exit_code == 1
    assert result.errors == (f"Duplicate resource URN '{urn('a')}'; try giving it a unique name", SHUT_DOWN)


def test_timeouts_are_kept_in_seconds(workshop: Workshop) -> None:
    workshop.program("Thing('a', opts=Opts(custom_timeouts=pulumi.CustomTimeouts(create='1h30m', delete='1.5s')))")
    workshop.up()
    assert workshop.resources()["a"]["customTimeouts"] == {"create": 5400, "delete": 1.5}
    assert ops(workshop.up()) == {}
    workshop.program("Thing('a', opts=Opts(custom_timeouts=pulumi.CustomTimeouts(create='soon')))")
    result = workshop.preview()
    assert result.errors == (
        "unable to parse customTimeout value soon: write it as, for example, 5m or 1h30m",
        SHUT_DOWN,
    )
