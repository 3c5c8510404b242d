"""Registrations as the SDK sends them."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

import pytest
from google.protobuf import struct_pb2
from pulumi.runtime.proto import alias_pb2, resource_pb2, source_pb2

from pulumi_offline.errors import OfflineError, Unsupported
from pulumi_offline.goal import Goal, goal_of

from .made import DEFAULT, STACK, THING

ROOT = Path("/projects/shop")
Request = resource_pb2.RegisterResourceRequest


def request(**fields: Any) -> resource_pb2.RegisterResourceRequest:
    return Request(**{"type": THING, "name": "alpha", "custom": True, **fields})


def properties(**values: str) -> struct_pb2.Struct:
    struct = struct_pb2.Struct()
    struct.update(values)
    return struct


def test_a_registration_that_says_little() -> None:
    goal = goal_of(request(parent=STACK), ROOT)
    assert goal == Goal(type=THING, name="alpha", parent=STACK)
    assert (goal.is_provider, goal.needs_provider) == (False, True)


def test_a_registration_that_says_everything() -> None:
    goal = goal_of(
        request(
            object=properties(a="1", b="2"),
            provider=DEFAULT,
            dependencies=["urn:b", "urn:a", "urn:b"],
            propertyDependencies={"a": Request.PropertyDependencies(urns=["urn:b", "urn:a", "urn:a"])},
            protect=True,
            retainOnDelete=True,
            deleteBeforeReplace=True,
            deleteBeforeReplaceDefined=True,
            ignoreChanges=["a"],
            replaceOnChanges=["b"],
            additionalSecretOutputs=["c"],
            aliasURNs=["urn:old"],
            customTimeouts=Request.CustomTimeouts(create="5m", delete="1h30m", update="1.5s"),
            acceptSecrets=True,
            supportsPartialValues=True,
            acceptResources=True,
            supportsResultReporting=True,
            hooks=Request.ResourceHooksBinding(),
        ),
        ROOT,
    )
    assert goal.inputs == {"a": "1", "b": "2"}
    assert goal.provider == DEFAULT
    assert goal.dependencies == ("urn:a", "urn:b")
    assert goal.property_dependencies == {"a": ["urn:a", "urn:b"], "b": []}
    assert (goal.protect, goal.retain_on_delete, goal.delete_before_replace) == (True, True, True)
    assert (goal.ignore_changes, goal.replace_on_changes) == (("a",), ("b",))
    assert (goal.additional_secret_outputs, goal.alias_urns) == (("c",), ("urn:old",))
    assert goal.custom_timeouts == {"create": 300.0, "delete": 5400.0, "update": 1.5}


def test_saying_no_is_not_saying_nothing() -> None:
    said = goal_of(request(protect=False, retainOnDelete=False, deleteBeforeReplaceDefined=True), ROOT)
    assert (said.protect, said.retain_on_delete, said.delete_before_replace) == (False, False, False)
    silent = goal_of(request(), ROOT)
    assert (silent.protect, silent.retain_on_delete, silent.delete_before_replace) == (None, None, None)


def test_without_property_dependencies_every_property_depends_on_everything() -> None:
    goal = goal_of(request(object=properties(a="1", b="2"), dependencies=["urn:x"]), ROOT)
    assert goal.property_dependencies == {"a": ["urn:x"], "b": ["urn:x"]}


def test_a_component_hands_its_provider_down() -> None:
    component = goal_of(request(type="shop:Group", custom=False, providers={"pulumi-python": DEFAULT}), ROOT)
    assert (component.provider, component.needs_provider) == (DEFAULT, False)
    parent = Goal("shop:Group", "g", custom=False, provider=DEFAULT, protect=True, retain_on_delete=True)
    child = Goal(THING, "c").inheriting(parent)
    assert (child.provider, child.protect, child.retain_on_delete) == (DEFAULT, True, True)


def test_a_child_that_says_something_keeps_it() -> None:
    parent = Goal("shop:Group", "g", custom=False, provider=DEFAULT, protect=True, retain_on_delete=True)
    child = Goal(THING, "c", provider="urn:mine::1", protect=False, retain_on_delete=False)
    assert child.inheriting(parent) == child


def test_a_provider_has_no_provider() -> None:
    parent = Goal("shop:Group", "g", custom=False, provider=DEFAULT)
    explicit = goal_of(request(type="pulumi:providers:pulumi-python", name="mine"), ROOT)
    assert (explicit.is_provider, explicit.needs_provider) == (True, False)
    assert explicit.inheriting(parent).provider == ""


@pytest.mark.parametrize(
    ("text", "seconds"),
    [
        ("30s", 30.0),
        ("5m", 300.0),
        ("1h30m", 5400.0),
        ("1h2m3s", 3723.0),
        ("250ms", 0.25),
        ("1.5m", 90.0),
        ("100us", 1e-4),
    ],
)
def test_timeouts(text: str, seconds: float) -> None:
    goal = goal_of(request(customTimeouts=Request.CustomTimeouts(read=text)), ROOT)
    assert goal.custom_timeouts == pytest.approx({"read": seconds})


@pytest.mark.parametrize("text", ["soon", "5", "5 m", "m5", "5x", "1h30"])
def test_timeouts_that_cannot_be_read(text: str) -> None:
    with pytest.raises(
        OfflineError, match=rf"^unable to parse customTimeout value {text}: write it as, for example, 5m"
    ):
        goal_of(request(customTimeouts=Request.CustomTimeouts(create=text)), ROOT)


@pytest.mark.parametrize(
    ("uri", "line", "column", "position"),
    [
        pytest.param("file:///projects/shop/things.py", 21, 0, "project:///things.py#21", id="in the project"),
        pytest.param("file:///projects/shop/a/b.py", 3, 7, "project:///a/b.py#3,7", id="with a column"),
        pytest.param("file:///usr/lib/x.py", 1, 0, "project:///../../usr/lib/x.py#1", id="elsewhere"),
        pytest.param("file:///projects/shop/my%20file.py", 1, 0, "project:///my%20file.py#1", id="escaped"),
        pytest.param("", 0, 0, "", id="nowhere"),
        pytest.param("http://x/y.py", 1, 0, "", id="no file"),
        pytest.param("file:relative.py", 1, 0, "", id="relative"),
    ],
)
def test_source_positions_are_relative_to_the_project(uri: str, line: int, column: int, position: str) -> None:
    given = source_pb2.SourcePosition(uri=uri, line=line, column=column)
    frames = [source_pb2.StackFrame(pc=given), source_pb2.StackFrame()]
    goal = goal_of(request(sourcePosition=given, stackTrace=source_pb2.StackTrace(frames=frames)), ROOT)
    assert goal.source_position == position
    assert goal.stack_trace == ({"sourcePosition": position} if position else {}, {})


HOOKS = Request.ResourceHooksBinding(before_create=["x"])
UNSUPPORTED: list[tuple[str, dict[str, Any]]] = [
    ("remote components", {"remote": True}),
    ("the `import_` option", {"importId": "x"}),
    ("resource hooks", {"hooks": HOOKS}),
    ("the `deleted_with` option", {"deletedWith": "urn:x"}),
    ("the `version` option", {"version": "1.0.0"}),
    ("the `plugin_download_url` option", {"pluginDownloadURL": "https://x"}),
    ("parameterized packages", {"packageRef": "x"}),
    ("alias specifications", {"aliases": [alias_pb2.Alias(urn="urn:x")]}),
    ("package aws (it offers pulumi-python only)", {"type": "aws:s3:Bucket"}),
    ("provider package aws (it offers pulumi-python only)", {"type": "pulumi:providers:aws"}),
]


@pytest.mark.parametrize(("feature", "fields"), UNSUPPORTED, ids=[feature for feature, _ in UNSUPPORTED])
def test_what_only_the_cli_has_is_refused_by_name(feature: str, fields: dict[str, Any]) -> None:
    with pytest.raises(Unsupported, match=rf"^{re.escape(feature)}: not supported by pulumi_offline"):
        goal_of(request(**fields), ROOT)


def test_a_component_may_have_any_type_and_version() -> None:
    assert goal_of(request(type="my:own:Thing", custom=False, version="1.0.0"), ROOT).type == "my:own:Thing"
