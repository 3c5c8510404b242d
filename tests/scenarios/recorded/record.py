"""`python -m tests.scenarios.recorded.record`: record this version's states on the pulumi CLI, for test_recorded.py.

Isolated: a temporary home and backend, an emulated Codat. Nothing of the machine is recorded. Secrets are encrypted
with the passphrase of every stage.
"""

from __future__ import annotations

import json
import sys
from importlib.metadata import version
from typing import Any

from demo.engines import cli_engine
from demo.stage import emulator_process, open_stage

from .cases import CASES, DATA, NEXT_SECRET, SECRET, STACK, Case

_PLACES = {"sourcePosition", "stackTrace"}


def _record(case: Case) -> dict[str, Any]:
    engine = cli_engine() or sys.exit("there is no pulumi CLI on PATH to record")
    with open_stage(".", engine, emulator_process) as stage:
        account = stage.portal.account("Acme Dev")
        stage.create_stack(STACK)
        (stage.directory / "__main__.py").write_text(case.program)
        stage.portal.change(account, **case.found)
        case.happens(stage, account)
        shown = stage.portal.shows(account)
        held = {name: value for name, value in case.held.items() if name != "clientSecret"}
        assert {name: shown[name] for name in held} == held, shown
        state = stage.export_state(STACK)
        places = (str(stage.directory), str(stage.home), stage.portal.url, account.api_key, SECRET, NEXT_SECRET)
        assert not any(place in state for place in places)
    document: dict[str, Any] = json.loads(state)
    for resource in document["deployment"]["resources"]:
        for place in _PLACES & resource.keys():
            del resource[place]
    return document


def main() -> None:
    """Write a file a case, or only those that the command line names."""
    directory = DATA / version("pulumi-codat")
    directory.mkdir(exist_ok=True)
    for name in sys.argv[1:] or CASES:
        text = json.dumps(_record(CASES[name]), indent=1, sort_keys=True)
        (directory / f"{name}.json").write_text(f"{text}\n")
        print(f"{directory.name}/{name}: {len(text)} characters")  # noqa: T201 - the answer


if __name__ == "__main__":
    main()
