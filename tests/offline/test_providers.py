"""Provider resources: the default one and explicit ones, where their configuration comes from, and the guard."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from pulumi_offline import Refusal

from .workshop import ops, urn

if TYPE_CHECKING:
    from collections.abc import Mapping

    from .workshop import Workshop

EXPLICIT = """
p = Provider("p", region=os.environ.get("REGION", "north"), secret=pulumi.Output.secret("hush"))
Thing("a", opts=Opts(provider=p))
"""
PROVIDER = "pulumi:providers:pulumi-python"


def test_the_default_provider_gets_the_whole_configuration(workshop: Workshop) -> None:
    workshop.configure("config:\n  things:region: south\n  other:key: {a: [1, true]}\n")
    workshop.config = {"size": "3"}
    workshop.program("Thing('a')")
    workshop.up()
    assert workshop.live()["a-0"]["region"] == "south"
    expected = {"things:region": "south", "other:key": '{"a":[1,true]}', "shop:size": "3"}
    state = workshop.resources()["default"]
    assert state["inputs"] == state["outputs"] == expected
    assert "propertyDependencies" not in state


def test_a_changed_configuration_reaches_the_provider_and_changes_no_resource(workshop: Workshop) -> None:
    workshop.config = {"things:region": "south"}
    workshop.program("Thing('a')")
    workshop.up()
    identity = workshop.resources()["default"]["id"]
    workshop.config = {"things:region": "east"}
    workshop.calls()
    result = workshop.up()
    assert ops(result) == {}
    assert {op.value: count for op, count in result.changes.items()} == {"same": 2}
    assert workshop.calls()[0] == "configure east"
    assert workshop.resources()["default"]["inputs"]["things:region"] == "east"
    assert workshop.resources()["default"]["id"] == identity


def test_refresh_and_destroy_use_what_the_state_says(workshop: Workshop) -> None:
    workshop.config = {"things:region": "south"}
    workshop.program("Thing('a')")
    workshop.up()
    workshop.config = {"things:region": "east"}
    workshop.calls()
    workshop.refresh()
    workshop.destroy()
    assert [call for call in workshop.calls() if call.startswith("configure")] == ["configure south"] * 2


def test_an_explicit_provider_has_a_process_and_a_configuration_of_its_own(workshop: Workshop) -> None:
    workshop.config = {"things:region": "south"}
    workshop.program(EXPLICIT + "\nThing('b')")
    result = workshop.up()
    assert ops(result) == {"p": ["create"], "a": ["create"], "b": ["create"]}
    assert {thing["name"]: thing["region"] for thing in workshop.live().values()} == {"a": "north", "b": "south"}
    resources = workshop.resources()
    assert resources["a"]["provider"] == f"{urn('p', PROVIDER)}::{resources['p']['id']}"
    assert resources["p"]["inputs"]["things:secret"]["plaintext"] == '"hush"'
    assert '"hush"' not in workshop.state_file.read_text()
    assert ops(workshop.up()) == {}


def test_only_explicit_providers_means_no_default_one(workshop: Workshop) -> None:
    workshop.program(EXPLICIT)
    workshop.up()
    assert list(workshop.resources()) == ["shop-dev", "p", "a"]


def test_a_changed_explicit_provider_is_updated_and_its_things_stay(workshop: Workshop) -> None:
    workshop.program(EXPLICIT)
    workshop.up()
    workshop.environ["REGION"] = "west"
    workshop.calls()
    result = workshop.up()
    assert ops(result) == {"p": ["update"]}
    assert workshop.calls()[0] == "configure west"


def test_another_provider_for_a_thing_is_no_replacement(workshop: Workshop) -> None:
    workshop.program(EXPLICIT)
    workshop.up()
    workshop.program("Thing('a')")
    assert ops(workshop.up()) == {"p": ["delete"]}
    assert workshop.resources()["a"]["provider"].startswith(urn("default", PROVIDER))


def test_a_thing_whose_provider_has_gone_from_the_program_is_still_deleted(workshop: Workshop) -> None:
    workshop.program(EXPLICIT)
    workshop.up()
    workshop.program("pass")
    workshop.calls()
    assert ops(workshop.preview()) == {"a": ["delete"], "p": ["delete"]}
    assert ops(workshop.up()) == {"a": ["delete"], "p": ["delete"]}
    assert workshop.calls() == ["configure north", "delete a"]
    assert workshop.live() == {}


def test_a_renamed_provider_with_an_alias_keeps_its_things(workshop: Workshop) -> None:
    workshop.program(EXPLICIT)
    workshop.up()
    workshop.program(EXPLICIT.replace('Provider("p",', 'Provider("q", Opts(aliases=[Alias(name="p")]),'))
    workshop.calls()
    assert ops(workshop.up()) == {}
    assert workshop.calls() == ["configure north", "check a", "diff a"]
    assert workshop.resources()["a"]["provider"].startswith(urn("q", PROVIDER))


def test_components_hand_their_provider_down(workshop: Workshop) -> None:
    workshop.program(
        """
        p = Provider("p", region="north")
        box = pulumi.ComponentResource("my:mod:Box", "box", opts=Opts(providers=[p]))
        inner = pulumi.ComponentResource("my:mod:Box", "inner", opts=Opts(parent=box))
        a = Thing("a", opts=Opts(parent=inner))
        Thing("b", opts=Opts(parent=a))
        """
    )
    workshop.up()
    assert {thing["region"] for thing in workshop.live().values()} == {"north"}
    assert "provider" not in workshop.resources()["box"]


def test_a_provider_not_known_before_the_update_is_not_asked_in_the_preview(workshop: Workshop) -> None:
    program = (
        "a = Thing('a', size={size})\np = Provider('p', region=a.mark)\nThing('b', size={size}, opts=Opts(provider=p))"
    )
    workshop.program(program.format(size=1))
    assert ops(workshop.preview()) == {"a": ["create"], "p": ["create"], "b": ["create"]}
    assert "check b" not in workshop.calls()
    workshop.up()
    assert workshop.live()["b-0"]["region"] == "a/1.0"
    workshop.program(program.format(size=2))
    workshop.calls()
    result = workshop.preview()
    assert ops(result) == {"a": ["update"], "p": ["update"], "b": ["update"]}
    assert result.warnings[0].startswith("The provider for this resource has inputs that are not known during preview.")
    assert "check b" not in workshop.calls()
    assert workshop.up().exit_code == 0
    assert workshop.live()["b-0"]["region"] == "a/2.0"


class Guard:
    """Refuses a region."""

    def __init__(self, refused: str) -> None:
        self.seen: list[Mapping[str, object]] = []
        self._refused = refused

    def __call__(self, config: Mapping[str, object], _environ: Mapping[str, str]) -> None:
        self.seen.append(dict(config))
        if config.get("things:region") == self._refused:
            raise Refusal(f"region {self._refused} is off limits")


def test_a_guard_sees_each_configuration_before_the_provider_does(workshop: Workshop) -> None:
    guard = workshop.guard = Guard("nowhere")
    workshop.config = {"things:region": "south"}
    workshop.program(EXPLICIT + "\nThing('b')")
    workshop.up()
    assert {"things:region": "south"} in guard.seen
    assert {"things:region": "north", "things:secret": "hush"} in guard.seen


@pytest.mark.parametrize("skip_preview", [True, False])
def test_a_refusal_ends_it_with_nothing_written(workshop: Workshop, *, skip_preview: bool) -> None:
    workshop.guard = Guard("south")
    workshop.config = {"things:region": "south"}
    workshop.program("pulumi.ComponentResource('my:mod:Box', 'box')\nThing('a')")
    with pytest.raises(Refusal, match="region south is off limits"):
        workshop.up(skip_preview=skip_preview)
    assert not workshop.state_file.exists()
    assert workshop.calls() == []


def test_a_refusal_after_the_first_provider_keeps_what_was_made(workshop: Workshop) -> None:
    workshop.guard = Guard("north")
    workshop.program(
        "a = Thing('a')\np = Provider('p', region='north', after=a.mark)\nThing('b', opts=Opts(provider=p))"
    )
    with pytest.raises(Refusal):
        workshop.up()
    assert list(workshop.resources()) == ["shop-dev", "default", "a"]
    assert "pending_operations" not in workshop.engine().export_state()["deployment"]


@pytest.mark.parametrize("command", ["refresh", "destroy", "up"])
def test_a_refusal_holds_for_what_the_state_says_too(workshop: Workshop, command: str) -> None:
    workshop.config = {"things:region": "south"}
    workshop.program("Thing('a')")
    workshop.up()
    before = workshop.state_file.read_text()
    workshop.guard = Guard("south")
    workshop.program("pass")
    workshop.config = {}
    with pytest.raises(Refusal):
        getattr(workshop, command)()
    assert workshop.state_file.read_text() == before
    assert list(workshop.live()) == ["a-0"]
