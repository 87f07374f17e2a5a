"""Every page leads to its own article."""

from __future__ import annotations

import re

import pytest
from django.test import Client
from django.urls import reverse

from tests.billing.stage import confirm_examples
from tests.everything import new_everything
from tests.portal.offices import new_office
from tests.portal.pages import browser_of
from tests.portal.test_isolation import POSTED, ROWS, WORDS
from tests.portal.test_office_isolation import MONTHLY, NUMBERED, PORTAL_ROWS, POST_ONLY, address, administration_of
from zelfboeken.access.models import Member, RoleAssignment
from zelfboeken.access.rights import Role
from zelfboeken.help.articles import library

pytestmark = pytest.mark.django_db

FILES = {
    "original",
    "attachment",
    "page_picture",
    "statement_pdf",
    "statement_ubl",
    "question_file",
    "refused_mail",
    "role_log_csv",
    "payment_file_xml",
    "domain_export_zip",
}
OFFICE_FILES = {"office_role_log_csv", "office_domain_role_log_csv", "office_domain_export"}


def test_every_page_of_a_domain_leads_to_the_article_about_it():
    everything = new_everything()
    user = everything.books.user
    RoleAssignment.objects.create(member=Member.objects.get(user=user), role=Role.MANAGEMENT.value)
    client = browser_of(user)
    slug = everything.books.domain.slug
    led = {}

    for name, row in ROWS.items():
        if name in POSTED | FILES:
            continue
        for objects in row(everything) or [{}]:
            response = client.get(reverse(name, kwargs={"domain": slug, **WORDS.get(name, {}), **objects}), follow=True)
            (led[name],) = re.findall(rf'href="/help/([a-z-]*)/?\?domein={slug}"', response.content.decode())

    assert {
        name: article for name, article in led.items() if name not in library().by_slug[article]["nl"].screens
    } == {}


def test_every_page_of_an_office_leads_to_the_article_about_it():
    office = new_office()
    confirm_examples()
    client, administration = office.browser(), administration_of(office)
    led = {}

    for name in set(PORTAL_ROWS) - MONTHLY - NUMBERED - POST_ONLY - OFFICE_FILES - {"office"}:
        page = client.get(address(name, office.domain.slug, administration)).content.decode()
        (led[name],) = re.findall(r'<a href="/help/([a-z-]*)/?\?plaats=kantoor" title="Help"', page)

    assert {
        name: article for name, article in led.items() if name not in library().by_slug[article]["nl"].screens
    } == {}


def test_the_help_leads_back_to_the_office_or_the_domain_one_came_from():
    office = new_office()
    client, slug = office.browser(), office.domain.slug

    def back(query: str) -> str:
        page = client.get(f"/help/btw/{query}").content.decode()
        return re.findall(r'href="([^"]*)"[^>]*aria-label="Terug naar', page)[0]

    assert back("") == "/kantoor/"
    assert back(f"?domein={slug}") == f"/d/{slug}/"
    assert back("") == f"/d/{slug}/"
    assert back("?plaats=kantoor") == "/kantoor/"
    assert back("?domein=van-een-ander") == "/kantoor/"


def test_who_works_for_no_office_is_not_led_to_one():
    everything = new_everything()
    slug = everything.books.domain.slug

    page = browser_of(everything.books.user).get("/help/btw/?plaats=kantoor").content.decode()

    assert f'href="/d/{slug}/"' in page
    assert 'href="/kantoor/"' not in page


@pytest.mark.parametrize("name", ["account_login", "account_reset_password", "account_reset_password_done"])
def test_the_pages_before_signing_in_lead_to_the_article_about_it(name: str):
    assert b'href="/help/aanmelden/"' in Client().get(reverse(name)).content


def test_the_list_of_keys_leads_to_the_article_about_them():
    everything = new_everything()

    page = browser_of(everything.books.user).get(reverse("start", args=[everything.books.domain.slug]))

    assert b'href="/help/sneltoetsen/"' in page.content
