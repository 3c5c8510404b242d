"""`pulumi-codat emulator`: an emulated Codat on this machine, to try and to test against."""

import json
from pathlib import Path
from typing import TYPE_CHECKING

import click

if TYPE_CHECKING:
    from codat_emulator import Emulator

__all__ = ["emulator"]


@click.command()
@click.option(
    "--port",
    type=click.IntRange(0, 65535),
    default=8790,
    show_default=True,
    help="The port on 127.0.0.1; 0 takes a free one.",
)
@click.option(
    "--storage",
    type=click.Path(dir_okay=False, path_type=Path),
    help="A file that keeps accounts and settings over a restart.  [default: memory]",
)
@click.option("--json", "as_json", is_flag=True, help="Print where it is, and its accounts, as one line of JSON.")
def emulator(port: int, storage: Path | None, *, as_json: bool) -> None:
    """Serve an emulated Codat on loopback until it is interrupted.

    Its accounts and API keys are the same every time and work nowhere else. Nothing that is sent to it leaves
    this machine. What it received, faults on demand, more accounts and what a person would do in the Portal are under
    `/_emulator` at the same address; Xero's identity service is under `/xero` (CODAT_XERO_IDENTITY_URL), and knows the
    apps that are posted to `/_emulator/xero/apps`. Bank transactions can be pushed to it: under
    `/_emulator/accounts/ACCOUNT` a company with source accounts is made, the end of a push is planned, and what landed
    is told.
    """
    # because a list of the commands needs neither the emulator's packages nor the time to import them
    from codat_emulator import EmulatorError, serve  # noqa: PLC0415

    try:
        serve(_print_json if as_json else _print_text, storage, port)
    except EmulatorError as error:
        raise click.ClickException(str(error)) from None


def _print_json(running: "Emulator") -> None:
    accounts = [{"id": account.id, "name": account.name, "apiKey": account.api_key} for account in running.accounts]
    click.echo(json.dumps({"url": running.url, "accounts": accounts}))


def _print_text(running: "Emulator") -> None:
    click.echo(f"An emulated Codat is at {running.url} (Ctrl-C stops it). Its API keys only work here.")
    for account in running.accounts:
        click.echo(
            f"\n{account.name}, account {account.id}:\n"
            f"  export CODAT_BASE_URL={running.url}\n"
            f"  export CODAT_API_KEY={account.api_key}"
        )
