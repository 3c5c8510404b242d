"""`pulumi-codat import`: what a Codat account holds, as an import file and as the program that goes with it."""

from __future__ import annotations

import json
import os
import shlex
from contextlib import closing
from dataclasses import dataclass
from importlib.metadata import version
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

import click

from pulumi_codat.api import Codat, CodatError
from pulumi_codat.cli.imported import imported_bank_feeds, imported_integration
from pulumi_codat.reconcile import Context
from pulumi_codat.reconcile.live import read_bank_feeds, read_integration
from pulumi_codat.reconcile.state import BANK_FEEDS_INPUTS, INTEGRATION_INPUTS
from pulumi_codat.redaction import one_line
from pulumi_codat.settings import load_settings
from pulumi_codat.xero import PLATFORM_KEY

if TYPE_CHECKING:
    from collections.abc import Sequence

    from pulumi.dynamic import ResourceProvider

    from pulumi_codat.reconcile.state import BankFeedsState, IntegrationState, SettingState
    from pulumi_codat.settings import Settings

__all__ = ["import_file"]

_INTEGRATION_NAME: Final = "xero"
_BANK_FEEDS_NAME: Final = "bank-feeds"


@dataclass(frozen=True)
class _Found:
    """What the account holds; `bank_feeds` is None where the toggle is off or not shown."""

    integration: IntegrationState
    bank_feeds: BankFeedsState | None


@click.command("import")
@click.option(
    "--file",
    "path",
    type=click.Path(dir_okay=False, writable=True, path_type=Path),
    help="Write the import file here, and the program to stdout.  [default: the file to stdout, the program to stderr]",
)
@click.option("--client-id", help="The app's client ID, where Codat shows too little of it.")
@click.option(
    "--config", multiple=True, metavar="KEY=VALUE", help="A `codat:` setting of the stack, such as codat:account."
)
def import_file(path: Path | None, client_id: str | None, config: Sequence[str]) -> None:
    """Read a Codat account and print an import file for `pulumi import`, and the program that goes with it.

    Only reads, with the key in CODAT_API_KEY. The client secret cannot be read: it is in neither, and is what the
    next preview shows. Nothing is written to Codat by the import either.

    \b
        pulumi-codat import --file import.json > __main__.py
        pulumi import --file import.json --generate-code=false --protect=false
    """  # noqa: D301 because click wants the character, not its name
    try:
        settings = load_settings(_pairs(config), os.environ)
        found = _look(settings, client_id)
    except CodatError as error:
        raise click.ClickException(str(error)) from None
    document = json.dumps({"resources": _entries(found)}, indent=2)
    if path is None:
        click.echo(document)
    else:
        _write(path, document)
    click.echo(_program(found, path), err=path is None, nl=False)


def _pairs(words: Sequence[str]) -> dict[str, object]:
    pairs = [word.partition("=") for word in words]
    # because a word without `=` may be a secret whose key was forgotten, only names are repeated
    wrong = [
        ascii(key) if separator else "(a word without =)"
        for key, separator, _ in pairs
        if not (separator and key.startswith("codat:"))
    ]
    if wrong:
        raise click.ClickException(f"--config {', '.join(wrong)} should read codat:KEY=VALUE")
    return {key: value for key, _, value in pairs}


def _look(settings: Settings, client_id: str | None) -> _Found:
    if settings.api_key is None:
        raise CodatError("no Codat API key: set CODAT_API_KEY (a key is made in the Codat Portal, under Developers)")
    codat = Codat.connect(
        api_key=settings.api_key,
        base_url=settings.base_url,
        max_wait_seconds=settings.max_wait_seconds,
        user_agent=f"pulumi-codat/{version('pulumi-codat')}",
        certificate=settings.certificate,
        account=settings.default_account,
    )
    with closing(codat):
        context = Context(settings, codat, _note)
        account = context.confirm_account(context.begin(), None)
        name = context.account_name(codat)
        live = read_integration(codat, PLATFORM_KEY, may_be_hidden=True, had_keys=True)
        integration = imported_integration(live, account, name, client_id)
        try:
            toggle = read_bank_feeds(codat, PLATFORM_KEY, settings.bank_feeds_setting)
        except CodatError as error:
            _note(f"XeroBankFeeds is left out: {error}")
            return _Found(integration, None)
        if not toggle.enabled:
            _note("XeroBankFeeds is left out, because bank feeds are off")
            return _Found(integration, None)
        return _Found(integration, imported_bank_feeds(toggle, account, name, integration.client_id))


def _note(message: str) -> None:
    click.echo(f"note: {message}", err=True)


def _write(path: Path, document: str) -> None:
    try:
        path.write_text(f"{document}\n", encoding="utf-8")
    except OSError as error:
        raise click.ClickException(f"{path} cannot be written: {error.strerror}") from None


def _entries(found: _Found) -> list[dict[str, Any]]:
    # because the help of the command must not cost the time to import pulumi
    from pulumi_codat.dynamic import XeroBankFeedsProvider, XeroIntegrationProvider  # noqa: PLC0415

    integration = _entry(
        _INTEGRATION_NAME, "XeroIntegration", XeroIntegrationProvider(), found.integration, INTEGRATION_INPUTS
    )
    if found.bank_feeds is None:
        return [integration]
    bank_feeds = _entry(_BANK_FEEDS_NAME, "XeroBankFeeds", XeroBankFeedsProvider(), found.bank_feeds, BANK_FEEDS_INPUTS)
    return [integration, bank_feeds]


def _entry(
    name: str, kind: str, provider: ResourceProvider, state: SettingState, input_names: Sequence[str]
) -> dict[str, Any]:
    """With inputs and outputs, each with the provider: only then the engine asks for no read by ID."""
    from pulumi.dynamic.dynamic import PROVIDER_KEY, serialize_provider  # noqa: PLC0415 as above

    outputs = state.dump() | {PROVIDER_KEY: serialize_provider(provider)}
    return {
        "type": f"pulumi-python:dynamic/codat:{kind}",
        "name": name,
        "id": PLATFORM_KEY,
        "inputs": {key: outputs[key] for key in (*input_names, PROVIDER_KEY) if key in outputs},
        "outputs": outputs,
    }


def _program(found: _Found, path: Path | None) -> str:
    """The program whose next preview shows nothing but the secret; what a shell is to run stands above it."""
    integration = found.integration
    file = shlex.quote(str(path)) if path else "FILE"
    bank_feeds = (
        f'codat.XeroBankFeeds("{_BANK_FEEDS_NAME}", integration=xero, enabled=True)\n' if found.bank_feeds else ""
    )
    # because a name is somebody's own words, and must stay within its comment
    return f"""\
# Xero at Codat, as it is in the account {one_line(integration.account_name or "of this API key")}. To take it over:
#   pulumi config set codat:account {integration.account_id}
#   pulumi config set --secret xero:clientSecret
#   pulumi import --file {one_line(file)} --generate-code=false --protect=false
#   pulumi preview   (shows the client secret, which cannot be read, and nothing else)

import pulumi

import pulumi_codat as codat

xero = codat.XeroIntegration(
    "{_INTEGRATION_NAME}",
    client_id={json.dumps(integration.client_id)},
    client_secret=pulumi.Config("xero").require_secret("clientSecret"),
    enabled={integration.enabled},
)
{bank_feeds}"""
