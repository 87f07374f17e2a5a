"""The monthly statement: right amounts, a series without a gap, frozen, and an e-invoice that reads back."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, date, datetime

import psycopg
import pytest
from django.db import IntegrityError, connection, transaction

from tests.billing.stage import (
    DETAILS,
    OPERATOR,
    START,
    Stage,
    confirm_examples,
    give,
    know_operator,
    moment,
    open_stage,
    operator_access,
)
from tests.portal.offices import new_office
from zelfboeken.access.rights import Right, Role
from zelfboeken.access.services import NotAllowed
from zelfboeken.audit.models import PortalEvent
from zelfboeken.belgium import structured_reference
from zelfboeken.billing.activation import SwitchRefused, Wish, switch_self_booking
from zelfboeken.billing.bundles import choose_bundle
from zelfboeken.billing.contracts import enter_debtor, enter_modules_price
from zelfboeken.billing.models import Debtor, MonthlyStatement, StatementNumber
from zelfboeken.billing.rules import BundleTerms, Month, NoPrice, SeatTerms
from zelfboeken.billing.seats import give_role
from zelfboeken.billing.standing import TIME, locked_domain, settle_roles
from zelfboeken.billing.statements import StatementRefused, draft, issue, open_months, read_back
from zelfboeken.billing.terms import (
    TermsRefused,
    confirmed_terms,
    enter_bundle_price,
    enter_operator,
    enter_seat_price,
    examples,
)
from zelfboeken.billing.vat import vat_for
from zelfboeken.billing.writers.ubl import statement_ubl
from zelfboeken.invoices.readers.ubl import read_ubl
from zelfboeken.tenancy.models import Domain

pytestmark = pytest.mark.django_db
NOVEMBER, DECEMBER = Month(2026, 11), Month(2026, 12)
FIRST = moment("2026-12-01 00:05")


def issued_november(stage: Stage) -> MonthlyStatement:
    return issue(domain_id=stage.domain.id, month=NOVEMBER, at=FIRST)


def two_roles(stage: Stage) -> None:
    """Two self-bookers: the second from the 17th on."""
    an, bo = stage.others
    give(stage, an)
    give(stage, bo, at=moment("2026-11-17 14:00"))


def test_the_statement_of_a_month_says_bundle_and_seat_days_with_21_percent_vat():
    confirm_examples()
    know_operator()
    with open_stage() as stage:
        two_roles(stage)
        read = read_back(issued_november(stage))

    assert [(one.kind.value, one.units, one.cents) for one in read.charges] == [
        ("BUNDLE", 30, 3_900),
        ("SEATS", 14, 1_167),
    ]
    assert (read.net_cents, read.vat_cents, read.total_cents) == (5_067, 1_064, 6_131)
    assert (read.number, read.issued_on, read.due_on) == ("ZB-2026-0001", date(2026, 12, 1), date(2026, 12, 31))
    assert (read.seller.name, read.buyer.name) == ("Kantoor Voorbeeld BV", "Bakkerij Voorbeeld BV")
    assert structured_reference.is_valid(read.structured)


def test_a_month_is_issued_once():
    confirm_examples()
    know_operator()
    with open_stage() as stage:
        first = issued_november(stage)
        again = issue(domain_id=stage.domain.id, month=NOVEMBER, at=moment("2026-12-09 10:00"))

        assert again.id == first.id
        assert StatementNumber.objects.count() == 1


def test_a_statement_is_what_it_was_when_prices_and_debtor_change():
    confirm_examples()
    know_operator()
    with open_stage() as stage:
        before = read_back(issued_november(stage))
        enter_debtor(access=stage.directie(), details=replace(DETAILS, name="Ander BV"), debtor=Debtor.DOMAIN, at=FIRST)
        enter_operator(office=operator_access(), details=replace(OPERATOR, name="Nieuw BV"), at=FIRST)
        enter_seat_price(
            office=operator_access(), terms=SeatTerms(date(2026, 12, 5), 9_900), today=date(2026, 12, 1), at=FIRST
        )

        assert read_back(MonthlyStatement.objects.get(domain_id=stage.domain.id)) == before


def test_inv05_the_numbers_of_all_domains_follow_without_a_gap():
    confirm_examples()
    know_operator()
    numbers = []
    for _ in range(3):
        with open_stage(at=moment("2026-10-01 08:00")) as stage:
            october = issue(domain_id=stage.domain.id, month=Month(2026, 10), at=FIRST)
            with pytest.raises(RuntimeError), transaction.atomic():
                issued_november(stage)
                raise RuntimeError("the lights went out")
            numbers += [read_back(one).number for one in (october, issued_november(stage))]

    assert numbers == [f"ZB-2026-{number:04}" for number in range(1, 7)]


def test_a_new_year_begins_again_at_one_and_nothing_is_dated_before_the_number_before_it():
    confirm_examples()
    know_operator()
    with open_stage() as stage:
        late = read_back(issue(domain_id=stage.domain.id, month=NOVEMBER, at=moment("2027-01-05 08:00")))
        assert (late.number, late.issued_on) == ("ZB-2027-0001", date(2027, 1, 5))
    with open_stage() as stage:
        # Somebody runs the clock of the task back.
        early = read_back(issue(domain_id=stage.domain.id, month=NOVEMBER, at=moment("2026-12-02 08:00")))
        assert (early.number, early.issued_on) == ("ZB-2027-0002", date(2027, 1, 5))


def test_inv05_the_database_refuses_a_number_that_leaves_a_gap_or_serves_two_domains():
    confirm_examples()
    know_operator()
    with open_stage() as stage:
        issued_november(stage)
        values = {"series": "ZB", "year": 2026, "issued_on": date(2026, 12, 1), "drawn_for": stage.domain.id}
        with pytest.raises(IntegrityError, match="statement_number_follows_one_that_is_there"), transaction.atomic():
            StatementNumber.objects.create(**values, number=3)
        with pytest.raises(IntegrityError, match="statement_number_is_given_once"), transaction.atomic():
            StatementNumber.objects.create(**values, number=1)
    refused = pytest.raises(IntegrityError, match="statement_number_was_drawn_for_it")
    with open_stage() as other, refused, transaction.atomic():
        MonthlyStatement.objects.create(
                domain_id=other.domain.id, month=date(2026, 11, 1), debtor="DOMAIN", series="ZB", year=2026, number=1,
                drawn_for=other.domain.id, issued_on=date(2026, 12, 1), due_on=date(2026, 12, 1), net_cents=1,
                vat_cents=0, total_cents=1, content={}, issued_at=FIRST,
            )  # fmt: skip


@pytest.mark.parametrize(
    "table", ["monthlystatement", "statementnumber", "bundleprice", "seatprice", "operator", "standing", "contract"]
)
@pytest.mark.parametrize("statement", ["UPDATE {} SET id = id", "DELETE FROM {}", "TRUNCATE {}"])
def test_inv03_prices_standings_and_statements_are_never_changed(table: str, statement: str):
    with open_stage(), connection.connection.cursor() as cursor, pytest.raises(psycopg.errors.InsufficientPrivilege):
        cursor.execute("SAVEPOINT before")
        try:
            cursor.execute(statement.format(f"billing_{table}"))
        finally:
            cursor.execute("ROLLBACK TO SAVEPOINT before")


# What must be there first


def test_nothing_is_issued_before_the_month_is_over():
    confirm_examples()
    know_operator()
    with open_stage() as stage, pytest.raises(StatementRefused, match="De maand 2026-11 is nog niet voorbij"):
        issue(domain_id=stage.domain.id, month=NOVEMBER, at=moment("2026-11-30 23:59:59"))


def test_nothing_is_issued_before_the_operator_is_known():
    confirm_examples()
    with open_stage() as stage:
        with pytest.raises(StatementRefused, match="De gegevens van de beheerder ontbreken: naam, adres") as no:
            issued_november(stage)
        assert no.value.code == "operator_missing"
        know_operator()
        assert issued_november(stage).number == 1


def test_nothing_is_issued_before_somebody_is_known_to_pay():
    confirm_examples()
    know_operator()
    with open_stage(has_debtor=False) as stage, pytest.raises(StatementRefused, match="staat niet vast wie betaalt"):
        issued_november(stage)


def test_an_example_price_bills_nothing_until_it_is_confirmed():
    know_operator()
    with open_stage() as stage:
        assert [one.bundle for one in examples()] == ["MINIMAL", "SMALL", "MEDIUM", "LARGE", "UNLIMITED"]
        with pytest.raises(NoPrice, match="Er is geen bevestigde prijs voor Medium op 01/11/2026"):
            issued_november(stage)
        confirm_examples()
        assert examples() == []
        assert issued_november(stage).net_cents == 3_900


def test_a_month_in_which_nothing_was_owed_has_no_number():
    know_operator()
    with open_stage(bundle="MINIMAL") as stage:
        assert issued_november(stage).number is None
        assert open_months(domain_id=stage.domain.id, on=date(2026, 12, 1)) == []
        assert not StatementNumber.objects.exists()


# The operator's own details and prices


@pytest.mark.parametrize(
    ("field", "value", "text"),
    [
        ("name", " ", "Vul de naam in"),
        ("enterprise_number", "0999.000.128", "is geen geldig ondernemingsnummer"),
        ("vat_number", "NL999900043B01", "Vul het Belgische btw-nummer in"),
        ("iban", "BE98 9990 0011 8794", "geen geldig rekeningnummer"),
        ("series", "te lang en zo", "Kies voor de reeks 1 tot 8 letters of cijfers"),
        ("payment_days", 91, "Kies een termijn van 0 tot 90 dagen"),
        ("email", "geen", "Vul een e-mailadres in"),
    ],
)
def test_the_operators_details_are_asked_for_whole(field, value, text):
    with pytest.raises(TermsRefused, match=text) as no:
        enter_operator(office=operator_access(), details=replace(OPERATOR, **{field: value}), at=START)
    assert no.value.field == field


def test_a_price_never_changes_a_day_that_has_begun():
    confirm_examples()
    today = date(2026, 11, 17)
    later = SeatTerms(date(2026, 11, 18), 3_000)
    with pytest.raises(TermsRefused, match="Tot en met vandaag geldt al een bevestigde prijs") as no:
        enter_seat_price(office=operator_access(), terms=replace(later, valid_from=today), today=today, at=START)
    assert no.value.code == "price_in_the_past"
    enter_seat_price(office=operator_access(), terms=later, today=today, at=START)
    enter_seat_price(office=operator_access(), terms=replace(later, monthly_cents=2_900), today=today, at=START)

    terms = confirmed_terms()
    assert [terms.needed_seats(day).monthly_cents for day in (today, date(2026, 11, 18))] == [2_500, 2_900]


@pytest.mark.parametrize(
    ("changes", "field"),
    [
        ({"monthly_cents": -1}, "monthly"),
        ({"monthly_cents": 10**7 + 1}, "monthly"),
        ({"users": 0}, "users"),
        ({"documents": 0, "pack_documents": 5}, "documents"),
        ({"pack_documents": 0}, "pack_documents"),
        ({"bundle": "UNLIMITED"}, "documents"),
        ({"bundle": "GIANT"}, "bundle"),
    ],
)
def test_a_bundle_price_that_cannot_be_is_refused_at_its_field(changes, field):
    terms = replace(BundleTerms("SMALL", date(2022, 1, 1), 1_900, 1, 75, 5, 1_020), **changes)
    with pytest.raises(TermsRefused) as no:
        enter_bundle_price(office=operator_access(), terms=terms, today=date(2026, 11, 17), at=START)
    assert no.value.field == field


def test_only_the_operator_sets_prices_and_it_is_in_the_log_of_his_portal():
    operator = operator_access()
    other = new_office().access
    terms = SeatTerms(date(2027, 1, 1), 3_000)
    with pytest.raises(NotAllowed) as no:
        enter_seat_price(office=other, terms=terms, today=date(2026, 11, 17), at=START)
    assert no.value.code == "not_operator"
    with pytest.raises(NotAllowed):
        enter_operator(office=other, details=OPERATOR, at=START)
    enter_seat_price(office=operator, terms=terms, today=date(2026, 11, 17), at=START)

    event = PortalEvent.objects.filter(portal_id=operator.portal_id).latest("id")
    assert (event.action, event.subject, event.actor_id) == ("price.entered", "seat", operator.user_id)
    assert event.detail == {"from_on": "2027-01-01", "monthly_cents": 3_000, "policy": "DAILY"}


# The e-invoice


@pytest.mark.parametrize(
    ("details", "category", "vat_cents"),
    [
        (DETAILS, "S", 1_064),
        (replace(DETAILS, enterprise_number="", vat_number="BE0999000129"), "S", 1_064),
        (replace(DETAILS, country="NL", enterprise_number="", vat_number="NL999900043B01"), "AE", 0),
        (replace(DETAILS, country="FR", enterprise_number="", vat_number=""), "S", 1_064),
        (replace(DETAILS, country="CH", enterprise_number="CHE-999", vat_number=""), "O", 0),
    ],
)
def test_the_e_invoice_reads_back_without_findings_with_the_right_vat(details, category, vat_cents):
    confirm_examples()
    know_operator()
    with open_stage() as stage:
        enter_debtor(access=stage.directie(), details=details, debtor=Debtor.DOMAIN, at=START)
        two_roles(stage)
        issued = read_back(issued_november(stage))
    read = read_ubl(statement_ubl(issued))

    assert read.findings == ()
    assert (read.net_cents, read.vat_cents, read.total_cents) == (5_067, vat_cents, 5_067 + vat_cents)
    assert [one.category for one in read.vat] == [category]
    assert (read.number, read.structured, read.supplier.iban) == (
        "ZB-2026-0001",
        issued.structured,
        "BE98999000118793",
    )
    assert read.supplier.vat == ("BE0999000228" if category != "O" else None)
    assert read.customer.name == "Bakkerij Voorbeeld BV"
    assert read.lines[1].description.replace("\xa0", " ") == (
        "Extra Backoffice-rollen: € 25,00 per maand × 14 roldagen van 30 dagen; prijs sinds 01/01/2022"
    )


@pytest.mark.parametrize(
    ("country", "number", "category"),
    [
        ("BE", "", "S"),
        ("BE", "BE0999000129", "S"),
        ("DE", "", "S"),
        ("DE", "DE1", "AE"),
        ("US", "", "O"),
        ("GB", "GB1", "O"),
    ],
)
def test_the_vat_follows_where_the_debtor_is(country, number, category):
    assert vat_for(country=country, vat_number=number).category == category


def test_the_surplus_of_documents_is_charged_by_the_pack(monkeypatch):
    confirm_examples()
    know_operator()
    with open_stage(bundle="SMALL") as stage:
        with connection.cursor() as cursor:
            fill_invoices(cursor, stage.domain.id, 81)
        read = read_back(issued_november(stage))
        back = read_ubl(statement_ubl(read))

    assert [(one.kind.value, one.units, one.documents, one.cents) for one in read.charges] == [
        ("BUNDLE", 30, 0, 1_900),
        ("PACKS", 2, 6, 2_040),
    ]
    assert (back.findings, back.net_cents) == ((), 3_940)


def fill_invoices(
    cursor, domain_id: int, count: int, since: int = 1, at: datetime = datetime(2026, 11, 3, 9, tzinfo=UTC)
) -> None:
    """So many purchase invoices that came in at a moment; `since` is where their made-up content begins."""
    cursor.execute(
        "INSERT INTO tenancy_administration (domain_id, public_id, name, enterprise_number, vat_number, vat_regime, "
        "is_default) VALUES (%s, gen_random_uuid(), 'A', '', '', 'MONTHLY', false) RETURNING id",
        [domain_id],
    )
    administration = cursor.fetchone()[0]
    cursor.execute(
        "INSERT INTO contacts_contact (domain_id, public_id, name, vat_number, enterprise_number, street, postcode, "
        "city, country, email, purchase_account_code) VALUES (%s, gen_random_uuid(), 'C', '', '', '', '', '', 'BE', "
        "'', '') RETURNING id",
        [domain_id],
    )
    contact = cursor.fetchone()[0]
    cursor.execute(
        "WITH d AS (INSERT INTO documents_document (domain_id, public_id, administration_id, sha256, size, name, "
        "received_at) SELECT %s, gen_random_uuid(), %s, encode(sha256(n::text::bytea), 'hex'), 1, 'x', "
        "%s FROM generate_series(%s::int, %s::int) n RETURNING domain_id, id) "
        "INSERT INTO invoices_invoice (domain_id, public_id, administration_id, document_id, side, kind, contact_id, "
        "number, number_key, issued_on, currency, net_cents, vat_cents, total_cents, payable_cents, structured, iban, "
        "duplicate_reason) SELECT domain_id, gen_random_uuid(), %s, id, 'PURCHASE', 'INVOICE', %s, 'n', 'n', "
        "'2026-11-03', 'EUR', 1, 0, 1, 1, '', '', '' FROM d",
        [domain_id, administration, at, since, since + count - 1, administration, contact],
    )


def test_the_statement_follows_an_upgrade_and_the_end_of_the_bundle():
    confirm_examples()
    know_operator()
    with open_stage(bundle="SMALL") as stage:
        choose_bundle(access=stage.directie(), bundle="MEDIUM", at=moment("2026-11-11 09:00"))
        give(stage, stage.others[0], at=moment("2026-11-11 10:00"))
        give_role(
            access=stage.directie(), member_id=stage.owner.id, role=Role.BACKOFFICE, at=moment("2026-11-21 10:00")
        )
        choose_bundle(access=stage.directie(), bundle="MINIMAL", at=moment("2026-11-25 09:00"))
        november = read_back(issued_november(stage))
        december = issue(domain_id=stage.domain.id, month=DECEMBER, at=moment("2027-01-01 08:00"))

    assert [(one.bundle, one.units, one.cents) for one in november.charges] == [
        ("SMALL", 10, 633),
        ("MEDIUM", 20, 2_600),
        ("", 10, 833),
    ]
    assert december.net_cents == 0


def test_the_e_invoice_leaves_out_what_no_xml_may_hold():
    confirm_examples()
    know_operator()
    with open_stage() as stage:
        pasted = replace(DETAILS, name="Bakkerij\x0b Voorbeeld\x1f\uffff BV")
        enter_debtor(access=stage.directie(), details=pasted, debtor=Debtor.DOMAIN, at=START)
        statement = issued_november(stage)

        written = statement_ubl(read_back(statement)).decode()

    assert "<cbc:RegistrationName>Bakkerij Voorbeeld BV</cbc:RegistrationName>" in written


def test_who_takes_the_payment_on_pays_the_months_that_end_after_it():
    confirm_examples()
    know_operator()
    with open_stage() as stage:
        enter_debtor(
            access=stage.directie(), details=replace(DETAILS, street="Ovenstraat 11"), debtor=Debtor.DOMAIN, at=FIRST
        )
        office = replace(DETAILS, name="Kantoor Voorbeeld BV")
        enter_debtor(access=stage.office(), details=office, debtor=Debtor.OFFICE, at=moment("2026-12-01 09:00"))

        late = moment("2027-01-04 10:00")
        november = issue(domain_id=stage.domain.id, month=NOVEMBER, at=late)
        december = issue(domain_id=stage.domain.id, month=DECEMBER, at=late)

    assert (november.debtor, december.debtor) == ("DOMAIN", "OFFICE")
    assert read_back(november).buyer.name == "Bakkerij Voorbeeld BV"
    assert read_back(november).buyer.street == "Ovenstraat 11"
    assert read_back(december).buyer.name == "Kantoor Voorbeeld BV"


def test_another_price_of_the_modules_counts_from_the_day_on_which_it_was_agreed():
    confirm_examples()
    with open_stage() as stage:
        Domain.objects.filter(id=stage.domain.id).update(pricing_model="MODULES", bundle="MINIMAL")
        settle_roles(locked_domain(stage.domain.id, at=START), at=START, actor=TIME, because="made")
        for cents, day in ((3_000, "2026-11-10"), (6_000, "2026-11-16"), (9_000, "2026-12-01")):
            enter_modules_price(access=stage.office(), cents=cents, at=moment(f"{day} 00:30"))

        charges = draft(domain_id=stage.domain.id, month=NOVEMBER)

    assert [(one.unit_cents, one.units, one.cents) for one in charges] == [(3_000, 15, 1_500), (6_000, 15, 3_000)]


def test_a6_the_extra_role_is_charged_until_the_day_the_office_takes_its_tick_away_and_again_from_its_return():
    confirm_examples()
    know_operator()
    off, on = moment("2026-11-20 10:00"), moment("2026-11-28 10:00")
    with open_stage() as stage:
        two_roles(stage)
        for wish, at in ((Wish(is_on=False, reason="Te veel fouten"), off), (Wish(is_on=True), on)):
            switch_self_booking(office=stage.portal, domain=stage.domain, wish=wish, at=at)
        read = read_back(issued_november(stage))

    # From the 17th to the 20th, and from the 28th to the 30th; the bundle itself is the domain's own and runs on.
    assert [(one.kind.value, one.units, one.cents) for one in read.charges] == [
        ("BUNDLE", 30, 3_900),
        ("SEATS", 4 + 3, 583),
    ]


def test_a6_a_domain_with_modules_can_have_zelfboeken_from_the_day_its_bundle_begins():
    confirm_examples()
    noon, first = moment("2026-11-17 12:00"), moment("2026-12-01 00:00")
    with open_stage(bundle="MINIMAL", is_authorised=False) as stage:
        Domain.objects.filter(id=stage.domain.id).update(pricing_model="MODULES")
        choose_bundle(access=stage.directie(noon), bundle="MEDIUM", at=noon)
        with pytest.raises(SwitchRefused, match="neemt modules af"):
            switch_self_booking(office=stage.portal, domain=stage.domain, wish=Wish(is_on=True), at=noon)

        switch_self_booking(office=stage.portal, domain=stage.domain, wish=Wish(is_on=True), at=first)
        give(stage, stage.others[0], at=first)

        assert stage.as_user(stage.others[0], first).may(Right.DOCUMENT_BOOK)
