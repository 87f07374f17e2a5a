"""The articles themselves: whole, in three languages, true to the pages, and found."""

from __future__ import annotations

import re
from collections.abc import Callable
from pathlib import Path

import pytest
from django.urls import get_resolver

from tests.config.test_translations import LANGUAGES, LOCALES
from zelfboeken.access.rights import ROLE_NAMES
from zelfboeken.config.translations import read_catalogue
from zelfboeken.help.articles import (
    Article,
    ArticleWrong,
    Library,
    Theme,
    library,
    read_library,
    search,
    slug_of_screen,
)

NO_SCREENS = {
    "home",  # leads on
    "office",
    "healthy",
    "language",
    "account_signup",
    "openid_connect_login",
    "openid_connect_callback",
    "socialaccount_login_cancelled",
    "original",  # files and pictures
    "attachment",
    "page_picture",
    "question_file",
    "refused_mail",
    "mfa_download_recovery_codes",
    "statement_pdf",
    "statement_ubl",
    "office_statement_pdf",
    "office_statement_ubl",
    "operator_statement_pdf",
    "operator_statement_ubl",
    "role_log_csv",
    "payment_file_xml",
    "domain_export_zip",
    "office_domain_export",
    "office_role_log_csv",
    "office_domain_role_log_csv",
    "undo",  # forms alone
    "book_ready",
    "upload",
    "bank_accept_all",
    "backoffice",
    "backoffice_later",
    "office_views",
    "help_handle",
    "help",  # the help itself
    "help_article",
}
EVERY = [pytest.param(one, id=f"{one.slug}-{lang}") for lang in LANGUAGES for one in library().articles(lang)]
SLUGS = sorted(library().by_slug)
HEAD = "title: Titel\ntheme: start\norder: 1\nkeywords: woord\nupdated: 2026-11-26\n"


def made(folder: Path, **texts: str) -> Library:
    """A library of these articles: `nl_een` is the article `een` in Dutch."""
    for name, text in texts.items():
        language, slug = name.split("_")
        (folder / language).mkdir(exist_ok=True)
        (folder / language / f"{slug}.md").write_text(text, encoding="utf-8")
    return read_library(folder, address_of=lambda slug: f"/help/{slug}/")


def text(title: str = "Titel", body: str = "Een zin.", keywords: str = "woord") -> str:
    head = HEAD.replace("Titel", title).replace("keywords: woord", f"keywords: {keywords}")
    return f"---\n{head}---\n\n{body}\n"


def test_every_screen_has_an_article():
    names = {one.name for part in get_resolver().url_patterns for one in getattr(part, "url_patterns", [part])}

    assert {name for name in names - NO_SCREENS if not slug_of_screen(str(name))} == set()
    assert {screen for slug in SLUGS for screen in library().by_slug[slug]["nl"].screens} <= names - NO_SCREENS


@pytest.mark.parametrize("slug", SLUGS)
def test_every_article_is_there_in_each_language_with_the_same_place_and_screens(slug: str):
    versions = library().by_slug[slug]

    assert set(versions) == set(LANGUAGES)
    assert len({(one.theme, one.order, one.screens, one.next, one.related) for one in versions.values()}) == 1
    assert len({one.title for one in versions.values()}) == len(LANGUAGES)
    # Written, not left out: the same steps and parts in each language.
    assert len({(len(one.body.headings), one.body.most_steps, len(one.body.labels)) for one in versions.values()}) == 1


@pytest.mark.parametrize("article", EVERY)
def test_an_article_has_numbered_steps_of_which_there_are_at_most_seven(article: Article):
    assert 1 <= article.body.most_steps <= 7 or article.slug == "sneltoetsen"
    assert article.body.lead
    assert article.keywords


@pytest.mark.parametrize("article", EVERY)
def test_every_text_in_bold_stands_on_a_page_in_that_language(article: Article):
    shown = _texts_on_pages(article.language)

    assert [label for label in article.body.labels if not any(one(label) for one in shown)] == []


def _texts_on_pages(language: str) -> list[Callable[[str], object]]:
    """For each text of the catalogue, whether a label is that text, with something in the place of its values."""
    catalogue = read_catalogue(LOCALES / language / "LC_MESSAGES/django.po")
    texts = set(ROLE_NAMES.values())
    for message in catalogue:
        if message.id:
            texts |= set(message.string if isinstance(message.string, tuple) else (message.string,))
    patterns = [re.sub(r"%\\?\(\w+\\?\)[sd]", ".+", re.escape(one)) for one in texts if not one.startswith("%")]
    return [re.compile(pattern).fullmatch for pattern in patterns]


def test_a_label_that_is_on_no_page_is_found_out():
    shown = _texts_on_pages("nl")

    assert any(one("Boek 12 klare") for one in shown)
    assert not any(one("Boek alles weg") for one in shown)


@pytest.mark.parametrize("article", EVERY)
def test_every_link_and_anchor_of_an_article_leads_somewhere(article: Article):
    targets = re.findall(r'href="([^"]+)"', article.body.html)

    for target in targets:
        path, _sharp, anchor = target.partition("#")
        slug = path.removeprefix("/help/").rstrip("/") or article.slug
        linked = library().article(slug, article.language)
        assert linked is not None, target
        assert not anchor or anchor in {one.id for one in linked.body.headings}, target


def test_no_slug_takes_the_address_of_another_page():
    assert "antwoorden" not in SLUGS
    assert all(re.fullmatch(r"[a-z0-9-]+", slug) for slug in SLUGS)


def test_no_article_names_another_product():
    words = {word for slug in SLUGS for one in library().by_slug[slug].values() for word in one.body.text.split()}

    assert {word for word in words if re.search("yuki|xero|odoo|quickbooks|pennylane|billit", word, re.I)} == set()


def test_an_article_that_is_not_there_in_a_language_is_shown_in_dutch_and_else_in_english(tmp_path: Path):
    found = made(tmp_path, nl_een=text("Een"), en_een=text("One"), en_twee=text("Two"))

    assert found.article("een", "fr").title == "Een"
    assert found.article("een", "en").title == "One"
    assert found.article("twee", "fr").title == "Two"
    assert found.article("drie", "nl") is None
    assert [one.title for one in found.articles("fr")] == ["Een", "Two"]


@pytest.mark.parametrize(
    "broken",
    [
        "Een tekst zonder hoofd.",
        "---\ntitle: Zonder einde\n\nTekst",
        f"---\n{HEAD}title: Twee keer\n---\n\nTekst",
        f"---\n{HEAD.replace('keywords: woord', 'x: y')}---\n\nTekst",
        f"---\n{HEAD}next: bestaat-niet\n---\n\nTekst",
        f"---\n{HEAD}---\n\n[weg](bestaat-niet)",
    ],
)
def test_a_file_that_is_no_article_is_refused(tmp_path: Path, broken: str):
    with pytest.raises(ArticleWrong):
        made(tmp_path, nl_een=broken)


def test_the_list_is_in_the_order_of_themes_and_numbers():
    found = library().articles("nl")

    assert [one.theme for one in found] == sorted((one.theme for one in found), key=list(Theme).index)
    assert [one.slug for one in found][:4] == ["aanmelden", "start", "zoeken", "sneltoetsen"]


# Searching


def _found(folder: Path, typed: str) -> list[str]:
    articles = made(
        folder,
        nl_een=text("Facturen boeken", "Kies een rekening.", "aankoop"),
        nl_twee=text("De bank", "Koppel de facturen van je leverancier.", "coda, créance"),
        nl_drie=text("De btw", "Kijk de roosters na.", "facturen"),
    ).articles("nl")
    return [hit.article.title for hit in search(articles, typed)]


@pytest.mark.parametrize(
    ("typed", "found"),
    [
        ("facturen", ["Facturen boeken", "De btw", "De bank"]),  # in the title, the keywords, the text
        ("FACT", ["Facturen boeken", "De btw", "De bank"]),
        ("acturen", []),  # words are begun, not cut
        ("facturen leverancier", ["De bank"]),
        ("creance", ["De bank"]),
        ("Rékening", ["Facturen boeken"]),
        ("  ", []),
        ("<>&%_\\", []),
        ("bestaat niet", []),
    ],
)
def test_a_search_finds_the_beginnings_of_words_without_capitals_or_accents(
    tmp_path: Path, typed: str, found: list[str]
):
    assert _found(tmp_path, typed) == found


def test_what_was_found_shows_where():
    hit = search(library().articles("nl"), "intervat")[0]

    assert "Intervat" in hit.excerpt
    assert len(hit.excerpt) < 220
