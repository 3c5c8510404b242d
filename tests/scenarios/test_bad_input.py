"""Each bad input: one line that names the resource or setting, the reason and what to do; no traceback; no write."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

import pytest

from .conftest import SECRET

if TYPE_CHECKING:
    from demo.stage import Stage


@dataclass(frozen=True)
class Bad:
    """One bad input and what the person is told."""

    says: str
    config: tuple[str, ...] = ()
    environment: dict[str, str] = field(default_factory=dict)
    behaves: dict[str, object] = field(default_factory=dict)


BAD_INPUTS = {
    "no API key": Bad(
        "XeroIntegration (gbol): no Codat API key: set CODAT_API_KEY, or `pulumi config set --secret codat:apiKey`",
        environment={"CODAT_API_KEY": ""},
    ),
    "wrong API key": Bad(
        "XeroIntegration (gbol): Codat answered 401 to GET /profile/syncSettings",
        environment={"CODAT_API_KEY": "wrong-key-canary"},
    ),
    "key of another account": Bad(
        "XeroIntegration (gbol): the API key belongs to Codat account Acme Dev (5b8d3c0e-2f41-4a6b-9c57-d1e07a3f6b21),"
        " but codat:account declares c2a9f7d4-8e13-4b70-a5d6-3f9e1b4c8a02; nothing was written",
        config=("codat:account=c2a9f7d4-8e13-4b70-a5d6-3f9e1b4c8a02",),
    ),
    "account without the write endpoints (404)": Bad(
        "set the toggle in the Codat Portal and leave XeroBankFeeds out",
        behaves={"offers": "published-404"},
        environment={"CODAT_WRITES": "api"},
    ),
    "account without the write endpoints (405)": Bad(
        "XeroIntegration (gbol): Codat answered 405 to GET /integrations/credentials/gbol: MethodNotAllowed; this"
        " account does not offer that endpoint to this API key",
        behaves={"offers": "published-405"},
        environment={"CODAT_WRITES": "api"},
    ),
    "unreachable host": Bad(
        "XeroIntegration (gbol): http://127.0.0.1:9 cannot be reached for GET",
        config=("codat:maxWaitSeconds=4",),
        environment={"CODAT_BASE_URL": "http://127.0.0.1:9"},
    ),
    "client ID with a space": Bad("clientId must not contain spaces", config=("xero:clientId=ABC 123",)),
    "empty secret": Bad("no client secret", environment={"XERO_CLIENT_SECRET": ""}),
    "secret with a space": Bad(
        "clientSecret must not contain spaces", environment={"XERO_CLIENT_SECRET": "a secret-canary"}
    ),
    "enabled is no bool": Bad("xero:enabled", config=("xero:enabled=perhaps",)),
    "unknown codat setting": Bad("codat:acount is not a setting of this version", config=("codat:acount=x",)),
    "wrong value of a setting": Bad("codat:maxWaitSeconds: ", config=("codat:maxWaitSeconds=soon",)),
    "app with an unknown fact": Bad(
        "app.teir is not a property of this resource", config=('xero:app={"teir": "core"}',)
    ),
}


@pytest.mark.parametrize("bad", BAD_INPUTS.values(), ids=BAD_INPUTS.keys())
def test_bad_input_is_one_line_and_writes_nothing(stage: Stage, bad: Bad) -> None:
    dev = stage.portal.account("Acme Dev")
    if bad.behaves:
        stage.portal.set_account(dev, **bad.behaves)
    config = [word for setting in bad.config for word in ("--config", setting)]

    up = stage.run("up", "dev", *config, account=dev, **({"XERO_CLIENT_SECRET": SECRET} | bad.environment))

    assert up.exit_code not in (0, None), up.output
    assert bad.says in up.output, up.output
    assert "Traceback" not in up.output, up.output
    assert "KeyboardInterrupt" not in up.output, up.output
    assert "canary" not in up.output, up.output
    took_effect = [request for request in stage.portal.requests() if request.writes and request.status == 200]
    assert took_effect == []
