"""No form takes what its page does not have, and who only looks writes nowhere: for every address that takes a form.

The addresses are read from the product itself, so that a new form is tried as well.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client
from django.urls import get_resolver, reverse
from structlog.testing import capture_logs

from tests.books import new_user
from tests.everything import Everything, new_everything
from tests.portal.offices import Office, new_office
from tests.portal.pages import browser_of
from tests.portal.test_isolation import ROWS, WORDS, contents
from tests.portal.test_office_isolation import PORTAL_ROWS, address, administration_of
from zelfboeken.access.models import Member, RoleAssignment
from zelfboeken.access.rights import Role
from zelfboeken.access.services import add_member
from zelfboeken.tenancy.models import Domain

pytestmark = pytest.mark.django_db

FORGED = {
    "domain": "ander",
    "domain_id": "1",
    "administration": "1",
    "administration_id": "1",
    "portal": "ander",
    "is_authorised": "1",
    "self_booking": "on",
    "authorised_until": "2099-01-01",
    "workflow": "NORMAL",
    "former_workflow": "NORMAL",
    "bundle": "UNLIMITED",
    "pricing_model": "BUNDLE",
    "lifecycle": "ACTIVE",
    "trial_until": "2099-01-01",
    "is_owner": "1",
    "state": "ACTIVE",
}
OWN = {
    # The only places where these are filled in: each says what becomes of them in tests of its own.
    ("office_domains", "domain"),
    ("office_domain_edit", "self_booking"),
    ("office_domain_edit", "workflow"),
    ("office_domain_billing", "trial_until"),
    ("office_new_domain", "trial_until"),
    ("office_domain_books", "administration"),
    ("questions", "administration"),
    ("member_reach", "administration"),
}


def takes_forms(name: str) -> bool:
    """Whether the page of this url name answers a POST."""
    for part in get_resolver().url_patterns:
        for one in getattr(part, "url_patterns", [part]):
            if one.name == name:
                return "POST" in one.callback.methods
    raise LookupError(name)


def of_the_domain(e: Everything) -> Iterator[tuple[str, str]]:
    """(url name, address) of every form of a domain."""
    for name, row in ROWS.items():
        if takes_forms(name):
            for objects in row(e) or [{}]:
                kwargs = {"domain": e.books.domain.slug, **WORDS.get(name, {}), **objects}
                yield name, reverse(name, kwargs=kwargs)


def of_the_office(office: Office) -> Iterator[tuple[str, str]]:
    """(url name, address) of every form of an office."""
    for name in PORTAL_ROWS:
        if takes_forms(name):
            yield name, address(name, office.domain.slug, administration_of(office))


def accepted(client: Client, places: Iterator[tuple[str, str]], domain: Callable[[], Domain]) -> tuple[list[Any], int]:
    """The forged fields that were not refused with 400 and for what they are, and how many were tried."""
    before = Domain.objects.filter(id=domain().id).values().get()
    wrong, tried = [], 0
    for name, url in places:
        for field, value in FORGED.items():
            if (name, field) in OWN:
                continue
            tried += 1
            with capture_logs() as told:
                status = client.post(url, {field: value}).status_code
            # A form that holds nothing else may be 400 as well: it is this field that must be the reason.
            if (status, [one.get("what") for one in told]) != (400, [f"field {field!r}"]):
                wrong.append((name, field, status))
    assert Domain.objects.filter(id=domain().id).values().get() == before
    return wrong, tried


def test_abuse4_no_form_of_a_domain_takes_a_domain_a_flag_or_a_workflow_that_was_slipped_in():
    ours = new_everything()
    RoleAssignment.objects.create(member=Member.objects.get(user=ours.books.user), role=Role.MANAGEMENT.value)
    before = contents(ours.books.domain)

    wrong, tried = accepted(browser_of(ours.books.user), of_the_domain(ours), lambda: ours.books.domain)

    assert wrong == []
    assert tried > 300
    assert contents(ours.books.domain) == before


def test_abuse4_no_form_of_the_office_takes_a_domain_a_flag_or_a_workflow_that_was_slipped_in():
    office = new_office()

    wrong, tried = accepted(office.browser(), of_the_office(office), lambda: office.domain)

    assert wrong == []
    assert tried > 200
    assert not office.domain.is_authorised


# What a Kijkgebruiker would send with each form, were its button there.
WRITES: dict[str, list[dict[str, Any]]] = {
    "undo": [{"version": "x"}],
    "book_ready": [{}],
    "upload": [{"files": SimpleUploadedFile("a.txt", b"tekst")}],
    "document": [
        {"action": "book", "version": "1"},
        {"action": "complete", "version": "1"},
        {"action": "reverse"},
        {"answer": "PURCHASE"},
    ],
    "bank": [{"reason": "komt niet meer"}],
    "bank_accept_all": [{}],
    "contact": [
        {"action": "set_off", "item": "1"},
        {"action": "undo", "match": "1"},
        {"action": "user", "user": ""},
    ],
    "months": [{"block": "2026-11-01"}, {"open": "2026-11-01"}, {"close": "2026-11-01", "agreed": "1"}],
    "payments": [{"pay": "1", "account": "1", "pays_on": "25/11/2026", "format": "pain.001.001.09"}],
    "payment_file": [{"action": "approve"}, {"action": "withdraw"}, {"action": "let_go", "payment": "1"}],
    "bank_accounts": [{"iban": "BE98999000118793", "name": "Zichtrekening"}],
    "bank_line": [{"account": "612000"}, {"action": "unmatch"}],
    "users": [
        {"action": "invite", "email": "nieuw@zaak.example", "language": "nl"},
        {"action": "roles", "roles": ["MANAGEMENT"]},
        {"action": "leave"},
    ],
    "backoffice": [{"agreed": "3900"}],
    "backoffice_later": [{}],
    "owner": [{"action": "propose", "reason": "Ik"}],
    "member_reach": [{"reach": "ALL"}],
    "bundle": [{"bundel": "UNLIMITED", "prijs": "11900"}],
    "debtor": [{"name": "Een ander"}],
    "questions": [{"action": "settle"}, {"action": "receiver"}],
    "ask": [{"title": "Een vraag", "topic": "ADMINISTRATION", "to": "OFFICE"}],
    "question": [{"action": "answer", "text": "Ja"}, {"action": "close"}, {"action": "note", "text": "Intern"}],
    "missing": [{}],
    "missing_item": [
        {"action": "none", "reason": "Bestaat niet"},
        {"action": "say", "text": "Iets"},
        {"action": "again"},
        {"action": "change", "owner": "1", "due": "31/12/2026"},
    ],
}
NOTHING_TO_DO = {"undo"}
"""Sends back to where one came from: there is nothing of one's own to take back."""


def test_abuse12_a_viewer_writes_by_no_form_of_a_domain():
    everything = new_everything()
    domain = everything.books.domain
    viewer = new_user("kijker@example.test")
    member = add_member(domain=domain, user=viewer, roles=frozenset({Role.VIEWER}))
    client = browser_of(viewer)
    named = {
        "statement": everything.statement,
        "line": everything.waiting_line,
        "mail": everything.refused_mail,
        "member": str(member.id),
    }
    fields = {"bank": ["statement"], "bank_accept_all": ["statement"], "missing": ["line"], "users": ["member"]}
    fields |= {"backoffice": ["member"], "owner": ["member"], "questions": ["mail"]}
    before, events = contents(domain), 2
    told = {}

    for name, url in of_the_domain(everything):
        for form in WRITES[name]:
            sent = {**{field: named[field] for field in fields.get(name, ())}, **form}
            told[name, url, str(form)] = client.post(url, sent).status_code

    wrong = {where: status for where, status in told.items() if status != (303 if where[0] in NOTHING_TO_DO else 403)}
    assert wrong == {}
    assert {name for name, _url, _form in told} == set(WRITES)
    after = contents(domain)
    # Nothing but the refusals in the log.
    assert after[:events] == before[:events]
    assert after[events] - before[events] == sum(status == 403 for status in told.values())
    assert after[events + 1 :] == before[events + 1 :]
    assert set(RoleAssignment.objects.filter(member=member).values_list("role", "state")) == {("VIEWER", "ACTIVE")}
