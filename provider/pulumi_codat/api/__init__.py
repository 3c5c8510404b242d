"""Codat over HTTP: the contract with its evidence, a client of typed calls, stacked transports, and the errors."""

from pulumi_codat.api.bank_feeds import BankFeeds, TooManyPushes
from pulumi_codat.api.client import Codat
from pulumi_codat.api.errors import (
    CodatError,
    NotFound,
    NotOffered,
    NotSent,
    QuotaExhausted,
    Refused,
    Unanswered,
    Unauthorized,
    Unintelligible,
)
from pulumi_codat.api.exchange import WriteAttempt
from pulumi_codat.api.models import (
    Connection,
    Credentials,
    Integration,
    LinkedCompanies,
    PushOperation,
    PushStatus,
    SourceAccount,
)
from pulumi_codat.api.waiting import Clock, Deadline, SystemClock

__all__ = [
    "BankFeeds",
    "Clock",
    "Codat",
    "CodatError",
    "Connection",
    "Credentials",
    "Deadline",
    "Integration",
    "LinkedCompanies",
    "NotFound",
    "NotOffered",
    "NotSent",
    "PushOperation",
    "PushStatus",
    "QuotaExhausted",
    "Refused",
    "SourceAccount",
    "SystemClock",
    "TooManyPushes",
    "Unanswered",
    "Unauthorized",
    "Unintelligible",
    "WriteAttempt",
]
