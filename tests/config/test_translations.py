"""Every text of the pages is in every catalogue, written and looked at."""

import re
from pathlib import Path

import pytest
from babel.messages.pofile import read_po

from zelfboeken.config.translations import (
    NotExtractable,
    Text,
    missing,
    read_catalogue,
    texts_of_code,
    texts_of_package,
    texts_of_template,
    update_file,
)

LOCALES = Path(__file__).parents[2] / "locale"
LANGUAGES = ("nl", "fr", "en")


def _catalogue_path(language: str) -> Path:
    return LOCALES / language / "LC_MESSAGES/django.po"


@pytest.mark.parametrize("language", LANGUAGES)
def test_every_text_of_the_code_and_the_templates_is_written(language: str) -> None:
    catalogue = read_catalogue(_catalogue_path(language))
    written = {
        Text(*(one.id if isinstance(one.id, tuple) else (one.id, "")), context=one.context or "")
        for one in catalogue
        if one.id
    }

    assert len(written) > 300
    assert written == texts_of_package()
    assert [one.id for one in missing(catalogue)] == []


@pytest.mark.parametrize("language", LANGUAGES)
def test_a_translation_names_the_same_values_as_its_source(language: str) -> None:
    def values(text: str) -> list[str]:
        return sorted(re.findall(r"%\(\w+\)[sd]", text))

    wrong = []
    for one in read_catalogue(_catalogue_path(language)):
        sources = one.id if isinstance(one.id, tuple) else (one.id,)
        strings = one.string if isinstance(one.string, tuple) else (one.string,)
        wrong += [text for text in strings if one.id and values(text) != values(sources[-1])]
    assert wrong == []


def test_a_text_is_found_in_code_and_template_with_its_plural_and_context(tmp_path: Path) -> None:
    code, template = tmp_path / "a.py", tmp_path / "a.html"
    code.write_text('x = _("One"), ngettext("%(n)d day", "%(n)d days", 2), pgettext("step", "Book")', encoding="utf-8")
    template.write_text(
        "{% translate \"Two\" %}{% translate 'Book' context 'verb' as said %}{{ value }}", encoding="utf-8"
    )

    assert set(texts_of_code(code)) == {Text("One"), Text("%(n)d day", "%(n)d days"), Text("Book", context="step")}
    assert set(texts_of_template(template)) == {Text("Two"), Text("Book", context="verb")}


def test_a_text_that_no_catalogue_can_know_is_refused(tmp_path: Path) -> None:
    code, template = tmp_path / "a.py", tmp_path / "a.html"
    code.write_text('_(f"{count} lines")', encoding="utf-8")
    template.write_text("{% translate title %}", encoding="utf-8")

    with pytest.raises(NotExtractable, match=r"a\.py:1"):
        list(texts_of_code(code))
    with pytest.raises(NotExtractable, match=r"a\.html:1"):
        list(texts_of_template(template))


def test_an_update_keeps_translations_drops_old_texts_and_names_what_is_missing(tmp_path: Path) -> None:
    path = tmp_path / "nl" / "LC_MESSAGES" / "django.po"
    path.parent.mkdir(parents=True)
    path.write_text(
        'msgid ""\nmsgstr ""\n"Content-Type: text/plain; charset=UTF-8\\n"\n\n'
        'msgid "Book"\nmsgstr "Boek"\n\nmsgid "Old"\nmsgstr "Oud"\n',
        encoding="utf-8",
    )

    assert update_file(path, {Text("Book"), Text("New")}) == ["New"]

    with path.open("rb") as file:
        stored = read_po(file, locale="nl")
    assert {one.id: one.string for one in stored if one.id} == {"Book": "Boek", "New": ""}
