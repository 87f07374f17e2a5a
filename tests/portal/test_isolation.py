"""INV-09: another domain's page, object or id is like one that does not exist, for every address and every method.

The matrix is made from the addresses themselves: an address without a row here fails.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from django.test import Client
from django.urls import get_resolver, reverse

from tests.books import Books, fill_books, new_domain, new_user
from tests.everything import Everything, fill_everything, new_everything
from tests.portal.pages import browser_of
from tests.portal.test_office_isolation import PORTAL_ROWS
from zelfboeken.access.models import (
    AdministrationGrant,
    DomainAssignment,
    Member,
    PortalMember,
    PortalRoleAssignment,
    RoleAssignment,
    User,
)
from zelfboeken.access.rights import PortalRole, Role
from zelfboeken.access.services import add_member
from zelfboeken.portal.domain_view import OPERATOR_VIEWS, PUBLIC_VIEWS
from zelfboeken.tenancy.models import Administration, Domain, Portal
from zelfboeken.tenancy.scope import domain_scope

pytestmark = pytest.mark.django_db

METHODS = ("get", "head", "post", "put", "patch", "delete", "options", "trace")
NOBODYS_UUID = "00000000-0000-4000-8000-000000000000"
NOBODYS_ID = 9_000_000_000_000

# Per address: what it names, of what there is. An empty list of objects is a page of the domain itself.
ROWS: dict[str, Callable[[Everything], list[dict[str, Any]]]] = {
    "start": lambda e: [],
    "search": lambda e: [],
    "undo": lambda e: [],
    "documents": lambda e: [],
    "book_ready": lambda e: [],
    "upload": lambda e: [],
    "document": lambda e: _documents(e),
    "original": lambda e: _documents(e),
    "attachment": lambda e: [{**one, "number": 1} for one in _documents(e)],
    "page_picture": lambda e: [{"document_id": e.waiting_document, "number": 1, "page": 1}],
    "bank": lambda e: [],
    "bank_accounts": lambda e: [],
    "bank_accept_all": lambda e: [],
    "bank_line": lambda e: [{"line_id": e.paid_line}, {"line_id": e.waiting_line}],
    "vat": lambda e: [],
    "vat_period": lambda e: [],
    "contacts": lambda e: [],
    "contact": lambda e: [{"contact_id": e.contact}],
    "journal": lambda e: [],
    "entry": lambda e: [{"entry_id": e.entry}],
    "months": lambda e: [],
    "trial_balance": lambda e: [],
    "ledger_account": lambda e: [],
    "users": lambda e: [],
    "backoffice": lambda e: [],
    "backoffice_later": lambda e: [],
    "rights": lambda e: [],
    "owner": lambda e: [],
    "role_log": lambda e: [],
    "role_log_csv": lambda e: [],
    "domain_export": lambda e: [],
    "domain_export_zip": lambda e: [],
    "member_reach": lambda e: [{"member": Member.objects.get(user=e.books.user, domain=e.books.domain).id}],
    "bundle": lambda e: [],
    "debtor": lambda e: [],
    "statement": lambda e: [],
    "statement_pdf": lambda e: [],
    "statement_ubl": lambda e: [],
    "payments": lambda e: [],
    "payment_file": lambda e: [{"file_id": e.payment_file}],
    "payment_file_xml": lambda e: [{"file_id": e.payment_file}],
    "questions": lambda e: [],
    "ask": lambda e: [],
    "question": lambda e: [{"question_id": e.question}],
    "question_file": lambda e: [{"question_id": e.question, "number": 1}],
    "refused_mail": lambda e: [{"mail_id": e.refused_mail}],
    "missing": lambda e: [],
    "missing_item": lambda e: [{"item_id": e.missing}],
}
# What is named by a word that means the same in every domain.
WORDS: dict[str, dict[str, Any]] = {
    "vat_period": {"period": "2026-K4"},
    "ledger_account": {"gl_code": "613000"},
    **{name: {"month": "2026-10"} for name in ("statement", "statement_pdf", "statement_ubl")},
}
POSTED = {"undo", "book_ready", "upload", "bank_accept_all", "backoffice", "backoffice_later"}
OF_THE_DOMAIN = {"statement_pdf", "statement_ubl", "role_log_csv", "domain_export_zip"}
"""Files of the domain as a whole: no administration can be asked for."""
UNKNOWN = {
    "document_id": NOBODYS_UUID,
    "line_id": NOBODYS_UUID,
    "file_id": NOBODYS_UUID,
    "contact_id": NOBODYS_UUID,
    "entry_id": NOBODYS_ID,
    "question_id": NOBODYS_UUID,
    "mail_id": NOBODYS_UUID,
    "item_id": NOBODYS_UUID,
    "number": 1,
    "page": 1,
    "member": NOBODYS_ID,
}


def _documents(e: Everything) -> list[dict[str, Any]]:
    return [{"document_id": one} for one in (e.booked_document, e.waiting_document, e.unread_document, e.bank_document)]


def addresses(slug: str, e: Everything) -> list[str]:
    """Every address of a domain, with each object of `e` that it can name."""
    return [
        reverse(name, kwargs={"domain": slug, **WORDS.get(name, {}), **objects})
        for name, row in ROWS.items()
        for objects in row(e) or [{}]
    ]


def answer(client: Client, method: str, url: str, data: dict[str, Any] | None = None) -> tuple[Any, ...]:
    """Everything an answer tells: its status, its body, its headers, its cookies."""
    sent = data if method in {"get", "head", "post"} else None
    response = getattr(client, method)(url, sent) if sent else getattr(client, method)(url)
    return response.status_code, response.content, dict(response.headers), sorted(response.cookies)


def contents(domain: Domain) -> list[int]:
    """How much there is of what a request could add to or change."""
    from zelfboeken.audit.models import Event
    from zelfboeken.bank.models import BankLine
    from zelfboeken.billing.models import Contract, MonthlyStatement
    from zelfboeken.booking.models import Proposal
    from zelfboeken.documents.models import Arrival
    from zelfboeken.ledger.models import Entry
    from zelfboeken.matching.models import Match
    from zelfboeken.questions.models import IncomingMail, Message, MissingEvent, Question

    with domain_scope(domain.id):
        return [
            Entry.objects.filter(domain_id=domain.id).count(),
            Arrival.objects.filter(domain_id=domain.id).count(),
            Event.objects.filter(domain_id=domain.id).count(),
            Contract.objects.filter(domain_id=domain.id).count(),
            MonthlyStatement.objects.filter(domain_id=domain.id).count(),
            Match.objects.filter(domain_id=domain.id, undone_at__isnull=True).count(),
            BankLine.objects.filter(domain_id=domain.id, entry_id__isnull=False).count(),
            sum(Proposal.objects.filter(domain_id=domain.id).values_list("version", flat=True)),
            Question.objects.filter(domain_id=domain.id).count(),
            Message.objects.filter(domain_id=domain.id).count(),
            MissingEvent.objects.filter(domain_id=domain.id).count(),
            IncomingMail.objects.filter(domain_id=domain.id, outcome="REFUSED").count(),
        ]


def test_every_address_of_a_domain_has_a_row():
    names = {one.name for part in get_resolver().url_patterns for one in getattr(part, "url_patterns", [part])}

    assert names - PUBLIC_VIEWS - OPERATOR_VIEWS == set(ROWS) | set(PORTAL_ROWS)


def _staff_elsewhere(domain: Domain) -> User:
    member = PortalMember.objects.create(user=new_user("kantoor@example.test"), portal=domain.portal)
    PortalRoleAssignment.objects.create(member=member, role=PortalRole.CONTROLLER)
    other, _ = new_domain()
    DomainAssignment.objects.create(member=member, domain=other, task="CONTROLLER")
    return member.user


def _admin_of_another_portal(_: Domain) -> User:
    other, user = new_domain()
    Domain.objects.filter(id=other.id).update(portal=Portal.objects.create(slug="ander", name="Ander"))
    member = PortalMember.objects.create(user=user, portal=Portal.objects.get(slug="ander"))
    PortalRoleAssignment.objects.create(member=member, role=PortalRole.PORTAL_ADMIN)
    return user


def _former_member(domain: Domain) -> User:
    user = new_user("vroeger@example.test")
    add_member(domain=domain, user=new_user("blijft@example.test"), roles=frozenset({Role.MANAGEMENT}))
    add_member(domain=domain, user=user, roles=frozenset({Role.MANAGEMENT}))
    Member.objects.filter(user=user).update(is_active=False)
    return user


@pytest.mark.parametrize(
    "stranger",
    [lambda _: new_domain()[1], _staff_elsewhere, _admin_of_another_portal, _former_member],
    ids=["member of another domain", "staff not assigned", "administrator of another portal", "former member"],
)
def test_inv09_another_domain_is_like_one_that_does_not_exist(stranger: Callable[[Domain], User]):
    theirs = new_everything(slug="van-een-ander")
    client = browser_of(stranger(theirs.books.domain))
    before = contents(theirs.books.domain)

    seen = set()
    for foreign, unknown in zip(addresses("van-een-ander", theirs), addresses("bestaat-niet", theirs), strict=True):
        for method in METHODS:
            got = answer(client, method, foreign, {"action": "book", "version": "1"})
            assert got == answer(client, method, unknown, {"action": "book", "version": "1"}), (method, foreign)
            seen.add(got[0])

    assert seen == {404}
    assert contents(theirs.books.domain) == before


def test_inv09_under_my_own_domain_anothers_object_is_like_one_that_does_not_exist():
    theirs = new_everything()
    ours = new_everything()
    RoleAssignment.objects.create(member=Member.objects.get(user=ours.books.user), role=Role.MANAGEMENT.value)
    client = browser_of(ours.books.user)
    before, our_before = contents(theirs.books.domain), contents(ours.books.domain)
    tried = 0

    for name, row in ROWS.items():
        for objects in row(theirs):
            foreign = reverse(name, kwargs={"domain": ours.books.domain.slug, **objects})
            unknown = reverse(
                name, kwargs={"domain": ours.books.domain.slug, **{field: UNKNOWN[field] for field in objects}}
            )
            for method in METHODS:
                for form in ({}, {"action": "book", "version": "1"}, {"action": "unmatch"}):
                    got = answer(client, method, foreign, form)
                    assert got[0] == 404, (method, foreign)
                    assert got == answer(client, method, unknown, form), (method, foreign)
                    tried += 1

    assert tried > 200
    assert contents(theirs.books.domain) == before
    assert contents(ours.books.domain) == our_before


def test_inv09_an_id_of_another_domain_in_a_form_or_a_question_is_like_one_that_does_not_exist():
    theirs = new_everything()
    ours = new_everything()
    client = browser_of(ours.books.user)
    RoleAssignment.objects.create(member=Member.objects.get(user=ours.books.user), role=Role.MANAGEMENT.value)
    before = contents(theirs.books.domain)
    slug = ours.books.domain.slug
    line = reverse("bank_line", args=[slug, ours.waiting_line])
    paid = reverse("bank_line", args=[slug, ours.paid_line])
    bank = reverse("bank", args=[slug])

    def asked(name: str, administration: Administration) -> tuple[str, str, dict[str, Any]]:
        url = reverse(name, kwargs={"domain": slug, **WORDS.get(name, {})})
        return ("get", url, {"administratie": str(administration.public_id)})

    def pairs(e: Everything) -> list[tuple[str, str, dict[str, Any]]]:
        statement = e.statement
        return [
            ("get", bank, {"afschrift": statement}),
            ("post", bank, {"statement": statement, "reason": "komt niet meer"}),
            ("post", reverse("bank_accept_all", args=[slug]), {"statement": statement}),
            ("post", paid, {"match": str(e.match)}),
            ("post", line, {"items": [str(e.open_item)]}),
            ("get", reverse("ask", args=[slug]), {"lijn": e.waiting_line}),
            ("get", reverse("ask", args=[slug]), {"document": e.waiting_document}),
            ("post", reverse("ask", args=[slug]), {"lijn": e.waiting_line, "title": "x", "to": "OFFICE"}),
            ("get", reverse("missing", args=[slug]), {"lijn": e.waiting_line}),
            ("post", reverse("questions", args=[slug]), {"action": "settle", "mail": e.refused_mail}),
            (
                "post",
                reverse("questions", args=[slug]),
                {"action": "receiver", "administration": str(e.books.administration.public_id)},
            ),
            *(
                asked(name, e.books.administration)
                for name, row in ROWS.items()
                if not row(e) and name not in POSTED | OF_THE_DOMAIN
            ),
        ]

    nobodys = Everything(
        books=Books(
            domain=ours.books.domain,
            administration=Administration(public_id=NOBODYS_UUID),
            user=ours.books.user,
            access=ours.books.access,
            accounts={},
            journals={},
            contact_id=0,
        ),
        **dict.fromkeys(
            ("booked_document", "waiting_document", "unread_document", "bank_document", "paid_line", "waiting_line",
             "statement", "contact", "payment_file", "question", "refused_mail", "missing"),
            NOBODYS_UUID,
        ),
        **dict.fromkeys(("entry", "match", "open_item"), NOBODYS_ID),
    )  # fmt: skip
    for (method, url, foreign), (_, _, unknown) in zip(pairs(theirs), pairs(nobodys), strict=True):
        got = answer(client, method, url, foreign)
        assert got[0] == 404, (method, url, foreign)
        assert got == answer(client, method, url, unknown), (method, url, foreign)

    assert contents(theirs.books.domain) == before


@pytest.mark.parametrize("garbage", ["", "x", "-1", "²", "1e5", "9" * 19, "9" * 40, "1.0"])
def test_what_is_no_id_at_all_is_like_one_that_does_not_exist(garbage: str):
    ours = new_everything()
    client = browser_of(ours.books.user)
    line = reverse("bank_line", args=[ours.books.domain.slug, ours.waiting_line])

    for form in ({"match": garbage or "0"}, {"items": [garbage or "x"]}):
        assert client.post(line, form).status_code == 404


@pytest.mark.parametrize(
    ("roles", "limits"),
    [({Role.FINANCE, Role.EXTERNAL_ACCOUNTANT}, False), ({Role.BACKOFFICE}, True)],
    ids=["by what was granted", "a Backoffice kept within what was granted"],
)
def test_inv09_an_administration_i_do_not_reach_is_like_one_that_does_not_exist(roles: set[Role], limits: bool):
    domain, owner = new_domain()
    with domain_scope(domain.id):
        theirs = fill_everything(fill_books(domain, owner))
        mine = fill_books(domain, owner)
    user = new_user("deel@example.test")
    member = add_member(domain=domain, user=user, roles=frozenset(roles))
    Member.objects.filter(id=member.id).update(reaches_all=False, is_backoffice_limited=limits)
    AdministrationGrant.objects.create(member=member, administration_id=mine.administration.id)
    client = browser_of(user)
    before = contents(domain)

    for name, row in ROWS.items():
        for objects in row(theirs):
            if name in {"contact", "member_reach"}:
                continue  # contacts and users are shared by the administrations of a domain
            foreign = reverse(name, kwargs={"domain": domain.slug, **objects})
            unknown = reverse(name, kwargs={"domain": domain.slug, **{field: UNKNOWN[field] for field in objects}})
            for method in METHODS:
                got = answer(client, method, foreign, {"version": "1"})
                assert got[0] == 404, (method, foreign)
                assert got == answer(client, method, unknown, {"version": "1"}), (method, foreign)
    bank = reverse("bank", args=[domain.slug])
    for method, url, data in (
        ("get", bank, {"afschrift": theirs.statement}),
        ("post", bank, {"statement": theirs.statement, "reason": "komt niet meer"}),
        ("get", reverse("trial_balance", args=[domain.slug]), {"administratie": theirs.books.administration.public_id}),
    ):
        assert answer(client, method, url, data)[0] == 404
    assert contents(domain) == before

    page = client.get(reverse("trial_balance", args=[domain.slug]))
    assert page.status_code == 200
    assert b"121,00" not in page.content
    assert b"121,00" not in client.get(reverse("contact", args=[domain.slug, theirs.contact])).content
    assert b"121,00" in browser_of(owner).get(reverse("trial_balance", args=[domain.slug])).content


def test_who_reaches_no_administration_finds_nothing():
    domain, owner = new_domain()
    with domain_scope(domain.id):
        fill_books(domain, owner)
    user = new_user("geen@example.test")
    member = add_member(domain=domain, user=user, roles=frozenset({Role.FINANCE}))
    Member.objects.filter(id=member.id).update(reaches_all=False)

    assert browser_of(user).get(reverse("start", args=[domain.slug])).status_code == 404


def test_who_is_not_signed_in_is_asked_to_whatever_the_address_names():
    theirs = new_everything()
    client = Client()

    for slug in (theirs.books.domain.slug, "bestaat-niet"):
        for url in addresses(slug, theirs):
            for method in METHODS:
                response = getattr(client, method)(url)
                assert response.status_code == 302, (method, url)
                assert response["Location"] == f"{reverse('account_login')}?next={url}"


def test_an_address_that_does_not_exist_at_all_gets_the_same_page():
    ours = new_everything()
    client = browser_of(ours.books.user)
    slug = ours.books.domain.slug

    for url in (f"/d/{slug}/bestaat-niet/", "/bestaat-niet", "/d/", f"/d/{slug}/documenten/geen-id/"):
        nowhere = answer(client, "get", url)
        assert nowhere[:2] == answer(client, "get", reverse("document", args=[slug, NOBODYS_UUID]))[:2]
        assert nowhere[0] == 404


@pytest.mark.parametrize("version", ["x", "-1", "²", "9" * 30])
def test_a_version_that_is_none_is_not_the_one_that_stands(version: str):
    ours = new_everything()
    client = browser_of(ours.books.user)
    slug = ours.books.domain.slug
    before = contents(ours.books.domain)

    for url, form in (
        (reverse("document", args=[slug, ours.waiting_document]), {"action": "book", "version": version}),
        (reverse("bank_line", args=[slug, ours.waiting_line]), {"account": "612000", "version": version}),
    ):
        assert client.post(url, form).status_code in {409, 422}

    assert contents(ours.books.domain) == before
