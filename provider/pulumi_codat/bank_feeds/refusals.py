"""What Xero refuses, in sentences: each of its problem types, and what a person does about it.

The types are those of Xero's own description (https://github.com/XeroAPI/Xero-OpenAPI/blob/master/xero_bankfeeds.yaml).
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Final

from pulumi_codat.api import CodatError, NotOffered
from pulumi_codat.api.contract import PORTAL_PAGE
from pulumi_codat.bank_feeds.polling import with_whole_deadline
from pulumi_codat.bank_feeds.results import PushFailed
from pulumi_codat.xero import PLATFORM_KEY

if TYPE_CHECKING:
    from collections.abc import Mapping

    from pulumi_codat.api import Codat, PushOperation, Refused

__all__ = ["REMEDIES", "failed", "problem_type", "refused"]

_LONGEST_QUOTE: Final = 600
_NO_BANK_FEEDS: Final = "invalid-organisation-bank-feeds"

REMEDIES: Final[Mapping[str, str]] = {
    "invalid-request": "Xero does not take the request as it is: correct what it names, and push the rest as a file of"
    " its own",
    "invalid-application": "Xero has not enabled its Bank Feeds API for your app: ask Xero (your partner manager) to"
    " enable it for the app's client ID, then run the same command again",
    "invalid-feed-connection": "Xero does not know the feed of this source account: map the account again in Codat",
    "duplicate-statement": "Xero has these transactions already: look at the account in Xero, and if they are there, go"
    " on with --skip and the batch's number",
    "invalid-end-balance": "the balances and amounts do not add up for Xero: correct the balances of the rows, and push"
    " the rest as a file of its own",
    "invalid-start-and-end-date": "Xero does not take the period of these dates: correct them, and push the rest as a"
    " file of its own",
    "invalid-start-date": "Xero takes no date that is more than a year ago or lies after the end: correct the dates,"
    " and push the rest as a file of its own",
    "internal-error": "Xero failed for the moment: run the same command again, and if it stays so, ask Xero's support",
    "feed-already-connected-in-current-organisation": "the account in Xero has another feed already: disconnect it in"
    " Xero, or map the source account to another one",
    "invalid-end-date": "Xero takes no date in the future: correct the dates, and push the rest as a file of its own",
    "statement-not-found": "Xero does not find the statement: look at the account in Xero before you send it again",
    "feed-connected-in-different-organisation": "the feed belongs to an account of another Xero organisation:"
    " disconnect it there, then map the account again in Codat",
    "feed-already-connected-in-different-organisation": "the feed is connected in another Xero organisation already:"
    " disconnect it there, then map the account again in Codat",
    "bank-feed-not-found": "Xero has no such feed any more: map the source account again in Codat",
    "invalid-country-specified": "Xero does not take the country of the account: correct the source account in Codat",
    _NO_BANK_FEEDS: "Xero does not take bank feeds for this organisation",
    "invalid-organisation-multi-currency": "the organisation's plan at Xero has no further currencies: use an account"
    " in its own currency, or a plan with multi-currency",
    "invalid-feed-connection-for-organisation": "the feed is not one of this Xero organisation: map the account again"
    " in Codat",
    "invalid-user-role": "the person who connected the company may not manage bank feeds in Xero: let an adviser or a"
    " standard user with bank account access connect it again",
    "account-not-valid": "the account in Xero takes no bank feed (only bank accounts and credit cards do, and not"
    " archived ones): map the source account to another one",
    "feed-not-found-or-already-deleted": "the feed was removed at Xero: map the source account again in Codat",
}

_TYPE: Final = re.compile(
    r"(?<![\w-])(" + "|".join(sorted(map(re.escape, REMEDIES), key=len, reverse=True)) + r")(?![\w-])"
)


def problem_type(said: str) -> str | None:
    """Which of Xero's types Codat passes on, in either spelling of organisation."""
    found = _TYPE.search(said.replace("organization", "organisation"))
    return found.group(1) if found else None


def refused(batch: str, error: Refused, codat: Codat, setting: str) -> PushFailed:
    """For a batch that was answered with an error status, and so was not taken."""
    trace = f" (correlation id {error.correlation_id})" if error.correlation_id else ""
    kind = problem_type(error.said)
    if kind:
        todo = _what_to_do(kind, codat, setting)
        return PushFailed(f"{batch}: Xero refused it with {error.status}, {error.said}: {todo}{trace}")
    if isinstance(error, NotOffered):
        return PushFailed(
            f"{batch}: Codat refused it with {error.status}, {error.said}: Codat must have enabled Bank Feeds for the"
            f" account, the integration be enabled and the connection linked (ask your Codat account manager){trace}"
        )
    return PushFailed(f"{batch}: {error}")


def failed(batch: str, operation: PushOperation, codat: Codat, setting: str) -> PushFailed:
    """For a batch that Codat took, and that failed afterwards."""
    said = "; ".join(filter(None, [operation.error_message, *operation.errors])) or "no reason is given"
    kind = problem_type(said)
    todo = _what_to_do(kind, codat, setting) if kind else _NOTHING_AFTER
    return PushFailed(f"{batch}: push {operation.push_operation_key} failed: {said[:_LONGEST_QUOTE]}: {todo}")


_NOTHING_AFTER: Final = (
    "nothing after it was sent; if its rows are right, run the same command again, which sends this batch anew, and"
    " otherwise push them, corrected, with those after them as a file of its own"
)


def _what_to_do(kind: str, codat: Codat, setting: str) -> str:
    return _requirements(codat, setting) if kind == _NO_BANK_FEEDS else REMEDIES[kind]


def _requirements(codat: Codat, setting: str) -> str:
    """What bank feeds need before Xero takes them, and how the toggle stands now, which costs two reads."""
    return (
        f"{REMEDIES[_NO_BANK_FEEDS]}: 1) your app must be a Xero app partner's (Xero App Partnership); 2) Xero must"
        " have enabled its Bank Feeds API for the app (ask your partner manager at Xero); and Codat must have enabled"
        f" Bank Feeds for the account (ask your Codat account manager). {_toggle(codat, setting)}. Xero's demo"
        " companies take no bank feeds; where all of this holds, ask Xero whether this organisation's plan and region"
        " do"
    )


def _toggle(codat: Codat, setting: str) -> str:
    codat = with_whole_deadline(codat)
    try:
        integration_id = str(codat.integration(PLATFORM_KEY).integration_id)
        value = codat.integration_settings(integration_id).root.get(setting)
    except CodatError as error:
        return f'Whether "Enable Bank Feeds" is on could not be read ({error}): look at {PORTAL_PAGE}'
    match value:
        case True:
            return '"Enable Bank Feeds" is on in Codat'
        case False:
            return (
                f'"Enable Bank Feeds" is off in Codat: switch it on (XeroBankFeeds, or {PORTAL_PAGE}), and let the'
                " company connect again"
            )
        case _:
            return f'Whether "Enable Bank Feeds" is on is not shown by Codat: look at {PORTAL_PAGE}'
