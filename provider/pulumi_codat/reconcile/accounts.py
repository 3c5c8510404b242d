"""Several accounts in one provider process: a context for each, and a resource's life in the account it names."""

from __future__ import annotations

import threading
from typing import TYPE_CHECKING, Final, Protocol

from pydantic import SecretStr, ValidationError

from pulumi_codat.api import Codat, CodatError
from pulumi_codat.reconcile.context import Context
from pulumi_codat.reconcile.inputs import AccountInputs
from pulumi_codat.settings import checked_key

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from pulumi_codat.reconcile.lifecycle import Difference, Lifecycle, Properties, Refreshed
    from pulumi_codat.settings import Settings

__all__ = ["Accounts", "Connect", "PerAccount"]

_ACCOUNT: Final = "account"


class Connect(Protocol):
    """Makes a client for the account of an API key; `key_remedy` is what to do where Codat refuses the key."""

    def __call__(self, settings: Settings, api_key: SecretStr, key_remedy: str | None) -> Codat: ...


class Accounts:
    """The contexts of one process: that of the default key, and one for each account that a resource names.

    An account that is named never falls back to the default key. `connect` may be the reason why there are no clients.
    """

    def __init__(self, default: Context, connect: Connect | CodatError) -> None:
        self.default = default
        self._connect = connect
        self._lock = threading.Lock()
        self._named: dict[AccountInputs, Context] = {}

    def of(self, properties: Properties) -> Context:
        """The context of the account that inputs or outputs name.

        One that is wrong gets a context without a client, which says so when a request is needed.
        """
        given = properties.get(_ACCOUNT)
        if given is None:
            return self.default
        try:
            named = AccountInputs.model_validate(given)
        except ValidationError:
            return self._without_client("its account is not a UUID and the name of a key; declare it anew")
        with self._lock:
            if named not in self._named:
                self._named[named] = Context(
                    self.default.settings,
                    self._client(named),
                    self.default.warn,
                    declared=named,
                    identity=self.default.identity,
                    sources=self.default.sources,
                    pipeline=self.default.pipeline,
                )
            return self._named[named]

    def refuse_second(self, kind: str, context: Context) -> None:
        """Two resources for one account would undo each other for ever, also where their keys are named differently.

        The constructor sees it where both name the account; here the account of the default key is known too.
        Raises `CodatError` where another context has checked the same kind for the same account.
        """
        if context.known is None or not context.declarations.holds(kind):
            return
        with self._lock:
            others = [one for one in (self.default, *self._named.values()) if one is not context]
        if any(one.declarations.holds(kind) and one.known == context.known for one in others):
            raise CodatError(
                f"two resources of kind {kind} in this program are for the same Codat account ({context.known}), under"
                " different `account` arguments, and would undo each other: keep one of them"
            )

    def declaring(self, kind: str, account_id: str | None) -> Context | None:
        """The context, whatever key it uses, in which the program still declares this kind for the account, if any."""
        with self._lock:
            contexts = [self.default, *self._named.values()]
        return next((one for one in contexts if one.declarations.holds(kind) and one.may_be(account_id)), None)

    def _client(self, named: AccountInputs) -> Codat | CodatError:
        if isinstance(self._connect, CodatError):
            return self._connect
        where = named.api_key
        text = self.default.sources.get(where)
        if text is None:
            return CodatError(
                f"no API key for this account: {where.words}, which it names, is not set or empty: {where.remedy} (the"
                " default key is never used instead)"
            )
        try:
            key = checked_key(SecretStr(text))
        except ValueError as error:
            return CodatError(f"{where.words}: {error}")
        settings = self.default.settings.model_copy(update={"account": named.id})
        return self._connect(settings, key, _remedy(named))

    def _without_client(self, reason: str) -> Context:
        return Context(self.default.settings, CodatError(reason), self.default.warn)


def _remedy(named: AccountInputs) -> str:
    where = named.api_key
    check = f"check {where.words}, which the resource's account names, against the API keys in the Codat Portal"
    if where.source == "env":
        return check
    # because the engine refreshes and destroys with the configuration of the last `up`, which it keeps in state
    return (
        f"{check}; if the key was rotated, the copy in the stack's state is stale: run one `up --refresh=false`, or"
        " name an environment variable (env:...) instead"
    )


class PerAccount:
    """A lifecycle that passes each call on to the one in the account that the resource names."""

    def __init__(self, kind: str, make: Callable[[Context], Lifecycle], accounts: Accounts) -> None:
        self._kind = kind
        self._make = make
        self._accounts = accounts
        self._default = make(accounts.default)

    def check(self, old: Properties, new: Properties, unknown: frozenset[str]) -> Sequence[str]:
        if _ACCOUNT in unknown:
            return ("account must be known before anything is deployed",)
        context = self._accounts.of(new)
        failures = self._life_in(context).check(old, new, unknown)
        try:
            self._accounts.refuse_second(self._kind, context)
        except CodatError as error:
            return (*failures, str(error))
        return failures

    def diff(self, outputs: Properties, new: Properties, unknown: frozenset[str]) -> Difference:
        context = self._accounts.of(outputs if _ACCOUNT in unknown else new)  # because a refresh checks nothing before
        difference = self._life_in(context).diff(outputs, new, unknown)
        context.declarations.compare(self._kind)
        # because the account that the default key belongs to may be known only now
        self._accounts.refuse_second(self._kind, context)
        return difference

    def create(self, new: Properties) -> dict[str, object]:
        return self._in_account_of(new).create(new)

    def read(self, outputs: Properties) -> Refreshed:
        return self._in_account_of(outputs).read(outputs)

    def update(self, outputs: Properties, new: Properties) -> dict[str, object]:
        return self._in_account_of(new).update(outputs, new)

    def delete(self, outputs: Properties) -> None:
        account_id = outputs.get("accountId")
        # because what was renamed may name its account's key otherwise now, and must not be switched off for it
        declaring = self._accounts.declaring(self._kind, account_id if isinstance(account_id, str) else None)
        context = declaring or self._accounts.of(outputs)
        self._life_in(context).delete(outputs)

    def _in_account_of(self, properties: Properties) -> Lifecycle:
        return self._life_in(self._accounts.of(properties))

    def _life_in(self, context: Context) -> Lifecycle:
        return self._default if context is self._accounts.default else self._make(context)
