"""A request that was answered before is not done again (reference, section 3.4)."""

import hashlib
import json
import re
from collections.abc import Awaitable, Callable
from datetime import datetime, timedelta
from http import HTTPStatus

from starlette.requests import Request

from codat_emulator._accounts import Account
from codat_emulator._clock import Clock
from codat_emulator._database import Database
from codat_emulator._errors import Answer, CodatError, bad_request

__all__ = ["KeptAnswers"]

_HEADER = "Idempotency-Key"
_METHODS = frozenset({"POST", "PATCH"})
_GUID = re.compile(r"[0-9a-fA-F]{8}(-[0-9a-fA-F]{4}){3}-[0-9a-fA-F]{12}")
_KEPT_FOR = timedelta(minutes=90)


class KeptAnswers:
    """The answers given under an `Idempotency-Key`, each kept for 90 minutes.

    Every answer is kept, 4xx and 5xx too, but 429. "You can only include the header in POST or PATCH requests",
    once, and its value "must be a unique GUID": that anything else is refused with 400 is our choice, and so is
    that another method or path counts as another request (422), because a key belongs to one request only.
    """

    def __init__(self, database: Database, clock: Clock) -> None:
        self._database = database
        self._clock = clock
        self._in_progress: set[tuple[str, str]] = set()

    async def once(
        self, account: Account, request: Request, body: bytes, do: Callable[[], Awaitable[Answer]]
    ) -> Answer:
        """What `do` answers, or what it answered before under the same key.

        Raises 422 for a key that was used for another request, 409 for one whose request is in progress.
        """
        key = _key(request)
        if key is None:
            return await do()
        fingerprint = _fingerprint(request, body)
        now = self._clock()
        kept = self._kept(account, key, fingerprint, now)
        if kept is not None:
            return kept
        if (account.id, key) in self._in_progress:
            raise CodatError(409, f"A request with the same {_HEADER} is in progress")
        self._in_progress.add((account.id, key))
        try:
            answer = await do()
        finally:
            self._in_progress.remove((account.id, key))
        if answer.status != HTTPStatus.TOO_MANY_REQUESTS:
            self._keep(account, key, fingerprint, answer)
        return answer

    def _kept(self, account: Account, key: str, fingerprint: str, now: datetime) -> Answer | None:
        with self._database.transaction() as rows:
            rows.execute("DELETE FROM kept_answer WHERE expires <= ?", (now.isoformat(timespec="microseconds"),))
            row = rows.execute(
                "SELECT fingerprint, status, body, headers FROM kept_answer WHERE account_id = ? AND key = ?",
                (account.id, key),
            ).fetchone()
        if row is None:
            return None
        if row[0] != fingerprint:
            raise CodatError(422, f"The {_HEADER} was used for another request")
        return Answer(row[1], row[2], json.loads(row[3]))

    def _keep(self, account: Account, key: str, fingerprint: str, answer: Answer) -> None:
        expires = (self._clock() + _KEPT_FOR).isoformat(timespec="microseconds")
        headers = json.dumps(dict(answer.headers))
        with self._database.transaction() as rows:
            rows.execute(
                "INSERT INTO kept_answer VALUES (?, ?, ?, ?, ?, ?, ?)",
                (account.id, key, fingerprint, expires, answer.status, answer.body, headers),
            )


def _key(request: Request) -> str | None:
    values = request.headers.getlist(_HEADER)
    if not values:
        return None
    if request.method not in _METHODS:
        raise bad_request(f"{_HEADER} is for POST and PATCH only", _HEADER)
    if len(values) > 1:
        raise bad_request(f"More than one {_HEADER}", _HEADER)
    if not _GUID.fullmatch(values[0]):
        raise bad_request(f"{_HEADER} must be a GUID", _HEADER)
    return values[0].lower()


def _fingerprint(request: Request, body: bytes) -> str:
    head = f"{request.method} {request.url.path}?{request.url.query}\n"
    return hashlib.sha256(head.encode() + body).hexdigest()
