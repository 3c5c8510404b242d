"""Manual steps in the Codat Portal for planned writes, with the Portal's own labels.

Source of the pages and labels: https://docs.codat.io/integrations/accounting/xero/accounting-xero-setup and
https://docs.codat.io/integrations/bank-feeds/xero-bank-feeds/xero-bank-feeds-setup. The secret is never among them.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from pulumi_codat.api.contract import PORTAL_PAGE
from pulumi_codat.reconcile.guards import PRODUCT
from pulumi_codat.reconcile.plan import DeleteKeys, Step, Switch, SwitchBankFeeds, WriteKeys, writes_keys
from pulumi_codat.redaction import one_line

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from pulumi_codat.reconcile.target import WriteTarget

__all__ = ["PortalSteps"]

_PAGE: Final = "Settings > Integrations > Accounting"
_WHERE_THE_KEY_IS: Final = (
    'enter the declared secret as "Client secret", without spaces: take it from the secret store that the program reads'
    ' (it is not printed; if it is lost, generate a new one on the Configuration page of the app under "My Apps" at'
    " Xero, and declare that)"
)
_MARKDOWN: Final = re.compile(r"([\\`*_{}\[\]<>#|~])")


@dataclass(frozen=True)
class PortalSteps:
    """What a person is asked to do, why, and in which account."""

    target: WriteTarget
    account: str
    why: str
    steps: Sequence[Step]

    @property
    def instructions(self) -> tuple[str, ...]:
        """One sentence a step, in order."""
        return tuple(self._instructions())

    def __str__(self) -> str:
        numbered = "; ".join(f"{number}) {step}" for number, step in enumerate(self.instructions, 1))
        return f"{self.target.label}: {self.why}; manual steps in the Codat Portal ({PORTAL_PAGE}): {numbered}"

    def markdown(self) -> str:
        """The same for a page that people read."""
        numbered = "".join(f"{number}. {_escaped(step)}\n" for number, step in enumerate(self.instructions, 1))
        return (
            f"### {_escaped(self.target.label)}: manual steps\n\n{_escaped(self.why)}.\n\n"
            f"In the [Codat Portal]({PORTAL_PAGE}):\n\n{numbered}\n"
        )

    def _instructions(self) -> Iterator[str]:
        yield f"open {_PAGE} in the account {self.account}"
        if self.target.only_if is not None:
            yield (
                f'go on only if the Client ID shown there (Xero, "Manage") is {self.target.only_if}: other keys are'
                " somebody else's"
            )
        if writes_keys(self.steps) and self.target.keys_hidden:
            yield 'choose "Set up" (or "Manage") beside Xero and open "Integration settings"'
            yield "look at the Client ID there first: companies connected through another one have to reconnect"
        for step in self.steps:
            match step:
                case WriteKeys(client_id):
                    yield from self._enter_keys(client_id)
                case Switch(enabled) if not (enabled and writes_keys(self.steps)):
                    yield f"turn the toggle beside Xero {_on_off(enabled)}"
                case DeleteKeys():
                    yield (
                        'choose "Manage" beside Xero, open "Integration settings", remove Client ID and Client secret'
                        " (where the page offers no way to, ask Codat's support)"
                    )
                case SwitchBankFeeds(enabled):
                    product = f" ({PRODUCT})" if enabled else ""
                    yield f'choose "Manage" beside Xero and turn "Enable Bank Feeds" {_on_off(enabled)}{product}'
                case Switch():
                    pass  # because the dialog after saving the keys has it

    def _enter_keys(self, client_id: str) -> Iterator[str]:
        if not self.target.keys_hidden:
            door = "Manage" if self.target.keys else "Set up"
            yield f'choose "{door}" beside Xero and open "Integration settings"'
        yield f'enter {client_id} as "Client ID"'
        yield _WHERE_THE_KEY_IS
        yield 'choose "Save" and wait for the confirmation'
        if Switch(enabled=True) in self.steps:
            yield 'in the dialog "Enable Xero" enable it now (or turn the toggle beside Xero on)'
        elif self.target.enabled and Switch(enabled=False) not in self.steps:
            yield 'leave Xero enabled, should the dialog "Enable Xero" open'
        else:
            yield 'in the dialog "Enable Xero" choose to enable it later'


def _on_off(enabled: bool) -> str:  # noqa: FBT001 because it is a word for a toggle
    return "on" if enabled else "off"


def _escaped(text: str) -> str:
    return _MARKDOWN.sub(r"\\\1", one_line(text))
