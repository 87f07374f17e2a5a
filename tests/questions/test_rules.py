"""Who gets a question, whose turn it is, and when is reminded: rules without a database."""

from datetime import date, timedelta

import pytest

from zelfboeken.access.rights import Role
from zelfboeken.questions.models import Party, Side, SubjectKind, Topic
from zelfboeken.questions.rules import (
    NobodyToAsk,
    Person,
    after_words,
    default_due,
    may_close,
    one_line,
    party_of,
    roles_for,
    route_to_domain,
    route_to_office,
    stage_of,
)

ON = date(2026, 11, 25)


def person(
    user_id: int,
    *roles: str,
    side: str = Side.DOMAIN,
    may_see: bool = True,
    is_owner: bool = False,
    tasks: tuple[str, ...] = (),
) -> Person:
    return Person(
        user_id, f"P{user_id}", f"p{user_id}@test", "nl", side, may_see, frozenset(roles), is_owner, frozenset(tasks)
    )


def routed(*people: Person, set_user_id: int | None = None, roles: tuple[Role, ...] = (), but: int | None = None):
    route = route_to_domain(people, roles=roles, set_user_id=set_user_id, but=but)
    return [one.user_id for one in route.people], route.because


BUYERS = (Role.PURCHASE, Role.BACKOFFICE)


def test_the_one_who_was_set_for_the_administration_gets_the_questions_of_the_office():
    people = (person(1, "MANAGEMENT", is_owner=True), person(2, "PURCHASE"), person(3))

    assert routed(*people, set_user_id=3, roles=BUYERS) == ([3], "ADMINISTRATION")


def test_else_everybody_with_the_role_that_fits_and_only_of_the_first_role_that_somebody_has():
    people = (person(1, is_owner=True), person(2, "PURCHASE"), person(3, "PURCHASE"), person(4, "BACKOFFICE"))

    assert routed(*people, roles=BUYERS) == ([2, 3], "ROLE")
    assert routed(people[0], people[3], roles=BUYERS) == ([4], "ROLE")


def test_else_the_owner_else_the_directie():
    assert routed(person(1, "MANAGEMENT"), person(2, is_owner=True), roles=BUYERS) == ([2], "OWNER")
    assert routed(person(1, "MANAGEMENT"), person(2)) == ([1], "MANAGEMENT")


def test_nobody_gets_a_question_about_what_he_may_not_see_nor_his_own():
    people = (person(1, "PURCHASE", may_see=False), person(2, "PURCHASE"), person(3, is_owner=True))

    assert routed(*people, roles=BUYERS) == ([2], "ROLE")
    assert routed(*people, roles=BUYERS, set_user_id=1, but=2) == ([3], "OWNER")
    with pytest.raises(NobodyToAsk) as no:
        routed(people[0], person(4, side=Side.OFFICE))
    assert no.value.code == "nobody_to_ask"


def test_a_question_to_the_office_goes_to_the_controller_else_the_responsible_else_who_runs_the_portal():
    office = {"side": Side.OFFICE}
    controller = person(1, **office, tasks=("CONTROLLER",))
    responsible = person(2, **office, tasks=("RESPONSIBLE",))
    backup = person(3, **office, tasks=("BACKUP",))
    admins = (person(4, "PORTAL_ADMIN", **office), person(5, "PORTAL_ADMIN", **office))

    assert route_to_office((*admins, backup, responsible, controller)).people == (controller,)
    assert route_to_office((*admins, backup, responsible)).because == "RESPONSIBLE"
    assert route_to_office((*admins, backup)).people == admins
    with pytest.raises(NobodyToAsk, match="Het kantoor heeft niemand"):
        route_to_office((backup, person(6, is_owner=True)))


def test_the_role_that_fits_follows_from_what_it_is_about():
    document = {"subject_kind": SubjectKind.DOCUMENT, "topic": Topic.BOOKING}

    assert roles_for(subject_right="document.see_purchase", **document) == (Role.PURCHASE, Role.BACKOFFICE)
    assert roles_for(subject_right="document.see_sales", **document) == (Role.SALES, Role.BACKOFFICE)
    assert roles_for(subject_right="", **document) == ()
    assert roles_for(subject_kind=SubjectKind.BANK_LINE, subject_right="ledger.see", topic=Topic.BOOKING) == (
        Role.FINANCE,
        Role.BACKOFFICE,
    )
    assert roles_for(subject_kind=SubjectKind.NONE, subject_right="", topic=Topic.PAYROLL) == (Role.HRM,)


def test_who_answers_gives_the_turn_back_and_who_asks_on_gives_it_away():
    assert after_words(Party.RECEIVER) == ("ANSWERED", "ASKER")
    assert after_words(Party.ASKER) == ("OPEN", "RECEIVER")


def test_somebody_who_takes_no_part_speaks_for_his_side():
    sides = {"asked_side": Side.OFFICE, "to_side": Side.DOMAIN}

    assert party_of(own=None, side=Side.OFFICE, **sides) == Party.ASKER
    assert party_of(own=None, side=Side.DOMAIN, **sides) == Party.RECEIVER
    assert party_of(own=Party.ASKER, side=Side.DOMAIN, **sides) == Party.ASKER
    assert party_of(own=None, side=Side.DOMAIN, asked_side=Side.DOMAIN, to_side=Side.DOMAIN) == Party.RECEIVER


def test_who_asked_closes_and_the_office_and_who_answered_but_only_once():
    assert may_close(party="ASKER", side="DOMAIN", state="OPEN")
    assert may_close(party="RECEIVER", side="OFFICE", state="OPEN")
    assert may_close(party="RECEIVER", side="DOMAIN", state="ANSWERED")
    assert not may_close(party="RECEIVER", side="DOMAIN", state="OPEN")
    assert not may_close(party="ASKER", side="OFFICE", state="CLOSED")


@pytest.mark.parametrize(
    ("filing_on", "due_on"),
    [
        (date(2027, 1, 25), date(2026, 12, 9)),
        (date(2026, 12, 10), date(2026, 12, 5)),
        (date(2026, 11, 26), date(2026, 11, 28)),
        (date(2026, 4, 25), date(2026, 12, 9)),
    ],
    ids=["two weeks", "five days before the return", "never sooner than three days", "a return of long ago"],
)
def test_an_invoice_is_wanted_in_time_for_the_return(filing_on: date, due_on: date):
    assert default_due(asked_on=ON, filing_on=filing_on) == due_on


def test_reminders_come_three_days_before_the_day_after_and_then_each_week_four_at_most():
    stages = {days: stage_of(due_on=ON, on=ON + timedelta(days=days)) for days in range(-5, 40)}

    assert [days for days, stage in stages.items() if stage is None] == [-5, -4]
    assert [stages[days] for days in (-3, 0, 1, 7, 8, 14, 15, 22, 39)] == [0, 0, 1, 1, 2, 2, 3, 4, 4]


def test_a_title_is_one_line_without_anything_that_ends_a_head_of_a_mail():
    assert one_line(" Waarvoor\r\nBcc: x@test\x00 was\u202e dit? ", 120) == "Waarvoor Bcc: x@test was dit?"
    assert one_line("a" * 200, 120) == "a" * 120
