"""A statement that was wrong is taken back by a credit note and made anew; what was recognised late is charged once."""

from __future__ import annotations

from dataclasses import replace
from datetime import date

import pytest
from django.core import mail
from django.db import IntegrityError, connection, transaction

from tests.billing.stage import (
    DETAILS,
    Stage,
    confirm_examples,
    give,
    know_operator,
    moment,
    open_stage,
    operator_access,
)
from tests.billing.test_statements import fill_invoices
from tests.portal.offices import new_office
from zelfboeken.access.models import PortalRoleAssignment
from zelfboeken.access.office import PortalAccess, UnknownPortal
from zelfboeken.access.services import NotAllowed
from zelfboeken.audit.models import Event
from zelfboeken.billing.bundles import choose_bundle, preview_bundle
from zelfboeken.billing.contracts import enter_debtor
from zelfboeken.billing.credits import CreditRefused, correctable, credit, make_anew
from zelfboeken.billing.models import CreditNote, Debtor, MonthlyStatement, StatementNumber
from zelfboeken.billing.rules import Month, total_cents
from zelfboeken.billing.statements import IssuedStatement, draft, issue, statements_of
from zelfboeken.billing.writers.ubl import statement_ubl
from zelfboeken.invoices.readers.ubl import read_ubl

pytestmark = pytest.mark.django_db
NOVEMBER, DECEMBER, JANUARY = Month(2026, 11), Month(2026, 12), Month(2027, 1)
FIRST = moment("2026-12-01 00:05")
LATER = moment("2026-12-09 10:00")


def november(stage: Stage) -> MonthlyStatement:
    """39 euro for the bundle and 25 for a second self-booker."""
    for one in stage.others:
        give(stage, one)
    return issue(domain_id=stage.domain.id, month=NOVEMBER, at=FIRST)


def take_back(office: PortalAccess, stage: Stage, amounts: list[int], edition: int = 1, **more: object) -> str:
    """A credit note on November; its number."""
    asked = {"reason": "Verkeerd gerekend", "at": LATER, **more}
    return credit(
        office=office, domain_id=stage.domain.id, month=NOVEMBER, edition=edition, amounts=amounts, **asked
    ).credit.number  # type: ignore[arg-type]


def sums(stage: Stage) -> dict[str, int]:
    """What each paper comes to, a credit note below zero, oldest first."""
    return {
        one.number: -one.total_cents if one.is_credit else one.total_cents
        for one in reversed(statements_of(domain_id=stage.domain.id))
    }


def paper(stage: Stage, number: str) -> IssuedStatement:
    return next(one for one in statements_of(domain_id=stage.domain.id) if one.number == number)


def test_a_part_of_a_line_is_taken_back_with_its_vat_and_the_rest_stays():
    confirm_examples()
    know_operator()
    office = operator_access()
    with open_stage() as stage:
        november(stage)
        take_back(office, stage, [0, 1_000])
        left = correctable(domain_id=stage.domain.id, month=NOVEMBER, edition=1)

        assert sums(stage) == {"ZB-2026-0001": 7_744, "ZB-2026-0002": -1_210}
        assert (left.left, left.issued.credited_cents, left.may_be_made_anew) == ((3_900, 1_500), 1_000, False)
        told = paper(stage, "ZB-2026-0002")
        assert (told.corrects, told.corrects_on, told.reason) == (
            "ZB-2026-0001",
            date(2026, 12, 1),
            "Verkeerd gerekend",
        )
        event = Event.objects.filter(domain_id=stage.domain.id, action="statement.credited").get()
        assert (event.actor_id, event.detail["number"], event.detail["reason"]) == (
            office.user_id,
            "ZB-2026-0002",
            "Verkeerd gerekend",
        )


def test_a_statement_with_the_wrong_debtor_is_taken_back_whole_and_made_anew_in_one_go():
    confirm_examples()
    know_operator()
    office = operator_access()
    with open_stage() as stage:
        november(stage)
        right = replace(DETAILS, name="Bakkerij Juist BV")
        enter_debtor(access=stage.directie(), details=right, debtor=Debtor.DOMAIN, at=LATER)
        done = credit(
            office=office, domain_id=stage.domain.id, month=NOVEMBER, edition=1, amounts=[3_900, 2_500],
            reason="Verkeerde klant", at=LATER, is_made_anew=True,
        )  # fmt: skip

        assert (done.credit.number, done.anew) == ("ZB-2026-0002", "ZB-2026-0003")
        assert sums(stage) == {"ZB-2026-0001": 7_744, "ZB-2026-0002": -7_744, "ZB-2026-0003": 7_744}
        assert paper(stage, "ZB-2026-0002").buyer.name == "Bakkerij Voorbeeld BV"
        assert paper(stage, "ZB-2026-0003").buyer.name == "Bakkerij Juist BV"
        # What stands for the month is what its days say.
        standing = sum(one.net_cents * (-1 if one.is_credit else 1) for one in statements_of(domain_id=stage.domain.id))
        assert standing == total_cents(draft(domain_id=stage.domain.id, month=NOVEMBER)) == 6_400
        # The task finds nothing more to do, and the credited one can be taken back no more.
        assert issue(domain_id=stage.domain.id, month=NOVEMBER, at=LATER).edition == 2
        with pytest.raises(CreditRefused) as no:
            take_back(office, stage, [1, 0])
        assert no.value.code == "statement_replaced"
        take_back(office, stage, [100, 0], edition=2)


def test_the_month_is_made_anew_later_once_when_all_of_it_was_taken_back():
    confirm_examples()
    know_operator()
    office = operator_access()
    with open_stage() as stage:
        november(stage)
        take_back(office, stage, [900, 2_500])
        with pytest.raises(CreditRefused) as no:
            make_anew(office=office, domain_id=stage.domain.id, month=NOVEMBER, edition=1, at=LATER)
        assert no.value.code == "something_is_left"
        take_back(office, stage, [3_000, 0])
        made = make_anew(office=office, domain_id=stage.domain.id, month=NOVEMBER, edition=1, at=LATER)
        with pytest.raises(CreditRefused) as no:
            make_anew(office=office, domain_id=stage.domain.id, month=NOVEMBER, edition=1, at=LATER)

        assert (made, no.value.code) == ("ZB-2026-0004", "statement_replaced")


@pytest.mark.parametrize(
    ("amounts", "more", "code", "field"),
    [
        ([3_901, 0], {}, "more_than_is_left", "amounts"),
        ([-1, 0], {}, "more_than_is_left", "amounts"),
        ([100], {}, "more_than_is_left", "amounts"),
        ([0, 0], {}, "nothing_credited", "amounts"),
        ([100, 0], {"reason": "  "}, "reason_missing", "reason"),
        ([100, 0], {"is_made_anew": True}, "something_is_left", "anew"),
    ],
)
def test_a_credit_note_that_cannot_be_is_refused_and_draws_no_number(amounts, more, code, field):
    confirm_examples()
    know_operator()
    office = operator_access()
    with open_stage() as stage:
        november(stage)
        with pytest.raises(CreditRefused) as no:
            take_back(office, stage, amounts, **more)

        assert (no.value.code, no.value.field) == (code, field)
        assert StatementNumber.objects.count() == 1


def test_only_the_operator_credits_and_only_while_he_is_it():
    confirm_examples()
    know_operator()
    operator, other = operator_access(), new_office().access
    with open_stage() as stage:
        november(stage)
        with pytest.raises(NotAllowed) as no:
            take_back(other, stage, [100, 0])
        assert no.value.code == "not_operator"
        PortalRoleAssignment.objects.filter(member_id=operator.member_id).update(withdrawn_at=LATER)
        with pytest.raises(UnknownPortal):
            take_back(operator, stage, [100, 0])
        assert not CreditNote.objects.exists()


def test_the_credit_note_as_e_invoice_is_a_381_that_names_its_statement_and_reads_back_without_findings():
    confirm_examples()
    know_operator()
    office = operator_access()
    with open_stage() as stage:
        november(stage)
        take_back(office, stage, [0, 1_000])
        written = statement_ubl(paper(stage, "ZB-2026-0002"))
    read = read_ubl(written)
    text = written.decode().replace("\xa0", " ")

    assert read.findings == ()
    assert (read.number, read.net_cents, read.vat_cents, read.total_cents) == ("ZB-2026-0002", 1_000, 210, 1_210)
    assert "<cbc:CreditNoteTypeCode>381</cbc:CreditNoteTypeCode>" in text
    assert "<cbc:ID>ZB-2026-0001</cbc:ID>" in text
    assert "€ 10,00 van € 25,00 gecrediteerd" in text
    assert (
        "Corrigeert afrekening ZB-2026-0001 van 01/12/2026. Reden: Verkeerd gerekend. Btw terug te storten aan de "
        in text
    )
    assert "PaymentMeans" not in text


def test_the_debtor_is_told_what_was_credited_and_why(django_capture_on_commit_callbacks):
    confirm_examples()
    know_operator()
    office = operator_access()
    with open_stage() as stage:
        november(stage)
        with django_capture_on_commit_callbacks(execute=True):
            take_back(office, stage, [3_900, 2_500], is_made_anew=True)

    sent = mail.outbox[-1]
    assert sent.to == [stage.owner.user.email]
    assert sent.subject == "Creditnota ZB-2026-0002 voor Bakkerij Voorbeeld"
    assert "Creditnota ZB-2026-0002 corrigeert afrekening ZB-2026-0001. Reden: Verkeerd gerekend" in sent.body
    assert "Afrekening ZB-2026-0003 komt in de plaats." in sent.body


# What the database itself refuses


def credited(stage: Stage, **changed: object) -> CreditNote:
    """A credit note put in past the services."""
    drawn = StatementNumber.objects.create(
        series="ZB", year=2026, number=StatementNumber.objects.count() + 1, drawn_for=stage.domain.id,
        drawn_as=changed.pop("drawn_as", "CREDIT_NOTE"), issued_on=date(2026, 12, 9),
    )  # fmt: skip
    values: dict[str, object] = {
        "month": NOVEMBER.starts_on, "edition": 1, "statement_net_cents": 6_400, "sequence": 1, "before_cents": 0,
        "net_cents": 6_400, "vat_cents": 0, "reason": "r", **changed,
    }  # fmt: skip
    return CreditNote.objects.create(
        domain_id=stage.domain.id, total_cents=values["net_cents"], series="ZB", year=2026, number=drawn.number,
        drawn_for=stage.domain.id, issued_on=date(2026, 12, 9), content={}, entered_by=1, issued_at=LATER, **values,
    )  # fmt: skip


@pytest.mark.parametrize(
    ("changed", "guard"),
    [
        ({"net_cents": 6_401}, "credit_note_takes_back_no_more_than_was_asked"),
        ({"statement_net_cents": 9_999, "net_cents": 9_999}, "credit_note_is_of_a_statement"),
        ({"edition": 2}, "credit_note_is_of_a_statement"),
        ({"sequence": 2, "before_cents": 1, "net_cents": 6_399}, "credit_note_follows_the_one_before_it"),
        ({"sequence": 2}, "credit_note_sum_begins_at_nought"),
        ({"before_cents": 5, "net_cents": 1}, "credit_note_sum_begins_at_nought"),
        ({"reason": ""}, "credit_note_has_a_reason"),
        ({"drawn_as": "STATEMENT"}, "credit_note_number_was_drawn_for_it"),
    ],
)
def test_inv21_the_database_takes_back_no_more_than_was_asked(changed, guard):
    confirm_examples()
    know_operator()
    with open_stage() as stage:
        november(stage)
        with pytest.raises(IntegrityError, match=guard), transaction.atomic():
            credited(stage, **changed)
            with connection.cursor() as cursor:
                cursor.execute("SET CONSTRAINTS ALL IMMEDIATE")


def test_inv21_the_database_states_no_month_twice_while_the_first_stands():
    confirm_examples()
    know_operator()
    with open_stage() as stage:
        first = november(stage)
        values = {"month": first.month, "debtor": "DOMAIN", "issued_on": first.issued_on, "due_on": first.due_on,
                  "net_cents": 0, "vat_cents": 0, "total_cents": 0, "content": {}, "issued_at": LATER}  # fmt: skip
        with pytest.raises(IntegrityError, match="statement_is_one_a_month_and_edition"), transaction.atomic():
            MonthlyStatement.objects.create(domain_id=stage.domain.id, **values)
        credited(stage, net_cents=6_399)
        with pytest.raises(IntegrityError, match="statement_replaces_one_that_was_taken_back"), transaction.atomic():
            MonthlyStatement.objects.create(domain_id=stage.domain.id, edition=2, **values)
        credited(stage, sequence=2, before_cents=6_399, net_cents=1)
        MonthlyStatement.objects.create(domain_id=stage.domain.id, edition=2, **values)


# What was recognised after the statement of its month


def packs(statement: MonthlyStatement) -> list[tuple[str, int, int, int, int]]:
    """Each line of surplus: of which month, above the limit, packs, packs before, cents."""
    return [
        (line["from_on"][:7], line["documents"], line["units"], line["charged_packs"], line["cents"])
        for line in statement.content.get("lines", [])
        if line["kind"] == "PACKS"
    ]


def test_a_document_recognised_after_the_statement_of_its_month_is_charged_on_the_next_one_once():
    confirm_examples()
    know_operator()
    with open_stage(bundle="SMALL") as stage:
        with connection.cursor() as cursor:
            fill_invoices(cursor, stage.domain.id, 76)
        november = issue(domain_id=stage.domain.id, month=NOVEMBER, at=FIRST)
        assert packs(november) == [("2026-11", 1, 1, 0, 1_020)]
        # Seven that came in on 3 November too, recognised in December: eight above the limit are two packs.
        with connection.cursor() as cursor:
            fill_invoices(cursor, stage.domain.id, 7, since=77)
        december = issue(domain_id=stage.domain.id, month=DECEMBER, at=moment("2027-01-01 00:05"))
        january = issue(domain_id=stage.domain.id, month=JANUARY, at=moment("2027-02-01 00:05"))
        told = next(one for one in statements_of(domain_id=stage.domain.id) if one.month == DECEMBER)
        lines = read_ubl(statement_ubl(told)).lines

    assert packs(december) == [("2026-11", 8, 1, 1, 1_020)]
    assert packs(january) == []
    assert lines[1].description.replace("\xa0", " ") == (
        "Documenten boven de limiet van 11/2026: 8 documenten boven de limiet, herkend na de afrekening van die maand: "
        "1 pakket van 5 documenten à € 10,20, naast het 1 pakket dat al aangerekend was"
    )


def test_what_was_late_is_charged_once_also_when_a_statement_is_made_anew():
    confirm_examples()
    know_operator()
    office = operator_access()
    with open_stage(bundle="SMALL") as stage:
        november = issue(domain_id=stage.domain.id, month=NOVEMBER, at=FIRST)
        with connection.cursor() as cursor:
            fill_invoices(cursor, stage.domain.id, 81)
        december = issue(domain_id=stage.domain.id, month=DECEMBER, at=moment("2027-01-01 00:05"))
        assert (packs(november), packs(december)) == ([], [("2026-11", 6, 2, 0, 2_040)])

        for month, amounts in ((NOVEMBER, [1_900]), (DECEMBER, [1_900, 2_040])):
            credit(office=office, domain_id=stage.domain.id, month=month, edition=1, amounts=amounts, reason="x",
                   at=moment("2027-01-05 09:00"), is_made_anew=True)  # fmt: skip
        anew = {one.month: one for one in MonthlyStatement.objects.filter(domain_id=stage.domain.id, edition=2)}

    # November made anew finds its surplus on December's; December made anew keeps it.
    assert packs(anew[NOVEMBER.starts_on]) == []
    assert packs(anew[DECEMBER.starts_on]) == [("2026-11", 6, 2, 0, 2_040)]


@pytest.mark.parametrize(("bundle", "then"), [("MEDIUM", 0), ("UNLIMITED", 0), ("MINIMAL", 1_020)])
def test_what_becomes_of_the_packs_that_run_is_told_before_another_bundle_is_taken_and_true_to_the_cent(bundle, then):
    confirm_examples()
    know_operator()
    at = moment("2026-11-20 09:00")
    with open_stage(bundle="SMALL") as stage:
        with connection.cursor() as cursor:
            fill_invoices(cursor, stage.domain.id, 80)
        told = preview_bundle(access=stage.directie(at), bundle=bundle, on=date(2026, 11, 20))
        choose_bundle(access=stage.directie(at), bundle=bundle, at=at)
        november = issue(domain_id=stage.domain.id, month=NOVEMBER, at=FIRST)

    assert (told.surplus_now_cents, told.surplus_then_cents) == (1_020, then)
    assert (told.months[0].cents, sum(one[-1] for one in packs(november))) == (november.net_cents, then)


def test_what_earlier_statements_did_not_count_yet_is_told_with_this_month():
    confirm_examples()
    know_operator()
    with open_stage(bundle="SMALL") as stage:
        issue(domain_id=stage.domain.id, month=NOVEMBER, at=FIRST)
        with connection.cursor() as cursor:
            fill_invoices(cursor, stage.domain.id, 81)
        told = preview_bundle(access=stage.directie(LATER), bundle="SMALL", on=date(2026, 12, 9))

    assert [one.cents for one in told.months] == [1_900 + 2_040, 1_900, 1_900]
