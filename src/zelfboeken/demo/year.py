"""A year of the bakery: files as they come in, and what each of them truly is."""

from collections import defaultdict
from datetime import date

from zelfboeken.demo.bills import purchases, sales
from zelfboeken.demo.coda_file import CodaMovement, CodaStatement, write_statement
from zelfboeken.demo.customers import BAKERY, CURRENT_IBAN, SAVINGS_IBAN
from zelfboeken.demo.days import business_days
from zelfboeken.demo.household import (
    DEPRECIATION_CENTS,
    LOAN_CENTS,
    MONTH_SOCIAL_CENTS,
    MONTH_TAX_CENTS,
    OPENING_VAT_CENTS,
    household,
    small_card_payments,
    vat_closes,
    wage_entries,
)
from zelfboeken.demo.ledger import balance, opening_item_cents, signed
from zelfboeken.demo.numbers import BIC, structured_communication
from zelfboeken.demo.payments import PAID_IN, PAID_OUT, TRADERS, Payment, customer_payments, supplier_payments
from zelfboeken.demo.truth import (
    DemoDocument,
    DemoEntry,
    DemoStatement,
    DocumentTruth,
    GLAmount,
    LineTruth,
    OpeningItem,
    Side,
    Year,
)

__all__ = ["DemoDocument", "DemoEntry", "DemoStatement", "DocumentTruth", "LineTruth", "Year", "generate"]

OPENING_CURRENT_CENTS = 2_418_362
OPENING_SAVINGS_CENTS = 3_000_000
_KEEP_AT_MOST, _KEEP_AT_LEAST, _STEP = 4_500_000, 800_000, 1_000_000


def generate(seed: int = 2026, year: int = 2026) -> Year:
    """All files of one calendar year with their true bookings; the same seed and year give the same bytes.

    Left out because a bakery that files ordinary returns doesn't meet them: customs VAT paid without licence, margin
    scheme, small-enterprise scheme, triangular sales, work abroad, exempt sales of a mixed taxable person.
    Bills come from ``bills``, their payments from ``payments``, all other bank lines from ``household``.
    """
    days = business_days(year)
    bought, sold = purchases(seed, year), sales(seed, year)
    documents = tuple(sorted((*bought, *sold), key=lambda document: (document.issued_on, document.file_name)))
    opening_items = _opening_items(year)
    closes = vat_closes(year, documents)
    payments = supplier_payments(seed, bought, (item for item in opening_items if item.side == "PURCHASE"), days)
    payments += customer_payments(seed, sold, (item for item in opening_items if item.side == "SALE"), days)
    payments += household(year, days, closes)
    busy = {payment.on for payment in payments}
    payments += small_card_payments(day for day in days if day not in busy)
    payments += _between_own_accounts(payments, days)
    depreciation = DemoEntry(
        "DEPRECIATION",
        date(year, 12, 31),
        "Afschrijvingen",
        (GLAmount("630200", debit_cents=DEPRECIATION_CENTS), GLAmount("230900", credit_cents=DEPRECIATION_CENTS)),
    )
    entries = [_opening(year, opening_items), *wage_entries(year, days), *closes, depreciation]
    return Year(
        year, documents, opening_items, _statements(year, payments), tuple(sorted(entries, key=lambda entry: entry.on))
    )


def _opening_items(year: int) -> tuple[OpeningItem, ...]:
    last = year - 1
    rows: tuple[tuple[Side, str, str, date, int], ...] = (
        ("SALE", "klant00", f"F{last}-0241", date(last, 12, 11), 84_270),
        ("SALE", "klant05", f"F{last}-0247", date(last, 12, 18), 131_440),
        ("SALE", "klant40", f"F{last}-0250", date(last, 12, 19), 98_000),
        ("SALE", "klant21", f"F{last}-0252", date(last, 12, 22), 156_816),
        ("PURCHASE", "zuivel", f"{last}/0391", date(last, 12, 10), 61_215),
        ("PURCHASE", "verpakking", f"{last}/0207", date(last, 12, 15), 38_962),
        ("PURCHASE", "suiker", f"FA-{last}-0388", date(last, 12, 17), 27_030),
    )
    items = []
    for n, (side, contact, number, on, total) in enumerate(rows):
        trader = TRADERS[contact]
        structured = structured_communication(last * 1000 + n) if side == "SALE" or trader.tells_structured else None
        due = date(year, 1, 8 + n)
        items.append(OpeningItem(number, side, contact, trader.party.vat, trader.iban, on, due, total, structured))
    return tuple(items)


def _opening(year: int, items: tuple[OpeningItem, ...]) -> DemoEntry:
    customers = sum(opening_item_cents(item) for item in items if item.side == "SALE")
    suppliers = sum(opening_item_cents(item) for item in items if item.side == "PURCHASE")
    lines = [
        signed("230000", 11_200_000),
        signed("230900", -3_360_000),
        signed("300000", 642_500),
        signed("400000", customers),
        signed("550000", OPENING_CURRENT_CENTS),
        signed("550100", OPENING_SAVINGS_CENTS),
        signed("173000", -LOAN_CENTS),
        signed("440000", suppliers),
        signed("451900", -OPENING_VAT_CENTS),
        signed("453000", -MONTH_TAX_CENTS),
        signed("454000", -3 * MONTH_SOCIAL_CENTS),
        signed("140000", -1_154_320),
    ]
    return DemoEntry("OPENING", date(year, 1, 1), "Beginbalans", (*lines, signed("110900", -balance(lines))))


def _between_own_accounts(payments: list[Payment], days: tuple[date, ...]) -> list[Payment]:
    """On the first business day of a month, what is over goes to the savings account, what lacks comes back."""
    moves: list[Payment] = []
    by_day: dict[date, int] = defaultdict(int)
    for payment in payments:
        if payment.bank == "550000":
            by_day[payment.on] += payment.movement.amount_cents
    held, saved, month = OPENING_CURRENT_CENTS, OPENING_SAVINGS_CENTS, 0
    for day in days:
        if day.month != month:
            month = day.month
            move = 0
            if held > _KEEP_AT_MOST:
                move = (held - _KEEP_AT_MOST) // _STEP * _STEP + _STEP
            elif held < _KEEP_AT_LEAST * 2:
                move = -min(_STEP, saved // _STEP * _STEP)
            if move:
                moves += _transfer(day, move)
                held, saved = held - move, saved + move
        held += by_day[day]
    return moves


def _transfer(day: date, to_savings_cents: int) -> list[Payment]:
    """Both sides of a transfer between the own accounts (pattern 32)."""
    sides = (("550000", -to_savings_cents, SAVINGS_IBAN), ("550100", to_savings_cents, CURRENT_IBAN))
    payments = []
    for bank, cents, other in sides:
        code = PAID_OUT if cents < 0 else PAID_IN
        movement = CodaMovement(day, cents, "BAKKERIJ VOORBEELD BV", other, BIC, "EIGEN REKENING", None, code)
        truth = LineTruth("TRANSFER", "OWN_ACCOUNTS", cents, gl_lines=(signed("580000", -cents),))
        payments.append(Payment(bank, movement, truth))
    return payments


def _statements(year: int, payments: list[Payment]) -> tuple[DemoStatement, ...]:
    """One file for each account and day with a movement; each opens with the balance the last one closed with."""
    by_place: dict[tuple[str, date], list[Payment]] = defaultdict(list)
    for payment in payments:
        by_place[payment.bank, payment.on].append(payment)
    state = {
        "550000": (CURRENT_IBAN, "ZICHTREKENING", OPENING_CURRENT_CENTS, 0, date(year - 1, 12, 31)),
        "550100": (SAVINGS_IBAN, "SPAARREKENING", OPENING_SAVINGS_CENTS, 0, date(year - 1, 12, 31)),
    }
    statements = []
    for (bank, day), own in sorted(by_place.items(), key=lambda item: (item[0][1], item[0][0])):
        iban, description, opening, number, opened_on = state[bank]
        coda = CodaStatement(
            iban,
            BAKERY.name.upper(),
            BAKERY.enterprise or "",
            description,
            number + 1,
            opened_on,
            opening,
            day,
            tuple(payment.movement for payment in own),
        )
        state[bank] = (iban, description, coda.closing_cents, number + 1, day)
        statements.append(
            DemoStatement(
                f"{day.isoformat()}_{description.lower()}_{number + 1:03d}.cod",
                write_statement(coda),
                bank,
                iban,
                number + 1,
                day,
                opening,
                coda.closing_cents,
                tuple(payment.truth for payment in own),
            )
        )
    return tuple(statements)
