"""The true ledger: every file, bank line and entry of the year as debit and credit.

Patterns: chapter 6 of the Belgian rules. This is written apart from the product's own booking rules on purpose,
so that the two can be held against each other.
"""

from collections import defaultdict
from collections.abc import Iterable
from decimal import Decimal

from zelfboeken.demo.truth import DemoStatement, DocumentTruth, GLAmount, LineTruth, OpeningItem, Year
from zelfboeken.money import percent_of, share_out

_REVERSE_CHARGE = {
    "cocontractor": "451056",
    "foreign_supplier_local": "451056",
    "non_eu_service": "451056",
    "ic_goods": "451055",
    "ic_service": "451055",
    "import_deferred": "451057",
}
VAT_DUE = ("451054", "451055", "451056", "451057", "451061", "451063")
VAT_BACK = ("411059", "411062", "411064")


def control_account(side: str) -> str:
    """The account of all customers or all suppliers."""
    return "400000" if side == "SALE" else "440000"


def signed(gl_code: str, cents: int) -> GLAmount:
    """A ledger line from an amount with debit above zero."""
    return GLAmount(gl_code, debit_cents=cents) if cents >= 0 else GLAmount(gl_code, credit_cents=-cents)


def balance(lines: Iterable[GLAmount]) -> int:
    """Debit less credit, in cents."""
    return sum(line.debit_cents - line.credit_cents for line in lines)


def lines_for_document(truth: DocumentTruth) -> tuple[GLAmount, ...]:
    """The entry of one purchase or sale (patterns 1 to 14), in cents."""
    sign = (1 if truth.side == "PURCHASE" else -1) * (1 if truth.kind == "INVOICE" else -1)
    amounts: dict[str, int] = defaultdict(int)
    amounts[control_account(truth.side)] -= sign * truth.total_cents
    for line in truth.lines:
        amounts[line.gl_code] += sign * line.net_cents
    if truth.side == "SALE":
        account = "451054" if truth.kind == "INVOICE" else "411064"
        amounts[account] += sign * sum(group.vat_cents for group in truth.printed_vat)
    else:
        _add_purchase_vat(truth, amounts, sign)
    return tuple(signed(code, cents) for code, cents in amounts.items() if cents)


def _add_purchase_vat(truth: DocumentTruth, amounts: dict[str, int], sign: int) -> None:
    kinds = {line.vat_code.split(".")[1] for line in truth.lines}
    if not kinds & _REVERSE_CHARGE.keys():
        by_rate: dict[Decimal, list[int]] = defaultdict(list)
        for place, line in enumerate(truth.lines):
            by_rate[_rate(line.vat_code)].append(place)
        for group in truth.printed_vat:
            # Foreign VAT has no Belgian rate: it is the one group of its bill, and cost.
            places = by_rate.get(group.percent or Decimal(0)) or list(range(len(truth.lines)))
            weights = [truth.lines[place].net_cents for place in places]
            for place, vat in zip(places, share_out(group.vat_cents, weights), strict=True):
                line = truth.lines[place]
                deductible = percent_of(vat, line.deductible_percent)
                account = "411059" if truth.kind == "INVOICE" else "451063"
                amounts[account] += sign * deductible
                amounts[line.gl_code] += sign * (vat - deductible)
        return
    bases: dict[tuple[str, Decimal], int] = defaultdict(int)
    for line in truth.lines:
        bases[line.vat_code.split(".")[1], _rate(line.vat_code)] += line.net_cents
    for (kind, rate), base in bases.items():
        vat = percent_of(base, rate)
        if truth.kind == "INVOICE":
            amounts["411059"] += vat
            amounts[_REVERSE_CHARGE[kind]] -= vat
        else:
            amounts["411062"] += vat
            amounts["451061"] -= vat


def _rate(vat_code: str) -> Decimal:
    rate = vat_code.split(".")[2]
    return Decimal(rate) if rate.isdigit() else Decimal(0)


def lines_for_bank_line(
    truth: LineTruth, bank_gl_code: str, sides: dict[str, str], on_account: str
) -> tuple[GLAmount, ...]:
    """The entry of one bank line (patterns 15 to 32). ``sides`` gives each document's side by its key."""
    amounts: dict[str, int] = defaultdict(int)
    amounts[bank_gl_code] += truth.amount_cents
    for allocation in truth.allocations:
        amounts[control_account(sides[allocation.document])] -= allocation.cents
    amounts[on_account] -= truth.on_account_cents
    own = tuple(signed(code, cents) for code, cents in amounts.items() if cents)
    return (*own, *truth.gl_lines)


def opening_item_cents(item: OpeningItem) -> int:
    """What the item does to its control account, debit above zero."""
    return item.total_cents if item.side == "SALE" else -item.total_cents


def entries_of(year: Year) -> tuple[tuple[str, tuple[GLAmount, ...]], ...]:
    """Every true entry of the year with its name: documents, bank lines, miscellaneous."""
    sides: dict[str, str] = {document.key: document.side for document in year.documents}
    sides |= {item.key: item.side for item in year.opening_items}
    entries = [(document.file_name, lines_for_document(document.truth)) for document in year.documents]
    entries += [(f"{entry.kind} {entry.on}", entry.lines) for entry in year.entries]
    for statement in year.statements:
        entries += _statement_entries(statement, sides)
    return tuple(entries)


def _statement_entries(statement: DemoStatement, sides: dict[str, str]) -> list[tuple[str, tuple[GLAmount, ...]]]:
    return [
        (f"{statement.file_name} {n}", lines_for_bank_line(line, statement.gl_code, sides, "400000"))
        for n, line in enumerate(statement.lines, start=1)
    ]


def balances_of(year: Year) -> dict[str, int]:
    """The balance of each account at the end of the year, debit above zero, in cents."""
    balances: dict[str, int] = defaultdict(int)
    for _, lines in entries_of(year):
        for line in lines:
            balances[line.gl_code] += line.debit_cents - line.credit_cents
    return dict(balances)
