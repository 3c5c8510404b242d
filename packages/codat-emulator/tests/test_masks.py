"""What a read shows of the credentials, in every style."""

import httpx
import pytest

PATH = "/integrations/credentials/gbol"
CLIENT_ID = "ABCDEF0123456789"


def _put(client: httpx.Client, value: str = "SECRET-1234") -> dict[str, str]:
    body: dict[str, str] = client.put(PATH, json={"clientId": CLIENT_ID, "clientSecret": value}).json()
    return body


def _get(client: httpx.Client) -> dict[str, str]:
    body: dict[str, str] = client.get(PATH).json()
    return body


def test_by_default_the_client_id_reads_in_clear_and_the_secret_shows_its_last_four(dev: httpx.Client) -> None:
    assert _put(dev) == _get(dev) == {"clientId": CLIENT_ID, "clientSecret": "********1234"}
    assert _put(dev, "SECRET-9876")["clientSecret"] == "********9876"


@pytest.mark.parametrize("secret", ["1234", "x"])
def test_last_four_never_shows_a_whole_value(dev: httpx.Client, secret: str) -> None:
    assert _put(dev, secret)["clientSecret"] == "********"


@pytest.mark.parametrize(("style", "mask"), [("stars", "********"), ("empty", ""), ("last-four", "********1234")])
@pytest.mark.parametrize("client_id_masked", [True, False])
def test_a_style_masks_every_entry_but_the_client_id(
    dev: httpx.Client, portal: httpx.Client, style: str, mask: str, *, client_id_masked: bool
) -> None:
    portal.patch("", json={"mask": style, "maskClientId": client_id_masked})
    dev.put(PATH, json={"clientId": "CLIENT-1234", "clientSecret": "SECRET-1234", "environment": "live-1234"})
    assert _get(dev) == {
        "clientId": mask if client_id_masked else "CLIENT-1234",
        "clientSecret": mask,
        "environment": mask,
    }


def test_stars_hide_a_rotation(dev: httpx.Client, portal: httpx.Client) -> None:
    portal.patch("", json={"mask": "stars"})
    assert _put(dev, "SECRET-1234") == _put(dev, "another-and-longer-SECRET-9876")


def test_a_version_changes_with_every_save(dev: httpx.Client, portal: httpx.Client) -> None:
    portal.patch("", json={"mask": "versioned"})
    first = _put(dev)
    assert first == {"clientId": CLIENT_ID, "clientSecret": "********", "version": first["version"]}
    assert _get(dev) == first
    second = _put(dev)
    portal.patch("/integrations/gbol", json={"clientSecret": "SECRET-5678"})
    third = _get(dev)
    dev.delete(PATH)
    fourth = _put(dev)
    assert len({shown["version"] for shown in (first, second, third, fourth)}) == 4


def test_an_unstable_mask_differs_at_every_read(dev: httpx.Client, portal: httpx.Client) -> None:
    portal.patch("", json={"mask": "unstable"})
    _put(dev)
    shown = {_get(dev)["clientSecret"] for _ in range(10)}
    assert len(shown) == 10
    assert not any("1234" in mask and "SECRET" in mask for mask in shown)
    assert _get(dev)["clientId"] == CLIENT_ID


def test_a_style_belongs_to_one_account(dev: httpx.Client, prod: httpx.Client, portal: httpx.Client) -> None:
    portal.patch("", json={"mask": "empty"})
    assert _put(dev)["clientSecret"] == ""
    assert _put(prod)["clientSecret"] == "********1234"
