"""The state's file around every step: what is written before it, and after."""

from __future__ import annotations

import pytest

from pulumi_offline.journal import Journal
from pulumi_offline.state import Operation, ResourceState, Snapshot

from .made import stack_state, state, thing


class Saved:
    """Every state that was written, as names and pending operations."""

    def __init__(self) -> None:
        self.all: list[tuple[list[str], list[tuple[str, str]]]] = []

    def __call__(self, snapshot: Snapshot) -> None:
        self.all.append(described(snapshot))


def described(snapshot: Snapshot) -> tuple[list[str], list[tuple[str, str]]]:
    return (
        [item.id or item.name for item in snapshot.resources],
        [(operation.resource.name, operation.type) for operation in snapshot.pending_operations],
    )


@pytest.fixture
def saved() -> Saved:
    return Saved()


def journal_of(saved: Saved, *olds: ResourceState, pending: list[Operation] | None = None) -> Journal:
    journal = Journal(Snapshot(list(olds), pending or []), saved)
    journal.release()
    return journal


def test_a_create_is_pending_and_then_there(saved: Saved) -> None:
    journal = journal_of(saved, state("old"))
    new = state("new")
    operation = journal.begin(new, "creating")
    journal.finish(operation, new=new)
    assert saved.all == [
        (["id-old"], [("new", "creating")]),
        (["id-new", "id-old"], []),
    ]


def test_an_update_takes_the_place_of_the_old_state(saved: Saved) -> None:
    old, new = state("a", id="before"), state("a", id="after")
    journal = journal_of(saved, old, state("b"))
    journal.finish(journal.begin(new, "updating"), new=new, done=old)
    assert saved.all == [(["before", "id-b"], [("a", "updating")]), (["after", "id-b"], [])]


def test_a_delete_ends_without_the_resource(saved: Saved) -> None:
    old = state("a")
    journal = journal_of(saved, old)
    journal.finish(journal.begin(old, "deleting"), done=old)
    assert saved.all == [(["id-a"], [("a", "deleting")]), ([], [])]


@pytest.mark.parametrize("operation", ["creating", "updating", "deleting"])
def test_a_step_that_failed_only_takes_its_pending_operation_away(saved: Saved, operation: str) -> None:
    old = state("a")
    journal = journal_of(saved, old)
    journal.fail(journal.begin(state("a", id="new"), operation))
    assert saved.all == [(["id-a"], [("a", operation)]), (["id-a"], [])]


def test_operations_side_by_side(saved: Saved) -> None:
    journal = journal_of(saved)
    a, b = state("a"), state("b")
    first, second = journal.begin(a, "creating"), journal.begin(b, "creating")
    journal.finish(second, new=b)
    journal.finish(first, new=a)
    assert saved.all == [
        ([], [("a", "creating")]),
        ([], [("a", "creating"), ("b", "creating")]),
        (["id-b"], [("a", "creating")]),
        (["id-b", "id-a"], []),
    ]


def test_what_changed_nothing_is_written_with_the_next_step(saved: Saved) -> None:
    old, new = stack_state(id="before"), stack_state(id="after")
    journal = journal_of(saved, old, state("a"))
    journal.note(new=new, done=old)
    assert saved.all == []
    journal.begin(state("b"), "creating")
    assert saved.all == [(["after", "id-a"], [("b", "creating")])]


def test_closing_writes_what_was_noted_only(saved: Saved) -> None:
    journal = journal_of(saved)
    journal.note(new=state("a"))
    journal.close()
    journal.close()
    assert saved.all == [(["id-a"], [])]


def test_closing_writes_nothing_when_nothing_happened(saved: Saved) -> None:
    journal_of(saved, state("a")).close()
    assert saved.all == []


def test_nothing_is_written_before_a_provider_passed_the_guard(saved: Saved) -> None:
    journal = Journal(Snapshot(), saved)
    journal.finish(None, new=stack_state())
    journal.touch()
    assert saved.all == []
    journal.release()
    journal.release()
    assert saved.all == [(["shop-dev"], [])]


def test_a_held_journal_is_written_at_its_end(saved: Saved) -> None:
    journal = Journal(Snapshot(), saved)
    journal.finish(None, new=stack_state())
    journal.close()
    assert saved.all == [(["shop-dev"], [])]


def test_a_state_that_changed_by_itself_is_written_again(saved: Saved) -> None:
    journal = journal_of(saved)
    stack = stack_state()
    journal.finish(None, new=stack)
    stack.outputs = {"a": 1}
    journal.touch()
    assert len(saved.all) == 2


def test_what_a_refresh_found_is_the_new_base(saved: Saved) -> None:
    journal = journal_of(saved, state("a"), state("gone"))
    journal.rebase([state("a", id="refreshed")])
    journal.close()
    assert saved.all == [(["refreshed"], [])]


def test_an_interrupted_create_stays_pending_until_a_person_decides(saved: Saved) -> None:
    pending = [
        Operation(state("lost"), "creating"),
        Operation(state("a"), "updating"),
        Operation(state("b"), "deleting"),
    ]
    journal = journal_of(saved, state("a"), pending=pending)
    assert described(journal.merged()) == (["id-a"], [("lost", "creating")])
    journal.rebase([state("a")])
    assert described(journal.merged()) == (["id-a"], [("lost", "creating")])


def test_renames_are_followed_in_what_is_written(saved: Saved) -> None:
    journal = journal_of(saved, state("user", dependencies=[thing("old")]))
    journal.note(new=state("new", aliases=[thing("old")]))
    new, user = journal.merged().resources
    assert (new.urn, user.dependencies) == (thing("new"), [thing("new")])
