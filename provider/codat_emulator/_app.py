"""The emulator as one ASGI application."""

from starlette.types import ASGIApp, Receive, Scope, Send

from codat_emulator._accounts import Accounts
from codat_emulator._api import Api
from codat_emulator._connections import Connections
from codat_emulator._control import Control
from codat_emulator._database import Database
from codat_emulator._faults import Faults
from codat_emulator._idempotency import KeptAnswers
from codat_emulator._identity import IDENTITY_PATH, Identity, XeroApps
from codat_emulator._network import Network
from codat_emulator._quota import Clock, Quota
from codat_emulator._requests import RequestLog

__all__ = ["application"]


def application(database: Database, accounts: Accounts, connections: Connections, clock: Clock) -> ASGIApp:
    """Everything between a TCP connection and the storage: the control surface beside the emulated services."""
    quota = Quota(database, clock)
    faults = Faults()
    api = Api(accounts, quota, KeptAnswers(database, clock), clock)
    apps = XeroApps()
    identity = Identity(apps)

    async def service(scope: Scope, receive: Receive, send: Send) -> None:
        is_xero = scope["path"].startswith(f"{IDENTITY_PATH}/")
        await (identity if is_xero else api)(scope, receive, send)

    log = RequestLog(Network(service, faults, connections), accounts)
    control = Control(accounts, quota, log, faults, clock, apps=apps)

    async def serve(scope: Scope, receive: Receive, send: Send) -> None:
        is_control = scope["path"] == "/_emulator" or scope["path"].startswith("/_emulator/")
        await (control if is_control else log)(scope, receive, send)

    return serve
