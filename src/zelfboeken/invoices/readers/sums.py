"""Do the amounts of an invoice add up? The calculation rules of EN 16931 (BR-CO-10 … BR-CO-17), on read values.

Five cents is our own border: below it a difference is rounding to tell about, above it an amount is wrong and a
person must look (rules chapter 2.7: take the printed VAT within 0.05 per rate, else ask).
"""

from collections import defaultdict
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from decimal import Decimal

from zelfboeken.invoices.readers.model import Finding, InvoiceLine, Severity, VatGroup
from zelfboeken.money import percent_of

ROUNDING_CENTS = 5
_RULE_FAMILY = {"K": "IC", "L": "AF", "M": "AG"}


@dataclass(frozen=True, slots=True)
class Totals:
    """The totals of a document in cents; ``line_sum_cents`` is what it says itself, None when it says nothing."""

    line_sum_cents: int | None
    net_cents: int
    vat_cents: int
    total_cents: int
    prepaid_cents: int
    rounding_cents: int
    payable_cents: int


def euros(cents: int) -> str:
    """An amount as people here read it: ``1.234,56``."""
    whole, rest = divmod(abs(cents), 100)
    return f"{'-' if cents < 0 else ''}{whole:,}".replace(",", ".") + f",{rest:02d}"


def check_sums(
    totals: Totals, groups: Sequence[VatGroup], lines: Sequence[InvoiceLine], *, root: str
) -> Iterator[Finding]:
    """A finding for each sum that doesn't come out; ``root`` starts the paths of the findings."""
    own_lines = sum(line.net_cents for line in lines if line.kind == "LINE")
    all_lines = sum(line.net_cents for line in lines)
    monetary = f"{root}/LegalMonetaryTotal"
    if totals.line_sum_cents is not None:
        yield from _equal(
            "BR-CO-10", f"{monetary}/LineExtensionAmount", "De som van de regels", totals.line_sum_cents, own_lines
        )
    if lines:
        yield from _equal(
            "BR-CO-13", f"{monetary}/TaxExclusiveAmount", "Het totaal zonder btw", totals.net_cents, all_lines
        )
    if groups:
        vat = sum(group.vat_cents for group in groups)
        yield from _equal("BR-CO-14", f"{root}/TaxTotal/TaxAmount", "De totale btw", totals.vat_cents, vat)
    yield from _equal(
        "BR-CO-15",
        f"{monetary}/TaxInclusiveAmount",
        "Het totaal met btw",
        totals.total_cents,
        totals.net_cents + totals.vat_cents,
    )
    yield from _equal(
        "BR-CO-16",
        f"{monetary}/PayableAmount",
        "Het te betalen bedrag",
        totals.payable_cents,
        totals.total_cents - totals.prepaid_cents + totals.rounding_cents,
    )
    yield from _vat_per_rate(groups, f"{root}/TaxTotal/TaxSubtotal")
    yield from _base_per_rate(groups, lines, f"{root}/TaxTotal/TaxSubtotal")


def _equal(rule: str, at: str, what: str, stated: int, computed: int) -> Iterator[Finding]:
    if stated != computed:
        text = f"{what} is {euros(stated)}, maar de delen geven {euros(computed)}. Vraag je leverancier welk klopt."
        yield Finding(rule, _severity(stated - computed, small="WARNING"), at, text)


def _severity(difference: int, *, small: Severity) -> Severity:
    return small if abs(difference) <= ROUNDING_CENTS else "ERROR"


def _vat_per_rate(groups: Sequence[VatGroup], at: str) -> Iterator[Finding]:
    for number, group in enumerate(groups, start=1):
        if group.percent is None:
            continue
        computed = percent_of(group.base_cents, group.percent)
        if group.vat_cents != computed:
            text = (
                f"De btw aan {percent_text(group.percent)} % is {euros(group.vat_cents)}, maar het tarief op "
                f"{euros(group.base_cents)} geeft {euros(computed)}."
            )
            severity = _severity(group.vat_cents - computed, small="INFO")
            yield Finding("VAT-OFF", severity, f"{at}[{number}]/TaxAmount", text)


def percent_text(percent: Decimal) -> str:
    """A percentage as people here read it: ``21``, ``5,5``."""
    text = f"{percent:f}"
    if "." in text:
        text = text.rstrip("0").rstrip(".")
    return text.replace(".", ",")


def _base_per_rate(groups: Sequence[VatGroup], lines: Sequence[InvoiceLine], at: str) -> Iterator[Finding]:
    if any(line.category is None or line.percent is None for line in lines if line.category != "O"):
        return  # a line without its own rate can belong to any group
    sums: defaultdict[tuple[str, Decimal], int] = defaultdict(int)
    for line in lines:
        sums[(line.category or "", line.percent or Decimal(0))] += line.net_cents
    stated: defaultdict[tuple[str, Decimal], int] = defaultdict(int)
    for group in groups:
        stated[(group.category, group.percent or Decimal(0))] += group.base_cents
    for number, key in enumerate(stated, start=1):
        if abs(stated[key] - sums[key]) > ROUNDING_CENTS:
            category, percent = key
            rule = f"BR-{_RULE_FAMILY.get(category, category or 'S')}-08"
            text = (
                f"De maatstaf aan {percent_text(percent)} % is {euros(stated[key])}, maar de regels met dat tarief "
                f"geven {euros(sums[key])}."
            )
            yield Finding(rule, "WARNING", f"{at}[{number}]/TaxableAmount", text)
