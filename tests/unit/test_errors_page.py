"""`docs/errors.md` has every message a person can be shown, and none that is no longer there."""

from __future__ import annotations

import ast
import re
from pathlib import Path
from typing import TYPE_CHECKING, Final

import pytest

import pulumi_codat

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

PROVIDER: Final = Path(pulumi_codat.__file__).parent
PAGE: Final = Path(__file__).parents[2] / "docs" / "errors.md"
WORD: Final = re.compile(r"(?<!\S)[`\"'(]?[A-Za-z]")
SAYING: Final = frozenset({"CodatError", "ClickException", "Refusal", "RunError", "ValueError", "exit", "warn_once"})
"""What tells a person something by whatever short words it is called with."""
FEWEST_WORDS: Final = {ast.Constant: 3, ast.JoinedStr: 2}
"""Fewer are a name or a piece of syntax, unless they are raised or warned with."""
NO_MESSAGES: Final = {
    "reconcile/portal_steps.py": "instructions, which docs/writes-by-a-person.md shows",
    "cli/emulator.py": "what a command prints when nothing is wrong",
    "cli/push_report.py": "likewise, and how it shows errors and warnings of others",
}
NO_MESSAGE: Final = {
    "# Xero at Codat, as it is in the account ": "the program that an import prints",
    "codat.XeroBankFeeds(": "likewise",
    "of this API key": "likewise",
    ', "amount": ': "the end of a row in JSON",
    " as it is in state": "a key of the context's memory",
    " as it is in Codat": "likewise",
    "Xero knows it as a web app's (unauthorized_client)": "a verdict that is not told, because all is well",
}

Text = tuple[str, ...]
"""The constant parts of one string, in order; values stand between them."""


def texts(source: str) -> Iterator[Text]:
    """The words for a person in a source: every sentence, however it travels to the one who raises it."""
    nodes = list(ast.walk(ast.parse(source)))
    silent = {id(inner) for node in nodes for inner in silenced(node)}
    said = {id(argument) for node in nodes for argument in spoken(node)}
    for node in nodes:
        match node:
            case ast.JoinedStr(values=values) if id(node) not in silent:
                parts = tuple(str(value.value) for value in values if isinstance(value, ast.Constant))
            case ast.Constant(value=str(text)) if id(node) not in silent:
                parts = (text,)
            case _:
                continue
        words = WORD.findall(" ".join(parts))
        if len(words) >= FEWEST_WORDS[type(node)] or (words and id(node) in said):
            yield parts


def silenced(node: ast.AST) -> Iterable[ast.AST]:
    """What of a node is no string of its own: docstrings, parts and formats of f-strings, help of commands."""
    match node:
        case ast.Expr(value=ast.Constant() as docstring):
            return [docstring]
        case ast.JoinedStr(values=values):
            return [value for value in values if isinstance(value, ast.Constant)]
        case ast.FormattedValue(format_spec=ast.JoinedStr() as spec):
            return [spec]
        case ast.keyword(arg="help"):
            return ast.walk(node.value)
        case _:
            return []


def spoken(node: ast.AST) -> Iterable[ast.AST]:
    """What a call tells a person."""
    match node:
        case ast.Call(func=ast.Name(id=name) | ast.Attribute(attr=name)) if name in SAYING:
            return node.args
        case _:
            return []


def rows(page: str) -> list[str]:
    """The messages of the page: the first cells of its tables."""
    cells = [line.split(" | ")[0].removeprefix("| ") for line in page.splitlines() if line.startswith("| ")]
    return [cell.removesuffix(" †") for cell in cells if cell != "message"]


def is_in(line: str, text: Text) -> bool:
    """Whether the line has all of the text's parts in order, with anything in the place of its values."""
    # because a row begins after the label, and ends before what is quoted
    return re.search(".*?".join(re.escape(part.strip(" :;")) for part in text), line) is not None


def undocumented(source: str, page: str) -> list[str]:
    """The messages in a source that no line of the page shows."""
    missing = [text for text in texts(source) if not any(is_in(line, text) for line in page.splitlines())]
    return ["…".join(text) for text in missing if not text[0].startswith(tuple(NO_MESSAGE))]


def sources() -> list[Path]:
    return sorted(path for path in PROVIDER.rglob("*.py") if str(path.relative_to(PROVIDER)) not in NO_MESSAGES)


@pytest.mark.parametrize("module", sources(), ids=lambda path: str(path.relative_to(PROVIDER)))
def test_every_message_is_on_the_page(module: Path) -> None:
    assert undocumented(module.read_text(encoding="utf-8"), PAGE.read_text(encoding="utf-8")) == []


ALL: Final = [text for path in PROVIDER.rglob("*.py") for text in texts(path.read_text(encoding="utf-8"))]


def test_the_page_has_no_message_that_is_not_there() -> None:
    shown = rows(PAGE.read_text(encoding="utf-8"))
    assert len(shown) > 100
    assert [row for row in shown if WORD.search(row) and not any(is_in(row, text) for text in ALL)] == []


def test_every_row_has_a_cause_and_a_remedy() -> None:
    table = [line for line in PAGE.read_text(encoding="utf-8").splitlines() if line.startswith("| ")]
    cells = [[cell.strip() for cell in line.strip("|").split(" | ")] for line in table]
    assert [row for row in cells if len(row) != 3 or not all(row)] == []


def test_no_message_is_on_the_page_twice() -> None:
    shown = rows(PAGE.read_text(encoding="utf-8"))
    assert [row for row in set(shown) if shown.count(row) > 1 and WORD.search(row) and len(row) > 60] == []


@pytest.mark.parametrize(
    ("source", "missing"),
    [
        ('raise CodatError(f"the moon {phase} hides Codat; wait")', "the moon … hides Codat; wait"),
        ('raise CodatError("moonstruck")', "moonstruck"),
        ('raise pulumi.RunError("no moon")', "no moon"),
        ('context.warn_once(f"{label}: moonlight")', "…: moonlight"),
        ('def why():\n    return "there is no moon tonight"', "there is no moon tonight"),
        ('REASON: Final = "there is no moon tonight"', "there is no moon tonight"),
        ("f\"{'the moon is up' if up else 0}\"", "the moon is up"),
        ('raise CodatError(f"Codat answered {status} to {asked} on the moon")', "Codat answered … to … on the moon"),
    ],
)
def test_a_message_that_somebody_adds_is_missed(source: str, missing: str) -> None:
    assert undocumented(source, PAGE.read_text(encoding="utf-8")) == [missing.replace("…: moon", ": moon")]


def test_what_is_no_message_is_not_asked_for() -> None:
    source = '"""A docstring of many words."""\nclick.option("--moon", help="How many moons there are.")\nx = "a b"'
    assert undocumented(source, "") == []


def test_a_row_has_a_message_s_parts_in_order_with_anything_between() -> None:
    assert is_in("| the moon … hides Codat | cause | remedy |", ("the moon ", " hides Codat"))
    assert not is_in("| Codat hides the moon | cause | remedy |", ("the moon ", " hides Codat"))
