"""Texts as Go's standard library writes them, because the CLI's states and messages are written so.

Source: `encoding/json`, `strconv` and `fmt` of Go 1.26.
"""

from __future__ import annotations

import json
import math
import re
from decimal import Decimal

__all__ = ["compact_json", "general", "indented_json", "quoted"]

_HTML = re.compile("[<>&]")
_LINE_ENDS = re.compile("[\u2028\u2029]")
_WRITTEN_OUT_IN_JSON = range(-6, 21)  # decimal exponents
_WRITTEN_OUT_IN_GENERAL = range(-4, 6)
_NAMED_ESCAPES = dict(zip('\a\b\f\n\r\t\v\\"', ("\\" + name for name in 'abfnrtv\\"'), strict=True))


def compact_json(value: object) -> str:
    """JSON as `json.Marshal` writes it: on one line, the keys of each object sorted, and <, > and & escaped."""
    match value:
        case dict():
            items = (f"{compact_json(key)}:{compact_json(value[key])}" for key in sorted(value))
            return "{" + ",".join(items) + "}"
        case list():
            return "[" + ",".join(map(compact_json, value)) + "]"
        case _:
            return _escaped_in_json(_HTML, _json(value))


def indented_json(value: object, margin: str = "") -> str:
    """JSON as the CLI writes states: on many lines, with keys in the order given, and <, > and & as they are."""
    deeper = margin + "    "
    match value:
        case dict() if value:
            items = (f"{deeper}{_json(key)}: {indented_json(item, deeper)}" for key, item in value.items())
            return "{\n" + ",\n".join(items) + f"\n{margin}}}"
        case list() if value:
            return "[\n" + ",\n".join(deeper + indented_json(item, deeper) for item in value) + f"\n{margin}]"
        case _:
            return _json(value)


def _json(value: object) -> str:
    """JSON of what holds nothing else."""
    if isinstance(value, float) and math.isfinite(value):
        return _number(value, _WRITTEN_OUT_IN_JSON).replace("e-0", "e-")
    return _escaped_in_json(_LINE_ENDS, json.dumps(value, ensure_ascii=False))


def _escaped_in_json(characters: re.Pattern[str], text: str) -> str:
    return characters.sub(lambda found: f"\\u{ord(found[0]):04x}", text)


def general(number: float) -> str:
    """A number as `%v` writes it."""
    if math.isnan(number):
        return "NaN"
    if math.isinf(number):
        return "+Inf" if number > 0 else "-Inf"
    return _number(number, _WRITTEN_OUT_IN_GENERAL)


def _number(number: float, written_out: range) -> str:
    """The fewest digits that tell the number, with an exponent unless it is one of those `written_out`."""
    exact = Decimal(repr(float(number)))
    if not exact:
        return "-0" if exact.is_signed() else "0"
    if exact.adjusted() in written_out:
        text = f"{exact:f}"
        return text.rstrip("0").rstrip(".") if "." in text else text
    mantissa, _, exponent = f"{exact.normalize():e}".partition("e")
    return f"{mantissa}e{int(exponent):+03d}"


def quoted(text: str) -> str:
    """A text as `%q` writes it."""
    return '"' + "".join(_NAMED_ESCAPES.get(character) or _escaped(character) for character in text) + '"'


def _escaped(character: str) -> str:
    if character.isprintable():
        return character
    code = ord(character)
    if code < ord(" ") or code == 0x7F:  # noqa: PLR2004 - DEL
        return f"\\x{code:02x}"
    return f"\\u{code:04x}" if code < 0x10000 else f"\\U{code:08x}"  # noqa: PLR2004 - what four digits tell
