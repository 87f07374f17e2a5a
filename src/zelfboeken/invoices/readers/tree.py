"""A light copy of an XML tree that remembers which elements were read.

One walk over the parsed document; afterwards every lookup is a dictionary, and what nobody asked for can be listed.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from datetime import date
from decimal import Decimal, DecimalException
from typing import Any

from lxml import etree

from zelfboeken.invoices.readers.model import Finding, Severity
from zelfboeken.money import AmountNotUnderstood, cents_of, percent_of

MAX_FINDINGS = 500
MAX_UNREAD = 500
MAX_TEXT = 500
"""A name, an address, a reference: what is longer is no longer read by anybody, and the original keeps it."""
_DATE = re.compile(r"(\d{4}-\d{2}-\d{2})(?:T[0-9:.]+)?(?:Z|[+-]\d{2}:\d{2})?", re.ASCII)
_DECIMAL = re.compile(r"[+-]?[0-9]{1,15}(\.[0-9]{1,15})?")
_XML_DECIMAL = re.compile(r"([+-]?)([0-9]{0,15})\.([0-9]{0,15})[0-9]*")
_LONG_FRACTION = re.compile(r"\.[0-9]{2}[0-9]*[1-9]")

_SIBLINGS_BEFORE = etree.XPath("count(preceding-sibling::*[local-name() = $name])")
_NO_CHILDREN: dict[str, list[Node]] = {}
"""Shared by all leaves; never written to."""


def cut(text: str | None, most: int = MAX_TEXT) -> str | None:
    """A text no longer than ``most``, with an ellipsis where it was cut."""
    return text if text is None or len(text) <= most else f"{text[: most - 1]}…"


class Node:
    """One element: its name without namespace, its own text, its children by name."""

    __slots__ = ("children", "element", "name", "text", "used")

    def __init__(self, name: str, text: str, element: Any = None) -> None:
        self.name = name
        self.text = text
        self.element = element
        self.children: dict[str, list[Node]] = _NO_CHILDREN
        self.used = False

    def attribute(self, name: str) -> str | None:
        """The attribute with this name, None when it isn't there or empty."""
        if self.element is None:
            return None
        value: str | None = self.element.get(name)
        return value or None

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
        """The text of the first element at this path, None when it has none; it counts as read."""
        node: Node = self
        for name in path:
            found = node.children.get(name)
            if found is None:
                return None
            node = found[0]
        if not node.text:
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
        """The path of this element, with a number where its name comes more than once: ``Invoice/InvoiceLine[2]``.

        Asked for findings only: nodes don't know their parent, because a cycle costs more than half of the reading.
        """
        if self.element is None:
            return self.name
        steps = []
        for element in (self.element, *self.element.iterancestors()):
            name = etree.QName(element).localname
            before = _number_before(element, name)
            after = next(element.itersiblings(element.tag), None)
            steps.append(f"{name}[{before + 1}]" if before or after is not None else name)
        return "/".join(reversed(steps))

    def collect_unread(self, path: str, paths: dict[str, None]) -> None:
        """Add the paths without numbers of the elements that carry text and were not read; ``path`` is this one's."""
        if self.text and not self.used:
            paths[path] = None
        for name, nodes in self.children.items():
            below = f"{path}/{name}"
            for node in nodes:
                if node.children:
                    node.collect_unread(below, paths)
                elif node.text and not node.used:
                    paths[below] = None


def _number_before(element: Any, name: str) -> int:
    if next(element.itersiblings(element.tag, preceding=True), None) is None:
        return 0  # the usual case, without the price of a query
    counted: Any = _SIBLINGS_BEFORE(element, name=name)
    return int(counted)


def node_of(element: Any, *, without: frozenset[str] = frozenset()) -> Node:
    """The copy of an lxml element and all below it; comments and processing instructions are left out.

    Children called as in ``without`` are left out too: a document of 100,000 lines is copied line by line.
    """
    root = Node(etree.QName(element).localname, (element.text or "").strip(), element)
    _add_children(root, element, {}, without)
    return root


def _add_children(node: Node, element: Any, names: dict[str, str], without: frozenset[str] = frozenset()) -> None:
    """The hot loop: one visit of each element, and a list or a dictionary only where something goes in."""
    children: dict[str, list[Node]] = {}
    node.children = children
    for child in element:
        tag = child.tag
        name = names.get(tag)
        if name is None:
            if not isinstance(tag, str):
                continue
            name = names[tag] = tag.rpartition("}")[2]
        if name in without:
            continue
        text = child.text
        below = Node(name, text.strip() if text else "", child)
        if len(child):
            _add_children(below, child, names)
        if name in children:
            children[name].append(below)
        else:
            children[name] = [below]


def _plain(text: str) -> str:
    """What XML Schema also calls a decimal, in our stricter grammar: ``.5``, ``5.``, twenty digits of fraction."""
    if _DECIMAL.fullmatch(text):
        return text
    match = _XML_DECIMAL.fullmatch(text)
    if match is None or not (match[2] or match[3]):
        return text
    return f"{match[1]}{match[2] or '0'}.{match[3] or '0'}"


class Reading:
    """Reads typed values out of nodes and keeps the findings it meets on the way."""

    def __init__(self) -> None:
        self.findings: list[Finding] = []

    def found(self, rule: str, severity: Severity, at: Node | str, text: str) -> None:
        """Keep one finding; after ``MAX_FINDINGS`` one error says that there are more."""
        if len(self.findings) >= MAX_FINDINGS:
            if len(self.findings) == MAX_FINDINGS:
                text = (
                    f"Dit document geeft meer dan {MAX_FINDINGS} opmerkingen. Vraag je leverancier een beter bestand."
                )
                self.findings.append(Finding("TOO-MANY", "ERROR", "", text))
            return
        self.findings.append(Finding(rule, severity, at if isinstance(at, str) else at.at(), text))

    def cents(self, node: Node | None) -> int | None:
        """The amount in cents; None when it isn't there or isn't understood, which is an error finding."""
        if node is None or not node.text:
            return None
        node.used = True
        try:
            cents = cents_of(_plain(node.text))
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
        text = _plain(node.text)
        if not _DECIMAL.fullmatch(text):
            self.found("NUMBER", "ERROR", node, f"“{node.text[:40]}” is geen getal. Schrijf het als 1234.56.")
            return None
        return Decimal(text)

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
