"""Every channel of whole runs, good and bad, searched for the API keys and the client secrets in every form."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

import pytest
from click.testing import CliRunner
from demo.stage import Account

from pulumi_codat.cli.import_file import import_file
from pulumi_offline.crypto import PassphraseCrypter
from pulumi_offline.warm_start import WarmLauncher
from tests.canaries import Canaries

from .conftest import SALT

if TYPE_CHECKING:
    from demo.engines import Action, Run
    from demo.stage import Stage

    from pulumi_offline.process import Child, Command

CLIENT_ID: Final = "3D5A1C7E9B2F4860A1B2C3D4E5F60718"
PASSPHRASE: Final = "a passphrase for a stage"
SECRETS: Final = {
    "API key": 'key"canary/+%&<\\>=of-the-default-account',
    "API key in the configuration": 'key"canary/+%&<\\>=of-the-account-in-america',
    "wrong API key": 'key"canary/+%&<\\>=of-no-account-at-all',
    "client secret": 'first"canary/+%&<\\>=of-the-xero-app-AAAA',
    "next client secret": 'next"canary/+%&<\\>=of-the-xero-app-BBBB',
    "client secret in a variable": 'first"canary/+%&<\\>=of-the-american-app-CCCC',
    "next client secret in a variable": 'next"canary/+%&<\\>=of-the-american-app-DDDD',
    "client secret of the Portal": 'portal"canary/+%&<\\>=of-the-xero-app-EEEE',
}
PROGRAM: Final = """
import os, pulumi, pulumi_codat as codat
app = codat.XeroAppArgs(name="Acme", certified_partner=True, bank_feeds_granted=True)
xero = codat.XeroIntegration(
    "xero", client_id="{client_id}", client_secret=pulumi.Output.secret(os.environ["XERO_CLIENT_SECRET"]), app=app)
codat.XeroBankFeeds("feeds", integration=xero)
america = codat.Account(id="{america}", api_key="config:codat:apiKeyUs")
xero_us = codat.XeroIntegration(
    "xero-us", client_id="{client_id}", client_secret=codat.from_env("XERO_CLIENT_SECRET_US"), account=america)
pulumi.export("secret", xero.client_secret)
pulumi.export("whole", xero.client_secret.apply(lambda secret: {{"within": [secret]}}))
pulumi.export("account", xero_us.account_name)
"""

# because runs that fail are among them, which differ from run to run


class Searched:
    """A stage whose every word is searched."""

    def __init__(self, stage: Stage, children: list[Command]) -> None:
        self.stage = stage
        self.canaries = Canaries(SECRETS)
        self._children = children
        self.files = stage.home / "files"
        (self.files / "tmp").mkdir(parents=True)
        self.account = stage.portal.open_account("Acme Canary", apiKey=SECRETS["API key"])
        self.america = stage.portal.open_account("Acme US", apiKey=SECRETS["API key in the configuration"])
        (stage.directory / "__main__.py").write_text(PROGRAM.format(client_id=CLIENT_ID, america=self.america.id))
        crypter = PassphraseCrypter(PASSPHRASE, SALT)
        (stage.directory / "Pulumi.dev.yaml").write_text(
            f"encryptionsalt: {SALT}\nconfig:\n  codat:apiKeyUs:\n    secure: {crypter.encrypt(self.america.api_key)}\n"
        )

    def run(self, action: Action, *flags: str, name: str = "", account: Account | None = None, **changes: str) -> Run:
        environment = {
            "XERO_CLIENT_SECRET": SECRETS["client secret"],
            "XERO_CLIENT_SECRET_US": SECRETS["client secret in a variable"],
            "CODAT_LOG": "debug",
            "CODAT_CHANGE_LOG": str(self.files / "changes.jsonl"),
            "GITHUB_STEP_SUMMARY": str(self.files / "summary.md"),
            "TMPDIR": str(self.files / "tmp"),
        }
        run = self.stage.run(action, "dev", *flags, account=account or self.account, **(environment | changes))
        channel = " ".join(["output of", action, *flags, *([f"({name})"] if name else [])])
        self.canaries.search(channel, run.output)
        assert "codat: GET " in run.output or name == "bad inputs", run.output
        self.search("state export", self.stage.export_state("dev"))
        self.canaries.search_files("project, with its stack file and the offline engine's state", self.stage.directory)
        self.search("request log of the emulator", repr(self.stage.portal.requests()))
        return run

    def done(self, action: Action, *flags: str, name: str = "", **changes: str) -> Run:
        run = self.run(action, *flags, name=name, **changes)
        assert run.exit_code == 0, run.output
        return run

    def fails(self, action: Action, *flags: str, name: str, words: str, **changes: Any) -> None:
        run = self.run(action, *flags, name=name, **changes)
        assert run.exit_code == 1, run.output
        assert words in run.output, run.output

    def search(self, channel: str, text: str) -> None:
        self.canaries.search(channel, text)

    def search_what_is_left(self) -> None:
        for command in self._children:
            self.search("command lines of program and provider", " ".join(command.arguments))
        self.canaries.search_files("change log, step summary and temporary files", self.files)
        self.canaries.search_files("home of the engine, with its backend, history and backups", self.stage.home)


@pytest.fixture
def searched(stage: Stage, monkeypatch: pytest.MonkeyPatch) -> Searched:
    children: list[Command] = []
    launch = WarmLauncher.launch

    def listen(launcher: WarmLauncher, command: Command) -> Child:
        children.append(command)
        return launch(launcher, command)

    monkeypatch.setattr(WarmLauncher, "launch", listen)
    return Searched(stage, children)


def test_no_channel_holds_a_secret(searched: Searched) -> None:
    stage = searched.stage
    rotated = {
        "XERO_CLIENT_SECRET": SECRETS["next client secret"],
        "XERO_CLIENT_SECRET_US": SECRETS["next client secret in a variable"],
    }
    searched.done("preview", "--diff")
    searched.done("up")
    searched.done("preview", "--diff", name="rotated", **rotated)
    stage.portal.break_next("PUT", "/integrations/credentials/gbol", "400", times=9)
    searched.fails("up", name="refused", words="Codat answered 400 to PUT", **rotated)
    stage.portal.mend()
    searched.done("up", "--diff", name="rotated", **rotated)
    stage.portal.change(searched.account, clientSecret=SECRETS["client secret of the Portal"], enabled=False)
    searched.done("refresh", "--diff", name="after drift", **rotated)
    wrong = Account("", "nobody", SECRETS["wrong API key"])
    searched.fails("up", name="wrong API key", words="Codat answered 401", account=wrong, **rotated)
    spaced = rotated | {"XERO_CLIENT_SECRET": f"{SECRETS['client secret']} "}
    searched.fails("preview", "--refresh=false", name="bad inputs", words="must not contain spaces", **spaced)
    searched.fails("up", name="left to a person", words="manual steps not completed", CODAT_WRITES="person", **rotated)
    searched.done("up", name="repair", **rotated)
    searched.done("destroy", **rotated)

    environment = {"CODAT_BASE_URL": stage.portal.url, "CODAT_API_KEY": searched.account.api_key}
    asked = CliRunner().invoke(import_file, ["--file", str(searched.files / "import.json")], env=environment)
    assert asked.exit_code == 0, asked.output
    searched.search("pulumi-codat import", asked.output + (searched.files / "import.json").read_text())

    searched.search_what_is_left()
    assert (searched.files / "changes.jsonl").read_text().count("\n") > 5
    assert (searched.files / "summary.md").exists()
    assert searched.canaries.found == []
    print("\n".join(searched.canaries.report()))  # noqa: T201 because it is the evidence
