"""Fresh interpreters, as the CLI starts them: command line, environment, working directory, output."""

from __future__ import annotations

import json
import sys
from typing import TYPE_CHECKING

from .workshop import ops

if TYPE_CHECKING:
    from .workshop import Workshop


def test_the_whole_life_of_a_stack(cold: Workshop) -> None:
    cold.program("a = Thing('a', size=int(os.environ.get('SIZE', '1')))\npulumi.export('mark', a.mark)")
    assert cold.up(skip_preview=False).outputs["mark"].value == "a/1.0"
    cold.environ["SIZE"] = "2"
    assert ops(cold.preview()) == {"a": ["update"]}
    assert cold.up().outputs["mark"].value == "a/2.0"
    cold.change("a-0", size=9)
    assert ops(cold.refresh()) == {"a": ["update"]}
    assert cold.destroy().exit_code == 0
    assert cold.live() == {}


def test_a_program_sees_what_it_sees_under_the_cli(cold: Workshop) -> None:
    cold.config = {"greeting": "hello"}
    cold.program(
        """
        import json, sys
        pulumi.export("seen", {
            "argv": sys.argv, "name": sys.orig_argv[2].rpartition("/")[2], "directory": os.getcwd(),
            "first": sys.path[0], "main": __name__, "preview": pulumi.runtime.is_dry_run(),
            "root": pulumi.get_root_directory(), "config": json.loads(os.environ["PULUMI_CONFIG"]),
            "secrets": os.environ["PULUMI_CONFIG_SECRET_KEYS"], "own": pulumi.Config().require("greeting"),
            "session": os.getsid(0) == os.getpid(), "input": sys.stdin.read(),
        })
        """
    )
    directory = str(cold.project.resolve())
    assert cold.up().outputs["seen"].value == {
        "argv": ["."],
        "name": "pulumi-language-python-exec",
        "directory": directory,
        "first": ".",
        "main": "__main__",
        "preview": False,
        "root": directory,
        "config": {"shop:greeting": "hello"},
        "secrets": "[]",
        "own": "hello",
        "session": True,
        "input": "",
    }


def test_the_interpreter_is_the_one_of_the_projects_virtual_environment(cold: Workshop) -> None:
    environment = cold.project / "venv"
    (environment / "bin").mkdir(parents=True)
    python = environment / "bin" / "python"
    python.write_text(f'#!/bin/sh\necho "$@" >> {cold.things}/interpreter.log\nexec {sys.executable} "$@"\n')
    python.chmod(0o755)
    options = "runtime: {name: python, options: {toolchain: pip, virtualenv: venv}}"
    (cold.project / "Pulumi.yaml").write_text(f"name: shop\n{options}\n")
    cold.program(
        """
        Thing("a")
        pulumi.export("environment", {key: os.environ.get(key) for key in ("VIRTUAL_ENV", "PATH")})
        """
    )
    seen = cold.up().outputs["environment"].value
    assert isinstance(seen, dict)
    assert seen["VIRTUAL_ENV"] == str(environment)
    assert seen["PATH"].startswith(str(environment / "bin"))
    lines = (cold.things / "interpreter.log").read_text().splitlines()
    assert [line.split()[:3] for line in lines][1] == ["-u", "-m", "pulumi.dynamic"]


def test_a_provider_that_prints_much_blocks_nobody(cold: Workshop) -> None:
    cold.program("print('x' * 200_000)\nfor line in range(3000): print(line, 'y' * 40)\nThing('a')")
    result = cold.preview()
    assert result.exit_code == 0
    assert len(result.diagnostics) == 3001


def test_a_program_without_pulumi_is_told_what_is_missing(cold: Workshop) -> None:
    environment = cold.project / "venv" / "bin"
    environment.mkdir(parents=True)
    (environment / "python").symlink_to(sys._base_executable if hasattr(sys, "_base_executable") else sys.executable)
    (cold.project / "Pulumi.yaml").write_text("name: shop\nruntime: {name: python, options: {virtualenv: venv}}\n")
    cold.program("pass")
    cold.environ["PYTHONPATH"] = ""
    result = cold.preview()
    assert result.exit_code == 1
    assert any("The Pulumi SDK cannot be imported by" in entry.message for entry in result.diagnostics)


def test_values_survive_being_written_and_read_again(cold: Workshop) -> None:
    cold.program("Thing('a', tags={'n': 1.0, 'f': 0.1, 'e': 1e300, 'neg': -0.5})")
    cold.up()
    text = cold.state_file.read_text()
    inputs = json.loads(text)["deployment"]["resources"][-1]["inputs"]["tags"]
    assert inputs == {"n": 1, "f": 0.1, "e": 1e300, "neg": -0.5}
    assert isinstance(inputs["n"], int)
    assert ops(cold.up()) == {}
