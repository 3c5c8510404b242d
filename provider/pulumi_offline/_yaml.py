"""YAML as the CLI reads it: only `true` and `false` are booleans, and a date becomes text."""

from __future__ import annotations

import datetime as dt
import re
from typing import TYPE_CHECKING, Any

import yaml

from pulumi_offline.errors import ConfigurationError

if TYPE_CHECKING:
    from pathlib import Path

__all__ = ["read_yaml"]


class _Loader(yaml.SafeLoader):
    """SafeLoader with YAML 1.2's booleans, because the CLI's reader keeps `yes` and `on` as text."""

    yaml_implicit_resolvers = {  # noqa: RUF012 - the base class declares it so
        first: [entry for entry in entries if entry[0] != "tag:yaml.org,2002:bool"]
        for first, entries in yaml.SafeLoader.yaml_implicit_resolvers.items()
    }


_Loader.add_implicit_resolver(
    "tag:yaml.org,2002:bool", re.compile(r"^(?:true|True|TRUE|false|False|FALSE)$"), list("tTfF")
)


def _date_text(loader: yaml.SafeLoader, node: yaml.ScalarNode) -> str:
    """Go's text of a time, because that is what the CLI makes of an unquoted date."""
    value = loader.construct_yaml_timestamp(node)
    moment = value if isinstance(value, dt.datetime) else dt.datetime.combine(value, dt.time())
    return moment.strftime("%Y-%m-%d %H:%M:%S +0000 UTC")


_Loader.add_constructor("tag:yaml.org,2002:timestamp", _date_text)


def read_yaml(path: Path) -> dict[str, Any]:
    """The mapping in the file. Raises `ConfigurationError` when it is none or is malformed."""
    try:
        document = yaml.load(path.read_text(encoding="utf-8"), _Loader)  # noqa: S506 - a SafeLoader
    except yaml.YAMLError as error:
        reason = " ".join(str(error).split())
        raise ConfigurationError(f"{path.name} is no valid YAML: {reason}") from None
    except (OSError, UnicodeDecodeError) as error:
        raise ConfigurationError(f"{path.name} cannot be read: {error}") from None
    if document is None:
        return {}
    if not isinstance(document, dict):
        raise ConfigurationError(f"{path.name} should be a mapping at its top level")
    return document
