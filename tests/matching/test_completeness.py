"""The report of the first of the month: told once, to who works on the bank, of what he finds on his own page."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, date, datetime

import pytest
from django.core import mail as outbox
from django.db import IntegrityError, connection, transaction

from tests.banking import take_in
from tests.files import movement, statement
from tests.questions.stage import Stage, link_to, open_stage
from zelfboeken.access.models import RoleAssignment
from zelfboeken.access.rights import Role
from zelfboeken.audit.models import Event
from zelfboeken.matching.completeness import report, report_all
from zelfboeken.matching.missing import ask_for_invoices
from zelfboeken.questions.missing import say_none_exists
from zelfboeken.questions.models import CompletenessReport, MissingInvoice
from zelfboeken.tenancy.models import Domain

pytestmark = pytest.mark.django_db
FIRST = datetime(2026, 12, 1, 6, tzinfo=UTC)


@pytest.fixture(autouse=True)
def mails_leave_at_once(monkeypatch: pytest.MonkeyPatch) -> None:
    """The transaction of a test never ends."""

    def at_once(run: Callable[[], None], using: str | None = None, robust: bool = False) -> None:
        run()

    monkeypatch.setattr(transaction, "on_commit", at_once)


def told(stage: Stage, at: datetime = FIRST) -> list[str]:
    return report(stage.books.domain, at, link_to)


def ask_for(stage: Stage) -> None:
    ask_for_invoices(
        access=stage.access(stage.office), administration=stage.books.administration,
        line_public_ids=[str(stage.line.public_id)], owner_id=None, due_on=None, at=FIRST, link_to=link_to,
        amount_text=str,
    )  # fmt: skip


def test_on_the_first_who_works_on_the_bank_is_told_what_is_missing_and_a_second_time_nothing():
    with open_stage() as stage:
        stage.ask(stage.office)

        first, again = told(stage), told(stage)

        [mail] = [one for one in outbox.outbox if "Volledigheid" in one.subject]
        assert (first, again) == ([stage.books.user.name], [])
        assert mail.to == [stage.books.user.email]
        assert mail.subject == f"Volledigheid van {stage.books.administration.name} tot 30/11/2026"
        assert "- 1 betaling zonder factuur is nog niet gevraagd" in mail.body
        assert "- 1 vraag wacht op jou" in mail.body
        assert link_to(stage.books.domain.slug, "") in mail.body
        assert Event.objects.filter(domain_id=stage.books.domain.id, action="missing.reported").count() == 1


def test_each_vat_quarter_of_the_past_year_is_told_apart_the_newest_first():
    with open_stage() as stage:
        old = movement(-1_000, iban=None, name="KIOSK", on=date(2025, 12, 30))
        new = movement(-2_000, iban=None, name="TANK", on=date(2026, 8, 3))
        take_in(stage.books, statement(old, new, number=2, opening_cents=-4_500))
        ask_for(stage)
        outbox.outbox.clear()

        told(stage)

        [mail] = outbox.outbox
        assert (
            "Kwartaal 4 van 2026\n- 1 factuur is gevraagd en er nog niet\n\n"
            "Kwartaal 3 van 2026\n- 1 betaling zonder factuur is nog niet gevraagd\n\n" in mail.body
        )
        assert "2025" not in mail.body


def test_what_is_asked_longer_ago_than_a_year_is_told_as_long_as_it_is_not_there():
    with open_stage() as stage:
        ask_for(stage)
        outbox.outbox.clear()

        told(stage, FIRST.replace(year=2028, month=3))

        [mail] = outbox.outbox
        assert "Kwartaal 4 van 2026\n- 1 factuur is gevraagd en er nog niet" in mail.body


def test_a_payment_of_the_new_month_is_not_yet_told():
    with open_stage() as stage:
        new = movement(-1_000, iban=None, name="KIOSK", on=date(2026, 12, 1))
        take_in(stage.books, statement(new, number=2, opening_cents=-4_500))

        told(stage, FIRST.replace(day=4))

        [mail] = [one for one in outbox.outbox if "Volledigheid" in one.subject]
        assert "- 1 betaling zonder factuur is nog niet gevraagd" in mail.body


def test_the_directie_who_does_not_work_on_the_bank_is_told_all_that_is_missing_too():
    with open_stage() as stage:
        RoleAssignment.objects.filter(member__user=stage.books.user).update(role=Role.VIEWER)

        assert told(stage) == [stage.owner.name]

        [mail] = [one for one in outbox.outbox if "Volledigheid" in one.subject]
        assert mail.to == [stage.owner.email]
        assert "- 1 betaling zonder factuur is nog niet gevraagd" in mail.body


def test_an_invoice_that_is_asked_is_told_as_asked():
    with open_stage() as stage:
        ask_for(stage)
        outbox.outbox.clear()

        told(stage)

        [mail] = outbox.outbox
        assert "- 1 factuur is gevraagd en er nog niet" in mail.body
        assert "nog niet gevraagd" not in mail.body


def test_nobody_is_mailed_where_nothing_is_missing_and_the_report_is_kept_all_the_same():
    with open_stage() as stage:
        ask_for(stage)
        item = MissingInvoice.objects.get(domain_id=stage.books.domain.id)
        say_none_exists(access=stage.access(stage.office), item=item, reason="Kwijt", at=FIRST)
        outbox.outbox.clear()

        assert told(stage) == []
        assert outbox.outbox == []
        kept = CompletenessReport.objects.get(domain_id=stage.books.domain.id)
        assert (kept.month, kept.asked, kept.unasked, kept.questions) == (date(2026, 12, 1), 0, 0, 0)


@pytest.mark.parametrize(("day", "is_told"), [(7, True), (8, False), (30, False)])
def test_a_server_that_stood_still_tells_it_in_the_first_week_and_not_later(day: int, is_told: bool):
    with open_stage() as stage:
        slug = stage.books.domain.slug

    found = report_all(at=FIRST.replace(day=day), link_to=link_to, failed=[])

    assert [one.split()[0] for one in found] == [slug] * is_told


def test_the_next_month_is_a_report_of_its_own_and_an_archived_domain_has_none():
    with open_stage() as stage:
        told(stage)

        assert told(stage, FIRST.replace(year=2027, month=1)) == [stage.books.user.name]
        domain_id = stage.books.domain.id
    Domain.objects.filter(id=domain_id).update(lifecycle="ARCHIVED")

    assert report_all(at=FIRST.replace(year=2027, month=2), link_to=link_to, failed=[]) == []


def test_inv03_a_report_is_only_ever_added_and_once_a_month():
    with open_stage() as stage:
        told(stage)
        kept = CompletenessReport.objects.get(domain_id=stage.books.domain.id)
        with connection.cursor() as cursor, pytest.raises(Exception, match="permission denied"), transaction.atomic():
            cursor.execute("UPDATE questions_completenessreport SET asked = 9")
        with pytest.raises(IntegrityError, match="once_a_month"), transaction.atomic():
            CompletenessReport.objects.create(
                domain_id=kept.domain_id, administration_id=kept.administration_id, month=kept.month,
                receiver_id=kept.receiver_id, asked=0, unasked=0, waiting=0, questions=0, reported_at=FIRST,
            )  # fmt: skip
