"""States in the format of `pulumi stack export`, held to an export of the real CLI."""

from __future__ import annotations

import hashlib
import json
import re
from pathlib import Path
from typing import Any

import pytest

from pulumi_offline.crypto import PassphraseCrypter
from pulumi_offline.errors import StateError, Unsupported
from pulumi_offline.state import Operation, ResourceState, Snapshot, now, salt_of
from pulumi_offline.state_values import ValueReader, ValueWriter
from pulumi_offline.values import Secret

from .made import DEFAULT, DEFAULT_PROVIDER, STACK, THING, provider_state, stack_state, state, thing

VECTORS = Path(__file__).parent / "vectors"
PLAIN_READER, PLAIN_WRITER = ValueReader(None), ValueWriter(None)


def vector(name: str) -> dict[str, Any]:
    document: dict[str, Any] = json.loads((VECTORS / name).read_text(encoding="utf-8"))
    return document


def sound(*resources: dict[str, Any]) -> list[dict[str, Any]]:
    """With the stack and the provider that a thing needs."""
    return Snapshot([stack_state(), provider_state()]).write(PLAIN_WRITER)["deployment"]["resources"] + [*resources]


def exported(*resources: dict[str, Any], **more: Any) -> dict[str, Any]:
    return {"version": 3, "deployment": {"resources": list(resources), **more}}


def resource(**more: Any) -> dict[str, Any]:
    return {"urn": thing("alpha"), "custom": True, "type": THING, **more}


def in_clear(document: Any) -> Any:
    """With the JSON text of each secret decoded, because there is more than one way to write it."""
    match document:
        case {"plaintext": str() as text}:
            return {**document, "plaintext": json.loads(text)}
        case dict():
            return {key: in_clear(item) for key, item in document.items()}
        case list():
            return [in_clear(item) for item in document]
        case _:
            return document


def test_an_export_of_the_cli_is_read_and_written_as_the_cli_would() -> None:
    document = vector("export.json")
    salt = salt_of(document)
    assert salt is not None
    snapshot = Snapshot.read(document, ValueReader(PassphraseCrypter("correct horse", salt)))
    shown = vector("export_show_secrets.json")["deployment"]["resources"]
    written = snapshot.write(PLAIN_WRITER)["deployment"]["resources"]
    assert json.dumps(in_clear(written)) == json.dumps(in_clear(shown))


def test_an_export_of_the_cli_means_what_its_program_said() -> None:
    snapshot = Snapshot.read(vector("export_show_secrets.json"), PLAIN_READER)
    by_name = {state.name: state for state in snapshot.resources}
    alpha, beta, gamma = by_name["alpha"], by_name["beta"], by_name["gamma"]
    assert alpha.inputs["token"] == Secret("tok-<é>")
    assert alpha.inputs["nest"] == {"deep": {"k": "v"}, "gone": 1, "s": Secret("hidden")}
    assert (alpha.id, alpha.provider.rpartition("::")[0]) == ("id-one", DEFAULT_PROVIDER)
    assert (beta.parent, beta.dependencies) == (alpha.urn, [alpha.urn])
    assert beta.property_dependencies == {"__provider": [], "dep": [alpha.urn], "kind": [], "label": []}
    assert (gamma.protect, gamma.retain_on_delete, gamma.custom) == (True, True, True)
    assert by_name["default"].is_default_provider
    assert by_name["default"].inputs["shop:obj"] == Secret('{"a":1,"s":"inner"}')
    assert snapshot.stack_outputs()["m"] == {"x": [1, {"y": 2}], "e": []}


def test_only_what_says_something_is_written() -> None:
    snapshot = Snapshot([stack_state()])
    assert snapshot.write(PLAIN_WRITER)["deployment"]["resources"] == [
        {"urn": STACK, "custom": False, "type": "pulumi:pulumi:Stack"}
    ]


def test_every_field_survives() -> None:
    full = state(
        "alpha",
        inputs={"a": Secret(1)},
        outputs={"b": [2]},
        protect=True,
        taint=True,
        delete=True,
        pending_replacement=True,
        retain_on_delete=True,
        dependencies=[STACK],
        property_dependencies={"a": [STACK], "c": []},
        additional_secret_outputs=["b"],
        ignore_changes=["a"],
        replace_on_changes=["c"],
        aliases=[thing("old")],
        custom_timeouts={"create": 300.0},
        created="2026-01-01T00:00:00.000000001Z",
        modified="2026-01-02T00:00:00Z",
        source_position="project:///__main__.py#1",
        stack_trace=[{"sourcePosition": "project:///__main__.py#1"}, {}],
    )
    document = Snapshot([stack_state(), provider_state(), full], [Operation(full, "deleting")]).write(PLAIN_WRITER)
    again = Snapshot.read(document, PLAIN_READER)
    assert [described(item) for item in again.resources[2:]] == [described(full)]
    assert [(operation.type, described(operation.resource)) for operation in again.pending_operations] == [
        ("deleting", described(full))
    ]
    assert document["deployment"]["pending_operations"][0]["type"] == "deleting"
    assert list(document["deployment"]["resources"][2])[:6] == ["urn", "custom", "delete", "id", "type", "inputs"]


def described(state: ResourceState) -> dict[str, object]:
    return {name: getattr(state, name) for name in ResourceState.__slots__}


def test_an_empty_stack_has_no_resources_key() -> None:
    document = Snapshot().write(PLAIN_WRITER)
    assert document["version"] == 3
    assert list(document["deployment"]) == ["manifest", "metadata"]
    assert Snapshot.read(document, PLAIN_READER).resources == []


def test_the_magic_is_the_hash_of_the_version() -> None:
    manifest = Snapshot().write(PLAIN_WRITER)["deployment"]["manifest"]
    assert manifest["version"]
    assert manifest["magic"] == hashlib.sha256(manifest["version"].encode()).hexdigest()
    assert re.fullmatch(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{6}Z", manifest["time"])


def test_moments_are_in_order() -> None:
    assert now() <= now()


@pytest.mark.parametrize(
    "document",
    [
        pytest.param({}, id="empty"),
        pytest.param({"deployment": {}}, id="no version"),
        pytest.param({"version": 2, "deployment": {}}, id="old version"),
        pytest.param({"version": 3}, id="no deployment"),
        pytest.param({"version": 3, "deployment": []}, id="no mapping"),
    ],
)
def test_what_is_no_export(document: dict[str, Any]) -> None:
    with pytest.raises(StateError, match=r"^the state is not in the format of `pulumi stack export`"):
        Snapshot.read(document, PLAIN_READER)
    with pytest.raises(StateError, match=r"^the state is not in the format of `pulumi stack export`"):
        salt_of(document)


@pytest.mark.parametrize(
    ("key", "value", "named"),
    [
        ("external", True, r"resources that are only read \(`.get`\)"),
        ("initErrors", ["x"], "resources whose initialization failed"),
        ("importID", "x", "the `import_` option"),
        ("deletedWith", "x", "the `deleted_with` option"),
        ("replaceWith", ["x"], "the `replace_with` option"),
        ("replacementTrigger", 1, "the `replacement_trigger` option"),
        ("hideDiff", ["a"], "the `hide_diffs` option"),
        ("refreshBeforeUpdate", True, "resources that ask to be refreshed before an update"),
        ("viewOf", "x", "views"),
        ("resourceHooks", {"x": ["y"]}, "resource hooks"),
        ("somethingNew", 1, "`somethingNew`"),
    ],
)
def test_what_only_the_cli_has_is_refused_by_name(key: str, value: object, named: str) -> None:
    with pytest.raises(Unsupported, match=rf"^{named} \(in the state of urn:.*alpha\): not supported"):
        Snapshot.read(exported(resource(**{key: value})), PLAIN_READER)


@pytest.mark.parametrize("value", [False, None, [], {}, ""])
def test_what_is_not_used_is_not_refused(value: object) -> None:
    snapshot = Snapshot.read(exported(resource(external=value, initErrors=value)), PLAIN_READER)
    assert [item.name for item in snapshot.resources] == ["alpha"]


MALFORMED: list[tuple[Any, str]] = [
    ({"resources": 3}, "resources: Input should be a valid list"),
    ({"resources": [3]}, "resources.0: Input should be a valid dictionary"),
    ({"resources": [{"type": THING}]}, "resources.0.urn: Field required"),
    (
        {"resources": [resource(urn="alpha")]},
        "resources.0.urn: Value error, not a URN: alpha",
    ),
    ({"resources": [{"urn": thing("a")}]}, "resources.0.type: Field required"),
    (
        {"resources": [resource(protect="yes")]},
        "resources.0.protect: Input should be a valid",
    ),
    ({"resources": [resource(id=3)]}, "resources.0.id: Input should be a valid string"),
    (
        {"resources": [resource(inputs=[])]},
        "resources.0.inputs: Input should be a valid dict",
    ),
    ({"resources": [resource(parent="x")]}, "resources.0.parent: Value error, not a URN: x"),
    (
        {"resources": [resource(provider="x")]},
        "resources.0.provider: Value error, not a prov",
    ),
    (
        {"resources": [resource(provider="x::y")]},
        "resources.0.provider: Value error, not a U",
    ),
    ({"resources": [resource(dependencies=[3])]}, "resources.0.dependencies.0: Input should"),
    (
        {"resources": [resource(propertyDependencies={"a": "b"})]},
        "resources.0.propertyDependencies.a: Input should be a valid list",
    ),
    ({"resources": [resource(customTimeouts={"create": "1"})]}, "resources.0.customTimeouts"),
    ({"pending_operations": [{}]}, "pending_operations.0.resource: Field required"),
    ({"pending_operations": [{"resource": resource()}]}, "pending_operations.0.type: Field"),
    ({"secrets_providers": 3}, "secrets_providers: Input should be"),
    ({"secrets_providers": {"type": 3}}, "secrets_providers.type: Input should be"),
    ({"secrets_providers": {"type": "passphrase", "state": 3}}, "secrets_providers.state"),
]


@pytest.mark.parametrize(("deployment", "where"), MALFORMED, ids=[where[:40] for _, where in MALFORMED])
def test_a_state_edited_wrongly_by_hand_is_one_line(deployment: Any, where: str) -> None:
    document = {"version": 3, "deployment": deployment}
    for read in (lambda: Snapshot.read(document, PLAIN_READER), lambda: salt_of(document)):
        with pytest.raises(StateError) as caught:
            read()
        assert str(caught.value).startswith(f"the state is malformed at {where}")
        assert "\n" not in str(caught.value)


def test_a_value_of_the_wrong_kind_is_not_shown() -> None:
    with pytest.raises(StateError) as caught:
        Snapshot.read(exported(resource(inputs="s3cr3t")), PLAIN_READER)
    assert "s3cr3t" not in str(caught.value)


@pytest.mark.parametrize("provider", [{}, {"state": {}}, {"state": {"salt": 3}}])
def test_a_passphrase_provider_needs_its_salt(provider: dict[str, Any]) -> None:
    with pytest.raises(StateError, match=r"^the state's passphrase secrets provider has no salt$"):
        salt_of(exported(secrets_providers={"type": "passphrase", **provider}))


def test_what_is_null_is_as_if_it_were_not_there() -> None:
    nothing = resource(id=None, parent=None, protect=None, inputs=None, dependencies=None, created=None)
    (read,) = Snapshot.read(exported(nothing), PLAIN_READER).resources
    assert described(read) == described(ResourceState(thing("alpha"), THING))
    keyed = Snapshot.read(exported(resource(propertyDependencies={"a": None})), PLAIN_READER).resources[0]
    assert keyed.property_dependencies == {"a": []}


@pytest.mark.parametrize(
    ("resources", "message"),
    [
        ([resource(provider=DEFAULT)], f"the state of {thing('alpha')} refers to the unknown provider {DEFAULT}"),
        ([resource(parent=STACK)], f"the state of {thing('alpha')} refers to {STACK}, which is missing"),
        (
            sound(resource(dependencies=[thing("beta")]), resource(urn=thing("beta"))),
            f"the state of {thing('alpha')} refers to {thing('beta')}, which comes after it",
        ),
        (
            [resource(propertyDependencies={"a": [thing("beta")]})],
            f"the state of {thing('alpha')} refers to {thing('beta')}, which is missing",
        ),
        ([resource(), resource()], f"the state has {thing('alpha')} twice"),
    ],
)
def test_a_state_whose_resources_do_not_fit_together(resources: list[dict[str, Any]], message: str) -> None:
    with pytest.raises(StateError) as caught:
        Snapshot.read(exported(*resources), PLAIN_READER)
    assert str(caught.value) == message


def test_what_an_interrupted_replacement_leaves_fits_together() -> None:
    replaced = [resource(delete=True), resource(), resource(delete=True)]
    pending = resource(urn=thing("beta"), provider=f"{DEFAULT_PROVIDER}::gone", pendingReplacement=True)
    assert len(Snapshot.read(exported(*sound(*replaced, pending)), PLAIN_READER).resources) == 6


def test_other_provider_packages_are_refused() -> None:
    other = resource(urn="urn:pulumi:dev::shop::pulumi:providers:aws::default", type="pulumi:providers:aws")
    with pytest.raises(Unsupported, match=r"^provider package aws \(it offers pulumi-python only\)"):
        Snapshot.read(exported(other), PLAIN_READER)


@pytest.mark.parametrize(
    ("providers", "salt"),
    [
        (None, None),
        ({}, None),
        ({"type": ""}, None),
        ({"type": "passphrase", "state": {"salt": "v1:x"}}, "v1:x"),
    ],
)
def test_the_salt_of_a_state(providers: object, salt: str | None) -> None:
    assert salt_of(exported(secrets_providers=providers)) == salt


def test_other_secrets_providers_are_refused() -> None:
    with pytest.raises(Unsupported, match=r"^secrets provider cloud: not supported"):
        salt_of(exported(secrets_providers={"type": "cloud", "state": {}}))


def test_a_state_knows_what_it_is() -> None:
    explicit = provider_state(urn="urn:pulumi:dev::shop::pulumi:providers:pulumi-python::mine", parent=STACK)
    component = state("c", urn="urn:pulumi:dev::shop::shop:Group::c", type="shop:Group", custom=False, provider="")
    kinds = {
        item.name: (item.is_stack, item.is_provider, item.is_default_provider)
        for item in (stack_state(), provider_state(), explicit, component, state("alpha"))
    }
    assert kinds == {
        "shop-dev": (True, False, False),
        "default": (False, True, True),
        "mine": (False, True, False),
        "c": (False, False, False),
        "alpha": (False, False, False),
    }


def test_a_provider_named_default_by_the_program_is_an_explicit_one() -> None:
    assert not provider_state(parent=STACK).is_default_provider


def test_what_a_state_depends_on() -> None:
    child = state(
        "child",
        parent=thing("group"),
        provider=DEFAULT,
        dependencies=[thing("a")],
        property_dependencies={"x": [thing("b")], "y": []},
    )
    assert child.needs() == {thing("a"), thing("b"), DEFAULT_PROVIDER}
    assert child.all_dependencies() == {thing("a"), thing("b"), DEFAULT_PROVIDER, thing("group")}
    assert stack_state().all_dependencies() == set()


def test_a_copy_is_another_state_with_the_same_fields() -> None:
    original = state("alpha", inputs={"a": 1})
    copied = original.copy()
    assert copied is not original
    assert described(copied) == described(original)
    assert copied != original  # because states are compared by identity


def test_a_stack_without_a_stack_resource_has_no_outputs() -> None:
    assert Snapshot([state("alpha", outputs={"a": 1})]).stack_outputs() == {}
