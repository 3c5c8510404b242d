"""`pulumi-codat bank-transactions push`: what it prints where, how it exits, and a real process that is killed."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
from datetime import timedelta
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from click.testing import CliRunner, Result

from pulumi_codat.api import SystemClock
from pulumi_codat.cli.bank_transactions import bank_transactions
from tests.unit.statements import as_csv, as_file, right_rows

from .feeds import GUARD, NOW, PUSH, SOURCE_ACCOUNT, Feed, feed_at
from .world import ACCOUNT

if TYPE_CHECKING:
    from .world import World


@pytest.fixture(autouse=True)
def _no_sleep(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(SystemClock, "sleep", lambda _clock, _seconds: None)


@pytest.fixture
def feed(served_world: World, tmp_path: Path) -> Feed:
    feed = feed_at(served_world, tmp_path)
    feed.plan(end="Success", polls=0)  # because a process of its own waits by a real clock
    return feed


def words(feed: Feed) -> list[str]:
    return ["--company", feed.company, "--connection", feed.connection, "--source-account", SOURCE_ACCOUNT]


def environment(feed: Feed) -> dict[str, str | None]:
    inherited = {name: None for name in os.environ if name.startswith("CODAT_")}
    return {**inherited, "CODAT_BASE_URL": feed.world.emulator.url, "CODAT_API_KEY": feed.world.account.api_key}


def run(feed: Feed, *more: str, stdin: bytes | None = None, **environ: str | None) -> Result:
    return CliRunner().invoke(
        bank_transactions, ["push", *more, *words(feed)], env={**environment(feed), **environ}, input=stdin
    )


def written(feed: Feed, name: str = "statement.csv", data: bytes | None = None) -> str:
    file = feed.directory / name
    file.write_bytes(as_csv(feed.rows) if data is None else data)
    return str(file)


def test_a_person_sees_each_batch_on_stderr_and_the_end_on_stdout(feed: Feed) -> None:
    pushed = run(feed, written(feed))
    assert pushed.exit_code == 0, pushed.output
    assert pushed.stdout == "5 rows are pushed: 5 by this run.\n"
    lines = pushed.stderr.splitlines()
    assert lines[0] == "5 rows are valid, in 1 batch"
    assert [line.split(" (")[0] for line in lines[1:]] == ["batch 1 of 1: Sent", "batch 1 of 1: Success"]
    assert feed.landed() == feed.ids()
    again = run(feed, written(feed))
    assert again.stdout == "5 rows are pushed: 0 by this run.\n"
    assert feed.world.account.api_key not in pushed.output + again.output


def test_a_link_is_no_second_file_to_push(feed: Feed) -> None:
    file = written(feed)
    link = feed.directory / "today.csv"
    link.symlink_to(file)
    assert run(feed, str(link)).stdout == "5 rows are pushed: 5 by this run.\n"
    assert feed.journal.exists()
    assert run(feed, file).stdout == "5 rows are pushed: 0 by this run.\n"
    assert feed.landed() == feed.ids()


def test_json_is_one_document_on_stdout(feed: Feed) -> None:
    feed.rows[3]["balance"] = "7"
    document = json.loads(run(feed, written(feed), "--json").stdout)
    assert document["warnings"][0].startswith("line 5: balance 7 is not the ")
    assert document["warningCount"] == 2
    assert (document["complete"], document["rows"], document["sent"]) == (True, 5, 5)
    (batch,) = document["batches"]
    (key,) = feed.push_keys()
    assert (batch["firstLine"], batch["lastLine"], batch["status"], batch["pushOperationKey"]) == (2, 6, "Success", key)


def test_bad_rows_are_told_each_on_a_line_and_nothing_is_sent_or_left_behind(feed: Feed) -> None:
    feed.rows = right_rows(30, NOW)
    for row in feed.rows[3:28]:
        row["amount"] = "x"
    file = written(feed)
    refused = run(feed, file)
    assert (refused.exit_code, refused.stdout) == (1, "")
    lines = refused.stderr.splitlines()
    assert [line.split(":")[0] for line in lines[:20]] == [f"line {number}" for number in range(5, 25)]
    assert lines[20:] == ["and 5 more", "Error: 25 rows are wrong, so nothing was sent"]
    document = json.loads(run(feed, file, "--json").stdout)
    assert (document["complete"], document["problemCount"], len(document["problems"])) == (False, 25, 20)
    assert feed.requests() == []
    assert not feed.journal.exists()


def test_a_dry_run_validates_and_touches_nothing(feed: Feed) -> None:
    dry = run(feed, written(feed), "--dry-run", CODAT_API_KEY=None)
    assert (dry.exit_code, dry.stdout) == (0, "Nothing was sent (--dry-run).\n")
    assert dry.stderr == "5 rows are valid, in 1 batch\n"
    document = json.loads(run(feed, written(feed), "--dry-run", "--json").stdout)
    assert (document["dryRun"], document["rows"], document["batchCount"]) == (True, 5, 1)
    assert feed.requests() == []
    assert not feed.journal.exists()


@pytest.mark.parametrize("kind", ["json", "jsonl"])
def test_standard_input_needs_a_format_and_a_journal(feed: Feed, kind: str) -> None:
    data = as_file(feed.rows, kind)  # type: ignore[arg-type] # because the parameters are such
    assert run(feed, "-", "--format", kind, stdin=data).exit_code == 2
    assert run(feed, "-", "--journal", str(feed.journal), stdin=data).exit_code == 2
    pushed = run(feed, "-", "--format", kind, "--journal", str(feed.journal), stdin=data)
    assert pushed.exit_code == 0, pushed.output
    assert feed.landed() == feed.ids()


def test_columns_are_mapped_and_sorted_and_those_that_are_not_pushed_are_named(feed: Feed) -> None:
    data = as_csv(feed.rows[::-1]).replace(b'"description"', b'"Details"').replace(b'"reference"', b'"Code"')
    file = written(feed, data=data)
    unsorted = run(feed, file, "--map", "description=Details")
    assert "the order must be chronological (--sort sorts them)" in unsorted.stderr
    pushed = run(feed, file, "--map", "description=Details", "--sort")
    assert pushed.exit_code == 0, pushed.output
    assert pushed.stderr.splitlines()[0] == "note: not pushed, because they are no field's: Code"
    assert feed.landed() == feed.ids()
    other = run(feed, file, "--map", "description=Details", "--map", "reference=Code", "--sort")
    assert "the push of this file began with other options" in other.stderr


@pytest.mark.parametrize(
    ("more", "says"),
    [
        (["--map", "details=description"], "--map details=description should read FIELD=COLUMN, with one of id, date"),
        (["--map", "description"], "--map description should read FIELD=COLUMN"),
        (["--format", "xml"], "'xml' is not one of 'csv', 'json', 'jsonl'"),
        (["--resend", "0"], "0 is not in the range x>=1"),
        (["--company", "acme"], "'acme' is not a valid UUID"),
    ],
)
def test_a_wrong_command_line_is_exit_code_2(feed: Feed, more: list[str], says: str) -> None:
    asked = CliRunner().invoke(bank_transactions, ["push", written(feed), *words(feed), *more], env=environment(feed))
    assert asked.exit_code == 2
    assert says in asked.stderr


def test_a_file_whose_ending_says_nothing_needs_a_format(feed: Feed) -> None:
    file = written(feed, "statement.txt")
    assert "say what the file is with --format: csv, json or jsonl" in run(feed, file).stderr
    assert run(feed, file, "--format", "csv").exit_code == 0


def test_without_a_key_nothing_is_asked(feed: Feed) -> None:
    asked = run(feed, written(feed), CODAT_API_KEY=None)
    assert (asked.exit_code, feed.requests()) == (1, [])
    assert asked.stderr.splitlines()[-1].startswith("Error: no Codat API key: set CODAT_API_KEY")


def test_the_account_of_the_environment_is_the_only_one(feed: Feed) -> None:
    other = feed.world.emulator.accounts[1].id
    asked = run(feed, written(feed), CODAT_ACCOUNT=other)
    assert f"but CODAT_ACCOUNT confirms {other}; nothing was sent" in asked.stderr
    assert (asked.exit_code, feed.requests()) == (1, [ACCOUNT])


def test_a_refusal_is_one_line_and_in_the_document_too(feed: Feed) -> None:
    feed.change_connection(supportsBankFeeds=False)
    asked = run(feed, written(feed), "--json")
    assert asked.exit_code == 1
    document = json.loads(asked.stdout)
    assert document["complete"] is False
    assert asked.stderr.splitlines()[-1] == f"Error: {document['error']}"
    assert (
        ": Xero does not take bank feeds for this organisation: 1)"
        in document["error"].partition("(invalid-organisation-bank-feeds)")[2]
    )


def test_dates_are_held_to_the_time_at_which_the_push_began(feed: Feed) -> None:
    file = written(feed)
    feed.plan(end="Failed", times=1)
    assert run(feed, file).exit_code == 1
    began, *rest = feed.journal.read_text().splitlines()
    line = json.loads(began)
    line["at"] = (NOW - timedelta(days=1000)).isoformat()
    feed.journal.write_text("\n".join([json.dumps(line), *rest]) + "\n")
    asked = run(feed, file)
    assert "is in the future" in asked.stderr  # because rows must not grow too old while their push goes on


def test_a_process_that_is_killed_amid_ten_thousand_rows_goes_on(feed: Feed) -> None:
    feed.rows = right_rows(10_000, NOW)
    for number, row in enumerate(feed.rows):
        row["date"] = str(NOW.date())
        row["id"] = f"tx-{number}"
    command = [str(Path(sys.executable).with_name("pulumi-codat")), "bank-transactions", "push", written(feed)]
    environ = {name: value for name, value in {**os.environ, **environment(feed)}.items() if value is not None}
    with subprocess.Popen([*command, *words(feed)], env=environ, stderr=subprocess.PIPE, text=True) as process:
        assert process.stderr
        for line in process.stderr:
            if line.startswith("batch 5 of 10: Sent"):
                process.send_signal(signal.SIGKILL)
                break
    assert process.returncode == -signal.SIGKILL
    first = feed.requests()
    assert first[:4] == [*GUARD, PUSH]
    assert PUSH in first
    resumed = subprocess.run(
        [*command, *words(feed), "--json"], env=environ, capture_output=True, text=True, check=False
    )
    assert resumed.returncode == 0, resumed.stderr
    document = json.loads(resumed.stdout)
    assert (document["rows"], document["complete"]) == (10_000, True)
    assert 0 < document["sent"] < 10_000
    assert feed.landed() == feed.ids()


def test_the_package_does_not_import_it() -> None:
    code = "import sys, pulumi_codat; sys.exit('pulumi_codat.bank_feeds' in sys.modules)"
    assert subprocess.run([sys.executable, "-c", code], check=False).returncode == 0
