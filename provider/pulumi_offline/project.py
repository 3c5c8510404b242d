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
_TYPES = ("string", "integer", "boolean", "number", "array", "object")


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
        refresh_always=_refresh_always(document.get("options") or {}, path),
        config=tuple(_declarations(document.get("config") or {}, name, path)),
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
        case {"name": str() as name}:
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


def _refresh_always(options: dict[str, Any], path: Path) -> bool:
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
    return [_declaration(str(key), entry, project, path) for key, entry in config.items()]


def _declaration(key: str, entry: object, project: str, path: Path) -> ConfigDeclaration:
    own = ":" not in key or key.startswith(f"{project}:")
    if not isinstance(entry, dict):
        if not own:
            raise ConfigurationError(f"{path.name}: `{key}` of another namespace takes its value as `value:`")
        return ConfigDeclaration(key, default=entry)
    type_ = entry.get("type")
    if type_ is not None and type_ not in _TYPES:
        raise ConfigurationError(f"{path.name}: `{key}` has the unknown type {type_!r}")
    if own and entry.get("value") is not None:
        raise ConfigurationError(f"{path.name}: `{key}` takes its value as `default:`, not `value:`")
    default = entry.get("default") if own else entry.get("value")
    return ConfigDeclaration(key, type_, default, secret=bool(entry.get("secret")))
