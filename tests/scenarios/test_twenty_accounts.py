"""One program for twenty accounts: one provider process a phase, and each account asked for what concerns it, once."""

from __future__ import annotations

from collections import Counter
from typing import TYPE_CHECKING, Final

from pulumi_offline.warm_start import WarmLauncher

from .fleet import PROGRAM, environment_for

if TYPE_CHECKING:
    import pytest
    from demo.stage import Stage

    from pulumi_offline.process import Child, Command

NUMBER: Final = 20
SECRET: Final = "the-secret-of-the-xero-app"
READS: Final = Counter(
    {"GET /integrations/credentials/gbol": 1, "GET /integrations/gbol": 1, "GET /profile/syncSettings": 1}
)


def test_twenty_accounts_in_one_program(stage: Stage, engine_name: str, monkeypatch: pytest.MonkeyPatch) -> None:
    providers: list[Command] = []
    launch = WarmLauncher.launch

    def listen(launcher: WarmLauncher, command: Command) -> Child:
        if "pulumi.dynamic" in command.arguments:
            providers.append(command)
        return launch(launcher, command)

    monkeypatch.setattr(WarmLauncher, "launch", listen)
    accounts = [stage.portal.open_account(f"Acme {number}") for number in range(NUMBER)]
    (stage.directory / "__main__.py").write_text(PROGRAM)
    environment = environment_for(accounts, SECRET)

    up = stage.run("up", "dev", "--skip-preview", account=None, **environment)
    assert up.exit_code == 0, up.output
    assert all(stage.portal.holds_secret(account, SECRET) for account in accounts)
    stage.portal.requests()

    preview = stage.run("preview", "dev", "--expect-no-changes", account=None, **environment)
    assert preview.exit_code == 0, preview.output
    asked: dict[str | None, Counter[str]] = {}
    for request in stage.portal.requests():
        asked.setdefault(request.account, Counter())[str(request)] += 1
    assert asked == {account.id: READS for account in accounts}
    assert len(providers) == (2 if engine_name == "offline" else 0)
