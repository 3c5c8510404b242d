"""The offline engine within the test's own process, its children forked from a warm one: fast, the same commands."""

from __future__ import annotations

import os
from contextlib import contextmanager
from typing import TYPE_CHECKING

from click.testing import CliRunner
from demo.engines import Run
from demo.stage import Account, Portal

import codat_emulator
from pulumi_codat.cli.offline import refuse_other_hosts
from pulumi_offline.command import offline_group

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence
    from pathlib import Path

    from demo.engines import Action

    from pulumi_offline.warm_start import WarmLauncher


class WarmOfflineEngine:
    """`pulumi-codat offline ...`, without the start of interpreters."""

    name = "offline"

    def __init__(self, launcher: WarmLauncher) -> None:
        self._group = offline_group("offline", refuse_other_hosts, launcher)

    def introduction(self) -> str:
        return "engine: pulumi_offline, warm"

    def create_stack(self, stack: str, directory: Path, environment: Mapping[str, str]) -> None:
        """Nothing to do: a stack begins with its first `up`."""

    def run(
        self, action: Action, stack: str, flags: Sequence[str], directory: Path, environment: Mapping[str, str]
    ) -> Run:
        return self._invoke([action, "--stack", stack, *flags], directory, environment)

    def export_state(self, stack: str, directory: Path, environment: Mapping[str, str]) -> str:
        return self._invoke(["export", "--stack", stack], directory, environment).output

    def _invoke(self, words: Sequence[str], directory: Path, environment: Mapping[str, str]) -> Run:
        gone = dict.fromkeys(os.environ.keys() - environment.keys())
        result = CliRunner().invoke(self._group, [*words, "--cwd", str(directory)], env={**gone, **environment})
        if result.exception and not isinstance(result.exception, SystemExit):
            raise result.exception
        return Run(" ".join(["pulumi-codat", "offline", *words]), result.exit_code, result.output)


@contextmanager
def emulator_thread() -> Iterator[Portal]:
    """The emulator in a thread of the test's own process."""
    with codat_emulator.running() as emulator:
        yield Portal(
            emulator.url, tuple(Account(account.id, account.name, account.api_key) for account in emulator.accounts)
        )
