"""Codat over HTTP: the contract with its evidence, a client of typed calls, stacked transports, and the errors."""

from pulumi_codat.api.client import Codat, WriteAttempt
from pulumi_codat.api.errors import (
    CodatError,
    NotFound,
    NotOffered,
    QuotaExhausted,
    Refused,
    Unanswered,
    Unauthorized,
    Unintelligible,
)
from pulumi_codat.api.models import Credentials, Integration, LinkedCompanies
from pulumi_codat.api.waiting import Clock, Deadline, SystemClock

__all__ = [
    "Clock",
    "Codat",
    "CodatError",
    "Credentials",
    "Deadline",
    "Integration",
    "LinkedCompanies",
    "NotFound",
    "NotOffered",
    "QuotaExhausted",
    "Refused",
    "SystemClock",
    "Unanswered",
    "Unauthorized",
    "Unintelligible",
    "WriteAttempt",
]
