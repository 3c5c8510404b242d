"""Faults at each write: what is sent again, what is kept as unfinished, and that the next `up` completes it."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

import httpx
import pytest

from pulumi_codat.api import CodatError
from pulumi_codat.api.wire import wire_to
from pulumi_codat.reconcile import IntegrationLifecycle

from .engine import CheckFailed, Recorded, RunFailed, wire
from .programs import CLIENT_ID, NEW_SECRET, OTHER_ID, SECRET, both, program, settings, xero
from .world import (
    COMPANIES,
    DELETE_KEYS,
    INTEGRATION,
    KEYS,
    LIVE_VIEW,
    PATCH_SETTINGS,
    PUT_ENABLED,
    PUT_KEYS,
    SETTINGS,
)

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from .engine import Stack
    from .world import World

NEXT_UP = "; the next `pulumi up` completes it"


def converges(world: World, stack: Stack, *, refresh: bool = True) -> None:
    """After the fault is gone one `up` brings everything about, and a further preview shows no change."""
    world.heal()
    stack.up(both(), refresh=refresh)
    assert world.live() == settings(bank_feeds=True)
    after = stack.preview(both(), refresh=refresh)
    assert (after.steps, after.writes) == ({"xero": "same", "feeds": "same"}, [])
    assert all("unfinished" not in recorded.outputs for recorded in stack.resources.values())


PASSING = ["500", "502", "503", "504", "reset-before", "reset-after", "truncated"]


@pytest.mark.parametrize("kind", PASSING)
@pytest.mark.parametrize("request_", [PUT_KEYS, PUT_ENABLED, PATCH_SETTINGS])
def test_a_write_of_unknown_fate_is_sent_again_only_after_a_look(
    world: World, stack: Stack, request_: str, kind: str
) -> None:
    stack.settings["account"] = world.account_id
    world.fault(request_, kind)
    phase = stack.up(both())
    assert phase.steps == {"xero": "create", "feeds": "create"}
    took_effect = kind in {"reset-after", "truncated"} and request_ != PUT_KEYS  # because keys cannot be seen
    assert phase.writes.count(request_) == (1 if took_effect else 2)
    sent = phase.requests.index(request_)
    assert phase.requests[sent + 1].startswith("GET ")
    converges(world, stack)


class _Slow(httpx.BaseTransport):
    """A wire on which each read after the first write takes a minute."""

    def __init__(self, world: World) -> None:
        self._world = world
        self._inner = world.wire or wire_to(world.emulator.url)
        self._written = False

    def handle_request(self, request: httpx.Request) -> httpx.Response:
        if request.method != "GET":
            self._written = True
        elif self._written:
            self._world.clock.sleep(60)
        return self._inner.handle_request(request)


def test_a_write_for_which_no_time_is_left_took_no_effect_and_nobody_wonders(
    world: World, stack: Stack, tmp_path: Path
) -> None:
    log = tmp_path / "changes.jsonl"
    stack.settings |= {"change_log": log, "max_wait_seconds": 60}
    world.wire, quick = _Slow(world), world.wire
    with pytest.raises(RunFailed, match=r"was not asked for PUT /integrations/gbol/enabled") as caught:
        stack.up(program())
    assert "unknown" not in str(caught.value)
    assert stack.last.writes == [PUT_KEYS]
    assert [json.loads(line)["change"] for line in log.read_text(encoding="utf-8").splitlines()] == ["write the keys"]
    world.wire = quick
    converges(world, stack)


@pytest.mark.parametrize("request_", [PUT_ENABLED, PATCH_SETTINGS])
def test_what_is_seen_to_have_taken_effect_is_not_sent_again(world: World, stack: Stack, request_: str) -> None:
    world.fault(request_, "timeout-after")
    assert stack.up(both()).writes.count(request_) == 1
    converges(world, stack)


UNFINISHED = [
    (
        PUT_ENABLED,
        "400",
        (
            "XeroIntegration (gbol, Acme Dev): partially applied (done: write the keys): Codat answered 400 to PUT"
            " /integrations/gbol/enabled: Error processing request - not valid"
        ),
        {"clientId": CLIENT_ID, "clientSecret": SECRET, "enabled": False},
    ),
    (
        PUT_ENABLED,
        "500",
        (
            "XeroIntegration (gbol, Acme Dev): partially applied (done: write the keys; unknown: switch the integration"
            " on): Codat answered 500 to PUT /integrations/gbol/enabled: There is a problem with our server. Please try"
            " again later"
        ),
        {"clientId": CLIENT_ID, "clientSecret": SECRET, "enabled": False},
    ),
    (
        PUT_ENABLED,
        "403",
        (
            "XeroIntegration (gbol, Acme Dev): partially applied (done: write the keys): manual steps not completed"
            " yet: switch the integration on"
        ),
        {"clientId": CLIENT_ID, "clientSecret": SECRET, "enabled": False},
    ),
    (
        PUT_KEYS,
        "500",
        (
            "XeroIntegration (gbol, Acme Dev): partially applied (unknown: write the keys): Codat answered 500 to PUT"
            " /integrations/credentials/gbol: There is a problem with our server"
        ),
        {"clientId": "", "clientSecret": "<changed outside of Pulumi>", "enabled": False},
    ),
    (
        PUT_KEYS,
        "reset-after",
        ("XeroIntegration (gbol, Acme Dev): partially applied (unknown: write the keys): http://127.0.0.1:"),
        {"clientId": "", "clientSecret": "<changed outside of Pulumi>", "enabled": False},
    ),
]


@pytest.mark.parametrize(("request_", "kind", "told", "achieved"), UNFINISHED)
@pytest.mark.parametrize("refresh", [True, False])
def test_a_create_that_stops_half_way_is_kept_and_the_next_up_completes_it(
    world: World, stack: Stack, *, request_: str, kind: str, told: str, achieved: dict[str, object], refresh: bool
) -> None:
    world.fault(request_, kind, times=99)
    with pytest.raises(RunFailed) as caught:
        stack.up(program(), refresh=refresh)
    assert str(caught.value).startswith(told)
    assert str(caught.value).endswith(NEXT_UP)
    assert str(caught.value).isprintable()
    assert SECRET not in str(caught.value)
    outputs = stack.resources["xero"].outputs
    assert {name: outputs.get(name) for name in achieved} == achieved
    assert outputs["unfinished"] == str(caught.value)
    world.heal()
    preview = stack.preview(program(), refresh=refresh)
    assert preview.steps == {"xero": "update"}
    assert preview.warnings == []  # because what a run left half done was not changed outside of Pulumi
    converges(world, stack, refresh=refresh)


@pytest.mark.parametrize("kind", ["400", "404", "405", "429"])
def test_a_create_that_wrote_nothing_keeps_nothing(world: World, stack: Stack, kind: str) -> None:
    more = {"retryAfter": 18720} if kind == "429" else {}
    stack.settings["writes"] = "api"
    world.fault(PUT_KEYS, kind, times=99, **more)
    with pytest.raises(CodatError, match=rf"^XeroIntegration \(gbol\): Codat answered {kind} to PUT"):
        stack.up(program())
    assert stack.resources == {}
    assert world.live() == settings(client_id=None, enabled=False)
    converges(world, stack)


@pytest.mark.parametrize("refresh", [True, False])
@pytest.mark.parametrize("kind", ["500", "400", "reset-after"])
def test_an_update_that_stops_half_way_is_kept_and_completed(
    world: World, stack: Stack, kind: str, *, refresh: bool
) -> None:
    stack.up(program(enabled=False))
    world.fault(PUT_ENABLED, kind, times=99)
    changed = program(clientSecret=NEW_SECRET)
    if kind == "reset-after":  # because the toggle is seen to have taken effect
        assert stack.up(changed, refresh=refresh).writes == [PUT_KEYS, PUT_ENABLED]
    else:
        with pytest.raises(RunFailed, match=r"partially applied .done: write the keys"):
            stack.up(changed, refresh=refresh)
        world.heal()
        assert stack.up(changed, refresh=refresh).writes == [PUT_ENABLED]
    assert world.live() == settings(secret=NEW_SECRET)
    assert stack.up(changed, refresh=refresh).steps == {"xero": "same"}


@pytest.mark.parametrize("refresh", [True, False])
def test_a_rotation_of_unknown_fate_is_written_again(world: World, stack: Stack, *, refresh: bool) -> None:
    stack.up(program())
    world.fault(PUT_KEYS, "500", times=99)
    with pytest.raises(RunFailed, match="unknown: write the keys"):
        stack.up(program(clientSecret=NEW_SECRET), refresh=refresh)
    world.heal()
    assert stack.up(program(clientSecret=NEW_SECRET), refresh=refresh).writes == [PUT_KEYS]
    assert world.live() == settings(secret=NEW_SECRET)
    assert stack.up(program(clientSecret=NEW_SECRET), refresh=refresh).steps == {"xero": "same"}


def test_an_update_that_wrote_nothing_leaves_the_state_as_it_was(world: World, stack: Stack) -> None:
    stack.up(program())
    before = stack.resources["xero"].outputs
    world.fault(PUT_KEYS, "400", times=99)
    with pytest.raises(CodatError, match="Codat answered 400"):
        stack.up(program(clientSecret=NEW_SECRET))
    assert stack.resources["xero"].outputs == before
    world.heal()
    assert stack.up(program(clientSecret=NEW_SECRET)).writes == [PUT_KEYS]


@pytest.mark.parametrize("kind", ["500", "reset-after"])
def test_the_toggle_of_bank_feeds_is_kept_as_unfinished_and_completed(world: World, stack: Stack, kind: str) -> None:
    world.fault(PATCH_SETTINGS, kind, times=99)
    if kind == "reset-after":
        stack.up(both())
    else:
        with pytest.raises(RunFailed, match=r"^XeroBankFeeds \(gbol, Acme Dev\): partially applied \(unknown: switch"):
            stack.up(both())
        assert stack.resources["feeds"].outputs["enabled"] is False
    converges(world, stack, refresh=False)


@pytest.mark.parametrize("refresh", [True, False])
def test_a_toggle_that_took_effect_late_was_not_changed_outside(world: World, stack: Stack, *, refresh: bool) -> None:
    stack.up(both(toggle={"enabled": False}))
    world.fault(SETTINGS, "stale", times=99)
    with pytest.raises(RunFailed, match="unknown: switch bank feeds on"):
        stack.up(both(), refresh=False)
    world.heal()
    phase = stack.preview(both(), refresh=refresh)
    assert (phase.steps, phase.warnings) == ({"xero": "same", "feeds": "update"}, [])
    converges(world, stack, refresh=refresh)


def test_after_a_5xx_the_toggle_is_sent_with_a_new_idempotency_key(world: World, stack: Stack) -> None:
    world.fault(PATCH_SETTINGS, "503")
    assert stack.up(both()).writes.count(PATCH_SETTINGS) == 2  # the emulator would replay the 503 to the same key
    assert world.live()["bankFeeds"] is True


@pytest.mark.parametrize(
    ("request_", "read_back"), [(PUT_ENABLED, INTEGRATION), (PUT_KEYS, KEYS), (PATCH_SETTINGS, SETTINGS)]
)
def test_stale_reads_after_a_write_are_waited_out(world: World, stack: Stack, request_: str, read_back: str) -> None:
    stack.up(both({"enabled": False}, {"enabled": False}))
    changed = both({"clientSecret": NEW_SECRET})
    world.fault(read_back, "stale", times=2)
    phase = stack.up(changed)
    assert phase.writes.count(request_) == 1
    assert world.live() == settings(secret=NEW_SECRET, bank_feeds=True)
    assert stack.up(changed).steps == {"xero": "same", "feeds": "same"}


@pytest.mark.parametrize(
    ("request_", "step"),
    [
        (PUT_ENABLED, "switch the integration on"),
        (PUT_KEYS, "write the keys"),
        (PATCH_SETTINGS, "switch bank feeds on"),
    ],
)
def test_an_accepted_write_that_did_not_take_effect_is_said_after_the_patience(
    world: World, stack: Stack, request_: str, step: str
) -> None:
    world.fault(request_, "no-effect", times=99)
    with pytest.raises(RunFailed) as caught:
        stack.up(both())
    assert (
        f"Codat accepted the request to {step}, but still shows the old value after 60 s; run the same command"
        " again, and tell Codat's support if it stays so"
    ) in str(caught.value)
    assert 50 < world.clock.passed <= 60
    converges(world, stack)


@pytest.mark.parametrize("kind", ["500", "503", "reset-before", "reset-after", "truncated", "429"])
def test_a_passing_fault_on_a_read_is_waited_out(world: World, stack: Stack, kind: str) -> None:
    for read in (INTEGRATION, KEYS, "GET /profile/syncSettings"):
        world.fault(read, kind)
    stack.up(program())
    assert world.live() == settings()
    assert world.clock.slept


@pytest.mark.parametrize(
    ("kind", "told"),
    [
        ("500", "Codat answered 500 to GET /integrations/gbol: There is a problem with our server"),
        ("html", "Codat answered 502 to GET /integrations/gbol: Bad Gateway"),
        ("reset-before", "broke the connection before it answered for GET /integrations/gbol"),
        ("malformed", "Codat's answer to GET /integrations/gbol is not of the documented shape (application/json; the"),
        (
            "wrong-shape",
            "Codat's answer to GET /integrations/gbol is not of the documented shape (application/json; the",
        ),
        ("402", "Codat answered 402 to GET /integrations/gbol: Payment Required; the Codat plan's limit is reached"),
        ("404", "Codat answered 404 to GET /integrations/gbol: NotFound"),
        ("451", "Codat answered 451 to GET /integrations/gbol: Not currently available for compliance purposes"),
    ],
)
def test_a_lasting_fault_on_a_read_stops_everything(world: World, stack: Stack, kind: str, told: str) -> None:
    world.fault(INTEGRATION, kind, times=99)
    for run in (stack.preview, stack.up):
        with pytest.raises(CheckFailed) as caught:
            run(program())
        assert str(caught.value).startswith("XeroIntegration (gbol): ")
        assert told in str(caught.value)
        assert str(caught.value).isprintable()
        assert stack.last.writes == []


def test_a_read_that_never_answers_ends_within_the_patience(world: World, stack: Stack) -> None:
    world.fault(INTEGRATION, "timeout", times=99)
    with pytest.raises(
        CheckFailed,
        match=r"did not answer in time for GET /integrations/gbol \(timed out\); run the same command",
    ):
        stack.up(program())


def test_a_quota_that_is_back_tomorrow_is_an_error_at_once(world: World, stack: Stack) -> None:
    stack.up(program())
    before = world.clock.passed
    world.fault("* *", "429", times=99, retryAfter=18720)
    runs: list[Callable[[], object]] = [lambda: stack.preview(program()), stack.refresh, stack.destroy]
    for run in runs:
        with pytest.raises(CodatError) as caught:
            run()
        assert str(caught.value) == (
            "XeroIntegration (gbol, Acme Dev): Codat answered 429 to GET /profile/syncSettings: You have made too many"
            " requests in a given amount of time; please retry later; the account's request quota is exhausted; it"
            " resets at 2026-03-01 00:00 UTC, in 5 h 12 min; what cannot wait can be done in the Codat Portal"
            f" (https://app.codat.io/settings/integrations/accounting) (service PublicApi, correlation id"
            f" {_correlation(caught.value)})"
        )
        assert stack.last.writes == []
    assert world.clock.passed == before


def _correlation(error: BaseException) -> str:
    return str(error).rsplit(" ", 1)[1].rstrip(")")


def test_a_quota_used_up_by_others_stops_before_a_write(world: World, stack: Stack) -> None:
    world.behave(quotaRemaining=3)
    with pytest.raises(CodatError, match="the account's request quota is exhausted; it resets at"):
        stack.up(program())
    assert world.live() == settings(client_id=None, enabled=False)
    world.behave(quotaRemaining=1000)
    converges(world, stack)


@pytest.mark.parametrize("refresh", [True, False])
@pytest.mark.parametrize(("request_", "kind"), [(PUT_KEYS, "reset-after"), (PUT_ENABLED, "500")])
def test_a_half_made_resource_can_be_destroyed(
    world: World, stack: Stack, request_: str, kind: str, *, refresh: bool
) -> None:
    world.fault(request_, kind, times=99)
    with pytest.raises(RunFailed):
        stack.up(program(onDestroy="delete_keys"))
    world.heal()
    assert world.live()["clientId"] == CLIENT_ID
    stack.destroy(refresh=refresh)
    assert world.live() == settings(client_id=None, enabled=False)
    assert stack.resources == {}


def test_a_half_done_destroy_is_completed_by_the_next(world: World, stack: Stack) -> None:
    stack.up(program(onDestroy="delete_keys"))
    world.fault(DELETE_KEYS, "400")
    with pytest.raises(
        CodatError, match=r"partially applied \(done: switch the integration off\): Codat answered 400 to DELETE"
    ):
        stack.destroy()
    assert world.live() == settings(enabled=False)
    assert stack.destroy().writes == [DELETE_KEYS]
    assert world.live() == settings(client_id=None, enabled=False)


@pytest.mark.parametrize("kind", ["500", "reset-before", "reset-after"])
def test_a_destroy_sends_its_writes_again_after_a_look(world: World, stack: Stack, kind: str) -> None:
    stack.up(program(onDestroy="delete_keys"))
    world.fault(PUT_ENABLED, kind)
    world.fault(DELETE_KEYS, kind)
    stack.destroy()
    assert world.live() == settings(client_id=None, enabled=False)


def test_a_failure_before_the_keys_are_sent_changes_nothing(world: World, stack: Stack) -> None:
    stack.up(program())
    outputs = stack.resources["xero"].outputs
    with world.process() as process:
        life = IntegrationLifecycle(process.context)
        life.read(outputs)
        world.fault(KEYS, "500", times=99)
        with pytest.raises(CodatError, match=r"^XeroIntegration \(gbol, Acme Dev\): Codat answered 500 to GET"):
            life.update(outputs, xero(clientSecret=NEW_SECRET))
    assert PUT_KEYS not in world.requests()
    assert world.live() == settings()


def test_keys_whose_mask_cannot_be_recorded_leave_an_unfinished_resource(world: World, stack: Stack) -> None:
    world.portal(clientId=CLIENT_ID, clientSecret=SECRET, enabled=True)
    with world.process() as process:
        life = IntegrationLifecycle(process.context)
        assert life.check({}, xero(), frozenset()) == ()
        world.fault(KEYS, "403", times=99)
        outputs = life.create(xero())
    assert str(outputs["unfinished"]).startswith(
        "XeroIntegration (gbol, Acme Dev): not applied yet: Codat answered 403 to GET /integrations/credentials/gbol"
    )
    stack.resources["xero"] = Recorded("XeroIntegration", xero(), wire(outputs))
    converges(world, stack, refresh=False)
    assert stack.resources["xero"].outputs["keysRecord"]["clientId"] == CLIENT_ID


def test_companies_that_cannot_be_counted_stop_a_disruptive_change(world: World, stack: Stack) -> None:
    stack.up(program())
    world.fault(COMPANIES, "403", times=99)
    for run in (stack.preview, stack.up):
        with pytest.raises((CodatError, CheckFailed), match="Codat answered 403 to GET /companies"):
            run(program(clientId=OTHER_ID))
        assert stack.last.writes == []


def test_the_whole_patience_is_shared_by_all_requests_of_one_operation(world: World, stack: Stack) -> None:
    world.fault(INTEGRATION, "503", times=99)
    with pytest.raises(CheckFailed):
        stack.up(program())
    assert world.clock.passed <= 60
    assert stack.last.requests.count(INTEGRATION) == 6
    assert set(stack.last.requests) == {*LIVE_VIEW}
