"""The pipeline of `examples/bank-feeds`: it pushes its statement, and stops with Xero's reason where Xero refuses."""

from __future__ import annotations

import csv
import os
import subprocess
import sys
from pathlib import Path
from typing import TYPE_CHECKING

from demo.engines import cli_executable

from .conftest import SECRET

if TYPE_CHECKING:
    from collections.abc import Callable

    from demo.stage import Stage

BIN = Path(sys.executable).parent


# because the script starts the engine itself, in a process that cannot be listened to
def test_a_pipeline_pushes_its_statement_once_and_fails_clearly_when_xero_refuses(
    open_program: Callable[[str], Stage], engine_name: str
) -> None:
    stage = open_program("examples/bank-feeds")
    stage.create_stack("dev")
    dev = stage.portal.account("Acme Dev")
    company, connection = stage.portal.connect_bank(dev, "acc-1")
    stage.portal.set_organisation(dev, connection, supports_bank_feeds=False)
    statement = stage.directory / "statement.csv"
    statement.write_text(
        subprocess.run(
            [sys.executable, "statement.py"], cwd=stage.directory, capture_output=True, text=True, check=True
        ).stdout
    )

    def pipeline(pulumi: str) -> subprocess.CompletedProcess[str]:
        environment = stage.environment(
            dev,
            COMPANY=company,
            CONNECTION=connection,
            SOURCE_ACCOUNT="acc-1",
            PATH=f"{BIN}{os.pathsep}{os.environ['PATH']}",
            PULUMI=pulumi,
            XERO_CLIENT_SECRET=SECRET,
        )
        command = [str(stage.directory / "pipeline.sh"), "dev", str(statement)]
        return subprocess.run(command, env=environment, capture_output=True, text=True, check=False)

    refused = pipeline((engine_name == "cli" and cli_executable()) or "pulumi-codat offline")

    assert refused.returncode == 1, refused.stdout + refused.stderr
    assert stage.portal.shows(dev)["bankFeeds"] is True
    assert "Xero refused it with 403" in refused.stderr
    assert "Invalid Organisation (invalid-organisation-bank-feeds): The organisation does not support" in refused.stderr
    assert "Traceback" not in refused.stderr
    assert stage.portal.landed(dev, connection, "acc-1") == []
    stage.portal.set_organisation(dev, connection, supports_bank_feeds=True)

    # because the settings are up, and a second engine would cost seconds to say so
    pushed, again = pipeline("echo"), pipeline("echo")

    for done in (pushed, again):
        assert done.returncode == 0, done.stdout + done.stderr
        assert done.stdout.startswith("up --stack dev --yes --skip-preview\n")
    rows = list(csv.DictReader(statement.read_text().splitlines()))
    landed = stage.portal.landed(dev, connection, "acc-1")
    assert [(row["id"], row["amount"], row["balance"]) for row in landed] == [
        (row["id"], row["amount"], row["balance"]) for row in rows
    ]


def test_a_pipeline_without_its_settings_says_what_is_missing(tmp_path: Path) -> None:
    script = Path(__file__).parents[2] / "examples/bank-feeds/pipeline.sh"
    told = subprocess.run([str(script), "dev"], env={"PATH": os.environ["PATH"]}, capture_output=True, text=True)  # noqa: PLW1510 - its exit code is looked at
    assert told.returncode != 0
    assert "usage: pipeline.sh STACK STATEMENT" in told.stderr
