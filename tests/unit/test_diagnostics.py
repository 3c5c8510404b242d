"""Words for the person: where a warning goes, and which tracebacks are kept away."""

from __future__ import annotations

import sys
from types import ModuleType, SimpleNamespace
from typing import TYPE_CHECKING

import pytest

from pulumi_codat import diagnostics

if TYPE_CHECKING:
    from types import TracebackType


@pytest.fixture
def provider_process(monkeypatch: pytest.MonkeyPatch) -> None:
    """As if the engine had started this process, and were gone by now."""
    main = ModuleType("__main__")
    monkeypatch.setattr(main, "__spec__", SimpleNamespace(name="pulumi.dynamic.__main__"))
    monkeypatch.setitem(sys.modules, "__main__", main)
    monkeypatch.setattr(sys, "argv", ["pulumi.dynamic", "127.0.0.1:1"])


def test_this_is_no_provider_process() -> None:
    assert not diagnostics.is_provider_process()


def test_a_main_module_without_a_spec_is_none(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sys.modules["__main__"], "__spec__", None)
    assert not diagnostics.is_provider_process()


def test_outside_of_a_provider_process_tracebacks_stay(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sys, "tracebacklimit", 1000, raising=False)
    diagnostics.one_line_errors()
    assert sys.tracebacklimit == 1000


@pytest.mark.usefixtures("provider_process")
def test_in_a_provider_process_an_error_is_one_line(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sys, "tracebacklimit", 1000, raising=False)
    diagnostics.one_line_errors()
    assert sys.tracebacklimit == 0


def test_outside_of_a_provider_process_a_warning_goes_to_stderr(capsys: pytest.CaptureFixture[str]) -> None:
    diagnostics.warn("careful")
    captured = capsys.readouterr()
    assert (captured.out, captured.err) == ("", "warning: careful\n")


@pytest.mark.usefixtures("provider_process")
@pytest.mark.parametrize("address", ["127.0.0.1:1", "no address"])
def test_a_warning_is_not_lost_when_the_engine_cannot_be_reached(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], address: str
) -> None:
    monkeypatch.setattr(diagnostics, "_SECONDS", 0.2)
    monkeypatch.setattr(sys, "argv", ["pulumi.dynamic", address])
    diagnostics.warn("careful")
    assert capsys.readouterr().err == "warning: careful\n"


class _Hook:
    """An excepthook that takes down what it is told."""

    def __init__(self) -> None:
        self.told: list[type[BaseException]] = []

    def __call__(self, kind: type[BaseException], error: BaseException, traceback: TracebackType | None) -> None:
        self.told.append(kind)


@pytest.fixture
def hook(monkeypatch: pytest.MonkeyPatch) -> _Hook:
    hook = _Hook()
    monkeypatch.setattr(sys, "excepthook", hook)
    return hook


def test_a_person_s_own_interrupt_stays_visible(monkeypatch: pytest.MonkeyPatch, hook: _Hook) -> None:
    monkeypatch.setattr(sys, "orig_argv", ["python", "program.py"])
    diagnostics.quiet_interrupts()
    assert sys.excepthook is hook


def test_under_the_language_host_an_interrupt_is_quiet_and_nothing_else(
    monkeypatch: pytest.MonkeyPatch, hook: _Hook
) -> None:
    monkeypatch.setattr(sys, "orig_argv", ["python", "/bin/pulumi-language-python-exec", "--monitor", "x"])
    diagnostics.quiet_interrupts()
    sys.excepthook(KeyboardInterrupt, KeyboardInterrupt(), None)
    sys.excepthook(ValueError, ValueError(), None)
    assert hook.told == [ValueError]


def test_the_hook_goes_in_once(monkeypatch: pytest.MonkeyPatch, hook: _Hook) -> None:
    monkeypatch.setattr(sys, "orig_argv", ["python", "/bin/pulumi-language-python-exec"])
    diagnostics.quiet_interrupts()
    first = sys.excepthook
    diagnostics.quiet_interrupts()
    assert sys.excepthook is first
