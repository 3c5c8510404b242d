"""The commands of the offline engine, for `python -m pulumi_offline` and for a distribution's own command line."""

from __future__ import annotations

import contextlib
import json
import os
import signal
import sys
import threading
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any, NoReturn, TextIO

import click

from pulumi_offline.display import DiffView, ProgressView
from pulumi_offline.engine import Engine, Guard
from pulumi_offline.errors import OfflineError, Unsupported
from pulumi_offline.go_text import indented_json
from pulumi_offline.phase import Terminated

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from pulumi_offline.process import Launcher
    from pulumi_offline.results import Result

__all__ = ["offline_group"]

_BANNER = "This is pulumi_offline, an offline engine for trying and testing; it is not the Pulumi CLI."
_FAILED = 1
_TERMINATED = 8
_DESTROYED = (
    "The resources in the stack have been deleted, but its configuration and its file below .pulumi-offline remain."
)


def _fail(message: str, exit_code: int = _FAILED) -> NoReturn:
    """One line, and the exit code."""
    click.echo(f"error: {message}", err=True)
    raise click.exceptions.Exit(exit_code)


def _pairs(_context: click.Context, _parameter: click.Parameter, values: tuple[str, ...]) -> dict[str, str]:
    pairs = {}
    for number, text in enumerate(values, start=1):
        key, separator, value = text.partition("=")
        if not separator or not key:  # not shown, because it may be a secret
            _fail(f"--config number {number} has no key: it should read KEY=VALUE")
        pairs[key] = value
    return pairs


def _stack_name(_context: click.Context, _parameter: click.Parameter, value: str | None) -> str:
    if not value:
        _fail("no stack: name it with --stack NAME")
    return value


_Function = Any  # because click decorates functions of any signature


def _common(function: _Function) -> _Function:
    for option in (
        click.option("--cwd", type=click.Path(path_type=Path), default=Path(), help="The project's directory."),
        click.option(
            "--config",
            multiple=True,
            metavar="KEY=VALUE",
            callback=_pairs,
            is_eager=True,  # because a file must not be opened before all is well, as here and below
            help="Over the stack's file; not stored.",
        ),
        click.option("--stack", "-s", callback=_stack_name, is_eager=True, help="The stack's name."),
    ):
        function = option(function)
    return function


def _shown(function: _Function) -> _Function:
    return click.option("--diff", is_flag=True, help="Show every property that differs.")(function)


def _refreshed(function: _Function) -> _Function:
    return click.option(
        "--refresh",
        type=click.BOOL,
        is_flag=False,
        flag_value=True,
        default=None,
        help="Read every resource first (default: as Pulumi.yaml says).",
    )(function)


def _strict(function: _Function) -> _Function:
    return click.option("--expect-no-changes", is_flag=True, help="Exit with 7 if there are changes.")(function)


def _phased(function: _Function) -> _Function:
    function = click.option("--skip-preview", is_flag=True, help="Do not preview first.")(function)
    return click.option("--preview-only", is_flag=True, help="Only say what would be done.")(function)


def _unasked(function: _Function) -> _Function:
    """`--yes`, so that a command line written for the CLI works."""
    return click.option("--yes", "-y", is_flag=True, expose_value=False, help="Accepted: nothing is asked.")(function)


def _codeless(_context: click.Context, _parameter: click.Parameter, value: bool) -> None:  # noqa: FBT001 - click's call
    if value:
        _fail(str(Unsupported("generating code for imported resources")))


@contextlib.contextmanager
def _errors_as_lines() -> Iterator[None]:
    try:
        yield
    except Terminated as error:
        _fail(str(error), _TERMINATED)
    except OfflineError as error:
        _fail(str(error))


@contextlib.contextmanager
def _interruptible(engine: Engine) -> Iterator[None]:
    """Ctrl-C asks the engine to end instead of killing it amid an operation."""
    if threading.current_thread() is not threading.main_thread():
        yield  # because only the main thread may set signal handlers
        return
    previous = {
        number: signal.signal(number, lambda *_: engine.interrupt()) for number in (signal.SIGINT, signal.SIGTERM)
    }
    try:
        yield
    finally:
        for number, handler in previous.items():
            signal.signal(number, handler)


@dataclass(frozen=True)
class _Wiring:
    guard: Guard | None
    launcher: Launcher | None


def offline_group(name: str, guard: Guard | None = None, launcher: Launcher | None = None) -> click.Group:
    """The commands as a group.

    `guard` sees every provider's configuration before it is used. `launcher` starts the children (default: a fresh
    interpreter each).
    """

    @click.group(name, commands=[_preview, _up, _refresh, _destroy, _export, _import])
    @click.pass_context
    def group(context: click.Context) -> None:
        """Run the Pulumi program of a project without the Pulumi CLI, for trying and testing."""
        context.obj = _Wiring(guard, launcher)

    return group


def _run(options: dict[str, Any], *, diff: bool, subject: str, act: Callable[[Engine], Result]) -> None:
    """Act, show what happens, and exit with the result's code. `subject` is what should not have changed anything."""
    click.echo(_BANNER)
    view = DiffView(sys.stdout, sys.stderr) if diff else ProgressView(sys.stdout)
    wiring: _Wiring = click.get_current_context().obj
    environ = dict(os.environ)
    os.environ.setdefault("GRPC_VERBOSITY", "ERROR")  # because gRPC tells the terminal when a provider goes away
    engine = Engine(
        options["cwd"],
        options["stack"],
        config=options["config"],
        guard=wiring.guard,
        environ=environ,
        views=(view,),
        launcher=wiring.launcher,
    )
    with _errors_as_lines(), _interruptible(engine):
        result = act(engine)
    if result.exit_code > _FAILED:
        _fail(f"no changes were expected for {subject} but changes were proposed", result.exit_code)
    if result.exit_code:
        raise click.exceptions.Exit(result.exit_code)


@click.command("preview")
@_common
@_shown
@_refreshed
@_strict
def _preview(*, diff: bool, refresh: bool | None, expect_no_changes: bool, **options: Any) -> None:
    """Show what `up` would do."""
    _run(
        options,
        diff=diff,
        subject="preview",
        act=lambda engine: engine.preview(refresh=refresh, expect_no_changes=expect_no_changes),
    )


@click.command("up")
@_common
@_shown
@_refreshed
@_strict
@_unasked
@click.option("--skip-preview", is_flag=True, help="Do not preview first.")
def _up(*, diff: bool, refresh: bool | None, expect_no_changes: bool, skip_preview: bool, **options: Any) -> None:
    """Make the world as the program says."""
    _run(
        options,
        diff=diff,
        subject="update",
        act=lambda engine: engine.up(refresh=refresh, expect_no_changes=expect_no_changes, skip_preview=skip_preview),
    )


@click.command("refresh")
@_common
@_shown
@_strict
@_phased
@_unasked
@click.option("--clear-pending-creates", is_flag=True, help="Forget creates that were interrupted.")
def _refresh(
    *,
    diff: bool,
    expect_no_changes: bool,
    preview_only: bool,
    skip_preview: bool,
    clear_pending_creates: bool,
    **options: Any,
) -> None:
    """Make the state as the world is."""
    _run(
        options,
        diff=diff,
        subject="refresh",
        act=lambda engine: engine.refresh(
            preview_only=preview_only,
            skip_preview=skip_preview,
            expect_no_changes=expect_no_changes,
            clear_pending_creates=clear_pending_creates,
        ),
    )


@click.command("destroy")
@_common
@_shown
@_refreshed
@_phased
@_unasked
def _destroy(*, diff: bool, refresh: bool | None, preview_only: bool, skip_preview: bool, **options: Any) -> None:
    """Delete everything of the stack."""
    _run(
        options,
        diff=diff,
        subject="destroy",
        act=lambda engine: engine.destroy(refresh=refresh, preview_only=preview_only, skip_preview=skip_preview),
    )
    if not preview_only:
        click.echo(_DESTROYED)


@click.command("export")
@_common
@click.option("--show-secrets", is_flag=True, help="Write secrets in clear.")
def _export(*, show_secrets: bool, **options: Any) -> None:
    """Write the state as `pulumi stack export` does."""
    with _errors_as_lines():
        engine = Engine(options["cwd"], options["stack"], config=options["config"])
        click.echo(indented_json(engine.export_state(show_secrets=show_secrets)))


@click.command("import")
@_common
@_shown
@_unasked
@click.option("--file", type=click.File(encoding="utf-8"), required=True, help="`-` reads the input.")
@click.option("--protect", type=click.BOOL, is_flag=False, flag_value=True, default=True, help="Against deletion.")
@click.option(
    "--generate-code",
    type=click.BOOL,
    default=False,
    callback=_codeless,
    is_eager=True,
    expose_value=False,
    help="Only `false`.",
)
@click.option("--skip-preview", is_flag=True, help="Do not preview first.")
def _import(*, file: TextIO, diff: bool, protect: bool, skip_preview: bool, **options: Any) -> None:
    """Replace the state by an export, or take over the resources of an import file."""
    try:
        document = json.load(file)
    except ValueError as error:
        _fail(f"{file.name} is no valid JSON: {error}")
    if not isinstance(document, dict):
        _fail(f"{file.name} is no JSON object")
    if "deployment" not in document:
        _run(
            options,
            diff=diff,
            subject="import",
            act=lambda engine: engine.import_resources(document, protect=protect, skip_preview=skip_preview),
        )
        return
    with _errors_as_lines():
        Engine(options["cwd"], options["stack"], config=options["config"]).import_state(document)
    for operation in document["deployment"].get("pending_operations") or []:
        what, urn = operation["type"], operation["resource"]["urn"]
        click.echo(f"warning: removing pending operation '{what}' on '{urn}' from snapshot", err=True)
    click.echo("Import complete.")
