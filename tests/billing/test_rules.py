"""What a month costs, as a pure calculation: figures worked out by hand, and a day-by-day count that knows no spans."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from decimal import ROUND_HALF_UP, Decimal

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from zelfboeken.billing.rules import (
    BRUSSELS,
    BundleTerms,
    ChargeKind,
    ModulesTerms,
    Month,
    NoPrice,
    SeatPolicy,
    SeatTerms,
    Standing,
    Terms,
    ViewTerms,
    document_use,
    is_larger,
    month_charges,
    prorated,
    seat_cost,
    total_cents,
)

JANUARY = date(2020, 1, 1)
TERMS = Terms(
    bundles=(
        BundleTerms("MINIMAL", JANUARY, 0, None, None),
        BundleTerms("SMALL", JANUARY, 1_900, 1, 75, 5, 1_020),
        BundleTerms("MEDIUM", JANUARY, 3_900, 5, 250, 15, 1_020),
        BundleTerms("LARGE", JANUARY, 6_900, 10, 750, 50, 1_020),
        BundleTerms("UNLIMITED", JANUARY, 11_900, None, None),
    ),
    seats=(SeatTerms(JANUARY, 2_500),),
)
NOVEMBER = Month(2026, 11)


def moment(day: int, hour: int = 12, month: int = 11, year: int = 2026, minute: int = 0) -> datetime:
    return datetime(year, month, day, hour, minute, tzinfo=BRUSSELS).astimezone(UTC)


def standing(at: datetime, **changes: object) -> Standing:
    values: dict[str, object] = {
        "at": at,
        "pricing_model": "BUNDLE",
        "bundle": "MEDIUM",
        "lifecycle": "ACTIVE",
        "trial_until": None,
        "seats": 1,
    }
    return Standing(**{**values, **changes})  # type: ignore[arg-type]


LONG_AGO = standing(moment(1, month=1))


def figures(*standings: Standing, month: Month = NOVEMBER, terms: Terms = TERMS) -> list[tuple[str, int, int]]:
    charges = month_charges(month=month, standings=standings, terms=terms, documents={})
    return [(one.kind.value, one.units, one.cents) for one in charges]


def test_s15_the_first_backoffice_role_is_in_the_price_of_the_bundle():
    assert figures(LONG_AGO) == [("BUNDLE", 30, 3_900)]


def test_s16_each_extra_role_is_charged_25_euro_a_month():
    assert figures(standing(moment(1, month=1), seats=3)) == [("BUNDLE", 30, 3_900), ("SEATS", 60, 5_000)]


def test_an_extra_role_from_the_17th_of_november_costs_14_of_30_days():
    given_later = standing(moment(17), seats=2)

    assert figures(LONG_AGO, given_later) == [("BUNDLE", 30, 3_900), ("SEATS", 14, 1_167)]


def test_a_role_given_and_withdrawn_within_a_minute_is_one_day():
    charged = figures(LONG_AGO, standing(moment(17, 9), seats=2), standing(moment(17, 9, minute=1)))

    assert charged == [("BUNDLE", 30, 3_900), ("SEATS", 1, 83)]


def test_a_person_replaced_by_another_at_the_same_moment_costs_nothing():
    withdrawn, again = standing(moment(17), seats=0), standing(moment(17), seats=1)

    assert figures(LONG_AGO, withdrawn, again) == [("BUNDLE", 30, 3_900)]
    assert figures(LONG_AGO, standing(moment(17), seats=2), standing(moment(17), seats=1)) == [("BUNDLE", 30, 3_900)]


def test_what_changes_at_midnight_in_belgium_belongs_to_the_new_day():
    # Two extra roles until the 10th at 0:00: nine days of two, and none of the day that begins.
    two = standing(moment(1, month=1), seats=3)

    assert figures(two, standing(moment(10, 0), seats=1))[1] == ("SEATS", 18, 1_500)


def test_the_day_the_clock_goes_back_is_one_day_of_25_hours():
    october = Month(2026, 10)
    late = standing(datetime(2026, 10, 25, 22, 30, tzinfo=UTC), seats=2)  # 23:30 in Brussels, still the 25th

    assert figures(standing(moment(1, month=1)), late, month=october)[1] == ("SEATS", 7, 565)


def test_a_leap_day_is_a_day_to_pay_for():
    given_on_the_29th = standing(moment(29, month=2, year=2028), seats=2)

    assert figures(LONG_AGO, given_on_the_29th, month=Month(2028, 2))[1] == ("SEATS", 1, 86)
    assert figures(standing(moment(1, month=1), seats=2), month=Month(2027, 2))[1] == ("SEATS", 28, 2_500)


def test_the_day_of_an_upgrade_counts_as_the_larger_bundle():
    small = standing(moment(1, month=1), bundle="SMALL")

    assert figures(small, standing(moment(11))) == [("BUNDLE", 10, 633), ("BUNDLE", 20, 2_600)]


def test_blocked_archived_and_trial_days_are_free():
    for changes in (
        {"lifecycle": "BLOCKED"},
        {"lifecycle": "ARCHIVED"},
        {"lifecycle": "INACTIVE"},
        {"trial_until": date(2026, 12, 31)},
    ):
        stopped = standing(moment(16, 0), **changes)
        assert figures(standing(moment(1, month=1), seats=2), stopped) == [("BUNDLE", 15, 1_950), ("SEATS", 15, 1_250)]


def test_the_full_month_policy_charges_the_highest_number_for_every_day():
    terms = Terms(TERMS.bundles, (SeatTerms(JANUARY, 2_500, SeatPolicy.FULL_MONTH),))

    assert figures(LONG_AGO, standing(moment(17), seats=3), standing(moment(18)), terms=terms)[1] == (
        "SEATS",
        60,
        5_000,
    )


def test_a_price_that_changes_within_the_month_gives_a_line_for_each_price():
    terms = Terms(TERMS.bundles, (SeatTerms(JANUARY, 2_500), SeatTerms(date(2026, 11, 16), 3_000)))

    assert figures(standing(moment(1, month=1), seats=2), terms=terms)[1:] == [
        ("SEATS", 15, 1_250),
        ("SEATS", 15, 1_500),
    ]


def test_modules_cost_what_the_contract_says():
    modules = standing(moment(16, 0), pricing_model="MODULES")
    terms = Terms(TERMS.bundles, TERMS.seats, modules=(ModulesTerms(JANUARY, 4_000),))

    assert figures(modules, terms=terms) == [("MODULES", 15, 2_000)]


def test_an_inactive_domain_that_is_looked_at_costs_its_days_and_no_day_that_a_bundle_counts():
    terms = replace(TERMS, views=(ViewTerms(JANUARY, 100), ViewTerms(date(2026, 11, 21), 200)))
    away = {"bundle": "MINIMAL", "lifecycle": "INACTIVE", "seats": 0}
    minimal = standing(moment(1, month=1), bundle="MINIMAL", seats=0)
    looked = standing(moment(11), **away, is_view_only=True)
    ended = standing(moment(24), **away)

    # From the 12th: on the 11th it was a domain like any other until noon, and on the 24th it was still looked at.
    assert figures(minimal, looked, ended, terms=terms) == [("VIEW_ONLY", 9, 30), ("VIEW_ONLY", 4, 27)]
    assert figures(standing(moment(1, month=1), **away), terms=terms) == []
    with pytest.raises(NoPrice, match="een domein dat alleen bekeken wordt"):
        figures(standing(moment(1, month=1), **away, is_view_only=True))


def test_surplus_is_charged_in_whole_packs_of_the_bundle():
    charges = month_charges(
        month=NOVEMBER, standings=[LONG_AGO], terms=TERMS, documents={date(2026, 11, 3): 251, date(2026, 12, 1): 99}
    )

    assert [(one.kind, one.units, one.documents, one.cents) for one in charges[1:]] == [(ChargeKind.PACKS, 1, 1, 1_020)]


@pytest.mark.parametrize(("bundle", "packs"), [("SMALL", 7), ("MEDIUM", 0), ("LARGE", 0), ("UNLIMITED", 0)])
def test_the_largest_bundle_of_a_month_sets_its_limit_so_that_a_larger_one_never_leaves_more_packs(bundle, packs):
    small = standing(moment(1, month=1), bundle="SMALL")
    charges = month_charges(
        month=NOVEMBER,
        standings=[small, standing(moment(20), bundle=bundle)],
        terms=TERMS,
        documents={date(2026, 11, 3): 110},
    )

    assert sum(one.units for one in charges if one.kind is ChargeKind.PACKS) == packs


@pytest.mark.parametrize("bundle", ["MINIMAL", "UNLIMITED"])
def test_minimal_and_unlimited_have_no_limit(bundle):
    counted = document_use(
        month=NOVEMBER,
        standings=[standing(moment(1, month=1), bundle=bundle)],
        terms=TERMS,
        documents={date(2026, 11, 3): 100_000},
    )

    assert (counted.limit, counted.surplus, counted.reached) == (None, 0, 0)


@pytest.mark.parametrize(("count", "reached"), [(199, 0), (200, 80), (249, 80), (250, 100), (900, 100)])
def test_the_directie_is_told_at_80_and_at_100_percent(count, reached):
    counted = document_use(month=NOVEMBER, standings=[LONG_AGO], terms=TERMS, documents={date(2026, 11, 3): count})

    assert counted.reached == reached


def test_what_was_used_without_a_confirmed_price_is_refused_and_named():
    with pytest.raises(NoPrice, match=r"Er is geen bevestigde prijs voor Medium op 01/11/2026\. Laat de beheerder"):
        figures(LONG_AGO, terms=Terms((), TERMS.seats))
    with pytest.raises(NoPrice, match="een extra Backoffice-rol op 17/11/2026"):
        figures(LONG_AGO, standing(moment(17), seats=2), terms=Terms(TERMS.bundles, ()))


def test_what_a_role_will_cost_is_told_before_it_is_given():
    cost = seat_cost(on=date(2026, 11, 17), standings=[LONG_AGO], seats=3, terms=TERMS)

    assert (cost.extra_now, cost.extra_then, cost.each_cents) == (0, 2, 2_500)
    assert (cost.monthly_now_cents, cost.monthly_then_cents) == (0, 5_000)
    assert (cost.days_left, cost.days_in_month, cost.this_month_cents) == (14, 30, 2_333)


def test_the_first_role_costs_nothing():
    nobody = standing(moment(1, month=1), seats=0)

    assert seat_cost(on=date(2026, 11, 17), standings=[nobody], seats=1, terms=TERMS).this_month_cents == 0


def test_what_a_role_will_cost_is_what_the_statement_says():
    before = [LONG_AGO, standing(moment(3), seats=2)]
    told = seat_cost(on=date(2026, 11, 17), standings=before, seats=3, terms=TERMS)
    charged = [
        total_cents(month_charges(month=NOVEMBER, standings=each, terms=TERMS, documents={}))
        for each in (before, [*before, standing(moment(17, 15), seats=3)])
    ]

    assert charged[1] - charged[0] == told.this_month_cents


def test_bundles_are_ordered_from_minimal_to_unlimited():
    order = ["MINIMAL", "SMALL", "MEDIUM", "LARGE", "UNLIMITED"]

    assert [(a, b) for a in order for b in order if is_larger(a, b)] == [
        (order[i], order[j]) for i in range(5) for j in range(5) if i > j
    ]


@given(cents=st.integers(0, 10**7), units=st.integers(0, 400), days=st.integers(28, 31))
def test_inv25_a_share_of_a_month_is_half_up_to_the_cent(cents, units, days):
    exact = (Decimal(cents) * units / days).quantize(Decimal(1), rounding=ROUND_HALF_UP)

    assert prorated(cents, units, days) == exact


CHANGES = st.lists(
    st.tuples(
        st.integers(0, 70 * 24 * 4),  # a quarter of an hour
        st.sampled_from(["BUNDLE", "BUNDLE", "BUNDLE", "MODULES"]),
        st.sampled_from(["MINIMAL", "SMALL", "MEDIUM", "LARGE", "UNLIMITED"]),
        st.sampled_from(["ACTIVE", "ACTIVE", "STARTUP", "BLOCKED", "ARCHIVED", "INACTIVE", "VIEW_ONLY"]),
        st.one_of(st.none(), st.none(), st.integers(0, 70)),
        st.integers(0, 5),
    ),
    max_size=25,
)
FEBRUARIES_AND_OTHERS = st.sampled_from([Month(2027, 2), Month(2028, 2), NOVEMBER, Month(2026, 10), Month(2026, 3)])


@settings(max_examples=50)
@given(changes=CHANGES, month=FEBRUARIES_AND_OTHERS, policy=st.sampled_from(list(SeatPolicy)))
def test_inv21_a_month_equals_a_count_by_the_quarter_of_an_hour(changes, month, policy):
    """Charged is max(0, active − 1) for each day. The count walks every quarter of every day and knows no spans."""
    begin = datetime(month.year, month.number, 1, tzinfo=UTC) - timedelta(days=20)
    first = begin.date()
    standings = [
        Standing(
            begin + timedelta(minutes=15 * quarter), model, bundle, "INACTIVE" if life == "VIEW_ONLY" else life,
            None if trial is None else first + timedelta(days=trial), seats, life == "VIEW_ONLY",
        )
        for quarter, model, bundle, life, trial, seats in sorted(changes, key=lambda one: one[0])
    ]  # fmt: skip
    terms = Terms(
        TERMS.bundles,
        (SeatTerms(JANUARY, 2_500, policy),),
        modules=(ModulesTerms(JANUARY, 3_100),),
        views=(ViewTerms(JANUARY, 100),),
    )
    order = ["", "MINIMAL", "SMALL", "MEDIUM", "LARGE", "UNLIMITED"]
    bundle_days: dict[str, int] = {}
    seats_of_days, module_days, looked_days = [], 0, 0
    now = 0
    for day in month.days:
        best, seats, modules, looked = "", 0, False, False
        quarter = datetime(day.year, day.month, day.day, tzinfo=BRUSSELS).astimezone(UTC)
        while quarter.astimezone(BRUSSELS).date() == day:
            while now < len(standings) and standings[now].at <= quarter:
                now += 1
            if now:
                held = standings[now - 1]
                looked = looked or held.is_view_only
                in_trial = held.trial_until is not None and day <= held.trial_until
                if held.lifecycle in {"ACTIVE", "STARTUP"} and not in_trial:
                    if held.pricing_model == "BUNDLE":
                        best = max(best, held.bundle, key=order.index)
                        if held.bundle != "MINIMAL":
                            seats = max(seats, held.seats - 1)
                    else:
                        modules = True
            quarter += timedelta(minutes=15)
        if best:
            bundle_days[best] = bundle_days.get(best, 0) + 1
        elif modules:
            module_days += 1
        elif looked:
            looked_days += 1
        seats_of_days.append(seats)
    if policy is SeatPolicy.FULL_MONTH:
        seats_of_days = [max(seats_of_days)] * month.length

    def cents(monthly: int, units: int) -> int:
        return int((Decimal(monthly) * units / month.length).quantize(Decimal(1), rounding=ROUND_HALF_UP))

    prices = {one.bundle: one.monthly_cents for one in TERMS.bundles}
    expected = (
        sum(cents(prices[bundle], days) for bundle, days in bundle_days.items())
        + cents(2_500, sum(seats_of_days))
        + cents(3_100, module_days)
        + cents(100, looked_days)
    )
    charges = month_charges(month=month, standings=standings, terms=terms, documents={})
    assert total_cents(charges) == expected


def test_a_role_that_is_taken_away_today_is_still_charged_today():
    held = [standing(moment(1, 0), seats=2)]

    told = seat_cost(on=date(2026, 11, 17), standings=held, seats=1, terms=TERMS)

    before = total_cents(month_charges(month=NOVEMBER, standings=held, terms=TERMS, documents={}))
    after = [*held, standing(moment(17, 12), seats=1)]
    billed = total_cents(month_charges(month=NOVEMBER, standings=after, terms=TERMS, documents={}))
    assert (told.this_month_cents, billed - before) == (-1_083, -1_083)
