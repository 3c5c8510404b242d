"""The arrows of the design: who may import whom, where a wire path may stand, and what a package shows."""

from __future__ import annotations

import ast
import importlib
import re
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING, Final

import pytest

import pulumi_codat

if TYPE_CHECKING:
    from collections.abc import Iterator

PROVIDER: Final = Path(pulumi_codat.__file__).parents[1]
ALLOWED: Final = {
    "__init__": {"resources"},
    "resources": {"resources", "dynamic", "diagnostics", "references"},
    "dynamic": {"reconcile", "api", "settings", "diagnostics", "references", "pipeline"},
    "reconcile": {"reconcile", "api", "xero", "settings", "redaction", "references", "pipeline", "validation"},
    "bank_feeds": {"bank_feeds", "api", "xero", "settings", "redaction"},
    "api": {"api", "redaction"},
    "xero": {"xero", "redaction"},
    "settings": {"api"},
    "redaction": set[str](),
    "validation": {"redaction"},
    "references": set[str](),
    "diagnostics": set[str](),
    "pipeline": set[str](),
}
WITHOUT_PULUMI: Final = {
    "reconcile",
    "bank_feeds",
    "api",
    "xero",
    "settings",
    "redaction",
    "references",
    "pipeline",
    "validation",
}
WIRE_PATH: Final = re.compile(r"/(integrations|profile|companies|settings/integrations|connections|push)\b")


def modules(package: str) -> list[Path]:
    return sorted(path for path in (PROVIDER / package).rglob("*.py") if "cli" not in path.relative_to(PROVIDER).parts)


def part_of(module: Path) -> str:
    """The part of the house a module of pulumi_codat belongs to."""
    return module.relative_to(PROVIDER / "pulumi_codat").parts[0].removesuffix(".py")


@cache
def tree(module: Path) -> ast.Module:
    return ast.parse(module.read_text(encoding="utf-8"))


def imported(module: Path) -> Iterator[str]:
    """Each module named by an import, wherever it stands; a relative one would hide what it names."""
    for node in ast.walk(tree(module)):
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            assert node.level == 0, f"{module}: a relative import"
            yield node.module or ""
            if node.module == "pulumi_codat":
                yield from (f"pulumi_codat.{alias.name}" for alias in node.names)


def docstrings(module: Path) -> set[int]:
    """Where docstrings and other bare strings stand, by id."""
    return {id(node.value) for node in ast.walk(tree(module)) if isinstance(node, ast.Expr)}


@pytest.mark.parametrize("module", modules("pulumi_codat"), ids=lambda path: str(path.relative_to(PROVIDER)))
def test_the_arrows_of_pulumi_codat_point_one_way(module: Path) -> None:
    ours = {name.split(".")[1] for name in imported(module) if name.startswith("pulumi_codat.")}
    assert ours <= ALLOWED[part_of(module)]


@pytest.mark.parametrize("module", modules("pulumi_codat"), ids=lambda path: str(path.relative_to(PROVIDER)))
def test_only_resources_and_the_adapter_know_pulumi_and_nobody_the_stand_ins(module: Path) -> None:
    packages = {name.split(".")[0] for name in imported(module)}
    assert not packages & {"codat_emulator", "pulumi_offline"}
    assert part_of(module) not in WITHOUT_PULUMI or "pulumi" not in packages


@pytest.mark.parametrize("module", modules("pulumi_codat"), ids=lambda path: str(path.relative_to(PROVIDER)))
def test_a_path_of_codats_stands_in_the_contract_only(module: Path) -> None:
    skipped = docstrings(module)
    paths = [
        node.value
        for node in ast.walk(tree(module))
        if isinstance(node, ast.Constant)
        and isinstance(node.value, str)
        and id(node) not in skipped
        and WIRE_PATH.search(node.value)
    ]
    assert bool(paths) is (module.name == "contract.py")


def public(module: Path) -> set[str]:
    """What a package's `__init__` binds for others: imports from its own parts, and definitions."""
    names: set[str] = set()
    for node in tree(module).body:
        match node:
            case ast.ImportFrom(module=str(source), names=aliases) if source.startswith("pulumi_codat"):
                names |= {alias.asname or alias.name for alias in aliases}
            case ast.Assign(targets=[ast.Name(id=name)]) | ast.AnnAssign(target=ast.Name(id=name)):
                names.add(name)
            case ast.FunctionDef(name=name) | ast.ClassDef(name=name):
                names.add(name)
    return {name for name in names if not name.startswith("_")}


def in_house_order(name: str) -> tuple[int, str]:
    """Constants, then classes, then the rest."""
    return (0 if name.isupper() and len(name) > 1 else 1 if name[0].isupper() else 2, name)


@pytest.mark.parametrize(
    "module",
    [path for path in modules("pulumi_codat") if path.name == "__init__.py"],
    ids=lambda path: str(path.parent.relative_to(PROVIDER)),
)
def test_a_package_shows_all_it_has_in_order(module: Path) -> None:
    package = importlib.import_module(".".join(module.parent.relative_to(PROVIDER).parts))
    assert set(package.__all__) == public(module)


@pytest.mark.parametrize("module", modules("pulumi_codat"), ids=lambda path: str(path.relative_to(PROVIDER)))
def test_what_a_module_shows_is_there_and_in_order(module: Path) -> None:
    name = ".".join(module.relative_to(PROVIDER).with_suffix("").parts).removesuffix(".__init__")
    loaded = importlib.import_module(name)
    assert list(loaded.__all__) == sorted(loaded.__all__, key=in_house_order)
    assert [shown for shown in loaded.__all__ if not hasattr(loaded, shown)] == []


@pytest.mark.parametrize("module", modules("pulumi_codat"), ids=lambda path: str(path.relative_to(PROVIDER)))
def test_a_module_fits_on_a_few_screens(module: Path) -> None:
    assert len(module.read_text(encoding="utf-8").splitlines()) <= 300
