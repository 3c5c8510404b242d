"""A Codat account that a resource names for itself, where one program serves several."""

from __future__ import annotations

from dataclasses import dataclass

import pulumi

from pulumi_codat.references import Reference

__all__ = ["Account"]


@dataclass(frozen=True, kw_only=True)
class Account:
    """One Codat account, by its UUID, and the name of the place where its API key is kept.

    Only these two are in state, never the key; the provider looks the key up in each run. A resource that names its
    account never uses the default key (CODAT_API_KEY, `codat:apiKey`). Where `codat:account` or CODAT_ACCOUNT is set,
    it must be the same account, because those name the only one that the stack may touch.
    """

    id: str
    """UUID of the account; the API key must belong to it, or nothing is written."""
    api_key: str
    """`env:NAME`, an environment variable (letters of one case, digits and underscores); or `config:namespace:key`, a
    secret of the stack's configuration such as `config:codat:apiKeyEu`. The engine refreshes and destroys with the
    configuration of the last `up`, so a key that was rotated there needs one `up --refresh=false`; a variable is always
    read afresh."""

    def __post_init__(self) -> None:
        """Raises `pulumi.RunError` for anything but two texts, and for a key in the place of its name."""
        # because a key must not even reach the engine, whose logs it would be in
        given: tuple[object, ...] = (self.id, self.api_key)
        if not all(isinstance(value, str) for value in given):
            raise pulumi.RunError("codat.Account: id and api_key must be plain text, known before anything is deployed")
        try:
            Reference.parse(self.api_key)
        except ValueError as error:
            raise pulumi.RunError(f"codat.Account: api_key {error}") from None

    def declared(self) -> dict[str, str]:
        """The inputs, by name."""
        return {"id": self.id, "api_key": self.api_key}
