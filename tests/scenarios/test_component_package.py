"""Two instances of a component package that declares the integration, where no constructor sees both.

On the pulumi CLI alone, because the offline engine runs no component packages.
"""

from __future__ import annotations

import textwrap
from pathlib import Path
from typing import TYPE_CHECKING, Final

import pytest

if TYPE_CHECKING:
    from demo.stage import Stage

pytestmark = pytest.mark.smoke

FIRST: Final = "3D5A1C7E9B2F4860A1B2C3D4E5F60718"
SECOND: Final = "8F0E2D4C6B8A49719E1F3D5B7A9C0E2D"
RUNTIME: Final = "runtime: {name: python, options: {toolchain: pip, virtualenv: .venv}}\n"
PROJECT: Final = f"name: consumer\n{RUNTIME}plugins: {{providers: [{{name: box, path: ../box}}]}}\n"
COMPONENT: Final = """\
from typing import TypedDict

import pulumi
import pulumi_codat as codat


class BoxArgs(TypedDict):
    client_id: pulumi.Input[str]
    secret: pulumi.Input[str]
    adopt: pulumi.Input[str]


class Box(pulumi.ComponentResource):
    def __init__(self, name: str, args: BoxArgs, opts: pulumi.ResourceOptions | None = None) -> None:
        super().__init__("box:index:Box", name, {}, opts)
        codat.XeroIntegration(
            name, client_id=args["client_id"], client_secret=args["secret"], adopt=args["adopt"],
            opts=pulumi.ResourceOptions(parent=self),
        )
        self.register_outputs({})
"""
HOST: Final = """\
from pulumi.provider.experimental import component_provider_host

from box import Box

component_provider_host(name="box", components=[Box])
"""
CONSUMER: Final = """\
import pulumi


class Box(pulumi.ComponentResource):
    def __init__(self, name, client_id, secret="the-secret-of-the-xero-app"):
        arguments = {"clientId": client_id, "secret": secret, "adopt": "overwrite"}
        super().__init__("box:index:Box", name, arguments, remote=True)


"""


@pytest.fixture(name="stage")
def _stage(engine_name: str, request: pytest.FixtureRequest) -> Stage:
    """A consumer, with the package in the folder beside it."""
    if engine_name != "cli":
        pytest.skip("the offline engine runs no component packages")
    stage: Stage = request.getfixturevalue("open_program")(".")
    package = stage.directory.parent / "box"
    package.mkdir()
    (stage.directory / "Pulumi.yaml").write_text(PROJECT)
    (package / "PulumiPlugin.yaml").write_text(RUNTIME)
    (package / "box.py").write_text(COMPONENT)
    (package / "__main__.py").write_text(HOST)
    environment = Path(stage.directory, ".venv").resolve()
    for directory in (package, stage.directory):
        if not (directory / ".venv").exists():
            (directory / ".venv").symlink_to(environment)
    stage.create_stack("dev")
    return stage


def _consume(stage: Stage, boxes: str) -> None:
    (stage.directory / "__main__.py").write_text(CONSUMER + textwrap.dedent(boxes))


@pytest.mark.parametrize("command", [("preview",), ("up", "--skip-preview")])
def test_two_instances_that_differ_are_refused_before_anything_is_written(
    stage: Stage, command: tuple[str, ...]
) -> None:
    account = stage.portal.account("Acme Dev")
    before = stage.portal.shows(account)
    _consume(stage, f"one = Box('one', '{FIRST}')\nBox('two', '{SECOND}')")
    action, *flags = command
    ran = stage.run(action, "dev", *flags, account=account)  # type: ignore[arg-type]
    assert ran.exit_code != 0, ran.output
    assert account.id in ran.output or account.name in ran.output
    assert "XeroIntegration" in ran.output
    if action == "preview":
        assert not [str(request) for request in stage.portal.requests() if request.writes]
        assert stage.portal.shows(account) == before
    else:  # because the first of them may be made before the engine hears of the second
        assert stage.portal.shows(account)["clientId"] in (None, FIRST, SECOND)


def test_the_second_instance_is_refused_beside_one_that_is_there(stage: Stage) -> None:
    account = stage.portal.account("Acme Dev")
    _consume(stage, f"Box('one', '{FIRST}')")
    made = stage.run("up", "dev", "--skip-preview", account=account)
    assert made.exit_code == 0, made.output
    theirs = stage.portal.shows(account)
    stage.portal.requests()
    _consume(stage, f"Box('one', '{FIRST}')\nBox('two', '{SECOND}')")
    for action in ("preview", "up"):
        ran = stage.run(action, "dev", account=account)  # type: ignore[arg-type]
        assert ran.exit_code != 0, ran.output
        assert not [str(request) for request in stage.portal.requests() if request.writes]
        assert stage.portal.shows(account) == theirs


def test_one_instance_is_made_and_then_unchanged(stage: Stage) -> None:
    account = stage.portal.account("Acme Dev")
    _consume(stage, f"Box('one', '{FIRST}')")
    assert stage.run("up", "dev", "--skip-preview", account=account).exit_code == 0
    preview = stage.run("preview", "dev", "--expect-no-changes", account=account)
    assert preview.exit_code == 0, preview.output
