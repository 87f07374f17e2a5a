"""Values of the demo's world: who trades with the bakery and what they trade."""

from dataclasses import dataclass
from decimal import Decimal
from typing import Literal

from zelfboeken.demo.numbers import BIC, enterprise_number
from zelfboeken.invoices.writers.ubl import UblParty

PayHabit = Literal["STRUCTURED", "NUMBER", "NO_REFERENCE", "DIRECT_DEBIT", "MONTHLY", "BATCH"]
"""How a bill gets paid: with the structured communication, with the invoice number in the text, with nothing but
the account, by direct debit, all of a month in one transfer, or in a collective direct debit with details."""


@dataclass(frozen=True, slots=True)
class Item:
    """Something on a bill. ``names`` are the ways it is written; prices are in cents per ``unit`` (UN/ECE code).

    ``vat_code`` is side.kind.rate.nature as in the VAT table; ``deductible`` the share of the VAT in percent.
    ``printed_category`` and ``printed_percent`` are what stands in the file, which the buyer's code can't always tell.
    """

    names: tuple[str, ...]
    gl_code: str
    vat_code: str
    price_cents: tuple[int, int]
    quantity: tuple[int, int] = (1, 1)
    unit: str = "C62"
    deductible: Decimal = Decimal(100)
    printed_category: str = "S"
    printed_percent: Decimal | None = None

    @property
    def kind(self) -> str:
        """The VAT kind: the second part of the code."""
        return self.vat_code.split(".")[1]

    @property
    def rate(self) -> Decimal:
        """The rate the books reckon with, 0 where the code has none."""
        rate = self.vat_code.split(".")[2]
        return Decimal(rate) if rate.isdigit() else Decimal(0)

    @property
    def percent_in_file(self) -> Decimal | None:
        """The rate printed in the file: nought where the buyer owes the VAT or nobody does."""
        if self.printed_category == "O":
            return None
        if self.printed_percent is not None:
            return self.printed_percent
        return self.rate if self.printed_category == "S" else Decimal(0)


@dataclass(frozen=True, slots=True)
class Trader:
    """A supplier or customer and its habits. ``yearly`` bills a year with ``lines`` lines; terms in days.

    ``all_items`` puts every item on every bill, in order; ``page`` embeds a PDF. ``tells_structured``: its bills
    carry a structured communication. ``bank_name`` is how the bank spells it.
    """

    key: str
    party: UblParty
    iban: str | None
    bic: str | None
    items: tuple[Item, ...]
    yearly: int
    lines: tuple[int, int] = (1, 3)
    habit: PayHabit = "STRUCTURED"
    terms: int = 30
    all_items: bool = False
    page: bool = False
    tells_structured: bool = True
    number_form: str = "{year}/{n:04d}"

    @property
    def bank_name(self) -> str:
        """The name on a bank line: capitals, no accents, at most 35 characters."""
        plain = self.party.name.upper()
        for letter, ascii_letter in (
            ("É", "E"),
            ("È", "E"),
            ("Ô", "O"),
            ("Ï", "I"),
            ("Ë", "E"),
            ("Ç", "C"),
            ("Ü", "U"),
        ):
            plain = plain.replace(letter, ascii_letter)
        return plain.replace("’", "'")[:35]


def belgian_party(n: int, name: str, street: str, postcode: str, city: str) -> UblParty:
    """A Belgian firm with the n-th made-up number, reachable over Peppol by it."""
    number = enterprise_number(n)
    user = "".join(letter for letter in name.lower() if letter.isascii() and letter.isalpha())[:24]
    return UblParty(
        name, street, postcode, city, "BE", f"BE{number}", number, f"boekhouding@{user}.example", ("0208", number)
    )


def foreign_party(name: str, street: str, postcode: str, city: str, country: str, vat: str | None) -> UblParty:
    """A firm abroad; with a VAT number of a member state the endpoint is that number."""
    schemes = {"FR": "9957", "NL": "9944", "DE": "9930", "IE": "9935", "LU": "9938"}
    endpoint = (schemes[country], vat) if vat and country in schemes else None
    return UblParty(name, street, postcode, city, country, vat, None, None, endpoint)


__all__ = ["BIC", "Item", "PayHabit", "Trader", "belgian_party", "foreign_party"]
