"""What fails, how it is told, and what is left: the state of what succeeded, and nothing pending."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

import pytest

from pulumi_offline import Severity

from .workshop import SHUT_DOWN, STACK_URN, urn

if TYPE_CHECKING:
    from .workshop import Workshop

CHAIN = """
size = int(os.environ.get("SIZE", "1"))
a = Thing("a", size=size)
b = Thing("b", tags={"of": a.mark})
pulumi.export("mark", a.mark)
pulumi.export("b", b.mark)
"""


def _pending(workshop: Workshop) -> list[str]:
    document = json.loads(workshop.state_file.read_text())
    return [operation["type"] for operation in document["deployment"].get("pending_operations", [])]


def test_nothing_is_deleted_after_a_failure(workshop: Workshop) -> None:
    workshop.program(CHAIN)
    workshop.up()
    workshop.program("Thing('c')")
    assert workshop.failing("create:c:raise").up().exit_code == 1
    assert sorted(workshop.live()) == ["a-0", "b-0"]


def test_inputs_the_provider_does_not_accept_are_told_as_the_cli_tells_them(workshop: Workshop) -> None:
    workshop.program("Thing('a', size=pulumi.Output.secret(-1) if os.environ.get('HIDE') else int(os.environ['SIZE']))")
    kind = "pulumi-python:dynamic/things:Thing"
    for size, expected in (
        ("-1", f"{kind} resource 'a': property size value {{-1}} has a problem: must be positive"),
        ("-2", f"{kind} resource 'a' has a problem: no such size"),
    ):
        workshop.environ["SIZE"] = size
        assert workshop.preview().errors == (expected, SHUT_DOWN)
    workshop.environ["HIDE"] = "1"
    hidden = f"{kind} resource 'a': property size value {{&{{{{[secret]}}}}}} has a problem: must be positive"
    assert workshop.up().errors == (hidden, SHUT_DOWN)


def test_a_program_that_raises_keeps_outputs_it_did_not_reach(workshop: Workshop) -> None:
    workshop.program(CHAIN)
    workshop.up()
    workshop.program("pulumi.export('mark', 'new')\nraise ValueError('no')\npulumi.export('b', 'never')")
    result = workshop.up()
    assert result.exit_code == 1
    lines = result.errors[0].splitlines()
    assert lines[0] == "Program failed with an unhandled exception:"
    assert lines[-1] == "ValueError: no"
    assert lines[2].endswith('__main__.py", line 5, in <module>')
    assert {key: output.value for key, output in result.outputs.items()} == {"mark": "new", "b": "b/1.0"}
    assert sorted(workshop.live()) == ["a-0", "b-0"]


def test_a_run_error_is_one_line(workshop: Workshop) -> None:
    workshop.program("raise pulumi.RunError('not today')")
    result = workshop.preview()
    assert result.errors == (
        "not today",
        "an unhandled error occurred: program exited with non-zero exit code: 1",
    )


@pytest.mark.parametrize(
    ("statement", "exit_code", "errors"),
    [
        ("sys.exit(0)", 0, 0),
        ("sys.exit(3)", 1, "program exited with non-zero exit code: 3"),
        ("sys.exit('because')", 1, "program exited with non-zero exit code: 1"),
        ("os._exit(5)", 1, "program exited with non-zero exit code: 5"),
        ("os.kill(os.getpid(), 9)", 1, "program exited with non-zero exit code: -1"),
        ("import nothing_of_that_name", 1, "ModuleNotFoundError: No module named 'nothing_of_that_name'"),
    ],
)
def test_how_a_program_ends_is_told(workshop: Workshop, statement: str, exit_code: int, errors: str | int) -> None:
    workshop.program(f"import sys\nThing('a')\n{statement}")
    result = workshop.preview()
    assert result.exit_code == exit_code
    assert (errors == 0 and result.errors == ()) or str(errors) in result.errors[-1]


def test_a_program_that_is_missing_is_told(workshop: Workshop) -> None:
    result = workshop.preview()
    assert result.exit_code == 1
    assert result.errors[0].startswith("unable to find main python program `__main__.py` in `/")


def test_a_log_line_of_severity_error_does_not_fail_the_deployment(workshop: Workshop) -> None:
    # as measured on the CLI: shown as failed, exit code 0
    workshop.program(
        "a = Thing('a')\npulumi.log.error('bad', resource=a)\npulumi.log.warn('hm')\npulumi.log.debug('x')"
    )
    result = workshop.up()
    assert result.exit_code == 0
    assert (result.errors, result.warnings) == (("bad",), ("hm",))
    assert "a" in workshop.resources()


def test_a_provider_can_log_to_the_engine(workshop: Workshop) -> None:
    workshop.program("Thing('a')")
    result = workshop.failing(f"create:a:2@{urn('a').replace(':', ';')}", "check:a:3@").up()
    assert result.exit_code == 0
    logged = {(entry.severity.name, entry.message, entry.urn) for entry in result.diagnostics}
    assert logged == {("WARNING", "create logs", urn("a")), ("ERROR", "check logs", "")}


def test_what_provider_and_program_print_is_shown(workshop: Workshop) -> None:
    workshop.program("import sys\nThing('a')\nprint('from the program')\nprint('and its errors', file=sys.stderr)")
    result = workshop.failing("create:a:print").up()
    assert {entry.message.strip() for entry in result.diagnostics} == {
        "create of a says hello",
        "create of a complains",
        "from the program",
        "and its errors",
    }
    assert {entry.severity for entry in result.diagnostics} == {Severity.INFO}


def test_a_provider_that_dies_is_told_and_nothing_hangs(workshop: Workshop) -> None:
    workshop.program(CHAIN)
    result = workshop.failing("create:b:die").up()
    assert result.exit_code == 1
    assert result.errors[0] == "the provider process did not answer Create: it ended with exit code 9"
    assert list(workshop.resources()) == ["shop-dev", "default", "a"]


def test_a_provider_that_dies_between_two_calls_is_told_at_once(workshop: Workshop) -> None:
    workshop.program("""
        import time
        a = Thing("a")
        Thing("b", tags={"of": a.mark.apply(lambda mark: time.sleep(0.3) or mark)})
    """)
    result = workshop.failing("create:a:faint").up()
    assert result.exit_code == 1
    assert result.errors[0].startswith("the provider process did not answer ")
    assert result.errors[0].endswith(": it ended with exit code 9")
    assert list(workshop.resources()) == ["shop-dev", "default", "a"]


def test_a_method_that_raises_system_exit_never_answers_and_the_engine_gives_up(workshop: Workshop) -> None:
    workshop.call_timeout = 2
    workshop.program("Thing('a')")
    result = workshop.failing("check:a:leave").preview()
    assert result.exit_code == 1
    assert result.errors == (
        "the provider did not answer Check within 2 s (a method that raises SystemExit never answers)",
        SHUT_DOWN,
    )


def test_a_provider_that_cannot_start_is_told(cold: Workshop) -> None:
    # because `-m` puts the project first on the path, a file of the project can stand in the way
    (cold.project / "grpc.py").write_text("raise ImportError('not this grpc')")
    cold.program("Thing('a')")
    result = cold.preview()
    assert result.exit_code == 1
    assert result.errors == (
        "Preview failed: the provider process named no port and ended with exit code 1: ImportError: not this grpc",
        SHUT_DOWN,
        "preview failed",
    )


def test_running_operations_end_before_the_program_is_stopped(workshop: Workshop) -> None:
    workshop.program("for name in ('a', 'b', 'c', 'd'): Thing(name)")
    result = workshop.failing("create:b:raise").up()
    assert result.exit_code == 1
    made = {path.rpartition("-")[0] for path in workshop.live()}
    assert made == set(workshop.resources()) - {"shop-dev", "default"}
    assert _pending(workshop) == []


STRANGER = f"""
class Box(pulumi.ComponentResource):
    def __init__(self, name):
        super().__init__("my:mod:Box", name)

    @property
    def urn(self):
        return pulumi.Output.from_input("{STACK_URN}-of-another")

    @urn.setter
    def urn(self, value):
        pass
"""


def test_an_unknown_parent_is_an_error(workshop: Workshop) -> None:
    workshop.program(STRANGER + "Thing('a', opts=Opts(parent=Box('box')))")
    result = workshop.preview()
    assert result.errors == (f"could not find parent resource {STACK_URN}-of-another", SHUT_DOWN)


def test_outputs_of_an_unregistered_resource_are_refused(workshop: Workshop) -> None:
    workshop.program(STRANGER + "Box('box').register_outputs({})")
    result = workshop.preview()
    assert result.errors == (
        f"cannot complete a resource '{STACK_URN}-of-another' whose registration isn't pending",
        SHUT_DOWN,
    )
