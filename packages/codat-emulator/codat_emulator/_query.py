"""Codat's `query` and `orderBy` on a list of data (reference, section 7)."""

import re
from collections.abc import Callable, Mapping, Sequence
from urllib.parse import urlencode

from pydantic import JsonValue
from starlette.datastructures import QueryParams

from codat_emulator._errors import CodatError, bad_request
from codat_emulator._paging import malformed_query, page_of

__all__ = ["selected_page"]

_CONDITION = re.compile(r"([A-Za-z]+)(!=|>=|<=|=|>|<)([^&|{}()]+)")
_COMPARISONS: Mapping[str, Callable[[str, str], bool]] = {
    "=": lambda one, other: one == other,
    "!=": lambda one, other: one != other,
    ">": lambda one, other: one > other,
    ">=": lambda one, other: one >= other,
    "<": lambda one, other: one < other,
    "<=": lambda one, other: one <= other,
}


def selected_page(items: Sequence[Mapping[str, JsonValue]], path: str, query: QueryParams) -> JsonValue:
    """The asked-for page of the items that `query` selects, in the order that `orderBy` says.

    Of Codat's language conditions joined by `&&` are understood, and one field, with a `-` for the reverse. What else
    there is (`||`, brackets, `~`, inner fields) is refused as malformed: our choice, so that nothing is found by a
    query that nobody has tried. Values are compared as the text they are in JSON; a null is less than any text.
    """
    for name in ("query", "orderBy"):
        if len(query.getlist(name)) > 1:
            raise bad_request(f"More than one {name}", name)
    chosen = list(items)
    for condition in query["query"].split("&&") if "query" in query else ():
        found = _CONDITION.fullmatch(condition.strip())
        if found is None:
            raise malformed_query()
        field, operator, value = (part.strip() for part in found.groups())
        compares = _COMPARISONS[operator]
        chosen = [item for item in chosen if compares(_shown(item, field), value)]
    if "orderBy" in query:
        field = query["orderBy"].removeprefix("-")
        chosen.sort(key=lambda item: _shown(item, field), reverse=query["orderBy"].startswith("-"))
    own = [(name, value) for name, value in query.multi_items() if name in {"query", "orderBy"}]
    rest = QueryParams([(name, value) for name, value in query.multi_items() if (name, value) not in own])
    return page_of([dict(item) for item in chosen], path, rest, f"&{urlencode(own)}" if own else "")


def _shown(item: Mapping[str, JsonValue], field: str) -> str:
    if field not in item:
        raise CodatError(
            400, f"Error parsing query - Could not resolve property {field} on PushOperation", service="PullApi"
        )
    value = item[field]
    return "" if value is None else str(value)
