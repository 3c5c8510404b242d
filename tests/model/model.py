"""What should happen, told simply: by what the program declares, what is in Codat, and what the stack recorded."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Final
from unittest.mock import ANY

from tests.contract.programs import PARTNER, SECRET, digest, xero

if TYPE_CHECKING:
    from tests.contract.engine import Program, Recorded
    from tests.contract.reconfigured import ReconfiguredStack as Stack

Live = dict[str, Any]
"""The account's settings, as `World.live` shows them."""

INTEGRATION: Final = "XeroIntegration"
FEEDS: Final = "XeroBankFeeds"
VARIABLE: Final = "XERO_CLIENT_SECRET"
BLIND: Final = frozenset({"stars", "empty", "unstable"})
"""Masks that show nothing of a secret."""

NO_KEYS: Final = "Codat has no keys and clientSecret is not declared"
NEVER: Final = 'adopt is "never"'
OTHERS: Final = "they are not overwritten"
NO_SECRET: Final = "declared without a client secret"
NOT_SET: Final = "is not set or empty"
RECONNECT: Final = "they belong to the other Xero app and must reconnect"
DELETES: Final = "on_destroy is delete_keys while"
NO_PARTNER: Final = "bank feeds can only be switched on where"
TAKEN_BACK: Final = "it cannot be told which is declared"
TAKEN: Final = "the keys were not written: run the same command again"
HELD: Final = "codat:onDrift is fail, and"
WRONG_PAIR: Final = "invalid_client"
UNVERIFIED: Final = "codat:verifyXeroKeys is required"
CONTRADICTED: Final = "contradicts"
UNPROVEN: Final = "the declared client secret was not written, because nothing proves"
UNPINNED: Final = "does not tell which account was written before"
TWICE: Final = "two resources of this program declare this setting"


@dataclass
class Shown:
    """How the account shows its keys, and how many companies are linked."""

    mask: str = "last-four"
    hides_client_id: bool = False
    linked: int = 0
    xero: str = "untold"
    """What Xero says of the declared pair: right, wrong, or untold."""
    required: bool = False
    """Whether only a pair that Xero knows may be written."""

    @property
    def blind(self) -> bool:
        """Whether another secret would look the same."""
        return self.mask in BLIND

    @property
    def blind_to_app(self) -> bool:
        """Whether another client ID would look the same."""
        return self.hides_client_id and self.mask != "last-four"

    def is_of(self, live: Live, client_id: str) -> bool:
        """Whether the keys are certainly those of the client ID."""
        return not self.hides_client_id and live["clientId"] == client_id

    def contradicts(self, live: Live, secret: str) -> bool:
        """Whether what is shown of the live secret speaks against that one; no two secrets here end the same."""
        return self.mask == "last-four" and live["clientSecretSha256"] not in (None, digest(secret))

    def may_be_of(self, live: Live, client_id: str | None, record: dict[str, Any] | None = None) -> bool:
        """Whether nothing that is shown speaks against that client ID."""
        if client_id is None or live["clientId"] is None:
            return False
        if not self.hides_client_id:
            return bool(live["clientId"] == client_id)
        match self.mask:
            case "last-four":
                return bool(live["clientId"][-4:] == client_id[-4:])
            case "unstable":
                return bool(record and record.get("clientIdUnsteady"))
            case _:
                return True


@dataclass
class Declared:
    """What a program declares, and under which names."""

    integration: dict[str, Any] | None = field(default_factory=lambda: xero(app=PARTNER))
    feeds: dict[str, Any] | None = None
    names: dict[str, str] = field(default_factory=lambda: {INTEGRATION: "xero", FEEDS: "feeds"})
    variable: str | None = SECRET
    twin: dict[str, Any] | None = None
    """What a second declaration of the integration, which only a component package can hold, declares."""

    def program(self) -> Program:
        """The bank feeds go with the integration that they are an argument of."""
        if self.integration is None:
            return {}
        program: Program = {self.names[INTEGRATION]: (INTEGRATION, self.integration)}
        if self.feeds is not None:
            program[self.names[FEEDS]] = (FEEDS, self.feeds | {"clientId": self.integration["clientId"]})
        if self.twin is not None:
            program["twin"] = (INTEGRATION, self.twin)
        return program

    def of(self, kind: str) -> dict[str, Any] | None:
        """The inputs of the resource of that kind."""
        return next((inputs for of, inputs in self.program().values() if of == kind), None)

    @property
    def declares_secret(self) -> bool:
        integration = self.integration or {}
        return "clientSecret" in integration or "clientSecretFrom" in integration

    @property
    def secret(self) -> str | None:
        """The declared secret, where it is at hand."""
        integration = self.integration or {}
        return self.variable if "clientSecretFrom" in integration else integration.get("clientSecret")


@dataclass
class Refusals:
    """Why an `up` without a fault must, and may, be refused."""

    must: set[str] = field(default_factory=set)
    may: set[str] = field(default_factory=set)

    def because(self, reason: str, *, certain: bool = True) -> None:
        (self.must if certain else self.may).add(reason)


def records(stack: Stack, kind: str) -> list[Recorded]:
    return [recorded for recorded in stack.resources.values() if recorded.kind == kind]


def recalled(stack: Stack, declared: Declared, kind: str, replaced: str | None = None) -> dict[str, Any] | None:
    """The record that an `up` goes on from, if any: the resource's own, unless it is replaced."""
    name = declared.names[kind]
    own = None if name == replaced else stack.resources.get(name)
    return own.outputs if own else None


def written(record: dict[str, Any] | None) -> str | None:
    """The client ID that was last written or adopted."""
    return record["keysRecord"]["clientId"] if record and "keysRecord" in record else None


def refusals(
    stack: Stack, declared: Declared, live: Live, shown: Shown, *, refresh: bool, replaced: str | None = None
) -> Refusals:
    """Why this `up` is refused, as far as that can be told from outside."""
    found = Refusals()
    if declared.integration is not None:
        record = recalled(stack, declared, INTEGRATION, replaced)
        _keys(found, declared, live, shown, record, refresh=refresh)
        _proof(found, declared, live, shown, stack.resources.get(replaced or ""))
    toggle = declared.of(FEEDS) or {}
    if toggle.get("enabled") and not live["bankFeeds"] and "app" not in toggle:
        found.because(NO_PARTNER)
    if declared.integration is None and removal(stack, declared, live, shown) is None:
        found.because(DELETES)
    if declared.twin is not None:
        found.because(TWICE)
    if len(records(stack, INTEGRATION)) > 1 or stack.pending:
        # because a removal that failed once is tried again, and is held to what it removes
        found.because(UNPROVEN, certain=False)
    return found


def _keys(
    found: Refusals, declared: Declared, live: Live, shown: Shown, record: dict[str, Any] | None, *, refresh: bool
) -> None:
    inputs = declared.integration or {}
    client_id, adopt = inputs["clientId"], inputs.get("adopt", "if_same")
    fits = shown.may_be_of(live, client_id, record and record.get("keysRecord"))
    there = live["clientId"] is not None
    _obstacle(found, declared, live, shown, record, fits=fits)
    if not declared.declares_secret:
        return
    certain = not there or not fits
    if there and record is None:
        certain = certain or adopt == "overwrite"
    elif record is not None:
        # because a refresh records another client ID that is there
        stays = not refresh or shown.may_be_of(live, record["clientId"], record.get("keysRecord"))
        certain = certain or (record["clientId"] != client_id and stays)
    possible = certain or record is not None or there
    if declared.secret is None and possible:
        found.because(NOT_SET, certain=certain)
    if declared.secret is not None and possible:
        adopts = there and record is None and adopt == "if_same"
        _pair(found, live, shown, declared.secret, certain=certain, adopts=adopts)
    if possible and there and shown.blind_to_app and shown.linked and not inputs.get("acceptDisruption"):
        found.because(RECONNECT, certain=False)  # because a secret that changed outside may be another app's
    elsewhere = there and not shown.is_of(live, client_id) and (not fits or written(record) != client_id)
    if possible and elsewhere and shown.linked and not inputs.get("acceptDisruption"):
        # because without the secret nothing is planned to be written
        found.because(RECONNECT, certain=certain and declared.secret is not None)


def _obstacle(
    found: Refusals, declared: Declared, live: Live, shown: Shown, record: dict[str, Any] | None, *, fits: bool
) -> None:
    """What the keys that are there, or are not, stand in the way of."""
    inputs = declared.integration or {}
    client_id, adopt = inputs["clientId"], inputs.get("adopt", "if_same")
    there = live["clientId"] is not None
    if not there and not declared.declares_secret:
        found.because(NO_KEYS)
    elif there and record is None and adopt == "never":
        found.because(NEVER)
    elif there and record is None and adopt == "if_same" and not shown.is_of(live, client_id):
        found.because(OTHERS)
    elif there and record is not None and written(record) is None and adopt != "overwrite" and not fits:
        found.because(OTHERS)  # because none were ours
    elif there and not declared.declares_secret and not fits:
        found.because(NO_SECRET)


def _pair(found: Refusals, live: Live, shown: Shown, secret: str, *, certain: bool, adopts: bool) -> None:
    """What Xero says of the declared pair, or what is shown where it says nothing."""
    if shown.xero == "wrong":
        found.because(WRONG_PAIR, certain=certain or adopts)
    if shown.xero == "untold" and shown.required:
        found.because(UNVERIFIED, certain=certain)
    if adopts and shown.xero == "untold":
        # because what was there before under another name may have had another secret
        found.because(UNPROVEN, certain=False)
        if shown.contradicts(live, secret):
            found.because(CONTRADICTED)


def _proof(found: Refusals, declared: Declared, live: Live, shown: Shown, old: Recorded | None) -> None:
    """Where the resource that is replaced had another secret, and nobody tells that the declared one is there."""
    inputs = declared.integration or {}
    if old is None or old.kind != INTEGRATION or "clientSecret" not in old.outputs or declared.secret is None:
        return
    adopts = shown.is_of(live, inputs["clientId"]) and inputs.get("adopt", "if_same") == "if_same"
    if adopts and shown.xero == "untold" and old.outputs["clientSecret"] != declared.secret:
        found.because(UNPROVEN)


def policy(outputs: dict[str, Any]) -> str:
    """What a destroy does."""
    return outputs.get("onDestroy") or "retain"


def removal(stack: Stack, declared: Declared, live: Live, shown: Shown) -> Live | None:
    """What is in Codat once all that is recorded and not declared is removed; None where that is refused."""
    after = dict(live)
    for recorded in reversed(stack.resources.values()):
        outputs = recorded.outputs
        if declared.of(recorded.kind) is not None or policy(outputs) == "retain":
            continue
        if recorded.kind == FEEDS:
            # because an integration that is declared has its keys by then
            keys = {"clientId": after["clientId"], **(declared.integration or {})}
            unclear = declared.integration is not None and shown.hides_client_id
            # because what a replacement left behind may delete the keys before
            unclear |= any(policy(left.outputs) == "delete_keys" for left in stack.pending)
            if after["bankFeeds"] and (unclear or shown.may_be_of(keys, outputs.get("clientId"))):
                after["bankFeeds"] = ANY if unclear else False
            continue
        if not _ours(outputs, after, shown):
            continue
        deletes = policy(outputs) == "delete_keys"
        if deletes and shown.linked and not outputs.get("acceptDisruption"):
            return None
        if "enabled" in recorded.inputs:
            after["enabled"] = False
        if deletes:
            after |= {"clientId": None, "clientSecretSha256": None}
    return after


def _ours(outputs: dict[str, Any], live: Live, shown: Shown) -> bool:
    return shown.may_be_of(live, written(outputs), outputs.get("keysRecord"))


def brought_about(declared: Declared, live: Live) -> Live:
    """What must be in Codat after an `up`: what is not declared stays as it was."""
    inputs, toggle = declared.integration or {}, declared.of(FEEDS) or {}
    after = dict(live)
    if inputs:
        after["clientId"] = inputs["clientId"]
        after["enabled"] = inputs.get("enabled", live["enabled"])
    if declared.secret is not None:
        after["clientSecretSha256"] = digest(declared.secret)
    after["bankFeeds"] = toggle.get("enabled", live["bankFeeds"])
    return after


def taken_back(record: Recorded | None, inputs: dict[str, Any], live: Live) -> set[str]:
    """What a refresh recorded otherwise than applied, and is in Codat as applied again: left until a refresh."""
    if record is None:
        return set()
    outputs, field_ = record.outputs, "enabled" if record.kind == INTEGRATION else "bankFeeds"
    applied, seen = outputs.get("appliedEnabled"), outputs.get("enabled")
    found = {field_} if applied == live[field_] != seen == inputs.get("enabled") else set()
    ours = written(outputs)
    if ours is not None and outputs.get("clientId") == inputs.get("clientId") != ours and record.kind == INTEGRATION:
        found |= {"clientId", "clientSecretSha256"}
    return found


def decided(record: Recorded, live: Live, field_: str) -> bool:
    """Whether a toggle is in Codat as it was last applied from here."""
    outputs = record.outputs
    return "enabled" not in outputs or outputs.get("appliedEnabled", live[field_]) == live[field_]
