"""What `pulumi-codat bank-transactions push` tells: while it goes on on stderr, and at its end on stdout."""

from __future__ import annotations

import json
import sys
from contextlib import ExitStack
from typing import TYPE_CHECKING, NoReturn

import click

if TYPE_CHECKING:
    from click._termui_impl import ProgressBar

    from pulumi_codat.api import CodatError
    from pulumi_codat.bank_feeds import Progress, PushResult, SettledBatch, Statement

__all__ = ["PushReport"]


class PushReport:
    """On a terminal a bar, else a line for each batch that moves on; at the end words, or one JSON document."""

    def __init__(self, *, as_json: bool) -> None:
        self._as_json = as_json
        self._document: dict[str, object] = {}
        self._bar = _Bar() if sys.stderr.isatty() else None

    def statement(self, statement: Statement) -> None:
        batches = sum(1 for _ in statement.batches())
        self._document = {
            "rows": len(statement),
            "batchCount": batches,
            "ignoredColumns": list(statement.ignored),
            "warnings": list(statement.warnings),
            "warningCount": statement.warning_count,
        }
        if statement.ignored:
            _say(f"note: not pushed, because they are no field's: {', '.join(statement.ignored)}")
        for warning in statement.warnings:
            _say(f"warning: {warning}")
        if statement.warning_count > len(statement.warnings):
            _say(f"warning: and {statement.warning_count - len(statement.warnings):,} more rows like these")
        _say(f"{_rows(len(statement))} valid, in {batches:,} {'batch' if batches == 1 else 'batches'}")

    def progress(self, progress: Progress) -> None:
        if self._bar:
            self._bar.show(progress)
        elif progress.status != "Pending":
            push = f", push {progress.push_key}" if progress.push_key else ""
            _say(f"batch {progress.batch.number} of {progress.batches}: {progress.status} ({_range(progress)}{push})")

    def outcome(self, outcome: PushResult | None) -> None:
        if self._bar:
            self._bar.close()
        if outcome is None:
            self._finish({"dryRun": True}, "Nothing was sent (--dry-run).")
            return
        for settled in outcome.batches:
            for warning in settled.warnings:
                _say(f"warning: batch {settled.batch.number}: {warning}")
        skipped = f", {outcome.skipped:,} skipped" if outcome.skipped else ""
        self._finish(
            {
                "complete": True,
                "sent": outcome.sent,
                "skipped": outcome.skipped,
                "batches": [_settled(batch) for batch in outcome.batches],
            },
            f"{_rows(outcome.rows)} pushed: {outcome.sent:,} by this run{skipped}.",
        )

    def fail(self, error: CodatError) -> NoReturn:
        from pulumi_codat.bank_feeds import BadRows  # noqa: PLC0415 because the help must not cost its time

        if self._bar:
            self._bar.close()
        found = {"problems": list(error.lines), "problemCount": error.count} if isinstance(error, BadRows) else {}
        if self._as_json:
            click.echo(json.dumps(self._document | {"complete": False, "error": str(error)} | found, indent=2))
        if isinstance(error, BadRows):
            for line in error.lines:
                _say(line)
            if error.count > len(error.lines):
                _say(f"and {error.count - len(error.lines):,} more")
            raise click.ClickException(f"{_rows(error.count)} wrong, so nothing was sent")
        raise click.ClickException(str(error))

    def _finish(self, document: dict[str, object], words: str) -> None:
        click.echo(json.dumps(self._document | document, indent=2) if self._as_json else words)


class _Bar:
    """A progress bar on stderr, once there is something to show."""

    def __init__(self) -> None:
        self._opened = ExitStack()
        self._bar: ProgressBar[int] | None = None
        self._done = 0

    def show(self, progress: Progress) -> None:
        if self._bar is None:
            self._bar = self._opened.enter_context(
                click.progressbar(length=progress.rows, file=sys.stderr, label="rows", show_pos=True)
            )
        self._bar.label = f"batch {progress.batch.number} of {progress.batches}, {progress.status}"
        self._bar.update(progress.rows_done - self._done)
        self._done = progress.rows_done
        self._bar.render_progress()

    def close(self) -> None:
        self._opened.close()


def _say(line: str) -> None:
    click.echo(line, err=True)


def _rows(count: int) -> str:
    return "1 row is" if count == 1 else f"{count:,} rows are"


def _range(progress: Progress) -> str:
    return f"rows {progress.batch.first:,} to {progress.batch.last:,} of {progress.rows:,}"


def _settled(settled: SettledBatch) -> dict[str, object]:
    batch = settled.batch
    return {
        "batch": batch.number,
        "firstRow": batch.first,
        "lastRow": batch.last,
        "firstLine": batch.lines[0],
        "lastLine": batch.lines[1],
        "status": settled.status,
        "pushOperationKey": str(settled.push_key) if settled.push_key else None,
        "warnings": list(settled.warnings),
    }
