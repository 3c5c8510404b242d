"""Pages of a list, and the parameters that are refused."""

import httpx
import pytest


@pytest.fixture(autouse=True)
def companies(portal: httpx.Client) -> None:
    for number in range(5):
        portal.post("/companies", json={"name": f"Company {number}"})


def _page(client: httpx.Client, query: str) -> tuple[list[str], dict[str, str]]:
    body = client.get(f"/companies{query}").json()
    return [item["name"][-1] for item in body["results"]], {name: link["href"] for name, link in body["_links"].items()}


def test_the_first_page_is_the_default(dev: httpx.Client) -> None:
    assert _page(dev, "") == (
        ["0", "1", "2", "3", "4"],
        {"self": "/companies", "current": "/companies?page=1&pageSize=100"},
    )


def test_links_lead_through_all_pages(dev: httpx.Client) -> None:
    seen: list[str] = []
    query = "?pageSize=2"
    while query:
        names, links = _page(dev, query)
        seen += names
        query = links.get("next", "").removeprefix("/companies")
    assert seen == ["0", "1", "2", "3", "4"]
    assert links["previous"] == "/companies?page=2&pageSize=2"


def test_a_page_beyond_the_end_is_empty(dev: httpx.Client) -> None:
    body = dev.get("/companies?page=9&pageSize=2").json()
    assert (body["results"], body["totalResults"], body["pageNumber"], body["pageSize"]) == ([], 5, 9, 2)
    assert set(body["_links"]) == {"self", "current", "previous"}


@pytest.mark.parametrize("path", ["/companies", "/integrations"])
@pytest.mark.parametrize(
    "query",
    [
        "page=0",
        "page=-1",
        "page=x",
        "page=",
        "page=1.0",
        "page=2147483648",
        "page=1&page=2",
        "pageSize=0",
        "pageSize=2001",
    ],
)
def test_a_page_that_cannot_be_is_refused(dev: httpx.Client, path: str, query: str) -> None:
    refused = dev.get(f"{path}?{query}")
    assert refused.status_code == 400
    (problem,) = refused.json()["validation"]["errors"]
    assert problem["itemId"] == query.partition("=")[0]


def test_the_largest_page(dev: httpx.Client) -> None:
    assert dev.get("/companies?page=1&pageSize=2000").json()["pageSize"] == 2000


@pytest.mark.parametrize("name", ["query", "orderBy"])
def test_queries_are_refused_as_malformed(dev: httpx.Client, name: str) -> None:
    refused = dev.get(f"/integrations?{name}=enabled%3Dtrue")
    assert refused.status_code == 400
    assert refused.json()["service"] == "ClientsApi"
    assert refused.json()["error"] == "Error parsing query - Malformed query."


def test_any_other_parameter_is_refused(dev: httpx.Client) -> None:
    (problem,) = dev.get("/companies?limit=5").json()["validation"]["errors"]
    assert (problem["itemId"], problem["message"]) == ("limit", "Unknown query parameter")
