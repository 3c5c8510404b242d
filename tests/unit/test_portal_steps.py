"""The clicks for each difference, with the Portal's labels; never the secret."""

from __future__ import annotations

from typing import TYPE_CHECKING
from uuid import UUID

import pytest
from pydantic import SecretStr

from pulumi_codat.reconcile.guards import PRODUCT
from pulumi_codat.reconcile.plan import DeleteKeys, Step, Switch, SwitchBankFeeds, WriteKeys
from pulumi_codat.reconcile.portal_steps import PortalSteps
from pulumi_codat.reconcile.target import WriteTarget

from .made import ACCOUNT, CLIENT_ID, SECRET, integration, keys

if TYPE_CHECKING:
    from pulumi_codat.reconcile.live import LiveKeys

ON, OFF = Switch(enabled=True), Switch(enabled=False)
ENTER = WriteKeys(CLIENT_ID, SecretStr(SECRET), replaces_app=False)
OPEN = "open Settings > Integrations > Accounting in the account Acme"
SAVE = 'choose "Save" and wait for the confirmation'
NOW = 'in the dialog "Enable Xero" enable it now (or turn the toggle beside Xero on)'
LATER = 'in the dialog "Enable Xero" choose to enable it later'
STAYS = 'leave Xero enabled, should the dialog "Enable Xero" open'


def asked_for(*steps: Step, enabled: bool = False, shown: LiveKeys | None = None, hidden: bool = False) -> PortalSteps:
    target = WriteTarget(
        "XeroIntegration (gbol, Acme)",
        UUID(ACCOUNT),
        integration(enabled=enabled),
        "gbol",
        "enableBankFeeds",
        keys=shown,
        keys_hidden=hidden,
    )
    return PortalSteps(target, "Acme", "because", steps)


def door(label: str) -> str:
    return f'choose {label} beside Xero and open "Integration settings"'


@pytest.mark.parametrize(
    ("asked", "first", "last"),
    [
        (asked_for(ENTER, ON), door('"Set up"'), NOW),
        (asked_for(ENTER), door('"Set up"'), LATER),
        (asked_for(ENTER, ON, shown=keys()), door('"Manage"'), NOW),
        (asked_for(ENTER, enabled=True, shown=keys()), door('"Manage"'), STAYS),
        (asked_for(OFF, ENTER, enabled=True, shown=keys()), "turn the toggle beside Xero off", LATER),
        (asked_for(ENTER, ON, hidden=True), door('"Set up" (or "Manage")'), NOW),
    ],
)
def test_keys_are_entered_saved_and_the_dialog_answered(asked: PortalSteps, first: str, last: str) -> None:
    clicks = asked.instructions
    assert (clicks[0], clicks[1], clicks[-2], clicks[-1]) == (OPEN, first, SAVE, last)
    assert f'enter {CLIENT_ID} as "Client ID"' in clicks
    assert sum('as "Client secret"' in click for click in clicks) == 1
    assert SECRET not in str(asked) + asked.markdown() + repr(asked)


@pytest.mark.parametrize(
    ("step", "click"),
    [
        (ON, "turn the toggle beside Xero on"),
        (OFF, "turn the toggle beside Xero off"),
        (
            SwitchBankFeeds(enabled=True),
            f'choose "Manage" beside Xero and turn "Enable Bank Feeds" on ({PRODUCT})',
        ),
        (SwitchBankFeeds(enabled=False), 'choose "Manage" beside Xero and turn "Enable Bank Feeds" off'),
        (
            DeleteKeys(),
            (
                'choose "Manage" beside Xero, open "Integration settings", remove Client ID and Client secret (where'
                " the page offers no way to, ask Codat's support)"
            ),
        ),
    ],
)
def test_one_click_for_one_toggle(step: Step, click: str) -> None:
    assert asked_for(step).instructions == (OPEN, click)


def test_in_a_log_it_is_one_line_and_on_a_page_a_list() -> None:
    asked = asked_for(ON)
    assert str(asked) == (
        "XeroIntegration (gbol, Acme): because; manual steps in the Codat Portal"
        " (https://app.codat.io/settings/integrations/accounting): 1) open Settings > Integrations > Accounting in the"
        " account Acme; 2) turn the toggle beside Xero on"
    )
    assert asked.markdown() == (
        "### XeroIntegration (gbol, Acme): manual steps\n\nbecause.\n\nIn the"
        " [Codat Portal](https://app.codat.io/settings/integrations/accounting):\n\n1. open Settings \\> Integrations"
        " \\> Accounting in the account Acme\n2. turn the toggle beside Xero on\n\n"
    )


def test_what_others_wrote_forges_no_markdown() -> None:
    forged = PortalSteps(asked_for(ON).target, "Acme\n# [x](http://evil)|`<b>", "because", (ON,))
    assert "\n# " not in forged.markdown()
    assert "[x](" not in forged.markdown()
    assert "\\<b\\>" in forged.markdown()
