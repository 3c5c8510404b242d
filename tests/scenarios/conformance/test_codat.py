"""Both resources of this package in the conformance suite."""

from __future__ import annotations

import hashlib
import json
from typing import TYPE_CHECKING, Any, Final

import pytest
from click.testing import CliRunner

from pulumi_codat.cli.import_file import import_file

from .on_stage import OnStage
from .singleton import Account, Change, SingletonConformance, Write, taint

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

    from demo.stage import Account as CodatAccount
    from demo.stage import Stage

    from .singleton import Setting

CLIENT_ID: Final = "3D5A1C7E9B2F4860A1B2C3D4E5F60718"
SECRETS: Final = {False: "the-secret-of-the-xero-app", True: "the-next-secret-of-the-app"}
APP: Final = 'codat.XeroAppArgs(tier="core", certified_partner=True, bank_feeds_granted=True)'
NAMES: Final = {Account.HOME: "Acme Dev", Account.OTHER: "Acme Prod", Account.EMPTY: "Acme Staging"}


def _integration(name: str, secret: str, options: str = "None", app: str = "None", policy: str = "disable") -> str:
    return (
        f'codat.XeroIntegration("{name}", client_id="{CLIENT_ID}", client_secret="{secret}", app={app},'
        f' on_destroy="{policy}", opts={options})'
    )


def _settings(secret: str, *, enabled: bool, bank_feeds: bool) -> dict[str, Any]:
    return {
        "clientId": CLIENT_ID,
        "hasClientSecret": True,
        "clientSecretSha256": hashlib.sha256(secret.encode()).hexdigest(),
        "enabled": enabled,
        "bankFeeds": bank_feeds,
    }


def _turns_off(method: str, body: Any) -> bool:
    """Whether somebody who uses the integration, or its bank feeds, loses it."""
    return method == "DELETE" or (isinstance(body, dict) and False in body.values())


class CodatSetting(OnStage):
    """An account of the emulated Codat; Xero's identity service knows the app's secrets."""

    providers_setting = "codat:maxWaitSeconds"

    ignorable_property = "enabled"
    unreachable = False
    """Whether Xero's identity service cannot be asked."""
    hold = False
    """Whether what was changed outside is not undone."""
    kind: str
    by_hand: Mapping[str, object]

    def key(self, account: Account) -> dict[str, str]:
        return {
            "CODAT_API_KEY": self._account(account).api_key,
            "CODAT_XERO_IDENTITY_URL": "http://127.0.0.1:9" if self.unreachable else f"{self.stage.portal.url}/xero",
            **({"CODAT_ON_DRIFT": "fail"} if self.hold else {}),
        }

    def know_secrets(self) -> None:
        """Let the emulated Xero know the app."""
        for secret in SECRETS.values():
            self.stage.portal.register_app(CLIENT_ID, secret)

    def live(self, account: Account) -> Mapping[str, object]:
        return self.stage.portal.shows(self._account(account))

    def writes(self) -> Sequence[Write]:
        accounts = {self._account(account).id: account for account in Account}
        return [
            Write(accounts[str(request.account)], _turns_off(request.method, request.body), f"{request} {request.body}")
            for request in self.stage.portal.requests()
            if request.writes and request.account  # because Xero was only asked about a pair
        ]

    def settle(self) -> None:
        self.stage.portal.change(self._account(Account.HOME), **self.by_hand)

    def occupy(self) -> None:
        theirs = {"clientId": "somebody", "clientSecret": "else's", "enabled": True, "bankFeeds": True}
        self.stage.portal.change(self._account(Account.OTHER), **theirs)

    def import_file(self) -> str:
        environment = self.key(Account.HOME) | {"CODAT_BASE_URL": self.stage.portal.url}
        document = json.loads(CliRunner().invoke(import_file, env=environment).stdout)
        for entry in document["resources"]:
            if entry["type"].endswith(f":{self.kind}"):
                entry["name"] = "setting"
        return json.dumps(document)

    def _account(self, account: Account) -> CodatAccount:
        return self.stage.portal.account(NAMES[account])


class XeroIntegrationSetting(CodatSetting):
    """The integration alone; altered, it has the next secret."""

    kind = "XeroIntegration"
    preamble = "import pulumi_codat as codat"
    altered_property = "clientSecret"
    by_hand: Final = {"clientId": CLIENT_ID, "clientSecret": SECRETS[False], "enabled": True}

    def declaration(self, name: str, options: str = "None", *, altered: bool = False, keeps: bool = False) -> str:
        return _integration(name, SECRETS[altered], options, policy="retain" if keeps else "disable")

    def declared(self, *, altered: bool = False) -> Mapping[str, object]:
        return _settings(SECRETS[altered], enabled=True, bank_feeds=False)

    def left(self, *, destroyed: bool = False) -> Mapping[str, object]:
        return _settings(SECRETS[False], enabled=False, bank_feeds=False)

    def drift(self) -> None:
        self.stage.portal.change(self._account(Account.HOME), enabled=False)


class XeroBankFeedsSetting(CodatSetting):
    """The toggle beside its integration; altered, it has another policy."""

    kind = "XeroBankFeeds"
    preamble = f"import pulumi_codat as codat\nxero = {_integration('xero', SECRETS[False], app=APP, policy='retain')}"
    altered_property = "onDestroy"
    by_hand: Final = {"clientId": CLIENT_ID, "clientSecret": SECRETS[False], "enabled": True, "bankFeeds": True}

    def declaration(self, name: str, options: str = "None", *, altered: bool = False, keeps: bool = False) -> str:
        policy = "retain" if keeps or altered else "disable"
        return f'codat.XeroBankFeeds("{name}", integration=xero, on_destroy="{policy}", opts={options})'

    def declared(self, *, altered: bool = False) -> Mapping[str, object]:
        return _settings(SECRETS[False], enabled=True, bank_feeds=True)

    def left(self, *, destroyed: bool = False) -> Mapping[str, object]:
        return _settings(SECRETS[False], enabled=True, bank_feeds=False)

    def drift(self) -> None:
        self.stage.portal.change(self._account(Account.HOME), bankFeeds=False)


class SecretInConfigurationSetting(XeroIntegrationSetting):
    """The integration, its client secret taken from the stack's configuration, where it is rotated."""

    def declaration(self, name: str, options: str = "None", *, altered: bool = False, keeps: bool = False) -> str:
        for stack in ("first", "second"):
            self.configure(stack, "xero:clientSecret", SECRETS[altered])
        return (
            super()
            .declaration(name, options, keeps=keeps)
            .replace(f'"{SECRETS[False]}"', 'pulumi.Config("xero").require("clientSecret")')
        )


class TestXeroIntegration(SingletonConformance):
    @pytest.fixture(params=[*Change, "secret"])
    def setting(self, request: pytest.FixtureRequest, open_program: Callable[[str], Stage]) -> Setting:
        kind = SecretInConfigurationSetting if request.param == "secret" else XeroIntegrationSetting
        setting = kind(open_program("."), Change.NOTHING if request.param == "secret" else request.param)
        setting.know_secrets()
        return setting

    @pytest.mark.parametrize("shows", ["last-four", "stars"])
    @pytest.mark.parametrize("act", ["rename", "taint", "replace and no refresh"])
    def test_a_rotation_that_xero_cannot_confirm_is_never_left_undone_and_called_done(
        self, setting: XeroIntegrationSetting, act: str, shows: str
    ) -> None:
        home = setting.stage.portal.account(NAMES[Account.HOME])
        setting.stage.portal.set_account(home, mask=shows)
        setting.unreachable = True
        _write_program(setting, setting.declaration("setting"))
        assert setting.run("up", "first", Account.HOME, "--skip-preview").exit_code == 0
        setting.writes()
        taints = act != "rename"
        if taints:
            taint(setting)
        _write_program(setting, setting.declaration("setting" if taints else "renamed", altered=True))
        up = setting.run("up", "first", Account.HOME, *(["--refresh=false"] if "no refresh" in act else []))
        there = setting.live(Account.HOME) == setting.declared(altered=True)
        assert there or up.exit_code != 0, up.output
        assert not [write for write in setting.writes() if write.turns_off]
        assert setting.live(Account.HOME) in (setting.declared(), setting.declared(altered=True))
        again = setting.run("up", "first", Account.HOME)
        assert setting.live(Account.HOME) == setting.declared(altered=True) or again.exit_code != 0, again.output

    @pytest.mark.parametrize("rotates", [False, True])
    def test_a_held_change_is_not_undone_beside_others(self, setting: XeroIntegrationSetting, *, rotates: bool) -> None:
        setting.hold = True
        _write_program(setting, setting.declaration("setting"))
        assert setting.run("up", "first", Account.HOME, "--skip-preview").exit_code == 0
        setting.drift()
        theirs = setting.live(Account.HOME)
        setting.writes()
        _write_program(setting, setting.declaration("setting", altered=rotates))
        for _ in range(2):
            up = setting.run("up", "first", Account.HOME, "--skip-preview")
            assert up.exit_code != 0, up.output
            assert "codat:onDrift is fail" in up.output
            assert setting.writes() == []
            assert setting.live(Account.HOME) == theirs

    def test_an_ignored_secret_that_somebody_rotated_is_not_overwritten(self, setting: XeroIntegrationSetting) -> None:
        options = 'pulumi.ResourceOptions(ignore_changes=["clientSecret"])'
        _write_program(setting, setting.declaration("setting", options))
        assert setting.run("up", "first", Account.HOME, "--skip-preview").exit_code == 0
        setting.stage.portal.change(setting.stage.portal.account(NAMES[Account.HOME]), clientSecret="somebody-elses")
        theirs = setting.live(Account.HOME)
        setting.writes()
        # because the engine then puts the mark of a changed secret into the input, which must not be sent
        up = setting.run("up", "first", Account.HOME)
        assert up.exit_code != 0, up.output
        assert "remove ignore_changes" in up.output
        assert setting.writes() == []
        assert setting.live(Account.HOME) == theirs


class TestXeroBankFeeds(SingletonConformance):
    @pytest.fixture(params=Change)
    def setting(self, request: pytest.FixtureRequest, open_program: Callable[[str], Stage]) -> Setting:
        setting = XeroBankFeedsSetting(open_program("."), request.param)
        setting.know_secrets()
        return setting

    @pytest.mark.parametrize("rotates", [False, True])
    def test_a_held_change_is_not_undone_and_what_was_written_is_told(
        self, setting: XeroBankFeedsSetting, *, rotates: bool
    ) -> None:
        setting.hold = True
        program = f"import pulumi\n{setting.preamble}\n{setting.declaration('setting')}\n"
        setting.write_file("__main__.py", program)
        assert setting.run("up", "first", Account.HOME, "--skip-preview").exit_code == 0
        setting.drift()
        setting.writes()
        if rotates:
            setting.write_file("__main__.py", program.replace(SECRETS[False], SECRETS[True]))
        up = setting.run("up", "first", Account.HOME, "--skip-preview")
        assert up.exit_code != 0, up.output
        assert "codat:onDrift is fail" in up.output
        assert setting.live(Account.HOME)["bankFeeds"] is False
        if setting.writes():
            assert "; nothing was written:" not in up.output
            assert "nothing was written for this resource" in up.output


def _write_program(setting: XeroIntegrationSetting, declaration: str) -> None:
    setting.write_file("__main__.py", f"import pulumi\n{setting.preamble}\n{declaration}\n")
