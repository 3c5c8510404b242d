"""A stack's configuration: `Pulumi.<stack>.yaml` over the defaults of `Pulumi.yaml`, under `--config`.

All values are text, as the program and the provider get them; an object is its JSON text.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from pulumi_offline._yaml import Moment, read_yaml
from pulumi_offline.errors import ConfigurationError, Unsupported
from pulumi_offline.go_text import compact_json
from pulumi_offline.values import PropertyMap, Secret

if TYPE_CHECKING:
    from pulumi_offline.project import ConfigDeclaration, Project

_LARGEST_INTEGER = 2**63 - 1

__all__ = ["ConfigValue", "StackConfig", "StackFile", "load_stack_file", "stack_config"]

Decrypt = Callable[[str], str]


@dataclass(frozen=True, slots=True)
class ConfigValue:
    """One value and whether it is secret. `secret_leaves` are the secrets within an object."""

    text: str = field(repr=False)
    secret: bool = False
    secret_leaves: frozenset[str] = field(default=frozenset(), repr=False)


@dataclass(frozen=True, slots=True)
class StackFile:
    """`Pulumi.<stack>.yaml` as it stands, still encrypted."""

    entries: Mapping[str, Any]
    salt: str | None = None


@dataclass(frozen=True, slots=True)
class StackConfig:
    """The effective configuration, keys with their namespace."""

    values: Mapping[str, ConfigValue]

    def environment(self) -> dict[str, str]:
        """How the program's SDK reads it."""
        texts = {key: value.text for key, value in self.values.items()}
        secrets = [key for key, value in self.values.items() if value.secret]
        return {"PULUMI_CONFIG": compact_json(texts), "PULUMI_CONFIG_SECRET_KEYS": compact_json(secrets)}

    def provider_inputs(self) -> PropertyMap:
        """The inputs of a default dynamic provider: every key of every namespace."""
        return {key: Secret(value.text) if value.secret else value.text for key, value in self.values.items()}

    def secret_texts(self) -> frozenset[str]:
        """What must not be shown: each secret, and also what is secret within an object."""
        secret = [value for value in self.values.values() if value.secret]
        return frozenset(value.text for value in secret).union(*(value.secret_leaves for value in secret))


def load_stack_file(project: Project, stack: str) -> StackFile:
    """Read the stack's file if there is one. Raises `ConfigurationError` or `Unsupported`."""
    path = project.directory / f"Pulumi.{stack}.yaml"
    if not path.exists():
        return StackFile({})
    document = read_yaml(path)
    secrets_provider = document.get("secretsprovider", "passphrase")
    if secrets_provider not in ("passphrase", "default", ""):
        raise Unsupported(f"secrets provider {secrets_provider}")
    salt = document.get("encryptionsalt")
    if not isinstance(salt, str | None):
        raise ConfigurationError(f"{path.name}: `encryptionsalt` should be text")
    unknown = sorted(set(document) - {"config", "encryptionsalt", "secretsprovider"})
    if unknown:
        raise Unsupported(f"`{unknown[0]}` in {path.name}")
    entries = document.get("config") or {}
    if not isinstance(entries, dict):
        raise ConfigurationError(f"{path.name}: `config` should be a mapping")
    for key in entries:
        if key.count(":") != 1:
            raise ConfigurationError(
                f"{path.name}: could not parse {key} as a configuration key "
                "(configuration keys should be of the form `<namespace>:<name>`)"
            )
    return StackFile(entries, salt)


def stack_config(
    project: Project, stack: str, file: StackFile, overrides: Mapping[str, str], decrypt: Decrypt
) -> StackConfig:
    """The effective configuration. Raises `ConfigurationError` for a missing or mistyped value."""
    values = {key: _from_yaml(entry, decrypt) for key, entry in file.entries.items()}
    values |= {_full_key(key, project.name): ConfigValue(text) for key, text in overrides.items()}
    missing = []
    for declaration in project.config:
        key = _full_key(declaration.key, project.name)
        if key in values:
            continue
        if declaration.default is not None:
            values[key] = _from_default(declaration.default)
        elif key.startswith(f"{project.name}:"):
            missing.append(declaration.key)
    if missing:
        names = " and ".join(f"'{name}'" for name in sorted(missing))
        noun = "value" if len(missing) == 1 else "values"
        raise ConfigurationError(f"Stack '{stack}' is missing configuration {noun} {names}")
    for declaration in project.config:
        _validate(declaration, values.get(_full_key(declaration.key, project.name)), stack)
    return StackConfig(dict(sorted(values.items())))


def _full_key(key: str, project: str) -> str:
    return key if ":" in key else f"{project}:{key}"


def _from_yaml(entry: object, decrypt: Decrypt) -> ConfigValue:
    match entry:
        case {"secure": str() as ciphertext, **others} if not others:
            return ConfigValue(decrypt(ciphertext), secret=True)
        case dict() | list():
            leaves: set[str] = set()
            text = compact_json(_decrypted(entry, decrypt, leaves))
            return ConfigValue(text, secret=bool(leaves), secret_leaves=frozenset(leaves))
        case None:
            return ConfigValue("")
        case Moment():
            return ConfigValue(str(entry))
        case _:
            return ConfigValue(_text(entry))


def _decrypted(entry: object, decrypt: Decrypt, leaves: set[str]) -> object:
    """An object's plain content. Adds what was secret in it to `leaves`."""
    match entry:
        case {"secure": str() as ciphertext, **others} if not others:
            plain = decrypt(ciphertext)
            leaves.add(plain)
            return plain
        case dict():
            return {key: _decrypted(item, decrypt, leaves) for key, item in entry.items()}
        case list():
            return [_decrypted(item, decrypt, leaves) for item in entry]
        case Moment():
            return str(entry)
        case _:
            return _as_float_if_large(entry)


def _from_default(value: object) -> ConfigValue:
    return ConfigValue(_text(_plain_default(value)))


def _plain_default(value: object) -> object:
    match value:
        case dict():
            return {key: _plain_default(item) for key, item in value.items()}
        case list():
            return [_plain_default(item) for item in value]
        case Moment():
            return value.rfc3339
        case _:
            return _as_float_if_large(value)


def _as_float_if_large(value: object) -> object:
    """Within JSON, the CLI has an integer of 64 bits or a float."""
    return float(value) if isinstance(value, int) and value > _LARGEST_INTEGER else value


def _text(value: object) -> str:
    return value if isinstance(value, str) else compact_json(value)


def _validate(declaration: ConfigDeclaration, value: ConfigValue | None, stack: str) -> None:
    if value is None or declaration.type is None:
        return
    about = f"Stack '{stack}' with configuration key '{declaration.key}' must be"
    if declaration.secret and not value.secret:
        raise ConfigurationError(f"{about} encrypted as it's secret")
    if not _has_type(value.text, declaration.type):
        raise ConfigurationError(f"{about} of type '{declaration.type}'")


_TYPES: Mapping[str, tuple[type, ...]] = {
    "boolean": (bool,),
    "integer": (int,),
    "array": (list,),
    "object": (dict,),
}


def _has_type(text: str, type_: str) -> bool:
    if type_ == "string":
        return True
    try:
        parsed = json.loads(text)
    except ValueError:
        return False
    return isinstance(parsed, _TYPES[type_]) and isinstance(parsed, bool) == (type_ == "boolean")
