"""The main job: two environments brought up, a change in the Portal found and repaired, a secret rotated, an end."""

from __future__ import annotations

import argparse
import sys
import time
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Final

from demo.engines import installed_engines, why_no_cli
from demo.stage import open_stage

if TYPE_CHECKING:
    from collections.abc import Sequence

    from demo.engines import Action
    from demo.stage import Account, Stage

_DECLARED: Final = "8F0E2D4C6B8A49719E1F3D5B7A9C0E2D"
_FOREIGN: Final = "0000111122223333444455556666777F"
_NO_CHANGES_EXPECTED: Final = 7


@dataclass(frozen=True)
class Shown:
    """One row of the table at the end."""

    what: str
    reads: int
    writes: int
    wrong: tuple[str, ...]


@dataclass
class Demo:
    """The story, told step by step; each step says what it expects and is held to it."""

    stage: Stage
    dev: Account
    prod: Account
    secrets: dict[str, str]
    shown: list[Shown] = field(default_factory=list)

    def step(
        self,
        what: str,
        action: Action,
        stack: str,
        *flags: str,
        key_of: Account | None = None,
        exit_code: int = 0,
        says: Sequence[str] = (),
        writes: Sequence[str] | None = None,
        at_most_reads: int | None = None,
    ) -> None:
        """Run one command, print it with the engine's own output, and compare with what was expected."""
        account = key_of or (self.dev if stack == "dev" else self.prod)
        self.stage.portal.requests()
        run = self.stage.run(action, stack, *flags, account=account, XERO_CLIENT_SECRET=self.secrets[stack])
        requests = self.stage.portal.requests()
        written = [str(request) for request in requests if request.writes]
        reads = len(requests) - len(written)
        _heading(what)
        print(f"$ {run.command}\n{run.output.rstrip()}\n(exit code {run.exit_code})")
        wrong = [f"exit code {run.exit_code}, not {exit_code}"] if run.exit_code != exit_code else []
        wrong += [f"{text!r} is not in the output" for text in says if text not in run.output]
        wrong += [f"a secret is in the output of {stack}" for secret in self.secrets.values() if secret in run.output]
        if writes is not None and written != list(writes):
            wrong.append(f"wrote {written}, not {list(writes)}")
        if at_most_reads is not None and reads > at_most_reads:
            wrong.append(f"{reads} reads, more than {at_most_reads}")
        self._note(what, reads, len(written), wrong)

    def portal(self, what: str, account: Account, **settings: object) -> None:
        """A person changes something in the Portal."""
        _heading(what)
        self.stage.portal.change(account, **settings)
        for name, value in settings.items():
            print(f"Portal, {account.name}, Xero: {name} = {value}")

    def holds(self, what: str, account: Account, **settings: object) -> None:
        """The Portal shows what is declared."""
        live = self.stage.portal.shows(account)
        wrong = [f"{name} is {live[name]}" for name, value in settings.items() if live[name] != value]
        _heading(what)
        print(f"Portal, {account.name}, Xero: " + ", ".join(f"{name} = {live[name]}" for name in settings))
        self._note(what, 0, 0, wrong)

    def _note(self, what: str, reads: int, writes: int, wrong: list[str]) -> None:
        for line in wrong:
            print(f"NOT AS EXPECTED: {line}")
        self.shown.append(Shown(what, reads, writes, tuple(wrong)))

    def table(self) -> str:
        width = max(len(row.what) for row in self.shown)
        lines = [f"{'what was shown':<{width}}  reads  writes  as expected"]
        lines += [
            f"{row.what:<{width}}  {row.reads:>5}  {row.writes:>6}  {'NO' if row.wrong else 'yes'}"
            for row in self.shown
        ]
        return "\n".join(lines)


def tell(demo: Demo) -> None:
    """The whole story."""
    keys, enabled = "PUT /integrations/credentials/gbol", "PUT /integrations/gbol/enabled"
    settings = "PATCH /settings/integrations/0f20c943-12d0-4800-9f6c-d218f62d494c"

    demo.step("up brings dev to what is declared", "up", "dev", writes=[keys, enabled])
    demo.step("up brings prod to what is declared", "up", "prod", writes=[keys, enabled, settings])
    for stack in ("dev", "prod"):
        demo.step(
            f"{stack}: nothing to do, and nothing is written",
            "preview",
            stack,
            "--expect-no-changes",
            writes=[],
            at_most_reads=4,
        )
    demo.portal("a person changes prod in the Portal", demo.prod, bankFeeds=False, clientId=_FOREIGN)
    demo.step(
        "preview names every drift, live and declared",
        "preview",
        "prod",
        "--diff",
        says=[f'"{_FOREIGN}" => "{_DECLARED}"', "enabled: false => true", "changed outside of Pulumi"],
        writes=[],
    )
    demo.step(
        "the drift fails a pipeline that expects no changes",
        "preview",
        "prod",
        "--expect-no-changes",
        exit_code=_NO_CHANGES_EXPECTED,
        writes=[],
    )
    demo.step("dev has no drift", "preview", "dev", "--expect-no-changes", writes=[], at_most_reads=4)
    demo.step("up repairs prod", "up", "prod", writes=[keys, settings])
    demo.holds("prod is as declared again", demo.prod, enabled=True, clientId=_DECLARED, bankFeeds=True)
    demo.secrets["prod"] = "the-second-secret-of-the-prod-app"
    demo.step("a rotated client secret is one write", "up", "prod", says=["clientSecret"], writes=[keys])
    demo.step(
        "prod's key used on dev is refused",
        "up",
        "dev",
        key_of=demo.prod,
        exit_code=1,
        says=["the API key belongs to Codat account Acme Prod", demo.dev.id],
        writes=[],
    )
    demo.step("destroy respects prod's protection", "destroy", "prod", exit_code=1, says=["protect"], writes=[])
    demo.step("prod's protection is lifted", "up", "prod", "--config", "xero:protect=false", writes=[])
    kept = "settings in Codat stay as they are (on_destroy is retain)"
    demo.step("destroy leaves prod as it is, and says so", "destroy", "prod", says=[kept], writes=[])
    demo.step("destroy leaves dev as it is, and says so", "destroy", "dev", says=[kept], writes=[])
    for account in (demo.dev, demo.prod):
        demo.holds(f"{account.name} is still on", account, enabled=True)


def main() -> int:
    """Tell the story on one engine; 0 only if every step was as expected."""
    engines = installed_engines()
    parser = argparse.ArgumentParser(prog="python -m demo", description=__doc__)
    parser.add_argument("--engine", choices=engines, default=next(iter(engines)), help="default: %(default)s")
    engine = engines[parser.parse_args().engine]
    print("pulumi-codat: the main job, against an emulated Codat on this machine")
    print(engine.introduction())
    if why := why_no_cli():
        print(why)
    began = time.monotonic()
    with open_stage(".", engine) as stage:
        dev, prod = stage.portal.account("Acme Dev"), stage.portal.account("Acme Prod")
        for stack in ("dev", "prod"):
            stage.create_stack(stack)
        secrets = {"dev": "the-secret-of-the-dev-app", "prod": "the-first-secret-of-the-prod-app"}
        demo = Demo(stage, dev, prod, secrets)
        tell(demo)
    _heading("what was shown, and what it cost in requests to Codat")
    print(demo.table())
    wrong = sum(bool(row.wrong) for row in demo.shown)
    print(f"\n{len(demo.shown) - wrong} of {len(demo.shown)} as expected, in {time.monotonic() - began:.0f} s")
    return 1 if wrong else 0


def _heading(text: str) -> None:
    print(f"\n--- {text} {'-' * max(0, 96 - len(text))}", flush=True)


if __name__ == "__main__":
    sys.exit(main())
