"""Every role at every page and button: let in or refused with 403, as the rights table says."""

from __future__ import annotations

from typing import Any

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.db import transaction
from django.urls import reverse

from tests.access.test_rights import COLUMNS, TABLE
from tests.books import new_user
from tests.everything import Everything, new_everything
from tests.portal.pages import browser_of
from zelfboeken.access.models import DomainAssignment, Member, PortalMember, PortalRoleAssignment, User
from zelfboeken.access.rights import PortalRole, Role
from zelfboeken.access.services import add_member
from zelfboeken.audit.models import Event
from zelfboeken.tenancy.models import Domain
from zelfboeken.tenancy.scope import domain_scope

pytestmark = pytest.mark.django_db


def user_of(column: str, domain: Domain) -> User:
    """A user of the domain, or somebody of its office, with the one role of a column."""
    role = COLUMNS[column]
    user = new_user(f"{column if role else 'zonder'}@example.test".lower())
    if role in {one.value for one in PortalRole}:
        member = PortalMember.objects.create(user=user, portal=domain.portal)
        PortalRoleAssignment.objects.create(member=member, role=role)
        DomainAssignment.objects.create(member=member, domain=domain, task="RESPONSIBLE")
    else:
        add_member(domain=domain, user=user, roles=frozenset({Role(role)} if role else set()))
    return user


def requests(e: Everything) -> list[tuple[str, str, dict[str, Any], set[str]]]:
    """(method, address, form, the rights it takes): every page, and every button of this product."""
    slug = e.books.domain.slug
    member = Member.objects.get(user=e.books.user, domain=e.books.domain).id

    def at(name: str, *ids: object) -> str:
        return reverse(name, args=[slug, *ids])

    return [
        ("get", at("start"), {}, {"domain.enter"}),
        ("get", at("search"), {"q": "121,00"}, {"domain.enter"}),
        ("post", at("undo"), {"version": "x"}, {"document.see_all_users"}),
        ("get", at("documents"), {}, {"document.see_all_users"}),
        ("get", at("bank"), {}, {"ledger.see"}),
        ("get", at("bank_accounts"), {}, {"ledger.see"}),
        ("get", at("bank_line", e.waiting_line), {}, {"ledger.see"}),
        ("get", at("vat_period", "2026-K4"), {}, {"ledger.see"}),
        ("get", at("contacts"), {}, {"ledger.see"}),
        ("get", at("contact", e.contact), {}, {"ledger.see"}),
        ("post", at("contact", e.contact), {"action": "set_off"}, {"ledger.see", "bank.match"}),
        ("post", at("contact", e.contact), {"action": "user", "user": ""}, {"ledger.see", "data.complete"}),
        ("get", at("payments"), {}, {"document.see_purchase"}),
        ("post", at("payments"), {"format": "pain.001.001.09"}, {"payment.prepare"}),
        ("get", at("payment_file", e.payment_file), {}, {"document.see_purchase"}),
        ("post", at("payment_file", e.payment_file), {"action": "approve"}, {"payment.approve"}),
        ("get", at("journal"), {}, {"ledger.see"}),
        ("get", at("entry", e.entry), {}, {"ledger.see"}),
        ("get", at("trial_balance"), {}, {"ledger.see"}),
        ("get", at("months"), {}, {"ledger.see"}),
        ("post", at("months"), {"block": "2026-01-01"}, {"ledger.see", "period.close"}),
        ("get", at("ledger_account", "613000"), {}, {"ledger.see"}),
        ("get", at("users"), {}, {"domain.enter"}),
        ("post", at("users"), {"action": "invite", "email": "geen adres"}, {"role.give"}),
        ("post", at("backoffice"), {"action": "show", "agreed": "0"}, {"role.give"}),
        ("post", at("backoffice_later"), {}, {"role.give"}),
        ("get", at("rights"), {}, {"domain.enter"}),
        ("get", at("owner"), {}, {"domain.enter"}),
        ("get", at("role_log"), {}, {"log.read"}),
        ("get", at("role_log_csv"), {}, {"log.read"}),
        ("get", at("domain_export"), {}, {"export.all"}),
        ("get", at("domain_export_zip"), {}, {"export.all"}),
        ("get", at("member_reach", member), {}, {"role.give"}),
        ("post", at("member_reach", member), {"reach": "SOME"}, {"role.give"}),
        ("get", at("bundle"), {"bundel": "LARGE"}, {"role.give"}),
        ("post", at("bundle"), {"bundel": "MINIMAL", "prijs": "0"}, {"role.give"}),
        ("get", at("debtor"), {}, {"role.give"}),
        ("post", at("debtor"), {"name": ""}, {"role.give"}),
        ("get", at("statement", "2026-10"), {}, {"role.give"}),
        ("get", at("statement_pdf", "2026-10"), {}, {"role.give"}),
        ("get", at("statement_ubl", "2026-10"), {}, {"role.give"}),
        ("get", at("questions"), {}, {"document.see_all_users"}),
        ("get", at("missing"), {}, {"document.see_all_users"}),
        ("get", at("ask"), {}, {"document.deliver"}),
        ("post", at("ask"), {"title": "Een vraag", "topic": "ADMINISTRATION", "to": "OFFICE"}, {"document.deliver"}),
        ("get", at("ask"), {"lijn": e.waiting_line}, {"document.deliver", "ledger.see"}),
        (
            "post",
            at("questions"),
            {"action": "receiver", "administration": str(e.books.administration.public_id)},
            {"domain.edit"},
        ),
        ("post", at("missing"), {"line": e.waiting_line}, {"bank.match", "ledger.see"}),
        ("post", at("upload"), {"files": SimpleUploadedFile("a.txt", b"tekst")}, {"document.deliver"}),
        ("post", at("book_ready"), {}, {"document.book"}),
        ("post", at("document", e.waiting_document), {"action": "book", "version": "1"}, {"document.book"}),
        ("post", at("document", e.waiting_document), {"action": "add"}, {"data.complete"}),
        ("post", at("document", e.waiting_document), {"action": "complete", "version": "1"}, {"data.complete"}),
        ("post", at("document", e.booked_document), {"action": "reverse"}, {"document.book"}),
        ("post", at("bank_accept_all"), {"statement": e.statement}, {"bank.match", "ledger.see"}),
        ("post", at("bank_line", e.paid_line), {"action": "unmatch"}, {"bank.match", "ledger.see"}),
        ("post", at("bank_line", e.paid_line), {"match": str(e.match)}, {"bank.match", "ledger.see"}),
        ("post", at("bank_line", e.waiting_line), {"account": "612000"}, {"bank.book", "ledger.see"}),
        ("post", at("bank_accounts"), {"iban": "geen nummer"}, {"bank.book", "ledger.see"}),
        ("post", at("bank"), {"statement": e.statement, "reason": "komt niet meer"}, {"bank.book", "ledger.see"}),
    ]


def test_every_role_at_every_page_and_button():
    everything = new_everything()
    domain = everything.books.domain
    told = {}

    for column in COLUMNS:
        user = user_of(column, domain)
        client = browser_of(user)
        for method, url, form, rights in requests(everything):
            may = all(TABLE[right, column] in {"Y", "e"} for right in rights)
            with transaction.atomic():
                response = getattr(client, method)(url, form)
                with domain_scope(domain.id):
                    refused = Event.objects.filter(domain_id=domain.id, action="refused", actor_id=user.id).count()
                transaction.set_rollback(True)
            told[column, method, url, str(form)] = (response.status_code == 403, refused == 1) == (not may, not may)
            assert response.status_code in ({200, 302, 303, 409, 422} if may else {403}), (column, method, url, form)

    # Self-booking is effective in this domain, so "e" counts as yes. Each refusal is in the log, and nothing else is.
    assert [where for where, is_right in told.items() if not is_right] == []
    assert len(told) == 15 * 60
