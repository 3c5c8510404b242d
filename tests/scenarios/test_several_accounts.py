"""Two accounts in one program: what a person sees, what each account is asked, and what is in no channel."""

from __future__ import annotations

import base64
import hashlib
from typing import TYPE_CHECKING, Final

import pytest

from .conftest import goes_off

if TYPE_CHECKING:
    from collections.abc import Callable

    from demo.engines import Action, Run
    from demo.stage import Stage

EU_SECRET: Final = "the-secret-of-the-european-app"
US_SECRET: Final = "the-secret-of-the-american-app"
KEYS: Final = "PUT /integrations/credentials/gbol"
ENABLED: Final = "PUT /integrations/gbol/enabled"
SETTINGS: Final = "PATCH /settings/integrations/0f20c943-12d0-4800-9f6c-d218f62d494c"


class Two:
    """The example with two accounts, its keys and secrets as a pipeline has them."""

    def __init__(self, stage: Stage) -> None:
        self.stage = stage
        self.eu, self.us = stage.portal.account("Acme Dev"), stage.portal.account("Acme Prod")
        self.environment = {
            "CODAT_API_KEY": "",
            "CODAT_API_KEY_EU": self.eu.api_key,
            "XERO_CLIENT_SECRET_EU": EU_SECRET,
            "XERO_CLIENT_SECRET_US": US_SECRET,
        }
        self.us_key = self.us.api_key
        self.channels: list[str] = []

    def run(self, action: Action, *flags: str, **environment: str) -> Run:
        key = ("--config", f"codat:apiKeyUs={self.us_key}") if action in {"preview", "up"} else ()
        run = self.stage.run(action, "dev", *key, *flags, account=self.eu, **(self.environment | environment))
        assert "Traceback" not in run.output, run.output
        # because the engine echoes nothing of it, and the command line that was typed is not ours
        self.channels.append(run.output)
        return run

    def done(self, action: Action, *flags: str, **environment: str) -> Run:
        run = self.run(action, *flags, **environment)
        assert run.exit_code == 0, run.output
        return run

    def written(self) -> list[str]:
        return sorted(str(request) for request in self.stage.portal.requests() if request.writes)


@pytest.fixture
def two(open_program: Callable[[str], Stage]) -> Two:
    stage = goes_off(open_program("examples/several-accounts"))
    stage.create_stack("dev")
    return Two(stage)


def test_two_accounts_are_set_up_drift_and_taken_down_each_by_its_own_key(two: Two) -> None:
    two.done("up")
    assert two.written() == sorted([KEYS, ENABLED, SETTINGS] * 2)
    assert two.stage.portal.holds_secret(two.eu, EU_SECRET)
    assert two.stage.portal.holds_secret(two.us, US_SECRET)

    two.done("preview", "--expect-no-changes")
    assert len(two.stage.portal.requests()) == 8

    two.stage.portal.change(two.us, enabled=False)
    drifted = two.run("preview", "--expect-no-changes")
    assert drifted.exit_code == 7
    assert "XeroIntegration (gbol, Acme Prod): changed outside of Pulumi: enabled is false" in drifted.output
    assert "XeroIntegration (gbol, Acme Dev): changed" not in drifted.output
    two.stage.portal.requests()
    two.done("up")
    assert two.written() == [ENABLED]

    two.done("destroy")
    assert two.written() == sorted([SETTINGS, ENABLED] * 2)
    assert not two.stage.portal.shows(two.eu)["enabled"]
    assert not two.stage.portal.shows(two.us)["enabled"]


# because how far the other account came when one failed differs from run to run
def test_a_variables_secret_is_in_no_channel_and_its_rotation_is_seen(two: Two) -> None:
    two.done("up")
    two.stage.portal.requests()

    without = two.done("preview", "--expect-no-changes", XERO_CLIENT_SECRET_EU="", XERO_CLIENT_SECRET_US="")
    assert "warning" not in without.output

    rotated = f"{EU_SECRET}-rotated"
    two.environment["XERO_CLIENT_SECRET_EU"] = rotated
    preview = two.run("preview", "--expect-no-changes")
    assert preview.exit_code == 7, preview.output
    assert (
        "XeroIntegration (gbol, Acme Dev): the environment variable XERO_CLIENT_SECRET_EU holds another client secret"
        " than the one last written; `pulumi up` writes it"
    ) in preview.output
    assert two.written() == []
    two.done("up")
    assert two.written() == [KEYS]
    assert two.stage.portal.holds_secret(two.eu, rotated)

    two.stage.portal.change(two.eu, clientId=None, clientSecret=None)
    missing = two.run("up", XERO_CLIENT_SECRET_EU="")
    assert missing.exit_code not in (0, None)
    assert (
        "XeroIntegration (gbol, Acme Dev): the keys must be written, and the environment variable"
        " XERO_CLIENT_SECRET_EU, which holds the client secret, is not set or empty; nothing was written"
    ) in missing.output
    assert two.written() == []
    two.done("up")
    assert two.stage.portal.holds_secret(two.eu, rotated)

    state = two.stage.export_state("dev")
    for secret in (EU_SECRET, US_SECRET, rotated):
        for canary in (secret, hashlib.sha256(secret.encode()).hexdigest()):
            assert not any(canary in channel for channel in (*two.channels, state))
    for canary in (two.eu.api_key, base64.b64encode(two.eu.api_key.encode()).decode()):
        assert not any(canary in channel for channel in (*two.channels, state))
    assert "env:CODAT_API_KEY_EU" in state
    assert "config:codat:apiKeyUs" in state


# because how far the other account came when one failed differs from run to run
def test_a_missing_key_is_one_line_and_no_other_key_is_used(two: Two) -> None:
    run = two.run("up", CODAT_API_KEY=two.eu.api_key, CODAT_API_KEY_EU="")
    assert run.exit_code not in (0, None)
    assert (
        "XeroIntegration (gbol, 5b8d3c0e-2f41-4a6b-9c57-d1e07a3f6b21): no API key for this account: the environment"
        " variable CODAT_API_KEY_EU, which it names, is not set or empty: set CODAT_API_KEY_EU (the default key is"
        " never used instead)"
    ) in run.output
    assert two.written() == []


# because how far the other account came when one failed differs from run to run
def test_a_rotated_key_in_a_variable_is_read_afresh_by_every_command(two: Two) -> None:
    two.done("up")
    two.stage.portal.set_account(two.eu, apiKey="the-new-key-of-the-account")
    stale = two.run("refresh")
    assert stale.exit_code not in (0, None)
    assert "check the environment variable CODAT_API_KEY_EU, which the resource's account names" in stale.output
    two.environment["CODAT_API_KEY_EU"] = "the-new-key-of-the-account"
    two.done("preview", "--expect-no-changes")
    two.done("refresh")
    two.stage.portal.requests()
    two.done("destroy")
    assert two.written() == sorted([SETTINGS, ENABLED] * 2)


# because how far the other account came when one failed differs from run to run
def test_a_rotated_key_in_the_configuration_is_stale_in_state_until_one_up_without_a_refresh(two: Two) -> None:
    two.done("up")
    two.us_key = "the-new-key-of-the-account"
    two.stage.portal.set_account(two.us, apiKey=two.us_key)
    stale = two.run("up")  # because of `refresh: always`
    assert stale.exit_code not in (0, None)
    assert (
        "check the configuration key codat:apiKeyUs, which the resource's account names, against the API keys in the"
        " Codat Portal; if the key was rotated, the copy in the stack's state is stale: run one `up --refresh=false`,"
        " or name an environment variable (env:...) instead"
    ) in stale.output
    two.done("up", "--refresh=false")
    two.done("preview", "--expect-no-changes")
    two.done("refresh")
    two.done("destroy")
    assert not two.stage.portal.shows(two.us)["enabled"]
