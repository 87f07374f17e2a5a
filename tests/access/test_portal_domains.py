"""The list of an office as plain rules: what a filter lets through, in which order, and how far Zelfboeken is."""

from __future__ import annotations

from dataclasses import replace
from datetime import date

import pytest
from hypothesis import given
from hypothesis import strategies as st

from zelfboeken.access.portal_domains import NOBODY, SORTS, DomainFilter, PortalDomain, chosen
from zelfboeken.access.self_booking import (
    Activation,
    AssignmentState,
    activation_of,
    first_missing,
    self_booking_facts,
)
from zelfboeken.tenancy.models import Bundle, DomainFacts, Lifecycle, PricingModel

FACTS = DomainFacts(pricing_model="BUNDLE", bundle="MEDIUM", lifecycle="ACTIVE", trial_until=None, is_authorised=True)
ROW = PortalDomain(
    id=1, slug="hamer", name="Hamer BV", workflow="EXCLUDED", users=3, backoffice=1, responsible_id=7,
    responsible="Cas", facts=FACTS,
)  # fmt: skip
OTHER = replace(
    ROW, id=2, slug="zaag", name="zaag NV", workflow="NORMAL", users=1, backoffice=0, responsible_id=None,
    responsible="", facts=replace(FACTS, bundle="MINIMAL", lifecycle="STARTUP", is_authorised=False),
)  # fmt: skip


def names(wanted: DomainFilter) -> list[str]:
    return [one.slug for one in chosen([OTHER, ROW], wanted)]


@pytest.mark.parametrize(
    ("wanted", "found"),
    [
        (DomainFilter(), ["hamer", "zaag"]),
        (DomainFilter(search="NV"), ["zaag"]),
        (DomainFilter(search="bv hamer"), ["hamer"]),
        (DomainFilter(search="bv zaag"), []),
        (DomainFilter(lifecycle="STARTUP"), ["zaag"]),
        (DomainFilter(activation="ON"), ["hamer"]),
        (DomainFilter(activation="OFF"), ["zaag"]),
        (DomainFilter(bundle="MEDIUM"), ["hamer"]),
        (DomainFilter(workflow="NORMAL"), ["zaag"]),
        (DomainFilter(responsible="7"), ["hamer"]),
        (DomainFilter(responsible=NOBODY), ["zaag"]),
        (DomainFilter(workflow="NORMAL", responsible="7"), []),
        (DomainFilter(sort="users"), ["zaag", "hamer"]),
        (DomainFilter(sort="users", is_descending=True), ["hamer", "zaag"]),
    ],
)
def test_a_filter_lets_through_what_meets_all_of_it(wanted: DomainFilter, found: list[str]):
    assert names(wanted) == found


@given(st.sampled_from(sorted(SORTS)), st.booleans(), st.permutations([ROW, OTHER, replace(ROW, id=3, slug="hamer-2")]))
def test_the_order_does_not_depend_on_that_of_the_rows(sort: str, is_descending: bool, rows: list[PortalDomain]):
    wanted = DomainFilter(sort=sort, is_descending=is_descending)

    assert chosen(rows, wanted) == chosen(sorted(rows, key=lambda one: one.id), wanted)


@given(
    st.sampled_from(PricingModel.values),
    st.sampled_from(Bundle.values),
    st.sampled_from(Lifecycle.values),
    st.booleans(),
    st.booleans(),
    st.integers(0, 3),
)
def test_inv20_zelfboeken_is_on_exactly_when_somebody_may_book(
    pricing_model: str, bundle: str, lifecycle: str, in_trial: bool, is_authorised: bool, roles: int
):
    facts = DomainFacts(
        pricing_model=pricing_model,
        bundle=bundle,
        lifecycle=lifecycle,
        trial_until=date(2027, 1, 1) if in_trial else None,
        is_authorised=is_authorised,
    )
    assignment = AssignmentState.ACTIVE if roles else AssignmentState.NONE
    may_book = first_missing(self_booking_facts(facts, assignment)) is None

    found = activation_of(facts, active_roles=roles)

    assert (found is Activation.ON) == may_book
    assert (found is Activation.OFF) <= (not is_authorised)
