"""Another owner: offered by the owner or named by the office, confirmed by both sides, told by mail (A2, A3, A6)."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import psycopg
import pytest
from django.core import mail
from django.db import DatabaseError, transaction

from tests.billing.stage import START, Stage, confirm_examples, give, make_stage, open_stage
from tests.books import new_user
from tests.threads import in_threads
from zelfboeken.access.models import Member, OwnerTransfer, PortalMember, PortalRoleAssignment, RoleAssignment
from zelfboeken.access.office import open_portal_domain, portal_access_of
from zelfboeken.access.rights import PortalRole, Role
from zelfboeken.access.services import NotAllowed, add_member, open_domain
from zelfboeken.access.staff import StaffRefused, change_portal_role, end_staff
from zelfboeken.audit.models import Event
from zelfboeken.billing.giving import end_member
from zelfboeken.billing.owner import (
    OBJECTION,
    Answer,
    OwnerRefused,
    answer_transfer,
    complete_due,
    name_owner,
    offer_owner,
    open_transfer,
    owner_of,
    withdraw_named,
)
from zelfboeken.billing.seats import MemberUnknown, RoleRefused, withdraw_role
from zelfboeken.billing.ticking import tick
from zelfboeken.runtime.roles import Urls
from zelfboeken.tenancy.models import Bundle, Domain, Lifecycle
from zelfboeken.tenancy.scope import domain_scope

LATER = START + timedelta(hours=1)


@pytest.fixture
def post(django_capture_on_commit_callbacks: Any) -> Any:
    """Run what waits for the commit, as a commit would: (address, subject) of each mail."""

    def run(work: Any) -> list[tuple[str, str]]:
        mail.outbox.clear()
        with django_capture_on_commit_callbacks(execute=True):
            work()
        return [(one.to[0], one.subject) for one in mail.outbox]

    return run


def log_of(stage: Stage) -> list[tuple[str, dict[str, Any]]]:
    events = Event.objects.filter(domain_id=stage.domain.id, action__startswith="owner.").order_by("id")
    return [(one.action, one.detail) for one in events]


def offered(stage: Stage, reason: str = "Ik stop") -> OwnerTransfer:
    return offer_owner(access=stage.directie(), member_id=stage.others[0].id, reason=reason, at=START)


def named(stage: Stage, reason: str = "De eigenaar is overleden") -> OwnerTransfer:
    return name_owner(office=stage.portal, domain=stage.now(), member_id=stage.others[0].id, reason=reason, at=START)


@pytest.mark.django_db
def test_the_owner_offers_and_the_new_one_accepts(post: Any):
    with open_stage() as stage:
        to = stage.others[0]
        assert post(lambda: offered(stage)) == [(to.user.email, "Word jij de eigenaar van Bakkerij Voorbeeld?")]
        assert owner_of(stage.domain.id) == stage.owner

        mails = post(lambda: answer_transfer(access=stage.as_user(to), answer=Answer.ACCEPT, at=LATER))

        assert owner_of(stage.domain.id) == to
        assert sorted(mails) == [
            (one.user.email, "An is nu de eigenaar van Bakkerij Voorbeeld")
            for one in sorted((to, stage.owner), key=lambda one: one.user.email)
        ]
        assert stage.states() == {"Dirk MANAGEMENT": "ACTIVE", "An MANAGEMENT": "ACTIVE"}
        assert log_of(stage) == [
            (action, {"from": "Dirk", "to": "An", "reason": "Ik stop"})
            for action in ("owner.offered", "owner.accepted", "owner.changed")
        ]
        assert open_transfer(stage.domain.id) is None


@pytest.mark.django_db
def test_inv22_the_owner_of_before_may_then_lose_directie_and_the_new_one_may_not():
    with open_stage() as stage:
        to = stage.others[0]
        offered(stage)
        answer_transfer(access=stage.as_user(to), answer=Answer.ACCEPT, at=LATER)

        withdraw_role(access=stage.as_user(to), member_id=stage.owner.id, role=Role.MANAGEMENT, at=LATER)
        with pytest.raises(RoleRefused) as refused:
            withdraw_role(access=stage.as_user(to), member_id=to.id, role=Role.MANAGEMENT, at=LATER)
        assert refused.value.code == "owner_keeps_directie"


@pytest.mark.django_db
@pytest.mark.parametrize(
    ("who", "answer", "outcome"),
    [("to", Answer.DECLINE, "DECLINED"), ("owner", Answer.WITHDRAW, "WITHDRAWN")],
)
def test_an_offer_is_declined_or_taken_back_and_the_owner_stays(post: Any, who: str, answer: Answer, outcome: str):
    with open_stage() as stage:
        transfer = offered(stage)
        asking = stage.owner if who == "owner" else stage.others[0]
        mails = post(lambda: answer_transfer(access=stage.as_user(asking), answer=answer, at=LATER))

        transfer.refresh_from_db()
        assert transfer.outcome == outcome
        assert owner_of(stage.domain.id) == stage.owner
        other = stage.others[0] if who == "owner" else stage.owner
        assert mails == [(other.user.email, "Bakkerij Voorbeeld houdt zijn eigenaar")]
        with pytest.raises(OwnerRefused) as refused:
            answer_transfer(access=stage.as_user(stage.others[0]), answer=Answer.ACCEPT, at=LATER)
        assert refused.value.code == "nothing_waits"


@pytest.mark.django_db
def test_the_office_names_an_owner_with_a_reason_and_the_old_one_has_seven_days(post: Any):
    with open_stage() as stage:
        to = stage.others[0]
        assert sorted(post(lambda: named(stage))) == sorted(
            [
                (to.user.email, "Word jij de eigenaar van Bakkerij Voorbeeld?"),
                (stage.owner.user.email, "Je kantoor duidt een andere eigenaar aan voor Bakkerij Voorbeeld"),
            ]
        )
        answered = answer_transfer(access=stage.as_user(to), answer=Answer.ACCEPT, at=LATER)
        assert not answered.is_done
        assert not complete_due(domain_id=stage.domain.id, at=START + OBJECTION - timedelta(seconds=1))
        assert owner_of(stage.domain.id) == stage.owner

        assert complete_due(domain_id=stage.domain.id, at=START + OBJECTION)
        assert owner_of(stage.domain.id) == to
        assert [action for action, _ in log_of(stage)] == ["owner.named", "owner.accepted", "owner.changed"]


@pytest.mark.django_db
def test_when_the_owner_agrees_it_holds_at_once():
    with open_stage() as stage:
        named(stage)
        answer_transfer(access=stage.directie(), answer=Answer.AGREE, at=LATER)
        answered = answer_transfer(access=stage.as_user(stage.others[0]), answer=Answer.ACCEPT, at=LATER)

        assert answered.is_done
        assert owner_of(stage.domain.id) == stage.others[0]


@pytest.mark.django_db
def test_the_owner_objects_and_stays_and_after_seven_days_it_is_too_late():
    with open_stage() as stage:
        named(stage)
        answer_transfer(access=stage.as_user(stage.others[0]), answer=Answer.ACCEPT, at=LATER)
        answer_transfer(access=stage.directie(), answer=Answer.OBJECT, at=START + OBJECTION - timedelta(seconds=1))
        assert not complete_due(domain_id=stage.domain.id, at=START + 2 * OBJECTION)
        assert owner_of(stage.domain.id) == stage.owner

        named(stage)
        with pytest.raises(OwnerRefused) as refused:
            answer_transfer(access=stage.directie(), answer=Answer.OBJECT, at=START + OBJECTION)
        assert refused.value.code == "objection_too_late"


@pytest.mark.django_db
def test_silence_without_the_new_owner_accepting_changes_nothing():
    with open_stage() as stage:
        named(stage)

        assert not complete_due(domain_id=stage.domain.id, at=START + 2 * OBJECTION)
        assert owner_of(stage.domain.id) == stage.owner


@pytest.mark.django_db
def test_the_office_takes_its_own_naming_back_and_not_the_offer_of_the_owner():
    with open_stage() as stage:
        named(stage)
        withdraw_named(office=stage.portal, domain=stage.now(), at=LATER)
        assert open_transfer(stage.domain.id) is None

        offered(stage)
        with pytest.raises(OwnerRefused) as refused:
            withdraw_named(office=stage.portal, domain=stage.now(), at=LATER)
        assert refused.value.code == "not_of_office"


@pytest.mark.django_db
def test_what_cannot_be_is_refused_with_its_reason():
    with open_stage() as stage:
        other = stage.others[1]
        with pytest.raises(OwnerRefused) as no_reason:
            named(stage, " ")
        with pytest.raises(OwnerRefused) as himself:
            offer_owner(access=stage.directie(), member_id=stage.owner.id, reason="", at=START)
        with pytest.raises(MemberUnknown):
            offer_owner(access=stage.directie(), member_id=9_000_000, reason="", at=START)
        with pytest.raises(NotAllowed) as not_owner:
            offer_owner(access=stage.as_user(other), member_id=other.id, reason="", at=START)
        offered(stage)
        with pytest.raises(OwnerRefused) as twice:
            named(stage)
        with pytest.raises(NotAllowed) as not_his:
            answer_transfer(access=stage.as_user(other), answer=Answer.ACCEPT, at=LATER)
        with pytest.raises(NotAllowed):
            answer_transfer(access=stage.directie(), answer=Answer.ACCEPT, at=LATER)
        with pytest.raises(NotAllowed):
            answer_transfer(access=stage.directie(), answer=Answer.OBJECT, at=LATER)

        codes = [one.value.code for one in (no_reason, himself, not_owner, twice, not_his)]
        assert codes == ["reason_missing", "is_owner", "not_owner", "one_waits", "not_owner"]
        assert owner_of(stage.domain.id) == stage.owner


@pytest.mark.django_db
@pytest.mark.parametrize("role", [one for one in PortalRole if one is not PortalRole.PORTAL_ADMIN])
def test_no_other_portal_role_names_an_owner(role: PortalRole):
    with open_stage() as stage:
        staff = PortalMember.objects.get(user=stage.admin)
        office = stage.portal
        PortalRoleAssignment.objects.create(
            member=PortalMember.objects.create(user=new_user("blijft@kantoor.test"), portal=stage.domain.portal),
            role=PortalRole.PORTAL_ADMIN.value,
        )
        PortalRoleAssignment.objects.filter(member=staff).update(role=role.value)
        if role is not PortalRole.GUEST:
            office = stage.portal
            with pytest.raises(NotAllowed):
                name_owner(office=office, domain=stage.now(), member_id=stage.others[0].id, reason="Weg", at=START)
        assert open_transfer(stage.domain.id) is None


@pytest.mark.django_db
def test_a_domain_that_is_not_live_keeps_its_owner():
    with open_stage() as stage:
        offered(stage)
        Domain.objects.filter(id=stage.domain.id).update(lifecycle=Lifecycle.ARCHIVED)

        with pytest.raises(NotAllowed) as refused:
            answer_transfer(access=stage.as_user(stage.others[0]), answer=Answer.ACCEPT, at=LATER)
        assert refused.value.code == "domain_not_live"
        with pytest.raises(OwnerRefused):
            named(stage)


@pytest.mark.django_db
def test_without_a_place_in_the_bundle_nobody_becomes_owner():
    confirm_examples()
    with open_stage(bundle=Bundle.SMALL) as stage:
        with pytest.raises(RoleRefused) as refused:
            offered(stage)
        assert refused.value.code == "no_place"


@pytest.mark.django_db
def test_a_place_that_is_taken_meanwhile_makes_it_wait_and_not_fail():
    confirm_examples()
    with open_stage(users=5) as stage:
        named(stage)
        answer_transfer(access=stage.as_user(stage.others[0]), answer=Answer.ACCEPT, at=LATER)
        for member in stage.others[1:]:
            give(stage, member, Role.SALES)
        assert not complete_due(domain_id=stage.domain.id, at=START + OBJECTION)
        assert open_transfer(stage.domain.id) is not None

        withdraw_role(access=stage.directie(), member_id=stage.others[1].id, role=Role.SALES, at=LATER)
        assert complete_due(domain_id=stage.domain.id, at=START + OBJECTION)


@pytest.mark.django_db
def test_a_new_owner_whose_directie_rests_gets_it_back_and_the_log_says_so():
    with open_stage() as stage:
        to = stage.others[0]
        RoleAssignment.objects.create(
            member=to, role=Role.MANAGEMENT.value, state="SUSPENDED", suspended_because="seat_limit"
        )
        offered(stage)
        answer_transfer(access=stage.as_user(to), answer=Answer.ACCEPT, at=LATER)

        assert stage.states() == {"Dirk MANAGEMENT": "ACTIVE", "An MANAGEMENT": "ACTIVE"}
        event = Event.objects.get(domain_id=stage.domain.id, action="role.returned")
        assert (event.subject, event.detail) == (f"member:{to.id}", {"role": "MANAGEMENT", "user": "An"})


@pytest.mark.django_db
def test_who_left_meanwhile_becomes_no_owner():
    with open_stage() as stage:
        named(stage)
        answer_transfer(access=stage.as_user(stage.others[0]), answer=Answer.ACCEPT, at=LATER)
        end_member(access=stage.directie(), member_id=stage.others[0].id, at=LATER)

        assert not complete_due(domain_id=stage.domain.id, at=START + OBJECTION)
        assert OwnerTransfer.objects.get(domain=stage.domain).outcome == "WITHDRAWN"
        assert owner_of(stage.domain.id) == stage.owner


@pytest.mark.django_db
@pytest.mark.parametrize(
    "wrong",
    [
        {"outcome": "DONE", "ended_at": START},
        {"outcome": "DONE"},
        {"reason": "", "is_by_office": True},
        {"to_member": 0},
    ],
    ids=["done without accepting", "done without an end", "office without a reason", "to himself"],
)
def test_a_wrong_transfer_cannot_be_stored(wrong: dict[str, Any]):
    with open_stage() as stage:
        values = {
            "domain": stage.domain,
            "from_member": stage.owner,
            "to_member": stage.others[0],
            "proposed_by": stage.owner.user,
            "is_by_office": False,
            "proposed_at": START,
            "holds_from": START,
            **wrong,
        }
        if "to_member" in wrong:
            values["to_member"] = stage.owner
        with pytest.raises(DatabaseError), transaction.atomic():
            OwnerTransfer.objects.create(**values)


@pytest.mark.slow
def test_the_days_pass_and_the_clock_carries_it_out_once(own_database: Urls):
    stage = make_stage()
    with domain_scope(stage.domain.id):
        named(stage)
    with open_domain(user_id=stage.others[0].user_id, slug=stage.domain.slug, at=LATER, doing="test") as access:
        answer_transfer(access=access, answer=Answer.ACCEPT, at=LATER)

    assert tick(at=START + OBJECTION - timedelta(minutes=1)).owners == []
    assert tick(at=START + OBJECTION).owners == [stage.domain.slug]
    assert tick(at=START + OBJECTION).owners == []
    assert owner_of(stage.domain.id) == stage.others[0]


@pytest.mark.slow
def test_accepting_while_it_is_taken_back_gives_one_of_both(own_database: Urls):
    for _ in range(10):
        stage = make_stage()
        with open_domain(user_id=stage.owner.user_id, slug=stage.domain.slug, at=START, doing="test") as access:
            offer_owner(access=access, member_id=stage.others[0].id, reason="", at=START)

        def answer(number: int, stage: Stage = stage) -> str:
            member, said = ((stage.owner, Answer.WITHDRAW), (stage.others[0], Answer.ACCEPT))[number]
            try:
                with open_domain(user_id=member.user_id, slug=stage.domain.slug, at=LATER, doing="test") as access:
                    return str(answer_transfer(access=access, answer=said, at=LATER).is_done)
            except (OwnerRefused, NotAllowed) as no:
                return str(no.code)

        told = in_threads(2, answer)
        is_done = told[1] == "True"
        assert told == (["nothing_waits", "True"] if is_done else ["False", "nothing_waits"])
        assert owner_of(stage.domain.id) == (stage.others[0] if is_done else stage.owner)
        assert Member.objects.filter(domain=stage.domain, is_owner=True).count() == 1


# INV-22, in the code and in the database, each apart.


@pytest.mark.slow
def test_inv22_two_portaalbeheerders_who_remove_each_other_leave_one(own_database: Urls):
    for number in range(10):
        stage = make_stage()
        other = new_user(f"tweede{number}@kantoor.test", name="Tweede")
        member = PortalMember.objects.create(user=other, portal=stage.domain.portal)
        PortalRoleAssignment.objects.create(member=member, role=PortalRole.PORTAL_ADMIN.value)
        PortalRoleAssignment.objects.filter(role=PortalRole.PORTAL_ADMIN.value).exclude(
            member__user__in=[stage.admin, other]
        ).update(withdrawn_at=START)
        users = (stage.admin, other)

        def remove(number: int, stage: Stage = stage, users: Any = users) -> str:
            own, victim = users[number], users[1 - number]
            target = PortalMember.objects.get(user=victim)
            try:
                office = portal_access_of(user_id=own.id, slug=stage.domain.portal.slug)
                with transaction.atomic():
                    if number:
                        end_staff(office=office, member_id=target.id, at=START)
                    else:
                        change_portal_role(
                            office=office,
                            member_id=target.id,
                            role=PortalRole.PORTAL_ADMIN,
                            is_given=False,
                            at=START,
                        )
            except (StaffRefused, NotAllowed, LookupError) as no:
                return str(getattr(no, "code", ""))
            return "removed"

        answers = sorted(in_threads(2, remove))
        assert answers[0] in {"last_portal_admin", "right_missing", "removed", "unknown"}
        assert answers.count("removed") == 1
        left = PortalRoleAssignment.objects.filter(
            member__user__in=users, member__is_active=True, role=PortalRole.PORTAL_ADMIN.value, withdrawn_at=None
        )
        assert left.count() == 1


@pytest.mark.django_db
@pytest.mark.parametrize(
    "statement",
    [
        "UPDATE access_roleassignment SET state = 'WITHDRAWN', withdrawn_at = now() WHERE member_id = {owner}",
        "UPDATE access_roleassignment SET state = 'SUSPENDED', suspended_because = 'x' WHERE member_id = {owner}",
        "UPDATE access_roleassignment SET role = 'SALES' WHERE member_id = {owner}",
        "UPDATE access_member SET is_active = false WHERE id = {owner}",
        "UPDATE access_user SET is_active = false WHERE id = {user}",
    ],
)
def test_inv22_the_database_refuses_a_domain_without_directie(statement: str):
    stage = make_stage()
    with pytest.raises(DatabaseError) as refused, transaction.atomic():
        _run(statement.format(owner=stage.owner.id, user=stage.owner.user_id))
    assert "last_directie" in str(refused.value)


@pytest.mark.django_db
@pytest.mark.parametrize(
    "statement",
    [
        "UPDATE access_roleassignment SET state = 'WITHDRAWN', withdrawn_at = now() WHERE member_id = {owner}",
        "UPDATE access_member SET is_owner = (id = {other}) WHERE domain_id = {domain}",
    ],
)
def test_inv22_the_database_refuses_an_owner_without_directie(statement: str):
    stage = make_stage()
    extra = add_member(domain=stage.domain, user=new_user("nog@bundel.test"), roles=frozenset({Role.MANAGEMENT}))
    if "is_owner" in statement:
        Member.objects.filter(id=stage.owner.id).update(is_owner=False)
    with pytest.raises(DatabaseError) as refused, transaction.atomic():
        _run(statement.format(owner=stage.owner.id, other=stage.others[0].id, domain=stage.domain.id))
    assert "owner_keeps_directie" in str(refused.value)
    assert RoleAssignment.objects.filter(member=extra, state="ACTIVE").exists()


@pytest.mark.django_db
@pytest.mark.parametrize(
    "statement",
    [
        "UPDATE access_portalroleassignment SET withdrawn_at = now() WHERE member_id = {member}",
        "UPDATE access_portalroleassignment SET role = 'GUEST' WHERE member_id = {member}",
        "UPDATE access_portalmember SET is_active = false WHERE id = {member}",
        "UPDATE access_user SET is_active = false WHERE id = {user}",
    ],
)
def test_inv22_the_database_refuses_a_portal_without_portaalbeheerder(statement: str):
    stage = make_stage()
    member = PortalMember.objects.get(user=stage.admin)
    with pytest.raises(DatabaseError) as refused, transaction.atomic():
        _run(statement.format(member=member.id, user=stage.admin.id))
    assert "last_portal_admin" in str(refused.value)


@pytest.mark.slow
@pytest.mark.parametrize(
    ("trigger", "table", "statement"),
    [
        (
            "directie_remains",
            "access_roleassignment",
            "UPDATE access_roleassignment SET state = 'WITHDRAWN' WHERE member_id = {owner}",
        ),
        ("directie_remains", "access_member", "UPDATE access_member SET is_active = false WHERE id = {owner}"),
        ("somebody_remains", "access_user", "UPDATE access_user SET is_active = false WHERE id = {user}"),
        (
            "admin_remains",
            "access_portalroleassignment",
            "UPDATE access_portalroleassignment SET withdrawn_at = now() WHERE member_id = {staff}",
        ),
        ("admin_remains", "access_portalmember", "UPDATE access_portalmember SET is_active = false WHERE id = {staff}"),
    ],
)
def test_inv22_sabotage_without_its_trigger_the_last_one_goes(
    own_database: Urls, trigger: str, table: str, statement: str
):
    stage = make_stage()
    staff = PortalMember.objects.get(user=stage.admin)
    told = statement.format(owner=stage.owner.id, user=stage.owner.user_id, staff=staff.id)
    with psycopg.connect(own_database.app) as session, pytest.raises(psycopg.errors.RestrictViolation):
        session.execute(told)
    with psycopg.connect(own_database.migrate, autocommit=True) as owner:
        owner.execute("SET ROLE zb_owner")
        owner.execute(f"DROP TRIGGER {trigger} ON {table}")

    with psycopg.connect(own_database.app) as session:
        assert session.execute(told).rowcount >= 1


@pytest.mark.django_db
def test_who_enters_the_sheet_names_an_owner_in_the_scope_of_the_domain():
    stage = make_stage()
    with open_portal_domain(user_id=stage.admin.id, slug=stage.domain.slug, at=START, doing="test") as (office, domain):
        transfer = name_owner(office=office, domain=domain, member_id=stage.others[0].id, reason="Weg", at=START)
    assert transfer.holds_from == START + OBJECTION


def _run(statement: str) -> None:
    from django.db import connection

    with connection.cursor() as cursor:
        cursor.execute(statement)
