"""At the same time, on a real database: one wins, the others are told, and no number or place is used twice."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable
from dataclasses import replace
from typing import Any

import psycopg
import pytest
from django.db import DatabaseError, connection, connections, transaction

from tests.billing.stage import (
    DETAILS,
    START,
    Stage,
    confirm_examples,
    know_operator,
    make_stage,
    moment,
)
from tests.books import new_user
from tests.threads import in_threads
from zelfboeken.access.assignments import assign
from zelfboeken.access.models import DomainAssignment, PortalMember, PortalRoleAssignment, RoleAssignment
from zelfboeken.access.office import PortalAccess, UnknownPortal
from zelfboeken.access.rights import PortalRole, Right, Role
from zelfboeken.access.services import NotAllowed, UnknownDomain, add_member, open_domain
from zelfboeken.access.ticks import change_ticks
from zelfboeken.audit.models import Event
from zelfboeken.billing import seats, standing
from zelfboeken.billing.activation import Wish, switch_self_booking
from zelfboeken.billing.bundles import choose_bundle
from zelfboeken.billing.contracts import enter_debtor
from zelfboeken.billing.lifecycle import change_life
from zelfboeken.billing.models import Contract, Debtor, MonthlyStatement, StatementNumber
from zelfboeken.billing.owner import name_owner, withdraw_named
from zelfboeken.billing.rules import Month
from zelfboeken.billing.seats import RoleRefused, give_role, withdraw_role
from zelfboeken.billing.statements import issue
from zelfboeken.billing.ticking import tick
from zelfboeken.runtime.roles import Urls
from zelfboeken.tenancy.models import Domain, Lifecycle
from zelfboeken.tenancy.scope import domain_scope

pytestmark = pytest.mark.slow
NOON = moment("2026-11-17 12:00")


def attempt(stage: Stage, number: int, role: Role = Role.BACKOFFICE) -> str:
    """One of those who want a role: what became of it."""
    try:
        with open_domain(user_id=stage.owner.user_id, slug=stage.domain.slug, at=NOON, doing="test") as access:
            give_role(access=access, member_id=stage.others[number].id, role=role, at=NOON)
    except (RoleRefused, NotAllowed) as no:
        return str(no.code)
    return "given"


def with_one_place_left() -> Stage:
    """A Medium domain of five places of which four are taken, and eight users without a role."""
    confirm_examples()
    stage = make_stage(users=9)
    with domain_scope(stage.domain.id):
        enter_debtor(access=stage.directie(), details=DETAILS, debtor=Debtor.DOMAIN, at=START)
    assert attempt(stage, 8, Role.SALES) == "given"
    for number in range(2):
        user = new_user(f"vol{stage.domain.id}-{number}@bundel.test")
        add_member(domain=stage.domain, user=user, roles=frozenset({Role.SALES}))
    return stage


def test_inv21_eight_grants_on_the_last_place_at_once_give_one(own_database: Urls):
    stage = with_one_place_left()
    for number in range(5):
        if number:
            free_the_last_place(stage)
        answers = in_threads(8, lambda number: attempt(stage, number))
        assert sorted(answers) == ["given"] + ["no_place"] * 7
        given = RoleAssignment.objects.filter(member__domain=stage.domain, role="BACKOFFICE", state="ACTIVE")
        assert given.count() == 1


def free_the_last_place(stage: Stage) -> None:
    """The last place free once more."""
    held = RoleAssignment.objects.get(member__domain=stage.domain, role="BACKOFFICE", state="ACTIVE")
    with open_domain(user_id=stage.owner.user_id, slug=stage.domain.slug, at=NOON, doing="test") as access:
        withdraw_role(access=access, member_id=held.member_id, role=Role.BACKOFFICE, at=NOON)


def unlocked_and_slow(monkeypatch: pytest.MonkeyPatch) -> None:
    """Without the lock of the services, and with room for another between counting and giving."""
    monkeypatch.setattr("zelfboeken.billing.seats.locked_domain", unlocked)
    checked = seats.require_place

    def slowly(*given: Any) -> None:
        checked(*given)
        with connection.cursor() as cursor:
            cursor.execute("SELECT pg_sleep(0.3)")

    monkeypatch.setattr("zelfboeken.billing.seats.require_place", slowly)


def test_inv21_without_the_lock_the_database_itself_gives_the_last_place_once(
    own_database: Urls, monkeypatch: pytest.MonkeyPatch
):
    stage = with_one_place_left()
    unlocked_and_slow(monkeypatch)

    def attempted(number: int) -> str:
        try:
            return attempt(stage, number)
        except DatabaseError as no:
            return str(no).split(":")[0]

    answers = in_threads(8, attempted)

    assert sorted(answers) == ["given"] + ["no_place"] * 7
    assert RoleAssignment.objects.filter(member__domain=stage.domain, role="BACKOFFICE", state="ACTIVE").count() == 1


def test_inv21_sabotage_without_lock_and_trigger_more_than_one_gets_the_last_place(
    own_database: Urls, monkeypatch: pytest.MonkeyPatch
):
    """It is the lock of the domain's row and the trigger that keep them apart, and nothing else."""
    stage = with_one_place_left()
    unlocked_and_slow(monkeypatch)
    with psycopg.connect(own_database.migrate, autocommit=True) as owner:
        owner.execute("SET ROLE zb_owner")
        owner.execute("DROP TRIGGER place_is_there ON access_roleassignment")
    answers = in_threads(8, lambda number: attempt(stage, number))

    assert answers.count("given") > 1


def unlocked(domain_id: int, **_: object) -> Domain:
    return Domain.objects.get(id=domain_id)


def test_inv22_two_directies_who_remove_each_other_leave_one(own_database: Urls):
    for _ in range(10):
        stage = make_stage(users=2)
        stage.domain.members.update(is_owner=False)
        for member in stage.others:
            RoleAssignment.objects.create(member=member, role=Role.MANAGEMENT.value)
        RoleAssignment.objects.filter(member=stage.owner).update(state="WITHDRAWN")

        def remove(number: int, stage: Stage = stage) -> str:
            own, other = stage.others[number], stage.others[1 - number]
            try:
                with open_domain(user_id=own.user_id, slug=stage.domain.slug, at=NOON, doing="test") as access:
                    withdraw_role(access=access, member_id=other.id, role=Role.MANAGEMENT, at=NOON)
            except (RoleRefused, NotAllowed) as no:
                return str(no.code)
            return "withdrawn"

        answers = sorted(in_threads(2, remove))
        assert answers in (["right_missing", "withdrawn"], ["last_directie", "withdrawn"])
        assert RoleAssignment.objects.filter(member__domain=stage.domain, state="ACTIVE").count() == 1


def test_inv05_statements_of_eight_domains_at_once_are_numbered_without_a_gap(own_database: Urls):
    confirm_examples()
    know_operator()
    stages = [make_stage() for _ in range(8)]
    for stage in stages:
        with domain_scope(stage.domain.id):
            standing.settle_roles(
                standing.locked_domain(stage.domain.id, at=START), at=START, actor=standing.TIME, because="made"
            )
            enter_debtor(access=stage.directie(), details=DETAILS, debtor=Debtor.DOMAIN, at=START)

    def make(number: int) -> int | None:
        with domain_scope(stages[number].domain.id):
            return issue(
                domain_id=stages[number].domain.id, month=Month(2026, 11), at=moment("2026-12-01 03:00")
            ).number

    assert sorted(in_threads(8, make)) == [1, 2, 3, 4, 5, 6, 7, 8]  # type: ignore[type-var]
    assert StatementNumber.objects.count() == 8


def test_the_task_run_by_four_at_once_does_everything_once(own_database: Urls):
    confirm_examples()
    know_operator()
    stages = [make_stage() for _ in range(3)]
    for stage in stages:
        with open_domain(user_id=stage.owner.user_id, slug=stage.domain.slug, at=START, doing="test") as access:
            enter_debtor(access=access, details=DETAILS, debtor=Debtor.DOMAIN, at=START)
            choose_bundle(access=access, bundle="LARGE", at=START)
            choose_bundle(access=access, bundle="MINIMAL", at=START)
    at = moment("2026-12-01 00:10")

    in_threads(4, lambda _: tick(at=at))

    assert sorted(StatementNumber.objects.values_list("number", flat=True)) == [1, 2, 3]
    for stage in stages:
        assert stage.now().bundle == "MINIMAL"
        with domain_scope(stage.domain.id):
            assert MonthlyStatement.objects.filter(domain_id=stage.domain.id).count() == 1


def test_inv05_a_statement_killed_while_it_is_made_leaves_no_gap(own_database: Urls):
    confirm_examples()
    know_operator()
    stage = make_stage()
    with open_domain(user_id=stage.owner.user_id, slug=stage.domain.slug, at=START, doing="test") as access:
        enter_debtor(access=access, details=DETAILS, debtor=Debtor.DOMAIN, at=START)
        choose_bundle(access=access, bundle="LARGE", at=START)
    at = moment("2026-12-01 00:10")
    with pytest.raises(Exception, match="terminating connection"), domain_scope(stage.domain.id):
        issue(domain_id=stage.domain.id, month=Month(2026, 11), at=at)
        with connection.cursor() as cursor:
            cursor.execute("SELECT pg_backend_pid()")
            (pid,) = cursor.fetchone()
        with psycopg.connect(own_database.admin, autocommit=True) as admin:
            admin.execute("SELECT pg_terminate_backend(%s)", [pid])
        MonthlyStatement.objects.filter(domain_id=stage.domain.id).count()
    connections.close_all()

    assert tick(at=at).issued == [f"{stage.domain.slug} 2026-11"]
    assert list(StatementNumber.objects.values_list("number", flat=True)) == [1]


ACTS: dict[str, Callable[[PortalAccess, Stage], object]] = {
    "ticked rights": lambda office, stage: change_ticks(
        office=office, domain=stage.domain, ticks=[("BACKOFFICE", Right.PERIOD_CLOSE)], at=NOON
    ),
    "another owner": lambda office, stage: name_owner(
        office=office, domain=stage.domain, member_id=stage.others[0].id, reason="Weg", at=NOON
    ),
    "an owner taken back": lambda office, stage: withdraw_named(office=office, domain=stage.domain, at=NOON),
    "zelfboeken": lambda office, stage: switch_self_booking(
        office=office, domain=stage.domain, wish=Wish(is_on=False, reason="Weg"), at=NOON
    ),
    "a life": lambda office, stage: change_life(
        office=office, domain_id=stage.domain.id, life=Lifecycle.BLOCKED, reason="Betaling", at=NOON
    ),
    "who looks after it": lambda office, stage: assign(
        office=office, domain=stage.domain, tasks={DomainAssignment.Task.BACKUP: office.member_id}, at=NOON
    ),
    "who pays": lambda office, stage: enter_debtor(
        access=stage.office(NOON), details=DETAILS, debtor=Debtor.OFFICE, at=NOON
    ),
}


@pytest.mark.parametrize("act", ACTS)
def test_inv23_who_loses_his_role_while_he_waits_for_the_lock_does_nothing_any_more(own_database: Urls, act: str):
    stage = make_stage()
    office = stage.portal
    PortalRoleAssignment.objects.create(
        member=PortalMember.objects.create(user=new_user("andere@portaal.test"), portal=stage.domain.portal),
        role=PortalRole.PORTAL_ADMIN,
    )
    is_locked, is_gone = threading.Event(), threading.Event()

    def hold(_: int) -> str:
        # The lock of the domain is held while his role is taken, until he waits for it.
        with transaction.atomic():
            Domain.objects.select_for_update(no_key=True).get(id=stage.domain.id)
            is_locked.set()
            assert is_gone.wait(30)
        return "held"

    def change(_: int) -> str:
        assert is_locked.wait(30)
        with domain_scope(stage.domain.id):
            watcher = threading.Thread(target=take_his_role_once_he_waits)
            watcher.start()
            try:
                ACTS[act](office, stage)
            except (NotAllowed, UnknownPortal, UnknownDomain):
                return "refused"
            finally:
                watcher.join()
        return "done"

    def take_his_role_once_he_waits() -> None:
        with psycopg.connect(own_database.admin, autocommit=True) as admin:
            waiting = "SELECT count(*) FROM pg_locks WHERE NOT granted AND pid <> pg_backend_pid()"
            for _ in range(600):
                if admin.execute(waiting).fetchone() != (0,):
                    break
                time.sleep(0.05)
            admin.execute(
                "UPDATE access_portalroleassignment SET withdrawn_at = now() WHERE member_id = %s", [office.member_id]
            )
        is_gone.set()

    def both(number: int) -> str:
        return hold(number) if number == 0 else change(number)

    assert in_threads(2, both) == ["held", "refused"]


def test_two_who_say_who_pays_come_one_after_the_other(own_database: Urls):
    stage = make_stage()

    def say(number: int) -> int:
        with open_domain(user_id=stage.owner.user_id, slug=stage.domain.slug, at=NOON, doing="test") as access:
            details = replace(DETAILS, name=f"Betaler {number}")
            return enter_debtor(access=access, details=details, debtor=Debtor.DOMAIN, at=NOON).id

    in_threads(8, say)
    with domain_scope(stage.domain.id):
        rows = list(Contract.objects.filter(domain_id=stage.domain.id).order_by("id"))
        told = Event.objects.filter(domain_id=stage.domain.id, action="contract.entered").order_by("id")
        names = [one.detail["name"] for one in told]
        formers = [one.detail["former"] for one in told]
    # The log tells the same order as the rows: each saw the one before it.
    assert names == [one.name for one in rows]
    assert formers == ["", *["DOMAIN"] * 7]
