"""A stack's configuration; the texts are what `pulumi config --json` of the real CLI says of the same file."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

import pytest

from pulumi_offline.config import ConfigValue, StackConfig, load_stack_file, stack_config
from pulumi_offline.errors import ConfigurationError, OfflineError, Unsupported
from pulumi_offline.project import load_project
from pulumi_offline.values import Secret

from .made import written

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

PROJECT = "name: shop\nruntime: python\n"


def decrypt(ciphertext: str) -> str:
    return ciphertext.removeprefix("v1:")[::-1]


def configured(
    directory: Path, stack_file: str = "", *, declared: str = "", overrides: Mapping[str, str] | None = None
) -> StackConfig:
    project = load_project(written(directory, Pulumi=PROJECT + declared, Pulumi_dev=stack_file))
    return stack_config(project, "dev", load_stack_file(project, "dev"), overrides or {}, decrypt)


def texts(config: StackConfig) -> dict[str, str]:
    return {key: value.text for key, value in config.values.items()}


BY_THE_CLI = {
    "yes": ("yes", "yes"),
    "off": ("off", "off"),
    "TRUE": ("TRUE", "true"),
    "false": ("false", "false"),
    "date": ("2026-01-01", "2026-01-01 00:00:00 +0000 UTC"),
    "moment": ("2026-01-01T10:00:00Z", "2026-01-01 10:00:00 +0000 UTC"),
    "null": ("~", ""),
    "nothing": ("", ""),
    "fraction": ("1.50", "1.5"),
    "octal": ("017", "15"),
    "hexadecimal": ("0x1F", "31"),
    "binary": ("0b11", "3"),
    "underscore": ("1_000", "1000"),
    "negative": ("-5", "-5"),
    "positive": ("+5", "5"),
    "quoted": ('"12"', "12"),
}


@pytest.mark.parametrize(("given", "text"), BY_THE_CLI.values(), ids=BY_THE_CLI)
def test_scalars_are_text(tmp_path: Path, given: str, text: str) -> None:
    assert texts(configured(tmp_path, f"config:\n  shop:key: {given}\n")) == {"shop:key": text}


def test_objects_are_their_json_text(tmp_path: Path) -> None:
    text = """
config:
  shop:obj:
    a: yes
    d: 2026-01-01
    f: 1.50
    n: ~
    h: "<&>"
    1: one
    b: [true, 1_000, x]
  shop:arr:
    - x
"""
    assert texts(configured(tmp_path, text)) == {
        "shop:arr": '["x"]',
        "shop:obj": (
            '{"1":"one","a":"yes","b":[true,1000,"x"],"d":"2026-01-01 00:00:00 +0000 UTC","f":1.5,'
            '"h":"\\u003c\\u0026\\u003e","n":null}'
        ),
    }


def test_secure_values_are_decrypted_and_secret_at_any_depth(tmp_path: Path) -> None:
    text = """
encryptionsalt: v1:salt
config:
  shop:token: {secure: v1:hsuh}
  shop:obj: {a: 1, s: {secure: v1:renni}}
  shop:arr: [x, {secure: v1:y}]
  shop:plain: {secure: v1:x, other: 1}
  shop:open: x
"""
    assert configured(tmp_path, text).values == {
        "shop:arr": ConfigValue('["x","y"]', secret=True, secret_leaves=frozenset({"y"})),
        "shop:obj": ConfigValue('{"a":1,"s":"inner"}', secret=True, secret_leaves=frozenset({"inner"})),
        "shop:open": ConfigValue("x"),
        "shop:plain": ConfigValue('{"other":1,"secure":"v1:x"}'),
        "shop:token": ConfigValue("hush", secret=True),
    }


def test_overrides_defaults_and_namespaces(tmp_path: Path) -> None:
    declared = """
config:
  size: {type: integer, default: 3}
  name: unnamed
  on: {type: boolean, default: true}
  list: {type: array, items: {type: string}, default: [a, b]}
  other:region: {value: eu}
  other:zone: {type: string}
"""
    config = configured(
        tmp_path,
        "config:\n  shop:name: file\n  aws:region: x\n",
        declared=declared,
        overrides={"size": "4", "other:region": "us", "shop:more": "a=b"},
    )
    assert texts(config) == {
        "aws:region": "x",
        "other:region": "us",
        "shop:list": '["a","b"]',
        "shop:more": "a=b",
        "shop:name": "file",
        "shop:on": "true",
        "shop:size": "4",
    }
    assert list(config.values) == sorted(config.values)


def test_an_override_takes_the_place_of_a_secret(tmp_path: Path) -> None:
    config = configured(tmp_path, "config:\n  shop:token: {secure: v1:x}\n", overrides={"token": "open"})
    assert config.values == {"shop:token": ConfigValue("open")}


def test_a_stack_without_a_file_has_the_defaults_only(tmp_path: Path) -> None:
    project = load_project(written(tmp_path, Pulumi=PROJECT + "config: {size: 3}\n"))
    file = load_stack_file(project, "other")
    assert (file.entries, file.salt) == ({}, None)
    assert texts(stack_config(project, "other", file, {}, decrypt)) == {"shop:size": "3"}


@pytest.mark.parametrize("provider", ["passphrase", "default", "''"])
def test_the_salt_of_a_stack_file(tmp_path: Path, provider: str) -> None:
    text = f"secretsprovider: {provider}\nencryptionsalt: v1:x\n"
    project = load_project(written(tmp_path, Pulumi=PROJECT, Pulumi_dev=text))
    assert load_stack_file(project, "dev").salt == "v1:x"


MISTAKES: list[tuple[str, type[OfflineError], str]] = [
    ("secretsprovider: awskms://key", Unsupported, "secrets provider awskms://key: not supported"),
    ("environment: [a]", Unsupported, "`environment` in Pulumi.dev.yaml: not supported"),
    ("config: 3", ConfigurationError, "Pulumi.dev.yaml: `config` should be a mapping"),
    ("config: [a]", ConfigurationError, "Pulumi.dev.yaml: `config` should be a mapping"),
    (
        "config: {plain: 1}",
        ConfigurationError,
        "Pulumi.dev.yaml: could not parse plain as a configuration key (configuration keys should be of the form",
    ),
    ("config: {'a:b:c': 1}", ConfigurationError, "Pulumi.dev.yaml: could not parse a:b:c as a configuration key"),
    ("- a", ConfigurationError, "Pulumi.dev.yaml should be a mapping at its top level"),
    ("config: {", ConfigurationError, "Pulumi.dev.yaml is no valid YAML: while parsing"),
]


@pytest.mark.parametrize(("text", "error", "message"), MISTAKES, ids=[message[:45] for _, _, message in MISTAKES])
def test_each_mistake_is_one_line(tmp_path: Path, text: str, error: type[OfflineError], message: str) -> None:
    with pytest.raises(error) as caught:
        configured(tmp_path, text)
    assert str(caught.value).startswith(message)
    assert "\n" not in str(caught.value)


@pytest.mark.parametrize(
    ("declared", "message"),
    [
        ("{a: {type: string}}", "Stack 'dev' is missing configuration value 'a'"),
        ("{b: {type: string}, shop:a: {type: string}}", "Stack 'dev' is missing configuration values 'b' and 'shop:a'"),
    ],
)
def test_what_is_declared_must_have_a_value(tmp_path: Path, declared: str, message: str) -> None:
    with pytest.raises(ConfigurationError, match=f"^{message}$"):
        configured(tmp_path, declared=f"config: {declared}\n")


@pytest.mark.parametrize(
    ("type_", "fits", "misfits"),
    [
        ("string", ["x", "3", "true", ""], []),
        ("integer", ["3", "-3", "0"], ["x", "1.5", "true", '"3"']),
        ("number", ["3", "1.5"], ["x", "false"]),
        ("boolean", ["true", "false"], ["1", "yes", "True"]),
        ("array", ["[]", "[1]"], ["{}", "x"]),
        ("object", ["{}", '{"a":1}'], ["[]", ""]),
    ],
)
def test_declared_types(tmp_path: Path, type_: str, fits: list[str], misfits: list[str]) -> None:
    declared = f"config: {{key: {{type: {type_}}}}}\n"
    for text in fits:
        assert texts(configured(tmp_path, declared=declared, overrides={"key": text})) == {"shop:key": text}
    for text in misfits:
        with pytest.raises(
            ConfigurationError, match=f"^Stack 'dev' with configuration key 'key' must be of type '{type_}'$"
        ):
            configured(tmp_path, declared=declared, overrides={"key": text})


def test_what_is_declared_secret_must_be_encrypted(tmp_path: Path) -> None:
    declared = "config: {token: {type: string, secret: true}}\n"
    message = "^Stack 'dev' with configuration key 'token' must be encrypted as it's secret$"
    with pytest.raises(ConfigurationError, match=message):
        configured(tmp_path, "config:\n  shop:token: open\n", declared=declared)
    config = configured(tmp_path, "config:\n  shop:token: {secure: v1:x}\n", declared=declared)
    assert config.secret_texts() == {"x"}


def test_every_secret_within_an_object_is_kept_out_of_sight(tmp_path: Path) -> None:
    text = "config:\n  shop:obj: {user: root, deep: [{token: {secure: v1:hsuh}}, {secure: v1:renni}]}\n"
    config = configured(tmp_path, text)
    assert config.secret_texts() == {'{"deep":[{"token":"hush"},"inner"],"user":"root"}', "hush", "inner"}
    assert "hush" not in repr(config)


def test_how_program_and_provider_get_it() -> None:
    config = StackConfig({"shop:a": ConfigValue("1"), "shop:t": ConfigValue("hush", secret=True)})
    environment = config.environment()
    assert {key: json.loads(value) for key, value in environment.items()} == {
        "PULUMI_CONFIG": {"shop:a": "1", "shop:t": "hush"},
        "PULUMI_CONFIG_SECRET_KEYS": ["shop:t"],
    }
    assert config.provider_inputs() == {"shop:a": "1", "shop:t": Secret("hush")}
    assert config.secret_texts() == {"hush"}
    assert "hush" not in repr(config)
