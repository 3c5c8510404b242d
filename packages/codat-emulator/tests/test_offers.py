"""An account that offers the published endpoints only."""

import httpx
import pytest

XERO = "/settings/integrations/0f20c943-12d0-4800-9f6c-d218f62d494c"
UNPUBLISHED = [
    ("PUT", "/integrations/gbol/enabled"),
    ("GET", "/integrations/credentials/gbol"),
    ("PUT", "/integrations/credentials/gbol"),
    ("DELETE", "/integrations/credentials/gbol"),
    ("GET", "/settings"),
    ("PATCH", "/settings"),
    ("POST", "/settings"),
    ("GET", XERO),
    ("PATCH", XERO),
]
TEXTS = {
    404: "NotFound",
    403: "You are using an outdated API key or a key not associated with that resource.",
    405: "MethodNotAllowed",
}


@pytest.mark.parametrize("status", [403, 404, 405])
@pytest.mark.parametrize(("method", "path"), UNPUBLISHED)
def test_what_is_not_published_is_refused(
    dev: httpx.Client, portal: httpx.Client, method: str, path: str, status: int
) -> None:
    portal.patch("", json={"offers": f"published-{status}"})
    refused = dev.request(method, path, json={"enabled": True} if method in {"PUT", "PATCH"} else None)
    assert refused.status_code == status
    assert refused.json()["error"] == TEXTS[status]


@pytest.mark.parametrize("offers", ["published-404", "published-403", "published-405", "all"])
def test_what_is_published_answers(dev: httpx.Client, portal: httpx.Client, offers: str) -> None:
    portal.patch("", json={"offers": offers})
    paths = ["/integrations", "/integrations/gbol", "/integrations/gbol/branding", "/profile", "/profile/syncSettings"]
    assert {dev.get(path).status_code for path in [*paths, "/companies"]} == {200}
    assert dev.delete("/integrations").status_code == 405
    assert dev.get("/nothing").status_code == 404


def test_the_other_account_still_offers_all(prod: httpx.Client, portal: httpx.Client) -> None:
    portal.patch("", json={"offers": "published-404"})
    assert prod.get("/settings").status_code == 200
