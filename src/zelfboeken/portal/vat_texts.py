"""How the VAT return speaks: its periods, its boxes, its checks and the VAT of a line, in the language of the page."""

from __future__ import annotations

from datetime import date
from decimal import Decimal

from django.utils.dates import MONTHS, MONTHS_3
from django.utils.translation import gettext as _

from zelfboeken.portal.texts import share
from zelfboeken.tenancy.models import Administration, VatRegime
from zelfboeken.vat.codes import Side, UnknownVatCode, vat_code
from zelfboeken.vat.periods import VatPeriod, period_of


def current_period(administration: Administration, today: date) -> VatPeriod:
    """The month or quarter of today, by the regime of the administration."""
    return period_of(today, months=1 if administration.vat_regime == VatRegime.MONTHLY else 3)


def next_due_period(administration: Administration, today: date) -> VatPeriod:
    """The period whose return is handed in next: the one before today's until its last day has passed."""
    current = current_period(administration, today)
    before = current.previous()
    return before if before.due_on >= today else current


def period_name(period: VatPeriod) -> str:
    """October 2026, or quarter 4 of 2026."""
    if period.months == 1:
        return f"{str(MONTHS[period.number]).lower()} {period.starts_on.year}"
    return _("quarter %(number)d of %(year)d") % {"number": period.number, "year": period.starts_on.year}


def period_short(period: VatPeriod) -> str:
    """Oct. 2026, or Q4 2026: for the head of a column."""
    year = period.starts_on.year
    if period.months == 3:
        return _("Q%(number)d %(year)d") % {"number": period.number, "year": year}
    whole, short = str(MONTHS[period.number]).lower(), str(MONTHS_3[period.number]).lower()
    return f"{short}{'' if short == whole else '.'} {year}"


def box_name(grid: int) -> str:
    """What a box is called, short enough for its row."""
    names = {
        0: _("Zero rate, special schemes"),
        44: _("Services in the EU, reverse charge"),
        45: _("Reverse charge to the contractor"),
        46: _("Exempt deliveries within the EU"),
        47: _("Other exempt sales, and abroad"),
        48: _("Credit notes issued on 44 and 46"),
        49: _("Other credit notes issued"),
        81: _("Goods, raw and auxiliary materials"),
        82: _("Services and other goods"),
        83: _("Investments"),
        84: _("Credit notes received on 86 and 88"),
        85: _("Other credit notes received"),
        86: _("Goods from the EU"),
        87: _("Other purchases, reverse charge"),
        88: _("Services from the EU, reverse charge"),
        54: _("VAT on 01, 02 and 03"),
        55: _("VAT on 86 and 88"),
        56: _("VAT on 87"),
        57: _("VAT on deferred import"),
        59: _("Deductible VAT"),
        61: _("Corrections for the State"),
        62: _("Corrections in your favour"),
        63: _("VAT on credit notes received"),
        64: _("VAT on credit notes issued"),
        71: _("To pay to the State"),
        72: _("To get back from the State"),
    }
    if grid in _SALES_RATES:
        return _("Sales at %(rate)s") % {"rate": share(_SALES_RATES[grid])}
    return names[grid]


def check_name(code: str) -> str:
    """What a control of the return says when it holds, by its code (Belgian rules, chapter 2.5)."""
    names = {
        "13": _("No box is below zero"),
        "71-72": _("The return has exactly one balance"),
        "C": _("55 fits 86 and 88"),
        "D": _("56 and 57 fit 87"),
        "O": _("54 is 6, 12 and 21% of 01, 02 and 03"),
        "P": _("55 is at most 21% of 84, 86 and 88"),
        "Q": _("56 and 57 are at most 21% of 85 and 87"),
        "S": _("59 is at most half of 81 to 85"),
        "T": _("63 fits 85"),
        "U": _("64 fits 49"),
        "AC": _("88 fits the other purchases"),
        "AD": _("44 fits the other sales"),
    }
    return names[code]


def tax_text(code: str, deductible_percent: Decimal) -> str:
    """The VAT of a line in two words: 21 %, 21 % EU, exempt; and what is deducted of it when that is not all."""
    try:
        known = vat_code(code)
    except UnknownVatCode:
        return ""
    rate = share(known.rate) if known.rate else ""
    kinds = {
        "cocontractor": _("reverse charge"),
        "ic_goods": _("EU"),
        "ic_triangular": _("EU"),
        "ic_service": _("EU"),
        "export_goods": _("outside the EU"),
        "service_non_eu": _("outside the EU"),
        "non_eu_service": _("outside the EU"),
        "other_abroad": _("abroad"),
        "other_exempt_with_deduction": _("exempt"),
        "exempt_art44": _("exempt"),
        "franchise": _("exempt"),
        "margin": _("margin"),
        "margin_goods": _("margin"),
        "import_deferred": _("import"),
        "import_customs": _("import"),
        "foreign_vat": _("foreign VAT"),
        "out_of_scope": _("no VAT"),
        "no_vat": _("no VAT"),
        "domestic_cn_no_vat": _("no VAT"),
    }
    told = " ".join(part for part in (rate, kinds.get(known.kind, "")) if part) or share(0)
    if known.side == Side.PURCHASE and rate and deductible_percent != 100:
        return f"{told}, {share(deductible_percent)}"
    return told


_SALES_RATES = {1: 6, 2: 12, 3: 21}
