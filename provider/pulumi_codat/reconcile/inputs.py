"""What a user declares, parsed from plain data; every failure of one input set at once, in words."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Annotated, ClassVar, Final, Generic, Literal, TypeVar
from uuid import UUID

from pydantic import BaseModel, ConfigDict, PlainValidator, SecretStr, StrictBool, ValidationError
from pydantic.alias_generators import to_camel

from pulumi_codat.api import CodatError
from pulumi_codat.references import Reference, Sources
from pulumi_codat.validation import failures
from pulumi_codat.xero import ClientId, ClientSecret, XeroAppFacts

__all__ = [
    "NOT_KNOWN_YET",
    "AccountInputs",
    "Adopt",
    "BankFeedsInputs",
    "Declared",
    "IntegrationInputs",
    "OnDestroy",
    "parse",
]

Adopt = Literal["if_same", "overwrite", "never"]
"""Keys that are there before the first apply: `if_same` takes over those of the declared client ID and refuses others;
`overwrite` replaces them by the declared ones; `never` refuses any."""

OnDestroy = Literal["retain", "disable", "delete_keys"]
"""`retain` (also where nothing is said) leaves everything; `disable` switches off; `delete_keys` switches off,
then deletes the keys."""

NOT_KNOWN_YET: Final = SecretStr("not-known-yet")
"""Stands in a preview for a secret that is declared, and of which nothing is known yet."""

_INTERNAL: Final = "__"
_SECRET: Final = "clientSecret"  # noqa: S105 because it is the property's name
_FROM: Final = "clientSecretFrom"
_SECRETS: Final = frozenset({_SECRET, "account"})


class _Inputs(BaseModel):
    model_config = ConfigDict(
        frozen=True, extra="forbid", alias_generator=to_camel, populate_by_name=True, hide_input_in_errors=True
    )
    stand_ins: ClassVar[Mapping[str, object]] = {}
    """What a preview assumes of an input that is not known yet; without a stand-in nothing can be foreseen."""


def _account_id(value: object) -> UUID:
    try:
        return UUID(value if isinstance(value, str) else "")
    except ValueError:
        raise ValueError("must be the account's UUID") from None


def _reference(value: object) -> Reference:
    return Reference.parse(value if isinstance(value, str) else "")


def _variable(value: object) -> Reference:
    reference = _reference(value)
    if reference.source != "env":
        raise ValueError("must name an environment variable, `env:NAME`")
    return reference


class AccountInputs(_Inputs):
    """A declared account: its UUID, and where its API key is kept, which is all that state holds of the key."""

    id: Annotated[UUID, PlainValidator(_account_id)]
    api_key: Annotated[Reference, PlainValidator(_reference)]


class IntegrationInputs(_Inputs):
    """The declared Xero integration. A field that is None is not managed: never written, never drift.

    `client_secret_from` is the variable that holds the secret; `parse` looks it up.
    """

    # because what is not known yet must not be claimed to differ, nor to be refused
    stand_ins: ClassVar[Mapping[str, object]] = {
        "clientSecret": NOT_KNOWN_YET.get_secret_value(),
        "enabled": None,
        "app": None,
        "onDestroy": None,
        "acceptDisruption": True,
    }

    client_id: ClientId
    client_secret: ClientSecret | None = None
    client_secret_from: Annotated[Reference, PlainValidator(_variable)] | None = None
    enabled: StrictBool | None = None
    app: XeroAppFacts | None = None
    adopt: Adopt = "if_same"
    on_destroy: OnDestroy | None = None
    accept_disruption: StrictBool = False
    account: AccountInputs | None = None

    @property
    def declares_secret(self) -> bool:
        """Whether the keys are ours to write, be the secret at hand or not."""
        return self.client_secret is not None or self.client_secret_from is not None

    @property
    def stored_secret(self) -> SecretStr | None:
        """What of the secret goes into state: nothing of one that a variable holds."""
        return None if self.client_secret_from else self.client_secret


class BankFeedsInputs(_Inputs):
    """The declared bank-feeds toggle, with the app of its integration."""

    stand_ins: ClassVar[Mapping[str, object]] = {"onDestroy": None, "clientId": None}

    enabled: StrictBool
    app: XeroAppFacts | None = None
    on_destroy: Literal["retain", "disable"] | None = None
    client_id: ClientId | None = None
    platform_key: Literal["gbol"]
    account: AccountInputs | None = None


Inputs = TypeVar("Inputs", IntegrationInputs, BankFeedsInputs)


@dataclass(frozen=True)
class Declared(Generic[Inputs]):
    """The outcome of parsing: the inputs, where all are known and right; and what is wrong with the known ones.

    `foreseen` is what a preview can be made of: the inputs with stand-ins for those that are not known yet, or None
    where too little is known.
    """

    inputs: Inputs | None
    failures: tuple[str, ...]
    foreseen: Inputs | None

    def required(self) -> Inputs:
        """The inputs, where nothing may be unknown any more.

        Raises `CodatError` where they are wrong after all.
        """
        if self.inputs is None:
            raise CodatError("; ".join(self.failures) or "an input is not known yet; report this as a bug")
        return self.inputs


def parse(
    model: type[Inputs], properties: Mapping[str, object], unknown: frozenset[str], sources: Sources | None = None
) -> Declared[Inputs]:
    """Parse what is known; a property in `unknown` is not yet, and neither its value nor its absence is a failure.

    `sources`: where to look up the client secret that a variable holds; one that is not set is no failure.
    """
    named = properties.get(_FROM)
    if _FROM in unknown or named is None or sources is None or _FROM not in map(to_camel, model.model_fields):
        return _parse(model, properties, unknown)
    if properties.get(_SECRET) is not None:
        return Declared(None, (f"{_SECRET} and {_FROM} are both given: keep one of them",), None)
    try:
        variable = _variable(named)
    except ValueError:
        return _parse(model, properties, unknown)
    secret = sources.get(variable)
    found = _parse(model, properties if secret is None else {**properties, _SECRET: secret}, unknown)
    told = (
        f"{_SECRET} ({variable.words}){failure.removeprefix(_SECRET)}" if failure.startswith(f"{_SECRET} ") else failure
        for failure in found.failures
    )
    return Declared(found.inputs, tuple(told), found.foreseen)


def _parse(model: type[Inputs], properties: Mapping[str, object], unknown: frozenset[str]) -> Declared[Inputs]:
    known = _spelled(
        {name: value for name, value in properties.items() if name not in unknown and not name.startswith(_INTERNAL)}
    )
    try:
        inputs = model.model_validate(known)
    except ValidationError as error:
        wrong = tuple(failures(error, known, unknown, _SECRETS))
        return Declared(None, wrong, None if wrong else _foreseen(model, known, unknown))
    return Declared(inputs, (), inputs) if not unknown else Declared(None, (), _foreseen(model, known, unknown))


def _spelled(properties: Mapping[str, object]) -> dict[str, object]:
    """The same with `?` for what UTF-8 cannot carry in a name, because pydantic would name nothing but that."""
    return {
        name.encode(errors="replace").decode(): _spelled(value) if isinstance(value, dict) else value
        for name, value in properties.items()
    }


def _foreseen(model: type[Inputs], known: Mapping[str, object], unknown: frozenset[str]) -> Inputs | None:
    if not unknown <= model.stand_ins.keys():
        return None
    return model.model_validate({**known, **{name: model.stand_ins[name] for name in unknown}})
