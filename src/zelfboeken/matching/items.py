"""The open items of one administration, found by reference, amount, account, number, contact and name."""

import re
import unicodedata
from collections import defaultdict
from collections.abc import Iterable
from dataclasses import replace

from zelfboeken.matching.facts import OpenItemFacts

_LEGAL_FORMS = frozenset({"BV", "BVBA", "NV", "SA", "SRL", "SPRL", "VZW", "ASBL", "CV", "CVBA", "COMMV", "VOF", "GCV"})


def plain(text: str) -> str:
    """Capitals without accents, for comparing what banks write with what people write."""
    if not text.isascii():
        text = "".join(char for char in unicodedata.normalize("NFKD", text) if not unicodedata.combining(char))
    return text.upper()


def number_key(number: str) -> str:
    """A document number as letters and digits only: ``F 2026/0412`` becomes ``F20260412``."""
    return re.sub(r"[^A-Z0-9]", "", plain(number))


def name_key(name: str) -> str:
    """The words of a name in alphabetical order without legal form, so that ``NV Proef`` equals ``Proef``."""
    words = re.findall(r"[A-Z0-9]+", plain(name).replace(".", ""))
    return " ".join(sorted(word for word in words if word not in _LEGAL_FORMS))


def reference_key(reference: str | None) -> str:
    """A structured reference without signs: 12 digits or RF; empty for none."""
    return number_key(reference) if reference else ""


class OpenItems:
    """An index over open items; every answer is oldest first (date, then id), whatever the order of arrival."""

    def __init__(self, items: Iterable[OpenItemFacts] = ()) -> None:
        self._by_id: dict[int, OpenItemFacts] = {}
        self._index: dict[tuple[str, str | int], set[int]] = defaultdict(set)
        self._files: set[str] = set()
        for item in items:
            self.add(item)

    def __len__(self) -> int:
        return len(self._by_id)

    def get(self, item_id: int) -> OpenItemFacts | None:
        """The item, or None when nothing of it is open."""
        return self._by_id.get(item_id)

    def add(self, item: OpenItemFacts) -> None:
        """Adds an item or replaces the one with its id; an item with nothing open is left out."""
        self.remove(item.id)
        if item.open_cents:
            self._by_id[item.id] = item
            if item.payment_file:
                self._files.add(item.payment_file)
            for key in _keys(item):
                self._index[key].add(item.id)

    def remove(self, item_id: int) -> None:
        """Takes an item out; nothing happens when it is not there."""
        item = self._by_id.pop(item_id, None)
        if item is None:
            return
        for key in _keys(item):
            ids = self._index[key]
            ids.discard(item_id)
            if not ids:
                del self._index[key]

    def reduce(self, item_id: int, cents: int) -> None:
        """Settles ``cents`` (signed like the open amount) of an item; KeyError when the item is not open."""
        item = self._by_id[item_id]
        self.add(replace(item, open_cents=item.open_cents - cents))

    def by_reference(self, reference: str | None) -> tuple[OpenItemFacts, ...]:
        """Items with this structured reference, with or without its signs."""
        key = reference_key(reference)
        return self._found("reference", key) if key else ()

    def by_amount(self, open_cents: int) -> tuple[OpenItemFacts, ...]:
        """Items of which exactly this amount is open."""
        return self._found("amount", open_cents)

    def by_iban(self, iban: str | None) -> tuple[OpenItemFacts, ...]:
        """Items of contacts who are known by this IBAN."""
        return self._found("iban", number_key(iban)) if iban else ()

    def payment_files(self) -> tuple[tuple[OpenItemFacts, ...], ...]:
        """The items of each approved payment file of which more than one is open."""
        files = (self._found("file", reference) for reference in sorted(self._files))
        return tuple(items for items in files if len(items) > 1)

    def by_number(self, number: str) -> tuple[OpenItemFacts, ...]:
        """Items of a document with this number, whatever its signs."""
        return self._found("number", number_key(number))

    def by_contact(self, contact_id: int) -> tuple[OpenItemFacts, ...]:
        """Items of one contact."""
        return self._found("contact", contact_id)

    def by_name(self, name: str) -> tuple[OpenItemFacts, ...]:
        """Items of contacts of this name, whatever the order of its words or its legal form."""
        key = name_key(name)
        return self._found("name", key) if key else ()

    def _found(self, kind: str, key: str | int) -> tuple[OpenItemFacts, ...]:
        ids = self._index.get((kind, key))
        if not ids:
            return ()
        return tuple(sorted((self._by_id[own] for own in ids), key=lambda item: (item.on_date, item.id)))


def _keys(item: OpenItemFacts) -> list[tuple[str, str | int]]:
    keys: list[tuple[str, str | int]] = [
        ("amount", item.open_cents),
        ("contact", item.contact_id),
        ("name", name_key(item.contact_name)),
        ("number", number_key(item.document_number)),
    ]
    if item.structured:
        keys.append(("reference", reference_key(item.structured)))
    if item.payment_file:
        keys.append(("file", item.payment_file))
    keys.extend(("iban", number_key(iban)) for iban in item.ibans)
    return keys
