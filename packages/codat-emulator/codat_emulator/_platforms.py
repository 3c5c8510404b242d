"""The integrations that every account has: their real, public records."""

from dataclasses import dataclass

from pydantic import JsonValue

__all__ = ["PLATFORMS", "XERO", "Platform"]


@dataclass(frozen=True, slots=True)
class Platform:
    """An integration as Codat offers it, the same in every account.

    `needs_keys` says whether the Portal's form for it has secure keys, `has_bank_feeds` whether it has the
    "Enable bank feeds" toggle (reference, section 5.5).
    """

    key: str
    name: str
    integration_id: str
    source_id: str
    needs_keys: bool
    has_bank_feeds: bool = False
    features: tuple[tuple[str, tuple[tuple[str, str], ...]], ...] = ()

    @property
    def record(self) -> dict[str, JsonValue]:
        """The published fields of `Integration`, but for `enabled`, which is the account's.

        `supportedEnvironments`, `linkedConnectionsCount` and `totalConnectionsCount` were seen only in the
        legacy description (reference, section 1.2). Whether they still come is not stated; leaving them out
        is our choice, because a client must not lean on them.
        """
        features: list[JsonValue] = [
            {
                "datatype": datatype,
                "supportedFeatures": [{"featureType": kind, "featureState": state} for kind, state in supported],
            }
            for datatype, supported in self.features
        ]
        return {
            "key": self.key,
            "logoUrl": f"https://static.codat.io/public/platforms/{self.key}.png",
            "name": self.name,
            "sourceId": self.source_id,
            "integrationId": self.integration_id,
            "sourceType": "Accounting",
            "isOfflineConnector": False,
            "isBeta": False,
            "dataProvidedBy": "Codat",
            "datatypeFeatures": features,
        }

    @property
    def branding(self) -> dict[str, JsonValue]:
        """The published `Branding` (reference, section 1.4). Buttons empty, as in the documented example."""
        images = "https://static.codat.io/public/officialLogos"

        def logo(shape: str) -> JsonValue:
            alternative = f"{self.name.lower()} {shape.lower()} icon"
            return {"image": {"src": f"{images}/{shape}/{self.source_id.upper()}.png", "alt": alternative}}

        return {
            "logo": {"full": logo("Full"), "square": logo("Square")},
            "button": {},
            "sourceId": self.source_id,
        }


XERO = Platform(
    key="gbol",
    name="Xero",
    integration_id="0f20c943-12d0-4800-9f6c-d218f62d494c",
    source_id="8a156a5a-39cb-4f9d-856e-76ef9b9a9607",
    needs_keys=True,
    has_bank_feeds=True,
    features=(
        (
            "chartOfAccounts",
            (("Get", "Release"), ("Post", "Release"), ("Categorization", "Beta"), ("Put", "NotImplemented")),
        ),
    ),
)

# The ids of the other two are those of Codat's public examples: docs/commerce/build/
# implementing-codats-no-code-merchant-configuration.md (Sandbox) and json/Codat-Sync-Commerce.json (QuickBooks
# Online). Their data type features are published nowhere, so they list none.
_SANDBOX = Platform(
    key="mqjo",
    name="Sandbox",
    integration_id="9e0cc03b-3868-4543-98c0-568f0f1b12a3",
    source_id="aff0f057-255f-42c4-8d4a-ae23b43e1615",
    needs_keys=False,
)

_QUICKBOOKS_ONLINE = Platform(
    key="qhyg",
    name="QuickBooks Online",
    integration_id="adeb7fe9-4c64-4848-9e0d-175317876b6f",
    source_id="afe268b1-289e-4496-b890-3d65e9ce1acb",
    needs_keys=True,
)

PLATFORMS = (XERO, _SANDBOX, _QUICKBOOKS_ONLINE)
