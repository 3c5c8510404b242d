"""Push operations from their request to their end, and the transactions that landed."""

import json
import uuid
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from enum import StrEnum
from sqlite3 import Connection as Rows

from pydantic import JsonValue, TypeAdapter

from codat_emulator._accounts import Account
from codat_emulator._database import Database
from codat_emulator._errors import Problem
from codat_emulator._push_plans import PushPlan
from codat_emulator._transactions import BankTransaction, Verdict
from codat_emulator._xero_problems import XeroProblem

__all__ = ["End", "NewPush", "Operation", "PushStatus", "Pushes", "end_of"]

_NEVER = datetime.max.replace(tzinfo=UTC)
_LIST = TypeAdapter(list[BankTransaction])
_OPERATION = """key, company_id, connection_id, source_account_id, requested, completed, timeout_in_minutes, status,
end_code, error_message, validation"""


class PushStatus(StrEnum):
    """What Codat says of a push (reference, section 7)."""

    PENDING = "Pending"
    FAILED = "Failed"
    SUCCESS = "Success"
    TIMED_OUT = "TimedOut"


# The second is Codat's, the third our choice: no source gives the code of a timeout.
_TIMED_OUT = "The push operation timed out"
_CODES = {PushStatus.SUCCESS: 200, PushStatus.PENDING: 202, PushStatus.TIMED_OUT: 408}


@dataclass(frozen=True, slots=True)
class End:
    """How a push will end: after so many polls and so much time, and whether its transactions land."""

    status: PushStatus
    code: int
    polls: int
    after: timedelta | None
    lands: bool
    error_message: str | None = None


@dataclass(frozen=True, slots=True)
class NewPush:
    company_id: str
    connection_id: str
    source_account_id: str
    timeout_in_minutes: int | None
    transactions: Sequence[BankTransaction]
    verdict: Verdict
    end: End


@dataclass(frozen=True, slots=True)
class Operation:
    """A push as Codat tells it; times are ISO 8601 in UTC with microseconds."""

    key: str
    company_id: str
    connection_id: str
    source_account_id: str
    requested: str
    completed: str | None
    timeout_in_minutes: int | None
    status: PushStatus
    code: int
    error_message: str | None
    validation: Mapping[str, JsonValue]


def end_of(plan: PushPlan, verdict: Verdict, refused: XeroProblem | None) -> End:
    """How a push ends: refused by Xero, failed by its rules, or as it was planned.

    That a breach of Xero's rules is accepted first and fails later, with 400 as the operation's code, is our choice; a
    client must understand both this and the 400 that answers a POST of the wrong shape.
    """
    after = timedelta(seconds=plan.seconds)
    if refused is not None:
        return End(PushStatus.FAILED, refused.status, plan.polls, after, lands=False, error_message=refused.text)
    if verdict.errors or plan.end == "Failed":
        message = "Failed to push the bank transactions: the request is not valid"
        return End(PushStatus.FAILED, 400, plan.polls, after, lands=False, error_message=message)
    if plan.end == "Pending":
        return End(PushStatus.SUCCESS, 200, plan.polls, None, lands=False)
    status = PushStatus(plan.end)
    said = _TIMED_OUT if status is PushStatus.TIMED_OUT else None
    return End(status, _CODES[status], plan.polls, after, plan.lands, said)


class Pushes:
    """One account's pushes at one moment.

    Transactions land together when their operation would end, be it that it has timed out before: our choice, so that
    whoever sends the next batch too early finds them in another order. What no poll has brought to its end has not
    landed either.
    """

    def __init__(self, database: Database, account: Account, now: datetime, *, before_last: bool = False) -> None:
        self._database = database
        self._account = account
        self._now = now
        self._before_last = before_last

    def foretell(self, new: NewPush) -> Operation:
        """The operation as `add` begins it, but without it."""
        validation: dict[str, JsonValue] = {
            "errors": [],
            "warnings": [_item(warning) for warning in new.verdict.warnings],
        }
        return Operation(
            key=str(uuid.uuid4()),
            company_id=new.company_id,
            connection_id=new.connection_id,
            source_account_id=new.source_account_id,
            requested=_text(self._now),
            completed=None,
            timeout_in_minutes=new.timeout_in_minutes,
            status=PushStatus.PENDING,
            code=_CODES[PushStatus.PENDING],
            error_message=None,
            validation=validation,
        )

    def add(self, new: NewPush) -> Operation:
        begun = self.foretell(new)
        end = new.end
        timeout = new.timeout_in_minutes
        validation = {**begun.validation, "errors": [_item(error) for error in new.verdict.errors]}
        with self._database.transaction() as rows:
            self._settle(rows)
            rows.execute(
                "INSERT INTO push VALUES (NULL, ?, ?, ?, ?, ?, ?, ?, ?, ?, NULL, ?, ?, ?, ?, ?, ?, ?, NULL, ?)",
                (
                    begun.key,
                    self._account.id,
                    new.company_id,
                    new.connection_id,
                    new.source_account_id,
                    begun.requested,
                    timeout,
                    None if timeout is None else _text(_later(self._now, timedelta(minutes=timeout))),
                    begun.status,
                    end.polls,
                    _text(_NEVER if end.after is None else _later(self._now, end.after)),
                    end.status,
                    end.code,
                    end.error_message,
                    json.dumps(validation),
                    end.lands,
                    _LIST.dump_json(list(new.transactions), by_alias=True).decode(),
                ),
            )
        return begun

    def polled(self, company_id: str, key: str) -> Operation | None:
        """The operation as a GET of it finds it, which counts as a poll."""
        with self._database.transaction() as rows:
            self._settle(rows)
            found = self._operations(rows, "company_id = ? AND key = ?", company_id, key)
            if not found:
                return None
            rows.execute(
                "UPDATE push SET polls_left = polls_left - 1, ends = max(ends, ?) WHERE key = ? AND polls_left > 0",
                (_text(self._now), key),
            )
        return found[0]

    def of_company(self, company_id: str) -> Sequence[Operation]:
        """All operations of a company, the newest first: our choice, because the order is not stated."""
        with self._database.transaction() as rows:
            self._settle(rows)
            return self._operations(rows, "company_id = ?", company_id)

    def overview(self) -> Sequence[Mapping[str, JsonValue]]:
        """Every push in the order of its request, for the control surface."""
        with self._database.transaction() as rows:
            self._settle(rows)
            found = rows.execute(
                "SELECT key, company_id, connection_id, source_account_id, status, json_array_length(transactions), "
                "arrival IS NOT NULL FROM push WHERE account_id = ? ORDER BY sequence",
                (self._account.id,),
            ).fetchall()
        names = ("push", "companyId", "connectionId", "sourceAccount", "status", "transactions")
        return [{**dict(zip(names, row[:-1], strict=True)), "landed": bool(row[-1])} for row in found]

    def landed(self, connection_id: str, source_account_id: str) -> Sequence[Mapping[str, JsonValue]]:
        """The transactions in the order they landed, each with its push; amounts as strings of what was sent."""
        with self._database.transaction() as rows:
            self._settle(rows)
            found = rows.execute(
                "SELECT key, transactions FROM push WHERE account_id = ? AND connection_id = ? "
                "AND source_account_id = ? AND arrival IS NOT NULL ORDER BY arrival",
                (self._account.id, connection_id, source_account_id),
            ).fetchall()
        return [{"push": key, **transaction} for key, document in found for transaction in json.loads(document)]

    def _settle(self, rows: Rows) -> None:
        """Let everything happen that is due by now, in its order."""
        mine = "account_id = ? AND "
        due = "polls_left = 0 AND ends <= ?"
        now, timed_out = _text(self._now), PushStatus.TIMED_OUT
        landing = rows.execute(
            f"SELECT sequence FROM push WHERE {mine} lands AND arrival IS NULL AND {due} ORDER BY ends, sequence",  # noqa: S608 - constants
            (self._account.id, now),
        ).fetchall()
        for (sequence,) in landing:
            rows.execute(
                "UPDATE push SET arrival = (SELECT coalesce(max(arrival), 0) + 1 FROM push) WHERE sequence = ?",
                (sequence,),
            )
        rows.execute(
            f"UPDATE push SET status = end_status, completed = ends WHERE {mine} status = ? AND {due} "  # noqa: S608 - constants
            "AND (times_out IS NULL OR ends <= times_out)",
            (self._account.id, PushStatus.PENDING, now),
        )
        rows.execute(
            "UPDATE push SET status = ?, completed = times_out, end_code = ?, error_message = ? "  # noqa: S608 - constants
            f"WHERE {mine} status = ? AND times_out <= ?",
            (timed_out, _CODES[timed_out], _TIMED_OUT, self._account.id, PushStatus.PENDING, now),
        )

    def _operations(self, rows: Rows, condition: str, *values: str) -> list[Operation]:
        (last,) = rows.execute("SELECT max(sequence) FROM push WHERE account_id = ?", (self._account.id,)).fetchone()
        found = rows.execute(
            f"SELECT {_OPERATION} FROM push WHERE account_id = ? AND {condition} AND sequence IS NOT ? "  # noqa: S608 - constants
            "ORDER BY sequence DESC",
            (self._account.id, *values, last if self._before_last else None),
        ).fetchall()
        return [_operation(row) for row in found]


def _operation(row: tuple[str, str, str, str, str, str | None, int | None, str, int, str | None, str]) -> Operation:
    key, company_id, connection_id, source_account_id, requested, completed, timeout, status, code, error, said = row
    validation = json.loads(said)
    pending = status == PushStatus.PENDING
    return Operation(
        key=key,
        company_id=company_id,
        connection_id=connection_id,
        source_account_id=source_account_id,
        requested=requested,
        completed=completed,
        timeout_in_minutes=timeout,
        status=PushStatus(status),
        code=_CODES[PushStatus.PENDING] if pending else code,
        error_message=None if pending else error,
        validation={**validation, "errors": []} if pending else validation,
    )


def _item(said: Problem) -> JsonValue:
    return {"itemId": said.item_id, "message": said.message, "validatorName": said.validator}


def _text(moment: datetime) -> str:
    return moment.isoformat(timespec="microseconds")


def _later(moment: datetime, by: timedelta) -> datetime:
    try:
        return moment + by
    except OverflowError:
        return _NEVER
