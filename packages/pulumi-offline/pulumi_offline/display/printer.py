"""Property values and their differences as indented text. Source: `object_diff.go` of the CLI."""

from __future__ import annotations

import difflib
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from pulumi_offline.diffs import diff_values
from pulumi_offline.display.step_texts import MARKS
from pulumi_offline.display.texts import Decoded, decode, shortened
from pulumi_offline.go_text import general, quoted
from pulumi_offline.steps import Op
from pulumi_offline.values import PropertyMap, PropertyValue, ResourceReference, deep_equals, is_internal_key

if TYPE_CHECKING:
    from collections.abc import Callable

    from pulumi_offline.diffs import ObjectDiff, ValueDiff

__all__ = ["Printer", "is_worth_printing"]

_CONTEXT_LINES = 2


def is_worth_printing(value: PropertyValue) -> bool:
    """Nulls and empty values only clutter the output."""
    return not (value is None or value in ("", [], {}))


@dataclass(frozen=True)
class Printer:
    """Writes with `write`.

    `indent` counts steps of four blanks. `prefix` puts the step's mark before each line, `shorten` cuts long texts.
    """

    write: Callable[[str], object]
    indent: int
    op: Op = Op.SAME
    prefix: bool = False
    shorten: bool = False

    def deeper(self, steps: int = 1) -> Printer:
        return replace(self, indent=self.indent + steps)

    def marked(self, op: Op) -> Printer:
        """As a line of a difference; what is the same has no mark."""
        return replace(self, op=op, prefix=op is not Op.SAME)

    def title(self, name: str, width: int) -> None:
        self.line_start(f"{self._cut(name):<{width}}: ")

    def line_start(self, text: str, *, prefix: bool | None = None) -> None:
        margin = "    " * self.indent
        if self.prefix if prefix is None else prefix:
            margin = margin[:-2] + MARKS[self.op]
        self.write(margin + text)

    def map(self, values: PropertyMap) -> None:
        shown = sorted(key for key in values if not is_internal_key(key))
        width = max((len(key) for key in values), default=0)
        for key in shown:
            self.title(key, width)
            self.value(values[key])

    def value(self, value: PropertyValue) -> None:
        """The value and the end of its line."""
        match value:
            case list() if value:
                self.write("[\n")
                for index, item in enumerate(value):
                    self.line_start(f"    [{index}]: ")
                    self.deeper().value(item)
                self.line_start("]", prefix=False)
            case dict() if value:
                self.write("{\n")
                self.deeper().map(value)
                self.line_start("}", prefix=False)
            case ResourceReference():
                self.write("{\n")
                self.deeper().title("URN", 3)
                self.write(quoted(value.urn) + "\n")
                self.deeper().title("ID", 3)
                self.deeper().value(value.id)
                self.deeper().title("PackageVersion", 3)
                self.write(quoted(value.package_version) + "\n")
                self.line_start("}", prefix=False)
            case str() if (decoded := decode(value)) is not None:
                self.write(f"({decoded.kind}) ")
                self.value(decoded.value)
            case str():
                self.write(quoted(self._cut(value)))
            case _:
                self.write(_primitive(value))
        self.write("\n")

    def object_diff(self, diff: ObjectDiff, *, include: set[str] | None = None, show_same: bool = True) -> None:
        keys = [str(key) for key in diff.all_keys() if include is None or key in include]
        width = max((len(key) for key in keys), default=0)
        for key in keys:
            self.property_diff(key, width, diff, show_same=show_same)

    def property_diff(self, key: str, width: int, diff: ObjectDiff, *, show_same: bool = True) -> None:
        def title(printer: Printer) -> None:
            printer.title(key, width)

        if key in diff.adds:
            self.whole(Op.CREATE, title, diff.adds[key])
        elif key in diff.deletes:
            self.whole(Op.DELETE, title, diff.deletes[key])
        elif key in diff.updates:
            self.value_diff(title, diff.updates[key], show_same=show_same)
        elif show_same and key in diff.sames and is_worth_printing(diff.sames[key]):
            self.whole(Op.SAME, title, diff.sames[key])

    def whole(self, op: Op, title: Callable[[Printer], None], value: PropertyValue) -> None:
        printer = self.marked(op)
        title(printer)
        printer.value(value)

    def value_diff(self, title: Callable[[Printer], None], diff: ValueDiff, *, show_same: bool) -> None:
        printer = self.marked(Op.UPDATE)
        if diff.nested is not None and diff.nested.is_list:
            title(printer)
            printer.write("[\n")
            printer.list_diff(diff.nested, show_same=show_same)
            printer.line_start("]\n", prefix=False)
        elif diff.nested is not None:
            title(printer)
            printer.write("{\n")
            printer.deeper().object_diff(diff.nested, show_same=show_same)
            printer.line_start("}\n", prefix=False)
        elif is_worth_printing(diff.old) and is_worth_printing(diff.new) and _are_primitive(diff.old, diff.new):
            title(printer)
            printer.primitive_diff(diff.old, diff.new)
        else:
            if is_worth_printing(diff.old):
                self.whole(Op.DELETE, title, diff.old)
            if is_worth_printing(diff.new):
                self.whole(Op.CREATE, title, diff.new)

    def list_diff(self, diff: ObjectDiff, *, show_same: bool) -> None:
        for index in diff.all_keys():

            def title(printer: Printer, index: str | int = index) -> None:
                printer.deeper(-1).line_start(f"[{index}]: ")

            items = self.deeper(2)
            if index in diff.adds:
                items.whole(Op.CREATE, title, diff.adds[index])
            elif index in diff.deletes:
                items.whole(Op.DELETE, title, diff.deletes[index])
            elif index in diff.updates:
                items.value_diff(title, diff.updates[index], show_same=show_same)
            elif show_same:
                items.whole(Op.SAME, title, diff.sames[index])

    def primitive_diff(self, old: PropertyValue, new: PropertyValue) -> None:
        if not isinstance(old, str) or not isinstance(new, str):
            self.write(f"{self._primitive(old)} => {self._primitive(new)}\n")
            return
        before, after = decode(old), decode(new)
        if before is not None and after is not None:
            self.decoded_diff(before, after, f"{quoted(quoted(old))} => {quoted(quoted(new))}\n")
        elif "\n" in old or "\n" in new:
            self.write("\n")
            self.deeper().line_diff(old.splitlines(), new.splitlines())
        else:
            self.write(f"{quoted(old)} => {quoted(new)}\n")

    def decoded_diff(self, old: Decoded, new: Decoded, as_texts: str) -> None:
        """`as_texts` is said instead when both hold the same."""
        if deep_equals(old.value, new.value):
            self.write(as_texts)
            return
        self.write(f"({old.kind}) " if old.kind == new.kind else f"({old.kind} => {new.kind}) ")
        difference = diff_values(old.value, new.value, internal_keys=False)
        if difference is None:
            self.marked(Op.SAME).value(old.value)
        else:
            self.value_diff(lambda _: None, difference, show_same=True)

    def line_diff(self, old: list[str], new: list[str]) -> None:
        chunks = difflib.SequenceMatcher(None, old, new).get_opcodes()
        for number, (tag, old_from, old_to, new_from, new_to) in enumerate(chunks):
            if tag == "equal":
                lines = [line for line in old[old_from:old_to] if line.strip()]
                self._lines(Op.SAME, _context(lines, is_first=number == 0, is_last=number == len(chunks) - 1))
            else:
                self._lines(Op.DELETE, old[old_from:old_to])
                self._lines(Op.CREATE, new[new_from:new_to])

    def _lines(self, op: Op, lines: list[str]) -> None:
        for line in lines:
            if line.strip():
                self.marked(op).line_start(self._cut(line) + "\n")

    def _primitive(self, value: PropertyValue) -> str:
        return quoted(self._cut(value)) if isinstance(value, str) else _primitive(value)

    def _cut(self, text: str) -> str:
        return shortened(text) if self.shorten else text


def _context(lines: list[str], *, is_first: bool, is_last: bool) -> list[str]:
    """Of lines that are the same only those beside a difference."""
    before = [] if is_first else lines[:_CONTEXT_LINES]
    after = [] if is_last else lines[-_CONTEXT_LINES:]
    return lines if len(lines) <= len(before) + len(after) + 1 else [*before, "...", *after]


def _are_primitive(*values: PropertyValue) -> bool:
    return not any(isinstance(value, dict | list | ResourceReference) for value in values)


def _primitive(value: PropertyValue) -> str:
    match value:
        case None:
            return "<null>"
        case bool():
            return str(value).lower()
        case float() if not value.is_integer():
            return general(value)
        case int() | float():
            return f"{value:.0f}"
        case _:
            return f"{value!r}"  # `[secret]`, `[unknown]`, and what is empty
