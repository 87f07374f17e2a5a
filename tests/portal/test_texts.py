"""The texts and templates of the portal."""

import re
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
TEMPLATES = sorted((ROOT / "src/zelfboeken/portal/templates").rglob("*.html"))
SPRITE = ROOT / "src/zelfboeken/portal/static/zelfboeken/icons.svg"


def _entries(language: str) -> dict[str, str]:
    text = (ROOT / "locale" / language / "LC_MESSAGES/django.po").read_text(encoding="utf-8")
    return dict(re.findall(r'^msgid "(.+)"\nmsgstr "(.*)"$', text, re.MULTILINE))


@pytest.mark.parametrize("language", ["nl", "fr"])
def test_every_text_of_a_template_is_written_in_dutch_and_french(language: str) -> None:
    texts = {
        text for path in TEMPLATES for text in re.findall(r'{% translate "([^"]+)"', path.read_text(encoding="utf-8"))
    }
    written = _entries(language)
    assert len(texts) > 100
    assert {text for text in texts if not written.get(text)} == set()


@pytest.mark.parametrize("path", TEMPLATES, ids=lambda path: path.name)
def test_no_template_needs_an_exception_to_the_content_security_policy(path: Path) -> None:
    text = path.read_text(encoding="utf-8")
    assert re.findall(r'\sstyle="|<style|<script(?! src=)|\son\w+="|hx-on|javascript:', text) == []


@pytest.mark.parametrize("path", TEMPLATES, ids=lambda path: path.name)
def test_every_form_that_posts_carries_the_token(path: Path) -> None:
    text = path.read_text(encoding="utf-8")
    forms = re.findall(r'<form[^>]*method="post".*?</form>', text, re.DOTALL)
    assert [form[:80] for form in forms if "csrf_token" not in form and "action_fields.html" not in form] == []


def test_every_icon_a_template_names_is_in_the_sprite() -> None:
    drawn = set(re.findall(r'<symbol id="([^"]+)"', SPRITE.read_text(encoding="utf-8")))
    named = {name for path in TEMPLATES for name in re.findall(r'{% icon "([^"]+)"', path.read_text(encoding="utf-8"))}
    assert named
    assert named - drawn == set()


VIEWS = [
    ROOT / "src/zelfboeken/portal" / name
    for name in (
        "booking_form.py",
        "open_items.py",
        "periods.py",
        "rendering.py",
        "vat_texts.py",
        "views/books.py",
        "views/contacts.py",
        "views/documents.py",
        "views/home.py",
        "views/start.py",
        "views/vat.py",
    )
]


@pytest.mark.parametrize("language", ["nl", "fr"])
def test_every_text_of_these_views_is_written_in_dutch_and_french(language: str) -> None:
    texts = {
        text for path in VIEWS for text in re.findall(r'(?:_|ngettext)\(\s*"([^"]+)"', path.read_text(encoding="utf-8"))
    }
    po = (ROOT / "locale" / language / "LC_MESSAGES/django.po").read_text(encoding="utf-8")
    assert len(texts) > 60
    assert {text for text in texts if f'msgid "{text}"\n' not in po} == set()
