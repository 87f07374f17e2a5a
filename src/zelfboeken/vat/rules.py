"""What a VAT code does to the books and what the grids of a period come to.

Money in whole cents. Sources: chapters 2.3 to 2.7 of the Belgian rules.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from decimal import Decimal

from zelfboeken.money import percent_of
from zelfboeken.money.texts import euro_text
from zelfboeken.vat.codes import Document, VatCode

Grids = tuple[tuple[int, int], ...]
"""Pairs of grid and signed cents, ascending, without zeros."""

HUNDRED = Decimal(100)


class NotForThisDocument(ValueError):
    """The code has no formula for this document, or one that needs facts an invoice line does not have."""

    code = "vat_code_not_for_document"

    def __init__(self, code: VatCode, document: Document) -> None:
        what = {"INVOICE": "een factuur", "CREDIT_NOTE": "een creditnota", "ENTRY": "een diverse post"}[document]
        super().__init__(
            f"De btw-code “{code.label}” kan je niet gebruiken voor {what}. "
            "Kies een andere code, of boek dit met een diverse post."
        )
        self.vat_code = code
        self.document = document


@dataclass(frozen=True, slots=True)
class VatLine:
    """A VAT account and its movement: ``balance_cents`` is debit minus credit. ``grids`` follow the account."""

    gl_code: str
    balance_cents: int
    grids: Grids


@dataclass(frozen=True, slots=True)
class VatPostings:
    """The VAT lines of one coded line, the grids that stay with its own account, and the split of the VAT."""

    lines: tuple[VatLine, ...]
    base_grids: Grids
    deductible_cents: int
    non_deductible_cents: int

    @property
    def grids(self) -> Grids:
        """Everything this does to the return: the base grids and those of the VAT accounts."""
        return added(self.base_grids, *(line.grids for line in self.lines))


def postings(
    *, code: VatCode, document: Document, base_cents: int, vat_cents: int, deductible_percent: Decimal = HUNDRED
) -> VatPostings:
    """The VAT accounts and grids of a line of ``base_cents`` net and ``vat_cents`` VAT (positive on a credit note too).

    The deductible part is rounded half up; the rest joins the account of the line (chapter 2.6). A grid of VAT
    (54 to 64) follows its own account, 411059 for 59 and so on, so that ledger and return can be compared.

    Raises:
        NotForThisDocument: the code knows no such document, or is a margin sale.
    """
    formula = code.documents.get(document)
    if formula is None:
        raise NotForThisDocument(code, document)
    deductible = percent_of(vat_cents, deductible_percent)
    terms = {
        "base": base_cents,
        "vat": vat_cents,
        "ded": deductible,
        "nd": vat_cents - deductible,
        "amount": vat_cents,
    }
    if any(term.term not in terms for term in formula.grids):
        raise NotForThisDocument(code, document)
    grids = [(term.grid, term.sign * terms[term.term]) for term in formula.grids]
    own = {int(account.gl_code[-2:]) for account in formula.accounts}
    lines = tuple(
        VatLine(
            gl_code=account.gl_code,
            balance_cents=terms[account.term] * (1 if account.gl_code.startswith("411") else -1),
            grids=added([pair for pair in grids if pair[0] == int(account.gl_code[-2:])]),
        )
        for account in formula.accounts
        if terms[account.term]
    )
    return VatPostings(
        lines=lines,
        base_grids=added([pair for pair in grids if pair[0] not in own]),
        deductible_cents=deductible,
        non_deductible_cents=vat_cents - deductible,
    )


def added(*parts: Grids | list[tuple[int, int]]) -> Grids:
    """The grids of several lines together, ascending, without those that come to zero."""
    sums: dict[int, int] = {}
    for part in parts:
        for grid, cents in part:
            sums[grid] = sums.get(grid, 0) + cents
    return tuple((grid, cents) for grid, cents in sorted(sums.items()) if cents)


# In the order of the return: frames II (sales), III (purchases), IV (due) and V (deductible).
SALES_GRIDS = (0, 1, 2, 3, 44, 45, 46, 47, 48, 49)
PURCHASE_GRIDS = (81, 82, 83, 84, 85, 86, 87, 88)
DUE_GRIDS = (54, 55, 56, 57, 61, 63)
DEDUCTIBLE_GRIDS = (59, 62, 64)
FLOORED_GRIDS = (81, 82, 83, 86, 87, 88)


@dataclass(frozen=True, slots=True)
class VatBalance:
    """What a period comes to, in cents: one of ``payable_cents`` (71) and ``refundable_cents`` (72) is zero.

    ``grids`` are those of the return, 71 or 72 among them; ``carry`` is what a negative net purchase leaves for the
    same grid of the next return (negative amounts).
    """

    due_cents: int
    deductible_cents: int
    grids: Mapping[int, int]
    carry: Mapping[int, int]

    @property
    def payable_cents(self) -> int:
        """Grid 71: what the State gets."""
        return max(0, self.due_cents - self.deductible_cents)

    @property
    def refundable_cents(self) -> int:
        """Grid 72: what the State owes."""
        return max(0, self.deductible_cents - self.due_cents)


def balance_of_grids(sums: Mapping[int, int], carried: Mapping[int, int] | None = None) -> VatBalance:
    """The return of a period from its booked sums per grid, with what the return before carried over.

    XX = 54+55+56+57+61+63 and YY = 59+62+64; 71 = XX-YY, or 72 = YY-XX, and 71 = 0 for an empty return. Negative net
    purchases (81-83, 86-88) are floored at zero and carried (chapter 2.5). Grids 71 and 72 in ``sums`` are ignored.
    """
    together = dict(added(list(sums.items()), list((carried or {}).items())))
    together.pop(71, None)
    together.pop(72, None)
    carry = {grid: together.pop(grid) for grid in FLOORED_GRIDS if together.get(grid, 0) < 0}
    due = sum(together.get(grid, 0) for grid in DUE_GRIDS)
    deductible = sum(together.get(grid, 0) for grid in DEDUCTIBLE_GRIDS)
    together[71 if due >= deductible else 72] = abs(due - deductible)
    return VatBalance(
        due_cents=due,
        deductible_cents=deductible,
        grids=dict(sorted(together.items())),
        carry=dict(sorted(carry.items())),
    )


@dataclass(frozen=True, slots=True)
class VatCheck:
    """One control of the return. ``code`` is the tax office's letter, or a name of ours where it has none."""

    code: str
    holds: bool
    blocks: bool
    text: str


_TOLERANCE_CENTS = 6200
_LARGE_BASE_CENTS = 9_999_900
_Grid = Callable[[int], int]


def checks(grids: Mapping[int, int]) -> list[VatCheck]:
    """Every control of chapter 2.5 on the grids of a return, 71 or 72 included; those that hold as well.

    A control that does not hold and ``blocks`` keeps the return from being handed in; the others can be justified.
    """

    def g(grid: int) -> int:
        return grids.get(grid, 0)

    negative = [grid for grid, cents in sorted(grids.items()) if cents < 0]
    both = (71 in grids) + (72 in grids)
    sales_vat = Decimal(g(1) * 6 + g(2) * 12 + g(3) * 21) / 100
    return [
        VatCheck("13", not negative, True, _negative_text(negative)),
        VatCheck("71-72", both == 1, True, "De aangifte heeft precies één saldo: rooster 71 of rooster 72."),
        _warning(
            "C", not (g(86) > 0 or g(88) > 0) or g(55) > 0, "Rooster 86 of 88 is ingevuld: dan hoort er btw in 55."
        ),
        _warning("D", g(87) <= 0 or g(56) + g(57) > 0, "Rooster 87 is ingevuld: dan hoort er btw in 56 of 57."),
        _warning(
            "O",
            abs(sales_vat - g(54)) <= _TOLERANCE_CENTS,
            f"Rooster 54 ({euro_text(g(54))}) wijkt meer dan 62,00 euro af van 6 % van 01, 12 % van 02 en 21 % van 03 "
            f"({euro_text(percent_of(g(1) * 6 + g(2) * 12 + g(3) * 21, Decimal(1)))}).",
        ),
        _warning(
            "P",
            _share(g(84) + g(86) + g(88), 21) >= g(55) - _TOLERANCE_CENTS,
            "Rooster 55 is meer dan 62,00 euro hoger dan 21 % van 84, 86 en 88 samen.",
        ),
        _warning(
            "Q",
            _share(g(85) + g(87), 21) >= g(56) + g(57) - _TOLERANCE_CENTS,
            "Roosters 56 en 57 zijn samen meer dan 62,00 euro hoger dan 21 % van 85 en 87 samen.",
        ),
        _warning(
            "S",
            _share(g(81) + g(82) + g(83) + g(84) + g(85), 50) >= g(59),
            "De aftrekbare btw in 59 is meer dan de helft van de aankopen in 81 tot 85. Leg uit waarom.",
        ),
        _warning(
            "T",
            _share(g(85), 21) >= g(63) - _TOLERANCE_CENTS,
            "Rooster 63 is meer dan 62,00 euro hoger dan 21 % van de ontvangen creditnota's in 85.",
        ),
        _warning(
            "U",
            _share(g(49), 21) >= g(64) - _TOLERANCE_CENTS,
            "Rooster 64 is meer dan 62,00 euro hoger dan 21 % van de uitgereikte creditnota's in 49.",
        ),
        _warning(
            "AC",
            g(88) <= _LARGE_BASE_CENTS or g(88) < (g(81) + g(82) + g(83) + g(84)) * 100,
            "Rooster 88 is onwaarschijnlijk groot naast de aankopen in 81 tot 84.",
        ),
        _warning("AD", _ic_services_are_likely(g), "Rooster 44 is onwaarschijnlijk groot naast de andere verkopen."),
    ]


def _warning(code: str, holds: bool, text: str) -> VatCheck:
    return VatCheck(code=code, holds=holds, blocks=False, text=text)


def _share(cents: int, percent: int) -> Decimal:
    return Decimal(cents * percent) / 100


def _ic_services_are_likely(g: _Grid) -> bool:
    others = sum(g(grid) for grid in (0, 1, 2, 3, 45, 46, 47, 48, 49))
    return g(44) <= _LARGE_BASE_CENTS or g(44) < others * 200


def _negative_text(negative: list[int]) -> str:
    if not negative:
        return "Geen enkel rooster mag negatief zijn."
    return (
        f"Rooster {', '.join(f'{grid:02}' for grid in negative)} is negatief en dat mag niet. "
        "Kijk of een creditnota als gewone factuur geboekt is."
    )
