"""What must never happen, whatever went wrong: held against everything that one phase sent and told."""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Final

from pulumi_codat.redaction import CHANGED_OUTSIDE
from tests.contract.programs import CLIENT_ID, OTHER_ID
from tests.contract.world import DELETE_KEYS, PATCH_SETTINGS, PUT_ENABLED, PUT_KEYS

from . import model
from .happenings import API_KEYS, OURS, THEIRS
from .model import FEEDS, INTEGRATION
from .world import header

if TYPE_CHECKING:
    from collections.abc import Iterator

    from codat_emulator import Account

    from .model import Declared, Live, Shown
    from .world import Sent

_UNTRUE: Final = frozenset({"403", "404", "405", "stale"})
"""Answers to a read that say something untrue about what Codat holds."""


@dataclass
class Run:
    """One phase that was run, and what became of it."""

    kind: str
    declared: Declared
    before: Live
    shown: Shown
    faults: list[dict[str, Any]]
    recalled: dict[str, Any] | None
    had: dict[str, Any]
    after: Live = field(default_factory=dict)
    sent: list[Sent] = field(default_factory=list)
    steps: dict[str, str] = field(default_factory=dict)
    warnings: list[str] = field(default_factory=list)
    replaced: str | None = None
    holds: bool = False
    """Whether codat:onDrift is fail, and nobody accepts it."""
    killed: bool = False
    meanwhile: bool = False
    """Whether something happened between what was compared and what was written."""
    taken: bool = False
    """Whether the Portal got another app's keys then."""
    refusal: str | None = None

    @property
    def lies(self) -> bool:
        """Whether Codat may have said something untrue of the keys."""
        return any(fault["kind"] in _UNTRUE and fault["method"] in {"GET", "*"} for fault in self.faults)

    @property
    def writes(self) -> list[Sent]:
        return [sent for sent in self.sent if not sent.reads]

    def put_keys(self) -> bool:
        return any(sent.line == PUT_KEYS for sent in self.writes)


def hold_safe(run: Run, account: Account, api_key: str, others: set[str]) -> None:
    """Nothing undeclared is sent or told, and nothing is written that the program does not declare.

    `api_key` is the one that this process has, `others` are those that it must not use.
    """
    _hold_told(run, {api_key, *others})
    secrets = {*OURS, *THEIRS, CHANGED_OUTSIDE} - ({run.declared.secret} if run.kind == "up" else set())
    for sent in run.sent:
        assert not any(secret in sent.text for secret in secrets), f"{sent.line} sent an undeclared secret"
        assert not any(header(key) in sent.text for key in others), f"{sent.line} went out under another key"
    if run.kind in {"preview", "refresh"}:
        assert run.writes == []
    _hold_asked(run)
    order = list(_order(run))
    assert order == sorted(order), "off comes first, and on after the keys"
    for sent in run.writes:
        assert sent.account == account.id, f"{sent.line} was sent to another account"
        _hold_declared(run, sent)


def _hold_asked(run: Run) -> None:
    """Xero is asked about the declared pair alone, and only by what would write it."""
    inputs = run.declared.of(INTEGRATION) or {}
    for sent in run.sent:
        if sent.asks_xero:
            assert run.kind == "up", f"a {run.kind} sent a secret"
            assert sent.pair == (inputs.get("clientId"), run.declared.secret), "Xero was asked about something else"


def _order(run: Run) -> Iterator[int]:
    for sent in run.writes:
        if sent.line == PUT_ENABLED:
            yield 2 if sent.body["enabled"] else 0
        elif sent.line == PUT_KEYS:
            yield 1


def _hold_told(run: Run, api_keys: set[str]) -> None:
    for line in [*run.warnings, *([run.refusal] if run.refusal is not None else [])]:
        assert line.isprintable(), line
        assert re.match(r"Xero(Integration|BankFeeds) \(gbol", line), line
        canaries = {*OURS, *THEIRS, *API_KEYS, *api_keys}
        assert not any(canary in line for canary in canaries), "a secret was told"


def _hold_held(run: Run, kind: str, field_: str, enabled: bool) -> None:  # noqa: FBT001 because it is what was sent
    """A toggle that was changed outside, and not declared otherwise since, is left as it is where drift is held."""
    name = run.declared.names[kind]
    own = run.had.get(name)
    if not run.holds or own is None or run.lies:
        return
    assert name != run.replaced, "a replacement that is held changed a toggle"
    outputs = own["outputs"]
    applied = outputs.get("appliedEnabled")
    if "unfinished" not in outputs and applied is not None and applied == enabled:
        assert run.before[field_] == applied, "drift that is held was undone"


def _hold_keys(run: Run, sent: Sent, inputs: dict[str, Any] | None) -> None:
    """Keys are written as declared, and over nobody else's."""
    assert inputs is not None
    assert run.declared.secret is not None
    assert sent.body["clientId"] == inputs["clientId"]
    assert sent.body["clientSecret"] == run.declared.secret
    if not any(fault["kind"] != "no-effect" for fault in run.faults):
        assert run.shown.xero != "wrong", "a pair that Xero does not know"
        assert run.shown.xero == "right" or not run.shown.required, "a pair that nobody verified"
    there = run.before["clientId"]
    if run.taken and not run.lies and not run.shown.hides_client_id:
        other = CLIENT_ID if inputs["clientId"] == OTHER_ID else OTHER_ID
        assert there == other, "keys that came meanwhile were overwritten"
    if there is not None and not run.lies:
        confirmed = there == inputs["clientId"] and not run.shown.hides_client_id and run.shown.xero == "right"
        assert run.recalled is not None or inputs.get("adopt") == "overwrite" or confirmed, "somebody's keys"
        record = (run.recalled or {}).get("keysRecord")
        # because nothing is left to compare with after a write of unknown fate
        blind = run.shown.hides_client_id and record is not None and (run.shown.blind or "mask" not in record)
        if there != inputs["clientId"] and run.shown.linked and not blind:
            assert inputs.get("acceptDisruption"), "companies were cut off"


def _hold_declared(run: Run, sent: Sent) -> None:
    inputs, toggle = run.declared.of(INTEGRATION), run.declared.of(FEEDS)
    gone = [kept for kept in run.had.values() if run.declared.of(kept["kind"]) is None]
    removed = [kept["outputs"] for kept in gone if kept["kind"] == INTEGRATION]
    match sent.line:
        case line if line == PUT_KEYS:
            _hold_keys(run, sent, inputs)
        case line if line == PUT_ENABLED:
            if inputs is not None:
                assert sent.body == {"enabled": inputs.get("enabled")}
                _hold_held(run, INTEGRATION, "enabled", inputs["enabled"])
            else:
                toggled = [kept for kept in gone if kept["kind"] == INTEGRATION and "enabled" in kept["inputs"]]
                policies = {model.policy(kept["outputs"]) for kept in toggled}
                assert sent.body == {"enabled": False}
                assert policies & {"disable", "delete_keys"}
        case line if line == PATCH_SETTINGS:
            if toggle is not None:
                assert sent.body == {"enableBankFeeds": toggle["enabled"]}
                _hold_held(run, FEEDS, "bankFeeds", toggle["enabled"])
            else:
                outputs = [kept["outputs"] for kept in gone if kept["kind"] == FEEDS]
                assert sent.body == {"enableBankFeeds": False}
                assert any(model.policy(one) == "disable" for one in outputs)
        case line if line == DELETE_KEYS:
            assert inputs is None
            allowed = [outputs for outputs in removed if model.policy(outputs) == "delete_keys"]
            assert allowed
            if not run.lies:
                assert any(run.shown.may_be_of(run.before, model.written(one), one["keysRecord"]) for one in allowed)
                assert not run.shown.linked or any(one.get("acceptDisruption") for one in allowed)
        case line:
            raise AssertionError(f"an unknown write: {line}")
