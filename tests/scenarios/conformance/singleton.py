"""A conformance suite for dynamic providers of singleton settings. It knows neither Codat nor an engine.

A singleton setting is always there, once in each account: it can be set and read, but neither created nor deleted. An
engine that creates, replaces and deletes resources does harm with it, unless the provider takes care. Each test does
what a team does sooner or later, and then holds three things: the command ended as it should, the live settings are
what they must be, and at no time in between was the setting off that was to stay on.

To try a provider of your own: write a `Setting`, give it to a subclass of `SingletonConformance` by a fixture named
`setting` (a new one for each test, with nothing set anywhere), and let the project's Pulumi.yaml say
`options: refresh: always`. The only import is the standard library's.
"""

from __future__ import annotations

import json
import textwrap
from dataclasses import dataclass
from enum import StrEnum, auto
from typing import TYPE_CHECKING, Any, Final, Literal, Protocol

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

__all__ = ["Account", "Change", "Ran", "Setting", "SingletonConformance", "Write", "taint"]

Action = Literal["preview", "up", "refresh", "destroy", "import"]

STACK: Final = "first"
NAME: Final = "setting"
IMPORT_FILE: Final = "import.json"


class Account(StrEnum):
    """Where the setting is there once each."""

    HOME = auto()
    """The account that the program is for."""
    OTHER = auto()
    """Somebody else's, in use."""
    EMPTY = auto()
    """A new one: nothing was ever set in it."""


class Change(StrEnum):
    """What of the stack's configuration changes together with whatever a test does, right before each command.

    Because an engine may start another process of the provider for it, which then knows nothing of the refresh.
    """

    NOTHING = auto()
    UNRELATED = auto()
    """A value that nothing but the program may look at."""
    PROVIDERS = auto()
    """A harmless setting of the provider's own."""


@dataclass(frozen=True)
class Write:
    """One write that the service was asked for; `turns_off` where it takes the setting away from those who use it."""

    account: Account
    turns_off: bool
    text: str


class Ran(Protocol):
    """One command, and what came of it."""

    @property
    def exit_code(self) -> int: ...

    @property
    def output(self) -> str:
        """What was shown, stdout and stderr."""
        ...


class Setting(Protocol):
    """A setting under test: how a program declares it, what the service holds, and how an engine is run."""

    preamble: str
    """The beginning of each program: imports, and other resources that the setting needs. `pulumi` is imported."""
    altered_property: str
    """The engine's name of an input that an altered declaration changes, the setting staying on."""
    ignorable_property: str
    """The engine's name of the input that `drift` changes."""

    def declaration(self, name: str, options: str = "None", *, altered: bool = False, keeps: bool = False) -> str:
        """Statements that declare the setting, on, under a resource's name, with an expression for `opts`.

        A destroy of it switches it off, unless it `keeps` it.
        """
        ...

    def declared(self, *, altered: bool = False) -> Mapping[str, object]:
        """The live settings of an account once a program with that declaration was applied to it."""
        ...

    def left(self, *, destroyed: bool = False) -> Mapping[str, object]:
        """The live settings after what a program had set was removed, or the whole stack was destroyed.

        No policy is chosen, so it is the provider's default.
        """
        ...

    def live(self, account: Account) -> Mapping[str, object]: ...

    def writes(self) -> Sequence[Write]:
        """What the service was asked to write since the last time."""
        ...

    def reconfigure(self, stack: str, change: Change) -> None:
        """Change the stack's configuration, to a value that it never had before.

        `Change.NOTHING` leaves it as it is.
        """
        ...

    def settle(self) -> None:
        """Somebody sets the account HOME by hand, just as the program declares it."""
        ...

    def occupy(self) -> None:
        """Somebody sets the account OTHER by hand, in their own way."""
        ...

    def drift(self) -> None:
        """Somebody changes one setting of the account HOME by hand."""
        ...

    def import_file(self) -> str:
        """An import file for the setting in the account HOME, under the name `setting`."""
        ...

    def write_file(self, name: str, text: str) -> str:
        """Write a file of the project, and return its path."""
        ...

    def run(self, action: Action, stack: str, account: Account, *flags: str) -> Ran:
        """Run a command, unasked, with the key of that account; a stack begins with its first command."""
        ...

    def export_state(self, stack: str) -> str: ...

    def import_state(self, stack: str, document: str) -> None: ...


class SingletonConformance:
    """The tests. Each is given a `setting` with nothing set in any account.

    A fixture may try each test once with every `Change`, by a setting that changes its configuration before every
    command after the first one.
    """

    def test_a_first_apply_sets_it_and_a_second_changes_nothing(self, setting: Setting) -> None:
        _apply(setting)
        _succeeds(setting.run("preview", STACK, Account.HOME, "--expect-no-changes"))
        assert setting.live(Account.HOME) == setting.declared()

    def test_a_rename_without_an_alias_leaves_it_as_it_is(self, setting: Setting) -> None:
        _apply(setting)
        _program(setting, setting.declaration("renamed"))
        _stays_on(setting, "up")

    def test_a_rename_without_a_refresh_leaves_it_as_it_is(self, setting: Setting) -> None:
        _apply(setting)
        _program(setting, setting.declaration("renamed"))
        _stays_on(setting, "up", "--refresh=false")

    def test_a_move_into_a_component_leaves_it_as_it_is(self, setting: Setting) -> None:
        _apply(setting)
        _program(setting, _in_component(setting.declaration(NAME, "pulumi.ResourceOptions(parent=self)")))
        _stays_on(setting, "up")

    def test_a_tainted_one_is_replaced_without_being_off(self, setting: Setting) -> None:
        _apply(setting)
        taint(setting)
        _stays_on(setting, "up")
        _succeeds(setting.run("preview", STACK, Account.HOME, "--expect-no-changes"))

    def test_replace_on_changes_changes_it_without_being_off(self, setting: Setting) -> None:
        options = f"pulumi.ResourceOptions(replace_on_changes=[{setting.altered_property!r}])"
        _apply(setting, setting.declaration(NAME, options))
        _program(setting, setting.declaration(NAME, options, altered=True))
        _stays_on(setting, "up", expected=setting.declared(altered=True))

    def test_a_tainted_one_is_changed_without_being_off(self, setting: Setting) -> None:
        _apply(setting)
        taint(setting)
        _program(setting, setting.declaration(NAME, altered=True))
        _stays_on(setting, "up", expected=setting.declared(altered=True))
        _succeeds(setting.run("preview", STACK, Account.HOME, "--expect-no-changes"))

    def test_a_rename_that_changes_it_too_changes_it(self, setting: Setting) -> None:
        _apply(setting)
        _program(setting, setting.declaration("renamed", altered=True))
        _stays_on(setting, "up", expected=setting.declared(altered=True))
        _succeeds(setting.run("preview", STACK, Account.HOME, "--expect-no-changes"))

    def test_a_rename_that_changes_it_too_changes_it_without_a_refresh(self, setting: Setting) -> None:
        _apply(setting)
        _program(setting, setting.declaration("renamed", altered=True))
        _stays_on(setting, "up", "--refresh=false", expected=setting.declared(altered=True))

    def test_a_move_that_changes_it_too_changes_it(self, setting: Setting) -> None:
        _apply(setting)
        options = "pulumi.ResourceOptions(parent=self)"
        _program(setting, _in_component(setting.declaration(NAME, options, altered=True)))
        _stays_on(setting, "up", expected=setting.declared(altered=True))

    def test_a_rename_repairs_what_was_changed_by_hand(self, setting: Setting) -> None:
        _apply(setting)
        setting.drift()
        _program(setting, setting.declaration("renamed"))
        _succeeds(setting.run("up", STACK, Account.HOME))
        assert setting.live(Account.HOME) == setting.declared()

    def test_what_was_changed_by_hand_is_repaired_and_stays_so(self, setting: Setting) -> None:
        _apply(setting)
        setting.drift()
        _succeeds(setting.run("up", STACK, Account.HOME))
        assert setting.live(Account.HOME) == setting.declared()
        _succeeds(setting.run("preview", STACK, Account.HOME, "--expect-no-changes"))

    def test_a_second_resource_for_it_is_refused_and_both_are_named(self, setting: Setting) -> None:
        before = setting.live(Account.HOME)
        _program(setting, setting.declaration(NAME), setting.declaration("again"))
        ran = setting.run("up", STACK, Account.HOME)
        assert ran.exit_code != 0, ran.output
        assert f"'{NAME}' and 'again'" in ran.output or f"'again' and '{NAME}'" in ran.output, ran.output
        assert setting.writes() == []
        assert setting.live(Account.HOME) == before

    def test_a_second_stack_on_the_account_takes_nothing_away(self, setting: Setting) -> None:
        _apply(setting, setting.declaration(NAME, keeps=True))
        _stays_on(setting, "up", stack="second")
        _stays_on(setting, "destroy", stack="second")
        _succeeds(setting.run("preview", STACK, Account.HOME, "--expect-no-changes"))

    def test_the_key_of_another_account_touches_neither(self, setting: Setting) -> None:
        setting.occupy()
        _apply(setting)
        _touches_nothing(setting, Account.OTHER)

    def test_the_key_of_an_empty_account_touches_neither(self, setting: Setting) -> None:
        _apply(setting)
        _touches_nothing(setting, Account.EMPTY)

    def test_ignored_drift_is_left_alone(self, setting: Setting) -> None:
        options = f"pulumi.ResourceOptions(ignore_changes=[{setting.ignorable_property!r}])"
        _apply(setting, setting.declaration(NAME, options))
        setting.drift()
        drifted = setting.live(Account.HOME)
        _succeeds(setting.run("up", STACK, Account.HOME))
        assert setting.writes() == []
        assert setting.live(Account.HOME) == drifted != setting.declared()

    def test_a_tainted_one_with_ignored_drift_is_no_second_resource(self, setting: Setting) -> None:
        options = f"pulumi.ResourceOptions(ignore_changes=[{setting.ignorable_property!r}])"
        _apply(setting, setting.declaration(NAME, options))
        setting.drift()
        drifted = setting.live(Account.HOME)
        taint(setting)
        # because the engine then checks it once with what is ignored and once without
        _succeeds(setting.run("up", STACK, Account.HOME))
        assert setting.live(Account.HOME) in (drifted, setting.declared())

    def test_what_is_imported_is_taken_over_as_it_is(self, setting: Setting) -> None:
        setting.settle()
        _import(setting)
        preview = setting.run("preview", STACK, Account.HOME)
        _succeeds(preview)
        assert not any(f"to {step}" in preview.output for step in ("create", "delete", "replace")), preview.output
        _stays_on(setting, "up")
        _succeeds(setting.run("preview", STACK, Account.HOME, "--expect-no-changes"))

    def test_what_is_imported_is_not_taken_away_by_a_destroy(self, setting: Setting) -> None:
        setting.settle()
        _import(setting)
        _stays_on(setting, "destroy")

    def test_what_was_set_by_hand_is_left_when_it_is_removed(self, setting: Setting) -> None:
        setting.settle()
        _apply(setting, setting.declaration(NAME, keeps=True))
        _program(setting)
        _stays_on(setting, "up")

    def test_what_the_program_had_set_ends_when_it_is_removed(self, setting: Setting) -> None:
        _apply(setting)
        _program(setting)
        _succeeds(setting.run("up", STACK, Account.HOME))
        assert setting.live(Account.HOME) == setting.left()

    def test_a_destroy_after_a_refresh_knows_what_was_set_by_hand(self, setting: Setting) -> None:
        setting.settle()
        _apply(setting, setting.declaration(NAME, keeps=True))
        _stays_on(setting, "refresh")
        _stays_on(setting, "destroy")

    def test_a_destroy_after_a_refresh_knows_what_the_program_had_set(self, setting: Setting) -> None:
        _apply(setting)
        _stays_on(setting, "refresh")
        _succeeds(setting.run("destroy", STACK, Account.HOME))
        assert setting.live(Account.HOME) == setting.left(destroyed=True)


def _program(setting: Setting, *declarations: str) -> None:
    setting.write_file("__main__.py", "\n".join(["import pulumi", setting.preamble, *declarations, ""]))


def _in_component(declaration: str) -> str:
    return "\n".join(
        [
            "class Box(pulumi.ComponentResource):",
            "    def __init__(self):",
            "        super().__init__('conformance:index:Box', 'box')",
            textwrap.indent(declaration, " " * 8),
            "Box()",
        ]
    )


def _apply(setting: Setting, declaration: str | None = None) -> None:
    """Write and apply the program; the setting is as declared then, and the log of writes is empty."""
    _program(setting, declaration or setting.declaration(NAME))
    _succeeds(setting.run("up", STACK, Account.HOME, "--skip-preview"))
    assert setting.live(Account.HOME) == setting.declared()
    setting.writes()


def _import(setting: Setting) -> None:
    _program(setting, setting.declaration(NAME))
    path = setting.write_file(IMPORT_FILE, setting.import_file())
    _succeeds(setting.run("import", STACK, Account.HOME, "--file", path, "--generate-code=false", "--protect=false"))


def taint(setting: Setting) -> None:
    """As `pulumi state taint` does."""
    document: dict[str, Any] = json.loads(setting.export_state(STACK))
    (resource,) = (one for one in document["deployment"]["resources"] if one["urn"].endswith(f"::{NAME}"))
    resource["taint"] = True
    setting.import_state(STACK, json.dumps(document))


def _succeeds(ran: Ran) -> None:
    assert ran.exit_code == 0, ran.output


def _stays_on(
    setting: Setting, action: Action, *flags: str, stack: str = STACK, expected: Mapping[str, object] | None = None
) -> None:
    """The command succeeds, the settings are as expected (as declared), and nothing was off in between."""
    ran = setting.run(action, stack, Account.HOME, *flags)
    _succeeds(ran)
    assert [write for write in setting.writes() if write.turns_off] == [], ran.output
    assert setting.live(Account.HOME) == (setting.declared() if expected is None else expected), ran.output


def _touches_nothing(setting: Setting, wrong: Account) -> None:
    """Every command with the wrong key fails, neither account is written to, and the right key finds all in order."""
    before = {account: setting.live(account) for account in Account}
    state = setting.export_state(STACK)
    for command in (("up",), ("refresh",), ("destroy",), ("destroy", "--refresh=false")):
        action, *flags = command
        ran = setting.run(action, STACK, wrong, *flags)
        assert ran.exit_code != 0, ran.output
        assert setting.writes() == [], ran.output
        assert {account: setting.live(account) for account in Account} == before
    assert _resources(setting.export_state(STACK)) == _resources(state)
    _succeeds(setting.run("preview", STACK, Account.HOME, "--expect-no-changes"))


def _resources(state: str) -> list[str]:
    return sorted(resource["urn"] for resource in json.loads(state)["deployment"]["resources"])
