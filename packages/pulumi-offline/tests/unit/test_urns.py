"""URNs and provider references."""

from __future__ import annotations

import pytest

from pulumi_offline.urns import ProviderReference, Urn, make_urn

from .made import DEFAULT, DEFAULT_PROVIDER, STACK, THING, thing


@pytest.mark.parametrize(
    ("text", "parts", "type_"),
    [
        (STACK, ("dev", "shop", "pulumi:pulumi:Stack", "shop-dev"), "pulumi:pulumi:Stack"),
        ("urn:pulumi:dev::shop::a:b:C$d:e:F::x", ("dev", "shop", "a:b:C$d:e:F", "x"), "d:e:F"),
        ("urn:pulumi:dev::shop::a:b:C::x::y z", ("dev", "shop", "a:b:C", "x::y z"), "a:b:C"),
        ("urn:pulumi:dev::shop::a:b:C::", ("dev", "shop", "a:b:C", ""), "a:b:C"),
    ],
)
def test_parsing(text: str, parts: tuple[str, ...], type_: str) -> None:
    urn = Urn.parse(text)
    assert (urn.stack, urn.project, urn.qualified_type, urn.name) == parts
    assert urn.type == type_
    assert str(urn) == text


@pytest.mark.parametrize("text", ["", "x", "urn:pulumi:dev", "urn:pulumi:dev::shop::type", f"x{STACK}"])
def test_what_is_no_urn(text: str) -> None:
    with pytest.raises(ValueError, match=rf"^not a URN: {text}$"):
        Urn.parse(text)


@pytest.mark.parametrize(
    ("parent", "expected"),
    [
        pytest.param("", thing("x"), id="no parent"),
        pytest.param(STACK, thing("x"), id="the stack"),
        pytest.param(thing("p"), f"urn:pulumi:dev::shop::{THING}${THING}::x", id="a resource"),
        pytest.param(
            "urn:pulumi:dev::shop::a:b:C$d:e:F::p", f"urn:pulumi:dev::shop::a:b:C$d:e:F${THING}::x", id="deeper"
        ),
    ],
)
def test_the_parents_type_is_a_prefix_unless_it_is_the_stack(parent: str, expected: str) -> None:
    assert make_urn("dev", "shop", parent, THING, "x") == expected


def test_provider_references() -> None:
    reference = ProviderReference.parse(DEFAULT)
    assert reference == ProviderReference(DEFAULT_PROVIDER, "p1")
    assert str(reference) == DEFAULT
    assert reference.is_default
    mine = ProviderReference.parse("urn:pulumi:dev::shop::pulumi:providers:pulumi-python::mine::04da6b54")
    assert (mine.id, mine.is_default) == ("04da6b54", False)


@pytest.mark.parametrize("text", ["", "x", "::x", "x::y", "urn:pulumi:dev::shop::type::id"])
def test_what_is_no_provider_reference(text: str) -> None:
    with pytest.raises(ValueError, match=r"^not a (provider reference|URN): "):
        ProviderReference.parse(text)
