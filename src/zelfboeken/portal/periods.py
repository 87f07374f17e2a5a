"""What an address says about a list: its dates (`van` and `tot`, both inclusive) and the place in it.

Addresses hold ISO dates. A form may send what a person types; a date that is understood is then sent on to its address.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date, timedelta
from urllib.parse import urlencode

from django.http import HttpRequest, HttpResponseRedirect
from django.utils.translation import gettext as _

from zelfboeken.portal.pages import Field, Period, Tab
from zelfboeken.portal.texts import day
from zelfboeken.portal.typed import NotUnderstood, read_day

BIGGEST_ID = 2**63 - 1
"""The biggest id the database can hold; a bigger one in an address is no id."""


@dataclass(frozen=True, slots=True)
class Dates:
    """A period of days, the last one included."""

    from_on: date
    until_on: date
    wrong: Mapping[str, tuple[str, str]] = field(default_factory=dict, compare=False)
    """The fields that are no date: what was typed, and the sentence about it."""

    @property
    def until(self) -> date:
        """The first day after it, as the queries want it."""
        return self.until_on + timedelta(days=1)

    @property
    def query(self) -> dict[str, str]:
        """The fields of the address that choose these dates."""
        return {"van": self.from_on.isoformat(), "tot": self.until_on.isoformat()}


def year_of(on: date) -> Dates:
    """The calendar year of a day."""
    return Dates(date(on.year, 1, 1), date(on.year, 12, 31))


def chosen_dates(request: HttpRequest, today: date) -> Dates:
    """The dates of the address; a missing or impossible one is that of this calendar year."""
    year, wrong = year_of(today), {}
    found: dict[str, date] = {}
    for name in ("van", "tot"):
        text = request.GET.get(name, "").strip()
        try:
            if text:
                found[name] = read_day(text, today)
        except NotUnderstood as no:
            wrong[name] = (text[:30], str(no))
    from_on = found.get("van", year.from_on)
    until_on = found.get("tot", max(year.until_on, from_on))
    return Dates(min(from_on, until_on), max(from_on, until_on), wrong)


def plain_address(request: HttpRequest, today: date) -> HttpResponseRedirect | None:
    """The way to the address with ISO dates, when a form sent dates as people type them."""
    typed = [text for name in ("van", "tot") if (text := request.GET.get(name, "").strip())]
    dates = chosen_dates(request, today)
    if dates.wrong or not any(not _is_iso(text) for text in typed):
        return None
    kept = {name: str(value) for name, value in request.GET.items() if name not in {"van", "tot"}}
    return HttpResponseRedirect(with_query(request.path, {**kept, **dates.query}))


def period_of(url: str, dates: Dates, today: date, kept: Mapping[str, str] | None = None) -> Period:
    """The form for these dates; `kept` are the other fields of the address."""
    kept = {name: value for name, value in (kept or {}).items() if value}
    presets = ((_("This month"), _month_of(today)), (_("This quarter"), _quarter_of(today)))
    years = tuple((str(year), year_of(date(year, 1, 1))) for year in (today.year, today.year - 1))
    return Period(
        url=url,
        fields=(
            _date_field("van", _("From"), dates.from_on, dates),
            _date_field("tot", _("Up to and including"), dates.until_on, dates),
        ),
        text=f"{day(dates.from_on)} – {day(dates.until_on)}",
        presets=tuple(
            Tab(label, with_query(url, {**kept, **preset.query}), is_current=preset == dates)
            for label, preset in (*presets, *years)
        ),
        kept=tuple(kept.items()),
    )


def with_query(url: str, fields: Mapping[str, str]) -> str:
    """The address with these fields; empty ones are left out."""
    filled = {name: value for name, value in fields.items() if value}
    return f"{url}?{urlencode(filled)}" if filled else url


def read_place(text: str) -> tuple[date, int] | None:
    """The place in a list as it stands in an address, day:id; anything else is the beginning."""
    on, _colon, number = text.partition(":")
    try:
        return date.fromisoformat(on), max(-BIGGEST_ID, min(int(number), BIGGEST_ID))
    except ValueError:
        return None


def read_number(text: str) -> int:
    """The number of a page from one; anything else is the first."""
    return min(int(text), 100_000) if text.isascii() and text.isdigit() and len(text) < 9 and int(text) else 1


def _date_field(name: str, label: str, on: date, dates: Dates) -> Field:
    typed, error = dates.wrong.get(name, (day(on), ""))
    return Field(name, label, typed, kind="date", error=error)


def _is_iso(text: str) -> bool:
    try:
        return date.fromisoformat(text).isoformat() == text
    except ValueError:
        return False


def _month_of(on: date) -> Dates:
    first = on.replace(day=1)
    return Dates(first, (first + timedelta(days=31)).replace(day=1) - timedelta(days=1))


def _quarter_of(on: date) -> Dates:
    first = date(on.year, (on.month - 1) // 3 * 3 + 1, 1)
    return Dates(first, (first + timedelta(days=95)).replace(day=1) - timedelta(days=1))
