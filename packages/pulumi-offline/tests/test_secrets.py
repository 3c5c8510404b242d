"""Secrets: encrypted in state, never in an event, marked again after a provider that knows none."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

import pytest

from pulumi_offline import ConfigurationError, Result

from .workshop import ops, urn

if TYPE_CHECKING:
    from .workshop import Workshop

CANARY = "canary-7f3a9c"


class Everything:
    """A view that keeps the text of every event."""

    def __init__(self) -> None:
        self.text = ""

    def emit(self, event: object) -> None:
        self.text += f"{event}\n" + json.dumps(_fields(event), default=str)


def _fields(event: object) -> object:
    if hasattr(event, "__dataclass_fields__"):
        return {name: _fields(getattr(event, name)) for name in event.__dataclass_fields__}
    if isinstance(event, dict):
        return {key: _fields(value) for key, value in event.items()}
    return event


def _run(workshop: Workshop, program: str) -> tuple[Result, str]:
    view = Everything()
    workshop.views = [view]
    workshop.program(program)
    return workshop.up(skip_preview=False), view.text


def test_a_secret_is_encrypted_where_it_is_kept_and_hidden_where_it_is_shown(workshop: Workshop) -> None:
    result, shown = _run(
        workshop,
        f"""
        a = Thing("a", key=pulumi.Output.secret("{CANARY}"), tags={{"deep": [pulumi.Output.secret("{CANARY}")]}})
        pulumi.export("key", pulumi.Output.secret("{CANARY}"))
        """,
    )
    assert CANARY not in workshop.state_file.read_text()
    assert CANARY not in shown
    assert CANARY not in repr(result)
    assert result.outputs["key"].value == "[secret]"
    assert result.outputs["key"].secret
    state = json.loads(workshop.state_file.read_text())["deployment"]
    thing = state["resources"][-1]
    assert (
        set(thing["inputs"]["key"])
        == set(thing["outputs"]["key"])
        == {"4dabf18193072939515e22adb298388d", "ciphertext"}
    )
    assert "ciphertext" in thing["outputs"]["tags"]["deep"]
    assert workshop.live()["a-0"]["key"] == CANARY
    assert ops(workshop.up()) == {}


def test_a_changed_secret_is_an_update_that_shows_nothing(workshop: Workshop) -> None:
    _run(workshop, f"Thing('a', key=pulumi.Output.secret('{CANARY}'))")
    result, shown = _run(workshop, f"Thing('a', key=pulumi.Output.secret('{CANARY}2'))")
    assert ops(result) == {"a": ["update"]}
    assert [step.changed for step in result.steps if step.urn == urn("a")] == [("key",)]
    assert CANARY not in shown


def test_making_a_value_secret_is_no_change_in_the_world(workshop: Workshop) -> None:
    _run(workshop, f"Thing('a', key='{CANARY}')")
    result, _ = _run(workshop, f"Thing('a', key=pulumi.Output.secret('{CANARY}'))")
    assert ops(result) == {}
    assert "ciphertext" in json.loads(workshop.state_file.read_text())["deployment"]["resources"][-1]["inputs"]["key"]


def test_additional_secret_outputs_are_encrypted(workshop: Workshop) -> None:
    workshop.program("Thing('a', opts=Opts(additional_secret_outputs=['mark', 'nothing']))")
    workshop.up()
    state = json.loads(workshop.state_file.read_text())["deployment"]["resources"][-1]
    assert "ciphertext" in state["outputs"]["mark"]
    assert state["additionalSecretOutputs"] == ["mark", "nothing"]
    workshop.change("a-0", mark="other")
    workshop.refresh()
    assert "other" not in workshop.state_file.read_text()


def test_a_secret_of_the_configuration_is_hidden_wherever_it_is_printed(workshop: Workshop) -> None:
    workshop.configure(
        """\
        encryptionsalt: v1:6ISDHzShOzs=:v1:7WHA1Mv3LO4l+gJb:wMhxST58T0YvntV4sudxOcIUqVa2tg==
        config:
          shop:token:
            secure: v1:0Hx1RYoHT7zsuxAb:jCOO7Vi+pq9NPtuyhaOVyqv0ieg9Ng==
        """
    )
    workshop.environ["PULUMI_CONFIG_PASSPHRASE"] = "x"
    result, shown = _run(
        workshop,
        """
        token = pulumi.Config().require("token")
        print("it is", token)
        Thing("a", tags={"plain": "with " + token}, key=pulumi.Config().require_secret("token"))
        raise pulumi.RunError("failed with " + token)
        """,
    )
    assert "s3cret" not in shown
    assert result.errors[0] == "failed with [secret]"
    workshop.program("Thing('a', key=pulumi.Config().require_secret('token'))")
    workshop.up()
    assert "s3cret" not in workshop.state_file.read_text()
    assert workshop.resources()["default"]["inputs"]["shop:token"]["plaintext"] == '"s3cret"'
    assert workshop.live()["a-0"]["key"] == "s3cret"


def test_the_state_keeps_its_salt_and_another_passphrase_is_told(workshop: Workshop) -> None:
    _run(workshop, f"Thing('a', key=pulumi.Output.secret('{CANARY}'))")
    salt = workshop.engine().export_state()["deployment"]["secrets_providers"]
    _run(workshop, f"Thing('a', key=pulumi.Output.secret('{CANARY}2'))")
    assert workshop.engine().export_state()["deployment"]["secrets_providers"] == salt
    workshop.environ["PULUMI_CONFIG_PASSPHRASE"] = "wrong"
    with pytest.raises(ConfigurationError, match="incorrect passphrase: set PULUMI_CONFIG_PASSPHRASE"):
        workshop.preview()


def test_without_a_passphrase_one_is_generated_and_said_once(workshop: Workshop) -> None:
    view = Everything()
    workshop.views = [view]
    workshop.program(f"Thing('a', key=pulumi.Output.secret('{CANARY}'))")
    environ = {key: value for key, value in workshop.environment().items() if key != "PULUMI_CONFIG_PASSPHRASE"}
    workshop.environment = lambda: environ  # type: ignore[method-assign] # this test is about a missing variable
    workshop.up()
    kept = workshop.state_file.with_name("passphrase")
    assert view.text.count("no PULUMI_CONFIG_PASSPHRASE is set") == 2  # once, as repr and as fields
    assert kept.stat().st_mode & 0o777 == 0o600
    assert len(kept.read_text()) > 40
    assert ops(workshop.up()) == {}
    assert view.text.count("no PULUMI_CONFIG_PASSPHRASE is set") == 2


def test_the_passphrase_can_come_from_a_file(workshop: Workshop) -> None:
    environ = {key: value for key, value in workshop.environment().items() if key != "PULUMI_CONFIG_PASSPHRASE"}
    environ["PULUMI_CONFIG_PASSPHRASE_FILE"] = str(workshop.directory / "phrase")
    workshop.environment = lambda: environ  # type: ignore[method-assign] # this test is about a missing variable
    workshop.program(f"Thing('a', key=pulumi.Output.secret('{CANARY}'))")
    with pytest.raises(ConfigurationError, match=r"PULUMI_CONFIG_PASSPHRASE_FILE: .* cannot be read"):
        workshop.up()
    (workshop.directory / "phrase").write_text("from a file\n")
    assert workshop.up().exit_code == 0
    environ |= {"PULUMI_CONFIG_PASSPHRASE": "from a file"}
    assert ops(workshop.up()) == {}


def test_state_and_directory_are_their_owners_alone(workshop: Workshop) -> None:
    workshop.program("Thing('a')")
    workshop.up()
    assert workshop.state_file.parent.stat().st_mode & 0o777 == 0o700
    assert {path.stat().st_mode & 0o777 for path in workshop.state_file.parent.iterdir()} == {0o600}


def test_a_stack_without_secrets_needs_no_passphrase(workshop: Workshop) -> None:
    workshop.program("Thing('a')")
    workshop.up()
    assert "secrets_providers" not in workshop.engine().export_state()["deployment"]
