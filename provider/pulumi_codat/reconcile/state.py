"""What we keep about a resource between runs: the declared inputs as last applied, and our own records.

Everything is optional and lenient, because states of older versions and of import files must still be read.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated, Final, Self

from pydantic import BaseModel, ConfigDict, Field, SecretStr, ValidationError, field_serializer
from pydantic.alias_generators import to_camel

from pulumi_codat.api import CodatError
from pulumi_codat.redaction import CHANGED_OUTSIDE, fingerprint

if TYPE_CHECKING:
    from collections.abc import Mapping

__all__ = [
    "BANK_FEEDS_INPUTS",
    "INTEGRATION_INPUTS",
    "KEPT_AS_DECLARED",
    "BankFeedsState",
    "IntegrationState",
    "KeysRecord",
    "SettingState",
    "last_written",
    "secret_fingerprint",
]


class SettingState(BaseModel):
    """What every setting's state holds."""

    model_config = ConfigDict(
        frozen=True, extra="ignore", alias_generator=to_camel, populate_by_name=True, hide_input_in_errors=True
    )

    enabled: bool | None = None
    app: dict[str, object] | None = None
    on_destroy: str | None = None
    account: dict[str, object] | None = None

    platform_key: str | None = None
    integration_id: str | None = None
    account_id: str | None = None
    account_name: str | None = None
    adopted: bool | None = None
    applied_enabled: bool | None = None
    """The toggle as last applied from here; a refresh does not change it."""
    unverified: tuple[str, ...] | None = None
    """Inputs that a person was asked to bring about, and that no read can tell."""
    last_written_at: str | None = None
    unfinished: str | None = None

    @property
    def was_applied(self) -> bool:
        """Whether this is the record of an apply; what an import file brings is not."""
        return self.adopted is not None

    @property
    def enabled_as_recorded(self) -> bool | None:
        """The toggle as last applied from here, or as it was when it was imported; None where it is not managed."""
        if self.enabled is None:
            return None
        return self.adopted if self.applied_enabled is None else self.applied_enabled

    @property
    def may_be_removed(self) -> bool:
        """Whether anything was ever applied from here."""
        return self.was_applied

    @property
    def was_hidden(self) -> bool:
        """Whether Codat did not show the setting (a secret's mask may also be shown, and tell nothing)."""
        return not {"clientId", "enabled"}.isdisjoint(self.unverified or ())

    @classmethod
    def parse(cls, properties: Mapping[str, object]) -> Self:
        """The state from the engine's properties.

        Raises `CodatError` where they are not of the shape that any version wrote.
        """
        try:
            return cls.model_validate(dict(properties))
        except ValidationError as error:
            problems = error.errors(include_input=False, include_url=False)
            wrong = sorted({".".join(str(part) for part in problem["loc"]) for problem in problems})
            raise CodatError(
                f"the recorded state was edited, or belongs to another program ({', '.join(wrong)} cannot"
                " be read): bring back an earlier state (`pulumi stack export --version`, `pulumi stack import`), or"
                " take the resource out of it (`pulumi state delete`) and run `pulumi up`, which adopts what is in"
                " Codat; nothing was written"
            ) from None

    def dump(self) -> dict[str, object]:
        """Plain data for the engine; the secret goes under its input's name only, where the engine encrypts it."""
        return self.model_dump(mode="json", by_alias=True, exclude_none=True)


class KeysRecord(BaseModel):
    """The keys as we last wrote or adopted them.

    `mask` is a salted fingerprint of what Codat shows of them; None where the mask is unstable and nothing is claimed.
    `shows_change` is whether another secret would look different. `client_id_unsteady` is true where two reads
    in a row showed its mask differently, so that a mask of it says nothing.
    `secret` is a salted fingerprint of the secret itself, where a variable holds it and state does not.
    `secret_unproven` is true where keys were adopted under a declared secret that nothing showed to be theirs.
    """

    model_config = ConfigDict(
        frozen=True, extra="ignore", alias_generator=to_camel, populate_by_name=True, hide_input_in_errors=True
    )

    client_id: str
    salt: Annotated[str, Field(pattern=r"^([0-9a-f]{2})+$")]
    mask: str | None = None
    secret: str | None = None
    shows_change: bool = False
    client_id_unsteady: bool | None = None
    secret_unproven: bool | None = None


class IntegrationState(SettingState):
    """Outputs of a XeroIntegration."""

    client_id: str = ""
    client_secret: SecretStr | None = None
    adopt: str | None = None
    client_secret_from: str | None = None
    accept_disruption: bool | None = None

    name: str | None = None
    redirect_uri: str | None = None
    portal_url: str | None = None
    connection_limit: int | None = None
    secret_drift_visible: bool | None = None
    keys_record: KeysRecord | None = None

    @property
    def holds_secret(self) -> bool:
        """Whether a client secret was declared, as a value or by its variable."""
        return self.client_secret is not None or self.client_secret_from is not None

    @property
    def secret_is_unknown(self) -> bool:
        """Whether the secret in Codat may be another than the one last declared: it was changed, or a write is open."""
        return self.client_secret == SecretStr(CHANGED_OUTSIDE)

    @property
    def secret_is_ours(self) -> bool:
        """Whether the secret in Codat is the one last declared, as far as is known."""
        if self.client_secret is not None:
            return not self.secret_is_unknown
        return self.keys_record is not None and self.keys_record.secret is not None

    @property
    def secret_is_unproven(self) -> bool:
        """Whether the declared secret was never written, and never seen to be that of the adopted keys."""
        return self.keys_record is not None and self.keys_record.secret_unproven is True

    def holds(self, secret: SecretStr) -> bool:
        """Whether this is the secret that was last written or adopted."""
        if self.client_secret is not None:
            return self.client_secret == secret
        record = self.keys_record
        return record is not None and record.secret == secret_fingerprint(record.salt, secret)

    @field_serializer("client_secret", when_used="json-unless-none")
    def _reveal(self, value: SecretStr) -> str:
        return value.get_secret_value()


class BankFeedsState(SettingState):
    """Outputs of a XeroBankFeeds."""

    client_id: str | None = None
    """The declared client ID of its integration; None where it is not known."""

    @property
    def may_be_removed(self) -> bool:
        # because an import file records the toggle as adopted, so that it can be compared
        return self.applied_enabled is not None


def secret_fingerprint(salt: str, secret: SecretStr) -> str:
    """What state keeps of a secret that a variable holds."""
    return fingerprint(salt, {"clientSecret": secret.get_secret_value()})


def last_written(state: IntegrationState) -> str | None:
    """The client ID that was last written or adopted from here, if any was; a refresh does not change it."""
    return state.keys_record.client_id if state.keys_record else None


INTEGRATION_INPUTS: Final = (
    "clientId",
    "clientSecret",
    "clientSecretFrom",
    "enabled",
    "app",
    "adopt",
    "onDestroy",
    "acceptDisruption",
    "account",
)
BANK_FEEDS_INPUTS: Final = ("enabled", "app", "onDestroy", "clientId", "platformKey", "account")
KEPT_AS_DECLARED: Final[Mapping[str, str]] = {
    "adopt": "adopt",
    "onDestroy": "on_destroy",
    "acceptDisruption": "accept_disruption",
    "app": "app",
    "account": "account",
    "clientSecretFrom": "client_secret_from",
}
"""The inputs of which Codat knows nothing, and where the state holds them."""
