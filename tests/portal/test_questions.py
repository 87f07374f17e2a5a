"""The pages of questions and missing invoices: asked, answered, handed on, closed; told where something is wrong."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from typing import Any

import pytest
from django.core import mail as outbox
from django.core.files.uploadedfile import SimpleUploadedFile
from django.db import transaction
from django.test import Client
from django.urls import reverse

from tests.banking import bank_lines, member, owed, take_in
from tests.books import NOW
from tests.everything import Everything, new_everything
from tests.files import invoice, movement, statement
from tests.intake import ubl
from tests.portal.offices import new_staff
from tests.portal.pages import address, browser_of, query_count
from tests.questions.stage import Stage, controller, mails, open_stage
from zelfboeken.access.models import User
from zelfboeken.access.rights import PortalRole, Role
from zelfboeken.audit.models import Event
from zelfboeken.documents.models import Document
from zelfboeken.questions.models import Attachment, IncomingMail, MissingInvoice, Question
from zelfboeken.tenancy.scope import domain_scope

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def mails_leave_at_once(monkeypatch: pytest.MonkeyPatch, settings: Any) -> None:
    """The transaction of a test never ends."""

    def at_once(run: Callable[[], None], using: str | None = None, robust: bool = False) -> None:
        run()

    monkeypatch.setattr(transaction, "on_commit", at_once)
    settings.ADDRESS = "https://boek.test"
    settings.REPLY_DOMAIN = "antwoord.test"


@pytest.fixture
def stage() -> Iterator[Stage]:
    """A stage, its scope closed."""
    with open_stage() as made:
        pass
    yield made


def url(stage: Stage, rest: str = "") -> str:
    return address(stage.books, rest)


def asked(stage: Stage, by: User | None = None, **changes: Any) -> Question:
    with domain_scope(stage.books.domain.id):
        return stage.ask(by or stage.office, **changes)


def one_question(stage: Stage) -> Question:
    with domain_scope(stage.books.domain.id):
        return Question.objects.get(domain_id=stage.books.domain.id)


def plain(page: str) -> str:
    """What a page says, without its marks."""
    return re.sub(r"\s+", " ", re.sub(r"<[^>]+>", " ", page))


def body(client: Client, address: str) -> str:
    response = client.get(address)
    assert response.status_code == 200
    return response.content.decode()


def test_the_office_asks_about_a_payment_from_its_page_and_the_words_are_there_already(stage: Stage):
    office = browser_of(stage.office)
    line = url(stage, f"bank/{stage.line.public_id}/")
    assert f'href="{url(stage, "vragen/stel/")}?lijn={stage.line.public_id}"' in body(office, line)

    form = body(office, f"{url(stage, 'vragen/stel/')}?lijn={stage.line.public_id}")
    assert "Waarvoor was de betaling van €\xa045,00?" in form
    assert "We vinden er geen stuk voor." in form
    assert f"{stage.books.user.name} (heeft de rol Backoffice)" in form
    sent = office.post(
        url(stage, "vragen/stel/"),
        {
            "lijn": str(stage.line.public_id),
            "title": "Waarvoor?",
            "text": "Zeg eens",
            "topic": "BOOKING",
            "to": "DOMAIN",
        },
    )

    question = one_question(stage)
    assert sent["Location"] == url(stage, f"vragen/{question.public_id}/")
    assert mails() == [(stage.books.user.email, "Vraag: Waarvoor?")]
    assert f"https://boek.test{sent['Location']}" in outbox.outbox[0].body
    assert "Waarvoor?" in body(office, line)


def test_the_entrepreneur_answers_with_a_file_that_is_a_document(stage: Stage):
    question = asked(stage)
    client = browser_of(stage.books.user)
    page = url(stage, f"vragen/{question.public_id}/")
    assert "1" in re.findall(r'Vragen</span><span\s+class="c"\s+>(\d+)', body(client, url(stage)))

    file = SimpleUploadedFile("factuur.xml", invoice("2026-81"))
    sent = client.post(page, {"action": "answer", "text": "Zie bijlage", "files": file, "deliver": "1"}, follow=True)

    shown = sent.content.decode()
    assert "Beantwoord: Waarvoor was dit? factuur.xml: Aankoop 2026-81" in shown
    assert "Zie bijlage" in shown
    with domain_scope(stage.books.domain.id):
        attached = Attachment.objects.get(domain_id=stage.books.domain.id)
        document = Document.objects.get(domain_id=stage.books.domain.id, id=attached.document_id)
    assert url(stage, f"documenten/{document.public_id}/") in shown
    got = browser_of(stage.office).get(f"{page}bijlage/1/")
    assert (got.content, got["Content-Type"]) == (invoice("2026-81"), "application/octet-stream")


def test_a_file_that_only_goes_along_is_no_document(stage: Stage):
    question = asked(stage)
    client = browser_of(stage.books.user)

    client.post(
        url(stage, f"vragen/{question.public_id}/"),
        {"action": "answer", "text": "", "files": SimpleUploadedFile("schets.txt", b"een schets")},
    )

    assert "schets.txt" in body(client, url(stage, f"vragen/{question.public_id}/"))
    assert "schets.txt" not in body(client, url(stage, "documenten/"))


def test_a_payment_is_answered_with_one_tap(stage: Stage):
    question = asked(stage)
    client = browser_of(stage.books.user)
    page = url(stage, f"vragen/{question.public_id}/")
    assert re.search(r'name="quick"\s+value="1"', body(client, page))

    assert client.post(page, {"action": "quick", "quick": "1"}).status_code == 303
    assert "Privé" in body(client, page)
    assert client.post(page, {"action": "quick", "quick": "9"}).status_code == 400


def test_a_question_is_noted_handed_on_closed_and_opened_again(stage: Stage):
    question = asked(stage)
    office, page = browser_of(stage.office), url(stage, f"vragen/{question.public_id}/")

    assert office.post(page, {"action": "note", "text": "Belt morgen"}).status_code == 303
    assert office.post(page, {"action": "hand", "user": str(stage.owner.id)}).status_code == 303
    assert office.post(page, {"action": "close"}).status_code == 303
    assert office.post(page, {"action": "close"}).status_code == 409
    shown = body(browser_of(stage.owner), page)
    assert "Belt morgen" not in shown
    assert "gaf de vraag door aan Bo Baas" in shown
    assert "Heropen" in shown
    assert browser_of(stage.owner).post(page, {"action": "answer", "text": "Toch nog"}).status_code == 303
    assert one_question(stage).state == "OPEN"


def test_a_mistake_is_told_at_the_field_and_what_was_written_stays(stage: Stage):
    office = browser_of(stage.office)
    wrong = office.post(
        url(stage, "vragen/stel/"), {"title": " ", "text": "Mijn tekst", "topic": "BOOKING", "to": "DOMAIN"}
    )
    assert wrong.status_code == 422
    shown = wrong.content.decode()
    assert "Je vraag is niet verstuurd" in shown
    assert 'href="#field-title"' in shown
    assert "Mijn tekst" in shown
    assert "<title>" in shown
    assert "Fout: " in shown

    question = asked(stage)
    empty = office.post(url(stage, f"vragen/{question.public_id}/"), {"action": "answer", "text": ""})
    assert empty.status_code == 422
    assert "Schrijf een antwoord, of voeg een bestand toe." in empty.content.decode()
    file = SimpleUploadedFile("leeg.txt", b"")
    refused = office.post(url(stage, f"vragen/{question.public_id}/"), {"text": "Hier", "files": file})
    assert refused.status_code == 422
    assert "leeg.txt: Dit bestand is leeg." in refused.content.decode()


@pytest.mark.parametrize(
    "forged",
    [{"domain": "ander"}, {"administration": "1"}, {"action": "weg"}, {"state": "CLOSED"}, {"author": "1"}],
    ids=lambda form: next(iter(form)),
)
def test_abuse4_a_forged_field_refuses_the_form(stage: Stage, forged: dict[str, str]):
    question = asked(stage)

    sent = browser_of(stage.office).post(url(stage, f"vragen/{question.public_id}/"), {"text": "x", **forged})

    assert sent.status_code == 400
    assert one_question(stage).state == "OPEN"


def test_abuse20_a_script_in_a_question_an_answer_a_file_name_or_a_reason_stays_text(stage: Stage):
    script = "<script>alert('x')</script>"
    question = asked(stage, title=script, text=script)
    client, page = browser_of(stage.books.user), url(stage, f"vragen/{question.public_id}/")
    client.post(page, {"text": script, "files": SimpleUploadedFile(f"{script}.txt", b"x"), "action": "answer"})

    for shown in (page, url(stage, "vragen/?toon=open"), url(stage, f"bank/{stage.line.public_id}/")):
        text = body(browser_of(stage.office), shown)
        assert "<script>alert" not in text
        assert "&lt;script&gt;alert" in text


def test_a_viewer_reads_what_he_may_see_and_answers_nothing(stage: Stage):
    question = asked(stage)
    with domain_scope(stage.books.domain.id):
        viewer, _ = member(stage.books, Role.VIEWER)
    client, page = browser_of(viewer), url(stage, f"vragen/{question.public_id}/")

    shown = body(client, page)
    assert "Je mag dit lezen, niet beantwoorden." in shown
    assert 'name="text"' not in shown
    assert "Stel een vraag" not in re.sub(r"(?s)<dialog.*?</dialog>", "", body(client, url(stage, "vragen/")))
    assert client.post(page, {"action": "answer", "text": "x"}).status_code == 403
    assert client.get(url(stage, "vragen/stel/")).status_code == 403


def test_who_may_not_see_the_bank_finds_no_question_about_it(stage: Stage):
    question = asked(stage)
    buyer = browser_of(stage.buyer)

    assert buyer.get(url(stage, f"vragen/{question.public_id}/")).status_code == 404
    assert "Waarvoor was dit?" not in body(buyer, url(stage, "vragen/?toon=open"))
    assert buyer.get(f"{url(stage, 'vragen/stel/')}?lijn={stage.line.public_id}").status_code == 403


def test_a_document_has_its_questions_and_the_way_to_ask(stage: Stage):
    with domain_scope(stage.books.domain.id):
        arrived = take_in(stage.books, ubl(("Dozen", "70.00", "S", "21"), number="2026-90"), name="wacht.xml")
    named = arrived.document.public_id
    office = browser_of(stage.office)
    sent = office.post(
        url(stage, "vragen/stel/"),
        {"document": str(named), "title": "Privé of zaak?", "topic": "BOOKING", "to": "DOMAIN"},
    )
    assert sent.status_code == 303

    assert mails() == [(stage.buyer.email, "Vraag: Privé of zaak?")]
    shown = body(office, url(stage, f"documenten/{named}/"))
    assert "Vraag: Privé of zaak?" in shown
    assert f'href="{url(stage, "vragen/stel/")}?document={named}"' in shown
    assert url(stage, f"documenten/{named}/") in body(browser_of(stage.buyer), sent["Location"])


def test_the_directie_says_who_gets_the_questions_of_the_office(stage: Stage):
    client, page = browser_of(stage.owner), url(stage, "vragen/")
    administration = str(stage.books.administration.public_id)
    assert "Wie de vragen van het kantoor krijgt" in body(client, f"{page}?toon=open")

    form = {"action": "receiver", "administration": administration}
    assert client.post(page, {**form, "user": str(stage.owner.id)}).status_code == 303
    assert client.post(page, {**form, "user": str(stage.office.id)}).status_code == 422
    assert client.post(page, {**form, "user": "x"}).status_code == 404
    assert asked(stage).routed_because == "ADMINISTRATION"
    assert client.post(page, {**form, "user": ""}).status_code == 303


def test_a_refused_mail_is_shown_downloaded_and_put_aside():
    everything: Everything = new_everything()
    books = everything.books
    office = browser_of(new_staff(books.domain.portal, PortalRole.CONTROLLER, domain=books.domain))
    here = address(books, "vragen/?toon=open")
    assert "vreemd@example.test" in body(office, here)
    assert "Ze komt van een ander adres dan dat van wie gevraagd werd." in body(office, here)
    assert office.get(address(books, f"vragen/mail/{everything.refused_mail}/")).content == b"een mail"
    # Who books sees the question, but looks after no mails.
    assert "vreemd@example.test" not in body(browser_of(books.user), here)
    assert browser_of(books.user).get(address(books, f"vragen/mail/{everything.refused_mail}/")).status_code == 404

    sent = office.post(address(books, "vragen/"), {"action": "settle", "mail": everything.refused_mail})

    assert sent.status_code == 303
    assert "vreemd@example.test" not in body(office, here)
    with domain_scope(books.domain.id):
        assert IncomingMail.objects.get(domain_id=books.domain.id).outcome == "SETTLED"
        assert Event.objects.filter(domain_id=books.domain.id, action="mail.settled").count() == 1


def test_the_lists_ask_the_same_number_of_queries_for_one_question_and_for_three(stage: Stage):
    asked(stage)
    client = browser_of(stage.office)
    counts = {rest: query_count(client, url(stage, rest)) for rest in ("vragen/", "vragen/?toon=open")}
    office_list = query_count(client, reverse("office_questions"))
    for n in range(2):
        asked(stage, title=f"Vraag {n}")

    assert {rest: query_count(client, url(stage, rest)) for rest in counts} == counts
    assert query_count(client, reverse("office_questions")) == office_list


def test_the_office_sees_the_questions_of_the_domains_it_looks_after_and_of_no_other(stage: Stage):
    with open_stage() as other:
        other.ask(other.owner, title="Van een ander")
    asked(stage, stage.owner, title="Van ons")
    asked(stage, title="Aan de klant")
    office = browser_of(stage.office)

    waiting, every = body(office, "/kantoor/vragen/"), body(office, "/kantoor/vragen/?toon=open")

    assert ("Van ons" in waiting, "Aan de klant" in waiting, "Van een ander" in waiting) == (True, False, False)
    assert ("Van ons" in every, "Aan de klant" in every, "Van een ander" in every) == (True, True, False)
    assert stage.books.domain.name in waiting
    assert browser_of(stage.owner).get("/kantoor/vragen/").status_code == 404
    with domain_scope(stage.books.domain.id):
        data_entry = controller(stage)
    assert "Van ons" in body(browser_of(data_entry), "/kantoor/vragen/")


def test_a_question_stands_in_the_monitor_until_it_is_answered(stage: Stage):
    question = asked(stage, stage.owner, title="Mag dit?")
    office = browser_of(stage.office)

    waiting = body(office, "/kantoor/monitor/")
    office.post(url(stage, f"vragen/{question.public_id}/"), {"action": "answer", "text": "Ja, dat mag."})
    answered = body(office, "/kantoor/monitor/?toon=vragen")

    assert "Vragen 1 in 1 domein" in plain(waiting)
    assert "Lees de vraag" in waiting
    assert f'href="{url(stage, "vragen/")}"' in waiting
    assert "Vragen 0" in plain(answered)


def test_somebody_of_data_entry_sees_no_question_about_the_bank(stage: Stage):
    asked(stage)
    user = new_staff(stage.books.domain.portal, PortalRole.DATA_ENTRY, domain=stage.books.domain)

    assert "Waarvoor was dit?" not in body(browser_of(user), "/kantoor/vragen/?toon=open")


def test_the_second_page_holds_the_older_questions(stage: Stage):
    with domain_scope(stage.books.domain.id):
        Question.objects.bulk_create(
            Question(
                domain_id=stage.books.domain.id, administration_id=stage.books.administration.id, topic="SOFTWARE",
                title=f"Vraag {n:03}", asked_side="DOMAIN", to_side="OFFICE", routed_because="RESPONSIBLE",
                asked_at=NOW, changed_at=NOW,
            )
            for n in range(60)
        )  # fmt: skip
    client = browser_of(stage.office)
    first = body(client, url(stage, "vragen/"))
    older = re.search(r'href="([^"]+vanaf=50)"', first)

    assert older
    assert len(re.findall("data-row", first)) == 50
    assert len(re.findall("data-row", body(client, older[1].replace("&amp;", "&")))) == 10
    assert client.get(url(stage, "vragen/?vanaf=x")).status_code == 200


# Missing invoices


def missing(stage: Stage) -> MissingInvoice:
    with domain_scope(stage.books.domain.id):
        return MissingInvoice.objects.get(domain_id=stage.books.domain.id)


def test_an_invoice_is_asked_from_the_bank_line_and_closes_when_it_is_matched(stage: Stage):
    office = browser_of(stage.office)
    line = url(stage, f"bank/{stage.line.public_id}/")
    way = f"{url(stage, 'ontbrekend/')}?lijn={stage.line.public_id}"
    assert f'href="{way}"' in body(office, line)
    form = body(office, way)
    assert re.search(rf'value="{stage.line.public_id}"[^>]*checked', form)

    sent = office.post(way, {"line": str(stage.line.public_id), "owner": str(stage.owner.id), "due": "31/12/2026"})

    assert sent["Location"] == url(stage, "ontbrekend/?kwartaal=2026-K4")
    assert mails()[-1][0] == stage.owner.email
    assert "0 van 1 afgehandeld" in body(office, sent["Location"])
    assert "Factuur: gevraagd" in body(office, line)
    with domain_scope(stage.books.domain.id):
        item = owed(stage.books, -4_500)
    assert browser_of(stage.books.user).post(line, {"items": [str(item)]}).status_code == 303
    assert "1 van 1 afgehandeld" in body(office, sent["Location"])
    assert missing(stage).state == "ARRIVED"


def test_who_is_asked_says_that_it_does_not_exist_with_a_reason(stage: Stage):
    browser_of(stage.office).post(
        url(stage, "ontbrekend/"), {"line": str(stage.line.public_id), "owner": str(stage.buyer.id), "due": ""}
    )
    buyer, page = browser_of(stage.buyer), url(stage, f"ontbrekend/{missing(stage).public_id}/")

    shown = body(buyer, page)
    assert "€\xa045,00, 16/11/2026" in shown
    assert url(stage, f"bank/{stage.line.public_id}/") not in shown
    assert 'name="owner"' not in shown
    refused = buyer.post(page, {"action": "none", "reason": ""})
    assert refused.status_code == 422
    assert 'href="#field-reason"' in refused.content.decode()
    assert buyer.post(page, {"action": "none", "reason": "Parkeerautomaat"}).status_code == 303
    assert buyer.post(page, {"action": "none", "reason": "Nog eens"}).status_code == 409
    assert buyer.post(page, {"action": "change", "owner": "1", "due": "31/12/2026"}).status_code == 403
    assert "Parkeerautomaat" in body(browser_of(stage.office), url(stage, "ontbrekend/"))
    assert buyer.post(page, {"action": "again"}).status_code == 303
    assert missing(stage).state == "OPEN"


def test_who_is_asked_hands_in_the_invoice_from_the_page_that_asks_for_it(stage: Stage):
    browser_of(stage.office).post(
        url(stage, "ontbrekend/"), {"line": str(stage.line.public_id), "owner": str(stage.buyer.id), "due": ""}
    )
    buyer = browser_of(stage.buyer)
    shown = body(buyer, url(stage, f"ontbrekend/{missing(stage).public_id}/"))
    form = re.search(r'<form\s+class="drop".*?</form>', shown, re.S)
    assert form
    way, key = (re.search(f'{what}="([^"]+)"', form[0]) for what in ("action", 'name="key" value'))

    assert way and key
    file = SimpleUploadedFile("factuur.xml", ubl(("Parkeren", "37.19", "S", "21")))
    assert buyer.post(way[1], {"key": key[1], "files": file}).status_code == 303
    with domain_scope(stage.books.domain.id):
        assert Document.objects.filter(domain_id=stage.books.domain.id, name="factuur.xml").exists()


def test_a_day_or_a_choice_that_is_wrong_is_told_and_the_ticks_stay(stage: Stage):
    office = browser_of(stage.office)
    for form, told in (
        ({"line": str(stage.line.public_id), "due": "32/13"}, "field-due"),
        ({"line": str(stage.line.public_id), "due": "01/01/2020"}, "field-due"),
        ({"line": str(stage.line.public_id), "owner": str(10**9)}, "field-owner"),
        ({}, "Kies betalingen"),
    ):
        sent = office.post(url(stage, "ontbrekend/"), form)
        assert sent.status_code == 422, form
        shown = sent.content.decode()
        assert told in shown
        if form:
            assert re.search(rf'value="{stage.line.public_id}"[^>]*checked', shown)
    for garbage in ("x", "00000000-0000-4000-8000-00000000000"):
        assert office.post(url(stage, "ontbrekend/"), {"line": garbage}).status_code == 404


def test_who_sees_the_bank_but_works_not_on_it_reads_the_list_and_asks_nothing(stage: Stage):
    browser_of(stage.office).post(url(stage, "ontbrekend/"), {"line": str(stage.line.public_id)})
    owner = browser_of(stage.owner)

    shown = body(owner, url(stage, "ontbrekend/"))
    assert "ONBEKEND" in shown
    assert "Nog niet gevraagd" not in shown
    second = take_second(stage)
    shown = body(owner, url(stage, "ontbrekend/"))
    assert "Nog niet gevraagd" in shown
    assert f"/bank/{second}/" in shown
    assert second not in re.findall(r'value="([^"]*)"', shown)
    assert "Vraag de aangevinkte facturen" not in shown
    assert owner.post(url(stage, "ontbrekend/"), {"line": str(stage.line.public_id)}).status_code == 403


def take_second(stage: Stage) -> str:
    """Another payment that nobody knows: its public id."""
    with domain_scope(stage.books.domain.id):
        take_in(stage.books, statement(movement(-700, iban=None, name="KIOSK"), number=2, opening_cents=-4_500))
        return str(bank_lines(stage.books)[-1].public_id)


def test_what_is_asked_in_another_quarter_is_told_with_the_way_there(stage: Stage):
    office = browser_of(stage.office)
    office.post(url(stage, "ontbrekend/"), {"line": str(stage.line.public_id)})

    elsewhere, here = (body(office, url(stage, f"ontbrekend/?kwartaal={one}")) for one in ("2027-K1", "2026-K4"))

    assert re.search(
        r'<a[^>]*href="[^"]*ontbrekend/\?kwartaal=2026-K4"[^>]*>Vierde kwartaal 2026: 1 gevraagd</a>', elsewhere
    )
    assert "1 gevraagd</a>" not in here


def test_a_quarter_is_in_the_address_and_another_text_is_this_quarter(stage: Stage):
    office = browser_of(stage.office)

    assert "Derde kwartaal 2025" in body(office, url(stage, "ontbrekend/?kwartaal=2025-K3"))
    assert "Derde kwartaal 2025" in body(office, url(stage, "ontbrekend/?kwartaal=2025-08"))
    assert "kwartaal" in body(office, url(stage, "ontbrekend/?kwartaal=onzin"))


def test_the_list_of_a_quarter_asks_the_same_number_of_queries_for_one_and_for_three(stage: Stage):
    office = browser_of(stage.office)
    with domain_scope(stage.books.domain.id):
        file = statement(*[movement(-100 * n, text=f"B{n}") for n in range(1, 6)], number=2, opening_cents=-4_500)
        take_in(stage.books, file, name="twee.cod")
        lines = [str(one.public_id) for one in bank_lines(stage.books)]
    office.post(url(stage, "ontbrekend/"), {"line": lines[0]})
    count = query_count(office, url(stage, "ontbrekend/?kwartaal=2026-K4"))
    office.post(url(stage, "ontbrekend/"), {"line": lines[1:3]})

    assert query_count(office, url(stage, "ontbrekend/?kwartaal=2026-K4")) == count
