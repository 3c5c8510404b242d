"""The emulator as one ASGI application."""

from starlette.types import ASGIApp, Receive, Scope, Send

from codat_emulator._accounts import Accounts
from codat_emulator._api import Api
from codat_emulator._clock import Clock, MovableClock
from codat_emulator._connections import Connections
from codat_emulator._control import Control
from codat_emulator._database import Database
from codat_emulator._faults import Faults
from codat_emulator._feeds_control import FeedsControl
from codat_emulator._idempotency import KeptAnswers
from codat_emulator._identity import IDENTITY_PATH, Identity, XeroApps
from codat_emulator._network import Network
from codat_emulator._push_plans import PushPlans
from codat_emulator._quota import Quota
from codat_emulator._requests import RequestLog

__all__ = ["application"]


def application(database: Database, accounts: Accounts, connections: Connections, real: Clock) -> ASGIApp:
    """Everything between a TCP connection and the storage: the control surface beside the emulated services."""
    clock = MovableClock(real)
    quota = Quota(database, clock)
    faults = Faults()
    plans = PushPlans()
    api = Api(database, accounts, quota, KeptAnswers(database, clock), plans, clock=clock)
    apps = XeroApps()
    identity = Identity(apps)

    async def service(scope: Scope, receive: Receive, send: Send) -> None:
        is_xero = scope["path"].startswith(f"{IDENTITY_PATH}/")
        await (identity if is_xero else api)(scope, receive, send)

    log = RequestLog(Network(service, faults, connections), accounts)
    feeds = FeedsControl(database, accounts, plans, clock)
    control = Control(accounts, quota, log, faults, clock, apps=apps, feeds=feeds)

    async def serve(scope: Scope, receive: Receive, send: Send) -> None:
        is_control = scope["path"] == "/_emulator" or scope["path"].startswith("/_emulator/")
        await (control if is_control else log)(scope, receive, send)

    return serve
