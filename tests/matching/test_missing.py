"""Payments without their invoice: found, asked for, reminded of, closed by themselves."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, date, datetime, timedelta
from typing import Any

import pytest
from django.core import mail as outbox
from django.db import IntegrityError, transaction

from tests.banking import bank_lines, decide, member, owed, take_in
from tests.books import NOW, TODAY
from tests.files import OGM, THEIR_IBAN, movement, statement
from tests.intake import ubl
from tests.questions.stage import Stage, link_to, mails, open_stage
from zelfboeken.access.models import Member
from zelfboeken.access.rights import Role
from zelfboeken.access.services import NotAllowed
from zelfboeken.audit.models import Event
from zelfboeken.bank.models import BankLine
from zelfboeken.matching.facts import Allocation, Decision, GLShare
from zelfboeken.matching.missing import (
    ask_for_invoices,
    missing_items,
    missing_of_line,
    payments_without_invoice,
    quarter_of,
    remind_all,
    wants_invoice,
    worked_list,
)
from zelfboeken.matching.models import Match
from zelfboeken.matching.services import propose_again, take_back, undo_match
from zelfboeken.questions.missing import (
    UnknownMissing,
    ask_again,
    change_missing,
    missing_of,
    say_about,
    say_none_exists,
    visible_missing,
)
from zelfboeken.questions.models import MissingEvent, MissingInvoice
from zelfboeken.questions.queries import counts_for
from zelfboeken.questions.services import QuestionRefused
from zelfboeken.tenancy.models import Domain
from zelfboeken.tenancy.scope import domain_scope

pytestmark = pytest.mark.django_db
QUARTER = quarter_of(TODAY)
DAYS = {"since": QUARTER.starts_on, "until": QUARTER.until}


@pytest.fixture(autouse=True)
def mails_leave_at_once(monkeypatch: pytest.MonkeyPatch) -> None:
    """The transaction of a test never ends."""

    def at_once(run: Callable[[], None], using: str | None = None, robust: bool = False) -> None:
        run()

    monkeypatch.setattr(transaction, "on_commit", at_once)


def euro(cents: int) -> str:
    return f"{cents / 100:.2f}"


def ask_for(stage: Stage, *lines: BankLine, by: Any = None, at: datetime = NOW, **changes: Any) -> list[MissingInvoice]:
    return ask_for_invoices(
        access=stage.access(by or stage.office),
        administration=stage.books.administration,
        line_public_ids=[str(one.public_id) for one in lines or (stage.line,)],
        at=at,
        link_to=link_to,
        amount_text=euro,
        **{"owner_id": None, "due_on": None, **changes},
    )


def item_of(stage: Stage) -> MissingInvoice:
    return MissingInvoice.objects.get(domain_id=stage.books.domain.id, bank_line_id=stage.line.id)


def history(stage: Stage) -> list[str]:
    rows = MissingEvent.objects.filter(domain_id=stage.books.domain.id, item_id=item_of(stage).id).order_by("id")
    return [one.kind for one in rows]


def remind(stage: Stage, on: date) -> list[str]:
    """What a tick of this day sends; the scope is closed meanwhile."""
    at = datetime(on.year, on.month, on.day, 18, tzinfo=UTC)
    return remind_all(at=at, link_to=link_to, amount_text=euro, failed=[])


@pytest.mark.parametrize(
    ("codes", "wanted"),
    [
        (None, True),
        ([], True),
        (["601100"], True),
        (["613000"], True),
        (["240000"], True),
        (["440000"], True),
        (["657000"], False),
        (["455000"], False),
        (["451400"], False),
        (["580000"], False),
        (["174000"], False),
        (["499000", "613000"], True),
    ],
)
def test_an_invoice_is_wanted_of_costs_and_purchases_and_of_what_nobody_knows(codes: list[str] | None, wanted: bool):
    assert wants_invoice(codes) is wanted


def test_the_payments_of_a_quarter_that_nothing_is_matched_with_are_found():
    with open_stage() as stage:
        books = stage.books
        owed(books, -12_100, structured=OGM)
        more = statement(
            movement(-12_100, structured=OGM),
            movement(-3_000, text="BROOD", iban=THEIR_IBAN, name="ANDER"),
            movement(9_900, text="ONTVANGST", name="KLANT"),
            movement(-1_850, text="BEHEERSKOSTEN"),
            number=2,
            opening_cents=-4_500,
        )
        take_in(books, more, name="twee.cod")
        lines = bank_lines(books)
        decide(books, lines[-1], Decision("BOOK", shares=(GLShare("657000", -1_850, ""),)))
        decide(books, lines[2], Decision("BOOK", shares=(GLShare("613000", -3_000, ""),)))
        access = stage.access(stage.office)

        found = payments_without_invoice(access=access, administration_id=books.administration.id, **DAYS)

        # What is matched, came in or is a cost of the bank is none; a cost that was booked without an invoice is.
        assert [(one.counterparty, one.amount_cents, one.is_booked) for one in found] == [
            ("ONBEKEND", -4_500, False),
            ("ANDER", -3_000, True),
        ]
        assert (
            payments_without_invoice(
                access=access,
                administration_id=books.administration.id,
                since=QUARTER.previous().starts_on,
                until=QUARTER.starts_on,
            )
            == ()
        )


def test_a_payment_whose_document_waits_to_be_booked_is_not_asked_but_counted():
    with open_stage() as stage:
        take_in(stage.books, ubl(("Dozen", "100.00", "S", "21"), number="2026-9"), name="wacht.xml")
        paid = statement(movement(-12_100, text="DOZEN"), number=2, opening_cents=-4_500)
        take_in(stage.books, paid, name="twee.cod")

        found = worked_list(
            access=stage.access(stage.office), administration=stage.books.administration, period=QUARTER
        )

        assert ([one.amount_cents for one in found.unasked], found.waiting_documents) == ([-4_500], 1)


def test_an_invoice_is_asked_of_who_works_on_the_bank_in_one_mail_with_a_day():
    with open_stage() as stage:
        [item] = ask_for(stage)

        assert (item.owner_id, item.due_on, item.state) == (stage.books.user.id, date(2026, 12, 9), "OPEN")
        assert mails() == [(stage.books.user.email, f"1 factuur ontbreekt in {stage.books.domain.name}")]
        body = outbox.outbox[-1].body
        assert "- ONBEKEND, 45.00, 16/11/2026 (gevraagd tegen 09/12/2026)" in body
        assert f"https://test/{stage.books.domain.slug}/ontbrekend" in body
        assert history(stage) == ["ASKED"]
        assert counts_for(stage.access(stage.books.user)).missing == 1
        assert ask_for(stage) == []
        assert len(outbox.outbox) == 1
        assert Event.objects.filter(domain_id=stage.books.domain.id, action="missing.asked").count() == 1


def test_somebody_else_may_be_asked_by_name_and_sees_of_the_bank_only_that():
    with open_stage() as stage:
        take_in(stage.books, statement(movement(-900, text="X"), number=2, opening_cents=-4_500), name="twee.cod")
        ask_for(stage, owner_id=stage.buyer.id, due_on=date(2026, 12, 1))
        other = bank_lines(stage.books)[-1]
        ask_for(stage, other)
        buyer = stage.access(stage.buyer)

        assert [one.bank_line_id for one in visible_missing(buyer)] == [stage.line.id]
        assert missing_of_line(access=buyer, line_id=other.id) is None
        hidden = MissingInvoice.objects.get(domain_id=stage.books.domain.id, bank_line_id=other.id)
        with pytest.raises(UnknownMissing):
            missing_of(access=buyer, public_id=str(hidden.public_id))
        with pytest.raises(UnknownMissing):
            say_none_exists(access=buyer, item=hidden, reason="x", at=NOW)
        seen = worked_list(access=buyer, administration=stage.books.administration, period=QUARTER)
        assert ([one.payment.counterparty for one in seen.items], seen.unasked) == (["ONBEKEND"], ())


def test_who_does_not_work_on_the_bank_asks_for_nothing():
    with open_stage() as stage:
        viewer, _ = member(stage.books, Role.VIEWER)
        for user in (stage.buyer, stage.owner, viewer):
            with pytest.raises(NotAllowed):
                ask_for(stage, by=user)


@pytest.mark.parametrize("owner", ["viewer", "stranger"])
def test_nobody_is_asked_who_can_hand_in_nothing(owner: str):
    with open_stage() as stage:
        viewer, _ = member(stage.books, Role.VIEWER)
        with pytest.raises(QuestionRefused) as no:
            ask_for(stage, owner_id=viewer.id if owner == "viewer" else 10**9)
        assert no.value.field == "owner"


@pytest.mark.parametrize("due_on", [date(2026, 11, 24), date(2028, 1, 1)])
def test_a_day_that_cannot_be_met_is_refused(due_on: date):
    with open_stage() as stage:
        with pytest.raises(QuestionRefused) as no:
            ask_for(stage, due_on=due_on)
        assert no.value.field == "due"


def test_what_came_in_and_what_is_matched_already_is_not_asked():
    with open_stage() as stage:
        owed(stage.books, -12_100, structured=OGM)
        file = statement(movement(-12_100, structured=OGM), movement(500, text="RENTE"), number=2, opening_cents=-4_500)
        take_in(stage.books, file, name="twee.cod")
        _unknown, paid, received = bank_lines(stage.books)
        for line in (paid, received):
            with pytest.raises(QuestionRefused) as no:
                ask_for(stage, line)
            assert no.value.code == "line_not_missing"
        with pytest.raises(QuestionRefused):
            ask_for(stage, stage.line, paid)
        assert not MissingInvoice.objects.filter(domain_id=stage.books.domain.id).exists()


def test_it_closes_by_itself_when_the_invoice_is_matched_and_opens_when_that_is_undone():
    with open_stage() as stage:
        ask_for(stage)
        item = owed(stage.books, -4_500)

        decide(stage.books, stage.line, Decision("MATCH", (Allocation(item, -4_500),)))
        assert item_of(stage).state == "ARRIVED"
        assert counts_for(stage.access(stage.books.user)).missing == 0
        for refused in (say_none_exists, change_missing):
            with pytest.raises(QuestionRefused, match="De factuur is er intussen"):
                if refused is say_none_exists:
                    say_none_exists(access=stage.access(stage.office), item=item_of(stage), reason="x", at=NOW)
                else:
                    change_missing(
                        access=stage.access(stage.office),
                        item=item_of(stage),
                        owner_id=stage.buyer.id,
                        due_on=TODAY,
                        at=NOW,
                    )

        take_back(access=stage.books.access, bank_line_id=stage.line.id, on=TODAY, at=NOW)
        assert item_of(stage).state == "OPEN"
        assert history(stage) == ["ASKED", "ARRIVED", "REOPENED"]


def test_a_part_of_the_payment_is_not_enough_and_undoing_one_match_opens_it_again():
    with open_stage() as stage:
        ask_for(stage)
        first, second = owed(stage.books, -2_000), owed(stage.books, -2_500)
        rest = Decision("MATCH", (Allocation(first, -2_000),), contact_id=stage.books.contact_id, rest_cents=-2_500)
        decide(stage.books, stage.line, rest)
        assert item_of(stage).state == "OPEN"

        take_back(access=stage.books.access, bank_line_id=stage.line.id, on=TODAY, at=NOW)
        decide(stage.books, stage.line, Decision("MATCH", (Allocation(first, -2_000), Allocation(second, -2_500))))
        assert item_of(stage).state == "ARRIVED"
        match = Match.objects.filter(domain_id=stage.books.domain.id, undone_at__isnull=True).earliest("id")
        undo_match(access=stage.books.access, match_id=match.id, at=NOW)
        assert item_of(stage).state == "OPEN"


def test_it_closes_by_itself_when_the_invoice_comes_and_is_matched_without_a_hand():
    with open_stage() as stage:
        paid = statement(movement(-12_100, structured=OGM), number=2, opening_cents=-4_500)
        take_in(stage.books, paid, name="twee.cod")
        [item] = ask_for(stage, bank_lines(stage.books)[-1])
        owed(stage.books, -12_100, structured=OGM)

        propose_again(access=stage.books.access, administration_id=stage.books.administration.id, at=NOW)

        assert MissingInvoice.objects.get(domain_id=item.domain_id, id=item.id).state == "ARRIVED"


def test_booked_without_an_invoice_it_stays_asked():
    with open_stage() as stage:
        ask_for(stage)
        decide(stage.books, stage.line, Decision("BOOK", shares=(GLShare("613000", -4_500, ""),)))

        assert item_of(stage).state == "OPEN"


def test_bestaat_niet_takes_a_reason_closes_it_and_can_be_asked_again():
    with open_stage() as stage:
        ask_for(stage)
        his = stage.access(stage.books.user)

        with pytest.raises(QuestionRefused) as no:
            say_none_exists(access=his, item=item_of(stage), reason=" ", at=NOW)
        assert (no.value.field, no.value.code) == ("reason", "reason_missing")
        closed = say_none_exists(access=his, item=item_of(stage), reason="Parkeerautomaat", at=NOW)
        assert (closed.state, closed.reason) == ("NONE_EXISTS", "Parkeerautomaat")
        with pytest.raises(QuestionRefused):
            say_none_exists(access=his, item=item_of(stage), reason="Nog eens", at=NOW)

        assert ask_again(access=stage.access(stage.office), item=item_of(stage), at=NOW).state == "OPEN"
        with pytest.raises(QuestionRefused):
            ask_again(access=stage.access(stage.office), item=item_of(stage), at=NOW)
        assert history(stage) == ["ASKED", "NONE_EXISTS", "REOPENED"]


def test_one_of_which_was_said_that_it_does_not_exist_and_that_comes_all_the_same_is_there():
    with open_stage() as stage:
        ask_for(stage)
        say_none_exists(access=stage.access(stage.office), item=item_of(stage), reason="Kwijt", at=NOW)
        item = owed(stage.books, -4_500)

        decide(stage.books, stage.line, Decision("MATCH", (Allocation(item, -4_500),)))

        assert (item_of(stage).state, item_of(stage).reason) == ("ARRIVED", "")


def test_who_and_when_are_changed_and_remarks_are_kept():
    with open_stage() as stage:
        ask_for(stage)
        office = stage.access(stage.office)

        changed = change_missing(
            access=office, item=item_of(stage), owner_id=stage.owner.id, due_on=date(2026, 12, 20), at=NOW
        )
        say_about(access=office, item=item_of(stage), text="Leverancier gebeld.", at=NOW)

        assert (changed.owner_id, changed.due_on) == (stage.owner.id, date(2026, 12, 20))
        assert history(stage) == ["ASKED", "CHANGED", "SAID"]
        say_about(access=office, item=item_of(stage), text="Ze sturen hem morgen.", at=NOW)
        [one] = missing_items(access=office, administration_id=stage.books.administration.id)
        assert one.remark == "Ze sturen hem morgen."
        with pytest.raises(NotAllowed):
            change_missing(
                access=stage.access(stage.owner), item=item_of(stage), owner_id=stage.buyer.id, due_on=TODAY, at=NOW
            )
        with pytest.raises(QuestionRefused):
            say_about(access=office, item=item_of(stage), text="", at=NOW)


def test_the_list_of_a_quarter_shows_how_far_it_is():
    with open_stage() as stage:
        file = statement(*[movement(-100 * n, text=f"B{n}") for n in (1, 2, 3)], number=2, opening_cents=-4_500)
        take_in(stage.books, file, name="twee.cod")
        lines = bank_lines(stage.books)
        ask_for(stage, *lines[:3])
        office = stage.access(stage.office)
        say_none_exists(access=office, item=item_of(stage), reason="Kwijt", at=NOW)
        item = owed(stage.books, -100)
        decide(stage.books, lines[1], Decision("MATCH", (Allocation(item, -100),)))

        found = worked_list(access=office, administration=stage.books.administration, period=QUARTER)

        assert (len(found.items), found.settled, found.count("OPEN"), len(found.unasked)) == (3, 2, 1, 1)
        assert [one.is_late(date(2026, 12, 10)) for one in found.items] == [False, False, True]
        assert missing_items(
            access=office, administration_id=stage.books.administration.id, period=QUARTER.next()
        ) == []  # fmt: skip


def test_reminders_go_out_once_a_stage_whatever_day_is_asked_for_and_however_often():
    with open_stage() as stage:
        [item] = ask_for(stage)
    name, slug = stage.books.user.name, stage.books.domain.slug
    told = f"{slug} {name}"
    due = item.due_on

    assert remind(stage, due - timedelta(days=4)) == []
    assert remind(stage, due - timedelta(days=3)) == [told]
    assert remind(stage, due - timedelta(days=3)) == []
    assert remind(stage, due) == []
    assert remind(stage, due + timedelta(days=1)) == [told]
    assert remind(stage, due + timedelta(days=30)) == [told]
    # What was missed in between is not told any more, and neither is the day before it.
    assert remind(stage, due + timedelta(days=9)) == []
    assert remind(stage, due + timedelta(days=300)) == []
    with domain_scope(stage.books.domain.id):
        sent = MissingEvent.objects.filter(domain_id=stage.books.domain.id, kind="REMINDED").order_by("id")
        assert [one.stage for one in sent] == [0, 1, 4]
        event = Event.objects.filter(domain_id=stage.books.domain.id, action="missing.reminded").latest("id")
        assert (event.actor_id, event.detail) == (None, {"people": [name], "invoices": 1})
    assert outbox.outbox[-1].subject == "Herinnering: 1 factuur ontbreekt"
    assert "was gevraagd tegen 09/12/2026" in outbox.outbox[-1].body


def test_one_mail_a_person_with_all_he_owes_in_his_own_language():
    with open_stage() as stage:
        file = statement(*[movement(-100 * n, text=f"B{n}") for n in range(1, 26)], number=2, opening_cents=-4_500)
        take_in(stage.books, file, name="twee.cod")
        lines = bank_lines(stage.books)
        type(stage.buyer).objects.filter(id=stage.buyer.id).update(language="fr")
        ask_for(stage, *lines[:24], owner_id=stage.buyer.id)
        ask_for(stage, *lines[24:], owner_id=stage.owner.id)
    outbox.outbox.clear()

    remind(stage, date(2026, 12, 9))

    assert sorted(mails()) == [
        (stage.owner.email, "Herinnering: 2 facturen ontbreken"),
        (stage.buyer.email, "Rappel : 24 factures manquent"),
    ]
    [french] = [one for one in outbox.outbox if one.to == [stage.buyer.email]]
    assert "- et encore 4" in french.body


def test_nothing_is_reminded_that_is_closed_postponed_or_asked_today():
    with open_stage() as stage:
        [item] = ask_for(stage, due_on=TODAY + timedelta(days=1))
        assert item.due_on == date(2026, 11, 26)
    assert remind(stage, TODAY) == []
    with domain_scope(stage.books.domain.id):
        change_missing(
            access=stage.access(stage.office),
            item=item_of(stage),
            owner_id=stage.books.user.id,
            due_on=TODAY + timedelta(days=60),
            at=NOW,
        )
    assert remind(stage, TODAY + timedelta(days=2)) == []
    with domain_scope(stage.books.domain.id):
        say_none_exists(access=stage.access(stage.office), item=item_of(stage), reason="Kwijt", at=NOW)
    assert remind(stage, TODAY + timedelta(days=60)) == []


def test_who_left_is_asked_no_more_and_the_one_of_the_rule_takes_over():
    with open_stage() as stage:
        ask_for(stage, owner_id=stage.buyer.id)
        Member.objects.filter(user=stage.buyer).update(is_active=False)

    assert remind(stage, date(2026, 12, 10)) == [f"{stage.books.domain.slug} {stage.books.user.name}"]
    with domain_scope(stage.books.domain.id):
        assert item_of(stage).owner_id == stage.books.user.id
        assert history(stage) == ["ASKED", "CHANGED", "REMINDED"]


def test_nobody_is_reminded_in_a_domain_that_is_archived():
    with open_stage() as stage:
        ask_for(stage)
    Domain.objects.filter(id=stage.books.domain.id).update(lifecycle="ARCHIVED")

    assert remind(stage, date(2026, 12, 10)) == []


@pytest.mark.parametrize(
    "wrong", [{"state": "NONE_EXISTS"}, {"reason": "zomaar"}, {"state": "WEG"}], ids=["no reason", "reason", "unknown"]
)
def test_a_state_that_cannot_be_is_not_stored(wrong: dict[str, str]):
    with open_stage() as stage:
        [item] = ask_for(stage)
        with pytest.raises(IntegrityError), transaction.atomic():
            MissingInvoice.objects.filter(domain_id=item.domain_id, id=item.id).update(**wrong)


def test_a_bank_line_is_asked_once_whoever_asks():
    with open_stage() as stage:
        [item] = ask_for(stage)
        values = {
            "administration_id": item.administration_id, "bank_line_id": item.bank_line_id, "owner": stage.owner,
            "due_on": TODAY, "asked_by": stage.office, "asked_at": NOW, "changed_at": NOW,
        }  # fmt: skip
        with pytest.raises(IntegrityError, match="missing_invoice_is_one_per_line"), transaction.atomic():
            MissingInvoice.objects.create(domain_id=item.domain_id, **values)
