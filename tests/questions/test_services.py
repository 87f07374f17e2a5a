"""Asking, answering, closing, opening again: who may, who sees it, who is mailed."""

from datetime import UTC, datetime, timedelta

import pytest
from django.core import mail as outbox
from django.db import IntegrityError, connection, transaction

from tests.banking import member
from tests.books import NOW, new_user
from tests.portal.offices import new_staff
from tests.questions.stage import Stage, controller, link_to, mails, open_stage
from zelfboeken.access.models import AdministrationGrant, DomainAssignment, Member, RoleAssignment
from zelfboeken.access.rights import PortalRole, Role
from zelfboeken.access.services import NotAllowed, add_member
from zelfboeken.audit.models import Event
from zelfboeken.questions.models import Message, Participant, Question, Side, Topic
from zelfboeken.questions.queries import counts_for, questions_in, said_in
from zelfboeken.questions.rules import NobodyToAsk
from zelfboeken.questions.services import (
    Addressee,
    QuestionRefused,
    Subject,
    UnknownQuestion,
    Words,
    add_note,
    answer,
    close,
    hand_to,
    question_of,
    set_receiver,
    standing_of,
    visible,
)
from zelfboeken.questions.visibility import about

pytestmark = pytest.mark.django_db


def people(question: Question) -> list[tuple[str, str]]:
    rows = Participant.objects.filter(domain_id=question.domain_id, question_id=question.id, is_active=True)
    return [(one.user.name, one.party) for one in rows.select_related("user").order_by("id")]


def said(stage: Stage, user, question: Question) -> list[tuple[str, str, str]]:
    return [
        (one.message.kind, one.message.author_name, one.message.text) for one in said_in(stage.access(user), question)
    ]


def reload(question: Question) -> Question:
    return Question.objects.get(domain_id=question.domain_id, id=question.id)


def test_a_question_of_the_office_about_a_payment_goes_to_who_works_on_the_bank_and_is_mailed():
    with open_stage() as stage:
        question = stage.ask(stage.office)

        # The user of the books has the role Backoffice; the buyer may not see the bank.
        assert people(question) == [("Els Kantoor", "ASKER"), (stage.books.user.name, "RECEIVER")]
        assert (question.routed_because, question.asked_side, question.to_side) == (
            "ROLE:BACKOFFICE",
            "OFFICE",
            "DOMAIN",
        )
        assert standing_of(question) == (False, True)
        assert mails() == [(stage.books.user.email, "Vraag: Waarvoor was dit?")]
        assert said(stage, stage.office, question) == [("QUESTION", "Els Kantoor", "We vinden geen factuur.")]
        event = Event.objects.get(domain_id=stage.books.domain.id, action="question.asked")
        assert event.detail["to"] == [stage.books.user.name]


def test_a_question_to_the_office_goes_to_the_controller_else_to_who_is_responsible():
    with open_stage() as stage:
        assert people(stage.ask(stage.owner))[1:] == [("Els Kantoor", "RECEIVER")]
        other = controller(stage)
        assert people(stage.ask(stage.owner))[1:] == [(other.name, "RECEIVER")]


def test_who_is_set_for_the_administration_gets_the_questions_of_the_office():
    with open_stage() as stage:
        access, books = stage.access(stage.owner), stage.books
        set_receiver(access=access, administration=books.administration, user_id=stage.owner.id, at=NOW)
        assert people(stage.ask(stage.office))[1:] == [("Bo Baas", "RECEIVER")]

        # The buyer may answer questions, but not see the bank: this one still goes by the rule.
        set_receiver(access=access, administration=books.administration, user_id=stage.buyer.id, at=NOW)
        assert people(stage.ask(stage.office))[1:] == [(books.user.name, "RECEIVER")]
        assert people(stage.ask(stage.office, subject=Subject()))[1:] == [("An Aankoop", "RECEIVER")]

        set_receiver(access=access, administration=books.administration, user_id=None, at=NOW)
        assert people(stage.ask(stage.office, subject=Subject()))[1:] == [("Bo Baas", "RECEIVER")]
        with pytest.raises(NotAllowed):
            set_receiver(access=stage.access(stage.buyer), administration=books.administration, user_id=None, at=NOW)
        with pytest.raises(QuestionRefused):
            set_receiver(access=access, administration=books.administration, user_id=stage.office.id, at=NOW)


def test_an_answer_gives_the_turn_back_a_further_question_gives_it_away_and_closing_ends_it():
    with open_stage() as stage:
        question = stage.ask(stage.office)
        domain, office = stage.access(stage.books.user), stage.access(stage.office)

        answered = answer(access=domain, question=question, words=Words("Voor de winkel."), at=NOW, link_to=link_to)
        assert (answered.state, answered.waits_for, standing_of(answered)) == ("ANSWERED", "ASKER", (True, False))
        assert mails()[-1] == (stage.office.email, "Re: Waarvoor was dit?")

        asked_on = answer(access=office, question=question, words=Words("Welke winkel?"), at=NOW, link_to=link_to)
        assert (asked_on.state, asked_on.waits_for) == ("OPEN", "RECEIVER")

        answer(access=domain, question=question, words=Words("Die in Gent."), at=NOW, link_to=link_to)
        closed = close(access=office, question=question, at=NOW)
        assert (closed.state, closed.waits_for, standing_of(closed)) == ("CLOSED", "", (False, False))
        assert [kind for kind, _, _ in said(stage, stage.office, question)] == [
            "QUESTION", "ANSWER", "ANSWER", "ANSWER", "CLOSED",
        ]  # fmt: skip


def test_a_closed_question_is_opened_again_by_either_side_with_what_he_says():
    with open_stage() as stage:
        question = stage.ask(stage.office)
        close(access=stage.access(stage.office), question=question, at=NOW)

        with pytest.raises(QuestionRefused, match="Schrijf een antwoord"):
            answer(access=stage.access(stage.books.user), question=question, words=Words(" "), at=NOW, link_to=link_to)
        again = answer(
            access=stage.access(stage.books.user),
            question=question,
            words=Words("Toch nog iets."),
            at=NOW,
            link_to=link_to,
        )

        assert (again.state, again.waits_for) == ("OPEN", "ASKER")
        assert said(stage, stage.office, question)[-1] == ("REOPENED", stage.books.user.name, "Toch nog iets.")
        assert mails()[-1][0] == stage.office.email


def test_who_is_asked_closes_only_after_he_answered():
    with open_stage() as stage:
        question = stage.ask(stage.office)
        domain = stage.access(stage.books.user)

        with pytest.raises(QuestionRefused) as no:
            close(access=domain, question=question, at=NOW)
        assert no.value.code == "not_yours"
        answer(access=domain, question=question, words=Words("Privé."), at=NOW, link_to=link_to)
        assert close(access=domain, question=question, at=NOW).state == "CLOSED"
        with pytest.raises(QuestionRefused, match="al gesloten"):
            close(access=domain, question=question, at=NOW)


def test_a_question_is_handed_on_and_who_had_to_answer_need_not_any_more():
    with open_stage() as stage:
        question = stage.ask(stage.office)
        handed = hand_to(
            access=stage.access(stage.office), question=question, user_id=stage.owner.id, at=NOW, link_to=link_to
        )

        assert people(question) == [("Els Kantoor", "ASKER"), ("Bo Baas", "RECEIVER")]
        assert handed.routed_because == "CHOSEN"
        assert mails()[-1] == (stage.owner.email, "Vraag: Waarvoor was dit?")
        for wrong in (stage.buyer.id, stage.office.id, 10**9):
            with pytest.raises(QuestionRefused):
                hand_to(access=stage.access(stage.office), question=question, user_id=wrong, at=NOW, link_to=link_to)


def test_notes_are_for_the_office_only_and_nobody_is_mailed():
    with open_stage() as stage:
        question = stage.ask(stage.office)
        before = len(outbox.outbox)

        add_note(access=stage.access(stage.office), question=question, text="Belt morgen.", at=NOW)

        assert said(stage, stage.office, question)[-1] == ("NOTE", "Els Kantoor", "Belt morgen.")
        assert [kind for kind, _, _ in said(stage, stage.books.user, question)] == ["QUESTION"]
        assert len(outbox.outbox) == before
        assert reload(question).waits_for == "RECEIVER"
        with pytest.raises(UnknownQuestion):
            add_note(access=stage.access(stage.books.user), question=question, text="x", at=NOW)


def test_who_may_not_see_what_it_is_about_sees_no_question_about_it_whoever_takes_part():
    with open_stage() as stage:
        question = stage.ask(stage.office)

        assert list(visible(stage.access(stage.buyer))) == []
        with pytest.raises(UnknownQuestion):
            question_of(access=stage.access(stage.buyer), public_id=str(question.public_id))
        with pytest.raises(UnknownQuestion):
            answer(access=stage.access(stage.buyer), question=question, words=Words("x"), at=NOW, link_to=link_to)
        # He takes part, then loses the role by which he saw the bank: from now on it is not there for him (INV-23).
        assert list(visible(stage.access(stage.books.user))) == [question]
        RoleAssignment.objects.filter(member__user=stage.books.user).update(state="WITHDRAWN")
        assert list(visible(stage.access(stage.books.user))) == []


def test_a_question_about_nothing_in_particular_is_for_who_takes_part_the_office_and_the_directie():
    with open_stage() as stage:
        question = stage.ask(stage.buyer, subject=Subject(), title="Hoe lever ik een bon aan?")
        viewer, _ = member(stage.books, Role.VIEWER)

        assert [bool(list(visible(stage.access(one)))) for one in (stage.buyer, stage.owner, stage.office)] == [
            True
        ] * 3
        for stranger in (stage.books.user, viewer):
            assert list(visible(stage.access(stranger))) == []
        assert about(stage.access(stage.buyer), kind="NONE", subject_id=0) == []
        assert question.to_side == Side.OFFICE


def test_a_question_about_wages_is_only_for_who_takes_part_and_who_sees_the_staff():
    with open_stage() as stage:
        hr, _ = member(stage.books, Role.HRM)
        other = controller(stage)
        stage.ask(hr, subject=Subject(), topic=Topic.PAYROLL, title="Klopt mijn loonbrief?")

        # A controller may see personnel documents, a Portaal backoffice may not unless it was ticked.
        assert [bool(list(visible(stage.access(one)))) for one in (hr, other, stage.owner)] == [True] * 3
        assert list(visible(stage.access(stage.office))) == []
        assert mails()[-1][0] == other.email


def test_nobody_is_asked_who_may_not_see_it_and_without_anybody_it_is_refused():
    with open_stage() as stage:
        for user_id in (stage.buyer.id, stage.office.id, 10**9):
            with pytest.raises(QuestionRefused) as no:
                stage.ask(stage.office, to=Addressee(Side.DOMAIN, user_id))
            assert no.value.code == "may_not_see"
        DomainAssignment.objects.filter(domain=stage.books.domain).delete()
        with pytest.raises(NobodyToAsk):
            stage.ask(stage.owner)
        assert not Question.objects.filter(domain_id=stage.books.domain.id).exists()


def test_a_viewer_asks_nothing_and_who_does_not_see_the_bank_asks_nothing_about_it():
    with open_stage() as stage:
        viewer, _ = member(stage.books, Role.VIEWER)
        for user in (viewer, stage.buyer):
            with pytest.raises(NotAllowed):
                stage.ask(user)


def test_who_does_not_reach_the_administration_neither_asks_about_it_nor_sees_its_questions():
    with open_stage() as stage:
        user = new_user("deel@example.test", name="Deel")
        one = add_member(domain=stage.books.domain, user=user, roles=frozenset({Role.FINANCE}))
        Member.objects.filter(id=one.id).update(reaches_all=False)
        AdministrationGrant.objects.create(member=one, administration_id=10**9)
        question = stage.ask(stage.office)

        with pytest.raises(UnknownQuestion):
            stage.ask(user)
        assert list(visible(stage.access(user))) == []
        assert ("Deel", "RECEIVER") not in people(question)


@pytest.mark.parametrize(
    ("changes", "field"),
    [
        ({"title": " \r\n "}, "title"),
        ({"topic": "ANDERS"}, "topic"),
        ({"text": "x" * 10_001}, "text"),
        ({"to": Addressee("GOD")}, "topic"),
    ],
    ids=["no title", "unknown topic", "too long", "unknown side"],
)
def test_a_question_that_is_not_right_is_refused_with_the_place(changes: dict[str, object], field: str):
    with open_stage() as stage:
        with pytest.raises(QuestionRefused) as no:
            stage.ask(stage.office, **changes)  # type: ignore[arg-type]
        assert no.value.field == field


def test_nobody_who_left_or_may_no_longer_see_it_is_mailed():
    with open_stage() as stage:
        question = stage.ask(stage.office)
        domain = stage.access(stage.books.user)
        answer(access=domain, question=question, words=Words("Ja."), at=NOW, link_to=link_to)
        DomainAssignment.objects.filter(domain=stage.books.domain).delete()
        sent_before = len(outbox.outbox)

        answer(access=domain, question=question, words=Words("Nog iets."), at=NOW, link_to=link_to)

        assert len(outbox.outbox) == sent_before


def test_a_mail_is_in_the_language_of_its_receiver_and_no_line_of_a_title_becomes_a_head():
    with open_stage() as stage:
        type(stage.books.user).objects.filter(id=stage.books.user.id).update(language="fr")
        stage.ask(stage.office, title="Waarvoor\r\nBcc: vreemd@example.test")

        [sent] = outbox.outbox
        assert sent.subject == "Question : Waarvoor Bcc: vreemd@example.test"
        assert sent.recipients() == [stage.books.user.email]
        assert "Répondez" in sent.body
        assert sent.extra_headers["Auto-Submitted"] == "auto-generated"


def test_the_counts_of_the_menu_are_what_waits_for_him():
    with open_stage() as stage:
        question = stage.ask(stage.office)
        stage.ask(stage.owner, subject=Subject(), title="Vrij")

        def counts(user) -> int:  # type: ignore[no-untyped-def]
            return counts_for(stage.access(user)).questions

        assert [counts(one) for one in (stage.books.user, stage.owner, stage.office, stage.buyer)] == [1, 0, 1, 0]
        answer(access=stage.access(stage.books.user), question=question, words=Words("Ja."), at=NOW, link_to=link_to)
        assert [counts(one) for one in (stage.books.user, stage.owner, stage.office, stage.buyer)] == [0, 0, 2, 0]
        close(access=stage.access(stage.office), question=question, at=NOW)
        assert counts(stage.office) == 1
        assert [one.title for one in questions_in(stage.access(stage.office), "closed")] == ["Waarvoor was dit?"]


def test_inv03_what_was_said_is_only_ever_added():
    with open_stage() as stage:
        stage.ask(stage.office)
        for verb in (
            "UPDATE questions_message SET text = 'anders'",
            "DELETE FROM questions_message",
            "UPDATE questions_attachment SET name = 'anders'",
            "DELETE FROM questions_missingevent",
        ):
            with (
                pytest.raises(Exception, match="permission denied"),
                transaction.atomic(),
                connection.cursor() as cursor,
            ):
                cursor.execute(verb)


@pytest.mark.parametrize(
    "wrong",
    [
        {"state": "CLOSED"},
        {"waits_for": ""},
        {"state": "ANSWERED"},
        {"subject_kind": "NONE"},
        {"title": ""},
        {"topic": "ANDERS"},
        {"asked_side": "BUITEN"},
    ],
    ids=lambda one: next(iter(one)) + "=" + str(next(iter(one.values()))),
)
def test_a_question_in_a_state_that_cannot_be_is_not_stored(wrong: dict[str, str]):
    with open_stage() as stage:
        question = stage.ask(stage.office)
        with pytest.raises(IntegrityError), transaction.atomic():
            Question.objects.filter(domain_id=question.domain_id, id=question.id).update(**wrong)


def test_a_portal_administrator_is_asked_where_nobody_was_assigned():
    with open_stage() as stage:
        DomainAssignment.objects.filter(domain=stage.books.domain).delete()
        admin = new_staff(stage.books.domain.portal, PortalRole.PORTAL_ADMIN, name="Pia Portaal")
        question = stage.ask(stage.owner)

        assert people(question)[1:] == [(admin.name, "RECEIVER")]
        assert question.routed_because == "PORTAL"


def test_a_mail_answer_is_told_to_have_come_by_mail_and_to_be_cut():
    with open_stage() as stage:
        question = stage.ask(stage.office)
        words = Words("Ja.", way=Message.Way.MAIL, quoted="> Waarvoor?")
        answer(access=stage.access(stage.books.user), question=question, words=words, at=NOW, link_to=link_to)

        last = Message.objects.filter(domain_id=question.domain_id).latest("id")
        assert (last.way, last.text, last.quoted) == ("MAIL", "Ja.", "> Waarvoor?")


def test_asking_is_refused_in_a_domain_that_is_read_only():
    with open_stage() as stage:
        type(stage.books.domain).objects.filter(id=stage.books.domain.id).update(lifecycle="ARCHIVED")
        with pytest.raises(NotAllowed):
            stage.ask(stage.office)
        type(stage.books.domain).objects.filter(id=stage.books.domain.id).update(lifecycle="ACTIVE")
        question = stage.ask(stage.office, at=datetime(2026, 11, 25, 9, tzinfo=UTC) + timedelta(days=1))
        type(stage.books.domain).objects.filter(id=stage.books.domain.id).update(lifecycle="ARCHIVED")
        assert list(visible(stage.access(stage.office))) == [question]
        type(stage.books.domain).objects.filter(id=stage.books.domain.id).update(lifecycle="BLOCKED")
        assert list(visible(stage.access(stage.books.user))) == []
