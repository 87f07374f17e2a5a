"""INV-20: the right to book in one's own domain, in every combination of what it depends on."""

from __future__ import annotations

from itertools import product

import pytest

from zelfboeken.access.self_booking import Missing, SelfBookingFacts, first_missing

LIFECYCLES = ["STARTUP", "ACTIVE", "BLOCKED", "ARCHIVED", "INACTIVE", "", "active"]
PRICING = ["BUNDLE", "MODULES", "LEGACY", "", "bundle"]
BUNDLES = ["MINIMAL", "SMALL", "MEDIUM", "LARGE", "UNLIMITED", "", "small"]
ASSIGNMENTS = ["NONE", "ACTIVE", "SUSPENDED", "WITHDRAWN", "", "active"]


def is_effective(facts: SelfBookingFacts) -> bool:
    """The rule as the design states it, said in one breath."""
    return (
        facts.is_authorised
        and facts.bundle in ("SMALL", "MEDIUM", "LARGE", "UNLIMITED")
        and not facts.is_trial
        and facts.pricing_model == "BUNDLE"
        and facts.lifecycle in ("STARTUP", "ACTIVE")
        and facts.assignment == "ACTIVE"
    )


# Architecture, chapter 6: lifecycle, pricing model, trial, authorised, bundle, assignment.
ORDER = ["domain_not_live", "domain_takes_modules", "domain_in_trial", "not_authorised_by_office", "no_bundle",
         "no_backoffice_role"]  # fmt: skip


def test_inv20_every_combination_of_every_value():
    seen = set()
    for lifecycle, pricing, trial, authorised, bundle, assignment in product(
        LIFECYCLES, PRICING, [False, True], [False, True], BUNDLES, ASSIGNMENTS
    ):
        facts = SelfBookingFacts(lifecycle, pricing, trial, authorised, bundle, assignment)
        missing = first_missing(facts)
        assert (missing is None) == is_effective(facts), facts
        seen.add(missing)

    assert seen == {None, *Missing}


@pytest.mark.parametrize("broken", list(product([False, True], repeat=6)))
def test_inv20_of_all_64_combinations_the_first_that_fails_is_named(broken: tuple[bool, ...]):
    life, price, trial, authorised, bundle, assignment = broken
    facts = SelfBookingFacts(
        lifecycle="ARCHIVED" if life else "ACTIVE",
        pricing_model="MODULES" if price else "BUNDLE",
        is_trial=trial,
        is_authorised=not authorised,
        bundle="MINIMAL" if bundle else "SMALL",
        assignment="SUSPENDED" if assignment else "ACTIVE",
    )

    assert first_missing(facts) == next((code for code, fails in zip(ORDER, broken, strict=True) if fails), None)
