"""How bills get paid: exactly, in parts, in groups, too much, without reference, a few cents short.

Each payment carries the CODA movement and its true booking. What would be paid after the year stays open.
"""

import random
from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from datetime import date, timedelta

from zelfboeken.demo.coda_file import CodaDetail, CodaMovement
from zelfboeken.demo.customers import CUSTOMERS
from zelfboeken.demo.days import MONTHS, on_or_after
from zelfboeken.demo.people import Trader
from zelfboeken.demo.suppliers import SUPPLIERS
from zelfboeken.demo.truth import Allocation, DemoDocument, DocumentTruth, GLAmount, LineTruth, OpeningItem

TRADERS = {trader.key: trader for trader in (*SUPPLIERS, *CUSTOMERS)}
PAID_OUT, PAID_IN, INSTANT_IN = "00101000", "00150000", "00250000"
DEBITED, CARD = "00501000", "00402000"
COLLECTED, COLLECTED_PART = "10550000", "50550000"
BIG_CENTS = 400_000
"""A purchase above this is paid in three parts."""
_SPLIT_SHARES = (40, 30)


@dataclass(frozen=True, slots=True)
class Payment:
    """A movement on one of the bank accounts (by its ledger account) and its true booking."""

    bank: str
    movement: CodaMovement
    truth: LineTruth

    @property
    def on(self) -> date:
        """The day the bank books it."""
        return self.movement.booked_on


@dataclass(frozen=True, slots=True)
class _Bill:
    key: str
    truth: DocumentTruth | OpeningItem
    credits: tuple[DemoDocument, ...] = ()

    @property
    def trader(self) -> Trader:
        return TRADERS[self.truth.contact]


def _key_of(contact: str, number: str) -> str:
    return f"{contact}|{number}"


def _with_credits(documents: Iterable[DemoDocument]) -> list[_Bill]:
    credits: dict[str, list[DemoDocument]] = defaultdict(list)
    invoices = []
    for document in documents:
        if document.truth.kind == "INVOICE":
            invoices.append(document)
        else:
            credits[_key_of(document.truth.contact, document.truth.corrects or "")].append(document)
    return [_Bill(document.key, document.truth, tuple(credits[document.key])) for document in invoices]


def _payment(
    on: date,
    truth: LineTruth,
    trader: Trader,
    text: str = "",
    structured: str | None = None,
    code: str | None = None,
    mandate: str | None = None,
    iban: str | None = None,
) -> Payment:
    outgoing = truth.amount_cents < 0
    by_card = code == CARD
    movement = CodaMovement(
        booked_on=on,
        amount_cents=truth.amount_cents,
        counterparty=trader.bank_name,
        iban=None if by_card else iban or trader.iban,
        bic=None if by_card else trader.bic,
        communication=text,
        structured=structured,
        transaction_code=code or (PAID_OUT if outgoing else PAID_IN),
        customer_reference=f"BV{on:%y%m%d}{abs(truth.amount_cents)}" if outgoing and not by_card else "",
        mandate=mandate,
    )
    return Payment("550000", movement, truth)


def _match(how: str, trader: Trader, allocations: Sequence[Allocation], amount_cents: int | None = None) -> LineTruth:
    total = sum(allocation.cents for allocation in allocations)
    amount = total if amount_cents is None else amount_cents
    return LineTruth("MATCH", how, amount, tuple(allocations), contact=trader.key, on_account_cents=amount - total)


def _month_of(bills: Iterable[_Bill]) -> list[tuple[str, int, list[_Bill]]]:
    groups: dict[tuple[str, int], list[_Bill]] = defaultdict(list)
    for bill in bills:
        groups[bill.truth.contact, bill.truth.issued_on.month].append(bill)
    return [(contact, month, group) for (contact, month), group in groups.items()]


def supplier_payments(
    seed: int, documents: Iterable[DemoDocument], opening: Iterable[OpeningItem], days: tuple[date, ...]
) -> list[Payment]:
    """What the bakery pays its suppliers, credit notes taken off or paid back, in no particular order."""
    chance = random.Random(f"{seed}:pays")  # noqa: S311 - made-up data, must repeat
    bills = _with_credits(documents) + [_Bill(item.key, item) for item in opening]
    payments: list[Payment] = []
    for contact, month, group in _month_of(bill for bill in bills if bill.trader.habit == "MONTHLY"):
        trader = TRADERS[contact]
        on = on_or_after(date(days[0].year, month, 1) + timedelta(days=44), days)
        if on:
            numbers = " ".join(bill.truth.number for bill in group)
            text = f"FACTUREN {numbers}" if len(numbers) < 120 else f"FACTUREN {MONTHS['nl'][month - 1]}"
            how = "GROUPED" if len(group) > 1 else "INVOICE_NUMBER"
            split = [_split_credits(bill, on) for bill in group]
            payments.append(_payment(on, _match(how, trader, _purchase_parts(now for now, _ in split)), trader, text))
            payments += [payment for _, later in split for payment in _paid_back(later, days)]
    for bill in bills:
        if bill.trader.habit != "MONTHLY":
            payments += _pay_supplier(bill, chance, days)
    return payments


def _split_credits(bill: _Bill, on: date) -> tuple[_Bill, _Bill]:
    """The bill with the credit notes known on the day it is paid, and with those that came later."""
    known = tuple(credit for credit in bill.credits if credit.issued_on <= on)
    later = tuple(credit for credit in bill.credits if credit.issued_on > on)
    return replace(bill, credits=known), replace(bill, credits=later)


def _purchase_parts(bills: Iterable[_Bill]) -> list[Allocation]:
    parts = []
    for bill in bills:
        parts.append(Allocation(bill.key, -bill.truth.total_cents))
        parts += [Allocation(credit.key, credit.truth.total_cents) for credit in bill.credits]
    return parts


def _pay_supplier(bill: _Bill, chance: random.Random, days: tuple[date, ...]) -> list[Payment]:
    trader, truth = bill.trader, bill.truth
    early = 0 if trader.habit == "DIRECT_DEBIT" else chance.randint(0, 4)
    due = on_or_after(max(truth.due_on - timedelta(days=early), days[0]), days)
    if due is None:
        return []
    if trader.habit == "DIRECT_DEBIT":
        text = f"{truth.number} {trader.bank_name[:30]}"
        only = [Allocation(bill.key, -truth.total_cents)]
        debit = _match("DIRECT_DEBIT", trader, only)
        return [
            _payment(due, debit, trader, text, code=DEBITED, mandate=f"MAND-{trader.key.upper()}-01"),
            *_paid_back(bill, days),
        ]
    if trader.iban is None or trader.key == "hotel":
        card = _match("CARD", trader, [Allocation(bill.key, -truth.total_cents)])
        paid = on_or_after(truth.issued_on + timedelta(days=1), days)
        return [_payment(paid, card, trader, f"{trader.bank_name} 4871 04XX XXXX 0129", code=CARD)] if paid else []
    if truth.total_cents > BIG_CENTS and trader.key in ("machinebouw", "bouw", "ofenbau"):
        return [*_in_three(bill, due, days), *_paid_back(bill, days)]
    now, later = _split_credits(bill, due)
    parts = _purchase_parts([now])
    if sum(part.cents for part in parts) >= 0:
        return []
    text, structured, how = _supplier_reference(now, chance)
    return [_payment(due, _match(how, trader, parts), trader, text, structured), *_paid_back(later, days)]


def _supplier_reference(bill: _Bill, chance: random.Random) -> tuple[str, str | None, str]:
    """Text, structured communication and what kind of payment that makes it."""
    number, habit = bill.truth.number, bill.trader.habit
    if bill.credits:
        return f"{number} - {' '.join(credit.truth.number for credit in bill.credits)}", None, "NET_OF_CREDIT_NOTE"
    if habit == "STRUCTURED":
        return "", bill.truth.structured, "EXACT_STRUCTURED"
    if habit == "NUMBER":
        return chance.choice((f"FACTUUR {number}", f"fact. {number}", number)), None, "INVOICE_NUMBER"
    return chance.choice(("", "BETALING", "BEDANKT")), None, "NO_REFERENCE"


def _in_three(bill: _Bill, due: date, days: tuple[date, ...]) -> list[Payment]:
    truth, trader = bill.truth, bill.trader
    first, second = (truth.total_cents * share // 100 for share in _SPLIT_SHARES)
    payments = []
    for n, cents in enumerate((first, second, truth.total_cents - first - second)):
        on = on_or_after(due + timedelta(days=30 * n), days)
        if on:
            line = _match("PARTIAL", trader, [Allocation(bill.key, -cents)])
            structured = truth.structured
            text = "" if structured else f"FACTUUR {truth.number} DEEL {n + 1}"
            payments.append(_payment(on, line, trader, text, structured))
    return payments


def _paid_back(bill: _Bill, days: tuple[date, ...]) -> list[Payment]:
    """Credit notes that the supplier transfers back, because the bill itself is paid by other means."""
    payments = []
    for credit in bill.credits:
        on = on_or_after(credit.issued_on + timedelta(days=15), days)
        if on:
            line = _match("REFUND", bill.trader, [Allocation(credit.key, credit.truth.total_cents)])
            payments.append(_payment(on, line, bill.trader, f"CREDITNOTA {credit.truth.number}"))
    return payments


def customer_payments(
    seed: int, documents: Iterable[DemoDocument], opening: Iterable[OpeningItem], days: tuple[date, ...]
) -> list[Payment]:
    """What the customers pay, and what the bakery pays back to them, in no particular order."""
    chance = random.Random(f"{seed}:is paid")  # noqa: S311 - made-up data, must repeat
    bills = _with_credits(documents) + [_Bill(item.key, item) for item in opening]
    payments: list[Payment] = []
    for contact, month, group in _month_of(bill for bill in bills if bill.trader.habit == "MONTHLY"):
        trader = TRADERS[contact]
        on = on_or_after(date(days[0].year, month, 1) + timedelta(days=40 + chance.randint(0, 12)), days)
        if on:
            how = "GROUPED" if len(group) > 1 else "INVOICE_NUMBER"
            text = f"FACT {' '.join(bill.truth.number for bill in group)}" if month % 2 or len(group) == 1 else "BROOD"
            split = [_split_credits(bill, on) for bill in group]
            payments.append(_payment(on, _match(how, trader, _sale_parts(now for now, _ in split)), trader, text))
            payments += [payment for _, later in split for payment in _given_back(later, days)]
    payments += _collected([bill for bill in bills if bill.trader.habit == "BATCH"], days)
    for bill in bills:
        if bill.trader.habit not in ("MONTHLY", "BATCH"):
            payments += _customer_pays(bill, chance, days)
    return payments


def _sale_parts(bills: Iterable[_Bill]) -> list[Allocation]:
    return [Allocation(part.document, -part.cents) for part in _purchase_parts(bills)]


def _collected(bills: Sequence[_Bill], days: tuple[date, ...]) -> list[Payment]:
    """Once a month one collective direct debit, with a detail for each invoice; credit notes are paid back."""
    by_month: dict[int, list[_Bill]] = defaultdict(list)
    for bill in bills:
        by_month[bill.truth.issued_on.month].append(bill)
    payments = []
    for month, group in sorted(by_month.items()):
        on = on_or_after(date(days[0].year, month, 1) + timedelta(days=40), days)
        if on is None:
            continue
        parts = tuple(Allocation(bill.key, bill.truth.total_cents) for bill in group)
        total = sum(part.cents for part in parts)
        details = tuple(
            CodaDetail(
                bill.truth.total_cents,
                bill.trader.bank_name,
                bill.trader.iban,
                bill.trader.bic,
                bill.truth.number,
                bill.truth.structured,
                COLLECTED_PART,
            )
            for bill in group
        )
        text = f"DOMICILIERINGEN {len(group)} OPDRACHTEN"
        movement = CodaMovement(on, total, "", None, None, text, None, COLLECTED, details=details)
        payments.append(Payment("550000", movement, LineTruth("MATCH", "BATCH", total, parts)))
        for bill in group:
            payments += _given_back(bill, days)
    return payments


def _given_back(bill: _Bill, days: tuple[date, ...]) -> list[Payment]:
    payments = []
    for credit in bill.credits:
        on = on_or_after(credit.issued_on + timedelta(days=20), days)
        if on:
            line = _match("REFUND", bill.trader, [Allocation(credit.key, -credit.truth.total_cents)])
            payments.append(_payment(on, line, bill.trader, f"CREDITNOTA {credit.truth.number}"))
    return payments


def _customer_pays(bill: _Bill, chance: random.Random, days: tuple[date, ...]) -> list[Payment]:
    trader, truth = bill.trader, bill.truth
    late = chance.choice((-6, -3, -1, 0, 0, 1, 2, 4, 9, 24))
    draw = chance.random()
    on = on_or_after(max(truth.due_on + timedelta(days=late), days[0]), days)
    if on is None or draw > 0.985:
        return _given_back(bill, days)
    if bill.credits:
        if max(credit.issued_on for credit in bill.credits) <= on:
            text = f"{truth.number} MIN {' '.join(credit.truth.number for credit in bill.credits)}"
            return [_payment(on, _match("NET_OF_CREDIT_NOTE", trader, _sale_parts([bill])), trader, text)]
        return [*_plain(bill, on, chance), *_given_back(bill, days)]
    if trader.party.country in ("GB", "CH", "US"):
        return [_short_of_costs(bill, on, chance.randint(4, 15) * 100)]
    if draw < 0.05:
        return _in_two(bill, on, days)
    if draw < 0.08:
        return _too_much(bill, on, chance.choice((500, 1000, 2500)), days)
    if draw < 0.11:
        return [_cents_short(bill, on, chance.randint(1, 5))]
    return _plain(bill, on, chance)


def _reference(bill: _Bill) -> tuple[str, str | None]:
    """Text and structured communication by the payer's habit."""
    if bill.trader.habit == "STRUCTURED":
        return "", bill.truth.structured
    if bill.trader.habit == "NUMBER":
        return f"FACTUUR {bill.truth.number}", None
    return "", None


def _plain(bill: _Bill, on: date, chance: random.Random) -> list[Payment]:
    trader = bill.trader
    hows = {"STRUCTURED": "EXACT_STRUCTURED", "NUMBER": "INVOICE_NUMBER", "NO_REFERENCE": "NO_REFERENCE"}
    line = _match(hows[trader.habit], trader, [Allocation(bill.key, bill.truth.total_cents)])
    text, structured = _reference(bill)
    if trader.habit == "NUMBER":
        number = bill.truth.number
        text = chance.choice((f"FACTUUR {number}", f"betaling {number}", number, f"Uw ref {number} bedankt"))
    code = INSTANT_IN if chance.random() < 0.15 else PAID_IN
    return [_payment(on, line, trader, text, structured, code)]


def _in_two(bill: _Bill, on: date, days: tuple[date, ...]) -> list[Payment]:
    text, structured = _reference(bill)
    first = bill.truth.total_cents * 6 // 10
    lines = [_match("PARTIAL", bill.trader, [Allocation(bill.key, first)])]
    lines.append(_match("PARTIAL", bill.trader, [Allocation(bill.key, bill.truth.total_cents - first)]))
    later = on_or_after(on + timedelta(days=20), days)
    dated = [(on, lines[0])] + ([(later, lines[1])] if later else [])
    return [_payment(day, line, bill.trader, text, structured) for day, line in dated]


def _too_much(bill: _Bill, on: date, extra: int, days: tuple[date, ...]) -> list[Payment]:
    """Paid too much; the larger sums are given back two weeks later, the small ones stay open on the customer."""
    text, structured = _reference(bill)
    total = bill.truth.total_cents
    line = _match("TOO_MUCH", bill.trader, [Allocation(bill.key, total)], total + extra)
    payments = [_payment(on, line, bill.trader, text, structured)]
    back = on_or_after(on + timedelta(days=14), days)
    if extra > 500 and back:
        refund = _match("TOO_MUCH_BACK", bill.trader, [], -extra)
        payments.append(_payment(back, refund, bill.trader, f"TERUGBETALING TE VEEL {bill.truth.number}"))
    return payments


def _cents_short(bill: _Bill, on: date, short: int) -> Payment:
    text, structured = _reference(bill)
    return _payment(on, _less(bill, "CENTS_SHORT", short, "643000"), bill.trader, text, structured)


def _short_of_costs(bill: _Bill, on: date, costs: int) -> Payment:
    line = _less(bill, "BANK_COSTS_TAKEN_OFF", costs, "657000")
    return _payment(on, line, bill.trader, f"INV {bill.truth.number}", code="04150000")


def _less(bill: _Bill, how: str, short: int, gl_code: str) -> LineTruth:
    total = bill.truth.total_cents
    return LineTruth(
        "MATCH",
        how,
        total - short,
        (Allocation(bill.key, total),),
        (GLAmount(gl_code, debit_cents=short),),
        bill.trader.key,
    )
