"""`codat.from_env`: the secret is in Codat and in the variable, and nowhere else; its rotation is seen all the same."""

from __future__ import annotations

import hashlib
import hmac
from itertools import product
from typing import TYPE_CHECKING, Any

import pytest

from pulumi_codat.api import CodatError

from .engine import CheckFailed, RunFailed
from .programs import CLIENT_ID, NEW_SECRET, OTHER_ID, SECRET, settings, xero
from .world import COMPANIES, DELETE_KEYS, INTEGRATION, KEYS, LIVE_VIEW, PROFILE, PUT_ENABLED, PUT_KEYS, RECHECKED

if TYPE_CHECKING:
    from .engine import Program, Stack
    from .world import World

LABEL = "XeroIntegration (gbol, Acme Dev)"
VARIABLE = "the environment variable XERO_CLIENT_SECRET"
NEEDED = f"the keys must be written, and {VARIABLE}, which holds the client secret, is not set or empty"
NEW = f"{LABEL}: {VARIABLE} holds another client secret than the one last written; `pulumi up` writes it"


def program(**changes: Any) -> Program:
    inputs = xero(clientSecretFrom="env:XERO_CLIENT_SECRET", **{"clientSecret": None, **changes})
    return {"xero": ("XeroIntegration", inputs)}


def plain(**changes: Any) -> Program:
    return {"xero": ("XeroIntegration", xero(**changes))}


@pytest.fixture(name="stack")
def _stack(world: World, stack: Stack) -> Stack:
    stack.settings["account"] = world.account_id
    stack.environ["XERO_CLIENT_SECRET"] = SECRET
    return stack


def kept(stack: Stack) -> str:
    return str({name: vars(resource) for name, resource in stack.resources.items()})


def test_a_create_takes_the_secret_from_the_variable_and_keeps_a_salted_fingerprint(world: World, stack: Stack) -> None:
    phase = stack.up(program())
    assert phase.requests == [KEYS, *RECHECKED, PUT_KEYS, KEYS, PUT_ENABLED, KEYS, INTEGRATION, PROFILE]
    assert world.live() == settings()

    outputs = stack.resources["xero"].outputs
    assert (outputs["clientSecretFrom"], "clientSecret" in outputs) == ("env:XERO_CLIENT_SECRET", False)
    state = kept(stack)
    assert SECRET not in state
    for algorithm in ("md5", "sha1", "sha256", "sha512"):
        assert hashlib.new(algorithm, SECRET.encode()).hexdigest() not in state
    record = outputs["keysRecord"]
    text = f'{{"clientSecret": "{SECRET}"}}'.encode()
    assert record["secret"] == hmac.new(bytes.fromhex(record["salt"]), text, hashlib.sha256).hexdigest()


def test_the_same_secret_has_another_fingerprint_after_each_write(stack: Stack) -> None:
    prints = set()
    for secret in (SECRET, NEW_SECRET, SECRET):
        stack.environ["XERO_CLIENT_SECRET"] = secret
        assert PUT_KEYS in stack.up(program()).writes
        prints.add(stack.resources["xero"].outputs["keysRecord"]["secret"])
    assert len(prints) == 3


@pytest.mark.parametrize("refresh", [True, False])
def test_no_change_is_three_reads_and_no_write(stack: Stack, *, refresh: bool) -> None:
    stack.up(program())
    for run in (stack.preview, stack.up):
        phase = run(program(), refresh=refresh)
        assert (phase.steps, phase.requests, phase.warnings) == ({"xero": "same"}, [*LIVE_VIEW], [])


@pytest.mark.parametrize("refresh", [True, False])
@pytest.mark.parametrize("mask", ["stars", "last-four", "empty", "versioned", "unstable"])
def test_a_rotation_is_seen_by_the_fingerprint_whatever_the_mask(
    world: World, stack: Stack, mask: str, *, refresh: bool
) -> None:
    world.behave(mask=mask)
    stack.up(program())
    stack.environ["XERO_CLIENT_SECRET"] = NEW_SECRET
    asked = [COMPANIES, *LIVE_VIEW]  # because a rotation may harm linked companies
    preview = stack.preview(program(), refresh=refresh)
    assert (preview.steps, preview.requests, preview.warnings) == ({"xero": "update"}, asked, [NEW])
    phase = stack.up(program(), refresh=refresh)
    # because it is looked at until it is seen to change, and once more, because it could be of somebody else's secret
    verified = [KEYS, KEYS, KEYS] if mask == "unstable" else [KEYS]
    assert phase.requests == [COMPANIES, COMPANIES, KEYS, *RECHECKED, PUT_KEYS, *verified, KEYS]
    assert world.live() == settings(secret=NEW_SECRET)
    assert stack.up(program(), refresh=refresh).steps == {"xero": "same"}
    assert SECRET not in kept(stack)
    assert NEW_SECRET not in kept(stack)


@pytest.mark.parametrize("value", [None, ""])
@pytest.mark.parametrize("refresh", [True, False])
def test_a_variable_that_is_not_set_is_no_change(
    world: World, stack: Stack, value: str | None, *, refresh: bool
) -> None:
    stack.up(program())
    before = kept(stack)
    stack.environ = {} if value is None else {"XERO_CLIENT_SECRET": value}
    for run in (stack.preview, stack.up):
        phase = run(program(), refresh=refresh)
        assert (phase.steps, phase.requests, phase.warnings) == ({"xero": "same"}, [*LIVE_VIEW], [])
    assert kept(stack) == before
    assert stack.refresh().warnings == []
    stack.environ["XERO_CLIENT_SECRET"] = SECRET
    assert stack.up(program()).steps == {"xero": "same"}


def test_without_the_variable_toggles_and_policies_still_change(world: World, stack: Stack) -> None:
    stack.up(program())
    stack.environ.clear()
    assert stack.up(program(enabled=False)).writes == [PUT_ENABLED]
    assert stack.up(program(enabled=False, onDestroy="delete_keys")).writes == []
    assert world.live() == settings(enabled=False)
    stack.environ["XERO_CLIENT_SECRET"] = SECRET
    assert stack.up(program(enabled=False, onDestroy="delete_keys")).steps == {"xero": "same"}
    stack.environ.clear()
    assert stack.destroy().writes == [DELETE_KEYS]


def test_a_create_without_the_variable_is_told_in_the_preview_and_stops_the_up(world: World, stack: Stack) -> None:
    stack.environ.clear()
    preview = stack.preview(program())
    assert preview.steps == {"xero": "create"}
    assert preview.warnings == [f"XeroIntegration (gbol): {NEEDED}; `pulumi up` needs it"]
    with pytest.raises(CodatError) as caught:
        stack.up(program())
    assert str(caught.value) == (
        f"XeroIntegration (gbol): {NEEDED}; nothing was written: set it and run the same command again"
    )
    assert stack.last.writes == []
    assert stack.resources == {}
    assert world.live() == settings(client_id=None, enabled=False)


@pytest.mark.parametrize(
    "edit",
    [{"clientId": None, "clientSecret": None}, {"clientId": OTHER_ID}, {"clientSecret": NEW_SECRET}],
    ids=["keys deleted", "client ID", "secret"],
)
@pytest.mark.parametrize("refresh", [True, False])
def test_drift_that_needs_the_secret_is_shown_without_it_and_repaired_with_it(
    world: World, stack: Stack, edit: dict[str, Any], *, refresh: bool
) -> None:
    stack.up(program())
    stack.environ.clear()
    world.portal(**edit, enabled=False)
    preview = stack.preview(program(), refresh=refresh)
    assert preview.steps == {"xero": "update"}
    assert f"{LABEL}: {NEEDED}; `pulumi up` needs it" in preview.warnings
    with pytest.raises(CodatError, match=f"{NEEDED}; nothing was written"):
        stack.up(program(), refresh=refresh)
    assert stack.last.writes == []

    stack.environ["XERO_CLIENT_SECRET"] = SECRET
    assert stack.up(program(), refresh=refresh).writes == [PUT_KEYS, PUT_ENABLED]
    assert world.live() == settings()
    after = stack.up(program(), refresh=refresh)
    assert (after.steps, after.warnings) == ({"xero": "same"}, [])


def test_a_rotation_in_the_portal_is_shown_after_any_number_of_refreshes(world: World, stack: Stack) -> None:
    stack.up(program())
    world.portal(clientSecret=NEW_SECRET)
    told = [f"{LABEL}: changed outside of Pulumi: clientSecret is [another secret] in Codat, declared [secret]"]
    for _ in range(2):
        assert [warning.split(";")[0] for warning in stack.refresh().warnings] == told
    assert "clientSecret" not in stack.resources["xero"].inputs
    preview = stack.preview(program())
    assert (preview.steps, len(preview.warnings)) == ({"xero": "update"}, 1)
    assert stack.up(program()).writes == [PUT_KEYS]
    assert world.live() == settings()


@pytest.mark.parametrize("refresh", [True, False])
def test_to_move_the_secret_out_of_state_is_an_update_without_a_write(
    world: World, stack: Stack, *, refresh: bool
) -> None:
    stack.up(plain())
    assert SECRET in kept(stack)
    phase = stack.up(program(), refresh=refresh)
    assert (phase.steps, phase.writes, phase.warnings) == ({"xero": "update"}, [], [])
    assert SECRET not in kept(stack)
    assert stack.up(program(), refresh=refresh).steps == {"xero": "same"}
    back = stack.up(plain(), refresh=refresh)
    assert (back.steps, back.writes) == ({"xero": "update"}, [])
    assert "secret" not in stack.resources["xero"].outputs["keysRecord"]
    assert stack.up(plain(), refresh=refresh).steps == {"xero": "same"}
    assert world.live() == settings()


def test_to_move_another_secret_out_of_state_writes_it(world: World, stack: Stack) -> None:
    stack.up(plain(clientSecret=NEW_SECRET))
    assert stack.up(program()).writes == [PUT_KEYS]
    assert world.live() == settings()
    assert NEW_SECRET not in kept(stack)


def test_an_adoption_that_xero_cannot_confirm_leaves_the_secret_and_a_later_rotation_writes_it(
    world: World, stack: Stack
) -> None:
    world.portal(clientId=CLIENT_ID, clientSecret=SECRET)
    assert stack.up(program()).writes == [PUT_ENABLED]
    assert stack.up(program()).steps == {"xero": "same"}
    stack.environ["XERO_CLIENT_SECRET"] = f"{SECRET}-rotated"
    assert stack.up(program()).writes == [PUT_KEYS]
    assert world.live() == settings(secret=f"{SECRET}-rotated")


@pytest.mark.parametrize("begins", ["by an adoption", "in state"])
def test_a_secret_whose_variable_is_missing_at_first_is_not_taken_for_another_one_later(
    world: World, stack: Stack, begins: str
) -> None:
    """Without its fingerprint the same secret would look new, and be written while companies are linked."""
    if begins == "in state":
        stack.up(plain())
    else:
        world.portal(clientId=CLIENT_ID, clientSecret=SECRET, enabled=True)
    stack.environ.clear()
    needed = f"{VARIABLE} is to hold the client secret from now on, and is not set or empty"
    assert any(warning.endswith(f"{needed}; `pulumi up` needs it") for warning in stack.preview(program()).warnings)
    with pytest.raises(CodatError, match=f"{needed}; nothing was written: set it and run the same command again"):
        stack.up(program())
    stack.environ["XERO_CLIENT_SECRET"] = SECRET
    assert stack.up(program()).writes == []
    assert stack.up(program()).steps == {"xero": "same"}


@pytest.mark.parametrize("fault", ["500", "timeout-after"])
def test_a_write_of_unknown_fate_is_made_again_and_waits_for_the_variable(
    world: World, stack: Stack, fault: str
) -> None:
    world.fault(PUT_KEYS, "500" if fault == "500" else "reset-after", times=99)
    with pytest.raises(RunFailed, match="partially applied"):
        stack.up(program())
    world.heal()
    assert SECRET not in kept(stack)
    variable, stack.environ = stack.environ, {}
    for refresh, run in product((True, False), (stack.up,)):
        with pytest.raises(CodatError, match=f"{NEEDED}; nothing was written"):
            run(program(), refresh=refresh)
    stack.environ = variable
    assert stack.up(program()).writes == [PUT_KEYS, PUT_ENABLED]
    assert world.live() == settings()
    assert "unfinished" not in stack.resources["xero"].outputs
    assert stack.up(program()).steps == {"xero": "same"}


def test_a_rotation_that_failed_is_made_again(world: World, stack: Stack) -> None:
    stack.up(program())
    stack.environ["XERO_CLIENT_SECRET"] = NEW_SECRET
    world.fault(PUT_KEYS, "400")
    with pytest.raises(CodatError, match="Codat answered 400 to PUT"):
        stack.up(program())
    assert stack.up(program()).writes == [PUT_KEYS]
    assert world.live() == settings(secret=NEW_SECRET)


@pytest.mark.parametrize("bad", ["two words", "", "<changed outside of Pulumi>"])
def test_a_bad_value_of_the_variable_is_told_with_its_name_and_without_its_value(stack: Stack, bad: str) -> None:
    stack.environ["XERO_CLIENT_SECRET"] = bad
    with pytest.raises((CheckFailed, CodatError)) as caught:
        stack.up(program())
    assert VARIABLE in str(caught.value)
    assert not bad or bad not in str(caught.value)
    assert stack.last.writes == []
