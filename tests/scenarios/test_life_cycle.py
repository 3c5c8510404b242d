"""The whole life of the two resources, with the exact writes and the number of reads of each run."""

from __future__ import annotations

import base64
from typing import TYPE_CHECKING

import pytest

from .conftest import SECRET, goes_off

if TYPE_CHECKING:
    from collections.abc import Callable

    from demo.stage import Stage

KEYS = "PUT /integrations/credentials/gbol"
ENABLED = "PUT /integrations/gbol/enabled"
SETTINGS = "PATCH /settings/integrations/0f20c943-12d0-4800-9f6c-d218f62d494c"


def _written(stage: Stage) -> list[str]:
    return [str(request) for request in stage.portal.requests() if request.writes]


@pytest.mark.smoke
def test_a_no_change_preview_reads_four_times_and_writes_nothing(stage: Stage) -> None:
    dev = stage.portal.account("Acme Dev")
    up = stage.run("up", "dev", account=dev, XERO_CLIENT_SECRET=SECRET)
    assert up.exit_code == 0, up.output
    assert f"this stack will be bound to the account of the API key, Acme Dev ({dev.id})" in up.output
    assert _written(stage) == [KEYS, ENABLED]

    preview = stage.run("preview", "dev", "--expect-no-changes", account=dev, XERO_CLIENT_SECRET=SECRET)

    assert preview.exit_code == 0, preview.output
    assert sorted(str(request) for request in stage.portal.requests()) == [
        "GET /integrations/credentials/gbol",
        "GET /integrations/gbol",
        "GET /profile/syncSettings",
        "GET /settings/integrations/0f20c943-12d0-4800-9f6c-d218f62d494c",
    ]


@pytest.mark.cold
def test_drift_is_shown_fails_a_strict_preview_and_is_repaired(stage: Stage) -> None:
    dev = stage.portal.account("Acme Dev")
    stage.run("up", "dev", account=dev, XERO_CLIENT_SECRET=SECRET)
    stage.portal.change(dev, enabled=False, clientId="OTHER", clientSecret="somebody-elses", bankFeeds=True)
    stage.portal.requests()

    shown = stage.run("preview", "dev", "--diff", account=dev, XERO_CLIENT_SECRET=SECRET)
    strict = stage.run("preview", "dev", "--expect-no-changes", account=dev, XERO_CLIENT_SECRET=SECRET)

    assert shown.exit_code == 0, shown.output
    assert strict.exit_code == 7, strict.output
    assert '~ clientId    : "OTHER" => "3D5A1C7E9B2F4860A1B2C3D4E5F60718"' in shown.output
    assert "~ clientSecret: [secret] => [secret]" in shown.output
    assert "~ enabled     : false => true" in shown.output
    assert "~ enabled: true => false" in shown.output
    warning = (
        'warning: XeroIntegration (gbol, Acme Dev): changed outside of Pulumi: clientId is "OTHER" in Codat, declared'
        ' "3D5A1C7E9B2F4860A1B2C3D4E5F60718"; clientSecret is [another secret] in Codat, declared [secret]; enabled is'
        " false in Codat, declared true; `pulumi up` repairs it"
    )
    assert shown.output.count(warning) == 1, shown.output
    assert _written(stage) == []

    repaired = stage.run("up", "dev", account=dev, XERO_CLIENT_SECRET=SECRET)

    assert repaired.exit_code == 0, repaired.output
    assert _written(stage) == [KEYS, ENABLED, SETTINGS]
    again = stage.run("preview", "dev", "--expect-no-changes", account=dev, XERO_CLIENT_SECRET=SECRET)
    assert again.exit_code == 0, again.output


def test_without_a_refresh_drift_is_an_update_with_its_warning(stage: Stage) -> None:
    dev = stage.portal.account("Acme Dev")
    stage.run("up", "dev", account=dev, XERO_CLIENT_SECRET=SECRET)
    stage.portal.change(dev, enabled=False)

    strict = stage.run(
        "preview", "dev", "--refresh=false", "--expect-no-changes", account=dev, XERO_CLIENT_SECRET=SECRET
    )

    assert strict.exit_code == 7, strict.output
    assert "changed outside of Pulumi: enabled is false in Codat, declared true" in strict.output
    stage.portal.requests()
    up = stage.run("up", "dev", "--refresh=false", account=dev, XERO_CLIENT_SECRET=SECRET)
    assert up.exit_code == 0, up.output
    assert _written(stage) == [ENABLED]


def test_a_rotated_secret_is_one_write_and_never_seen(stage: Stage) -> None:
    dev = stage.portal.account("Acme Dev")
    first = stage.run("up", "dev", account=dev, XERO_CLIENT_SECRET=SECRET)
    stage.portal.requests()

    second = stage.run("up", "dev", account=dev, XERO_CLIENT_SECRET="the-next-secret-of-the-app")

    assert second.exit_code == 0, second.output
    assert _written(stage) == [KEYS]
    assert stage.portal.holds_secret(dev, "the-next-secret-of-the-app")
    channels = (first.output, second.output, stage.export_state("dev"))
    key = dev.api_key
    for canary in (SECRET, "the-next-secret-of-the-app", key, base64.b64encode(key.encode()).decode()):
        assert not any(canary in channel for channel in channels)


def test_refresh_takes_over_what_codat_reports_and_the_next_up_repairs_it(stage: Stage) -> None:
    dev = stage.portal.account("Acme Dev")
    stage.run("up", "dev", account=dev, XERO_CLIENT_SECRET=SECRET)
    stage.portal.change(dev, enabled=False, clientSecret="somebody-elses")
    stage.portal.requests()

    refresh = stage.run("refresh", "dev", account=dev, XERO_CLIENT_SECRET=SECRET)
    assert refresh.exit_code == 0, refresh.output
    assert _written(stage) == []

    up = stage.run("up", "dev", account=dev, XERO_CLIENT_SECRET=SECRET)
    assert up.exit_code == 0, up.output
    assert _written(stage) == [KEYS, ENABLED]
    assert stage.portal.holds_secret(dev, SECRET)


def test_keys_deleted_in_the_portal_are_drift_and_never_gone(stage: Stage) -> None:
    dev = stage.portal.account("Acme Dev")
    stage.run("up", "dev", account=dev, XERO_CLIENT_SECRET=SECRET)
    stage.portal.change(dev, clientId=None, clientSecret=None)

    shown = stage.run("preview", "dev", "--diff", account=dev, XERO_CLIENT_SECRET=SECRET)

    # because the engine shows a change from an empty text as an addition
    assert '+ clientId: "3D5A1C7E9B2F4860A1B2C3D4E5F60718"' in shown.output, shown.output
    assert "to create" not in shown.output
    up = stage.run("up", "dev", account=dev, XERO_CLIENT_SECRET=SECRET)
    assert up.exit_code == 0, up.output
    assert stage.portal.holds_secret(dev, SECRET)


@pytest.mark.smoke
def test_a_rename_without_alias_switches_nothing_off(stage: Stage) -> None:
    dev = stage.portal.account("Acme Dev")
    stage.run("up", "dev", account=dev, XERO_CLIENT_SECRET=SECRET)
    program = stage.directory / "__main__.py"
    program.write_text(program.read_text().replace('"xero",\n', '"renamed",\n'))
    stage.portal.requests()

    up = stage.run("up", "dev", account=dev, XERO_CLIENT_SECRET=SECRET)

    assert up.exit_code == 0, up.output
    assert "the program still declares this (it was renamed, moved or replaced)" in up.output
    assert _written(stage) == []
    assert stage.portal.shows(dev)["enabled"] is True


def test_a_destroy_switches_off_where_that_is_declared(stage: Stage) -> None:
    dev = stage.portal.account("Acme Dev")
    goes_off(stage)
    stage.run("up", "dev", account=dev, XERO_CLIENT_SECRET=SECRET)
    stage.portal.requests()

    destroy = stage.run("destroy", "dev", account=dev, XERO_CLIENT_SECRET=SECRET)

    assert destroy.exit_code == 0, destroy.output
    assert _written(stage) == [ENABLED]
    assert stage.portal.shows(dev)["enabled"] is False


@pytest.mark.smoke
def test_a_create_that_stops_half_way_is_kept_and_completed_by_the_next_up(stage: Stage) -> None:
    dev = stage.portal.account("Acme Dev")
    stage.portal.break_next("PUT", "/integrations/gbol/enabled", "400")

    stopped = stage.run("up", "dev", account=dev, XERO_CLIENT_SECRET=SECRET)

    assert stopped.exit_code != 0, stopped.output
    assert "partially applied (done: write the keys)" in stopped.output
    assert "Traceback" not in stopped.output
    assert '"unfinished"' in stage.export_state("dev")
    stage.portal.requests()

    up = stage.run("up", "dev", account=dev, XERO_CLIENT_SECRET=SECRET)

    assert up.exit_code == 0, up.output
    assert _written(stage) == [ENABLED]
    again = stage.run("preview", "dev", "--expect-no-changes", account=dev, XERO_CLIENT_SECRET=SECRET)
    assert again.exit_code == 0, again.output


def test_the_quickstart_runs(open_program: Callable[[str], Stage]) -> None:
    stage = open_program("examples/quickstart")
    stage.create_stack("dev")
    dev = stage.portal.account("Acme Dev")

    config = ("--config", "xero:clientId=ABC123", "--config", f"xero:clientSecret={SECRET}")
    up = stage.run("up", "dev", *config, account=dev)

    assert up.exit_code == 0, up.output
    assert "https://xero.codat.io/oauth2/callback" in up.output
    assert stage.portal.shows(dev) | {"clientSecretSha256": ""} == {
        "enabled": True,
        "clientId": "ABC123",
        "hasClientSecret": True,
        "clientSecretSha256": "",
        "bankFeeds": True,
    }


def test_one_program_serves_three_environments(open_program: Callable[[str], Stage]) -> None:
    stage = open_program("examples/multi-environment")
    for stack, name in (("dev", "Acme Dev"), ("staging", "Acme Staging"), ("prod", "Acme Prod")):
        stage.create_stack(stack)
        account = stage.portal.account(name)
        up = stage.run("up", stack, "--config", f"xero:clientSecret={SECRET}-{stack}", account=account)
        assert up.exit_code == 0, up.output
        assert stage.portal.holds_secret(account, f"{SECRET}-{stack}")
        assert stage.portal.shows(account)["bankFeeds"] is (stack != "dev")

    prod = stage.portal.account("Acme Prod")
    crossed = stage.run("up", "dev", "--config", f"xero:clientSecret={SECRET}", account=prod)
    assert crossed.exit_code != 0
    assert "the API key belongs to Codat account Acme Prod" in crossed.output
