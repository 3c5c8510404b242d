"""The `pulumi-codat` command. Each subcommand is loaded only when it is asked for, so that none pays for another."""

from __future__ import annotations

import sys
from importlib import import_module
from importlib.util import find_spec
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    import click

__all__ = ["main"]

_COMMANDS: Final = {
    "bank-transactions": "bank_transactions",
    "emulator": "emulator",
    "import": "import_file",
    "offline": "offline",
}
"""Each command's name, and that of the module and function behind it."""
_NEEDS: Final = {"cli": ("click", "pulumi_offline"), "emulator": ("codat_emulator",)}


def main() -> None:
    """Run the command named on the command line."""
    missing = [extra for extra, modules in _NEEDS.items() if not all(find_spec(module) for module in modules)]
    if "cli" in missing or (missing and "emulator" in sys.argv[1:2]):
        sys.exit(f"error: this command needs more packages: pip install 'pulumi-codat[{','.join(missing)}]'")
    _group()()


def _group() -> click.Group:
    import click  # noqa: PLC0415 because it comes with the extra `cli`

    class Lazy(click.Group):
        def list_commands(self, ctx: click.Context) -> list[str]:  # noqa: ARG002 because click's signature has it
            return sorted(_COMMANDS)

        def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:  # noqa: ARG002 likewise
            if cmd_name not in _COMMANDS:
                return None
            name = _COMMANDS[cmd_name]
            command: click.Command = getattr(import_module(f"pulumi_codat.cli.{name}"), name)
            return command

    return Lazy(
        help="Codat's integration settings as code: the tools beside the Pulumi provider.",
        context_settings={"help_option_names": ["-h", "--help"]},
    )
