"""The engine's public face: preview, up, refresh and destroy of one stack of one project."""

from __future__ import annotations

import io
import os
import time
from collections.abc import Callable, Iterable, Mapping
from contextlib import nullcontext
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeAlias

from pulumi_offline.children import Children
from pulumi_offline.display import DiffView, ProgressView
from pulumi_offline.errors import Refusal, StateError
from pulumi_offline.events import EventSink, PhaseBegins, PhaseEnds, PhaseRefused
from pulumi_offline.importing import Import, read_imports
from pulumi_offline.journal import Journal
from pulumi_offline.phase import Kind, Phase, Plan, Terminated
from pulumi_offline.process import Launcher, SubprocessLauncher
from pulumi_offline.redaction import Redaction
from pulumi_offline.results import PhaseResult, Recorder, Result
from pulumi_offline.session import Session
from pulumi_offline.urns import Urn
from pulumi_offline.values import plain

if TYPE_CHECKING:
    from pulumi_offline.values import PropertyMap

__all__ = ["Engine", "Guard"]

Guard: TypeAlias = Callable[[Mapping[str, object], Mapping[str, str]], None]

_NO_CHANGES_EXPECTED = 7
_HOUR = 3600.0


class Engine:
    """Works on one stack. Each command reads project, configuration and state anew.

    What it shows, as plain text, is in the result; `diff=True` shows every property that differs.

    Raises `OfflineError` (its message is one line) for what is wrong before a deployment begins, and `Refusal` when the
    guard refuses; what goes wrong within a deployment is in the result.
    """

    def __init__(
        self,
        project_directory: Path | str,
        stack: str,
        *,
        config: Mapping[str, str] | None = None,
        guard: Guard | None = None,
        environ: Mapping[str, str] | None = None,
        views: Iterable[EventSink] = (),
        launcher: Launcher | None = None,
        call_timeout: float = _HOUR,
    ) -> None:
        """Prepare to work on a stack.

        `config`: values over those of the stack's file, not stored in it. `guard`: called with a provider's effective
        configuration, secrets in clear, and its environment, right before it is configured; raises `Refusal`.
        `environ`: the environment of the children and of the engine itself (default: this process's). `views`: take
        every event. `launcher`: starts the children (default: a fresh interpreter each). `call_timeout`: seconds a
        provider may take for one call.
        """
        self._directory = Path(project_directory)
        self._stack = stack
        self._overrides = dict(config or {})
        self._guard = guard
        self._environ = dict(os.environ if environ is None else environ)
        self._views = tuple(views)
        self._launcher = launcher or SubprocessLauncher()
        self._call_timeout = call_timeout
        self._phase: Phase | None = None
        self._interrupted = False

    def create_stack(self) -> None:
        """Nothing to do: a stack begins with its first `up`."""

    def preview(self, *, refresh: bool | None = None, expect_no_changes: bool = False, diff: bool = False) -> Result:
        """What `up` would do. `refresh`: read every resource first (None: as Pulumi.yaml says)."""
        return self._command(
            Kind.UPDATE, refresh=refresh, preview_only=True, expect_no_changes=expect_no_changes, diff=diff, lock=False
        )

    def up(
        self,
        *,
        refresh: bool | None = None,
        skip_preview: bool = False,
        expect_no_changes: bool = False,
        diff: bool = False,
    ) -> Result:
        """Preview, then make the world as the program says."""
        return self._command(
            Kind.UPDATE, refresh=refresh, skip_preview=skip_preview, expect_no_changes=expect_no_changes, diff=diff
        )

    def refresh(
        self,
        *,
        preview_only: bool = False,
        skip_preview: bool = False,
        expect_no_changes: bool = False,
        clear_pending_creates: bool = False,
        diff: bool = False,
    ) -> Result:
        """Make the state as the world is. `clear_pending_creates`: forget creates that were interrupted."""
        return self._command(
            Kind.REFRESH,
            preview_only=preview_only,
            skip_preview=skip_preview,
            expect_no_changes=expect_no_changes,
            clear_pending_creates=clear_pending_creates,
            diff=diff,
        )

    def destroy(
        self,
        *,
        refresh: bool | None = None,
        preview_only: bool = False,
        skip_preview: bool = False,
        diff: bool = False,
    ) -> Result:
        """Delete everything of the stack."""
        return self._command(
            Kind.DESTROY, refresh=refresh, preview_only=preview_only, skip_preview=skip_preview, diff=diff
        )

    def export_state(self, *, show_secrets: bool = False) -> dict[str, Any]:
        """The state as `pulumi stack export` writes it, secrets encrypted unless they are to be shown."""
        session = self._open()
        return session.document(session.load(), show_secrets=show_secrets)

    def import_state(self, document: dict[str, Any]) -> None:
        """Replace the state by an exported one, but for operations that were pending then, as the CLI does.

        Raises `StateError` when it is another stack's or no export, `StackLocked` meanwhile.
        """
        session = self._open()
        with session.store.locked():
            snapshot = session.read(document)
            for state in snapshot.resources:
                urn = Urn.parse(state.urn)
                if urn.stack != self._stack:
                    raise StateError(f"resource '{state.urn}' is from a different stack ({urn.stack})")
            snapshot.pending_operations.clear()
            session.save(snapshot)

    def import_resources(
        self, document: dict[str, Any], *, protect: bool = True, skip_preview: bool = False, diff: bool = False
    ) -> Result:
        """Take resources over that exist already, from a file as `pulumi import --file` takes it.

        Each needs its `inputs` and `outputs`, both with `__provider`. `protect`: against deletion, as the CLI does.
        """
        return self._command(
            Kind.IMPORT,
            skip_preview=skip_preview,
            diff=diff,
            imports=lambda session: read_imports(
                document, self._stack, session.project.name, session.reader(), protect=protect
            ),
        )

    def interrupt(self) -> None:
        """Let running operations end and stop; a second time, stop at once. May be called from a signal handler."""
        self._interrupted = True
        if self._phase is not None:
            self._phase.interrupt()

    def _command(
        self,
        kind: Kind,
        *,
        diff: bool,
        refresh: bool | None = None,
        preview_only: bool = False,
        skip_preview: bool = False,
        expect_no_changes: bool = False,
        clear_pending_creates: bool = False,
        lock: bool = True,
        imports: Callable[[Session], list[Import]] = lambda _: [],
    ) -> Result:
        self._interrupted = False
        text = io.StringIO()
        views = (*self._views, DiffView(text, text) if diff else ProgressView(text))
        session = self._open(views)
        phases: list[PhaseResult] = []
        imported = tuple(imports(session))
        with session.store.locked() if lock else nullcontext():
            if clear_pending_creates and not preview_only:
                session.clear_pending_creates()
            if preview_only or not skip_preview:
                phases.append(self._run(session, views, kind, preview=True, refresh=refresh, imports=imported))
            if not preview_only and all(phase.succeeded for phase in phases):
                phases.append(self._run(session, views, kind, preview=False, refresh=refresh, imports=imported))
        return _result(phases, text.getvalue(), expect_no_changes=expect_no_changes)

    def _open(self, views: tuple[EventSink, ...] = ()) -> Session:
        return Session(
            self._directory, self._stack, overrides=self._overrides, environ=self._environ, views=views or self._views
        )

    def _run(
        self,
        session: Session,
        views: tuple[EventSink, ...],
        kind: Kind,
        *,
        preview: bool,
        refresh: bool | None,
        imports: tuple[Import, ...] = (),
    ) -> PhaseResult:
        base = session.load()
        recorder = Recorder()
        events = Redaction((*views, recorder), session.config.secret_texts())
        plan = Plan(
            kind=kind,
            preview=preview,
            refresh=session.project.refresh_always if refresh is None else refresh,
            stack=self._stack,
            project=session.project.name,
            imports=imports,
        )
        began = time.monotonic()
        events.emit(PhaseBegins(kind.value, self._stack, session.project.name, preview))
        journal = Journal(base, (lambda _: None) if preview else session.save)
        self._phase = Phase(
            plan,
            base,
            children=lambda chatter: Children(
                project=session.project,
                stack=self._stack,
                config=session.config,
                preview=preview,
                launcher=self._launcher,
                environ=self._environ,
                events=chatter,
                call_timeout=self._call_timeout,
            ),
            journal=journal,
            events=events,
            guard=self._pass_guard,
        )
        if self._interrupted:  # because that may have happened while there was no phase to tell
            self._phase.interrupt()
        try:
            succeeded = self._phase.run()
        except Refusal:
            events.emit(PhaseRefused())
            raise
        except Terminated:
            events.emit(PhaseEnds(self._phase.changes, time.monotonic() - began))
            raise
        finally:
            phase, self._phase = self._phase, None
        seconds = time.monotonic() - began
        events.emit(PhaseEnds(phase.changes, seconds))
        return recorder.result(
            preview=preview,
            succeeded=succeeded,
            changes=phase.changes,
            outputs=events.values(journal.merged().stack_outputs()),
            seconds=seconds,
        )

    def _pass_guard(self, _urn: str, inputs: PropertyMap) -> None:
        if self._guard is not None:
            self._guard({key: plain(value) for key, value in inputs.items()}, self._environ)


def _result(phases: list[PhaseResult], text: str, *, expect_no_changes: bool) -> Result:
    if not all(phase.succeeded for phase in phases):
        return Result(tuple(phases), 1, text)
    unexpected = expect_no_changes and phases[-1].has_changes
    return Result(tuple(phases), _NO_CHANGES_EXPECTED if unexpected else 0, text)
