"""Pages of a list (reference, section 1.3)."""

import re
from collections.abc import Sequence

from pydantic import JsonValue
from starlette.datastructures import QueryParams

from codat_emulator._errors import CodatError, bad_request

__all__ = ["malformed_query", "page_of"]

_INT32 = 2**31 - 1
_PARAMETERS = {"page": (1, _INT32), "pageSize": (100, 2000)}


def malformed_query() -> CodatError:
    return CodatError(400, "Error parsing query - Malformed query.", service="ClientsApi")


def page_of(items: Sequence[JsonValue], path: str, query: QueryParams, selection: str = "") -> JsonValue:
    """The asked-for page with its `_links`; a page beyond the end is empty.

    `page` is 1 and `pageSize` 100 unless given. The published sources disagree on the largest page (5,000 or
    2,000): 2,000 is our choice. So is refusing `query` and `orderBy` as a malformed query, which Codat says do
    not work on settings and metadata (reference, section 1.1), and refusing any other parameter with 400. A list
    that they do work on is given here as they select it, with the `selection` that its links repeat.
    """
    for name in query:
        if name in {"query", "orderBy"}:
            raise malformed_query()
        if name not in _PARAMETERS:
            raise bad_request("Unknown query parameter", name)
    page, size = (_number(name, query) for name in _PARAMETERS)
    last = max(1, -(-len(items) // size))

    def link(number: int) -> JsonValue:
        return {"href": f"{path}?page={number}&pageSize={size}{selection}"}

    links: dict[str, JsonValue] = {"self": {"href": path}, "current": link(page)}
    if page < last:
        links["next"] = link(page + 1)
    if page > 1:
        links["previous"] = link(page - 1)
    return {
        "results": list(items[(page - 1) * size : page * size]),
        "pageNumber": page,
        "pageSize": size,
        "totalResults": len(items),
        "_links": links,
    }


def _number(name: str, query: QueryParams) -> int:
    default, largest = _PARAMETERS[name]
    values = query.getlist(name)
    if not values:
        return default
    if len(values) > 1 or not re.fullmatch("[0-9]{1,10}", values[0]) or not 1 <= int(values[0]) <= largest:
        raise bad_request(f"{name} must be a whole number from 1 to {largest}", name)
    return int(values[0])
