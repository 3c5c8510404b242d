"""Secrets end to end: what each mask lets a person see, pairs that Xero does not know, and no secret in any channel."""

from __future__ import annotations

import base64
import hashlib
from typing import TYPE_CHECKING, Final

import pytest

from .conftest import SECRET

if TYPE_CHECKING:
    from demo.engines import Action, Run
    from demo.stage import Stage

KEYS: Final = "PUT /integrations/credentials/gbol"
ENABLED: Final = "PUT /integrations/gbol/enabled"
ASK_XERO: Final = "POST /xero/connect/token"
CLIENT_ID: Final = "3D5A1C7E9B2F4860A1B2C3D4E5F60718"
PORTAL_SECRET: Final = "somebody-elses-secret"
PLACEHOLDER: Final = "<changed outside of Pulumi>"
NEXT_SECRET: Final = "the-next-secret-of-the-app"

MASKS: Final = {
    "stars": ({"mask": "stars"}, False),
    "last four": ({"mask": "last-four"}, True),
    "empty": ({"mask": "empty"}, False),
    "with a version": ({"mask": "versioned"}, True),
    "unstable": ({"mask": "unstable"}, False),
    "last four, client ID masked": ({"mask": "last-four", "maskClientId": True}, True),
    "stars, client ID masked": ({"mask": "stars", "maskClientId": True}, False),
}


def written(stage: Stage) -> list[str]:
    return [str(request) for request in stage.portal.requests() if request.writes]


def run(stage: Stage, action: Action, *flags: str, secret: str = SECRET, **environment: str) -> Run:
    dev = stage.portal.account("Acme Dev")
    return stage.run(action, "dev", *flags, account=dev, XERO_CLIENT_SECRET=secret, **environment)


# because what differs between masks is Codat's doing, not the engine's, and unstable ones differ from run to run
@pytest.mark.parametrize(("behaviour", "visible"), MASKS.values(), ids=MASKS.keys())
def test_a_rotation_in_the_portal_is_shown_and_healed_where_the_mask_shows_it(
    stage: Stage, behaviour: dict[str, object], *, visible: bool
) -> None:
    dev = stage.portal.account("Acme Dev")
    stage.portal.set_account(dev, **behaviour)
    up = run(stage, "up")
    assert up.exit_code == 0, up.output
    assert f'"secretDriftVisible": {str(visible).lower()}' in stage.export_state("dev")

    stage.portal.change(dev, clientSecret=PORTAL_SECRET)
    stage.portal.requests()
    shown = run(stage, "preview", "--diff", "--expect-no-changes")
    assert shown.exit_code == (7 if visible else 0), shown.output
    assert ("~ clientSecret: [secret] => [secret]" in shown.output) is visible
    assert ("clientSecret is [another secret] in Codat, declared [secret]" in shown.output) is visible
    assert written(stage) == []

    healed = run(stage, "up")
    assert healed.exit_code == 0, healed.output
    assert written(stage) == ([KEYS] if visible else [])
    assert stage.portal.holds_secret(dev, SECRET if visible else PORTAL_SECRET)

    channels = (up.output, shown.output, healed.output, stage.export_state("dev"))
    for secret in (SECRET, PORTAL_SECRET, dev.api_key):
        for canary in (secret, base64.b64encode(secret.encode()).decode(), hashlib.sha256(secret.encode()).hexdigest()):
            assert not any(canary in channel for channel in channels)


def test_ignore_changes_cannot_bring_the_placeholder_to_codat(stage: Stage) -> None:
    dev = stage.portal.account("Acme Dev")
    assert run(stage, "up").exit_code == 0
    program = stage.directory / "__main__.py"
    marked = 'ResourceOptions(protect=config.get_bool("protect"), ignore_changes=["clientSecret"])'
    program.write_text(program.read_text().replace('ResourceOptions(protect=config.get_bool("protect"))', marked))
    stage.portal.change(dev, clientSecret=PORTAL_SECRET)
    stage.portal.requests()
    for action in ("preview", "up"):
        stopped = run(stage, action)
        assert stopped.exit_code not in (0, None)
        assert (
            "clientSecret is the mark that the live secret was changed outside of Pulumi, not a secret"
            in stopped.output
        )
        assert "Traceback" not in stopped.output
    assert written(stage) == []
    assert stage.portal.holds_secret(dev, PORTAL_SECRET)


def xero_of(stage: Stage) -> dict[str, str]:
    return {"CODAT_XERO_IDENTITY_URL": f"{stage.portal.url}/xero"}


# because whether a run that fails has told the stack's outputs by then differs from run to run
@pytest.mark.parametrize("policy", ["auto", "required"])
def test_a_pair_that_xero_does_not_know_is_not_written(stage: Stage, policy: str) -> None:
    dev = stage.portal.account("Acme Dev")
    environment = xero_of(stage) | {"CODAT_VERIFY_XERO_KEYS": policy}
    stage.portal.register_app(CLIENT_ID, SECRET)
    up = run(stage, "up", **environment)
    assert up.exit_code == 0, up.output
    assert written(stage) == [ASK_XERO, KEYS, ENABLED]

    preview = run(stage, "preview", secret=NEXT_SECRET, **environment)
    assert preview.exit_code == 0, preview.output
    assert written(stage) == []
    wrong = run(stage, "up", secret=NEXT_SECRET, **environment)
    assert wrong.exit_code not in (0, None)
    assert (
        "XeroIntegration (gbol, Acme Dev): Xero does not know this pair of client ID and client secret"
        " (invalid_client); nothing was written: compare the pair with the app's Configuration page at Xero"
    ) in wrong.output
    assert "Traceback" not in wrong.output
    assert written(stage) == [ASK_XERO]
    assert stage.portal.holds_secret(dev, SECRET)

    stage.portal.register_app(CLIENT_ID, NEXT_SECRET)
    right = run(stage, "up", secret=NEXT_SECRET, **environment)
    assert right.exit_code == 0, right.output
    assert written(stage) == [ASK_XERO, KEYS]
    assert stage.portal.holds_secret(dev, NEXT_SECRET)
    assert not any(NEXT_SECRET in run.output for run in (preview, wrong, right))


def test_an_unreachable_identity_service_warns_or_stops(stage: Stage) -> None:
    nowhere = {"CODAT_XERO_IDENTITY_URL": "http://127.0.0.1:9"}
    stopped = run(stage, "up", **nowhere, CODAT_VERIFY_XERO_KEYS="required")
    assert stopped.exit_code not in (0, None)
    assert "the key pair could not be verified at Xero (127.0.0.1:9 cannot be reached)" in stopped.output
    assert written(stage) == []
    warned = run(stage, "up", **nowhere)
    assert warned.exit_code == 0, warned.output
    assert (
        "warning: XeroIntegration (gbol): the key pair is not verified at Xero: 127.0.0.1:9 cannot be reached; it is"
        " written as declared"
    ) in warned.output
    assert written(stage) == [KEYS, ENABLED]
