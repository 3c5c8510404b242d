"""Two dynamic providers that are bad on purpose, for a singleton that has nothing to do with Codat: a house's heating.

HEATING is the directory of the houses, a file each, and of the log of writes; HEATING_HOUSE is the key to one of them.
"""

from __future__ import annotations

import json
import os
from pathlib import Path
from typing import TYPE_CHECKING, Any

from pulumi.dynamic import CreateResult, DiffResult, ReadResult, Resource, ResourceProvider, UpdateResult

if TYPE_CHECKING:
    import pulumi

_SETTINGS = ("on", "degrees")


def _house() -> str:
    return os.environ["HEATING_HOUSE"]


def _live() -> dict[str, Any]:
    path = Path(os.environ["HEATING"]) / f"{_house()}.json"
    live: dict[str, Any] = json.loads(path.read_text()) if path.exists() else {}
    return live


def _write(settings: dict[str, Any]) -> None:
    directory = Path(os.environ["HEATING"])
    (directory / f"{_house()}.json").write_text(json.dumps(settings))
    with (directory / "writes.log").open("a") as log:
        log.write(json.dumps({"house": _house(), **settings}) + "\n")


def _settings(properties: dict[str, Any]) -> dict[str, Any]:
    return {name: properties[name] for name in _SETTINGS if name in properties}


class CarelessProvider(ResourceProvider):
    """Takes a setting for a thing: create switches on, delete switches off, and nobody looks at what is there."""

    serialize_as_secret_always = False

    def create(self, props: dict[str, Any]) -> CreateResult:
        _write(_settings(props))
        return CreateResult("heating", _settings(props))

    def update(self, _id: str, _olds: dict[str, Any], news: dict[str, Any]) -> UpdateResult:
        _write(_settings(news))
        return UpdateResult(_settings(news))

    def delete(self, _id: str, _props: dict[str, Any]) -> None:
        _write({**_live(), "on": False})


class ForgetfulProvider(CarelessProvider):
    """Looks at what is there, forgets at each look what was its own, and so sets it again."""

    def create(self, props: dict[str, Any]) -> CreateResult:
        _write(_settings(props))
        return CreateResult("heating", {**_settings(props), "ours": True})

    def diff(self, _id: str, olds: dict[str, Any], _news: dict[str, Any]) -> DiffResult:
        return DiffResult(changes=None if "ours" in olds else True)

    def read(self, id_: str, _props: dict[str, Any]) -> ReadResult:
        return ReadResult(id_, _live())

    def delete(self, id_: str, props: dict[str, Any]) -> None:
        if "ours" in props:
            super().delete(id_, props)


PROVIDERS = {"careless": CarelessProvider, "forgetful": ForgetfulProvider}


class Heating(Resource, module="heating", name="Heating"):
    """Declared on, at so many degrees."""

    def __init__(self, name: str, *, degrees: int = 20, opts: pulumi.ResourceOptions | None = None) -> None:
        super().__init__(PROVIDERS[os.environ["HEATING_PROVIDER"]](), name, {"on": True, "degrees": degrees}, opts)
