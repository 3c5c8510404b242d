"""Random sequences of what people, Codat and processes do to stacks, each step held to the model."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, ClassVar

from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, precondition, rule

from tests.contract.programs import CLIENT_ID, NEW_SECRET, OTHER_ID, PARTNER, SECRET, feeds, xero

from . import model
from .happenings import BREAKS, EDITS, FUSES, MASKS, PORTAL_EDITS, RARELY, SETTINGS, SIDES, SILENT, THEIRS, TWINS, XERO
from .judge import Judge
from .model import FEEDS, INTEGRATION, VARIABLE

if TYPE_CHECKING:
    from .happenings import Edit
    from .model import Declared
    from .world import Fuse, ModelWorld


def _anything_is_deployed(machine: Machine) -> bool:
    return any(side.stack.resources for side in machine.judge.sides)


class Machine(RuleBasedStateMachine):
    """Everybody who may touch the account or a stack."""

    world: ClassVar[ModelWorld]
    steps_run: ClassVar[int] = 0

    def __init__(self) -> None:
        super().__init__()
        self.judge = Judge(self.world)

    # how the account is, before anything happens

    @initialize(
        mask=st.sampled_from(("last-four", "versioned", *MASKS)),
        hides=RARELY,
        pinned=st.booleans(),
        up=st.booleans(),
        asks_xero=st.sampled_from((True, True, False)),
        holds=RARELY,
        goes_off=RARELY,
    )
    def begins(
        self, mask: str, *, hides: bool, pinned: bool, up: bool, asks_xero: bool, holds: bool, goes_off: bool
    ) -> None:
        self.judge.behave(mask, hides=hides)
        for at, side in enumerate(self.judge.sides):
            if asks_xero:
                self._set(at, "xero_identity_url", XERO)
            if holds:
                self._set(at, "on_drift", "fail")
            if goes_off:
                _edit(side.declared, [(kind, "onDestroy", "disable") for kind in (INTEGRATION, FEEDS)])
        if pinned:
            self._set(0, "account", self.judge.world.account_id)
        if up:
            _edit(self.judge.sides[0].declared, [(FEEDS, "enabled", True)])
            self.judge.up(self.judge.sides[0], refresh=True, previews=False)

    # what the people who write programs do

    @precondition(_anything_is_deployed)
    @rule(at=SIDES, kind=st.sampled_from((INTEGRATION, FEEDS)), alias=st.booleans())
    def renames(self, at: int, kind: str, *, alias: bool) -> None:
        side = self.judge.sides[at]
        before = side.declared.names[kind]
        after = before.removesuffix("-renamed") if before.endswith("-renamed") else f"{before}-renamed"
        side.declared.names[kind] = after
        if alias and after not in side.stack.resources:
            resources = side.stack.resources
            side.stack.resources = {after if name == before else name: kept for name, kept in resources.items()}

    @rule(at=SIDES, setting=st.sampled_from(SETTINGS))
    def sets(self, at: int, setting: tuple[str, str]) -> None:
        self._set(at, *setting)

    # what people do in the Portal

    @rule(edits=st.lists(st.sampled_from(PORTAL_EDITS), min_size=1, max_size=2))
    def edits_in_portal(self, edits: list[dict[str, Any]]) -> None:
        for edit in edits:
            self.judge.edit_in_portal(edit)

    @precondition(lambda self: self.judge.shown.linked < 2)
    @rule()
    def links_a_company(self) -> None:
        self.judge.link_company()

    @precondition(
        lambda self: self.judge.shown.mask != "versioned"
    )  # because its version would become a key of the map
    @rule(mask=st.sampled_from(MASKS), hides=RARELY)
    def masks_otherwise(self, mask: str, *, hides: bool) -> None:
        self.judge.behave(mask, hides=hides)

    @rule(told=st.sampled_from((True, True, False)))
    def rotates_api_key(self, *, told: bool) -> None:
        self.judge.rotate_api_key()
        for at in range(len(self.judge.sides)) if told else ():
            self._set(at, "api_key", self.judge.api_key)

    # what goes wrong

    @rule(fault=BREAKS)
    def breaks(self, fault: tuple[str, str, int]) -> None:
        self.judge.inject(fault)

    @precondition(lambda self: self.judge.injected)
    @rule()
    def heals(self) -> None:
        self.judge.heal()

    # what is run

    @rule(at=SIDES)
    def reconfigures(self, at: int) -> None:
        """From here on each command finds another configuration than the one in state, or no more."""
        stack = self.judge.sides[at].stack
        stack.reconfigured = not stack.reconfigured

    @rule(
        at=SIDES,
        edits=st.lists(EDITS, max_size=3),
        refresh=st.booleans(),
        previews=st.booleans(),
        reconfigured=st.booleans(),
        linked=RARELY,
    )
    def deploys(
        self, at: int, edits: list[Edit], *, refresh: bool, previews: bool, reconfigured: bool, linked: bool
    ) -> None:
        side = self.judge.sides[at]
        _edit(side.declared, edits)
        side.stack.reconfigured = reconfigured
        self.judge.up(side, refresh=refresh, previews=previews, linked=linked)

    @precondition(_anything_is_deployed)
    @rule(
        at=SIDES,
        kind=st.sampled_from((INTEGRATION, FEEDS)),
        edits=st.lists(EDITS, max_size=2),
        refresh=st.booleans(),
        previews=st.booleans(),
        reconfigured=st.booleans(),
        linked=RARELY,
    )
    def replaces(
        self,
        at: int,
        kind: str,
        edits: list[Edit],
        *,
        refresh: bool,
        previews: bool,
        reconfigured: bool,
        linked: bool,
    ) -> None:
        side = self.judge.sides[at]
        _edit(side.declared, edits)
        side.stack.reconfigured = reconfigured
        self.judge.up(side, refresh=refresh, previews=previews, replaces=kind, linked=linked)

    @rule(at=SIDES, refresh=st.booleans())
    def moves_to_another_app_as_a_company_is_linked(self, at: int, *, refresh: bool) -> None:
        side = self.judge.sides[at]
        other = OTHER_ID if (side.declared.integration or {}).get("clientId") == CLIENT_ID else CLIENT_ID
        edits = (("clientId", other), ("secret", SECRET), ("acceptDisruption", None))
        _edit(side.declared, [(INTEGRATION, name, value) for name, value in edits])
        self.judge.up(side, refresh=refresh, previews=False, linked=True)

    @precondition(_anything_is_deployed)
    @rule(at=SIDES, client_id=st.sampled_from((CLIENT_ID, OTHER_ID)), refresh=st.booleans())
    def destroys_what_somebody_took_over(self, at: int, client_id: str, *, refresh: bool) -> None:
        self.judge.edit_in_portal({"clientId": client_id, "clientSecret": THEIRS[0]})
        self.judge.destroy(self.judge.sides[at], refresh=refresh)

    @rule(at=SIDES, secret=st.sampled_from((SECRET, NEW_SECRET)), refresh=st.booleans())
    def rotates_as_somebody_takes_over(self, at: int, secret: str, *, refresh: bool) -> None:
        side = self.judge.sides[at]
        _edit(side.declared, [(INTEGRATION, "secret", secret)])
        self.judge.up(side, refresh=refresh, previews=False, taken=not self.judge.shown.hides_client_id)

    @rule(at=SIDES, client_id=st.sampled_from((CLIENT_ID, OTHER_ID)), refresh=st.booleans())
    def declares_a_secret_that_is_not_at_hand(self, at: int, client_id: str, *, refresh: bool) -> None:
        side = self.judge.sides[at]
        _edit(side.declared, [(INTEGRATION, "secret", VARIABLE), (VARIABLE, "", None)])
        _edit(side.declared, [(INTEGRATION, "clientId", client_id), (INTEGRATION, "acceptDisruption", True)])
        self.judge.up(side, refresh=refresh, previews=False)
        side.declared.variable = SECRET

    @precondition(_anything_is_deployed)
    @rule(at=SIDES, kind=st.sampled_from((INTEGRATION, FEEDS)), enabled=st.booleans(), refresh=st.booleans())
    def replaces_what_is_held(self, at: int, kind: str, *, enabled: bool, refresh: bool) -> None:
        side = self.judge.sides[at]
        self._set(at, "on_drift", "fail")
        self.judge.edit_in_portal({"enabled" if kind == INTEGRATION else "bankFeeds": enabled})
        self.judge.up(side, refresh=refresh, previews=False, replaces=kind)
        self._set(at, "on_drift", "repair")

    @precondition(_anything_is_deployed)
    @rule(at=SIDES, secret=st.sampled_from((SECRET, NEW_SECRET)), refresh=st.booleans())
    def replaces_under_another_secret_while_xero_is_silent(self, at: int, secret: str, *, refresh: bool) -> None:
        side = self.judge.sides[at]
        before = side.stack.settings.get("xero_identity_url")
        self._set(at, "xero_identity_url", SILENT)
        _edit(side.declared, [(INTEGRATION, "secret", secret), (INTEGRATION, "adopt", None)])
        self.judge.up(side, refresh=refresh, previews=False, replaces=INTEGRATION)
        self._set(at, "xero_identity_url", before)

    @rule(at=SIDES, accepts=RARELY)
    def deletes_keys_under_a_linked_company(self, at: int, *, accepts: bool) -> None:
        side = self.judge.sides[at]
        edits = (("onDestroy", "delete_keys"), ("acceptDisruption", accepts or None))
        _edit(side.declared, [(INTEGRATION, name, value) for name, value in edits])
        self.judge.up(side, refresh=True, previews=False)
        self.judge.link_company()
        self.judge.destroy(side, refresh=False)

    @rule(at=SIDES, changes=TWINS, refresh=st.booleans())
    def declares_twice(self, at: int, changes: dict[str, Any], *, refresh: bool) -> None:
        self.judge.declares_twice(self.judge.sides[at], changes, refresh=refresh)

    @rule(at=SIDES, edits=st.lists(EDITS, max_size=3), refresh=st.booleans(), fuse=FUSES)
    def dies_in_a_deployment(self, at: int, edits: list[Edit], fuse: Fuse, *, refresh: bool) -> None:
        _edit(self.judge.sides[at].declared, edits)
        self.judge.up(self.judge.sides[at], refresh=refresh, previews=False, fuse=fuse)

    @rule(at=SIDES, edits=st.lists(EDITS, max_size=3), refresh=st.booleans(), fault=BREAKS)
    def fails_in_a_deployment(self, at: int, edits: list[Edit], fault: tuple[str, str, int], *, refresh: bool) -> None:
        _edit(self.judge.sides[at].declared, edits)
        self.judge.inject(fault)
        self.judge.up(self.judge.sides[at], refresh=refresh, previews=False)
        self.judge.heal()

    @precondition(_anything_is_deployed)
    @rule(at=SIDES, refresh=st.booleans(), previews=st.booleans())
    def ups_with_a_key_of_another_account(self, at: int, *, refresh: bool, previews: bool) -> None:
        side = self.judge.sides[at]
        if side.stack.resources:
            right = side.stack.settings.get("api_key", self.judge.world.account.api_key)
            self._set(at, "api_key", self.judge.other.api_key)
            self.judge.up(side, refresh=refresh, previews=previews)
            self._set(at, "api_key", right)

    @rule(at=SIDES, refresh=st.booleans())
    def settles(self, at: int, *, refresh: bool) -> None:
        self.judge.settle(self.judge.sides[at], refresh=refresh)

    @rule(at=SIDES, refresh=st.booleans())
    def previews(self, at: int, *, refresh: bool) -> None:
        self.judge.preview(self.judge.sides[at], refresh=refresh)

    @precondition(_anything_is_deployed)
    @rule(at=SIDES)
    def refreshes(self, at: int) -> None:
        self.judge.refresh(self.judge.sides[at])

    @precondition(_anything_is_deployed)
    @rule(at=SIDES, refresh=st.booleans(), fuse=st.none() | FUSES)
    def destroys(self, at: int, fuse: Fuse | None, *, refresh: bool) -> None:
        self.judge.destroy(self.judge.sides[at], refresh=refresh, fuse=fuse)

    @invariant()
    def counts(self) -> None:
        type(self).steps_run += 1

    def _set(self, at: int, name: str, value: object) -> None:
        self.judge.sides[at].stack.settings[name] = value


def _edit(declared: Declared, edits: list[Edit]) -> None:
    for what, name, value in edits:
        match what:
            case model.INTEGRATION:
                declared.integration = _edited(declared.integration or xero(app=PARTNER), name, value)
            case model.FEEDS:
                declared.feeds = _edited(declared.feeds or feeds(), name, value)
            case _:
                declared.variable = value


def _edited(inputs: dict[str, Any], name: str, value: Any) -> dict[str, Any] | None:
    if not name:
        return None
    if name == "secret":
        inputs = {key: kept for key, kept in inputs.items() if not key.startswith("clientSecret")}
        name, value = ("clientSecretFrom", f"env:{VARIABLE}") if value == VARIABLE else ("clientSecret", value)
    return {key: kept for key, kept in {**inputs, name: value}.items() if kept is not None}
