"""`pulumi-codat bank-transactions push`: a statement from a file to Xero, in order, each row once."""

from __future__ import annotations

import os
import sys
from contextlib import ExitStack, closing, contextmanager
from dataclasses import dataclass
from importlib.metadata import version
from pathlib import Path
from typing import TYPE_CHECKING, BinaryIO, Final

import click

from pulumi_codat.api import Codat, CodatError, SystemClock
from pulumi_codat.cli.push_report import PushReport
from pulumi_codat.settings import load_settings

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence
    from uuid import UUID

    from pulumi_codat.bank_feeds import Format, PushResult
    from pulumi_codat.settings import Settings

__all__ = ["bank_transactions"]

_STDIN: Final = "-"
_FORMATS: Final = ("csv", "json", "jsonl")


@dataclass(frozen=True)
class _Asked:
    """What the command line says."""

    file: str
    company: UUID
    connection: UUID
    source_account: str
    format: Format
    fields: dict[str, str]
    sort: bool
    dry_run: bool
    journal: Path
    resend: int | None
    skip: int | None
    wait: float


@click.group("bank-transactions")
def bank_transactions() -> None:
    """Push bank transactions to Xero, through Codat's Bank Feeds."""


@bank_transactions.command("push")
@click.argument("file", type=click.Path(exists=True, dir_okay=False, allow_dash=True))
@click.option("--company", type=click.UUID, required=True, help="The company's id at Codat.")
@click.option("--connection", type=click.UUID, required=True, help="The id of its connection to Xero.")
@click.option("--source-account", required=True, help="The id of the source account; it must be connected.")
@click.option("--map", "mapped", multiple=True, metavar="FIELD=COLUMN", help="The column that holds a field.")
@click.option("--format", "format_", type=click.Choice(_FORMATS), help="What FILE is.  [default: by its ending]")
@click.option("--sort", is_flag=True, help="Put the rows into chronological order first.")
@click.option("--dry-run", is_flag=True, help="Validate, say how many batches it makes, and send nothing at all.")
@click.option("--json", "as_json", is_flag=True, help="Print one JSON document at the end, on stdout.")
@click.option(
    "--journal",
    type=click.Path(dir_okay=False, path_type=Path),
    help="The file that keeps what was sent.  [default: FILE.journal]",
)
@click.option("--resend", type=click.IntRange(1), metavar="N", help="Batch N did not take effect: send it again.")
@click.option("--skip", type=click.IntRange(1), metavar="N", help="Batch N is in Xero: go on after it.")
@click.option(
    "--wait",
    type=click.FloatRange(0, 86_400),
    default=1800.0,
    show_default=True,
    metavar="SECONDS",
    help="How long to wait for one batch.",
)
def push(
    *,
    file: str,
    company: UUID,
    connection: UUID,
    source_account: str,
    mapped: Sequence[str],
    format_: Format | None,
    journal: Path | None,
    resend: int | None,
    skip: int | None,
    wait: float,
    sort: bool,
    dry_run: bool,
    as_json: bool,
) -> None:
    """Push FILE (CSV, a JSON array or JSON lines; `-` is stdin) with the API key in CODAT_API_KEY.

    Every row is validated before the first is sent. The rows go in batches of 1,000, each waited for before the next.
    After a crash, the same command goes on where it was, and sends nothing twice: FILE.journal keeps what was sent.
    CODAT_ACCOUNT, where it is set, must be the account of the API key.
    """
    if file == _STDIN and journal is None and not dry_run:
        raise click.UsageError("for standard input, name the file that keeps what was sent: --journal FILE")
    asked = _Asked(
        file,
        company,
        connection,
        source_account,
        format_ or _format_of(file),
        _pairs(mapped),
        sort,
        dry_run,
        journal or Path(f"{Path(file).resolve()}.journal"),  # because a link is no second file to push
        resend,
        skip,
        wait,
    )
    told = PushReport(as_json=as_json)
    try:
        told.outcome(_push(asked, told))
    except CodatError as error:
        told.fail(error)
    except KeyboardInterrupt:
        told.fail(CodatError("interrupted: the same command goes on from what was sent"))


def _format_of(file: str) -> Format:
    from pulumi_codat.bank_feeds import format_of  # noqa: PLC0415 because the help must not cost its time

    found = None if file == _STDIN else format_of(Path(file))
    if found is None:
        raise click.UsageError("say what the file is with --format: csv, json or jsonl")
    return found


def _pairs(words: Sequence[str]) -> dict[str, str]:
    from pulumi_codat.bank_feeds import FIELDS  # noqa: PLC0415 as above

    pairs = [word.partition("=") for word in words]
    if wrong := [
        word for word, (field, _, column) in zip(words, pairs, strict=True) if field not in FIELDS or not column
    ]:
        raise click.UsageError(f"--map {wrong[0]} should read FIELD=COLUMN, with one of {', '.join(FIELDS)}")
    return {field: column for field, _, column in pairs}


def _push(asked: _Asked, told: PushReport) -> PushResult | None:
    """The outcome, or None where nothing was to be sent."""
    from pulumi_codat import bank_feeds  # noqa: PLC0415 as above

    settings = load_settings({}, os.environ)
    with ExitStack() as opened:
        # because rows that were young enough when their push began must not stop it later
        journal = opened.enter_context(bank_feeds.open_journal(asked.journal)) if _goes_on(asked) else None
        now = journal.began.at if journal and journal.began else SystemClock().now()
        file = opened.enter_context(_opened(asked.file))
        statement = opened.enter_context(
            bank_feeds.open_statement(file, format=asked.format, now=now, fields=asked.fields, sort=asked.sort)
        )
        told.statement(statement)
        if asked.dry_run:
            return None
        codat = opened.enter_context(closing(_connect(settings)))
        journal = journal or opened.enter_context(bank_feeds.open_journal(asked.journal))
        return bank_feeds.push(
            statement,
            bank_feeds.Target(asked.company, asked.connection, asked.source_account),
            codat=codat,
            journal=journal,
            account=settings.confirmed_account,
            resend=asked.resend,
            skip=asked.skip,
            max_wait_seconds=asked.wait,
            bank_feeds_setting=settings.bank_feeds_setting,
            report=told.progress,
        )


def _goes_on(asked: _Asked) -> bool:
    return asked.journal.exists() and not asked.dry_run


@contextmanager
def _opened(file: str) -> Iterator[BinaryIO]:
    if file == _STDIN:
        yield sys.stdin.buffer
        return
    try:
        opened = Path(file).open("rb")  # noqa: SIM115 because only the opening may be told as unreadable
    except OSError as error:
        raise CodatError(f"{file} cannot be read: {error.strerror}") from None
    with opened:
        yield opened


def _connect(settings: Settings) -> Codat:
    if settings.api_key is None:
        raise CodatError("no Codat API key: set CODAT_API_KEY (a key is made in the Codat Portal, under Developers)")
    return Codat.connect(
        api_key=settings.api_key,
        base_url=settings.base_url,
        max_wait_seconds=settings.max_wait_seconds,
        user_agent=f"pulumi-codat/{version('pulumi-codat')}",
        certificate=settings.certificate,
        account=settings.default_account,
        key_remedy="check CODAT_API_KEY against the API keys in the Codat Portal",
    )
