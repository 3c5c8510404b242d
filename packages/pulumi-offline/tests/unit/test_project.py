"""Pulumi.yaml: what is read from it, and each mistake as one line."""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING

import pytest

from pulumi_offline.errors import ConfigurationError, OfflineError, Unsupported
from pulumi_offline.project import ConfigDeclaration, load_project

from .made import written

if TYPE_CHECKING:
    from pathlib import Path


def test_the_least_a_project_says(tmp_path: Path) -> None:
    project = load_project(written(tmp_path, Pulumi="name: shop\nruntime: python\n"))
    assert (project.name, project.directory) == ("shop", tmp_path.resolve())
    assert (project.interpreter, project.runtime_options) == (sys.executable, {})
    assert (project.refresh_always, project.config) == (False, ())


def test_what_only_describes_or_concerns_the_cli_is_passed_over(tmp_path: Path) -> None:
    text = "name: shop\nruntime: {name: python}\ndescription: d\nauthor: a\nwebsite: w\nlicense: l\nbackend: {url: x}\n"
    assert load_project(written(tmp_path, Pulumi=text + "template: {}\n")).name == "shop"


def test_a_project_is_found_above(tmp_path: Path) -> None:
    below = tmp_path / "a" / "b"
    below.mkdir(parents=True)
    (tmp_path / "Pulumi.yml").write_text("name: shop\nruntime: python\n", encoding="utf-8")
    assert load_project(below).directory == tmp_path.resolve()
    written(tmp_path / "a", Pulumi="name: nearer\nruntime: python\n")
    assert load_project(below).name == "nearer"


def test_the_interpreter_is_that_of_the_virtualenv(tmp_path: Path) -> None:
    python = tmp_path / "venv" / "bin" / "python"
    python.parent.mkdir(parents=True)
    python.touch()
    text = "name: shop\nruntime:\n  name: python\n  options: {virtualenv: venv, toolchain: pip}\n"
    project = load_project(written(tmp_path, Pulumi=text))
    assert project.interpreter == str(python.resolve())
    assert project.runtime_options == {"virtualenv": "venv", "toolchain": "pip"}


@pytest.mark.parametrize(
    ("options", "always"), [("{refresh: always}", True), ("{}", False), ("{refresh: }", False), ("", False)]
)
def test_whether_to_refresh_always(tmp_path: Path, options: str, always: bool) -> None:  # noqa: FBT001 - a table's column
    project = load_project(written(tmp_path, Pulumi=f"name: shop\nruntime: python\noptions: {options}\n"))
    assert project.refresh_always is always


def test_declarations(tmp_path: Path) -> None:
    text = """
name: shop
runtime: python
config:
  plain: value
  number: 3
  size: {type: integer, default: 3, secret: true, description: how many}
  shop:full: {type: array, items: {type: string}}
  own: {value: v}
  other:region: {value: eu}
  other:zone: a
"""
    assert load_project(written(tmp_path, Pulumi=text)).config == (
        ConfigDeclaration("plain", default="value"),
        ConfigDeclaration("number", default=3),
        ConfigDeclaration("size", "integer", 3, secret=True),
        ConfigDeclaration("shop:full", "array"),
        ConfigDeclaration("own", default="v"),
        ConfigDeclaration("other:region", default="eu"),
        ConfigDeclaration("other:zone", default="a"),
    )


MISTAKES = [
    ("runtime: python", ConfigurationError, "Pulumi.yaml is missing the project's `name`"),
    ("name: 3\nruntime: python", ConfigurationError, "Pulumi.yaml is missing the project's `name`"),
    ("name: ''\nruntime: python", ConfigurationError, "Pulumi.yaml is missing the project's `name`"),
    ("name: shop", ConfigurationError, "Pulumi.yaml is missing the `runtime`"),
    ("name: shop\nruntime: {options: {}}", ConfigurationError, "Pulumi.yaml is missing the `runtime`"),
    ("", ConfigurationError, "Pulumi.yaml is missing the project's `name`"),
    ("- a", ConfigurationError, "Pulumi.yaml should be a mapping at its top level"),
    ("name: [", ConfigurationError, "Pulumi.yaml is no valid YAML: while parsing"),
    ("name: shop\nruntime: nodejs", Unsupported, "runtime nodejs: not supported"),
    ("name: shop\nruntime: {name: go, options: {}}", Unsupported, "runtime go: not supported"),
    ("name: shop\nruntime: {name: python, options: {typechecker: mypy}}", Unsupported, "runtime option typechecker"),
    ("name: shop\nruntime: {name: python, options: {toolchain: uv}}", Unsupported, "toolchain uv: not supported"),
    (
        "name: shop\nruntime: {name: python, options: {virtualenv: none}}",
        ConfigurationError,
        "the virtualenv of Pulumi.yaml has no Python: ",
    ),
    ("name: shop\nruntime: python\nmain: src", Unsupported, "`main` in Pulumi.yaml: not supported"),
    ("name: shop\nruntime: python\nplugins: {}", Unsupported, "`plugins` in Pulumi.yaml: not supported"),
    ("name: shop\nruntime: python\noptions: {x: 1}", Unsupported, "option `x` in Pulumi.yaml: not supported"),
    (
        "name: shop\nruntime: python\noptions: {refresh: never}",
        ConfigurationError,
        "Pulumi.yaml: options.refresh can only be `always`, not 'never'",
    ),
    ("name: shop\nruntime: python\nconfig: conf", Unsupported, "a `config` directory in Pulumi.yaml: not supported"),
    (
        "name: shop\nruntime: python\nconfig: {other:x: {value: 1, type: string}}",
        ConfigurationError,
        "Pulumi.yaml: `other:x` is not of this project and can have no type and no default, only a `value`",
    ),
    (
        "name: shop\nruntime: python\nconfig: {other:x: {default: 1}}",
        ConfigurationError,
        "Pulumi.yaml: `other:x` is not of this project and can have no type and no default, only a `value`",
    ),
    (
        "name: shop\nruntime: python\nconfig: {other:x: {secret: true}}",
        ConfigurationError,
        "Pulumi.yaml: `other:x` is not of this project and needs a `value`",
    ),
    (
        "name: shop\nruntime: python\nconfig: {x: {type: text}}",
        ConfigurationError,
        "Pulumi.yaml: `x` has the unknown type 'text'",
    ),
    (
        "name: shop\nruntime: python\nconfig: {x: {value: 1, default: 1}}",
        ConfigurationError,
        "Pulumi.yaml: `x` cannot have both a `default` and a `value`",
    ),
    *(
        (
            f"name: shop\nruntime: python\nconfig: {{x: {entry}}}",
            ConfigurationError,
            "Pulumi.yaml: `x` should be text, an integer, a boolean or a list, or a mapping with its `default`",
        )
        for entry in ("1.5", "2026-01-01", "")
    ),
    (
        "name: shop\nruntime: python\nconfig: {x: {type: number}}",
        ConfigurationError,
        "Pulumi.yaml: `x` has the unknown type 'number'",
    ),
    ("name: shop\nruntime: python\noptions: 3", ConfigurationError, "Pulumi.yaml: `options` should be a mapping"),
    ("name: shop\nruntime: python\noptions: []", ConfigurationError, "Pulumi.yaml: `options` should be a mapping"),
    ("name: shop\nruntime: {name: python, options: 3}", ConfigurationError, "Pulumi.yaml is missing the `runtime`"),
    ("name: shop\nruntime: python\n3: x\nmain: y", Unsupported, "`3` in Pulumi.yaml: not supported"),
    (
        "name: shop\nruntime: python\noptions: {3: x, refresh: always, x: y}",
        Unsupported,
        "option `3` in Pulumi.yaml: not supported",
    ),
    (
        "name: shop\nruntime: python\nname: shop",
        ConfigurationError,
        'Pulumi.yaml is no valid YAML: mapping key "name" already defined at line 1',
    ),
]


@pytest.mark.parametrize(("text", "error", "message"), MISTAKES, ids=[message[:40] for _, _, message in MISTAKES])
def test_each_mistake_is_one_line(tmp_path: Path, text: str, error: type[OfflineError], message: str) -> None:
    with pytest.raises(error) as caught:
        load_project(written(tmp_path, Pulumi=text))
    assert str(caught.value).startswith(message)
    assert "\n" not in str(caught.value)


def test_no_project_anywhere(tmp_path: Path) -> None:
    with pytest.raises(ConfigurationError, match=r"^no Pulumi\.yaml project file found in .* or above; see --cwd$"):
        load_project(tmp_path)


def test_a_project_file_that_is_no_text(tmp_path: Path) -> None:
    (tmp_path / "Pulumi.yaml").write_bytes(b"\xff\xfe\x00")
    with pytest.raises(ConfigurationError, match=r"^Pulumi\.yaml cannot be read: "):
        load_project(tmp_path)
