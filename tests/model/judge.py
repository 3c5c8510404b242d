"""How a phase is run, and held to what the model says of it."""

from __future__ import annotations

from copy import deepcopy
from dataclasses import dataclass, replace
from functools import partial
from typing import TYPE_CHECKING, Any, Final

from pulumi_codat.api import CodatError
from tests.contract.engine import CheckFailed, RunFailed, wire
from tests.contract.programs import CLIENT_ID, OTHER_ID, digest, xero
from tests.contract.reconfigured import ReconfiguredStack

from . import model
from .happenings import API_KEYS, MISTYPED, THEIRS, XERO
from .model import FEEDS, INTEGRATION, VARIABLE, Declared, Live, Refusals, Shown
from .safety import Run, hold_safe
from .world import Fuse, Killed, ModelWorld, header

if TYPE_CHECKING:
    from collections.abc import Callable

WRONG_KEY: Final = "the API key belongs to Codat account"
STALE_KEY: Final = "check CODAT_API_KEY"
UNSEEN: Final = frozenset(
    {
        model.DELETES,
        model.HELD,
        model.TAKEN_BACK,
        model.NOT_SET,
        model.WRONG_PAIR,
        model.UNVERIFIED,
        model.CONTRADICTED,
        model.UNPROVEN,
    }
)
"""Refusals that a preview cannot make."""


@dataclass
class Side:
    """A stack, its program, and what is known of how they stand to what is in Codat.

    `blind`, `blind_to_app`: since the last write of the keys, another secret (client ID) could not be seen.
    `excused`, `excused_app`: so the secret (client ID) there may be another one, or was adopted uncompared.
    `secret`: the one that was declared when the keys were last written or adopted.
    `outside`: something was changed outside since the last `up` that came to its end.
    """

    stack: ReconfiguredStack
    declared: Declared
    seen: Live
    blind: bool = False
    blind_to_app: bool = False
    excused: bool = False
    excused_app: bool = False
    secret: str | None = None
    outside: bool = False

    def look(self, live: Live, shown: Shown) -> None:
        """Notice what was changed since this stack's last phase."""
        self.note_mask(shown)
        self.outside = self.outside or live != self.seen
        if live["clientId"] is not None:
            self.excused |= self.blind and live["clientSecretSha256"] != self.seen["clientSecretSha256"]
            self.excused_app |= self.blind_to_app and live["clientId"] != self.seen["clientId"]

    def note_mask(self, shown: Shown) -> None:
        self.blind |= shown.blind
        self.blind_to_app |= shown.blind_to_app


class Judge:
    """The account, two stacks on it, and what is known of both."""

    def __init__(self, world: ModelWorld) -> None:
        self.world = world
        self.world.set_back()
        self.shown = Shown()
        self.api_key = self.world.account.api_key
        self.other = self.world.emulator.accounts[1]
        self._open(self.api_key, self.world.account.id)
        self._open(self.other.api_key, self.other.id)
        self.live = live = self.world.live()
        self.sides = [
            Side(ReconfiguredStack(self.world), Declared(), live),
            Side(ReconfiguredStack(self.world), Declared(integration=None), live),
        ]
        self.injected = False

    def edit_in_portal(self, edit: dict[str, Any]) -> None:
        before = self.live
        if before["clientId"] is None and len(edit.keys() & {"clientId", "clientSecret"}) == 1:
            edit = {"clientId": OTHER_ID, "clientSecret": THEIRS[1]}  # because half a pair is no keys
        self.world.portal(**edit)
        self.live = self.world.live()
        for side in self.sides:
            # because what counts the writes of a secret shows one that changes nothing
            side.outside |= "clientSecret" in edit
        self._relinked(before, self.live)

    def link_company(self) -> None:
        self.world.company()
        self.shown.linked += 1

    def rotate_api_key(self) -> None:
        self.api_key = API_KEYS[self.api_key == API_KEYS[0]]
        self._open(self.api_key, self.world.account.id)
        self.world.behave(apiKey=self.api_key)

    def inject(self, fault: tuple[str, str, int]) -> None:
        self.injected = True
        self.world.fault(*fault)

    def heal(self) -> None:
        self.injected = False
        self.world.heal()

    def behave(self, mask: str, *, hides: bool) -> None:
        self.world.behave(mask=mask, maskClientId=hides)
        self.shown.mask, self.shown.hides_client_id = mask, hides
        for side in self.sides:
            side.note_mask(self.shown)
            side.outside = True

    def up(
        self,
        side: Side,
        *,
        refresh: bool,
        previews: bool,
        fuse: Fuse | None = None,
        replaces: str | None = None,
        linked: bool = False,
        taken: bool = False,
    ) -> Run:
        """`replaces`: the kind that is tainted.

        When all was compared, `linked`: a company is linked; `taken`: the Portal gets another app's keys.
        """
        refresh = refresh or self._unguarded(side)
        declared = side.declared
        name = declared.names[replaces] if replaces else None
        replaced = name if name in side.stack.resources and name in declared.program() else None
        expected = self._refusals(side, refresh=refresh, replaced=replaced)
        foreseen = self.preview(side, refresh=refresh, replaced=replaced) if previews else None
        if foreseen and foreseen.refusal is not None:
            return foreseen
        removed = model.removal(side.stack, declared, self.live, self.shown)
        uncertain = self._taken_back(side, refresh=refresh, replaced=replaced)
        up = partial(side.stack.up, declared.program(), refresh=refresh, replace=replaced)
        run = self._run(side, "up", up, declared, fuse, replaced=replaced, linked=linked, taken=taken)
        if run.meanwhile:
            expected.because(model.RECONNECT, certain=False)
            expected.because(model.TAKEN, certain=False)
            expected.because(model.HELD, certain=False)
        self._judge(run, expected)
        # because a removal is asked about by the `up` alone
        undisturbed = foreseen and declared.program() and not foreseen.faults and not run.faults and not run.meanwhile
        if undisturbed and run.refusal is not None:
            assert any(reason in run.refusal for reason in UNSEEN), f"the preview did not tell: {run.refusal}"
        if run.refusal is not None and model.HELD in run.refusal:
            assert run.writes == [] or "nothing was written for this resource" in run.refusal
        self._excuse(side, run)
        if run.refusal is None and not run.killed:
            side.outside = False
            if not run.lies and not run.taken:
                assert removed is not None
                self._brought_about(side, run, removed, uncertain)
                if not run.faults and not uncertain:
                    self._unchanged(side, refresh=not refresh)
            side.secret = declared.secret
        return run

    def declares_twice(self, side: Side, changes: dict[str, Any], *, refresh: bool) -> None:
        """Two declarations that differ, as two instances of a component package have them.

        Under one client ID, where the first is as it was: what a refresh or the program changes may be its replacement.
        """
        declared = side.declared
        if declared.integration is None:
            return
        own = side.stack.resources.get(declared.names[INTEGRATION])
        if refresh or (own is not None and own.inputs != wire(declared.integration)):
            changes = {}
        differs = any(declared.integration.get(name) != value for name, value in changes.items())
        other = OTHER_ID if declared.integration["clientId"] == CLIENT_ID else CLIENT_ID
        client_id = declared.integration["clientId"] if differs else other
        declared.twin = xero(clientId=client_id, adopt="overwrite", acceptDisruption=True, **changes)
        try:
            self.preview(side, refresh=refresh)
            self.up(side, refresh=refresh, previews=False)
            assert "twin" not in side.stack.resources
        finally:
            declared.twin = None

    def _excuse(self, side: Side, run: Run) -> None:
        """What an `up` leaves uncompared: what was adopted, what nobody could tell, and what no mask can show."""
        recorded = [kept.outputs for kept in model.records(side.stack, INTEGRATION)]
        adopts = run.recalled is None and run.before["clientId"] is not None and not run.put_keys()
        if adopts and run.declared.integration is not None and recorded and self._made_anew(side, run):
            # because what Xero confirms is written, and what contradicts the declared secret stops
            asked = run.shown.xero == "right" and not run.faults
            told = run.refusal is None and (asked or run.shown.mask == "last-four")
            side.excused, side.secret = run.declared.secret is None or not told, run.declared.secret
            side.blind, side.blind_to_app = self.shown.blind, self.shown.blind_to_app
        unverified = {name for outputs in recorded for name in outputs.get("unverified", ())}
        changed = run.declared.secret is not None and side.secret not in (None, run.declared.secret)
        if changed and run.refusal is None and not run.killed:
            side.excused = False  # because a secret that the program changes must be written
        # because only a mask that shows something of the secret tells that keys were not written
        untold = run.shown.mask != "last-four" and any(fault["kind"] == "no-effect" for fault in run.faults)
        side.excused |= bool(unverified) or (untold and run.put_keys())
        side.excused_app |= untold and run.shown.hides_client_id
        side.excused_app |= "clientId" in unverified or (bool(unverified) and run.shown.blind_to_app)
        # because another client ID that is declared without a secret may be there, and would look the same
        side.excused_app |= not run.declared.declares_secret and run.shown.blind_to_app

    def _made_anew(self, side: Side, run: Run) -> bool:
        """Whether the integration was created by the run, as new or in the place of what was there."""
        name = run.declared.names[INTEGRATION]
        kept, had = side.stack.resources.get(name), run.had.get(name)
        # because a refresh changes other outputs than this record
        return kept is not None and (had is None or kept.outputs.get("keysRecord") != had["outputs"].get("keysRecord"))

    def settle(self, side: Side, *, refresh: bool) -> None:
        """Whatever happened: one `up` without a fault converges, or is refused as the model says."""
        self.heal()
        side.stack.settings["api_key"] = self.api_key
        run = self.up(side, refresh=refresh, previews=False)
        if run.refusal is not None and model.HELD in run.refusal:
            side.stack.settings["accept_drift"] = True
            self.up(side, refresh=refresh, previews=False)
            side.stack.settings["accept_drift"] = False

    def preview(self, side: Side, *, refresh: bool, replaced: str | None = None) -> Run:
        refresh = refresh or self._unguarded(side)
        expected = self._refusals(side, refresh=refresh, replaced=replaced)
        command = partial(side.stack.preview, side.declared.program(), refresh=refresh, replace=replaced)
        run = self._run(side, "preview", command, side.declared, replaced=replaced)
        self._judge(run, Refusals(expected.must - UNSEEN, expected.may | expected.must))
        return run

    def refresh(self, side: Side) -> None:
        run = self._run(side, "refresh", side.stack.refresh, side.declared)
        self._judge(run, self._key_refusals(side, certain=bool(side.stack.resources)))

    def destroy(self, side: Side, *, refresh: bool, fuse: Fuse | None = None) -> None:
        nothing = Declared(integration=None)
        refresh = refresh or self._unguarded(side)
        expected = self._key_refusals(side, certain=refresh and bool(side.stack.resources))
        after = model.removal(side.stack, nothing, self.live, self.shown)
        # because the one that is left of a rename or a replacement may go first
        several = bool(side.stack.pending) or len(model.records(side.stack, INTEGRATION)) > 1
        if after is None or several:
            expected.because(model.DELETES, certain=not several)
        run = self._run(side, "destroy", partial(side.stack.destroy, refresh=refresh), nothing, fuse)
        self._judge(run, expected)
        if run.refusal is None and not run.killed:
            assert side.stack.resources == {}
            assert run.lies or several or run.after == after

    def _unchanged(self, side: Side, *, refresh: bool) -> None:
        command = partial(side.stack.preview, side.declared.program(), refresh=refresh)
        run = self._run(side, "preview", command, side.declared)
        assert run.refusal is None, run.refusal
        assert run.steps == dict.fromkeys(side.declared.program(), "same"), (run.steps, run.warnings)

    def _run(
        self,
        side: Side,
        kind: str,
        command: Callable[[], object],
        declared: Declared,
        fuse: Fuse | None = None,
        *,
        replaced: str | None = None,
        linked: bool = False,
        taken: bool = False,
    ) -> Run:
        stack = side.stack
        self._ask_xero(side)
        # because bank feeds depend on their integration, which the engine keeps in order by itself
        stack.resources = dict(sorted(stack.resources.items(), key=lambda item: item[1].kind == FEEDS))
        if declared.variable is None:
            stack.environ.pop(VARIABLE, None)
        else:
            stack.environ[VARIABLE] = declared.variable
        before = self.live
        side.look(before, self.shown)
        recalled = deepcopy(model.recalled(stack, declared, INTEGRATION, replaced))
        faults = self.world.faults() if self.injected else []
        left = {f"left by a replacement {at}": recorded for at, recorded in enumerate(stack.pending)}
        had = {name: deepcopy(vars(recorded)) for name, recorded in {**stack.resources, **left}.items()}
        run = Run(kind, declared, before, replace(self.shown), faults, recalled, had, replaced=replaced)
        run.holds = stack.settings.get("on_drift") == "fail" and not stack.settings.get("accept_drift")

        def links() -> None:
            self.link_company()
            run.shown.linked += 1
            run.meanwhile = True

        def takes() -> None:
            other = OTHER_ID if (declared.integration or {}).get("clientId") == CLIENT_ID else CLIENT_ID
            self.edit_in_portal({"clientId": other, "clientSecret": THEIRS[0]})
            run.meanwhile = run.taken = True

        stack.meanwhile = links if linked else takes if taken else None
        self.world.fused.begin(fuse)
        try:
            command()
        except Killed:
            run.killed = True
        except (CodatError, CheckFailed, RunFailed) as error:
            run.refusal = str(error)
        run.sent = self.world.fused.sent
        if self.world.fused.burnt and not run.killed:
            run.faults.append({"kind": "offline", "method": "*"})
        run.steps, run.warnings = stack.last.steps, stack.last.warnings
        run.after = self.live = self.world.live()
        self._relinked(before, run.after)
        key = stack.settings.get("api_key", self.world.account.api_key)
        hold_safe(run, self.world.account, key, {self.world.account.api_key, self.other.api_key, *API_KEYS} - {key})
        self._keep_books(side, run)
        return run

    def _keep_books(self, side: Side, run: Run) -> None:
        if run.refusal is None or run.writes:  # because one that was refused may have compared nothing
            side.seen = run.before if run.taken and not run.put_keys() else run.after
        put, inputs = run.put_keys(), run.declared.integration or {}
        for other in self.sides if put else ():
            # because what counts the writes of a secret shows one that is not recorded
            other.outside |= other is not side or run.killed or run.refusal is not None
        if put and run.killed and side.blind:
            side.excused, side.excused_app = True, side.excused_app or side.blind_to_app
        elif put and run.declared.secret:
            there = (run.after["clientId"], run.after["clientSecretSha256"])
            if there == (inputs["clientId"], digest(run.declared.secret)):
                side.excused = side.excused_app = False
                side.secret = run.declared.secret
                side.blind, side.blind_to_app = self.shown.blind, self.shown.blind_to_app

    def _ask_xero(self, side: Side) -> None:
        """What Xero says of the pair that this stack declares."""
        settings = side.stack.settings
        policy = settings.get("verify_xero_keys", "auto")
        asked = policy != "off" and settings.get("xero_identity_url") == XERO
        known = "wrong" if side.declared.secret == MISTYPED else "right"
        self.shown.xero = known if asked else "untold"
        self.shown.required = policy == "required"

    def _refusals(self, side: Side, *, refresh: bool, replaced: str | None = None) -> Refusals:
        self._ask_xero(side)
        declared, live = side.declared, self.live
        certain = bool(declared.program()) or (refresh and bool(side.stack.resources))
        found = self._key_refusals(side, certain=certain)
        if found.must or found.may:
            if replaced and "account" not in side.stack.settings:
                found.because(model.UNPINNED, certain=False)
            return found
        found = model.refusals(side.stack, declared, live, self.shown, refresh=refresh, replaced=replaced)
        if declared.twin:
            found.because(model.UNPINNED, certain=False)
        if replaced and "account" not in side.stack.settings:
            # because the comparison of another resource tells this process which account it is
            alone = replaced == declared.names[INTEGRATION]
            found.because(model.UNPINNED, certain=alone and (not refresh or side.stack.reconfigured))
        settings = side.stack.settings
        if settings.get("on_drift") == "fail" and not settings.get("accept_drift"):
            self._held(found, side, live, replaced)
        if self._taken_back(side, refresh=refresh, replaced=replaced):
            # because nothing is planned then, and so nothing refused but a write for another reason
            found = Refusals(set(), found.must | found.may | {model.TAKEN_BACK})
        return found

    def _taken_back(self, side: Side, *, refresh: bool, replaced: str | None) -> set[str]:
        found: set[str] = set()
        for kind in (INTEGRATION, FEEDS) if not refresh else ():
            name = side.declared.names[kind]
            record = side.stack.resources.get(name) if name != replaced else None
            found |= model.taken_back(record, side.declared.of(kind) or {}, self.live)
        return found

    def _held(self, found: Refusals, side: Side, live: Live, replaced: str | None) -> None:
        # because a replacement is told nothing of what was last applied
        changed = side.outside or live != side.seen or replaced is not None
        for recorded in side.stack.resources.values():
            toggle = "enabled" if recorded.kind == INTEGRATION else "bankFeeds"
            changed |= not model.decided(recorded, live, toggle)
            inputs = side.declared.of(recorded.kind) or {}
            applied = recorded.outputs.get("appliedEnabled")
            name = side.declared.names[recorded.kind]
            own = side.stack.resources.get(name) is recorded and name != replaced
            finished = "unfinished" not in recorded.outputs and "enabled" in recorded.outputs
            if own and finished and inputs.get("enabled") == applied is not None and live[toggle] != applied:
                found.because(model.HELD)
        if changed:
            found.because(model.HELD, certain=False)

    def _key_refusals(self, side: Side, *, certain: bool) -> Refusals:
        found = Refusals()
        key = side.stack.settings.get("api_key", self.world.account.api_key)
        if key == self.other.api_key:
            found.because(WRONG_KEY, certain=certain)
        elif key != self.api_key:
            found.because(STALE_KEY, certain=certain)
        return found

    def _unguarded(self, side: Side) -> bool:
        """Whether only a refresh tells that the key is of another account (a rename could not be told otherwise)."""
        wrong = side.stack.settings.get("api_key") == self.other.api_key
        return wrong and "account" not in side.stack.settings

    def _judge(self, run: Run, expected: Refusals) -> None:
        """Whether it was refused exactly where the model says so; with a fault anything may be refused."""
        if run.faults or run.killed:
            return
        if run.refusal is None:
            assert not expected.must, f"not refused: {expected.must}"
        else:
            assert any(reason in run.refusal for reason in expected.must | expected.may), run.refusal

    def _brought_about(self, side: Side, run: Run, removed: Live, uncertain: set[str]) -> None:
        declared = run.declared
        expected = model.brought_about(declared, removed) | {name: run.after[name] for name in uncertain}
        if declared.integration is not None and side.excused:
            expected["clientSecretSha256"] = run.after["clientSecretSha256"]
        if declared.integration is not None and side.excused_app:
            expected["clientId"] = run.after["clientId"]
        assert run.after == expected, (run.after, expected)
        program = declared.program()
        assert side.stack.resources.keys() == program.keys()
        for name, (_, inputs) in program.items():
            recorded = side.stack.resources[name]
            assert recorded.inputs == wire(inputs)
            assert "unfinished" not in recorded.outputs
            policies = ("adopt", "onDestroy", "acceptDisruption")
            assert {key: recorded.outputs.get(key) for key in policies} == {key: inputs.get(key) for key in policies}

    def _open(self, api_key: str, account: str) -> None:
        self.world.fused.opens[header(api_key)] = account

    def _relinked(self, before: Live, after: Live) -> None:
        """A change of the pair cuts linked companies off, as the emulator has it."""
        pair = ("clientId", "clientSecretSha256")
        if before["clientId"] is not None and any(before[name] != after[name] for name in pair):
            self.shown.linked = 0
