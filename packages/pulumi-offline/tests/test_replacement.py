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


def test_the_option_has_the_last_word_on_the_order(workshop: Workshop) -> None:
    workshop.program("Thing('a', name=os.environ['NAME'], opts=Opts(delete_before_replace=False))")
    workshop.environ |= {"NAME": "first", "THINGS_DELETE_FIRST": "1"}
    workshop.up()
    workshop.environ["NAME"] = "second"
    assert ops(workshop.up())["a"] == ["create-replacement", "replace", "delete-replaced"]


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
