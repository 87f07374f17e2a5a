"""Open items by everything a payment may name: built once, then every line is a few look-ups."""

from __future__ import annotations

import re
import unicodedata
from collections import defaultdict
from collections.abc import Iterable
from dataclasses import replace
from itertools import pairwise

from zelfboeken.invoices.rules import number_key
from zelfboeken.matching.facts import OpenItemFacts

_WORD = re.compile(r"[a-z0-9]+")
_LEGAL_FORMS = frozenset(
    {"bv", "nv", "bvba", "sa", "srl", "sprl", "vof", "comm", "cv", "vzw", "asbl", "gmbh", "de", "het"}
)
_TOKEN = re.compile(r"[A-Za-z0-9][A-Za-z0-9./_-]*")


class OpenItems:
    """The open items of one administration, indexed. Items settled by an earlier line are reduced or removed."""

    def __init__(self, items: Iterable[OpenItemFacts]) -> None:
        self._items: dict[int, OpenItemFacts] = {}
        self._by_reference: dict[str, set[int]] = defaultdict(set)
        self._by_amount: dict[int, set[int]] = defaultdict(set)
        self._by_number: dict[str, set[int]] = defaultdict(set)
        self._by_contact: dict[int, set[int]] = defaultdict(set)
        self._contacts_by_iban: dict[str, set[int]] = defaultdict(set)
        self._contacts_by_name: dict[str, set[int]] = defaultdict(set)
        for item in items:
            self._add(item)

    def _add(self, item: OpenItemFacts) -> None:
        self._items[item.id] = item
        self._by_amount[item.open_cents].add(item.id)
        self._by_contact[item.contact_id].add(item.id)
        if item.structured:
            self._by_reference[item.structured].add(item.id)
        key = number_key(item.document_number)
        if is_telling(key):
            self._by_number[key].add(item.id)
        for iban in item.ibans:
            self._contacts_by_iban[iban].add(item.contact_id)
        name = name_key(item.contact_name)
        if name:
            self._contacts_by_name[name].add(item.contact_id)

    def __getitem__(self, item_id: int) -> OpenItemFacts:
        """The item as it is now."""
        return self._items[item_id]

    def reduce(self, item_id: int, cents: int) -> None:
        """Take what was settled off an item; one with nothing left is gone."""
        item = self._items.pop(item_id)
        self._by_amount[item.open_cents].discard(item_id)
        left = item.open_cents - cents
        if left:
            self._items[item_id] = replace(item, open_cents=left)
            self._by_amount[left].add(item_id)
            return
        self._by_contact[item.contact_id].discard(item_id)
        self._by_reference[item.structured].discard(item_id)
        self._by_number[number_key(item.document_number)].discard(item_id)

    def with_reference(self, structured: str) -> list[OpenItemFacts]:
        """The items that carry this structured reference."""
        return self._sorted(self._by_reference.get(structured, ()))

    def with_amount(self, cents: int) -> list[OpenItemFacts]:
        """The items with exactly this amount open."""
        return self._sorted(self._by_amount.get(cents, ()))

    def of_contact(self, contact_id: int) -> list[OpenItemFacts]:
        """The open items of a contact, oldest first."""
        return self._sorted(self._by_contact.get(contact_id, ()))

    def named_in(self, text: str) -> list[OpenItemFacts]:
        """The items whose document number stands in this text, alone or over two words."""
        keys = [number_key(token) for token in _TOKEN.findall(text)]
        pairs = [first + second for first, second in pairwise(keys)]
        found = {item_id for key in (*keys, *pairs) if is_telling(key) for item_id in self._by_number.get(key, ())}
        return self._sorted(found)

    def contacts(self, *, iban: str, name: str) -> tuple[set[int], set[int]]:
        """The contacts with this IBAN, and those with this name."""
        return set(self._contacts_by_iban.get(iban, ())), set(self._contacts_by_name.get(name_key(name), ()))

    def _sorted(self, ids: Iterable[int]) -> list[OpenItemFacts]:
        # Oldest first by what the item says, so that the order in which items were loaded means nothing.
        return sorted(
            (self._items[item_id] for item_id in ids),
            key=lambda item: (item.due_on or item.on_date, item.on_date, item.document_number, item.id),
        )


def is_telling(key: str) -> bool:
    """Whether a number is long enough not to stand in a text by chance: four signs, three of them digits."""
    return len(key) >= 4 and sum(char.isdigit() for char in key) >= 3


def name_key(name: str) -> str:
    """A name without accents, legal form and order of words."""
    plain = unicodedata.normalize("NFKD", name).encode("ascii", "ignore").decode().lower()
    return " ".join(sorted(set(_WORD.findall(plain)) - _LEGAL_FORMS))
