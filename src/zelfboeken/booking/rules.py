"""From a document and its coded lines to balanced ledger lines.

The patterns 1 to 14 of chapter 6 of the Belgian rules, to the cent. Money in whole cents; amounts of a credit note
are positive like those of an invoice, the document's kind turns the sides.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from decimal import Decimal
from typing import NamedTuple

from zelfboeken.money import percent_of, share_out, times
from zelfboeken.money.texts import euro_text, percent_text
from zelfboeken.vat.codes import Charge, Document, Side, VatCode, vat_code
from zelfboeken.vat.rules import Grids, added, postings

SUPPLIERS = "440000"
CUSTOMERS = "400000"
VAT_TOLERANCE_CENTS = 5
"""A supplier's printed VAT is taken when it is this near to the computed figure, per rate (chapter 2.7)."""

_HUNDRED = Decimal(100)


class PrintedVat(NamedTuple):
    """VAT as the document prints it for one rate; ``percent`` is None where the document names no rate."""

    percent: Decimal | None
    base_cents: int
    vat_cents: int


@dataclass(frozen=True, slots=True)
class DocumentFacts:
    """What a document says that its lines cannot change.

    ``side`` is PURCHASE or SALE, ``kind`` INVOICE or CREDIT_NOTE. ``total_cents`` is what the party owes or is owed
    for it, VAT included. An empty ``printed_vat`` means that the document prints no VAT table: it is computed then.
    ``accepts_printed_vat`` is a person's answer to :class:`VatDiffers`: take what is printed, however far away (a
    discount for prompt payment lowers the VAT and not the lines).
    """

    side: str
    kind: str
    total_cents: int
    printed_vat: tuple[PrintedVat, ...] = ()
    description: str = ""
    accepts_printed_vat: bool = False


@dataclass(frozen=True, slots=True)
class DraftLine:
    """A net amount with its account and VAT code; ``deductible_percent`` (0 to 100) counts for purchases only."""

    gl_code: str
    vat_code: str
    net_cents: int
    deductible_percent: Decimal = _HUNDRED
    description: str = ""

    def __post_init__(self) -> None:
        if not 0 <= self.deductible_percent <= 100:
            raise ValueError("Het aftrekbare deel van de btw ligt tussen 0 en 100 %.")


@dataclass(frozen=True, slots=True)
class LedgerLine:
    """One line of an entry: exactly one of ``debit_cents`` and ``credit_cents`` is above zero, the other is zero."""

    gl_code: str
    debit_cents: int
    credit_cents: int
    grids: Grids = ()
    is_open_item: bool = False
    description: str = ""


class VatDiffers(ValueError):
    """The printed VAT of a rate is too far from what its lines give; both figures in cents."""

    code = "vat_differs"

    def __init__(self, *, percent: Decimal | None, printed_cents: int, computed_cents: int) -> None:
        rate = "een onbekend tarief" if percent is None else percent_text(percent)
        super().__init__(
            f"De btw aan {rate} is {euro_text(printed_cents)} op het document en {euro_text(computed_cents)} "
            "volgens de lijnen. Pas de lijnen of hun btw-code aan, of bevestig de btw van het document."
        )
        self.percent = percent
        self.printed_cents = printed_cents
        self.computed_cents = computed_cents


class TotalDiffers(ValueError):
    """Lines and VAT do not add up to the total of the document; both figures in cents."""

    code = "total_differs"

    def __init__(self, *, total_cents: int, computed_cents: int) -> None:
        super().__init__(
            f"Het document komt op {euro_text(total_cents)} en de lijnen met btw op {euro_text(computed_cents)}, een "
            f"verschil van {euro_text(total_cents - computed_cents)}. Pas een lijn aan of voeg er een toe."
        )
        self.total_cents = total_cents
        self.computed_cents = computed_cents


class NothingToBook(ValueError):
    """The document moves no account and no grid."""

    code = "nothing_to_book"

    def __init__(self) -> None:
        super().__init__("Dit document komt op nul uit: er is niets te boeken. Je mag het afhandelen zonder boeking.")


class WrongSide(ValueError):
    """A VAT code for sales on a purchase, or the other way round."""

    code = "vat_code_of_other_side"

    def __init__(self, code: VatCode) -> None:
        other = "verkopen" if code.side == Side.SALE else "aankopen" if code.side == Side.PURCHASE else "diverse posten"
        super().__init__(f"De btw-code “{code.label}” is er voor {other}. Kies een andere btw-code.")
        self.vat_code = code


def lines_for_document(facts: DocumentFacts, draft_lines: Sequence[DraftLine]) -> tuple[LedgerLine, ...]:
    """The ledger lines of an invoice or a credit note: its lines, one line per VAT account, the party's open item.

    The printed VAT of a rate is taken and shared out over its lines; VAT under reverse charge is computed half up,
    once per kind and rate. What cannot be deducted joins the account of its own line.

    Raises:
        VatDiffers: the printed VAT of a rate is more than 5 cents from the computed one and nobody accepted it, or no
            line has that rate.
        TotalDiffers: net and VAT are not the total of the document.
        NothingToBook: nothing would move, neither an account nor a grid.
        WrongSide, NotForThisDocument, UnknownVatCode: a line's VAT code cannot stand here.
    """
    document = Document(facts.kind)
    codes = [_code(facts, line) for line in draft_lines]
    charges = [code.documents[document].charge if document in code.documents else Charge.NONE for code in codes]
    vat = _vat_of_lines(facts, draft_lines, codes, charges)
    computed = sum(line.net_cents for line in draft_lines) + sum(
        cents for cents, charge in zip(vat, charges, strict=True) if charge in (Charge.PRINTED, Charge.FOREIGN)
    )
    if computed != facts.total_cents:
        raise TotalDiffers(total_cents=facts.total_cents, computed_cents=computed)

    own_side = 1 if (facts.side == Side.PURCHASE) == (document == Document.INVOICE) else -1
    lines: list[LedgerLine] = []
    accounts: dict[str, tuple[int, Grids]] = {}
    for line, code, charge, vat_cents in zip(draft_lines, codes, charges, vat, strict=True):
        deductible = line.deductible_percent if facts.side == Side.PURCHASE else _HUNDRED
        done = postings(
            code=code,
            document=document,
            base_cents=line.net_cents,
            vat_cents=vat_cents,
            deductible_percent=Decimal(0) if charge is Charge.FOREIGN else deductible,
        )
        balance = own_side * (line.net_cents + done.non_deductible_cents)
        lines += _ledger_line(line.gl_code, balance, done.base_grids, line.description or facts.description)
        for vat_line in done.lines:
            before, grids = accounts.get(vat_line.gl_code, (0, ()))
            accounts[vat_line.gl_code] = (before + vat_line.balance_cents, added(grids, vat_line.grids))
    for gl_code, (balance, grids) in sorted(accounts.items()):
        lines += _ledger_line(gl_code, balance, grids, facts.description)
    if not _moves_something(lines):
        raise NothingToBook
    return (*lines, *_open_item(facts.side, -own_side * facts.total_cents, facts.description))


def in_euro(
    facts: DocumentFacts, lines: Sequence[DraftLine], rate: Decimal
) -> tuple[DocumentFacts, tuple[DraftLine, ...]]:
    """A document and its lines at an exchange rate: what one unit of its currency is worth in euro.

    The total and the VAT are converted, and the lines take the rest by size, so that no cent appears or is lost.
    """
    total = times(facts.total_cents, rate)
    printed = tuple(
        PrintedVat(group.percent, times(group.base_cents, rate), times(group.vat_cents, rate))
        for group in facts.printed_vat
    )
    nets = [times(line.net_cents, rate) for line in lines]
    weights = [abs(line.net_cents) for line in lines]
    if any(weights):
        rest = total - sum(group.vat_cents for group in printed) - sum(nets)
        balanced = facts.total_cents == sum(line.net_cents for line in lines) + sum(
            group.vat_cents for group in facts.printed_vat
        )
        if balanced:
            nets = [net + share for net, share in zip(nets, share_out(rest, weights), strict=True)]
    converted = tuple(replace(line, net_cents=net) for line, net in zip(lines, nets, strict=True))
    return replace(facts, total_cents=total, printed_vat=printed), converted


def lines_for_import_document(
    *,
    gl_code: str,
    code: str,
    value_cents: int,
    vat_cents: int,
    deductible_percent: Decimal = _HUNDRED,
    description: str = "",
) -> tuple[LedgerLine, ...]:
    """The lines of a customs document (pattern 8): VAT and grids on the customs value, which itself is not booked.

    The value was booked with the supplier's invoice. With a licence the VAT is due in the return; without one the
    forwarder or customs is owed ``vat_cents`` (an open item). VAT that cannot be deducted joins ``gl_code``.

    Raises:
        NothingToBook: there is no VAT, so the grids would hang on no line.
        NotForThisDocument, UnknownVatCode: ``code`` is no import code.
    """
    done = postings(
        code=vat_code(code),
        document=Document.INVOICE,
        base_cents=value_cents,
        vat_cents=vat_cents,
        deductible_percent=deductible_percent,
    )
    lines = _ledger_line(gl_code, done.non_deductible_cents, (), description)
    for vat_line in done.lines:
        lines += _ledger_line(vat_line.gl_code, vat_line.balance_cents, vat_line.grids, description)
    if not lines:
        raise NothingToBook
    first = lines[0]
    lines[0] = LedgerLine(
        gl_code=first.gl_code,
        debit_cents=first.debit_cents,
        credit_cents=first.credit_cents,
        grids=added(first.grids, done.base_grids),
        description=first.description,
    )
    owed = sum(line.debit_cents - line.credit_cents for line in lines)
    return (*lines, *_open_item(Side.PURCHASE, -owed, description))


def _code(facts: DocumentFacts, line: DraftLine) -> VatCode:
    code = vat_code(line.vat_code)
    if code.side != facts.side:
        raise WrongSide(code)
    return code


def _vat_of_lines(
    facts: DocumentFacts, lines: Sequence[DraftLine], codes: Sequence[VatCode], charges: Sequence[Charge]
) -> list[int]:
    """The VAT of each line, in the order of the lines."""
    vat = [0] * len(lines)
    unclaimed: dict[Decimal | None, int] = {}
    for percent, _base_cents, vat_cents in facts.printed_vat:
        unclaimed[percent] = unclaimed.get(percent, 0) + vat_cents
    groups: dict[tuple[Charge, str, Decimal], list[int]] = {}
    for index, (code, charge) in enumerate(zip(codes, charges, strict=True)):
        if charge in (Charge.PRINTED, Charge.SELF) and code.rate is not None:
            kind = code.kind if charge is Charge.SELF else ""
            groups.setdefault((charge, kind, code.rate), []).append(index)
    for (charge, _kind, rate), members in groups.items():
        computed = percent_of(sum(lines[index].net_cents for index in members), rate)
        wanted = computed
        if charge is Charge.PRINTED and facts.printed_vat:
            wanted = unclaimed.pop(rate, 0)
        if abs(wanted - computed) > VAT_TOLERANCE_CENTS and not facts.accepts_printed_vat:
            raise VatDiffers(percent=rate, printed_cents=wanted, computed_cents=computed)
        _share_vat(vat, lines, members, rate, wanted)
    foreign = [index for index, charge in enumerate(charges) if charge is Charge.FOREIGN]
    if foreign and any(lines[index].net_cents for index in foreign):
        # Another state's rates are not ours to check; the total of the document still proves the sum.
        _share_vat(vat, lines, foreign, Decimal(0), sum(unclaimed.values()))
        unclaimed = {}
    for percent, vat_cents in unclaimed.items():
        if vat_cents:
            raise VatDiffers(percent=percent, printed_cents=vat_cents, computed_cents=0)
    return vat


def _share_vat(vat: list[int], lines: Sequence[DraftLine], members: Sequence[int], rate: Decimal, wanted: int) -> None:
    """Give each line its own VAT, then share what is left of ``wanted`` by size.

    Sharing the whole by signed amounts would blow up where lines nearly cancel out (100,00 and -99,99). The members
    are walked in the order of their content, so that the order on the document means nothing.
    """
    ordered = sorted(members, key=lambda index: _content(lines[index]))
    for index in ordered:
        vat[index] = percent_of(lines[index].net_cents, rate)
    rest = wanted - sum(vat[index] for index in ordered)
    if not rest:
        return
    weights = [abs(lines[index].net_cents) for index in ordered]
    if not any(weights):
        raise VatDiffers(percent=rate, printed_cents=wanted, computed_cents=0)
    for index, share in zip(ordered, share_out(rest, weights), strict=True):
        vat[index] += share


def _content(line: DraftLine) -> tuple[int, str, str, Decimal, str]:
    return (line.net_cents, line.gl_code, line.vat_code, line.deductible_percent, line.description)


def _ledger_line(gl_code: str, balance_cents: int, grids: Grids, description: str) -> list[LedgerLine]:
    """The line of a balance (debit minus credit), or none for zero."""
    if not balance_cents:
        return []
    debit, credit = max(0, balance_cents), max(0, -balance_cents)
    return [LedgerLine(gl_code, debit, credit, grids, description=description)]


def _open_item(side: str, balance_cents: int, description: str) -> list[LedgerLine]:
    if not balance_cents:
        return []
    gl_code = SUPPLIERS if side == Side.PURCHASE else CUSTOMERS
    debit, credit = max(0, balance_cents), max(0, -balance_cents)
    return [LedgerLine(gl_code, debit, credit, is_open_item=True, description=description)]


def _moves_something(lines: Iterable[LedgerLine]) -> bool:
    """Whether an account or a grid is left with an amount: a settled advance comes to zero and still moves both."""
    balances: dict[str, int] = {}
    grids: Grids = ()
    for line in lines:
        balances[line.gl_code] = balances.get(line.gl_code, 0) + line.debit_cents - line.credit_cents
        grids = added(grids, line.grids)
    return bool(grids) or any(balances.values())
