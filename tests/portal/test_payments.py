"""Paying suppliers in a browser: prepared by one, approved by another, downloaded for the bank."""

from __future__ import annotations

import re
from collections.abc import Iterator
from datetime import date, timedelta
from typing import Any
from uuid import uuid4

import pytest
from django.core import mail
from django.test import Client
from django.utils import timezone
from lxml import etree

from tests.banking import add_account, add_roles, member, new_contact, office_member, open_books_with_bank, owed
from tests.books import NOW, Books, fill_books, open_new_books
from tests.files import THEIR_IBAN
from tests.portal.pages import address, browser_of, query_count
from zelfboeken.access.models import AdministrationGrant, Member, User
from zelfboeken.access.rights import PortalRole, Role
from zelfboeken.audit.models import Event
from zelfboeken.bank.models import BankAccount
from zelfboeken.contacts.models import Contact
from zelfboeken.ledger.models import OpenItem
from zelfboeken.ledger.rules import NewLine
from zelfboeken.ledger.services import post_entry, reverse_entry
from zelfboeken.payments.models import PaymentFile
from zelfboeken.tenancy.scope import domain_scope

pytestmark = pytest.mark.django_db


@pytest.fixture
def books() -> Iterator[Books]:
    with open_books_with_bank() as made:
        pass
    return made


def owe(books: Books, *cents: int, **values: Any) -> list[int]:
    with domain_scope(books.domain.id):
        return [owed(books, -one, **values) for one in cents]


def one_more(books: Books, *roles: Role) -> User:
    with domain_scope(books.domain.id):
        return member(books, *roles)[0]


def form(books: Books, *items: int, **values: Any) -> dict[str, Any]:
    with domain_scope(books.domain.id):
        account = BankAccount.objects.filter(domain_id=books.domain.id).earliest("id")
    return {
        "pay": [str(one) for one in items],
        "account": str(account.id),
        "pays_on": (timezone.localdate() + timedelta(days=1)).strftime("%d/%m/%Y"),
        "format": "pain.001.001.09",
        **values,
    }


def prepared(books: Books, *items: int, client: Client | None = None, **values: Any) -> str:
    """The address of a file with these debts."""
    response = (client or browser_of(books.user)).post(address(books, "betalingen/"), form(books, *items, **values))
    assert response.status_code == 303, response.content.decode()
    return response["Location"]


def page_of(client: Client, url: str) -> Any:
    response = client.get(url)
    assert response.status_code == 200
    return response.context["page"]


def test_a_file_is_prepared_by_one_and_approved_by_another(books: Books):
    items = owe(books, 12_100, 5_000)
    url = prepared(books, *items)
    boss = browser_of(one_more(books, Role.MANAGEMENT))

    assert page_of(browser_of(books.user), url).approve is None
    assert page_of(boss, url).approve.label == "€\u00a0171,00 goedkeuren"
    assert boss.post(url, {"action": "approve"}).status_code == 303

    answer = boss.get(f"{url}bestand/")
    assert answer["Content-Disposition"] == f'attachment; filename="{books.domain.slug}-betaling-1.xml"'
    amounts = [one.text for one in etree.fromstring(answer.content).iter("{*}InstdAmt")]
    assert amounts == ["121.00", "50.00"]
    assert page_of(boss, address(books, "betalingen/")).rows == ()


def test_abuse13_nobody_approves_his_own_file_also_without_its_button(books: Books):
    with domain_scope(books.domain.id):
        add_roles(books, Role.MANAGEMENT)
    url = prepared(books, *owe(books, 12_100))
    client = browser_of(books.user)

    page = page_of(client, url)
    answer = client.post(url, {"action": "approve"})

    assert (page.approve, "keurt ze niet zelf goed" in page.refusal) == (None, True)
    assert answer.status_code == 403
    assert "Wie betalingen klaarzet, keurt ze niet zelf goed." in answer.content.decode()
    assert page_of(client, url).state.text == "wacht op goedkeuring"
    with domain_scope(books.domain.id):
        refused = Event.objects.get(domain_id=books.domain.id, action="refused")
    assert (refused.detail["code"], refused.detail["right"]) == ("own_payment", "payment.approve")


def test_abuse13_nobody_approves_his_own_claim(books: Books):
    boss = one_more(books, Role.MANAGEMENT)
    with domain_scope(books.domain.id):
        Contact.objects.filter(domain_id=books.domain.id, id=books.contact_id).update(user=boss)
    url = prepared(books, *owe(books, 4_500))
    client = browser_of(boss)

    assert "niemand keurt zijn eigen onkosten goed" in page_of(client, url).refusal
    assert client.post(url, {"action": "approve"}).status_code == 403
    other = browser_of(one_more(books, Role.PROCURATION))
    assert other.post(url, {"action": "approve"}).status_code == 303


def test_whose_card_it_is_is_said_by_another_and_not_taken_away_by_himself(books: Books):
    with domain_scope(books.domain.id):
        contact = Contact.objects.get(domain_id=books.domain.id, id=books.contact_id)
    url = address(books, f"relaties/{contact.public_id}/")
    client, other = browser_of(books.user), one_more(books, Role.BACKOFFICE)
    stranger = User.objects.create(email="vreemd@elders.example")

    assert client.post(url, {"action": "user", "user": str(stranger.id)}).status_code == 404
    assert client.post(url, {"action": "user", "user": str(books.user.id)}).status_code == 303
    assert client.post(url, {"action": "user", "user": ""}).status_code == 403
    assert [one.value for one in page_of(client, url).user_field.options if one.is_selected] == [str(books.user.id)]
    assert browser_of(other).post(url, {"action": "user", "user": ""}).status_code == 303
    assert [one.value for one in page_of(client, url).user_field.options if one.is_selected] == [""]


def test_who_may_approve_gets_a_mail_that_leads_to_the_file(books: Books, django_capture_on_commit_callbacks: Any):
    boss = one_more(books, Role.MANAGEMENT)
    one_more(books, Role.FINANCE)
    User.objects.filter(id=boss.id).update(language="fr")

    with django_capture_on_commit_callbacks(execute=True):
        url = prepared(books, *owe(books, 12_100))

    assert [one.to for one in mail.outbox] == [[boss.email]]
    # In his own language, the amount too.
    assert " ".join(mail.outbox[0].subject.split()) == "Paiements à approuver : 121,00 €"
    assert url in mail.outbox[0].body


def test_who_is_alone_is_told_so_before_he_prepares_anything(books: Books):
    owe(books, 12_100)
    client = browser_of(books.user)

    assert page_of(client, address(books, "betalingen/")).notice.title == "Niemand anders kan goedkeuren."
    one_more(books, Role.MANAGEMENT)
    assert page_of(client, address(books, "betalingen/")).notice is None


def test_without_a_bank_account_the_page_leads_to_where_one_is_added():
    with open_books_with_bank() as books:
        other = fill_books(books.domain, books.user)
        owed(other, -12_100)
        url = address(books, f"betalingen/?administratie={other.administration.public_id}")

    page = page_of(browser_of(books.user), url)

    assert (page.key, page.notice.title, len(page.rows)) == ("", "Van welke rekening?", 1)
    assert page.notice.links[0].url == address(books, "bank/rekeningen/")


@pytest.mark.parametrize(
    ("values", "text", "field"),
    [
        ({"pay": []}, "Vink minstens één factuur aan", ""),
        ({"pays_on": "31/02/2027"}, "Februari heeft 28 dagen", "field-pays_on"),
        ({"pays_on": "01/01/2020"}, "Kies een dag vanaf vandaag", "field-pays_on"),
        ({"account": "1"}, "Kies de bankrekening", "field-account"),
        ({"pay": ["NaN"]}, "staat nog open", ""),
    ],
)
def test_what_is_wrong_is_told_in_dutch_and_what_was_typed_stays(
    books: Books, values: dict[str, Any], text: str, field: str
):
    [item] = owe(books, 12_100)
    sent = {**form(books, item), f"iban-{item}": "BE68 5390 0754 7034", **values}

    response = browser_of(books.user).post(address(books, "betalingen/"), sent)

    page = response.context["page"]
    assert response.status_code == 422
    assert text in page.problems[0].text
    assert page.problems[0].field_id == field
    assert page.rows[0].iban == "BE68 5390 0754 7034"
    assert page.rows[0].is_ticked == (values.get("pay", True) is True)
    with domain_scope(books.domain.id):
        assert not PaymentFile.objects.exists()


def test_a_wrong_account_is_told_beside_the_debt_it_is_about(books: Books):
    first, second = owe(books, 12_100, 5_000)

    response = browser_of(books.user).post(
        address(books, "betalingen/"), {**form(books, first, second), f"iban-{second}": "BE00 <script>"}
    )

    rows = {row.value: row for row in response.context["page"].rows}
    assert (rows[str(first)].error, "geen geldig rekeningnummer" in rows[str(second)].error) == ("", True)
    assert b"<script>" not in response.content.split(b"<main")[1].split(b"</main")[0]


def test_a_format_that_no_page_sends_is_refused(books: Books):
    answer = browser_of(books.user).post(
        address(books, "betalingen/"), form(books, *owe(books, 100), format="pain.001.001.99")
    )

    assert answer.status_code == 400


def test_each_debt_says_what_speaks_for_and_against_paying_it(books: Books):
    with domain_scope(books.domain.id):
        nobody = new_contact(books, "Zonder Rekening BV")
        owed(books, -5_000, contact_id=nobody)
    owe(books, 12_100)

    rows = page_of(browser_of(books.user), address(books, "betalingen/")).rows

    told = {row.contact: [reason.text for reason in row.reasons] for row in rows}
    assert told == {
        "Verpakking Staal BV": ["Nog nooit op deze rekening betaald: vergelijk met de factuur"],
        "Zonder Rekening BV": ["Geen rekening bekend: typ ze"],
    }
    assert [row.is_ticked for row in rows] == [False, False]


def test_who_only_looks_sees_no_button_and_no_field(books: Books):
    url = prepared(books, *owe(books, 12_100))
    owe(books, 5_000)
    client = browser_of(one_more(books, Role.VIEWER))

    page, file = page_of(client, address(books, "betalingen/")), page_of(client, url)

    assert (page.key, page.account, len(page.rows), len(page.files)) == ("", None, 1, 1)
    assert (file.approve, file.withdraw, file.download) == (None, None, None)
    assert "Niemand anders kan het nu goedkeuren." in file.refusal
    for sent in ({"action": "approve"}, {"action": "withdraw"}, {"action": "let_go", "payment": "1"}):
        assert client.post(url, sent).status_code == 403
    assert client.get(f"{url}bestand/").status_code == 403


def test_a_file_is_taken_back_with_its_reason_and_the_debt_can_be_paid_anew(books: Books):
    [item] = owe(books, 12_100)
    client = browser_of(books.user)
    url = prepared(books, item)

    assert client.post(url, {"action": "withdraw", "reason": " Nog  niet geleverd "}).status_code == 303

    assert ("Reden", "Nog niet geleverd") in page_of(client, url).facts
    assert client.post(url, {"action": "withdraw"}).status_code == 409
    assert client.get(f"{url}bestand/").status_code == 409
    assert prepared(books, item) != url


def test_a_link_in_a_mail_opens_the_file_whichever_administration_was_worked_in(books: Books):
    with domain_scope(books.domain.id):
        other = fill_books(books.domain, books.user)
        account = add_account(other, "BE60096123456870", "Zicht", "550000", "B1")
        item = owed(other, -4_200)
    client = browser_of(books.user)
    chosen = f"betalingen/?administratie={other.administration.public_id}"
    client.get(address(books, chosen))
    url = prepared(books, item, client=client, account=str(account.id), **{f"iban-{item}": THEIR_IBAN})

    assert page_of(browser_of(books.user), url).title == "Betaalbestand 1"

    limited = one_more(books, Role.MANAGEMENT)
    own = Member.objects.get(user=limited, domain=books.domain)
    Member.objects.filter(id=own.id).update(reaches_all=False)
    AdministrationGrant.objects.create(member=own, administration_id=books.administration.id)
    assert browser_of(limited).get(url).status_code == 404
    assert browser_of(limited).post(url, {"action": "approve"}).status_code == 404


def test_a_file_that_is_not_there_is_not_found(books: Books):
    client = browser_of(books.user)

    assert client.get(address(books, f"betalingen/{uuid4()}/")).status_code == 404
    assert client.get(address(books, f"betalingen/{uuid4()}/bestand/")).status_code == 404


def test_the_office_prepares_what_a_single_directie_then_approves(books: Books):
    items = owe(books, 12_100)
    with domain_scope(books.domain.id):
        staff = office_member(books, PortalRole.PORTAL_BACKOFFICE)[0]
    url = prepared(books, *items, client=browser_of(staff))
    boss = browser_of(one_more(books, Role.MANAGEMENT))

    start = page_of(boss, address(books))
    assert [(card.title, card.value) for card in start.cards if card.url.endswith("/betalingen/")] == [
        ("Betalingen", "1")
    ]
    assert boss.post(url, {"action": "approve"}).status_code == 303
    assert not [card for card in page_of(boss, address(books)).cards if card.url.endswith("/betalingen/")]


def test_the_same_form_sent_twice_makes_one_file(books: Books):
    [item] = owe(books, 12_100)
    client = browser_of(books.user)
    sent = {**form(books, item), "key": page_of(client, address(books, "betalingen/")).key}

    first, second = (client.post(address(books, "betalingen/"), sent) for _ in range(2))

    assert first["Location"] == second["Location"]
    with domain_scope(books.domain.id):
        assert PaymentFile.objects.count() == 1


def test_the_number_of_queries_does_not_grow_with_what_is_owed(books: Books):
    client = browser_of(books.user)
    owe(books, 100)
    few = query_count(client, address(books, "betalingen/"))
    url = prepared(books, *owe(books, 200))
    few_paid = query_count(client, url)

    many = owe(books, *range(300, 330))

    assert query_count(client, address(books, "betalingen/")) <= few + 1
    assert query_count(client, prepared(books, *many)) == few_paid


def test_the_menu_leads_to_payments_for_who_sees_purchases(books: Books):
    def leads(*roles: Role) -> bool:
        shell = browser_of(one_more(books, *roles)).get(address(books)).context["shell"]
        return any(item.url.endswith("/betalingen/") for group in shell.groups for item in group.items)

    assert [leads(Role.PURCHASE), leads(Role.VIEWER), leads(Role.SALES), leads(Role.HRM)] == [True, True, False, False]


def test_who_does_not_see_the_books_gets_no_links_into_them(books: Books):
    owe(books, 12_100)
    response = browser_of(one_more(books, Role.PURCHASE)).get(address(books, "betalingen/"))

    main = response.content.decode().split("<main")[1].split("</main")[0]
    assert re.findall(r'href="[^"]*/(?:relaties|dagboeken)/', main) == []


def test_more_debts_than_a_file_takes_come_page_by_page_and_each_page_can_be_sent(books: Books):
    with domain_scope(books.domain.id):
        account = books.accounts["440000"]
        debts = [NewLine(account, 0, 100, contact_id=books.contact_id, document_number=f"D{n}") for n in range(501)]
        post_entry(access=books.access, entry=books.entry(NewLine(books.accounts["613000"], 50_100, 0), *debts), at=NOW)
    client, url = browser_of(books.user), address(books, "betalingen/")

    first, second = page_of(client, url), page_of(client, f"{url}?pagina=2")

    assert (len(first.rows), len(second.rows), first.total == second.total) == (500, 1, True)
    named = f"{url}?administratie={books.administration.public_id}"
    assert (first.earlier_debts_url, first.later_debts_url, second.later_debts_url) == ("", f"{named}&pagina=2", "")
    assert (second.url, second.earlier_debts_url) == (f"{named}&pagina=2", named)
    assert page_of(client, f"{url}?pagina=9").rows == second.rows
    fields = {f"iban-{row.value}": row.iban for row in second.rows}
    wrong = client.post(second.url, form(books, **fields))
    assert [row.value for row in wrong.context["page"].rows] == [second.rows[0].value]
    assert client.post(second.url, form(books, int(second.rows[0].value), **fields)).status_code == 303


def test_who_is_paid_by_a_file_is_not_asked_to_approve_it(books: Books, django_capture_on_commit_callbacks: Any):
    paid, other = one_more(books, Role.MANAGEMENT), one_more(books, Role.PROCURATION)
    with domain_scope(books.domain.id):
        Contact.objects.filter(domain_id=books.domain.id, id=books.contact_id).update(email=paid.email)

    with django_capture_on_commit_callbacks(execute=True):
        url = prepared(books, *owe(books, 4_500))

    assert [one.to for one in mail.outbox] == [[other.email]]
    assert page_of(browser_of(paid), url).refusal.endswith(f"Wacht op: {other.name}.")
    start = address(books, "")
    assert "Betalingen" not in [one.title for one in page_of(browser_of(paid), start).cards]
    assert "Betalingen" in [one.title for one in page_of(browser_of(other), start).cards]


def test_whoever_takes_a_file_back_sees_that_another_downloaded_it_for_the_bank(books: Books):
    url = prepared(books, *owe(books, 12_100))
    boss = one_more(books, Role.MANAGEMENT)
    client = browser_of(boss)
    client.post(url, {"action": "approve"})

    before = page_of(client, url).notice
    client.get(f"{url}bestand/")
    after = page_of(browser_of(books.user), url)

    assert before is None
    assert after.notice.title == "Het kan al bij de bank zijn."
    assert after.notice.text.startswith(f"{boss.name} downloadde het op ")
    assert after.withdraw is not None


def test_a_payment_that_was_let_go_and_paid_by_another_file_is_not_told_to_be_paid_by_the_first(books: Books):
    items = owe(books, 12_100, 5_000)
    url = prepared(books, *items)
    client = browser_of(one_more(books, Role.MANAGEMENT))
    client.post(url, {"action": "approve"})
    client.post(url, {"action": "let_go", "payment": "1"})
    with domain_scope(books.domain.id):
        reverse_entry(
            access=books.access, entry_id=OpenItem.objects.get(id=items[0]).entry_id, on=date(2026, 11, 12), at=NOW
        )

    page = page_of(client, url)

    assert [row.state and row.state.text for row in page.rows] == ["vrijgegeven", None]
    assert page.download is None


def test_an_account_that_was_emptied_is_not_paid_on(books: Books):
    [item] = owe(books, 12_100)

    answer = browser_of(books.user).post(address(books, "betalingen/"), form(books, item, **{f"iban-{item}": " "}))

    assert answer.status_code == 422
    [row] = answer.context["page"].rows
    assert (row.iban, "vul het rekeningnummer in" in row.error) == (" ", True)


def test_a_form_pays_debts_of_the_books_it_shows_also_when_another_tab_chose_others(books: Books):
    with domain_scope(books.domain.id):
        other = fill_books(books.domain, books.user)
    items = owe(books, 12_100)
    client = browser_of(books.user)
    page = page_of(client, address(books, f"betalingen/?administratie={books.administration.public_id}"))

    client.get(address(books, f"betalingen/?administratie={other.administration.public_id}"))

    assert client.post(page.url, {**form(books, *items), "key": page.key}).status_code == 303


def test_who_may_not_add_a_bank_account_is_not_sent_to_where_one_is_added():
    with open_new_books() as books:
        owed(books, -12_100)
        buyer = member(books, Role.PURCHASE)[0]

    notice = page_of(browser_of(buyer), address(books, "betalingen/")).notice

    assert (notice.title, notice.links) == ("Van welke rekening?", ())
