"""The lines of a UBL document, with its allowances and charges as lines of their own (BG-25, BG-20, BG-21)."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from decimal import Decimal, DecimalException
from typing import Any

from zelfboeken.invoices.readers.model import InvoiceLine, VatGroup
from zelfboeken.invoices.readers.sums import ROUNDING_CENTS, euros
from zelfboeken.invoices.readers.tree import MAX_UNREAD, Node, Reading, cents_of_product, cut, node_of
from zelfboeken.money import percent_of

_ONE = Decimal(1)
_MAX_CATEGORY = 3
_MAX_DESCRIPTION = 1_000


@dataclass(frozen=True, slots=True)
class ReadLine:
    """A line with the VAT that older documents print beside it."""

    line: InvoiceLine
    printed_vat_cents: int | None


def lines(elements: Iterable[Any], root: Node, reading: Reading, unread: dict[str, None]) -> list[ReadLine]:
    """All lines in document order, then the allowances (negative) and charges of the whole document.

    ``elements`` are the lxml elements of the lines: each is copied, read and let go, so that 100,000 of them fit.
    """
    found = []
    for n, element in enumerate(elements, start=1):
        node = node_of(element)
        found.append(ReadLine(_line(node, reading, n), reading.cents(node.first("TaxTotal", "TaxAmount"))))
        if len(unread) < MAX_UNREAD:
            node.collect_unread(f"{root.name}/{node.name}", unread)
    for node in root.all("AllowanceCharge"):
        found.append(ReadLine(_allowance_charge(node, reading, len(found) + 1), None))
    return found


def category_of(node: Node | None, reading: Reading) -> tuple[str | None, Decimal | None]:
    """Category code and percentage of a (Classified)TaxCategory; the name of its tax scheme counts as read."""
    if node is None:
        return None, None
    code = node.text_at("ID")
    if code and len(code) > _MAX_CATEGORY:
        reading.found("BR-CL-17", "ERROR", node, f"“{code[:10]}” is geen btw-categorie.")
        code = None
    percent = reading.decimal(node.first("Percent"))
    node.text_at("TaxScheme", "ID")
    return code, percent


def _line(node: Node, reading: Reading, n: int) -> InvoiceLine:
    node.text_at("ID")
    item = node.first("Item") or node
    quantity_node = node.first("InvoicedQuantity") or node.first("CreditedQuantity")
    quantity = reading.decimal(quantity_node)
    price = _unit_price(node, reading)
    category, percent = category_of(item.first("ClassifiedTaxCategory"), reading)
    tax = node.first("TaxTotal", "TaxSubtotal", "TaxCategory")
    if tax is not None and (category is None or percent is None):
        own_category, own_percent = category_of(tax, reading)
        category = category or own_category
        percent = own_percent if percent is None else percent
    if percent is None:
        percent = reading.decimal(node.first("TaxTotal", "TaxSubtotal", "Percent"))
    allowances = _line_allowances(node, reading)
    net = reading.cents(node.first("LineExtensionAmount"))
    computed = None
    if price is not None and quantity is not None:
        product = cents_of_product(quantity, price)
        computed = None if product is None else product + allowances
    if net is None:
        net = computed or 0
        reading.found("BR-24", "WARNING", node, "Het bedrag van deze regel ontbreekt en is berekend.")
    elif computed is not None and abs(net - computed) > ROUNDING_CENTS:
        text = f"Aantal maal prijs geeft {euros(computed)}, maar de regel zegt {euros(net)}."
        reading.found("PEPPOL-EN16931-R120", "INFO", node, text)
    return InvoiceLine(
        n=n,
        description=_description(node, item),
        item_code=cut(
            item.text_at("SellersItemIdentification", "ID") or item.text_at("StandardItemIdentification", "ID"), 100
        ),
        quantity=quantity,
        unit=cut(quantity_node.attribute("unitCode"), 20) if quantity_node else None,
        unit_price=price,
        net_cents=net,
        category=category or ("S" if percent else None),
        percent=percent,
    )


def _description(node: Node, item: Node) -> str:
    name = cut(item.text_at("Name"), _MAX_DESCRIPTION)
    longer = cut(item.text_at("Description"), _MAX_DESCRIPTION)
    if name and longer and longer != name:
        return longer if longer.startswith(name) else f"{name} – {longer}"
    return name or longer or cut(node.text_at("Note"), _MAX_DESCRIPTION) or ""


def _unit_price(node: Node, reading: Reading) -> Decimal | None:
    price = reading.decimal(node.first("Price", "PriceAmount"))
    base = reading.decimal(node.first("Price", "BaseQuantity"))
    if price is None or base is None or base == _ONE:
        return price
    try:
        return price / base
    except DecimalException:
        reading.found("PEPPOL-EN16931-R121", "WARNING", node, "De prijs geldt per nul stuks; dat kan niet.")
        return price


def _line_allowances(node: Node, reading: Reading) -> int:
    """The allowances and charges inside a line: its net already holds them, they only serve to check it."""
    return sum(_signed(child, reading) for child in node.all("AllowanceCharge"))


def _is_charge(node: Node) -> bool:
    return (node.text_at("ChargeIndicator") or "").lower() in ("true", "1")


def _signed(node: Node, reading: Reading) -> int:
    amount = reading.cents(node.first("Amount")) or 0
    return amount if _is_charge(node) else -amount


def _allowance_charge(node: Node, reading: Reading, n: int) -> InvoiceLine:
    charge = _is_charge(node)
    category, percent = category_of(node.first("TaxCategory"), reading)
    net = _signed(node, reading)
    reason = cut(node.text_at("AllowanceChargeReason") or node.text_at("AllowanceChargeReasonCode"), _MAX_DESCRIPTION)
    return InvoiceLine(
        n=n,
        description=reason or ("Toeslag" if charge else "Korting"),
        item_code=None,
        quantity=None,
        unit=None,
        unit_price=None,
        net_cents=net,
        category=category or ("S" if percent else None),
        percent=percent,
        kind="CHARGE" if charge else "ALLOWANCE",
    )


def groups_of(found: Sequence[ReadLine]) -> list[VatGroup]:
    """The VAT breakdown that follows from the lines, for documents that give none.

    VAT printed on the lines wins over VAT computed from the rate, because the supplier's figure is what was charged.
    """
    members: dict[tuple[str, Decimal | None], list[ReadLine]] = {}
    for read in found:
        members.setdefault((read.line.category or "", read.line.percent), []).append(read)
    groups = []
    for (category, percent), of_rate in members.items():
        base = sum(read.line.net_cents for read in of_rate)
        stated = [read.printed_vat_cents for read in of_rate if read.printed_vat_cents is not None]
        if percent is None and not stated:
            continue
        vat = sum(stated) if len(stated) == len(of_rate) else percent_of(base, percent or Decimal(0))
        groups.append(VatGroup(category=category, percent=percent, base_cents=base, vat_cents=vat))
    return groups
