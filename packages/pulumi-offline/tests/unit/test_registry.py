"""One process a provider resource, started when it is first needed."""

from __future__ import annotations

from typing import TYPE_CHECKING, cast

import pytest

from pulumi_offline.errors import OfflineError, Refusal
from pulumi_offline.registry import ProviderRegistry

from .made import DEFAULT, DEFAULT_PROVIDER, provider_state, state

if TYPE_CHECKING:
    from pulumi_offline.provider import Provider
    from pulumi_offline.state import ResourceState
    from pulumi_offline.values import PropertyMap

MINE = "urn:pulumi:dev::shop::pulumi:providers:pulumi-python::mine"


class Process:
    """A provider process that only remembers."""

    def __init__(self, *, fails: bool = False) -> None:
        self._fails = fails
        self.configured: list[tuple[str, str, PropertyMap]] = []
        self.closed = False

    def configure(self, urn: str, identity: str, inputs: PropertyMap) -> None:
        self.configured.append((urn, identity, inputs))
        if self._fails:
            raise OfflineError("no such account")

    def close(self) -> None:
        self.closed = True


class House:
    """A registry, the processes it started, and what its guard saw."""

    def __init__(self, *olds: ResourceState, refuses: bool = False, fails: bool = False) -> None:
        self._refuses = refuses
        self._fails = fails
        self.processes: list[Process] = []
        self.guarded: list[tuple[str, PropertyMap]] = []
        self.registry = ProviderRegistry(self._start, self._guard, list(olds))

    def found(self, reference: str) -> Process:
        return cast("Process", self.registry.get(reference))

    def ensured(self, reference: str) -> Process:
        return cast("Process", self.registry.ensure(reference))

    def _start(self) -> Provider:
        self.processes.append(Process(fails=self._fails))
        return cast("Provider", self.processes[-1])

    def _guard(self, urn: str, inputs: PropertyMap) -> None:
        self.guarded.append((urn, inputs))
        if self._refuses:
            raise Refusal("not this one")


def test_a_configured_provider_is_found() -> None:
    house = House()
    house.registry.configure(DEFAULT_PROVIDER, "p1", {"shop:a": "1"})
    (process,) = house.processes
    assert house.found(DEFAULT) is process
    assert house.ensured(DEFAULT) is process
    assert process.configured == [(DEFAULT_PROVIDER, "p1", {"shop:a": "1"})]
    assert house.guarded == [(DEFAULT_PROVIDER, {"shop:a": "1"})]


def test_a_guard_refuses_before_anything_starts() -> None:
    house = House(refuses=True)
    with pytest.raises(Refusal, match="not this one"):
        house.registry.configure(DEFAULT_PROVIDER, "p1", {"a": 1})
    assert house.processes == []
    with pytest.raises(OfflineError, match="unknown provider"):
        house.registry.get(DEFAULT)


def test_a_provider_that_cannot_be_configured_is_ended_and_not_kept() -> None:
    house = House(fails=True)
    with pytest.raises(OfflineError, match="no such account"):
        house.registry.configure(DEFAULT_PROVIDER, "p1", {})
    assert [process.closed for process in house.processes] == [True]
    with pytest.raises(OfflineError, match="unknown provider"):
        house.registry.get(DEFAULT)


def test_a_failure_to_configure_anew_leaves_the_running_process() -> None:
    house = House()
    house.registry.configure(DEFAULT_PROVIDER, "p1", {})
    house._fails = True
    with pytest.raises(OfflineError, match="no such account"):
        house.registry.configure(DEFAULT_PROVIDER, "p1", {}, anew=True)
    assert house.found(DEFAULT) is house.processes[0]
    assert not house.processes[0].closed


def test_only_a_state_s_provider_is_ensured() -> None:
    house = House(provider_state(), state("alpha"))
    for method in (house.registry.get, house.registry.ensure):
        with pytest.raises(OfflineError, match=rf"^unknown provider '{DEFAULT_PROVIDER}::other'$"):
            method(f"{DEFAULT_PROVIDER}::other")
    with pytest.raises(OfflineError, match="unknown provider"):
        house.registry.get(DEFAULT)  # because only `ensure` starts one


def test_closing() -> None:
    house = House()
    house.registry.configure(DEFAULT_PROVIDER, "p1", {})
    house.registry.configure(MINE, "p2", {})
    house.registry.close(DEFAULT)
    house.registry.close(DEFAULT)
    assert [process.closed for process in house.processes] == [True, False]
    house.registry.close_all()
    assert [process.closed for process in house.processes] == [True, True]
    with pytest.raises(OfflineError, match="unknown provider"):
        house.registry.get(f"{MINE}::p2")
