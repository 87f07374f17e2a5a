"""Parts of a page are rendered once for each value, and never for another one."""

from __future__ import annotations

import re
from dataclasses import dataclass, replace

import pytest
from django.template import engines
from django.utils import translation
from django.utils.safestring import mark_safe

from tests.books import open_new_books
from tests.portal.pages import address, browser_of
from tests.portal.test_documents import fields, form_of, hand_in_one
from zelfboeken.portal.pages import DocumentRow, NavGroup, NavItem, Option, Options
from zelfboeken.portal.templatetags import kept as module
from zelfboeken.portal.templatetags.kept import KeptTexts, kept, kept_each

ROW = DocumentRow("1", "/d/x/1/", "Molens & Zoon", "12,00", "Aankoop", "READY", "klaar")


def test_a_part_is_the_same_text_again_and_another_for_another_value():
    first = kept("parts/document_row.html", row=ROW)

    assert kept("parts/document_row.html", row=replace(ROW)) is first
    assert "Molens &amp; Zoon" in first
    assert 'aria-current="true"' not in first
    assert 'aria-current="true"' in kept("parts/document_row.html", row=replace(ROW, is_current=True))


def test_a_part_is_kept_for_each_language():
    groups = (NavGroup("x", (NavItem("y", "/", "house"),)),)
    with translation.override("nl"):
        dutch = kept("parts/nav.html", groups=groups, is_railed=False)
    with translation.override("fr"):
        french = kept("parts/nav.html", groups=groups, is_railed=False)

    assert "Hoofdmenu" in dutch
    assert dutch != french


def test_a_part_sees_its_values_and_nothing_of_the_page_around_it():
    text = '{% load kept %}{% kept "parts/document_row.html" row=row %}'
    rendered = engines["django"].from_string(text).render({"row": replace(ROW, name="{{ shell }}"), "shell": "geheim"})

    assert "{{ shell }}" in rendered
    assert "geheim" not in rendered


def test_a_value_that_can_change_is_refused():
    @dataclass
    class Row:
        name: str

    with pytest.raises(TypeError, match="unhashable"):
        kept("parts/document_row.html", row=Row("x"))


def test_rows_follow_each_other_in_their_order():
    rows = tuple(replace(ROW, name=name) for name in ("Een", "Twee", "Drie"))
    text = kept_each("parts/document_row.html", row=rows)

    assert text == "".join(kept("parts/document_row.html", row=row) for row in rows)
    assert text.index("Een") < text.index("Twee") < text.index("Drie")


def test_a_form_is_kept_without_what_must_be_new_each_time():
    text = (
        '{% load kept %}{% kept_form "parts/upload_form.html" url="/u/" title="Bestanden" hint="" accept=".xml" '
        "fresh_key=key %}"
    )
    template = engines["django"].from_string(text)
    first = template.render({"key": "sleutel-een", "csrf_token": "bewijs-een"})
    second = template.render({"key": '"><b>', "csrf_token": "bewijs-twee"})

    assert 'name="key" value="sleutel-een"' in first
    assert 'name="csrfmiddlewaretoken" value="bewijs-een"' in first
    assert 'id="drop-&quot;&gt;&lt;b&gt;"' in second
    assert second == first.replace("bewijs-een", "bewijs-twee").replace("sleutel-een", "&quot;&gt;&lt;b&gt;")


@pytest.mark.django_db
def test_two_pages_of_one_user_never_carry_the_same_key_or_token():
    with open_new_books() as books:
        client = browser_of(books.user)
    pages = [client.get(address(books, "")).content.decode() for _ in range(2)]
    keys, tokens = (
        [re.findall(rf'name="{name}" value="([^"]+)"', page) for page in pages]
        for name in ("key", "csrfmiddlewaretoken")
    )

    assert all(keys) and not set(keys[0]) & set(keys[1])
    assert all(len(found) >= 3 and len(set(found)) == 1 for found in tokens) and tokens[0][0] != tokens[1][0]


@pytest.mark.django_db
def test_a_booking_form_that_is_kept_carries_another_key_and_token_each_time_it_is_shown():
    with open_new_books() as books:
        client = browser_of(books.user)
    url = hand_in_one(client, books)
    for state in ("waiting", "booked"):
        pages = [client.get(url).content.decode() for _ in range(2)]
        forms = [re.findall(r'<form\s+(?:class="bf"\s+)?id="(?:booking|undo)-.*?</form>', page, re.S) for page in pages]
        keys = [[one for form in found for one in re.findall(r'name="key" value="([^"]*)"', form)] for found in forms]
        tokens = [set(re.findall(r'name="csrfmiddlewaretoken" value="([^"]+)"', "".join(found))) for found in forms]

        assert [len(found) for found in keys] == ([1, 1] if state == "waiting" else [2, 2])
        assert all(len(key) == 16 for found in keys for key in found)
        assert len({*keys[0], *keys[1]}) == len(keys[0]) + len(keys[1])
        assert all(len(found) == 1 for found in tokens) and not tokens[0] & tokens[1]
        if state == "waiting":
            assert client.post(url, fields(form_of(client, url))).status_code == 303


def test_choices_that_are_the_same_are_found_again_and_others_are_not():
    def options(name: str) -> Options:
        return Options(Option(code, f"{code} {name}") for code in ("604000", "613000"))

    first = kept("parts/options.html", options=options("Aankopen"))

    assert kept("parts/options.html", options=options("Aankopen")) is first
    assert kept("parts/options.html", options=options("Kosten")) != first
    assert hash(options("Aankopen")) == hash(tuple(options("Aankopen")))


def test_the_longest_unused_texts_go_when_there_are_too_many_characters():
    texts = KeptTexts(most_characters=10)
    texts.put("a", mark_safe("aaaa"))
    texts.put("b", mark_safe("bbbb"))
    assert texts.get("a") == "aaaa"

    texts.put("c", mark_safe("cccc"))

    assert (texts.get("a"), texts.get("b"), texts.get("c"), texts.characters) == ("aaaa", None, "cccc", 8)
    texts.put("c", mark_safe("c"))
    assert texts.characters == 5
    texts.put("d", mark_safe("d" * 11))
    assert (texts.get("d"), texts.characters) == (None, 0)


def test_templates_are_sent_without_their_indentation():
    row = module.get_template("parts/document_row.html").template.source

    assert "\n " not in row
    assert '<li>\n<a\nclass="qi"' in row
