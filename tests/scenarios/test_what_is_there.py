"""What a person sees where something is there already: keys, linked companies, records of earlier runs."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from .conftest import SECRET, goes_off

if TYPE_CHECKING:
    from demo.engines import Run
    from demo.stage import Account, Stage

DECLARED = "3D5A1C7E9B2F4860A1B2C3D4E5F60718"
KEYS = "PUT /integrations/credentials/gbol"
ENABLED = "PUT /integrations/gbol/enabled"
SETTINGS = "PATCH /settings/integrations/0f20c943-12d0-4800-9f6c-d218f62d494c"
READS = [
    "GET /integrations/credentials/gbol",
    "GET /integrations/gbol",
    "GET /profile/syncSettings",
    "GET /settings/integrations/0f20c943-12d0-4800-9f6c-d218f62d494c",
]


@pytest.fixture(name="dev")
def _dev(stage: Stage) -> Account:
    return stage.portal.account("Acme Dev")


def _run(stage: Stage, dev: Account, action: str, *flags: str, **environment: str) -> Run:
    stage.portal.requests()
    given = {"CODAT_ACCOUNT": dev.id, "XERO_CLIENT_SECRET": SECRET} | environment
    return stage.run(action, "dev", *flags, account=dev, **given)  # type: ignore[arg-type] # because words are typed


def _written(stage: Stage) -> list[str]:
    return [str(request) for request in stage.portal.requests() if request.writes]


def _declare(stage: Stage, more: str) -> None:
    """Let the program declare more of the integration."""
    program = stage.directory / "__main__.py"
    text = program.read_text()
    assert text.count('    app=config.get_object("app"),\n') == 1
    program.write_text(
        text.replace('    app=config.get_object("app"),\n', f'    app=config.get_object("app"),\n{more}')
    )


def test_an_adoption_is_named_in_the_preview_and_writes_only_the_toggle(stage: Stage, dev: Account) -> None:
    stage.portal.change(dev, clientId=DECLARED, clientSecret=SECRET)
    warning = (
        f'warning: XeroIntegration (gbol): adopts what is there: client ID "{DECLARED}" is as declared; the secret is'
        " not compared and stays as it is; switch the integration on will be written"
    )

    preview = _run(stage, dev, "preview")
    assert preview.exit_code == 0, preview.output
    assert warning in preview.output, preview.output
    assert _written(stage) == []

    up = _run(stage, dev, "up")
    assert up.exit_code == 0, up.output
    assert _written(stage) == [ENABLED]
    assert stage.portal.holds_secret(dev, SECRET)
    again = _run(stage, dev, "preview", "--expect-no-changes")
    assert again.exit_code == 0, again.output

    destroy = _run(stage, dev, "destroy")
    assert "settings in Codat stay as they are (on_destroy is retain)" in destroy.output
    assert _written(stage) == []


def test_keys_of_another_client_id_are_named_and_overwritten_only_on_demand(stage: Stage, dev: Account) -> None:
    stage.portal.change(dev, clientId="OTHER", clientSecret="what-somebody-entered", enabled=True)
    stage.portal.connect_companies(dev, 2)

    refused = _run(stage, dev, "preview")
    assert refused.exit_code not in (0, None)
    assert (
        f'XeroIntegration (gbol): Codat already has keys with the client ID "OTHER", and "{DECLARED}" is declared; they'
        ' are not overwritten: declare that client ID to adopt them, set adopt="overwrite" to replace them'
    ) in refused.output

    _declare(stage, '    adopt="overwrite",\n')
    blocked = _run(stage, dev, "up")
    assert blocked.exit_code not in (0, None)
    harm = f'the client ID would change from "OTHER" to "{DECLARED}" while 2 companies are linked'
    assert f"XeroIntegration (gbol): {harm}" in blocked.output
    assert "set accept_disruption=True if that is intended" in blocked.output
    assert _written(stage) == []

    _declare(stage, "    accept_disruption=True,\n")
    preview = _run(stage, dev, "preview")
    assert f'overwrites what is there: the keys of client ID "OTHER" by those of "{DECLARED}"' in preview.output
    assert harm in preview.output
    up = _run(stage, dev, "up")
    assert up.exit_code == 0, up.output
    assert _written(stage) == [KEYS]
    assert stage.portal.holds_secret(dev, SECRET)


def test_never_refuses_what_is_there(stage: Stage, dev: Account) -> None:
    stage.portal.change(dev, clientId=DECLARED, clientSecret=SECRET)
    _declare(stage, '    adopt="never",\n')

    up = _run(stage, dev, "up")

    assert up.exit_code not in (0, None)
    assert f'Codat already has keys, with the client ID "{DECLARED}", and adopt is "never"' in up.output
    assert "Traceback" not in up.output
    assert _written(stage) == []


def test_a_policy_is_an_update_and_asks_codat_no_more_than_an_unchanged_run(stage: Stage, dev: Account) -> None:
    _run(stage, dev, "up")
    _declare(stage, '    on_destroy="delete_keys",\n')

    preview = _run(stage, dev, "preview", "--diff")
    assert '+ onDestroy: "delete_keys"' in preview.output, preview.output
    assert sorted(str(request) for request in stage.portal.requests()) == READS

    up = _run(stage, dev, "up")
    assert up.exit_code == 0, up.output
    assert sorted(str(request) for request in stage.portal.requests()) == sorted(READS * 2)

    destroy = _run(stage, dev, "destroy")
    assert destroy.exit_code == 0, destroy.output
    assert _written(stage) == [ENABLED, "DELETE /integrations/credentials/gbol"]


def test_linked_companies_block_a_repair_and_the_warning_says_so(stage: Stage, dev: Account) -> None:
    _run(stage, dev, "up")
    stage.portal.change(dev, clientId="OTHER")
    stage.portal.connect_companies(dev, 3)
    harm = (
        f'the client ID would change from "OTHER" to "{DECLARED}" while 3 companies are linked: they belong to the'
        " other Xero app and must reconnect"
    )
    warning = (
        'warning: XeroIntegration (gbol, Acme Dev): changed outside of Pulumi: clientId is "OTHER" in Codat, declared'
        f' "{DECLARED}"; `pulumi up` repairs it only with accept_disruption=True: {harm}'
    )

    preview = _run(stage, dev, "preview")

    assert preview.exit_code not in (0, None)
    assert warning in preview.output, preview.output
    assert f"XeroIntegration (gbol, Acme Dev): {harm}; set accept_disruption=True if that is intended" in preview.output
    assert sorted(str(request) for request in stage.portal.requests()) == ["GET /companies", *READS]


def test_another_app_and_off_are_carried_out_in_place_once_the_disruption_is_accepted(
    stage: Stage, dev: Account
) -> None:
    _run(stage, dev, "up")
    stage.portal.connect_companies(dev, 2)
    changed = ("--config", "xero:clientId=ANOTHERAPP", "--config", "xero:enabled=false")
    harm = (
        f'the client ID would change from "{DECLARED}" to "ANOTHERAPP" while 2 companies are linked: they belong to the'
        " other Xero app and must reconnect"
    )

    refused = _run(stage, dev, "preview", *changed)
    assert refused.exit_code not in (0, None)
    assert f"XeroIntegration (gbol, Acme Dev): {harm}; set accept_disruption=True" in refused.output
    assert "Traceback" not in refused.output

    _declare(stage, "    accept_disruption=True,\n")
    preview = _run(stage, dev, "preview", *changed)
    assert preview.exit_code == 0, preview.output
    assert f"warning: XeroIntegration (gbol, Acme Dev): {harm}" in preview.output
    off = "switch the integration off while 2 companies are linked: customers can no longer use it"
    assert f"warning: XeroIntegration (gbol, Acme Dev): {off}" in preview.output
    up = _run(stage, dev, "up", *changed)
    assert up.exit_code == 0, up.output
    assert not any(f"to {step}" in up.output for step in ("create", "delete", "replace")), up.output
    assert _written(stage) == [ENABLED, KEYS]  # off before anything else


def test_keys_are_deleted_while_companies_are_linked_only_where_that_is_accepted(stage: Stage, dev: Account) -> None:
    _declare(stage, '    on_destroy="delete_keys",\n')
    _run(stage, dev, "up")
    stage.portal.connect_companies(dev, 2)

    refused = _run(stage, dev, "destroy")
    assert refused.exit_code not in (0, None)
    assert "2 companies are linked" in refused.output, refused.output
    assert "Traceback" not in refused.output
    assert _written(stage) == []
    assert "XeroIntegration::xero" in stage.export_state("dev")

    _declare(stage, "    accept_disruption=True,\n")
    accepted = _run(stage, dev, "up")
    assert accepted.exit_code == 0, accepted.output
    assert _written(stage) == []
    destroy = _run(stage, dev, "destroy")
    assert destroy.exit_code == 0, destroy.output
    assert _written(stage) == [ENABLED, "DELETE /integrations/credentials/gbol"]


def test_the_tiers_limit_is_told_where_the_integration_is_switched_on(stage: Stage, dev: Account) -> None:
    _run(stage, dev, "up", "--config", "xero:enabled=false")
    stage.portal.connect_companies(dev, 5)

    preview = _run(stage, dev, "preview", "--config", "xero:enabled=true")

    assert preview.exit_code == 0, preview.output
    assert (
        "warning: XeroIntegration (gbol, Acme Dev): 5 companies are linked, and the app's tier 'starter' lets 5"
        " connect, so no further company can: ask Xero for a higher tier, then declare it"
    ) in preview.output


def test_our_own_records_survive_a_refresh_and_guard_the_destroy(stage: Stage, dev: Account) -> None:
    goes_off(stage)
    _run(stage, dev, "up")
    stage.portal.change(dev, clientId="OTHER", clientSecret="what-somebody-entered")
    refresh = _run(stage, dev, "refresh")
    assert refresh.exit_code == 0, refresh.output

    destroy = _run(stage, dev, "destroy")

    assert destroy.exit_code == 0, destroy.output
    assert (
        f'Codat has the client ID "OTHER", and "{DECLARED}" was the last client ID written from here: nothing was'
        " written, and the integration stays on"
    ) in destroy.output
    assert _written(stage) == []
    assert stage.portal.shows(dev)["enabled"] is True


def test_codat_on_destroy_retains_everything(stage: Stage, dev: Account) -> None:
    _run(stage, dev, "up")

    destroy = _run(stage, dev, "destroy", CODAT_ON_DESTROY="retain")

    assert destroy.exit_code == 0, destroy.output
    assert "settings in Codat stay as they are (retain, because of CODAT_ON_DESTROY)" in destroy.output
    assert _written(stage) == []


def test_bank_feeds_that_are_on_without_the_apps_facts_are_a_warning(stage: Stage, dev: Account) -> None:
    stage.portal.change(dev, bankFeeds=True)

    up = _run(stage, dev, "up", "--config", "xero:bankFeeds=true")

    assert up.exit_code == 0, up.output
    assert (
        "warning: XeroBankFeeds (gbol): bank feeds are on in Codat, but the integration's app does not declare"
        " certified_partner=True (Xero app partner status) and bank_feeds_granted=True"
    ) in up.output
    assert _written(stage) == [KEYS, ENABLED]


def test_bank_feeds_are_switched_on_only_with_what_the_guide_requires(stage: Stage, dev: Account) -> None:
    on = ("--config", "xero:bankFeeds=true")
    granted = (*on, "--config", 'xero:app={"certifiedPartner": true, "bankFeedsGranted": true}')

    refused = _run(stage, dev, "preview", *on)
    assert refused.exit_code not in (0, None)
    assert (
        "XeroBankFeeds (gbol): bank feeds can only be switched on where the integration's app declares"
        " certified_partner=True (Xero app partner status) and bank_feeds_granted=True"
    ) in refused.output
    assert _written(stage) == []

    stage.portal.break_next(*SETTINGS.split(), "403")
    without = _run(stage, dev, "up", *granted, CODAT_WRITES="api")
    assert without.exit_code not in (0, None)
    assert "Codat must have enabled Bank Feeds for the account as well" in without.output, without.output
    assert _written(stage) == [KEYS, ENABLED, SETTINGS]

    up = _run(stage, dev, "up", *granted)
    assert up.exit_code == 0, up.output
    assert _written(stage) == [SETTINGS]
    assert stage.portal.shows(dev)["bankFeeds"] is True


VAULT = """
import pulumi.dynamic


class VaultProvider(pulumi.dynamic.ResourceProvider):
    def create(self, props):
        return pulumi.dynamic.CreateResult("vault", {"secret": props["of"] + "-from-the-vault"})


class Vault(pulumi.dynamic.Resource):
    secret: pulumi.Output[str]

    def __init__(self):
        super().__init__(VaultProvider(), "vault", {"of": "xero", "secret": None})


"""


def test_a_secret_that_is_not_known_yet_hides_neither_the_account_nor_the_keys_in_the_way(
    stage: Stage, dev: Account
) -> None:
    program = stage.directory / "__main__.py"
    text = program.read_text().replace("client_secret=client_secret(),", "client_secret=Vault().secret,")
    program.write_text(text.replace("# because a slip", f"{VAULT}# because a slip"))
    stage.portal.change(dev, clientId="OTHER", clientSecret="what-somebody-entered")

    crossed = _run(stage, dev, "preview", CODAT_ACCOUNT=stage.portal.account("Acme Prod").id)
    assert "the API key belongs to Codat account Acme Dev" in crossed.output
    refused = _run(stage, dev, "preview")
    assert refused.exit_code not in (0, None)
    assert 'Codat already has keys with the client ID "OTHER"' in refused.output

    stage.portal.change(dev, clientId=None, clientSecret=None)
    up = _run(stage, dev, "up")
    assert up.exit_code == 0, up.output
    assert _written(stage) == [KEYS, ENABLED]
    assert stage.portal.holds_secret(dev, "xero-from-the-vault")
