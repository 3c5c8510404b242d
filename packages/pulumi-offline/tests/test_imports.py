"""Taking over what exists already, from an import file."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

from pulumi_offline import ConfigurationError, OfflineError, Unsupported

from .workshop import THING, ops, urn

if TYPE_CHECKING:
    from .workshop import Workshop


@pytest.fixture
def serialized(workshop: Workshop) -> str:
    """The provider as an import file has to name it."""
    workshop.program("Thing('a')")
    workshop.up()
    provider: str = workshop.resources()["a"]["inputs"]["__provider"]
    return provider


def _entry(serialized: str, name: str = "b", **changes: Any) -> dict[str, Any]:
    properties = {"name": name, "size": 1, "__provider": serialized}
    outputs = {**properties, "mark": f"{name}/1", "region": "nowhere"}
    return {"type": THING, "name": name, "id": f"{name}-0", "inputs": properties, "outputs": outputs} | changes


def _import(workshop: Workshop, *entries: dict[str, Any], **options: Any) -> Any:
    return workshop.engine().import_resources({"resources": list(entries)}, skip_preview=True, **options)


def test_an_import_is_protected_unless_told_otherwise(workshop: Workshop, serialized: str) -> None:
    _import(workshop, _entry(serialized))
    assert workshop.resources()["b"]["protect"] is True


def test_a_preview_imports_nothing(workshop: Workshop, serialized: str) -> None:
    entry = _entry(serialized, provider="missing")
    with pytest.raises(ConfigurationError):
        workshop.engine().import_resources({"resources": [entry]})
    result = workshop.failing("check:b:raise").engine().import_resources({"resources": [_entry(serialized)]})
    assert [phase.preview for phase in result.phases] == [True]
    assert result.exit_code == 1
    assert "b" not in workshop.resources()


def test_a_parent_comes_before_its_child(workshop: Workshop, serialized: str) -> None:
    _import(workshop, _entry(serialized, "c", parent="b"), _entry(serialized))
    names = [item["urn"] for item in workshop.engine().export_state()["deployment"]["resources"]]
    assert names[-2:] == [urn("b"), urn("c", parent=THING)]
    assert workshop.resources()["c"]["parent"] == urn("b")


def test_importing_again_changes_nothing(workshop: Workshop, serialized: str) -> None:
    _import(workshop, _entry(serialized))
    before = workshop.resources()
    assert ops(_import(workshop, _entry(serialized))) == {}
    assert workshop.resources() == before


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ({"name": "a", "id": "other"}, f"resource '{urn('a')}' already exists"),
        ({"parent": "lost"}, f"unknown parent '{urn('lost')}' for resource '{urn('b', parent=THING)}'"),
        ({"provider": "lost"}, f"the provider '{urn('lost')}' of resource '{urn('b')}' is not in the state"),
    ],
)
def test_an_impossible_import_leaves_the_state_alone(
    workshop: Workshop, serialized: str, changes: dict[str, Any], message: str
) -> None:
    before = workshop.resources()
    document = {"nameTable": {"lost": urn("lost")}, "resources": [_entry(serialized, **changes)]}
    result = workshop.engine().import_resources(document, skip_preview=True)
    assert result.exit_code == 1
    assert result.errors[0] == message
    assert workshop.resources() == before


@pytest.mark.parametrize(
    ("changes", "error", "message"),
    [
        ({"name": ""}, ConfigurationError, "resource '' of the import file has no name or no type"),
        ({"id": ""}, ConfigurationError, f"resource 'b' of type '{THING}' has no ID"),
        ({"outputs": {}}, ConfigurationError, "because a dynamic provider cannot read it by ID"),
        ({"parent": "x"}, ConfigurationError, "the parent 'x' for resource 'b' has no entry in 'nameTable'"),
        ({"version": "1.0.0"}, Unsupported, "`version` of resource 'b'"),
        ({"type": "aws:s3:Bucket"}, Unsupported, "package aws"),
    ],
)
def test_a_malformed_entry_is_one_line(
    workshop: Workshop, changes: dict[str, Any], error: type[OfflineError], message: str
) -> None:
    with pytest.raises(error) as caught:
        _import(workshop, _entry("any", **changes))
    assert message in str(caught.value)
    assert not workshop.state_file.exists()


@pytest.mark.parametrize(
    ("document", "message"),
    [
        ({"resources": 3}, "the import file is malformed at resources: Input should be a valid list"),
        ({"resources": [3]}, "the import file is malformed at resources.0: Input should be"),
        ({"resources": [{"name": 3}]}, "the import file is malformed at resources.0.name: Input should be"),
        ({"resources": [{"inputs": "s3cr3t"}]}, "the import file is malformed at resources.0.inputs: Input should be"),
        ({"nameTable": []}, "the import file is malformed at nameTable: Input should be"),
        ({"nameTable": {"a": "b"}}, "the import file is malformed at nameTable.a: Value error, not a URN: b"),
    ],
)
def test_a_malformed_file_is_one_line(workshop: Workshop, document: dict[str, Any], message: str) -> None:
    with pytest.raises(ConfigurationError) as caught:
        workshop.engine().import_resources(document)
    assert str(caught.value).startswith(message)
    assert "s3cr3t" not in str(caught.value)


def test_two_of_one_name_and_type(workshop: Workshop) -> None:
    with pytest.raises(ConfigurationError, match="has an ambiguous URN"):
        _import(workshop, _entry("any"), _entry("any"))


def test_parents_in_a_circle(workshop: Workshop) -> None:
    with pytest.raises(ConfigurationError, match="the parent of resource 'b' comes after it in a circle"):
        _import(workshop, _entry("any", parent="c"), _entry("any", "c", parent="b"))


def test_a_file_without_resources_imports_nothing(workshop: Workshop) -> None:
    assert _import(workshop).exit_code == 0
    assert workshop.resources() == {}


def test_configuration_of_providers_in_the_file_is_refused(workshop: Workshop) -> None:
    with pytest.raises(Unsupported, match="`providerInputs` in an import file"):
        workshop.engine().import_resources({"resources": [], "providerInputs": {}})
