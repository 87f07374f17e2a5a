"""What a domain owes for a month: plain values in, charges out; no database, no clock.

A domain's standing is what its price depends on: pricing model, bundle, life, trial, whether it is only looked at and
the number of active Backoffice roles. From the history of its standings follows what was used on each day, and from
that what is charged. Every amount anywhere, on a statement as in the question "what will it cost", comes from
`month_charges`.
"""

from __future__ import annotations

import calendar
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, date, datetime, timedelta
from enum import StrEnum
from itertools import groupby
from typing import Protocol
from zoneinfo import ZoneInfo

from zelfboeken.tenancy.models import Bundle, Lifecycle, PricingModel

BRUSSELS = ZoneInfo("Europe/Brussels")
"""A day is a calendar day in Belgium (INV-27)."""

PAID_BUNDLES = (Bundle.SMALL, Bundle.MEDIUM, Bundle.LARGE, Bundle.UNLIMITED)
"""The bundles that are bought, from small to large."""

INCLUDED_SEATS = 1
"""The first Backoffice role is in the price of a bundle."""

_RANK = {bundle.value: rank for rank, bundle in enumerate((Bundle.MINIMAL, *PAID_BUNDLES))}


class SeatPolicy(StrEnum):
    """How the days of an extra role are counted."""

    DAILY = "DAILY"
    """Each calendar day on which it was active, one at least."""
    FULL_MONTH = "FULL_MONTH"
    """The highest number of the month counts for the whole month."""


class NoPrice(LookupError):
    """Something was used on a day for which the operator confirmed no price."""

    code = "price_not_confirmed"

    def __init__(self, what: str, on: date) -> None:
        super().__init__(
            f"Er is geen bevestigde prijs voor {what} op {on:%d/%m/%Y}. "
            "Laat de beheerder de prijs bevestigen onder Bundels en prijzen."
        )
        self.what = what
        self.on = on


@dataclass(frozen=True, slots=True)
class Month:
    """A calendar month."""

    year: int
    number: int

    @classmethod
    def of(cls, on: date) -> Month:
        """The month in which a day lies."""
        return cls(on.year, on.month)

    @property
    def starts_on(self) -> date:
        """Its first day."""
        return date(self.year, self.number, 1)

    @property
    def until(self) -> date:
        """The first day after it."""
        return self.next.starts_on

    @property
    def next(self) -> Month:
        """The month after it."""
        return Month(self.year + self.number // 12, self.number % 12 + 1)

    @property
    def length(self) -> int:
        """How many days it has."""
        return calendar.monthrange(self.year, self.number)[1]

    @property
    def days(self) -> tuple[date, ...]:
        """Its days, in order."""
        return tuple(date(self.year, self.number, day) for day in range(1, self.length + 1))

    def __str__(self) -> str:
        return f"{self.year:04}-{self.number:02}"


@dataclass(frozen=True, slots=True)
class Standing:
    """What a domain's price depends on, from a moment on."""

    at: datetime
    pricing_model: str
    bundle: str
    lifecycle: str
    trial_until: date | None
    seats: int
    """Active Backoffice roles."""
    is_view_only: bool = False
    """Inactive, and looked at for a price."""


@dataclass(frozen=True, slots=True)
class BundleTerms:
    """What a bundle costs and holds from a day on; None is without limit."""

    bundle: str
    valid_from: date
    monthly_cents: int
    users: int | None
    documents: int | None
    pack_documents: int = 0
    pack_cents: int = 0


@dataclass(frozen=True, slots=True)
class SeatTerms:
    """What an extra Backoffice role costs from a day on."""

    valid_from: date
    monthly_cents: int
    policy: SeatPolicy = SeatPolicy.DAILY


@dataclass(frozen=True, slots=True)
class ViewTerms:
    """What it costs from a day on to look into an inactive domain."""

    valid_from: date
    monthly_cents: int


@dataclass(frozen=True, slots=True)
class ModulesTerms:
    """What the separate modules of a domain cost from a day on."""

    valid_from: date
    monthly_cents: int


@dataclass(frozen=True, slots=True)
class Terms:
    """The confirmed prices and limits, each with the day from which it counts. `modules` is the domain's own."""

    bundles: tuple[BundleTerms, ...]
    seats: tuple[SeatTerms, ...]
    modules: tuple[ModulesTerms, ...] = ()
    views: tuple[ViewTerms, ...] = ()

    def bundle_on(self, bundle: str, on: date) -> BundleTerms | None:
        """What holds for a bundle on a day."""
        found = [one for one in self.bundles if one.bundle == bundle and one.valid_from <= on]
        return max(found, key=lambda one: one.valid_from, default=None)

    def seats_on(self, on: date) -> SeatTerms | None:
        """What an extra role costs on a day."""
        found = [one for one in self.seats if one.valid_from <= on]
        return max(found, key=lambda one: one.valid_from, default=None)

    def modules_on(self, on: date) -> ModulesTerms:
        """What the domain's own modules cost on a day: nothing where none were agreed."""
        found = [one for one in self.modules if one.valid_from <= on]
        return max(found, key=lambda one: one.valid_from, default=ModulesTerms(date.min, 0))

    def needed_bundle(self, bundle: str, on: date) -> BundleTerms:
        """What holds for a bundle on a day; Minimal, which nobody buys, is free until a price is confirmed.

        Raises:
            NoPrice: nothing was confirmed for a bundle that is bought.
        """
        found = self.bundle_on(bundle, on)
        if found is None and bundle == Bundle.MINIMAL:
            return BundleTerms(bundle, on, 0, None, None)
        if found is None:
            raise NoPrice(Bundle(bundle).label, on)
        return found

    def needed_seats(self, on: date) -> SeatTerms:
        """What an extra role costs on a day. Raises NoPrice when nothing was confirmed."""
        found = self.seats_on(on)
        if found is None:
            raise NoPrice("een extra Backoffice-rol", on)
        return found

    def views_on(self, on: date) -> ViewTerms | None:
        """What looking into an inactive domain costs on a day."""
        found = [one for one in self.views if one.valid_from <= on]
        return max(found, key=lambda one: one.valid_from, default=None)

    def needed_views(self, on: date) -> ViewTerms:
        """What looking into an inactive domain costs on a day. Raises NoPrice when nothing was confirmed."""
        found = self.views_on(on)
        if found is None:
            raise NoPrice("een domein dat alleen bekeken wordt", on)
        return found


@dataclass(frozen=True, slots=True)
class DayUse:
    """What was used on one day: the largest bundle, and the most extra roles at one time. `bundle` is empty on a day
    without one that counts: blocked, archived, in trial, another pricing model. A day on which a bundle or modules
    count is paid for, also when the domain was only looked at by its end.
    """

    on: date
    bundle: str = ""
    extra_seats: int = 0
    is_modules: bool = False
    is_view_only: bool = False


class ChargeKind(StrEnum):
    """What is charged."""

    BUNDLE = "BUNDLE"
    SEATS = "SEATS"
    PACKS = "PACKS"
    MODULES = "MODULES"
    VIEW_ONLY = "VIEW_ONLY"


@dataclass(frozen=True, slots=True)
class Charge:
    """One line of what a month costs, rounded once.

    `units` are days for a bundle, modules and looking, seat-days for extra roles, packs for surplus; `of_days` is the
    length of the month by which a price per month is parted, 0 for packs. `documents` is the surplus in documents of
    the month from `from_on`: another month than the statement's for what was recognised after its own. `charged_packs`
    of that surplus stand on other statements.
    """

    kind: ChargeKind
    bundle: str
    unit_cents: int
    units: int
    of_days: int
    cents: int
    from_on: date
    until: date
    price_from: date
    documents: int = 0
    pack_documents: int = 0
    charged_packs: int = 0


def prorated(monthly_cents: int, units: int, of_days: int) -> int:
    """A price per month for so many of its days, half up to the cent."""
    return (2 * monthly_cents * units + of_days) // (2 * of_days)


def in_force(standings: Sequence[Standing], on: date) -> list[Standing]:
    """The standings that held at some time of a day, in order. What was changed twice at the same moment held once."""
    starts = start_of_day(on)
    ends = start_of_day(on + timedelta(days=1))
    ordered = sorted(standings, key=lambda one: one.at)
    last_at_each = [list(same)[-1] for _, same in groupby(ordered, key=lambda one: one.at.astimezone(UTC))]
    before = [one for one in last_at_each if one.at.astimezone(UTC) <= starts]
    during = [one for one in last_at_each if starts < one.at.astimezone(UTC) < ends]
    return [*before[-1:], *during]


def use_of(standings: Sequence[Standing], days: Iterable[date]) -> list[DayUse]:
    """What was used on each of these days."""
    return [_day_use(in_force(standings, on), on) for on in days]


def month_charges(
    *,
    month: Month,
    standings: Sequence[Standing],
    terms: Terms,
    documents: Mapping[date, int],
    earlier: Iterable[Month] = (),
    charged: Mapping[Month, int] | None = None,
) -> tuple[Charge, ...]:
    """What a month's statement says: its bundles, modules, extra roles and surplus, each line rounded once, and the
    surplus of earlier months that no statement counted yet.

    `documents` counts the purchase and sales invoices of each day on which they came in. A document may be recognised
    after the statement of its month: `earlier` are the months that have one, and `charged` the packs of each month that
    stand on other statements. So a pack is charged once, whenever its documents are known.

    Raises:
        NoPrice: something was used for which no price was confirmed.
    """
    use = use_of(standings, month.days)
    counted = charged or {}
    return (
        *_bundle_charges(month, use, terms),
        *_module_charges(month, use, terms),
        *_view_charges(month, use, terms),
        *_seat_charges(month, use, terms),
        *(
            charge
            for one in sorted(earlier, key=lambda one: one.starts_on)
            if _may_have_surplus(one, terms, documents)
            for charge in _pack_charges(one, use_of(standings, one.days), terms, documents, counted.get(one, 0))
        ),
        *_pack_charges(month, use, terms, documents, counted.get(month, 0)),
    )


def total_cents(charges: Iterable[Charge]) -> int:
    """The sum of charges, without VAT."""
    return sum(one.cents for one in charges)


@dataclass(frozen=True, slots=True)
class SeatCost:
    """What another number of Backoffice roles costs from a day on. The first is included."""

    each_cents: int
    policy: SeatPolicy
    price_from: date
    extra_now: int
    extra_then: int
    monthly_now_cents: int
    monthly_then_cents: int
    this_month_cents: int
    """What this month's statement becomes higher by."""
    days_left: int
    days_in_month: int


def seat_cost(*, on: date, standings: Sequence[Standing], seats: int, terms: Terms) -> SeatCost:
    """What it costs to have so many Backoffice roles from this day on, against how it is now.

    Raises:
        NoPrice: the price of an extra role was not confirmed.
    """
    month = Month.of(on)
    price = terms.needed_seats(on)
    now = in_force(standings, on)[-1]
    # After how it is now, not instead of it: a role that is taken away was active today, and today is charged.
    then = replace(now, at=max(now.at, start_of_day(on)) + timedelta(microseconds=1), seats=seats)
    before = _seats_only(month, standings, terms)
    after = _seats_only(month, [*standings, then], terms)
    extra_now, extra_then = _extra(now, on), _extra(then, on)
    return SeatCost(
        each_cents=price.monthly_cents,
        policy=price.policy,
        price_from=price.valid_from,
        extra_now=extra_now,
        extra_then=extra_then,
        monthly_now_cents=extra_now * price.monthly_cents,
        monthly_then_cents=extra_then * price.monthly_cents,
        this_month_cents=total_cents(after) - total_cents(before),
        days_left=(month.until - on).days,
        days_in_month=month.length,
    )


def is_larger(bundle: str, than: str) -> bool:
    """Whether a bundle is larger than another one."""
    return _RANK[bundle] > _RANK[than]


def start_of_day(on: date) -> datetime:
    """The moment at which a day begins in Belgium."""
    return datetime(on.year, on.month, on.day, tzinfo=BRUSSELS).astimezone(UTC)


def _counts(standing: Standing, on: date) -> bool:
    is_live = standing.lifecycle in {Lifecycle.STARTUP, Lifecycle.ACTIVE}
    return is_live and not (standing.trial_until is not None and on <= standing.trial_until)


def _extra(standing: Standing, on: date) -> int:
    has_seats = standing.pricing_model == PricingModel.BUNDLE and standing.bundle in PAID_BUNDLES
    return max(0, standing.seats - INCLUDED_SEATS) if has_seats and _counts(standing, on) else 0


def _day_use(standings: Sequence[Standing], on: date) -> DayUse:
    counted = [one for one in standings if _counts(one, on)]
    bundles = [one.bundle for one in counted if one.pricing_model == PricingModel.BUNDLE]
    is_looked_at = any(one.is_view_only and one.lifecycle == Lifecycle.INACTIVE for one in standings)
    return DayUse(
        on,
        bundle=max(bundles, key=_RANK.__getitem__, default=""),
        extra_seats=max((_extra(one, on) for one in counted), default=0),
        is_modules=any(one.pricing_model != PricingModel.BUNDLE for one in counted) and not bundles,
        is_view_only=is_looked_at and not counted,
    )


def _bundle_charges(month: Month, use: Sequence[DayUse], terms: Terms) -> Iterator[Charge]:
    # A bundle that was left and taken again within the month is one line: the days add up.
    priced = [(one.on, terms.needed_bundle(one.bundle, one.on)) for one in use if one.bundle]
    yield from _day_charges(month, ChargeKind.BUNDLE, priced)


def _view_charges(month: Month, use: Sequence[DayUse], terms: Terms) -> Iterator[Charge]:
    priced = [(one.on, terms.needed_views(one.on)) for one in use if one.is_view_only]
    yield from _day_charges(month, ChargeKind.VIEW_ONLY, priced)


def _module_charges(month: Month, use: Sequence[DayUse], terms: Terms) -> Iterator[Charge]:
    priced = [(one.on, terms.modules_on(one.on)) for one in use if one.is_modules]
    for charge in _day_charges(month, ChargeKind.MODULES, priced):
        yield replace(charge, price_from=max(charge.price_from, month.starts_on))


class _PerMonth(Protocol):
    @property
    def monthly_cents(self) -> int: ...
    @property
    def valid_from(self) -> date: ...


def _day_charges(month: Month, kind: ChargeKind, priced: Sequence[tuple[date, _PerMonth]]) -> Iterator[Charge]:
    """A line for each price of these days: its part of the month, by the day."""
    for price in dict.fromkeys(price for _, price in priced):
        days = [on for on, its in priced if its == price]
        cents = prorated(price.monthly_cents, len(days), month.length)
        if cents:
            yield Charge(
                kind=kind,
                bundle=price.bundle if isinstance(price, BundleTerms) else "",
                unit_cents=price.monthly_cents,
                units=len(days),
                of_days=month.length,
                cents=cents,
                from_on=days[0],
                until=days[-1] + timedelta(days=1),
                price_from=price.valid_from,
            )


def _seats_only(month: Month, standings: Sequence[Standing], terms: Terms) -> tuple[Charge, ...]:
    return tuple(_seat_charges(month, use_of(standings, month.days), terms))


def _seat_charges(month: Month, use: Sequence[DayUse], terms: Terms) -> Iterator[Charge]:
    highest = max((one.extra_seats for one in use), default=0)
    if not highest:
        return
    # `full_month` charges the highest number for every day, so each day needs its price; `daily` only where it is used.
    priced = [(one, terms.seats_on(one.on)) for one in use]
    for price in dict.fromkeys(price for _, price in priced):
        if price is None:
            missing = next((one for one, its in priced if its is None and one.extra_seats), None)
            if missing:
                raise NoPrice("een extra Backoffice-rol", missing.on)
            continue
        at_price = [one for one, its in priced if its == price]
        is_full = price.policy is SeatPolicy.FULL_MONTH
        counted = at_price if is_full else [one for one in at_price if one.extra_seats]
        units = sum(highest if is_full else one.extra_seats for one in counted)
        cents = prorated(price.monthly_cents, units, month.length)
        if cents:
            yield Charge(
                kind=ChargeKind.SEATS,
                bundle="",
                unit_cents=price.monthly_cents,
                units=units,
                of_days=month.length,
                cents=cents,
                from_on=counted[0].on,
                until=counted[-1].on + timedelta(days=1),
                price_from=price.valid_from,
            )


@dataclass(frozen=True, slots=True)
class DocumentUse:
    """How many documents a month counts against the limit of its largest bundle; no limit is None."""

    bundle: str
    count: int
    limit: int | None

    @property
    def surplus(self) -> int:
        """The documents above the limit."""
        return 0 if self.limit is None else max(0, self.count - self.limit)

    @property
    def percent(self) -> int:
        """How much of the limit is used, whole per cent, never rounded up."""
        return 100 * self.count // self.limit if self.limit else 0

    @property
    def reached(self) -> int:
        """The threshold that was reached: 100, 80 or none."""
        if self.limit is None:
            return 0
        return next((step for step in NOTICE_PERCENTS if 100 * self.count >= step * self.limit), 0)


NOTICE_PERCENTS = (100, 80)
"""When the Directie is told how much of the limit is used, the highest first."""


def document_use(
    *, month: Month, standings: Sequence[Standing], terms: Terms, documents: Mapping[date, int]
) -> DocumentUse:
    """How many documents count in a month, against the limit of its largest bundle; where that has none, none count.

    So a larger bundle never leaves more packs than a smaller one would, Unlimited leaves none.
    """
    return _document_use(use_of(standings, month.days), terms, documents)


def _document_use(use: Sequence[DayUse], terms: Terms, documents: Mapping[date, int]) -> DocumentUse:
    bundled = [one for one in use if one.bundle]
    if not bundled:
        return DocumentUse("", 0, None)
    largest = max(bundled, key=lambda one: (_RANK[one.bundle], one.on))
    held = terms.bundle_on(largest.bundle, largest.on)
    if held is None or held.documents is None:
        return DocumentUse("", 0, None)
    limited = (
        one for one in bundled if (its := terms.bundle_on(one.bundle, one.on)) is not None and its.documents is not None
    )
    return DocumentUse(largest.bundle, sum(documents.get(one.on, 0) for one in limited), held.documents)


def _may_have_surplus(month: Month, terms: Terms, documents: Mapping[date, int]) -> bool:
    # The use of each day of years ago need not be looked at where no limit there is was ever reached.
    limits = [one.documents for one in terms.bundles if one.documents is not None]
    return bool(limits) and sum(documents.get(on, 0) for on in month.days) > min(limits)


def _pack_charges(
    month: Month, use: Sequence[DayUse], terms: Terms, documents: Mapping[date, int], charged: int
) -> Iterator[Charge]:
    counted = _document_use(use, terms, documents)
    if not counted.surplus:
        return
    day = next(one.on for one in reversed(use) if one.bundle == counted.bundle)
    price = terms.needed_bundle(counted.bundle, day)
    if not price.pack_documents or not price.pack_cents:
        return
    packs = -(-counted.surplus // price.pack_documents) - charged
    if packs <= 0:
        return
    yield Charge(
        kind=ChargeKind.PACKS,
        bundle=counted.bundle,
        unit_cents=price.pack_cents,
        units=packs,
        of_days=0,
        cents=packs * price.pack_cents,
        from_on=month.starts_on,
        until=month.until,
        price_from=price.valid_from,
        documents=counted.surplus,
        pack_documents=price.pack_documents,
        charged_packs=charged,
    )
