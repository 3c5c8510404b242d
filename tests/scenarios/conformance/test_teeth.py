"""The suite bites: which of its tests fail on two providers that are bad on purpose."""

from __future__ import annotations

import json
import shutil
import sys
from importlib.util import module_from_spec, spec_from_file_location
from pathlib import Path
from typing import TYPE_CHECKING, Final

import pytest
from demo.stage import Portal, Stage
from pulumi.dynamic.dynamic import serialize_provider

from tests.scenarios.engines import OnTheOfflineEngine

from .on_stage import OnStage
from .singleton import Account, SingletonConformance, Write

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from pulumi_offline.warm_start import WarmLauncher

MODULE: Final = Path(__file__).with_name("heating.py")
PROJECT: Final = """\
name: heating
runtime: {name: python, options: {toolchain: pip, virtualenv: .venv}}
options: {refresh: always}
"""
TESTS: Final = sorted(name for name in vars(SingletonConformance) if name.startswith("test_"))
FAILING: Final = {
    "careless": {
        "test_a_destroy_after_a_refresh_knows_what_was_set_by_hand",
        "test_a_move_into_a_component_leaves_it_as_it_is",
        "test_a_move_that_changes_it_too_changes_it",
        "test_a_rename_repairs_what_was_changed_by_hand",
        "test_a_rename_that_changes_it_too_changes_it",
        "test_a_rename_that_changes_it_too_changes_it_without_a_refresh",
        "test_a_rename_without_a_refresh_leaves_it_as_it_is",
        "test_a_rename_without_an_alias_leaves_it_as_it_is",
        "test_a_second_resource_for_it_is_refused_and_both_are_named",
        "test_a_second_stack_on_the_account_takes_nothing_away",
        "test_a_tainted_one_is_changed_without_being_off",
        "test_a_tainted_one_is_replaced_without_being_off",
        "test_a_tainted_one_with_ignored_drift_is_no_second_resource",
        "test_replace_on_changes_changes_it_without_being_off",
        "test_the_key_of_an_empty_account_touches_neither",
        "test_the_key_of_another_account_touches_neither",
        "test_what_is_imported_is_not_taken_away_by_a_destroy",
        "test_what_was_changed_by_hand_is_repaired_and_stays_so",
        "test_what_was_set_by_hand_is_left_when_it_is_removed",
    },
    "forgetful": {
        "test_a_destroy_after_a_refresh_knows_what_the_program_had_set",
        "test_a_first_apply_sets_it_and_a_second_changes_nothing",
        "test_a_rename_that_changes_it_too_changes_it",
        "test_a_rename_that_changes_it_too_changes_it_without_a_refresh",
        "test_a_rename_without_a_refresh_leaves_it_as_it_is",
        "test_a_second_resource_for_it_is_refused_and_both_are_named",
        "test_a_second_stack_on_the_account_takes_nothing_away",
        "test_a_tainted_one_is_changed_without_being_off",
        "test_a_tainted_one_is_replaced_without_being_off",
        "test_ignored_drift_is_left_alone",
        "test_the_key_of_an_empty_account_touches_neither",
        "test_the_key_of_another_account_touches_neither",
        "test_what_is_imported_is_taken_over_as_it_is",
        "test_what_the_program_had_set_ends_when_it_is_removed",
        "test_what_was_changed_by_hand_is_repaired_and_stays_so",
    },
}


class HeatingSetting(OnStage):
    """A house for each account."""

    preamble = "from heating import Heating"
    altered_property = "degrees"
    ignorable_property = "degrees"

    def __init__(self, stage: Stage, provider: str) -> None:
        super().__init__(stage)
        self.provider = provider
        self._houses = stage.home / "houses"
        self._houses.mkdir()

    def key(self, account: Account) -> dict[str, str]:
        return {"HEATING": str(self._houses), "HEATING_HOUSE": account, "HEATING_PROVIDER": self.provider}

    def declaration(self, name: str, options: str = "None", *, altered: bool = False, keeps: bool = False) -> str:
        return f"Heating('{name}', degrees={21 if altered else 20}, opts={options})"

    def declared(self, *, altered: bool = False) -> Mapping[str, object]:
        return {"on": True, "degrees": 21 if altered else 20}

    def left(self, *, destroyed: bool = False) -> Mapping[str, object]:
        return {"on": False, "degrees": 20}

    def live(self, account: Account) -> Mapping[str, object]:
        path = self._houses / f"{account}.json"
        return json.loads(path.read_text()) if path.exists() else {}

    def writes(self) -> Sequence[Write]:
        log = self._houses / "writes.log"
        lines = log.read_text().splitlines() if log.exists() else []
        log.unlink(missing_ok=True)
        written = [json.loads(line) for line in lines]
        return [Write(Account(one["house"]), not one["on"], line) for one, line in zip(written, lines, strict=True)]

    def settle(self) -> None:
        self._set(Account.HOME, self.declared())

    def occupy(self) -> None:
        self._set(Account.OTHER, {"on": True, "degrees": 30})

    def drift(self) -> None:
        self._set(Account.HOME, {"on": True, "degrees": 5})

    def import_file(self) -> str:
        properties = {**self.live(Account.HOME), "__provider": _pickled(self.provider)}
        entry = {"type": "pulumi-python:dynamic/heating:Heating", "name": "setting", "id": "heating"}
        return json.dumps({"resources": [{**entry, "inputs": properties, "outputs": properties}]})

    def _set(self, account: Account, settings: Mapping[str, object]) -> None:
        (self._houses / f"{account}.json").write_text(json.dumps(settings))


def _pickled(provider: str) -> str:
    """The provider by reference to the module `heating`, as the program has it."""
    spec = spec_from_file_location("heating", MODULE)
    assert spec is not None
    assert spec.loader is not None
    module = module_from_spec(spec)
    sys.modules["heating"] = module
    spec.loader.exec_module(module)
    return serialize_provider(module.PROVIDERS[provider]())


@pytest.fixture(name="setting", params=FAILING)
def _subject(request: pytest.FixtureRequest, tmp_path: Path, launcher: WarmLauncher) -> HeatingSetting:
    program, home = tmp_path / "program", tmp_path / "home"
    for directory in (program, home / "backend"):
        directory.mkdir(parents=True)
    shutil.copy(MODULE, program)
    (program / ".venv").symlink_to(sys.prefix)
    (program / "Pulumi.yaml").write_text(PROJECT)
    # because the engine of these tests runs nothing that could reach Codat
    nowhere = Portal("http://127.0.0.1:9", ())
    return HeatingSetting(Stage(OnTheOfflineEngine(launcher), program, home, nowhere), request.param)


@pytest.mark.parametrize("name", TESTS)
def test_the_suite_sees_what_is_bad(setting: HeatingSetting, name: str) -> None:
    test = getattr(SingletonConformance(), name)
    if name in FAILING[setting.provider]:
        with pytest.raises(AssertionError):
            test(setting)
    else:
        test(setting)


def test_every_test_of_the_suite_has_seen_something_bad() -> None:
    assert set(TESTS) == set.union(*FAILING.values())
