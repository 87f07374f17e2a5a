"""Any order of grants, withdrawals, bundle changes, blocking, putting away and looking, documents that come in and are
recognised late, credit notes, month ends and leap days: a count by the day equals what the services bill, to the cent
(INV-21).
"""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from decimal import ROUND_HALF_UP, Decimal

import pytest
from django.db import connection, transaction
from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import (
    RuleBasedStateMachine,
    initialize,
    invariant,
    precondition,
    rule,
    run_state_machine_as_test,
)

from tests.billing.stage import DETAILS, confirm_examples, know_operator, make_stage, operator_access
from tests.billing.test_statements import fill_invoices
from zelfboeken.access.models import RoleAssignment
from zelfboeken.access.rights import Role
from zelfboeken.access.services import NotAllowed, UnknownDomain
from zelfboeken.billing.bundles import BundleRefused, choose_bundle
from zelfboeken.billing.contracts import enter_debtor
from zelfboeken.billing.credits import credit
from zelfboeken.billing.lifecycle import change_life, end_looking, start_looking
from zelfboeken.billing.models import CreditNote, Debtor, MonthlyStatement
from zelfboeken.billing.rules import BRUSSELS, Month, SeatPolicy, SeatTerms, total_cents
from zelfboeken.billing.seats import RoleRefused, give_role, withdraw_role
from zelfboeken.billing.standing import TIME, locked_domain, settle_roles
from zelfboeken.billing.statements import draft, issue, open_months, read_back
from zelfboeken.billing.terms import enter_seat_price
from zelfboeken.billing.ticking import bring_to
from zelfboeken.tenancy.models import Lifecycle
from zelfboeken.tenancy.scope import domain_scope

pytestmark = pytest.mark.django_db
START = datetime(2028, 1, 20, 9, tzinfo=BRUSSELS)
ORDER = ["MINIMAL", "SMALL", "MEDIUM", "LARGE", "UNLIMITED"]
MONTHLY = {"MINIMAL": 0, "SMALL": 1_900, "MEDIUM": 3_900, "LARGE": 6_900, "UNLIMITED": 11_900}
LIMITS = {"SMALL": (75, 5, 1_020), "MEDIUM": (250, 15, 1_020), "LARGE": (1_000, 50, 1_020)}
PEOPLE = 4


class Billing(RuleBasedStateMachine):
    """A domain with an owner and three more users, and beside it what each day was worth."""

    def __init__(self) -> None:
        super().__init__()
        self.outer = transaction.atomic()
        self.outer.__enter__()
        confirm_examples()
        know_operator()
        self.office = operator_access()
        self.stage = make_stage(users=PEOPLE - 1)
        self.members = [self.stage.owner, *self.stage.others]
        self.scope = domain_scope(self.stage.domain.id)
        self.scope.__enter__()
        self.now = START
        self.bundle, self.planned, self.is_blocked = "MEDIUM", "", False
        self.is_away = self.is_looked_at = False
        """Inactive (and then blocked too), and looked at for a price."""
        self.looked: set[date] = set()
        self.given = [False] * PEOPLE
        self.days: dict[date, tuple[str, int]] = {}
        self.documents: dict[date, int] = {}
        self.waived = 0
        """Cents that the operator took back and stated no more."""
        self.prices = {date(2022, 1, 1): (2_500, SeatPolicy.DAILY)}
        settle_roles(locked_domain(self.stage.domain.id, at=self.at), at=self.at, actor=TIME, because="made")
        enter_debtor(access=self.stage.directie(self.at), details=DETAILS, debtor=Debtor.DOMAIN, at=self.at)

    @property
    def at(self) -> datetime:
        return self.now.astimezone(UTC)

    @property
    def is_paid(self) -> bool:
        return self.bundle != "MINIMAL" and not self.is_blocked

    def active(self) -> list[bool]:
        """Whose role counts: Small has one place, and that is the owner's."""
        return [
            given and self.is_paid and (self.bundle != "SMALL" or place == 0) for place, given in enumerate(self.given)
        ]

    def note(self) -> None:
        """What today is worth at least: the largest bundle and the most extra roles that were there at one time. Asked
        when a moment is left, so that what was and was no more at the same moment counts for nothing.
        """
        bundle, extra = self.days.get(self.now.date(), ("", 0))
        if not self.is_blocked:
            bundle = max(bundle, self.bundle, key=["", *ORDER].index)
        if self.is_looked_at:
            self.looked.add(self.now.date())
        self.days[self.now.date()] = bundle, max(extra, sum(self.active()) - 1)

    @initialize(policy=st.sampled_from([None, *SeatPolicy]), day=st.integers(1, 28), cents=st.integers(0, 5_000))
    def another_price_in_february(self, policy: SeatPolicy | None, day: int, cents: int) -> None:
        if policy is not None:
            since = date(2028, 2, day)
            terms = SeatTerms(since, cents, policy)
            enter_seat_price(office=operator_access(), terms=terms, today=START.date(), at=self.at)
            self.prices[since] = (cents, policy)

    @rule(minutes=st.one_of(st.integers(0, 300), st.integers(0, 9 * 24 * 60)))
    def time_passes(self, minutes: int) -> None:
        until = (self.at + timedelta(minutes=minutes)).astimezone(BRUSSELS)
        while self.now.date() < until.date():
            self.note()
            self.now = datetime.combine(self.now.date() + timedelta(days=1), datetime.min.time(), BRUSSELS)
            if self.now.day == 1 and self.planned:
                self.bundle, self.planned = self.planned, ""
        if self.now < until:
            self.note()
        self.now = until

    @rule()
    def the_task_runs(self) -> None:
        bring_to(domain_id=self.stage.domain.id, at=self.at)
        bring_to(domain_id=self.stage.domain.id, at=self.at)

    @rule(who=st.integers(0, PEOPLE - 1))
    def give(self, who: int) -> None:
        may = self.is_paid and (self.bundle != "SMALL" or who == 0)
        try:
            give_role(
                access=self.stage.directie(self.at), member_id=self.members[who].id, role=Role.BACKOFFICE, at=self.at
            )
        except (NotAllowed, RoleRefused, UnknownDomain):
            assert not may
        else:
            assert may
            self.given[who] = True

    @rule(who=st.integers(0, PEOPLE - 1))
    def withdraw(self, who: int) -> None:
        try:
            withdraw_role(
                access=self.stage.directie(self.at), member_id=self.members[who].id, role=Role.BACKOFFICE, at=self.at
            )
        except (NotAllowed, UnknownDomain):
            assert self.is_blocked
        else:
            self.given[who] = False

    @rule(leaving=st.integers(0, PEOPLE - 1), coming=st.integers(0, PEOPLE - 1))
    def replace_one_by_another(self, leaving: int, coming: int) -> None:
        self.withdraw(leaving)
        self.give(coming)

    @rule(bundle=st.sampled_from(ORDER))
    def choose(self, bundle: str) -> None:
        if self.is_away and not self.is_looked_at:
            with pytest.raises(UnknownDomain):
                self.stage.directie(self.at)
            return
        access = self.stage.directie(self.at)
        try:
            choose_bundle(access=access, bundle=bundle, at=self.at)
        except NotAllowed:
            assert self.is_blocked
            return
        except BundleRefused as no:
            assert no.code == "choose_who_stays"
            choose_bundle(access=access, bundle=bundle, at=self.at, stays=[self.stage.owner.id])
        if ORDER.index(bundle) < ORDER.index(self.bundle):
            self.planned = bundle
        else:
            self.bundle, self.planned = bundle, ""

    @rule()
    def block_or_open(self) -> None:
        if self.is_away:
            return
        self.is_blocked = not self.is_blocked
        change_life(
            office=self.stage.portal,
            domain_id=self.stage.domain.id,
            life=Lifecycle.BLOCKED if self.is_blocked else Lifecycle.ACTIVE,
            reason="Betaling",
            at=self.at,
        )

    def change(self, life: Lifecycle) -> None:
        change_life(office=self.stage.portal, domain_id=self.stage.domain.id, life=life, reason="Stopt", at=self.at)

    @rule()
    def put_away_or_take_back(self) -> None:
        if self.is_away:
            self.change(Lifecycle.ARCHIVED)
            self.change(Lifecycle.ACTIVE)
            self.is_away = self.is_blocked = self.is_looked_at = False
            return
        try:
            self.change(Lifecycle.ARCHIVED)
        except BundleRefused as no:
            assert no.code == "bundle_runs"
            assert self.bundle != "MINIMAL" or self.planned
            return
        self.change(Lifecycle.INACTIVE)
        self.is_away = self.is_blocked = True

    @rule()
    def look_or_stop(self) -> None:
        asked = {
            "office": self.stage.portal, "domain_id": self.stage.domain.id, "reason": "Gevraagd", "at": self.at
        }  # fmt: skip
        if self.is_looked_at:
            end_looking(**asked)
        elif self.is_away:
            start_looking(**asked)
        else:
            with pytest.raises(BundleRefused):
                start_looking(**asked)
            return
        self.is_looked_at = not self.is_looked_at

    @rule(back=st.integers(0, 40), count=st.sampled_from([1, 4, 60, 90, 300]))
    def documents_are_recognised(self, back: int, count: int) -> None:
        """So many, that came in today or up to forty days ago."""
        on = max(START.date(), self.now.date() - timedelta(days=back))
        with connection.cursor() as cursor:
            since = sum(self.documents.values()) + 1
            fill_invoices(cursor, self.stage.domain.id, count, since, datetime.combine(on, self.now.time(), BRUSSELS))
        self.documents[on] = self.documents.get(on, 0) + count

    @rule()
    def statements_are_issued(self) -> None:
        for month in open_months(domain_id=self.stage.domain.id, on=self.now.date()):
            issue(domain_id=self.stage.domain.id, month=month, at=self.at)

    @rule(which=st.integers(0, 9), share=st.sampled_from([1, 2, 3]), is_made_anew=st.booleans())
    def a_statement_is_credited(self, which: int, share: int, is_made_anew: bool) -> None:
        left = self.left()
        if not left:
            return
        statement, lines = left[which % len(left)]
        amounts = [one if is_made_anew else -(-one // share) for one in lines]
        credit(
            office=self.office,
            domain_id=self.stage.domain.id,
            month=Month.of(statement.month),
            edition=statement.edition,
            amounts=amounts,
            reason="Verkeerd",
            at=self.at,
            is_made_anew=is_made_anew,
        )
        if is_made_anew:
            # What was taken back of it before is stated again.
            self.waived -= statement.net_cents - sum(lines)
        else:
            self.waived += sum(amounts)

    def left(self) -> list[tuple[MonthlyStatement, list[int]]]:
        """The statements that count, with what is left of each of their lines."""
        found = []
        own = MonthlyStatement.objects.filter(domain_id=self.stage.domain.id)
        for one in own.filter(number__isnull=False).order_by("month", "edition"):
            if own.filter(month=one.month, edition__gt=one.edition).exists():
                continue
            lines = [charge.cents for charge in read_back(one).charges]
            for note in CreditNote.objects.filter(domain_id=self.stage.domain.id, month=one.month, edition=one.edition):
                lines = [cents - taken for cents, taken in zip(lines, note.content["amounts"], strict=True)]
            if sum(lines):
                found.append((one, lines))
        return found

    @invariant()
    def statements_less_credit_notes_are_what_the_days_say(self) -> None:
        """With what is still to be stated: each month that is over once, each pack once, whenever it was known."""
        with transaction.atomic():
            self.statements_are_issued()
            # The month after the last one that is over states what was recognised late.
            over = [Month.of(one.month) for one in self.stated()]
            ahead = max(over, key=lambda one: one.starts_on).next if over else None
            late = (
                sum(one.cents for one in draft(domain_id=self.stage.domain.id, month=ahead) if one.kind == "PACKS"
                    and Month.of(one.from_on) != ahead)
                if ahead else 0
            )  # fmt: skip
            asked = sum(one.net_cents for one in self.stated())
            taken = sum(CreditNote.objects.filter(domain_id=self.stage.domain.id).values_list("net_cents", flat=True))
            transaction.set_rollback(True)
        assert asked - taken + late + self.waived == sum(self.counted(month) + self.packs(month) for month in set(over))

    def stated(self) -> list[MonthlyStatement]:
        return list(MonthlyStatement.objects.filter(domain_id=self.stage.domain.id))

    def packs(self, month: Month) -> int:
        """The packs of a month: its documents on days with a limit, above the limit of its largest bundle."""
        used = {day: self.days.get(day, ("", 0))[0] for day in month.days}
        largest = max(used.values(), key=["", *ORDER].index)
        if largest not in LIMITS:
            return 0
        limit, size, cents = LIMITS[largest]
        count = sum(self.documents.get(day, 0) for day, bundle in used.items() if bundle in LIMITS)
        return -(-max(0, count - limit) // size) * cents

    @precondition(lambda self: self.now.date() > date(2028, 2, 1))
    @invariant()
    def the_months_that_are_over_cost_what_their_days_say(self) -> None:
        month = Month.of(START.date())
        bring_to(domain_id=self.stage.domain.id, at=self.at)
        while month.until <= self.now.date():
            fixed = [one for one in draft(domain_id=self.stage.domain.id, month=month) if one.kind != "PACKS"]
            assert total_cents(fixed) == self.counted(month)
            month = month.next

    @invariant()
    def the_roles_that_are_active_are_those_that_count(self) -> None:
        bring_to(domain_id=self.stage.domain.id, at=self.at)
        held = set(
            RoleAssignment.objects.filter(
                member__domain=self.stage.domain, role=Role.BACKOFFICE, state="ACTIVE"
            ).values_list("member_id", flat=True)
        )
        assert held == {member.id for member, is_active in zip(self.members, self.active(), strict=True) if is_active}

    def counted(self, month: Month) -> int:
        """The month from the days: a price for each day, summed per price, and rounded once each."""
        used = [self.days.get(day, ("", 0)) for day in month.days]
        bundles: dict[str, int] = {}
        for bundle, _ in used:
            bundles[bundle] = bundles.get(bundle, 0) + 1
        highest = max(extra for _, extra in used)
        seats: dict[date, int] = {}
        for day, (_, extra) in zip(month.days, used, strict=True):
            since = max(one for one in self.prices if one <= day)
            is_full = self.prices[since][1] is SeatPolicy.FULL_MONTH
            seats[since] = seats.get(since, 0) + (highest if is_full else extra)

        def part(monthly: int, units: int) -> int:
            return int((Decimal(monthly * units) / month.length).quantize(Decimal(1), rounding=ROUND_HALF_UP))

        looked = sum(day in self.looked and not bundle for day, (bundle, _) in zip(month.days, used, strict=True))
        return (
            sum(part(MONTHLY.get(bundle, 0), days) for bundle, days in bundles.items())
            + sum(part(self.prices[since][0], units) for since, units in seats.items())
            + part(100, looked)
        )

    def teardown(self) -> None:
        try:
            self.time_passes(31 * 24 * 60)
            self.the_months_that_are_over_cost_what_their_days_say()
        finally:
            transaction.set_rollback(True)
            self.scope.__exit__(None, None, None)
            transaction.set_rollback(True)
            self.outer.__exit__(None, None, None)


def run(examples: int, steps: int) -> None:
    run_state_machine_as_test(
        Billing,
        settings=settings(
            max_examples=examples,
            stateful_step_count=steps,
            deadline=None,
            suppress_health_check=list(HealthCheck),
        ),
    )


def test_inv21_a_count_by_the_day_equals_what_is_billed():
    run(examples=4, steps=20)


@pytest.mark.slow
def test_inv21_a_count_by_the_day_equals_what_is_billed_over_many_orders():
    run(examples=80, steps=40)


@pytest.mark.slow
def test_inv21_the_days_on_which_an_inactive_domain_is_looked_at_are_billed():
    """The way there is long, so no luck is left to it."""
    machine = Billing()
    try:
        machine.choose("MINIMAL")
        machine.time_passes(14 * 24 * 60)
        machine.put_away_or_take_back()
        machine.look_or_stop()
        machine.time_passes(9 * 24 * 60)
        machine.look_or_stop()
        machine.time_passes(300)
        machine.look_or_stop()
        machine.time_passes(60 * 24 * 60)
        machine.put_away_or_take_back()
        machine.time_passes(40 * 24 * 60)

        machine.the_months_that_are_over_cost_what_their_days_say()
        machine.statements_less_credit_notes_are_what_the_days_say()
        assert len(machine.looked) > 60
    finally:
        machine.teardown()
