"""The pulumi CLI as a `StackEngine`: the commands a person types, their results read from the CLI's event log."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import tempfile
from pathlib import Path
from typing import TYPE_CHECKING, Any

from pulumi_offline.cli_events import read_phase
from pulumi_offline.errors import OfflineError
from pulumi_offline.results import Result

if TYPE_CHECKING:
    from collections.abc import Mapping

__all__ = ["CliEngine"]

_QUARTER_OF_AN_HOUR = 900.0


class CliEngine:
    """Runs the real CLI on one stack, never asking anything.

    What differs from `Engine`: a result has the last phase only, and no outputs after a failure; `config` is stored in
    the stack's file, as `--config` does. Raises `OfflineError` with what the CLI said where no deployment began.
    """

    def __init__(
        self,
        project_directory: Path | str,
        stack: str,
        *,
        config: Mapping[str, str] | None = None,
        environ: Mapping[str, str] | None = None,
        executable: str | None = None,
        timeout: float = _QUARTER_OF_AN_HOUR,
    ) -> None:
        """Prepare to work on a stack.

        `environ`: the CLI's environment, with its backend and passphrase (default: this process's). `executable`:
        default the `pulumi` on PATH. `timeout`: seconds a command may take. Raises `OfflineError` without a CLI.
        """
        found = executable or shutil.which("pulumi")
        if found is None:
            raise OfflineError("there is no pulumi CLI on PATH")
        self._executable = found
        self._directory = Path(project_directory)
        self._stack = stack
        self._config = [word for key, value in (config or {}).items() for word in ("--config", f"{key}={value}")]
        self._environ = dict(os.environ if environ is None else environ)
        self._timeout = timeout

    def create_stack(self) -> None:
        """`pulumi stack init`."""
        self._ask("stack", "init", self._stack)

    def preview(self, *, refresh: bool | None = None, expect_no_changes: bool = False, diff: bool = False) -> Result:
        """What `up` would do."""
        return self._deploy("preview", *_flags(refresh=refresh, expect_no_changes=expect_no_changes, diff=diff))

    def up(
        self,
        *,
        refresh: bool | None = None,
        skip_preview: bool = False,
        expect_no_changes: bool = False,
        diff: bool = False,
    ) -> Result:
        """Preview, then make the world as the program says."""
        flags = _flags(refresh=refresh, skip_preview=skip_preview, expect_no_changes=expect_no_changes, diff=diff)
        return self._deploy("up", "--yes", *flags)

    def refresh(
        self,
        *,
        preview_only: bool = False,
        skip_preview: bool = False,
        expect_no_changes: bool = False,
        clear_pending_creates: bool = False,
        diff: bool = False,
    ) -> Result:
        """Make the state as the world is."""
        flags = _flags(
            preview_only=preview_only,
            skip_preview=skip_preview,
            expect_no_changes=expect_no_changes,
            clear_pending_creates=clear_pending_creates,
            diff=diff,
        )
        return self._deploy("refresh", *([] if preview_only else ["--yes"]), *flags)

    def destroy(
        self, *, refresh: bool | None = None, preview_only: bool = False, skip_preview: bool = False, diff: bool = False
    ) -> Result:
        """Delete everything of the stack."""
        flags = _flags(refresh=refresh, preview_only=preview_only, skip_preview=skip_preview, diff=diff)
        return self._deploy("destroy", *([] if preview_only else ["--yes"]), *flags)

    def import_resources(
        self, document: dict[str, Any], *, protect: bool = True, skip_preview: bool = False, diff: bool = False
    ) -> Result:
        """Take over what exists already, from the content of an import file.

        Raises `OfflineError` where `config` was given, because `pulumi import` takes none.
        """
        if self._config:
            raise OfflineError("pulumi import takes no configuration: set it in the stack's file")
        with tempfile.TemporaryDirectory() as folder:
            file = Path(folder) / "import.json"
            file.write_text(json.dumps(document))
            flags = ("--file", str(file), "--generate-code=false", f"--protect={str(protect).lower()}")
            return self._deploy("import", "--yes", *flags, *_flags(skip_preview=skip_preview, diff=diff))

    def export_state(self, *, show_secrets: bool = False) -> dict[str, Any]:
        """`pulumi stack export`."""
        told = self._ask("stack", "export", "--stack", self._stack, *_flags(show_secrets=show_secrets))
        document: dict[str, Any] = json.loads(told)
        return document

    def import_state(self, document: dict[str, Any]) -> None:
        """`pulumi stack import`."""
        with tempfile.TemporaryDirectory() as folder:
            file = Path(folder) / "state.json"
            file.write_text(json.dumps(document))
            self._ask("stack", "import", "--stack", self._stack, "--file", str(file))

    def _deploy(self, *words: str) -> Result:
        with tempfile.TemporaryDirectory() as folder:
            log = Path(folder) / "events"
            quiet = ("--non-interactive", "--color=never", "--suppress-progress", "--event-log", str(log))
            # because the CLI has that flag only for who says so, as Pulumi's Automation API does
            environ = {**self._environ, "PULUMI_DEBUG_COMMANDS": "true"}
            done = self._call([*words, "--stack", self._stack, *self._config, *quiet], environ)
            phase = read_phase(log.read_text().splitlines()) if log.exists() else None
        if phase is None:
            raise OfflineError(done.stdout.strip())
        return Result((phase,), done.returncode, done.stdout)

    def _ask(self, *words: str) -> str:
        done = self._call([*words, "--non-interactive"], self._environ)
        if done.returncode:
            raise OfflineError(done.stdout.strip())
        return done.stdout

    def _call(self, words: list[str], environ: dict[str, str]) -> subprocess.CompletedProcess[str]:
        try:
            return subprocess.run(  # noqa: S603 because it is the CLI
                [self._executable, *words],
                cwd=self._directory,
                env=environ,
                stdin=subprocess.DEVNULL,
                stdout=subprocess.PIPE,
                stderr=subprocess.STDOUT,
                text=True,
                check=False,
                timeout=self._timeout,
            )
        except subprocess.TimeoutExpired:  # whose own text has the whole command line, and configuration in it
            raise OfflineError(f"pulumi {words[0]} took longer than {self._timeout:g} s and was killed") from None


def _flags(**options: bool | None) -> list[str]:
    """`--name` for what is true; `--refresh=false` too, because Pulumi.yaml may say otherwise."""
    spelled = {name: f"--{name.replace('_', '-')}" for name in options}
    flags = [spelled[name] for name, value in options.items() if value]
    return [*flags, *(["--refresh=false"] if options.get("refresh") is False else [])]
