"""The front door and the start page."""

import re
from datetime import date, timedelta
from typing import Any

import pytest
from django.core import mail
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client
from django.urls import get_resolver, reverse
from django.utils import timezone

from tests.books import NOW, Books, fill_books, new_domain, new_user, open_new_books
from tests.portal.pages import address, browser_of, query_count
from zelfboeken.access.models import AdministrationGrant, Member, RoleAssignment, User
from zelfboeken.access.rights import Role
from zelfboeken.access.self_booking import REASONS, Missing
from zelfboeken.access.services import add_member
from zelfboeken.bank.models import BankAccount, Statement, StatementState
from zelfboeken.documents.models import Document
from zelfboeken.ledger.models import Journal, JournalKind
from zelfboeken.ledger.rules import NewLine
from zelfboeken.ledger.services import post_entry, reverse_entry
from zelfboeken.portal.domain_view import OPERATOR_VIEWS, PUBLIC_VIEWS
from zelfboeken.portal.vat_texts import next_due_period
from zelfboeken.tenancy.models import Administration, Bundle, Domain, VatRegime
from zelfboeken.tenancy.scope import domain_scope

pytestmark = pytest.mark.django_db


def _buy(books: Books, *, days_late: int = 0) -> None:
    today = timezone.localdate()
    owed = NewLine(
        books.accounts["440000"], 0, 12_100, contact_id=books.contact_id, due_on=today - timedelta(days=days_late)
    )
    post_entry(access=books.access, entry=books.entry(*books.purchase()[:2], owed), at=NOW)


def _page(books: Books, user: User | None = None) -> Any:
    response = browser_of(user or books.user).get(address(books))
    assert response.status_code == 200
    return response.context["page"]


def _account(books: Books) -> BankAccount:
    found = BankAccount.objects.filter(domain=books.domain).first()
    if found is not None:
        return found
    domain, administration_id = books.domain, books.administration.id
    journal = Journal.objects.create(
        domain=domain, administration_id=administration_id, code="B1", kind=JournalKind.BANK, name="Bank"
    )
    return BankAccount.objects.create(
        domain=domain,
        administration_id=administration_id,
        iban="BE71096123456769",
        name="Zichtrekening",
        gl_account_id=books.accounts["550000"],
        journal_id=journal.id,
    )


def _bank_account(books: Books, closing_cents: int, on: date, state: str = StatementState.ACCEPTED) -> None:
    domain, administration_id = books.domain, books.administration.id
    account = _account(books)
    number = Statement.objects.filter(domain=domain).count() + 1
    document = Document.objects.create(
        domain=domain,
        administration_id=administration_id,
        sha256=f"{number:064}",
        name="a.cod",
        size=1,
        received_at=NOW,
    )
    Statement.objects.create(
        domain=domain,
        administration_id=administration_id,
        bank_account_id=account.id,
        document_id=document.id,
        year=on.year,
        number=number,
        on_date=on,
        opening_cents=0,
        closing_cents=closing_cents,
        state=state,
    )


def test_a_domain_without_a_statement_or_a_document_begins_with_handing_in():
    with open_new_books() as books:
        _account(books)
    with_account = _page(books).is_new
    with domain_scope(books.domain.id):
        _bank_account(books, 0, timezone.localdate())

    assert (with_account, _page(books).is_new) == (True, False)


def test_the_front_door_leads_to_the_first_domain_by_name():
    with open_new_books() as books:
        pass

    response = browser_of(books.user).get("/")

    assert (response.status_code, response["Location"]) == (302, address(books))


def test_who_is_not_signed_in_is_asked_to_and_comes_back_to_his_page():
    with open_new_books() as books:
        pass

    for url in ("/", address(books)):
        response = Client().get(url)
        assert response.status_code == 302
        assert response["Location"] == f"{reverse('account_login')}?next={url}"


def test_who_has_no_domain_is_told_so_and_can_sign_out():
    user = User.objects.create_user("alleen@example.test", "geheim-genoeg-1", name="Alleen")

    response = browser_of(user).get("/")

    assert response.status_code == 403
    assert reverse("account_logout").encode() in response.content


def test_a_user_signs_in_and_out_and_there_is_no_sign_up():
    with open_new_books() as books:
        pass
    client = Client()

    sent = client.post(reverse("account_login"), {"login": books.user.email, "password": "geheim-genoeg-1"})
    assert (sent.status_code, sent["Location"]) == (302, "/")
    assert client.get(address(books)).status_code == 200
    client.post(reverse("account_logout"))
    assert client.get(address(books)).status_code == 302
    assert client.get("/account/signup/")["Location"] == reverse("account_login")
    assert client.get("/account/email/").status_code == 404
    assert client.get(reverse("account_reset_password")).status_code == 200


def test_a_forgotten_password_is_chosen_again_by_the_link_in_the_mail():
    with open_new_books() as books:
        pass
    client = Client()
    client.post(reverse("account_reset_password"), {"email": books.user.email})
    link = re.search(r"/account/password/reset/key/\S+", str(mail.outbox[0].body))
    assert link

    form = client.get(link[0], follow=True)
    typed = {"password1": "een-nieuw-lang-geheim", "password2": "een-nieuw-lang-geheim"}
    client.post(form.request["PATH_INFO"], typed)

    assert Client().login(email=books.user.email, password="een-nieuw-lang-geheim")


def test_every_address_names_a_right_or_is_public_on_purpose():
    from_root = [one for part in get_resolver().url_patterns for one in getattr(part, "url_patterns", [part])]

    assert {one.name for one in from_root if not hasattr(one.callback, "right")} == PUBLIC_VIEWS | OPERATOR_VIEWS


def test_the_service_says_that_it_is_healthy():
    assert Client().get("/gezond/").status_code == 200


def test_what_is_owed_and_the_vat_so_far_are_shown():
    with open_new_books() as books:
        _buy(books, days_late=4)

    page = _page(books)

    assert [(row.open, row.is_late) for row in page.payable] == [("121,00", True)]
    assert page.payable_total == "€\u00a0121,00"
    assert page.receivable == ()
    assert [card.url.removeprefix(address(books)).split("/")[0] for card in page.cards] == ["documenten", "bank", "btw"]


def _owe(books: Books, contact_id: int, *, number: str, due_on: date | None, cents: int = 12_100) -> None:
    """A sale that stands open; below zero it is what the customer may set off."""
    income = books.accounts["700000"]
    first = NewLine(books.accounts["400000"], max(cents, 0), max(-cents, 0), contact_id=contact_id, due_on=due_on,
                    document_number=number)  # fmt: skip
    lines = (first, NewLine(income, max(-cents, 0), max(cents, 0)))
    post_entry(access=books.access, entry=books.entry(*lines, on_date=date(2026, 5, 12)), at=NOW)


def test_what_is_most_overdue_comes_first_and_money_too_much_says_so():
    today = timezone.localdate()
    with open_new_books() as books:
        _owe(books, books.contact_id, number="", due_on=None, cents=-500)
        _owe(books, books.contact_id, number="F2", due_on=today + timedelta(days=3))
        _owe(books, books.contact_id, number="F3", due_on=today - timedelta(days=9))
        _owe(books, books.contact_id, number="F4", due_on=today - timedelta(days=20))

    rows = _page(books).receivable

    shown_on = "12/05" if today.year == 2026 else "12/05/2026"
    assert [(row.number, row.is_late, row.is_document) for row in rows] == [
        ("F4", True, True),
        ("F3", True, True),
        ("F2", False, True),
        (f"te veel betaald op {shown_on}", False, False),
    ]


def test_a_long_list_leads_to_all_of_it():
    with open_new_books() as books:
        for number in range(9):
            _owe(books, books.contact_id, number=f"F{number}", due_on=None)

    page = _page(books)

    assert len(page.receivable) == 8
    assert (page.receivable_more.label, page.payable_more) == ("Toon alle 9", None)


def test_what_happened_since_yesterday_is_counted_from_the_log():
    now = timezone.now()
    with open_new_books() as books:
        for days in (0, 0, 9):
            entry = books.entry(subject=f"PURCHASE:{days}-{timezone.now().timestamp()}")
            post_entry(access=books.access, entry=entry, at=now - timedelta(days=days))
        posted = post_entry(access=books.access, entry=books.entry(), at=now)
        reverse_entry(access=books.access, entry_id=posted.id, on=date(2026, 11, 13), at=now)

    assert [row.lead for row in _page(books).news] == [
        "2 aankopen geboekt",
        "1 andere boeking",
        "1 boeking tegengeboekt",
    ]


def test_what_comes_up_is_what_is_overdue_what_is_near_and_the_vat():
    with open_new_books() as books:
        _buy(books, days_late=4)
        _buy(books, days_late=-4)
        _owe(books, books.contact_id, number="F1", due_on=None)
        vat = (
            NewLine(books.accounts["400000"], 121_000, 0, contact_id=books.contact_id),
            NewLine(books.accounts["451054"], 0, 21_000, grids=((54, 21_000),)),
            NewLine(books.accounts["700000"], 0, 100_000, grids=((3, 100_000),)),
        )
        on = next_due_period(books.administration, timezone.localdate()).starts_on
        if on.year == 2026:
            post_entry(access=books.access, entry=books.entry(*vat, on_date=on), at=NOW)

    page = _page(books)

    assert [(row.amount, row.is_late) for row in page.coming[:2]] == [
        ("€\u00a0121,00", True),
        ("€\u00a0121,00", False),
    ]
    assert page.subtitle.count(" · ") == 1


@pytest.mark.parametrize(
    ("today", "code"),
    [(date(2026, 10, 20), "2026-K3"), (date(2026, 10, 26), "2026-K4"), (date(2027, 1, 25), "2026-K4")],
)
def test_the_return_that_comes_next_is_the_one_not_yet_due(today: date, code: str):
    with open_new_books() as books:
        Administration.objects.filter(id=books.administration.id).update(vat_regime=VatRegime.QUARTERLY)
        books.administration.refresh_from_db()

        assert next_due_period(books.administration, today).code == code


def test_the_money_in_the_bank_is_drawn_from_the_closing_balances():
    today = timezone.localdate()
    with open_new_books() as books:
        for days, cents in ((3, 10_000), (2, 30_000), (1, 20_000)):
            _bank_account(books, cents, today - timedelta(days=days))
    line = _page(books).line

    assert (line.lowest, line.highest, line.last) == ("€\u00a0100,00", "€\u00a0300,00", "€\u00a0200,00")
    assert [amount for _on, amount in line.rows] == ["€\u00a0200,00", "€\u00a0300,00", "€\u00a0100,00"]
    assert line.points.split()[0] == "4.0,112.0"
    assert line.points.split()[-1] == "436.0,69.0"


def test_files_are_chosen_with_a_button_in_dutch_and_without_a_script_by_the_browser():
    with open_new_books() as books:
        pass

    page = browser_of(books.user).get(address(books)).content.decode()

    assert "Kies bestanden" in page
    assert re.search(r'<input\s+class="in file"\s+id="drop-([^"]+)"[^>]*type="file"', page)


def test_the_bank_shows_the_balance_of_the_last_accepted_statement():
    with open_new_books() as books:
        _bank_account(books, 10_000, date(2026, 11, 3))
        _bank_account(books, 123_456, date(2026, 11, 4))
        _bank_account(books, 999, date(2026, 11, 5), StatementState.QUARANTINED)

    (shown,) = _page(books).banks

    assert (shown.name, shown.balance) == ("Zichtrekening", "€\u00a01.234,56")
    assert "04/11/2026" in shown.until_text


def test_who_may_not_see_the_books_sees_his_documents_and_no_money():
    with open_new_books() as books:
        _buy(books)
        _bank_account(books, 10_000, date(2026, 11, 3))
    _other, buyer = new_domain()
    add_member(domain=books.domain, user=buyer, roles=frozenset({Role.PURCHASE}))

    page = _page(books, buyer)

    assert len(page.cards) == 1
    assert (page.payable, page.banks, page.shows_books) == ((), (), False)
    assert b"121,00" not in browser_of(buyer).get(address(books)).content


def test_inv20_a_backoffice_user_who_may_not_book_reads_the_first_reason():
    with open_new_books() as books:
        pass
    assert _page(books).notice is None

    books.domain.bundle = Bundle.MINIMAL
    books.domain.is_authorised = False
    books.domain.save()
    assert _page(books).notice.text == REASONS[Missing.AUTHORISED]

    _other, viewer = new_domain()
    add_member(domain=books.domain, user=viewer, roles=frozenset({Role.VIEWER}))
    assert _page(books, viewer).notice is None


@pytest.mark.parametrize(
    ("facts", "missing", "asks"),
    [
        ({"bundle": "MINIMAL"}, Missing.BUNDLE, True),
        ({"trial_until": "2099-01-01"}, Missing.TRIAL, True),
        ({"is_authorised": False}, Missing.AUTHORISED, False),
        ({}, None, True),
    ],
    ids=["no bundle", "in trial", "not permitted any more", "no place"],
)
def test_inv20_whoever_holds_a_role_that_rests_reads_why_and_whom_to_ask(
    facts: dict[str, object], missing: Missing | None, asks: bool
):
    with open_new_books() as books:
        pass
    owner = new_user("eigenaar@example.test", name="Dirk Directie")
    add_member(domain=books.domain, user=owner, is_owner=True)
    Domain.objects.filter(id=books.domain.id).update(**facts)
    RoleAssignment.objects.filter(member__user=books.user).update(state="SUSPENDED", suspended_because="rust")

    notice = _page(books).notice

    reason = REASONS[missing] if missing else "De bundel heeft minder plaatsen dan er gebruikers waren."
    assert notice.title == "Je rol Backoffice rust."
    assert notice.text == (f"{reason} Vraag het aan de Directie: Dirk Directie." if asks else reason)


def test_inv09_another_domain_is_not_there():
    with open_new_books() as books:
        pass
    with open_new_books() as other:
        pass

    assert browser_of(other.user).get(address(books)).status_code == 404
    assert browser_of(other.user).get("/d/bestaat-niet/").status_code == 404


def test_the_page_asks_as_many_queries_for_three_invoices_as_for_one():
    with open_new_books() as books:
        _buy(books)
    client = browser_of(books.user)
    one = query_count(client, address(books))
    with domain_scope(books.domain.id):
        _buy(books)
        _buy(books)

    assert query_count(client, address(books)) == one


def test_the_switcher_leads_to_the_same_page_of_the_other_books_of_the_domain_that_one_reaches():
    with open_new_books() as books:
        second, third = (fill_books(books.domain, books.user).administration for _ in range(2))
        Administration.objects.filter(id=second.id, domain_id=books.domain.id).update(name="Tweede")
        Administration.objects.filter(id=third.id, domain_id=books.domain.id).update(name="Derde")
    client = browser_of(books.user)

    places = client.get(address(books, "relaties/")).context["shell"].places

    assert [(one.name, one.is_current) for one in places][1:] == [("Derde", False), ("Tweede", False)]
    chosen = client.get(places[2].url)
    assert chosen.request["PATH_INFO"] == address(books, "relaties/")
    assert chosen.context["shell"].place.name == "Tweede"
    # It stays chosen on the pages after it.
    assert client.get(address(books)).context["shell"].place.name == "Tweede"

    limited = new_user("beperkt@example.test")
    own = add_member(domain=books.domain, user=limited, roles=frozenset({Role.FINANCE}))
    Member.objects.filter(id=own.id).update(reaches_all=False)
    AdministrationGrant.objects.create(member=own, administration_id=second.id)
    places = browser_of(limited).get(address(books)).context["shell"].places
    assert [one.name for one in places] == ["Tweede"]


def test_forms_name_the_books_they_are_about_so_that_another_tab_changes_nothing_of_others():
    with open_new_books() as books:
        second = fill_books(books.domain, books.user)
    client = browser_of(books.user)
    forms = [
        client.get(address(books, f"documenten/?administratie={one.administration.public_id}")).context["page"].upload
        for one in (books, second)
    ]

    # The second tab was opened last; the first one still hands in to its own.
    client.post(forms[0].url, {"key": forms[0].key, "files": SimpleUploadedFile("wat.pdf", b"%PDF-1.7 niets")})

    with domain_scope(books.domain.id):
        found = Document.objects.filter(domain_id=books.domain.id).values_list("administration_id", flat=True)
        assert list(found) == [books.administration.id]
