"""The wheel, the lock file and the README's program."""

from __future__ import annotations

import json
import re
import subprocess
import sys
import zipfile
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parent.parent.parent


@pytest.fixture(name="wheel", scope="module")
def _wheel(tmp_path_factory: pytest.TempPathFactory) -> zipfile.ZipFile:
    target = tmp_path_factory.mktemp("wheel")
    subprocess.run(
        [sys.executable, "-m", "build", "--wheel", "--no-isolation", "--outdir", str(target), str(ROOT)],
        check=True,
        capture_output=True,
    )
    (built,) = target.glob("*.whl")
    return zipfile.ZipFile(built)


def test_the_wheel_tells_the_engine_that_no_plugin_is_to_be_downloaded(wheel: zipfile.ZipFile) -> None:
    assert json.loads(wheel.read("pulumi_codat/pulumi-plugin.json")) == {"resource": False}


def test_the_wheel_holds_the_three_packages_typed_and_nothing_else(wheel: zipfile.ZipFile) -> None:
    packages = {"pulumi_codat", "codat_emulator", "pulumi_offline"}
    tops = {name.split("/")[0] for name in wheel.namelist()}
    assert {top for top in tops if not top.endswith(".dist-info")} == packages
    assert all(f"{package}/py.typed" in wheel.namelist() for package in packages)


def test_the_wheel_carries_the_licence_and_both_extras(wheel: zipfile.ZipFile) -> None:
    (metadata,) = (wheel.read(name).decode() for name in wheel.namelist() if name.endswith(".dist-info/METADATA"))
    assert "License-Expression: Apache-2.0" in metadata
    assert set(re.findall(r"^Provides-Extra: (.+)$", metadata, re.MULTILINE)) == {"cli", "emulator"}


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
