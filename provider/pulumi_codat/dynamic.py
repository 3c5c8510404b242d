"""How Pulumi calls us: the provider classes that every user's state refers to. Thin; the rules are in `reconcile`.

The import path and the name of each class are pickled into state by reference: never move or rename one.
"""

from __future__ import annotations

import os
import traceback
from contextlib import contextmanager
from functools import cache
from importlib.metadata import version
from pathlib import Path
from typing import TYPE_CHECKING, ClassVar, Final

from pulumi.dynamic import (
    CheckFailure,
    CheckResult,
    ConfigureRequest,
    CreateResult,
    DiffResult,
    ReadResult,
    ResourceProvider,
    UpdateResult,
)
from pulumi.output import Unknown

from pulumi_codat import diagnostics

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping

    import httpx
    from pydantic import SecretStr

    from pulumi_codat.api import Codat, CodatError
    from pulumi_codat.api.transports import RequestResult
    from pulumi_codat.reconcile import Accounts, Lifecycle
    from pulumi_codat.settings import Settings

__all__ = ["XeroBankFeedsProvider", "XeroIntegrationProvider"]

_PROVIDER_KEY: Final = "__provider"
_NO_API_KEY: Final = (
    "no Codat API key: set CODAT_API_KEY, or `pulumi config set --secret codat:apiKey` (a key is made in the Codat"
    " Portal, under Developers)"
)


class _Provider(ResourceProvider):
    """Translates between the engine's calls and a `Lifecycle`. Has no attributes until `configure`."""

    serialize_as_secret_always = False  # because nothing in it is secret, and state stays readable
    _kind: ClassVar[str]
    _lifecycle: Lifecycle

    def __getstate__(self) -> None:
        """Nothing of a configured provider is pickled, because it holds the API keys."""

    def configure(self, req: ConfigureRequest) -> None:
        """Connect lazily: nothing is sent, and what is wrong with the settings is told by the first call."""
        # because importing the package must cost a program neither httpx nor pydantic
        from pulumi_codat import reconcile  # noqa: PLC0415
        from pulumi_codat.api import CodatError  # noqa: PLC0415
        from pulumi_codat.settings import Settings, load_settings  # noqa: PLC0415

        diagnostics.one_line_errors()
        # because the public Config cannot list its keys, and a mistyped `codat:` key must not pass unseen
        config = req.config._props  # noqa: SLF001
        with _spoken("configure"):
            held = frozenset((key, value) for key, value in config.items() if isinstance(value, str))
            try:
                accounts = _accounts(load_settings(config, os.environ), None, held)
            except CodatError as error:
                accounts = _accounts(Settings(), str(error), held)
            self._lifecycle = reconcile.PerAccount(self._kind, reconcile.LIFECYCLES[self._kind], accounts)

    def check(self, _olds: dict[str, object], news: dict[str, object]) -> CheckResult:
        from pulumi_codat.api import CodatError  # noqa: PLC0415 because of `configure`

        known, unknown = _split(news)
        try:
            with _spoken("check"):
                failures = self._lifecycle.check(_split(_olds)[0], known, unknown)
        except CodatError as error:
            failures = (str(error),)
        # because the engine prints the value beside a named property, no property is named
        return CheckResult(dict(news), [CheckFailure("", failure) for failure in failures])

    def diff(self, _id: str, _olds: dict[str, object], _news: dict[str, object]) -> DiffResult:
        from pulumi_codat.reconcile import Difference  # noqa: PLC0415 because of `configure`

        known, unknown = _split(_news)
        with _spoken("diff"):
            difference = self._lifecycle.diff(_split(_olds)[0], known, unknown)
        # because with None the engine works out and shows which inputs differ
        return DiffResult(changes={Difference.NONE: False, Difference.INPUTS: None, Difference.LIVE: True}[difference])

    def create(self, props: dict[str, object]) -> CreateResult:
        with _spoken("create"):
            outputs = self._lifecycle.create(_split(props)[0])
        return CreateResult(str(outputs["platformKey"]), outputs)

    def read(self, id_: str, props: dict[str, object]) -> ReadResult:
        with _spoken("read"):
            refreshed = self._lifecycle.read(_split(props)[0])
        return ReadResult(id_, refreshed.outputs, refreshed.inputs)

    def update(self, _id: str, _olds: dict[str, object], _news: dict[str, object]) -> UpdateResult:
        with _spoken("update"):
            return UpdateResult(self._lifecycle.update(_split(_olds)[0], _split(_news)[0]))

    def delete(self, _id: str, _props: dict[str, object]) -> None:
        with _spoken("delete"):
            self._lifecycle.delete(_split(_props)[0])


class XeroIntegrationProvider(_Provider):
    """State refers to this class by its name."""

    _kind = "XeroIntegration"


class XeroBankFeedsProvider(_Provider):
    """State refers to this class by its name."""

    _kind = "XeroBankFeeds"


@cache
def _accounts(settings: Settings, problem: str | None, config: frozenset[tuple[str, str]]) -> Accounts:
    """The accounts of one configuration and process, so that all resources of an account share one live view."""
    from pulumi_codat.api import CodatError  # noqa: PLC0415 because of `configure`
    from pulumi_codat.pipeline import Pipeline  # noqa: PLC0415 because of `configure`
    from pulumi_codat.reconcile import Accounts, Context, identity_of  # noqa: PLC0415 because of `configure`
    from pulumi_codat.references import Sources  # noqa: PLC0415 because of `configure`

    if problem:
        codat: Codat | CodatError = CodatError(problem)
    elif settings.api_key is None:
        codat = CodatError(_NO_API_KEY)
    else:
        try:
            codat = _connect(settings, settings.api_key, None)
        except CodatError as error:
            codat = error
    identity = identity_of(settings, user_agent=_user_agent(), on_result=_on_result(settings))
    sources = Sources(dict(config), os.environ)
    pipeline = Pipeline.of(os.environ)
    default = Context(settings, codat, diagnostics.warn, identity=identity, sources=sources, pipeline=pipeline)
    return Accounts(default, CodatError(problem) if problem else _connect)


def _connect(settings: Settings, api_key: SecretStr, key_remedy: str | None) -> Codat:
    from pulumi_codat.api import Codat  # noqa: PLC0415 because of `configure`

    return Codat.connect(
        api_key=api_key,
        base_url=settings.base_url,
        max_wait_seconds=settings.max_wait_seconds,
        user_agent=_user_agent(),
        on_result=_on_result(settings),
        key_remedy=key_remedy,
        certificate=settings.certificate,
        account=settings.default_account,
    )


def _user_agent() -> str:
    return f"pulumi-codat/{version('pulumi-codat')}"


def _on_result(settings: Settings) -> Callable[[httpx.Request, RequestResult], None] | None:
    return _log_request if settings.log == "debug" else None


def _log_request(request: httpx.Request, outcome: RequestResult) -> None:
    result = type(outcome).__name__ if isinstance(outcome, Exception) else outcome.status_code
    diagnostics.say(f"codat: {request.method} {request.url.path} -> {result}")


def _split(properties: Mapping[str, object]) -> tuple[dict[str, object], frozenset[str]]:
    """The properties without the pickled provider, and the names of those that are not (wholly) known yet."""
    known = {name: value for name, value in properties.items() if name != _PROVIDER_KEY}
    return known, frozenset(name for name, value in known.items() if _holds_unknown(value))


def _holds_unknown(value: object) -> bool:
    match value:
        case Unknown():
            return True
        case dict():
            return any(_holds_unknown(item) for item in value.values())
        case list():
            return any(_holds_unknown(item) for item in value)
        case _:
            return False


@contextmanager
def _spoken(method: str) -> Iterator[None]:
    """Let nothing out but a `CodatError` of one line: a BaseException would hang the engine."""
    from pulumi_codat.api import CodatError  # noqa: PLC0415 because of `configure`

    try:
        yield
    except CodatError as error:
        raise CodatError(str(error)) from None
    except BaseException as error:  # noqa: BLE001 because SystemExit in a provider method hangs the engine
        # because the text of an unforeseen error may hold a secret, only its kind and place are told
        frames = [
            f"{Path(frame.f_code.co_filename).name}:{line}" for frame, line in traceback.walk_tb(error.__traceback__)
        ]
        raise CodatError(
            f"pulumi-codat itself failed in {method} ({type(error).__name__} at {frames[-1]}); nothing more was"
            " written: please report this"
        ) from None
