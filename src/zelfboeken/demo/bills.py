"""A year of bills: UBL files of purchases and sales, with the true booking of every line."""

import random
from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import date, timedelta
from decimal import Decimal
from typing import Literal

from zelfboeken.demo.customers import BAKERY, CURRENT_IBAN, CUSTOMERS
from zelfboeken.demo.days import MONTHS, business_days, on_or_after
from zelfboeken.demo.numbers import BIC, structured_communication
from zelfboeken.demo.page import pdf_page
from zelfboeken.demo.people import Item, Trader
from zelfboeken.demo.suppliers import SUPPLIERS
from zelfboeken.demo.truth import CodedLine, DemoDocument, DocumentTruth, PrintedVat
from zelfboeken.invoices.writers.ubl import (
    UblAttachment,
    UblInvoice,
    UblLine,
    UblTotals,
    line_net,
    totals_of,
    write_ubl,
)

_REASONS: dict[str, tuple[str, str]] = {
    "cocontractor": ("VATEX-EU-AE", "Btw verlegd, art. 20 KB nr. 1"),
    "foreign_supplier_local": ("VATEX-EU-AE", "Btw verlegd, art. 51 §2, 5° WBTW"),
    "ic_service": ("VATEX-EU-AE", "Btw verlegd, art. 21 §2 WBTW"),
    "ic_goods": ("VATEX-EU-IC", "Vrijgestelde intracommunautaire levering, art. 39bis WBTW"),
    "import_deferred": ("VATEX-EU-G", "Ausfuhr, steuerfrei"),
    "export_goods": ("VATEX-EU-G", "Vrijgesteld, art. 39 WBTW"),
    "service_non_eu": ("VATEX-EU-O", "Niet onderworpen aan Belgische btw, art. 21 §2 WBTW"),
    "non_eu_service": ("VATEX-EU-O", "Outside the scope of VAT"),
    "other_exempt_with_deduction": ("VATEX-EU-151", "Vrijgesteld, art. 42 WBTW"),
    "exempt_art44": ("VATEX-EU-132", "Vrijgesteld, art. 44 WBTW"),
    "out_of_scope": ("VATEX-EU-132", "Verzekeringspremie, vrijgesteld van btw"),
    "no_vat": ("", "Bijzondere vrijstellingsregeling kleine ondernemingen"),
    "domestic_cn_no_vat": ("", "Creditnota zonder btw-regularisatie"),
}
_CREDITED_SUPPLIERS = (
    ("molen", 3),
    ("zuivel", 2),
    ("suiker", 1),
    ("groothandel", 2),
    ("verpakking", 1),
    ("laiterie", 1),
    ("doosje", 1),
    ("advertentie", 1),
    ("bouw", 1),
    ("lease", 1),
    ("energie", 1),
    ("chocolade", 1),
)
_CREDITED_CUSTOMERS = (
    ("klant00", 2),
    ("klant01", 1),
    ("klant03", 1),
    ("klant04", 1),
    ("klant07", 1),
    ("klant20", 1),
    ("klant31", 1),
    ("klant40", 1),
    ("klant43", 1),
    ("klant45", 1),
    ("klant48", 1),
)
_BONUS = Item(
    ("Jaarbonus vorig jaar, zonder btw",),
    "608000",
    "PURCHASE.domestic_cn_no_vat.any.goods",
    (24000, 24000),
    printed_category="E",
)
_GOODWILL = Item(
    ("Commerciële korting, zonder btw",),
    "708000",
    "SALE.domestic_cn_no_vat.any.any",
    (6000, 6000),
    printed_category="E",
)


@dataclass(frozen=True, slots=True)
class _Row:
    """An item as it stands on one bill."""

    item: Item
    name: str
    quantity: Decimal
    price_cents: int


@dataclass(frozen=True, slots=True)
class _Draft:
    """A bill before it has its number."""

    trader: Trader
    kind: Literal["INVOICE", "CREDIT_NOTE"]
    on: date
    rows: tuple[_Row, ...]
    corrects: str | None = None
    corrects_draft: int | None = None


def purchases(seed: int, year: int) -> tuple[DemoDocument, ...]:
    """All purchase bills of the year, in order of date and number."""
    documents: list[DemoDocument] = []
    credited = dict(_CREDITED_SUPPLIERS)
    for supplier in SUPPLIERS:
        chance = random.Random(f"{seed}:{supplier.key}")  # noqa: S311 - made-up data, must repeat
        drafts = _drafts(supplier, year, chance, credited.get(supplier.key, 0))
        if supplier.key == "groothandel":
            bonus = _Row(_BONUS, _BONUS.names[0], Decimal(1), 24000)
            drafts.append(_Draft(supplier, "CREDIT_NOTE", date(year, 3, 16), (bonus,), corrects_draft=0))
            drafts = _in_order(drafts)
        number = chance.randint(10, 400)
        numbers: list[str] = []
        for draft in drafts:
            number += 1 if supplier.yearly > 30 else chance.randint(1, 9)
            prefix = "CN" if draft.kind == "CREDIT_NOTE" else ""
            text = prefix + supplier.number_form.format(year=year, yy=year % 100, n=number)
            numbers.append(text)
            corrects = numbers[draft.corrects_draft] if draft.corrects_draft is not None else None
            structured = (
                structured_communication(chance.randint(10**8, 10**10 - 1)) if supplier.tells_structured else None
            )
            documents.append(_document("PURCHASE", replace(draft, corrects=corrects), text, structured))
    return tuple(sorted(documents, key=lambda document: (document.issued_on, document.file_name)))


def sales(seed: int, year: int) -> tuple[DemoDocument, ...]:
    """All sales of the year; invoices F2026-0001 … and credit notes C2026-0001 …, each without gaps in date order."""
    credited = dict(_CREDITED_CUSTOMERS)
    drafts: list[tuple[date, int, int, _Draft]] = []
    for place, customer in enumerate(CUSTOMERS):
        chance = random.Random(f"{seed}:{customer.key}")  # noqa: S311 - made-up data, must repeat
        own = _drafts(customer, year, chance, credited.get(customer.key, 0))
        if customer.key == "klant12":
            goodwill = _Row(_GOODWILL, _GOODWILL.names[0], Decimal(1), 6000)
            own.append(_Draft(customer, "CREDIT_NOTE", date(year, 6, 15), (goodwill,), corrects_draft=0))
            own = _in_order(own)
        drafts.extend((draft.on, place, index, draft) for index, draft in enumerate(own))
    documents: list[DemoDocument] = []
    given: dict[tuple[int, int], str] = {}
    counts = {"INVOICE": 0, "CREDIT_NOTE": 0}
    for _, place, index, draft in sorted(drafts, key=lambda row: row[:3]):
        counts[draft.kind] += 1
        letter = "F" if draft.kind == "INVOICE" else "C"
        number = f"{letter}{year}-{counts[draft.kind]:04d}"
        given[place, index] = number
        corrects = given[place, draft.corrects_draft] if draft.corrects_draft is not None else None
        structured = structured_communication(year * 1000 + counts["INVOICE"]) if letter == "F" else None
        documents.append(_document("SALE", replace(draft, corrects=corrects), number, structured))
    return tuple(documents)


def _drafts(trader: Trader, year: int, chance: random.Random, credits: int) -> list[_Draft]:
    """The invoices of a trader spread over the year, and credit notes soon after some of them."""
    drafts = [
        _Draft(trader, "INVOICE", day, _rows(trader, day, chance)) for day in _bill_days(trader.yearly, year, chance)
    ]
    for count in range(credits):
        index = (count * 2 + 1) * len(drafts) // (credits * 2)
        invoice = drafts[index]
        row = chance.choice(invoice.rows)
        half = Decimal(max(1, int(row.quantity) // 4))
        name = ("Note de crédit: " if trader.key == "suiker" else "Creditnota: ") + row.name
        price = row.price_cents if row.quantity > 1 else row.price_cents // 4
        credit = replace(row, name=name, quantity=half, price_cents=price)
        on = on_or_after(invoice.on + timedelta(days=chance.randint(2, 6)), business_days(year))
        drafts.append(_Draft(trader, "CREDIT_NOTE", on or invoice.on, (credit,), corrects_draft=index))
    return _in_order(drafts)


def _in_order(drafts: list[_Draft]) -> list[_Draft]:
    """By date, the references to corrected drafts following along."""
    order = sorted(range(len(drafts)), key=lambda index: (drafts[index].on, index))
    new_place = {old: new for new, old in enumerate(order)}
    return [
        replace(drafts[old], corrects_draft=None if (c := drafts[old].corrects_draft) is None else new_place[c])
        for old in order
    ]


def _bill_days(yearly: int, year: int, chance: random.Random) -> list[date]:
    """Days of a year's bills: a fixed day of the month for monthly ones, else spread with some chance."""
    days = business_days(year)
    if yearly == 12:
        first = chance.randint(1, 6)
        return [on_or_after(date(year, month, first), days) or days[-1] for month in range(1, 13)]
    step = len(days) / yearly
    return [days[min(len(days) - 1, int(step * (n + chance.uniform(0.1, 0.9))))] for n in range(yearly)]


def _rows(trader: Trader, day: date, chance: random.Random) -> tuple[_Row, ...]:
    if trader.all_items:
        items: Sequence[Item] = trader.items
    else:
        count = min(len(trader.items), chance.randint(*trader.lines))
        if trader.key in ("machinebouw", "bouw"):
            # An investment is rare: mostly repairs, one big purchase early and one late in the year.
            items = trader.items[-1:] if day.month in (2, 9) else trader.items[:-1][:count]
        else:
            items = sorted(chance.sample(trader.items, count), key=trader.items.index)
    month = MONTHS["en" if trader.party.country in ("IE", "US", "GB") else "nl"][day.month - 1]
    rows = []
    for item in items:
        name = chance.choice(item.names).replace("{month}", f"{month} {day.year}")
        rows.append(_Row(item, name, Decimal(chance.randint(*item.quantity)), chance.randint(*item.price_cents)))
    return tuple(rows)


def _line(row: _Row) -> UblLine:
    price = Decimal(row.price_cents).scaleb(-2)
    item = row.item
    code, reason = _REASONS.get(item.kind, ("", ""))
    return UblLine(
        row.name,
        row.quantity,
        item.unit,
        price,
        line_net(row.quantity, price),
        item.printed_category,
        item.percent_in_file,
        exemption_code=code or None,
        exemption_reason=reason or None,
    )


def _document(side: Literal["PURCHASE", "SALE"], draft: _Draft, number: str, structured: str | None) -> DemoDocument:
    trader = draft.trader
    is_sale = side == "SALE"
    due = draft.on + timedelta(days=trader.terms)
    iban, bic = (CURRENT_IBAN, BIC) if is_sale else (trader.iban, trader.bic)
    abroad = trader.party.country != "BE"
    invoice = UblInvoice(
        kind=draft.kind,
        number=number,
        issued_on=draft.on,
        due_on=due,
        supplier=BAKERY if is_sale else trader.party,
        customer=trader.party if is_sale else BAKERY,
        lines=tuple(_line(row) for row in draft.rows),
        delivered_on=draft.on,
        deliver_to_country=(trader.party.country if is_sale else "BE") if abroad else None,
        buyer_reference=f"KL{trader.key[-2:]}" if is_sale else "BAKKERIJ VOORBEELD",
        iban=iban if draft.kind == "INVOICE" else None,
        bic=bic,
        structured=structured if draft.kind == "INVOICE" else None,
        payment_text=number,
        preceding=(draft.corrects,) if draft.corrects else (),
    )
    totals = totals_of(invoice)
    if trader.page and draft.kind == "INVOICE":
        invoice = replace(invoice, attachments=(_page(invoice, totals),))
    truth = DocumentTruth(
        number=number,
        side=side,
        kind=draft.kind,
        contact=trader.key,
        contact_vat=trader.party.vat,
        contact_iban=trader.iban,
        issued_on=draft.on,
        due_on=due,
        total_cents=totals.payable_cents,
        printed_vat=tuple(PrintedVat(group.percent, group.base_cents, group.vat_cents) for group in totals.vat),
        lines=tuple(
            CodedLine(row.item.gl_code, row.item.vat_code, line.net_cents, row.item.deductible, row.name)
            for row, line in zip(draft.rows, invoice.lines, strict=True)
        ),
        structured=invoice.structured,
        corrects=draft.corrects,
    )
    safe = "".join(character if character.isalnum() or character == "-" else "-" for character in number)
    name = f"{number}.xml" if is_sale else f"{draft.on.isoformat()}_{trader.key}_{safe}.xml"
    return DemoDocument(name, write_ubl(invoice), side, draft.on, truth)


def _page(invoice: UblInvoice, totals: UblTotals) -> UblAttachment:
    lines = [
        invoice.supplier.name,
        f"{invoice.supplier.street}, {invoice.supplier.postcode} {invoice.supplier.city}",
        f"BTW {invoice.supplier.vat}    IBAN {invoice.iban}",
        "",
        f"FACTUUR {invoice.number}",
        f"Datum {invoice.issued_on:%d/%m/%Y}",
        f"Klant: {invoice.customer.name}, {invoice.customer.vat}",
        "",
        *(f"{line.description}    {line.quantity} x {line.unit_price} EUR" for line in invoice.lines),
        "",
        f"Netto {_euro(totals.net_cents)}    btw {_euro(totals.vat_cents)}",
        f"Te betalen {_euro(totals.payable_cents)} EUR",
    ]
    return UblAttachment(f"{invoice.number.replace('/', '-')}.pdf", "application/pdf", pdf_page(lines))


def _euro(cents: int) -> str:
    return f"{cents // 100},{cents % 100:02d}"
