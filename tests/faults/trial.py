"""One trial: a command, one of its requests going wrong in one way, and what is held against the outcome."""

from __future__ import annotations

import base64
import json
import re
from collections import Counter
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Final

from pulumi_codat.api import CodatError
from pulumi_codat.reconcile.state import BankFeedsState, IntegrationState
from tests.contract.engine import CheckFailed, RunFailed
from tests.contract.programs import NEW_SECRET, SECRET

from .faults import Request

if TYPE_CHECKING:
    from collections.abc import Callable

    from .faults import Fault
    from .operations import Operation
    from .world import FaultWorld, Start

__all__ = ["Outcome", "Trial", "requests_of"]

_SECRETS: Final = (SECRET, NEW_SECRET)
_STATES: Final = {"XeroIntegration": IntegrationState, "XeroBankFeeds": BankFeedsState}
_LABEL: Final = re.compile(r"(XeroIntegration|XeroBankFeeds) \(gbol(, [^)]+)?\): ")
_DECIDES_NOTHING: Final = re.compile(r'"unfinished": "[^"]*"|"lastWrittenAt": "[^"]*"')


@dataclass
class Outcome:
    """What came of a trial: what a person was told, and what was not as it must be."""

    stopped: str | None = None
    warnings: list[str] = field(default_factory=list)
    wrong: list[str] = field(default_factory=list)

    def warned(self, words: str) -> bool:
        """Whether a warning has these words."""
        return any(words in warning for warning in self.warnings)


def requests_of(world: FaultWorld, operation: Operation, start: Start) -> list[Request]:
    """Each request the command makes where nothing goes wrong."""
    stack = operation.stack(world)
    world.put_back(start, stack)
    operation.run(stack)
    lines = [f"{record['method']} {record['path']}" for record in stack.last.records]
    writes = [at for at, line in enumerate(lines) if not line.startswith("GET ")]
    seen: Counter[str] = Counter()
    requests = []
    for at, line in enumerate(lines):
        requests.append(Request(line, seen[line], early=bool(writes) and at < writes[0], before=at))
        seen[line] += 1
    return sorted(requests, key=str)  # because reads that are sent together arrive in any order


class Trial:
    """A command on its stack, put back to where it begins."""

    def __init__(self, world: FaultWorld, operation: Operation, start: Start, writes: str) -> None:
        self._world = world
        self._operation = operation
        self._start = start
        self._writes = writes
        self._stack = operation.stack(world, writes)
        self._outcome = Outcome()
        self._live = operation.live
        world.put_back(start, self._stack)
        self._begun = world.live()
        self._accounts = {name: recorded.outputs["accountId"] for name, recorded in self._resources}

    def run(self, request: Request, fault: Fault) -> Outcome:
        """Run the command while the request goes wrong; then the fault is gone."""
        more = {} if fault.retry_after is None else {"retryAfter": fault.retry_after}
        self._world.direct.refuses = fault.refused
        line, skip = ("* *", request.before) if fault.everywhere else (request.line, request.number)
        self._world.fault(line, fault.kind, fault.times, skip=skip, **more)
        self._outcome.stopped = _told(lambda: self._operation.run(self._stack))
        self._outcome.warnings = self._stack.last.warnings
        self._world.heal()
        self._world.direct.refuses = False
        self._hold_words()
        self._hold_state()
        self._hold_harm()
        self._hold_success()
        return self._outcome

    def aftermath(self) -> str:
        """All that what follows depends on."""
        resources = {name: vars(recorded) for name, recorded in self._resources}
        accounts = [settings.model_dump_json() for settings in self._world.everything()]
        return _DECIDES_NOTHING.sub("", json.dumps([self._writes, self._live, resources, accounts]))

    def complete(self) -> list[str]:
        """What is wrong in the end: one more run must complete it, and a preview then show no change."""
        outcome = self._outcome = Outcome()
        stopped = _told(lambda: self._operation.complete(self._stack))
        if stopped is not None:
            outcome.wrong.append(f"not completed: {stopped}")
        self._hold_harm()
        if self._world.live() != self._live:
            outcome.wrong.append(f"in the end Codat holds {self._world.live()}")
        if any("unfinished" in recorded.outputs for _, recorded in self._resources):
            outcome.wrong.append("in the end something is unfinished")
        declared = self._operation.declared or {}
        if self._stack.resources.keys() != declared.keys():
            outcome.wrong.append(f"in the end the stack has {sorted(self._stack.resources)}")
        stopped = _told(lambda: self._stack.preview(declared, refresh=self._operation.refresh))
        shown = self._stack.last
        if stopped is not None or shown.writes or set(shown.steps.values()) - {"same"}:
            outcome.wrong.append(f"a preview shows {shown.steps}, writes {shown.writes}, is told {stopped}")
        return outcome.wrong

    @property
    def _resources(self) -> Any:
        return self._stack.resources.items()

    def _hold_words(self) -> None:
        outcome, key = self._outcome, self._world.account.api_key
        canaries = (*_SECRETS, key, base64.b64encode(key.encode()).decode())
        for text in (*([] if outcome.stopped is None else [outcome.stopped]), *outcome.warnings):
            if not text.isprintable():
                outcome.wrong.append(f"more than one line: {text!r}")
            if not _LABEL.match(text):
                outcome.wrong.append(f"names no resource: {text}")
            if any(canary in text for canary in canaries):
                outcome.wrong.append("tells a secret")

    def _hold_state(self) -> None:
        for name, recorded in self._resources:
            outputs = recorded.outputs
            _STATES[recorded.kind].parse(outputs)
            text = json.dumps({key: value for key, value in outputs.items() if key != "clientSecret"})
            if any(secret in text for secret in _SECRETS):
                self._outcome.wrong.append(f"{name}: a secret outside of its field")
            if outputs.get("platformKey") != "gbol":
                self._outcome.wrong.append(f"{name}: no id")
            if outputs.get("accountId") != self._accounts.get(name, self._world.account.id):
                self._outcome.wrong.append(f"{name}: the account is {outputs.get('accountId')}")

    def _hold_success(self) -> None:
        """What ends well has done what was declared, or has said in a warning why it cannot tell."""
        # because a 404 says that the keys are gone, and what is not there is not ours to switch off
        disowned = not self._operation.declared and self._outcome.warned("nothing was written, and")
        if disowned:
            switched = {**self._begun, "bankFeeds": False}
            self._live = switched if self._world.live() == switched else self._begun
        unseen = self._outcome.warned("Codat does not show all settings") or self._outcome.warned("manual steps")
        ended_well = self._outcome.stopped is None and self._operation.act is None
        if ended_well and not unseen and self._world.live() != self._live:
            self._outcome.wrong.append(f"ended well, and Codat holds {self._world.live()}")

    def _hold_harm(self) -> None:
        for record in self._stack.last.records:
            body = record["body"] if isinstance(record["body"], dict) else {}
            off = {
                "enabled": body.get("enabled") is False,
                "bankFeeds": body.get("enableBankFeeds") is False,
                "keys": record["method"] == "DELETE",
            }
            if {name for name, switched in off.items() if switched} - self._operation.off:
                self._outcome.wrong.append(f"harm: {record['method']} {record['path']} {body}")
            if record["account"] not in (None, self._world.account.id):
                self._outcome.wrong.append(f"another account: {record['path']}")
        if self._world.everything()[1:] != self._start.settings[1:]:
            self._outcome.wrong.append("another account was changed")
        declared = json.dumps(self._operation.declared) + json.dumps(self._operation.environ)
        sent = {found for line in self._world.sent for found in re.findall(r'"clientSecret":\s*"([^"]*)"', line)}
        if not all(json.dumps(secret) in declared for secret in sent):
            self._outcome.wrong.append("an undeclared secret was sent")


def _told(command: Callable[[], object]) -> str | None:
    """What a person is told where the command stops."""
    try:
        command()
    except (CodatError, CheckFailed, RunFailed) as error:
        return str(error)
    return None
