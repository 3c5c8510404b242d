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


def test_only_explicit_providers_means_no_default_one(workshop: Workshop) -> None:
    workshop.program(EXPLICIT)
    workshop.up()
    assert list(workshop.resources()) == ["shop-dev", "p", "a"]


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
