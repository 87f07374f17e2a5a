"""The VAT period of an administration, and how it is called."""

from __future__ import annotations

from datetime import date

from django.utils.dates import MONTHS
from django.utils.translation import gettext as _

from zelfboeken.tenancy.models import Administration, VatRegime
from zelfboeken.vat.periods import VatPeriod, period_of


def current_period(administration: Administration, today: date) -> VatPeriod:
    """The month or quarter of today, by the regime of the administration."""
    return period_of(today, months=1 if administration.vat_regime == VatRegime.MONTHLY else 3)


def period_name(period: VatPeriod) -> str:
    """October 2026, or quarter 4 of 2026."""
    if period.months == 1:
        return f"{str(MONTHS[period.number]).lower()} {period.starts_on.year}"
    return _("quarter %(number)d of %(year)d") % {"number": period.number, "year": period.starts_on.year}
