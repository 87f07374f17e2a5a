"""A light copy of an XML tree that remembers which elements were read.

One walk over the parsed document; afterwards every lookup is a dictionary, and what nobody asked for can be listed.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from datetime import date
from decimal import Decimal, DecimalException
from typing import Any

from zelfboeken.invoices.readers.model import Finding, Severity
from zelfboeken.money import AmountNotUnderstood, cents_of, percent_of

_DATE = re.compile(r"(\d{4}-\d{2}-\d{2})(?:T[0-9:.]+)?(?:Z|[+-]\d{2}:\d{2})?", re.ASCII)
_DECIMAL = re.compile(r"[+-]?[0-9]{1,15}(\.[0-9]{1,15})?")
_LONG_FRACTION = re.compile(r"\.[0-9]{2}[0-9]*[1-9]")


class Node:
    """One element: its name without namespace, its own text, its children by name."""

    __slots__ = ("attributes", "children", "name", "parent", "text", "used")

    def __init__(self, name: str, text: str, attributes: dict[str, str], parent: Node | None) -> None:
        self.name = name
        self.text = text
        self.attributes = attributes
        self.parent = parent
        self.children: dict[str, list[Node]] = {}
        self.used = False

    def all(self, name: str) -> list[Node]:
        """The children with this name."""
        return self.children.get(name, [])

    def first(self, *path: str) -> Node | None:
        """The first element at this path below."""
        node: Node = self
        for name in path:
            found = node.children.get(name)
            if found is None:
                return None
            node = found[0]
        return node

    def text_at(self, *path: str) -> str | None:
        """The text of the first element at this path that has any; it counts as read."""
        node = self.first(*path)
        if node is None or not node.text:
            return None
        node.used = True
        return node.text

    def every(self, *path: str) -> Iterator[Node]:
        """Every element at this path below, over all branches."""
        if not path:
            yield self
            return
        for child in self.children.get(path[0], ()):
            yield from child.every(*path[1:])

    def at(self) -> str:
        """The path of this element, with a number where its name comes more than once: ``Invoice/InvoiceLine[2]``."""
        if self.parent is None:
            return self.name
        siblings = self.parent.children[self.name]
        number = f"[{siblings.index(self) + 1}]" if len(siblings) > 1 else ""
        return f"{self.parent.at()}/{self.name}{number}"

    def unread(self) -> tuple[str, ...]:
        """Paths without numbers of the elements that carry text and were not read, each once."""
        paths: dict[str, None] = {}
        self._collect_unread(self.name, paths)
        return tuple(paths)

    def _collect_unread(self, path: str, paths: dict[str, None]) -> None:
        if self.text and not self.used:
            paths[path] = None
        for name, nodes in self.children.items():
            below = f"{path}/{name}"
            for node in nodes:
                if node.children:
                    node._collect_unread(below, paths)
                elif node.text and not node.used:
                    paths[below] = None


def node_of(element: Any, parent: Node | None = None) -> Node:
    """The copy of an lxml element and all below it; comments and processing instructions are left out."""
    return _node_of(element, parent, {})


def _node_of(element: Any, parent: Node | None, names: dict[str, str]) -> Node:
    tag = element.tag
    name = names.get(tag)
    if name is None:
        name = names[tag] = tag.rpartition("}")[2]
    text = element.text
    node = Node(name, text.strip() if text else "", dict(element.items()), parent)
    children = node.children
    for child in element:
        if isinstance(child.tag, str):
            below = _node_of(child, node, names)
            siblings = children.get(below.name)
            if siblings is None:
                children[below.name] = [below]
            else:
                siblings.append(below)
    return node


class Reading:
    """Reads typed values out of nodes and keeps the findings it meets on the way."""

    def __init__(self) -> None:
        self.findings: list[Finding] = []

    def found(self, rule: str, severity: Severity, at: Node | str, text: str) -> None:
        """Keep one finding."""
        self.findings.append(Finding(rule, severity, at if isinstance(at, str) else at.at(), text))

    def cents(self, node: Node | None) -> int | None:
        """The amount in cents; None when it isn't there or isn't understood, which is an error finding."""
        if node is None or not node.text:
            return None
        node.used = True
        try:
            cents = cents_of(node.text)
        except AmountNotUnderstood as refusal:
            self.found("AMOUNT", "ERROR", node, str(refusal))
            return None
        if _LONG_FRACTION.search(node.text):
            self.found("BR-DEC", "INFO", node, f"“{node.text}” heeft meer dan twee decimalen en is afgerond.")
        return cents

    def decimal(self, node: Node | None) -> Decimal | None:
        """A quantity, price or percentage; None when it isn't there or isn't understood, which is an error finding."""
        if node is None or not node.text:
            return None
        node.used = True
        if not _DECIMAL.fullmatch(node.text):
            self.found("NUMBER", "ERROR", node, f"“{node.text[:40]}” is geen getal. Schrijf het als 1234.56.")
            return None
        return Decimal(node.text)

    def date(self, node: Node | None) -> date | None:
        """A date, with or without time zone; None when it isn't there or, with an error finding, isn't understood."""
        if node is None or not node.text:
            return None
        node.used = True
        match = _DATE.fullmatch(node.text)
        if match:
            try:
                return date.fromisoformat(match.group(1))
            except ValueError:
                pass
        self.found("DATE", "ERROR", node, f"“{node.text[:40]}” is geen datum. Schrijf ze als 2026-03-31.")
        return None


def cents_of_product(*factors: Decimal) -> int | None:
    """Cents of a product of factors in whole units, half up; None when it is too large to be an amount."""
    try:
        product = Decimal(1)
        for factor in factors:
            product *= factor
        # A hundred per cent of a hundred cents, per unit: the rounding stays in money.
        return percent_of(10_000, product)
    except DecimalException:
        return None
