"""What may be done to an account's settings and what follows from it. Knows nothing of HTTP paths or storage."""

import re
from collections.abc import Mapping

from codat_emulator._errors import CodatError, Problem, bad_request, not_found
from codat_emulator._platforms import PLATFORMS, Platform
from codat_emulator._settings import AccountSettings, Company, Connection, ConnectionStatus

__all__ = [
    "check_keys",
    "company_with",
    "connection_with",
    "platform_of_integration",
    "platform_with",
    "with_credentials",
    "with_saved_keys",
    "with_switch",
    "without_credentials",
]

_UUID = re.compile(r"[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}")
_SPACES = "Secure keys must not contain spaces"


def platform_with(key: str) -> Platform:
    """The integration with this platform key; 400 when it is not four small letters, 404 when there is none.

    Both texts are those of Codat's changelog (reference, section 1.1).
    """
    if not re.fullmatch("[a-z]{4}", key):
        raise CodatError(400, f"The specified PlatformKey ({key}) is not valid")
    for platform in PLATFORMS:
        if platform.key == key:
            return platform
    raise not_found(f"No integration was found with key {key}")


def platform_of_integration(integration_id: str) -> Platform:
    """The integration with this id. 400 for what is not a lower-case UUID, and 404's text, are our choice."""
    if not _UUID.fullmatch(integration_id):
        raise bad_request("integrationId is not a UUID", "integrationId")
    for platform in PLATFORMS:
        if platform.integration_id == integration_id:
            return platform
    raise not_found(f"No integration was found with id {integration_id}")


def company_with(settings: AccountSettings, company_id: str) -> Company:
    for company in settings.companies:
        if company.id == company_id:
            return company
    raise not_found(f"No company was found with ID {company_id}", service="ClientsApi")


def connection_with(company: Company, connection_id: str) -> Connection:
    for connection in company.connections:
        if connection.id == connection_id:
            return connection
    raise not_found(f"Data connection {connection_id} not found")


def with_switch(settings: AccountSettings, platform: Platform, *, enabled: bool) -> AccountSettings:
    """The integration switched on or off.

    Switching on without keys is refused with 400 where the Portal's form has keys. Not stated (reference,
    section 2.2), so it is our choice, because the Portal's order is save, then enable.
    """
    current = settings.of(platform)
    if enabled and platform.needs_keys and not current.has_keys:
        raise CodatError(
            400,
            f"{platform.name} cannot be enabled without credentials",
            problems=[Problem("Set clientId and clientSecret first", "enabled", "EnabledArgs")],
        )
    return settings.with_integration(platform, current.model_copy(update={"enabled": enabled}))


def check_keys(credentials: Mapping[str, str]) -> None:
    """400 unless every secure key is usable: no white space (the Portal's rule), and, our choice, not empty."""
    for name, value in credentials.items():
        if any(character.isspace() for character in value):
            raise CodatError(400, _SPACES, problems=[Problem(_SPACES, name, "IntegrationCredentials")])
        if not value:
            raise bad_request("Secure keys must not be empty", name, "IntegrationCredentials")


def with_credentials(settings: AccountSettings, platform: Platform, credentials: Mapping[str, str]) -> AccountSettings:
    """The integration with exactly these credentials: the whole map is replaced.

    Not stated, each our choice: the map replaces (the Plaid how-to reads, edits and writes all of it); an
    empty map is refused; an integration without keys in the Portal takes none; the switch stays as it is;
    what `with_saved_keys` says.
    """
    if not platform.needs_keys:
        raise bad_request(f"{platform.name} takes no credentials", platform.key, "IntegrationCredentials")
    if not credentials:
        raise bad_request("At least one credential is required", platform.key, "IntegrationCredentials")
    check_keys(credentials)
    return with_saved_keys(settings, platform, credentials)


def without_credentials(settings: AccountSettings, platform: Platform) -> AccountSettings:
    """The integration without credentials; 404 when it has none.

    Not stated, our choice: the switch stays as it is, so a client has to switch off itself.
    """
    if not settings.of(platform).credentials:
        raise not_found(f"No credentials were found for integration with key {platform.key}")
    return with_saved_keys(settings, platform, {})


def with_saved_keys(settings: AccountSettings, platform: Platform, credentials: Mapping[str, str]) -> AccountSettings:
    """The integration with exactly these credentials, and what a save does besides.

    When the client ID or the secret is another than before, the linked connections of this integration are
    deauthorized. Codat says so of Plaid and is silent on Xero (reference, sections 0.8 and 8), so for the others
    it is our choice.
    """
    current = settings.of(platform)
    update = {"credentials": dict(credentials), "credentials_version": current.credentials_version + 1}
    saved = settings.with_integration(platform, current.model_copy(update=update))
    pair = ("clientId", "clientSecret")
    if not current.has_keys or all(current.credentials[name] == credentials.get(name) for name in pair):
        return saved
    return saved.with_companies(tuple(_deauthorized(company, platform) for company in settings.companies))


def _deauthorized(company: Company, platform: Platform) -> Company:
    connections = tuple(
        connection.model_copy(update={"status": ConnectionStatus.DEAUTHORIZED})
        if connection.platform_key == platform.key and connection.status is ConnectionStatus.LINKED
        else connection
        for connection in company.connections
    )
    return company.model_copy(update={"connections": connections})
