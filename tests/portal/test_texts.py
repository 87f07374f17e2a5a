"""The texts and templates of the portal."""

import re
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
TEMPLATES = sorted((ROOT / "src/zelfboeken/portal/templates").rglob("*.html"))
SCRIPTS = sorted((ROOT / "src/zelfboeken/portal/static/zelfboeken").glob("*.js"))
SPRITE = ROOT / "src/zelfboeken/portal/static/zelfboeken/icons.svg"


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


def test_every_icon_of_a_reason_is_in_the_sprite() -> None:
    drawn = set(re.findall(r'<symbol id="([^"]+)"', SPRITE.read_text(encoding="utf-8")))
    sources = sorted((ROOT / "src/zelfboeken/matching").glob("*.py"))
    named = {name for path in sources for name in re.findall(r'Reason\(\s*"([^"]+)"', path.read_text(encoding="utf-8"))}
    assert {"list-checks", "calculator", "landmark"} <= named
    assert named - drawn == set()


@pytest.mark.parametrize("path", SCRIPTS, ids=lambda path: path.name)
def test_no_script_says_a_word_of_its_own(path: Path) -> None:
    """Scripts take their texts from the page, where they are translated."""
    text = path.read_text(encoding="utf-8")
    assert re.findall(r"(?:textContent|innerText|title|placeholder|ariaLabel)\s*=\s*[\"'`]\s*[A-Za-z]", text) == []
    assert re.findall(r"setAttribute\(\s*[\"'](?:title|aria-label)[\"'],\s*[\"'`]", text) == []
