"""`Pulumi.yaml`: which program runs, in which interpreter, with which configuration declared."""

from __future__ import annotations

import sys
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from pulumi_offline._yaml import read_yaml
from pulumi_offline.errors import ConfigurationError, Unsupported

if TYPE_CHECKING:
    from pathlib import Path

__all__ = ["ConfigDeclaration", "Project", "load_project"]

_FILES = ("Pulumi.yaml", "Pulumi.yml")
_DESCRIPTIVE = {"name", "runtime", "config", "options", "description", "author", "website", "license", "template"}
_ELSEWHERE = {"backend"}  # because where the CLI keeps its state is no concern of an engine that keeps its own
_TYPES = ("string", "integer", "boolean", "array", "object")


@dataclass(frozen=True, slots=True)
class ConfigDeclaration:
    """One entry of `config:`. `default` is None when there is none; `type` is None when the entry is only a value."""

    key: str
    type: str | None = None
    default: Any = None
    secret: bool = False


@dataclass(frozen=True, slots=True)
class Project:
    """What `Pulumi.yaml` says."""

    name: str
    directory: Path
    interpreter: str
    runtime_options: dict[str, str]
    refresh_always: bool
    config: tuple[ConfigDeclaration, ...]


def load_project(directory: Path) -> Project:
    """Read the project in `directory`, or in the nearest directory above that has one.

    Raises `ConfigurationError` when there is none or it is malformed, `Unsupported` for what only the CLI does.
    """
    path = _find(directory)
    document = read_yaml(path)
    unknown = sorted(set(document) - _DESCRIPTIVE - _ELSEWHERE)
    if unknown:
        raise Unsupported(f"`{unknown[0]}` in {path.name}")
    name = document.get("name")
    if not isinstance(name, str) or not name:
        raise ConfigurationError(f"{path.name} is missing the project's `name`")
    options = _runtime_options(document.get("runtime"), path)
    return Project(
        name=name,
        directory=path.parent,
        interpreter=_interpreter(options, path.parent),
        runtime_options=options,
        refresh_always=_refresh_always(_or_empty(document.get("options")), path),
        config=tuple(_declarations(_or_empty(document.get("config")), name, path)),
    )


def _find(directory: Path) -> Path:
    start = directory.resolve()
    for folder in (start, *start.parents):
        for name in _FILES:
            if (folder / name).is_file():
                return folder / name
    raise ConfigurationError(f"no Pulumi.yaml project file found in {start} or above; see --cwd")


def _runtime_options(runtime: object, path: Path) -> dict[str, str]:
    options: dict[str, object]
    match runtime:
        case str() as name:
            options = {}
        case {"name": str() as name, "options": dict() as options}:
            pass
        case {"name": str() as name, **others} if others.get("options") is None:
            options = {}
        case _:
            raise ConfigurationError(f"{path.name} is missing the `runtime`")
    if name != "python":
        raise Unsupported(f"runtime {name}")
    for option, value in options.items():
        if option not in ("virtualenv", "toolchain"):
            raise Unsupported(f"runtime option {option}")
        if option == "toolchain" and value != "pip":
            raise Unsupported(f"toolchain {value}")
    return {option: str(value) for option, value in options.items()}


def _interpreter(options: dict[str, str], directory: Path) -> str:
    if "virtualenv" not in options:
        return sys.executable
    environment = directory / options["virtualenv"]
    python = environment / "bin" / "python"
    if not python.exists():
        raise ConfigurationError(f"the virtualenv of Pulumi.yaml has no Python: {python} does not exist")
    return str(python)


def _refresh_always(options: object, path: Path) -> bool:
    if not isinstance(options, dict):
        raise ConfigurationError(f"{path.name}: `options` should be a mapping")
    unknown = sorted(set(options) - {"refresh"})
    if unknown:
        raise Unsupported(f"option `{unknown[0]}` in {path.name}")
    refresh = options.get("refresh")
    if refresh not in (None, "always"):
        raise ConfigurationError(f"{path.name}: options.refresh can only be `always`, not {refresh!r}")
    return refresh == "always"


def _declarations(config: object, project: str, path: Path) -> list[ConfigDeclaration]:
    if not isinstance(config, dict):
        raise Unsupported(f"a `config` directory in {path.name}")
    return [_declaration(key, entry, project, path) for key, entry in config.items()]


def _declaration(key: str, entry: object, project: str, path: Path) -> ConfigDeclaration:
    own = ":" not in key or key.startswith(f"{project}:")
    if isinstance(entry, str | int | list):
        return ConfigDeclaration(key, default=entry)
    if not isinstance(entry, dict):
        raise ConfigurationError(
            f"{path.name}: `{key}` should be text, an integer, a boolean or a list, or a mapping with its `default`"
        )
    type_, default, value = entry.get("type"), entry.get("default"), entry.get("value")
    if type_ is not None and type_ not in _TYPES:
        raise ConfigurationError(f"{path.name}: `{key}` has the unknown type {type_!r}")
    if not own and (type_ is not None or default is not None):
        raise ConfigurationError(
            f"{path.name}: `{key}` is not of this project and can have no type and no default, only a `value`"
        )
    if not own and value is None:
        raise ConfigurationError(f"{path.name}: `{key}` is not of this project and needs a `value`")
    if default is not None and value is not None:
        raise ConfigurationError(f"{path.name}: `{key}` cannot have both a `default` and a `value`")
    return ConfigDeclaration(key, type_, value if default is None else default, secret=bool(entry.get("secret")))


def _or_empty(section: object) -> object:
    """What is written without content is as if it were not written."""
    return {} if section is None else section
