"""The change log: one JSON line a write, for whoever audits what pipelines changed. Secrets only as fingerprints."""

from __future__ import annotations

import json
import os
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from pulumi_codat.api import CodatError
from pulumi_codat.api.contract import CLIENT_ID, CLIENT_SECRET
from pulumi_codat.reconcile.plan import DeleteKeys, Step, Switch, SwitchBankFeeds, WriteKeys
from pulumi_codat.reconcile.write import Fate
from pulumi_codat.redaction import CHANGED_OUTSIDE, fingerprint, new_salt

if TYPE_CHECKING:
    from collections.abc import Mapping
    from datetime import datetime
    from pathlib import Path

    from pydantic import SecretStr

    from pulumi_codat.pipeline import Pipeline
    from pulumi_codat.reconcile.target import WriteTarget
    from pulumi_codat.reconcile.write import Write

__all__ = ["ChangeLog"]

_ONLY_OURS: Final = 0o600

Changes = dict[str, dict[str, object]]


@dataclass(frozen=True)
class ChangeLog:
    """A file that is only ever appended to."""

    path: Path
    pipeline: Pipeline

    def require_writable(self) -> None:
        """Raises `CodatError` where the file cannot be appended to, so that nothing is written unrecorded."""
        try:
            os.close(self._open())
        except OSError as error:
            raise CodatError(
                f"the change log {self.path} cannot be written ({error.strerror}); nothing was written to Codat: set"
                " CODAT_CHANGE_LOG to a file in a folder that exists and may be written to"
            ) from None

    def append(self, target: WriteTarget, write: Write, now: datetime) -> None:
        """Add the line of one write, in one piece, because several processes may log to one file.

        Raises `CodatError` where that failed; the write itself has been made.
        """
        line = {
            "time": now.isoformat(timespec="seconds"),
            "account": str(target.account),
            "resource": target.label,
            "change": str(write.step),
            "fields": _changes(target, write.step),
            "outcome": "accepted" if write.fate is Fate.ACCEPTED else "unknown",
            "by": self.pipeline.actor,
            "run": self.pipeline.run,
            "correlationId": write.correlation_id,
        }
        data = json.dumps(line, ensure_ascii=True).encode() + b"\n"
        try:
            file = self._open()
            try:
                written = os.write(file, data)
            finally:
                os.close(file)
        except OSError as error:
            raise CodatError(
                f"{write.step} was sent, and could not be added to {self.path} ({error.strerror})"
            ) from None
        if written != len(data):
            raise CodatError(f"{write.step} was sent, and only half of its line could be added to {self.path}")

    def _open(self) -> int:
        return os.open(self.path, os.O_WRONLY | os.O_APPEND | os.O_CREAT | os.O_CLOEXEC, _ONLY_OURS)


def _changes(target: WriteTarget, step: Step) -> Mapping[str, Mapping[str, object]]:
    match step:
        case Switch(enabled):
            return {"enabled": {"before": target.enabled, "after": enabled}}
        case SwitchBankFeeds(enabled):
            return {"enabled": {"before": target.bank_feeds, "after": enabled}}
        case WriteKeys(client_id, client_secret):
            return _keys(target, client_id, client_secret)
        case DeleteKeys():
            return _keys(target, None, None)


def _keys(target: WriteTarget, client_id: str | None, secret: SecretStr | None) -> Changes:
    salt = new_salt()  # one for both, so that the line tells whether the secret changed
    before = target.keys.client_id if target.keys else None
    return {
        CLIENT_ID: {"before": before, "after": client_id},
        CLIENT_SECRET: {"before": _print(salt, target.secret), "after": _print(salt, secret)},
    }


def _print(salt: str, secret: SecretStr | None) -> str | None:
    value = secret.get_secret_value() if secret else CHANGED_OUTSIDE
    return None if value == CHANGED_OUTSIDE else f"hmac-sha256:{salt}:{fingerprint(salt, {CLIENT_SECRET: value})}"
