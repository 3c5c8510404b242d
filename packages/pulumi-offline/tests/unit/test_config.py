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
    "clock": ("12:30", "12:30"),
    "sixties": ("190:20:30", "190:20:30"),
    "sign": ("=", "="),
    "merge": ("<<", "<<"),
    "no date": ("2026-13-45", "2026-13-45"),
    "no day": ("2026-02-30", "2026-02-30"),
    "no time": ("2026-01-01 10:00", "2026-01-01 10:00"),
    "no hour": ("2026-01-01T24:00:00Z", "2026-01-01T24:00:00Z"),
    "apart zone": ("2026-01-01 10:00:00 +02:00", "2026-01-01 10:00:00 +02:00"),
    "short date": ("2026-1-2", "2026-01-02 00:00:00 +0000 UTC"),
    "fraction of a second": ("2026-01-01T10:00:00.1234567891Z", "2026-01-01 10:00:00.123456789 +0000 UTC"),
    "zone": ("2026-01-01T10:00:00+02:00", "2026-01-01 10:00:00 +0200 +0200"),
    "written out": ("!!timestamp '2026-01-01'", "2026-01-01 00:00:00 +0000 UTC"),
    "quoted date": ("'2026-01-01'", "2026-01-01"),
    "new octal": ("0o17", "15"),
    "negative octal": ("-0o17", "-15"),
    "no octal": ("08", "8"),
    "none at all": ("0o8", "0o8"),
    "underscores": ("1__0_", "10"),
    "not a number": ("_1", "_1"),
    "whole": ("3.0", "3"),
    "negative zero": ("-0.0", "0"),
    "no first digit": ("+.5", "0.5"),
    "no last digit": ("5.", "5"),
    "point and underscore": (".1_5", "0.15"),
    "exponent": ("1e3", "1000"),
    "small": ("0.00000001", "1e-8"),
    "not that small": ("0.000001", "0.000001"),
    "large": ("1e21", "1e+21"),
    "too large": ("1e400", "1e400"),
    "too small": ("1e-400", "0"),
    "64 bits": ("18446744073709551615", "18446744073709551615"),
    "more bits": ("18446744073709551616", "18446744073709552000"),
    "below": ("-9223372036854775809", "-9223372036854776000"),
    "upper case": ("0X1F", "31"),
    "no capital": ("tRue", "tRue"),
    "said to be text": ("!!str 12", "12"),
    "said to be a number": ("!!int '12'", "12"),
    "said to be a fraction": ("!!float 3", "3"),
    "said to be true": ("!!bool 'true'", "true"),
    "binary text": ("!!binary aGk=", "hi"),
    "own tag": ("!custom x", "x"),
    "own tag of a list": ("!custom [1, x]", '[1,"x"]'),
    "own tag of an object": ("!custom {a: 1}", '{"a":1}'),
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
    l: 9223372036854775808
    n: ~
    h: "<&>"
    1: one
    0x10: hexadecimal
    1e-8: small
    true: yes
    ~: nothing
    2026-01-02: day
    b: [true, 1_000, x]
  shop:arr:
    - x
"""
    assert texts(configured(tmp_path, text)) == {
        "shop:arr": '["x"]',
        "shop:obj": (
            '{"1":"one","16":"hexadecimal","1e-08":"small","2026-01-02 00:00:00 +0000 UTC":"day",'
            '"\\u003cnil\\u003e":"nothing","a":"yes","b":[true,1000,"x"],"d":"2026-01-01 00:00:00 +0000 UTC","f":1.5,'
            '"h":"\\u003c\\u0026\\u003e","l":9223372036854776000,"n":null,"true":"yes"}'
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
  other:zone: a
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
        "other:zone": "a",
        "shop:list": '["a","b"]',
        "shop:more": "a=b",
        "shop:name": "file",
        "shop:on": "true",
        "shop:size": "4",
    }
    assert list(config.values) == sorted(config.values)


@pytest.mark.parametrize(
    ("default", "text"),
    [
        ("2026-01-01", "2026-01-01T00:00:00Z"),
        ("[2026-01-01T10:00:00.50+02:00]", '["2026-01-01T10:00:00.5+02:00"]'),
        ("{d: 2026-01-01, n: 9223372036854775808}", '{"d":"2026-01-01T00:00:00Z","n":9223372036854776000}'),
        ("9223372036854775808", "9223372036854776000"),
        ("1.5", "1.5"),
        ("false", "false"),
    ],
)
def test_defaults_are_text_too(tmp_path: Path, default: str, text: str) -> None:
    config = configured(tmp_path, declared=f"config: {{key: {{default: {default}}}}}\n")
    assert texts(config) == {"shop:key": text}


def test_a_mapping_can_be_merged_into_another(tmp_path: Path) -> None:
    text = "config:\n  shop:a: &base {x: 1, y: 1}\n  shop:b: {<<: *base, y: 2}\n"
    assert texts(configured(tmp_path, text)) == {"shop:a": '{"x":1,"y":1}', "shop:b": '{"x":1,"y":2}'}


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
    ("encryptionsalt: 3", ConfigurationError, "Pulumi.dev.yaml: `encryptionsalt` should be text"),
    ("config: {3: 1, a:b: 2}", ConfigurationError, "Pulumi.dev.yaml: could not parse 3 as a configuration key"),
    ("3: 1\nx: 2", Unsupported, "`3` in Pulumi.dev.yaml: not supported"),
    (
        "config:\n  a:b: 1\n  a:b: 2",
        ConfigurationError,
        'Pulumi.dev.yaml is no valid YAML: mapping key "a:b" already defined at line 2 in',
    ),
    (
        "config: {a:b: {c: 1, 'c': 2}}",
        ConfigurationError,
        'Pulumi.dev.yaml is no valid YAML: mapping key "c" already defined at line 1 in',
    ),
    ("config: {a:b: {[c]: 1}}", ConfigurationError, "Pulumi.dev.yaml is no valid YAML: a key should be a scalar"),
    ("config: {a:b: {<<: 1}}", ConfigurationError, "Pulumi.dev.yaml is no valid YAML: while constructing"),
    ("config: {a:b: .inf}", ConfigurationError, "Pulumi.dev.yaml is no valid YAML: unsupported value: +Inf"),
    ("config: {a:b: !!bool yes}", ConfigurationError, "Pulumi.dev.yaml is no valid YAML: this is no bool"),
    ("config: {a:b: !!binary /w==}", ConfigurationError, "Pulumi.dev.yaml is no valid YAML: !!binary value is no text"),
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
