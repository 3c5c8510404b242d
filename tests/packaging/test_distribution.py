"""The three wheels, what each asks for, the lock file and the README's program."""

from __future__ import annotations

import ast
import json
import re
import subprocess
import sys
import tarfile
import tomllib
import zipfile
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

import pytest

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

ROOT: Final = Path(__file__).resolve().parent.parent.parent
MODULES: Final = {"google": "pulumi", "grpc": "pulumi", "pydantic_core": "pydantic", "yaml": "pyyaml"}
"""Who brings a module that is named otherwise; gRPC and protobuf are those that pulumi's own stubs need."""


@dataclass(frozen=True)
class Distribution:
    """One distribution of this workspace: its name, its folder, and where its package is within."""

    name: str
    folder: str
    sources: str

    @property
    def package(self) -> str:
        return self.sources.rpartition("/")[2]

    @property
    def project(self) -> dict[str, Any]:
        """What its pyproject.toml says of it."""
        project: dict[str, Any] = tomllib.loads((ROOT / self.folder / "pyproject.toml").read_text())["project"]
        return project

    def modules(self) -> Iterable[Path]:
        return (ROOT / self.folder / self.sources).rglob("*.py")


PROVIDER: Final = Distribution("pulumi-codat", ".", "provider/pulumi_codat")
EMULATOR: Final = Distribution("codat-emulator", "packages/codat-emulator", "codat_emulator")
ENGINE: Final = Distribution("pulumi-offline", "packages/pulumi-offline", "pulumi_offline")
ALL: Final = pytest.mark.parametrize("distribution", [PROVIDER, EMULATOR, ENGINE], ids=lambda one: one.name)


@pytest.fixture(name="built", scope="module")
def _built(tmp_path_factory: pytest.TempPathFactory) -> Callable[[Distribution], zipfile.ZipFile]:
    """Build the wheel of a distribution, once."""

    @cache
    def build(distribution: Distribution) -> zipfile.ZipFile:
        target = tmp_path_factory.mktemp("wheel")
        source = str(ROOT / distribution.folder)
        subprocess.run(
            [sys.executable, "-m", "build", "--wheel", "--no-isolation", "--outdir", str(target), source],
            check=True,
            capture_output=True,
        )
        (wheel,) = target.glob("*.whl")
        return zipfile.ZipFile(wheel)

    return build


def _about(wheel: zipfile.ZipFile, file: str) -> str:
    """What a wheel says in a file of its `.dist-info`."""
    (found,) = (wheel.read(name).decode() for name in wheel.namelist() if name.endswith(f".dist-info/{file}"))
    return found


def _asks_for(requirements: Iterable[str]) -> set[str]:
    return {re.split(r"[<>=\[]", requirement)[0] for requirement in requirements}


def _imported(modules: Iterable[Path]) -> set[str]:
    """What modules import of others than the standard library, by the name of the distribution that brings it."""
    nodes = [node for module in modules for node in ast.walk(ast.parse(module.read_text(encoding="utf-8")))]
    named = [alias.name for node in nodes if isinstance(node, ast.Import) for alias in node.names]
    named += [node.module or "" for node in nodes if isinstance(node, ast.ImportFrom)]
    tops = {name.partition(".")[0] for name in named} - sys.stdlib_module_names
    return {MODULES.get(top, top).replace("_", "-") for top in tops}


@ALL
def test_a_wheel_holds_its_one_package_typed_and_nothing_else(
    built: Callable[[Distribution], zipfile.ZipFile], distribution: Distribution
) -> None:
    names = built(distribution).namelist()
    assert {name.split("/")[0] for name in names if ".dist-info/" not in name} == {distribution.package}
    assert f"{distribution.package}/py.typed" in names


@ALL
def test_a_wheel_carries_its_licence_and_its_readme(
    built: Callable[[Distribution], zipfile.ZipFile], distribution: Distribution
) -> None:
    wheel = built(distribution)
    assert "License-Expression: Apache-2.0" in _about(wheel, "METADATA")
    assert _about(wheel, "licenses/LICENSE") == (ROOT / "LICENSE").read_text()
    assert (ROOT / distribution.folder / "README.md").read_text().strip() in _about(wheel, "METADATA")


@ALL
def test_the_sources_of_a_distribution_are_its_own(distribution: Distribution, tmp_path: Path) -> None:
    source = str(ROOT / distribution.folder)
    command = [sys.executable, "-m", "build", "--sdist", "--no-isolation", "--outdir", str(tmp_path), source]
    subprocess.run(command, check=True, capture_output=True)
    (built,) = tmp_path.glob("*.tar.gz")
    with tarfile.open(built) as sources:
        inside = {name.partition("/")[2] for name in sources.getnames()}
    assert {name.rpartition("/")[0] for name in inside if name.endswith("/py.typed")} == {distribution.sources}
    assert {name for name in inside if name.endswith("README.md")} == {"README.md"}


@pytest.mark.parametrize("distribution", [PROVIDER, ENGINE], ids=lambda one: one.name)
def test_a_wheel_that_is_named_like_a_plugin_tells_the_cli_that_there_is_none(
    built: Callable[[Distribution], zipfile.ZipFile], distribution: Distribution
) -> None:
    said = built(distribution).read(f"{distribution.package}/pulumi-plugin.json")
    assert json.loads(said) == {"resource": False}


def test_the_extras_bring_the_other_two_at_their_versions(
    built: Callable[[Distribution], zipfile.ZipFile],
) -> None:
    metadata = _about(built(PROVIDER), "METADATA")
    assert set(re.findall(r"^Provides-Extra: (.+)$", metadata, re.MULTILINE)) == {"cli", "emulator"}
    for extra, other in (("cli", ENGINE), ("emulator", EMULATOR)):
        assert f"Requires-Dist: {other.name}=={other.project['version']}; extra == '{extra}'" in metadata


@pytest.mark.parametrize("distribution", [EMULATOR, ENGINE], ids=lambda one: one.name)
def test_what_stands_alone_asks_for_what_it_imports(distribution: Distribution) -> None:
    assert _imported(distribution.modules()) - {distribution.name} == _asks_for(distribution.project["dependencies"])


def test_the_provider_asks_for_what_it_imports_and_its_command_for_the_rest() -> None:
    command = [module for module in PROVIDER.modules() if "cli" in module.parts]
    rest = [module for module in PROVIDER.modules() if "cli" not in module.parts]
    base = _asks_for(PROVIDER.project["dependencies"])
    extras = PROVIDER.project["optional-dependencies"]
    assert _imported(rest) - {PROVIDER.name} == base
    assert _imported(command) - {PROVIDER.name} - base == _asks_for([*extras["cli"], *extras["emulator"]])


def test_the_lock_file_pins_every_package_by_hash_and_names_no_index() -> None:
    lock = (ROOT / "requirements.lock").read_text()
    pins = re.findall(r"^([a-z0-9][a-z0-9._-]*)==", lock, re.MULTILINE)
    blocks = re.split(r"^(?=[a-z0-9])", lock, flags=re.MULTILINE)[1:]
    assert len(pins) == len(blocks)
    assert all("--hash=sha256:" in block for block in blocks)
    assert "://" not in lock
    assert "index-url" not in lock


def test_no_uv_lock_file_stands_beside_a_pulumi_program() -> None:
    programs = [path.parent for path in ROOT.glob("**/Pulumi.yaml") if ".venv" not in path.parts]
    assert len(programs) >= 3
    assert not any((program / "uv.lock").exists() for program in programs)


def test_the_readme_shows_the_quickstart_as_it_is() -> None:
    (shown,) = re.findall(r"```python\n(.+?)```", (ROOT / "README.md").read_text(), re.DOTALL)
    program = (ROOT / "examples/quickstart/__main__.py").read_text()
    assert program.split('"""', 2)[2].strip() == shown.strip()


def test_the_readme_is_short() -> None:
    assert len((ROOT / "README.md").read_text().splitlines()) <= 110
